"""``signoff serve``: requests, worker, proxy, shutdown, and reasons why it does not start."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser
from werkzeug.test import Client

from signoff import logs
from signoff.cli.serve import MAX_BODY_IN_MEMORY, WebWorker, answer_in_turns, fork
from signoff.worker import list_live_workers
from tests.chromium import Watch
from tests.factories import MAYOR, SLUG
from tests.form_filling import CONTACT
from tests.server import PATIENCE, Served, free_port, instance, serving, until
from tests.test_logs import TOKEN

pytestmark = pytest.mark.slow

LIMIT = 15  # seconds from SIGTERM to the end, docs/interface.md


def test_server_starts_works_and_stops(tmp_path: Path) -> None:
    instance(tmp_path, "")
    with serving(tmp_path) as running:
        until(lambda: running.count_mails("invitation") == 4)
        until(lambda: b"%PDF" in draft(running.base_url))
        start = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0
        assert time.monotonic() - start < LIMIT
    assert list_workers(tmp_path) == []


def test_a_worker_ends_with_a_server_that_was_killed(tmp_path: Path) -> None:
    """No other worker does its work beside it after a restart."""
    instance(tmp_path, "")
    with serving(tmp_path) as running:
        until(lambda: list_workers(tmp_path))
        running.process.kill()
        running.process.wait()
        # A worker that needs too long on a busy machine is killed and leaves its file, unlocked.
        until(lambda: not list_live_workers(tmp_path / "workers"))


def list_workers(folder: Path) -> list[Path]:
    """The files of workers that have not ended by themselves."""
    return [path for path in (folder / "workers").iterdir() if not path.name.startswith(".")]


def test_a_worker_goes_on_after_a_change_of_the_web_process_and_is_replaced_when_it_dies(
    tmp_path: Path,
) -> None:
    instance(tmp_path, "")
    with serving(tmp_path) as running:
        worker = find_worker(tmp_path)
        os.kill(worker, signal.SIGHUP)  # as a terminal that closes
        (web,) = list_children(running.process.pid) - {worker}
        running.process.send_signal(signal.SIGHUP)
        until(lambda: web not in list_children(running.process.pid))
        assert find_worker(tmp_path) == worker
        os.kill(worker, signal.SIGKILL)
        until(lambda: find_worker(tmp_path) != worker)
        assert "the worker has ended" in (tmp_path / "serve.log").read_text()


def find_worker(folder: Path) -> int:
    """The process id of the worker, once it runs."""
    (name,) = until(lambda: list_live_workers(folder / "workers"))
    return int(name.partition("-")[0])


def list_children(process_id: int) -> set[int]:
    children = Path(f"/proc/{process_id}/task/{process_id}/children")
    return {int(child) for child in children.read_text().split()}


def test_what_a_forked_process_raises_is_logged_without_tokens(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        logs.set_up(True)
        raise RuntimeError(f"https://forum.example/s/{TOKEN}")

    os.waitpid(fork(fail), 0)
    written = capfd.readouterr().err
    assert "RuntimeError" in written
    assert TOKEN not in written


def draft(base_url: str) -> bytes:
    try:
        content: bytes = urlopen(f"{base_url}/papers/{SLUG}/entwurf.pdf", timeout=10).read(8)
    except HTTPError:
        return b""
    return content


def test_running_request_is_finished_before_stopping(tmp_path: Path) -> None:
    instance(tmp_path, "")
    with serving(tmp_path) as running:
        with suppress(HTTPError):  # the page is made once; little is left to do after the signal
            urlopen(f"{running.base_url}/verify", b"x", timeout=PATIENCE)
        port = int(running.base_url.rpartition(":")[2])
        content = b"x" * 1_000_000
        head = f"POST /verify HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(
                head.encode()
                + f"Content-Length: {len(content)}\r\n\r\n".encode()
                + content[:-1_000]
            )
            until(lambda: count_unread(half) == 0)  # more than fits into the buffers: it reads
            start = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            half.sendall(content[-1_000:])
            half.settimeout(PATIENCE)
            assert half.recv(12) == b"HTTP/1.1 422"  # it names no file
        assert running.process.wait(PATIENCE) == 0
        assert time.monotonic() - start < LIMIT


def count_unread(connection: socket.socket) -> int:
    """The bytes sent that do not lie in the receiver's buffer yet."""
    (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(count)


def test_clients_that_send_half_a_request_line_do_not_hold_up_others(tmp_path: Path) -> None:
    instance(tmp_path, "")
    with serving(tmp_path) as running, ExitStack() as stack:
        half = connect_many(running, b"GET /hea", stack)[-1]
        with urlopen(f"{running.base_url}/s", timeout=60) as answer:
            assert answer.status == 200
        assert half.recv(1) == b""


def test_health_is_answered_while_every_thread_waits_for_a_form(tmp_path: Path) -> None:
    instance(tmp_path, "")
    head = b"POST /s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
    with serving(tmp_path) as running, ExitStack() as stack:
        waiting = connect_many(running, head + b"Connection: close\r\n\r\ncode", stack)
        for path in ("health", "health/live", "health/ready"):
            with suppress(HTTPError), urlopen(f"{running.base_url}/{path}", timeout=60) as answer:
                assert json.load(answer)["status"]
        for form in waiting:
            form.sendall(b"=1")
        assert {form.recv(8) for form in waiting} == {b"HTTP/1.1"}


HEALTH_HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def worker() -> WebWorker:
    worker = WebWorker.__new__(WebWorker)
    worker.tpool, worker.health_thread, worker.method_queue = Mock(), Mock(), Mock()
    worker.reading = {}
    return worker


@pytest.mark.parametrize("read_ahead", [b"", b"POST /s HTTP/1.1\r\nContent-Length: 9\r\nX: "])
@pytest.mark.parametrize("unread", [0, 1 << 20])
def test_a_request_for_health_that_could_hold_up_others_waits_with_all(
    worker: WebWorker, read_ahead: bytes, unread: int
) -> None:
    """It may be part of a form whose body never comes, or nobody reads the answers."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEALTH_HEAD)
        ours.setblocking(False)
        ours.send(bytes(unread))
        worker.enqueue_req(Mock(sock=ours, **{"parser.unreader.buf": BytesIO(read_ahead)}))
    assert worker.health_thread.submit.called == (not read_ahead and not unread)
    assert worker.tpool.submit.called == (not worker.health_thread.submit.called)


def test_what_follows_a_request_for_health_is_not_waited_for(
    worker: WebWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEALTH_HEAD)
        worker.enqueue_req(Mock(sock=ours, parser=None))
        ours.recv(len(HEALTH_HEAD))
        theirs.sendall(b"more")
        monkeypatch.setattr("gunicorn.workers.gthread.ThreadWorker.handle", lambda *_: False)
        handle, *arguments = worker.health_thread.submit.call_args.args
        handle(*arguments)
        assert ours.recv(4) == b"more"


def test_who_sends_more_than_there_is_room_for_gets_a_page(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = Path("/dev/full")
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full.open("w+b"))
    answer = Client(answer_in_turns(Mock())).post("/s", data=bytes(MAX_BODY_IN_MEMORY + 1))
    assert answer.status_code == 503
    assert "wurde nicht übernommen" in answer.text
    assert "No space left on device" in caplog.text


def connect_many(running: Served, content: bytes, stack: ExitStack) -> list[socket.socket]:
    """More clients than there are threads, each of which sends this much and waits."""
    address = ("127.0.0.1", int(running.base_url.rpartition(":")[2]))
    clients = []
    for _ in range(20):
        clients.append(stack.enter_context(socket.create_connection(address, timeout=60)))
        clients[-1].sendall(content)
    return clients


def refused(folder: Path, *arguments: str) -> str:
    """The only line of output of a command that cannot start."""
    command = [sys.executable, "-m", "signoff", "serve", "--instance", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line


def test_server_without_an_instance_explains_what_to_do(tmp_path: Path) -> None:
    assert "signoff init" in refused(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_server_with_an_older_schema_explains_what_to_do(tmp_path: Path) -> None:
    instance(tmp_path, "")
    db = sqlite3.connect(tmp_path / "signoff.sqlite")
    db.execute(
        "DELETE FROM _sqlite_migrations WHERE rowid = (SELECT MAX(rowid) FROM _sqlite_migrations)"
    )
    db.commit()
    db.close()
    assert "signoff migrate" in refused(tmp_path)


# behind a proxy that ends TLS


def certificate(folder: Path) -> ssl.SSLContext:
    """A self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )
    signed = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
    ).sign(key, hashes.SHA256())
    file = folder / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class Proxy:
    """Ends TLS and passes each request on with the headers nginx would set; one request a connection."""

    def __init__(self, port: int, behind: int) -> None:
        self.port, self.behind = port, behind

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            inner_reader, inner = await asyncio.open_connection("127.0.0.1", self.behind)
            inner.write(self.forwarded(head))
            length = [
                line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            ]
            if length:
                inner.write(await reader.readexactly(int(length[0].split(b":")[1])))
            writer.write(await inner_reader.read())
            await writer.drain()
            inner.close()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the browser opens connections it then does not use
        finally:
            writer.close()

    def forwarded(self, head: bytes) -> bytes:
        lines = [
            line
            for line in head.rstrip().split(b"\r\n")
            if not line.lower().startswith(b"connection:")
        ]
        host = f"localhost:{self.port}".encode()
        lines += [b"Connection: close", b"X-Forwarded-For: 192.0.2.1", b"X-Forwarded-Proto: https"]
        return b"\r\n".join([*lines, b"X-Forwarded-Host: " + host, b"", b""])


@contextmanager
def proxy(port: int, behind: int, context: ssl.SSLContext) -> Iterator[None]:
    """A proxy in a thread with an event loop of its own; Playwright's runs in the main thread."""
    started, stop_requested = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        handle = Proxy(port, behind).handle
        async with await asyncio.start_server(handle, "127.0.0.1", port, ssl=context):
            started.set()
            await stop_requested.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert started.wait(PATIENCE)
        yield
    finally:
        loop.call_soon_threadsafe(stop_requested.set)
        thread.join()


@pytest.mark.browser
def test_forms_work_over_https_behind_a_proxy(tmp_path: Path, chromium: Browser) -> None:
    outside, inside = free_port(), free_port()
    base = f"https://localhost:{outside}"
    instance(tmp_path, base)
    with (
        serving(tmp_path, base_url=base, port=inside, SIGNOFF_PROXIES="1") as running,
        proxy(outside, inside, certificate(tmp_path)),
    ):
        link = until(lambda: running.links().get(MAYOR))
        assert link.startswith(f"{base}/s/")
        context = chromium.new_context(ignore_https_errors=True)
        watch, page = Watch(context, base), context.new_page()
        answer = page.goto(link + "/answer")
        assert answer
        assert "max-age" in answer.headers["strict-transport-security"]
        page.locator("[name=answer][value=not_competent]").check()
        for name, value in CONTACT.items():
            page.locator(f"[name={name}]").fill(value)
        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.get_by_role("button", name="Weiter", exact=True).click()
        headers = sent.value.all_headers()
        assert headers["origin"] == base
        assert headers["referer"] == f"{base}/"
        page.locator("[name=confirm]").fill("Musterhausen")
        page.get_by_role("button", name="Rückmeldung abgeben").and_(
            page.locator(":visible")
        ).click()
        page.wait_for_selector("main[data-page=receipt]")
        assert [
            cookie["secure"] for cookie in context.cookies() if cookie["name"] == "__Host-signoff"
        ] == [True]
        assert watch.problems == []
        context.close()
