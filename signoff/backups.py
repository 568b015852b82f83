"""Backups: a file with database, archive and settings, made while the instance runs, and proven by
a restore into a scratch folder.

The secrets are never in it. ``collect_secrets`` gives them for a file of their own.
"""

import json
import os
import re
import secrets
import shutil
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import file_digest, scrypt, sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from signoff import store
from signoff.config import Settings, SettingsError, read_secret, split_settings
from signoff.domain.serialization import from_json, to_json
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.events import FAULT_SENTENCES
from signoff.storage import (
    PART_NAME_LENGTH,
    PART_PREFIX,
    lock_one,
    open_atomically,
    write_atomically,
)
from signoff.store.connection import DatabaseError, connect

DATABASE_FILE, CONFIG_FILE, ARCHIVE_FOLDER = "signoff.sqlite", "signoff.toml", "archive"
KEY_NAMES_FILE = "keys.names"  # which keys belong to the backup
SEAL_KEY = "seal"  # the instance's own sealing key among the secrets, PKCS#12 in base64
SETTINGS_KEY = "settings"  # the settings that may contain a password
PASSPHRASE_KEY = "passphrase"  # of encrypted backups
STATE_FILE = "backups.json"  # beside the database, in no backup
LOCK_FILE = "backups.lock"
SCRATCH_PREFIX = ".backup-"
SUFFIX = ".backup"
MIN_FREE_SPACE = 200_000_000  # bytes that a backup leaves to the instance
BLOCK_SIZE = 1 << 20  # bytes

HOUR = 3  # of the night, in the association's time zone
RETRY_INTERVAL = timedelta(hours=1)
MAX_AGE = timedelta(hours=26)  # a day, and how long the nightly backup may take

T = TypeVar("T")


class BackupError(Exception):
    """Why there is no good backup: a message of the catalogues and its facts."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message % facts)
        self.message, self.facts = message, facts


@dataclass(frozen=True, slots=True)
class Proof:
    """The content of a proven backup: audit entries and files that have their digests."""

    size: int
    entries: int
    files: int


@dataclass(frozen=True, slots=True)
class BackupState:
    """The state of the instance's backups."""

    good_at: datetime | None = None  # when the last good one was begun, also one by hand
    proof: Proof | None = None
    failed_at: datetime | None = None  # when the worker's last one was begun, unless it is good
    problem: str = ""  # a message of the catalogues
    facts: dict[str, str] = field(default_factory=dict)
    made_at: datetime | None = None  # when the worker's last good one was begun
    saved_secrets: str = ""  # the digest of the secrets that ``signoff backup`` wrote last

    def is_good(self, now: datetime) -> bool:
        """Whether the last good backup is young enough; one of the future does not count."""
        return self.good_at is not None and timedelta() <= now - self.good_at <= MAX_AGE

    def is_due(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether none was made since the hour of the last night; another try comes later."""
        if self.failed_at and abs(now - self.failed_at) < RETRY_INTERVAL:
            return False
        hour = now.astimezone(zone).replace(hour=HOUR, minute=0, second=0, microsecond=0)
        if hour > now:
            hour -= timedelta(days=1)
        return self.made_at is None or not hour <= self.made_at <= now


def load_state(instance: Path) -> BackupState:
    try:
        return from_json(BackupState, (instance / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError):
        return BackupState()


def save_state(instance: Path, state: BackupState) -> None:
    write_atomically(instance / STATE_FILE, to_json(state).encode())


# The schedule.


def back_up(settings: Settings, db: Database, now: datetime) -> Proof:
    """Put a proven backup into the folder of the settings and delete the oldest ones.

    Raises ``BackupError``; then the folder is as before, and the state of the instance says why.
    Raises ``Busy`` if another one is being made.
    """
    with lock_one([settings.instance / LOCK_FILE]):
        state = load_state(settings.instance)
        started = N_("Eine Sicherung wurde begonnen und ist nicht fertig.")
        state = replace(state, failed_at=now, problem=started, facts={})
        save_state(settings.instance, state)
        try:
            proof = write_proven(settings, db, now)
        except BackupError as error:
            facts = {name: str(fact) for name, fact in error.facts.items()}
            save_state(settings.instance, replace(state, problem=error.message, facts=facts))
            raise
        good = BackupState(now, proof, made_at=now, saved_secrets=state.saved_secrets)
        save_state(settings.instance, good)
        delete_old(settings, kept=name_file(settings, now))
        return proof


def write_proven(settings: Settings, db: Database, now: datetime) -> Proof:
    """The file gets its name once it is proven."""
    with reporting_problems():
        delete_leftovers(settings)
        passphrase = read_passphrase(settings)
        with open_atomically(Path(settings.backup) / name_file(settings, now)) as file:
            write(settings, db, file, passphrase)
            return prove(settings, file, passphrase)


def get_prefix(settings: Settings) -> str:
    """The prefix of the names: several instances may use one folder."""
    return f"{settings.host.replace(':', '-')}-"


def name_file(settings: Settings, now: datetime) -> str:
    return f"{get_prefix(settings)}{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}{SUFFIX}"


def match_names(settings: Settings, most: int | None = None) -> str:
    """A pattern of the names of its files, or of their first ``most`` characters."""
    prefix = get_prefix(settings)[:most]
    rest = f"0000-00-00T000000Z{SUFFIX}"[: None if most is None else most - len(prefix)]
    return re.escape(prefix) + re.escape(rest).replace("0", r"\d")


def delete_leftovers(settings: Settings) -> None:
    """Delete what a backup has left that was killed."""
    own = re.compile(rf"{re.escape(PART_PREFIX)}{match_names(settings, PART_NAME_LENGTH)}-\w+")
    for path in Path(settings.backup).glob(f"{PART_PREFIX}*"):
        if own.fullmatch(path.name):
            path.unlink(missing_ok=True)
    for path in settings.instance.glob(f"{SCRATCH_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)


def delete_old(settings: Settings, kept: str) -> None:
    """Delete all but the newest; ``kept`` stays, though a wrong clock may have made a newer one."""
    own = re.compile(match_names(settings))
    names = sorted(path.name for path in Path(settings.backup).iterdir())
    files = [name for name in names if own.fullmatch(name)]
    for name in files[: -settings.backup_keep]:
        if name != kept:
            (Path(settings.backup) / name).unlink(missing_ok=True)


@contextmanager
def reporting_problems() -> Iterator[None]:
    """Turn what the settings, the disk or the database refuse into ``BackupError``."""
    try:
        yield
    except SettingsError as problem:
        raise BackupError(problem.message, **problem.facts) from None
    except (OSError, DatabaseError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise BackupError(
            N_("Die Sicherung ist nicht gelungen: %(problem)s"), problem=reason
        ) from None


# Writing. Nobody waits for it: the database is copied as a reader.


def write(settings: Settings, db: Database, file: BinaryIO, passphrase: str) -> None:
    """Write database, settings and archive; encrypted unless the passphrase is empty."""
    with scratch_folder(settings, settings.database.stat().st_size) as scratch:
        copy = scratch / DATABASE_FILE
        copy_database(db, copy)
        public_settings, _ = split_settings(settings.instance)
        stream = EncryptingWriter(file, passphrase) if passphrase else file
        with tarfile.open(fileobj=stream, mode="w|", bufsize=BLOCK_SIZE) as tar:  # type: ignore[call-overload]
            tar.add(copy, DATABASE_FILE)
            add_text(tar, CONFIG_FILE, public_settings)
            keys = [key.hex() for key in settings.keys.links]
            add_text(tar, KEY_NAMES_FILE, json.dumps(name_keys({"links": keys})))
            for path in list_complete_files(settings.archive):
                # It may be deleted or replaced meanwhile.
                with suppress(FileNotFoundError), path.open("rb") as content:
                    name = f"{ARCHIVE_FOLDER}/{path.relative_to(settings.archive)}"
                    tar.addfile(tar.gettarinfo(arcname=name, fileobj=content), content)
        if isinstance(stream, EncryptingWriter):
            stream.finish()
    file.flush()


def add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    tar.addfile(entry, BytesIO(text.encode()))


def name_keys(keys: Mapping[str, Sequence[str]]) -> list[str]:
    """A name for each key that signs links, which reveals nothing about it."""
    return [sha256(f"signoff.key-name {key}".encode()).hexdigest() for key in keys["links"]]


@contextmanager
def scratch_folder(settings: Settings, size: int) -> Iterator[Path]:
    """A folder in the instance for ``size`` bytes. Raises ``BackupError`` where this would leave
    too little space for answers.
    """
    free = shutil.disk_usage(settings.instance).free
    if free - size < MIN_FREE_SPACE:
        raise BackupError(
            N_(
                "Zu wenig Platz in der Instanz: Die Sicherung braucht vorübergehend %(size)s MB, frei sind %(free)s MB."
            ),
            size=(size + MIN_FREE_SPACE) // 10**6,
            free=free // 10**6,
        )
    with tempfile.TemporaryDirectory(dir=settings.instance, prefix=SCRATCH_PREFIX) as scratch:
        yield Path(scratch)


def list_complete_files(archive: Path) -> list[Path]:
    """The files of the archive without those still being written, which the database does not name
    yet.
    """
    return sorted(path for path in archive.rglob("[!.]*") if path.is_file())


def read_passphrase(settings: Settings) -> str:
    """The passphrase of encrypted backups, else an empty one. Raises ``SettingsError``."""
    path = settings.backup_passphrase_file
    return read_secret(Path(path)) if path else ""


def collect_secrets(settings: Settings) -> dict[str, Any]:
    """The secrets that a restore needs besides the backup."""
    keys: dict[str, Any] = json.loads((settings.instance / "keys.json").read_bytes())
    seal = settings.own_seal.read_bytes() if settings.own_seal.exists() else b""
    _, secret_settings = split_settings(settings.instance)
    return keys | {
        SEAL_KEY: b64encode(seal).decode(),
        SETTINGS_KEY: secret_settings,
        PASSPHRASE_KEY: read_passphrase(settings),
    }


def compute_secrets_digest(settings: Settings) -> str:
    return sha256(json.dumps(collect_secrets(settings), sort_keys=True).encode()).hexdigest()


# Reading and proving.


def prove(settings: Settings, file: BinaryIO, passphrase: str) -> Proof:
    """Restore the backup into a scratch folder and check it. Raises ``BackupError``."""
    size = file.seek(0, os.SEEK_END)
    with reporting_problems(), scratch_folder(settings, size) as scratch:
        unpack(file, scratch, passphrase)
        return replace(check_restored(scratch), size=size)


def try_on_copy(settings: Settings, db: Database, change: Callable[[Database], T]) -> T:
    """Change a copy of the database, check the copy with its audit log and delete it. Raises
    ``BackupError`` and whatever ``change`` raises.
    """
    with scratch_folder(settings, settings.database.stat().st_size) as scratch:
        copy_database(db, scratch / DATABASE_FILE)
        with closing(connect(scratch / DATABASE_FILE)) as copy:
            result = change(copy)
            check_log(copy)
    return result


def copy_database(db: Database, path: Path) -> None:
    db.conn.execute("VACUUM INTO ?", [str(path)])


def check_log(db: Database) -> None:
    """Check the audit log and all tables with it. Raises ``BackupError``."""
    if fault := store.audit.find_fault(db):
        raise BackupError(FAULT_SENTENCES[fault.kind], entry=fault.entry, row=fault.row)


def check_restored(folder: Path) -> Proof:
    """Check the audit log and all tables with it, that each released file is there, and that each
    file has the digest that it is named by. Raises ``BackupError``.
    """
    with closing(connect(folder / DATABASE_FILE)) as db:
        check_log(db)
        last = store.audit.find_latest(db)
        released = store.releases.list_public_digests(db)
    archive = folder / ARCHIVE_FOLDER
    for digest in released:
        if not (archive / "released" / f"{digest}.pdf").exists():
            raise BackupError(N_("Es fehlt die veröffentlichte Datei %(name)s."), name=digest)
    files = [path for path in list_complete_files(archive) if is_named_by_digest(path)]
    for path in files:
        with path.open("rb") as content:
            if file_digest(content, "sha256").hexdigest() != path.stem:
                name = path.relative_to(archive)
                raise BackupError(N_("Die Datei %(name)s hat nicht ihre Prüfsumme."), name=name)
    return Proof(0, last.seq if last else 0, len(files))


def is_named_by_digest(path: Path) -> bool:
    """A file beside it, with its name and the extension ``json``, tells about it."""
    return len(path.stem) == len(sha256().hexdigest()) and path.suffix != ".json"


def unpack(file: BinaryIO, folder: Path, passphrase: str) -> None:
    """Write the regular files of a backup into ``folder``, each 0600. Raises ``BackupError``.

    Python 3.11.2 has no extraction filter yet.
    """
    for entry, content in iter_entries(file, passphrase):
        if not is_safe_name(entry.name):
            continue
        path = folder / entry.name
        for parent in reversed(path.relative_to(folder).parents):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        with open_atomically(path) as part:
            shutil.copyfileobj(content, part, BLOCK_SIZE)


def iter_entries(file: BinaryIO, passphrase: str) -> Iterator[tuple[tarfile.TarInfo, BinaryIO]]:
    """The regular files of a backup, each to be read before the next one."""
    stream: Readable = file
    file.seek(0)
    if file.read(len(MAGIC)) == MAGIC:
        if not passphrase:
            raise BackupError(N_("Die Sicherung ist verschlüsselt; es fehlt die Passphrase."))
        stream = DecryptingReader(file, passphrase)
    else:
        file.seek(0)
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=BLOCK_SIZE) as tar:  # type: ignore[call-overload]
            for entry in tar:
                content = tar.extractfile(entry) if entry.isfile() else None
                if content is not None:
                    yield entry, cast(BinaryIO, content)
        while stream.read(BLOCK_SIZE):  # an encrypted one ends with proof of its completeness
            pass
    except (tarfile.TarError, EOFError):
        raise BackupError(N_("Das ist keine vollständige Sicherung von Signoff.")) from None


def is_safe_name(name: str) -> bool:
    """Whether ``name`` is one that ``write`` writes: a relative path without ``..``."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and ".." not in parts
        and not name.startswith("/")
        and parts[0] in (DATABASE_FILE, CONFIG_FILE, ARCHIVE_FOLDER)
    )


# Encryption: blocks under ChaCha20-Poly1305 with a key made from the passphrase and a salt. The
# nonce is the number of the block and whether it is the last one (the construction STREAM of
# Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so that blocks cannot be left out, swapped or cut
# off.

MAGIC = b"signoff-backup-1\n"
SALT_SIZE, TAG_SIZE, COUNTER_SIZE = 16, 16, 11  # bytes
SCRYPT = {"n": 1 << 16, "r": 8, "p": 2, "maxmem": 1 << 27}  # 64 MiB, as OWASP advises


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def build_cipher(passphrase: str, salt: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # imports slowly

    return ChaCha20Poly1305(scrypt(passphrase.encode(), salt=salt, dklen=32, **SCRYPT))


def build_nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(COUNTER_SIZE) + bytes([last])


class EncryptingWriter:
    """Encrypts what is written to it into ``file``; ``finish`` writes the last block."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        salt = secrets.token_bytes(SALT_SIZE)
        file.write(MAGIC + salt)
        self.file, self.cipher = file, build_cipher(passphrase, salt)
        self.pending, self.number = bytearray(), 0

    def write(self, data: bytes) -> int:
        self.pending += data
        while len(self.pending) > BLOCK_SIZE:
            self.write_block(bytes(self.pending[:BLOCK_SIZE]), last=False)
            del self.pending[:BLOCK_SIZE]
        return len(data)

    def finish(self) -> None:
        self.write_block(bytes(self.pending), last=True)

    def write_block(self, block: bytes, last: bool) -> None:
        self.file.write(self.cipher.encrypt(build_nonce(self.number, last), block, None))
        self.number += 1


class DecryptingReader:
    """Reads what ``EncryptingWriter`` has written; ``file`` is positioned after the magic bytes."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self.blocks = self.iter_blocks(file, build_cipher(passphrase, file.read(SALT_SIZE)))
        self.pending = b""

    def read(self, size: int, /) -> bytes:
        if not self.pending:
            self.pending = next(self.blocks, b"")
        data, self.pending = self.pending[:size], self.pending[size:]
        return data

    @staticmethod
    def iter_blocks(file: BinaryIO, cipher: Any) -> Iterator[bytes]:
        from cryptography.exceptions import InvalidTag

        number, block = 0, file.read(BLOCK_SIZE + TAG_SIZE)
        while block:
            following = file.read(BLOCK_SIZE + TAG_SIZE)
            try:
                yield cipher.decrypt(build_nonce(number, not following), block, None)
            except InvalidTag:
                raise BackupError(
                    N_("Die Passphrase passt nicht zur Sicherung, oder diese ist beschädigt.")
                ) from None
            number, block = number + 1, following
