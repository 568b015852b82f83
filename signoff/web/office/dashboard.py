"""The dashboard of the office: what is to be done, and every round."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff import actions, store, trial_rounds
from signoff.domain.applications import Application
from signoff.domain.approvals import PublicAct
from signoff.domain.letters import LetterKind
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Phase
from signoff.i18n.labels import describe_upcoming
from signoff.moments import find_jump, save_beat
from signoff.store.dashboard import MAX_PAST_RESULTS, Dashboard, RoundSummary
from signoff.store.replies import UnsettledReply
from signoff.web.context import current_date, current_language, db, now, settings
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint
from signoff.web.office.approvals import (
    describe_approval,
    is_anybody_missing,
    list_pending_ids,
)
from signoff.web.office.letters import find_due_letter
from signoff.web.office.setup import find_backup_problem, list_addresses, list_open_findings
from signoff.web.upcoming import load_upcoming

# The tasks of the office. They follow from the status of the rounds and are stored nowhere.


class TaskKind(IntEnum):
    """The kinds of task, in the order in which they are listed."""

    PRINT_FAILED = 1
    OBJECTIONS = 2
    UNREACHED = 3
    CUT_OFF = 4
    LETTERS = 5
    REMINDER_LETTERS = 6
    DEADLINE_PASSED = 7
    READY_TO_RELEASE = 8
    NOTES = 9
    NAMES = 10
    UNPRINTABLE = 11
    TEXT_UNPRINTABLE = 12
    MEETINGS = 13
    DRAFT_FAILED = 14
    LATE_SIGNATURES = 15
    LATE_WITHDRAWALS = 16


LETTER_TASKS = {
    LetterKind.INVITATION: TaskKind.LETTERS,
    LetterKind.REMINDER: TaskKind.REMINDER_LETTERS,
    LetterKind.EXTENDED: TaskKind.LETTERS,
    LetterKind.CLOSED: TaskKind.LETTERS,
}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do in one round, with the members it is about."""

    kind: TaskKind
    round_summary: RoundSummary
    statuses: tuple[InvitationStatus, ...] = ()


def list_tasks(summaries: Iterable[RoundSummary], now: datetime, today: date) -> list[Task]:
    """All tasks, the most urgent first; within a kind in the order of ``summaries``."""
    return sorted(
        (task for summary in summaries for task in iter_round_tasks(summary, now, today)),
        key=lambda task: task.kind,
    )


def list_late_tasks(
    pending_reviews: Iterable[tuple[RoundSummary, tuple[InvitationStatus, ...]]],
) -> list[Task]:
    """The late signatures nobody has decided about."""
    return [
        Task(TaskKind.LATE_SIGNATURES, summary, statuses)
        for summary, statuses in pending_reviews
        if statuses
    ]


def iter_round_tasks(summary: RoundSummary, now: datetime, today: date) -> Iterator[Task]:
    round, final, statuses = summary.round, summary.final, summary.status.invitations
    phase = round.phase(now)
    if round.released_at or phase is Phase.CANCELLED:
        return
    if phase is Phase.CLOSED and final and final.failed_at:
        yield Task(TaskKind.PRINT_FAILED, summary)
    if objected := tuple(status for status in statuses if status.objections):
        yield Task(TaskKind.OBJECTIONS, summary, objected)
    if phase is Phase.OPEN and summary.status.unreached:
        yield Task(TaskKind.UNREACHED, summary, summary.status.unreached)
    cut_off = tuple(status for status in statuses if status.cut_off and not status.kind)
    if phase is Phase.OPEN and cut_off:
        yield Task(TaskKind.CUT_OFF, summary, cut_off)
    due = {status: find_due_letter(round, status) for status in statuses if status.by_letter}
    for letter, kind in LETTER_TASKS.items():
        if waiting := tuple(status for status in due if due[status] is letter):
            yield Task(kind, summary, waiting)
    if phase is Phase.ENDED:
        yield Task(TaskKind.DEADLINE_PASSED, summary)
    undecided = summary.status.undecided
    is_printed = phase is Phase.CLOSED and final and final.printed_at
    if is_printed and not undecided and not summary.release_request:
        yield Task(TaskKind.READY_TO_RELEASE, summary)
    for name, kind in (("note", TaskKind.NOTES), ("name", TaskKind.NAMES)):
        if concerned := tuple(status for status in undecided if name in status.undecided):
            yield Task(kind, summary, concerned)
    if unprintable := summary.status.unprintable:
        yield Task(TaskKind.UNPRINTABLE, summary, unprintable)
    if summary.edition.text.unprintable:
        yield Task(TaskKind.TEXT_UNPRINTABLE, summary)
    overdue = summary.status.list_overdue_results(today)
    if phase in (Phase.OPEN, Phase.ENDED) and overdue:
        yield Task(TaskKind.MEETINGS, summary, overdue)
    if phase is Phase.OPEN and summary.draft and summary.draft.failed_at:
        yield Task(TaskKind.DRAFT_FAILED, summary)


@blueprint.get("/")
def show_dashboard() -> str:
    dashboard = store.dashboard.load_dashboard(db(), now())
    phases = [(summary, summary.round.phase(now())) for summary in dashboard.summaries]
    replies: dict[int, list[UnsettledReply]] = {}
    for reply in store.replies.list_unsettled(db()):
        replies.setdefault(reply.round_id, []).append(reply)
    tasks = list_tasks(dashboard.summaries, now(), current_date())
    tasks += list_late_tasks(iter_pending_late_reviews(dashboard))
    tasks += iter_withdrawal_tasks(dashboard)
    requested, setup = store.approvals.list_pending(db()), store.setup.load(db())
    applications: dict[int, list[Application]] = {}
    accepted = list_pending_ids(PublicAct.APPLICATION)
    for application in store.applications.list_undecided(db()):
        if application.id not in accepted:
            applications.setdefault(application.round_id, []).append(application)
    return render_template(
        "office/dashboard.html",
        dashboard=dashboard,
        tasks=tasks,
        unprintable_drafts=[
            edition for edition, _round in dashboard.without_round if edition.text.unprintable
        ],
        task_counts=Counter(
            [
                *(task.round_summary.round.id for task in tasks),
                *replies,
                *applications,
                *(approval.round_id for approval in requested),
            ]
        ),
        replies=[(waiting[0].title, waiting) for waiting in replies.values()],
        last_moment=find_last_moment(),
        applications=applications,
        setup=list_open_findings(setup),
        backup=find_backup_problem(),
        failed_renewals=store.renewals.list_failed(db()),
        addresses=list_addresses(setup),
        approvals=[describe_approval(approval) for approval in requested],
        nobody_confirms=is_anybody_missing(),
        name_offers=store.members.list_name_offers(db()),
        outages=store.outbox.list_outages(db()),
        delivers_mail=settings().delivers_mail,
        in_folder=store.outbox.count_in_folder(db()),
        trial=trial_rounds.find(settings()),
        TaskKind=TaskKind,
        sections=[
            ("running", [summary for summary, phase in phases if phase is not Phase.CLOSED]),
            ("closed", [summary for summary, phase in phases if phase is Phase.CLOSED]),
        ],
        recent=dashboard.past[:MAX_PAST_RESULTS],
        older=dashboard.past[MAX_PAST_RESULTS:],
        upcoming=[
            (each, describe_upcoming(each, current_language())) for each in load_upcoming(dashboard)
        ],
    )


def iter_pending_late_reviews(
    dashboard: Dashboard,
) -> Iterator[tuple[RoundSummary, tuple[InvitationStatus, ...]]]:
    """The released rounds in which late signatures wait for a decision, with those signatures."""
    round_ids = store.releases.list_round_ids_to_review(db())
    for past in dashboard.past:
        if past.round.id in round_ids:
            waiting = store.releases.load_late_signatures(db(), past.round).unreviewed
            if waiting:
                yield store.dashboard.load_round_summary(db(), past.round), waiting


def iter_withdrawal_tasks(dashboard: Dashboard) -> Iterator[Task]:
    """The released papers whose newest list still names somebody who has withdrawn since."""
    round_ids = store.releases.list_round_ids_with_withdrawals(db())
    for past in dashboard.past:
        if past.round.id not in round_ids or past.round.retracted_at:
            continue
        newest = store.releases.list_for_round(db(), past.round.id)[-1]
        withdrawals = store.releases.load_late_signatures(db(), past.round).withdrawals_since(
            newest.entry
        )
        if keys := {withdrawal.key for withdrawal in withdrawals}:
            summary = store.dashboard.load_round_summary(db(), past.round)
            concerned = (each for each in summary.status.invitations if each.member.key in keys)
            yield Task(TaskKind.LATE_WITHDRAWALS, summary, tuple(concerned))


# The clock after a jump


def find_last_moment() -> datetime | None:
    """The last known moment, if the clock has jumped since."""
    return find_jump(settings().instance, store.health.find_latest_moment(db()), now())


@blueprint.post("/clock")
def confirm_clock() -> ResponseReturnValue:
    """Say that the clock is right, so that the worker goes on; a second click changes nothing."""
    if known := find_last_moment():
        actions.instance.confirm_clock(
            db(), known, lambda: save_beat(settings().instance, now()), current_actor(), now()
        )
    flash(_("Die Uhr ist bestätigt. Was fällig ist, geht jetzt weiter."))
    return redirect(url_for("office.show_dashboard"), 303)
