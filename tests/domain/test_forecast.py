"""The forecast of signatures is honest: in simulated rounds its range contains what really comes."""

from collections import defaultdict
from dataclasses import dataclass, replace
from math import exp
from random import Random
from statistics import median

import pytest

from signoff.domain.forecast import Course, Forecast, forecast_signatures

# Simulated rounds. Each member answers once, at a part of the time, or names a sitting first.


@dataclass(frozen=True)
class Member:
    """When a member answers, and when it has signed, as parts of the time; 2 is never."""

    answers_at: float = 2.0
    sitting_at: float = 2.0
    decides_at: float = 2.0
    signs: bool = False

    def is_signed(self, at: float) -> bool:
        return self.signs and self.decides_at <= at


@dataclass(frozen=True)
class Model:
    """How the members of an association behave. Spreads are those of log odds between rounds."""

    willing: float = 0.4  # log odds to sign for those who need no sitting
    answering: float = 0.8  # log odds to answer at all
    sittings: float = 0.2  # share that names a sitting
    agreeing: float = 1.0  # log odds to sign after a sitting
    mood: float = 0.2  # spread of all of it
    early: float = 1.0  # the shape of the times (Beta), with its spread between rounds
    late: float = 1.0
    timing: float = 0.0
    drift: float = 0.0  # from round to round
    character: float = 0.0  # spread between the members, the same in all rounds


MODELS = {
    "steady": Model(),
    "no two rounds differ": Model(mood=0.0),
    "rush at both ends": Model(early=0.5, late=0.5, mood=0.35),
    "mostly at the end": Model(early=3.0, mood=0.3, timing=0.3),
    "mostly at once": Model(late=4.0, mood=0.3, timing=0.3),
    "councils decide": Model(sittings=0.6, mood=0.35),
    "popular and unpopular papers": Model(mood=0.7),
    "interest grows": Model(drift=0.15, mood=0.25),
    "interest wanes": Model(drift=-0.15, mood=0.25),
    "members have their character": Model(character=1.5, mood=0.3),
    "few answer": Model(answering=-1.2, mood=0.4),
    "reminders come later each time": Model(early=1.5, timing=0.5, mood=0.3),
}


def simulate_round(random: Random, model: Model, characters: list[float], age: int) -> list[Member]:
    mood = random.gauss(0, model.mood) - model.drift * age
    early, late = (
        shape * exp(random.gauss(0, model.timing)) for shape in (model.early, model.late)
    )
    return [simulate_member(random, model, mood + each, early, late) for each in characters]


def simulate_member(random: Random, model: Model, mood: float, early: float, late: float) -> Member:
    def happens(log_odds: float) -> bool:
        return random.random() < 1 / (1 + exp(-log_odds))

    if not happens(model.answering + mood):
        return Member()
    answers_at = random.betavariate(early, late)
    if random.random() >= model.sittings:
        return Member(answers_at, 2.0, answers_at, happens(model.willing + mood))
    sitting_at = answers_at + random.random() * (1.15 - answers_at)
    decides_at = sitting_at + random.expovariate(20)  # some report too late
    return Member(answers_at, sitting_at, decides_at, happens(model.agreeing + mood))


def follow(members: list[Member], at: float) -> Course:
    """What is known of a round after its end, as it stood at a part of its time."""
    unanswered = [member for member in members if member.answers_at > at]
    meetings = [member for member in members if has_meeting(member, at)]
    return Course(
        invited=len(members),
        unanswered=len(unanswered),
        unanswered_signed=count_signed(unanswered, 1),
        meetings=len(meetings),
        meetings_signed=count_signed(meetings, 1),
    )


def count_signed(members: list[Member], at: float) -> int:
    return sum(member.is_signed(at) for member in members)


def has_meeting(member: Member, at: float) -> bool:
    return member.answers_at <= at < member.decides_at and member.sitting_at <= 1


@dataclass(frozen=True)
class Trial:
    """A forecast, what came, and how many could have come."""

    forecast: Forecast
    came: int
    open: int

    @property
    def is_inside(self) -> bool:
        return self.forecast.low <= self.came <= self.forecast.high

    @property
    def width(self) -> float:
        """The range as a share of all members who could still sign."""
        return (self.forecast.high - self.forecast.low) / max(1, self.open)


def simulate(count: int) -> dict[str, list[Trial]]:
    random = Random(13)  # noqa: S311
    trials = defaultdict(list)
    for number in range(count):
        name = list(MODELS)[number % len(MODELS)]
        model = MODELS[name]
        members = random.choice((25, 46, 46, 80, 150, 250))
        characters = [random.gauss(0, model.character) for _ in range(members)]
        past, at = random.choice((2, 2, 3, 4, 6)), random.uniform(0.05, 0.95)
        *earlier, current = (
            simulate_round(random, model, characters, age) for age in range(past, -1, -1)
        )
        now = follow(current, at)
        forecast = forecast_signatures(
            count_signed(current, at),
            now.unanswered,
            now.meetings,
            [follow(each, at) for each in earlier],
        )
        assert forecast
        trials[name].append(
            Trial(forecast, count_signed(current, 1), now.unanswered + now.meetings)
        )
    return trials


# What the forecast promises.


@pytest.fixture(scope="module")
def trials() -> dict[str, list[Trial]]:
    return simulate(1000)


def test_the_range_contains_what_comes(trials: dict[str, list[Trial]]) -> None:
    """The range promises four of five; the members of no model are an exception to it."""
    everything = [trial for each in trials.values() for trial in each]

    assert len(everything) == 1000
    assert measure_coverage(everything) >= 0.75
    for name, each in trials.items():
        assert measure_coverage(each) >= 0.7, name


def test_the_range_is_narrow_enough_to_say_something(trials: dict[str, list[Trial]]) -> None:
    """It leaves out two thirds of what could still come, and is not much wider than it promises."""
    everything = [trial for each in trials.values() for trial in each]

    assert median(trial.width for trial in everything) <= 0.35
    assert measure_coverage(everything) <= 0.92


def measure_coverage(trials: list[Trial]) -> float:
    return sum(trial.is_inside for trial in trials) / len(trials)


FOLLOWED = Course(invited=50, unanswered=30, unanswered_signed=12, meetings=10, meetings_signed=8)


def test_the_same_input_gives_the_same_range() -> None:
    first, second = (forecast_signatures(10, 30, 10, [FOLLOWED] * 3) for _ in range(2))

    assert first == second
    assert first
    assert 10 < first.low < 10 + 12 + 8 < first.high < 50
    assert first.unanswered_share == pytest.approx(0.4, abs=0.01)
    assert first.meetings_share == pytest.approx(0.77, abs=0.01)


def test_nothing_is_said_without_two_earlier_rounds_of_ten_members() -> None:
    small = replace(FOLLOWED, invited=9)

    assert forecast_signatures(10, 30, 10, []) is None
    assert forecast_signatures(10, 30, 10, [FOLLOWED, small]) is None
    assert forecast_signatures(10, 30, 10, [FOLLOWED, replace(small, invited=10)])


def test_a_share_that_nobody_has_observed_widens_the_range() -> None:
    unobserved = replace(FOLLOWED, meetings=0, meetings_signed=0)
    known = forecast_signatures(0, 0, 40, [FOLLOWED] * 3)
    unknown = forecast_signatures(0, 0, 40, [unobserved] * 3)

    assert known
    assert unknown
    assert unknown.meetings_share is None
    assert unknown.high - unknown.low > 2 * (known.high - known.low)


def test_when_all_have_answered_the_range_is_one_number() -> None:
    forecast = forecast_signatures(17, 0, 0, [FOLLOWED] * 2)

    assert forecast
    assert (forecast.low, forecast.high) == (17, 17)


def test_a_range_stays_within_what_can_come() -> None:
    nobody = Course(50, unanswered=50, unanswered_signed=0, meetings=0, meetings_signed=0)
    everybody = replace(nobody, unanswered_signed=50)

    for course in (nobody, everybody):
        forecast = forecast_signatures(3, 11_081, 0, [course] * 2)
        assert forecast
        assert 3 <= forecast.low <= forecast.high <= 11_084
