"""The office's way in. The cookie names a session; the session itself lives on the server and can be ended there."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_login import UserMixin, current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers.response import Response
from wtforms import PasswordField, StringField

from signoff import passwords
from signoff.actions import staffing
from signoff.domain.refusal import Refusal
from signoff.domain.staff import Staff
from signoff.links import Door
from signoff.store import staff
from signoff.web.context import db, language, now, tools
from signoff.words.refusals import words

QUIET = ("office.standing", "office.mail_run")  # asked for by the script of an open page: nobody is there for that
SEEN_EVERY = timedelta(minutes=1)  # how exactly the idle time is kept; not a write for every click

blueprint = Blueprint("login", __name__)


@dataclass
class User(UserMixin):  # type: ignore[misc]
    """The account behind a live session, as Flask-Login knows it."""

    session_id: str
    staff: Staff

    def get_id(self) -> str:
        return self.session_id


class LoginForm(FlaskForm):  # type: ignore[misc]
    email = StringField(_("E-Mail-Adresse"))
    password = PasswordField(_("Passwort"))


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_("Neues Passwort"))


def load_user(session_id: str) -> User | None:
    found = staff.session(db(), session_id)
    account = staff.get(db(), found.staff_id) if found and found.lives(now()) else None
    if found is None or account is None or account.disabled_at:
        return None
    if now() - found.seen_at > SEEN_EVERY and request.endpoint not in QUIET:
        staffing.keep_alive(db(), session_id, now())
    return User(session_id, account)


@blueprint.get("/login")
def form() -> str:
    return render_template("login/login.html", form=LoginForm(), next=local(request.args.get("next")), refused=None)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    typed = LoginForm()
    session_id = secrets.token_urlsafe(32)
    next = local(request.form.get("next"))
    try:
        account = staffing.log_in(
            db(), typed.email.data or "", typed.password.data or "", passwords.fits, session_id, now()
        )
    except Refusal as refusal:
        typed.password.errors = [words(refusal, language())]
        status = 429 if "seconds" in refusal.facts else 403
        page = render_template("login/login.html", form=typed, next=next, refused=refusal)
        return page, status, {"Retry-After": str(refusal.facts["seconds"])} if status == 429 else {}
    session.clear()
    login_user(User(session_id, account))
    return redirect(next or url_for("office.overview"), 303)


@blueprint.post("/logout")
def log_out() -> Response:
    if current_user.is_authenticated:
        staffing.log_out(db(), current_user.session_id, current_user.staff.id, now())
        logout_user()
        session.clear()
    return redirect(url_for("public.index"), 303)


@blueprint.get("/login/set-up/<token>")
def set_up(token: str) -> str | tuple[str, int]:
    if account(token) is None:
        return render_template("login/unknown.html"), 404
    return render_template("login/set_up.html", form=PasswordForm(), token=token)


@blueprint.post("/login/set-up/<token>")
def set_password(token: str) -> Response | str | tuple[str, int]:
    found = account(token)
    if found is None:
        return render_template("login/unknown.html"), 404
    typed = PasswordForm()
    try:
        hash = passwords.hashed(typed.password.data or "")
    except Refusal as refusal:
        typed.password.errors = [words(refusal, language())]
        return render_template("login/set_up.html", form=typed, token=token), 422
    staff_id, generation = found
    if not staffing.set_password(db(), staff_id, generation, hash, now()):
        return render_template("login/unknown.html"), 404
    return redirect(url_for("login.form"), 303)


def account(token: str) -> tuple[int, int] | None:
    """The account and generation a set-up link is for, while it stands."""
    read = tools().links.read(Door.STAFF, token)
    if read is None or not read[0].isdecimal():
        return None
    one, generation = staff.get(db(), int(read[0])), read[1]
    if one is None or one.disabled_at or staff.generation(db(), one.id) != generation:
        return None
    return one.id, generation


def local(path: str | None) -> str:
    """``path`` if it leads to a page of ours, else nothing: a stranger must not send people elsewhere."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""


def me() -> Staff:
    """The account that is logged in."""
    mine: Staff = current_user.staff
    return mine


def actor() -> str:
    """Who does what is about to be done, as the journal names them."""
    return f"staff/{me().id}"
