"""Accounts of the office: roles, passwords, sessions, and the growing wait after wrong passwords."""

from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.accounts import (
    FREE_LOGIN_ATTEMPTS,
    MAX_LOGIN_DELAY,
    SESSION_ABSOLUTE_TIMEOUT,
    SESSION_IDLE_TIMEOUT,
    Role,
    Session,
    compute_login_delay,
    require_strong_password,
)
from signoff.domain.errors import Reason, Refusal

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)


def test_each_role_includes_the_rights_of_the_role_below() -> None:
    assert [role.includes(other) for role in Role for other in Role] == [
        *(True, False, False),
        *(True, True, False),
        *(True, True, True),
    ]


def test_first_wrong_passwords_cause_no_wait_and_others_never_lock_the_owner_out() -> None:
    waits = [compute_login_delay(failures).total_seconds() for failures in range(14)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert waits.index(1) == FREE_LOGIN_ATTEMPTS
    assert compute_login_delay(10**9) == MAX_LOGIN_DELAY


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", Reason.PASSWORD_TOO_SHORT),
        ("vierzehn Zeich", Reason.PASSWORD_TOO_SHORT),
        ("aaaaaaaaaaaaaaaaaa", Reason.PASSWORD_COMMON),
        ("abababababababab", Reason.PASSWORD_COMMON),
        ("Rathausschluessel1", Reason.PASSWORD_COMMON),
    ],
)
def test_a_short_uniform_or_common_password_is_refused(password: str, reason: Reason) -> None:
    with pytest.raises(Refusal) as refused:
        require_strong_password(password, frozenset({"rathausschluessel1"}))
    assert refused.value.reason is reason


def test_fifteen_characters_of_any_kind_are_enough() -> None:
    assert require_strong_password("fünfzehn Zeiche", frozenset()) == "fünfzehn Zeiche"


def test_a_session_ends_when_idle_after_half_a_day_or_when_it_is_ended() -> None:
    tick = timedelta(microseconds=1)
    fresh = Session("s", 1, NOW, NOW)
    assert fresh.is_active(NOW + SESSION_IDLE_TIMEOUT - tick)
    assert not fresh.is_active(NOW + SESSION_IDLE_TIMEOUT)
    busy = Session("s", 1, NOW, NOW + SESSION_ABSOLUTE_TIMEOUT - tick)
    assert busy.is_active(NOW + SESSION_ABSOLUTE_TIMEOUT - tick)
    assert not busy.is_active(NOW + SESSION_ABSOLUTE_TIMEOUT)
    assert not Session("s", 1, NOW, NOW, NOW).is_active(NOW)
