"""Render PDFs in a separate short-lived process with limits.

``print_in_subprocess`` starts ``python -m signoff.pdf.process``, which reads the document as JSON
from standard input and writes the PDF to standard output. On standard error it writes a JSON line
for each finished step, and a last one with the result. Only that process imports WeasyPrint.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from threading import Thread
from typing import IO, Any

from signoff.config import static_folder, templates_folder
from signoff.domain.documents import Document, PrintedDocument, ProgressCallback, WorkingCopy
from signoff.domain.errors import PRINT_INTERRUPTED, PrintError
from signoff.domain.serialization import from_json, to_json
from signoff.pdf import sandbox

STYLE_FILES = ("working.html", "working.css", "print.css")


def compute_style_digest() -> str:
    """A digest of the style of working copies, which is part of their cache key."""
    folder = templates_folder() / "pdf"
    return sha256(b"".join((folder / name).read_bytes() for name in STYLE_FILES)).hexdigest()


# Serialisation of documents.


def serialize_document(document: Document | WorkingCopy) -> bytes:
    return to_json(document).encode()


def parse_document(content: bytes) -> Document | WorkingCopy:
    """The document that ``serialize_document`` has written.

    A moment comes back with its offset instead of its zone.
    """
    if "body" in json.loads(content):
        return from_json(WorkingCopy, content)
    return from_json(Document, content)


PACKAGE_FOLDER = Path(__file__).parent.parent
# Without font directories, no fonts of the system are found.
FONTCONFIG = '<?xml version="1.0"?><fontconfig><cachedir>{folder}</cachedir></fontconfig>'


@dataclass(frozen=True, slots=True)
class PrintLimits:
    """The resources of one print; ``choose_limits`` adds what a long list or many letters take."""

    memory: int = 3 * 1024**3  # bytes of address space
    cpu_seconds: int = 120
    wall_seconds: float = 600.0  # ends what hangs; on a busy machine a print merely waits


def choose_limits(document: Document | WorkingCopy) -> PrintLimits:
    """The limits of a print.

    A letter with its answer sheet takes 0.6 seconds of processor time, a signatory of a trial print
    with everything at full length 12 milliseconds.
    """
    if isinstance(document, Document):
        return extend_limits(len(document.signatories) // 40)
    return extend_limits(2 * len(document.codes))


def extend_limits(seconds: int) -> PrintLimits:
    limits = PrintLimits()
    return replace(
        limits,
        cpu_seconds=limits.cpu_seconds + seconds,
        wall_seconds=limits.wall_seconds + 2 * seconds,
    )


def print_in_subprocess(
    document: Document | WorkingCopy,
    templates: Path | None = None,
    static: Path | None = None,
    limits: PrintLimits | None = None,
    progress: ProgressCallback = lambda step, steps: None,
) -> PrintedDocument:
    """Render ``document`` in a separate process; see ``render.print_document``.

    Without ``limits`` those of ``choose_limits`` hold.

    Raises ``PrintError``, also if the process was killed or exceeded a limit. It can be killed at
    any time without leaving files behind.
    """
    limits = limits or choose_limits(document)
    with (
        TemporaryDirectory(prefix="signoff-print-") as folder,
        open_progress_pipe(progress) as (pipe, status),
    ):
        command = [
            sys.executable,
            "-s",
            "-m",
            "signoff.pdf.process",
            str(limits.memory),
            str(limits.cpu_seconds),
        ]
        command += [str(path.resolve()) if path else "" for path in (templates, static)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=pipe,
            cwd=folder,
            env=build_environment(folder),
        ) as process:
            os.close(pipe)
            try:
                content, _ = process.communicate(serialize_document(document), limits.wall_seconds)
            except subprocess.TimeoutExpired:
                raise PrintError(PRINT_INTERRUPTED) from None
            finally:
                process.kill()
    if failure := status.get("failed"):
        raise PrintError(str(failure))
    if process.returncode or status.get("sha256") != sha256(content).hexdigest():
        raise PrintError(PRINT_INTERRUPTED)
    return PrintedDocument(content, status["pages"])


def build_environment(folder: str) -> dict[str, str]:
    """The environment of the process: its own folder and no system fonts."""
    font_config = Path(folder, "fonts.conf")
    font_config.write_text(FONTCONFIG.format(folder=folder))
    own = {"TMPDIR": folder, "HOME": folder, "FONTCONFIG_FILE": str(font_config)}
    inherited = {
        name: os.environ[name]
        for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        if name in os.environ
    }
    return (
        inherited
        | own
        | {"PYTHONPATH": str(PACKAGE_FOLDER.parent), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    )


@contextmanager
def open_progress_pipe(progress: ProgressCallback) -> Iterator[tuple[int, dict[str, Any]]]:
    """The write end of a pipe for the process, and its last status once the pipe is closed."""
    read_end, write_end = os.pipe()
    status: dict[str, Any] = {}
    reader = Thread(
        target=read_progress,
        args=(os.fdopen(read_end, encoding="utf-8", errors="replace"), status, progress),
    )
    reader.start()
    try:
        yield write_end, status
    finally:
        reader.join()


def read_progress(lines: IO[str], status: dict[str, Any], progress: ProgressCallback) -> None:
    with lines:
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue  # output of a library; the exit status shows whether it matters
            if "step" in message:
                progress(message["step"], message["steps"])
            else:
                status.update(message)


def main(memory: str, cpu_seconds: str, templates: str, static: str) -> int:
    """Render in this process, and return its exit status."""
    gc.disable()  # not worthwhile in a short-lived process
    sandbox.limit_resources(int(memory), int(cpu_seconds))
    try:
        from signoff.pdf.render import print_document  # imports WeasyPrint

        folders = (
            Path(templates) if templates else templates_folder(),
            Path(static) if static else static_folder(),
        )
        sandbox.enter_sandbox((PACKAGE_FOLDER, *folders), Path(gettempdir()))
        printed = print_document(parse_document(sys.stdin.buffer.read()), *folders, report_progress)
    except PrintError as error:
        write_status(failed=str(error))
        return 1
    except MemoryError:
        write_status(failed=PRINT_INTERRUPTED)
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


def write_status(**fields: object) -> None:
    print(json.dumps(fields), file=sys.stderr, flush=True)


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # skip the slow deallocation of the box tree
