"""``papers add``."""

from datetime import date
from pathlib import Path

import click

from signoff.actions import drafting
from signoff.cli.here import ACTOR, Day, opened, read
from signoff.domain.paper import Text
from signoff.intake.problem import FileRefused
from signoff.intake.text import read_text
from signoff.words.catalogue import LANGUAGES
from signoff.words.intake import remark_words, words


@click.group()
def papers() -> None:
    """Positionspapiere und ihre Fassungen."""


@papers.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--slug", required=True, help="Kurzname in der Adresse, zum Beispiel leitgedanken")
@click.option("--title", required=True)
@click.option("--subtitle", default="")
@click.option("--language", type=click.Choice(LANGUAGES), default="de")
@click.option("--kind", default="Positionspapier", help="zum Beispiel Positionspapier, Stellungnahme, Resolution")
@click.option("--adopted-by", default="", help="beschließendes Gremium")
@click.option("--adopted-on", type=Day(), default=None, help="Tag des Beschlusses")
@click.option("--adopted-at", default="", help="Ort des Beschlusses")
@click.option("--assembly", default="", help="Versammlung, zum Beispiel 27. Mitgliederversammlung")
@click.option("--vote", default="", help="Ergebnis der Abstimmung")
@click.option("--contact", default="", help="wen Mitglieder zum Text fragen können")
@click.pass_obj
def add(
    folder: Path,
    file: Path,
    slug: str,
    title: str,
    subtitle: str,
    language: str,
    kind: str,
    adopted_by: str,
    adopted_on: date | None,
    adopted_at: str,
    assembly: str,
    vote: str,
    contact: str,
) -> None:
    """Ein Papier mit seiner ersten Fassung aus Word (DOCX) oder Markdown aufnehmen."""
    here = opened(folder)
    try:
        taken = read_text(file.name, read(file), title)
    except FileRefused as refused:
        lines = " ".join(words(problem) for problem in refused.problems)
        raise click.ClickException(f"{file.name}: {lines}") from refused
    text = Text(
        title, taken.html, subtitle, kind, language, adopted_by, adopted_on, adopted_at, assembly, vote, contact
    )
    edition = drafting.add_paper(here.db, slug, text, ACTOR, here.now)
    for remark in taken.warnings:
        click.echo(f"Hinweis: {remark_words(remark)}", err=True)
    click.echo(f"{slug}, Fassung {edition.number}, Prüfsumme {edition.digest}")


COMMANDS = (papers,)
