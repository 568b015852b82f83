"""Reminders: for the result of a meeting that is over, and before the deadline for an answer."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import partial

from sqlite_utils import Database

from signoff import store
from signoff.domain import reminders
from signoff.domain.answers import AnswerVersion, is_meeting_result_due
from signoff.domain.audit import Event
from signoff.domain.mail import MailKind
from signoff.domain.reminders import Calendar, Obstacle, OfficeHours, Reminder
from signoff.store.connection import transaction

NO_NUMBERS: Mapping[int, int] = {}


def enqueue_result_requests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Ask for the result of every meeting that is over; returns how many requests were enqueued.

    From the day after the meeting on, in office hours of a working day of the member's state; once
    for each answer that names a meeting, and never after the deadline, when nothing could be
    answered.
    """
    if not list_due_result_requests(db, calendar, now):
        return 0
    with transaction(db):
        due = list_due_result_requests(db, calendar, now)
        for version, recipients in due:
            store.outbox.enqueue(db, MailKind.MEETING_RESULT_REQUEST, recipients, version.id, now)
    return len(due)


def list_due_result_requests(
    db: Database, calendar: Calendar, now: datetime
) -> list[tuple[AnswerVersion, list[int]]]:
    """The answers whose meeting is over, each with the links the request goes to."""
    zone = store.association.get(db).zone
    due = []
    for version in store.answers.list_with_past_meeting(db, now.astimezone(zone).date()):
        invitation = store.rounds.get_invitation(db, version.invitation_id)
        member = store.members.find(db, invitation.member_id)
        meeting_on = version.answer.expected_on
        if member is None or meeting_on is None:
            raise LookupError(f"no member or no meeting of answer {version.id}")
        is_working_day = partial(
            calendar.is_working_day, country=member.country, state=member.state
        )
        if (
            store.rounds.get(db, invitation.round_id).is_open(now)
            and is_meeting_result_due(meeting_on, now, zone, is_working_day)
            and (recipients := list_result_recipients(db, version))
        ):
            due.append((version, recipients))
    return due


def list_result_recipients(db: Database, version: AnswerVersion) -> list[int]:
    """The registered addresses, and the holder of the link that named the meeting."""
    return [
        link.id
        for link in store.rounds.list_open_links(db, version.invitation_id)
        if link.email and link.may_answer and (link.representative_id or link.id == version.link_id)
    ]


def enqueue_reminders(db: Database, calendar: Calendar, now: datetime) -> int:
    """Enqueue every reminder that is due; returns how many.

    If none can be due, this is a single query.
    """
    hours = get_office_hours(db)
    if not reminders.may_have_due_reminders(store.reminders.list_schedules(db, now), hours, now):
        return 0
    if not reminders.list_due_reminders(
        store.reminders.list_unanswered_links(db, now), calendar, hours, now
    ):
        return 0
    with transaction(db):
        due = reminders.list_due_reminders(
            store.reminders.list_unanswered_links(db, now), calendar, hours, now
        )
        enqueue_all(db, due, hours, "worker", now)
    return len(due)


def defer_unsent(db: Database, calendar: Calendar, now: datetime) -> int:
    """Defer reminders the mail server has not taken yet to the next office hours.

    Returns how many.
    """
    hours, unsent = get_office_hours(db), store.reminders.list_unsent(db, now)
    office_times = {
        message_id: reminders.find_next_office_time(now, regions, calendar, hours)
        for message_id, regions in unsent.items()
    }
    deferred = {id: send_at for id, send_at in office_times.items() if send_at and send_at > now}
    if deferred:
        with transaction(db):
            for message_id, send_at in deferred.items():
                store.reminders.reschedule(db, message_id, send_at)
    return len(deferred)


def list_planned(db: Database, calendar: Calendar, round_id: int, now: datetime) -> list[Reminder]:
    """Every reminder that will be about this round if nobody answers, in the order of sending."""
    planned = reminders.plan_reminders(
        store.reminders.list_unanswered_links(db, now), calendar, get_office_hours(db), now
    )
    return [
        reminder
        for reminder in planned
        if any(link.round_id == round_id for link in reminder.links)
    ]


def remind_now(
    db: Database,
    calendar: Calendar,
    round_id: int,
    link_ids: Collection[int],
    actor: str,
    now: datetime,
) -> tuple[list[Reminder], dict[int, Obstacle]]:
    """Remind the holders of these links ahead of the plan; returns what ``plan_now`` does."""
    with transaction(db):
        due, obstacles = plan_now(db, calendar, round_id, link_ids, now)
        enqueue_all(db, due, get_office_hours(db), actor, now)
    return due, obstacles


def plan_now(
    db: Database, calendar: Calendar, round_id: int, link_ids: Collection[int], now: datetime
) -> tuple[list[Reminder], dict[int, Obstacle]]:
    """The reminders to the holders of these links, and why the other links are not reminded.

    The rules still hold: nobody who has answered, nobody within three days of the invitation,
    nobody twice a day, at most five. At night and on a day off it is the next office hours.
    """
    hours, due = get_office_hours(db), []
    obstacles = dict.fromkeys(link_ids, Obstacle.ANSWERED)
    unanswered = store.reminders.list_unanswered_links(db, now)
    for links in reminders.iter_links_by_person(unanswered):
        chosen = {link.link_id for link in links if link.round_id == round_id} & set(link_ids)
        if not chosen:
            continue
        regions = reminders.collect_regions(links)
        send_at = reminders.find_next_office_time(now, regions, calendar, hours)
        found = {
            link.link_id: reminders.find_obstacle(link, links, send_at, calendar, hours)
            for link in links
        }
        free = tuple(link for link in links if found[link.link_id] is None)
        if send_at and chosen & {link.link_id for link in free}:
            due.append(Reminder(send_at, free))
            obstacles = {id: why for id, why in obstacles.items() if id not in chosen}
        else:
            obstacles |= {id: why for id, why in found.items() if why and id in chosen}
    return due, obstacles


def skip_reminders(
    db: Database,
    calendar: Calendar,
    round_id: int,
    mails: Collection[tuple[int, date]],
    actor: str,
    now: datetime,
) -> int:
    """Skip the next reminder of each of these recipients; returns how many were skipped.

    A reminder is named by the link that carries it and its day, so that a second click skips
    nothing more.
    """
    with transaction(db):
        hours, skipped = get_office_hours(db), []
        unanswered = store.reminders.list_unanswered_links(db, now)
        for links in reminders.iter_links_by_person(unanswered):
            reminder = next(reminders.iter_reminders_of_person(links, calendar, hours, now), None)
            if (
                reminder
                and (reminder.primary_link.link_id, get_local_day(reminder, hours)) in mails
            ):
                skipped.append(reminder)
        for reminder in skipped:
            save_reminder(db, reminder, hours, now)
        record_audit(db, Event.REMINDERS_SKIPPED, skipped, actor, now)
    return len(skipped)


def enqueue_all(
    db: Database, due: Iterable[Reminder], hours: OfficeHours, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the mail of each reminder, what it is about, and the audit
    entries.
    """
    due = list(due)
    for reminder in due:
        numbers = {
            link.link_id: store.outbox.get_next_number(db, MailKind.REMINDER, link.link_id)
            for link in reminder.links
        }
        for link_id, number in numbers.items():
            store.outbox.enqueue(db, MailKind.REMINDER, [link_id], number, now, reminder.at)
        store.outbox.send_together(db, MailKind.REMINDER, list(numbers.items()))
        save_reminder(db, reminder, hours, now, numbers)
    record_audit(db, Event.REMINDED, due, actor, now)


def save_reminder(
    db: Database,
    reminder: Reminder,
    hours: OfficeHours,
    now: datetime,
    numbers: Mapping[int, int] = NO_NUMBERS,
) -> None:
    """Within the caller's transaction.

    ``numbers`` are those of the mails, by the ids of the links; a skipped reminder has none.
    """
    included = [
        (
            link,
            reminders.compute_covered_day(link, reminder.at, hours),
            numbers.get(link.link_id, 0),
        )
        for link in reminder.links
    ]
    store.reminders.add(db, included, get_local_day(reminder, hours), now)


def record_audit(
    db: Database, event: Event, affected: Iterable[Reminder], actor: str, now: datetime
) -> None:
    """One audit entry for each round, with the links the reminders are about."""
    links_by_round: dict[int, list[int]] = {}
    for reminder in affected:
        for link in reminder.links:
            links_by_round.setdefault(link.round_id, []).append(link.link_id)
    for round_id, links in links_by_round.items():
        store.audit.record(db, event, actor, f"round/{round_id}", now, links=links)


def get_local_day(reminder: Reminder, hours: OfficeHours) -> date:
    return reminder.at.astimezone(hours.zone).date()


def get_office_hours(db: Database) -> OfficeHours:
    """Nine to five, in the association's time zone."""
    return OfficeHours(store.association.get(db).zone)
