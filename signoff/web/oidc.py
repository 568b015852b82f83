"""Login and re-authentication at an OpenID provider.

The browser leaves and comes back by GET, because our policy allows no form to be sent to another
origin. A form that waits stays in its tab meanwhile: the provider opens in another one, which ends
at ``show_done``.
"""

import secrets
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, logout_user
from werkzeug.exceptions import NotFound

from signoff import actions, oidc
from signoff.domain.accounts import PENDING_LOGIN_LIFETIME, Identity
from signoff.domain.errors import Refusal
from signoff.i18n.errors import describe_refusal
from signoff.web.context import current_language, db, now, settings
from signoff.web.login import (
    PENDING_LOGIN_KEY,
    clear_cookie,
    current_account,
    describe_device,
    get_safe_path,
    start_session,
)
from signoff.web.security import guessing_limit

FLOW_KEY = "oidc"  # in the cookie: a login that waits for the provider

blueprint = Blueprint("oidc", __name__)


@blueprint.app_context_processor
def inject_oidc() -> dict[str, bool]:
    return {"has_oidc": bool(settings().oidc_issuer)}


@blueprint.get("/login/oidc")
@guessing_limit
def start() -> ResponseReturnValue:
    """Send the browser to the provider; a user who is logged in has to log in there again."""
    require_provider()
    parameters = {}
    if current_user.is_authenticated:
        parameters = {"max_age": "0", "prompt": "login", "login_hint": current_account().email}
    try:
        flow = oidc.start(settings(), build_redirect_uri(), **parameters)
    except oidc.ProviderError as error:
        return render_problem(gettext(error.message) % error.facts), 502
    session[FLOW_KEY] = {
        "state": flow["state"],
        "nonce": flow["nonce"],
        "code_verifier": flow["code_verifier"],
        "started": now().timestamp(),
        "session_id": current_user.session_id if current_user.is_authenticated else "",
        "next": get_safe_path(request.args.get("next")),
    }
    return redirect(flow["url"], 303)


@blueprint.get(oidc.REDIRECT_PATH)
@guessing_limit
def finish() -> ResponseReturnValue:
    """Continue with the code that the provider sent; it is of use to the browser that asked."""
    require_provider()
    flow = session.get(FLOW_KEY, {})
    waited = timedelta(seconds=now().timestamp() - flow.get("started", 0))
    if (
        waited > PENDING_LOGIN_LIFETIME
        or flow["state"] != request.args.get("state")
        or flow["session_id"] != getattr(current_user, "session_id", "")
    ):
        return redirect(url_for("login.show_login_form", over=1), 303)
    session.pop(FLOW_KEY)
    try:
        if "code" not in request.args:
            raise oidc.get_explanation(
                request.args.get("error", ""), request.args.get("error_description", "")
            )
        identity = oidc.finish(settings(), build_redirect_uri(), flow, request.args["code"])
        if not current_user.is_authenticated:
            return log_in(identity, flow["next"])
        identity.require_recent(waited)
        actions.login.reauthenticate_by_provider(
            db(), current_account(), current_user.session_id, identity, now()
        )
    except oidc.ProviderError as error:
        return render_problem(gettext(error.message) % error.facts), 502
    except Refusal as refusal:
        problem = describe_refusal(refusal, current_language())
        return render_problem(problem), refusal.reason.status
    return redirect(flow["next"] or url_for("oidc.show_done"), 303)


def log_in(identity: Identity, next_path: str) -> ResponseReturnValue:
    """Log in, or wait for the second factor where the provider's login is not enough."""
    needs_second_factor = settings().second_factor and not settings().oidc_second_factor
    session_id = secrets.token_urlsafe(32)
    account = actions.login.log_in_by_provider(
        db(),
        identity,
        identity.get_role(settings().oidc_groups),
        session_id,
        now(),
        device=describe_device(request.headers.get("User-Agent", "")),
        needs_second_factor=needs_second_factor,
    )
    if needs_second_factor:
        logout_user()
        clear_cookie()
        session[PENDING_LOGIN_KEY] = session_id
        return redirect(url_for("login.show_second_factor", next=next_path or None), 303)
    start_session(session_id, account)
    return redirect(next_path or url_for("office.show_dashboard"), 303)


@blueprint.get("/login/oidc/done")
def show_done() -> str:
    """The end of a tab that was opened beside a form."""
    require_provider()
    return render_problem("")


def render_problem(problem: str) -> str:
    return render_template("login/oidc.html", problem=problem)


def require_provider() -> None:
    if not settings().oidc_issuer:
        raise NotFound


def build_redirect_uri() -> str:
    """The address that is registered at the provider: of the settings, not of this request."""
    return settings().base_url + oidc.REDIRECT_PATH
