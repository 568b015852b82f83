"""After the release: late signatures to decide about, addenda and further editions to issue."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff import actions, store
from signoff.actions.late import Decision
from signoff.domain.answers import Kind
from signoff.domain.dates import end_of
from signoff.domain.errors import Refusal
from signoff.domain.releases import PrintKind, numbered
from signoff.domain.round_status import Place
from signoff.domain.rounds import Phase, Round
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.access import blueprint, for_editors, round_here
from signoff.web.office.answers import invitation_here
from signoff.web.office.forms import LateEndForm, VerdictForm
from signoff.web.office.reauth import require_reauth
from signoff.web.office.rounds import printed

KINDS = {"addendum": PrintKind.ADDENDUM, "edition": PrintKind.EDITION}


@blueprint.get("/rounds/<int:id>/late")
def late(id: int) -> str:
    return page(released(id), LateEndForm())


@blueprint.post("/rounds/<int:id>/late/end")
def end_late(id: int) -> ResponseReturnValue:
    """Decide on which day late signing ends; the day counts whole."""
    round, form = released(id), LateEndForm()
    try:
        actions.late.end_late(db(), id, end_of(form.day(), g.association.zone), actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return page(round, form, strangers), 409 if strangers else 422
    flash(_("Das Ende der Nachzeichnung ist festgehalten."))
    return to_late(id)


@blueprint.post("/rounds/<int:id>/documents")
def order(id: int) -> ResponseReturnValue:
    """Owe an addendum or a further edition, as everything stands now."""
    round, kind = released(id), KINDS.get(request.form.get("kind", ""))
    if kind is None:
        raise BadRequest
    timestamp = False if request.form.get("timestamp") == "without" else None
    try:
        actions.late.order(db(), id, kind, actor(), now(), timestamp=timestamp)
    except Refusal as refusal:
        return page(round, LateEndForm(formdata=None), [refusal]), 409
    return to_late(id)


@blueprint.get("/rounds/<int:id>/documents/proof.pdf")
def later_proof(id: int) -> ResponseReturnValue:
    """The newest print after the release, to be looked at before it is issued."""
    slug = store.papers.get(db(), released(id).edition_id).slug
    return printed(store.releases.latest_later(db(), id), f"{slug}.pdf")


@blueprint.post("/rounds/<int:id>/documents/release")
def issue(id: int) -> ResponseReturnValue:
    """Release the print that was looked at. A second click finds what the first has done."""
    round = released(id)
    if proof := require_reauth():
        return proof
    try:
        actions.late.issue(db(), id, request.form.get("seen", ""), actor(), now())
    except Refusal as refusal:
        return page(round, LateEndForm(formdata=None), [refusal]), 409
    flash(_("Veröffentlicht. Die früheren Dateien bleiben unverändert abrufbar."))
    return to_late(id)


@blueprint.get("/invitations/<int:id>/late")
@for_editors
def verdict(id: int) -> ResponseReturnValue:
    place = late_place(id)
    assert place.version
    return verdict_page(place, VerdictForm(data={"version": str(place.version.number)}))


@blueprint.post("/invitations/<int:id>/late")
@for_editors
def decide_late(id: int) -> ResponseReturnValue:
    """Accept or refuse the late signature that was read; another version is not decided unread.

    What is accepted is public at once, so that is asked about again.
    """
    place, form = late_place(id), VerdictForm()
    version = form.version.data or ""
    if not version.isdecimal():
        raise BadRequest
    try:
        decision = Decision(
            form.accepts(),
            bool(form.note_accepted.data),
            bool(form.name_accepted.data),
            form.late_reason.data or "",
        )
        if decision.accepted and (proof := require_reauth()):
            return proof
        actions.late.decide_late(db(), id, decision, actor(), now(), version=int(version))
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return verdict_page(place, form, strangers), 409 if strangers else 422
    flash(_("Ihre Entscheidung ist festgehalten. Das Mitglied wird benachrichtigt."))
    return to_late(place.invitation.round_id)


def page(round: Round, form: LateEndForm, strangers: list[Refusal] | None = None) -> str:
    later, every = store.releases.of(db(), round), store.releases.every(db(), round.id)
    done = store.releases.latest_later(db(), round.id)
    fresh = done if done and done.sha256 not in {each.sha256 for each in every} else None
    called = store.releases.named(db(), round.id, fresh.kind, fresh.entry)[0] if fresh else 0
    return render_template(
        "office/late.html",
        case=store.dashboard.case(db(), round),
        later=later,
        documents=list(reversed(list(numbered(every)))),
        current=store.releases.current(every),
        fresh=fresh,
        called=called,
        news={kind: actions.late.news(later, every, kind) for kind in KINDS.values()},
        PrintKind=PrintKind,
        form=form,
        strangers=strangers or [],
    )


def verdict_page(place: Place, form: VerdictForm, strangers: list[Refusal] | None = None) -> str:
    round = round_here(place.invitation.round_id)
    return render_template(
        "office/verdict.html",
        case=store.dashboard.case(db(), round),
        place=place,
        verdict=store.releases.verdict(db(), place.version),
        form=form,
        strangers=strangers or [],
    )


def late_place(id: int) -> Place:
    """The place with its late signature; 404 where that is not the last word."""
    here = invitation_here(id)
    last, member = (
        store.answers.find_current(db(), here.id),
        store.members.find(db(), here.member_id),
    )
    if member is None or last is None or not last.late or last.answer.kind is not Kind.SIGN:
        raise NotFound
    return Place(store.rounds.get_invitation(db(), id), member, last)


def released(id: int) -> Round:
    """The round, once it is released; 404 before."""
    round = round_here(id)
    if round.phase(now()) is not Phase.RELEASED:
        raise NotFound
    return round


def to_late(id: int) -> ResponseReturnValue:
    return redirect(url_for("office.late", id=id), 303)
