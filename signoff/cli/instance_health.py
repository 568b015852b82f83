"""The instance as ``doctor`` sees it: address, keys, folders, database, clock, disk, fonts, workers, journal."""

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from signoff.cli.findings import Findings, error, ok, unknown, warning
from signoff.places import static_folder
from signoff.settings import Settings
from signoff.store import audit, migrations
from signoff.store.connection import wal_is_safe
from signoff.worker import living

PRIVATE = ("keys.json", "signoff.toml", "signoff.sqlite")
FOLDERS = ("archive", "outbox", "workers")
LITTLE, TOO_LITTLE = 2_000_000_000, 200_000_000  # bytes free
APART = timedelta(seconds=5)  # between the clock and the file system's
FONTS = "vendor/fonts/print"


def address(settings: Settings) -> Findings:
    if settings.on_loopback:
        yield warning("Adresse", f"{settings.base_url}: nur von dieser Maschine erreichbar", "SIGNOFF_BASE_URL setzen.")
    else:
        yield ok("Adresse", settings.base_url)
    if settings.demo:
        yield error("Vorführung", "eingeschaltet: jede E-Mail ist für alle lesbar", "SIGNOFF_DEMO ausschalten.")


def keys(settings: Settings) -> Findings:
    counts = f"{len(settings.keys.links)} für Zugangslinks, {len(settings.keys.cookies)} für Cookies"
    short = [key for key in (*settings.keys.links, *settings.keys.cookies) if len(key) < 32]
    if short or not settings.keys.links or not settings.keys.cookies:
        yield error("Schlüssel", counts, "keys.json: je mindestens einen Schlüssel aus 32 Byte eintragen.")
    else:
        yield ok("Schlüssel", counts)


def folders(settings: Settings) -> Findings:
    here = settings.instance
    open_ = [name for name in PRIVATE if (here / name).exists() and mode(here / name) & 0o077]
    open_ += [name for name in (".", *FOLDERS) if (here / name).is_dir() and mode(here / name) & 0o077]
    missing = [name for name in FOLDERS if not (here / name).is_dir()]
    closed = [name for name in (".", *FOLDERS) if (here / name).is_dir() and not os.access(here / name, os.W_OK)]
    if open_:
        yield error(
            "Zugriffsrechte", f"für andere offen: {', '.join(open_)}", "chmod 0600 für Dateien, 0700 für Ordner."
        )
    else:
        yield ok("Zugriffsrechte", "Dateien 0600, Ordner 0700")
    if lost := ", ".join(missing + closed):
        yield error("Ordner", f"fehlen oder nicht beschreibbar: {lost}", "signoff init ausführen.")
    else:
        yield ok("Ordner", ", ".join(FOLDERS))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def database(db: Database) -> Findings:
    (version,) = db.conn.execute("SELECT sqlite_version()").fetchone()
    if wal_is_safe(version):
        yield ok("SQLite", version)
    else:
        yield warning(
            "SQLite",
            f"{version}: Schreiben ist langsamer, weil der WAL-Modus dieser Fassung nicht sicher ist",
            "pysqlite3 installieren oder SQLite 3.51.3 verwenden.",
        )
    (healthy,) = db.conn.execute("PRAGMA quick_check(1)").fetchone()
    if healthy != "ok":
        yield error("Datenbank", str(healthy), "Aus der letzten Sicherung wiederherstellen.")
    elif pending := migrations.pending(db):
        yield error("Datenbank", f"Schema veraltet: {', '.join(pending)}", "signoff migrate ausführen.")
    else:
        yield ok("Datenbank", "unversehrt, Schema aktuell")


def journal(db: Database, now: datetime) -> Findings:
    bad, last = audit.first_bad(db), audit.last(db)
    if bad is not None:
        yield error(
            "Protokoll",
            f"Die Kette bricht bei Eintrag {bad}",
            "Niemanden etwas ändern lassen; Sicherungen vergleichen.",
        )
    else:
        yield ok("Protokoll", f"{last.seq if last else 0} Einträge, Kette unversehrt")
    if last and last.at > now + APART:
        yield error("Uhr", f"Der letzte Eintrag ist von {last.at.isoformat()}, also aus der Zukunft", "Uhr stellen.")


def clock(settings: Settings, now: datetime) -> Findings:
    """The clock beside the file system's; whether a time service runs is not asked."""
    with tempfile.NamedTemporaryFile(dir=settings.instance) as file:
        written = datetime.fromtimestamp(Path(file.name).stat().st_mtime, UTC)
    if abs(written - now) > APART:
        yield error("Uhr", f"{now.isoformat()}, das Dateisystem sagt {written.isoformat()}", "Zeitdienst einrichten.")
    else:
        yield ok("Uhr", f"{now:%Y-%m-%d %H:%M:%S} UTC")
    yield unknown("Zeitdienst", "wird nicht abgefragt; bitte „timedatectl“ ansehen")


def disk(settings: Settings) -> Findings:
    free = shutil.disk_usage(settings.instance).free
    found = f"{free / 1e9:.1f} GB frei"
    if free < TOO_LITTLE:
        yield error("Platz", found, "Platz schaffen; auf einer vollen Platte wird nichts mehr angenommen.")
    elif free < LITTLE:
        yield warning("Platz", found, "Bald Platz schaffen.")
    else:
        yield ok("Platz", found)


def fonts(folder: Path | None = None) -> Findings:
    there: Sequence[Path] = sorted(((folder or static_folder()) / FONTS).glob("*.ttf"))
    if there:
        yield ok("Schriften", f"{len(there)} Dateien")
    else:
        yield error("Schriften", "keine für den Druck", "„make install“ ausführen oder das Paket neu installieren.")


def workers(settings: Settings, owed: int) -> Findings:
    folder = settings.instance / "workers"
    alive = living(folder) if folder.is_dir() else set()
    found = f"{len(alive)} am Werk, {owed} E-Mails stehen aus"
    if alive or not owed:
        yield ok("Arbeitsprozess", found)
    else:
        yield warning("Arbeitsprozess", found, "„signoff serve“ oder „signoff work“ starten.")
