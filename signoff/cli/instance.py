"""``init``, ``migrate``, ``audit verify``, ``backup`` and ``restore``."""

import json
import os
import re
import tarfile
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import click

from signoff import actions, config, store
from signoff.cli.context import ACTOR, open_context, read_file
from signoff.cli.language import gettext as _
from signoff.config import load_settings, templates_folder
from signoff.domain import association
from signoff.domain.association import STARTER, Association
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.events import FAULT_SENTENCES
from signoff.moments import Moment, save_moment
from signoff.services import build_services
from signoff.storage import write_atomically
from signoff.store.connection import connect

README_FILE = "README.md"  # part of the folder ``instance`` in a working copy
INSTANCE_FOLDERS = ("archive", "outbox", "workers")
CONFIG_TEMPLATE = """\
# Einstellungen dieser Instanz; die Umgebung (SIGNOFF_BASE_URL, …) geht vor. Alle Werte: docs/operations.md
# base_url = "https://mitzeichnung.verband.example"
# smtp_url = "smtp+starttls://benutzer:passwort@mail.verband.example:587"
# proxies = 1
"""


@click.command
@click.pass_obj
def init(folder: Path) -> None:
    created = create_instance(folder, STARTER)
    click.echo(
        _("Instanz eingerichtet: %(folder)s", folder=folder.resolve())
        if created
        else _("Instanz war schon eingerichtet: %(folder)s", folder=folder.resolve())
    )


@click.command
@click.pass_obj
def migrate(folder: Path) -> None:
    settings = config.load_settings(folder)
    now = build_services(settings).clock()
    names = actions.association.migrate(connect(settings.database), ACTOR, now)
    click.echo(
        _("angewandt: %(names)s", names=", ".join(names)) if names else _("Das Schema ist aktuell.")
    )


def create_instance(folder: Path, association: Association) -> bool:
    """Make whatever the instance lacks; returns whether its association is new."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in INSTANCE_FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    write_if_missing(folder / "keys.json", config.generate_keys())
    write_if_missing(folder / "signoff.toml", CONFIG_TEMPLATE)
    settings = config.load_settings(folder)
    if not settings.own_seal.exists():
        from signoff.pdf import keys  # cryptography takes long to import, and only this needs it

        write_if_missing(settings.own_seal, keys.generate_key(association.name))
    write_if_missing(settings.database, "")
    db = connect(settings.database)
    store.migrations.migrate(db)
    return actions.association.create(
        db, association, load_starter_texts(), ACTOR, build_services(settings).clock()
    )


def load_starter_texts() -> list[association.LegalText]:
    """The legal texts of a new association, with blanks to fill in, in every language."""
    folder = templates_folder() / "texts"
    pairs = ((kind, language) for kind in association.LEGAL_TEXT_KINDS for language in LANGUAGES)
    return [
        association.LegalText(
            kind, language, (folder / f"{kind}.{language}.md").read_text(encoding="utf-8"), None
        )
        for kind, language in pairs
    ]


def write_if_missing(path: Path, content: str | bytes) -> None:
    """Write a file with mode 0600 unless it exists."""
    content = content.encode() if isinstance(content, str) else content
    with (
        suppress(FileExistsError),
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        file.write(content)


# ``audit verify``: checks the audit log.


@click.group
def audit() -> None:
    pass


class CheckpointType(click.ParamType[tuple[int, str]]):
    """Size and root of a log at some time: of the public one, as its checkpoints give them
    (base64), or of the audit log (hexadecimal).
    """

    name = "size:root"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        found = re.fullmatch(r"(\d{1,15}):(?:([0-9a-fA-F]{64})|([0-9A-Za-z+/]{43}=))", value)
        if found is None or not int(found[1]):
            self.fail(
                _(
                    "Ein Prüfpunkt ist eine Anzahl, ein Doppelpunkt und die Wurzel, "
                    "hexadezimal oder in Base64."
                )
            )
        root = found[2].lower() if found[2] else b64decode(found[3]).hex()
        return int(found[1]), root


@audit.command(help=N_("Die Kette des Verlaufs und alle Tabellen von Anfang an prüfen."))
@click.option(
    "--checkpoint",
    type=CheckpointType(),
    help=N_("Prüfpunkt, den der Verlauf fortsetzen muss (Eintrag:Wurzel)"),
)
@click.pass_obj
def verify(folder: Path, checkpoint: tuple[int, str] | None) -> None:
    context = open_context(folder)
    fault, last = (
        store.audit.find_fault(context.db, checkpoint),
        store.audit.find_latest(context.db),
    )
    if fault is not None:
        click.echo(_(FAULT_SENTENCES[fault.kind], entry=fault.entry, row=fault.row))
        raise click.exceptions.Exit(1)
    click.echo(
        _(
            "Die Kette ist unversehrt, die Tabellen stimmen mit ihr überein: "
            "%(count)s Einträge, Wurzel %(root)s",
            count=last.seq if last else 0,
            root=last.root if last else "–",
        )
    )


# ``backup`` and ``restore``: database and archive in one file, the keys in another; no mail files.

SEAL_KEY = "seal"  # the instance's own sealing key among the secrets, PKCS#12 in base64
KEY_NAMES_FILE = "keys.names"  # which keys belong to the backup
DATABASE_FILE, CONFIG_FILE, ARCHIVE_FOLDER = "signoff.sqlite", "signoff.toml", "archive"


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    required=True,
    help=N_("wohin die Schlüssel kommen (0600)"),
)
@click.pass_obj
def backup(folder: Path, file: Path, keys: Path) -> None:
    context = open_context(folder)
    secrets = json.loads(read_file(context.settings.instance / "keys.json"))
    with tempfile.TemporaryDirectory(dir=context.settings.instance) as scratch:
        copy, packed = Path(scratch) / DATABASE_FILE, Path(scratch) / "backup.tar"
        context.db.conn.execute("VACUUM INTO ?", [str(copy)])
        with tarfile.open(packed, "w") as tar:
            tar.add(copy, DATABASE_FILE)
            tar.add(context.settings.instance / CONFIG_FILE, CONFIG_FILE)
            names = json.dumps(name_keys(secrets)).encode()
            entry = tarfile.TarInfo(KEY_NAMES_FILE)
            entry.size = len(names)
            tar.addfile(entry, BytesIO(names))
            for path in list_complete_files(context.settings.archive):
                tar.add(path, f"{ARCHIVE_FOLDER}/{path.relative_to(context.settings.archive)}")
        write_atomically(file, packed.read_bytes())
    secrets[SEAL_KEY] = (
        b64encode(read_file(context.settings.own_seal)).decode()
        if context.settings.own_seal.exists()
        else ""
    )
    write_atomically(keys, json.dumps(secrets).encode())
    save_moment(context.settings.instance, Moment.BACKUP, context.now)
    click.echo(
        _(
            "Gesichert: %(file)s (%(size)s Bytes); Schlüssel getrennt in %(keys)s",
            file=file,
            size=file.stat().st_size,
            keys=keys,
        )
    )


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keys", type=click.Path(path_type=Path), required=True, help=N_("die Schlüssel der Sicherung")
)
@click.pass_obj
def restore(folder: Path, file: Path, keys: Path) -> None:
    keys_text = read_file(keys).decode("utf-8", "replace")
    read_file(file)
    key_names = require_backup(file)
    secrets = require_keys(keys, keys_text)
    if not set(key_names) <= set(name_keys(secrets)):
        raise click.UsageError(
            _("%(keys)s enthält nicht die Schlüssel, die zu dieser Sicherung gehören.", keys=keys)
        )
    if folder.exists() and any(path.name != README_FILE for path in folder.iterdir()):
        raise click.UsageError(
            _("%(folder)s ist nicht leer. Bitte in einen neuen Ordner einspielen.", folder=folder)
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    unpack(file, folder)
    for name in INSTANCE_FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    seal = secrets.pop(SEAL_KEY, "")
    write_if_missing(folder / "keys.json", json.dumps(secrets))
    settings = load_settings(folder)
    if seal:
        write_if_missing(settings.own_seal, b64decode(seal))
    fault = store.audit.find_fault(connect(folder / DATABASE_FILE))
    if fault is not None:
        problem = _(FAULT_SENTENCES[fault.kind], entry=fault.entry, row=fault.row)
        raise click.ClickException(_("Eingespielt, aber: %(problem)s", problem=problem))
    click.echo(
        _("Eingespielt nach %(folder)s; die Kette des Verlaufs ist unversehrt.", folder=folder)
    )


def unpack(file: Path, folder: Path) -> None:
    """Write the regular files of a backup into ``folder``, each 0600.

    Python 3.11.2 has no extraction filter yet.
    """
    with tarfile.open(file) as tar:
        for entry in tar:
            content = tar.extractfile(entry) if entry.isfile() else None
            if content is None or not is_safe_name(entry.name):
                continue
            write_atomically(folder / entry.name, content.read())


def is_safe_name(name: str) -> bool:
    """Whether ``name`` is one that ``backup`` writes: a relative path without ``..``."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and ".." not in parts
        and not name.startswith("/")
        and parts[0] in (DATABASE_FILE, CONFIG_FILE, ARCHIVE_FOLDER)
    )


def list_complete_files(archive: Path) -> list[Path]:
    """The files of the archive without those still being written, which the database does not name
    yet.
    """
    return sorted(path for path in archive.rglob("[!.]*") if path.is_file())


def require_backup(file: Path) -> list[str]:
    """The names of the keys of a backup. Raises ``UsageError`` if ``file`` is none."""
    key_names: list[str] = []
    try:
        with tarfile.open(file) as tar:
            names = tar.getnames()
            if content := KEY_NAMES_FILE in names and tar.extractfile(KEY_NAMES_FILE):
                key_names = json.loads(content.read())
    except tarfile.TarError:
        names = []
    if not {DATABASE_FILE, CONFIG_FILE} <= set(names):
        raise click.UsageError(_("%(file)s ist keine Sicherung von Signoff.", file=file))
    return key_names


def name_keys(secrets: Mapping[str, Sequence[str]]) -> list[str]:
    """A name for each key that signs links, which reveals nothing about it."""
    return [sha256(f"signoff.key-name {key}".encode()).hexdigest() for key in secrets["links"]]


def require_keys(path: Path, text: str) -> dict[str, Any]:
    try:
        keys = dict(json.loads(text))
    except (ValueError, TypeError):
        keys = {}
    if not {"links", "cookies", "log"} <= set(keys):
        raise click.UsageError(_("%(path)s enthält keine Schlüssel von Signoff.", path=path))
    return keys


COMMANDS = (init, migrate, audit, backup, restore)
