"""What is to be done, and every round."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from flask import g, render_template

from signoff import store
from signoff.domain.round_status import MailState, Place, passed
from signoff.domain.rounds import Phase
from signoff.store.dashboard import COUNTED, Case, Desk
from signoff.web.context import db, now
from signoff.web.office.access import blueprint

# What the office has to do now, most harmful first: derived from where the rounds stand, kept nowhere.

UNREACHED = (MailState.FAILED, MailState.BOUNCED)


class What(IntEnum):
    """The kinds of task, in the order in which they are listed."""

    PRINT_FAILED = 1
    OBJECTIONS = 2
    UNREACHED = 3
    ENDED = 4
    READY = 5
    CONFIRM = 6
    NOTES = 7
    NAMES = 8
    SITTINGS = 9
    DRAFT_FAILED = 10
    LATE = 11


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do in one round, with the members it is about."""

    what: What
    case: Case
    places: tuple[Place, ...] = ()


def tasks(cases: Iterable[Case], now: datetime, today: date) -> list[Task]:
    """Everything there is to do, the most harmful first; within a kind in the order of ``cases``."""
    return sorted(
        (task for case in cases for task in of_case(case, now, today)), key=lambda task: task.what
    )


def after_release(waiting: Iterable[tuple[Case, tuple[Place, ...]]]) -> list[Task]:
    """The late signatures nobody has decided about."""
    return [Task(What.LATE, case, places) for case, places in waiting if places]


def of_case(case: Case, now: datetime, today: date) -> Iterator[Task]:
    round, final = case.round, case.final
    phase = round.phase(now)
    if round.released_at or phase is Phase.CANCELLED:
        return
    if phase is Phase.CLOSED and final and final.failed_at:
        yield Task(What.PRINT_FAILED, case)
    if objected := tuple(place for place in case.standing.places if place.objections):
        yield Task(What.OBJECTIONS, case, objected)
    lost = unreached(case.standing.places)
    if phase is Phase.OPEN and lost:
        yield Task(What.UNREACHED, case, lost)
    if phase is Phase.ENDED:
        yield Task(What.ENDED, case)
    undecided = case.standing.undecided
    if phase is Phase.CLOSED and final and final.printed_at and not undecided:
        yield Task(What.CONFIRM if case.request else What.READY, case)
    for what, kind in (("note", What.NOTES), ("name", What.NAMES)):
        if asked := tuple(place for place in undecided if what in place.undecided):
            yield Task(kind, case, asked)
    if phase in (Phase.OPEN, Phase.ENDED) and (over := passed(case.standing.places, today)):
        yield Task(What.SITTINGS, case, over)
    if phase is Phase.OPEN and case.draft and case.draft.failed_at:
        yield Task(What.DRAFT_FAILED, case)


def unreached(places: Iterable[Place]) -> tuple[Place, ...]:
    """Those who have not answered and whom no mail has reached."""
    return tuple(place for place in places if place.kind is None and place.mail in UNREACHED)


@blueprint.get("/")
def overview() -> str:
    desk = store.dashboard.desk(db(), now())
    running = [case for case in desk.cases if case.round.phase(now()) is not Phase.CLOSED]
    closed = [case for case in desk.cases if case.round.phase(now()) is Phase.CLOSED]
    todo = tasks(desk.cases, now(), now().astimezone(g.association.zone).date()) + after_release(
        waiting(desk)
    )
    return render_template(
        "office/overview.html",
        desk=desk,
        tasks=todo,
        many=Counter(task.case.round.id for task in todo),
        outage=store.outbox.current(db()),
        What=What,
        sections=[("running", running), ("closed", closed)],
        recent=desk.past[:COUNTED],
        older=desk.past[COUNTED:],
    )


def waiting(desk: Desk) -> Iterator[tuple[Case, tuple[Place, ...]]]:
    """The released rounds in which late signatures wait, and whose."""
    undecided = store.releases.undecided(db())
    for past in desk.past:
        if past.round.id in undecided and (places := store.releases.of(db(), past.round).waiting):
            yield store.dashboard.case(db(), past.round), places
