"""``release`` and ``verify``."""

import json
import time
from datetime import datetime
from pathlib import Path

import click

from signoff.actions import releasing
from signoff.archive import Archive
from signoff.cli.here import ACTOR, Here, opened
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Release
from signoff.store import associations
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
            if refusal.reason is not Reason.NOT_PRINTED:
                raise
            time.sleep(WAIT)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--certificate", type=click.Path(path_type=Path), default=None, help="für das Siegel (noch ohne Wirkung)")
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def verify(folder: Path, file: Path, certificate: Path | None, json_: bool) -> None:
    """Prüfen, ob eine PDF-Datei eine veröffentlichte ist; braucht keine Datenbank."""
    if not file.is_file():
        raise click.UsageError(f"Eine Datei {file} gibt es nicht.")
    try:
        record = Archive(folder / "archive").record(file.read_bytes())
    except OSError as problem:
        raise click.ClickException(f"{file} ist nicht lesbar: {problem.strerror}") from problem
    genuine = record is not None and not record.get("withdrawn_at")
    if json_:
        click.echo(json.dumps({"genuine": genuine, "release": record}, ensure_ascii=False))
    else:
        click.echo(told(file, record))
    raise click.exceptions.Exit(0 if genuine else 1)


def told(file: Path, record: dict[str, object] | None) -> str:
    if record is None:
        return (
            f"{file.name} ist nicht echt: Keine veröffentlichte Datei dieser Instanz hat diesen Inhalt. "
            "Schon ein geändertes Zeichen führt zu diesem Ergebnis."
        )
    if record.get("withdrawn_at"):
        return f"{file.name} war veröffentlicht und wurde zurückgezogen."
    return (
        f"{file.name} ist echt: {record['title']}, Fassung {record['edition']}, {record['list_edition']}. Ausgabe der "
        f"Liste mit {record['signatories']} Mitzeichnungen, veröffentlicht von {record['association']}.\n"
        f"Prüfsumme der Datei (SHA-256): {record['sha256']}\nPrüfsumme des Textes (SHA-256): {record['edition_digest']}"
    )


COMMANDS = (release, verify)
