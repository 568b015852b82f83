"""The command ``signoff``: finds the instance, runs the subcommand, turns errors into one line and
an exit code.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from signoff.cli import (
    checks,
    demo,
    instance,
    letters,
    mail,
    oauth2,
    privacy,
    rounds,
    serve,
    setup,
)
from signoff.cli.language import get_language, translate_click, translate_command
from signoff.cli.language import gettext as _
from signoff.config import SettingsError
from signoff.domain.errors import Refusal, Refusals
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.errors import describe_refusal
from signoff.store.connection import OperationalError

BAD_INPUT = 2


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


COMMAND_MODULES = (checks, demo, instance, letters, mail, oauth2, privacy, rounds, serve, setup)
for part in COMMAND_MODULES:
    for command in part.COMMANDS:
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
    except Refusal as refusal:
        exit_with_error(describe_refusal(refusal, get_language()))
    except Refusals as refusals:
        exit_with_error(
            " ".join(describe_refusal(refused, get_language()) for refused in refusals.refusals)
        )
    except SettingsError as problem:
        exit_with_error(_(problem.message, **problem.facts))
    except OperationalError as problem:
        exit_with_error(
            _(
                "Die Datenbank ist gerade nicht beschreibbar: %(problem)s. Es wurde nichts geändert.",
                problem=problem,
            ),
            1,
        )
    except OSError as problem:
        exit_with_error(f"{problem.filename or ''}: {problem.strerror or problem}")
    sys.exit(exit_code if isinstance(exit_code, int) else 0)


def exit_with_error(line: str, code: int = BAD_INPUT) -> None:
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
