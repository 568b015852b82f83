"""The application factory: joins settings, services, blueprints and extensions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from signoff import store
from signoff.config import LOOPBACK_HOSTS, Settings, SettingsError, templates_folder
from signoff.i18n.catalogue import SOURCE_LANGUAGE
from signoff.services import build_services
from signoff.store.connection import connect
from signoff.web import (
    context,
    demo,
    drafts,
    errors,
    filters,
    invitation,
    login,
    office,
    public,
    security,
    static_files,
    upcoming,
)
from signoff.web.context import Instance

MAX_REQUEST_SIZE = 12 * 1024 * 1024  # bytes: a DOCX of 10 MiB in a form


def create_app(settings: Settings, **replaced: Any) -> Flask:
    """The web application of an instance. ``replaced`` are services that replace the real ones.

    Raises ``SettingsError`` if the database is missing or older than this code.
    """
    require_schema(settings)
    app = Flask("signoff", template_folder=str(templates_folder()), static_folder=None)
    app.config.update(build_config(settings))
    app.extensions["signoff"] = Instance(settings, replace(build_services(settings), **replaced))
    context.register(app)
    static_files.register(app)
    filters.register(app)
    drafts.register(app)
    security.register_headers(app)
    CSRFProtect(app)
    register_login_manager(app)
    errors.register(app)
    for part in (public, invitation, login, office, upcoming):
        app.register_blueprint(part.blueprint)
    security.limiter.init_app(app)
    if settings.demo:
        app.register_blueprint(demo.blueprint)
    if settings.proxies:
        trusted = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]
    return app


def build_config(settings: Settings) -> dict[str, object]:
    first, *older = settings.keys.cookies
    host = settings.host.split(":")[0]
    return {
        "SECRET_KEY": first,
        "SECRET_KEY_FALLBACKS": older,
        "SESSION_COOKIE_NAME": "__Host-signoff",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "TRUSTED_HOSTS": [*LOOPBACK_HOSTS, host] if settings.on_loopback else [host],
        "MAX_CONTENT_LENGTH": MAX_REQUEST_SIZE,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # filling in a form may take more than an hour
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(hours=1),
        "BABEL_DEFAULT_LOCALE": SOURCE_LANGUAGE,
    }


def require_schema(settings: Settings) -> None:
    if not settings.database.exists():
        raise SettingsError(
            "%(database)s fehlt. Bitte zuerst „signoff init“ ausführen.", database=settings.database
        )
    db = connect(settings.database)
    try:
        if store.migrations.list_pending(db):
            raise SettingsError(
                "Die Datenbank ist älter als das Programm. Bitte „signoff migrate“ ausführen."
            )
    finally:
        db.close()


def register_login_manager(app: Flask) -> None:
    manager = LoginManager(app)
    # Sessions are stored on the server, and an address may change behind a proxy.
    manager.session_protection = None
    manager.login_view = "login.show_login_form"
    manager.login_message = None
    manager.user_loader(login.load_user)
