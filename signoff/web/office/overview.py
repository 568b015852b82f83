"""What is to be done, and every paper."""

from collections.abc import Iterator

from flask import render_template

from signoff.domain.round import Phase
from signoff.domain.standing import Place
from signoff.store import desks, lates
from signoff.store.desks import Case, Desk
from signoff.web.context import db, now
from signoff.web.office.door import blueprint
from signoff.web.office.tasks import What, after_release, tasks


@blueprint.get("/")
def overview() -> str:
    desk = desks.desk(db(), now())
    running = [case for case in desk.cases if case.round.phase(now()) is not Phase.CLOSED]
    closed = [case for case in desk.cases if case.round.phase(now()) is Phase.CLOSED]
    return render_template(
        "office/overview.html",
        desk=desk,
        tasks=tasks(desk.cases, now()) + after_release(waiting(desk)),
        What=What,
        sections=[("running", running), ("closed", closed)],
    )


def waiting(desk: Desk) -> Iterator[tuple[Case, tuple[Place, ...]]]:
    """The released rounds with late signatures, and which of them wait."""
    for _edition, round in desk.released:
        if round.terms.late and (places := lates.of(db(), round).waiting):
            yield desks.case(db(), round), places
