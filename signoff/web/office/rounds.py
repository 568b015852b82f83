"""One round: where it stands, what is to decide, the members; and the same for the script that refreshes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from flask import (
    Response,
    current_app,
    flash,
    g,
    make_response,
    render_template,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff import actions, store
from signoff.domain.audit import Certificate
from signoff.domain.errors import Busy, Reason, Refusal, Unprintable
from signoff.domain.members import Member
from signoff.domain.releases import Print
from signoff.domain.round_status import Standing
from signoff.domain.rounds import Phase, Round, aim
from signoff.domain.text import STATES, sort_key
from signoff.exports.receipts import as_copy, as_json
from signoff.store.dashboard import Case
from signoff.web.context import db, language, now, settings, today, tools
from signoff.web.errors import Withdrawn
from signoff.web.login import actor
from signoff.web.office import round_members
from signoff.web.office.access import (
    blueprint,
    case_here,
    for_editors,
    may_edit,
    round_here,
    slug_of,
    to_round,
)
from signoff.web.office.charts import INSIDE, OUTSIDE, picture
from signoff.web.office.dashboard import unreached
from signoff.web.office.forms import AimForm
from signoff.web.security import CONTENT

# Adding members to a round that is open: chosen from those who have not been asked yet.

MOST = 50  # members on offer at once; more are found by searching


@blueprint.get("/rounds/<int:id>/addition")
@for_editors
def addition_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return (
        render_invite_members_form(case) if case.round.phase(now()) is Phase.OPEN else to_round(id)
    )


@blueprint.post("/rounds/<int:id>/addition")
@for_editors
def add(id: int) -> ResponseReturnValue:
    """Invite the ticked members. Who has been asked already is not asked again, so a second click adds nobody."""
    case, keys = case_here(id), request.form.getlist("member")
    try:
        if not keys:
            raise Refusal(Reason.NOBODY_CHOSEN)
        added = actions.rounds.invite_members(db(), slug_of(case.round), keys, actor(), now())
    except Refusal as refusal:
        return render_invite_members_form(
            case, refusal
        ), 422 if refusal.reason is Reason.NOBODY_CHOSEN else 409
    count = len(added)
    flash(
        ngettext("%(num)s Mitglied ist eingeladen.", "%(num)s Mitglieder sind eingeladen.", count)
    )
    return to_round(id)


def render_invite_members_form(case: Case, refusal: Refusal | None = None) -> str:
    q = request.values.get("q", "").strip()[:100]
    free = store.members.not_asked(db(), case.round.id)
    fitting = [each for each in sorted(free, key=lambda each: sort_key(each.name)) if fits(each, q)]
    return render_template(
        "office/addition.html",
        case=case,
        q=q,
        chosen=request.form.getlist("member"),
        free=len(free),
        found=len(fitting),
        offered=fitting[:MOST],
        unreachable=unreachable(fitting[:MOST]),
        refusal=refusal,
    )


def fits(member: Member, q: str) -> bool:
    words = " ".join((member.name, member.official_name, member.key, member.state))
    return not q or sort_key(q)[0] in sort_key(words)[0]


def unreachable(offered: Iterable[Member]) -> set[int]:
    """Those no mail can reach: they are asked by letter."""
    reached = {each.member_id for each in store.members.representatives(db()) if each.email}
    return {each.id for each in offered} - reached


# How many signatures are aimed at. GET asks, POST sets; a colleague's figure is never overwritten unseen.


@blueprint.get("/rounds/<int:id>/aim")
@for_editors
def aim_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return (
        to_round(id)
        if case.round.closed_at or case.round.cancelled_at
        else asked(case, AimForm.of(case.round))
    )


@blueprint.post("/rounds/<int:id>/aim")
@for_editors
def set_aim(id: int) -> ResponseReturnValue:
    """Set or take away the aim. What was typed stays where it is refused; the aim that holds has then been seen."""
    case, form = case_here(id), AimForm()
    try:
        wanted = aim(form.aim.data or "", len(case.standing.places))
        actions.rounds.set_aim(db(), id, wanted, form.known(), actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        form.seen.data = case.round.aim
        return asked(case, form, strangers), 409 if strangers else 422
    flash(_("Das Ziel ist gespeichert.") if wanted else _("Für dieses Verfahren gilt kein Ziel."))
    return to_round(id)


def asked(case: Case, form: AimForm, strangers: list[Refusal] | None = None) -> str:
    return render_template("office/aim.html", case=case, form=form, strangers=strangers or [])


# The certificate of a round's process, the office's copy. GET makes, and changes nothing.

AGAIN = 30  # seconds until a busy press is worth asking again


@blueprint.get("/rounds/<int:id>/certificate.pdf")
def certificate_pdf(id: int) -> ResponseReturnValue:
    """503 with the time to ask again where too many ask at once."""
    told = certificate(id)
    try:
        content = tools().copies(as_copy(told))
    except Busy:
        return make_response(render_template("errors/busy.html"), 503, {"Retry-After": str(AGAIN)})
    except Unprintable as problem:
        current_app.logger.error("the certificate of round %s cannot be printed: %s", id, problem)
        raise ServiceUnavailable from None
    return sent(content, "application/pdf", f"{told.edition.slug}-verlauf.pdf")


@blueprint.get("/rounds/<int:id>/certificate.json")
def certificate_json(id: int) -> ResponseReturnValue:
    told = certificate(id)
    return sent(as_json(told), "application/json", f"{told.edition.slug}-verlauf.json")


def certificate(id: int) -> Certificate:
    """404 before the round has been opened."""
    round = round_here(id)
    if round.opened_at is None:
        raise NotFound
    return store.audit.build_certificate(db(), round, now())


def sent(content: bytes, kind: str, name: str) -> ResponseReturnValue:
    answer = send_file(
        BytesIO(content), mimetype=kind, download_name=name, as_attachment=True, etag=False
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


# The page of the release shows the PDF inside itself; no other house may.
IN_OUR_PAGE = CONTENT.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a round's page is asked for again and again."""

    round: Round
    standing: Standing


@blueprint.get("/rounds/<int:id>")
def show_round(id: int) -> str:
    case = case_here(id)
    return render_template(
        "office/round.html",
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        form=AimForm.of(case.round),
        TODOS=round_members.TODOS,
        ANSWERS=round_members.ANSWERS,
        **build_round_context(case),
    )


@blueprint.get("/rounds/<int:id>/standing")
def standing(id: int) -> ResponseReturnValue:
    """Figures, pictures and table alone. While nothing has happened, no member is even counted: 304."""
    here = round_here(id)
    newest = tag(here)
    if request.if_none_match.contains(newest):
        response = Response(status=304)
    else:
        response = Response(
            render_template(
                "office/standing.html",
                **build_round_context(Part(here, store.round_status.of(db(), here))),
            )
        )
    response.set_etag(newest)
    return response


def tag(here: Round) -> str:
    """Another one as soon as the page would look different: for this reader, this choice, this day."""
    told = (
        store.rounds.stamp(db()),
        here,
        here.phase(now()),
        today(),
        may_edit(),
        language(),
        request.query_string,
    )
    return sha256(repr(told).encode()).hexdigest()[:32]


def build_round_context(case: Case | Part) -> dict[str, object]:
    """What the page and its refreshed parts have in common."""
    table = round_members.table(case.standing, round_members.Choice.of(request.args), today())
    return {
        "case": case,
        "table": table,
        "reaches": store.members.of(db(), (place.invitation.id for place in table.places)),
        "picture": picture(case.standing, now(), g.association.zone, language()),
        "unreached": len(unreached(case.standing.places)),
        "STATES": [each.lower() for each in STATES.values()],
        "INSIDE": INSIDE,
        "OUTSIDE": OUTSIDE,
    }


@blueprint.get("/rounds/<int:id>/proof.pdf")
def proof(id: int) -> ResponseReturnValue:
    """The newest final print, to be looked at before the release."""
    case = case_here(id)
    if case.release and case.release.withdrawn_at:
        raise Withdrawn(case.release)
    answer = printed(case.final, f"{case.edition.slug}.pdf")
    answer.headers["Content-Security-Policy"] = IN_OUR_PAGE
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.get("/rounds/<int:id>/advance-copy.pdf")
def advance_copy(id: int) -> ResponseReturnValue:
    """The paper with its list as it stands, marked on every page: to be passed round before the release."""
    case = case_here(id)
    if case.release and case.release.withdrawn_at:
        raise Withdrawn(case.release)
    if case.final is None:
        raise NotFound
    try:
        content = tools().copies(
            actions.prints.document(db(), case.final, settings().base_url).advance
        )
    except Busy as busy:
        raise ServiceUnavailable(retry_after=30) from busy
    answer = make_response(content)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{case.edition.slug}-vorabzug.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/rounds/<int:id>/draft.pdf")
def draft(id: int) -> ResponseReturnValue:
    """The marked draft, as the members find it."""
    case = case_here(id)
    return printed(case.draft, f"{case.edition.slug}-entwurf.pdf")


def printed(print: Print | None, name: str) -> Response:
    if print is None or print.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    path = tools().archive.printed(print.sha256)
    answer = send_file(
        path, mimetype="application/pdf", download_name=name, etag=print.sha256, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"  # not public yet, so it stays in no cache
    return answer
