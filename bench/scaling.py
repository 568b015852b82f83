"""Every municipality of Europe answers within a week, a day, an hour: ``python bench/scaling.py``.

A simulation with measured costs: visits come ever closer together until the deadline, each member
reads some pages within five minutes and sends one answer, and one process serves one request after
the other. Then how long the mail takes through servers with usual limits.
"""

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from signoff.domain.delivery import ServerLimit, estimate_delivery

SPANS = {"a week": 7 * 86_400, "a day": 86_400, "an hour": 3_600}
READING = 300.0  # seconds between the first page of a member and its answer
MAIL_LIMITS = {
    "Microsoft 365 (30 a minute, 10,000 a day)": ServerLimit("", 30, 10_000),
    "Google Workspace (2,000 a day)": ServerLimit("", 0, 2_000),
    "own server (600 a minute)": ServerLimit("", 600, 0),
}


@dataclass(frozen=True)
class Outcome:
    """Requests in the busiest minute, the share of the time that the server works in it, and the
    seconds until a request is answered.
    """

    busiest_minute: int
    load: float
    median: float
    p99: float
    worst: float


def simulate(
    members: int, seconds: float, pages: int, page: float, answer: float, seed: int
) -> Outcome:
    """``page`` and ``answer``: what one costs, in seconds."""
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    requests: list[tuple[float, float]] = []
    for _member in range(members):
        begin = seconds * chance.random() ** 0.5  # twice as dense as the mean at the end
        requests += [(begin + READING * chance.random(), page) for _page in range(pages)]
        requests.append((begin + READING, answer))
    requests.sort()
    free, waits = 0.0, []
    minutes: dict[int, list[float]] = {}
    for at, cost in requests:
        free = max(free, at) + cost
        waits.append(free - at)
        minutes.setdefault(int(at // 60), []).append(cost)
    waits.sort()
    busiest = max(minutes.values(), key=sum)
    return Outcome(
        len(busiest),
        sum(busiest) / 60,
        waits[len(waits) // 2],
        waits[int(len(waits) * 0.99)],
        waits[-1],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=90_000)
    parser.add_argument("--pages", type=int, default=4, help="read by each member")
    parser.add_argument("--page-ms", type=float, default=4.0, help="see the bench of the pages")
    parser.add_argument("--answer-ms", type=float, default=4.2, help="see the bench of the answers")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| all within | requests in the busiest minute | load | p50, ms | p99, ms | worst, ms |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
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
        print(f"| {name} | {outcome.busiest_minute:,} | {outcome.load:.0%} | {cells} |")
    print("\n| mail server | invitations | days |")
    print("| --- | ---: | ---: |")
    for name, limit in MAIL_LIMITS.items():
        estimate = estimate_delivery(arguments.members, [limit], 0)
        sending = f"{estimate.minutes / 60:,.1f} hours" if estimate.minutes else "no limit a minute"
        print(f"| {name} | {sending} of sending | {estimate.days} |")


if __name__ == "__main__":
    main()
