"""The line and the exit code for a problem. ``main`` imports this module when there is one: it
needs half of the application, which ``--help`` does not.
"""

import click

from signoff.cli.language import get_language
from signoff.cli.language import gettext as _
from signoff.config import SettingsError
from signoff.domain.errors import Refusal, Refusals
from signoff.i18n.errors import describe_refusal
from signoff.standby import StandbyError
from signoff.store.connection import NotOnDiskError, OperationalError

BAD_INPUT = click.UsageError.exit_code


def describe_error(problem: Exception) -> tuple[str, int]:
    """The line to print and the exit code; what is not known here is raised again."""
    if isinstance(problem, Refusal):
        return describe_refusal(problem, get_language()), BAD_INPUT
    if isinstance(problem, Refusals):
        sentences = (describe_refusal(refused, get_language()) for refused in problem.refusals)
        return " ".join(sentences), BAD_INPUT
    if isinstance(problem, SettingsError):
        return _(problem.message, **problem.facts), BAD_INPUT
    if isinstance(problem, NotOnDiskError):
        return _(
            "Ob die Änderung gespeichert ist, steht noch nicht fest: %(problem)s. Bitte den Datenträger prüfen.",
            problem=problem,
        ), 1
    if isinstance(problem, OperationalError):
        return _(
            "Die Datenbank ist gerade nicht beschreibbar: %(problem)s. Es wurde nichts geändert.",
            problem=problem,
        ), 1
    if isinstance(problem, StandbyError):
        return _(
            "Es ist gespeichert, aber der zweite Rechner hat es noch nicht: %(problem)s",
            problem=problem,
        ), 1
    if isinstance(problem, OSError):
        return f"{problem.filename or ''}: {problem.strerror or problem}", BAD_INPUT
    raise problem
