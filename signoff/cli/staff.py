"""``staff add|list|disable|reset``."""

import sys
from pathlib import Path

import click

from signoff import passwords
from signoff.actions import staffing
from signoff.cli.here import ACTOR, Here, opened
from signoff.domain.staff import Role
from signoff.intake.cells import address
from signoff.links import Door
from signoff.store import staff as accounts
from signoff.words import labels


@click.group()
def staff() -> None:
    """Konten der Geschäftsstelle."""


@staff.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="")
@click.option("--password-stdin", is_flag=True, help="das Passwort von der Standardeingabe lesen")
@click.option("--mail", is_flag=True, help="den Einrichtungslink per E-Mail senden, statt ihn auszugeben")
@click.pass_obj
def add(folder: Path, email: str, role: str, name: str, password_stdin: bool, mail: bool) -> None:
    """Ein Konto anlegen; ohne Passwort wird ein Einrichtungslink ausgegeben oder gesandt."""
    here = opened(folder)
    if address(email) is None:
        raise click.UsageError(f"„{email}“ ist keine gültige E-Mail-Adresse.")
    if mail and password_stdin:
        raise click.UsageError("Bitte entweder --mail oder --password-stdin angeben.")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    hash = passwords.hashed(password) if password is not None else ""
    made = staffing.add_staff(here.db, email, name or email, Role(role), hash, ACTOR, here.now, mail=mail)
    click.echo(f"Konto angelegt: {made.email} ({labels.ROLE[made.role]})")
    if mail:
        click.echo(f"Der Einrichtungslink geht an {made.email}.")
    elif password is None:
        click.echo(set_up_link(here, made.id, accounts.generation(here.db, made.id)))


@staff.command("list")
@click.pass_obj
def list_(folder: Path) -> None:
    """Alle Konten."""
    for each in accounts.every(opened(folder).db):
        state = " (gesperrt)" if each.disabled_at else "" if each.password_hash else " (noch ohne Passwort)"
        click.echo(f"{each.email}  {labels.ROLE[each.role]}{state}")


@staff.command()
@click.argument("email")
@click.pass_obj
def disable(folder: Path, email: str) -> None:
    """Ein Konto sperren und seine Sitzungen beenden."""
    here = opened(folder)
    staffing.disable(here.db, email, ACTOR, here.now)
    click.echo(f"Gesperrt: {email}")


@staff.command()
@click.argument("email")
@click.pass_obj
def reset(folder: Path, email: str) -> None:
    """Passwort und zweiten Faktor eines Kontos zurücksetzen; gibt einen neuen Einrichtungslink aus."""
    here = opened(folder)
    one, generation = staffing.reset(here.db, email, ACTOR, here.now)
    click.echo(set_up_link(here, one.id, generation))


def set_up_link(here: Here, staff_id: int, generation: int) -> str:
    token = here.tools.links.token(Door.STAFF, str(staff_id), generation)
    return f"{here.settings.base_url}/login/set-up/{token}"


COMMANDS = (staff,)
