"""The command ``signoff``: finds the instance, runs the subcommand, turns errors into one line and
an exit code.
"""

import gc
import os
import sys
from collections.abc import Sequence
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from signoff.cli.language import gettext as _
from signoff.cli.language import translate_click, translate_command
from signoff.i18n.catalogue import gettext_noop as N_


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_(
        "Trägt ein beschlossenes Positionspapier durch die Mitzeichnung bis zum veröffentlichten PDF.\n\n"
        "Jeder Befehl nimmt --instance ORDNER (sonst SIGNOFF_INSTANCE, sonst instance/)."
    ),
)
@click.version_option(package_name="signoff", help=N_("Die Version zeigen und enden."))
@click.pass_context
def signoff(context: click.Context) -> None:
    pass


class LazyCommand(click.Command):
    """A command whose module is imported when it is called. Its help is known before."""

    def __init__(self, name: str, module: str, description: str) -> None:
        super().__init__(name, help=description)
        self.module = module

    def load(self) -> click.Command:
        """The command itself."""
        gc.disable()  # nothing of a module is garbage: looking for it takes a tenth of the time
        try:
            module = import_module(f"signoff.cli.{self.module}")
        finally:
            # Nor is it garbage later. A second time would keep garbage of the command before.
            if not gc.get_freeze_count():
                gc.freeze()
            gc.enable()
        command: click.Command = copy(
            next(each for each in module.COMMANDS if each.name == self.name)
        )
        command.help = self.help
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        return translate_command(self.load()).make_context(info_name, args, parent, **extra)


# Each with its module and its help.
COMMANDS = (
    LazyCommand(
        "association", "setup", N_("Angaben zum Verband: Name, Anschrift, Impressum, Datenschutz.")
    ),
    LazyCommand("audit", "instance", N_("Der Verlauf.")),
    LazyCommand(
        "backup", "instance", N_("Datenbank und Archiv sichern, auch im laufenden Betrieb.")
    ),
    LazyCommand(
        "bounces", "mail", N_("Unzustellbare E-Mails und automatische Antworten einlesen.")
    ),
    LazyCommand(
        "bundle",
        "rounds",
        N_(
            "Alles, womit sich ein veröffentlichtes Papier ohne uns prüfen lässt, in eine ZIP-Datei."
        ),
    ),
    LazyCommand(
        "demo",
        "demo",
        N_(
            "Eine Muster-Vereinigung bei der Arbeit zeigen: vom Word-Dokument bis zum veröffentlichten PDF."
        ),
    ),
    LazyCommand(
        "doctor",
        "checks",
        N_("Einrichtung prüfen: E-Mail, Adresse, Schlüssel, Datenbank, Uhr, Platz, Schriften."),
    ),
    LazyCommand(
        "init",
        "instance",
        N_("Die Instanz einrichten: Datenbank, Schlüssel (0600), Ordner (0700)."),
    ),
    LazyCommand("keys", "keys", N_("Schlüssel der Instanz für Links, Cookies und Siegel.")),
    LazyCommand(
        "letters",
        "letters",
        N_("Die Briefe an die Mitglieder ohne E-Mail-Adresse als PDF, mit --all die an alle."),
    ),
    LazyCommand("mail", "oauth2", N_("Anmeldung bei Mailservern und Testnachricht.")),
    LazyCommand("members", "setup", N_("Mitgliedskommunen und Ansprechpersonen.")),
    LazyCommand("migrate", "instance", N_("Ausstehende Änderungen am Datenbankschema anwenden.")),
    LazyCommand("papers", "setup", N_("Positionspapiere und ihre Fassungen.")),
    LazyCommand(
        "privacy", "privacy", N_("Datenschutz: Aufbewahrungsfristen, Auskunft und Löschung.")
    ),
    LazyCommand(
        "publish",
        "publish",
        N_(
            "Die öffentlichen Seiten als Dateien in einen Ordner schreiben, für jeden Webserver; "
            "ein zweiter Lauf schreibt nur, was sich geändert hat."
        ),
    ),
    LazyCommand(
        "rehearse",
        "mail",
        N_(
            "Alle E-Mails eines Verfahrens zur Probe in einen Ordner schreiben; "
            "verändert nichts, die Links öffnen nichts."
        ),
    ),
    LazyCommand(
        "release",
        "rounds",
        N_(
            "Das geschlossene Papier veröffentlichen; gibt Pfad, Prüfsumme und Adresse des PDFs aus."
        ),
    ),
    LazyCommand(
        "reprint",
        "reprint",
        N_("Den Druck eines veröffentlichten PDFs wiederholen und mit der Datei vergleichen."),
    ),
    LazyCommand(
        "restore",
        "instance",
        N_("Eine Sicherung in einen leeren Ordner einspielen und die Kette des Verlaufs prüfen."),
    ),
    LazyCommand("rounds", "rounds", N_("Mitzeichnungsverfahren.")),
    LazyCommand("serve", "serve", N_("Webserver und Arbeitsprozess starten; endet auf SIGTERM.")),
    LazyCommand(
        "setup",
        "machine",
        N_(
            "Auf dieser Maschine eine Instanz einrichten: Einstellungen, Zertifikat, Webserver, Dienst."
        ),
    ),
    LazyCommand("staff", "setup", N_("Konten der Geschäftsstelle.")),
    LazyCommand("standby", "standby", N_("Ein zweiter Rechner, der übernehmen kann.")),
    LazyCommand(
        "verify",
        "rounds",
        N_(
            "Prüfen, ob ein veröffentlichtes PDF, eine Bestätigung oder eine Verlaufsbescheinigung echt ist."
        ),
    ),
    LazyCommand(
        "work", "worker", N_("Tun, was fällig ist: E-Mails, Schließen, Drucken, Veröffentlichen.")
    ),
)
for command in COMMANDS:
    signoff.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    translate_click()
    try:
        folder, rest = parse_instance_option(sys.argv[1:] if arguments is None else arguments)
        # Without its standalone mode click gives back the status a command ended with.
        exit_code = translate_command(signoff).main(
            rest, prog_name="signoff", standalone_mode=False, obj=folder
        )
    except (click.exceptions.Exit, click.exceptions.Abort) as ended:
        sys.exit(getattr(ended, "exit_code", 1))
    except click.ClickException as problem:
        exit_with_error(problem.format_message())
    except Exception as problem:  # noqa: BLE001 (what is not known there is raised again)
        from signoff.cli.errors import describe_error

        exit_with_error(*describe_error(problem))
    sys.exit(exit_code if isinstance(exit_code, int) else 0)


def exit_with_error(line: str, code: int = click.UsageError.exit_code) -> None:
    """Print ``line`` to stderr, without its line breaks, and exit."""
    click.echo(f"signoff: {' '.join(line.split())}", err=True)
    sys.exit(code)


def parse_instance_option(arguments: Sequence[str]) -> tuple[Path, list[str]]:
    """The folder of the instance and the other arguments; ``--instance DIR`` may come anywhere."""
    folder, rest, remaining = os.environ.get("SIGNOFF_INSTANCE", "instance"), [], iter(arguments)
    for word in remaining:
        if word == "--instance":
            following = next(remaining, None)
            if following is None:
                raise click.UsageError(_("--instance braucht einen Ordner."))
            folder = following
        elif word.startswith("--instance="):
            folder = word.partition("=")[2]
        else:
            rest.append(word)
    return Path(folder), rest
