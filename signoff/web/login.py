"""The office's way in. The cookie names a session; the session itself lives on the server and can be ended there."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin, current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import PasswordField, StringField

from signoff import passwords
from signoff.actions import entering
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Staff
from signoff.store import staff
from signoff.web.context import db, language, now, settings
from signoff.web.device import device
from signoff.web.headers import CONTENT
from signoff.words.refusals import words

# Asked for by the script of an open page: nobody is there for that.
QUIET = ("office.standing", "office.print_progress", "office.mail_run")
HALF = "half"  # what the cookie calls a login that waits for its second factor
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
    email = StringField(_l("E-Mail-Adresse"))
    password = PasswordField(_l("Passwort"))


@blueprint.after_request
def let_pages_ask(response: WerkzeugResponse) -> WerkzeugResponse:
    """The script for passkeys asks this house, and no other, what to ask the device."""
    response.headers.setdefault("Content-Security-Policy", f"{CONTENT}; connect-src 'self'")
    return response


def load_user(session_id: str) -> User | None:
    found = staff.session(db(), session_id)
    account = staff.get(db(), found.staff_id) if found and found.lives(now()) else None
    if found is None or account is None or account.disabled_at:
        return None
    if now() - found.seen_at > SEEN_EVERY and request.endpoint not in QUIET:
        entering.keep_alive(db(), session_id, now())
    return User(session_id, account)


@blueprint.get("/login")
def form() -> ResponseReturnValue:
    next = local(request.args.get("next"))
    if "over" in request.args:
        if current_user.is_authenticated:
            return redirect(next or url_for("office.overview"), 303)
        flash(words(Refusal(Reason.LOGIN_OVER), language()), "error")
    return render_template("login/login.html", form=LoginForm(), next=next, refused=None)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    typed = LoginForm()
    session_id = secrets.token_urlsafe(32)
    next = local(request.form.get("next"))
    try:
        account = entering.log_in(
            db(),
            typed.email.data or "",
            typed.password.data or "",
            passwords.fits,
            session_id,
            now(),
            device=device(request.headers.get("User-Agent", "")),
            half=settings().second_factor,
        )
    except Refusal as refusal:
        typed.password.errors = [words(refusal, language())]
        status = 429 if "seconds" in refusal.facts else 403
        page = render_template("login/login.html", form=typed, next=next, refused=refusal)
        return page, status, {"Retry-After": str(refusal.facts["seconds"])} if status == 429 else {}
    session.clear()
    if settings().second_factor:
        session[HALF] = session_id
        return redirect(url_for("login.second", next=next or None), 303)
    login_user(User(session_id, account))
    return redirect(next or url_for("office.overview"), 303)


@blueprint.post("/logout")
def log_out() -> WerkzeugResponse:
    if current_user.is_authenticated:
        entering.log_out(db(), current_user.session_id, current_user.staff.id, now())
        logout_user()
        session.clear()
    return redirect(url_for("public.index"), 303)


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
