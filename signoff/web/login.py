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
from signoff.domain.accounts import Account
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.tokens import TokenPurpose
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.security import CONTENT_SECURITY_POLICY

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
OPERATING_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def describe_device(agent: str) -> str:
    """``Firefox, Windows`` for a User-Agent header; empty where it says nothing known."""
    return ", ".join(
        filter(
            None, (find_first_match(BROWSERS, agent), find_first_match(OPERATING_SYSTEMS, agent))
        )
    )


def find_first_match(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")


# Asked for by the script of an open page: nobody is there for that.
POLLING_ENDPOINTS = (
    "office.refresh_round",
    "office.show_print_progress",
    "office.show_mail_progress",
)
PENDING_LOGIN_KEY = "half"  # what the cookie calls a login that waits for its second factor
LAST_SEEN_INTERVAL = timedelta(
    minutes=1
)  # how exactly the idle time is kept; not a write for every click

blueprint = Blueprint("login", __name__)


@dataclass
class User(UserMixin):  # type: ignore[misc]
    """The account behind a live session, as Flask-Login knows it."""

    session_id: str
    staff: Account

    def get_id(self) -> str:
        return self.session_id


class LoginForm(FlaskForm):  # type: ignore[misc]
    email = StringField(_l("E-Mail-Adresse"))
    password = PasswordField(_l("Passwort"))


@blueprint.after_request
def allow_same_origin_fetch(response: WerkzeugResponse) -> WerkzeugResponse:
    """The script for passkeys asks this house, and no other, what to ask the device."""
    response.headers.setdefault(
        "Content-Security-Policy", f"{CONTENT_SECURITY_POLICY}; connect-src 'self'"
    )
    return response


def load_user(session_id: str) -> User | None:
    found = store.accounts.find_session(db(), session_id)
    account = store.accounts.find(db(), found.account_id) if found and found.lives(now()) else None
    if found is None or account is None or account.disabled_at:
        return None
    if now() - found.seen_at > LAST_SEEN_INTERVAL and request.endpoint not in POLLING_ENDPOINTS:
        actions.login.keep_alive(db(), session_id, now())
    return User(session_id, account)


@blueprint.get("/login")
def show_login_form() -> ResponseReturnValue:
    next = get_safe_path(request.args.get("next"))
    if "over" in request.args:
        if current_user.is_authenticated:
            return redirect(next or url_for("office.show_dashboard"), 303)
        flash(describe_refusal(Refusal(Reason.LOGIN_OVER), current_language()), "error")
    return render_template("login/login.html", form=LoginForm(), next=next, refused=None)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    typed = LoginForm()
    session_id = secrets.token_urlsafe(32)
    next = get_safe_path(request.form.get("next"))
    try:
        account = actions.login.log_in(
            db(),
            typed.email.data or "",
            typed.password.data or "",
            security.verify_password,
            session_id,
            now(),
            device=describe_device(request.headers.get("User-Agent", "")),
            half=settings().second_factor,
        )
    except Refusal as refusal:
        typed.password.errors = [describe_refusal(refusal, current_language())]
        status = 429 if "seconds" in refusal.facts else 403
        page = render_template("login/login.html", form=typed, next=next, refused=refusal)
        return page, status, {"Retry-After": str(refusal.facts["seconds"])} if status == 429 else {}
    session.clear()
    if settings().second_factor:
        session[PENDING_LOGIN_KEY] = session_id
        return redirect(url_for("login.show_second_factor", next=next or None), 303)
    login_user(User(session_id, account))
    return redirect(next or url_for("office.show_dashboard"), 303)


@blueprint.post("/logout")
def log_out() -> WerkzeugResponse:
    if current_user.is_authenticated:
        actions.login.log_out(db(), current_user.session_id, current_user.staff.id, now())
        logout_user()
        session.clear()
    return redirect(url_for("public.index"), 303)


def get_safe_path(path: str | None) -> str:
    """``path`` if it leads to a page of ours, else nothing: a stranger must not send people elsewhere."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""


def current_account() -> Account:
    """The account that is logged in."""
    mine: Account = current_user.staff
    return mine


def current_actor() -> str:
    """Who does what is about to be done, as the journal names them."""
    return f"staff/{current_account().id}"


# Setting a password: through a set-up link, or through one that was asked for because the old one is forgotten.

PageResponse = WerkzeugResponse | str | tuple[str, int]


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("Neues Passwort"))

    def hashed(self) -> str | None:
        """The hash of what was typed; ``None`` where it is refused, and then the field says why."""
        try:
            return security.hash_password(self.password.data or "")
        except Refusal as refusal:
            self.password.errors = [describe_refusal(refusal, current_language())]
            return None


class ForgottenPasswordForm(FlaskForm):  # type: ignore[misc]
    email = StringField(_l("E-Mail-Adresse"))


@blueprint.get("/login/set-up/<token>")
def show_setup_form(token: str) -> PageResponse:
    return (
        render_invalid_link()
        if find_setup_account(token) is None
        else render_password_form(PasswordForm(), url_for("login.set_password", token=token))
    )


@blueprint.post("/login/set-up/<token>")
def set_password(token: str) -> PageResponse:
    found, typed = find_setup_account(token), PasswordForm()
    if found is None:
        return render_invalid_link()
    hash = typed.hashed()
    if hash is None:
        return render_password_form(typed, request.path), 422
    return (
        redirect_to_login()
        if actions.accounts.set_password(db(), *found, hash, now())
        else render_invalid_link()
    )


@blueprint.get("/login/forgotten")
def show_forgotten_password_form() -> str:
    return render_template("login/forgotten.html", form=ForgottenPasswordForm(None), sent=False)


@blueprint.post("/login/forgotten")
def request_password_reset() -> WerkzeugResponse:
    """Owe the mail, if there is such an account. The answer is the same where there is none."""
    actions.login.request_password_reset(db(), ForgottenPasswordForm().email.data or "", now())
    return redirect(url_for("login.show_password_reset_sent"), 303)


@blueprint.get("/login/forgotten/sent")
def show_password_reset_sent() -> str:
    return render_template("login/forgotten.html", form=ForgottenPasswordForm(None), sent=True)


@blueprint.get("/login/password/<token>")
def show_password_reset_form(token: str) -> PageResponse:
    if find_reset_request(token) is None:
        return render_invalid_link()
    return render_password_form(PasswordForm(), url_for("login.reset_password", token=token))


@blueprint.post("/login/password/<token>")
def reset_password(token: str) -> PageResponse:
    number, typed = find_reset_request(token), PasswordForm()
    if number is None:
        return render_invalid_link()
    hash = typed.hashed()
    if hash is None:
        return render_password_form(typed, request.path), 422
    return (
        redirect_to_login()
        if actions.login.reset_password(db(), number, hash, now())
        else render_invalid_link()
    )


def find_setup_account(token: str) -> tuple[int, int] | None:
    """The account and generation a set-up link is for, while it stands."""
    read = services().links.read(TokenPurpose.STAFF, token)
    if read is None or not read[0].isdecimal():
        return None
    one, generation = store.accounts.find(db(), int(read[0])), read[1]
    if one is None or one.disabled_at or store.accounts.get_generation(db(), one.id) != generation:
        return None
    return one.id, generation


def find_reset_request(token: str) -> int | None:
    """The number of the request a mailed link is for, while it holds."""
    read = services().links.read(TokenPurpose.PASSWORD, token)
    if (
        read is None
        or not read[0].isdecimal()
        or actions.login.find_requesting_account(db(), int(read[0]), now()) is None
    ):
        return None
    return int(read[0])


def render_password_form(form: PasswordForm, action: str) -> str:
    return render_template("login/set_up.html", form=form, action=action)


def redirect_to_login() -> WerkzeugResponse:
    return redirect(url_for("login.show_login_form"), 303)


def render_invalid_link() -> tuple[str, int]:
    return render_template("login/unknown.html"), 404
