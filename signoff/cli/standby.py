"""``standby check`` and ``standby promote``: the second machine and how it takes over."""

import shutil
from contextlib import closing
from pathlib import Path

import click

from signoff import backups, store
from signoff.backups import ARCHIVE_FOLDER, DATABASE_FILE, BackupError
from signoff.cli.context import open_context
from signoff.cli.instance import fail, restore_into
from signoff.cli.language import gettext as _
from signoff.config import SettingsError
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.standby import StandbyError, restore_copy, wait_for_copy
from signoff.store.connection import connect

FILE = click.Path(path_type=Path)


@click.group
def standby() -> None:
    pass


@standby.command(help=N_("Prüfen, ob der zweite Rechner alles hat und übernehmen könnte."))
@click.pass_obj
def check(folder: Path) -> None:
    context = open_context(folder)
    db, settings = context.db, context.settings
    if not settings.standby_socket or not settings.standby_replica:
        raise SettingsError(
            "Es ist kein zweiter Rechner eingerichtet: Bitte SIGNOFF_STANDBY_SOCKET und SIGNOFF_STANDBY_REPLICA setzen."
        )
    length = store.audit.get_length(db)
    try:
        wait_for_copy(settings)
        with backups.scratch_folder(settings, settings.database.stat().st_size) as scratch:
            restore_copy(settings.standby_replica, scratch / DATABASE_FILE)
            with closing(connect(scratch / DATABASE_FILE)) as copy:
                fault, last = store.audit.find_fault(copy), store.audit.find_latest(copy)
    except StandbyError as problem:
        fail(_("Der zweite Rechner hat nicht alles: %(problem)s", problem=problem))
    except BackupError as problem:
        fail(_(problem.message, **problem.facts))
    seq = last.seq if last else 0
    if fault or seq < length or (last and store.audit.find(db, seq) != last):
        fail(_("Die Kopie des zweiten Rechners stimmt mit dem Verlauf nicht überein."))
    click.echo(
        _(
            "Der zweite Rechner hat alle %(count)s Einträge des Verlaufs; die Kette ist unversehrt.",
            count=seq,
        )
    )


@standby.command(
    help=N_(
        "Auf dem zweiten Rechner übernehmen: die letzte Sicherung einspielen und mit der Kopie auf den neuesten "
        "Stand bringen."
    )
)
@click.argument("file", type=FILE)
@click.option("--keys", type=FILE, required=True, help=N_("die Schlüssel der Sicherung"))
@click.option("--replica", required=True, help=N_("wo die Kopie der Datenbank liegt (URL)"))
@click.option(
    "--archive",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help=N_("die Kopie des Archivs"),
)
@click.option(
    "--passphrase-file",
    type=FILE,
    help=N_("Passphrase der Sicherung, wenn sie nicht bei den Schlüsseln steht"),
)
@click.pass_obj
def promote(
    folder: Path, file: Path, keys: Path, replica: str, archive: Path, passphrase_file: Path | None
) -> None:
    def complete(folder: Path) -> None:
        (folder / DATABASE_FILE).unlink()
        restore_copy(replica, folder / DATABASE_FILE)
        shutil.copytree(archive, folder / ARCHIVE_FOLDER, dirs_exist_ok=True)
        with closing(connect(folder / DATABASE_FILE)) as db:
            last = store.audit.find_latest(db)
        click.echo(
            _(
                "Stand: %(moment)s UTC, Eintrag %(seq)s. Wer danach geantwortet hat, hat eine Bestätigung, "
                "deren Rückmeldung die Seite „Echtheit prüfen“ als verloren erkennt. Bitte den bisherigen Rechner "
                "nicht wieder ans Netz lassen.",
                moment=f"{last.at:%Y-%m-%d %H:%M:%S}" if last else "–",
                seq=last.seq if last else 0,
            )
        )

    restore_into(folder, file, keys, passphrase_file, complete)


COMMANDS = (standby,)
