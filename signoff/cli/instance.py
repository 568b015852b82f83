"""``init`` and ``migrate``."""

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

import click

from signoff import settings as settings_of
from signoff.actions import founding
from signoff.cli.here import ACTOR
from signoff.domain import legal
from signoff.domain.association import Association
from signoff.places import templates_folder
from signoff.store import migrations
from signoff.store.connection import connect
from signoff.tools import tools
from signoff.words.catalogue import LANGUAGES

FOLDERS = ("archive", "outbox", "workers")
STARTER = Association(
    name="Name des Verbandes",
    short_name="Verband",
    address="Straße Hausnummer\nPostleitzahl Ort",
    email="geschaeftsstelle@verband.example",
    telephone="0000 000000",
    hours="Mo–Fr 9–12 Uhr",
)
TOML = """\
# Einstellungen dieser Instanz; die Umgebung (SIGNOFF_BASE_URL, …) geht vor. Alle Werte: docs/operations.md
# base_url = "https://mitzeichnung.verband.example"
# smtp_url = "smtp+starttls://benutzer:passwort@mail.verband.example:587"
# proxies = 1
"""


@click.command()
@click.pass_obj
def init(folder: Path) -> None:
    """Die Instanz einrichten: Datenbank, Schlüssel (0600), Ordner (0700)."""
    made = make(folder, STARTER)
    click.echo(f"Instanz {'eingerichtet' if made else 'war schon eingerichtet'}: {folder.resolve()}")


@click.command()
@click.pass_obj
def migrate(folder: Path) -> None:
    """Ausstehende Änderungen am Datenbankschema anwenden."""
    settings = settings_of.load(folder)
    names = migrations.migrate(connect(settings.database))
    click.echo(f"angewandt: {', '.join(names)}" if names else "Das Schema ist aktuell.")


def make(folder: Path, association: Association) -> bool:
    """Make whatever of the instance is missing; gives whether there was no association yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    write_once(folder / "keys.json", json.dumps({name: [secrets.token_hex(32)] for name in ("links", "cookies")}))
    write_once(folder / "signoff.toml", TOML)
    settings = settings_of.load(folder)
    if not settings.own_seal.exists():
        from signoff.pdf import keyring  # cryptography takes long to import, and only this needs it

        write_once(settings.own_seal, keyring.make(association.name))
    write_once(settings.database, "")
    db = connect(settings.database)
    migrations.migrate(db)
    return founding.found(db, association, starters(), ACTOR, tools(settings).clock())


def starters() -> list[legal.LegalText]:
    """The texts a new association begins with, with blanks to fill in."""
    folder = templates_folder() / "texts"
    pairs = ((kind, language) for kind in legal.KINDS for language in LANGUAGES)
    return [
        legal.LegalText(kind, language, (folder / f"{kind}.{language}.md").read_text(encoding="utf-8"), None)
        for kind, language in pairs
    ]


def write_once(path: Path, content: str | bytes) -> None:
    """Write a private file unless it is there."""
    content = content.encode() if isinstance(content, str) else content
    with suppress(FileExistsError), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


COMMANDS = (init, migrate)
