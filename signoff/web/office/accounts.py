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
from signoff.domain.accounts import ABSOLUTE, IDLE, Authenticator, Passkey, Role, Staff
from signoff.domain.errors import Reason, Refusal
from signoff.exports.tables import as_csv
from signoff.i18n import labels
from signoff.i18n.catalogue import catalogue
from signoff.i18n.errors import describe_refusal
from signoff.web.context import db, language, now, settings
from signoff.web.login import actor, me
from signoff.web.office.access import blueprint, for_admins
from signoff.web.office.forms import AddressForm, DeedForm
from signoff.web.office.reauth import asks_again, require_reauth
from signoff.web.two_factor import (
    CodeForm,
    PasskeyForm,
    ask_for_new,
    made_app,
    made_passkey,
    new_app,
    new_codes,
    passkeys_work,
)


class ChangeForm(DeedForm):
    current = PasswordField(_l("Bisheriges Passwort"))
    password = PasswordField(_l("Neues Passwort"))


@blueprint.get("/account")
def account() -> str:
    idle, most = int(IDLE.total_seconds() // 60), int(ABSOLUTE.total_seconds() // 3600)
    return render_template(
        "office/account.html",
        sessions=[(named(each.id), each) for each in store.accounts.living(db(), me().id, now())],
        mine=named(current_user.session_id),
        known=store.accounts.of(db(), me().id),
        required=settings().second_factor,
        passkeys_work=passkeys_work(),
        idle=idle,
        most=most,
    )


@blueprint.get("/account/password")
def own_password() -> str:
    return render_template("office/password.html", form=ChangeForm(None))


@blueprint.post("/account/password")
def change_own_password() -> ResponseReturnValue:
    """Change one's own password; the other sessions end."""
    form, one = ChangeForm(), me()
    try:
        new = security.hashed(form.password.data or "")
        current = form.current.data or ""
        actions.login.change_password(
            db(), one, current_user.session_id, current, new, security.fits, now()
        )
    except Refusal as refusal:
        form.refuse(refusal, language())
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        return render_template("office/password.html", form=form), 429 if waits else 422
    flash(gettext("Das neue Passwort gilt. Andere Sitzungen mit diesem Konto sind beendet."))
    return to_account()


@blueprint.post("/account/sessions")
def end_own_session() -> WerkzeugResponse:
    """End one session, or with ``others`` all but this one. A second click finds it ended."""
    one, asked = me(), request.form.get("session", "")
    if asked == "others":
        actions.accounts.end_sessions(db(), one.id, actor(), now(), but=current_user.session_id)
        flash(gettext("Alle anderen Sitzungen sind beendet."))
        return to_account()
    found = [each for each in store.accounts.living(db(), one.id, now()) if named(each.id) == asked]
    for each in found:
        actions.accounts.end_session(db(), one, each.id, now())
    flash(gettext("Die Sitzung ist beendet."))
    return to_account()


def named(session_id: str) -> str:
    """What a page calls a session; its id is half of the cookie and stands on no page."""
    return sha256(session_id.encode()).hexdigest()[:16]


def to_account() -> WerkzeugResponse:
    return redirect(url_for("office.account"), 303)


# One's own second factors: adding, taking away, new recovery codes. All of it asks for the password again.


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
    if require_reauth() is not None:
        return redirect(url_for("office.own_second"), 303)
    return added(lambda: made_passkey(me(), current_user.session_id, PasskeyForm()), CodeForm(None))


@blueprint.post("/account/second/remove")
@asks_again
def remove_own_second() -> ResponseReturnValue:
    what = request.form.get("factor", "")
    passkey = int(what) if what.isascii() and what.isdecimal() and len(what) < 16 else None
    if passkey is not None or what == "app":
        actions.login.remove(db(), me(), passkey, now(), required=settings().second_factor)
        flash(_("Der zweite Faktor ist entfernt."))
    return to_account()


@blueprint.post("/account/codes")
@asks_again
def new_own_codes() -> ResponseReturnValue:
    """New recovery codes, shown once; the old ones hold no longer."""
    codes = new_codes()
    actions.login.renew_codes(db(), me(), codes, now())
    return render_template("office/codes.html", codes=codes)


def added(make: Callable[[], Authenticator | Passkey], form: CodeForm) -> ResponseReturnValue:
    codes = new_codes()
    try:
        fresh = actions.login.set_up(db(), me(), make(), codes, now())
    except Refusal as refusal:
        if refusal.reason is not Reason.WRONG_FACTOR:
            raise
        form.code.errors = [describe_refusal(refusal, language())]
        return offered(form), 422
    if fresh:
        return render_template("office/codes.html", codes=codes)
    flash(_("Der zweite Faktor ist eingerichtet."))
    return to_account()


def offered(form: CodeForm) -> str:
    app = new_app(me(), form.nonce.data or "")
    return render_template(
        "office/second.html",
        app=app,
        form=form,
        names=PasskeyForm(None),
        passkeys_work=passkeys_work(),
    )


# The office's accounts, for administrators: who may do what, who is invited, who is locked.

STATES = {"active": _l("aktiv"), "invited": _l("eingeladen"), "disabled": _l("gesperrt")}


class InviteForm(AddressForm):
    name = StringField(_l("Name"))
    role = StringField(_l("Rechte"), default=Role.EDITOR.value)

    def chosen(self) -> Role:
        if self.role.data not in list(Role):
            raise Refusal(Reason.NOT_A_CHOICE, "role")
        return Role(self.role.data)


@dataclass(frozen=True, slots=True)
class Person:
    """One account as the list shows it."""

    staff: Staff
    factor: bool
    seen_at: datetime | None

    @property
    def state(self) -> str:
        if self.staff.disabled_at:
            return "disabled"
        return "active" if self.staff.password_hash else "invited"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; anything that is not on offer counts as nothing asked."""

    q: str = ""
    role: str = ""
    state: str = ""

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Choice":
        role, state = told.get("role", ""), told.get("state", "")
        q = " ".join(told.get("q", "").split())[:100]
        return cls(q, role if role in list(Role) else "", state if state in STATES else "")

    @property
    def query(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("q", "role", "state") if getattr(self, name)}

    def takes(self, one: Person) -> bool:
        text = f"{one.staff.name} {one.staff.email}".casefold()
        return (
            self.q.casefold() in text
            and self.role in ("", one.staff.role)
            and self.state in ("", one.state)
        )


@blueprint.get("/people")
@for_admins
def people() -> str:
    choice, everybody = Choice.of(request.args), persons()
    return render_template(
        "office/people.html",
        people=[each for each in everybody if choice.takes(each)],
        count=len(everybody),
        choice=choice,
        states=STATES,
        required=settings().second_factor,
    )


@blueprint.get("/people.csv")
@for_admins
def people_file() -> Response:
    """What the filter leaves."""
    choice, word = Choice.of(request.args), catalogue(language()).gettext
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
            str(STATES[each.state]),
            gettext("ja") if each.factor else gettext("nein"),
            f"{each.seen_at.astimezone(g.association.zone):%Y-%m-%d %H:%M}" if each.seen_at else "",
        )
        for each in persons()
        if choice.takes(each)
    )
    response = Response(as_csv(columns, cells), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="konten.csv")
    return response


@blueprint.get("/people/invite")
@for_admins
def invitation_form() -> str:
    return render_template("office/invite.html", form=InviteForm(None), strangers=[])


@blueprint.post("/people/invite")
@for_admins
def invite() -> ResponseReturnValue:
    """A new account; the link that sets it up goes out by mail."""
    form = InviteForm()
    try:
        email, role = form.address(), form.chosen()
        if page := require_reauth():
            return page
        name = " ".join((form.name.data or "").split())[:200]
        actions.accounts.add_staff(db(), email, name or email, role, "", actor(), now(), mail=True)
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return render_template("office/invite.html", form=form, strangers=strangers), 422
    flash(gettext("Die Einladung geht an %(email)s.", email=email))
    return redirect(url_for("office.people"), 303)


@blueprint.get("/people/<int:id>")
@for_admins
def person(id: int) -> str:
    return shown(id)


@blueprint.post("/people/<int:id>/role")
@for_admins
@asks_again
def change_role(id: int) -> ResponseReturnValue:
    one, seen, role = (
        person_here(id).staff,
        request.form.get("seen", ""),
        request.form.get("role", ""),
    )
    if role not in list(Role) or seen not in list(Role):
        raise Refusal(Reason.NOT_A_CHOICE, "role")
    return done(
        id,
        lambda: actions.accounts.change_role(
            db(), one.email, Role(seen), Role(role), actor(), now()
        ),
    )


@blueprint.post("/people/<int:id>/<any(disable, enable, sessions, factor, invite):deed>")
@for_admins
@asks_again
def change_person(id: int, deed: str) -> ResponseReturnValue:
    """Lock, unlock, end the sessions, take a lost second factor away, invite again. A second click changes nothing."""
    one = person_here(id).staff
    does = {
        "disable": lambda: actions.accounts.disable(db(), one.email, actor(), now()),
        "enable": lambda: actions.accounts.enable(db(), one.email, actor(), now()),
        "sessions": lambda: actions.accounts.end_sessions(db(), one.id, actor(), now()),
        "factor": lambda: actions.login.clear(db(), one.email, actor(), now()),
        "invite": lambda: actions.accounts.invite_again(db(), one.email, actor(), now()),
    }
    return done(id, does[deed])


def done(id: int, deed: Callable[[], object]) -> ResponseReturnValue:
    try:
        deed()
    except Refusal as refusal:
        return shown(id, refusal), 409
    flash(gettext("Das ist geschehen und steht im Protokoll."))
    return redirect(url_for("office.person", id=id), 303)


def shown(id: int, refusal: Refusal | None = None) -> str:
    here = person_here(id)
    return render_template(
        "office/person.html",
        person=here,
        known=store.accounts.of(db(), id),
        sessions=store.accounts.living(db(), id, now()),
        own=id == me().id,
        states=STATES,
        refusal=refusal,
    )


def persons() -> list[Person]:
    having, seen = store.accounts.having_one(db()), store.accounts.last_seen(db())
    return [
        Person(each, each.id in having, seen.get(each.id)) for each in store.accounts.every(db())
    ]


def person_here(id: int) -> Person:
    """The account an address names; 404 where there is none."""
    found = [each for each in persons() if each.staff.id == id]
    if not found:
        raise NotFound
    return found[0]
