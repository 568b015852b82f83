"""The command ``publish``."""

from pathlib import Path

import click

from signoff.app import create_app
from signoff.cli.context import open_context
from signoff.cli.language import gettext as _
from signoff.publishing import publish as publish_pages


@click.command
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def publish(folder: Path, target: Path) -> int:
    result = publish_pages(create_app(open_context(folder).settings), target)
    click.echo(
        _(
            "geschrieben: %(written)s, unverändert: %(unchanged)s, entfernt: %(removed)s",
            written=result.written,
            unchanged=result.unchanged,
            removed=result.removed,
        )
    )
    for name in result.failed:
        click.echo(
            _("signoff: nicht erneuert, die Seite antwortet nicht: %(name)s", name=name), err=True
        )
    if result.failed:
        click.echo(_("signoff: deshalb wurde in diesem Lauf keine Datei entfernt"), err=True)
    for name in result.foreign:
        click.echo(_("signoff: fremde Datei, nicht überschrieben: %(name)s", name=name), err=True)
    return 1 if result.failed or result.foreign else 0


COMMANDS = (publish,)
