"""What the office's pages cost: ``python bench/office.py``.

The application runs in this process, with real tables and templates and no server between; the
clock is the process's. Nothing is compressed. Each page is requested once before it is measured.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flask.testing import FlaskClient  # noqa: E402

from tests.web.office.large_round import large_round  # noqa: E402
from tests.web.office.office import Office  # noqa: E402

COUNTS = (50, 1000, 11084)
PAGES = {
    "overview": "/office/",
    "round": "/office/rounds/1",
    "news, none": "/office/rounds/1/status",
    "news, some": "/office/rounds/1/status?page=1",
    "filtered": "/office/rounds/1/status?q=wasser+0&answer=sign&sort=-received",
    "CSV": "/office/rounds/1/members.csv",
    "XLSX": "/office/rounds/1/members.xlsx",
    "journal": "/office/audit",
    "chain": "/office/audit/check",
}
ROW = "| {:>7} | {:<10} | {:>7} | {:>7} | {:>12} | {:>7} |"


def measure(
    office: Office, client: FlaskClient, name: str, runs: int
) -> tuple[int, int, list[float], float]:
    """Queries, bytes, the sorted milliseconds of ``runs`` requests, and processor time of one."""
    path, headers, milliseconds, statements = PAGES[name], {}, [], []
    first = client.get(path, base_url="http://localhost")
    if name == "news, none":
        headers = {"If-None-Match": first.headers["ETag"]}
    office.db.conn.set_trace_callback(statements.append)
    answer = client.get(path, base_url="http://localhost", headers=headers)
    office.db.conn.set_trace_callback(None)
    assert answer.status_code == (304 if headers else 200), f"{name}: {answer.status}"
    processor_ms = time.process_time()
    for _ in range(runs):
        start = time.perf_counter()
        client.get(path, base_url="http://localhost", headers=headers).get_data()
        milliseconds.append((time.perf_counter() - start) * 1000)
    processor_ms = (time.process_time() - processor_ms) * 1000 / max(1, runs)
    queries = sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in statements)
    return queries, len(answer.get_data()), sorted(milliseconds), processor_ms


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="*", default=COUNTS, help="how many members")
    parser.add_argument("--runs", type=int, default=20, help="requests for each page")
    arguments = parser.parse_args()
    print(ROW.format("members", "page", "queries", "kB", "of processor", "p95, ms"))
    for count in arguments.counts:
        with TemporaryDirectory() as folder:
            office = large_round(Path(folder), count)
            client = office.browser().client
            for name in PAGES:
                queries, size, milliseconds, processor_ms = measure(
                    office, client, name, arguments.runs
                )
                p95 = milliseconds[max(0, int(len(milliseconds) * 0.95) - 1)]
                figures = (f"{size / 1000:,.1f}", f"{processor_ms:,.0f}", f"{p95:,.0f}")
                print(ROW.format(f"{count:,}", name, queries, *figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
