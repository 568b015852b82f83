"""Processor time of an answer and of a page, beside another working copy.

``python bench/request_cost.py OTHER``, the folder of the other one.

Each working copy runs in a process of its own with its own interpreter, and they take turns of a
few requests, so that what else the machine does slows both. There is no server between.
"""

import argparse
import statistics
import subprocess
import sys
import time
from html import unescape
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

REQUESTS = 5  # in a turn
WARM_UP = 20


def serve_turns(root: Path, what: str, turns: int) -> None:
    """The process of one working copy: a line in starts a turn, a line out says its seconds."""
    sys.path[:0] = [str(root), str(Path(__file__).parent)]
    for package in ("signoff", "tests"):  # before ``answers`` puts its own working copy in front
        import_module(package)
    from answers import HIDDEN, SIGNATURE, instance

    from signoff.app import create_app
    from signoff.cli.context import open_context

    with TemporaryDirectory() as name:
        paths = instance(Path(name), turns * REQUESTS + WARM_UP)
        client = create_app(open_context(Path(name)).settings).test_client()
        page = client.get(f"{paths[0]}/answer", base_url="https://localhost").get_data(as_text=True)
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(page)}

        def ask(path: str) -> None:
            if what == "page":
                answer, expected = client.get(path, base_url="https://localhost"), 200
            else:
                body = urlencode({**SIGNATURE, **hidden, "form_key": f"bench-{path[-22:]}"})
                answer = client.post(
                    f"{path}/answer",
                    data=body,
                    base_url="https://localhost",
                    headers={"Referer": "https://localhost/"},
                    content_type="application/x-www-form-urlencoded",
                )
                expected = 303
            assert answer.status_code == expected, answer.status

        for path in paths[:WARM_UP]:
            ask(path)
        print("ready", flush=True)
        for turn, _ in enumerate(sys.stdin):
            start, first = time.process_time(), WARM_UP + turn * REQUESTS
            for path in paths[first : first + REQUESTS]:
                ask(path)
            print(time.process_time() - start, flush=True)


def compare(roots: list[Path], what: str, turns: int) -> str:
    processes = [
        subprocess.Popen(
            [root / ".venv/bin/python", __file__, str(root), "--turns", str(turns), "--of", what],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for root in roots
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    seconds: list[list[float]] = [[] for _ in roots]
    for _ in range(turns):
        for process, measured in zip(processes, seconds, strict=True):
            assert process.stdin
            assert process.stdout
            process.stdin.write("\n")
            process.stdin.flush()
            measured.append(float(process.stdout.readline()))
    for process in processes:
        process.communicate()
    before, now = (1000 * statistics.median(measured) / REQUESTS for measured in seconds)
    ratio = statistics.median(other / own for other, own in zip(*seconds, strict=True))
    return f"| {what} | {before:.2f} | {now:.2f} | {ratio:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the working copy to compare with, with its .venv")
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--of", choices=("answer", "page"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.of:
        return serve_turns(arguments.other, arguments.of, arguments.turns)
    print("| what | before, ms | now, ms | ratio |\n| --- | ---: | ---: | ---: |")
    for what in ("answer", "page"):
        print(
            compare([arguments.other.resolve(), Path(__file__).parents[1]], what, arguments.turns)
        )
    return None


if __name__ == "__main__":
    main()
