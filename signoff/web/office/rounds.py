"""One round: where it stands, what is to decide, the members; and the same for the script that refreshes it."""

from dataclasses import dataclass
from hashlib import sha256

from flask import Response, g, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff.actions import printing
from signoff.domain.failure import Busy
from signoff.domain.release import Print
from signoff.domain.round import Round
from signoff.domain.standing import Standing
from signoff.domain.states import STATES
from signoff.store import reaches, stamps, standings
from signoff.store.desks import Case
from signoff.web.context import db, language, now, settings, today, tools
from signoff.web.errors import Withdrawn
from signoff.web.headers import CONTENT
from signoff.web.office import members
from signoff.web.office.door import blueprint, case_here, may_edit, round_here
from signoff.web.office.forms import AimForm
from signoff.web.office.picture import picture
from signoff.web.office.regions import INSIDE, OUTSIDE
from signoff.web.office.tasks import unreached

# The page of the release shows the PDF inside itself; no other house may.
IN_OUR_PAGE = CONTENT.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a round's page is asked for again and again."""

    round: Round
    standing: Standing


@blueprint.get("/rounds/<int:id>")
def round(id: int) -> str:
    case = case_here(id)
    return render_template(
        "office/round.html",
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        form=AimForm.of(case.round),
        TODOS=members.TODOS,
        ANSWERS=members.ANSWERS,
        **shown(case),
    )


@blueprint.get("/rounds/<int:id>/standing")
def standing(id: int) -> ResponseReturnValue:
    """Figures, pictures and table alone. While nothing has happened, no member is even counted: 304."""
    here = round_here(id)
    newest = tag(here)
    if request.if_none_match.contains(newest):
        response = Response(status=304)
    else:
        response = Response(render_template("office/standing.html", **shown(Part(here, standings.of(db(), here)))))
    response.set_etag(newest)
    return response


def tag(here: Round) -> str:
    """Another one as soon as the page would look different: for this reader, this choice, this day."""
    told = (stamps.stamp(db()), here, here.phase(now()), today(), may_edit(), language(), request.query_string)
    return sha256(repr(told).encode()).hexdigest()[:32]


def shown(case: Case | Part) -> dict[str, object]:
    """What the page and its refreshed parts have in common."""
    table = members.table(case.standing, members.Choice.of(request.args), today())
    return {
        "case": case,
        "table": table,
        "reaches": reaches.of(db(), (place.invitation.id for place in table.places)),
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
        content = tools().copies(printing.document(db(), case.final, settings().base_url).advance)
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
    answer = send_file(path, mimetype="application/pdf", download_name=name, etag=print.sha256, max_age=0)
    answer.headers["Cache-Control"] = "no-store"  # not public yet, so it stays in no cache
    return answer
