"""Checks of delivery before mail is sent: SPF, DKIM and DMARC of the sender, what
our own servers say to the sender, and the mail servers of the recipients' domains. Nothing is
sent.
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from urllib.parse import urlsplit

from sqlite_utils import Database

from signoff import actions, store
from signoff.checks import (
    TRIAL_TIMEOUT,
    Finding,
    Findings,
    Grade,
    Sentence,
    error,
    explain,
    look_up,
    ok,
    run_within,
    unknown,
    warning,
)
from signoff.config import Settings
from signoff.domain.association import Association
from signoff.domain.delivery import DeliveryError
from signoff.domain.text import parse_email
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.mail.message import BouncePath
from signoff.mail.oauth2 import TokenSource
from signoff.mail.transport import SmtpTransport
from signoff.services import read_clock

_ = Sentence
# The records of a name and kind; none are an empty list, no answer is ``None``.
Lookup = Callable[[str, str], list[str] | None]

# SPF (RFC 7208): include, ip4, ip6, a, mx, all and redirect, for one host.

MAX_SPF_LOOKUPS = 10  # RFC 7208 4.6.4
SPF_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
SPF_TERM = re.compile(r"([+?~-]?)(include|ip4|ip6|a|mx|all)(?:[:/](.*))?", re.IGNORECASE)
# Servers whose mail leaves through other addresses than the one we connect to, and what a sender's
# record includes for them.
PROVIDERS = {
    "smtp.office365.com": "spf.protection.outlook.com",
    "smtp.gmail.com": "_spf.google.com",
    "smtp-relay.gmail.com": "_spf.google.com",
}


@dataclass
class SpfEvaluator:
    """Evaluates SPF records for a server: by its addresses, or by what its provider publishes."""

    look_up: Lookup
    addresses: Collection[str]
    provider: str = ""
    lookups: int = 0

    def evaluate(self, domain: str) -> str:
        """The result as RFC 7208 2.6 names it: ``pass``, ``fail``, ``none`` and so on."""
        self.lookups += 1
        if self.lookups > MAX_SPF_LOOKUPS + 1:
            return "permerror"
        texts = self.look_up(domain, "TXT")
        if texts is None:
            return "temperror"
        records = [text for text in texts if text.lower().split()[:1] == ["v=spf1"]]
        if len(records) != 1:
            return "permerror" if records else "none"
        terms = records[0].split()[1:]
        for term in terms:
            matched = SPF_TERM.fullmatch(term)
            if matched and self.matches(matched[2].lower(), matched[3] or "", domain):
                return SPF_RESULTS[matched[1] or "+"]
        for term in terms:
            if term.lower().startswith("redirect="):
                return self.evaluate(term.partition("=")[2])
        return "neutral"

    def matches(self, mechanism: str, value: str, domain: str) -> bool:
        if mechanism == "all":
            return True
        if mechanism == "include":
            return value.lower() == self.provider or self.evaluate(value) == "pass"
        if mechanism in ("ip4", "ip6"):
            return self.is_in(value)
        self.lookups += 1
        name = value.partition("/")[0] or domain
        hosts = [name] if mechanism == "a" else list_mail_hosts(self.look_up, name) or []
        return any(self.is_in(address) for host in hosts for address in self.resolve(host))

    def is_in(self, network: str) -> bool:
        try:
            block = ipaddress.ip_network(network, strict=False)
        except ValueError:
            return False
        return any(ipaddress.ip_address(address) in block for address in self.addresses)

    def resolve(self, host: str) -> list[str]:
        return resolve(self.look_up, host) or []


def resolve(look_up: Lookup, host: str) -> list[str] | None:
    """The addresses of a host; ``None`` if the DNS does not answer."""
    answers = [look_up(host, kind) for kind in ("A", "AAAA")]
    found = [address for answer in answers for address in answer or []]
    return None if not found and None in answers else found


def list_mail_hosts(look_up: Lookup, domain: str) -> list[str] | None:
    """The mail servers of a domain, the preferred first; ``None`` if the DNS does not answer."""
    records = look_up(domain, "MX")
    if records is None:
        return None
    pairs = sorted((int(rank), host) for rank, host in (record.split() for record in records))
    return [host.rstrip(".").lower() for _rank, host in pairs]


def check_spf(domain: str, host: str, look_up: Lookup) -> Finding:
    """Whether the sender's domain allows this server."""
    addresses = resolve(look_up, host)
    if addresses is None:
        return unknown("SPF", _("%(name)s: DNS antwortet nicht", name=host))
    provider = PROVIDERS.get(host, "")
    result = SpfEvaluator(look_up, addresses, provider).evaluate(domain)
    to_do = (
        _("Im DNS „include:%(name)s“ in den SPF-Eintrag aufnehmen.", name=provider)
        if provider
        else _(
            "Im DNS den Server in den SPF-Eintrag aufnehmen. Wenn er über eine andere Adresse versendet, gilt diese."
        )
    )
    facts = {"domain": domain, "host": host}
    if result == "pass":
        return ok("SPF", _("%(domain)s erlaubt %(host)s", **facts))
    if result == "temperror":
        return unknown("SPF", _("%(name)s: DNS antwortet nicht", name=domain))
    if result == "none":
        return warning("SPF", _("%(domain)s hat keinen SPF-Eintrag", **facts), to_do)
    if result == "permerror":
        return error(
            "SPF",
            _("Der SPF-Eintrag von %(domain)s ist ungültig", **facts),
            _("Genau einen Eintrag stehen lassen, der höchstens zehn Abfragen braucht."),
        )
    report = error if result == "fail" and provider else warning
    return report(
        "SPF", _("%(domain)s nennt %(host)s nicht (%(result)s)", **facts, result=result), to_do
    )


# DKIM and DMARC.


def check_dkim(domain: str, selector: str, look_up: Lookup) -> Finding:
    name = f"{selector}._domainkey.{domain}"
    if not selector:
        return warning(
            "DKIM",
            _("kein Selektor angegeben; ob der Mailserver unterschreibt, ist nicht bekannt"),
            _("Den Selektor auf der Seite „E-Mail einrichten“ eintragen."),
        )
    texts = look_up(name, "TXT")
    if texts is None:
        return unknown("DKIM", _("%(name)s: DNS antwortet nicht", name=name))
    if any(re.search(r"\bp=[A-Za-z0-9+/]", text) for text in texts):
        return ok("DKIM", _("%(name)s: Schlüssel vorhanden", name=name))
    return error(
        "DKIM",
        _("%(name)s: kein Schlüssel", name=name),
        _("Den öffentlichen Schlüssel des Mailservers im DNS eintragen."),
    )


def check_dmarc(domain: str, return_domain: str, look_up: Lookup) -> Finding:
    """The policy of the sender's domain, and whether the return path belongs to it."""
    parent = ".".join(domain.split(".")[-2:])
    for name in dict.fromkeys((domain, parent)):
        texts = look_up(f"_dmarc.{name}", "TXT")
        if texts is None:
            return unknown("DMARC", _("%(name)s: DNS antwortet nicht", name=name))
        if records := [text for text in texts if text.startswith("v=DMARC1")]:
            break
    else:
        return warning(
            "DMARC",
            _("%(domain)s hat keinen DMARC-Eintrag", domain=domain),
            _(
                "Im DNS unter _dmarc.%(domain)s einen Eintrag anlegen, zum Beispiel „v=DMARC1; p=none“.",
                domain=domain,
            ),
        )
    tags = {
        part.split("=", 1)[0].strip(): part.split("=", 1)[1].strip()
        for part in records[0].split(";")
        if "=" in part
    }
    policy, strict = tags.get("p", "none"), tags.get("aspf") == "s"
    if is_aligned(domain, return_domain, strict=strict):
        return ok("DMARC", _("p=%(policy)s; der Rücklauf gehört zur Absenderdomain", policy=policy))
    return warning(
        "DMARC",
        _(
            "p=%(policy)s; der Rücklauf %(return_domain)s gehört nicht zu %(domain)s, es zählt allein DKIM",
            policy=policy,
            return_domain=return_domain,
            domain=domain,
        ),
        _("Eine Adresse für unzustellbare E-Mails unter der Absenderdomain verwenden."),
    )


def is_aligned(domain: str, other: str, *, strict: bool) -> bool:
    """Whether two domains belong together, as DMARC sees it (RFC 7489 3.1): the same, or unless
    ``strict`` one below the other.
    """
    if strict:
        return domain == other
    return domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}")


# The sender, at our own servers.

OWN_TIMEOUT = TRIAL_TIMEOUT - 1  # seconds; a part of a run that ends in time


def check_server_sender(url: str, tokens: TokenSource, sender: str, recipient: str) -> Finding:
    """Ask our server for a mail to ourselves and withdraw it."""
    host = urlsplit(url).hostname
    try:
        SmtpTransport(url, tokens=tokens, timeout=OWN_TIMEOUT).check_sender(sender, recipient)
    except DeliveryError as problem:
        words, to_do = explain(problem)
        return error(
            _("Absender"),
            _(
                "%(host)s lehnt %(sender)s ab: %(diagnostic)s",
                host=host,
                sender=sender,
                diagnostic=words,
            ),
            to_do
            if re.match("53|[^5]", problem.diagnostic)
            else _(
                "Beim Anbieter erlauben, dass das Konto unter dieser Adresse versendet, oder eine erlaubte verwenden."
            ),
        )
    except ValueError:
        return error(_("Absender"), _("Die Adresse des Mailservers ist unvollständig"), "")
    return ok(_("Absender"), _("%(host)s nimmt %(sender)s an", host=host, sender=sender))


def check_own(association: Association, settings: Settings, look_up: Lookup) -> list[Finding]:
    """Every check of the sender, all at once."""
    domain = (parse_email(association.mail_from) or "").rpartition("@")[2]
    sender = association.mail_from
    if settings.bounces_address:
        sender = BouncePath(settings.bounces_address, settings.keys.links).build_address(0)
    return_domain = sender.rpartition("@")[2]
    tokens = TokenSource(settings, read_clock)
    jobs: list[Callable[[], Finding]] = []
    for url in settings.smtp_url.split():
        host = urlsplit(url).hostname or ""
        jobs.append(partial(check_server_sender, url, tokens, sender, association.email))
        jobs.append(partial(check_spf, return_domain, host, look_up))
    jobs.append(partial(check_dkim, domain, settings.dkim_selector, look_up))
    jobs.append(partial(check_dmarc, domain, return_domain, look_up))
    findings = [
        found or unknown(_("Prüfung"), _("keine Antwort in acht Sekunden"))
        for found in run_within(OWN_TIMEOUT, jobs)
    ]
    if not settings.smtp_url:
        findings.insert(
            0,
            error(
                _("Mailserver"),
                _("keiner eingestellt; E-Mails werden als Dateien in outbox/ geschrieben"),
                _("Einen Mailserver auf der Seite „E-Mail einrichten“ eintragen."),
            ),
        )
    return findings


# The domains of the recipients.

DOMAIN_CACHE_TIME = timedelta(days=1)


class DomainState(StrEnum):
    """Whether a domain can take mail."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"  # not asked yet, or the DNS did not answer


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """A provider that many town halls receive through, and what it wants."""

    name: str
    suffixes: tuple[str, ...]
    wants: str  # a message of the catalogues


GATEKEEPERS = (
    Gatekeeper(
        "T-Online",
        ("t-online.de",),
        N_(
            "Nimmt nur von Servern an, deren IP-Adresse einen Namen hat und unter dessen Domain ein Impressum steht."
        ),
    ),
    Gatekeeper(
        "GMX und WEB.DE",
        ("gmx.net", "web.de", "gmx.de"),
        N_("Verlangt SPF oder DKIM und zur IP-Adresse des Servers einen passenden Namen."),
    ),
    Gatekeeper(
        "IONOS",
        ("kundenserver.de", "ionos.de", "ionos.com"),
        N_("Verlangt SPF oder DKIM und zur IP-Adresse des Servers einen passenden Namen."),
    ),
    Gatekeeper(
        "Microsoft 365",
        ("mail.protection.outlook.com", "mx.microsoft", "olc.protection.outlook.com"),
        N_("Prüft SPF, DKIM und DMARC und bremst Server, die es noch nicht kennt."),
    ),
    Gatekeeper(
        "Google",
        ("google.com", "googlemail.com"),
        N_(
            "Verlangt SPF oder DKIM, TLS und einen passenden Namen der IP-Adresse; ab 5.000 E-Mails am Tag auch DMARC."
        ),
    ),
    Gatekeeper(
        "Hornetsecurity",
        ("hornetsecurity.com", "antispameurope.com", "hornetdmarc.com"),
        N_(
            "Hält Verdächtiges in einer Quarantäne zurück; der Empfänger kann die Absenderadresse freigeben."
        ),
    ),
    Gatekeeper(
        "Proofpoint",
        ("pphosted.com", "ppe-hosted.com"),
        N_(
            "Hält Verdächtiges in einer Quarantäne zurück; der Empfänger kann die Absenderadresse freigeben."
        ),
    ),
    Gatekeeper(
        "Mimecast",
        ("mimecast.com",),
        N_("Weist neue Absender zunächst ab und nimmt den zweiten Versuch an (Greylisting)."),
    ),
    Gatekeeper(
        "NoSpamProxy",
        ("nospamproxy.com",),
        N_("Bewertet SPF, DKIM und DMARC und weist Verdächtiges beim Annehmen ab."),
    ),
)


@dataclass(frozen=True, slots=True)
class DomainCheck:
    """A domain of recipients: its members, whether it takes mail, and who keeps its gate."""

    domain: str
    members: tuple[str, ...]
    state: DomainState
    hosts: tuple[str, ...] = ()
    checked_at: datetime | None = None

    @property
    def gatekeeper(self) -> Gatekeeper | None:
        return find_gatekeeper(self.hosts)


def find_gatekeeper(hosts: Iterable[str]) -> Gatekeeper | None:
    for host in hosts:
        for gatekeeper in GATEKEEPERS:
            if any(host == suffix or host.endswith(f".{suffix}") for suffix in gatekeeper.suffixes):
                return gatekeeper
    return None


def find_mail_hosts(domain: str, look_up: Lookup) -> list[str] | None:
    """The hosts that take mail for a domain: its MX, else itself (RFC 5321 5.1); none if it takes
    none (RFC 7505); ``None`` if the DNS does not answer.
    """
    hosts = list_mail_hosts(look_up, domain)
    if hosts is None:
        return None
    if hosts:
        return [host for host in hosts if host]
    addresses = resolve(look_up, domain)
    return None if addresses is None else [domain] * bool(addresses)


def list_domain_checks(db: Database) -> list[DomainCheck]:
    """The domains of all members with their last results, the unreachable ones first."""
    results = store.delivery_checks.load(db)
    checks = []
    for domain, members in store.delivery_checks.list_domains(db).items():
        known = results.get(domain)
        hosts = tuple(map(str, known.result)) if known and isinstance(known.result, list) else ()
        state = DomainState.UNKNOWN
        if known:
            state = DomainState.REACHABLE if hosts else DomainState.UNREACHABLE
        checks.append(
            DomainCheck(domain, tuple(members), state, hosts, known.checked_at if known else None)
        )
    order = [DomainState.UNREACHABLE, DomainState.UNKNOWN, DomainState.REACHABLE]
    return sorted(checks, key=lambda check: order.index(check.state))


# Running the checks, and their last result.


def run_checks(db: Database, settings: Settings, now: datetime) -> None:
    """Check the sender, and the domains whose last result is older than a day; keep the results.
    What does not answer in time keeps its last result.
    """
    known = store.delivery_checks.load(db)
    due = [
        domain
        for domain in store.delivery_checks.list_domains(db)
        if domain not in known or known[domain].checked_at < now - DOMAIN_CACHE_TIME
    ]
    own: Callable[[], object] = partial(check_own, store.association.get(db), settings, look_up)
    jobs: Sequence[Callable[[], object]] = [
        own,
        *(partial(find_mail_hosts, domain, look_up) for domain in due),
    ]
    found, *hosts = run_within(TRIAL_TIMEOUT, jobs)
    results: dict[str, object] = {
        domain: result for domain, result in zip(due, hosts, strict=True) if result is not None
    }
    if isinstance(found, list):
        results[""] = [serialize(finding) for finding in found]
    actions.delivery_checks.save(db, results, now)


def load_own_findings(db: Database) -> tuple[list[Finding], datetime | None]:
    """The last findings about the sender, and their time."""
    kept = store.delivery_checks.load(db).get("")
    if kept is None or not isinstance(kept.result, list):
        return [], None
    return [deserialize(finding) for finding in kept.result], kept.checked_at


def serialize(finding: Finding) -> list[object]:
    return [
        finding.grade,
        *(serialize_words(words) for words in (finding.matter, finding.found, finding.to_do)),
    ]


def serialize_words(words: object) -> object:
    if not isinstance(words, Sentence):
        return words if isinstance(words, int) else str(words)
    return {
        "message": words.message,
        "facts": {name: serialize_words(fact) for name, fact in words.facts.items()},
    }


def deserialize(finding: Sequence[object]) -> Finding:
    grade, matter, found, to_do = finding
    return Finding(
        deserialize_words(matter),
        Grade(str(grade)),
        deserialize_words(found),
        deserialize_words(to_do),
    )


def deserialize_words(words: object) -> str:
    if not isinstance(words, Mapping):
        return str(words)
    facts = {name: deserialize_words(fact) for name, fact in words["facts"].items()}
    return Sentence(words["message"], **facts)


def iter_findings(db: Database, settings: Settings, now: datetime) -> Findings:
    """Run the checks; one finding for each of them and for each domain with something to say."""
    run_checks(db, settings, now)
    yield from load_own_findings(db)[0]
    checks = list_domain_checks(db)
    for check in checks:
        if check.state is DomainState.UNREACHABLE:
            yield error(
                check.domain,
                _("nimmt keine E-Mails an: %(members)s", members=", ".join(check.members)),
                _("Die Adressen berichtigen; die Domain hat weder MX noch A-Eintrag."),
            )
    yield ok(
        _("Domains"),
        _(
            "%(reachable)s von %(count)s nehmen E-Mails an, %(unknown)s noch nicht geprüft",
            reachable=sum(check.state is DomainState.REACHABLE for check in checks),
            count=len(checks),
            unknown=sum(check.state is DomainState.UNKNOWN for check in checks),
        ),
    )
