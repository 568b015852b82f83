"""The table of members as a file: what the filter leaves, all of it, in the order of the page."""

from collections.abc import Iterable, Sequence

from flask import Response, g, request

from signoff.export.sheets import XLSX, as_csv, as_xlsx
from signoff.store import papers, reaches, standings
from signoff.web.context import db, language, today
from signoff.web.office import members
from signoff.web.office.door import blueprint, round_here
from signoff.web.office.sheet import HEADS, line
from signoff.words import dates
from signoff.words.catalogue import catalogue


@blueprint.get("/rounds/<int:id>/members.csv")
def members_file(id: int) -> Response:
    name, heads, lines = chosen(id)
    spoken = language()
    rows = ([dates.cell(each, spoken) for each in cells] for cells in lines)
    return named(Response(as_csv(heads, rows), content_type="text/csv; charset=utf-8"), f"{name}.csv")


@blueprint.get("/rounds/<int:id>/members.xlsx")
def members_workbook(id: int) -> Response:
    """The same for Excel: days and moments are such there, so that they can be sorted and counted."""
    name, heads, lines = chosen(id)
    return named(Response(as_xlsx(heads, lines), content_type=XLSX), f"{name}.xlsx")


def chosen(id: int) -> tuple[str, list[str], Iterable[Sequence[object]]]:
    """Name, heads and lines of the file."""
    here, zone, spoken = round_here(id), g.association.zone, language()
    places = members.chosen(standings.of(db(), here), members.Choice.of(request.args), today())
    held = reaches.of(db(), (place.invitation.id for place in places))
    lines = (list(line(place, held.get(place.invitation.id), zone, spoken)) for place in places)
    heads = [catalogue(spoken).gettext(head) for head in HEADS]
    return f"{papers.get(db(), here.edition_id).slug}-{today().isoformat()}", heads, lines


def named(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
