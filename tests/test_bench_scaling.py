"""The simulation of a deadline."""

from bench.scaling import simulate

HOUR = 3_600


def test_an_answer_is_late_only_if_it_waits() -> None:
    at_ease = simulate(1_000, HOUR, 4, page=0.001, answer=0.001, seed=1)
    overloaded = simulate(1_000, HOUR, 4, page=1, answer=1, seed=1)

    assert (at_ease.late, overloaded.late > 0) == (0, True)
