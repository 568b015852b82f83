"""``rounds open|status|close|print|cancel|extend|invite|decide``."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from signoff.actions import closing, deciding, inviting, printing
from signoff.actions.inviting import Opening
from signoff.cli.certificate import certificate
from signoff.cli.here import ACTOR, Day, Here, opened
from signoff.cli.status import as_json, as_lines
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Round, Terms
from signoff.domain.steps import STEPS, spelt, steps
from signoff.store import associations, invitations, members, rounds, standings
from signoff.words import dates


@click.group("rounds")
def group() -> None:
    """Mitzeichnungsverfahren."""


@group.command("open")
@click.argument("slug")
@click.option("--deadline", type=Day(), required=True, help="letzter Tag, an dem Rückmeldungen zählen")
@click.option("--tag", "tags", multiple=True, help="nur Mitglieder mit diesem Schlagwort (mehrfach möglich)")
@click.option("--public", is_flag=True, help="den gekennzeichneten Entwurf öffentlich zeigen")
@click.option("--late", is_flag=True, help="Nachzeichnungen nach der Veröffentlichung erlauben")
@click.option("--layout", type=click.Choice(["state", "place"]), default="state", help="Liste nach Ländern oder Orten")
@click.option("--progress", type=click.Choice(["none", "members", "everyone"]), default="none")
@click.option("--reminders", default=spelt(STEPS), show_default=True, help="Tage vor Fristende, oder off")
@click.pass_obj
def open_(folder: Path, /, slug: str, deadline: date, tags: tuple[str, ...], reminders: str, **terms: Any) -> None:
    """Die Fassung einfrieren und die Mitglieder einladen."""
    here = opened(folder)
    opening = Opening(deadline, tags, Terms(reminders=steps(reminders), **terms))
    required = not (here.settings.demo or here.settings.on_loopback)
    round = inviting.open_round(here.db, slug, opening, ACTOR, here.now, texts_required=required)
    asked = len(standings.of(here.db, round).places)
    click.echo(f"Verfahren {round.id} zu {slug} eröffnet: {asked} Einladungen, Frist {until(here, round)}.")


@group.command()
@click.argument("slug")
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def status(folder: Path, slug: str, json_: bool) -> None:
    """Wo das Verfahren steht und was jedes Mitglied geantwortet hat."""
    here = opened(folder)
    edition = inviting.edition_of(here.db, slug)
    round = rounds.latest(here.db, slug)
    standing = standings.of(here.db, round) if round else None
    zone = associations.get(here.db).zone
    if json_:
        click.echo(json.dumps(as_json(edition, standing, here.now, zone), ensure_ascii=False))
    else:
        for line in as_lines(edition, standing, here.now, zone):
            click.echo(line)


@group.command()
@click.argument("slug")
@click.pass_obj
def close(folder: Path, slug: str) -> None:
    """Das Verfahren schließen: friert die Rückmeldungen ein. Vor Fristende erfahren es alle."""
    here = opened(folder)
    closing.close(here.db, slug, ACTOR, here.now)
    click.echo(f"Das Verfahren zu {slug} ist geschlossen. Das PDF fertigt „signoff work“ oder „signoff release“.")


@group.command("print")
@click.argument("slug")
@click.option("--without-timestamp", is_flag=True, help="ohne Zeitstempel siegeln; das steht im Protokoll")
@click.pass_obj
def print_(folder: Path, slug: str, without_timestamp: bool) -> None:
    """Das PDF eines geschlossenen Verfahrens neu fertigen lassen, etwa nach einem gescheiterten Siegel."""
    here = opened(folder)
    printing.print_again(here.db, slug, not without_timestamp, ACTOR, here.now)
    click.echo(f"Das PDF zu {slug} wird neu gefertigt, sobald „signoff work“ oder „signoff release“ läuft.")


@group.command()
@click.argument("slug")
@click.pass_obj
def cancel(folder: Path, slug: str) -> None:
    """Das Verfahren ohne Ergebnis abbrechen; alle Eingeladenen erfahren es."""
    here = opened(folder)
    closing.cancel(here.db, slug, ACTOR, here.now)
    click.echo(f"Das Verfahren zu {slug} ist abgebrochen.")


@group.command()
@click.argument("slug")
@click.option("--deadline", type=Day(), required=True)
@click.pass_obj
def extend(folder: Path, slug: str, deadline: date) -> None:
    """Die Frist eines laufenden Verfahrens verlängern; alle Eingeladenen erfahren es."""
    here = opened(folder)
    round = inviting.extend(here.db, slug, deadline, ACTOR, here.now)
    click.echo(f"Neue Frist: {until(here, round)}.")


@group.command()
@click.argument("slug")
@click.argument("key")
@click.pass_obj
def invite(folder: Path, slug: str, key: str) -> None:
    """Ein Mitglied in ein laufendes Verfahren aufnehmen."""
    here = opened(folder)
    invitation = inviting.invite_member(here.db, slug, key, ACTOR, here.now)
    click.echo(f"Eingeladen: {key}, Vorgangsnummer {invitation.reference}.")


@group.command()
@click.argument("slug")
@click.argument("key")
@click.option("--note", type=click.Choice(["accept", "refuse"]), help="die Protokollnotiz annehmen oder ablehnen")
@click.option("--name", type=click.Choice(["accept", "refuse"]), help="die Namensberichtigung übernehmen oder nicht")
@click.pass_obj
def decide(folder: Path, slug: str, key: str, note: str | None, name: str | None) -> None:
    """Über Protokollnotiz oder berichtigten Namen eines Mitglieds entscheiden."""
    here = opened(folder)
    round, member = inviting.running(here.db, slug), members.by_key(here.db, key)
    invitation = invitations.of_member(here.db, round.id, member.id) if member else None
    if invitation is None:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    chosen = {what: choice for what, choice in (("note", note), ("name", name)) if choice}
    if not chosen:
        raise click.UsageError("Bitte --note oder --name mit accept oder refuse angeben.")
    for what, choice in chosen.items():
        deciding.decide(here.db, invitation.id, what, choice == "accept", ACTOR, here.now)
    click.echo(f"Entschieden: {key}, {', '.join(f'{what} {choice}' for what, choice in chosen.items())}.")


def until(here: Here, round: Round) -> str:
    assert round.deadline
    return dates.deadline(round.deadline, associations.get(here.db).zone, "de")


group.add_command(certificate)
COMMANDS = (group,)
