"""Working copies made on request, once each: a cache under the copy's digest, and a door that lets few in at a time.

Mail scanners fetch every address of a page, again and again; a print costs most of a second of a processor,
a Word document a twentieth.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Semaphore
from typing import Any

from signoff.domain.documents import Document, WorkingCopy
from signoff.domain.errors import PrinterBusy
from signoff.domain.text import canonical_digest

# Printed and released files, each under its own digest: written once, whole or not at all.
#
# ``prints`` holds what was printed; ``annexes`` what was attached to papers; ``released`` holds what was released, each
# file beside a record that says which release it is, so that a file can be verified without the database. ``evidence``
# holds scans of letters, which nobody but the office ever sees.


class Archive:
    """The folder of files. A name is the SHA-256 of the content, as 64 hexadecimal digits."""

    def __init__(self, folder: Path) -> None:
        self.prints = folder / "prints"
        self.annexes = folder / "annexes"
        self.released = folder / "released"
        self.scans = folder / "evidence"

    def keep(self, content: bytes) -> str:
        """Keep a printed file; gives its digest."""
        digest = sha256(content).hexdigest()
        write_atomically(self.prints / f"{digest}.pdf", content)
        return digest

    def keep_annex(self, content: bytes) -> str:
        """Keep a file that was attached to a paper; gives its digest."""
        digest = sha256(content).hexdigest()
        write_atomically(self.annex(digest), content)
        return digest

    def annex(self, digest: str) -> Path:
        return self.annexes / f"{digest}.pdf"

    def printed(self, digest: str) -> Path:
        return self.prints / f"{digest}.pdf"

    def keep_scan(self, content: bytes, type: str) -> str:
        """Keep a scan (``type`` is the ending of its name); gives its digest."""
        digest = sha256(content).hexdigest()
        write_atomically(self.scan(digest, type), content)
        return digest

    def scan(self, digest: str, type: str) -> Path:
        return self.scans / f"{digest}.{type}"

    def publish(self, digest: str, record: dict[str, object]) -> None:
        """Lay the printed file and its record among the released ones; again and again the same."""
        write_atomically(self.released / f"{digest}.pdf", self.printed(digest).read_bytes())
        text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(self.released / f"{digest}.json", text.encode())

    def withdraw(
        self,
        digest: str,
        record: dict[str, object],
        prints: Iterable[str],
        annexes: Iterable[str] = (),
    ) -> None:
        """Take a released file away, the prints that hold the same and the annexes; its record stays and says why."""
        text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(self.released / f"{digest}.json", text.encode())
        same = (self.printed(each) for each in {digest, *prints})
        for path in (self.file(digest), *same, *map(self.annex, annexes)):
            path.unlink(missing_ok=True)

    def file(self, digest: str) -> Path:
        """Where the released file with this digest stands."""
        return self.released / f"{digest}.pdf"

    def record(self, content: bytes) -> dict[str, object] | None:
        """Which release ``content`` is, or ``None`` where it is none of ours (or altered by a single bit)."""
        path = self.released / f"{sha256(content).hexdigest()}.json"
        if not path.exists():
            return None
        record: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return record


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that the file is there whole or not at all, also after a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


CachedDocument = WorkingCopy | Document
MAX_RENDERING, MAX_WAITING = 1, 3  # requests that make something, and that wait for their turn
QUEUE_TIMEOUT = 20.0  # seconds
MAX_CACHED_FILES, MAX_FILE_AGE = (
    2000,
    30 * 24 * 3600.0,
)  # files kept, and how long (seconds): receipts name persons


class RenderCache:
    """Gives the file of a working copy: ``makers`` make its bytes, by the ending of the file's name.

    ``layout`` names the style it is set in: another style, another file.
    """

    def __init__(
        self, folder: Path, makers: Mapping[str, Callable[[Any], bytes]], layout: str = ""
    ) -> None:
        self.folder = folder
        self.makers = makers
        self.layout = layout
        self.places, self.presses = Semaphore(MAX_RENDERING + MAX_WAITING), Semaphore(MAX_RENDERING)

    def __call__(self, copy: CachedDocument, kind: str = "pdf") -> bytes:
        """The file, from the cache where it has been made before.

        Raises ``Busy`` where too many wait already, and ``Unprintable`` where it cannot be set.
        """
        path = self.folder / f"{canonical_digest([self.layout, copy.digest])}.{kind}"
        if (found := read_if_exists(path)) is not None:
            return found
        with self.turn():
            if (found := read_if_exists(path)) is not None:
                return found
            content = self.makers[kind](copy)
            write_atomically(path, content)
            self.tidy()
        return content

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A place at the press; raises ``Busy`` at once where all are taken, so that no thread hangs in a crowd."""
        if not self.places.acquire(blocking=False):
            raise PrinterBusy
        try:
            if not self.presses.acquire(timeout=QUEUE_TIMEOUT):
                raise PrinterBusy
            try:
                yield
            finally:
                self.presses.release()
        finally:
            self.places.release()

    def forget(self) -> None:
        """Let every file go: they can be made again, those that may."""
        for path in self.folder.glob("[0-9a-f]*"):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Forget what is old, and the oldest of too many; age counts from the newest file, not from a clock."""
        files = sorted(
            ((path.stat().st_mtime, path) for path in self.folder.glob("[0-9a-f]*")), reverse=True
        )
        for at, (made, path) in enumerate(files):
            if at >= MAX_CACHED_FILES or files[0][0] - made > MAX_FILE_AGE:
                path.unlink(missing_ok=True)


def read_if_exists(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
