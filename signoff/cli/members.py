"""``members import``."""

from pathlib import Path

import click

from signoff.actions import enrolling
from signoff.cli.here import ACTOR, opened, read
from signoff.domain.enrolment import Change, Planned
from signoff.intake.members import read_members
from signoff.intake.problem import FileRefused
from signoff.words.intake import words

CHANGES = {Change.NEW: "neu", Change.CHANGED: "geändert", Change.SAME: "unverändert"}


@click.group()
def members() -> None:
    """Mitgliedskommunen und Ansprechpersonen."""


@members.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="nur zeigen, was sich ändern würde")
@click.pass_obj
def take_in(folder: Path, file: Path, dry_run: bool) -> None:
    """Eine Mitgliederliste (CSV oder XLSX) aufnehmen: ganz oder gar nicht; niemand wird entfernt."""
    here = opened(folder)
    try:
        rows = read_members(file.name, read(file)).members
    except FileRefused as refused:
        lines = "\n".join(words(problem) for problem in refused.problems)
        raise click.ClickException(f"{file.name} wurde nicht übernommen.\n{lines}") from refused
    planned = enrolling.plan(here.db, rows) if dry_run else enrolling.enrol(here.db, rows, ACTOR, here.now)
    for each in planned:
        if each.change is not Change.SAME:
            click.echo(line(each))
    click.echo(summary(planned) + (" Nichts wurde geändert (Probelauf)." if dry_run else ""))


def line(each: Planned) -> str:
    who = each.name if each.email is None else f"{each.name}, {each.email or 'per Brief'}"
    fields = "; ".join(f"{name}: {old!r} → {new!r}" for name, old, new in each.fields)
    return f"Zeile {each.line}: {CHANGES[each.change]}: {each.key} {who}{f' ({fields})' if fields else ''}"


def summary(planned: list[Planned]) -> str:
    cities = [each for each in planned if each.email is None]
    people = [each for each in planned if each.email is not None]
    counts = ", ".join(f"{count(cities, change)} {word}" for change, word in CHANGES.items())
    return (
        f"{len(cities)} Mitglieder ({counts}), {len(people)} Ansprechpersonen "
        f"({count(people, Change.NEW)} neu, {count(people, Change.CHANGED)} geändert)."
    )


def count(planned: list[Planned], change: Change) -> int:
    return sum(each.change is change for each in planned)


COMMANDS = (members,)
