"""Forms of the office that outlive their session: log in and send them on.

Each page posts to the address that the form was meant for, with its fields along, and the request
with the last valid credential does what the form asked for. So there is no address to redirect to
that anybody could choose. If it is not certain that the same account continues, it is asked first.
"""

from flask import render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.domain.text import decode_domains
from signoff.web.carrying import (
    CREDENTIAL_FIELD,
    LOGIN_PREFIX,
    describe_lost_files,
    find_form_path,
    get_target_path,
    list_carried_fields,
)
from signoff.web.context import db, now
from signoff.web.login import (
    PENDING_LOGIN_KEY,
    LoginForm,
    build_login_status,
    check_password,
    current_account,
)
from signoff.web.two_factor import (
    SecondFactorForm,
    check_second_factor,
    complete_setup,
    find_answering_passkey,
    find_time_step,
    finish_authenticator_setup,
    finish_passkey_registration,
    get_pending_login,
    get_pending_login_id,
    render_second_factor,
    render_second_factor_setup,
)

EXPIRED_SESSION_KEY = "expired"  # in the cookie while the login waits for the second factor


def resume_login() -> ResponseReturnValue | None:
    """``None`` if this request may go on, else the page that asks for the next credential."""
    expired_id = session.get(EXPIRED_SESSION_KEY) or session.get("_user_id", "")
    page = ask_for_credentials()
    if not current_user.is_authenticated:
        if PENDING_LOGIN_KEY in session:
            session[EXPIRED_SESSION_KEY] = expired_id
        return page
    account_id = actions.login.end_expired_session(db(), expired_id, now())
    request.form = ImmutableMultiDict(list_carried_fields())
    if page is not None or account_id == current_account().id:
        return page
    return render_confirmation(account_id)


def ask_for_credentials() -> ResponseReturnValue | None:
    """The page that asks for the next credential, or shows the recovery codes after a set-up."""
    form = LoginForm(prefix=LOGIN_PREFIX)
    try:
        if form.password.name in request.form:
            check_password(form)
            if current_user.is_authenticated:
                return None
        elif PENDING_LOGIN_KEY not in session:
            return render_login(LoginForm(None, prefix=LOGIN_PREFIX)), 403
        return ask_for_second_factor()
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            form.add_errors(refusal)
        elif not form.errors and not form.form_errors:
            raise
        return render_login(form), *build_login_status(refusal)


def ask_for_second_factor() -> ResponseReturnValue | None:
    account, factors = get_pending_login()
    form = SecondFactorForm(prefix=LOGIN_PREFIX)
    if CREDENTIAL_FIELD in request.form:
        if not factors:
            return complete_setup(
                lambda account: finish_passkey_registration(account, get_pending_login_id(), form),
                form,
            )
        verify = actions.login.build_passkey_verifier(
            get_pending_login_id(), find_answering_passkey, now()
        )
        return check_second_factor(verify, form)
    if form.code.name in request.form:
        if not factors:
            return complete_setup(lambda account: finish_authenticator_setup(account, form), form)
        verify = actions.login.build_code_verifier(form.code.data or "", find_time_step, now())
        return check_second_factor(verify, form)
    if not factors:
        return render_second_factor_setup(account, form)
    return render_second_factor(factors, form)


def render_login(form: LoginForm) -> str:
    return render_template(
        "login/login.html",
        form=form,
        action=get_target_path(),
        carried=list_carried_fields(),
        expired=True,
        lost=describe_lost_files(),
    )


def render_confirmation(account_id: int | None = None, *, stale: bool = False) -> str:
    """Ask whether the fields go on; ``account_id`` is the account that filled them in, if known."""
    before = store.accounts.find(db(), account_id) if account_id else None
    return render_template(
        "office/resumption.html",
        before=decode_domains(before.email) if before else "",
        email=decode_domains(current_account().email),
        stale=stale,
        action=get_target_path(),
        carried=list_carried_fields(),
        lost=describe_lost_files(),
        back=find_form_path(),
    )
