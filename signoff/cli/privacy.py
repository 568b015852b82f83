"""The commands ``privacy``: what retention removes, and one person's data."""

import json
from pathlib import Path

import click

from signoff import actions, store
from signoff.cli.context import ACTOR, open_context
from signoff.cli.language import gettext as _
from signoff.domain.privacy import ALWAYS_REMAINING, DataKind, PersonalData
from signoff.i18n import labels
from signoff.i18n.catalogue import gettext_noop as N_


@click.group
def privacy() -> None:
    pass


@privacy.command(
    help=N_("Was nach den Aufbewahrungsfristen jetzt gelöscht würde; gelöscht wird nichts.")
)
@click.pass_obj
def due(folder: Path) -> None:
    context = open_context(folder)
    say_counts(store.privacy.count_due(context.db, context.now))


@privacy.command(
    help=N_("Alles, was über die Person mit dieser Adresse gespeichert ist, als JSON.")
)
@click.argument("email")
@click.pass_obj
def export(folder: Path, email: str) -> None:
    context = open_context(folder)
    data = actions.privacy.export_person(context.db, email, ACTOR, context.now)
    click.echo(json.dumps(data.to_dict(), ensure_ascii=False, indent=2, default=str))


@privacy.command(help=N_("Die Daten der Person mit dieser Adresse löschen und sagen, was bleibt."))
@click.argument("email")
@click.pass_obj
def erase(folder: Path, email: str) -> None:
    context = open_context(folder)
    digests = context.services.token_signer.address_digests
    data = actions.privacy.erase_person(context.db, email, digests, ACTOR, context.now)
    actions.privacy.remove_files(context.db, context.services.archive.remove_scan, context.now)
    context.services.render_cache.clear()
    click.echo(_("Gelöscht:"))
    say_counts(data.counts)
    click.echo(_("Es bleibt:"))
    for line in list_remainders(data):
        click.echo(f"- {line}")


def say_counts(counts: dict[DataKind, int]) -> None:
    for kind, count in counts.items():
        click.echo(f"{_(labels.DATA_KIND[kind])}: {count}")


def list_remainders(data: PersonalData) -> list[str]:
    named = [f"{item.where}: {_(labels.REMAINDER[item.why])}" for item in data.remaining]
    return [*named, *(_(labels.REMAINDER[why]) for why in ALWAYS_REMAINING)]


COMMANDS = (privacy,)
