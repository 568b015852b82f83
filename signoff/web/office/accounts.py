"""One's own account: password and sessions. Everybody at the office may, whatever the role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import PasswordField, StringField

from signoff import actions, security, store
from signoff.domain.accounts import (
    SESSION_ABSOLUTE_TIMEOUT,
    SESSION_IDLE_TIMEOUT,
    Account,
    Authenticator,
    Passkey,
    Role,
)
from signoff.domain.errors import Reason, Refusal
from signoff.exports.tables import build_csv
from signoff.i18n import labels
from signoff.i18n.catalogue import get_catalogue
from signoff.web.context import current_language, db, now, settings
from signoff.web.forms import BaseForm
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import admin_required, blueprint
from signoff.web.office.forms import AddressForm
from signoff.web.office.reauth import reauth_required, require_reauth
from signoff.web.two_factor import (
    PasskeyForm,
    TwoFactorCodeForm,
    finish_authenticator_setup,
    finish_passkey_registration,
    generate_recovery_codes,
    may_use_passkeys,
    start_authenticator_setup,
    start_passkey_registration,
)


class ChangePasswordForm(BaseForm):
    current = PasswordField(_l("Bisheriges Passwort"))
    password = PasswordField(_l("Neues Passwort"))


@blueprint.get("/account")
def show_own_account() -> str:
    idle, most = (
        int(SESSION_IDLE_TIMEOUT.total_seconds() // 60),
        int(SESSION_ABSOLUTE_TIMEOUT.total_seconds() // 3600),
    )
    return render_template(
        "office/accounts/own.html",
        sessions=[
            (hash_session_id(each.id), each)
            for each in store.accounts.list_active_sessions(db(), current_account().id, now())
        ],
        mine=hash_session_id(current_user.session_id),
        known=store.accounts.get_second_factors(db(), current_account().id),
        required=settings().second_factor,
        passkeys_work=may_use_passkeys(),
        idle=idle,
        most=most,
    )


@blueprint.get("/account/password")
def show_password_form() -> str:
    return render_template("office/accounts/password.html", form=ChangePasswordForm(None))


@blueprint.post("/account/password")
def change_own_password() -> ResponseReturnValue:
    """Change one's own password; the other sessions end."""
    form, one = ChangePasswordForm(), current_account()
    try:
        new = security.hash_password(form.password.data or "")
        current = form.current.data or ""
        actions.login.change_password(
            db(), one, current_user.session_id, current, new, security.verify_password, now()
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        return render_template("office/accounts/password.html", form=form), 429 if waits else 422
    flash(gettext("Das neue Passwort gilt. Andere Sitzungen mit diesem Konto sind beendet."))
    return redirect_to_own_account()


@blueprint.post("/account/sessions")
def end_own_session() -> WerkzeugResponse:
    """End one session, or with ``others`` all but this one. A second click finds it ended."""
    one, asked = current_account(), request.form.get("session", "")
    if asked == "others":
        actions.accounts.end_sessions(
            db(), one.id, current_actor(), now(), but=current_user.session_id
        )
        flash(gettext("Alle anderen Sitzungen sind beendet."))
        return redirect_to_own_account()
    found = [
        each
        for each in store.accounts.list_active_sessions(db(), one.id, now())
        if hash_session_id(each.id) == asked
    ]
    for each in found:
        actions.accounts.end_session(db(), one, each.id, now())
    flash(gettext("Die Sitzung ist beendet."))
    return redirect_to_own_account()


def hash_session_id(session_id: str) -> str:
    """What a page calls a session; its id is half of the cookie and stands on no page."""
    return sha256(session_id.encode()).hexdigest()[:16]


def redirect_to_own_account() -> WerkzeugResponse:
    return redirect(url_for("office.show_own_account"), 303)


# One's own second factors: adding, taking away, new recovery codes. All of it asks for the password again.


@blueprint.get("/account/second")
@reauth_required
def show_second_factor_setup() -> ResponseReturnValue:
    return render_second_factor_setup(TwoFactorCodeForm(None))


@blueprint.post("/account/second")
@reauth_required
def add_own_authenticator() -> ResponseReturnValue:
    form = TwoFactorCodeForm()
    return set_up_second_factor(lambda: finish_authenticator_setup(current_account(), form), form)


@blueprint.post("/account/second/challenge")
def create_own_passkey_challenge() -> Response:
    """What the script asks the device for a new passkey."""
    return start_passkey_registration(current_account(), current_user.session_id)


@blueprint.post("/account/second/passkey")
def add_own_passkey() -> ResponseReturnValue:
    """The answer of the device holds a few minutes; where the proof has become too old, it is asked for anew."""
    if require_reauth() is not None:
        return redirect(url_for("office.show_second_factor_setup"), 303)
    return set_up_second_factor(
        lambda: finish_passkey_registration(
            current_account(), current_user.session_id, PasskeyForm()
        ),
        TwoFactorCodeForm(None),
    )


@blueprint.post("/account/second/remove")
@reauth_required
def remove_own_second_factor() -> ResponseReturnValue:
    what = request.form.get("factor", "")
    passkey = int(what) if what.isascii() and what.isdecimal() and len(what) < 16 else None
    if passkey is not None or what == "app":
        actions.login.remove_second_factor(
            db(), current_account(), passkey, now(), required=settings().second_factor
        )
        flash(_("Der zweite Faktor ist entfernt."))
    return redirect_to_own_account()


@blueprint.post("/account/codes")
@reauth_required
def renew_own_recovery_codes() -> ResponseReturnValue:
    """New recovery codes, shown once; the old ones hold no longer."""
    codes = generate_recovery_codes()
    actions.login.renew_recovery_codes(db(), current_account(), codes, now())
    return render_template("office/accounts/recovery_codes.html", codes=codes)


def set_up_second_factor(
    make: Callable[[], Authenticator | Passkey], form: TwoFactorCodeForm
) -> ResponseReturnValue:
    codes = generate_recovery_codes()
    try:
        fresh = actions.login.add_second_factor(db(), current_account(), make(), codes, now())
    except Refusal as refusal:
        if refusal.reason is not Reason.WRONG_FACTOR:
            raise
        form.add_errors(refusal, field="code")
        return render_second_factor_setup(form), 422
    if fresh:
        return render_template("office/accounts/recovery_codes.html", codes=codes)
    flash(_("Der zweite Faktor ist eingerichtet."))
    return redirect_to_own_account()


def render_second_factor_setup(form: TwoFactorCodeForm) -> str:
    app = start_authenticator_setup(current_account(), form.nonce.data or "")
    return render_template(
        "office/accounts/two_factor.html",
        app=app,
        form=form,
        names=PasskeyForm(None),
        passkeys_work=may_use_passkeys(),
    )


# The office's accounts, for administrators: who may do what, who is invited, who is locked.

ACCOUNT_STATES = {"active": _l("aktiv"), "invited": _l("eingeladen"), "disabled": _l("gesperrt")}


class InviteAccountForm(AddressForm):
    name = StringField()
    role = StringField(default=Role.EDITOR.value)

    def chosen(self) -> Role:
        if self.role.data not in list(Role):
            raise Refusal(Reason.NOT_A_CHOICE, "role")
        return Role(self.role.data)


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """One account as the list shows it."""

    staff: Account
    factor: bool
    seen_at: datetime | None

    @property
    def state(self) -> str:
        if self.staff.disabled_at:
            return "disabled"
        return "active" if self.staff.password_hash else "invited"


@dataclass(frozen=True, slots=True)
class AccountQuery:
    """What was asked for; anything that is not on offer counts as nothing asked."""

    q: str = ""
    role: str = ""
    state: str = ""

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "AccountQuery":
        role, state = told.get("role", ""), told.get("state", "")
        q = " ".join(told.get("q", "").split())[:100]
        return cls(q, role if role in list(Role) else "", state if state in ACCOUNT_STATES else "")

    @property
    def query(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("q", "role", "state") if getattr(self, name)}

    def takes(self, one: AccountSummary) -> bool:
        text = f"{one.staff.name} {one.staff.email}".casefold()
        return (
            self.q.casefold() in text
            and self.role in ("", one.staff.role)
            and self.state in ("", one.state)
        )


@blueprint.get("/people")
@admin_required
def list_accounts() -> str:
    choice, everybody = AccountQuery.of(request.args), load_account_summaries()
    return render_template(
        "office/accounts/list.html",
        people=[each for each in everybody if choice.takes(each)],
        count=len(everybody),
        choice=choice,
        states=ACCOUNT_STATES,
        required=settings().second_factor,
    )


@blueprint.get("/people.csv")
@admin_required
def download_accounts() -> Response:
    """What the filter leaves."""
    choice, word = AccountQuery.of(request.args), get_catalogue(current_language()).gettext
    columns = [
        str(each)
        for each in (
            _l("Name"),
            _l("E-Mail-Adresse"),
            _l("Rechte"),
            _l("Stand"),
            _l("Zweiter Faktor"),
            _l("Zuletzt angemeldet"),
        )
    ]
    cells = (
        (
            each.staff.name,
            each.staff.email,
            word(labels.ROLE[each.staff.role]),
            str(ACCOUNT_STATES[each.state]),
            gettext("ja") if each.factor else gettext("nein"),
            f"{each.seen_at.astimezone(g.association.zone):%Y-%m-%d %H:%M}" if each.seen_at else "",
        )
        for each in load_account_summaries()
        if choice.takes(each)
    )
    response = Response(build_csv(columns, cells), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="konten.csv")
    return response


@blueprint.get("/people/invite")
@admin_required
def new_account() -> str:
    return render_template("office/accounts/invite.html", form=InviteAccountForm(None))


@blueprint.post("/people/invite")
@admin_required
def invite_account() -> ResponseReturnValue:
    """A new account; the link that sets it up goes out by mail."""
    form = InviteAccountForm()
    try:
        email, role = form.parse_address(), form.chosen()
        if page := require_reauth():
            return page
        name = " ".join((form.name.data or "").split())[:200]
        actions.accounts.add(
            db(), email, name or email, role, "", current_actor(), now(), mail=True
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_template("office/accounts/invite.html", form=form), 422
    flash(gettext("Die Einladung geht an %(email)s.", email=email))
    return redirect(url_for("office.list_accounts"), 303)


@blueprint.get("/people/<int:id>")
@admin_required
def show_account(id: int) -> str:
    return render_account(id)


@blueprint.post("/people/<int:id>/role")
@admin_required
@reauth_required
def change_account_role(id: int) -> ResponseReturnValue:
    one, seen, role = (
        get_account_or_404(id).staff,
        request.form.get("seen", ""),
        request.form.get("role", ""),
    )
    if role not in list(Role) or seen not in list(Role):
        raise Refusal(Reason.NOT_A_CHOICE, "role")
    return run_account_action(
        id,
        lambda: actions.accounts.change_role(
            db(), one.email, Role(seen), Role(role), current_actor(), now()
        ),
    )


@blueprint.post("/people/<int:id>/<any(disable, enable, sessions, factor, invite):deed>")
@admin_required
@reauth_required
def change_account(id: int, deed: str) -> ResponseReturnValue:
    """Lock, unlock, end the sessions, take a lost second factor away, invite again. A second click changes nothing."""
    one = get_account_or_404(id).staff
    does = {
        "disable": lambda: actions.accounts.disable(db(), one.email, current_actor(), now()),
        "enable": lambda: actions.accounts.enable(db(), one.email, current_actor(), now()),
        "sessions": lambda: actions.accounts.end_sessions(db(), one.id, current_actor(), now()),
        "factor": lambda: actions.login.reset_second_factor(
            db(), one.email, current_actor(), now()
        ),
        "invite": lambda: actions.accounts.resend_invitation(
            db(), one.email, current_actor(), now()
        ),
    }
    return run_account_action(id, does[deed])


def run_account_action(id: int, deed: Callable[[], object]) -> ResponseReturnValue:
    try:
        deed()
    except Refusal as refusal:
        return render_account(id, refusal), 409
    flash(gettext("Das ist geschehen und steht im Protokoll."))
    return redirect(url_for("office.show_account", id=id), 303)


def render_account(id: int, refusal: Refusal | None = None) -> str:
    here = get_account_or_404(id)
    return render_template(
        "office/accounts/edit.html",
        person=here,
        known=store.accounts.get_second_factors(db(), id),
        sessions=store.accounts.list_active_sessions(db(), id, now()),
        own=id == current_account().id,
        states=ACCOUNT_STATES,
        refusal=refusal,
    )


def load_account_summaries() -> list[AccountSummary]:
    having, seen = (
        store.accounts.list_ids_with_second_factor(db()),
        store.accounts.get_last_seen_by_account(db()),
    )
    return [
        AccountSummary(each, each.id in having, seen.get(each.id))
        for each in store.accounts.list_all(db())
    ]


def get_account_or_404(id: int) -> AccountSummary:
    """The account an address names; 404 where there is none."""
    found = [each for each in load_account_summaries() if each.staff.id == id]
    if not found:
        raise NotFound
    return found[0]
