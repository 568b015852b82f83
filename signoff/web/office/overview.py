"""What is to be done, and every round."""

from collections import Counter
from collections.abc import Iterator

from flask import g, render_template

from signoff.domain.round import Phase
from signoff.domain.standing import Place
from signoff.store import desks, lates, outages
from signoff.store.desks import COUNTED, Case, Desk
from signoff.web.context import db, now
from signoff.web.office.door import blueprint
from signoff.web.office.tasks import What, after_release, tasks


@blueprint.get("/")
def overview() -> str:
    desk = desks.desk(db(), now())
    running = [case for case in desk.cases if case.round.phase(now()) is not Phase.CLOSED]
    closed = [case for case in desk.cases if case.round.phase(now()) is Phase.CLOSED]
    todo = tasks(desk.cases, now(), now().astimezone(g.association.zone).date()) + after_release(waiting(desk))
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


def waiting(desk: Desk) -> Iterator[tuple[Case, tuple[Place, ...]]]:
    """The released rounds in which late signatures wait, and whose."""
    undecided = lates.undecided(db())
    for past in desk.past:
        if past.round.id in undecided and (places := lates.of(db(), past.round).waiting):
            yield desks.case(db(), past.round), places
