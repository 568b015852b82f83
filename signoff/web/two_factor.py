"""The second factor of a login.

An account without one has to set one up before it can open the office.
"""

import secrets
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
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
from signoff.domain.forms import require_printable
from signoff.domain.text import decode_domains
from signoff.web import errors
from signoff.web.carrying import (
    CONFIRM_FIELD,
    CREDENTIAL_FIELD,
    Pairs,
    get_target_path,
    list_carried_fields,
)
from signoff.web.context import db, now, services, settings
from signoff.web.forms import BaseForm
from signoff.web.login import (
    PENDING_LOGIN_KEY,
    blueprint,
    build_login_status,
    describe_device,
    find_device,
    get_safe_path,
    start_session,
)
from signoff.web.security import guessing_limit

# Setting up and verifying second factors, at the login and on the page of one's own account.

NONCE_BYTES = 16


class SecondFactorForm(BaseForm):
    """A code, and for the set-up the new authenticator's ``nonce`` or the new passkey's name."""

    code = StringField(_l("Code"))
    nonce = StringField()
    name = StringField(_l("Name des Geräts"))

    def add_refusal(self, refusal: Refusal) -> None:
        self.add_errors(refusal, field="name" if refusal.field == "name" else "code")

    def parse_passkey_name(self) -> str:
        name = require_printable(" ".join((self.name.data or "").split()), "name")
        if len(name) > actions.login.MAX_PASSKEY_NAME_LENGTH:
            limit = actions.login.MAX_PASSKEY_NAME_LENGTH
            raise Refusal(Reason.TOO_LONG, "name", length=len(name), limit=limit)
        return name


class AuthenticatorSetup(NamedTuple):
    """The secret of an authenticator app, shown once: as a QR code, and as text to type."""

    nonce: str
    manual_key: str
    uri: str
    qr_code: security.QrCode


def start_authenticator_setup(account: Account, nonce: str = "") -> AuthenticatorSetup:
    """A new secret; after a wrong code the same one as before."""
    if len(nonce) != 2 * NONCE_BYTES or set(nonce) - set("0123456789abcdef"):
        nonce = secrets.token_hex(NONCE_BYTES)
    secret = services().token_signer.authenticator_secrets(account.id, nonce)[0]
    uri = security.build_otpauth_uri(secret, account.email, g.association.short_name)
    text = security.format_secret(secret)
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    return AuthenticatorSetup(nonce, groups, uri, security.draw_qr_code(uri))


def finish_authenticator_setup(account: Account, form: SecondFactorForm) -> Authenticator:
    """The new authenticator; refuses a wrong code."""
    nonce = start_authenticator_setup(account, form.nonce.data or "").nonce
    candidate = Authenticator(account.id, nonce, 0, now())
    code = form.code.data or ""
    step = find_time_step(candidate, code) if nonce == form.nonce.data else None
    if step is None:
        raise Refusal(Reason.WRONG_SECOND_FACTOR, "code")
    return Authenticator(account.id, nonce, step, now())


def find_time_step(app: Authenticator, code: str) -> int | None:
    """The time step of ``code``; tries every key of the instance."""
    steps = (
        security.find_totp_step(secret, code, now())
        for secret in services().token_signer.authenticator_secrets(app.account_id, app.nonce)
    )
    return next((step for step in steps if step is not None), None)


def generate_recovery_codes() -> list[str]:
    return [
        format_recovery_code(secrets.token_bytes(RECOVERY_CODE_BYTES))
        for _ in range(RECOVERY_CODE_COUNT)
    ]


def get_hostname() -> str:
    return urlsplit(settings().base_url).hostname or ""


def may_use_passkeys() -> bool:
    """Whether passkeys are possible, which need a host name instead of an IP address."""
    return get_hostname() == LOOPBACK_HOSTS[1] or not get_hostname().replace(".", "").isdecimal()


def start_passkey_registration(account: Account, login_id: str) -> Response:
    passkeys = store.accounts.get_second_factors(db(), account.id).passkeys
    handle = f"signoff-staff-{account.id}".encode()
    challenge = security.build_registration_options(
        get_hostname(), g.association.short_name, handle, account.email, passkeys
    )
    return send_challenge(login_id, challenge)


def start_passkey_authentication(account: Account, login_id: str) -> Response:
    passkeys = store.accounts.get_second_factors(db(), account.id).passkeys
    challenge = security.build_authentication_options(get_hostname(), passkeys)
    return send_challenge(login_id, challenge)


def send_challenge(login_id: str, challenge: security.PasskeyChallenge) -> Response:
    """The options as JSON, for the script of the page; the challenge can be used once."""
    actions.login.save_challenge(db(), login_id, challenge.challenge, now())
    return Response(challenge.options, mimetype="application/json")


def finish_passkey_registration(account: Account, login_id: str, form: SecondFactorForm) -> Passkey:
    """The new passkey; refuses its name, or a response that does not fit the challenge."""
    name = form.parse_passkey_name()
    challenge = actions.login.take_challenge(db(), login_id, now())
    try:
        credential = security.verify_registration(
            request.form.get(CREDENTIAL_FIELD, ""), challenge, get_hostname(), settings().base_url
        )
    except security.InvalidPasskeyResponse as error:
        raise Refusal(Reason.WRONG_SECOND_FACTOR, "credential") from error
    return Passkey(
        0,
        account.id,
        credential.credential_id,
        credential.public_key,
        credential.sign_count,
        name,
        now(),
    )


def find_answering_passkey(
    challenge: str, passkeys: tuple[Passkey, ...]
) -> tuple[Passkey, int] | None:
    """The passkey that signed the ``credential`` in this request, and its counter."""
    try:
        return security.verify_authentication(
            request.form.get(CREDENTIAL_FIELD, ""),
            challenge,
            get_hostname(),
            settings().base_url,
            passkeys,
        )
    except security.InvalidPasskeyResponse:
        return None


FactorBuilder = Callable[[Account], Authenticator | Passkey]


@blueprint.get("/login/second")
def show_second_factor() -> ResponseReturnValue:
    _account, factors = get_pending_login()
    if not factors:
        setup_url = url_for("login.show_second_factor_setup", next=get_next_path() or None)
        return redirect(setup_url, 303)
    return render_second_factor(factors, SecondFactorForm(None))


@blueprint.post("/login/second")
@guessing_limit
def verify_second_factor_code() -> ResponseReturnValue:
    """Log in with a code of the authenticator app or a recovery code."""
    form = SecondFactorForm()
    verify = actions.login.build_code_verifier(form.code.data or "", find_time_step, now())
    return complete_login(verify, form)


@blueprint.post("/login/second/challenge")
def challenge_passkey() -> Response:
    return start_passkey_authentication(get_pending_login()[0], get_pending_login_id())


@blueprint.post("/login/second/passkey")
@guessing_limit
def verify_passkey() -> ResponseReturnValue:
    verify = actions.login.build_passkey_verifier(
        get_pending_login_id(), find_answering_passkey, now()
    )
    return complete_login(verify, SecondFactorForm(None))


@blueprint.get("/login/second/set-up")
def show_second_factor_setup() -> ResponseReturnValue:
    account, factors = get_pending_login()
    if factors:
        return redirect(url_for("login.show_second_factor", next=get_next_path() or None), 303)
    return render_second_factor_setup(account, SecondFactorForm(None))


@blueprint.post("/login/second/set-up")
def add_authenticator() -> ResponseReturnValue:
    form = SecondFactorForm()
    return complete_setup(lambda account: finish_authenticator_setup(account, form), form)


@blueprint.post("/login/second/set-up/challenge")
def challenge_new_passkey() -> Response:
    account, factors = get_pending_login()
    if factors:
        raise Refusal(Reason.LOGIN_OVER)
    return start_passkey_registration(account, get_pending_login_id())


@blueprint.post("/login/second/set-up/passkey")
def add_passkey() -> ResponseReturnValue:
    form = SecondFactorForm()
    return complete_setup(
        lambda account: finish_passkey_registration(account, get_pending_login_id(), form), form
    )


def complete_login(verify: FactorVerifier, form: SecondFactorForm) -> ResponseReturnValue:
    """Log in with this second factor, or show why it was refused."""
    return check_second_factor(verify, form) or redirect(
        get_next_path() or url_for("office.show_dashboard"), 303
    )


def check_second_factor(
    verify: FactorVerifier, form: SecondFactorForm
) -> ResponseReturnValue | None:
    """``None`` once logged in with this second factor, else the page that says why not."""
    session_id, device = secrets.token_urlsafe(32), describe_current_device()
    try:
        account = actions.login.complete_login(
            db(),
            get_pending_login_id(),
            session_id,
            verify,
            now(),
            device=device,
            cause=get_factor_cause(),
        )
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.add_errors(refusal, field="code")
        page = render_second_factor(get_pending_login()[1], form)
        return page, *build_login_status(refusal)
    start_session(session_id, account)
    return None


def get_factor_cause() -> str:
    """The source of wrong second factors after a right password: a device that the account knows,
    or anybody else. All others count together, because a code of six digits is soon guessed.
    """
    device = find_device(get_pending_login()[0].id)
    return f"device:{device}" if device else "elsewhere"


def complete_setup(build_factor: FactorBuilder, form: SecondFactorForm) -> ResponseReturnValue:
    """Log in with the second factor that was just set up, and show the recovery codes once."""
    session_id, codes = secrets.token_urlsafe(32), generate_recovery_codes()
    account, factors = get_pending_login()
    if factors:
        raise Refusal(Reason.LOGIN_OVER)
    try:
        actions.login.add_second_factor(
            db(),
            account,
            build_factor(account),
            codes,
            now(),
            pending_login_id=get_pending_login_id(),
            session_id=session_id,
            device=describe_current_device(),
        )
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.add_refusal(refusal)
        return render_second_factor_setup(account, form), 422 if form.name.errors else 403
    start_session(session_id, account)
    return render_template(
        "login/recovery_codes.html",
        codes=codes,
        email=decode_domains(account.email),
        onward=get_next_path() or url_for("office.show_dashboard"),
        resumed=is_resuming(),
        carried=[*list_carried_along(), (CONFIRM_FIELD, "y")],
    )


def get_pending_login() -> tuple[Account, SecondFactors]:
    """The account of the pending login and its second factors; refuses if no login is pending."""
    account = actions.login.get_pending_account(db(), get_pending_login_id(), now())
    return account, store.accounts.get_second_factors(db(), account.id)


def get_pending_login_id() -> str:
    return str(session.get(PENDING_LOGIN_KEY, ""))


@blueprint.errorhandler(Refusal)
def handle_expired_login(refusal: Refusal) -> ResponseReturnValue:
    """An expired login starts anew; one that a first of two clicks has completed continues.

    The cookie is left alone, because the response to the first click may just have set the session.
    """
    if refusal.reason is not Reason.LOGIN_OVER:
        return errors.handle_refusal(refusal)
    return redirect(url_for("login.show_login_form", over=1, next=get_next_path() or None), 303)


def describe_current_device() -> str:
    return describe_device(request.headers.get("User-Agent", ""))


def get_next_path() -> str:
    return get_target_path() if is_resuming() else get_safe_path(request.values.get("next"))


def is_resuming() -> bool:
    """Whether this login interrupts a form of the office, which is sent on afterwards."""
    return request.blueprint == "office"


def list_carried_along() -> Pairs:
    """The hidden fields of the pages on the way to where the person wanted to go."""
    if is_resuming():
        return list_carried_fields()
    return [("next", path)] if (path := get_next_path()) else []


def build_action(endpoint: str) -> str:
    return get_target_path() if is_resuming() else url_for(endpoint)


def render_second_factor(factors: SecondFactors, form: SecondFactorForm) -> str:
    return render_template(
        "login/two_factor.html",
        known=factors,
        form=form,
        code_action=build_action("login.verify_second_factor_code"),
        passkey_action=build_action("login.verify_passkey"),
        carried=list_carried_along(),
        passkeys_work=may_use_passkeys(),
    )


def render_second_factor_setup(account: Account, form: SecondFactorForm) -> str:
    app = start_authenticator_setup(account, form.nonce.data or "")
    return render_template(
        "login/two_factor_set_up.html",
        app=app,
        form=form,
        code_action=build_action("login.add_authenticator"),
        passkey_action=build_action("login.add_passkey"),
        carried=list_carried_along(),
        passkeys_work=may_use_passkeys(),
    )
