"""Checks of the set-up of an instance, for ``doctor`` and for the pages of the office.

A finding holds sentences that are not in a language yet; command line and page translate them.
"""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial, reduce
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlite_utils import Database

from signoff import backups, oidc, store
from signoff.config import Settings, SettingsError, static_folder
from signoff.domain.association import Association
from signoff.domain.delivery import DeliveryError, Outage
from signoff.domain.mail import MailboxError, MailboxReading
from signoff.domain.setup import FIELD_LINES, REQUIRED_LINES, TEXT_KINDS, Setup, SetupLine
from signoff.domain.text import parse_email
from signoff.i18n import labels
from signoff.i18n.catalogue import get_language_name
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.events import FAULT_SENTENCES
from signoff.mail.bounces import open_imap
from signoff.mail.oauth2 import LoginError, TokenSource
from signoff.mail.transport import MailServer, SmtpTransport
from signoff.moments import find_jump
from signoff.pdf.sandbox import has_landlock
from signoff.services import build_services, read_clock
from signoff.standby import StandbyError, wait_for_copy
from signoff.store.connection import connect, is_wal_safe
from signoff.worker import list_live_workers

# Sentences: translated by whoever shows them.


class Sentence(str):
    """A message of the catalogues with its facts, which may be sentences themselves; as a string it
    is in the source language.
    """

    __slots__ = ("facts", "message")
    message: str
    facts: Mapping[str, object]

    def __new__(cls, message: str, /, **facts: object) -> "Sentence":
        sentence = super().__new__(cls, message % facts if facts else message)
        sentence.message, sentence.facts = message, facts
        return sentence


_ = Sentence


def translate(words: object, gettext: Callable[[str], str]) -> str:
    """``words`` in one language; what is no sentence stays as it is."""
    if not isinstance(words, Sentence):
        return str(words)
    facts = {name: translate(fact, gettext) for name, fact in words.facts.items()}
    return gettext(words.message) % facts if facts else gettext(words.message)


# Findings: one line for each check, with what to do about it.


class Grade(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"  # could not be checked


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, and what to do about it."""

    matter: str
    grade: Grade
    found: str
    to_do: str = ""
    line: str = ""  # of the checklist of the office (``SetupLine``), if it is one

    def translate(self, gettext: Callable[[str], str]) -> "Finding":
        """The same with its words in one language."""
        matter, found, to_do = (
            translate(words, gettext) for words in (self.matter, self.found, self.to_do)
        )
        return replace(self, matter=matter, found=found, to_do=to_do)


Findings = Iterator[Finding]
T = TypeVar("T")


def ok(matter: str, found: str) -> Finding:
    return Finding(matter, Grade.OK, found)


def warning(matter: str, found: str, to_do: str) -> Finding:
    return Finding(matter, Grade.WARNING, found, to_do)


def error(matter: str, found: str, to_do: str) -> Finding:
    return Finding(matter, Grade.ERROR, found, to_do)


def unknown(matter: str, found: str) -> Finding:
    return Finding(matter, Grade.UNKNOWN, found)


# Checks of the instance: address, keys, folders, database, clock, disk, fonts, workers, audit log.

PRIVATE_FILES = ("keys.json", "signoff.toml", "signoff.sqlite")
FOLDERS = ("archive", "outbox", "workers")
LOW_DISK_SPACE, MIN_DISK_SPACE = 2_000_000_000, 200_000_000  # bytes free
MAX_CLOCK_SKEW = timedelta(seconds=5)  # between the clock and the file system's
FONT_FOLDER = "vendor/fonts/print"


def check_address(settings: Settings) -> Findings:
    if settings.on_loopback:
        yield warning(
            _("Adresse"),
            _("%(base_url)s: nur von dieser Maschine erreichbar", base_url=settings.base_url),
            _("SIGNOFF_BASE_URL setzen."),
        )
    else:
        yield ok(_("Adresse"), settings.base_url)
        yield check_proxy(settings)
    if settings.demo:
        yield error(
            _("Vorführung"),
            _("eingeschaltet: jede E-Mail ist für alle lesbar"),
            _("SIGNOFF_DEMO ausschalten."),
        )


def check_proxy(settings: Settings) -> Finding:
    if settings.proxies:
        return ok(_("Webserver davor"), _("SIGNOFF_PROXIES ist %(count)s", count=settings.proxies))
    return warning(
        _("Webserver davor"),
        _("keiner: SIGNOFF_PROXIES ist nicht gesetzt"),
        _(
            "nginx wie in deploy/nginx.conf davorschalten und SIGNOFF_PROXIES=1 setzen; ohne ihn halten "
            "langsame Leser die anderen auf."
        ),
    )


def check_keys(settings: Settings) -> Findings:
    counts = _(
        "%(links)s für Links, %(cookies)s für Cookies",
        links=len(settings.keys.links),
        cookies=len(settings.keys.cookies),
    )
    short = [key for key in (*settings.keys.links, *settings.keys.cookies) if len(key) < 32]
    if short or not settings.keys.links or not settings.keys.cookies:
        yield error(
            _("Schlüssel"),
            counts,
            _("keys.json: je mindestens einen Schlüssel aus 32 Byte eintragen."),
        )
    else:
        yield ok(_("Schlüssel"), counts)


def check_folders(settings: Settings) -> Findings:
    folder = settings.instance
    exposed = [
        name
        for name in PRIVATE_FILES
        if (folder / name).exists() and get_mode(folder / name) & 0o077
    ]
    exposed += [
        name
        for name in (".", *FOLDERS)
        if (folder / name).is_dir() and get_mode(folder / name) & 0o077
    ]
    missing = [name for name in FOLDERS if not (folder / name).is_dir()]
    read_only = [
        name
        for name in (".", *FOLDERS)
        if (folder / name).is_dir() and not os.access(folder / name, os.W_OK)
    ]
    if exposed:
        yield error(
            _("Zugriffsrechte"),
            _("für andere offen: %(names)s", names=", ".join(exposed)),
            _("chmod 0600 für Dateien, 0700 für Ordner."),
        )
    else:
        yield ok(_("Zugriffsrechte"), _("Dateien 0600, Ordner 0700"))
    if lost := ", ".join(missing + read_only):
        yield error(
            _("Ordner"),
            _("fehlen oder nicht beschreibbar: %(lost)s", lost=lost),
            _("signoff init ausführen."),
        )
    else:
        yield ok(_("Ordner"), ", ".join(FOLDERS))


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def check_database(db: Database) -> Findings:
    (version,) = db.conn.execute("SELECT sqlite_version()").fetchone()
    if is_wal_safe(version):
        yield ok("SQLite", version)
    else:
        yield warning(
            "SQLite",
            _(
                "%(version)s: Schreiben ist langsamer, weil der WAL-Modus dieser Version nicht sicher ist",
                version=version,
            ),
            _("pysqlite3 installieren oder SQLite 3.51.3 verwenden."),
        )
    (healthy,) = db.conn.execute("PRAGMA quick_check(1)").fetchone()
    if healthy != "ok":
        yield error(_("Datenbank"), str(healthy), _("Aus der letzten Sicherung wiederherstellen."))
    elif pending := store.migrations.list_pending(db):
        yield error(
            _("Datenbank"),
            _("Schema veraltet: %(names)s", names=", ".join(pending)),
            _("signoff migrate ausführen."),
        )
    else:
        yield ok(_("Datenbank"), _("unversehrt, Schema aktuell"))


def check_archive(db: Database, settings: Settings) -> Findings:
    """Whether each released file is there, with the digest under which it was released."""
    archive = build_services(settings).archive
    digests = store.releases.list_public_digests(db)
    paths = [archive.release_path(digest) for digest in digests]
    bad = [path for path in paths if not (path.exists() and archive.is_intact(path))]
    if bad:
        yield error(
            _("Archiv"),
            _(
                "Diese veröffentlichten Dateien fehlen oder haben einen anderen Inhalt: %(names)s",
                names=", ".join(path.name for path in bad),
            ),
            _("Die Dateien aus einer Sicherung einspielen."),
        )
    else:
        yield ok(
            _("Archiv"),
            _("veröffentlichte Dateien: %(count)s, alle unversehrt", count=len(paths)),
        )


def check_timestamps(db: Database) -> Findings:
    """Whether a timestamp that runs out soon could not be renewed."""
    for failed, title in store.renewals.list_failed(db):
        yield warning(
            _("Zeitstempel"),
            _(
                "Der Zeitstempel von „%(title)s“ gilt bis %(until)s und ist nicht erneuert: %(problem)s.",
                title=title,
                until=f"{failed.valid_until:%d.%m.%Y}",
                problem=failed.error,
            ),
            _(
                "SIGNOFF_TSA_URL prüfen, oder eine andere Zeitstempelstelle einstellen. Es wird jede Stunde versucht."
            ),
        )


def check_audit_log(db: Database, now: datetime) -> Findings:
    fault, latest = store.audit.find_fault(db), store.audit.find_latest(db)
    if fault is not None:
        yield error(
            _("Verlauf"),
            _(FAULT_SENTENCES[fault.kind], entry=fault.entry, row=fault.row),
            _("Niemanden etwas ändern lassen; Sicherungen vergleichen."),
        )
    else:
        yield ok(
            _("Verlauf"),
            _(
                "%(count)s Einträge, Kette und Tabellen unversehrt",
                count=latest.seq if latest else 0,
            ),
        )
    if checkpoint := store.log.find_invalid_checkpoint(db):
        yield error(
            _("Prüfverzeichnis"),
            _("Der Prüfpunkt nach Eintrag %(size)s stimmt nicht", size=checkpoint.size),
            _("Niemanden etwas ändern lassen; Sicherungen vergleichen."),
        )
    if latest and latest.at > now + MAX_CLOCK_SKEW:
        yield error(
            _("Uhr"),
            _(
                "Der letzte Eintrag ist von %(time)s, also aus der Zukunft",
                time=latest.at.isoformat(),
            ),
            _("Uhr stellen."),
        )


def check_clock(settings: Settings, now: datetime) -> Findings:
    """Compare the clock with that of the file system; whether a time service runs is not
    checked.
    """
    with tempfile.NamedTemporaryFile(dir=settings.instance) as file:
        file_time = datetime.fromtimestamp(Path(file.name).stat().st_mtime, UTC)
    if abs(file_time - now) > MAX_CLOCK_SKEW:
        yield error(
            _("Uhr"),
            _(
                "%(now)s, das Dateisystem sagt %(written)s",
                now=now.isoformat(),
                written=file_time.isoformat(),
            ),
            _("Zeitdienst einrichten."),
        )
    else:
        yield ok(_("Uhr"), f"{now:%Y-%m-%d %H:%M:%S} UTC")
    yield unknown(_("Zeitdienst"), _("wird nicht abgefragt; bitte „timedatectl“ ansehen"))


def check_jump(settings: Settings, db: Database, now: datetime) -> Findings:
    """Whether the worker waits because the clock has jumped."""
    if known := find_jump(settings.instance, store.health.find_latest_moment(db), now):
        yield error(
            _("Uhr"),
            _(
                "%(now)s UTC; der letzte bekannte Zeitpunkt ist %(known)s UTC",
                now=f"{now:%Y-%m-%d %H:%M}",
                known=f"{known:%Y-%m-%d %H:%M}",
            ),
            _(
                "Die Uhr stellen, oder auf der Übersicht der Geschäftsstelle oder mit „signoff work "
                "--the-clock-is-right“ bestätigen, dass sie stimmt."
            ),
        )


def check_disk(settings: Settings) -> Findings:
    free = shutil.disk_usage(settings.instance).free
    result = _("%(size)s GB frei", size=f"{free / 1e9:.1f}")
    if free < MIN_DISK_SPACE:
        yield error(
            _("Platz"),
            result,
            _("Platz schaffen; auf einer vollen Platte wird nichts mehr angenommen."),
        )
    elif free < LOW_DISK_SPACE:
        yield warning(_("Platz"), result, _("Bald Platz schaffen."))
    else:
        yield ok(_("Platz"), result)


def check_backups(settings: Settings, now: datetime) -> Findings:
    """Silent where nothing has to be kept."""
    if settings.demo or settings.is_trial_round:
        return
    if not settings.backup:
        yield warning(
            _("Sicherung"),
            _("das Programm macht keine"),
            _("SIGNOFF_BACKUP setzen, wenn nicht ein anderes Programm sichert."),
        )
        return
    yield check_last_backup(settings, now)
    try:
        saved = backups.compute_secrets_digest(settings)
    except (OSError, SettingsError) as problem:
        yield error(_("Sicherung der Schlüssel"), str(problem), _("Zugriffsrechte prüfen."))
        return
    if saved == backups.load_state(settings.instance).saved_secrets:
        yield ok(_("Sicherung der Schlüssel"), _("mit „signoff backup“ herausgegeben"))
    else:
        yield warning(
            _("Sicherung der Schlüssel"),
            _("seit ihrer letzten Änderung nicht herausgegeben"),
            _(
                "Einmal „signoff backup DATEI --keys SCHLÜSSELDATEI“ ausführen und die Schlüssel getrennt von den "
                "Sicherungen aufbewahren. Ohne sie ist keine Sicherung zu gebrauchen."
            ),
        )


def check_standby(settings: Settings) -> Findings:
    """Silent where there is no second machine."""
    if not settings.standby_socket:
        return
    try:
        wait_for_copy(settings)
    except StandbyError as problem:
        yield error(
            _("Zweiter Rechner"),
            _("hat nicht alles: %(problem)s", problem=problem),
            _("Litestream prüfen. Bis dahin geht keine E-Mail hinaus."),
        )
    else:
        yield ok(_("Zweiter Rechner"), _("hat alles"))


def check_last_backup(settings: Settings, now: datetime) -> Finding:
    state = backups.load_state(settings.instance)
    if state.good_at is None or state.proof is None:
        found = _("noch keine gute")
    else:
        found = _(
            "zuletzt %(moment)s UTC, durch Einspielen geprüft: %(entries)s Einträge im Verlauf, %(files)s Dateien",
            moment=f"{state.good_at:%Y-%m-%d %H:%M}",
            entries=state.proof.entries,
            files=state.proof.files,
        )
    if state.problem:
        problem = Sentence(state.problem, **state.facts)
        found = Sentence("%(found)s. %(problem)s", found=found, problem=problem)
    if state.is_good(now) and not state.problem:
        return ok(_("Sicherung"), found)
    to_do = _(
        "Ein laufender Arbeitsprozess versucht es jede Stunde; bitte beheben, was im Weg steht."
    )
    return (warning if state.is_good(now) else error)(_("Sicherung"), found, to_do)


def check_fonts(folder: Path | None = None) -> Findings:
    files: Sequence[Path] = sorted(((folder or static_folder()) / FONT_FOLDER).glob("*.ttf"))
    if files:
        yield ok(_("Schriften"), _("%(count)s Dateien", count=len(files)))
    else:
        yield error(
            _("Schriften"),
            _("keine für den Druck"),
            _("„make install“ ausführen oder das Paket neu installieren."),
        )


def check_sandbox() -> Finding:
    """Whether the kernel keeps the processes that print and examine PDFs from other files."""
    if has_landlock():
        return ok(_("Druck und Prüfung"), _("lesen keine fremden Dateien (Landlock)"))
    return warning(
        _("Druck und Prüfung"),
        _(
            "Landlock fehlt: Was dort von Bibliotheken gelesen wird, beschränkt das Betriebssystem nicht"
        ),
        _("Linux 5.13 oder neuer verwenden und Landlock einschalten (Kernel-Option „lsm“)."),
    )


def check_workers(settings: Settings, pending: int) -> Findings:
    folder = settings.instance / "workers"
    alive = list_live_workers(folder) if folder.is_dir() else set()
    result = _(
        "%(count)s am Werk, %(pending)s E-Mails stehen aus", count=len(alive), pending=pending
    )
    if alive or not pending:
        yield ok(_("Arbeitsprozess"), result)
    else:
        yield warning(
            _("Arbeitsprozess"), result, _("„signoff serve“ oder „signoff work“ starten.")
        )


# Checks of the mail set-up: server, encryption, login, and the DNS records of the sender's domain.

MAIL_TIMEOUT = 8.0  # seconds, for each answer of a mail server
DNS_TIMEOUT = 3.0  # seconds, for each DNS query

TxtLookup = Callable[
    [str], list[str] | None
]  # the TXT records of a name; None if the DNS does not answer


def check_mail_servers(settings: Settings, outages: Sequence[Outage]) -> Findings:
    """Connect to each server, encrypt and log in once, without sending a mail."""
    if not settings.smtp_url:
        result = _("keiner eingestellt; E-Mails werden als Dateien in outbox/ geschrieben")
        yield (
            ok(_("Mailserver"), result)
            if settings.on_loopback
            else error(
                _("Mailserver"),
                result,
                _("SIGNOFF_SMTP_URL setzen; so erreicht keine E-Mail ein Mitglied."),
            )
        )
        return
    tokens = TokenSource(settings, read_clock)
    for url in settings.smtp_url.split():
        yield from check_mail_server(SmtpTransport(url, tokens=tokens, timeout=MAIL_TIMEOUT))
    for outage in outages:
        yield warning(
            _("Versand"),
            _(
                "über %(server)s seit %(since)s UTC unterbrochen: %(diagnostic)s",
                server=outage.server,
                since=f"{outage.since:%Y-%m-%d %H:%M}",
                diagnostic=outage.diagnostic,
            ),
            _(labels.get_outage_advice(outage)),
        )


def check_mail_server(transport: SmtpTransport) -> Findings:
    host = transport.server.host
    try:
        transport.check_connection()
    except DeliveryError as problem:
        words, to_do = explain(problem)
        yield error(
            _("Mailserver"), Sentence("%(host)s: %(problem)s", host=host, problem=words), to_do
        )
    else:
        yield ok(_("Mailserver"), _("%(host)s antwortet", host=host))
    if transport.server.scheme != "smtp":
        yield ok(_("Verschlüsselung"), _("TLS, Zertifikat wird geprüft"))
    elif host in ("localhost", "127.0.0.1", "::1"):
        yield ok(_("Verschlüsselung"), _("keine; der Mailserver läuft auf dieser Maschine"))
    else:
        yield warning(
            _("Verschlüsselung"),
            _("keine; das Passwort des Mailservers geht lesbar durch das Netz")
            if transport.server.password
            else _("keine"),
            _("smtp+starttls:// oder smtps:// verwenden."),
        )
    yield from check_password(transport.server)


# What an error of connection or login means. First match.
ADVICE = (
    (
        r"timed out|timeout",
        N_(
            "Der Server antwortet nicht. Bitte Namen und Anschluss prüfen; vielleicht sperrt eine Firewall."
        ),
    ),
    (
        r"Errno -[0-9]+|getaddrinfo|not known",
        N_("Einen Server dieses Namens gibt es nicht. Bitte die Schreibweise prüfen."),
    ),
    (
        r"Errno 111|refused$",
        N_(
            "Auf diesem Anschluss nimmt der Server keine Verbindung an. Bitte den Anschluss prüfen."
        ),
    ),
    (
        r"CERTIFICATE|certificate",
        N_(
            "Das Zertifikat des Servers passt nicht. Bitte den Namen des Servers prüfen, wie er im Zertifikat steht."
        ),
    ),
    (
        r"WRONG_VERSION|SSL|STARTTLS",
        N_(
            "Verschlüsselung und Anschluss passen nicht zusammen: STARTTLS ist meist 587, TLS meist 465."
        ),
    ),
    (
        r"^53[0-9]|AUTH|uthenticat|LOGIN|credentials",
        N_(
            "Der Server nimmt die Anmeldung nicht an. Bitte Benutzer, Passwort und Art der Anmeldung prüfen."
        ),
    ),
)


def explain(problem: DeliveryError) -> tuple[str, Sentence]:
    """The problem and the advice."""
    if isinstance(problem, LoginError):
        return _(problem.message, **problem.facts), _(problem.to_do, **problem.facts)
    return problem.diagnostic, advise(problem.diagnostic)


def advise(diagnostic: str) -> Sentence:
    """The advice for an error of connection or login."""
    for pattern, advice in ADVICE:
        if re.search(pattern, diagnostic):
            return Sentence(advice)
    return _("Adresse, Anschluss, Zertifikat und Anmeldung prüfen.")


PASSWORD_ENDS = {
    "smtp.office365.com": N_(
        "mit Passwort: Ab Ende Dezember 2026 nimmt Microsoft beim Versand keine Passwörter mehr an, "
        "wenn die Organisation es nicht eigens erlaubt."
    ),
    "smtp.gmail.com": N_(
        "mit Passwort: Google nimmt nur noch App-Passwörter an; ab Ende Dezember 2026 verlangt auch "
        "Microsoft OAuth2."
    ),
}


def check_password(server: MailServer) -> Findings:
    """Warn of a password at a provider that is about to refuse it."""
    if server.password and server.host in PASSWORD_ENDS:
        yield warning(
            _("Anmeldung"),
            _(PASSWORD_ENDS[server.host]),
            _("OAuth2 einrichten (docs/operations.md, „Mail through Microsoft 365 or Google“)."),
        )


def check_mailbox(settings: Settings) -> Findings:
    """Log in to the mailbox of returned mail and select its folder; nothing in it changes."""
    if not settings.imap_url:
        return
    host, tokens = urlsplit(settings.imap_url).hostname, TokenSource(settings, read_clock)
    try:
        with open_imap(settings.imap_url, tokens=tokens, timeout=MAIL_TIMEOUT):
            yield ok(_("Postfach"), _("%(host)s antwortet", host=host))
    except MailboxError as problem:
        yield error(
            _("Postfach"),
            _(problem.message, **problem.facts),
            _(problem.to_do, **problem.facts)
            if problem.to_do
            else advise(problem.facts.get("problem", "")),
        )


def check_provider(settings: Settings) -> Findings:
    """Ask the OpenID provider for its addresses and keys."""
    if not settings.oidc_issuer:
        return
    try:
        keys = oidc.count_keys(settings)
    except oidc.ProviderError as problem:
        yield error(
            _("Anmeldedienst"),
            _(problem.message, **problem.facts),
            _(problem.to_do, **problem.facts),
        )
    else:
        yield ok(
            _("Anmeldedienst"),
            _(
                "%(host)s antwortet, %(count)s Schlüssel; Weiterleitungsadresse: %(address)s",
                host=urlsplit(settings.oidc_issuer).hostname,
                count=keys,
                address=settings.base_url + oidc.REDIRECT_PATH,
            ),
        )


TRIAL_TIMEOUT = 8.0  # seconds, for everything that a page waits for
MAX_THREADS = 32


def try_mail_settings(settings: Settings) -> list[Finding]:
    """Try each server and the mailbox, all at once."""
    urls = settings.smtp_url.split() or [""]
    single = [replace(settings, smtp_url=url) for url in urls]
    jobs = [partial(collect, check_mail_servers, each, ()) for each in single]
    results = run_within(TRIAL_TIMEOUT, [*jobs, partial(collect, check_mailbox, settings)])
    silent = error(_("Mailserver"), _("keine Antwort in acht Sekunden"), advise("timed out"))
    return [finding for found in results for finding in (found or [silent] * (found is None))]


def collect(check: Callable[..., Findings], *arguments: object) -> list[Finding]:
    return list(check(*arguments))


def run_within(seconds: float, jobs: Sequence[Callable[[], T]]) -> list[T | None]:
    """The results of all jobs, run at once; ``None`` for one that is not done in time. Its thread
    ends with its own time-outs.
    """
    pool = ThreadPoolExecutor(MAX_THREADS)
    futures = [pool.submit(job) for job in jobs]
    done = wait(futures, timeout=seconds).done
    pool.shutdown(wait=False, cancel_futures=True)
    return [future.result() if future in done else None for future in futures]


def check_sender(association: Association, settings: Settings, texts: TxtLookup) -> Findings:
    """SPF, DMARC and, if its selector is configured, DKIM of the sender's domain."""
    domain = (parse_email(association.mail_from) or "").rpartition("@")[2]
    yield check_dns_record(
        "SPF",
        domain,
        "v=spf1",
        texts,
        _("Im DNS festlegen, welche Mailserver für die Domain senden dürfen."),
    )
    yield check_dns_record(
        "DMARC",
        f"_dmarc.{domain}",
        "v=DMARC1",
        texts,
        _("Im DNS einen DMARC-Eintrag anlegen."),
    )
    if settings.dkim_selector:
        name = f"{settings.dkim_selector}._domainkey.{domain}"
        yield check_dns_record(
            "DKIM",
            name,
            "p=",
            texts,
            _("Den öffentlichen Schlüssel des Mailservers im DNS eintragen."),
        )
    else:
        yield unknown("DKIM", _("SIGNOFF_DKIM_SELECTOR ist nicht gesetzt"))


def check_mailbox_reading(settings: Settings, reading: MailboxReading | None) -> Findings:
    """Whether the worker could read the mailbox the last time."""
    if not settings.imap_url:
        return
    if reading is None:
        yield warning(
            _("Postfach"),
            _("noch nicht gelesen"),
            _("Ein laufender Worker liest es alle fünf Minuten: signoff serve oder signoff work."),
        )
    elif reading.problem:
        yield error(
            _("Postfach"),
            _(reading.problem, **reading.facts),
            _("SIGNOFF_IMAP_URL und das Postfach prüfen; bis dahin wird nichts gelesen."),
        )
    else:
        yield ok(
            _("Postfach"), _("gelesen: %(moment)s UTC", moment=f"{reading.read_at:%Y-%m-%d %H:%M}")
        )


def check_dns_record(matter: str, name: str, marker: str, texts: TxtLookup, to_do: str) -> Finding:
    records = texts(name)
    if records is None:
        return unknown(matter, _("%(name)s: DNS antwortet nicht", name=name))
    matching = [text for text in records if marker in text]
    if not matching:
        return warning(matter, _("%(name)s: kein Eintrag", name=name), to_do)
    if len(matching) > 1 and matter != "DKIM":
        return error(
            matter,
            _("%(name)s: %(count)s Einträge; es gilt keiner", name=name, count=len(matching)),
            _("Nur einen Eintrag stehen lassen."),
        )
    return ok(matter, matching[0][:100])


def look_up_txt(name: str, nameservers: Sequence[str] = ()) -> list[str] | None:
    """The TXT records of ``name``, possibly none; ``None`` if no server answers in time."""
    return look_up(name, "TXT", nameservers)


def look_up(name: str, kind: str, nameservers: Sequence[str] = ()) -> list[str] | None:
    """The records of this kind, as text."""
    import dns.exception
    import dns.resolver  # takes a tenth of a second, and few requests need it

    try:
        resolver = dns.resolver.Resolver(configure=not nameservers)
        if nameservers:
            resolver.nameservers = list(nameservers)
        answer = resolver.resolve(name, kind, lifetime=DNS_TIMEOUT)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        return None
    return [
        b"".join(record.strings).decode("utf-8", "replace") if kind == "TXT" else record.to_text()
        for record in answer
    ]


# The checklist of the office.


def check_setup(setup: Setup, settings: Settings) -> Findings:
    """One finding for each line. A line that matters is an error where members are real."""
    for line in SetupLine:
        done, found, to_do = check_setup_line(line, setup, settings)
        red = line in REQUIRED_LINES and settings.has_real_recipients
        grade = Grade.OK if done else Grade.ERROR if red else Grade.WARNING
        yield Finding(_(labels.SETUP[line]), grade, found, "" if done else to_do, line)


def check_setup_line(line: SetupLine, setup: Setup, settings: Settings) -> tuple[bool, str, str]:
    """Whether nothing is left to do, what was measured, and what to do otherwise."""
    done = setup.is_done(line)
    if line in FIELD_LINES:
        value = getattr(setup.association, FIELD_LINES[line]).replace("\n", ", ")
        found = _("hinterlegt") if line is SetupLine.LOGO else value
        return (
            done,
            found if done else _("fehlt noch"),
            _("Auf der Seite „Verband“ eintragen."),
        )
    if line in TEXT_KINDS:
        texts = [
            Sentence(
                "%(kind)s (%(language)s)",
                kind=_(labels.LEGAL[kind]),
                language=get_language_name(language, language),
            )
            for kind, language in setup.list_missing_texts(line)
        ]
        names = reduce(
            lambda left, right: Sentence("%(l)s, %(r)s", l=left, r=right), texts or [Sentence("")]
        )
        return (
            done,
            _("veröffentlicht")
            if done
            else _("Lücken, nicht veröffentlicht: %(names)s", names=names),
            _("Die Texte auf der Seite „Verband“ ausfüllen."),
        )
    if line is SetupLine.MAIL:
        return check_setup_of_mail(setup, settings)
    if line is SetupLine.RETURNED_MAIL:
        address = settings.bounces_address or (settings.imap_url and setup.association.mail_from)
        return (
            bool(address),
            address or _("unzustellbare E-Mails werden nicht erkannt"),
            _("Unter „E-Mail einrichten“ ein Postfach nennen."),
        )
    if line is SetupLine.SECOND_ACCOUNT:
        return (
            done,
            _("Konten zum Bearbeiten: %(count)s", count=setup.editor_count),
            _("Eine zweite Person einladen; sie vertritt Sie und bestätigt Veröffentlichungen."),
        )
    if line is SetupLine.TRIAL_ROUND:
        return (
            done,
            _("zuletzt am %(day)s", day=f"{setup.trial_held_at:%Y-%m-%d}")
            if setup.trial_held_at
            else _("noch keines bis zum Ende durchgespielt"),
            _(
                "Auf der Seite eines Papiers „Probeverfahren“ wählen, als Kommune antworten, schließen und löschen."
            ),
        )
    return (
        done,
        _("Mitglieder: %(count)s", count=setup.member_count),
        _("Die Mitgliederliste aufnehmen."),
    )


def check_setup_of_mail(setup: Setup, settings: Settings) -> tuple[bool, str, str]:
    test = _("Unter „E-Mail einrichten“ eine Testnachricht an sich selbst senden.")
    if not settings.delivers_mail:
        return False, _("kein Mailserver eingestellt"), _("Unter „E-Mail einrichten“ eintragen.")
    if setup.mail_refused:
        words = _("Der Server nimmt nichts an: %(words)s", words=setup.mail_refused)
        return False, words, advise(setup.mail_refused)
    if not setup.has_sent_mail:
        return False, _("noch hat kein Mailserver eine Nachricht angenommen"), test
    return True, _("eine Nachricht wurde angenommen und kam nicht zurück"), ""


GRADE_LABELS = {
    Grade.OK: N_("in Ordnung"),
    Grade.WARNING: N_("Hinweis"),
    Grade.ERROR: N_("FEHLER"),
    Grade.UNKNOWN: N_("unbekannt"),
}


def iter_findings(settings: Settings) -> Findings:
    """Run every check; on an older schema only those that do not read the tables."""
    db = connect(settings.database)
    yield from iter_local_findings(db, settings, build_services(settings).clock())
    if store.migrations.list_pending(db):
        return
    yield from check_mail_servers(settings, store.outbox.list_outages(db))
    yield from check_mailbox(settings)
    yield from check_provider(settings)
    yield from check_sender(store.association.get(db), settings, look_up_txt)
    yield from check_standby(settings)


def iter_local_findings(db: Database, settings: Settings, now: datetime) -> Findings:
    """Run the checks that ask no other machine."""
    for part in (check_address, check_keys, check_folders, check_disk):
        yield from part(settings)
    yield from check_fonts()
    yield check_sandbox()
    yield from check_clock(settings, now)
    yield from check_backups(settings, now)
    yield from check_database(db)
    if store.migrations.list_pending(db):
        return
    yield from check_audit_log(db, now)
    yield from check_jump(settings, db, now)
    yield from check_archive(db, settings)
    yield from check_timestamps(db)
    yield from check_workers(settings, store.outbox.count_totals(db)["owed"])
    yield from check_mailbox_reading(settings, store.outbox.find_mailbox_reading(db))
    yield from check_setup(store.setup.load(db), settings)
