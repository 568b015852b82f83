"""A forecast of the signatures at the deadline, from named meetings and earlier rounds.

It is a range that contains the result in four of five cases. What earlier rounds say is two shares:
of the members without an answer at the same part of the time, and of those with a named sitting,
how many had signed by the end. Both differ from round to round; the range is as wide as they do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log, sqrt
from statistics import NormalDist

from signoff.domain.round_status import MeetingDay
from signoff.domain.rounds import Round

COVERAGE = 0.8  # of the range
MIN_ROUNDS = 2  # earlier rounds below which nothing is said
MIN_INVITED = 10  # members of a round below which its shares say nothing
MIN_DAYS = 7  # duration of a round below which its course says nothing


@dataclass(frozen=True, slots=True)
class Course:
    """An earlier round after a part of its time, and who of it had signed by its end.

    ``meetings`` are members with a named sitting within the deadline, whose decision was pending.
    """

    invited: int
    unanswered: int
    unanswered_signed: int
    meetings: int
    meetings_signed: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The range, and what it is computed from; a share is ``None`` if nothing is known of it."""

    low: int
    high: int
    rounds: int
    unanswered_share: float | None
    meetings_share: float | None


# Shares are estimated as log odds, each round weighted by how much it tells. The spread between
# rounds starts from an assumption, so that two rounds that happen to agree do not promise much.
ASSUMED_SPREAD, ASSUMED_ROUNDS = 0.3, 2
UNKNOWN_SPREAD = 1.6  # log odds of a share of which nothing is known
STEPS = 20  # of the numerical integration
STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class Share:
    """The log odds of a share in a new round: Student's t around ``center``."""

    center: float
    spread: float
    freedom: float

    @property
    def share(self) -> float:
        """The share as often exceeded as not."""
        return to_share(self.center)

    def quantile(self, probability: float) -> float:
        """The share below which it is with this probability (expansion of Cornish and Fisher)."""
        z = STANDARD.inv_cdf(probability)
        t = z + (z**3 + z) / (4 * self.freedom)
        t += (5 * z**5 + 16 * z**3 + 3 * z) / (96 * self.freedom**2)
        return to_share(self.center + self.spread * t)


UNKNOWN_SHARE = Share(0.0, UNKNOWN_SPREAD, 1000.0)


def forecast_signatures(
    signed: int, unanswered: int, meetings: int, courses: Iterable[Course]
) -> Forecast | None:
    """How many will have signed by the deadline, from how many have signed, have not answered and
    have named a sitting within the deadline; ``courses`` are those after the same part of the time.

    ``None`` if there are too few earlier rounds. Signatures are assumed to stay, and members that
    answered otherwise are assumed not to sign.
    """
    courses = [course for course in courses if course.invited >= MIN_INVITED]
    if len(courses) < MIN_ROUNDS:
        return None
    of_unanswered = estimate_share(
        [(course.unanswered_signed, course.unanswered) for course in courses]
    )
    of_meetings = estimate_share([(course.meetings_signed, course.meetings) for course in courses])
    low, high = compute_range(
        [(unanswered, of_unanswered or UNKNOWN_SHARE), (meetings, of_meetings or UNKNOWN_SHARE)]
    )
    return Forecast(
        low=signed + low,
        high=signed + high,
        rounds=len(courses),
        unanswered_share=of_unanswered.share if of_unanswered else None,
        meetings_share=of_meetings.share if of_meetings else None,
    )


def estimate_share(observed: Iterable[tuple[int, int]]) -> Share | None:
    """The share in a new round, from how many of how many it was in each earlier one; ``None`` if
    there was nobody.
    """
    estimates = [
        (odds, 1 / (1 + variance / ASSUMED_SPREAD**2))
        for odds, variance in (estimate_log_odds(part, total) for part, total in observed if total)
    ]
    if not estimates:
        return None
    weight = sum(each for _, each in estimates)
    center = sum(odds * each for odds, each in estimates) / weight
    squares = sum(each * (odds - center) ** 2 for odds, each in estimates)
    freedom = ASSUMED_ROUNDS + weight
    variance = (ASSUMED_ROUNDS * ASSUMED_SPREAD**2 + squares) / freedom
    return Share(center, sqrt(variance * (1 + 1 / weight)), freedom)


def estimate_log_odds(part: int, total: int) -> tuple[float, float]:
    """The log odds of a share, and their variance."""
    yes, no = part + 0.5, total - part + 0.5
    return log(yes / no), 1 / yes + 1 / no


def to_share(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))


def compute_range(groups: Sequence[tuple[int, Share]]) -> tuple[int, int]:
    """The numbers between which the sum over the groups is with the probability ``COVERAGE``.

    A round that goes well goes well in all groups: their shares rise and fall together.
    """
    sums = []
    for step in range(STEPS):
        probability = (step + 0.5) / STEPS
        shares = [(count, share.quantile(probability)) for count, share in groups]
        mean = sum(count * share for count, share in shares)
        variance = sum(count * share * (1 - share) for count, share in shares)
        sums.append(NormalDist(mean, sqrt(variance) or 1e-9))
    most, tail = sum(count for count, _ in groups), (1 - COVERAGE) / 2
    return find_quantile(sums, most, tail), find_quantile(sums, most, 1 - tail)


def find_quantile(sums: Sequence[NormalDist], most: int, probability: float) -> int:
    """The smallest number that the sum exceeds with at most ``1 - probability``."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        reached = sum(each.cdf(middle + 0.5) for each in sums) / len(sums)
        low, high = (low, middle) if reached >= probability else (middle + 1, high)
    return low


# What a forecast takes from a round.


def compute_part(first: date, last: date, on: date) -> float:
    """The part of the time from the first day to the end of the last that is over on a day."""
    return min(1.0, max(0.0, (on - first).days / ((last - first).days + 1)))


def count_coming_meetings(meetings: Iterable[MeetingDay], last: date) -> int:
    """The members who wait for a sitting within the deadline."""
    return sum(len(meeting.invitations) for meeting in meetings if meeting.on <= last)


def is_informative(round: Round) -> bool:
    """Whether the course of a round can be used: it is over, and lasted a week."""
    return bool(
        round.opened_at
        and round.closed_at
        and round.as_of - round.opened_at >= timedelta(days=MIN_DAYS)
    )
