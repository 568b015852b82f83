"""Re-authentication before actions that cannot be undone, unless the user re-authenticated a few
minutes ago.

The table ``signoff.web.office.acts`` says which form asks for it. Where it is asked last, the view
calls ``require_reauth()``::

    if page := require_reauth():
        return page

The posted fields travel along as hidden fields (``signoff.web.carrying``), and the action is done
by the request with the valid credentials: the password, a code of the authenticator app, or a
passkey.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import PasswordField

from signoff import actions, security, store
from signoff.domain.errors import Refusal
from signoff.web.carrying import (
    CREDENTIAL_FIELD,
    Pairs,
    describe_lost_files,
    find_form_path,
    get_target_path,
    list_carried_fields,
)
from signoff.web.context import db, now, settings
from signoff.web.forms import BaseForm
from signoff.web.login import build_login_status, current_account, get_safe_path
from signoff.web.office.access import SAFE_METHODS, blueprint, get_asks
from signoff.web.office.acts import Reauth
from signoff.web.two_factor import (
    find_answering_passkey,
    find_time_step,
    may_use_passkeys,
    start_passkey_authentication,
)

SECRET_FIELD = "proof"
CREDENTIAL_FIELDS = (SECRET_FIELD, CREDENTIAL_FIELD)
CODE_LENGTH_LIMIT = 10  # a password has more characters than a code of the app
P = ParamSpec("P")


class ReauthForm(BaseForm):
    proof = PasswordField()


def reauth_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A page that needs recent re-authentication; comes last among its decorators."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        page = require_reauth()
        return view(*args, **kwargs) if page is None else page

    return guarded


@blueprint.before_request
def check_reauth() -> ResponseReturnValue | None:
    """Ask for the credentials before the view, where the form's line in the table says so."""
    if request.method in SAFE_METHODS or get_asks().reauth is not Reauth.FIRST:
        return None
    return require_reauth()


def require_reauth() -> ResponseReturnValue | None:
    """The page that asks for credentials; ``None`` after a recent or just now successful
    re-authentication.
    """
    if request.method not in SAFE_METHODS and get_asks().reauth is Reauth.NEVER:
        raise ValueError(f"{request.endpoint} asks for no re-authentication")
    if has_recent_reauth():
        return None
    if request.method in SAFE_METHODS:
        return render_reauth(
            ReauthForm(None),
            url_for("office.reauthenticate"),
            [("next", get_target_path())],
        )
    return process_reauth(get_target_path(), list_carried_fields(SECRET_FIELD))


@blueprint.post("/reauth")
def reauthenticate() -> ResponseReturnValue:
    """Re-authenticate and continue to the page that required it."""
    next_path = get_safe_path(request.form.get("next"))
    if not has_recent_reauth():
        page = process_reauth(url_for("office.reauthenticate"), [("next", next_path)])
        if page is not None:
            return page
    return redirect(next_path or url_for("office.show_dashboard"), 303)


@blueprint.post("/reauth/challenge")
def create_reauth_challenge() -> Response:
    """The challenge for the passkey, fetched by the script."""
    return start_passkey_authentication(current_account(), current_user.session_id)


def process_reauth(action: str, carried: Pairs) -> ResponseReturnValue | None:
    """``None`` if the credentials in this request are valid, else the page that asks for them."""
    if not set(CREDENTIAL_FIELDS) & set(request.form):
        return render_reauth(ReauthForm(None), action, carried)
    form = ReauthForm()
    try:
        verify_credentials(form.proof.data or "")
    except Refusal as refusal:
        form.add_errors(refusal, field="proof")
        return render_reauth(form, action, carried), *build_login_status(refusal)
    # An action of several steps must not carry the credentials into its pages.
    request.form = ImmutableMultiDict(list_carried_fields(SECRET_FIELD))
    return None


def verify_credentials(secret: str) -> None:
    """Verify the passkey, code or password in this request; refuses wrong credentials."""
    account, session_id = current_account(), current_user.session_id
    code = "".join(secret.split())
    if request.form.get(CREDENTIAL_FIELD):
        verify = actions.login.build_passkey_verifier(session_id, find_answering_passkey, now())
    elif code.isdecimal() and len(code) < CODE_LENGTH_LIMIT:
        verify = actions.login.build_code_verifier(code, find_time_step, now())
    else:
        actions.login.reauthenticate(
            db(), account, session_id, secret, security.verify_password, now()
        )
        return
    actions.login.reauthenticate_with_factor(db(), account, session_id, verify, now())


def has_recent_reauth() -> bool:
    """Always in a trial round: nothing in it counts, and its account has no password."""
    if settings().is_trial_round:
        return True
    session = store.accounts.find_session(db(), current_user.session_id)
    return session is not None and session.reauthenticated_since(
        now() - timedelta(minutes=settings().reauth_minutes)
    )


def render_reauth(form: ReauthForm, action: str, carried: Pairs) -> str:
    return render_template(
        "office/reauth.html",
        form=form,
        action=action,
        carried=carried,
        back=find_form_path(),
        lost=describe_lost_files(),
        known=store.accounts.get_second_factors(db(), current_account().id),
        passkeys_work=may_use_passkeys(),
    )
