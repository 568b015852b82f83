"""``association show|set|text``: who runs the instance, and its legal texts."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from signoff.actions import founding
from signoff.cli.here import ACTOR, opened, read
from signoff.domain.legal import KINDS
from signoff.intake.logo import read_logo
from signoff.intake.problem import FileRefused
from signoff.store import associations
from signoff.words.catalogue import LANGUAGES
from signoff.words.intake import words as problem_words

FIELDS = ("name", "short_name", "address", "email", "telephone", "hours", "contact", "language", "time_zone", "sender")


@click.group()
def association() -> None:
    """Angaben zum Verband: Name, Anschrift, Impressum, Datenschutz."""


@association.command()
@click.pass_obj
def show(folder: Path) -> None:
    """Alle Angaben zeigen."""
    here = opened(folder)
    for name, value in asdict(associations.get(here.db)).items():
        click.echo(f"{name} = {value}")
    for text in associations.texts(here.db):
        click.echo(f"{text.kind}.{text.language}: {'bearbeitet' if text.edited_at else 'Vorlage, noch unbearbeitet'}")


@association.command("set")
@click.argument("pairs", nargs=-1, required=True, metavar="NAME=WERT…")
@click.pass_obj
def set_(folder: Path, pairs: tuple[str, ...]) -> None:
    """Angaben ändern, zum Beispiel: signoff association set "name=Städteforum e. V." telephone="0221 4710-128"."""
    here = opened(folder)
    given = dict(pair.partition("=")[::2] for pair in pairs)
    unknown = [name for name in given if name not in FIELDS]
    if unknown or any("=" not in pair for pair in pairs):
        raise click.UsageError(f"Unbekannt: {', '.join(unknown or pairs)}. Möglich sind {', '.join(FIELDS)}.")
    if given.get("language", LANGUAGES[0]) not in LANGUAGES:
        raise click.UsageError(f"Als Sprache sind {' und '.join(LANGUAGES)} möglich.")
    if "time_zone" in given:
        known_zone(given["time_zone"])
    told: dict[str, Any] = {name: value.replace("\\n", "\n") for name, value in given.items()}
    changed = replace(associations.get(here.db), **told)
    founding.describe(here.db, changed, ACTOR, here.now)
    click.echo(f"Geändert: {', '.join(given)}")


@association.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0])
@click.pass_obj
def text(folder: Path, kind: str, file: Path, language: str) -> None:
    """Impressum, Datenschutz- oder Barrierefreiheitshinweise aus einer Markdown-Datei übernehmen."""
    here = opened(folder)
    try:
        markdown = read(file).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise click.UsageError(f"{file} ist nicht in UTF-8 geschrieben.") from wrong
    founding.edit_text(here.db, kind, language, markdown, ACTOR, here.now)
    click.echo(f"Übernommen: {kind}.{language}")


@association.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--remove", is_flag=True, help="das Logo entfernen")
@click.pass_obj
def logo(folder: Path, file: Path | None, remove: bool) -> None:
    """Das Logo (PNG oder JPEG) für Seiten und PDF übernehmen oder entfernen."""
    here = opened(folder)
    if (file is None) is not remove:
        raise click.UsageError("Bitte nennen Sie entweder eine Datei oder --remove.")
    try:
        found = read_logo(read(file)) if file else None
    except FileRefused as refused:
        raise click.UsageError(" ".join(problem_words(each) for each in refused.problems)) from refused
    founding.show_logo(here.db, found, ACTOR, here.now)
    click.echo(f"Logo: {found.width} × {found.height} Bildpunkte" if found else "Das Logo ist entfernt.")


def known_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as wrong:
        raise click.UsageError(f"„{name}“ ist keine Zeitzone; zum Beispiel Europe/Berlin.") from wrong


COMMANDS = (association,)
