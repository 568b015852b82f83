"""Render PDFs in separate short-lived processes with limits.

``print_in_subprocess`` asks the press for a process that prints one document (``press.py``). Only
the press imports WeasyPrint.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from socket import SHUT_RDWR, SHUT_WR, send_fds, socket, socketpair
from tempfile import TemporaryDirectory
from threading import Lock, Timer
from typing import Any

from signoff.config import static_folder, templates_folder
from signoff.domain.documents import Document, PrintedDocument, ProgressCallback, WorkingCopy
from signoff.domain.errors import PRINT_INTERRUPTED, PrintError
from signoff.domain.serialization import from_json, to_json

STYLE_FILES = ("working.html", "working.css", "print.css", "charter.css")


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


class Press:
    """Starts the press when it is needed; it ends after ``idle_seconds`` without a print."""

    def __init__(self, idle_seconds: float = 600.0) -> None:
        self.idle_seconds = idle_seconds
        self.lock = Lock()
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def open_job(self, seconds: float) -> Iterator[socket]:
        """A socket to a process for one print; the process is killed at the end of the block.

        After ``seconds`` the socket is shut down.
        """
        (job, its_job), (leash, its_leash) = socketpair(), socketpair()
        with job, leash:
            with its_job, its_leash:
                self.send(its_job, its_leash)
            timer = Timer(seconds, job.shutdown, [SHUT_RDWR])
            timer.start()
            try:
                yield job
            finally:
                timer.cancel()
                timer.join()
                leash.shutdown(SHUT_WR)
                leash.settimeout(seconds)
                try:
                    leash.recv(1)  # the press closes its end once the process is gone
                except TimeoutError:  # the press itself hangs; the next print starts another one
                    self.close()

    def send(self, *sockets: socket) -> None:
        """Hand the sockets over to the press, to a new one if it has ended."""
        descriptors = [each.fileno() for each in sockets]
        with self.lock:
            if self.process:
                try:
                    send_fds(self.control, [b"+"], descriptors)
                except OSError:  # it has ended
                    self.close()
                else:
                    return
            self.start(descriptors)

    def start(self, descriptors: list[int]) -> None:
        self.control, its_end = socketpair()
        with its_end:
            send_fds(self.control, [b"+"], descriptors)
            arguments = (str(its_end.fileno()), str(self.idle_seconds))
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-m", "signoff.pdf.press", *arguments],
                pass_fds=[its_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=build_environment(),
                start_new_session=True,  # Ctrl+C lets a print finish, as it does with the worker
            )

    def close(self) -> None:
        """End the press; it ends by itself if this process is killed."""
        if self.process:
            self.control.close()
            self.process.kill()
            self.process.wait()


@cache
def get_press() -> Press:
    """The press of this process."""
    press = Press()
    atexit.register(press.close)
    return press


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
    status: dict[str, Any] = {}
    content = b""
    with (
        TemporaryDirectory(prefix="signoff-print-") as folder,
        get_press().open_job(limits.wall_seconds) as job,
        job.makefile("rb") as answer,
    ):
        folders = (Path(folder), templates or templates_folder(), static or static_folder())
        order = {
            "memory": limits.memory,
            "cpu_seconds": limits.cpu_seconds,
            "folders": [str(path.resolve()) for path in folders],
        }
        try:
            job.sendall(json.dumps(order).encode() + b"\n" + serialize_document(document))
            job.shutdown(SHUT_WR)
            for line in answer:
                status = json.loads(line)
                if "step" not in status:
                    break
                progress(status["step"], status["steps"])
            content = answer.read()
        except (ConnectionError, ValueError):  # it was killed, or has written something else
            status = {}
    if failure := status.get("failed"):
        raise PrintError(str(failure))
    if status.get("sha256") != sha256(content).hexdigest():
        raise PrintError(PRINT_INTERRUPTED)
    return PrintedDocument(content, status["pages"])


def build_environment() -> dict[str, str]:
    """The environment of the press: no secrets, and no fonts of the system."""
    inherited = {
        name: os.environ[name]
        for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        if name in os.environ
    }
    return inherited | {
        # Otherwise Python starts a compiler, if there is one, to look for WeasyPrint's libraries.
        "PATH": "",
        "FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf")),
        "PYTHONPATH": str(PACKAGE_FOLDER.parent),
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
    }
