"""Second factors as pages need them, at the login and on one's own account."""

import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Response, g, request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from signoff import passkeys, totp
from signoff.actions import securing
from signoff.domain.factor import CODE_BYTES, CODES, Authenticator, Passkey, spelt
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Staff
from signoff.settings import LOOPBACK
from signoff.store import factors
from signoff.web.context import db, now, settings, tools

NONCE = 16  # bytes


class CodeForm(FlaskForm):  # type: ignore[misc]
    code = StringField(_l("Code"))
    nonce = StringField()


class PasskeyForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Name des Geräts"))
    credential = StringField()


class App(NamedTuple):
    """What an authenticator app is shown once: as a QR code, and to be typed."""

    nonce: str
    typed: str
    address: str
    drawing: totp.Drawing


def new_app(one: Staff, nonce: str = "") -> App:
    """A new secret, or the one shown before, where its code was mistyped."""
    if len(nonce) != 2 * NONCE or set(nonce) - set("0123456789abcdef"):
        nonce = secrets.token_hex(NONCE)
    secret = tools().links.app_secrets(one.id, nonce)[0]
    address, typed = totp.address(secret, one.email, g.association.short_name), totp.typed(secret)
    groups = " ".join(typed[at : at + 4] for at in range(0, len(typed), 4))
    return App(nonce, groups, address, totp.drawing(address))


def made_app(one: Staff, form: CodeForm) -> Authenticator:
    """The app whose first code was typed; refuses a wrong one."""
    nonce, code = new_app(one, form.nonce.data or "").nonce, form.code.data or ""
    fresh = Authenticator(one.id, nonce, 0, now())
    step = step_of(fresh, code) if nonce == form.nonce.data else None
    if step is None:
        raise Refusal(Reason.WRONG_FACTOR, "code")
    return Authenticator(one.id, nonce, step, now())


def step_of(app: Authenticator, code: str) -> int | None:
    """The time step whose code was typed; every key of the instance is tried."""
    secrets_ = tools().links.app_secrets(app.staff_id, app.nonce)
    return next((step for each in secrets_ if (step := totp.step_of(each, code, now())) is not None), None)


def new_codes() -> list[str]:
    return [spelt(secrets.token_bytes(CODE_BYTES)) for _each in range(CODES)]


def host() -> str:
    return urlsplit(settings().base_url).hostname or ""


def passkeys_work() -> bool:
    """Passkeys belong to a name; on a bare address there are none."""
    return host() == LOOPBACK[1] or not host().replace(".", "").isdecimal()


def ask_for_new(one: Staff, login_id: str) -> Response:
    known = factors.of(db(), one.id).passkeys
    handle = f"signoff-staff-{one.id}".encode()
    return asked(login_id, passkeys.ask_for_new(host(), g.association.short_name, handle, one.email, known))


def ask(one: Staff, login_id: str) -> Response:
    return asked(login_id, passkeys.ask(host(), factors.of(db(), one.id).passkeys))


def asked(login_id: str, question: passkeys.Asked) -> Response:
    """The question as JSON, for the script of the page; its challenge is kept and stands once."""
    securing.ask(db(), login_id, question.challenge, now())
    return Response(question.options, mimetype="application/json")


def made_passkey(one: Staff, login_id: str, form: PasskeyForm) -> Passkey:
    """The new passkey in the form; refuses what does not fit the question."""
    challenge = securing.take_challenge(db(), login_id, now())
    try:
        fresh = passkeys.fresh(form.credential.data or "", challenge, host(), settings().base_url)
    except passkeys.NotGenuine as wrong:
        raise Refusal(Reason.WRONG_FACTOR, "credential") from wrong
    name = " ".join((form.name.data or "").split())[: securing.NAME]
    return Passkey(0, one.id, fresh.credential_id, fresh.public_key, fresh.sign_count, name, now())


def answered(challenge: str, known: tuple[Passkey, ...]) -> tuple[Passkey, int] | None:
    """Which passkey answered in this request's ``credential``."""
    try:
        return passkeys.answered(request.form.get("credential", ""), challenge, host(), settings().base_url, known)
    except passkeys.NotGenuine:
        return None
