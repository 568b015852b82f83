"""Access control of the pages under /office, and helpers that their views share."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.domain.accounts import Role
from signoff.domain.rounds import Round
from signoff.i18n.labels import LETTER, MAIL_KIND, ROLE
from signoff.store.dashboard import RoundSummary
from signoff.web import errors
from signoff.web.carrying import CONFIRM_FIELD, LOGIN_PREFIX, get_target_path, restore_files
from signoff.web.context import db, now
from signoff.web.login import LoginForm, count_session_seconds, current_account
from signoff.web.office.acts import ACTS, Asks
from signoff.web.resumption import render_confirmation, render_login, resume_login
from signoff.web.security import CONTENT_SECURITY_POLICY

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
P = ParamSpec("P")

blueprint = Blueprint("office", __name__, url_prefix="/office")


def get_asks() -> Asks:
    """The guards of the form that this request posts."""
    return ACTS[(request.endpoint or "").removeprefix("office.")]


@blueprint.before_request
def check_access() -> ResponseReturnValue | None:
    """Require a login, which a form waits for, and the role that a form asks."""
    if current_user.is_authenticated:
        g.language = g.get("language") or current_account().language
    if request.method in SAFE_METHODS:
        if current_user.is_authenticated:
            return None
        return redirect(url_for("login.show_login_form", next=get_target_path()), 303)
    page = None if current_user.is_authenticated else resume_login()
    if not current_user.is_authenticated:
        return page
    if not may_send_form():
        return errors.render_error(403)
    if CONFIRM_FIELD in request.form:
        page = render_confirmation()
    restore_files()
    return page


@blueprint.errorhandler(CSRFError)
def keep_fields(error: CSRFError) -> ResponseReturnValue:
    """The page of the form belongs to another login. Nothing was done, and what was typed is kept,
    unless a page of another origin may have sent it.
    """
    if not errors.has_own_origin():
        return errors.handle_csrf_error(error)
    if not current_user.is_authenticated:
        return render_login(LoginForm(None, prefix=LOGIN_PREFIX)), 403
    if not may_send_form():
        return errors.render_error(403)
    return render_confirmation(stale=True), 400


def may_send_form() -> bool:
    return current_account().role.includes(get_asks().role)


@blueprint.after_request
def allow_same_origin_fetch(response: WerkzeugResponse) -> WerkzeugResponse:
    """The scripts of open pages poll this origin. A policy that a view has set itself is kept."""
    response.headers.setdefault(
        "Content-Security-Policy", f"{CONTENT_SECURITY_POLICY}; connect-src 'self'"
    )
    return response


@blueprint.context_processor
def inject_template_context() -> dict[str, object]:
    """Variables of every page of the office; error pages without a login do not need them."""
    if not current_user.is_authenticated:
        return {}
    return {
        "user": current_account(),
        "may_edit": may_edit(),
        "may_manage": may_manage(),
        "now": now(),
        "session_seconds": count_session_seconds(),
        "mail_outages": [outage for outage in store.outbox.list_outages(db()) if outage.is_down],
        "notices": MAIL_KIND,
        "letter_kinds": LETTER,
        "roles": ROLE,
    }


def may_manage() -> bool:
    return current_account().role.includes(Role.ADMIN)


def may_edit() -> bool:
    return current_account().role.includes(Role.EDITOR)


def editor_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A page that leads to an action of editors."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if may_edit() else errors.render_error(403)

    return guarded


def admin_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A page about accounts, the association or keys."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if may_manage() else errors.render_error(403)

    return guarded


def get_round_or_404(id: int) -> Round:
    round = store.rounds.find(db(), id)
    if round is None:
        raise NotFound
    return round


def get_round_summary_or_404(id: int) -> RoundSummary:
    return store.dashboard.load_round_summary(db(), get_round_or_404(id))


def redirect_to_round(id: int) -> WerkzeugResponse:
    return redirect(url_for("office.show_round", id=id), 303)
