"""The list of members, and the same as a table to take along."""

from flask import Response, g, render_template, request

from signoff.export.sheets import CSV, XLSX, as_csv, as_workbook
from signoff.store import directories
from signoff.web.context import db, now
from signoff.web.office.door import blueprint
from signoff.web.office.membership.choice import REACH, SHOWN, Choice, chosen, offered, table
from signoff.web.office.membership.sheet import COLUMNS, EXAMPLE, lines


@blueprint.get("/members")
def members() -> str:
    every = directories.every(db())
    choice = Choice.of(request.args)
    return render_template(
        "office/membership/list.html", table=table(every, choice), REACH=REACH, SHOWN=SHOWN, **offered(every)
    )


@blueprint.get("/members.csv")
def members_csv() -> Response:
    """What the filter leaves, all of it, in the form in which a list is taken in."""
    return file(as_csv(COLUMNS, lines(asked())), CSV, f"mitglieder-{today()}.csv")


@blueprint.get("/members.xlsx")
def members_xlsx() -> Response:
    return file(as_workbook(COLUMNS, lines(asked())), XLSX, f"mitglieder-{today()}.xlsx")


@blueprint.get("/members/template.csv")
def template_csv() -> Response:
    """A file to fill in."""
    return file(as_csv(COLUMNS, EXAMPLE), CSV, "mitglieder-vorlage.csv")


@blueprint.get("/members/template.xlsx")
def template_xlsx() -> Response:
    return file(as_workbook(COLUMNS, EXAMPLE), XLSX, "mitglieder-vorlage.xlsx")


def asked() -> list[directories.Listed]:
    return chosen(directories.every(db()), Choice.of(request.args))


def today() -> str:
    return now().astimezone(g.association.zone).date().isoformat()


def file(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
