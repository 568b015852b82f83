"""Damaged files: an importer reads them, or refuses with its documented error, in bounded time and memory.

Sample files are changed at random, the packed ones inside their parts too. A child process runs with limits.
"""

import random
import resource
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from signoff.domain.errors import Refusal
from signoff.importers.errors import FileRefused
from signoff.importers.members import read_members
from signoff.importers.papers import read_for_editor
from signoff.importers.uploads import read_logo, read_picture
from signoff.mail.bounces import classify_message
from signoff.mail.message import BouncePath
from signoff.mail.replies import read_attachments
from tests.importers.sheet_files import ods, workbook
from tests.pdf.documents import picture

pytestmark = pytest.mark.soak

DATA = Path(__file__).parents[1] / "data"
MEMORY = 1_500_000_000  # bytes of address space
SECONDS = 20  # of the processor, for one file
INPUTS = 200
RETURNS = BouncePath("bounces@forum.example", [b"k" * 32])
ROWS = (
    ["Schlüssel", "Name", "Amtliche Bezeichnung", "E-Mail"],
    ["06411000", "Darmstadt", "Stadt Darmstadt", "a@darmstadt.example"],
    ["06412000", "Frankfurt", "Stadt Frankfurt", "b@frankfurt.example"],
)
HTML = b"<h2>Eins</h2><table><tr><td colspan=2>a</td></tr></table><ol><li>b<ul><li>c</ul></ol>"
PIECES = [
    b"<",
    b">",
    b"&",
    b'"',
    b"\0",
    b"\xff",
    b"\r\n",
    b"9" * 30,
    b"-1",
    b"[",
    b"](",
    b"|",
    b"=?",
]


def read_mail(content: bytes) -> object:
    bounce = classify_message(content, RETURNS)
    return bounce, read_attachments(content)


def list_samples(kind: str) -> list[bytes]:
    if kind == "mail":
        return [path.read_bytes() for path in sorted((DATA / "mail").iterdir())]
    return {
        "docx": [(DATA / "leitgedanken.docx").read_bytes()],
        "md": [(DATA / "leitgedanken.md").read_bytes(), HTML],
        "csv": [(DATA / "members.csv").read_bytes()],
        "xlsx": [workbook(*ROWS)],
        "ods": [ods(*ROWS)],
        "picture": [picture().content],
    }[kind]


READERS: dict[str, Callable[[bytes], object]] = {
    "docx": lambda content: read_for_editor("text.docx", content, "Titel"),
    "md": lambda content: read_for_editor("text.md", content, "Titel"),
    "csv": lambda content: read_members("m.csv", content),
    "xlsx": lambda content: read_members("m.xlsx", content),
    "ods": lambda content: read_members("m.ods", content),
    "picture": lambda content: (read_picture(content), read_logo(content)),
    "mail": read_mail,
}


def damage(content: bytes) -> bytes:
    """A few random changes: bytes, pieces, repetitions, cuts."""
    changed = bytearray(content)
    for _ in range(random.choice([1, 1, 2, 4, 16])):
        at = random.randrange(len(changed) + 1)
        end = min(len(changed), at + random.choice([1, 1, 4, 40, 400]))
        changed[at:end] = random.choice(
            [
                b"",
                random.choice(PIECES),
                bytes(changed[at:end]) * random.choice([2, 3, 200]),
                random.randbytes(end - at),
                bytes(changed[end : end + (end - at)]),
            ]
        )
    return bytes(
        changed[: random.randrange(len(changed) + 1)] if random.random() < 0.05 else changed
    )


def damage_part(content: bytes) -> bytes:
    """A packed file with one damaged part."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    chosen = random.choice(sorted(parts))
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, damage(part) if name == chosen else part)
    return file.getvalue()


def fuzz(kind: str) -> None:
    """Print what became of each file, and end with an error at the first other exception."""
    samples, read, counts = list_samples(kind), READERS[kind], Counter[str]()
    for sample in samples:
        read(sample)  # else nothing is tested
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number in range(INPUTS):
        random.seed(f"{kind} {number}")
        sample = random.choice(samples)
        packed = sample.startswith(b"PK") and random.random() < 0.9
        content = damage_part(sample) if packed else damage(sample)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            read(content)
            counts["read"] += 1
        except (FileRefused, Refusal):
            counts["refused"] += 1
        except BaseException:
            print(f"{kind} {number}: {len(content)} bytes", file=sys.stderr)
            raise
    signal.setitimer(signal.ITIMER_PROF, 0)
    print(dict(counts))


@pytest.mark.parametrize("kind", ["docx", "md", "csv", "xlsx", "ods", "picture", "mail"])
def test_damaged_files_are_read_or_refused(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, kind],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    print(kind, done.stdout)
    assert done.returncode == 0, done.stderr[-3000:]


if __name__ == "__main__":
    fuzz(sys.argv[1])
