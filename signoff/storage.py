"""Files of an instance: the archive of printed and released files, a cache of files rendered on
request, and the turns of what is costly.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Semaphore
from typing import Any, BinaryIO

from signoff.domain.documents import Document, WorkingCopy
from signoff.domain.errors import Busy
from signoff.domain.text import canonical_digest
from signoff.turns import end_turn

PART_PREFIX = ".part-"  # of files that are still being written
PART_NAME_LENGTH = 50  # characters of the name that they will get


class Archive:
    """Stored files, each named by the SHA-256 of its content (64 hexadecimal digits) and written
    once.

    ``prints`` holds printed files, each final one beside the list that is embedded in it and the
    settings it was printed with (JSON), ``annexes`` what was attached to papers, ``evidence`` scans
    that only the office can open. ``released`` holds released files, each beside a record of its
    release, so that it can be verified without the database.
    """

    def __init__(self, folder: Path) -> None:
        self.prints = folder / "prints"
        self.annexes = folder / "annexes"
        self.released = folder / "released"
        self.scans = folder / "evidence"

    def store_print(self, content: bytes, list_data: str = "", settings: str = "") -> str:
        """Store a printed file, the list that is embedded in it, and the settings it was printed
        with; returns its digest.
        """
        digest = sha256(content).hexdigest()
        for path, text in (
            (self.list_path(digest), list_data),
            (self.settings_path(digest), settings),
        ):
            if text:
                write_atomically(path, text.encode())
        write_atomically(self.prints / f"{digest}.pdf", content)
        return digest

    def store_annex(self, content: bytes) -> str:
        """Store a file that was attached to a paper; returns its digest."""
        digest = sha256(content).hexdigest()
        write_atomically(self.annex_path(digest), content)
        return digest

    def annex_path(self, digest: str) -> Path:
        return self.annexes / f"{digest}.pdf"

    def print_path(self, digest: str) -> Path:
        return self.prints / f"{digest}.pdf"

    def list_path(self, digest: str) -> Path:
        return self.prints / f"{digest}.json"

    def settings_path(self, digest: str) -> Path:
        return self.prints / f"{digest}.settings.json"

    def read_settings(self, digest: str) -> bytes:
        """The settings a print was made with; empty if they are not known."""
        return read_if_exists(self.settings_path(digest)) or b""

    def read_print(self, digest: str) -> bytes:
        """The bytes of a print; empty if there is no such file."""
        return read_if_exists(self.print_path(digest)) or b""

    def store_scan(self, content: bytes, media_type: str) -> str:
        """Store a scan; returns its digest. ``media_type`` is the extension of its name."""
        digest = sha256(content).hexdigest()
        write_atomically(self.scan_path(digest, media_type), content)
        return digest

    def scan_path(self, digest: str, media_type: str) -> Path:
        return self.scans / f"{digest}.{media_type}"

    def remove_scan(self, digest: str, media_type: str) -> None:
        """Delete a scan; it may be gone already."""
        self.scan_path(digest, media_type).unlink(missing_ok=True)

    def publish(self, digest: str, record: dict[str, object]) -> None:
        """Copy the printed file to the released ones, with its record; may be repeated."""
        write_atomically(self.released / f"{digest}.pdf", self.print_path(digest).read_bytes())
        text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(self.released / f"{digest}.json", text.encode())

    def store_renewal(self, content: bytes, record: dict[str, object]) -> str:
        """Store a later file of a release beside it; its record has its digest, which is
        returned.
        """
        digest = sha256(content).hexdigest()
        write_atomically(self.release_path(digest), content)
        text = json.dumps(record | {"sha256": digest}, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(self.released / f"{digest}.json", text.encode())
        return digest

    def remove_release(
        self,
        digest: str,
        record: dict[str, object],
        prints: Iterable[str],
        annexes: Iterable[str] = (),
    ) -> None:
        """Delete a released file, the prints with the same content and the annexes; its record
        stays and says why.
        """
        text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(self.released / f"{digest}.json", text.encode())
        same = {digest, *prints}
        for path_of in (self.list_path, self.settings_path, self.print_path):
            for each in same:
                path_of(each).unlink(missing_ok=True)
        for path in (self.release_path(digest), *map(self.annex_path, annexes)):
            path.unlink(missing_ok=True)

    def remove_drafts(self, prints: Iterable[str], annexes: Iterable[str]) -> None:
        """Delete the files of a text that was deleted."""
        for path in (*map(self.print_path, prints), *map(self.annex_path, annexes)):
            path.unlink(missing_ok=True)

    def release_path(self, digest: str) -> Path:
        return self.released / f"{digest}.pdf"

    def is_intact(self, path: Path) -> bool:
        """Whether the name of a file is the digest of its content. A file that has not changed
        since the last check is not read again.
        """
        facts = path.stat()
        return is_digest_of(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)

    def find_record(self, content: bytes) -> dict[str, object] | None:
        """The record of the release with this content; ``None`` for any other content."""
        path = self.released / f"{sha256(content).hexdigest()}.json"
        if not path.exists():
            return None
        record: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return record

    def is_superseded(self, record: dict[str, object]) -> bool:
        """Whether a later edition of the same list was released."""
        others = (json.loads(path.read_text("utf-8")) for path in self.released.glob("*.json"))
        same = ("paper", "edition_digest")
        return any(
            other["kind"] == "edition"
            and all(other[name] == record[name] for name in same)
            and "withdrawn_at" not in other
            and other["as_of"] > record["as_of"]
            for other in others
        )


@lru_cache(maxsize=4096)
def is_digest_of(path: Path, *facts: int) -> bool:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == path.stem


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it exists completely or not at all, even after a power cut."""
    with open_atomically(path) as part:
        part.write(content)


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A new file that gets its name when the block ends, and is deleted if the block raises."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    prefix = f"{PART_PREFIX}{path.name[:PART_NAME_LENGTH]}-"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "w+b") as part:
            yield part
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


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Wait for all others, in this process and in others, who hold the lock of the same folder. It
    does not outlive the process. Raises ``OSError`` without such a folder.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Wait for all others, in this process and in others, who are making the same file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(f"{PART_PREFIX}{path.name}")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


class Slots:
    """How many requests may do something costly at a time, and how many more wait for a turn.

    Where ``locks`` are given, one for each turn, the other processes of the instance count too:
    each running request holds one of these files.
    """

    def __init__(
        self, running: int, waiting: int, timeout: float, locks: Sequence[Path] = ()
    ) -> None:
        self.timeout = timeout  # seconds
        self.locks = locks
        self.waiting = Semaphore(running + waiting)
        self.running = Semaphore(running)

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Wait for a turn; raises ``Busy`` at once if too many wait already."""
        end_turn()
        if not self.waiting.acquire(blocking=False):
            raise Busy
        try:
            if not self.running.acquire(timeout=self.timeout):
                raise Busy
            try:
                with lock_one(self.locks) if self.locks else nullcontext():
                    yield
            finally:
                self.running.release()
        finally:
            self.waiting.release()


@contextmanager
def lock_one(paths: Iterable[Path]) -> Iterator[None]:
    """Hold the first of these files that nobody else holds; raises ``Busy`` without one."""
    with ExitStack() as handles:
        for path in paths:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            handles.callback(os.close, handle)
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        else:
            raise Busy
        yield


# Rendered files. Mail scanners fetch every address of a page repeatedly; a PDF costs most of a
# second of a processor, a Word document a twentieth.

CachedDocument = WorkingCopy | Document
MAX_RENDERING = min(os.cpu_count() or 1, 4)  # requests at a time
MAX_WAITING = 3  # further requests that wait for their turn
QUEUE_TIMEOUT = 20.0  # seconds
MAX_CACHED_FILES = 2000
MAX_FILE_AGE = 30 * 24 * 3600.0  # seconds; receipts name persons, so they are not kept for long


class Makeshift(bytes):
    """A rendered file that is served but not kept, because a better one can be made later."""


class RenderCache:
    """Rendered files of documents, cached under their digests, with a limit on how many are
    rendered at a time.

    ``renderers`` render a document, by the extension of the file. ``layout`` names their style:
    with another style, a document is rendered anew.
    """

    def __init__(
        self, folder: Path, renderers: Mapping[str, Callable[[Any], bytes]], layout: str = ""
    ) -> None:
        self.folder = folder
        self.renderers = renderers
        self.layout = layout
        self.slots = Slots(MAX_RENDERING, MAX_WAITING, QUEUE_TIMEOUT)

    def __call__(self, document: CachedDocument, kind: str = "pdf") -> bytes:
        """The rendered file.

        Raises ``Busy`` if too many requests wait, and ``PrintError`` if it fails.
        """
        path = self.folder / f"{canonical_digest([self.layout, document.digest])}.{kind}"
        if (cached := read_if_exists(path)) is not None:
            return cached
        with self.slots.acquire(), lock_file(path):
            if (cached := read_if_exists(path)) is not None:
                return cached
            content = self.renderers[kind](document)
            if not isinstance(content, Makeshift):
                write_atomically(path, content)
                self.evict()
        return content

    def render_once(self, document: CachedDocument, kind: str = "pdf") -> bytes:
        """The same for a document with secrets, which no file keeps."""
        with self.slots.acquire():
            return self.renderers[kind](document)

    def clear(self) -> None:
        """Delete every file; they can be rendered again."""
        for path in self.folder.glob("[0-9a-f]*"):
            path.unlink(missing_ok=True)

    def evict(self) -> None:
        """Delete old files, and the oldest of too many.

        Age is measured from the newest file, not from a clock.
        """
        files = []
        with os.scandir(self.folder) as entries:  # much faster than ``Path.glob``
            for entry in entries:
                with suppress(FileNotFoundError):  # another request deletes them too
                    if not entry.name.startswith(PART_PREFIX):
                        files.append((entry.stat().st_mtime, entry.path))
        files.sort(reverse=True)
        for index, (modified, path) in enumerate(files):
            if index >= MAX_CACHED_FILES or files[0][0] - modified > MAX_FILE_AGE:
                Path(path).unlink(missing_ok=True)


def read_if_exists(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
