"""Feed an importer with damaged files: ``python -m tests.importers.fuzz_files KIND FOLDER RUNS``.

atheris changes the samples, the packed ones inside their parts, and goes on with what reaches new
code. It ends with an error at the first exception that is not documented; the file is in FOLDER.
"""

import random
import resource
import signal
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import atheris

# The libraries that read for us, too. What atheris has loaded itself (email) keeps as it is.
LIBRARIES = ["PIL", "flufl.bounce", "mammoth", "markdown_it", "openpyxl"]
with atheris.instrument_imports(include=["signoff.importers", "signoff.mail", *LIBRARIES]):
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

DATA = Path(__file__).parents[1] / "data"
PNG_START = b"\x89PNG\r\n\x1a\n"
MEMORY = 1_500_000_000  # bytes of address space
SECONDS = 20  # of the processor, for one file
RETURNS = BouncePath("bounces@forum.example", [b"k" * 32])
ROWS = (
    ["Schlüssel", "Name", "Amtliche Bezeichnung", "E-Mail"],
    ["06411000", "Darmstadt", "Stadt Darmstadt", "a@darmstadt.example"],
    ["06412000", "Frankfurt", "Stadt Frankfurt", "b@frankfurt.example"],
)
HTML = b"<h2>Eins</h2><table><tr><td colspan=2>a</td></tr></table><ol><li>b<ul><li>c</ul></ol>"
READERS: dict[str, Callable[[bytes], object]] = {
    "docx": lambda content: read_for_editor("text.docx", content, "Titel"),
    "md": lambda content: read_for_editor("text.md", content, "Titel"),
    "csv": lambda content: read_members("m.csv", content),
    "xlsx": lambda content: read_members("m.xlsx", content),
    "ods": lambda content: read_members("m.ods", content),
    "picture": lambda content: (read_picture(content), read_logo(content)),
    "mail": lambda content: (classify_message(content, RETURNS), read_attachments(content)),
}


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


def change(content: bytes, max_size: int, seed: int) -> bytes:
    """Usually a packed file stays one, with one damaged part."""
    chance = random.Random(seed)
    if not zipfile.is_zipfile(BytesIO(content)) or chance.random() < 0.1:
        return atheris.Mutate(content, max_size)
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
    except Exception:  # zipfile documents no exceptions for damaged files
        parts = {}
    if not parts:
        return atheris.Mutate(content, max_size)
    chosen = chance.choice(sorted(parts))
    parts[chosen] = atheris.Mutate(parts[chosen], max_size)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return file.getvalue()


def change_picture(content: bytes, max_size: int, seed: int) -> bytes:
    """Usually a PNG stays one, with one damaged chunk that has its right check sum."""
    chance = random.Random(seed)
    chunks, place = [], len(PNG_START)
    while place + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, place)
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + size]))
        place += 12 + size
    if not content.startswith(PNG_START) or not chunks or chance.random() < 0.1:
        return atheris.Mutate(content, max_size)
    chosen = chance.randrange(len(chunks))
    name, data = chunks[chosen]
    chunks[chosen] = name, atheris.Mutate(data, max_size)
    return PNG_START + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def main(kind: str, folder: Path, runs: int) -> None:
    read = READERS[kind]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, sample in enumerate(list_samples(kind)):
        read(sample)  # else nothing is tested
        (corpus / str(number)).write_bytes(sample)

    def read_or_refuse(content: bytes) -> None:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            read(content)
        except (FileRefused, Refusal):
            pass
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    options = [f"-runs={runs}", "-seed=1", "-max_len=1000000", "-len_control=0"]
    arguments = [sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)]
    mutators = {**dict.fromkeys(("docx", "xlsx", "ods"), change), "picture": change_picture}
    mutator = {"custom_mutator": mutators[kind]} if kind in mutators else {}
    atheris.Setup(arguments, read_or_refuse, **mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
