"""After the release: late signatures to decide about, addenda and further editions to issue."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.domain.answers import AnswerKind
from signoff.domain.dates import end_of_day
from signoff.domain.errors import Refusal
from signoff.domain.releases import PrintKind, iter_numbered_releases
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Phase, Round
from signoff.web.context import current_language, db, now
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required, get_round_or_404
from signoff.web.office.answers import get_invitation_or_404
from signoff.web.office.forms import LateDeadlineForm, LateReviewForm
from signoff.web.office.reauth import require_reauth
from signoff.web.office.rounds import send_print

PRINT_KINDS = {"addendum": PrintKind.ADDENDUM, "edition": PrintKind.EDITION}


@blueprint.get("/rounds/<int:id>/late")
def show_late_signatures(id: int) -> str:
    return render_late_signatures(get_released_round_or_404(id), LateDeadlineForm())


@blueprint.post("/rounds/<int:id>/late/end")
def set_late_deadline(id: int) -> ResponseReturnValue:
    """Decide on which day late signing ends; the day counts whole."""
    round, form = get_released_round_or_404(id), LateDeadlineForm()
    try:
        actions.late.end_late_signing(
            db(), id, end_of_day(form.day(), g.association.zone), current_actor(), now()
        )
    except Refusal as refusal:
        strangers = form.refuse(refusal, current_language())
        return render_late_signatures(round, form, strangers), 409 if strangers else 422
    flash(_("Das Ende der Nachzeichnung ist festgehalten."))
    return redirect_to_late_signatures(id)


@blueprint.post("/rounds/<int:id>/documents")
def enqueue_late_print(id: int) -> ResponseReturnValue:
    """Owe an addendum or a further edition, as everything stands now."""
    round, kind = get_released_round_or_404(id), PRINT_KINDS.get(request.form.get("kind", ""))
    if kind is None:
        raise BadRequest
    timestamp = False if request.form.get("timestamp") == "without" else None
    try:
        actions.late.order_print(db(), id, kind, current_actor(), now(), timestamp=timestamp)
    except Refusal as refusal:
        return render_late_signatures(round, LateDeadlineForm(formdata=None), [refusal]), 409
    return redirect_to_late_signatures(id)


@blueprint.get("/rounds/<int:id>/documents/proof.pdf")
def show_late_proof(id: int) -> ResponseReturnValue:
    """The newest print after the release, to be looked at before it is issued."""
    slug = store.papers.get_edition(db(), get_released_round_or_404(id).edition_id).slug
    return send_print(store.releases.find_latest_post_release_print(db(), id), f"{slug}.pdf")


@blueprint.post("/rounds/<int:id>/documents/release")
def release_late_print(id: int) -> ResponseReturnValue:
    """Release the print that was looked at. A second click finds what the first has done."""
    round = get_released_round_or_404(id)
    if proof := require_reauth():
        return proof
    try:
        actions.late.release_print(db(), id, request.form.get("seen", ""), current_actor(), now())
    except Refusal as refusal:
        return render_late_signatures(round, LateDeadlineForm(formdata=None), [refusal]), 409
    flash(_("Veröffentlicht. Die früheren Dateien bleiben unverändert abrufbar."))
    return redirect_to_late_signatures(id)


@blueprint.get("/invitations/<int:id>/late")
@editor_required
def show_late_review(id: int) -> ResponseReturnValue:
    place = get_late_signature_or_404(id)
    assert place.version
    return render_late_review(place, LateReviewForm(data={"version": str(place.version.number)}))


@blueprint.post("/invitations/<int:id>/late")
@editor_required
def review_late_signature(id: int) -> ResponseReturnValue:
    """Accept or refuse the late signature that was read; another version is not decided unread.

    What is accepted is public at once, so that is asked about again.
    """
    place, form = get_late_signature_or_404(id), LateReviewForm()
    version = form.version.data or ""
    if not version.isdecimal():
        raise BadRequest
    try:
        decision = ReviewDecision(
            form.accepts(),
            bool(form.note_accepted.data),
            bool(form.name_accepted.data),
            form.late_reason.data or "",
        )
        if decision.accepted and (proof := require_reauth()):
            return proof
        actions.late.review_signature(
            db(), id, decision, current_actor(), now(), version=int(version)
        )
    except Refusal as refusal:
        strangers = form.refuse(refusal, current_language())
        return render_late_review(place, form, strangers), 409 if strangers else 422
    flash(_("Ihre Entscheidung ist festgehalten. Das Mitglied wird benachrichtigt."))
    return redirect_to_late_signatures(place.invitation.round_id)


def render_late_signatures(
    round: Round, form: LateDeadlineForm, strangers: list[Refusal] | None = None
) -> str:
    later, every = (
        store.releases.load_late_signatures(db(), round),
        store.releases.list_for_round(db(), round.id),
    )
    done = store.releases.find_latest_post_release_print(db(), round.id)
    fresh = done if done and done.sha256 not in {each.sha256 for each in every} else None
    called = (
        store.releases.get_number_and_prior_releases(db(), round.id, fresh.kind, fresh.entry)[0]
        if fresh
        else 0
    )
    return render_template(
        "office/late/list.html",
        case=store.dashboard.load_round_summary(db(), round),
        later=later,
        documents=list(reversed(list(iter_numbered_releases(every)))),
        current=store.releases.get_current_list_edition(every),
        fresh=fresh,
        called=called,
        news={kind: actions.late.has_changes(later, every, kind) for kind in PRINT_KINDS.values()},
        PrintKind=PrintKind,
        form=form,
        strangers=strangers or [],
    )


def render_late_review(
    place: InvitationStatus, form: LateReviewForm, strangers: list[Refusal] | None = None
) -> str:
    round = get_round_or_404(place.invitation.round_id)
    return render_template(
        "office/late/review.html",
        case=store.dashboard.load_round_summary(db(), round),
        place=place,
        verdict=store.releases.find_late_review(db(), place.version),
        form=form,
        strangers=strangers or [],
    )


def get_late_signature_or_404(id: int) -> InvitationStatus:
    """The place with its late signature; 404 where that is not the last word."""
    here = get_invitation_or_404(id)
    last, member = (
        store.answers.find_current(db(), here.id),
        store.members.find(db(), here.member_id),
    )
    if member is None or last is None or not last.late or last.answer.kind is not AnswerKind.SIGN:
        raise NotFound
    return InvitationStatus(store.rounds.get_invitation(db(), id), member, last)


def get_released_round_or_404(id: int) -> Round:
    """The round, once it is released; 404 before."""
    round = get_round_or_404(id)
    if round.phase(now()) is not Phase.RELEASED:
        raise NotFound
    return round


def redirect_to_late_signatures(id: int) -> ResponseReturnValue:
    return redirect(url_for("office.show_late_signatures", id=id), 303)
