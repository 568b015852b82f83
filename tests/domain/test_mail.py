"""The time of the next attempt to send a mail."""

from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.mail import (
    MAX_RETRY_DELAY,
    MAX_RETRY_PERIOD,
    DeliveryError,
    compute_next_attempt,
)

NOW = datetime(2027, 1, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (50, 60)]
)
def test_pauses_between_attempts_grow_to_one_hour(attempts: int, minutes: int) -> None:
    assert compute_next_attempt(attempts, NOW) == NOW + timedelta(minutes=minutes)


def test_delivery_ends_after_three_days() -> None:
    at, attempts = NOW, 1
    while later := compute_next_attempt(attempts, at):
        assert at < later <= at + MAX_RETRY_DELAY
        at, attempts = later, attempts + 1
    assert NOW + MAX_RETRY_PERIOD - MAX_RETRY_DELAY < at <= NOW + MAX_RETRY_PERIOD
    assert compute_next_attempt(attempts + 1, at) is None


def test_next_attempt_is_counted_from_the_last_attempt() -> None:
    assert compute_next_attempt(2, NOW + timedelta(days=30)) == NOW + timedelta(days=30, minutes=5)


def test_mail_without_an_attempt_has_no_next_attempt() -> None:
    with pytest.raises(ValueError, match="tried"):
        compute_next_attempt(0, NOW)


def test_answer_of_the_server_is_stored_in_one_line() -> None:
    failed = DeliveryError("550 5.1.1\r\n no such\x00 user" + "x" * 900, permanent=True)
    assert failed.diagnostic.startswith("550 5.1.1 no such user")
    assert len(failed.diagnostic) == 500
    assert failed.permanent
    assert not failed.server_unavailable
