"""One page of a form besides the answer: what was typed, what was refused, and the key that makes it count once."""

import secrets
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
from signoff.domain.documents import Checkpoint
from signoff.domain.errors import Reason, Refusal
from signoff.domain.round_status import InvitationStatus, Signatory, build_signatory
from signoff.domain.rounds import Phase
from signoff.store.access import InvitationAccess
from signoff.web.context import current_form_key, current_language, db, now, services
from signoff.web.downloads import send_private_pdf
from signoff.web.filters import find_result_request_date
from signoff.web.invitation.access import (
    blueprint,
    current_access,
    may_answer_now,
    may_withdraw_now,
)
from signoff.web.invitation.forms import StepForm

# How a municipality will stand in the list, shown before it hands its answer in.


def preview_signatory(
    door: InvitationAccess, answer: Answer, now: datetime, zone: ZoneInfo
) -> Signatory | None:
    """The line of the list as it is asked for: with the corrected name and the note, both accepted."""
    version = AnswerVersion(0, door.invitation.id, 1, answer, now, Channel.LINK, door.link.id, 0)
    place = InvitationStatus(
        door.invitation, door.member, version, note_accepted=True, name_accepted=True
    )
    return build_signatory(place, door.round.terms, zone)


# The text, the receipt once there is one, and what remains to be seen after closing.

# What only somebody does who may answer.
ANSWERING_PATHS = ("answer", "pass-on", "withdraw", "correction", "sitting", "objection", "links")


@blueprint.before_request
def block_read_only_links() -> tuple[str, int] | None:
    """Who was told for information reads, and finds the reading page wherever she would have done something."""
    door: InvitationAccess | None = g.get("door")
    deed = request.path.removeprefix(f"/s/{g.token}/").partition("/")[0]
    if door is None or door.link.may_answer or deed not in ANSWERING_PATHS:
        return None
    return (
        render_for_information(door)
        if door.round.phase(now()) is Phase.OPEN
        else render_closed(door)
    ), 403


@blueprint.get("/<token>")
def show_invitation(token: str) -> str:
    """The text; afterwards the receipt (``?text=1`` shows the text again); after closing what came of it."""
    door = current_access()
    if door.round.phase(now()) is not Phase.OPEN:
        return (
            render_late_receipt(door)
            if door.version and door.version.late and door.version.stands
            else render_closed(door)
        )
    if not door.link.may_answer:
        return render_for_information(door)
    if door.version and door.version.stands and not request.args.get("text"):
        return render_receipt(door)
    return render_template(
        "invitation/read.html",
        token=token,
        now=now(),
        door=door,
        draft=door.draft,
        signed=find_signature_count(door),
        voided=find_voiding(door),
    )


def render_for_information(door: InvitationAccess) -> str:
    """The text and how things stand, for a reader who was told for information only: there is nothing to do here."""
    answering = [each for each in door.colleagues if each.representative_id and each.may_answer]
    return render_template(
        "invitation/informed.html", token=g.token, now=now(), door=door, answering=answering
    )


def find_voiding(door: InvitationAccess) -> Voiding | None:
    """Why no answer counts, where the office has declared the last one void."""
    return None if door.version else store.answers.find_latest_voiding(db(), door.invitation.id)


def render_receipt(door: InvitationAccess) -> str:
    return render_template(
        "invitation/receipt.html",
        token=g.token,
        now=now(),
        door=door,
        recipients=list_receipt_recipients(door),
        checkpoint=find_checkpoint(door),
        signed=find_signature_count(door),
        asked_on=find_result_request_date(door),
        corrected=is_correction(door),
        replaced=find_replaced_version(door),
    )


def render_late_receipt(door: InvitationAccess) -> str:
    """What became of an answer that came after the release."""
    return render_template(
        "invitation/late_receipt.html",
        token=g.token,
        now=now(),
        door=door,
        recipients=list_receipt_recipients(door),
        checkpoint=find_checkpoint(door),
        may_answer=may_answer_now(door),
        may_withdraw=may_withdraw_now(door),
        paper_url=url_for("public.show_paper", slug=door.edition.slug),
    )


def is_correction(door: InvitationAccess) -> bool:
    """Whether the version that counts is a correction of the one before."""
    entry = store.audit.find(db(), door.version.entry) if door.version else None
    return entry is not None and entry.event is Event.CORRECTED


def find_replaced_version(door: InvitationAccess) -> AnswerVersion | None:
    """What a colleague had answered before this link's holder did: two at once are told so."""
    if door.version is None or door.version.link_id != door.link.id or door.version.number == 1:
        return None
    before = store.answers.list_versions(db(), door.invitation.id)[-2]
    counted = before.stands and store.answers.find_voiding(db(), before.id) is None
    return before if counted and before.link_id not in (None, door.link.id) else None


def render_closed(door: InvitationAccess, unsent: Sequence[tuple[str, str]] = ()) -> str:
    """What remains to be seen after closing; ``unsent`` is what was typed and came too late."""
    release = door.release if door.release and door.release.is_public(now()) else None
    slug = door.edition.slug
    return render_template(
        "invitation/closed.html",
        token=g.token,
        now=now(),
        door=door,
        phase=door.round.phase(now()),
        release=release,
        paper_url=url_for("public.show_paper", slug=slug) if release else None,
        file_url=url_for("public.paper_pdf", slug=slug, name=slug) if release else None,
        checkpoint=find_checkpoint(door),
        unsent=unsent,
        may_answer=may_answer_now(door),
        may_withdraw=may_withdraw_now(door),
        voided=find_voiding(door),
    )


@blueprint.get("/<token>/draft.pdf")
def draft_pdf(token: str) -> WerkzeugResponse:
    """The marked draft, as the worker printed it."""
    door = current_access()
    if door.draft is None or door.draft.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    path = services().archive.printed(door.draft.sha256)
    return send_private_pdf(path, door.draft.sha256, f"{door.edition.slug}-entwurf.pdf")


@blueprint.get("/<token>/")
def redirect_trailing_slash(token: str) -> WerkzeugResponse:
    return redirect(url_for("invitation.show_invitation", token=token), 308)


def list_receipt_recipients(door: InvitationAccess) -> list[str]:
    """The addresses a receipt goes to: all registered ones, and the holder of this link."""
    links = (
        each for each in (door.link, *door.colleagues) if each.representative_id and each.may_answer
    )
    return list(dict.fromkeys(filter(None, [*(each.email for each in links), door.link.email])))


def find_checkpoint(door: InvitationAccess) -> Checkpoint | None:
    entry = store.audit.find(db(), door.version.entry) if door.version else None
    return Checkpoint(entry.seq, entry.root) if entry else None


def find_signature_count(door: InvitationAccess) -> int | None:
    """How many have signed, where the round shows it to members."""
    if door.round.terms.progress not in ("members", "everyone"):
        return None
    return store.dashboard.count_signatures(db(), door.round)


def render_form(
    template: str,
    kind: type[StepForm],
    door: InvitationAccess,
    fields: Mapping[str, str],
    refused: Sequence[Refusal] = (),
    **given: object,
) -> str:
    """``invitation/<template>.html`` with a form of this kind; its POST is sent back to the same address."""
    form = kind(formdata=MultiDict(fields))
    strangers = form.attach(refused, current_language())
    return render_template(
        f"invitation/{template}.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        form_key=fields.get("form_key") or secrets.token_urlsafe(16),
        strangers=strangers,
        **given,
    )


def check_confirmed_name(door: InvitationAccess, fields: Mapping[str, str]) -> list[Refusal]:
    """Why the typed name is not the municipality's; nothing where it is."""
    if door.member.is_called(fields.get("confirm", "")):
        return []
    return [Refusal(Reason.NOT_THE_NAME, "confirm", name=door.member.name)]


def check_edit_conflict(door: InvitationAccess, fields: Mapping[str, str]) -> list[Refusal]:
    """That somebody has answered since this form was opened; nothing where nobody has, or for a second click."""
    seen = fields.get("answer_id")
    if not seen or door.version is None or seen == str(door.version.id):
        return []
    return (
        []
        if actions.answers.is_already_submitted(db(), door, current_form_key())
        else [Refusal(Reason.STALE, what="answer")]
    )


def render_code_form(
    kind: type[StepForm], fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    """The page for a short code: no door stands behind it yet."""
    form = kind(formdata=MultiDict(fields))
    strangers = form.attach(refused, current_language())
    return render_template("invitation/code.html", form=form, strangers=strangers)
