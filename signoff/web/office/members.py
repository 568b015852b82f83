"""The representatives of a member: entered, changed, archived and back. Running rounds follow."""

from collections.abc import Iterable, Mapping

from flask import flash, redirect, render_template, request, url_for
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
from signoff.domain.errors import Refusal, Refusals
from signoff.domain.forms import EditConflict
from signoff.domain.members import (
    MEMBER_FIELDS,
    REPRESENTATIVE_FIELDS,
    Member,
    Representative,
    RepresentativeForm,
    format_fields,
)
from signoff.i18n import events
from signoff.i18n.catalogue import LANGUAGES, SOURCE_LANGUAGE
from signoff.i18n.errors import describe_refusal
from signoff.importers.members import parse_email
from signoff.web.context import current_language, db, list_language_choices, now
from signoff.web.invitation.forms import field_label
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.audit import format_details

# The forms of the member list: typed and shown here; what is right is decided in ``signoff.domain.member_form``.

EXPECTED_PREFIX = "opened-"  # before the name of a field: what it was when the form was opened


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


class EditMemberForm(EditForm):
    name = StringField(field_label("name"))
    official_name = StringField(field_label("official_name"))
    key = StringField(field_label("key"))
    kind = StringField(field_label("kind"))
    state = StringField(field_label("state"))
    country = StringField(field_label("country"), default="DE")
    language = SelectField(
        field_label("language"),
        choices=list_language_choices,
        default=SOURCE_LANGUAGE,
        validate_choice=False,
    )
    tags = StringField(field_label("tags"))


class EditRepresentativeForm(EditForm):
    name = StringField(field_label("name"))
    function = StringField(field_label("function"))
    email = StringField(field_label("email"))
    language = SelectField(
        field_label("language"),
        choices=lambda: [SelectChoice("", _l("wie das Mitglied")), *list_language_choices()],
        default="",
        validate_choice=False,
    )
    may_answer = RadioField(
        field_label("may_answer"),
        choices=[
            SelectChoice("yes", _l("darf antworten")),
            SelectChoice("no", _l("nur zur Kenntnis")),
        ],
        default="yes",
        validate_choice=False,
    )


class UploadMembersForm(EditForm):
    file = FileField(field_label("file"))


def get_expected_values(names: Iterable[str]) -> dict[str, str]:
    """What the fields were when the form was opened, as the form says."""
    return {
        name: request.form[EXPECTED_PREFIX + name]
        for name in names
        if EXPECTED_PREFIX + name in request.form
    }


def list_allowed_languages(current: str) -> list[str]:
    """What may be chosen; a language from an old list, which no page offers, may stay."""
    return [*LANGUAGES, *([current] if current else [])]


# One member: its people, all its rounds, and what the journal says about it; archived and back.

MAX_HISTORY_ENTRIES = 50  # lines


@blueprint.get("/members/<int:id>")
def show_member(id: int) -> str:
    return render_member(get_member_or_404(id))


@blueprint.post("/members/<int:id>/archive")
def archive_member(id: int) -> ResponseReturnValue:
    here = get_member_or_404(id)
    try:
        actions.members.archive_member(db(), id, current_actor(), now())
    except Refusal as refusal:
        return render_member(here, refusal), 409
    flash(_("Das Mitglied ist archiviert und wird in neuen Verfahren nicht mehr gefragt."))
    return redirect_to_member(id)


@blueprint.post("/members/<int:id>/restore")
def restore_member(id: int) -> ResponseReturnValue:
    actions.members.restore_member(db(), get_member_or_404(id).id, current_actor(), now())
    flash(_("Das Mitglied ist wieder aufgenommen. In neuen Verfahren wird es gefragt."))
    return redirect_to_member(id)


def render_member(here: Member, refusal: Refusal | None = None) -> str:
    lines = store.audit.list_detailed_entries_of_member(
        db(), here.id, here.key, MAX_HISTORY_ENTRIES + 1
    )
    return render_template(
        "office/members/show.html",
        member=here,
        line=store.members.load_summary(db(), here),
        archived=[
            each
            for each in store.members.list_all_representatives(db(), here.id)
            if each.archived_at
        ],
        parts=store.members.list_participations(db(), here.id),
        history=[
            (each, events.describe_entry(each, current_language()), format_details(each))
            for each in lines[:MAX_HISTORY_ENTRIES]
        ],
        longer=len(lines) > MAX_HISTORY_ENTRIES,
        refusal=refusal,
    )


def get_member_or_404(id: int) -> Member:
    """The member an address names; 404 where there is none."""
    found = store.members.find(db(), id)
    if found is None:
        raise NotFound
    return found


def redirect_to_member(id: int) -> WerkzeugResponse:
    return redirect(url_for("office.show_member", id=id), 303)


# A new member, and other facts about one there is. The second of two colleagues at it is told and can merge.


@blueprint.get("/members/new")
@editor_required
def new_member() -> str:
    return render_member_form(None, EditMemberForm())


@blueprint.post("/members/new")
def add_member() -> ResponseReturnValue:
    form = EditMemberForm()
    try:
        id = actions.members.add_member(db(), parse_member(0), current_actor(), now())
    except (Refusal, Refusals) as refused:
        return render_member_form(
            None, form, strangers=form.attach(list_refusals(refused), current_language())
        ), 422
    flash(_("Das Mitglied ist aufgenommen. Tragen Sie nun eine Ansprechperson ein."))
    return redirect_to_member(id)


@blueprint.get("/members/<int:id>/edit")
@editor_required
def edit_member(id: int) -> str:
    here, form = get_member_or_404(id), EditMemberForm()
    form.show(format_fields(here, MEMBER_FIELDS))
    return render_member_form(here, form, format_fields(here, MEMBER_FIELDS))


@blueprint.post("/members/<int:id>/edit")
def change_member(id: int) -> ResponseReturnValue:
    here, form = get_member_or_404(id), EditMemberForm()
    try:
        changed = parse_member(id, here.language)
        actions.members.change_member(
            db(), changed, get_expected_values(MEMBER_FIELDS), current_actor(), now()
        )
    except EditConflict as overtaken:
        form.show(overtaken.merged)
        return render_member_form(here, form, overtaken.now, overtaken=overtaken), 409
    except (Refusal, Refusals) as refused:
        return render_member_form(
            here,
            form,
            get_expected_values(MEMBER_FIELDS),
            strangers=form.attach(list_refusals(refused), current_language()),
        ), 422
    flash(_("Die Angaben sind gespeichert."))
    return redirect_to_member(id)


def parse_member(id: int, current: str = "") -> Member:
    return members.MemberForm(request.form).member(id, list_allowed_languages(current))


def list_refusals(refused: Refusal | Refusals) -> tuple[Refusal, ...]:
    return refused.each if isinstance(refused, Refusals) else (refused,)


def render_member_form(
    here: Member | None,
    form: EditMemberForm,
    before: dict[str, str] | None = None,
    *,
    strangers: list[Refusal] | None = None,
    overtaken: EditConflict | None = None,
) -> str:
    return render_template(
        "office/members/edit.html",
        member=here,
        form=form,
        opened=before or {},
        strangers=strangers or [],
        overtaken=overtaken,
        **store.members.list_suggestions(db()),
    )


@blueprint.get("/members/<int:id>/representatives/new")
@editor_required
def new_representative(id: int) -> str:
    return render_representative_form(get_member_or_404(id), None, EditRepresentativeForm())


@blueprint.post("/members/<int:id>/representatives/new")
def add_representative(id: int) -> ResponseReturnValue:
    here, form = get_member_or_404(id), EditRepresentativeForm()
    try:
        actions.members.add_representative(
            db(), parse_representative(0, id), current_actor(), now()
        )
    except (Refusal, Refusals) as refused:
        return render_representative_form(
            here, None, form, strangers=form.attach(list_refusals(refused), current_language())
        ), 422
    flash(_("Die Ansprechperson ist eingetragen."))
    return redirect_to_member(id)


@blueprint.get("/members/<int:id>/representatives/<int:person_id>")
@editor_required
def edit_representative(id: int, person_id: int) -> str:
    here, person, form = (
        get_member_or_404(id),
        get_representative_or_404(id, person_id),
        EditRepresentativeForm(),
    )
    facts = format_fields(person, REPRESENTATIVE_FIELDS)
    form.show(facts)
    return render_representative_form(here, person, form, facts)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>")
def change_representative(id: int, person_id: int) -> ResponseReturnValue:
    here, person, form = (
        get_member_or_404(id),
        get_representative_or_404(id, person_id),
        EditRepresentativeForm(),
    )
    try:
        changed = parse_representative(person_id, id, person.language)
        actions.members.change_representative(
            db(), changed, get_expected_values(REPRESENTATIVE_FIELDS), current_actor(), now()
        )
    except EditConflict as overtaken:
        form.show(overtaken.merged)
        return render_representative_form(
            here, person, form, overtaken.now, overtaken=overtaken
        ), 409
    except (Refusal, Refusals) as refused:
        strangers = form.attach(list_refusals(refused), current_language())
        return render_representative_form(
            here, person, form, get_expected_values(REPRESENTATIVE_FIELDS), strangers=strangers
        ), 422
    flash(_("Die Angaben sind gespeichert."))
    return redirect_to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/archive")
def archive_representative(id: int, person_id: int) -> ResponseReturnValue:
    actions.members.archive_representative(
        db(), get_representative_or_404(id, person_id), current_actor(), now()
    )
    flash(
        _(
            "Die Ansprechperson ist archiviert. Ihre Zugangslinks zu laufenden Verfahren gelten nicht mehr."
        )
    )
    return redirect_to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/restore")
def restore_representative(id: int, person_id: int) -> ResponseReturnValue:
    here, person = get_member_or_404(id), get_representative_or_404(id, person_id)
    if person.archived_at:
        try:
            actions.members.restore_representative(db(), person, current_actor(), now())
        except Refusal as refusal:
            return render_member(here, refusal), 409
    flash(_("Die Ansprechperson ist wieder aufgenommen."))
    return redirect_to_member(id)


def parse_representative(id: int, member_id: int, current: str = "") -> Representative:
    return RepresentativeForm(request.form).person(
        id, member_id, list_allowed_languages(current), parse_email
    )


def get_representative_or_404(id: int, person_id: int) -> Representative:
    """A representative of this member, archived or not."""
    for person in store.members.list_all_representatives(db(), id):
        if person.id == person_id:
            return person
    raise NotFound


def render_representative_form(
    here: Member,
    person: Representative | None,
    form: EditRepresentativeForm,
    before: dict[str, str] | None = None,
    *,
    strangers: list[Refusal] | None = None,
    overtaken: EditConflict | None = None,
) -> str:
    return render_template(
        "office/members/representative.html",
        member=here,
        person=person,
        form=form,
        opened=before or {},
        strangers=strangers or [],
        overtaken=overtaken,
        running=len(store.members.list_open_invitations(db(), here.id, now())),
        others=[
            each.email
            for each in store.members.list_representatives(db(), here.id)
            if each.email and each != person
        ],
    )
