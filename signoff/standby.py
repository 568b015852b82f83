"""An optional second machine: Litestream copies the database to where it can take over, and
acknowledgements wait for the copy.

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
TRIES = 3  # Litestream reads the numbers of an answer one after the other
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


class CopyService:
    """Waits until the copy has an entry of the audit log, and remembers up to which one it has all.

    Where there is no second machine it never waits.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.length = 0

    def __call__(self, length: int) -> None:
        """Return once the copy has the first ``length`` entries. Raises ``StandbyError``."""
        if self.settings.standby_socket and length > self.length:
            wait_for_copy(self.settings)
            self.length = length


def wait_for_copy(settings: Settings) -> None:
    """Return once the copy has everything that is committed. Raises ``StandbyError``."""
    for _ in range(TRIES):
        words = request_copy(settings)
        if is_complete(words):
            return
    raise StandbyError(words)


def request_copy(settings: Settings) -> str:
    """Have Litestream copy; returns what it says afterwards. Raises ``StandbyError``."""
    order = json.dumps({"path": str(settings.database), "wait": True, "timeout": TIMEOUT})
    try:
        with closing(SocketConnection(settings.standby_socket)) as connection:
            connection.request("POST", "/sync", order, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            words = answer.read().decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as problem:
        raise StandbyError(getattr(problem, "strerror", None) or str(problem)) from None
    if answer.status != 200:
        raise StandbyError(words or str(answer.status))
    return words


def is_complete(words: str) -> bool:
    """Whether the copy has the last transaction of the database, or a later one."""
    try:
        state = json.loads(words)
        return bool(0 < state["txid"] <= state["replicated_txid"])
    except (ValueError, TypeError, KeyError):
        return False


def is_awaited(settings: Settings, deadline: datetime | None, now: datetime) -> bool:
    """Whether an answer to a round with this deadline waits for the copy."""
    if settings.standby_hours is None or deadline is None:
        return True
    return now >= deadline - timedelta(hours=settings.standby_hours)


def restore_copy(url: str, database: Path) -> None:
    """Write the database of the copy at ``url`` to a new file. Raises ``StandbyError``, without the
    address, which may contain a password.
    """
    command = ["litestream", "restore", "-integrity-check", "full", "-o", str(database), url]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=RESTORE_TIMEOUT)
    except subprocess.CalledProcessError as problem:
        lines = problem.stderr.strip().splitlines() or [str(problem.returncode)]
        raise StandbyError(lines[-1].replace(url, "…")) from None
    except subprocess.TimeoutExpired:
        raise StandbyError(f"litestream restore: {RESTORE_TIMEOUT} s") from None
    except OSError as problem:
        raise StandbyError(f"litestream: {problem.strerror}") from None
