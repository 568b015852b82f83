"""The context of a request: settings, services, database connection, association, time and
language.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import Babel
from sqlite_utils import Database
from wtforms.fields import SelectChoice

from signoff import store
from signoff.config import Settings
from signoff.i18n import catalogue
from signoff.i18n.catalogue import LANGUAGES, TRANSLATIONS_FOLDER
from signoff.logs import ROUTE
from signoff.services import Services, with_mail_settings
from signoff.store.connection import connect, wait_for_disk

MAX_FORM_KEY_LENGTH = 64  # characters; our own keys have 22


@dataclass(eq=False)
class Instance:
    """The instance of a web process; each thread has its own database connection."""

    settings: Settings
    services: Services
    threads: threading.local = field(default_factory=threading.local)
    pages: OrderedDict[str, Any] = field(default_factory=OrderedDict)  # see ``page_cache``
    kept_bytes: int = 0  # of these pages

    def db(self) -> Database:
        if not hasattr(self.threads, "db"):
            self.threads.db = connect(self.settings.database)
        connection: Database = self.threads.db
        return connection


def current_instance() -> Instance:
    instance: Instance = current_app.extensions["signoff"]
    return instance


def settings() -> Settings:
    return current_instance().settings


def services() -> Services:
    return current_instance().services


def use_mail_settings(saved: Settings) -> None:
    """Work with these settings about mail from now on; there is one web process."""
    instance = current_instance()
    current_app.extensions["signoff"] = replace(
        instance, settings=saved, services=with_mail_settings(instance.services, saved)
    )


def db() -> Database:
    return current_instance().db()


def now() -> datetime:
    """The time of this request, the same throughout."""
    if "now" not in g:
        g.now = services().clock()
    moment: datetime = g.now
    return moment


def current_date() -> date:
    """The calendar day of this request in the association's time zone."""
    return now().astimezone(g.association.zone).date()


def format_minute(moment: datetime | None) -> str:
    """A moment as tables for download have it: ``2027-02-26 14:05`` in the association's time zone,
    empty for none.
    """
    return f"{moment.astimezone(g.association.zone):%Y-%m-%d %H:%M}" if moment else ""


def create_form_key(fields: Mapping[str, str]) -> str:
    """The key by which a form that is sent twice is found again."""
    return fields.get("form_key") or secrets.token_urlsafe(16)


def current_form_key() -> str:
    """The key of the form that was sent, which makes sending it twice the same as once."""
    return request.form.get("form_key", "")[:MAX_FORM_KEY_LENGTH]


def current_language() -> str:
    """The language in the address, else the reader's own, else the association's."""
    language = request.args.get("lang", "")
    return language if language in LANGUAGES else str(g.get("language") or g.association.language)


def list_language_choices() -> list[SelectChoice]:
    """The languages a form offers, named in the language of the page."""
    return [
        SelectChoice(code, name)
        for code, name in catalogue.list_language_choices(current_language())
    ]


def uses_database() -> bool:
    """Monitoring is answered even if the database is not available."""
    return request.endpoint != "static" and request.blueprint != "health"


def register(app: Flask) -> None:
    Babel(
        app,
        locale_selector=current_language,
        default_translation_directories=str(TRANSLATIONS_FOLDER),
    )

    @app.before_request
    def load() -> None:
        request.environ[ROUTE] = request.url_rule.rule if request.url_rule else ""
        if uses_database():
            g.association = store.association.get(db())

    @app.after_request
    def wait(response: Response) -> Response:
        """Nobody learns of an answer that a power cut could still undo."""
        if uses_database() and response.status_code < 500:
            wait_for_disk(db())
        return response

    @app.url_defaults
    def keep_language(endpoint: str, values: dict[str, object]) -> None:
        """Keep a chosen language from page to page, without a cookie."""
        language = request.args.get("lang") if request else None
        if language in LANGUAGES and endpoint != "static":
            values.setdefault("lang", language)
