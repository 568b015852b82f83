"""What a first visit costs: ``python bench/pages.py``.

Read page and form: first byte, requests, bytes.

A fresh browser with an empty cache opens the page of a real ``signoff serve`` on loopback; fonts
and all are fetched. Bytes are those over the wire, heads included. The time to first byte is that
of plain fetches, one after the other.
"""

import argparse
import statistics
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Request  # noqa: E402

from bench.results import Figure, record
from tests.chromium import launch_chromium  # noqa: E402
from tests.factories import MAYOR
from tests.server import instance, serving, until  # noqa: E402

WINDOW = {"width": 1280, "height": 900}
ROW = "| {:<11} | {:>13} | {:>6} | {:>8} | {:>7} | {:>11} |"


def first_byte(address: str, runs: int) -> list[float]:
    """Milliseconds from the request to the first byte of the answer, sorted."""
    parts, milliseconds = urlsplit(address), []
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    for _ in range(runs):
        sent = time.perf_counter()
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        milliseconds.append((time.perf_counter() - sent) * 1000)
        answer.read()
    return sorted(milliseconds)


def visit(browser: Browser, address: str) -> tuple[int, int, int]:
    """Requests, bytes and requests to others of one first visit."""
    context = browser.new_context(viewport=WINDOW)
    page, requests = context.new_page(), list[Request]()
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(address, wait_until="networkidle")
    host, sizes = urlsplit(address).netloc, [request.sizes() for request in requests]
    size = sum(part["responseBodySize"] + part["responseHeadersSize"] for part in sizes)
    foreign_requests = sum(urlsplit(request.url).netloc != host for request in requests)
    context.close()
    return len(requests), size, foreign_requests


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=100, help="fetches of each page for the time to first byte"
    )
    runs, figures = parser.parse_args().runs, list[Figure]()
    with TemporaryDirectory() as folder, launch_chromium() as browser:
        instance(Path(folder), "")
        with serving(Path(folder)) as served:
            link = until(lambda: served.links().get(MAYOR))
            print(ROW.format("page", "first byte ms", "p99 ms", "requests", "kB", "third party"))
            for name, address in (("read page", link), ("form", f"{link}/answer")):
                waits, (requests, size, strangers) = (
                    first_byte(address, runs),
                    visit(browser, address),
                )
                p99 = waits[int(len(waits) * 0.99) - 1]
                typical = statistics.median(waits)
                costs = (f"{typical:.1f}", f"{p99:.1f}", requests, f"{size / 1000:.0f}", strangers)
                print(ROW.format(name, *costs))
                figures += [
                    Figure(f"{name}: first byte", typical, "ms"),
                    Figure(f"{name}: requests", requests, at_most=12),
                    Figure(f"{name}: size", size / 1000, "kB", at_most=250),
                    Figure(f"{name}: requests to third parties", strangers, at_most=0),
                ]
    record("pages", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
