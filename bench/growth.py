"""What grows with the number of members and of entries: ``python bench/growth.py``.

Rounds of several sizes in real databases, seven of ten members having answered: seconds of
processor for one more answer, closing, and the examination of the log; bytes of the database. Then
the log alone, filled in bulk. Each figure should stay the same for each member and entry: what is
kept is by how much the largest size costs more than the one before, at most 1.5 times.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.results import Figure, record
from signoff import actions, store
from signoff.domain import audit
from signoff.domain.audit import Event
from signoff.domain.rounds import Link
from signoff.domain.text import sort_key
from signoff.store.bound_rows import SALT_SIZE
from signoff.store.connection import connect, transaction
from signoff.store.rows import format_utc
from tests.factories import sign
from tests.web.office.large_round import large_round
from tests.web.office.office import Office
from tests.world import World, new_world

COUNTS, ENTRIES = (2_000, 11_084, 90_000), (100_000, 1_000_000)  # 90,000: all of Europe
ANSWERS = 500  # at most
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="*", default=COUNTS, help="members")
    parser.add_argument("--entries", type=int, nargs="*", default=ENTRIES, help="of the log")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    print("| members | answer, ms | closing, µs | examination, µs | sorting, µs | database, kB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    costs = [measure_members(count) for count in arguments.counts]
    names = ("an answer", "closing, a member", "examination, an entry", "sorting, a name", "bytes")
    figures += compare(names, arguments.counts, costs)
    print("\n| entries | examination, µs an entry | memory, MB above the start | bytes |")
    print("| ---: | ---: | ---: | ---: |")
    logs = [measure_log(number) for number in arguments.entries]
    figures += compare(("the log, an entry", "bytes of the log"), arguments.entries, logs)
    figures += [
        Figure(f"memory to examine {number:,} entries", grown, "MB", at_most=30)
        for number, (*_, grown) in zip(arguments.entries, logs, strict=True)
    ]
    record("growth", figures)


def compare(
    names: Sequence[str], sizes: Sequence[int], costs: Sequence[tuple[float, ...]]
) -> Iterator[Figure]:
    """How much more the largest size costs for each member or entry than the one before."""
    if len(costs) < 2:
        return
    for name, small, big in zip(names, *costs[-2:], strict=False):
        growth = f"{name}: growth {sizes[-2]:,} to {sizes[-1]:,}"
        yield Figure(growth, big / small, at_most=1.5)


def measure_members(count: int) -> tuple[float, float, float, float, float]:
    """Milliseconds of an answer; microseconds of closing for a member, of examining an entry and
    of sorting a name; kB of the database for a member.
    """
    with TemporaryDirectory() as folder:
        office = large_round(Path(folder), count)
        links = store.rounds.list_links_of_round(office.db, 1)
        waiting = [link for index, link in enumerate(links) if index % 10 > 6][:ANSWERS]
        answer, _ = clock(lambda: answer_late(office, waiting))
        closing, _ = clock(
            lambda: actions.rounds.close(office.db, 1, "bench", office.now, reason="Ende")
        )
        examination, fault = clock(lambda: store.audit.find_fault(office.db))
        assert fault is None, fault
        entries = store.audit.get_length(office.db)
        names = [f"Ortschaft am Wasser {n:05d}" for n in range(count)]
        sorting, _ = clock(lambda: sorted(names, key=sort_key))
        size = sum(path.stat().st_size for path in Path(folder).glob("signoff.sqlite*"))
        office.db.close()
    costs = (
        answer * 1e3 / len(waiting),
        closing * 1e6 / count,
        examination * 1e6 / entries,
        sorting * 1e6 / count,
        size / 1e3 / count,
    )
    print(f"| {count:,} | " + " | ".join(f"{cost:.2f}" for cost in costs) + " |", flush=True)
    return costs


def answer_late(office: Office, links: list[Link]) -> None:
    for link in links:
        access = store.access.load(office.db, link)
        office.submit(access, sign(access.member.official_name), f"bench-{link.id}")


def measure_log(number: int) -> tuple[float, float, float]:
    """Fill the log up to so many entries and examine it in a process of its own: microseconds and
    bytes of an entry, MB of memory above the start.
    """
    with TemporaryDirectory() as folder:
        world = new_world(Path(folder))
        world.opened()
        fill_log(world, number)
        world.closed()
        size = world.settings.database.stat().st_size
        world.db.close()
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            seconds, grown = apart.submit(examine, world.settings.database).result()
    print(f"| {number:,} | {seconds * 1e6 / number:.1f} | {grown:.1f} | {size:,} |", flush=True)
    return seconds * 1e6 / number, size / number, grown


def examine(database: Path) -> tuple[float, float]:
    """Seconds of processor for the whole log, and MB above the start."""
    db, before = connect(database), peak()
    seconds, fault = clock(lambda: store.audit.find_fault(db))
    assert fault is None, fault
    return seconds, peak() - before


def fill_log(world: World, number: int) -> None:
    """Entries as ``store.audit.record`` writes them, many at a time."""
    latest = store.audit.get_latest(world.db)
    peaks = audit.split_peaks(latest.peaks)
    at = format_utc(world.now)

    def iter_entries() -> Iterator[tuple[object, ...]]:
        nonlocal peaks
        for seq in range(latest.seq + 1, number + 1):
            salt = secrets.token_bytes(SALT_SIZE)
            facts = (at, str(Event.REMINDED), "worker", f"round/{seq % 99}", digest)
            peaks = audit.append_leaf(peaks, seq - 1, audit.hash_entry(seq, salt, *facts))
            yield (seq, *facts, salt, b"".join(peaks))

    salt, details = secrets.token_bytes(SALT_SIZE), "{}"
    digest = audit.hash_details(salt, details)
    with transaction(world.db):
        world.db.conn.executemany(
            "INSERT INTO audit (seq, at, event, actor, subject, details_digest, salt, peaks)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            iter_entries(),
        )
        world.db.conn.executemany(
            "INSERT INTO audit_details (seq, salt, details) VALUES (?, ?, ?)",
            ((seq, salt, details) for seq in range(latest.seq + 1, number + 1)),
        )


def clock(act: Callable[[], T]) -> tuple[float, T]:
    """Seconds of processor, and what ``act`` gives."""
    began = time.process_time()
    result = act()
    return time.process_time() - began, result


def peak() -> float:
    """The most resident memory of this process so far, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3


if __name__ == "__main__":
    main()
