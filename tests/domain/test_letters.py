"""Letters: which one is due follows from what was sent."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from signoff.domain.errors import Reason, Refusal
from signoff.domain.letters import Letter, LetterKind, find_due_kind, require_posting_day
from signoff.domain.rounds import Round, Terms
from tests.factories import BERLIN, CLOSED, DEADLINE, LAST_DAY, NOW, OPENED, ROUND

INVITED = Letter(24, LetterKind.INVITATION, date(2027, 1, 12))
REMINDED = Letter(24, LetterKind.REMINDER, date(2027, 2, 5))


def due(*letters: Letter, on: date, round: Round = ROUND) -> LetterKind | None:
    noon = datetime(on.year, on.month, on.day, 20, tzinfo=BERLIN)
    return find_due_kind(round, letters, noon, BERLIN)


def test_the_invitation_is_due_from_the_opening_to_the_deadline() -> None:
    assert due(on=OPENED.date()) is LetterKind.INVITATION
    assert due(on=LAST_DAY) is LetterKind.INVITATION
    assert find_due_kind(ROUND, (), DEADLINE, BERLIN) is None
    assert due(on=NOW.date(), round=replace(CLOSED, closed_at=NOW)) is None


@pytest.mark.parametrize(
    ("letters", "day", "kind"),
    [
        ((INVITED,), date(2027, 2, 4), None),  # 22 days before the last day
        ((INVITED,), date(2027, 2, 5), LetterKind.REMINDER),  # 21 days
        ((INVITED,), date(2027, 2, 20), LetterKind.REMINDER),  # it stays due until it is sent
        ((INVITED, REMINDED), date(2027, 2, 18), None),
        ((INVITED, REMINDED), date(2027, 2, 19), LetterKind.REMINDER),  # 7 days
        ((replace(INVITED, sent_on=date(2027, 2, 4)),), date(2027, 2, 5), None),  # just invited
        ((replace(INVITED, sent_on=date(2027, 2, 4)),), date(2027, 2, 7), LetterKind.REMINDER),
    ],
)
def test_a_reminder_is_due_once_for_each_step(
    letters: tuple[Letter, ...], day: date, kind: LetterKind | None
) -> None:
    assert due(*letters, on=day) is kind


def test_a_round_without_reminders_and_the_sixth_reminder_are_never_due() -> None:
    silent = replace(ROUND, terms=Terms(reminders=()))
    assert due(INVITED, on=LAST_DAY, round=silent) is None
    many = [replace(REMINDED, sent_on=REMINDED.sent_on - timedelta(days=each)) for each in range(5)]
    assert due(INVITED, *many, on=LAST_DAY) is None


def test_a_letter_is_sent_between_the_opening_and_today() -> None:
    require_posting_day(ROUND, OPENED.date(), NOW, BERLIN)
    require_posting_day(ROUND, NOW.date(), NOW, BERLIN)
    for day in (OPENED.date() - timedelta(days=1), NOW.date() + timedelta(days=1)):
        with pytest.raises(Refusal) as refused:
            require_posting_day(ROUND, day, NOW, BERLIN)
        assert refused.value.reason is Reason.NOT_A_POSTING_DAY


def test_a_letter_about_a_new_deadline_is_due_once_to_those_who_were_written_to() -> None:
    on = date(2027, 1, 20)
    moved = datetime(2027, 1, 20, 11, tzinfo=BERLIN)
    extended = replace(
        ROUND,
        deadline=DEADLINE + timedelta(days=30),
        deadline_before=DEADLINE,
        deadline_set_at=moved,
    )
    assert due(INVITED, on=on, round=extended) is LetterKind.EXTENDED
    assert due(on=on, round=extended) is LetterKind.INVITATION
    told = Letter(24, LetterKind.EXTENDED, on)
    assert due(INVITED, told, on=on, round=extended) is None


def test_a_letter_about_an_early_closing_is_due_until_the_release() -> None:
    closed = replace(CLOSED, closed_at=NOW)
    assert closed.closed_early
    assert due(INVITED, on=NOW.date(), round=closed) is LetterKind.CLOSED
    told = Letter(24, LetterKind.CLOSED, NOW.date())
    assert due(INVITED, told, on=NOW.date(), round=closed) is None
    released = replace(closed, released_at=NOW)
    assert due(INVITED, on=NOW.date(), round=released) is None
    assert due(INVITED, on=LAST_DAY + timedelta(days=2), round=CLOSED) is None, "not closed early"
