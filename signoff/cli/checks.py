"""``doctor``: checks the set-up of an instance."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from signoff import config, delivery_checks
from signoff.checks import GRADE_LABELS, Grade, iter_findings
from signoff.cli.context import open_context
from signoff.cli.language import gettext as _
from signoff.config import SettingsError
from signoff.i18n.catalogue import gettext_noop as N_


@click.command
@click.option("--json", "json_", is_flag=True, help=N_("als ein JSON-Dokument"))
@click.option(
    "--delivery",
    is_flag=True,
    help=N_("stattdessen prüfen, ob E-Mails ankommen: Absender und Domains der Mitglieder"),
)
@click.pass_obj
def doctor(folder: Path, json_: bool, delivery: bool) -> None:
    settings = config.load_settings(folder)
    if not settings.database.exists():
        raise SettingsError(
            "%(database)s fehlt. Bitte zuerst „signoff init“ ausführen.", database=settings.database
        )
    if delivery:
        context = open_context(folder)
        found = delivery_checks.iter_findings(context.db, settings, context.now)
    else:
        found = iter_findings(settings)
    findings = [finding.translate(_) for finding in found]
    if json_:
        click.echo(
            json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False)
        )
    else:
        for finding in findings:
            to_do = f" → {finding.to_do}" if finding.to_do else ""
            click.echo(
                f"{_(GRADE_LABELS[finding.grade]):10}  {finding.matter}: {finding.found}{to_do}"
            )
    if any(finding.grade is Grade.ERROR for finding in findings):
        raise click.exceptions.Exit(1)


COMMANDS = (doctor,)
