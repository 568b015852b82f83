"""The text of the paper, the receipt and the page of a closed round, and helpers that several forms
share.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answers import Answer, AnswerVersion, Channel, Voiding
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.round_status import InvitationStatus, Signatory, build_signatory
from signoff.domain.rounds import Phase
from signoff.store.access import InvitationAccess
from signoff.web.context import create_form_key, current_form_key, db, now, services
from signoff.web.downloads import send_private_pdf
from signoff.web.filters import find_result_request_date
from signoff.web.forms import BaseForm, list_sent_fields
from signoff.web.invitation.access import (
    blueprint,
    current_access,
    list_own_members,
    may_answer_now,
    may_withdraw_now,
)
from signoff.web.invitation.forms import ANSWER_CHOICES, BASIS_CHOICES, parse_prepared
from signoff.web.invitation.press_kit import describe_press_kit


def preview_signatory(
    access: InvitationAccess, answer: Answer, now: datetime, zone: ZoneInfo
) -> Signatory | None:
    """The member's entry in the list, as if the office had accepted the corrected name and the
    note.
    """
    version = AnswerVersion(
        0, access.invitation.id, 1, answer, now, Channel.LINK, access.link.id, 0
    )
    status = InvitationStatus(
        access.invitation, access.member, version, note_accepted=True, name_accepted=True
    )
    return build_signatory(status, access.round.terms, zone)


# What a link for information opens; everything else needs one with which one may answer. ``access``
# shows it neither the reason of an answer nor who filled in the form.
INFORMATION_ENDPOINTS = frozenset(
    f"invitation.{name}"
    for name in (
        *("show_invitation", "redirect_trailing_slash", "draft_pdf", "deadline_ics"),
        *("motion_docx", "motion_pdf", "summary_pdf", "text_docx", "invitation_annex"),
    )
)


def block_read_only_link() -> tuple[str, int] | None:
    """The reading page in place of everything else, for a link that is for information only."""
    access: InvitationAccess | None = g.access
    if access is None or access.link.may_answer or request.endpoint in INFORMATION_ENDPOINTS:
        return None
    is_open = access.round.phase(now()) is Phase.OPEN
    return (render_for_information(access) if is_open else render_closed(access)), 403


@blueprint.get("/<token>")
def show_invitation(token: str) -> str:
    """The text; after the answer the receipt (with ``?text=1`` the text); after closing the
    result.
    """
    access = current_access()
    if access.round.phase(now()) is not Phase.OPEN:
        version = access.version
        if version and version.late and version.is_answer and access.link.may_answer:
            return render_late_receipt(access)
        return render_closed(access)
    if not access.link.may_answer:
        return render_for_information(access)
    if access.version and access.version.is_answer and not request.args.get("text"):
        return render_receipt(access)
    return render_template(
        "invitation/read.html",
        token=token,
        now=now(),
        access=access,
        draft=access.draft,
        prepared=parse_prepared(access.link),
        signed=find_signature_count(access),
        voided=find_voiding(access),
        together=list_own_members(access),
    )


def render_for_information(access: InvitationAccess) -> str:
    """The text and the state of the answer, for a link that is for information only."""
    answering = [link for link in access.colleagues if link.representative_id and link.may_answer]
    return render_template(
        "invitation/information.html", token=g.token, now=now(), access=access, answering=answering
    )


def find_voiding(access: InvitationAccess) -> Voiding | None:
    """The voiding of the latest answer, if there is no current one."""
    return None if access.version else store.answers.find_latest_voiding(db(), access.invitation.id)


def render_receipt(access: InvitationAccess) -> str:
    return render_template(
        "invitation/receipt.html",
        token=g.token,
        now=now(),
        access=access,
        prepared=parse_prepared(access.link),
        recipients=list_receipt_recipients(access),
        signed=find_signature_count(access),
        result_request_date=find_result_request_date(access),
        corrected=is_correction(access),
        replaced=store.answers.find_replaced(db(), version)
        if (version := access.version) and version.is_own(access.link.id)
        else None,
        together=list_own_members(access),
    )


def render_late_receipt(access: InvitationAccess) -> str:
    """The receipt of an answer that came after the release."""
    return render_template(
        "invitation/late_receipt.html",
        token=g.token,
        now=now(),
        access=access,
        recipients=list_receipt_recipients(access),
        may_answer=may_answer_now(access),
        may_withdraw=may_withdraw_now(access),
        paper_url=url_for("public.show_paper", slug=access.edition.slug),
        **describe_press_kit(access),
        together=list_own_members(access),
    )


def is_correction(access: InvitationAccess) -> bool:
    """Whether the current version corrects the previous one."""
    entry = store.audit.find(db(), access.version.entry) if access.version else None
    return entry is not None and entry.event is Event.CORRECTED


def render_closed(access: InvitationAccess) -> str:
    """The page of a closed round, with the values of a form that came too late."""
    release = access.release if access.release and access.release.is_public(now()) else None
    slug = access.edition.slug
    choices = {choice.value: str(choice.label) for choice in (*ANSWER_CHOICES, *BASIS_CHOICES)}
    return render_template(
        "invitation/closed.html",
        token=g.token,
        now=now(),
        access=access,
        phase=access.round.phase(now()),
        release=release,
        paper_url=url_for("public.show_paper", slug=slug) if release else None,
        file_url=url_for("public.paper_pdf", slug=slug, name=slug) if release else None,
        unsent=[(label, choices.get(value, value)) for label, value in list_sent_fields()],
        may_answer=may_answer_now(access),
        may_withdraw=may_withdraw_now(access),
        voided=find_voiding(access),
        **describe_press_kit(access),
        together=list_own_members(access),
    )


@blueprint.get("/<token>/draft.pdf")
def draft_pdf(token: str) -> WerkzeugResponse:
    """The draft with its watermark, as the worker printed it."""
    access = current_access()
    if access.draft is None or access.draft.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    path = services().archive.print_path(access.draft.sha256)
    return send_private_pdf(path, access.draft.sha256, f"{access.edition.slug}-entwurf.pdf")


@blueprint.get("/<token>/")
def redirect_trailing_slash(token: str) -> WerkzeugResponse:
    return redirect(url_for("invitation.show_invitation", token=token), 308)


def list_receipt_recipients(access: InvitationAccess) -> list[str]:
    """The addresses of a receipt: all representatives who may answer, and the holder of this
    link.
    """
    emails = [
        link.email
        for link in (access.link, *access.colleagues)
        if link.representative_id and link.may_answer
    ]
    return list(dict.fromkeys(filter(None, [*emails, access.link.email])))


def find_signature_count(access: InvitationAccess) -> int | None:
    """The number of signatures, if the round shows it to members."""
    if access.round.terms.progress not in ("members", "everyone"):
        return None
    return store.signatories.count(db(), access.round.id).now


def render_form(
    template: str,
    form_class: type[BaseForm],
    access: InvitationAccess,
    fields: Mapping[str, str],
    refused: Sequence[Refusal] = (),
    **context: object,
) -> str:
    """``invitation/<template>.html`` with a form that is posted to the same address."""
    form = form_class(formdata=MultiDict(fields))
    form.add_errors(*refused)
    return render_template(
        f"invitation/{template}.html",
        token=g.token,
        now=now(),
        access=access,
        form=form,
        form_key=create_form_key(fields),
        **context,
    )


def check_confirmed_name(access: InvitationAccess, fields: Mapping[str, str]) -> list[Refusal]:
    """A refusal if the confirmation is neither the member's name nor the case number."""
    entered, number = fields.get("confirm", "").strip(), access.invitation.reference
    if not entered:
        return [Refusal(Reason.MISSING, "confirm")]
    if access.member.is_called(entered) or access.invitation.has_number(entered):
        return []
    return [Refusal(Reason.NOT_THE_NAME, "confirm", name=access.member.name, number=number)]


def check_edit_conflict(access: InvitationAccess, fields: Mapping[str, str]) -> list[Refusal]:
    """A refusal if someone has answered since the form was opened, unless this is a second
    request.
    """
    expected = fields.get("answer_id")
    if not expected or access.version is None or expected == str(access.version.id):
        return []
    return [] if is_resubmission(access) else [Refusal(Reason.STALE, what="answer")]


def is_resubmission(access: InvitationAccess) -> bool:
    """Whether the posted form was stored already; a second request finds its result whatever has
    happened since.
    """
    return actions.answers.is_already_submitted(db(), access, current_form_key())
