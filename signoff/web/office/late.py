"""After the release: reviewing late signatures, issuing addenda and further list editions."""

from functools import partial

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.domain.answers import AnswerKind, AnswerVersion
from signoff.domain.approvals import PublicAct
from signoff.domain.dates import end_of_day
from signoff.domain.errors import Refusal
from signoff.domain.releases import PrintKind, iter_numbered_releases
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Phase, Round
from signoff.web.context import db, now
from signoff.web.listing import get_int
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required, get_round_or_404
from signoff.web.office.answers import get_invitation_or_404
from signoff.web.office.approvals import find_pending, submit
from signoff.web.office.deadlines import describe_deadline
from signoff.web.office.forms import LateDeadlineForm, LateReviewForm, require_day
from signoff.web.office.reauth import require_reauth
from signoff.web.office.rounds import send_print

PRINT_KINDS = {"addendum": PrintKind.ADDENDUM, "edition": PrintKind.EDITION}


@blueprint.get("/rounds/<int:id>/late")
def show_late_signatures(id: int) -> str:
    return render_late_signatures(get_released_round_or_404(id), LateDeadlineForm())


@blueprint.post("/rounds/<int:id>/late/end")
def set_late_deadline(id: int) -> ResponseReturnValue:
    """Set the last day of late signing."""
    round, form = get_released_round_or_404(id), LateDeadlineForm()
    try:
        last = require_day(form, "late_until")
        until = end_of_day(last, g.association.zone)
        round.end_late_signing(until, now())
        if not form.is_reviewed(last):
            summary = store.dashboard.load_round_summary(db(), round)
            members = [status.member for status in summary.status.invitations]
            return render_template(
                "office/late/end_review.html",
                summary=summary,
                form=form,
                until=last,
                moment=until,
                warnings=describe_deadline(last, members),
            )
        actions.late.end_late_signing(db(), id, until, current_actor(), now())
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_late_signatures(round, form), form.error_status
    flash(_("Das Ende der Nachzeichnung ist festgehalten."))
    return redirect_to_late_signatures(id)


@blueprint.post("/rounds/<int:id>/documents")
def enqueue_late_print(id: int) -> ResponseReturnValue:
    """Enqueue an addendum or a further list edition of the current state."""
    round, kind = get_released_round_or_404(id), PRINT_KINDS.get(request.form.get("kind", ""))
    if kind is None:
        raise BadRequest
    timestamp = False if request.form.get("timestamp") == "without" else None
    try:
        actions.late.order_print(db(), id, kind, current_actor(), now(), timestamp=timestamp)
    except Refusal as refusal:
        return render_late_error(round, refusal), 409
    return redirect_to_late_signatures(id)


@blueprint.get("/rounds/<int:id>/documents/proof.pdf")
def show_late_proof(id: int) -> ResponseReturnValue:
    """The latest print after the release, for review before it is issued."""
    slug = store.papers.get_edition(db(), get_released_round_or_404(id).edition_id).slug
    return send_print(store.releases.find_latest_post_release_print(db(), id), f"{slug}.pdf")


@blueprint.post("/rounds/<int:id>/documents/release")
def release_late_print(id: int) -> ResponseReturnValue:
    """Release the reviewed print. A second request changes nothing."""
    round, expected = get_released_round_or_404(id), request.form.get("seen", "")
    if actions.late.find_released_document(db(), id, expected):
        return redirect_to_late_signatures(id)
    try:
        submit(
            f"round/{id}",
            {"sha256": expected},
            lambda: actions.late.release_print(db(), id, expected, current_actor(), now()),
        )
    except Refusal as refusal:
        return render_late_error(round, refusal), 409
    return redirect_to_late_signatures(id)


@blueprint.get("/invitations/<int:id>/late")
@editor_required
def show_late_review(id: int) -> ResponseReturnValue:
    status, version = get_late_signature_or_404(id)
    form = LateReviewForm(data={"version": str(version.number)})
    return render_late_review(status, version, form)


@blueprint.post("/invitations/<int:id>/late")
def review_late_signature(id: int) -> ResponseReturnValue:
    """Accept or reject the late signature that was read; refuses if another version is current.

    An accepted signature is public at once, therefore accepting it requires re-authentication, and
    where four eyes are required a second person.
    """
    (status, version), form = get_late_signature_or_404(id), LateReviewForm()
    number = get_int(request.form, "version", -1)
    if number < 0:
        raise BadRequest
    try:
        decision = ReviewDecision(
            form.is_accepted(),
            bool(form.note_accepted.data),
            bool(form.name_accepted.data),
            form.late_reason.data or "",
        )
        if decision.accepted and (page := require_reauth()):
            return page
        review = partial(
            actions.late.review_signature,
            db(),
            id,
            decision,
            current_actor(),
            now(),
            version=number,
        )
        if decision.accepted:
            payload = {
                "version": number,
                "note_accepted": decision.note_accepted,
                "name_accepted": decision.name_accepted,
            }
            submit(f"invitation/{id}", payload, review)
        else:
            review()
            flash(_("Ihre Entscheidung ist festgehalten. Das Mitglied wird benachrichtigt."))
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_late_review(status, version, form), form.error_status
    round = get_round_or_404(status.invitation.round_id)
    for waiting in store.releases.load_late_signatures(db(), round).unreviewed:
        if waiting.invitation.id != id:
            return redirect(url_for("office.show_late_review", id=waiting.invitation.id), 303)
    return redirect_to_late_signatures(round.id)


def render_late_error(round: Round, refusal: Refusal) -> str:
    form = LateDeadlineForm(formdata=None)
    form.add_errors(refusal)
    return render_late_signatures(round, form)


def render_late_signatures(round: Round, form: LateDeadlineForm) -> str:
    late_signatures = store.releases.load_late_signatures(db(), round)
    releases = store.releases.list_for_round(db(), round.id)
    latest_print = store.releases.find_latest_post_release_print(db(), round.id)
    if latest_print and latest_print.sha256 in {release.sha256 for release in releases}:
        latest_print = None  # released already
    number = 0
    if latest_print:
        number, _prior = store.releases.get_number_and_prior_releases(
            db(), round.id, latest_print.kind, latest_print.entry
        )
    return render_template(
        "office/late/list.html",
        summary=store.dashboard.load_round_summary(db(), round),
        later=late_signatures,
        signature_counts=store.signatories.count(db(), round.id),
        documents=list(reversed(list(iter_numbered_releases(releases)))),
        current=store.releases.get_current_list_edition(releases),
        unreleased=latest_print,
        number=number,
        has_changes={
            kind: actions.late.has_changes(late_signatures, releases, kind)
            for kind in PRINT_KINDS.values()
        },
        PrintKind=PrintKind,
        form=form,
        pending=find_pending(PublicAct.LATE_DOCUMENT, f"round/{round.id}"),
    )


def render_late_review(
    status: InvitationStatus, version: AnswerVersion, form: LateReviewForm
) -> str:
    round = get_round_or_404(status.invitation.round_id)
    return render_template(
        "office/late/review.html",
        summary=store.dashboard.load_round_summary(db(), round),
        status=status,
        review=store.releases.find_late_review(db(), version),
        form=form,
        pending=find_pending(PublicAct.LATE_SIGNATURE, f"invitation/{status.invitation.id}"),
    )


def get_late_signature_or_404(id: int) -> tuple[InvitationStatus, AnswerVersion]:
    """The invitation and its late signature; 404 if the current answer is not one."""
    invitation = get_invitation_or_404(id)
    version = store.answers.find_current(db(), invitation.id)
    member = store.members.find(db(), invitation.member_id)
    if member is None or version is None or not version.late:
        raise NotFound
    if version.answer.kind is not AnswerKind.COSIGN:
        raise NotFound
    return InvitationStatus(invitation, member, version), version


def get_released_round_or_404(id: int) -> Round:
    round = get_round_or_404(id)
    if round.phase(now()) is not Phase.RELEASED:
        raise NotFound
    return round


def redirect_to_late_signatures(id: int) -> ResponseReturnValue:
    return redirect(url_for("office.show_late_signatures", id=id), 303)
