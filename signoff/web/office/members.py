"""The representatives of a member: entered, changed, archived and back. Running rounds follow."""

from collections.abc import Iterable, Mapping

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain import members
from signoff.domain.audit import Line
from signoff.domain.errors import Refusal, Refusals
from signoff.domain.forms import Overtaken
from signoff.domain.members import (
    MEMBER_FACTS,
    REPRESENTATIVE_FACTS,
    Member,
    Representative,
    RepresentativeForm,
    spelt,
)
from signoff.i18n import events
from signoff.i18n.errors import describe_refusal
from signoff.importers.members import address
from signoff.web.context import db, language, now
from signoff.web.invitation.forms import label
from signoff.web.login import actor
from signoff.web.office.access import blueprint, for_editors

# The forms of the member list: typed and shown here; what is right is decided in ``signoff.domain.member_form``.

OPENED = "opened-"  # before the name of a field: what it was when the form was opened
LANGUAGES = [SelectChoice("de", _l("Deutsch")), SelectChoice("en", _l("Englisch"))]


class EditForm(FlaskForm):  # type: ignore[misc]
    """A form over something two colleagues may have open at the same time."""

    def attach(self, refused: Iterable[Refusal], language: str) -> list[Refusal]:
        """Put the words of each refusal to its field; gives back those that belong to none."""
        strangers = []
        for refusal in refused:
            if refusal.field in self:
                self[refusal.field].errors = [
                    *self[refusal.field].errors,
                    describe_refusal(refusal, language),
                ]
            else:
                strangers.append(refusal)
        return strangers

    def show(self, facts: Mapping[str, str]) -> None:
        for name, value in facts.items():
            self[name].data = value


class MemberForm(EditForm):
    name = StringField(label("name"))
    official_name = StringField(label("official_name"))
    key = StringField(label("key"))
    kind = StringField(label("kind"))
    state = StringField(label("state"))
    country = StringField(label("country"), default="DE")
    language = SelectField(
        label("language"), choices=LANGUAGES, default="de", validate_choice=False
    )
    tags = StringField(label("tags"))


class PersonForm(EditForm):
    name = StringField(label("name"))
    function = StringField(label("function"))
    email = StringField(label("email"))
    language = SelectField(
        label("language"),
        choices=[SelectChoice("", _l("wie das Mitglied")), *LANGUAGES],
        default="",
        validate_choice=False,
    )
    may_answer = RadioField(
        label("may_answer"),
        choices=[
            SelectChoice("yes", _l("darf antworten")),
            SelectChoice("no", _l("nur zur Kenntnis")),
        ],
        default="yes",
        validate_choice=False,
    )


class UploadForm(EditForm):
    file = FileField(label("file"))


def opened(names: Iterable[str]) -> dict[str, str]:
    """What the fields were when the form was opened, as the form says."""
    return {name: request.form[OPENED + name] for name in names if OPENED + name in request.form}


def languages(offered: Iterable[SelectChoice], current: str) -> list[str]:
    """What may be chosen; a language from an old list, which no page offers, may stay."""
    return [*(str(choice.value) for choice in offered), *([current] if current else [])]


# One member: its people, all its rounds, and what the journal says about it; archived and back.

HISTORY = 50  # lines


@blueprint.get("/members/<int:id>")
def member(id: int) -> str:
    return show(member_here(id))


@blueprint.post("/members/<int:id>/archive")
def archive_member(id: int) -> ResponseReturnValue:
    here = member_here(id)
    try:
        actions.members.archive_member(db(), id, actor(), now())
    except Refusal as refusal:
        return show(here, refusal), 409
    flash(_("Das Mitglied ist archiviert und wird in neuen Verfahren nicht mehr gefragt."))
    return to_member(id)


@blueprint.post("/members/<int:id>/restore")
def restore_member(id: int) -> ResponseReturnValue:
    actions.members.restore_member(db(), member_here(id).id, actor(), now())
    flash(_("Das Mitglied ist wieder aufgenommen. In neuen Verfahren wird es gefragt."))
    return to_member(id)


def show(here: Member, refusal: Refusal | None = None) -> str:
    lines = store.audit.of_member(db(), here.id, here.key, HISTORY + 1)
    return render_template(
        "office/membership/member.html",
        member=here,
        line=store.members.one(db(), here),
        archived=[each for each in store.members.people(db(), here.id) if each.archived_at],
        parts=store.members.parts(db(), here.id),
        history=[(each, events.sentence(each, language()), more(each)) for each in lines[:HISTORY]],
        longer=len(lines) > HISTORY,
        refusal=refusal,
    )


def more(line: Line) -> str:
    return events.more(line, g.association.zone, language())


def member_here(id: int) -> Member:
    """The member an address names; 404 where there is none."""
    found = store.members.find(db(), id)
    if found is None:
        raise NotFound
    return found


def to_member(id: int) -> WerkzeugResponse:
    return redirect(url_for("office.member", id=id), 303)


# A new member, and other facts about one there is. The second of two colleagues at it is told and can merge.


@blueprint.get("/members/new")
@for_editors
def new_member() -> str:
    return render_member_form(None, MemberForm())


@blueprint.post("/members/new")
def add_member() -> ResponseReturnValue:
    form = MemberForm()
    try:
        id = actions.members.add_member(db(), parse_member(0), actor(), now())
    except (Refusal, Refusals) as refused:
        return render_member_form(None, form, strangers=form.attach(each(refused), language())), 422
    flash(_("Das Mitglied ist aufgenommen. Tragen Sie nun eine Ansprechperson ein."))
    return to_member(id)


@blueprint.get("/members/<int:id>/edit")
@for_editors
def edit_member(id: int) -> str:
    here, form = member_here(id), MemberForm()
    form.show(spelt(here, MEMBER_FACTS))
    return render_member_form(here, form, spelt(here, MEMBER_FACTS))


@blueprint.post("/members/<int:id>/edit")
def change_member(id: int) -> ResponseReturnValue:
    here, form = member_here(id), MemberForm()
    try:
        changed = parse_member(id, here.language)
        actions.members.change_member(db(), changed, opened(MEMBER_FACTS), actor(), now())
    except Overtaken as overtaken:
        form.show(overtaken.merged)
        return render_member_form(here, form, overtaken.now, overtaken=overtaken), 409
    except (Refusal, Refusals) as refused:
        return render_member_form(
            here, form, opened(MEMBER_FACTS), strangers=form.attach(each(refused), language())
        ), 422
    flash(_("Die Angaben sind gespeichert."))
    return to_member(id)


def parse_member(id: int, current: str = "") -> Member:
    return members.MemberForm(request.form).member(id, languages(LANGUAGES, current))


def each(refused: Refusal | Refusals) -> tuple[Refusal, ...]:
    return refused.each if isinstance(refused, Refusals) else (refused,)


def render_member_form(
    here: Member | None,
    form: MemberForm,
    before: dict[str, str] | None = None,
    *,
    strangers: list[Refusal] | None = None,
    overtaken: Overtaken | None = None,
) -> str:
    return render_template(
        "office/membership/edit.html",
        member=here,
        form=form,
        opened=before or {},
        strangers=strangers or [],
        overtaken=overtaken,
        **store.members.suggestions(db()),
    )


@blueprint.get("/members/<int:id>/representatives/new")
@for_editors
def new_representative(id: int) -> str:
    return render_representative_form(member_here(id), None, PersonForm())


@blueprint.post("/members/<int:id>/representatives/new")
def add_representative(id: int) -> ResponseReturnValue:
    here, form = member_here(id), PersonForm()
    try:
        actions.members.add_representative(db(), parse_representative(0, id), actor(), now())
    except (Refusal, Refusals) as refused:
        return render_representative_form(
            here, None, form, strangers=form.attach(each(refused), language())
        ), 422
    flash(_("Die Ansprechperson ist eingetragen."))
    return to_member(id)


@blueprint.get("/members/<int:id>/representatives/<int:person_id>")
@for_editors
def edit_representative(id: int, person_id: int) -> str:
    here, person, form = member_here(id), person_here(id, person_id), PersonForm()
    facts = spelt(person, REPRESENTATIVE_FACTS)
    form.show(facts)
    return render_representative_form(here, person, form, facts)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>")
def change_representative(id: int, person_id: int) -> ResponseReturnValue:
    here, person, form = member_here(id), person_here(id, person_id), PersonForm()
    try:
        changed = parse_representative(person_id, id, person.language)
        actions.members.change_representative(
            db(), changed, opened(REPRESENTATIVE_FACTS), actor(), now()
        )
    except Overtaken as overtaken:
        form.show(overtaken.merged)
        return render_representative_form(
            here, person, form, overtaken.now, overtaken=overtaken
        ), 409
    except (Refusal, Refusals) as refused:
        strangers = form.attach(each(refused), language())
        return render_representative_form(
            here, person, form, opened(REPRESENTATIVE_FACTS), strangers=strangers
        ), 422
    flash(_("Die Angaben sind gespeichert."))
    return to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/archive")
def archive_representative(id: int, person_id: int) -> ResponseReturnValue:
    actions.members.archive_representative(db(), person_here(id, person_id), actor(), now())
    flash(
        _(
            "Die Ansprechperson ist archiviert. Ihre Zugangslinks zu laufenden Verfahren gelten nicht mehr."
        )
    )
    return to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/restore")
def restore_representative(id: int, person_id: int) -> ResponseReturnValue:
    here, person = member_here(id), person_here(id, person_id)
    if person.archived_at:
        try:
            actions.members.restore_representative(db(), person, actor(), now())
        except Refusal as refusal:
            return show(here, refusal), 409
    flash(_("Die Ansprechperson ist wieder aufgenommen."))
    return to_member(id)


def parse_representative(id: int, member_id: int, current: str = "") -> Representative:
    return RepresentativeForm(request.form).person(
        id, member_id, languages(LANGUAGES, current), address
    )


def person_here(id: int, person_id: int) -> Representative:
    """A representative of this member, archived or not."""
    for person in store.members.people(db(), id):
        if person.id == person_id:
            return person
    raise NotFound


def render_representative_form(
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
        running=len(store.members.running_invitations(db(), here.id, now())),
        others=[
            each.email
            for each in store.members.representatives(db(), here.id)
            if each.email and each != person
        ],
    )
