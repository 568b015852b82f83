"""The second factor, right after the password. Who has none sets one up before any page of the office opens."""

import secrets
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import StringField

from signoff import actions, security, store
from signoff.actions.login import FactorVerifier
from signoff.config import LOOPBACK_HOSTS
from signoff.domain.accounts import (
    RECOVERY_CODE_BYTES,
    RECOVERY_CODE_COUNT,
    Account,
    Authenticator,
    Passkey,
    SecondFactors,
    format_recovery_code,
)
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.web import errors
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.login import PENDING_LOGIN_KEY, User, blueprint, describe_device, get_safe_path

# Second factors as pages need them, at the login and on one's own account.

NONCE_BYTES = 16  # bytes


class TwoFactorCodeForm(FlaskForm):  # type: ignore[misc]
    code = StringField(_l("Code"))
    nonce = StringField()


class PasskeyForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Name des Geräts"))
    credential = StringField()


class AuthenticatorSetup(NamedTuple):
    """What an authenticator app is shown once: as a QR code, and to be typed."""

    nonce: str
    typed: str
    address: str
    drawing: security.QrCode


def start_authenticator_setup(one: Account, nonce: str = "") -> AuthenticatorSetup:
    """A new secret, or the one shown before, where its code was mistyped."""
    if len(nonce) != 2 * NONCE_BYTES or set(nonce) - set("0123456789abcdef"):
        nonce = secrets.token_hex(NONCE_BYTES)
    secret = services().links.app_secrets(one.id, nonce)[0]
    address, typed = (
        security.build_otpauth_uri(secret, one.email, g.association.short_name),
        security.format_secret(secret),
    )
    groups = " ".join(typed[at : at + 4] for at in range(0, len(typed), 4))
    return AuthenticatorSetup(nonce, groups, address, security.draw_qr_code(address))


def finish_authenticator_setup(one: Account, form: TwoFactorCodeForm) -> Authenticator:
    """The app whose first code was typed; refuses a wrong one."""
    nonce, code = start_authenticator_setup(one, form.nonce.data or "").nonce, form.code.data or ""
    fresh = Authenticator(one.id, nonce, 0, now())
    step = find_time_step(fresh, code) if nonce == form.nonce.data else None
    if step is None:
        raise Refusal(Reason.WRONG_FACTOR, "code")
    return Authenticator(one.id, nonce, step, now())


def find_time_step(app: Authenticator, code: str) -> int | None:
    """The time step whose code was typed; every key of the instance is tried."""
    secrets_ = services().links.app_secrets(app.account_id, app.nonce)
    return next(
        (
            step
            for each in secrets_
            if (step := security.find_totp_step(each, code, now())) is not None
        ),
        None,
    )


def generate_recovery_codes() -> list[str]:
    return [
        format_recovery_code(secrets.token_bytes(RECOVERY_CODE_BYTES))
        for _each in range(RECOVERY_CODE_COUNT)
    ]


def get_hostname() -> str:
    return urlsplit(settings().base_url).hostname or ""


def may_use_passkeys() -> bool:
    """Passkeys belong to a name; on a bare address there are none."""
    return get_hostname() == LOOPBACK_HOSTS[1] or not get_hostname().replace(".", "").isdecimal()


def start_passkey_registration(one: Account, login_id: str) -> Response:
    known = store.accounts.get_second_factors(db(), one.id).passkeys
    handle = f"signoff-staff-{one.id}".encode()
    return send_challenge(
        login_id,
        security.build_registration_options(
            get_hostname(), g.association.short_name, handle, one.email, known
        ),
    )


def start_passkey_authentication(one: Account, login_id: str) -> Response:
    return send_challenge(
        login_id,
        security.build_authentication_options(
            get_hostname(), store.accounts.get_second_factors(db(), one.id).passkeys
        ),
    )


def send_challenge(login_id: str, question: security.PasskeyChallenge) -> Response:
    """The question as JSON, for the script of the page; its challenge is kept and stands once."""
    actions.login.save_challenge(db(), login_id, question.challenge, now())
    return Response(question.options, mimetype="application/json")


def finish_passkey_registration(one: Account, login_id: str, form: PasskeyForm) -> Passkey:
    """The new passkey in the form; refuses what does not fit the question."""
    challenge = actions.login.take_challenge(db(), login_id, now())
    try:
        fresh = security.verify_registration(
            form.credential.data or "", challenge, get_hostname(), settings().base_url
        )
    except security.InvalidPasskeyResponse as wrong:
        raise Refusal(Reason.WRONG_FACTOR, "credential") from wrong
    name = " ".join((form.name.data or "").split())[: actions.login.MAX_PASSKEY_NAME_LENGTH]
    return Passkey(0, one.id, fresh.credential_id, fresh.public_key, fresh.sign_count, name, now())


def find_answering_passkey(
    challenge: str, known: tuple[Passkey, ...]
) -> tuple[Passkey, int] | None:
    """Which passkey answered in this request's ``credential``."""
    try:
        return security.verify_authentication(
            request.form.get("credential", ""),
            challenge,
            get_hostname(),
            settings().base_url,
            known,
        )
    except security.InvalidPasskeyResponse:
        return None


FactorBuilder = Callable[[Account], Authenticator | Passkey]


@blueprint.get("/login/second")
def show_second_factor() -> ResponseReturnValue:
    known = get_pending_login()[1]
    if not known:
        return redirect(
            url_for("login.show_second_factor_setup", next=get_next_path() or None), 303
        )
    return render_second_factor(known, TwoFactorCodeForm(None))


@blueprint.post("/login/second")
def verify_second_factor_code() -> ResponseReturnValue:
    """The app's code, or a recovery code."""
    form = TwoFactorCodeForm()
    return complete_login(
        actions.login.build_code_verifier(form.code.data or "", find_time_step, now()), form
    )


@blueprint.post("/login/second/challenge")
def challenge_passkey() -> Response:
    return start_passkey_authentication(get_pending_login()[0], get_pending_login_id())


@blueprint.post("/login/second/passkey")
def verify_passkey() -> ResponseReturnValue:
    return complete_login(
        actions.login.build_passkey_verifier(get_pending_login_id(), find_answering_passkey, now()),
        TwoFactorCodeForm(None),
    )


@blueprint.get("/login/second/set-up")
def show_second_factor_setup() -> ResponseReturnValue:
    one, known = get_pending_login()
    if known:
        return redirect(url_for("login.show_second_factor", next=get_next_path() or None), 303)
    return render_second_factor_setup(one, TwoFactorCodeForm(None))


@blueprint.post("/login/second/set-up")
def add_authenticator() -> ResponseReturnValue:
    form = TwoFactorCodeForm()
    return complete_setup(lambda one: finish_authenticator_setup(one, form), form)


@blueprint.post("/login/second/set-up/challenge")
def challenge_new_passkey() -> Response:
    one, known = get_pending_login()
    if known:
        raise Refusal(Reason.LOGIN_OVER)
    return start_passkey_registration(one, get_pending_login_id())


@blueprint.post("/login/second/set-up/passkey")
def add_passkey() -> ResponseReturnValue:
    return complete_setup(
        lambda one: finish_passkey_registration(one, get_pending_login_id(), PasskeyForm()),
        TwoFactorCodeForm(None),
    )


def complete_login(shows: FactorVerifier, form: TwoFactorCodeForm) -> ResponseReturnValue:
    """The login with this second factor, or the page that says why not."""
    session_id = secrets.token_urlsafe(32)
    try:
        one = actions.login.complete_login(
            db(), get_pending_login_id(), session_id, shows, now(), device=describe_current_device()
        )
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.code.errors = [describe_refusal(refusal, current_language())]
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        headers = {"Retry-After": str(refusal.facts["seconds"])} if waits else {}
        return render_second_factor(get_pending_login()[1], form), 429 if waits else 403, headers
    next = get_next_path()
    start_session(session_id, one)
    return redirect(next or url_for("office.show_dashboard"), 303)


def complete_setup(make: FactorBuilder, form: TwoFactorCodeForm) -> ResponseReturnValue:
    """The login with a second factor that was just set up, and the recovery codes, once."""
    session_id, codes, next = secrets.token_urlsafe(32), generate_recovery_codes(), get_next_path()
    one, known = get_pending_login()
    if known:
        raise Refusal(Reason.LOGIN_OVER)
    try:
        actions.login.add_second_factor(
            db(),
            one,
            make(one),
            codes,
            now(),
            half_id=get_pending_login_id(),
            session_id=session_id,
            device=describe_current_device(),
        )
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.code.errors = [describe_refusal(refusal, current_language())]
        return render_second_factor_setup(one, form), 403
    start_session(session_id, one)
    return render_template(
        "login/recovery_codes.html",
        codes=codes,
        email=one.email,
        onward=next or url_for("office.show_dashboard"),
    )


def get_pending_login() -> tuple[Account, SecondFactors]:
    """Whose login waits, and what she has; refuses where none does."""
    one = actions.login.get_pending_account(db(), get_pending_login_id(), now())
    return one, store.accounts.get_second_factors(db(), one.id)


def get_pending_login_id() -> str:
    return str(session.get(PENDING_LOGIN_KEY, ""))


def start_session(session_id: str, one: Account) -> None:
    session.clear()
    login_user(User(session_id, one))


@blueprint.errorhandler(Refusal)
def handle_expired_login(refusal: Refusal) -> ResponseReturnValue:
    """A login that was given up leads back to its beginning; one that the first of two clicks finished, leads on.

    The cookie stays as it is: the answer to the first click may just have brought the whole session.
    """
    if refusal.reason is not Reason.LOGIN_OVER:
        return errors.handle_refusal(refusal)
    return redirect(url_for("login.show_login_form", over=1, next=get_next_path() or None), 303)


def describe_current_device() -> str:
    return describe_device(request.headers.get("User-Agent", ""))


def get_next_path() -> str:
    return get_safe_path(request.values.get("next"))


def render_second_factor(known: SecondFactors, form: TwoFactorCodeForm) -> str:
    return render_template(
        "login/two_factor.html",
        known=known,
        form=form,
        next=get_next_path(),
        passkeys_work=may_use_passkeys(),
    )


def render_second_factor_setup(one: Account, form: TwoFactorCodeForm) -> str:
    app = start_authenticator_setup(one, form.nonce.data or "")
    names = PasskeyForm(None)
    return render_template(
        "login/two_factor_set_up.html",
        app=app,
        form=form,
        names=names,
        next=get_next_path(),
        passkeys_work=may_use_passkeys(),
    )
