"""Working copies printed on request, once each: a cache under the copy's digest, and a door that lets few in at a time.

Mail scanners fetch every address of a page, again and again; a print costs most of a second of a processor.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Semaphore
from typing import Protocol

from signoff.archive import write_whole
from signoff.domain.canonical import digest
from signoff.domain.failure import Busy
from signoff.domain.working import WorkingCopy

AT_ONCE, WAITING = 1, 3  # requests that print, and that wait for their turn
PATIENCE = 20.0  # seconds
MOST, OLDEST = 2000, 30 * 24 * 3600.0  # files kept, and how long (seconds): receipts name persons


class Printed(Protocol):
    """A printed PDF."""

    @property
    def content(self) -> bytes: ...


class Copies:
    """Gives the PDF of a working copy. ``layout`` names the style it is set in: another style, another file."""

    def __init__(self, folder: Path, print_copy: Callable[[WorkingCopy], Printed], layout: str = "") -> None:
        self.folder = folder
        self.print_copy = print_copy
        self.layout = layout
        self.places, self.presses = Semaphore(AT_ONCE + WAITING), Semaphore(AT_ONCE)
        self.sizes: dict[str, int] = {}  # bytes, of what was made last under a name; shown beside a download

    def __call__(self, copy: WorkingCopy) -> bytes:
        """The PDF, from the cache where it has been printed before.

        Raises ``Busy`` where too many wait already, and ``Unprintable`` where it cannot be set.
        """
        path = self.folder / f"{digest([self.layout, copy.digest])}.pdf"
        if (found := content_of(path)) is not None:
            return found
        with self.turn():
            if (found := content_of(path)) is not None:
                return found
            content = self.print_copy(copy).content
            write_whole(path, content)
            self.tidy()
        return content

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A place at the press; raises ``Busy`` at once where all are taken, so that no thread hangs in a crowd."""
        if not self.places.acquire(blocking=False):
            raise Busy
        try:
            if not self.presses.acquire(timeout=PATIENCE):
                raise Busy
            try:
                yield
            finally:
                self.presses.release()
        finally:
            self.places.release()

    def tidy(self) -> None:
        """Forget what is old, and the oldest of too many; age counts from the newest file, not from a clock."""
        files = sorted(((path.stat().st_mtime, path) for path in self.folder.glob("*.pdf")), reverse=True)
        for at, (made, path) in enumerate(files):
            if at >= MOST or files[0][0] - made > OLDEST:
                path.unlink(missing_ok=True)


def content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
