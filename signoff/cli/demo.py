"""``demo``: a sample association at work, in a folder of its own."""

import os
import secrets
import shutil
import tomllib
from pathlib import Path

import click

from signoff import passwords
from signoff.actions import staffing
from signoff.cli import serve
from signoff.cli.here import ACTOR, opened
from signoff.cli.instance import make
from signoff.demo.walk import tell
from signoff.domain.association import Association
from signoff.domain.staff import Role

ASSOCIATION = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum Öffentlicher Raum",
    address="Musterstraße 1\n50667 Köln",
    email="mitzeichnung@staedteforum.example",
    telephone="0221 4710-128",
    hours="Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
    contact="Geschäftsstelle, Mitgliederbetreuung",
)
STAFF = "geschaeftsstelle@staedteforum.example"


@click.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--no-serve", is_flag=True, help="nach dem Rundgang enden, ohne einen Server zu starten")
@click.pass_obj
def demo(folder: Path, port: int, no_serve: bool) -> None:
    """Eine Muster-Vereinigung bei der Arbeit zeigen: vom Word-Dokument bis zum veröffentlichten PDF."""
    place = folder if folder != Path("instance") or "SIGNOFF_INSTANCE" in os.environ else folder / "demo"
    clear(place)
    place.mkdir(mode=0o700, parents=True)
    base = f"http://localhost:{port}"
    (place / "signoff.toml").write_text(f'demo = true\nbase_url = "{base}"\n', encoding="utf-8")
    make(place, ASSOCIATION)
    here = opened(place)
    password = secrets.token_urlsafe(15)
    staffing.add_staff(here.db, STAFF, "Geschäftsstelle", Role.ADMIN, passwords.hashed(password), ACTOR, here.now)
    file, release = tell(here.settings, here.db, lambda line: click.echo(f"· {line}"))
    click.echo(f"\nDas veröffentlichte PDF: {file}\nPrüfsumme (SHA-256):      {release.sha256}\n")
    if no_serve:
        return
    click.echo(f"Öffentliche Seite:        {base}/")
    click.echo(f"E-Mails der Vorführung:   {base}/demo/mail")
    click.echo(f"Geschäftsstelle:          {base}/office/  ({STAFF}, Passwort {password})\n")
    serve.run(place, "127.0.0.1", port, 8)


def clear(place: Path) -> None:
    """Make room for a new demo; nothing but an earlier demo is ever removed."""
    if not place.exists() or not any(place.iterdir()):
        shutil.rmtree(place, ignore_errors=True)
        return
    told = place / "signoff.toml"
    if not told.exists() or not tomllib.loads(told.read_text(encoding="utf-8")).get("demo"):
        raise click.UsageError(f"{place} enthält schon etwas anderes als eine Vorführung; bitte --instance ändern.")
    shutil.rmtree(place)


COMMANDS = (demo,)
