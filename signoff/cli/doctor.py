"""``doctor``: is everything as it must be?"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from signoff import settings as settings_of
from signoff.cli import instance_health, mail_health
from signoff.cli.findings import Finding, Grade
from signoff.settings import SettingsWrong
from signoff.store import associations, migrations, outages, outbox
from signoff.store.connection import connect
from signoff.tools import tools

NAMES = {Grade.OK: "in Ordnung", Grade.WARNING: "Hinweis", Grade.ERROR: "FEHLER", Grade.UNKNOWN: "unbekannt"}


@click.command()
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def doctor(folder: Path, json_: bool) -> None:
    """Einrichtung prüfen: E-Mail, Adresse, Schlüssel, Datenbank, Uhr, Platz, Schriften."""
    found = list(examined(folder))
    if json_:
        click.echo(json.dumps({"findings": [asdict(each) for each in found]}, ensure_ascii=False))
    else:
        for each in found:
            to_do = f" → {each.to_do}" if each.to_do else ""
            click.echo(f"{NAMES[each.grade]:10}  {each.matter}: {each.found}{to_do}")
    if any(each.grade is Grade.ERROR for each in found):
        raise click.exceptions.Exit(1)


def examined(folder: Path) -> Iterator[Finding]:
    """Everything there is to look at; on an older schema what can be said without it."""
    settings = settings_of.load(folder)
    if not settings.database.exists():
        raise SettingsWrong(f"{settings.database} fehlt. Bitte zuerst „signoff init“ ausführen.")
    db, now = connect(settings.database), tools(settings).clock()
    for part in (instance_health.address, instance_health.keys, instance_health.folders, instance_health.disk):
        yield from part(settings)
    yield from instance_health.fonts()
    yield from instance_health.clock(settings, now)
    yield from instance_health.database(db)
    if migrations.pending(db):
        return
    yield from instance_health.journal(db, now)
    yield from instance_health.workers(settings, outbox.counts(db)["owed"])
    yield from mail_health.server(settings, outages.current(db))
    yield from mail_health.sender(associations.get(db), settings, mail_health.look_up)


COMMANDS = (doctor,)
