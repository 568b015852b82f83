"""How long the press kits of a release take: ``python bench/kits.py --members 250``.

Each member signs; after the release each link is asked once for the model press release, the
picture and the certificate, through the application without a server, by as many clients at once as
there are processors (``--clients 1``: one after the other). Then all of them once more, from the
cache.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402
from printing import used_by_prints  # noqa: E402

from signoff.pdf.process import get_press, print_in_subprocess  # noqa: E402
from tests.factories import PAPER, member, sign  # noqa: E402
from tests.pdf import documents  # noqa: E402
from tests.world import BASE, World, new_world  # noqa: E402

FILES = ("release.docx", "picture.png", "wall-certificate.pdf")
ROW = "| {:<20} | {:>7} | {:>12} | {:>5} | {:>3} |"


def release_with(world: World, count: int) -> list[str]:
    """A released paper that ``count`` members have signed, and their tokens."""
    names = [f"Musterort {number}" for number in range(count)]
    rows = [
        member(
            f"09{number % 50 + 111}{number + 111}", name, f"Stadt {name}", f"a{number}@b.example"
        )
        for number, name in enumerate(names)
    ]
    world.enrol(rows)
    world.paper(text=PAPER)
    world.open()
    for number, name in enumerate(names):
        world.answer(f"a{number}@b.example", sign(f"Stadt {name}"))
    world.closed()
    world.released()
    return list(world.links().values())


def fetch_all(app: Flask, tokens: list[str], name: str, clients: int) -> tuple[float, float, int]:
    """Seconds for the file behind each link, those of the processor, and bytes of all of them."""

    def fetch(token: str) -> int:
        answer = app.test_client().get(f"/s/{token}/press/{name}", base_url=BASE)
        if answer.status_code != 200:
            raise SystemExit(f"{name}: {answer.status}")
        return len(answer.data)

    start, used = time.perf_counter(), processor_seconds()
    with ThreadPoolExecutor(clients) as pool:
        size = sum(pool.map(fetch, tokens))
    return time.perf_counter() - start, processor_seconds() - used, size


def processor_seconds() -> float:
    """Of this process and of its prints."""
    press = get_press()
    return time.process_time() + (used_by_prints(press) if press.process else 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=250)
    parser.add_argument("--clients", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    count = arguments.members
    start = time.perf_counter()
    for _ in range(10_000_000):
        pass
    print(
        f"Measure of the machine: an empty loop of ten million takes {time.perf_counter() - start:.2f} s."
    )
    with TemporaryDirectory() as folder:
        world = new_world(Path(folder))
        tokens = release_with(world, count)
        print_in_subprocess(documents.draft())  # the press is warm now
        app = world.build_app()
        print(f"Clients at once: {arguments.clients}.")
        print(ROW.format("file", "seconds", "of processor", "again", "kB"))
        print("| --- | ---: | ---: | ---: | ---: |")
        totals = [0.0, 0.0, 0.0]
        for name in FILES:
            seconds, used, size = fetch_all(app, tokens, name, arguments.clients)
            again, _used, _size = fetch_all(app, tokens, name, arguments.clients)
            row = (seconds, used, again)
            totals = [total + part for total, part in zip(totals, row, strict=True)]
            print(ROW.format(name, *(f"{part:.1f}" for part in row), f"{size / 1000 / count:.0f}"))
        print(ROW.format("all", *(f"{total:.1f}" for total in totals), ""))
        world.db.close()
        get_press().close()


if __name__ == "__main__":
    main()
