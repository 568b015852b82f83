"""One invitation as the office sees it: its answers, and recording, correcting, deciding on and
voiding them.
"""

from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.actions.amendments import NameCorrection
from signoff.domain.answer_forms import (
    OFFICE_CHANNELS,
    SUBMITTER_FIELDS,
    AnswerForm,
    AnswerRecord,
    RecordedAnswer,
    RecordedAnswerForm,
    Scan,
    build_delegation_tree,
    require_amendable,
    require_recordable,
)
from signoff.domain.answers import AnswerKind, AnswerVersion, Channel
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import FieldReader
from signoff.domain.mail import UNREACHED_STATES, MailKind
from signoff.domain.members import Member
from signoff.domain.replies import EVIDENCE_TYPE, Reply
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Invitation
from signoff.i18n.labels import CHANNEL
from signoff.importers import uploads
from signoff.web.context import create_form_key, current_date, current_form_key, db, now, services
from signoff.web.downloads import send_archived
from signoff.web.filters import format_short_date
from signoff.web.forms import BaseForm
from signoff.web.invitation.forms import BasisFields, NameFields, serialize_answer
from signoff.web.listing import get_int
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_or_404,
)
from signoff.web.office.forms import ConfirmForm
from signoff.web.office.reauth import reauth_required, require_reauth

# The forms. ``signoff.domain.answer_forms`` decides what is right.

ANSWER_CHOICES = [
    SelectChoice(AnswerKind.COSIGN.value, _l("Das Mitglied zeichnet mit")),
    SelectChoice(AnswerKind.PENDING.value, _l("Ein Gremium entscheidet noch")),
    SelectChoice(AnswerKind.DECLINE.value, _l("Das Mitglied zeichnet nicht mit")),
    SelectChoice(AnswerKind.NOT_COMPETENT.value, _l("Das Mitglied befasst sich damit nicht")),
]
CHANNEL_CHOICES = [SelectChoice(channel.value, _l(CHANNEL[channel])) for channel in OFFICE_CHANNELS]


class RecordAnswerForm(NameFields, BasisFields, BaseForm):
    """An answer that did not come through a link, on one page; the fields are those of the member's
    own form.
    """

    replace = BooleanField(_l("Die bisherige Rückmeldung ersetzen"))
    channel = RadioField(choices=CHANNEL_CHOICES, validate_choice=False)
    received_on = StringField()
    answer = RadioField(
        _l("Was antwortet das Mitglied?"), choices=ANSWER_CHOICES, validate_choice=False
    )
    expected_on = StringField()
    expected_body = StringField()
    reason = TextAreaField()
    publish_name = BooleanField()
    note = TextAreaField()
    filled_in_by = StringField(_l("Name"))
    filled_in_unit = StringField(_l("Dienststelle"))
    filled_in_email = StringField(_l("E-Mail-Adresse"))
    scan = FileField()
    evidence = TextAreaField()
    messages = {
        Reason.SETTLED: _l(
            "Für das Mitglied liegt schon eine Rückmeldung vor. Nach der Veröffentlichung bleibt sie so."
        )
    }
    last_fields = (
        *(name for part in (NameFields, BasisFields) for name in vars(part)),
        *("publish_name", "note", "scan", "evidence"),
        *SUBMITTER_FIELDS,
    )

    def find_field_name(self, refusal: Refusal) -> str:
        """This page has two fields for a committee; the rules know one."""
        pending = self.answer.data == AnswerKind.PENDING
        return "expected_body" if refusal.field == "body" and pending else refusal.field or ""


class CorrectAnswerForm(NameFields, BaseForm):
    reason = TextAreaField()


class OfficeNoteForm(BaseForm):
    remark = TextAreaField(_l("Neuer Vermerk"))


class ResendLinksForm(BaseForm):
    links = StringField(_l("An wen?"))


class VoidAnswerForm(ConfirmForm):
    reason = TextAreaField()


# One invitation: every version of its answer, the links, all mail and the office's decisions.


@blueprint.get("/invitations/<int:id>")
def show_invitation(id: int) -> str:
    return render_invitation(get_invitation_or_404(id), OfficeNoteForm())


def render_invitation(invitation: Invitation, form: OfficeNoteForm) -> str:
    """Everything about the invitation; ``form`` is the one for a note of the office."""
    id, round = invitation.id, get_round_or_404(invitation.round_id)
    versions = store.answers.list_versions(db(), id)
    status = load_invitation_status(
        invitation, get_invited_member(invitation), store.answers.find_current(db(), id)
    )
    mails = store.outbox.list_for_invitation(db(), id)
    return render_template(
        "office/answers/show.html",
        status=status,
        unreached=status.kind is None
        and bool(mails)
        and all(message.state in UNREACHED_STATES for message, _ in mails),
        round=round,
        edition=store.papers.get_edition(db(), round.edition_id),
        versions=versions[::-1],
        originals={version.id: version for version in versions},
        voided=store.answers.list_voidings(db(), id),
        evidence=load_recordings(id, versions),
        decisions=store.answers.list_office_decisions(db(), id)[::-1],
        objections=store.answers.list_objections(db(), id)[::-1],
        nodes=build_delegation_tree(store.rounds.list_all_links(db(), id)),
        mails=mails,
        letters=store.letters.list_for_invitation(db(), id),
        replies=store.replies.list_for_invitation(db(), id),
        names=load_account_names(),
        remarks=store.answers.list_office_notes(db(), id),
        following=list_following_decisions(invitation) if status.undecided else [],
        form=form,
        form_key=create_form_key(request.form),
    )


def load_recordings(id: int, versions: Sequence[AnswerVersion]) -> dict[int, AnswerRecord]:
    """The evidence of each version that did not come through a link; a corrected version shares
    it.
    """
    records = store.answers.list_answer_records(db(), id)
    for version in versions:
        if version.corrects in records:
            records[version.id] = records[version.corrects]
    return records


def load_invitation_status(
    invitation: Invitation, member: Member, version: AnswerVersion | None
) -> InvitationStatus:
    """The status with the decisions about exactly the note and the name of the current version."""
    note = name = None
    if version and (declaration := version.answer.declaration):
        if declaration.note:
            note = store.answers.find_acceptance(db(), invitation.id, "note", declaration.note)
        name = store.answers.find_acceptance(db(), invitation.id, "name", declaration.official_name)
    return InvitationStatus(invitation, member, version, note, name)


@blueprint.post("/invitations/<int:id>/<any(note, name):what>")
def decide_note_or_name(id: int, what: str) -> ResponseReturnValue:
    """Accept or reject the note or name in the version that was read.

    Refuses if another one is current. A decision that was due leads to the next one.
    """
    invitation = get_invitation_or_404(id)
    was_due = is_undecided(invitation, what)
    accepted, version = request.form.get("accepted"), get_int(request.form, "version", -1)
    if accepted not in ("yes", "no") or version < 0:
        raise BadRequest
    reader = FieldReader(request.form.to_dict())
    reason = reader.text("reason", required=False)
    if reader.refusals:
        raise Refusals(reader.refusals)
    actions.amendments.decide(
        db(),
        id,
        what,
        accepted == "yes",
        current_actor(),
        now(),
        version=version,
        reason=reason,
    )
    flash(_("Ihre Entscheidung ist festgehalten."))
    if not was_due or is_undecided(invitation):
        return redirect_to_invitation(id)
    return redirect_to_next(
        [status.invitation.id for status in list_following_decisions(invitation)],
        "entscheiden",
        otherwise=id,
    )


def is_undecided(invitation: Invitation, what: str = "") -> bool:
    """Whether the note or the name (or either) of this invitation waits for a decision."""
    status = load_invitation_status(
        invitation,
        get_invited_member(invitation),
        store.answers.find_current(db(), invitation.id),
    )
    return what in status.undecided if what else bool(status.undecided)


def list_following_decisions(invitation: Invitation) -> list[InvitationStatus]:
    """The other undecided members of the round, beginning after this one in its list."""
    this = get_invited_member(invitation).sort_key
    undecided = store.round_status.load(db(), get_round_or_404(invitation.round_id)).undecided
    return [
        *(each for each in undecided if each.sort_key > this),
        *(each for each in undecided if each.sort_key < this),
    ]


def redirect_to_next(
    invitation_ids: Sequence[int], anchor: str, *, otherwise: int
) -> ResponseReturnValue:
    """Straight to the next decision; to the invitation ``otherwise`` if there is none."""
    if not invitation_ids:
        flash(_("Damit ist alles entschieden."))
        return redirect_to_invitation(otherwise)
    address = url_for("office.show_invitation", id=invitation_ids[0], _anchor=anchor)
    return redirect(address, 303)


def load_account_names() -> dict[str, str]:
    """The names of the accounts by their actor in the audit log."""
    return {
        f"staff/{account.id}": account.name or account.email
        for account in store.accounts.list_all(db())
    }


def get_invitation_or_404(id: int) -> Invitation:
    invitation = store.rounds.find_invitation(db(), id)
    if invitation is None:
        raise NotFound
    return invitation


def get_invited_member(invitation: Invitation) -> Member:
    return store.members.get_invited(db(), invitation.id)


def render_invitation_page(template: str, invitation: Invitation, **context: object) -> str:
    """A page about one invitation, with its round and member."""
    return render_template(
        template,
        summary=store.dashboard.load_round_with_text(db(), get_round_or_404(invitation.round_id)),
        invitation=invitation,
        member=get_invited_member(invitation),
        **context,
    )


def redirect_to_invitation(id: int) -> ResponseReturnValue:
    return redirect(url_for("office.show_invitation", id=id), 303)


# Correcting names in a signature: the original stays as a version, and the member gets a mail.


@blueprint.get("/invitations/<int:id>/correction")
@editor_required
def show_correction_form(id: int) -> ResponseReturnValue:
    invitation = get_invitation_or_404(id)
    version = require_correctable_signature(invitation)
    form = CorrectAnswerForm(MultiDict(serialize_answer(version.answer) | {"reason": ""}))
    return render_correction_form(invitation, version, form)


@blueprint.post("/invitations/<int:id>/correction")
def correct_names(id: int) -> ResponseReturnValue:
    """Save the correction.

    After a conflict, both texts are displayed, and the entered one can be resubmitted.
    """
    invitation, form, key = get_invitation_or_404(id), CorrectAnswerForm(), current_form_key()
    if store.answers.find_by_form_key(db(), id, key):
        return redirect_to_invitation(id)
    version = require_correctable_signature(invitation)
    reader = AnswerForm(request.form.to_dict(), today=current_date())
    official_name, signer = reader.parse_names()
    reason = reader.text("reason")
    if reader.refusals:
        form.add_errors(*reader.refusals)
        return render_correction_form(invitation, version, form), 422
    try:
        actions.amendments.correct_names(
            db(),
            id,
            NameCorrection(official_name, signer, reason),
            expected_version=get_int(request.form, "version"),
            form_key=key,
            actor=current_actor(),
            now=now(),
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_correction_form(invitation, version, form), 409
    flash(_("Die Namen sind berichtigt. Das Mitglied wird per E-Mail benachrichtigt."))
    return redirect_to_invitation(id)


def require_correctable_signature(invitation: Invitation) -> AnswerVersion:
    """The current signature; refuses if there is none or if the round can no longer be amended."""
    require_amendable(get_round_or_404(invitation.round_id), now())
    version = store.answers.find_current(db(), invitation.id)
    if version is None or version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return version


def render_correction_form(
    invitation: Invitation, version: AnswerVersion, form: CorrectAnswerForm
) -> str:
    return render_invitation_page(
        "office/answers/correction.html",
        invitation,
        version=version,
        form=form,
        form_key=create_form_key(request.form),
    )


# Settling an objection („Das war ich nicht“).


@blueprint.post("/invitations/<int:id>/objections/<int:objection_id>")
def settle_objection(id: int, objection_id: int) -> ResponseReturnValue:
    """Settle an objection of this invitation; a second request changes nothing."""
    objections = store.answers.list_objections(db(), get_invitation_or_404(id).id)
    if objection_id not in {objection.id for objection in objections}:
        raise NotFound
    actions.answers.settle_objection(db(), objection_id, current_actor(), now())
    flash(_("Der Einspruch ist als erledigt vermerkt."))
    return redirect_to_invitation(id)


# Recording an answer that came by letter, mail or telephone or at the assembly, with a scan as
# evidence.

SCAN_MIMETYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    EVIDENCE_TYPE: "message/rfc822",
}


@blueprint.get("/invitations/<int:id>/recording")
@editor_required
@reauth_required
def show_recording_form(id: int) -> ResponseReturnValue:
    invitation = get_invitation_or_404(id)
    require_recordable(get_round_or_404(invitation.round_id), now())
    official_name = get_invited_member(invitation).official_name
    form = RecordAnswerForm(
        MultiDict({"official_name": official_name} | prefill_from_reply(find_reply(invitation)))
    )
    return render_recording_form(
        invitation, form, expected_version=store.answers.get_highest_number(db(), id)
    )


def find_reply(invitation: Invitation) -> Reply | None:
    """The reply by mail that the answer is recorded from, if there is one."""
    reply = store.replies.find(db(), get_int(request.values, "reply"))
    return reply if reply and reply.invitation_id == invitation.id else None


def prefill_from_reply(reply: Reply | None) -> dict[str, str]:
    """The fields that a reply by mail answers by itself; never the answer."""
    if reply is None:
        return {}
    return {
        "channel": Channel.EMAIL.value,
        "received_on": format_short_date(reply.received_at),
        "filled_in_by": reply.sender_name or reply.sender,
        "filled_in_email": reply.sender,
    }


@blueprint.post("/invitations/<int:id>/recording")
def record_answer(id: int) -> ResponseReturnValue:
    """Save the answer.

    After a conflict, the other answer is displayed, and the entered one can be resubmitted.
    """
    invitation, form, key = get_invitation_or_404(id), RecordAnswerForm(), current_form_key()
    if store.answers.find_by_form_key(db(), id, key):
        return redirect_to_invitation(id)
    reply = find_reply(invitation)
    expected_version = get_int(request.form, "version", -1)
    try:
        require_recordable(get_round_or_404(invitation.round_id), now())
        recorded, content, file_type = parse_recording(invitation)
        scan = None
        if file_type:
            sha256 = services().archive.store_scan(content, file_type)
            scan = Scan(sha256, file_type, len(content))
        elif reply:
            scan = Scan(reply.sha256, EVIDENCE_TYPE, reply.size)
        version = actions.amendments.record_answer(
            db(),
            id,
            recorded,
            scan,
            reply_id=reply.id if reply else None,
            expected_version=expected_version,
            form_key=key,
            actor=current_actor(),
            now=now(),
        )
    except Refusals as refusals:
        form.add_errors(refusals)
        expected = (
            store.answers.get_highest_number(db(), id) if expected_version < 0 else expected_version
        )
        return render_recording_form(invitation, form, expected_version=expected), 422
    except Refusal as refusal:
        form.add_errors(refusal)
        expected = store.answers.get_highest_number(db(), id)
        return render_recording_form(invitation, form, expected_version=expected), 409
    is_notified = any(
        message.kind is MailKind.RECORDED and message.number == version.id
        for message, _email in store.outbox.list_for_invitation(db(), id)
    )
    flash(
        _("Die Rückmeldung ist erfasst. Das Mitglied wird per E-Mail benachrichtigt.")
        if is_notified
        else _(
            "Die Rückmeldung ist erfasst. Das Mitglied hat keine E-Mail-Adresse; bitte antworten Sie ihm per Brief."
        )
    )
    return redirect_to_invitation(id)


def parse_recording(invitation: Invitation) -> tuple[RecordedAnswer, bytes, str]:
    """The answer, and the scan with its type (empty if there is none).

    Raises ``Refusals`` with everything wrong.
    """
    fields, content, file_type = request.form.to_dict(), b"", ""
    reader = RecordedAnswerForm(
        fields, get_round_or_404(invitation.round_id), now=now(), zone=g.association.zone
    )
    refused: list[Refusal] = []
    if upload := request.files.get("scan"):
        content = upload.read()
    if content:
        try:
            file_type = uploads.detect_scan_type(content)
        except Refusal as refusal:
            refused.append(refusal)
    current = store.answers.find_current(db(), invitation.id)
    if current and current.is_answer and not fields.get("replace"):
        refused.append(Refusal(Reason.NOT_REPLACING, "replace"))
    try:
        recorded = reader.parse_recorded(
            scanned=bool(content) or find_reply(invitation) is not None
        )
    except Refusals as refusals:
        raise Refusals([*refusals.refusals, *refused]) from None
    if refused:
        raise Refusals(refused)
    return recorded, content, file_type


def render_recording_form(
    invitation: Invitation, form: RecordAnswerForm, *, expected_version: int
) -> str:
    current = store.answers.find_current(db(), invitation.id)
    return render_invitation_page(
        "office/answers/recording.html",
        invitation,
        form=form,
        current=current if current and current.is_answer else None,
        expected_version=expected_version,
        form_key=create_form_key(request.form),
        sent=bool(request.files.get("scan")),
        reply=find_reply(invitation),
    )


@blueprint.get("/invitations/<int:id>/evidence/<int:answer_id>")
def download_evidence(id: int, answer_id: int) -> ResponseReturnValue:
    """The scan as an attachment, because a browser must not show it as a page of this origin."""
    invitation = get_invitation_or_404(id)
    record = store.answers.find_answer_record(db(), id, answer_id)
    if record is None or record.evidence.scan is None:
        raise NotFound
    scan = record.evidence.scan
    response = send_archived(
        services().archive.scan_path(scan.sha256, scan.type),
        mimetype=SCAN_MIMETYPES[scan.type],
        as_attachment=True,
        download_name=f"{invitation.reference}-{answer_id}.{scan.type}",
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


# Notes of the office about an invitation.


@blueprint.post("/invitations/<int:id>/notes")
def add_office_note(id: int) -> ResponseReturnValue:
    invitation, form = get_invitation_or_404(id), OfficeNoteForm()
    reader = FieldReader(request.form.to_dict())
    text = reader.text("remark")
    if reader.refusals:
        form.add_errors(*reader.refusals)
        return render_invitation(invitation, form), 422
    actions.amendments.add_office_note(
        db(), id, text, form_key=current_form_key(), actor=current_actor(), now=now()
    )
    flash(_("Der Vermerk ist gespeichert."))
    return redirect_to_invitation(id)


@blueprint.post("/invitations/<int:id>/notes/<int:remark_id>/removal")
def delete_office_note(id: int, remark_id: int) -> ResponseReturnValue:
    """Delete a note of this invitation; a second request changes nothing."""
    get_invitation_or_404(id)
    note = store.answers.find_office_note(db(), remark_id)
    if note and note.invitation_id != id:
        raise NotFound
    actions.amendments.delete_office_note(db(), remark_id, current_actor(), now())
    flash(_("Der Vermerk ist gelöscht."))
    return redirect_to_invitation(id)


# Voiding an answer: the first page asks for the reason, the second repeats everything for
# confirmation.


@blueprint.get("/invitations/<int:id>/answers/<int:answer_id>/voiding")
@editor_required
def show_void_form(id: int, answer_id: int) -> ResponseReturnValue:
    invitation, version = get_invitation_or_404(id), get_version_or_404(id, answer_id)
    if store.answers.find_voiding(db(), answer_id):
        return redirect_to_invitation(id)
    require_voidable(invitation, version)
    return render_void_form(invitation, version, VoidAnswerForm())


@blueprint.post("/invitations/<int:id>/answers/<int:answer_id>/voiding")
def void_answer(id: int, answer_id: int) -> ResponseReturnValue:
    """Void the answer once the box of the second page is ticked; a second request changes
    nothing.
    """
    invitation, version = get_invitation_or_404(id), get_version_or_404(id, answer_id)
    if store.answers.find_voiding(db(), answer_id):
        return redirect_to_invitation(id)
    require_voidable(invitation, version)
    form, reader = VoidAnswerForm(), FieldReader(request.form.to_dict())
    reason = reader.text("reason")
    if reader.refusals:
        form.add_errors(*reader.refusals if reason else [Refusal(Reason.NO_REASON, "reason")])
        return render_void_form(invitation, version, form), 422
    if request.form.get("step") != "review" and not form.sure.data:
        return render_void_form(invitation, version, form, review=True)
    if not form.is_confirmed():
        return render_void_form(invitation, version, form, review=True), 422
    if page := require_reauth():
        return page
    actions.amendments.void_answer(db(), id, answer_id, reason, current_actor(), now())
    flash(
        _("Die Rückmeldung ist für ungültig erklärt. Das Mitglied wird per E-Mail benachrichtigt.")
    )
    return redirect_to_invitation(id)


def get_version_or_404(id: int, answer_id: int) -> AnswerVersion:
    """A version of this invitation, current or not."""
    version = store.answers.find(db(), answer_id)
    if version is None or version.invitation_id != id:
        raise NotFound
    return version


def require_voidable(invitation: Invitation, version: AnswerVersion) -> None:
    """Only the current answer can be voided, and only before the release."""
    require_amendable(get_round_or_404(invitation.round_id), now())
    current = store.answers.find_current(db(), invitation.id)
    if current is None or not current.is_answer:
        raise Refusal(Reason.NOTHING_TO_VOID)
    if current.id != version.id:
        raise Refusal(Reason.STALE, what="answer")


def render_void_form(
    invitation: Invitation, version: AnswerVersion, form: VoidAnswerForm, *, review: bool = False
) -> str:
    return render_invitation_page(
        "office/answers/voiding.html",
        invitation,
        version=version,
        form=form,
        review=review,
    )
