"""The plan of reminders, for random calendars, answers and clocks."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.dates import end_of_day
from signoff.domain.reminders import (
    MAX_DAYS_OFF,
    MAX_REMINDERS,
    QUIET_PERIOD,
    OfficeHours,
    Reminder,
    UnansweredLink,
    list_due_reminders,
    mark_reminded,
    may_have_due_reminders,
    plan_reminders,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = OfficeHours(BERLIN)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_DAY = date(2027, 4, 30)  # a Friday; the change to summer time lies four weeks before it
INFORMED_AT = datetime(2027, 2, 1, 10, tzinfo=BERLIN)
FEW = settings(max_examples=120, derandomize=True, deadline=None, database=None)


class Days:
    """A calendar with some holidays everywhere, and some in one state."""

    def __init__(
        self, everywhere: frozenset[date] = frozenset(), bavaria: frozenset[date] = frozenset()
    ) -> None:
        self.everywhere, self.bavaria = everywhere, bavaria

    def is_working_day(self, day: date, country: str, state: str) -> bool:
        local = state == "Bayern" and day in self.bavaria
        return day.weekday() < 5 and day not in self.everywhere and not local


def waiting(link: int = 1, email: str = "a@x.example", **changed: object) -> UnansweredLink:
    deadline = end_of_day(LAST_DAY, BERLIN)
    link_waiting = UnansweredLink(link, 1, email, "DE", "Hessen", deadline, (21, 7, 2), INFORMED_AT)
    return replace(link_waiting, **changed)  # type: ignore[arg-type]


def days(reminders: list[Reminder]) -> list[date]:
    return [reminder.at.astimezone(BERLIN).date() for reminder in reminders]


def test_the_three_steps_are_counted_back_from_the_last_day() -> None:
    reminders = plan_reminders([waiting()], Days(), HOURS, INFORMED_AT)
    assert days(reminders) == [date(2027, 4, 9), date(2027, 4, 23), date(2027, 4, 28)]
    assert {reminder.at.astimezone(BERLIN).time() for reminder in reminders} == {time(9)}


def test_a_step_on_a_day_off_moves_to_the_working_day_before() -> None:
    calendar = Days(
        frozenset({date(2027, 4, 9), date(2027, 4, 28)}), frozenset({date(2027, 4, 27)})
    )
    assert days(plan_reminders([waiting()], calendar, HOURS, INFORMED_AT)) == [
        date(2027, 4, 8),
        date(2027, 4, 23),
        date(2027, 4, 27),
    ]
    bavarian = plan_reminders([waiting(state="Bayern")], calendar, HOURS, INFORMED_AT)
    assert days(bavarian)[-1] == date(2027, 4, 26)


def test_missed_steps_become_one_reminder() -> None:
    late = datetime(2027, 4, 24, 12, tzinfo=BERLIN)  # a Saturday, two steps after the last look
    assert days(plan_reminders([waiting()], Days(), HOURS, late)) == [
        date(2027, 4, 26),
        date(2027, 4, 28),
    ]


def test_a_round_without_steps_reminds_nobody() -> None:
    assert plan_reminders([waiting(reminder_steps=())], Days(), HOURS, INFORMED_AT) == []


def test_nobody_is_reminded_before_their_invitation() -> None:
    assert plan_reminders([waiting(informed_at=None)], Days(), HOURS, INFORMED_AT) == []


def test_steps_before_the_invitation_do_not_count_as_missed() -> None:
    informed_at = datetime(2027, 4, 26, 10, tzinfo=BERLIN)
    reminders = plan_reminders([waiting(informed_at=informed_at)], Days(), HOURS, informed_at)
    assert [reminder.at for reminder in reminders] == [
        informed_at + QUIET_PERIOD
    ]  # the step of the 28th, once the quiet days are over


def test_three_working_days_after_a_new_deadline_there_is_no_reminder() -> None:
    extended_at = datetime(2027, 4, 22, 10, tzinfo=BERLIN)  # a Thursday, a day before a step
    planned = plan_reminders([waiting(extended_at=extended_at)], Days(), HOURS, extended_at)
    assert days(planned) == [date(2027, 4, 28)]  # Friday, Monday and Tuesday are quiet


def test_a_person_with_three_papers_gets_one_mail() -> None:
    papers = [
        waiting(1),
        waiting(2, "A@X.example "),
        waiting(3, deadline=end_of_day(date(2027, 5, 14), BERLIN)),
    ]
    reminders = plan_reminders(papers, Days(), HOURS, INFORMED_AT)
    assert [len(reminder.links) for reminder in reminders[:2]] == [3, 3]
    assert reminders[0].primary_link.link_id == 1


def test_quick_check_finds_every_planned_reminder() -> None:
    moment = datetime(2027, 3, 27, 9, tzinfo=BERLIN)
    while moment < end_of_day(LAST_DAY, BERLIN):
        if list_due_reminders([waiting()], Days(), HOURS, moment):
            assert may_have_due_reminders([(waiting().deadline, (21, 7, 2))], HOURS, moment)
        moment += HOUR
    assert not may_have_due_reminders(
        [(waiting().deadline, (21, 7, 2))], HOURS, datetime(2027, 4, 12, 8, 59, tzinfo=BERLIN)
    )
    assert not may_have_due_reminders([(waiting().deadline, (21, 7, 2))], HOURS, INFORMED_AT)
    assert not may_have_due_reminders(
        [(waiting().deadline, ())], HOURS, datetime(2027, 4, 12, 9, tzinfo=BERLIN)
    )


# at random

SPAN = (date(2027, 2, 15), date(2027, 5, 10))
some_days = st.frozensets(st.dates(*SPAN), max_size=30)
calendars = st.builds(Days, some_days, some_days)
moments = st.datetimes(
    datetime.fromisoformat("2027-02-01"),
    datetime.fromisoformat("2027-04-25"),
    timezones=st.just(UTC),
)
papers = st.builds(
    waiting,
    st.integers(1, 9999),
    st.sampled_from(["a@x.example", "A@x.example", "b@x.example"]),
    state=st.sampled_from(["Hessen", "Bayern"]),
    reminder_steps=st.lists(st.integers(1, 60), max_size=7, unique=True).map(tuple),
    informed_at=st.one_of(st.none(), moments),
    deadline=st.dates(date(2027, 3, 1), date(2027, 5, 10)).map(
        lambda last: end_of_day(last, BERLIN)
    ),
    sent=st.integers(0, MAX_REMINDERS),
)
of_people = st.lists(papers, min_size=1, max_size=5, unique_by=lambda link: link.link_id)


def forbidden(reminder: Reminder, calendar: Days) -> bool:
    local = reminder.at.astimezone(BERLIN)
    at_work = time(9) <= local.time() < time(17)
    return not at_work or any(
        not calendar.is_working_day(local.date(), link.country, link.state)
        for link in reminder.links
    )


@FEW
@given(of_people, calendars, moments)
def test_reminders_are_sent_on_working_days_at_daytime_and_in_time(
    people: list[UnansweredLink], calendar: Days, now: datetime
) -> None:
    for reminder in plan_reminders(people, calendar, HOURS, now):
        assert not forbidden(reminder, calendar)
        assert reminder.at >= now
        for link in reminder.links:
            assert link.informed_at is not None
            assert link.informed_at + QUIET_PERIOD <= reminder.at < link.deadline
            assert link.reminder_steps or len(reminder.links) > 1


@FEW
@given(of_people, calendars, moments)
def test_at_most_five_reminders_for_each_invitation_and_one_mail_a_day_for_each_person(
    people: list[UnansweredLink], calendar: Days, now: datetime
) -> None:
    reminders = plan_reminders(people, calendar, HOURS, now)
    planned_counts = Counter(link.link_id for reminder in reminders for link in reminder.links)
    sent_counts = {link.link_id: link.sent for link in people}
    assert all(sent_counts[link] + count <= MAX_REMINDERS for link, count in planned_counts.items())
    assert (
        max(
            Counter(
                (reminder.primary_link.person_key, day)
                for reminder, day in zip(reminders, days(reminders), strict=True)
            ).values(),
            default=0,
        )
        <= 1
    )
    assert all(len({link.person_key for link in reminder.links}) == 1 for reminder in reminders)


@FEW
@given(papers, moments, calendars, moments)
def test_person_with_one_paper_gets_at_most_one_mail_for_each_step(
    link: UnansweredLink, informed_at: datetime, calendar: Days, now: datetime
) -> None:
    link = replace(link, informed_at=informed_at, sent=0)
    assert len(plan_reminders([link], calendar, HOURS, now)) <= min(
        MAX_REMINDERS, len(link.reminder_steps)
    )


JUMPS = st.lists(st.sampled_from([HOUR, -HOUR, DAY, -DAY, 3 * HOUR, 9 * DAY]), max_size=25)
CHANGES = st.sampled_from(  # of the clocks: to winter time and to summer time
    [
        (date(2026, 11, 6), datetime(2026, 10, 5, 10, tzinfo=BERLIN)),
        (LAST_DAY, datetime(2027, 3, 8, 10, tzinfo=BERLIN)),
    ]
)


@FEW
@given(JUMPS, CHANGES, some_days)
def test_clock_changes_cause_no_extra_or_mistimed_reminders(
    jumps: list[timedelta], change: tuple[date, datetime], off: frozenset[date]
) -> None:
    last, informed_at = change
    calendar, now = Days(off), informed_at
    link = waiting(
        deadline=end_of_day(last, BERLIN), informed_at=informed_at, reminder_steps=(14, 7, 2)
    )
    sent: list[Reminder] = []
    for jump in [*jumps, *[7 * HOUR] * 110]:
        now += jump
        for reminder in list_due_reminders([link], calendar, HOURS, now):
            assert reminder.at == now
            assert not forbidden(reminder, calendar)
            sent.append(reminder)
            link = mark_reminded(link, now, HOURS)
    assert len(sent) <= 3
    assert len(set(days(sent))) == len(sent)


@pytest.mark.parametrize(
    ("last", "local"),
    [(date(2026, 11, 1), "+0200"), (date(2027, 4, 4), "+0100"), (date(2027, 4, 5), "+0200")],
)
def test_reminders_are_sent_at_nine_before_and_after_the_clock_change(
    last: date, local: str
) -> None:
    informed_at = datetime.combine(last - 30 * DAY, time(10), BERLIN)
    (reminder,) = plan_reminders(
        [waiting(deadline=end_of_day(last, BERLIN), informed_at=informed_at, reminder_steps=(7,))],
        Days(),
        HOURS,
        informed_at,
    )
    at = reminder.at.astimezone(BERLIN)
    assert (at.hour, at.minute, at.strftime("%z")) == (9, 0, local)


def test_a_calendar_without_working_days_sends_nothing() -> None:
    all_off = Days(frozenset(date(2027, 1, 1) + at * DAY for at in range(200)))
    assert plan_reminders([waiting()], all_off, HOURS, INFORMED_AT) == []
    assert MAX_DAYS_OFF < 200
