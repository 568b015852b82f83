"""The office's accounts, for administrators: who may do what, who is invited, who is locked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound
from wtforms import StringField

from signoff.actions import securing, staffing
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Role, Staff
from signoff.export.sheets import as_csv
from signoff.store import factors, staff
from signoff.web.context import db, language, now, settings
from signoff.web.login import actor, me
from signoff.web.office.again import asked, asks_again
from signoff.web.office.door import blueprint, for_admins
from signoff.web.office.forms import AddressForm
from signoff.words import labels
from signoff.words.catalogue import catalogue

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
        return self.q.casefold() in text and self.role in ("", one.staff.role) and self.state in ("", one.state)


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
        if page := asked():
            return page
        name = " ".join((form.name.data or "").split())[:200]
        staffing.add_staff(db(), email, name or email, role, "", actor(), now(), mail=True)
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
    one, seen, role = person_here(id).staff, request.form.get("seen", ""), request.form.get("role", "")
    if role not in list(Role) or seen not in list(Role):
        raise Refusal(Reason.NOT_A_CHOICE, "role")
    return done(id, lambda: staffing.change_role(db(), one.email, Role(seen), Role(role), actor(), now()))


@blueprint.post("/people/<int:id>/<any(disable, enable, sessions, factor, invite):deed>")
@for_admins
@asks_again
def change_person(id: int, deed: str) -> ResponseReturnValue:
    """Lock, unlock, end the sessions, take a lost second factor away, invite again. A second click changes nothing."""
    one = person_here(id).staff
    does = {
        "disable": lambda: staffing.disable(db(), one.email, actor(), now()),
        "enable": lambda: staffing.enable(db(), one.email, actor(), now()),
        "sessions": lambda: staffing.end_sessions(db(), one.id, actor(), now()),
        "factor": lambda: securing.clear(db(), one.email, actor(), now()),
        "invite": lambda: staffing.invite_again(db(), one.email, actor(), now()),
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
        known=factors.of(db(), id),
        sessions=staff.living(db(), id, now()),
        own=id == me().id,
        states=STATES,
        refusal=refusal,
    )


def persons() -> list[Person]:
    having, seen = factors.having_one(db()), staff.last_seen(db())
    return [Person(each, each.id in having, seen.get(each.id)) for each in staff.every(db())]


def person_here(id: int) -> Person:
    """The account an address names; 404 where there is none."""
    found = [each for each in persons() if each.staff.id == id]
    if not found:
        raise NotFound
    return found[0]
