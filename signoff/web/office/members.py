"""Members and their representatives: show, add, edit, archive and restore."""

from collections.abc import Iterable, Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain import members
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import EditConflict
from signoff.domain.members import (
    MEMBER_COLUMNS,
    MEMBER_FIELDS,
    REPRESENTATIVE_FIELDS,
    YES,
    Member,
    MemberFields,
    Representative,
    RepresentativeForm,
    format_fields,
)
from signoff.domain.text import decode_domains, is_same_address
from signoff.i18n import events
from signoff.i18n.catalogue import LANGUAGES
from signoff.web.context import current_language, db, list_language_choices, now
from signoff.web.forms import BaseForm
from signoff.web.listing import get_ints
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.audit import format_details
from signoff.web.office.forms import render_act
from signoff.web.office.participations import describe
from signoff.web.office.reauth import require_reauth

# The forms. ``signoff.domain.members`` decides what is right.

# The names come first.
FORM_COLUMNS = sorted(MEMBER_FIELDS, key=lambda name: name not in ("name", "official_name"))
EXPECTED_PREFIX = "opened-"  # of the hidden fields with the values from when the form was opened


class EditForm(BaseForm):
    """A form over an object that two people may edit at the same time."""

    def fill(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            self[name].data = decode_domains(value)


class EditMemberForm(EditForm):
    """A field for each column of the member list."""


for column in FORM_COLUMNS:
    default = getattr(MemberFields("", ""), column) or ""
    if column == "language":
        field = SelectField(choices=list_language_choices, default=default, validate_choice=False)
    elif column == "mail_without_link":
        choices = [SelectChoice("", _l("nein")), SelectChoice(YES, _l("ja"))]
        field = SelectField(choices=choices, default="", validate_choice=False)
    else:
        field = StringField(default=default)
    setattr(EditMemberForm, column, field)


class EditRepresentativeForm(EditForm):
    name = StringField()
    function = StringField()
    email = StringField()
    language = SelectField(
        choices=lambda: [SelectChoice("", _l("wie das Mitglied")), *list_language_choices()],
        default="",
        validate_choice=False,
    )
    may_answer = RadioField(
        choices=[
            SelectChoice("yes", _l("darf antworten")),
            SelectChoice("no", _l("nur zur Kenntnis")),
        ],
        default="yes",
        validate_choice=False,
    )


def get_expected_values(names: Iterable[str]) -> dict[str, str]:
    """The values of the fields when the form was opened."""
    return {
        name: request.form[EXPECTED_PREFIX + name]
        for name in names
        if EXPECTED_PREFIX + name in request.form
    }


def list_allowed_languages(current: str) -> list[str]:
    """The languages that may be chosen; a member from an old list may keep one that no page
    offers.
    """
    return [*LANGUAGES, *([current] if current else [])]


# One member: its representatives, its rounds and its audit entries; archiving and restoring it.

MAX_HISTORY_ENTRIES = 50


@blueprint.get("/members/<int:id>")
def show_member(id: int) -> str:
    return render_member(get_member_or_404(id))


@blueprint.post("/members/<int:id>/archive")
def archive_member(id: int) -> ResponseReturnValue:
    member = get_member_or_404(id)
    try:
        actions.members.archive_member(db(), id, current_actor(), now())
    except Refusal as refusal:
        return render_member(member, refusal), 409
    flash(_("Das Mitglied ist archiviert und wird in neuen Verfahren nicht mehr gefragt."))
    return redirect_to_member(id)


@blueprint.post("/members/<int:id>/restore")
def restore_member(id: int) -> ResponseReturnValue:
    actions.members.restore_member(db(), get_member_or_404(id).id, current_actor(), now())
    flash(_("Das Mitglied ist wieder aufgenommen. In neuen Verfahren wird es gefragt."))
    return redirect_to_member(id)


def render_member(member: Member, refusal: Refusal | None = None) -> str:
    entries = store.audit.list_detailed_entries_of_member(
        db(), member.id, member.key, MAX_HISTORY_ENTRIES + 1
    )
    return render_template(
        "office/members/show.html",
        member=member,
        columns=[(name, MEMBER_COLUMNS[name].label) for name in FORM_COLUMNS],
        name_offers=[
            offer for offer in store.members.list_name_offers(db()) if offer.member_id == member.id
        ],
        summary=store.members.load_summary(db(), member),
        archived=[
            representative
            for representative in store.members.list_all_representatives(db(), member.id)
            if representative.archived_at
        ],
        participations=[
            (each, round, store.papers.get_edition(db(), round.edition_id).text.title)
            for each in store.participations.list_all(db(), [member.id])
            for round in [store.rounds.get(db(), each.round_id)]
        ],
        past_answers=[
            each
            for each in store.participations.list_past_answers(db())
            if each.member_id == member.id
        ],
        describe_answer=describe,
        history=[
            (entry, events.describe_entry(entry, current_language()), format_details(entry))
            for entry in entries[:MAX_HISTORY_ENTRIES]
        ],
        longer=len(entries) > MAX_HISTORY_ENTRIES,
        refusal=refusal,
    )


def get_member_or_404(id: int) -> Member:
    member = store.members.find(db(), id)
    if member is None:
        raise NotFound
    return member


def redirect_to_member(id: int) -> WerkzeugResponse:
    return redirect(url_for("office.show_member", id=id), 303)


# Adding and editing a member. The second of two people who edit it sees the conflict and can merge.


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
        form.add_errors(refused)
        return render_member_form(None, form), 422
    flash(_("Das Mitglied ist aufgenommen. Tragen Sie nun eine Ansprechperson ein."))
    return redirect_to_member(id)


@blueprint.get("/members/<int:id>/edit")
@editor_required
def edit_member(id: int) -> str:
    member, form = get_member_or_404(id), EditMemberForm()
    form.fill(format_fields(member, MEMBER_FIELDS))
    return render_member_form(member, form, format_fields(member, MEMBER_FIELDS))


@blueprint.post("/members/<int:id>/edit")
def change_member(id: int) -> ResponseReturnValue:
    member, form = get_member_or_404(id), EditMemberForm()
    try:
        changed = parse_member(id, member.language)
        actions.members.change_member(
            db(), changed, get_expected_values(MEMBER_FIELDS), current_actor(), now()
        )
    except EditConflict as conflict:
        form.fill(conflict.merged)
        return render_member_form(member, form, conflict.current, conflict=conflict), 409
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_member_form(member, form, get_expected_values(MEMBER_FIELDS)), 422
    flash(_("Die Angaben sind gespeichert."))
    return redirect_to_member(id)


def parse_member(id: int, current: str = "") -> Member:
    return members.MemberForm(request.form).member(id, list_allowed_languages(current))


def render_member_form(
    member: Member | None,
    form: EditMemberForm,
    expected: dict[str, str] | None = None,
    *,
    conflict: EditConflict | None = None,
) -> str:
    return render_template(
        "office/members/edit.html",
        member=member,
        form=form,
        columns=FORM_COLUMNS,
        expected=expected or {},
        conflict=conflict,
        **store.members.list_suggestions(db()),
    )


@blueprint.get("/members/<int:id>/representatives/new")
@editor_required
def new_representative(id: int) -> str:
    return render_representative_form(get_member_or_404(id), None, EditRepresentativeForm())


@blueprint.post("/members/<int:id>/representatives/new")
def add_representative(id: int) -> ResponseReturnValue:
    member, form = get_member_or_404(id), EditRepresentativeForm()
    try:
        actions.members.add_representative(
            db(), parse_representative(0, id), current_actor(), now()
        )
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_representative_form(member, None, form), 422
    flash(_("Die Ansprechperson ist eingetragen."))
    return redirect_to_member(id)


@blueprint.get("/members/<int:id>/representatives/<int:person_id>")
@editor_required
def edit_representative(id: int, person_id: int) -> str:
    member, representative = get_member_or_404(id), get_representative_or_404(id, person_id)
    form, values = EditRepresentativeForm(), format_fields(representative, REPRESENTATIVE_FIELDS)
    form.fill(values)
    return render_representative_form(member, representative, form, values)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>")
def change_representative(id: int, person_id: int) -> ResponseReturnValue:
    member, representative = get_member_or_404(id), get_representative_or_404(id, person_id)
    form = EditRepresentativeForm()
    try:
        changed = parse_representative(person_id, id, representative.language)
        if changes_who_answers(representative, changed) and (page := require_reauth()):
            return page
        actions.members.change_representative(
            db(), changed, get_expected_values(REPRESENTATIVE_FIELDS), current_actor(), now()
        )
    except EditConflict as conflict:
        form.fill(conflict.merged)
        return render_representative_form(
            member, representative, form, conflict.current, conflict=conflict
        ), 409
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        expected = get_expected_values(REPRESENTATIVE_FIELDS)
        return render_representative_form(member, representative, form, expected), 422
    flash(_("Die Angaben sind gespeichert."))
    return redirect_to_member(id)


def changes_who_answers(before: Representative, after: Representative) -> bool:
    """Whether a link of an open round goes to another address."""
    moves = not is_same_address(before.email, after.email)
    return moves and bool(store.members.list_open_links(db(), before.id, now()))


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/archive")
def archive_representative(id: int, person_id: int) -> ResponseReturnValue:
    actions.members.archive_representative(
        db(), get_representative_or_404(id, person_id), current_actor(), now()
    )
    flash(
        _("Die Ansprechperson ist archiviert. Ihre Links zu laufenden Verfahren gelten nicht mehr.")
    )
    return redirect_to_member(id)


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/restore")
def restore_representative(id: int, person_id: int) -> ResponseReturnValue:
    member, representative = get_member_or_404(id), get_representative_or_404(id, person_id)
    if representative.archived_at:
        try:
            actions.members.restore_representative(db(), representative, current_actor(), now())
        except Refusal as refusal:
            return render_member(member, refusal), 409
    flash(_("Die Ansprechperson ist wieder aufgenommen."))
    return redirect_to_member(id)


@blueprint.get("/members/<int:id>/representatives/<int:person_id>/deletion")
@editor_required
def show_representative_deletion(id: int, person_id: int) -> ResponseReturnValue:
    member, person = get_member_or_404(id), get_representative_or_404(id, person_id)
    if store.members.was_invited(db(), person.id):
        return render_member(member, Refusal(Reason.REPRESENTATIVE_INVITED)), 409
    who = person.name or decode_domains(person.email) or _("ohne Namen")
    return render_act(
        _("Ansprechperson löschen?"),
        _("Ansprechperson löschen"),
        url_for("office.delete_representative", id=id, person_id=person_id),
        url_for("office.show_member", id=id),
        [
            _("Die Angaben zu %(who)s werden gelöscht.", who=who),
            _("Die Ansprechperson war zu keinem Verfahren eingeladen."),
            _(
                "Im Verlauf bleiben die früheren Einträge stehen, mit Namen und Adresse, die sie damals nannten."
            ),
        ],
    )


@blueprint.post("/members/<int:id>/representatives/<int:person_id>/deletion")
def delete_representative(id: int, person_id: int) -> ResponseReturnValue:
    """Delete a representative who was never invited. A second request finds that it is gone."""
    member = get_member_or_404(id)
    try:
        for person in store.members.list_all_representatives(db(), id):
            if person.id == person_id:
                actions.members.delete_representative(db(), person, current_actor(), now())
    except Refusal as refusal:
        return render_member(member, refusal), 409
    flash(_("Die Ansprechperson ist gelöscht."))
    return redirect_to_member(id)


def parse_representative(id: int, member_id: int, current: str = "") -> Representative:
    return RepresentativeForm(request.form).representative(
        id, member_id, list_allowed_languages(current)
    )


def get_representative_or_404(id: int, person_id: int) -> Representative:
    """A representative of this member, archived or not."""
    for representative in store.members.list_all_representatives(db(), id):
        if representative.id == person_id:
            return representative
    raise NotFound


def render_representative_form(
    member: Member,
    representative: Representative | None,
    form: EditRepresentativeForm,
    expected: dict[str, str] | None = None,
    *,
    conflict: EditConflict | None = None,
) -> str:
    return render_template(
        "office/members/representative.html",
        member=member,
        person=representative,
        form=form,
        expected=expected or {},
        conflict=conflict,
        running=len(store.members.list_open_invitations(db(), member.id, now())),
        others=[
            other.email
            for other in store.members.list_representatives(db(), member.id)
            if other.email and other != representative
        ],
    )


# Accepted names that the member list can take over: the office ticks them


@blueprint.get("/members/names")
def list_name_offers() -> str:
    return render_template(
        "office/members/names.html", offers=store.members.list_name_offers(db()), nothing=False
    )


@blueprint.post("/members/names")
def settle_names() -> ResponseReturnValue:
    """Take the ticked names over, or leave the member list as it is."""
    ids = get_ints(request.form, "pick")
    chosen = [(id, request.form.get(f"name-{id}", "")) for id in ids]
    if not chosen:
        offers = store.members.list_name_offers(db())
        return render_template("office/members/names.html", offers=offers, nothing=True), 422
    if request.form.get("do") == "keep":
        actions.members.keep_names(db(), chosen, current_actor(), now())
        flash(_("Die Mitgliederliste bleibt, wie sie ist."))
    else:
        count = actions.members.take_names(db(), chosen, current_actor(), now())
        flash(
            ngettext(
                "%(num)s Name ist in die Mitgliederliste übernommen.",
                "%(num)s Namen sind in die Mitgliederliste übernommen.",
                count,
            )
        )
    page = (
        "office.list_name_offers" if store.members.list_name_offers(db()) else "office.list_members"
    )
    return redirect(url_for(page), 303)
