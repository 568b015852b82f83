"""Pages and files a second for a crowd: ``python bench/public_pages.py``.

A released paper is read from Signoff's own web server, through nginx as in ``deploy/nginx.conf``
(without https), and from the files of ``signoff publish`` in the same nginx. The files are the
measure: what nginx can do with the same bytes. ``ab`` (Apache) asks with 32 connections; it and
nginx have to be installed. Before that, the processor's milliseconds for the first reader of page,
file and list, and for later ones, are counted without a server. Then 500 readers stand still in the
middle of the page. At the end Signoff is stopped, and the files alone answer ``--downloads``
requests of 200 clients.
"""

import argparse
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402

from signoff import actions, store  # noqa: E402
from signoff.app import create_app  # noqa: E402
from signoff.cli.serve import Server  # noqa: E402
from signoff.publishing import publish  # noqa: E402
from tests.server import free_port, healthy, until  # noqa: E402
from tests.web.office.large_round import large_round  # noqa: E402
from tests.world import KEYS, FakeSeal, Settings  # noqa: E402

SLOW_READERS = 500
CROWD = 200  # clients at a time
RELEASED = datetime(2027, 6, 1, 8, tzinfo=UTC)
ROW = "| {:>11} | {:<5} | {:<22} | {:>8} | {:>9} | {:>6} | {:>7} |"
HEADS = ("signatories", "what", "from", "a second", "of nginx", "p99 ms", "refused")
MAIN = """daemon off; pid {folder}/nginx.pid; error_log {folder}/main.log; worker_processes 2;
events {{ worker_connections 4096; }}
http {{ include /etc/nginx/mime.types; access_log off; include {folder}/site.conf;
server {{ listen 127.0.0.1:{port}; root {folder}/public;
location / {{ try_files $uri $uri/index.html =404; }} }} }}
"""


def build_settings(folder: Path) -> Settings:
    return Settings(folder, "http://localhost", KEYS, proxies=1)


class ReleasedServer(Server):
    """The web server, with a clock that begins when the paper is released."""

    def load(self) -> Flask:
        started = datetime.now(UTC)
        return create_app(
            build_settings(self.folder), clock=lambda: RELEASED + (datetime.now(UTC) - started)
        )


def release_large_round(folder: Path, members: int, everybody: bool) -> int:
    """Release the paper of a large round; gives the number of signatories."""
    office = large_round(folder, members, everybody=everybody)
    round = actions.rounds.close(office.db, 1, "office", office.now)
    for status in store.round_status.load(office.db, round).undecided:
        for what in status.undecided:
            id = status.invitation.id
            actions.amendments.decide(office.db, id, what, True, "office", office.now)
    with office.worker() as worker:
        worker.print_next()
        actions.releases.release_paper(office.db, round.id, None, "office", office.now)
        worker.publish_releases()
    settings = replace(build_settings(folder), proxies=0)
    app = create_app(settings, clock=lambda: RELEASED, sealing=FakeSeal())
    publish(app, folder / "public")
    return store.signatories.count(office.db, round.id).now


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: healthy(port))
        yield
    finally:
        process.terminate()
        process.wait()


def configure_nginx(folder: Path, signoff: int, proxy: int, files: int) -> Path:
    """``deploy/nginx.conf`` on other ports, without https, and a server of the files beside it."""
    text = (ROOT / "deploy/nginx.conf").read_text()
    for pattern, replacement in {
        r"listen \[::\].*|ssl_.*": "",
        r"listen 80;": "listen unix:/{folder}/unused.sock;",
        r"listen 443 ssl;": f"listen 127.0.0.1:{proxy};",
        r"server 127.0.0.1:8000;": f"server 127.0.0.1:{signoff};",
        r"/var/cache/nginx/signoff|/var/log/nginx": "{folder}/nginx",
    }.items():
        text = re.sub(pattern, replacement.replace("{folder}", str(folder)), text)
    (folder / "nginx").mkdir()
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, port=files))
    return folder / "nginx.conf"


def ask(address: str, requests: int, clients: int = 32) -> tuple[float, int, int]:
    """Answers a second, milliseconds of the 99th percentile, and failures."""
    command = ["ab", "-q", "-k", "-r", "-n", str(requests), "-c", str(clients), address]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    refused = re.search(r"Non-2xx responses:\s+(\d+)", output)
    rate = re.search(r"Requests per second:\s+([\d.]+)", output)
    p99 = re.search(r"99%\s+(\d+)", output)
    return (
        float(rate[1]) if rate else 0,
        int(p99[1]) if p99 else 0,
        int(refused[1]) if refused else 0,
    )


def stand_still(port: int, path: str, number: int) -> socket.socket:
    """A reader that asks and then takes nothing, from one of many addresses of this machine."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    reader.bind((f"127.0.1.{number % 8 + 1}", 0))
    reader.connect(("127.0.0.1", port))
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return reader


def print_costs(folder: Path, signatories: int, paths: dict[str, str]) -> None:
    """Milliseconds of processor for the first reader of a new process, and for the next ones."""
    client = create_app(build_settings(folder), clock=lambda: RELEASED).test_client()
    client.get("/imprint")  # the templates that all pages share are loaded
    for what, path in paths.items():
        costs = []
        for _ in range(6):
            began = time.process_time()
            answer = client.get(path)
            size = len(answer.data)
            costs.append((time.process_time() - began) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status}")
        later = sum(costs[1:]) / len(costs[1:])
        print(f"{signatories:,}, {what} of {size / 1000:,.0f} kB, ms of processor: ", end="")
        print(f"first reader {costs[0]:.0f}, later ones {later:.1f}")


def measure(members: int, everybody: bool, requests: int, downloads: int) -> None:
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers read the files as another user
        signatories = release_large_round(folder, members, everybody)
        signoff, proxy, files = (free_port() for _ in range(3))
        configuration = configure_nginx(folder, signoff, proxy, files)
        server = [sys.executable, __file__, "--serve", str(folder), str(signoff)]
        application = stack.enter_context(ExitStack())
        application.enter_context(running(server, signoff))
        stack.enter_context(running(["nginx", "-c", str(configuration)], proxy))
        (slug,) = (path.name for path in (folder / "public/papers").iterdir() if path.is_dir())
        paths = {"page": f"/papers/{slug}", "file": f"/papers/{slug}/{slug}.pdf"}
        print_costs(folder, signatories, paths | {"list": f"/papers/{slug}/signatories.json"})
        print(ROW.format(*HEADS))
        for what, path in paths.items():
            ways = {"files in nginx": files, "Signoff": signoff, "Signoff behind nginx": proxy}
            raw = 0.0
            for way, port in ways.items():
                address = f"http://127.0.0.1:{port}{path}"
                ask(address, 64)
                rate, p99, failed = ask(address, requests if port != signoff else requests // 4)
                raw = raw or rate
                ratio = f"{rate / raw:.2f}"
                print(ROW.format(f"{signatories:,}", what, way, f"{rate:,.0f}", ratio, p99, failed))
        crowd = [stand_still(proxy, paths["page"], number) for number in range(SLOW_READERS)]
        rate, p99, failed = ask(f"http://127.0.0.1:{proxy}/imprint", requests)
        way = f"beside {len(crowd)} slow ones"
        print(ROW.format(f"{signatories:,}", "other", way, f"{rate:,.0f}", "", p99, failed))
        for reader in crowd:
            reader.close()
        application.close()
        rate, p99, failed = ask(f"http://127.0.0.1:{files}{paths['file']}", downloads, CROWD)
        way = "files, Signoff stopped"
        print(ROW.format(f"{signatories:,}", "file", way, f"{rate:,.0f}", "", p99, failed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="*", default=(200, 11_084))
    parser.add_argument("--everybody", action="store_true", help="all members sign, not 4 of 10")
    parser.add_argument("--requests", type=int, default=8_000)
    parser.add_argument("--downloads", type=int, default=3_000)
    parser.add_argument("--serve", nargs=2, metavar=("FOLDER", "PORT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        folder, port = arguments.serve
        ReleasedServer(Path(folder), f"127.0.0.1:{port}", 16).run()
        return
    for members in arguments.members:
        measure(members, arguments.everybody, arguments.requests, arguments.downloads)


if __name__ == "__main__":
    main()
