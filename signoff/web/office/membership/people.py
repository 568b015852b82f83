"""The representatives of a member: entered, changed, archived and back. Running rounds follow."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import appointing
from signoff.domain.member import REPRESENTATIVE_FACTS, Member, Representative, spelt
from signoff.domain.member_form import RepresentativeForm
from signoff.domain.merging import Overtaken
from signoff.domain.refusal import Refusal, Refusals
from signoff.intake.cells import address
from signoff.store import members, memberships
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, for_editors
from signoff.web.office.membership.editing import each
from signoff.web.office.membership.forms import LANGUAGES, PersonForm, languages, opened
from signoff.web.office.membership.page import member_here, show, to_member


@blueprint.get("/members/<int:id>/representatives/new")
@for_editors
def new_representative(id: int) -> str:
    return asked(member_here(id), None, PersonForm())


@blueprint.post("/members/<int:id>/representatives/new")
def add_representative(id: int) -> ResponseReturnValue:
    here, form = member_here(id), PersonForm()
    try:
        appointing.add_representative(db(), typed(0, id), actor(), now())
    except (Refusal, Refusals) as refused:
        return asked(here, None, form, strangers=form.attach(each(refused), language())), 422
    flash(_("Die Ansprechperson ist eingetragen."))
    return to_member(id)


@blueprint.get("/members/<int:id>/representatives/<int:person_id>")
@for_editors
def edit_representative(id: int, person_id: int) -> str:
    here, person, form = member_here(id), person_here(id, person_id), PersonForm()
    facts = spelt(person, REPRESENTATIVE_FACTS)
    form.show(facts)
    return asked(here, person, form, facts)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>")
def change_representative(id: int, person_id: int) -> ResponseReturnValue:
    here, person, form = member_here(id), person_here(id, person_id), PersonForm()
    try:
        changed = typed(person_id, id, person.language)
        appointing.change_representative(db(), changed, opened(REPRESENTATIVE_FACTS), actor(), now())
    except Overtaken as overtaken:
        form.show(overtaken.merged)
        return asked(here, person, form, overtaken.now, overtaken=overtaken), 409
    except (Refusal, Refusals) as refused:
        strangers = form.attach(each(refused), language())
        return asked(here, person, form, opened(REPRESENTATIVE_FACTS), strangers=strangers), 422
    flash(_("Die Angaben sind gespeichert."))
    return to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/archive")
def archive_representative(id: int, person_id: int) -> ResponseReturnValue:
    appointing.archive_representative(db(), person_here(id, person_id), actor(), now())
    flash(_("Die Ansprechperson ist archiviert. Ihre Zugangslinks zu laufenden Verfahren gelten nicht mehr."))
    return to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/restore")
def restore_representative(id: int, person_id: int) -> ResponseReturnValue:
    here, person = member_here(id), person_here(id, person_id)
    if person.archived_at:
        try:
            appointing.restore_representative(db(), person, actor(), now())
        except Refusal as refusal:
            return show(here, refusal), 409
    flash(_("Die Ansprechperson ist wieder aufgenommen."))
    return to_member(id)


def typed(id: int, member_id: int, current: str = "") -> Representative:
    return RepresentativeForm(request.form).person(id, member_id, languages(LANGUAGES, current), address)


def person_here(id: int, person_id: int) -> Representative:
    """A representative of this member, archived or not."""
    for person in members.people(db(), id):
        if person.id == person_id:
            return person
    raise NotFound


def asked(
    here: Member,
    person: Representative | None,
    form: PersonForm,
    before: dict[str, str] | None = None,
    *,
    strangers: list[Refusal] | None = None,
    overtaken: Overtaken | None = None,
) -> str:
    return render_template(
        "office/membership/person.html",
        member=here,
        person=person,
        form=form,
        opened=before or {},
        strangers=strangers or [],
        overtaken=overtaken,
        running=len(memberships.running_invitations(db(), here.id, now())),
        others=[each.email for each in members.representatives(db(), here.id) if each.email and each != person],
    )
