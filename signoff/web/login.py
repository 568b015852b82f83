"""Login with a password.

The cookie names a session, which is stored on the server and can be ended there.
"""

import secrets
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    after_this_request,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import PasswordField, StringField

from signoff import actions, security, store
from signoff.actions.accounts import normalize_email
from signoff.domain.accounts import Account, Session
from signoff.domain.errors import Busy, Reason, Refusal, Refusals
from signoff.domain.text import decode_domains
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.errors import describe_refusal
from signoff.storage import Slots
from signoff.tokens import TokenPurpose, compute_hmac
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.forms import BaseForm
from signoff.web.security import CONTENT_SECURITY_POLICY, get_network, guessing_limit, limiter

# A short name of the device, enough to tell one's own sessions apart; the full header is not
# stored.

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
    """``Firefox, Windows`` for a User-Agent header; empty if nothing in it is known."""
    return ", ".join(
        filter(
            None, (find_first_match(BROWSERS, agent), find_first_match(OPERATING_SYSTEMS, agent))
        )
    )


def find_first_match(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")


# Polled by the script of an open page, which does not count as activity of the user.
POLLING_ENDPOINTS = (
    "office.refresh_round",
    "office.show_print_progress",
    "office.show_mail_progress",
    "login.show_session",
)
LANGUAGE_COOKIE = "__Host-language"
LANGUAGE_COOKIE_AGE = timedelta(days=365)
OFFICE_PATHS = ("/office", "/login")
PENDING_LOGIN_KEY = "half"  # in the cookie: a login that waits for its second factor
LAST_SEEN_INTERVAL = timedelta(minutes=1)  # not every request writes to the database

blueprint = Blueprint("login", __name__)


@dataclass
class User(UserMixin):  # type: ignore[misc]
    """The account behind a live session, as Flask-Login knows it."""

    session_id: str
    account: Account
    session: Session | None = None  # unless the login is made in this request

    def get_id(self) -> str:
        return self.session_id


class LoginForm(BaseForm):
    email = StringField()
    password = PasswordField()


@blueprint.after_request
def allow_same_origin_fetch(response: WerkzeugResponse) -> WerkzeugResponse:
    """The script for passkeys fetches its challenge from this origin."""
    response.headers.setdefault(
        "Content-Security-Policy", f"{CONTENT_SECURITY_POLICY}; connect-src 'self'"
    )
    return response


def load_user(session_id: str) -> User | None:
    stored_session = store.accounts.find_session(db(), session_id)
    account = (
        store.accounts.find(db(), stored_session.account_id)
        if stored_session and stored_session.is_active(now())
        else None
    )
    if stored_session is None or account is None or account.disabled_at:
        return None
    if (
        now() - stored_session.seen_at > LAST_SEEN_INTERVAL
        and request.endpoint not in POLLING_ENDPOINTS
    ):
        actions.login.keep_alive(db(), session_id, now())
        stored_session = replace(stored_session, seen_at=now())
    return User(session_id, account, stored_session)


@blueprint.before_app_request
def apply_chosen_language() -> None:
    """The language that was chosen in this browser holds on the pages of the office."""
    language = request.cookies.get(LANGUAGE_COOKIE)
    if language in LANGUAGES and request.path.startswith(OFFICE_PATHS):
        g.language = language


@blueprint.post("/login/language")
def choose_language() -> WerkzeugResponse:
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        raise BadRequest
    page = get_safe_path(request.form.get("next")) or url_for("office.show_dashboard")
    response = redirect(page, 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=LANGUAGE_COOKIE_AGE,
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.get("/login")
def show_login_form() -> ResponseReturnValue:
    next_path = get_safe_path(request.args.get("next"))
    if "over" in request.args:
        if current_user.is_authenticated:
            return redirect(next_path or url_for("office.show_dashboard"), 303)
        flash(describe_refusal(Refusal(Reason.LOGIN_OVER), current_language()), "error")
    return render_login(LoginForm(), next_path)


def render_login(form: LoginForm, next_path: str) -> str:
    return render_template(
        "login/login.html",
        form=form,
        action=url_for("login.log_in"),
        carried=[("next", next_path)] if next_path else [],
        expired=False,
        lost=[],
    )


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    form, next_path = LoginForm(), get_safe_path(request.form.get("next"))
    try:
        check_password(form)
    except Refusal as refusal:
        return render_login(form, next_path), *build_login_status(refusal)
    return redirect_onwards(next_path)


def redirect_onwards(next_path: str = "") -> WerkzeugResponse:
    """After the right password: to the second factor where one is needed, else into the office."""
    if not current_user.is_authenticated:
        return redirect(url_for("login.show_second_factor", next=next_path or None), 303)
    return redirect(next_path or url_for("office.show_dashboard"), 303)


# Devices on which somebody of the office has logged in. Guesses from elsewhere do not count there.

DEVICE_COOKIE_AGE = timedelta(days=365)


def get_device_cookie(account_id: int | str) -> str:
    """The name of the cookie: several people may use one browser."""
    return f"__Host-device-{account_id}"


def find_device(account_id: int) -> str | None:
    """The id of this device, if this account has logged in on it before."""
    token = request.cookies.get(get_device_cookie(account_id), "")
    payload = services().token_signer.verify(TokenPurpose.DEVICE, token)
    return payload[0] if payload and payload[1] == account_id else None


def remember_device(account_id: int) -> None:
    """Recognize this device from now on, by a signed cookie."""
    device = find_device(account_id) or secrets.token_urlsafe(16)
    token = services().token_signer.sign(TokenPurpose.DEVICE, device, account_id)

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            get_device_cookie(account_id),
            token,
            max_age=DEVICE_COOKIE_AGE,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
        return response


def get_cause(account: Account | None) -> str:
    """The source of wrong passwords: a device that the account knows, or a network."""
    device = account and find_device(account.id)
    if device:
        return f"device:{device}"
    return compute_hmac(settings().keys.cookies[0], b"signoff.network", get_network()).hex()[:32]


def find_any_device() -> str | None:
    """The id of this device, if any account has logged in on it before."""
    cookies = (name.removeprefix(get_device_cookie("")) for name in request.cookies)
    devices = (find_device(int(id)) for id in cookies if id.isdecimal() and len(id) < 16)
    return next(filter(None, devices), None)


def get_password_cause() -> str:
    """The same for a password that is typed, whoever's it is."""
    return find_any_device() or get_network()


password_limit = limiter.shared_limit(
    "60 per minute", scope="password", key_func=get_password_cause
)  # wherever one is typed
# Threads that wait for passwords answer nothing else. Known devices wait for no stranger.
STRANGERS = Slots(security.MAX_HASHING, waiting=2, timeout=10.0)
BUSY_SECONDS = 5


@password_limit
def check_password(form: LoginForm) -> None:
    """Log in, or wait for the second factor if one is needed. A refusal is added to the form."""
    try:
        form.require("email", "password")
        try:
            with nullcontext() if find_any_device() else STRANGERS.acquire():
                log_in_with_password(form.email.data or "", form.password.data or "")
        except Busy:
            raise Refusal(Reason.LOGIN_BUSY, "password", seconds=BUSY_SECONDS) from None
    except Refusals as missing:
        form.add_errors(missing)
        raise missing.refusals[0] from missing
    except Refusal as refusal:
        form.add_errors(refusal, field="password")
        raise


def log_in_with_password(email: str, password: str) -> None:
    session_id = secrets.token_urlsafe(32)
    account = actions.login.log_in(
        db(),
        email,
        password,
        security.verify_password,
        session_id,
        now(),
        device=describe_device(request.headers.get("User-Agent", "")),
        needs_second_factor=settings().second_factor,
        cause=get_cause(store.accounts.find_by_email(db(), normalize_email(email))),
    )
    if settings().second_factor:
        logout_user()
        clear_cookie()
        session[PENDING_LOGIN_KEY] = session_id
    else:
        start_session(session_id, account)


def start_session(session_id: str, account: Account) -> None:
    clear_cookie()
    login_user(User(session_id, account))
    remember_device(account.id)


def clear_cookie() -> None:
    """Forget everything of the time before the login, also the token made in this request."""
    session.clear()
    g.pop("csrf_token", None)


def build_login_status(refusal: Refusal) -> tuple[int, dict[str, str]]:
    """Status and headers of a refused login: 429 if further attempts have to wait, else 403."""
    if "seconds" in refusal.facts:
        return 429, {"Retry-After": str(refusal.facts["seconds"])}
    return 403, {}


@blueprint.get("/login/session")
def show_session() -> Response:
    """How long the session lasts. The script of an open page asks before it warns: another page may
    have kept the session alive meanwhile.
    """
    response = jsonify(seconds=count_session_seconds(), extendable=can_extend_session())
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/login/session")
def extend_session() -> Response:
    """Extend the session, as every request does that a person makes."""
    return show_session()


def count_session_seconds() -> int:
    """The seconds until the session ends unless it is extended; 0 without one."""
    stored_session = find_session()
    return int((stored_session.ends_at - now()).total_seconds()) if stored_session else 0


def can_extend_session() -> bool:
    stored_session = find_session()
    return stored_session is not None and stored_session.can_be_extended


def find_session() -> Session | None:
    """The session with which this request came, if it is active."""
    return current_user.session if current_user.is_authenticated else None


@blueprint.post("/logout")
def log_out() -> WerkzeugResponse:
    if current_user.is_authenticated:
        actions.login.log_out(db(), current_user.session_id, current_user.account.id, now())
        logout_user()
        session.clear()
    return redirect(url_for("public.index"), 303)


def get_safe_path(path: str | None) -> str:
    """``path`` if it is a path on this origin, else empty; prevents open redirects."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""


def current_account() -> Account:
    """The account that is logged in."""
    account: Account = current_user.account
    return account


def current_actor() -> str:
    """The current account as the audit log names it."""
    return f"staff/{current_account().id}"


# Setting a password: with the link for a new account, or with a requested reset link.

PageResponse = WerkzeugResponse | str | tuple[str, int]


class PasswordForm(BaseForm):
    password = PasswordField(_l("Neues Passwort"))

    def hash_password(self) -> str | None:
        """The hash of the password; ``None``, with an error added, if the password is refused."""
        try:
            self.require("password")
            return security.hash_password(self.password.data or "")
        except (Refusal, Refusals) as refused:
            self.add_errors(refused, field="password")
            return None


class ForgottenPasswordForm(BaseForm):
    email = StringField()


@blueprint.get("/login/set-up/<token>")
def show_setup_form(token: str) -> PageResponse:
    found = find_setup_account(token)
    return render_password_form(PasswordForm(), found[0]) if found else render_invalid_link()


@blueprint.post("/login/set-up/<token>")
@guessing_limit
def set_password(token: str) -> PageResponse:
    found, form = find_setup_account(token), PasswordForm()
    if found is None:
        return render_invalid_link()
    account, generation = found
    password_hash = form.hash_password()
    if password_hash is None:
        return render_password_form(form, account), 422
    changed = actions.accounts.set_password(db(), account.id, generation, password_hash, now())
    return log_in_with_new_password(account, form) if changed else render_invalid_link()


@blueprint.get("/login/forgotten")
def show_forgotten_password_form() -> str:
    return render_template(
        "login/forgotten_password.html", form=ForgottenPasswordForm(None), sent=False
    )


@blueprint.post("/login/forgotten")
@guessing_limit
def request_password_reset() -> PageResponse:
    """Enqueue the mail if the account exists. The response does not tell whether it does."""
    form = ForgottenPasswordForm()
    try:
        form.require("email")
    except Refusals as missing:
        form.add_errors(missing)
        return render_template("login/forgotten_password.html", form=form, sent=False), 422
    actions.login.request_password_reset(db(), form.email.data or "", now())
    return redirect(url_for("login.show_password_reset_sent"), 303)


@blueprint.get("/login/forgotten/sent")
def show_password_reset_sent() -> str:
    return render_template(
        "login/forgotten_password.html", form=ForgottenPasswordForm(None), sent=True
    )


@blueprint.get("/login/password/<token>")
def show_password_reset_form(token: str) -> PageResponse:
    found = find_reset_request(token)
    return render_password_form(PasswordForm(), found[0]) if found else render_invalid_link()


@blueprint.post("/login/password/<token>")
@guessing_limit
def reset_password(token: str) -> PageResponse:
    found, form = find_reset_request(token), PasswordForm()
    if found is None:
        return render_invalid_link()
    account, number = found
    password_hash = form.hash_password()
    if password_hash is None:
        return render_password_form(form, account), 422
    changed = actions.login.reset_password(db(), number, password_hash, now())
    return log_in_with_new_password(account, form) if changed else render_invalid_link()


def log_in_with_new_password(account: Account, form: PasswordForm) -> WerkzeugResponse:
    """Go on with the password that was just set; say so if the login has to wait."""
    try:
        log_in_with_password(account.email, form.password.data or "")
    except Refusal:
        flash(_("Das Passwort ist gespeichert. Bitte melden Sie sich damit an."))
        return redirect(url_for("login.show_login_form"), 303)
    flash(_("Das Passwort ist gespeichert."))
    return redirect_onwards()


# Confirming the new address of an account.


@blueprint.get("/login/address/<token>")
def show_address_confirmation(token: str) -> PageResponse:
    """A link scanner opens this page, too; the address counts once the form is sent."""
    ids = read_address_token(token)
    change = actions.accounts.find_address_change(db(), *ids, now()) if ids else None
    if change is None:
        return render_invalid_link()
    return render_template("login/address.html", email=change.email)


@blueprint.post("/login/address/<token>")
@guessing_limit
def confirm_address(token: str) -> PageResponse:
    ids = read_address_token(token)
    try:
        if ids is None or not actions.accounts.confirm_address(db(), *ids, now()):
            return render_invalid_link()
    except Refusal as refusal:  # somebody else has got the address meanwhile
        flash(describe_refusal(refusal, current_language()), "error")
    else:
        flash(_("Die neue Adresse gilt. Bitte melden Sie sich künftig mit ihr an."))
    return redirect(url_for("login.show_login_form"), 303)


def read_address_token(token: str) -> tuple[int, int] | None:
    """The number of the change and the generation of the account in a token."""
    payload = services().token_signer.verify(TokenPurpose.ADDRESS, token)
    return (int(payload[0]), payload[1]) if payload and payload[0].isdecimal() else None


def find_setup_account(token: str) -> tuple[Account, int] | None:
    """The account and generation of a valid set-up link."""
    payload = services().token_signer.verify(TokenPurpose.STAFF, token)
    if payload is None or not payload[0].isdecimal():
        return None
    account, generation = store.accounts.find(db(), int(payload[0])), payload[1]
    if account is None or not account.may_set_up(now()):
        return None
    if store.accounts.get_generation(db(), account.id) != generation:
        return None
    return account, generation


def find_reset_request(token: str) -> tuple[Account, int] | None:
    """The account and number of the request behind a valid reset link."""
    payload = services().token_signer.verify(TokenPurpose.PASSWORD, token)
    if payload is None or not payload[0].isdecimal():
        return None
    account = actions.login.find_requesting_account(db(), int(payload[0]), now())
    return (account, int(payload[0])) if account else None


def render_password_form(form: PasswordForm, account: Account) -> str:
    return render_template(
        "login/set_up.html", form=form, action=request.path, email=decode_domains(account.email)
    )


def render_invalid_link() -> tuple[str, int]:
    return render_template("login/unknown.html"), 404
