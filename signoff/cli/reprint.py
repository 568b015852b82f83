"""``reprint``: make the print of a release again and compare it with what was released."""

import os
from hashlib import sha256
from pathlib import Path

import click

from signoff import actions, store
from signoff.backups import try_on_copy
from signoff.cli.context import get_latest_round, open_context
from signoff.cli.language import gettext as _
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.storage import write_atomically


@click.command
@click.argument("slug")
@click.option(
    "--number",
    type=click.IntRange(min=1),
    default=1,
    help=N_("die Nummer der Veröffentlichung; ohne Angabe die erste"),
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help=N_("den Druck dorthin schreiben")
)
@click.pass_obj
def reprint(folder: Path, slug: str, number: int, out: Path | None) -> None:
    context = open_context(folder)
    round, archive = get_latest_round(context.db, slug), context.services.archive
    releases = store.releases.list_for_round(context.db, round.id)
    release = next((each for each in releases if each.number == number), None)
    path = archive.release_path(release.sha256) if release else None
    if release is None or path is None or not path.exists():
        raise click.UsageError(
            _("Eine veröffentlichte Datei mit der Nummer %(number)s gibt es nicht.", number=number)
        )
    done = store.releases.get_print_of_release(context.db, release.id)
    settings = archive.read_settings(release.sha256)
    printed = try_on_copy(
        context.settings,
        context.db,
        lambda copy: actions.prints.print_again(
            copy, done, context.settings.base_url, context.services, settings
        ),
    )
    if out:
        write_atomically(out, printed.content)
    released = path.read_bytes()
    same = os.path.commonprefix([released, printed.content])
    is_released = archive.is_intact(path) and same == printed.content
    is_recorded = done.unsealed_sha256 in ("", sha256(printed.content).hexdigest())
    click.echo(_("Neuer Druck (SHA-256): %(digest)s", digest=printed.sha256))
    if is_released and is_recorded:
        click.echo(_("Er gleicht der veröffentlichten Datei Byte für Byte bis zu ihrem Siegel."))
        return
    click.echo(_("Festgehalten (SHA-256): %(digest)s", digest=done.unsealed_sha256))
    click.echo(
        _(
            "Er weicht von der veröffentlichten Datei ab, zuerst bei Byte %(place)s. Eine andere Version des "
            "Programms druckt anders; hergestellt ist die Datei mit: %(producer)s.",
            place=len(same),
            producer=read_producer(released),
        )
    )
    raise click.exceptions.Exit(1)


def read_producer(content: bytes) -> str:
    from signoff.exports.verify_signoff import ERRORS, Pdf, decode_text

    try:
        return decode_text(Pdf(content)["Info/Producer"])
    except ERRORS:
        return "?"


COMMANDS = (reprint,)
