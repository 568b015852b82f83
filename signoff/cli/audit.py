"""``audit verify``."""

from pathlib import Path

import click

from signoff.cli.here import opened
from signoff.store import audit as trail


@click.group()
def audit() -> None:
    """Das Protokoll."""


@audit.command()
@click.pass_obj
def verify(folder: Path) -> None:
    """Die Kette des Protokolls von Anfang an prüfen."""
    here = opened(folder)
    bad, last = trail.first_bad(here.db), trail.last(here.db)
    if bad is not None:
        click.echo(f"Die Kette bricht bei Eintrag {bad}: Er passt nicht zu dem, was davor steht.")
        raise click.exceptions.Exit(1)
    click.echo(f"Die Kette ist unversehrt: {last.seq if last else 0} Einträge, Wurzel {last.root if last else '–'}")


COMMANDS = (audit,)
