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
from signoff.actions.login import Shown
from signoff.config import LOOPBACK
from signoff.domain.accounts import CODE_BYTES, CODES, Authenticator, Factors, Passkey, Staff, spelt
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.web import errors
from signoff.web.context import db, language, now, settings, tools
from signoff.web.login import HALF, User, blueprint, device, local

# Second factors as pages need them, at the login and on one's own account.

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
    drawing: security.Drawing


def new_app(one: Staff, nonce: str = "") -> App:
    """A new secret, or the one shown before, where its code was mistyped."""
    if len(nonce) != 2 * NONCE or set(nonce) - set("0123456789abcdef"):
        nonce = secrets.token_hex(NONCE)
    secret = tools().links.app_secrets(one.id, nonce)[0]
    address, typed = (
        security.address(secret, one.email, g.association.short_name),
        security.typed(secret),
    )
    groups = " ".join(typed[at : at + 4] for at in range(0, len(typed), 4))
    return App(nonce, groups, address, security.drawing(address))


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
    return next(
        (step for each in secrets_ if (step := security.step_of(each, code, now())) is not None),
        None,
    )


def new_codes() -> list[str]:
    return [spelt(secrets.token_bytes(CODE_BYTES)) for _each in range(CODES)]


def host() -> str:
    return urlsplit(settings().base_url).hostname or ""


def passkeys_work() -> bool:
    """Passkeys belong to a name; on a bare address there are none."""
    return host() == LOOPBACK[1] or not host().replace(".", "").isdecimal()


def ask_for_new(one: Staff, login_id: str) -> Response:
    known = store.accounts.of(db(), one.id).passkeys
    handle = f"signoff-staff-{one.id}".encode()
    return asked(
        login_id, security.ask_for_new(host(), g.association.short_name, handle, one.email, known)
    )


def ask(one: Staff, login_id: str) -> Response:
    return asked(login_id, security.ask(host(), store.accounts.of(db(), one.id).passkeys))


def asked(login_id: str, question: security.Asked) -> Response:
    """The question as JSON, for the script of the page; its challenge is kept and stands once."""
    actions.login.ask(db(), login_id, question.challenge, now())
    return Response(question.options, mimetype="application/json")


def made_passkey(one: Staff, login_id: str, form: PasskeyForm) -> Passkey:
    """The new passkey in the form; refuses what does not fit the question."""
    challenge = actions.login.take_challenge(db(), login_id, now())
    try:
        fresh = security.fresh(form.credential.data or "", challenge, host(), settings().base_url)
    except security.NotGenuine as wrong:
        raise Refusal(Reason.WRONG_FACTOR, "credential") from wrong
    name = " ".join((form.name.data or "").split())[: actions.login.NAME]
    return Passkey(0, one.id, fresh.credential_id, fresh.public_key, fresh.sign_count, name, now())


def answered(challenge: str, known: tuple[Passkey, ...]) -> tuple[Passkey, int] | None:
    """Which passkey answered in this request's ``credential``."""
    try:
        return security.answered(
            request.form.get("credential", ""), challenge, host(), settings().base_url, known
        )
    except security.NotGenuine:
        return None


Make = Callable[[Staff], Authenticator | Passkey]


@blueprint.get("/login/second")
def second() -> ResponseReturnValue:
    known = here()[1]
    if not known:
        return redirect(url_for("login.second_set_up", next=onward() or None), 303)
    return shown(known, CodeForm(None))


@blueprint.post("/login/second")
def second_code() -> ResponseReturnValue:
    """The app's code, or a recovery code."""
    form = CodeForm()
    return completed(actions.login.code_shown(form.code.data or "", step_of, now()), form)


@blueprint.post("/login/second/challenge")
def second_challenge() -> Response:
    return ask(here()[0], half_id())


@blueprint.post("/login/second/passkey")
def second_passkey() -> ResponseReturnValue:
    return completed(actions.login.passkey_shown(half_id(), answered, now()), CodeForm(None))


@blueprint.get("/login/second/set-up")
def second_set_up() -> ResponseReturnValue:
    one, known = here()
    if known:
        return redirect(url_for("login.second", next=onward() or None), 303)
    return offered(one, CodeForm(None))


@blueprint.post("/login/second/set-up")
def second_app() -> ResponseReturnValue:
    form = CodeForm()
    return added(lambda one: made_app(one, form), form)


@blueprint.post("/login/second/set-up/challenge")
def second_new_challenge() -> Response:
    one, known = here()
    if known:
        raise Refusal(Reason.LOGIN_OVER)
    return ask_for_new(one, half_id())


@blueprint.post("/login/second/set-up/passkey")
def second_new_passkey() -> ResponseReturnValue:
    return added(lambda one: made_passkey(one, half_id(), PasskeyForm()), CodeForm(None))


def completed(shows: Shown, form: CodeForm) -> ResponseReturnValue:
    """The login with this second factor, or the page that says why not."""
    session_id = secrets.token_urlsafe(32)
    try:
        one = actions.login.complete(db(), half_id(), session_id, shows, now(), device=agent())
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.code.errors = [describe_refusal(refusal, language())]
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        headers = {"Retry-After": str(refusal.facts["seconds"])} if waits else {}
        return shown(here()[1], form), 429 if waits else 403, headers
    next = onward()
    enter(session_id, one)
    return redirect(next or url_for("office.overview"), 303)


def added(make: Make, form: CodeForm) -> ResponseReturnValue:
    """The login with a second factor that was just set up, and the recovery codes, once."""
    session_id, codes, next = secrets.token_urlsafe(32), new_codes(), onward()
    one, known = here()
    if known:
        raise Refusal(Reason.LOGIN_OVER)
    try:
        actions.login.set_up(
            db(),
            one,
            make(one),
            codes,
            now(),
            half_id=half_id(),
            session_id=session_id,
            device=agent(),
        )
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.code.errors = [describe_refusal(refusal, language())]
        return offered(one, form), 403
    enter(session_id, one)
    return render_template(
        "login/codes.html", codes=codes, email=one.email, onward=next or url_for("office.overview")
    )


def here() -> tuple[Staff, Factors]:
    """Whose login waits, and what she has; refuses where none does."""
    one = actions.login.waiting(db(), half_id(), now())
    return one, store.accounts.of(db(), one.id)


def half_id() -> str:
    return str(session.get(HALF, ""))


def enter(session_id: str, one: Staff) -> None:
    session.clear()
    login_user(User(session_id, one))


@blueprint.errorhandler(Refusal)
def over(refusal: Refusal) -> ResponseReturnValue:
    """A login that was given up leads back to its beginning; one that the first of two clicks finished, leads on.

    The cookie stays as it is: the answer to the first click may just have brought the whole session.
    """
    if refusal.reason is not Reason.LOGIN_OVER:
        return errors.of_refusal(refusal)
    return redirect(url_for("login.form", over=1, next=onward() or None), 303)


def agent() -> str:
    return device(request.headers.get("User-Agent", ""))


def onward() -> str:
    return local(request.values.get("next"))


def shown(known: Factors, form: CodeForm) -> str:
    return render_template(
        "login/second.html", known=known, form=form, next=onward(), passkeys_work=passkeys_work()
    )


def offered(one: Staff, form: CodeForm) -> str:
    app = new_app(one, form.nonce.data or "")
    names = PasskeyForm(None)
    return render_template(
        "login/second_set_up.html",
        app=app,
        form=form,
        names=names,
        next=onward(),
        passkeys_work=passkeys_work(),
    )
