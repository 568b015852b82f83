"""``release``."""

import time
from datetime import datetime
from pathlib import Path

import click

from signoff.actions import releasing
from signoff.cli.here import ACTOR, Here, opened
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Release
from signoff.store import associations
from signoff.words.refusals import words
from signoff.worker import WAIT, Worker


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is meant in the association's zone."""

    name = "ISO-ZEIT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as wrong:
            raise click.BadParameter(f"„{value}“ ist kein Zeitpunkt; zum Beispiel 2027-03-03T10:00.") from wrong


@click.command()
@click.argument("slug")
@click.option("--at", type=Moment(), default=None, help="erst zu diesem Zeitpunkt veröffentlichen (Sperrfrist)")
@click.pass_obj
def release(folder: Path, slug: str, at: datetime | None) -> None:
    """Das geschlossene Papier veröffentlichen; gibt Pfad, Prüfsumme und Adresse des PDFs aus."""
    here = opened(folder)
    if at and at.tzinfo is None:
        at = at.replace(tzinfo=associations.get(here.db).zone)
    if associations.get(here.db).four_eyes and releasing.unreleased(here.db, slug):
        raise Refusal(Reason.SECOND_NEEDED)
    round = releasing.prepare(here.db, slug, ACTOR, here.now)
    with Worker(here.settings, here.db, here.tools) as worker:
        while worker.print(round.id):
            pass
        made = published(here, slug, at)
        worker.publish()
    archive = here.tools.archive
    stands = archive.file(made.sha256)
    click.echo(stands if stands.exists() else archive.printed(made.sha256))
    click.echo(made.sha256)
    click.echo(f"{here.settings.base_url}/papers/{slug}")


def published(here: Here, slug: str, at: datetime | None) -> Release:
    """Release it; waits while another worker holds the print."""
    while True:
        try:
            return releasing.release(here.db, slug, at, ACTOR, here.now)
        except Refusal as refusal:
            if refusal.reason is Reason.PRINT_FAILED:
                again = f"signoff rounds print {slug} [--without-timestamp]"
                raise click.UsageError(f"{words(refusal)} Erneut fertigen: {again}") from refusal
            if refusal.reason is not Reason.NOT_PRINTED:
                raise
            time.sleep(WAIT)


COMMANDS = (release,)
