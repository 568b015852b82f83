"""Every municipality of Europe answers within a week, a day, an hour: ``python bench/scaling.py``.

A simulation with the costs that ``bench/request_cost.py`` measured: visits come ever closer
together until the deadline, each member reads some pages within five minutes and sends one answer
before it, and one process serves one request after the other. An answer is too late if it waits
beyond the deadline. Then how long the mail takes through servers with usual limits.
"""

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from signoff.domain.delivery import ServerLimit, estimate_delivery

SPANS = {"a week": 7 * 86_400, "a day": 86_400, "two hours": 7_200, "an hour": 3_600}
READING = 300.0  # seconds between the first page of a member and its answer
MAIL_LIMITS = {
    "Microsoft 365 (30 a minute, 10,000 a day)": ServerLimit("", 30, 10_000),
    "Google Workspace (2,000 a day)": ServerLimit("", 0, 2_000),
    "own server (600 a minute)": ServerLimit("", 600, 0),
}


@dataclass(frozen=True)
class Outcome:
    """Requests in the busiest minute, the work in it as a share of the minute, the seconds until a
    request is answered, and how many answers are served after the deadline.
    """

    busiest_minute: int
    load: float
    median: float
    p99: float
    worst: float
    late: int


def simulate(
    members: int, seconds: float, pages: int, page: float, answer: float, seed: int
) -> Outcome:
    """``page`` and ``answer``: what one costs, in seconds."""
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    requests: list[tuple[float, float, bool]] = []
    for _member in range(members):
        # Twice as dense as the mean at the end; nobody begins too late to answer in time.
        begin = (seconds - READING) * chance.random() ** 0.5
        requests += [(begin + READING * chance.random(), page, False) for _page in range(pages)]
        requests.append((begin + READING, answer, True))
    requests.sort()
    free, waits, late = 0.0, [], 0
    minutes: dict[int, list[float]] = {}
    for at, cost, is_answer in requests:
        free = max(free, at) + cost
        waits.append(free - at)
        late += is_answer and free > seconds
        minutes.setdefault(int(at // 60), []).append(cost)
    waits.sort()
    busiest = max(minutes.values(), key=sum)
    return Outcome(
        len(busiest),
        sum(busiest) / 60,
        waits[len(waits) // 2],
        waits[int(len(waits) * 0.99)],
        waits[-1],
        late,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=90_000)
    parser.add_argument("--pages", type=int, default=4, help="read by each member")
    parser.add_argument("--page-ms", type=float, default=6.59, help="processor time of one")
    parser.add_argument("--answer-ms", type=float, default=5.28, help="processor time of one")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(
        "| all within | requests in the busiest minute | load | p50, ms | p99, ms | worst, ms"
        " | answers too late |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, seconds in SPANS.items():
        outcome = simulate(
            arguments.members,
            seconds,
            arguments.pages,
            arguments.page_ms / 1000,
            arguments.answer_ms / 1000,
            arguments.seed,
        )
        waits = (outcome.median, outcome.p99, outcome.worst)
        cells = " | ".join(f"{wait * 1000:,.0f}" for wait in waits)
        print(
            f"| {name} | {outcome.busiest_minute:,} | {outcome.load:.0%} | {cells} | {outcome.late:,} |"
        )
    print("\n| mail server | invitations | days |")
    print("| --- | ---: | ---: |")
    for name, limit in MAIL_LIMITS.items():
        estimate = estimate_delivery(arguments.members, [limit], 0)
        hours = f"{estimate.minutes / 60:,.1f} hours of sending" if estimate.minutes else ""
        print(f"| {name} | {hours} | {estimate.days} |")


if __name__ == "__main__":
    main()
