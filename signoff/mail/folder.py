"""A folder that takes the mail where there is no server: one file a message, in the order of sending."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from signoff.domain.delivery import PostFailed

NUMBERED = re.compile(r"(\d{6,})-.*\.eml")
NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


class Folder:
    """Posts into ``path``: ``000001-invitation-gelsenkirchen.eml``, RFC 5322 with
    the line ends of this system, mode 0600.

    A message stands there whole and on disk, or not at all; the number grows across processes and clock jumps. Raises
    ``PostFailed`` (temporary) where the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = -1  # not looked yet

    def __call__(self, message: EmailMessage) -> None:
        content = message.as_bytes().replace(b"\r\n", b"\n")  # lines as files here have them
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._counter() as counter:
                number = self._next(counter)
                self._write(content, f"{number:06d}-{told(message)}.eml")
        except OSError as error:
            raise PostFailed(str(error), server=True) from error

    def close(self) -> None:
        """Nothing is held open; here so that a folder can stand where a server can."""

    @contextmanager
    def _counter(self) -> Iterator[int]:
        """The file with the last number, locked: one writer at a time, and a killed one leaves no lock behind."""
        counter = os.open(self.path / ".number", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(counter, fcntl.LOCK_EX)
            yield counter
        finally:
            os.close(counter)

    def _next(self, counter: int) -> int:
        """One more than ever before. The folder itself is read once: the counter may be lost in a power cut."""
        if self._last < 0:
            found = (NUMBERED.fullmatch(each.name) for each in self.path.iterdir())
            self._last = max((int(match[1]) for match in found if match), default=0)
        counted = os.pread(counter, 20, 0)
        self._last = max(self._last, int(counted) if counted.isdigit() else 0) + 1
        os.pwrite(counter, b"%020d" % self._last, 0)
        return self._last

    def _write(self, content: bytes, name: str) -> None:
        """Under the lock, so that one name for the unfinished file is enough and a killed writer's is used again."""
        unfinished = self.path / ".writing"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self.path / name)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def told(message: EmailMessage) -> str:
    """Kind and place for the file's name: the beginning of the Message-ID and of the recipient's domain."""
    kind = str(message["Message-ID"] or "").lstrip("<").partition(".")[0]
    domain = str(message["To"] or "").rpartition("@")[2].partition(".")[0]
    return "-".join(NOT_IN_A_NAME.sub("_", part.lower()).strip("_") or "message" for part in (kind, domain))[:80]
