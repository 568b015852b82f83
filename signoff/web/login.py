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

from signoff import actions, security, store
from signoff.domain.accounts import Staff
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.tokens import Door
from signoff.web.context import db, language, now, settings, tools
from signoff.web.security import CONTENT

# What a browser calls itself, in two words: enough to tell one's own sessions apart, and no more is kept.

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """``Firefox, Windows`` for a User-Agent header; empty where it says nothing known."""
    return ", ".join(filter(None, (first(BROWSERS, agent), first(SYSTEMS, agent))))


def first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")


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
    found = store.accounts.session(db(), session_id)
    account = store.accounts.find(db(), found.staff_id) if found and found.lives(now()) else None
    if found is None or account is None or account.disabled_at:
        return None
    if now() - found.seen_at > SEEN_EVERY and request.endpoint not in QUIET:
        actions.login.keep_alive(db(), session_id, now())
    return User(session_id, account)


@blueprint.get("/login")
def form() -> ResponseReturnValue:
    next = local(request.args.get("next"))
    if "over" in request.args:
        if current_user.is_authenticated:
            return redirect(next or url_for("office.overview"), 303)
        flash(describe_refusal(Refusal(Reason.LOGIN_OVER), language()), "error")
    return render_template("login/login.html", form=LoginForm(), next=next, refused=None)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    typed = LoginForm()
    session_id = secrets.token_urlsafe(32)
    next = local(request.form.get("next"))
    try:
        account = actions.login.log_in(
            db(),
            typed.email.data or "",
            typed.password.data or "",
            security.fits,
            session_id,
            now(),
            device=device(request.headers.get("User-Agent", "")),
            half=settings().second_factor,
        )
    except Refusal as refusal:
        typed.password.errors = [describe_refusal(refusal, language())]
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
        actions.login.log_out(db(), current_user.session_id, current_user.staff.id, now())
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


# Setting a password: through a set-up link, or through one that was asked for because the old one is forgotten.

Answer = WerkzeugResponse | str | tuple[str, int]


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("Neues Passwort"))

    def hashed(self) -> str | None:
        """The hash of what was typed; ``None`` where it is refused, and then the field says why."""
        try:
            return security.hashed(self.password.data or "")
        except Refusal as refusal:
            self.password.errors = [describe_refusal(refusal, language())]
            return None


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    email = StringField(_l("E-Mail-Adresse"))


@blueprint.get("/login/set-up/<token>")
def set_up(token: str) -> Answer:
    return (
        unknown()
        if account(token) is None
        else asked(PasswordForm(), url_for("login.set_password", token=token))
    )


@blueprint.post("/login/set-up/<token>")
def set_password(token: str) -> Answer:
    found, typed = account(token), PasswordForm()
    if found is None:
        return unknown()
    hash = typed.hashed()
    if hash is None:
        return asked(typed, request.path), 422
    return done() if actions.accounts.set_password(db(), *found, hash, now()) else unknown()


@blueprint.get("/login/forgotten")
def forgotten() -> str:
    return render_template("login/forgotten.html", form=ForgottenForm(None), sent=False)


@blueprint.post("/login/forgotten")
def request_password() -> WerkzeugResponse:
    """Owe the mail, if there is such an account. The answer is the same where there is none."""
    actions.login.request_password(db(), ForgottenForm().email.data or "", now())
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
    return done() if actions.login.set_password(db(), number, hash, now()) else unknown()


def account(token: str) -> tuple[int, int] | None:
    """The account and generation a set-up link is for, while it stands."""
    read = tools().links.read(Door.STAFF, token)
    if read is None or not read[0].isdecimal():
        return None
    one, generation = store.accounts.find(db(), int(read[0])), read[1]
    if one is None or one.disabled_at or store.accounts.generation(db(), one.id) != generation:
        return None
    return one.id, generation


def requested(token: str) -> int | None:
    """The number of the request a mailed link is for, while it holds."""
    read = tools().links.read(Door.PASSWORD, token)
    if (
        read is None
        or not read[0].isdecimal()
        or actions.login.asking(db(), int(read[0]), now()) is None
    ):
        return None
    return int(read[0])


def asked(form: PasswordForm, action: str) -> str:
    return render_template("login/set_up.html", form=form, action=action)


def done() -> WerkzeugResponse:
    return redirect(url_for("login.form"), 303)


def unknown() -> tuple[str, int]:
    return render_template("login/unknown.html"), 404
