"""One round: where it stands, what is to decide, the members; the same for the script that refreshes it, and as CSV."""

from hashlib import sha256

from flask import Response, g, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff.actions import printing
from signoff.domain.failure import Busy
from signoff.domain.release import Print
from signoff.store import papers, standings
from signoff.store.desks import Case
from signoff.web.context import db, language, now, settings, tools
from signoff.web.office import members
from signoff.web.office.door import blueprint, case_here, round_here
from signoff.web.office.sheet import sheet
from signoff.web.office.tasks import unreached


@blueprint.get("/rounds/<int:id>")
def round(id: int) -> str:
    return page("round", case_here(id))


@blueprint.get("/rounds/<int:id>/standing")
def standing(id: int) -> ResponseReturnValue:
    """Figures and table alone. The same state has the same tag, so that an open page costs next to nothing."""
    response = Response(page("standing", case_here(id)), mimetype="text/html")
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    return response.make_conditional(request)


def page(name: str, case: Case) -> str:
    return render_template(
        f"office/{name}.html",
        case=case,
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        table=members.table(case.standing, members.Choice.of(request.args)),
        states=members.states(case.standing),
        unreached=len(unreached(case.standing.places)),
        ANSWERS=members.ANSWERS,
    )


@blueprint.get("/rounds/<int:id>/members.csv")
def members_file(id: int) -> Response:
    """What the filter leaves, all of it, in the order of the table."""
    here = round_here(id)
    chosen = members.chosen(standings.of(db(), here), members.Choice.of(request.args))
    day = now().astimezone(g.association.zone).date().isoformat()
    name = f"{papers.get(db(), here.edition_id).slug}-{day}.csv"
    response = Response(sheet(chosen, g.association.zone, language()), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.get("/rounds/<int:id>/proof.pdf")
def proof(id: int) -> ResponseReturnValue:
    """The newest final print, to be looked at before the release."""
    case = case_here(id)
    return printed(case.final, f"{case.edition.slug}.pdf")


@blueprint.get("/rounds/<int:id>/advance-copy.pdf")
def advance_copy(id: int) -> ResponseReturnValue:
    """The paper with its list as it stands, marked on every page: to be passed round before the release."""
    case = case_here(id)
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


def printed(print: Print | None, name: str) -> ResponseReturnValue:
    if print is None or print.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    path = tools().archive.printed(print.sha256)
    answer = send_file(path, mimetype="application/pdf", download_name=name, etag=print.sha256, max_age=0)
    answer.headers["Cache-Control"] = "no-store"  # not public yet, so it stays in no cache
    return answer
