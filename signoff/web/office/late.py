"""After the release: late signatures to decide about, addenda and further editions to issue."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff.actions import issuing, joining
from signoff.actions.joining import Decision
from signoff.domain.addendum import numbered
from signoff.domain.answer import Kind
from signoff.domain.moments import end_of
from signoff.domain.refusal import Refusal
from signoff.domain.release import PrintKind
from signoff.domain.round import Phase, Round
from signoff.domain.standing import Place
from signoff.store import answers, desks, invitations, issues, lates, members, papers, prints, releases
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.again import asked
from signoff.web.office.door import blueprint, for_editors, round_here
from signoff.web.office.forms import LateEndForm, VerdictForm
from signoff.web.office.invitations import invitation_here
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
        joining.end_late(db(), id, end_of(form.day(), g.association.zone), actor(), now())
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
        issuing.order(db(), id, kind, actor(), now(), timestamp=timestamp)
    except Refusal as refusal:
        return page(round, LateEndForm(formdata=None), [refusal]), 409
    return to_late(id)


@blueprint.get("/rounds/<int:id>/documents/proof.pdf")
def later_proof(id: int) -> ResponseReturnValue:
    """The newest print after the release, to be looked at before it is issued."""
    slug = papers.get(db(), released(id).edition_id).slug
    return printed(prints.latest_later(db(), id), f"{slug}.pdf")


@blueprint.post("/rounds/<int:id>/documents/release")
def issue(id: int) -> ResponseReturnValue:
    """Release the print that was looked at. A second click finds what the first has done."""
    round = released(id)
    if proof := asked():
        return proof
    try:
        issuing.issue(db(), id, request.form.get("seen", ""), actor(), now())
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
            form.accepts(), bool(form.note_accepted.data), bool(form.name_accepted.data), form.late_reason.data or ""
        )
        if decision.accepted and (proof := asked()):
            return proof
        joining.decide_late(db(), id, decision, actor(), now(), version=int(version))
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return verdict_page(place, form, strangers), 409 if strangers else 422
    flash(_("Ihre Entscheidung ist festgehalten. Das Mitglied wird benachrichtigt."))
    return to_late(place.invitation.round_id)


def page(round: Round, form: LateEndForm, strangers: list[Refusal] | None = None) -> str:
    later, every = lates.of(db(), round), releases.every(db(), round.id)
    done = prints.latest_later(db(), round.id)
    fresh = done if done and done.sha256 not in {each.sha256 for each in every} else None
    called = issues.named(db(), round.id, fresh.kind, fresh.entry)[0] if fresh else 0
    return render_template(
        "office/late.html",
        case=desks.case(db(), round),
        later=later,
        documents=list(reversed(list(numbered(every)))),
        current=issues.current(every),
        fresh=fresh,
        called=called,
        news={kind: issuing.news(later, every, kind) for kind in KINDS.values()},
        PrintKind=PrintKind,
        form=form,
        strangers=strangers or [],
    )


def verdict_page(place: Place, form: VerdictForm, strangers: list[Refusal] | None = None) -> str:
    round = round_here(place.invitation.round_id)
    return render_template(
        "office/verdict.html",
        case=desks.case(db(), round),
        place=place,
        verdict=lates.verdict(db(), place.version),
        form=form,
        strangers=strangers or [],
    )


def late_place(id: int) -> Place:
    """The place with its late signature; 404 where that is not the last word."""
    here = invitation_here(id)
    last, member = answers.last(db(), here.id), members.get(db(), here.member_id)
    if member is None or last is None or not last.late or last.answer.kind is not Kind.SIGN:
        raise NotFound
    return Place(invitations.get(db(), id), member, last)


def released(id: int) -> Round:
    """The round, once it is released; 404 before."""
    round = round_here(id)
    if round.phase(now()) is not Phase.RELEASED:
        raise NotFound
    return round


def to_late(id: int) -> ResponseReturnValue:
    return redirect(url_for("office.late", id=id), 303)
