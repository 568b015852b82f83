"""Durable answers per second over HTTP, and pages of representatives: ``python bench/answers.py``.

Each client keeps one connection and sends, for one invitation after the other, the last step of an
answer; its pages are fetched before the clock starts. Then the pages of other invitations are read
in the same way. The server is ``signoff serve`` on loopback, once alone and once with the worker
that delivers the receipts meanwhile; the clients are another process. The disk alone and an empty
loop of Python are measured before each run, to compare machines. "Of processor" is what all
processes of the server use for a request, with those that fetch the forms before the clock starts.
``--seconds`` bounds each run. Everything lies in a temporary folder.
"""

import argparse
import os
import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.memory import list_processes
from bench.results import Figure, measure_pace, record
from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import open_context
from signoff.cli.instance import create_instance
from signoff.domain.members import MemberRow, RepresentativeRow
from signoff.tokens import TokenPurpose
from tests.factories import FORUM, SLUG, TEXT
from tests.form_filling import CONTACT  # noqa: E402
from tests.server import serving  # noqa: E402
from tests.world import open_round

CLIENTS = (1, 8, 32)
MODULES = {"without": "bench.without_worker", "with": "signoff"}
GOALS = {  # a second
    ("answers", "without", 32): 1_000,
    ("answers", "with", 32): 700,
    ("pages", "without", 32): 1_000,
}
LONGEST_WAIT = 60.0
SIGNATURE = {
    **CONTACT,
    "answer": "sign",
    "step": "review",
    "confirm": "Musterhausen",
    "official_name": "Stadt Musterhausen",
    "first_name": "Vorname",
    "last_name": "Nachname",
    "function": "Bürgermeisterin",
    "basis": "head",
    "authorised": "y",
    "publish_name": "y",
}
HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|edition_digest)" value="([^"]*)"')


def instance(folder: Path, members: int) -> list[str]:
    """Create an instance with an open round and return the path of each link."""
    create_instance(folder, FORUM)
    context, now = open_context(folder), datetime.now(UTC)
    rows = [
        MemberRow(
            f"{n:06d}",
            "Musterhausen",
            "Stadt Musterhausen",
            "Stadt",
            "Hessen",
            line=2,
            representatives=(person(n),),
        )
        for n in range(members)
    ]
    actions.member_import.import_members(context.db, rows, "bench", now)
    actions.papers.add_paper(context.db, SLUG, TEXT, "bench", now)
    round = open_round(
        context.db,
        SLUG,
        Opening((now + timedelta(days=60)).date()),
        "bench",
        now,
        setup_required=False,
    )
    links = store.rounds.list_links_of_round(context.db, round.id)
    paths = [
        f"/s/{context.services.token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)}"
        for link in links
    ]
    # Mail and print are put off, so that the figures are those of answering.
    context.db.execute("UPDATE outbox SET next_try_at = '2999-01-01T00:00:00.000000+00:00'")
    context.db.execute("DELETE FROM prints")
    context.db.conn.commit()
    context.db.close()
    return paths


def person(number: int) -> RepresentativeRow:
    return RepresentativeRow("Rathaus", email=f"m{number}@rathaus.example")


def clients(port: int, shares: list[list[str]], seconds: float, what: str, sender) -> None:
    """The process of the clients, a thread each; sends the seconds of each answer, the total, and
    how many the slowest client got for one of the fastest.
    """
    waits: list[list[float]] = [[] for _ in shares]
    ready, spans, paces = threading.Barrier(len(shares)), [], []

    def run_client(paths: list[str], durations: list[float]) -> None:
        connection = HTTPConnection("localhost", port, timeout=LONGEST_WAIT)
        cookie, hidden = prepared(connection, paths[0])
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        bodies = [
            urlencode({**SIGNATURE, **hidden, "form_key": f"bench-{path[-22:]}"}) for path in paths
        ]
        ready.wait()
        start = time.perf_counter()
        for path, body in zip(paths, bodies, strict=True):
            sent = time.perf_counter()
            if what == "answers":
                connection.request("POST", f"{path}/answer", body, headers)
            else:
                connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            expected = 303 if what == "answers" else 200
            assert answer.status == expected, f"{answer.status}, not {expected}"
            durations.append(time.perf_counter() - sent)
            if sent - start > seconds:
                break
        end = time.perf_counter()
        spans.append((start, end))
        paces.append(len(durations) / (end - start))

    threads = [
        threading.Thread(target=run_client, args=client_waits)
        for client_waits in zip(shares, waits, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spans) == len(shares), "a client failed"
    span = max(end for _, end in spans) - min(begin for begin, _ in spans)
    waited = sorted(wait for client_waits in waits for wait in client_waits)
    sender.send((waited, span, min(paces) / max(paces)))


def prepared(connection: HTTPConnection, path: str) -> tuple[str, dict[str, str]]:
    """The session and the form's secret, from the form itself."""
    connection.request("GET", f"{path}/answer")
    answer = connection.getresponse()
    page = answer.read().decode()
    cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
    return cookie, {name: unescape(value) for name, value in HIDDEN.findall(page)}


def raw(folder: Path, seconds: float = 2.0) -> float:
    """How many times per second the disk stores 4 KiB durably with write and fsync."""
    with (folder / "raw").open("wb", buffering=0) as file:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - start)


def measure(number: int, what: str, worker: str, most: int, seconds: float) -> dict[str, Any]:
    """The figures of one run."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = instance(folder, most)
        disk, loop = raw(folder), measure_pace()
        with serving(folder, module=MODULES[worker], PYTHONPATH=str(ROOT)) as running:
            port = int(running.base_url.rpartition(":")[2])
            shares = [paths[start::number] for start in range(number)]
            receiver, sender = get_context("spawn").Pipe(False)
            process = get_context("spawn").Process(
                target=clients, args=(port, shares, seconds, what, sender)
            )
            before = sum_processor_seconds(running.process.pid)
            process.start()
            sender.close()
            waits, span, evenness = receiver.recv()
            process.join()
            processor = sum_processor_seconds(running.process.pid) - before
        count = open_context(folder).db.execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    kept = len(waits) if what == "answers" else 0
    assert count == kept, f"{count} kept, {kept} acknowledged"
    return {
        "what": what,
        "worker": worker,
        "clients": number,
        "count": len(waits),
        "a second": round(len(waits) / span),
        "p50 ms": round(1000 * statistics.median(waits)),
        "p99 ms": round(1000 * waits[int(len(waits) * 0.99)]),
        "worst ms": round(1000 * waits[-1]),
        "slowest/fastest": round(evenness, 2),
        "of processor, ms": round(1000 * processor / (len(waits) + number), 1),
        "write+fsync/s": round(disk),
        "loop ms": round(loop),
    }


def sum_processor_seconds(pid: int) -> float:
    """What all processes of the server have used of the processor so far."""
    ticks = 0
    for each in list_processes(pid):
        _, _, numbers = Path(f"/proc/{each}/stat").read_text().rpartition(") ")
        ticks += sum(map(int, numbers.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def list_figures(run: dict[str, Any]) -> Iterator[Figure]:
    """What is kept of a run; the goals are those of 32 clients."""
    what, worker, number = run["what"], run["worker"], run["clients"]
    name = f"{what}, {number} clients, {worker} the worker"
    has_goals = number == CLIENTS[-1]
    yield Figure(f"{name}: a second", run["a second"], at_least=GOALS.get((what, worker, number)))
    for column, goal in (("p99 ms", 50), ("worst ms", 100)):
        yield Figure(f"{name}: {column}", run[column], at_most=goal if has_goals else None)
    evenness = run["slowest/fastest"]
    yield Figure(f"{name}: slowest/fastest", evenness, at_least=0.5 if has_goals else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="*", default=CLIENTS)
    parser.add_argument("--answers", type=int, default=3000, help="at most so many in each run")
    parser.add_argument("--seconds", type=float, default=15, help="of each run at most")
    arguments = parser.parse_args()
    runs: list[dict[str, Any]] = []
    for what in ("answers", "pages"):
        for worker in MODULES if what == "answers" else ("without",):
            for number in arguments.clients:
                runs.append(measure(number, what, worker, arguments.answers, arguments.seconds))
                if len(runs) == 1:
                    print("| " + " | ".join(runs[0]) + " |")
                    print("| " + " | ".join("---:" for _ in runs[0]) + " |")
                print("| " + " | ".join(map(str, runs[-1].values())) + " |", flush=True)
    record("answers", [figure for run in runs for figure in list_figures(run)])


if __name__ == "__main__":
    main()
