"""Printed and released files, each under its own digest: written once, whole or not at all.

``prints`` holds what was printed; ``released`` holds what was released, each file beside a record that says which
release it is, so that a file can be verified without the database. ``evidence`` holds scans of letters, which nobody
but the office ever sees.
"""

import json
import os
import tempfile
from hashlib import sha256
from pathlib import Path


class Archive:
    """The folder of files. A name is the SHA-256 of the content, as 64 hexadecimal digits."""

    def __init__(self, folder: Path) -> None:
        self.prints = folder / "prints"
        self.released = folder / "released"
        self.scans = folder / "evidence"

    def keep(self, content: bytes) -> str:
        """Keep a printed file; gives its digest."""
        digest = sha256(content).hexdigest()
        write_whole(self.prints / f"{digest}.pdf", content)
        return digest

    def printed(self, digest: str) -> Path:
        return self.prints / f"{digest}.pdf"

    def keep_scan(self, content: bytes, type: str) -> str:
        """Keep a scan (``type`` is the ending of its name); gives its digest."""
        digest = sha256(content).hexdigest()
        write_whole(self.scan(digest, type), content)
        return digest

    def scan(self, digest: str, type: str) -> Path:
        return self.scans / f"{digest}.{type}"

    def publish(self, digest: str, record: dict[str, object]) -> None:
        """Lay the printed file and its record among the released ones; again and again the same."""
        write_whole(self.released / f"{digest}.pdf", self.printed(digest).read_bytes())
        text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
        write_whole(self.released / f"{digest}.json", text.encode())

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


def write_whole(path: Path, content: bytes) -> None:
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
