"""Who does what cannot be taken back shows again who she is, unless she did so a few minutes ago.

``@asks_again`` stands on a view, nearest to the function; inside a view ``asked()`` does the same at the right place::

    if page := asked():
        return page

What was posted travels on in hidden fields, and the deed is done once, by the request that brings the proof: the
password, a code of the authenticator app, or a passkey. Files cannot travel: a page that takes one has the guard on
its GET as well.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import PasswordField

from signoff import actions, security, store
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.web.context import current_language, db, now, settings
from signoff.web.login import current_account, get_safe_path
from signoff.web.office.access import SAFE_METHODS, blueprint
from signoff.web.two_factor import (
    find_answering_passkey,
    find_time_step,
    may_use_passkeys,
    start_passkey_authentication,
)

SECRET_FIELD, CREDENTIAL_FIELD = "proof", "credential"
REAUTH_FIELDS = (
    "csrf_token",
    SECRET_FIELD,
    CREDENTIAL_FIELD,
)  # of the page that asks; everything else belongs to the deed
CODE_LENGTH_LIMIT = 10  # a password has more characters than a code of the app
P = ParamSpec("P")
Pairs = list[tuple[str, str]]


class ReauthForm(FlaskForm):  # type: ignore[misc]
    proof = PasswordField(_l("Passwort"))


def reauth_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A view that is reached only by who has shown lately who she is."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        page = require_reauth()
        return view(*args, **kwargs) if page is None else page

    return guarded


def require_reauth() -> ResponseReturnValue | None:
    """The page that asks for a proof; ``None`` where it was given lately, or just now with this request."""
    if has_recent_reauth():
        return None
    if request.method in SAFE_METHODS:
        return render_reauth(
            ReauthForm(None),
            url_for("office.reauthenticate"),
            [("next", request.full_path.rstrip("?"))],
        )
    carried = [pair for pair in request.form.items(multi=True) if pair[0] not in REAUTH_FIELDS]
    return process_reauth(request.full_path.rstrip("?"), carried)


@blueprint.post("/again")
def reauthenticate() -> ResponseReturnValue:
    """Show who one is, and go on to the page that asked for it."""
    next = get_safe_path(request.form.get("next"))
    refused = (
        None
        if has_recent_reauth()
        else process_reauth(url_for("office.reauthenticate"), [("next", next)])
    )
    return redirect(next or url_for("office.show_dashboard"), 303) if refused is None else refused


@blueprint.post("/again/challenge")
def create_reauth_challenge() -> Response:
    """What the script asks the passkey."""
    return start_passkey_authentication(current_account(), current_user.session_id)


def process_reauth(action: str, carried: Pairs) -> ResponseReturnValue | None:
    """``None`` if the proof in this request holds, else the page that asks (again)."""
    if not {SECRET_FIELD, CREDENTIAL_FIELD} & set(request.form):
        return render_reauth(ReauthForm(None), action, carried)
    form = ReauthForm()
    try:
        verify_credentials(form.proof.data or "")
    except Refusal as refusal:
        form.proof.errors = [describe_refusal(refusal, current_language())]
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        headers = {"Retry-After": str(refusal.facts["seconds"])} if waits else {}
        return render_reauth(form, action, carried), 429 if waits else 403, headers
    kept = [
        pair
        for pair in request.form.items(multi=True)
        if pair[0] not in (SECRET_FIELD, CREDENTIAL_FIELD)
    ]
    request.form = ImmutableMultiDict(
        kept
    )  # a deed of several steps must not carry the proof into its pages
    return None


def verify_credentials(typed: str) -> None:
    """Take the proof in this request, of whichever kind; refuses a wrong one."""
    one, session_id = current_account(), current_user.session_id
    code = "".join(typed.split())
    if request.form.get(CREDENTIAL_FIELD):
        actions.login.reauthenticate_with_factor(
            db(),
            one,
            session_id,
            actions.login.build_passkey_verifier(session_id, find_answering_passkey, now()),
            now(),
        )
    elif code.isdecimal() and len(code) < CODE_LENGTH_LIMIT:
        actions.login.reauthenticate_with_factor(
            db(),
            one,
            session_id,
            actions.login.build_code_verifier(code, find_time_step, now()),
            now(),
        )
    else:
        actions.login.reauthenticate(db(), one, session_id, typed, security.verify_password, now())


def has_recent_reauth() -> bool:
    session = store.accounts.find_session(db(), current_user.session_id)
    return session is not None and session.proved_since(
        now() - timedelta(minutes=settings().reauth_minutes)
    )


def render_reauth(form: ReauthForm, action: str, carried: Pairs) -> str:
    router = current_app.create_url_adapter(request)
    leads = (
        router is not None
        and request.endpoint != "office.reauthenticate"
        and router.test(request.path, "GET")
    )
    return render_template(
        "office/reauth.html",
        form=form,
        action=action,
        carried=carried,
        back=request.path if leads else url_for("office.show_dashboard"),
        files=any(each.filename for each in request.files.values()),
        known=store.accounts.get_second_factors(db(), current_account().id),
        passkeys_work=may_use_passkeys(),
    )
