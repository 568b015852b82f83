"""The application factory: joins settings, services, blueprints and extensions."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache, cached_property, partial
from re import fullmatch
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, has_request_context, request
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from signoff import store, trial_rounds
from signoff.config import LOOPBACK_HOSTS, Settings, SettingsError, templates_folder
from signoff.i18n.catalogue import LANGUAGES, SOURCE_LANGUAGE
from signoff.logs import RequestLog
from signoff.services import build_services
from signoff.store.connection import connect
from signoff.web import (
    applications,
    context,
    demo,
    errors,
    filters,
    forms,
    health,
    invitation,
    log,
    login,
    office,
    oidc,
    open_data,
    page_cache,
    public,
    security,
    standby,
    static_files,
    upcoming,
)
from signoff.web.context import Instance
from signoff.web.filters import page_language
from signoff.web.office.trial_rounds import restrict_to_starter
from signoff.web.templating import Environment

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MAX_REQUEST_SIZE = 12 * 1024 * 1024  # bytes: a DOCX of 10 MiB in a form


class LazyRule(Rule):
    """A rule that compiles what builds its addresses when the first one is built.

    Compiled for all rules at once, it takes ten times as long as the rest of ``create_app``.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        get_builder = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return get_builder()(rule, **values)

        return build


class Application(Flask):
    """Flask, except that what an error handler raises is handled too, and no path is logged: it may
    contain a token.
    """

    jinja_environment = Environment
    url_rule_class = LazyRule

    @cached_property
    def environments(self) -> dict[str, Environment]:
        """The templates in each language, once the application is set up."""
        return {language: self.templates.in_language(language) for language in LANGUAGES}

    @cached_property
    def templates(self) -> Environment:
        return cast(Environment, self.create_jinja_environment())

    @property
    def jinja_env(self) -> Environment:
        """In a request, the templates in the language of the page."""
        return self.environments[page_language()] if has_request_context() else self.templates

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook is a coroutine; Flask would look for each of them in each request."""
        return func

    def handle_exception(self, e: Exception) -> Response:
        """The answer to what no handler, or a handler itself, has raised."""
        try:
            answer = self.handle_user_exception(e)
        except Exception:
            logging.getLogger("signoff").exception(
                "no error page in %s %s", request.method, request.endpoint
            )
            answer = errors.BARE_PAGE, 500
        return self.finalize_request(answer, from_error_handler=True)


def create_app(settings: Settings, **replaced: Any) -> Flask:
    """The web application of an instance. ``replaced`` are services that replace the real ones.

    Raises ``SettingsError`` if the database is missing or older than this code.
    """
    require_schema(settings)
    app = Application("signoff", template_folder=str(templates_folder()), static_folder=None)
    app.config.update(build_config(settings))
    app.extensions["signoff"] = Instance(settings, replace(build_services(settings), **replaced))
    if not settings.is_trial_round:  # whose pages are for the person who started it
        app.session_interface = security.PrivateSessions()
        page_cache.register(app)
    context.register(app)
    static_files.register(app, settings.root)
    filters.register(app)
    forms.register(app)
    security.register_headers(app)
    standby.register(app)
    CSRFProtect(app).exempt(public.verify_file)  # it changes nothing, and has no session
    register_login_manager(app)
    errors.register(app)
    parts = (
        health,
        public,
        log,
        open_data,
        applications,
        invitation,
        login,
        oidc,
        office,
        upcoming,
    )
    for part in parts:
        app.register_blueprint(part.blueprint)
    if not settings.is_trial_round:  # it would empty the counts of the instance that it runs in
        security.register_limiter(app)
    if settings.demo or settings.is_trial_round:
        app.register_blueprint(demo.blueprint)
    if not settings.is_trial_round:
        app.wsgi_app = TrialRoundMount(app)  # type: ignore[method-assign]
        app.wsgi_app = RequestLog(app.wsgi_app, errors.build_last_page)  # type: ignore[method-assign]
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
    manager = LoginManager(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user  # looked up only where a page asks for it
    # Sessions are stored on the server, and an address may change behind a proxy.
    manager.session_protection = None
    manager.login_view = "login.show_login_form"
    manager.login_message = None
    manager.user_loader(login.load_user)


class TrialRoundMount:
    """Serves the running trial round, an instance of its own, below its path."""

    def __init__(self, app: Flask) -> None:
        self.app, self.wsgi_app = app, app.wsgi_app
        self.trial_apps: dict[str, Flask] = {}  # of the last one that was asked for

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = fullmatch(r"(/trial/([0-9a-f]+))(/.*)?", environ.get("PATH_INFO", ""))
        trial_app = self.find_app(path[2]) if path else None
        if path is None or trial_app is None:
            return self.wsgi_app(environ, start_response)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = path[1], path[3] or "/"
        return trial_app(environ, start_response)

    def find_app(self, id: str) -> Flask | None:
        instance: Instance = self.app.extensions["signoff"]
        trial = trial_rounds.find(instance.settings)
        if trial is None or trial.id != id:
            return None  # what anybody asks for never drops the one in use
        if id not in self.trial_apps:
            replacements = trial_rounds.build_replacements(
                trial, instance.settings, instance.services
            )
            app = create_app(trial.settings, **replacements)
            restrict_to_starter(app, self.app, trial)
            self.trial_apps = {id: app}
        return self.trial_apps[id]
