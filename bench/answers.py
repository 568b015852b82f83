"""Durable answers per second over HTTP, compared with the disk itself: ``python bench/answers.py``.

Each client keeps one connection and sends, for one invitation after the other, the last step of an
answer; its pages are fetched before the clock starts. The server is ``signoff serve`` on loopback
without its worker's help (the mail is owed, not sent), the clients are another process.
``--seconds`` bounds each run; everything lies in a temporary folder.
"""

import argparse
import os
import re
import statistics
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import open_context
from signoff.cli.instance import create_instance
from signoff.domain.members import MemberRow, RepresentativeRow
from signoff.tokens import TokenPurpose
from tests.factories import FORUM, SLUG, TEXT
from tests.form_filling import CONTACT  # noqa: E402
from tests.server import serving  # noqa: E402

CLIENTS = (1, 8, 32)
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
    round = actions.rounds.open_round(
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


def clients(port: int, shares: list[list[str]], seconds: float, sender) -> None:
    """The process of the clients, a thread each; sends the seconds of each answer and the total."""
    waits: list[list[float]] = [[] for _ in shares]
    ready, spans = threading.Barrier(len(shares)), []

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
            connection.request("POST", f"{path}/answer", body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 303, f"{answer.status}, not 303"
            durations.append(time.perf_counter() - sent)
            if sent - start > seconds:
                break
        spans.append((start, time.perf_counter()))

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
    sender.send((sorted(wait for client_waits in waits for wait in client_waits), span))


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


def measure(number: int, answers: int, seconds: float) -> str:
    """One row of the table."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = instance(folder, answers)
        disk = raw(folder)
        with serving(folder) as running:
            port = int(running.base_url.rpartition(":")[2])
            shares = [paths[start::number] for start in range(number)]
            receiver, sender = get_context("spawn").Pipe(False)
            process = get_context("spawn").Process(
                target=clients, args=(port, shares, seconds, sender)
            )
            process.start()
            sender.close()
            waits, span = receiver.recv()
            process.join()
        count = open_context(folder).db.execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    assert count == len(waits), f"{count} kept, {len(waits)} acknowledged"
    p50, p99 = statistics.median(waits), waits[int(len(waits) * 0.99)]
    cells = (
        number,
        count,
        f"{count / span:.0f}",
        *(f"{1000 * wait:.0f}" for wait in (p50, p99, waits[-1])),
        f"{disk:.0f}",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="*", default=CLIENTS)
    parser.add_argument("--answers", type=int, default=3000, help="at most so many in each run")
    parser.add_argument("--seconds", type=float, default=15, help="of each run at most")
    arguments = parser.parse_args()
    print("| clients | answers | answers/s | p50 ms | p99 ms | worst ms | write+fsync/s |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for number in arguments.clients:
        print(measure(number, arguments.answers, arguments.seconds), flush=True)


if __name__ == "__main__":
    main()
