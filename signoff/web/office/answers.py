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
from signoff.domain.answer_forms import (
    CHANNELS,
    AnswerForm,
    Recorded,
    Recording,
    RecordingForm,
    Scan,
    chain,
    require_amendable,
)
from signoff.domain.answers import Kind, Version
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import LENGTHS, Fields
from signoff.domain.members import Member
from signoff.domain.round_status import Place
from signoff.domain.rounds import Invitation
from signoff.i18n.errors import describe_refusal
from signoff.i18n.labels import CHANNEL
from signoff.importers import uploads
from signoff.web.context import db, language, now, tools
from signoff.web.invitation.forms import BASES, label, typed
from signoff.web.login import actor
from signoff.web.office.access import blueprint, case_here, for_editors, round_here
from signoff.web.office.dashboard import UNREACHED
from signoff.web.office.reauth import require_reauth

# The office's forms about an answer. What is right is decided by the rules; here it is typed and shown.

ANSWERS = [
    SelectChoice(Kind.SIGN.value, _l("Das Mitglied zeichnet mit")),
    SelectChoice(Kind.PENDING.value, _l("Ein Gremium entscheidet noch")),
    SelectChoice(Kind.DECLINE.value, _l("Das Mitglied zeichnet nicht mit")),
    SelectChoice(Kind.NOT_COMPETENT.value, _l("Das Mitglied befasst sich damit nicht")),
]
WAYS = [SelectChoice(channel.value, _l(CHANNEL[channel])) for channel in CHANNELS]


class AmendingForm(FlaskForm):  # type: ignore[misc]
    """A form with words for what was refused at its fields."""

    def attach(self, refused: Iterable[Refusal], language: str) -> list[Refusal]:
        """Put the words of each refusal to its field; gives those back that belong to no field."""
        strangers = []
        for refusal in refused:
            name = refusal.field or ""
            if name == "body" and self.data.get("answer") == Kind.PENDING:
                name = "expected_body"
            if name in self:
                self[name].errors = [*self[name].errors, describe_refusal(refusal, language)]
            else:
                strangers.append(refusal)
        return strangers


class NameFields:
    """The name in the list, and who signs."""

    official_name = StringField(label("official_name"))
    title = StringField(label("title"))
    first_name = StringField(label("first_name"))
    last_name = StringField(label("last_name"))
    function = StringField(label("function"))


class RecordingPage(NameFields, AmendingForm):
    """An answer that did not come through a link, on one page; the fields are those of the member's own form."""

    channel = RadioField(label("channel"), choices=WAYS, validate_choice=False)
    received_on = StringField(label("received_on"))
    answer = RadioField(label("answer"), choices=ANSWERS, validate_choice=False)
    expected_on = StringField(label("expected_on"))
    expected_body = StringField(label("expected_body"))
    reason = TextAreaField(label("reason"))
    basis = RadioField(label("basis"), choices=BASES, validate_choice=False)
    body = StringField(label("body"))
    decision_number = StringField(label("decision_number"))
    decision_date = StringField(label("decision_date"))
    decision_result = StringField(label("decision_result"))
    authorised = BooleanField(label("authorised"))
    publish_name = BooleanField(label("publish_name"))
    note = TextAreaField(label("note"))
    filled_in_by = StringField(_l("Name"))
    filled_in_unit = StringField(_l("Dienststelle"))
    filled_in_email = StringField(_l("E-Mail-Adresse"))
    scan = FileField(label("scan"))
    evidence = TextAreaField(label("evidence"))
    replace = BooleanField(_l("Die bisherige Rückmeldung ersetzen"))


class CorrectionPage(NameFields, AmendingForm):
    reason = TextAreaField(label("reason"))


class RemarkPage(AmendingForm):
    remark = TextAreaField(_l("Neuer Vermerk"))


class SendingPage(AmendingForm):
    links = StringField(_l("An wen?"))


class VoidingPage(AmendingForm):
    reason = TextAreaField(label("reason"))
    sure = BooleanField(_l("Bestätigung"))


# One member's place in a round: every version of its answer, who holds links, all mail, what the office decided.

MOST_REASON = LENGTHS["reason"]


@blueprint.get("/invitations/<int:id>")
def invitation(id: int) -> str:
    return page(invitation_here(id), RemarkPage())


def page(here: Invitation, form: RemarkPage) -> str:
    """Everything about the invitation; ``form`` is where the office notes something."""
    id = here.id
    round, member = round_here(here.round_id), member_of(here)
    versions, voided = store.answers.list_versions(db(), id), store.answers.list_voidings(db(), id)
    place, mails = (
        place_of(here, member, store.answers.find_current(db(), id)),
        store.outbox.of_invitation(db(), id),
    )
    return render_template(
        "office/invitation.html",
        place=place,
        unreached=place.kind is None
        and bool(mails)
        and all(notice.state in UNREACHED for notice, _ in mails),
        round=round,
        edition=store.papers.get(db(), round.edition_id),
        versions=versions[::-1],
        originals={version.id: version for version in versions},
        voided=voided,
        evidence=load_recordings(id, versions),
        decisions=store.answers.list_office_decisions(db(), id)[::-1],
        objections=store.answers.list_objections(db(), id)[::-1],
        stations=chain(store.rounds.all_links(db(), id)),
        mails=mails,
        names=names(),
        remarks=store.answers.list_office_notes(db(), id),
        form=form,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
    )


def load_recordings(id: int, versions: Sequence[Version]) -> dict[int, Recording]:
    """What evidences each version that did not come through a link; a corrected one rests on the same."""
    found = store.answers.list_answer_records(db(), id)
    for version in versions:
        if version.corrects in found:
            found[version.id] = found[version.corrects]
    return found


def place_of(here: Invitation, member: Member, last: Version | None) -> Place:
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
    return Place(here, member, last, note, name)


@blueprint.post("/invitations/<int:id>/<any(note, name):what>")
def decide(id: int, what: str) -> ResponseReturnValue:
    """Accept or refuse what the version that was read asks for; another version is not decided unread."""
    invitation_here(id)
    accepted, version = request.form.get("accepted"), request.form.get("version", "")
    if accepted not in ("yes", "no") or not version.isdecimal():
        raise BadRequest
    reason = Fields(request.form.to_dict()).text("reason", required=False)[:MOST_REASON]
    actions.amendments.decide(
        db(), id, what, accepted == "yes", actor(), now(), version=int(version), reason=reason
    )
    flash(_("Ihre Entscheidung ist festgehalten."))
    return to_invitation(id)


def names() -> dict[str, str]:
    """What the office's people are called, by how the journal names them."""
    return {f"staff/{each.id}": each.name or each.email for each in store.accounts.every(db())}


def invitation_here(id: int) -> Invitation:
    found = store.rounds.find_invitation(db(), id)
    if found is None:
        raise NotFound
    return found


def member_of(here: Invitation) -> Member:
    return store.members.invited(db(), here.id)


def to_invitation(id: int) -> ResponseReturnValue:
    """Back to the page; to its top, where it says what was done."""
    return redirect(url_for("office.invitation", id=id), 303)


# Correcting names in a signature: the original stays as a version, and the member is told.


@blueprint.get("/invitations/<int:id>/correction")
@for_editors
def correction_page(id: int) -> ResponseReturnValue:
    here = invitation_here(id)
    version = signed(here)
    return render_correction_form(
        here, version, CorrectionPage(MultiDict(typed(version.answer) | {"reason": ""}))
    )


@blueprint.post("/invitations/<int:id>/correction")
def correct(id: int) -> ResponseReturnValue:
    """Keep the correction. Where a colleague was quicker, both are shown, and what was typed can be sent again."""
    here, form, key = invitation_here(id), CorrectionPage(), request.form.get("form_key", "")[:64]
    if store.answers.find_by_form_key(db(), id, key):
        return to_invitation(id)
    version, seen = signed(here), request.form.get("version", "")
    fields = AnswerForm(request.form.to_dict(), today=now().astimezone(g.association.zone).date())
    official_name, signer = fields.named()
    reason = fields.text("reason")
    if fields.refused:
        return render_correction_form(here, version, form, fields.refused), 422
    number = int(seen) if seen.isdecimal() else 0
    given = {"seen": number, "form_key": key, "actor": actor(), "now": now()}
    try:
        actions.amendments.correct(db(), id, official_name, signer, reason, **given)  # type: ignore[arg-type]
    except Refusal as refusal:
        return render_correction_form(here, version, form, [refusal]), 409
    flash(_("Die Namen sind berichtigt. Das Mitglied wird per E-Mail benachrichtigt."))
    return to_invitation(id)


def signed(here: Invitation) -> Version:
    """The signature that counts; refuses where there is none, or where names are no longer touched."""
    require_amendable(round_here(here.round_id), now())
    version = store.answers.find_current(db(), here.id)
    if version is None or version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return version


def render_correction_form(
    here: Invitation, version: Version, form: CorrectionPage, refused: Sequence[Refusal] = ()
) -> str:
    return render_template(
        "office/correction.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        version=version,
        form=form,
        strangers=form.attach(refused, language()),
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
    )


# „Das war ich nicht“: the office has looked into an objection and settles it.


@blueprint.post("/invitations/<int:id>/objections/<int:objection_id>")
def settle(id: int, objection_id: int) -> ResponseReturnValue:
    """Settle an objection of this invitation; a second time, it stays as it was settled."""
    here = invitation_here(id)
    if objection_id not in {each.id for each in store.answers.list_objections(db(), here.id)}:
        raise NotFound
    actions.answers.settle_objection(db(), objection_id, actor(), now())
    flash(_("Der Einspruch ist als erledigt vermerkt."))
    return to_invitation(id)


# Recording an answer that came by letter, telephone or at the assembly, and the scan that evidences it.

MIMETYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


@blueprint.get("/invitations/<int:id>/recording")
@for_editors
def recording_page(id: int) -> ResponseReturnValue:
    here = invitation_here(id)
    require_amendable(round_here(here.round_id), now())
    form = RecordingPage(MultiDict({"official_name": member_of(here).official_name}))
    return render_recording_form(here, form, seen=store.answers.highest(db(), id))


@blueprint.post("/invitations/<int:id>/recording")
def record(id: int) -> ResponseReturnValue:
    """Keep the answer. A colleague who was quicker is shown, and what was typed stands until it is sent again."""
    here, form, key = invitation_here(id), RecordingPage(), request.form.get("form_key", "")[:64]
    if store.answers.find_by_form_key(db(), id, key):
        return to_invitation(id)
    seen = int(text) if (text := request.form.get("version", "")).isdecimal() else -1
    try:
        require_amendable(round_here(here.round_id), now())
        given, content, type = read(here)
        kept = Scan(tools().archive.keep_scan(content, type), type, len(content)) if type else None
        actions.amendments.record(
            db(), id, given, kept, seen=seen, form_key=key, actor=actor(), now=now()
        )
    except Refusals as refusals:
        newest = store.answers.highest(db(), id) if seen < 0 else seen
        return render_recording_form(here, form, refusals.each, seen=newest), 422
    except Refusal as refusal:
        return render_recording_form(
            here, form, [refusal], seen=store.answers.highest(db(), id)
        ), 409
    flash(_("Die Rückmeldung ist erfasst. Das Mitglied wird per E-Mail benachrichtigt."))
    return to_invitation(id)


def read(here: Invitation) -> tuple[Recorded, bytes, str]:
    """What was typed and the scan with its type (empty: none). Raises ``Refusals`` with all that is wrong."""
    fields, content, type = request.form.to_dict(), b"", ""
    form = RecordingForm(fields, round_here(here.round_id), now=now(), zone=g.association.zone)
    refused: list[Refusal] = []
    if sent := request.files.get("scan"):
        content = sent.read()
    if content:
        try:
            type = uploads.type_of(content)
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
    here: Invitation, form: RecordingPage, refused: Sequence[Refusal] = (), *, seen: int
) -> str:
    counts = store.answers.find_current(db(), here.id)
    return render_template(
        "office/recording.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        form=form,
        counts=counts if counts and counts.stands else None,
        strangers=form.attach(refused, language()),
        seen=seen,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
        sent=bool(request.files.get("scan")),
    )


@blueprint.get("/invitations/<int:id>/evidence/<int:answer_id>")
def download_evidence(id: int, answer_id: int) -> ResponseReturnValue:
    """The scan, as a file to keep: a browser never shows it as a page of ours."""
    here, found = invitation_here(id), store.answers.find_answer_record(db(), id, answer_id)
    if found is None or found.evidence.scan is None:
        raise NotFound
    kept = found.evidence.scan
    path = tools().archive.scan(kept.sha256, kept.type)
    name = f"{here.reference}-{answer_id}.{kept.type}"
    answer = send_file(
        path, mimetype=MIMETYPES[kept.type], as_attachment=True, download_name=name, max_age=0
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# What the office notes for itself about an invitation.


@blueprint.post("/invitations/<int:id>/remarks")
def remark(id: int) -> ResponseReturnValue:
    here, form, fields = invitation_here(id), RemarkPage(), Fields(request.form.to_dict())
    words = fields.text("remark")
    if fields.refused:
        form.attach(fields.refused, language())
        return page(here, form), 422
    actions.amendments.remark(
        db(), id, words, form_key=request.form.get("form_key", "")[:64], actor=actor(), now=now()
    )
    flash(_("Der Vermerk ist gespeichert."))
    return to_invitation(id)


@blueprint.post("/invitations/<int:id>/remarks/<int:remark_id>/removal")
def remove_remark(id: int, remark_id: int) -> ResponseReturnValue:
    """Remove a note of this invitation; the second click finds it gone."""
    invitation_here(id)
    found = store.answers.find_office_note(db(), remark_id)
    if found and found.invitation_id != id:
        raise NotFound
    actions.amendments.remove(db(), remark_id, actor(), now())
    flash(_("Der Vermerk ist gelöscht."))
    return to_invitation(id)


@blueprint.get("/invitations/<int:id>/answers/<int:answer_id>/voiding")
@for_editors
def voiding_page(id: int, answer_id: int) -> ResponseReturnValue:
    here, version = invitation_here(id), version_here(id, answer_id)
    if store.answers.find_voiding(db(), answer_id):
        return to_invitation(id)
    require_counted(here, version)
    return shown(here, version, VoidingPage())


@blueprint.post("/invitations/<int:id>/answers/<int:answer_id>/voiding")
def void(id: int, answer_id: int) -> ResponseReturnValue:
    """Without the tick of the second page: that page. With it the deed; the second click finds it done."""
    here, version, form = invitation_here(id), version_here(id, answer_id), VoidingPage()
    if store.answers.find_voiding(db(), answer_id):
        return to_invitation(id)
    require_counted(here, version)
    fields = Fields(request.form.to_dict())
    reason = fields.text("reason")
    if fields.refused:
        return shown(
            here,
            version,
            form,
            [Refusal(Reason.NO_REASON, "reason")] if not reason else fields.refused,
        ), 422
    if not form.sure.data:
        shown_before = request.form.get("step") == "review"
        if shown_before:
            form.sure.errors = [_("Bitte setzen Sie das Häkchen, wenn Sie das wirklich möchten.")]
        return shown(here, version, form, review=True), 422 if shown_before else 200
    if page := require_reauth():
        return page
    actions.amendments.void(db(), id, answer_id, reason, actor(), now())
    flash(
        _("Die Rückmeldung ist für ungültig erklärt. Das Mitglied wird per E-Mail benachrichtigt.")
    )
    return to_invitation(id)


def version_here(id: int, answer_id: int) -> Version:
    """A version of this invitation, whether it counts or not."""
    version = store.answers.find(db(), answer_id)
    if version is None or version.invitation_id != id:
        raise NotFound
    return version


def require_counted(here: Invitation, version: Version) -> None:
    """Only the answer that counts is voided, and not once the release is recorded."""
    require_amendable(round_here(here.round_id), now())
    counts = store.answers.find_current(db(), here.id)
    if counts is None or not counts.stands:
        raise Refusal(Reason.NOTHING_TO_VOID)
    if counts.id != version.id:
        raise Refusal(Reason.ANSWER_CHANGED)


def shown(
    here: Invitation,
    version: Version,
    form: VoidingPage,
    refused: Sequence[Refusal] = (),
    *,
    review: bool = False,
) -> str:
    return render_template(
        "office/voiding.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        version=version,
        form=form,
        strangers=form.attach(refused, language()),
        review=review,
    )
