"""Rounds: the phase follows from the stored times, and impossible steps are refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Phase, Round, parse_reason

T0 = datetime(2027, 1, 18, 9, tzinfo=UTC)
DEADLINE = datetime(2027, 3, 31, 22, tzinfo=UTC)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
DRAFT = Round(1, 1)
OPEN = DRAFT.open(DEADLINE, T0)
CLOSED = OPEN.close(DEADLINE + SECOND)
RELEASED = CLOSED.release(DEADLINE + 2 * SECOND, DEADLINE + 2 * SECOND)
CANCELLED = OPEN.cancel(T0 + SECOND)


def refused(step: Callable[[], object]) -> Reason:
    with pytest.raises(Refusal) as refusal:
        step()
    return refusal.value.reason


def test_phase_follows_from_the_stored_times() -> None:
    assert DRAFT.phase(T0) is Phase.DRAFT
    assert OPEN.phase(T0) is Phase.OPEN
    assert OPEN.phase(DEADLINE - TICK) is Phase.OPEN
    assert OPEN.phase(DEADLINE) is Phase.ENDED
    assert CLOSED.phase(DEADLINE + SECOND) is Phase.CLOSED
    assert RELEASED.phase(DEADLINE + 2 * SECOND) is Phase.RELEASED
    assert CANCELLED.phase(T0 + SECOND) is Phase.CANCELLED
    assert CANCELLED.phase(DEADLINE + SECOND) is Phase.CANCELLED


def test_a_release_planned_for_later_counts_from_that_moment_on() -> None:
    planned = CLOSED.release(DEADLINE + timedelta(days=2), DEADLINE + SECOND)
    assert planned.phase(DEADLINE + timedelta(days=2) - TICK) is Phase.CLOSED
    assert planned.phase(DEADLINE + timedelta(days=2)) is Phase.RELEASED


def test_round_opens_once_with_a_future_deadline() -> None:
    assert (OPEN.opened_at, OPEN.deadline) == (T0, DEADLINE)
    assert refused(lambda: OPEN.open(DEADLINE, T0)) is Reason.ALREADY_OPEN
    assert refused(lambda: DRAFT.open(T0, T0)) is Reason.DEADLINE_PAST
    assert refused(lambda: DRAFT.open(T0 - SECOND, T0)) is Reason.DEADLINE_PAST


def test_deadline_of_an_open_round_can_only_be_extended() -> None:
    later = DEADLINE + timedelta(days=7)
    assert OPEN.extend(later, T0).deadline == later
    assert refused(lambda: OPEN.extend(DEADLINE, T0)) is Reason.DEADLINE_NOT_LATER
    assert refused(lambda: OPEN.extend(DEADLINE - SECOND, T0)) is Reason.DEADLINE_NOT_LATER
    assert refused(lambda: OPEN.extend(later, DEADLINE)) is Reason.NOT_OPEN
    assert refused(lambda: CLOSED.extend(later, T0)) is Reason.NOT_OPEN
    assert refused(lambda: CANCELLED.extend(later, T0)) is Reason.CANCELLED


def test_only_an_open_round_can_be_closed_and_only_once() -> None:
    assert OPEN.close(T0 + SECOND).closed_at == T0 + SECOND
    assert refused(lambda: DRAFT.close(T0)) is Reason.NOT_OPEN
    assert refused(lambda: CLOSED.close(DEADLINE + SECOND)) is Reason.ALREADY_CLOSED
    assert refused(lambda: RELEASED.close(DEADLINE + 3 * SECOND)) is Reason.ALREADY_CLOSED
    assert refused(lambda: CANCELLED.close(DEADLINE)) is Reason.CANCELLED


def test_round_can_be_cancelled_until_it_is_closed() -> None:
    assert OPEN.cancel(DEADLINE + SECOND).cancelled_at
    assert refused(lambda: CLOSED.cancel(DEADLINE + SECOND)) is Reason.ALREADY_CLOSED
    assert refused(lambda: CANCELLED.cancel(T0 + SECOND)) is Reason.CANCELLED


def test_only_a_closed_round_is_ended_without_publication() -> None:
    later = DEADLINE + timedelta(days=1)
    for round in (CLOSED, OPEN, CLOSED.release(later + SECOND, later)):
        ended = round.end_unpublished("Zu wenige.", later)
        assert ended.phase(later) is Phase.CANCELLED
        assert ended.is_finished(later)
        assert (ended.ending_reason, ended.released_at) == ("Zu wenige.", None)
        assert refused(lambda: ended.end_unpublished("Noch einmal.", later)) is Reason.CANCELLED  # noqa: B023
        assert refused(lambda: ended.release(later, later)) is Reason.CANCELLED  # noqa: B023
    assert refused(lambda: OPEN.end_unpublished("x", DEADLINE - TICK)) is Reason.STILL_OPEN
    assert refused(lambda: DRAFT.end_unpublished("x", later)) is Reason.STILL_OPEN
    assert refused(lambda: RELEASED.end_unpublished("x", later)) is Reason.ALREADY_RELEASED


def test_the_reason_of_an_ending_is_required_and_printable() -> None:
    assert parse_reason(" Zu wenige.\r\nLeider. ") == "Zu wenige.\nLeider."
    assert refused(lambda: parse_reason(" \n ")) is Reason.MISSING
    assert refused(lambda: parse_reason("x" * 2001)) is Reason.TOO_LONG
    assert refused(lambda: parse_reason("Zu wenige 🧿")) is Reason.UNPRINTABLE


def test_only_a_closed_round_is_released_once_and_never_backdated() -> None:
    at = DEADLINE + timedelta(days=1)
    assert refused(lambda: OPEN.release(at, at)) is Reason.NOT_YET_CLOSED
    assert refused(lambda: DRAFT.release(at, at)) is Reason.NOT_YET_CLOSED
    assert refused(lambda: RELEASED.release(at, at)) is Reason.ALREADY_RELEASED
    assert refused(lambda: CANCELLED.release(at, at)) is Reason.CANCELLED
    assert refused(lambda: CLOSED.release(at - TICK, at)) is Reason.RELEASE_PAST


def test_answers_are_accepted_until_the_deadline_even_if_no_worker_runs() -> None:
    OPEN.require_open(DEADLINE - TICK)
    assert refused(lambda: OPEN.require_open(DEADLINE)) is Reason.NOT_OPEN
    assert refused(lambda: OPEN.close(T0 + SECOND).require_open(T0 + SECOND)) is Reason.NOT_OPEN
    assert refused(lambda: CANCELLED.require_open(T0 + SECOND)) is Reason.CANCELLED


def test_list_is_dated_by_the_deadline_or_an_earlier_closing() -> None:
    assert CLOSED.as_of == DEADLINE
    assert OPEN.close(T0 + SECOND).as_of == T0 + SECOND
    assert OPEN.as_of == DEADLINE


def test_step_returns_a_new_round_and_does_not_change_the_old_one() -> None:
    assert OPEN.closed_at is None
    assert replace(CLOSED, closed_at=None) == OPEN
