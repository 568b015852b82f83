"""The second factor, right after the password. Who has none sets one up before any page of the office opens."""

import secrets
from collections.abc import Callable

from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from signoff.actions import entering, securing
from signoff.actions.entering import Shown
from signoff.domain.factor import Authenticator, Factors, Passkey
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Staff
from signoff.store import factors
from signoff.web import errors
from signoff.web.context import db, language, now
from signoff.web.device import device
from signoff.web.factors import (
    CodeForm,
    PasskeyForm,
    answered,
    ask,
    ask_for_new,
    made_app,
    made_passkey,
    new_app,
    new_codes,
    passkeys_work,
    step_of,
)
from signoff.web.login import HALF, User, blueprint, local
from signoff.words.refusals import words

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
    return completed(securing.code_shown(form.code.data or "", step_of, now()), form)


@blueprint.post("/login/second/challenge")
def second_challenge() -> Response:
    return ask(here()[0], half_id())


@blueprint.post("/login/second/passkey")
def second_passkey() -> ResponseReturnValue:
    return completed(securing.passkey_shown(half_id(), answered, now()), CodeForm(None))


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
        one = entering.complete(db(), half_id(), session_id, shows, now(), device=agent())
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.code.errors = [words(refusal, language())]
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
        securing.set_up(db(), one, make(one), codes, now(), half_id=half_id(), session_id=session_id, device=agent())
    except Refusal as refusal:
        if refusal.reason is Reason.LOGIN_OVER:
            raise
        form.code.errors = [words(refusal, language())]
        return offered(one, form), 403
    enter(session_id, one)
    return render_template("login/codes.html", codes=codes, email=one.email, onward=next or url_for("office.overview"))


def here() -> tuple[Staff, Factors]:
    """Whose login waits, and what she has; refuses where none does."""
    one = entering.waiting(db(), half_id(), now())
    return one, factors.of(db(), one.id)


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
    return render_template("login/second.html", known=known, form=form, next=onward(), passkeys_work=passkeys_work())


def offered(one: Staff, form: CodeForm) -> str:
    app = new_app(one, form.nonce.data or "")
    names = PasskeyForm(None)
    return render_template(
        "login/second_set_up.html", app=app, form=form, names=names, next=onward(), passkeys_work=passkeys_work()
    )
