"""A real ``signoff serve`` in its own process, with its own port and an instance in a temporary folder."""

import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import urlopen

from flask import Flask
from werkzeug.serving import make_server

from signoff import actions, security
from signoff.actions.rounds import Opening
from signoff.cli.context import Context, open_context
from signoff.cli.instance import create_instance
from signoff.domain.accounts import Role
from signoff.domain.papers import Text
from signoff.domain.rounds import Terms
from tests.factories import CAST, FORUM, SLUG, TEXT
from tests.world import open_round

T = TypeVar("T")

STAFF, PASSWORD = "leitung@forum.example", "vier Wörter ohne Zusammenhang"
DAYS = 60
PRESSURE = Path("/proc/pressure/cpu")  # what the Linux kernel counts, in microseconds
PATIENCE = 120.0  # seconds until a slow machine counts as a failure: a print alone can take 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Served:
    """A running server and its instance."""

    folder: Path
    base_url: str
    process: subprocess.Popen[bytes]

    @property
    def context(self) -> Context:
        """The instance, opened again each time, as by the command line."""
        return open_context(self.folder)

    def links(self) -> dict[str, str]:
        """The links of the invitations that the worker has sent, by recipient."""
        addresses = {}
        for path in sorted((self.folder / "outbox").glob("*.eml")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            text = message.get_body(("plain",)).get_content()
            if link := re.search(r"^https?://\S+/s/\S+$", text, re.MULTILINE):
                addresses.setdefault(message["To"].addresses[0].addr_spec, link[0])
        return addresses

    def list_mails(self, email: str, subject: str = "") -> list[EmailMessage]:
        """The mails to this address with ``subject`` in their subject, oldest first."""
        paths = sorted((self.folder / "outbox").glob("*.eml"))
        mails = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths)
        return [
            mail
            for mail in mails
            if mail["To"].addresses[0].addr_spec == email and subject in mail["Subject"]
        ]

    def count_mails(self, kind: str = "") -> int:
        """How many mails of this kind lie in the outbox; digests and reminders come with the calendar."""
        return sum(kind in path.name for path in (self.folder / "outbox").glob("*.eml"))


def until(what: Callable[[], T], patience: float = PATIENCE) -> T:
    """Wait until ``what`` returns a true value and return it; fail after ``patience`` seconds."""
    give_up = time.monotonic() + patience
    while True:
        if result := what():
            return result
        assert time.monotonic() < give_up, f"waited {patience} s for {what}"
        time.sleep(0.05)


def read_idle_clock() -> float:
    """Seconds of a clock that stands while anything on this machine waits for a processor.

    For promises in seconds, which hold for a machine that has nothing else to do.
    """
    waited = 0
    if PRESSURE.exists():
        waited = int(PRESSURE.read_text("utf-8").splitlines()[0].rpartition("total=")[2])
    return time.monotonic() - waited / 1e6


def instance(folder: Path, base_url: str, text: Text = TEXT) -> Context:
    """Create an instance with members, a paper and an open round."""
    create_instance(folder, FORUM)
    context = open_context(folder)
    now = datetime.now(UTC)
    actions.member_import.import_members(context.db, CAST, "office", now)
    actions.papers.add_paper(context.db, SLUG, text, "office", now)
    opening = Opening((now + timedelta(days=DAYS)).date(), ("voll",), Terms(public=True))
    open_round(context.db, SLUG, opening, "office", now, setup_required=False)
    actions.accounts.add(
        context.db, STAFF, "Leitung", Role.ADMIN, security.hash_password(PASSWORD), "cli", now
    )
    context.db.close()
    return context


@contextmanager
def serving(
    folder: Path,
    *,
    base_url: str = "",
    port: int = 0,
    module: str = "signoff",
    **environment: str,
) -> Iterator[Served]:
    """Serve an instance in ``folder`` until the end of the block."""
    port = port or free_port()
    base_url = base_url or f"http://localhost:{port}"
    variables = (
        os.environ | {"SIGNOFF_BASE_URL": base_url, "SIGNOFF_SECOND_FACTOR": "off"} | environment
    )
    command = [
        sys.executable,
        "-m",
        module,
        "serve",
        "--instance",
        str(folder),
        "--port",
        str(port),
    ]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    try:
        until(lambda: healthy(port) or process.poll() is not None)
        assert process.poll() is None, (folder / "serve.log").read_text()
        yield Served(folder, base_url, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """Serve ``app`` from threads of this process; gives its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except HTTPError:
        return False
    except OSError:
        return False
