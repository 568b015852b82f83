"""Declaring an answer void. The reason is asked first, then everything is shown once more, then it is done."""

import secrets
from collections.abc import Iterable, Sequence

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.actions.amendments import NameCorrection
from signoff.domain.answer_forms import (
    OFFICE_CHANNELS,
    AnswerForm,
    AnswerRecord,
    RecordedAnswer,
    RecordedAnswerForm,
    Scan,
    build_delegation_tree,
    require_amendable,
)
from signoff.domain.answers import AnswerKind, AnswerVersion
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import MAX_LENGTHS, FieldReader
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Invitation
from signoff.i18n.errors import describe_refusal
from signoff.i18n.labels import CHANNEL
from signoff.importers import uploads
from signoff.web.context import current_date, current_form_key, current_language, db, now, services
from signoff.web.invitation.forms import BASIS_CHOICES, field_label, serialize_answer
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_or_404,
    get_round_summary_or_404,
)
from signoff.web.office.dashboard import UNREACHED_STATES
from signoff.web.office.reauth import require_reauth

# The office's forms about an answer. What is right is decided by the rules; here it is typed and shown.

ANSWER_CHOICES = [
    SelectChoice(AnswerKind.SIGN.value, _l("Das Mitglied zeichnet mit")),
    SelectChoice(AnswerKind.PENDING.value, _l("Ein Gremium entscheidet noch")),
    SelectChoice(AnswerKind.DECLINE.value, _l("Das Mitglied zeichnet nicht mit")),
    SelectChoice(AnswerKind.NOT_COMPETENT.value, _l("Das Mitglied befasst sich damit nicht")),
]
CHANNEL_CHOICES = [SelectChoice(channel.value, _l(CHANNEL[channel])) for channel in OFFICE_CHANNELS]


class AmendmentForm(FlaskForm):  # type: ignore[misc]
    """A form with words for what was refused at its fields."""

    def attach(self, refused: Iterable[Refusal], language: str) -> list[Refusal]:
        """Put the words of each refusal to its field; gives those back that belong to no field."""
        strangers = []
        for refusal in refused:
            name = refusal.field or ""
            if name == "body" and self.data.get("answer") == AnswerKind.PENDING:
                name = "expected_body"
            if name in self:
                self[name].errors = [*self[name].errors, describe_refusal(refusal, language)]
            else:
                strangers.append(refusal)
        return strangers


class NameFields:
    """The name in the list, and who signs."""

    official_name = StringField(field_label("official_name"))
    title = StringField(field_label("title"))
    first_name = StringField(field_label("first_name"))
    last_name = StringField(field_label("last_name"))
    function = StringField(field_label("function"))


class RecordAnswerForm(NameFields, AmendmentForm):
    """An answer that did not come through a link, on one page; the fields are those of the member's own form."""

    channel = RadioField(field_label("channel"), choices=CHANNEL_CHOICES, validate_choice=False)
    received_on = StringField(field_label("received_on"))
    answer = RadioField(field_label("answer"), choices=ANSWER_CHOICES, validate_choice=False)
    expected_on = StringField(field_label("expected_on"))
    expected_body = StringField(field_label("expected_body"))
    reason = TextAreaField(field_label("reason"))
    basis = RadioField(field_label("basis"), choices=BASIS_CHOICES, validate_choice=False)
    body = StringField(field_label("body"))
    decision_number = StringField(field_label("decision_number"))
    decision_date = StringField(field_label("decision_date"))
    decision_result = StringField(field_label("decision_result"))
    authorised = BooleanField(field_label("authorised"))
    publish_name = BooleanField(field_label("publish_name"))
    note = TextAreaField(field_label("note"))
    filled_in_by = StringField(_l("Name"))
    filled_in_unit = StringField(_l("Dienststelle"))
    filled_in_email = StringField(_l("E-Mail-Adresse"))
    scan = FileField(field_label("scan"))
    evidence = TextAreaField(field_label("evidence"))
    replace = BooleanField(_l("Die bisherige Rückmeldung ersetzen"))


class CorrectAnswerForm(NameFields, AmendmentForm):
    reason = TextAreaField(field_label("reason"))


class OfficeNoteForm(AmendmentForm):
    remark = TextAreaField(_l("Neuer Vermerk"))


class ResendLinksForm(AmendmentForm):
    links = StringField(_l("An wen?"))


class VoidAnswerForm(AmendmentForm):
    reason = TextAreaField(field_label("reason"))
    sure = BooleanField(_l("Bestätigung"))


# One member's place in a round: every version of its answer, who holds links, all mail, what the office decided.

MAX_REASON_LENGTH = MAX_LENGTHS["reason"]


@blueprint.get("/invitations/<int:id>")
def show_invitation(id: int) -> str:
    return render_invitation(get_invitation_or_404(id), OfficeNoteForm())


def render_invitation(here: Invitation, form: OfficeNoteForm) -> str:
    """Everything about the invitation; ``form`` is where the office notes something."""
    id = here.id
    round, member = get_round_or_404(here.round_id), get_invited_member(here)
    versions, voided = store.answers.list_versions(db(), id), store.answers.list_voidings(db(), id)
    place, mails = (
        load_invitation_status(here, member, store.answers.find_current(db(), id)),
        store.outbox.list_for_invitation(db(), id),
    )
    return render_template(
        "office/answers/show.html",
        place=place,
        unreached=place.kind is None
        and bool(mails)
        and all(notice.state in UNREACHED_STATES for notice, _ in mails),
        round=round,
        edition=store.papers.get_edition(db(), round.edition_id),
        versions=versions[::-1],
        originals={version.id: version for version in versions},
        voided=voided,
        evidence=load_recordings(id, versions),
        decisions=store.answers.list_office_decisions(db(), id)[::-1],
        objections=store.answers.list_objections(db(), id)[::-1],
        stations=build_delegation_tree(store.rounds.list_all_links(db(), id)),
        mails=mails,
        names=load_account_names(),
        remarks=store.answers.list_office_notes(db(), id),
        form=form,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
    )


def load_recordings(id: int, versions: Sequence[AnswerVersion]) -> dict[int, AnswerRecord]:
    """What evidences each version that did not come through a link; a corrected one rests on the same."""
    found = store.answers.list_answer_records(db(), id)
    for version in versions:
        if version.corrects in found:
            found[version.id] = found[version.corrects]
    return found


def load_invitation_status(
    here: Invitation, member: Member, last: AnswerVersion | None
) -> InvitationStatus:
    """The place with what was decided about exactly the note and name that count now."""
    said = last.answer.declaration if last else None
    note = (
        store.answers.find_acceptance(db(), here.id, "note", said.note)
        if said and said.note
        else None
    )
    name = (
        store.answers.find_acceptance(db(), here.id, "name", said.official_name) if said else None
    )
    return InvitationStatus(here, member, last, note, name)


@blueprint.post("/invitations/<int:id>/<any(note, name):what>")
def decide_note_or_name(id: int, what: str) -> ResponseReturnValue:
    """Accept or refuse what the version that was read asks for; another version is not decided unread."""
    get_invitation_or_404(id)
    accepted, version = request.form.get("accepted"), request.form.get("version", "")
    if accepted not in ("yes", "no") or not version.isdecimal():
        raise BadRequest
    reason = FieldReader(request.form.to_dict()).text("reason", required=False)[:MAX_REASON_LENGTH]
    actions.amendments.decide(
        db(),
        id,
        what,
        accepted == "yes",
        current_actor(),
        now(),
        version=int(version),
        reason=reason,
    )
    flash(_("Ihre Entscheidung ist festgehalten."))
    return redirect_to_invitation(id)


def load_account_names() -> dict[str, str]:
    """What the office's people are called, by how the journal names them."""
    return {f"staff/{each.id}": each.name or each.email for each in store.accounts.list_all(db())}


def get_invitation_or_404(id: int) -> Invitation:
    found = store.rounds.find_invitation(db(), id)
    if found is None:
        raise NotFound
    return found


def get_invited_member(here: Invitation) -> Member:
    return store.members.get_invited(db(), here.id)


def redirect_to_invitation(id: int) -> ResponseReturnValue:
    """Back to the page; to its top, where it says what was done."""
    return redirect(url_for("office.show_invitation", id=id), 303)


# Correcting names in a signature: the original stays as a version, and the member is told.


@blueprint.get("/invitations/<int:id>/correction")
@editor_required
def show_correction_form(id: int) -> ResponseReturnValue:
    here = get_invitation_or_404(id)
    version = require_correctable_signature(here)
    return render_correction_form(
        here,
        version,
        CorrectAnswerForm(MultiDict(serialize_answer(version.answer) | {"reason": ""})),
    )


@blueprint.post("/invitations/<int:id>/correction")
def correct_names(id: int) -> ResponseReturnValue:
    """Keep the correction. Where a colleague was quicker, both are shown, and what was typed can be sent again."""
    here, form, key = (
        get_invitation_or_404(id),
        CorrectAnswerForm(),
        current_form_key(),
    )
    if store.answers.find_by_form_key(db(), id, key):
        return redirect_to_invitation(id)
    version, seen = require_correctable_signature(here), request.form.get("version", "")
    fields = AnswerForm(request.form.to_dict(), today=current_date())
    official_name, signer = fields.named()
    reason = fields.text("reason")
    if fields.refused:
        return render_correction_form(here, version, form, fields.refused), 422
    number = int(seen) if seen.isdecimal() else 0
    try:
        actions.amendments.correct_names(
            db(),
            id,
            NameCorrection(official_name, signer, reason),
            expected_version=number,
            form_key=key,
            actor=current_actor(),
            now=now(),
        )
    except Refusal as refusal:
        return render_correction_form(here, version, form, [refusal]), 409
    flash(_("Die Namen sind berichtigt. Das Mitglied wird per E-Mail benachrichtigt."))
    return redirect_to_invitation(id)


def require_correctable_signature(here: Invitation) -> AnswerVersion:
    """The signature that counts; refuses where there is none, or where names are no longer touched."""
    require_amendable(get_round_or_404(here.round_id), now())
    version = store.answers.find_current(db(), here.id)
    if version is None or version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return version


def render_correction_form(
    here: Invitation,
    version: AnswerVersion,
    form: CorrectAnswerForm,
    refused: Sequence[Refusal] = (),
) -> str:
    return render_template(
        "office/answers/correction.html",
        case=get_round_summary_or_404(here.round_id),
        invitation=here,
        member=get_invited_member(here),
        version=version,
        form=form,
        strangers=form.attach(refused, current_language()),
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
    )


# „Das war ich nicht“: the office has looked into an objection and settles it.


@blueprint.post("/invitations/<int:id>/objections/<int:objection_id>")
def settle_objection(id: int, objection_id: int) -> ResponseReturnValue:
    """Settle an objection of this invitation; a second time, it stays as it was settled."""
    here = get_invitation_or_404(id)
    if objection_id not in {each.id for each in store.answers.list_objections(db(), here.id)}:
        raise NotFound
    actions.answers.settle_objection(db(), objection_id, current_actor(), now())
    flash(_("Der Einspruch ist als erledigt vermerkt."))
    return redirect_to_invitation(id)


# Recording an answer that came by letter, telephone or at the assembly, and the scan that evidences it.

SCAN_MIMETYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


@blueprint.get("/invitations/<int:id>/recording")
@editor_required
def show_recording_form(id: int) -> ResponseReturnValue:
    here = get_invitation_or_404(id)
    require_amendable(get_round_or_404(here.round_id), now())
    form = RecordAnswerForm(MultiDict({"official_name": get_invited_member(here).official_name}))
    return render_recording_form(here, form, seen=store.answers.get_highest_number(db(), id))


@blueprint.post("/invitations/<int:id>/recording")
def record_answer(id: int) -> ResponseReturnValue:
    """Keep the answer. A colleague who was quicker is shown, and what was typed stands until it is sent again."""
    here, form, key = (
        get_invitation_or_404(id),
        RecordAnswerForm(),
        current_form_key(),
    )
    if store.answers.find_by_form_key(db(), id, key):
        return redirect_to_invitation(id)
    seen = int(text) if (text := request.form.get("version", "")).isdecimal() else -1
    try:
        require_amendable(get_round_or_404(here.round_id), now())
        given, content, type = parse_recording(here)
        kept = (
            Scan(services().archive.keep_scan(content, type), type, len(content)) if type else None
        )
        actions.amendments.record_answer(
            db(),
            id,
            given,
            kept,
            expected_version=seen,
            form_key=key,
            actor=current_actor(),
            now=now(),
        )
    except Refusals as refusals:
        newest = store.answers.get_highest_number(db(), id) if seen < 0 else seen
        return render_recording_form(here, form, refusals.each, seen=newest), 422
    except Refusal as refusal:
        return render_recording_form(
            here, form, [refusal], seen=store.answers.get_highest_number(db(), id)
        ), 409
    flash(_("Die Rückmeldung ist erfasst. Das Mitglied wird per E-Mail benachrichtigt."))
    return redirect_to_invitation(id)


def parse_recording(here: Invitation) -> tuple[RecordedAnswer, bytes, str]:
    """What was typed and the scan with its type (empty: none). Raises ``Refusals`` with all that is wrong."""
    fields, content, type = request.form.to_dict(), b"", ""
    form = RecordedAnswerForm(
        fields, get_round_or_404(here.round_id), now=now(), zone=g.association.zone
    )
    refused: list[Refusal] = []
    if sent := request.files.get("scan"):
        content = sent.read()
    if content:
        try:
            type = uploads.detect_scan_type(content)
        except Refusal as refusal:
            refused.append(refusal)
    counts = store.answers.find_current(db(), here.id)
    if counts and counts.stands and not fields.get("replace"):
        refused.append(Refusal(Reason.NOT_REPLACING, "replace"))
    try:
        given = form.recorded(scanned=bool(content))
    except Refusals as refusals:
        raise Refusals([*refusals.each, *refused]) from None
    if refused:
        raise Refusals(refused)
    return given, content, type


def render_recording_form(
    here: Invitation, form: RecordAnswerForm, refused: Sequence[Refusal] = (), *, seen: int
) -> str:
    counts = store.answers.find_current(db(), here.id)
    return render_template(
        "office/answers/recording.html",
        case=get_round_summary_or_404(here.round_id),
        invitation=here,
        member=get_invited_member(here),
        form=form,
        counts=counts if counts and counts.stands else None,
        strangers=form.attach(refused, current_language()),
        seen=seen,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
        sent=bool(request.files.get("scan")),
    )


@blueprint.get("/invitations/<int:id>/evidence/<int:answer_id>")
def download_evidence(id: int, answer_id: int) -> ResponseReturnValue:
    """The scan, as a file to keep: a browser never shows it as a page of ours."""
    here, found = get_invitation_or_404(id), store.answers.find_answer_record(db(), id, answer_id)
    if found is None or found.evidence.scan is None:
        raise NotFound
    kept = found.evidence.scan
    path = services().archive.scan(kept.sha256, kept.type)
    name = f"{here.reference}-{answer_id}.{kept.type}"
    answer = send_file(
        path, mimetype=SCAN_MIMETYPES[kept.type], as_attachment=True, download_name=name, max_age=0
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# What the office notes for itself about an invitation.


@blueprint.post("/invitations/<int:id>/remarks")
def add_office_note(id: int) -> ResponseReturnValue:
    here, form, fields = (
        get_invitation_or_404(id),
        OfficeNoteForm(),
        FieldReader(request.form.to_dict()),
    )
    words = fields.text("remark")
    if fields.refused:
        form.attach(fields.refused, current_language())
        return render_invitation(here, form), 422
    actions.amendments.add_office_note(
        db(),
        id,
        words,
        form_key=current_form_key(),
        actor=current_actor(),
        now=now(),
    )
    flash(_("Der Vermerk ist gespeichert."))
    return redirect_to_invitation(id)


@blueprint.post("/invitations/<int:id>/remarks/<int:remark_id>/removal")
def delete_office_note(id: int, remark_id: int) -> ResponseReturnValue:
    """Remove a note of this invitation; the second click finds it gone."""
    get_invitation_or_404(id)
    found = store.answers.find_office_note(db(), remark_id)
    if found and found.invitation_id != id:
        raise NotFound
    actions.amendments.delete_office_note(db(), remark_id, current_actor(), now())
    flash(_("Der Vermerk ist gelöscht."))
    return redirect_to_invitation(id)


@blueprint.get("/invitations/<int:id>/answers/<int:answer_id>/voiding")
@editor_required
def show_void_form(id: int, answer_id: int) -> ResponseReturnValue:
    here, version = get_invitation_or_404(id), get_version_or_404(id, answer_id)
    if store.answers.find_voiding(db(), answer_id):
        return redirect_to_invitation(id)
    require_voidable(here, version)
    return render_void_form(here, version, VoidAnswerForm())


@blueprint.post("/invitations/<int:id>/answers/<int:answer_id>/voiding")
def void_answer(id: int, answer_id: int) -> ResponseReturnValue:
    """Without the tick of the second page: that page. With it the deed; the second click finds it done."""
    here, version, form = (
        get_invitation_or_404(id),
        get_version_or_404(id, answer_id),
        VoidAnswerForm(),
    )
    if store.answers.find_voiding(db(), answer_id):
        return redirect_to_invitation(id)
    require_voidable(here, version)
    fields = FieldReader(request.form.to_dict())
    reason = fields.text("reason")
    if fields.refused:
        return render_void_form(
            here,
            version,
            form,
            [Refusal(Reason.NO_REASON, "reason")] if not reason else fields.refused,
        ), 422
    if not form.sure.data:
        shown_before = request.form.get("step") == "review"
        if shown_before:
            form.sure.errors = [_("Bitte setzen Sie das Häkchen, wenn Sie das wirklich möchten.")]
        return render_void_form(here, version, form, review=True), 422 if shown_before else 200
    if page := require_reauth():
        return page
    actions.amendments.void_answer(db(), id, answer_id, reason, current_actor(), now())
    flash(
        _("Die Rückmeldung ist für ungültig erklärt. Das Mitglied wird per E-Mail benachrichtigt.")
    )
    return redirect_to_invitation(id)


def get_version_or_404(id: int, answer_id: int) -> AnswerVersion:
    """A version of this invitation, whether it counts or not."""
    version = store.answers.find(db(), answer_id)
    if version is None or version.invitation_id != id:
        raise NotFound
    return version


def require_voidable(here: Invitation, version: AnswerVersion) -> None:
    """Only the answer that counts is voided, and not once the release is recorded."""
    require_amendable(get_round_or_404(here.round_id), now())
    counts = store.answers.find_current(db(), here.id)
    if counts is None or not counts.stands:
        raise Refusal(Reason.NOTHING_TO_VOID)
    if counts.id != version.id:
        raise Refusal(Reason.STALE, what="answer")


def render_void_form(
    here: Invitation,
    version: AnswerVersion,
    form: VoidAnswerForm,
    refused: Sequence[Refusal] = (),
    *,
    review: bool = False,
) -> str:
    return render_template(
        "office/answers/voiding.html",
        case=get_round_summary_or_404(here.round_id),
        invitation=here,
        member=get_invited_member(here),
        version=version,
        form=form,
        strangers=form.attach(refused, current_language()),
        review=review,
    )
