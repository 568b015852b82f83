"""The command ``letters``."""

from pathlib import Path

import click

from signoff.app import create_app
from signoff.cli.context import get_latest_round, open_context
from signoff.cli.language import gettext as _
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.web.context import services
from signoff.web.office.letters import compose_letters, select_rows


@click.command
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--all", "all_", is_flag=True, help=N_("auch an Mitglieder mit E-Mail-Adresse"))
@click.pass_obj
def letters(folder: Path, slug: str, file: Path, all_: bool) -> None:
    context = open_context(folder)
    round = get_latest_round(context.db, slug)
    app = create_app(context.settings)
    with app.test_request_context():
        app.preprocess_request()
        rows = select_rows(round, "all" if all_ else "letter")
        document, missing = compose_letters(round, rows)
        content = services().render_cache.render_once(document)
    file.write_bytes(content)
    click.echo(str(file))
    if missing:
        text = _(
            "Ohne Anschrift, nicht gedruckt (%(count)s): %(names)s",
            count=len(missing),
            names=", ".join(missing),
        )
        click.echo(f"signoff: {text}", err=True)


COMMANDS = (letters,)
