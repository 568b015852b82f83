"""The press: printing in a short-lived process of its own, with limits.

``press`` is the caller's side. ``python -m signoff.pdf.press`` is the other: the document as JSON on standard input,
the PDF on standard output, on standard error one JSON line for each finished step and a last one with the outcome.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from signoff.config import static_folder, templates_folder
from signoff.domain.documents import Document, WorkingCopy
from signoff.domain.serialization import from_json, to_json
from signoff.pdf.errors import PrintFailed
from signoff.pdf.render import PrintedDocument, ProgressCallback

if TYPE_CHECKING:
    pass


# Which style working copies are set in.

STYLE_FILES = ("working.html", "working.css", "print.css")


def compute_style_digest() -> str:
    """A digest over the files that make the look: a copy printed in another style is another file."""
    folder = templates_folder() / "pdf"
    return sha256(b"".join((folder / name).read_bytes() for name in STYLE_FILES)).hexdigest()


# A document or a working copy as JSON and back: how it reaches the process that prints it.


def serialize_document(document: Document | WorkingCopy) -> bytes:
    return to_json(document).encode()


def parse_document(content: bytes) -> Document | WorkingCopy:
    """The document that ``serialize_document`` has written. A moment comes back with its offset instead of its zone."""
    if "body" in json.loads(content):
        return from_json(WorkingCopy, content)
    return from_json(Document, content)


PACKAGE_FOLDER = Path(__file__).parent.parent
# No directory of fonts: what the package does not bring is not found.
FONTCONFIG = '<?xml version="1.0"?><fontconfig><cachedir>{folder}</cachedir></fontconfig>'


@dataclass(frozen=True, slots=True)
class PrintLimits:
    """What one print may use. All German municipalities take a fifth of it."""

    memory: int = 3 * 1024**3  # bytes of address space
    processor: int = 120  # seconds
    clock: float = 180.0  # seconds


def print_in_subprocess(
    document: Document | WorkingCopy,
    templates: Path | None = None,
    static: Path | None = None,
    limits: PrintLimits = PrintLimits(),  # noqa: B008 (frozen)
    progress: "ProgressCallback" = lambda step, steps: None,
) -> "PrintedDocument":
    """``document`` printed in a process of its own; see ``print_document``.

    Raises ``PrintFailed`` with words for the office, also where the process was killed or exceeded a limit. It can be
    killed at any instant: it leaves nothing behind.
    """
    from signoff.pdf.render import PrintedDocument

    with (
        TemporaryDirectory(prefix="signoff-press-") as folder,
        open_progress_pipe(progress) as (ear, outcome),
    ):
        command = [
            sys.executable,
            "-s",
            "-m",
            "signoff.pdf.process",
            str(limits.memory),
            str(limits.processor),
        ]
        command += [str(path.resolve()) if path else "" for path in (templates, static)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=ear,
            cwd=folder,
            env=build_environment(folder),
        ) as process:
            os.close(ear)
            try:
                content, _nothing = process.communicate(serialize_document(document), limits.clock)
            except subprocess.TimeoutExpired:
                raise PrintFailed(
                    f"der Satz dauerte länger als {limits.clock:g} Sekunden"
                ) from None
            finally:
                process.kill()
    if failure := outcome.get("failed"):
        raise PrintFailed(str(failure))
    if process.returncode or outcome.get("sha256") != sha256(content).hexdigest():
        raise PrintFailed(
            "der Druckvorgang wurde abgebrochen oder überschritt Speicher oder Rechenzeit"
        )
    return PrintedDocument(content, outcome["sha256"], outcome["pages"], len(content))


def build_environment(folder: str) -> dict[str, str]:
    """The environment of the press: a folder of its own, no fonts of the machine, nothing else of the caller's."""
    configured = Path(folder, "fonts.conf")
    configured.write_text(FONTCONFIG.format(folder=folder))
    own = {"TMPDIR": folder, "HOME": folder, "FONTCONFIG_FILE": str(configured)}
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        if name in os.environ
    }
    return (
        kept
        | own
        | {"PYTHONPATH": str(PACKAGE_FOLDER.parent), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    )


@contextmanager
def open_progress_pipe(progress: "ProgressCallback") -> Iterator[tuple[int, dict[str, Any]]]:
    """Hands out a pipe's end for the press to write to, and what its last line said once that pipe is closed."""
    mouth, ear = os.pipe()
    outcome: dict[str, Any] = {}
    listener = Thread(
        target=read_progress,
        args=(os.fdopen(mouth, encoding="utf-8", errors="replace"), outcome, progress),
    )
    listener.start()
    try:
        yield ear, outcome
    finally:
        listener.join()


def read_progress(lines: IO[str], outcome: dict[str, Any], progress: "ProgressCallback") -> None:
    with lines:
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                continue  # a library's own complaint; the exit status tells whether it mattered
            if "step" in said:
                progress(said["step"], said["steps"])
            else:
                outcome.update(said)


def main(memory: str, processor: str, templates: str, static: str) -> int:
    """The press itself. Returns the exit status."""
    from signoff.pdf import sandbox

    gc.disable()  # this process ends before it would pay
    sandbox.limit_resources(int(memory), int(processor))
    try:
        from signoff.pdf.render import print_document

        pass

        folders = (
            Path(templates) if templates else templates_folder(),
            Path(static) if static else static_folder(),
        )
        sandbox.enter_sandbox((PACKAGE_FOLDER, *folders), Path(gettempdir()))
        printed = print_document(parse_document(sys.stdin.buffer.read()), *folders, report_progress)
    except PrintFailed as failure:
        write_status(failed=failure.words)
        return 1
    except MemoryError:
        write_status(failed="der Speicher reicht für dieses Dokument nicht aus")
        return 1
    except RecursionError:
        write_status(failed="der Text ist zu tief verschachtelt")
        return 1
    sys.stdout.buffer.write(printed.content)
    sys.stdout.buffer.flush()
    write_status(sha256=printed.sha256, pages=printed.pages)
    return 0


def report_progress(step: int, steps: int) -> None:
    write_status(step=step, steps=steps)


def write_status(**facts: object) -> None:
    print(json.dumps(facts), file=sys.stderr, flush=True)


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # tearing the box tree down takes longer than is of use
