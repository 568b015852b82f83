"""What is to be done, and every round."""

from collections import Counter

from flask import g, render_template

from signoff.domain.round import Phase
from signoff.store import desks, outages
from signoff.store.desks import COUNTED
from signoff.web.context import db, now
from signoff.web.office.door import blueprint
from signoff.web.office.tasks import What, tasks


@blueprint.get("/")
def overview() -> str:
    desk = desks.desk(db(), now())
    running = [case for case in desk.cases if case.round.phase(now()) is not Phase.CLOSED]
    closed = [case for case in desk.cases if case.round.phase(now()) is Phase.CLOSED]
    todo = tasks(desk.cases, now(), now().astimezone(g.association.zone).date())
    return render_template(
        "office/overview.html",
        desk=desk,
        tasks=todo,
        many=Counter(task.case.round.id for task in todo),
        outage=outages.current(db()),
        What=What,
        sections=[("running", running), ("closed", closed)],
        recent=desk.past[:COUNTED],
        older=desk.past[COUNTED:],
    )
