"""Working copies made on request, once each: a cache under the copy's digest, and a door that lets few in at a time.

Mail scanners fetch every address of a page, again and again; a print costs most of a second of a processor,
a Word document a twentieth.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Semaphore
from typing import Any

from signoff.archive import write_whole
from signoff.domain.canonical import digest
from signoff.domain.document import Document
from signoff.domain.failure import Busy
from signoff.domain.working import WorkingCopy

AnyCopy = WorkingCopy | Document
AT_ONCE, WAITING = 1, 3  # requests that make something, and that wait for their turn
PATIENCE = 20.0  # seconds
MOST, OLDEST = 2000, 30 * 24 * 3600.0  # files kept, and how long (seconds): receipts name persons


class Copies:
    """Gives the file of a working copy: ``makers`` make its bytes, by the ending of the file's name.

    ``layout`` names the style it is set in: another style, another file.
    """

    def __init__(self, folder: Path, makers: Mapping[str, Callable[[Any], bytes]], layout: str = "") -> None:
        self.folder = folder
        self.makers = makers
        self.layout = layout
        self.places, self.presses = Semaphore(AT_ONCE + WAITING), Semaphore(AT_ONCE)

    def __call__(self, copy: AnyCopy, kind: str = "pdf") -> bytes:
        """The file, from the cache where it has been made before.

        Raises ``Busy`` where too many wait already, and ``Unprintable`` where it cannot be set.
        """
        path = self.folder / f"{digest([self.layout, copy.digest])}.{kind}"
        if (found := content_of(path)) is not None:
            return found
        with self.turn():
            if (found := content_of(path)) is not None:
                return found
            content = self.makers[kind](copy)
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
        files = sorted(((path.stat().st_mtime, path) for path in self.folder.glob("[0-9a-f]*")), reverse=True)
        for at, (made, path) in enumerate(files):
            if at >= MOST or files[0][0] - made > OLDEST:
                path.unlink(missing_ok=True)


def content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
