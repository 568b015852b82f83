"""One's own second factors: adding, taking away, new recovery codes. All of it asks for the password again."""

from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from signoff.actions import securing
from signoff.domain.factor import Authenticator, Passkey
from signoff.domain.refusal import Reason, Refusal
from signoff.web.context import db, language, now, settings
from signoff.web.factors import (
    CodeForm,
    PasskeyForm,
    ask_for_new,
    made_app,
    made_passkey,
    new_app,
    new_codes,
    passkeys_work,
)
from signoff.web.login import me
from signoff.web.office.account import to_account
from signoff.web.office.again import asked, asks_again
from signoff.web.office.door import blueprint
from signoff.words.refusals import words


@blueprint.get("/account/second")
@asks_again
def own_second() -> ResponseReturnValue:
    return offered(CodeForm(None))


@blueprint.post("/account/second")
@asks_again
def add_own_app() -> ResponseReturnValue:
    form = CodeForm()
    return added(lambda: made_app(me(), form), form)


@blueprint.post("/account/second/challenge")
def own_second_challenge() -> Response:
    """What the script asks the device for a new passkey."""
    return ask_for_new(me(), current_user.session_id)


@blueprint.post("/account/second/passkey")
def add_own_passkey() -> ResponseReturnValue:
    """The answer of the device holds a few minutes; where the proof has become too old, it is asked for anew."""
    if asked() is not None:
        return redirect(url_for("office.own_second"), 303)
    return added(lambda: made_passkey(me(), current_user.session_id, PasskeyForm()), CodeForm(None))


@blueprint.post("/account/second/remove")
@asks_again
def remove_own_second() -> ResponseReturnValue:
    what = request.form.get("factor", "")
    passkey = int(what) if what.isascii() and what.isdecimal() and len(what) < 16 else None
    if passkey is not None or what == "app":
        securing.remove(db(), me(), passkey, now(), required=settings().second_factor)
        flash(_("Der zweite Faktor ist entfernt."))
    return to_account()


@blueprint.post("/account/codes")
@asks_again
def new_own_codes() -> ResponseReturnValue:
    """New recovery codes, shown once; the old ones hold no longer."""
    codes = new_codes()
    securing.renew_codes(db(), me(), codes, now())
    return render_template("office/codes.html", codes=codes)


def added(make: Callable[[], Authenticator | Passkey], form: CodeForm) -> ResponseReturnValue:
    codes = new_codes()
    try:
        fresh = securing.set_up(db(), me(), make(), codes, now())
    except Refusal as refusal:
        if refusal.reason is not Reason.WRONG_FACTOR:
            raise
        form.code.errors = [words(refusal, language())]
        return offered(form), 422
    if fresh:
        return render_template("office/codes.html", codes=codes)
    flash(_("Der zweite Faktor ist eingerichtet."))
    return to_account()


def offered(form: CodeForm) -> str:
    app = new_app(me(), form.nonce.data or "")
    return render_template(
        "office/second.html", app=app, form=form, names=PasskeyForm(None), passkeys_work=passkeys_work()
    )
