"""What the commands share: the opened instance, parameter types and reading of files."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click
from sqlite_utils import Database

from signoff import actions, config, store
from signoff.cli.language import get_language
from signoff.cli.language import gettext as _
from signoff.config import Settings, SettingsError
from signoff.domain.dates import parse_date
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailboxError
from signoff.domain.rounds import Round
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.errors import describe_refusal
from signoff.mail.oauth2 import LoginError
from signoff.services import Services, build_services
from signoff.store.connection import connect

ACTOR = "cli"


@dataclass(frozen=True, slots=True)
class Context:
    """An opened instance, as the commands use it."""

    settings: Settings
    db: Database
    services: Services

    @property
    def now(self) -> datetime:
        return self.services.clock()

    @property
    def today(self) -> date:
        """The calendar day in the association's time zone."""
        return self.now.astimezone(store.association.get(self.db).zone).date()


def open_context(folder: Path) -> Context:
    """Open the instance in ``folder``.

    Raises ``SettingsError`` if it is not set up or its schema is outdated.
    """
    settings = config.load_settings(folder)
    db = open_database(settings)
    if store.migrations.list_pending(db):
        raise SettingsError(
            "Die Datenbank ist älter als das Programm. Bitte „signoff migrate“ ausführen."
        )
    return Context(settings, db, build_services(settings))


def open_database(settings: Settings) -> Database:
    """The database. Raises ``SettingsError`` if it is missing, which SQLite would answer with an
    empty one, or if a newer program has changed its schema.
    """
    if not settings.database.exists():
        raise SettingsError(
            "%(database)s fehlt. Bitte zuerst „signoff init“ ausführen.", database=settings.database
        )
    db = connect(settings.database)
    if names := store.migrations.list_unknown(db):
        raise SettingsError(
            "Die Datenbank ist neuer als dieses Programm (%(names)s). Bitte das neuere Signoff installieren.",
            names=", ".join(names),
        )
    return db


def get_latest_round(db: Database, slug: str) -> Round:
    """The latest round of the paper with this short name.

    Refuses if there is no such paper, or no round of it.
    """
    actions.papers.get_latest_edition(db, slug)
    round = store.rounds.find_by_slug(db, slug)
    if round is None:
        raise Refusal(Reason.NO_ROUND, slug=slug)
    return round


class DateParam(click.ParamType[date]):
    """A date, written ``YYYY-MM-DD`` or ``D.M.YYYY``."""

    name = N_("TAG")

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return _(self.name)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_date(str(value))
        except Refusal as refusal:
            raise click.BadParameter(describe_refusal(refusal, get_language())) from refusal


def read_file(path: Path) -> bytes:
    """The content of ``path``. Raises ``UsageError`` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise click.UsageError(
            _("%(path)s ist nicht lesbar: %(strerror)s.", path=path, strerror=problem.strerror)
        ) from problem


def describe_problem(problem: LoginError | MailboxError) -> str:
    """What is wrong with a mail server or mailbox, and what to do."""
    sentences = filter(None, (problem.message, problem.to_do))
    return " ".join(_(sentence, **problem.facts) for sentence in sentences)
