"""Setting a password: through a set-up link, or through one that was asked for because the old one is forgotten."""

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import PasswordField, StringField

from signoff import passwords
from signoff.actions import recovering, staffing
from signoff.domain.refusal import Refusal
from signoff.links import Door
from signoff.store import staff
from signoff.web.context import db, language, now, tools
from signoff.web.login import blueprint
from signoff.words.refusals import words

Answer = WerkzeugResponse | str | tuple[str, int]


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("Neues Passwort"))

    def hashed(self) -> str | None:
        """The hash of what was typed; ``None`` where it is refused, and then the field says why."""
        try:
            return passwords.hashed(self.password.data or "")
        except Refusal as refusal:
            self.password.errors = [words(refusal, language())]
            return None


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    email = StringField(_l("E-Mail-Adresse"))


@blueprint.get("/login/set-up/<token>")
def set_up(token: str) -> Answer:
    return unknown() if account(token) is None else asked(PasswordForm(), url_for("login.set_password", token=token))


@blueprint.post("/login/set-up/<token>")
def set_password(token: str) -> Answer:
    found, typed = account(token), PasswordForm()
    if found is None:
        return unknown()
    hash = typed.hashed()
    if hash is None:
        return asked(typed, request.path), 422
    return done() if staffing.set_password(db(), *found, hash, now()) else unknown()


@blueprint.get("/login/forgotten")
def forgotten() -> str:
    return render_template("login/forgotten.html", form=ForgottenForm(None), sent=False)


@blueprint.post("/login/forgotten")
def request_password() -> WerkzeugResponse:
    """Owe the mail, if there is such an account. The answer is the same where there is none."""
    recovering.request_password(db(), ForgottenForm().email.data or "", now())
    return redirect(url_for("login.forgotten_sent"), 303)


@blueprint.get("/login/forgotten/sent")
def forgotten_sent() -> str:
    return render_template("login/forgotten.html", form=ForgottenForm(None), sent=True)


@blueprint.get("/login/password/<token>")
def new_password(token: str) -> Answer:
    if requested(token) is None:
        return unknown()
    return asked(PasswordForm(), url_for("login.renew_password", token=token))


@blueprint.post("/login/password/<token>")
def renew_password(token: str) -> Answer:
    number, typed = requested(token), PasswordForm()
    if number is None:
        return unknown()
    hash = typed.hashed()
    if hash is None:
        return asked(typed, request.path), 422
    return done() if recovering.set_password(db(), number, hash, now()) else unknown()


def account(token: str) -> tuple[int, int] | None:
    """The account and generation a set-up link is for, while it stands."""
    read = tools().links.read(Door.STAFF, token)
    if read is None or not read[0].isdecimal():
        return None
    one, generation = staff.get(db(), int(read[0])), read[1]
    if one is None or one.disabled_at or staff.generation(db(), one.id) != generation:
        return None
    return one.id, generation


def requested(token: str) -> int | None:
    """The number of the request a mailed link is for, while it holds."""
    read = tools().links.read(Door.PASSWORD, token)
    if read is None or not read[0].isdecimal() or recovering.asking(db(), int(read[0]), now()) is None:
        return None
    return int(read[0])


def asked(form: PasswordForm, action: str) -> str:
    return render_template("login/set_up.html", form=form, action=action)


def done() -> WerkzeugResponse:
    return redirect(url_for("login.form"), 303)


def unknown() -> tuple[str, int]:
    return render_template("login/unknown.html"), 404
