"""What strangers can cause: ``python bench/doors.py [DOOR …]``.

A door is what somebody without an account can ask for at a cost. ``DOORS`` has the costly ones with
their bounds and worst requests; docs/security.md has the same table. ``signoff serve``
has a released paper and an open round. A crowd of clients in another process, each request from
another network, asks at one door after the other, and ``/health`` is asked all the while. It ends
with an error where memory reaches its limit, or where a request is answered with a 5xx other than
503 with Retry-After.
"""

import argparse
import os
import re
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.memory import sum_memory
from bench.results import Figure, record
from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import Context, open_context
from signoff.cli.instance import create_instance
from signoff.domain.papers import Text
from signoff.domain.rounds import Terms
from signoff.tokens import TokenPurpose
from signoff.worker import Worker
from tests.factories import FORUM, member, sign
from tests.server import serving
from tests.test_examination import write_xref_stream_bomb
from tests.world import open_round

CROWD = 50  # clients at a time
MAX_MEMORY = 1000  # MB of all processes
OPEN, RELEASED = "thesen", "leitgedanken"  # the papers


class Door(NamedTuple):
    """``paths`` are asked in turns, with ``form`` or ``file`` posted. In them ``{n}`` is another
    number each time, so that no page is kept, ``{link}`` a link to the released round, ``{open}``
    one to the open round.
    """

    name: str
    bound: str
    paths: tuple[str, ...]
    form: dict[str, str] = {}
    file: str = ""


PRINTS = "one for each processor at a time, at most 4; 3 wait 20 s, the others get 503"
DOORS = (
    Door(
        "/verify, PDF",
        "2 at a time, 2 wait 3 s, the others get 503; 512 MiB and 20 s of processor each",
        ("/verify",),
        file="bomb",
    ),
    Door(
        "/verify, receipt",
        "1 at a time, 2 wait 3 s, the others get 503; 4 MiB, 200,000 values",
        ("/verify",),
        file="receipt",
    ),
    Door("any file", "12 MiB; examined as any other", ("/verify",), file="large"),
    Door("any form", "2 MiB", ("/s", "/login"), {"code": "A" * 3_000_000}),
    Door(
        "/login",
        "2 at a time, 2 wait 10 s, the others get 429; 60 a minute from a network",
        ("/login",),
        {"email": "leitung{n}@forum.example", "password": "{n} vier Wörter"},
    ),
    Door(
        "/login/forgotten",
        "60 a minute from a network",
        ("/login/forgotten",),
        {"email": "leitung{n}@forum.example"},
    ),
    Door(
        "/s, code",
        "60 wrong ones an hour from a network; after 300 from all, a code needs its member",
        ("/s",),
        {"code": "{n}", "member": "Ortschaft"},
    ),
    Door(
        "/s/fresh",
        "60 an hour from a network; the worker looks for the address",
        ("/s/fresh",),
        {"confirm": "Ortschaft", "email": "m{n}@rathaus.example"},
    ),
    Door(
        "application",
        "10 an hour from a network, 50 mails a day for a round",
        (f"/papers/{OPEN}/application",),
        {"official_name": "Verein {n}", "contact_person": "Büro", "email": "v{n}@verein.example"},
    ),
    Door("archive", "500 names found", ("/?q=O&{n}", "/?q={n}")),
    Door(
        "list of signatories",
        "500 on a page",
        (f"/papers/{RELEASED}?sort=place&{{n}}", f"/papers/{RELEASED}?page=9999&q={{n}}"),
    ),
    Door(
        "list as data",
        "one round",
        tuple(
            f"/papers/{RELEASED}/{each}?{{n}}" for each in ("signatories.csv", "signatories.json")
        ),
    ),
    Door("list in a frame", "one round", (f"/papers/{RELEASED}/embed?{{n}}",)),
    Door("picture to share", "one size", (f"/papers/{RELEASED}/picture.png?{{n}}",)),
    Door(
        "badge, QR code",
        "one round",
        tuple(f"/papers/{RELEASED}/{each}?{{n}}" for each in ("badge.svg", "qr.svg")),
    ),
    Door("feed, sitemap", "all released papers", ("/feed.atom?{n}", "/sitemap.xml?{n}")),
    Door("released file", "its size", (f"/papers/{RELEASED}/{RELEASED}.pdf",)),
    Door("log", "its length", ("/log?{n}", "/log/entries.json?{n}", "/log/checkpoints?{n}")),
    Door("health", "no print, no mail", ("/health", "/health/ready")),
    Door("wrong address", "one page", ("/{n}", "/papers/{n}", "/s/{n}")),
    Door("link, pages", "one member", ("/s/{open}", "/s/{open}/answer", "/s/{link}")),
    Door("link, form", "the length of a field", ("/s/{open}/answer",), {"answer": "sign"}),
    Door(
        "link, files",
        f"{PRINTS}; kept for 30 days",
        (
            "/s/{open}/kit/motion.docx",
            "/s/{open}/kit/motion.pdf",
            "/s/{link}/receipt.pdf",
            "/s/{link}/certificate.pdf",
            "/s/{link}/press/wall-certificate.pdf",
        ),
    ),
    Door("link, form on paper", PRINTS, ("/s/{open}/kit/answer-form.pdf",)),
    Door("link, picture to share", "one size", ("/s/{link}/press/picture.png",)),
    Door("link, proofs", "one member", ("/s/{link}/receipt.json", "/s/{link}/certificate.json")),
)


class Served(NamedTuple):
    """The server as the crowd sees it."""

    port: int
    links: dict[str, list[str]]  # tokens, by ``{link}`` and ``{open}``
    files: dict[str, bytes]

    def ask(
        self, path: str, source: int, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, Any]:
        """Status, content and headers; the status is 0 if the connection breaks."""
        address = f"127.{64 + (source >> 16) % 64}.{source >> 8 & 255}.{source % 255 or 255}"
        wire = HTTPConnection("127.0.0.1", self.port, timeout=120, source_address=(address, 0))
        headers |= {"Host": f"localhost:{self.port}"}
        with suppress(OSError, HTTPException):
            wire.request("GET" if body is None else "POST", path, body, headers)
            answer = wire.getresponse()
            return answer.status, answer.read(), answer.headers
        wire.close()
        return 0, b"", {}


def build_instance(folder: Path, members: int) -> dict[str, list[str]]:
    """All members have signed the released paper; links to it and to the open round."""
    create_instance(folder, FORUM)
    context = open_context(folder)
    db = context.db
    names = (f"Ortschaft am Wasser {number:05}" for number in range(members))
    rows = [
        member(name[-5:], name, f"Gemeinde {name}", f"m{name[-5:]}@rathaus.example")
        for name in names
    ]
    actions.member_import.import_members(db, rows, "bench", context.now)
    round_id, links = open_paper(context, RELEASED)
    for link in links:
        access = store.access.load(db, link)
        answer, digest = sign(access.member.official_name), access.edition.digest
        actions.answers.submit(
            db,
            access,
            answer,
            edition_digest=digest,
            seen=None,
            form_key=link.public_id,
            now=context.now,
        )
    actions.rounds.close(db, round_id, "bench", context.now)
    with Worker(context.settings, db, context.services) as worker:
        while worker.print_next():
            pass
        actions.releases.release_paper(db, round_id, None, "bench", context.now)
        worker.publish_releases()
    tokens = {}
    for name, each in (("link", links), ("open", open_paper(context, OPEN)[1])):
        sign_token = context.services.token_signer.sign
        tokens[name] = [
            sign_token(TokenPurpose.INVITATION, link.public_id, link.generation) for link in each
        ]
    db.execute("UPDATE outbox SET next_try_at = '2999-01-01T00:00:00.000000+00:00'")
    db.conn.commit()
    db.close()
    return tokens


def open_paper(context: Context, slug: str) -> tuple[int, list[Any]]:
    """The number of its round and the links to it."""
    text = Text(slug.title(), "<p>Plätze gehören allen.</p>" * 50)
    actions.papers.add_paper(context.db, slug, text, "bench", context.now)
    terms = Terms(public=True, applications=True, late=True)
    opening = Opening((context.now + timedelta(days=60)).date(), terms=terms)
    round = open_round(context.db, slug, opening, "bench", context.now)
    return round.id, store.rounds.list_links_of_round(context.db, round.id)


# The crowd.


def run_crowd(served: Served, door: Door, seconds: float, answers: Any) -> None:
    """Ask at the door from ``CROWD`` threads; puts the number of each status into ``answers``."""
    statuses: Counter[str] = Counter()
    numbers, end = count(int(time.time() * 1000) % 4_000_000), time.monotonic() + seconds
    headers, form = prepare_form(served) if door.form else ({}, {})
    if door.file:
        headers = {"Content-Type": "multipart/form-data; boundary=grenze"}

    def knock() -> None:
        while time.monotonic() < end:
            number = next(numbers)
            values = {name: each[number % len(each)] for name, each in served.links.items()}
            values["n"] = str(number)
            path = door.paths[number % len(door.paths)].format(**values)
            body = None
            if door.form:
                fields = {
                    name: text.replace("{n}", str(number)) for name, text in door.form.items()
                }
                body = urlencode(form | fields).encode()
            elif door.file:
                body = served.files[door.file]
            status, _, answer = served.ask(path, number, body, **headers)
            bare = status == 503 and "Retry-After" not in answer
            statuses[f"{status} without Retry-After" if bare else str(status)] += 1

    threads = [threading.Thread(target=knock) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(statuses)


def prepare_form(served: Served) -> tuple[dict[str, str], dict[str, str]]:
    """Headers with a session, and its token, which every form takes."""
    _, page, headers = served.ask("/s", 1)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.decode())
    assert token
    cookie = headers["Set-Cookie"].partition(";")[0]
    kind = "application/x-www-form-urlencoded"
    return {"Cookie": cookie, "Content-Type": kind}, {"csrf_token": token[1]}


def wrap_file(content: bytes) -> bytes:
    head = b'--grenze\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    return head + content + b"\r\n--grenze--\r\n"


def measure(
    served: Served, door: Door, seconds: float, server: int
) -> tuple[Counter[str], list[float], float]:
    """The statuses, the sorted waits of /health in milliseconds, and the most memory in MB."""
    for path in door.paths:  # the first reader of a page compiles its template
        served.ask(path.format(n=0, **{name: each[0] for name, each in served.links.items()}), 1)
    processes = get_context("fork")
    answers = processes.Queue()
    crowd = processes.Process(target=run_crowd, args=(served, door, seconds, answers))
    crowd.start()
    waits, memory, last = [], 0.0, 0.0
    while answers.empty():
        began = time.perf_counter()
        assert served.ask("/health", 1)[0] in (200, 0)
        waits.append((time.perf_counter() - began) * 1000)
        if time.monotonic() - last > 0.2:
            memory, last = max(memory, sum_memory(server)), time.monotonic()
        time.sleep(0.02)
    statuses = answers.get()
    crowd.join()
    return statuses, sorted(waits), memory


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("doors", nargs="*", help="all unless named")
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=5, help="at each door")
    arguments = parser.parse_args()
    wrong, worst, most = 0, 0.0, 0.0
    with TemporaryDirectory() as folder:
        links = build_instance(Path(folder), arguments.members)
        with serving(Path(folder)) as running:
            served = Served(int(running.base_url.rpartition(":")[2]), links, {})
            files = {
                "receipt": b'{"a": [%s0]}' % (b"0," * 199_999),
                "bomb": write_xref_stream_bomb(),
                "large": b"%PDF-1.7\n" + bytes(11 * 1024**2),
            }
            served.files.update({name: wrap_file(each) for name, each in files.items()})
            print("| door | answers | /health, median ms | worst ms | MB |")
            print("| --- | --- | ---: | ---: | ---: |")
            for door in DOORS:
                if arguments.doors and door.name not in arguments.doors:
                    continue
                found, waits, memory = measure(served, door, arguments.seconds, running.process.pid)
                text = ", ".join(f"{number:,} × {status}" for status, number in found.most_common())
                median = waits[len(waits) // 2]
                print(f"| {door.name} | {text} | {median:.0f} | {waits[-1]:.0f} | {memory:.0f} |")
                sys.stdout.flush()
                worst, most = max(worst, waits[-1]), max(most, memory)
                wrong += sum(status[0] in "05" and status != "503" for status in found)
    figures = (
        Figure("worst /health beside a crowd", worst, "ms", at_most=200),
        Figure("most memory beside a crowd", most, "MB", at_most=MAX_MEMORY),
    )
    if not arguments.doors:
        record("doors", figures)
    return int(bool(wrong) or most >= MAX_MEMORY)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    sys.exit(main())
