"""What is to be done, and every round."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from flask import render_template

from signoff import store
from signoff.domain.round_status import InvitationStatus, MailState, list_overdue_results
from signoff.domain.rounds import Phase
from signoff.store.dashboard import MAX_PAST_RESULTS, Dashboard, RoundSummary
from signoff.web.context import current_date, db, now
from signoff.web.office.access import blueprint

# What the office has to do now, most harmful first: derived from where the rounds stand, kept nowhere.

UNREACHED_STATES = (MailState.FAILED, MailState.BOUNCED)


class TaskKind(IntEnum):
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

    what: TaskKind
    case: RoundSummary
    places: tuple[InvitationStatus, ...] = ()


def list_tasks(cases: Iterable[RoundSummary], now: datetime, today: date) -> list[Task]:
    """Everything there is to do, the most harmful first; within a kind in the order of ``cases``."""
    return sorted(
        (task for case in cases for task in iter_round_tasks(case, now, today)),
        key=lambda task: task.what,
    )


def list_late_tasks(
    waiting: Iterable[tuple[RoundSummary, tuple[InvitationStatus, ...]]],
) -> list[Task]:
    """The late signatures nobody has decided about."""
    return [Task(TaskKind.LATE, case, places) for case, places in waiting if places]


def iter_round_tasks(case: RoundSummary, now: datetime, today: date) -> Iterator[Task]:
    round, final = case.round, case.final
    phase = round.phase(now)
    if round.released_at or phase is Phase.CANCELLED:
        return
    if phase is Phase.CLOSED and final and final.failed_at:
        yield Task(TaskKind.PRINT_FAILED, case)
    if objected := tuple(place for place in case.standing.places if place.objections):
        yield Task(TaskKind.OBJECTIONS, case, objected)
    lost = list_unreached(case.standing.places)
    if phase is Phase.OPEN and lost:
        yield Task(TaskKind.UNREACHED, case, lost)
    if phase is Phase.ENDED:
        yield Task(TaskKind.ENDED, case)
    undecided = case.standing.undecided
    if phase is Phase.CLOSED and final and final.printed_at and not undecided:
        yield Task(TaskKind.CONFIRM if case.request else TaskKind.READY, case)
    for what, kind in (("note", TaskKind.NOTES), ("name", TaskKind.NAMES)):
        if asked := tuple(place for place in undecided if what in place.undecided):
            yield Task(kind, case, asked)
    if phase in (Phase.OPEN, Phase.ENDED) and (
        over := list_overdue_results(case.standing.places, today)
    ):
        yield Task(TaskKind.SITTINGS, case, over)
    if phase is Phase.OPEN and case.draft and case.draft.failed_at:
        yield Task(TaskKind.DRAFT_FAILED, case)


def list_unreached(places: Iterable[InvitationStatus]) -> tuple[InvitationStatus, ...]:
    """Those who have not answered and whom no mail has reached."""
    return tuple(place for place in places if place.kind is None and place.mail in UNREACHED_STATES)


@blueprint.get("/")
def show_dashboard() -> str:
    desk = store.dashboard.load_dashboard(db(), now())
    running = [case for case in desk.cases if case.round.phase(now()) is not Phase.CLOSED]
    closed = [case for case in desk.cases if case.round.phase(now()) is Phase.CLOSED]
    todo = list_tasks(desk.cases, now(), current_date()) + list_late_tasks(
        iter_pending_late_reviews(desk)
    )
    return render_template(
        "office/dashboard.html",
        desk=desk,
        tasks=todo,
        many=Counter(task.case.round.id for task in todo),
        outage=store.outbox.find_outage(db()),
        What=TaskKind,
        sections=[("running", running), ("closed", closed)],
        recent=desk.past[:MAX_PAST_RESULTS],
        older=desk.past[MAX_PAST_RESULTS:],
    )


def iter_pending_late_reviews(
    desk: Dashboard,
) -> Iterator[tuple[RoundSummary, tuple[InvitationStatus, ...]]]:
    """The released rounds in which late signatures wait, and whose."""
    undecided = store.releases.list_round_ids_to_review(db())
    for past in desk.past:
        if past.round.id in undecided and (
            places := store.releases.load_late_signatures(db(), past.round).waiting
        ):
            yield store.dashboard.load_round_summary(db(), past.round), places
