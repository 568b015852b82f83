"""A second machine, if wanted: Litestream copies the database to a place that it can be taken over
from, and what is acknowledged waits for the copy.

``deploy/standby`` has the set-up. The control socket of Litestream speaks HTTP.
"""

import json
import socket
import subprocess
from contextlib import closing
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from signoff.config import Settings

TIMEOUT = 5  # seconds that an answer waits for the copy
RESTORE_TIMEOUT = 600  # seconds


class StandbyError(Exception):
    """Why the second machine does not have what was saved last, in the words of what has failed."""


class SocketConnection(HTTPConnection):
    """HTTP through a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT + 1)
        self.sock.connect(self.path)


def wait_for_copy(settings: Settings) -> None:
    """Return once the copy has everything that is committed; at once where there is none.

    Raises ``StandbyError``.
    """
    if not settings.standby_socket:
        return
    order = json.dumps({"path": str(settings.database), "wait": True, "timeout": TIMEOUT})
    try:
        with closing(SocketConnection(settings.standby_socket)) as connection:
            connection.request("POST", "/sync", order, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            words = answer.read().decode("utf-8", "replace").strip()
            state = json.loads(words) if answer.status == 200 else {}
    except (OSError, HTTPException, ValueError) as problem:
        raise StandbyError(getattr(problem, "strerror", None) or str(problem)) from None
    if not state or state.get("replicated_txid") != state.get("txid"):
        raise StandbyError(words or str(answer.status))


def is_awaited(settings: Settings, deadline: datetime | None, now: datetime) -> bool:
    """Whether an answer to a round with this deadline waits for the copy."""
    if settings.standby_hours is None or deadline is None:
        return True
    return now >= deadline - timedelta(hours=settings.standby_hours)


def restore_copy(url: str, database: Path) -> None:
    """Write the database of the copy at ``url`` to a new file. Raises ``StandbyError``."""
    command = ["litestream", "restore", "-integrity-check", "full", "-o", str(database), url]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=RESTORE_TIMEOUT)
    except subprocess.CalledProcessError as problem:
        lines = problem.stderr.strip().splitlines() or [str(problem.returncode)]
        raise StandbyError(lines[-1]) from None
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise StandbyError(str(problem)) from None
