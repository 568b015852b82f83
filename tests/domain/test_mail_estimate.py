"""How long a run takes is known before it begins."""

import pytest

from signoff.domain.delivery import ServerLimit, estimate_delivery


@pytest.mark.parametrize(
    ("count", "limits", "sent_today", "per_minute", "minutes", "days"),
    [
        (11_084, [(30, 10_000)], 0, 0, 370, 2),
        (11_084, [(30, 10_000), (30, 10_000)], 0, 0, 185, 1),
        (11_084, [(30, 10_000)], 9_000, 0, 370, 3),
        (11_084, [(30, 10_000), (0, 0)], 0, 0, None, 1),
        (300, [(0, 0)], 0, 20, 15, 1),
        (300, [(30, 0)], 0, 20, 15, 1),
        (100, [], 0, 0, None, 1),
        (10_000, [(0, 10_000)], 12_000, 0, None, 2),
        (0, [(30, 10_000)], 0, 0, 0, 1),
    ],
)
def test_the_limits_of_the_servers_say_how_long_a_run_takes(
    count: int,
    limits: list[tuple[int, int]],
    sent_today: int,
    per_minute: int,
    minutes: int | None,
    days: int,
) -> None:
    servers = [ServerLimit("", *limit) for limit in limits]
    estimate = estimate_delivery(count, servers, sent_today, per_minute)
    assert (estimate.minutes, estimate.days) == (minutes, days)
