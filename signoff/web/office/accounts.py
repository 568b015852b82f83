"""Accounts of the office: everybody's own one, and all of them for administrators."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import PasswordField, RadioField, StringField
from wtforms.fields import SelectChoice

from signoff import actions, security, store
from signoff.domain.accounts import (
    SESSION_ABSOLUTE_TIMEOUT,
    SESSION_IDLE_TIMEOUT,
    Account,
    Authenticator,
    Passkey,
    Role,
)
from signoff.domain.approvals import list_confirmers
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.text import decode_domains
from signoff.i18n import labels
from signoff.i18n.catalogue import get_catalogue
from signoff.web.context import current_language, db, format_minute, now, settings
from signoff.web.downloads import send_csv
from signoff.web.forms import BaseForm
from signoff.web.listing import ListQuery, get_int
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import admin_required, blueprint
from signoff.web.office.forms import AddressForm, render_act
from signoff.web.office.reauth import reauth_required, require_reauth
from signoff.web.two_factor import (
    SecondFactorForm,
    finish_authenticator_setup,
    finish_passkey_registration,
    generate_recovery_codes,
    may_use_passkeys,
    start_authenticator_setup,
    start_passkey_registration,
)

# The account that is logged in: password, sessions, second factors. Every role may see to its own.


class ChangePasswordForm(BaseForm):
    current = PasswordField(_l("Bisheriges Passwort"))
    password = PasswordField(_l("Neues Passwort"))


@blueprint.get("/account")
def show_own_account() -> str:
    account = current_account()
    return render_template(
        "office/accounts/own.html",
        sessions=[
            (hash_session_id(session.id), session)
            for session in store.accounts.list_active_sessions(db(), account.id, now())
        ],
        current_session=hash_session_id(current_user.session_id),
        known=store.accounts.get_second_factors(db(), account.id),
        required=settings().second_factor,
        passkeys_work=may_use_passkeys(),
        idle_minutes=int(SESSION_IDLE_TIMEOUT.total_seconds() // 60),
        absolute_hours=int(SESSION_ABSOLUTE_TIMEOUT.total_seconds() // 3600),
    )


@blueprint.get("/account/password")
def show_password_form() -> str:
    return render_template("office/accounts/password.html", form=ChangePasswordForm(None))


@blueprint.post("/account/password")
def change_own_password() -> ResponseReturnValue:
    """Change one's own password; the other sessions end."""
    form = ChangePasswordForm()
    try:
        form.require("current", "password")
        new_hash = security.hash_password(form.password.data or "")
        actions.login.change_password(
            db(),
            current_account(),
            current_user.session_id,
            now(),
            current=form.current.data or "",
            new_hash=new_hash,
            verify=security.verify_password,
        )
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        too_many = isinstance(refused, Refusal) and refused.reason is Reason.TOO_MANY_LOGINS
        status = 429 if too_many else 422
        return render_template("office/accounts/password.html", form=form), status
    flash(gettext("Das neue Passwort gilt. Andere Sitzungen mit diesem Konto sind beendet."))
    return redirect_to_own_account()


@blueprint.post("/account/sessions")
def end_own_session() -> WerkzeugResponse:
    """End one session, or with ``others`` all but this one. A second click changes nothing."""
    account, name = current_account(), request.form.get("session", "")
    if name == "others":
        actions.accounts.end_sessions(
            db(), account.id, current_actor(), now(), kept_session_id=current_user.session_id
        )
        flash(gettext("Alle anderen Sitzungen sind beendet."))
        return redirect_to_own_account()
    for session in store.accounts.list_active_sessions(db(), account.id, now()):
        if hash_session_id(session.id) == name:
            actions.accounts.end_session(db(), account, session.id, now())
    flash(gettext("Die Sitzung ist beendet."))
    return redirect_to_own_account()


def hash_session_id(session_id: str) -> str:
    """The name of a session on a page; its id is a part of the cookie and appears on no page."""
    return sha256(session_id.encode()).hexdigest()[:16]


def redirect_to_own_account() -> WerkzeugResponse:
    return redirect(url_for("office.show_own_account"), 303)


# One's own second factors. Every change needs re-authentication.


@blueprint.get("/account/second-factor")
@reauth_required
def show_second_factor_setup() -> ResponseReturnValue:
    return render_second_factor_setup(SecondFactorForm(None))


@blueprint.post("/account/second-factor")
def add_own_authenticator() -> ResponseReturnValue:
    form = SecondFactorForm()
    return set_up_second_factor(lambda: finish_authenticator_setup(current_account(), form), form)


@blueprint.post("/account/second-factor/challenge")
def create_own_passkey_challenge() -> Response:
    """The options with which the script asks the device for a new passkey."""
    return start_passkey_registration(current_account(), current_user.session_id)


@blueprint.post("/account/second-factor/passkey")
def add_own_passkey() -> ResponseReturnValue:
    """Add the passkey that the device has made.

    If re-authentication is due by now, the set-up starts anew.
    """
    if require_reauth() is not None:
        return redirect(url_for("office.show_second_factor_setup"), 303)
    form = SecondFactorForm()
    return set_up_second_factor(
        lambda: finish_passkey_registration(current_account(), current_user.session_id, form), form
    )


@blueprint.post("/account/second-factor/remove")
def remove_own_second_factor() -> ResponseReturnValue:
    passkey = get_int(request.form, "factor") or None
    if passkey is not None or request.form.get("factor") == "app":
        actions.login.remove_second_factor(
            db(), current_account(), passkey, now(), required=settings().second_factor
        )
        flash(_("Der zweite Faktor ist entfernt."))
    return redirect_to_own_account()


@blueprint.post("/account/codes")
def renew_own_recovery_codes() -> ResponseReturnValue:
    """Show new recovery codes once; the old ones become invalid."""
    codes = generate_recovery_codes()
    actions.login.renew_recovery_codes(db(), current_account(), codes, now())
    return render_template("office/accounts/recovery_codes.html", codes=codes)


def set_up_second_factor(
    make: Callable[[], Authenticator | Passkey], form: SecondFactorForm
) -> ResponseReturnValue:
    codes = generate_recovery_codes()
    try:
        is_new = actions.login.add_second_factor(db(), current_account(), make(), codes, now())
    except Refusal as refusal:
        if refusal.reason is not Reason.WRONG_SECOND_FACTOR and refusal.field != "name":
            raise
        form.add_refusal(refusal)
        return render_second_factor_setup(form), 422
    if is_new:
        return render_template("office/accounts/recovery_codes.html", codes=codes)
    flash(_("Der zweite Faktor ist eingerichtet."))
    return redirect_to_own_account()


def render_second_factor_setup(form: SecondFactorForm) -> str:
    app = start_authenticator_setup(current_account(), form.nonce.data or "")
    return render_template(
        "office/accounts/two_factor.html",
        app=app,
        form=form,
        passkeys_work=may_use_passkeys(),
    )


# All accounts, for administrators.

ACCOUNT_STATES = {
    "active": _l("aktiv"),
    "invited": _l("eingeladen"),
    "expired": _l("eingeladen, Link abgelaufen"),
    "disabled": _l("gesperrt"),
}


class InviteAccountForm(AddressForm):
    last_fields = ("email", "role")
    name = StringField()
    role = RadioField(
        choices=[SelectChoice(role.value, _l(labels.ROLE[role])) for role in Role],
        default=Role.EDITOR.value,
        validate_choice=False,
    )

    def get_role(self) -> Role:
        if self.role.data not in list(Role):
            raise Refusal(Reason.NOT_A_CHOICE, "role")
        return Role(self.role.data)


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """One account as the list shows it."""

    account: Account
    has_second_factor: bool
    last_login_at: datetime | None

    @property
    def state(self) -> str:
        if self.account.disabled_at:
            return "disabled"
        if self.account.is_set_up:
            return "active"
        return "invited" if self.account.may_set_up(now()) else "expired"


class AccountQuery(ListQuery):
    FILTERS = {"q": None, "role": tuple(Role), "state": ACCOUNT_STATES}


def filter_accounts(
    summaries: Iterable[AccountSummary], query: AccountQuery
) -> list[AccountSummary]:
    needle = decode_domains(" ".join(query["q"].split()).casefold())
    return [
        summary
        for summary in summaries
        if needle in decode_domains(f"{summary.account.name} {summary.account.email}").casefold()
        and query["role"] in ("", summary.account.role)
        and query["state"] in ("", summary.state)
    ]


@blueprint.get("/accounts")
@admin_required
def list_accounts() -> str:
    query, summaries = AccountQuery.from_args(request.args), load_account_summaries()
    translate = get_catalogue(current_language()).gettext
    return render_template(
        "office/accounts/list.html",
        accounts=filter_accounts(summaries, query),
        count=len(summaries),
        query=query,
        states=ACCOUNT_STATES,
        role_labels={role: translate(label) for role, label in labels.ROLE.items()},
    )


@blueprint.get("/accounts.csv")
@admin_required
def download_accounts() -> Response:
    """All accounts that match the filter."""
    query = AccountQuery.from_args(request.args)
    translate = get_catalogue(current_language()).gettext
    header = [
        gettext("Name"),
        gettext("E-Mail-Adresse"),
        gettext("Rechte"),
        gettext("Status"),
        gettext("Zweiter Faktor"),
        gettext("Zuletzt angemeldet"),
    ]
    rows = (
        (
            summary.account.name,
            decode_domains(summary.account.email),
            translate(labels.ROLE[summary.account.role]),
            str(ACCOUNT_STATES[summary.state]),
            gettext("ja") if summary.has_second_factor else gettext("nein"),
            format_minute(summary.last_login_at),
        )
        for summary in filter_accounts(load_account_summaries(), query)
    )
    return send_csv(header, rows, "konten.csv")


@blueprint.get("/accounts/invite")
@admin_required
def new_account() -> str:
    return render_template("office/accounts/invite.html", form=InviteAccountForm(None))


@blueprint.post("/accounts/invite")
def invite_account() -> ResponseReturnValue:
    """A new account; the link that sets it up goes out by mail."""
    form = InviteAccountForm()
    try:
        email, role = form.parse_address(), form.get_role()
        if page := require_reauth():
            return page
        name = " ".join((form.name.data or "").split())[:200]
        actions.accounts.add(
            db(), email, name or decode_domains(email), role, "", current_actor(), now(), mail=True
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_template("office/accounts/invite.html", form=form), 422
    flash(gettext("Die Einladung geht an %(email)s.", email=decode_domains(email)))
    return redirect(url_for("office.list_accounts"), 303)


@blueprint.get("/accounts/<int:id>")
@admin_required
def show_account(id: int) -> str:
    return render_account(id)


@blueprint.post("/accounts/<int:id>/role")
def change_account_role(id: int) -> ResponseReturnValue:
    email = get_account_or_404(id).account.email
    expected, role = request.form.get("seen", ""), request.form.get("role", "")
    if role not in list(Role) or expected not in list(Role):
        raise Refusal(Reason.NOT_A_CHOICE, "role")
    return run_account_action(
        id,
        lambda: actions.accounts.change_role(
            db(), email, Role(expected), Role(role), current_actor(), now()
        ),
        _l("Die Rechte sind geändert: %(who)s."),
    )


@blueprint.get("/accounts/<int:id>/<any(disable, factor, deletion):action>")
@admin_required
def show_account_action(id: int, action: str) -> str:
    """Asks before an account is locked or deleted, or loses its second factor."""
    account = get_account_or_404(id).account
    who = account.name or decode_domains(account.email)
    count = len(store.accounts.list_active_sessions(db(), id, now()))
    sessions = (
        ngettext("%(num)s offene Sitzung endet.", "%(num)s offene Sitzungen enden.", count)
        if count
        else ""
    )
    stays = gettext("Was die Person getan hat, bleibt im Verlauf, mit ihrem Namen.")
    pages = {
        "disable": (
            gettext("Konto sperren?"),
            gettext("Konto sperren"),
            [gettext("%(who)s kann sich nicht mehr anmelden.", who=who), sessions, stays],
            gettext("Sie können das Konto wieder entsperren."),
        ),
        "factor": (
            gettext("Zweiten Faktor entfernen?"),
            gettext("Zweiten Faktor entfernen"),
            [
                gettext(
                    "%(who)s meldet sich mit dem Passwort an und richtet dann einen neuen zweiten Faktor ein.",
                    who=who,
                ),
                gettext("Die Person erhält eine E-Mail darüber."),
                sessions,
                gettext(
                    "Bitte vergewissern Sie sich vorher, am besten am Telefon, dass die Bitte wirklich von ihr kommt."
                ),
            ],
            "",
        ),
        "deletion": (
            gettext("Konto löschen?"),
            gettext("Konto löschen"),
            [
                gettext(
                    "Name, Adresse, Passwort, zweiter Faktor und alle E-Mails an %(who)s werden gelöscht.",
                    who=who,
                ),
                sessions,
                gettext(
                    "Was die Person getan hat, bleibt im Verlauf, auch die Freigaben, die sie erteilt hat."
                ),
                gettext("Statt ihres Namens steht dort „Konto %(number)s (gelöscht)“.", number=id),
                gettext(
                    "Wenn der Name im Verlauf bleiben soll, sperren Sie das Konto stattdessen."
                ),
            ],
            "",
        ),
    }
    heading, label, happens, lasting = pages[action]
    target = url_for("office.delete_account", id=id)
    if action != "deletion":
        target = url_for("office.change_account", id=id, action=action)
    back = url_for("office.show_account", id=id)
    return render_act(heading, label, target, back, happens, lasting)


@blueprint.post("/accounts/<int:id>/deletion")
def delete_account(id: int) -> ResponseReturnValue:
    """Delete an account. A second request finds that it is gone."""
    account = store.accounts.find(db(), id)
    if account:
        try:
            actions.accounts.delete(db(), account.email, current_actor(), now())
        except Refusal as refusal:
            return render_account(id, refusal), 409
    flash(gettext("Das Konto ist gelöscht."))
    return redirect(url_for("office.list_accounts"), 303)


@blueprint.post("/accounts/<int:id>/<any(disable, enable, sessions, factor, invite):action>")
def change_account(id: int, action: str) -> ResponseReturnValue:
    """Lock, unlock, end the sessions, remove a lost second factor, invite again.

    A second click changes nothing.
    """
    account, actor = get_account_or_404(id).account, current_actor()
    run = {
        "disable": lambda: actions.accounts.disable(db(), account.email, actor, now()),
        "enable": lambda: actions.accounts.enable(db(), account.email, actor, now()),
        "sessions": lambda: actions.accounts.end_sessions(db(), account.id, actor, now()),
        "factor": lambda: actions.login.reset_second_factor(db(), account.email, actor, now()),
        "invite": lambda: actions.accounts.resend_invitation(db(), account.email, actor, now()),
    }
    return run_account_action(id, run[action], ACCOUNT_ACTION_RESULTS[action])


ACCOUNT_ACTION_RESULTS = {
    "disable": _l("Das Konto ist gesperrt: %(who)s."),
    "enable": _l("Das Konto ist entsperrt: %(who)s."),
    "sessions": _l("Auf allen Geräten abgemeldet ist: %(who)s."),
    "factor": _l("Der zweite Faktor ist entfernt: %(who)s."),
    "invite": _l("Der Link zum Einrichten des Kontos wird noch einmal gesandt: %(who)s."),
}


def run_account_action(
    id: int, run: Callable[[], object], result: LazyString
) -> ResponseReturnValue:
    try:
        run()
    except Refusal as refusal:
        return render_account(id, refusal), 409
    account = get_account_or_404(id).account
    flash(str(result) % {"who": account.name or decode_domains(account.email)})
    return redirect(url_for("office.show_account", id=id), 303)


def render_account(id: int, refusal: Refusal | None = None) -> str:
    summary = get_account_or_404(id)
    confirmers = list_confirmers(store.accounts.list_all(db()), current_actor())
    return render_template(
        "office/accounts/edit.html",
        summary=summary,
        known=store.accounts.get_second_factors(db(), id),
        sessions=store.accounts.list_active_sessions(db(), id, now()),
        own=id == current_account().id,
        states=ACCOUNT_STATES,
        refusal=refusal,
        last_confirmer=g.association.four_eyes and confirmers == [summary.account],
    )


def load_account_summaries() -> list[AccountSummary]:
    ids_with_factor = store.accounts.list_ids_with_second_factor(db())
    last_seen = store.accounts.get_last_seen_by_account(db())
    return [
        AccountSummary(account, account.id in ids_with_factor, last_seen.get(account.id))
        for account in store.accounts.list_all(db())
    ]


def get_account_or_404(id: int) -> AccountSummary:
    for summary in load_account_summaries():
        if summary.account.id == id:
            return summary
    raise NotFound
