"""Memory and starts: ``python bench/memory.py``.

Memory of all processes of ``signoff serve`` together (proportional set size, so that shared pages
count once): idle, and at most while eight clients read pages and the worker delivers mail and
prints. Seconds until the server answers, and of ``signoff --help``; the best of several runs.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.results import Figure, record
from signoff.cli.instance import create_instance
from tests.factories import FORUM, MAYOR
from tests.server import free_port, instance, serving, until

CLIENTS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of load")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    starts = min(time_start() for _ in range(arguments.runs))
    helps = min(time_help() for _ in range(arguments.runs))
    idle, loaded = measure_memory(arguments.seconds)
    figures = (
        Figure("signoff serve answers after", starts, "s", at_most=0.6),
        Figure("signoff --help", helps, "s", at_most=0.2),
        Figure("memory idle", idle, "MB", at_most=150),
        Figure("memory under load", loaded, "MB", at_most=230),
    )
    for figure in figures:
        print(f"{figure.name}: {figure.value:.2f} {figure.unit} ({figure.goal})")
    record("memory", figures)


def time_start() -> float:
    """Seconds from the command to the first answer."""
    with TemporaryDirectory() as folder:
        create_instance(Path(folder), FORUM)
        port = free_port()
        command = [sys.executable, "-m", "signoff", "serve"]
        options = ["--instance", folder, "--port", str(port)]
        began = time.perf_counter()
        process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
        try:
            while not answers(port):
                time.sleep(0.005)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def time_help() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "signoff", "--help"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure_memory(seconds: float) -> tuple[float, float]:
    """MB idle before anything was asked, and the most under load."""
    with TemporaryDirectory() as folder:
        create_instance(Path(folder), FORUM)
        with serving(Path(folder)) as served:
            until(
                lambda: len(list_processes(served.process.pid)) >= 3
            )  # with web worker and worker
            time.sleep(3)
            idle = sum_memory(served.process.pid)
    with TemporaryDirectory() as folder:
        instance(Path(folder), "")
        with serving(Path(folder)) as served:
            link = until(lambda: served.links().get(MAYOR))
            port = int(served.base_url.rpartition(":")[2])
            end = time.monotonic() + seconds
            paths = [f"/{link.split('/', 3)[3]}", "/", f"/{link.split('/', 3)[3]}/answer"]
            clients = [
                threading.Thread(target=read, args=(port, paths, end)) for _ in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            loaded = 0.0
            while time.monotonic() < end:
                loaded = max(loaded, sum_memory(served.process.pid))
                time.sleep(0.2)
            for client in clients:
                client.join()
    return idle, loaded


def read(port: int, paths: list[str], end: float) -> None:
    """One page after the other over one connection."""
    connection = HTTPConnection("localhost", port, timeout=60)
    while time.monotonic() < end:
        for path in paths:
            connection.request("GET", path)
            connection.getresponse().read()
    connection.close()


def list_processes(pid: int) -> list[int]:
    """The process and all that it has started."""
    return [pid, *iter_children(pid)]


def iter_children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from iter_children(child)


def sum_memory(pid: int) -> float:
    """Proportional set size of all processes, MB."""
    return sum(read_pss(each) for each in list_processes(pid)) / 1024


def read_pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
