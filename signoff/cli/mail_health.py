"""The mail set-up as ``doctor`` sees it: server, encryption, login, and what the sender's domain says in DNS."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

from signoff.cli.findings import Finding, Findings, error, ok, unknown, warning
from signoff.domain.association import Association
from signoff.domain.delivery import Outage, PostFailed
from signoff.mail.smtp import Smtp
from signoff.settings import Settings

TIMEOUT = 8.0  # seconds, for each answer of the mail server
LOOKUP = 3.0  # seconds, for each question to DNS

Texts = Callable[[str], list[str] | None]  # the TXT records of a name; None where DNS does not answer


def server(settings: Settings, outage: Outage | None) -> Findings:
    """Connection, encryption and login, in one conversation without a mail."""
    if not settings.smtp_url:
        found = "keiner eingestellt; E-Mails werden als Dateien in outbox/ geschrieben"
        yield (
            ok("Mailserver", found)
            if settings.on_loopback
            else error("Mailserver", found, "SIGNOFF_SMTP_URL setzen; so erreicht keine E-Mail ein Mitglied.")
        )
        return
    host = urlsplit(settings.smtp_url).hostname
    try:
        Smtp(settings.smtp_url, timeout=TIMEOUT).try_out()
    except ValueError as problem:
        yield error("Mailserver", str(problem), "SIGNOFF_SMTP_URL berichtigen.")
    except PostFailed as problem:
        yield error("Mailserver", f"{host}: {problem.words}", "Adresse, Anschluss, Zertifikat und Anmeldung prüfen.")
    else:
        yield ok("Mailserver", f"{host} antwortet")
    yield from encryption(settings)
    if outage:
        yield warning(
            "Versand",
            f"seit {outage.since:%Y-%m-%d %H:%M} UTC unterbrochen: {outage.words}",
            "Der Versand läuft von selbst weiter, sobald der Server wieder annimmt.",
        )


def encryption(settings: Settings) -> Findings:
    parts = urlsplit(settings.smtp_url)
    if parts.scheme != "smtp":
        yield ok("Verschlüsselung", "TLS, Zertifikat wird geprüft")
    elif parts.hostname in ("localhost", "127.0.0.1", "::1"):
        yield ok("Verschlüsselung", "keine; der Mailserver läuft auf dieser Maschine")
    else:
        yield warning("Verschlüsselung", "keine", "smtp+starttls:// oder smtps:// verwenden.")


def sender(association: Association, settings: Settings, texts: Texts) -> Findings:
    """SPF, DMARC and, where its selector is known, DKIM of the domain in From."""
    domain = association.mail_from.rpartition("@")[2]
    yield record("SPF", domain, "v=spf1", texts, "Im DNS festlegen, welche Mailserver für die Domain senden dürfen.")
    yield record("DMARC", f"_dmarc.{domain}", "v=DMARC1", texts, "Im DNS einen DMARC-Eintrag anlegen.")
    if settings.dkim_selector:
        name = f"{settings.dkim_selector}._domainkey.{domain}"
        yield record("DKIM", name, "p=", texts, "Den öffentlichen Schlüssel des Mailservers im DNS eintragen.")
    else:
        yield unknown("DKIM", "SIGNOFF_DKIM_SELECTOR ist nicht gesetzt")
    if settings.bounces_address:
        yield ok("Rücklauf", settings.bounces_address)
    else:
        yield warning(
            "Rücklauf",
            "unzustellbare E-Mails werden nicht erkannt",
            "SIGNOFF_BOUNCES_ADDRESS und SIGNOFF_IMAP_URL setzen.",
        )


def record(matter: str, name: str, sign: str, texts: Texts, to_do: str) -> Finding:
    found = texts(name)
    if found is None:
        return unknown(matter, f"{name}: DNS antwortet nicht")
    fitting = [text for text in found if sign in text]
    if not fitting:
        return warning(matter, f"{name}: kein Eintrag", to_do)
    if len(fitting) > 1 and matter != "DKIM":
        return error(matter, f"{name}: {len(fitting)} Einträge; es gilt keiner", "Nur einen Eintrag stehen lassen.")
    return ok(matter, fitting[0][:100])


def look_up(name: str, nameservers: Sequence[str] = ()) -> list[str] | None:
    """The TXT records of ``name``; an empty list where there are none, ``None`` where nobody answers in time."""
    try:
        resolver = dns.resolver.Resolver(configure=not nameservers)
        if nameservers:
            resolver.nameservers = list(nameservers)
        answer = resolver.resolve(name, "TXT", lifetime=LOOKUP)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        return None
    return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]
