"""Mail that asks: after a sitting, for its result; before the deadline, for an answer."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import partial

from sqlite_utils import Database

from signoff import store
from signoff.domain import reminders
from signoff.domain.answers import AnswerVersion, is_meeting_result_due
from signoff.domain.audit import Event
from signoff.domain.mail import MailKind
from signoff.domain.reminders import Calendar, OfficeHours, Reminder
from signoff.store.connection import transaction


def enqueue_result_requests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Owe the question for the result of every sitting that is over; gives how many were asked.

    From the day after the sitting, on a working day of the member's state, in office hours, once for each answer that
    names a sitting, and never after the deadline: then nothing could be answered.
    """
    if not list_due_result_requests(db, calendar, now):
        return 0
    with transaction(db):
        asked = list_due_result_requests(db, calendar, now)
        for version, holders in asked:
            store.outbox.enqueue(db, MailKind.MEETING_RESULT_REQUEST, holders, version.id, now)
    return len(asked)


def list_due_result_requests(
    db: Database, calendar: Calendar, now: datetime
) -> list[tuple[AnswerVersion, list[int]]]:
    """Whose sitting is over, and to which links the question goes."""
    zone = store.association.get(db).zone
    found = []
    for version in store.answers.list_with_past_meeting(db, now.astimezone(zone).date()):
        on, invitation = (
            version.answer.expected_on,
            store.rounds.get_invitation(db, version.invitation_id),
        )
        round, member = (
            store.rounds.find(db, invitation.round_id),
            store.members.find(db, invitation.member_id),
        )
        assert on and round and member
        works = partial(calendar.works, country=member.country, state=member.state)
        if (
            round.is_open(now)
            and is_meeting_result_due(on, now, zone, works)
            and (holders := list_result_recipients(db, version))
        ):
            found.append((version, holders))
    return found


def list_result_recipients(db: Database, version: AnswerVersion) -> list[int]:
    """The registered addresses, and the holder of the link that named the sitting."""
    links = store.rounds.list_open_links(db, version.invitation_id)
    asked = [
        link
        for link in links
        if link.may_answer and (link.representative_id or link.id == version.link_id)
    ]
    return [link.id for link in asked if link.email]


def enqueue_reminders(db: Database, calendar: Calendar, now: datetime) -> int:
    """Owe every reminder that is due; gives how many. Where none can be due, this is one look at the open rounds."""
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
    """Put off reminders the mail server has not taken yet, where it is no time for them now; gives how many."""
    hours, found = get_office_hours(db), store.reminders.list_unsent(db, now)
    moments = {
        id: reminders.find_next_office_time(now, places, calendar, hours)
        for id, places in found.items()
    }
    late = {id: at for id, at in moments.items() if at and at > now}
    if late:
        with transaction(db):
            for id, at in late.items():
                store.reminders.reschedule(db, id, at)
    return len(late)


def list_planned(db: Database, calendar: Calendar, round_id: int, now: datetime) -> list[Reminder]:
    """Every reminder that will speak of this round, if nobody answers, in the order of sending."""
    made = reminders.plan_reminders(
        store.reminders.list_unanswered_links(db, now), calendar, get_office_hours(db), now
    )
    return [each for each in made if any(one.round_id == round_id for one in each.about)]


def remind_now(
    db: Database,
    calendar: Calendar,
    round_id: int,
    link_ids: Collection[int],
    actor: str,
    now: datetime,
) -> list[Reminder]:
    """Remind the holders of these links without waiting for the plan; gives what is owed.

    The rules hold all the same: nobody who has answered, nobody twice a day, at most five; at night and on a day off
    it is owed for the next office hours.
    """
    with transaction(db):
        hours, owed = get_office_hours(db), []
        for own in reminders.iter_links_by_person(store.reminders.list_unanswered_links(db, now)):
            chosen = {each.link_id for each in own if each.round_id == round_id} & set(link_ids)
            at = (
                reminders.find_next_office_time(
                    now, reminders.collect_regions(own), calendar, hours
                )
                if chosen
                else None
            )
            if at is None or any(
                each.sent_on and each.sent_on >= at.astimezone(hours.zone).date() for each in own
            ):
                continue
            about = tuple(each for each in own if reminders.may_be_reminded(each, at))
            if chosen & {each.link_id for each in about}:
                owed.append(Reminder(at, about))
        enqueue_all(db, owed, hours, actor, now)
    return owed


def skip_reminders(
    db: Database,
    calendar: Calendar,
    round_id: int,
    mails: Collection[tuple[int, date]],
    actor: str,
    now: datetime,
) -> int:
    """Leave out the next reminder of each of these persons, named by its carrying link and its day; gives how many.

    Named by the day, a second click skips nothing more.
    """
    with transaction(db):
        hours, skipped = get_office_hours(db), []
        for own in reminders.iter_links_by_person(store.reminders.list_unanswered_links(db, now)):
            reminder = next(reminders.iter_reminders_of_person(own, calendar, hours, now), None)
            if reminder and (reminder.carrier.link_id, get_local_day(reminder, hours)) in mails:
                skipped.append(reminder)
        for each in skipped:
            save_reminder(db, each, hours, now, None, 0)
        record_audit(db, Event.REMINDERS_SKIPPED, skipped, actor, now)
    return len(skipped)


def enqueue_all(
    db: Database, due: Iterable[Reminder], hours: OfficeHours, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the mail of each reminder, what it speaks of, and the journal."""
    due = list(due)
    for each in due:
        carrier = each.carrier.link_id
        number = store.outbox.get_next_number(db, MailKind.REMINDER, carrier)
        store.outbox.enqueue(db, MailKind.REMINDER, [carrier], number, now, each.at)
        save_reminder(db, each, hours, now, carrier, number)
    record_audit(db, Event.REMINDED, due, actor, now)


def save_reminder(
    db: Database,
    each: Reminder,
    hours: OfficeHours,
    now: datetime,
    carrier: int | None,
    number: int,
) -> None:
    about = [(one, reminders.compute_covered_day(one, each.at, hours)) for one in each.about]
    store.reminders.add(db, about, get_local_day(each, hours), now, carrier, number)


def record_audit(
    db: Database, event: Event, made: Iterable[Reminder], actor: str, now: datetime
) -> None:
    """One line for each round, with the links it is about."""
    links: dict[int, list[int]] = {}
    for each in made:
        for one in each.about:
            links.setdefault(one.round_id, []).append(one.link_id)
    for round_id, about in links.items():
        store.audit.record(db, event, actor, f"round/{round_id}", now, links=about)


def get_local_day(each: Reminder, hours: OfficeHours) -> date:
    return each.at.astimezone(hours.zone).date()


def get_office_hours(db: Database) -> OfficeHours:
    """Office hours: nine to five on the association's clock."""
    return OfficeHours(store.association.get(db).zone)
