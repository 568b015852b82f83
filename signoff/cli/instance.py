"""``init``, ``migrate``, ``audit verify``, ``backup`` and ``restore``."""

import json
import os
import re
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from signoff import actions, backups, config, store
from signoff.backups import CONFIG_FILE, DATABASE_FILE, SEAL_KEY, BackupError, Proof
from signoff.cli.context import ACTOR, Context, open_context, open_database, read_file
from signoff.cli.language import gettext as _
from signoff.config import Settings, load_settings, read_secret, save_settings, templates_folder
from signoff.domain import association
from signoff.domain.association import STARTER, Association
from signoff.domain.errors import Busy
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.events import FAULT_SENTENCES
from signoff.services import build_services
from signoff.standby import StandbyError
from signoff.storage import Archive, lock_one, open_atomically, write_atomically
from signoff.store.connection import DatabaseError, connect

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
@click.option(
    "--dry-run",
    is_flag=True,
    help=N_(
        "an einer Kopie versuchen und sie mit dem Verlauf prüfen; die Instanz bleibt, wie sie ist"
    ),
)
@click.pass_obj
def migrate(folder: Path, dry_run: bool) -> None:
    settings = config.load_settings(folder)
    db, now = open_database(settings), build_services(settings).clock()
    apply = partial(actions.association.migrate, actor=ACTOR, now=now)
    try:
        names = backups.try_on_copy(settings, db, apply) if dry_run else apply(db)
    except BackupError as problem:
        fail(_(problem.message, **problem.facts))
    except DatabaseError as problem:
        fail(_("Das Schema lässt sich nicht ändern: %(problem)s", problem=problem))
    if not names:
        click.echo(_("Das Schema ist aktuell."))
    elif dry_run:
        click.echo(_("An einer Kopie gelungen: %(names)s", names=", ".join(names)))
    else:
        click.echo(_("angewandt: %(names)s", names=", ".join(names)))


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
    help=N_("Prüfpunkt, den der Verlauf fortsetzen muss (Anzahl:Wurzel)"),
)
@click.pass_obj
def verify(folder: Path, checkpoint: tuple[int, str] | None) -> None:
    context = open_context(folder)
    fault = store.audit.find_fault(context.db, checkpoint)
    last = store.audit.find_latest(context.db)
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


# ``backup`` and ``restore``: the secrets in a file of their own.


@click.command
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keys", type=click.Path(path_type=Path), help=N_("wohin die Schlüssel kommen (0600)")
)
@click.pass_obj
def backup(folder: Path, file: Path | None, keys: Path | None) -> None:
    if file and keys and file.resolve() == keys.resolve():
        raise click.UsageError(
            _("Die Schlüssel brauchen eine eigene Datei, nicht %(file)s.", file=file)
        )
    context = open_context(folder)
    try:
        if file and keys:
            proof = write_backup(context, file, keys)
            line = _("Gesichert: %(file)s (%(size)s Bytes); Schlüssel getrennt in %(keys)s")
        elif file or keys or not context.settings.backup:
            raise click.UsageError(
                _(
                    "Bitte eine Datei und mit --keys eine zweite für die Schlüssel angeben, "
                    "oder keine von beiden: Dann kommt die Sicherung in den Ordner SIGNOFF_BACKUP."
                )
            )
        else:
            proof = backups.back_up(context.settings, context.db, context.now)
            file = Path(context.settings.backup)
            line = _("Gesichert in %(file)s (%(size)s Bytes), ohne Schlüssel")
    except Busy:
        fail(_("Es läuft gerade eine andere Sicherung."))
    except BackupError as problem:
        fail(_(problem.message, **problem.facts))
    click.echo(line % {"file": file, "size": proof.size, "keys": keys})
    click.echo(
        _(
            "Geprüft durch Einspielen: %(entries)s Einträge im Verlauf, %(files)s Dateien unversehrt",
            entries=proof.entries,
            files=proof.files,
        )
    )


def write_backup(context: Context, file: Path, keys: Path) -> Proof:
    """Write a proven backup and its keys into these files. Raises ``BackupError``, and
    ``Busy`` if another one is being made.
    """
    settings, passphrase = context.settings, backups.read_passphrase(context.settings)
    with lock_one([settings.instance / backups.LOCK_FILE]):
        now = context.now
        with backups.reporting_problems(), open_atomically(file) as part:
            backups.write(settings, context.db, part, passphrase)
            proof = backups.prove(settings, part, passphrase)
            write_atomically(keys, json.dumps(backups.collect_secrets(settings)).encode())
        digest = backups.compute_secrets_digest(settings)
        state = backups.load_state(settings.instance)
        state = replace(state, good_at=now, proof=proof, saved_secrets=digest)
        backups.save_state(settings.instance, state)
    return proof


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keys", type=click.Path(path_type=Path), required=True, help=N_("die Schlüssel der Sicherung")
)
@click.option(
    "--after",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=N_("die bisherige Instanz: was in ihr seither zurückgezogen oder gelöscht wurde"),
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help=N_("Passphrase der Sicherung, wenn sie nicht bei den Schlüsseln steht"),
)
@click.pass_obj
def restore(
    folder: Path, file: Path, keys: Path, after: Path | None, passphrase_file: Path | None
) -> None:
    lost = open_context(after) if after else None
    settings = restore_into(folder, file, keys, passphrase_file)
    repeat_lost_acts(settings, lost)


def restore_into(
    folder: Path,
    file: Path,
    keys: Path,
    passphrase_file: Path | None,
    complete: Callable[[Path], None] = lambda folder: None,
) -> Settings:
    """Restore a backup into an empty folder, ``complete`` it with what is newer, and check it."""
    keys_text = read_file(keys).decode("utf-8", "replace")
    secrets = require_keys(keys, keys_text)
    passphrase = secrets.pop(backups.PASSPHRASE_KEY, "")
    if passphrase_file:
        passphrase = read_secret(passphrase_file)
    if not set(require_backup(file, passphrase)) <= set(backups.name_keys(secrets)):
        raise click.UsageError(
            _("%(keys)s enthält nicht die Schlüssel, die zu dieser Sicherung gehören.", keys=keys)
        )
    if folder.exists() and any(path.name != README_FILE for path in folder.iterdir()):
        raise click.UsageError(
            _("%(folder)s ist nicht leer. Bitte in einen neuen Ordner einspielen.", folder=folder)
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    seal, secret_settings = (secrets.pop(name, "") for name in (SEAL_KEY, backups.SETTINGS_KEY))
    try:
        with file.open("rb") as content:
            backups.unpack(content, folder, passphrase)
        complete(folder)
        for name in INSTANCE_FOLDERS:
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        write_if_missing(folder / "keys.json", json.dumps(secrets))
        save_settings(folder, secret_settings or {})
        settings = load_settings(folder)
        if seal:
            write_if_missing(settings.own_seal, b64decode(seal))
        backups.check_restored(folder)
    except BackupError as problem:
        words = _(problem.message, **problem.facts)
        fail(_("Eingespielt, aber: %(problem)s", problem=words))
    except (OSError, DatabaseError, StandbyError) as problem:
        fail(
            _(
                "Das Einspielen ist nicht gelungen: %(problem)s. Bitte den Ordner %(folder)s leeren und es dann noch "
                "einmal versuchen.",
                problem=getattr(problem, "strerror", None) or problem,
                folder=folder,
            )
        )
    click.echo(
        _("Eingespielt nach %(folder)s; die Kette des Verlaufs ist unversehrt.", folder=folder)
    )
    return settings


def repeat_lost_acts(settings: Settings, lost: Context | None) -> None:
    """Retract and erase again what was since the backup; ``lost`` is the instance it is of."""
    db, archive = connect(settings.database), Archive(settings.archive)
    if lost is None:
        last = store.audit.find_latest(db)
        click.echo(
            _(
                "Stand: %(moment)s UTC. Was seither zurückgezogen oder gelöscht wurde, ist wieder da. "
                "Bitte wiederholen, bevor die Instanz ans Netz geht.",
                moment=f"{last.at:%Y-%m-%d %H:%M}" if last else "–",
            )
        )
        return
    acts = actions.instance.list_lost_acts(db, lost.db)
    if acts is None:
        fail(
            _(
                "Eingespielt, aber der Verlauf von %(folder)s setzt den der Sicherung nicht fort; es wurde nichts "
                "wiederholt.",
                folder=lost.settings.instance,
            )
        )
    done = actions.instance.repeat_acts(db, acts, lost.services.token_signer.address_digests)
    actions.releases.remove_retracted_files(db, archive.remove_release, lost.now)
    actions.privacy.remove_files(db, archive.remove_scan, lost.now)
    click.echo(
        _(
            "Wiederholt: zurückgezogene Papiere: %(retracted)s, Löschungen: %(erased)s. "
            "In der Sicherung noch nicht enthalten: %(without)s",
            retracted=done.retracted,
            erased=done.erased,
            without=done.without_effect,
        )
    )


def require_backup(file: Path, passphrase: str) -> list[str]:
    """The names of the keys of a backup. Raises ``UsageError`` if ``file`` is no complete one."""
    read_file(file)
    names, key_names = set(), []
    try:
        with file.open("rb") as packed:
            for entry, content in backups.iter_entries(packed, passphrase):
                names.add(entry.name)
                if entry.name == backups.KEY_NAMES_FILE:
                    key_names = json.loads(content.read())
    except BackupError as problem:
        raise click.UsageError(_(problem.message, **problem.facts)) from None
    if not {DATABASE_FILE, CONFIG_FILE} <= names:
        raise click.UsageError(_("%(file)s ist keine Sicherung von Signoff.", file=file))
    return key_names


def fail(line: str) -> NoReturn:
    """Say what has gone wrong, which is not bad input, and exit with 1."""
    click.echo(f"signoff: {line}", err=True)
    raise click.exceptions.Exit(1)


def require_keys(path: Path, text: str) -> dict[str, Any]:
    try:
        keys = dict(json.loads(text))
    except (ValueError, TypeError):
        keys = {}
    if not {"links", "cookies", "log"} <= set(keys):
        raise click.UsageError(_("%(path)s enthält keine Schlüssel von Signoff.", path=path))
    return keys


COMMANDS = (init, migrate, audit, backup, restore)
