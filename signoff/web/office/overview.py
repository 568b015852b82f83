"""What is to be done, and every paper."""

from flask import render_template

from signoff.domain.round import Phase
from signoff.store import desks
from signoff.web.context import db, now
from signoff.web.office.door import blueprint
from signoff.web.office.tasks import What, tasks


@blueprint.get("/")
def overview() -> str:
    desk = desks.desk(db(), now())
    running = [case for case in desk.cases if case.round.phase(now()) is not Phase.CLOSED]
    closed = [case for case in desk.cases if case.round.phase(now()) is Phase.CLOSED]
    return render_template(
        "office/overview.html",
        desk=desk,
        tasks=tasks(desk.cases, now()),
        What=What,
        sections=[("running", running), ("closed", closed)],
    )
