"""The printing process: separate, limited and reproducible."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from select import select
from threading import Barrier

import pytest

from signoff.config import templates_folder
from signoff.domain.documents import PrintedDocument
from signoff.domain.errors import PRINT_INTERRUPTED, PrintError
from signoff.pdf import process, sandbox
from signoff.pdf.process import Press, PrintLimits, choose_limits, get_press, print_in_subprocess
from tests.factories import PAPER
from tests.pdf import documents

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_another_process_in_another_time_zone_prints_the_same_bytes(
    final: Callable[..., PrintedDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert print_in_subprocess(documents.document(46)) == final(46)
        foreign = {
            **os.environ,
            "TZ": "America/Anchorage",
            "PYTHONHASHSEED": "7",
            "PYTHONPATH": str(ROOT),
        }
        program = """
import sys
from signoff.pdf.process import parse_document
from signoff.pdf.render import print_document
sys.stdout.buffer.write(print_document(parse_document(sys.stdin.buffer.read())).content)
"""
        out = subprocess.run(
            [sys.executable, "-c", program],
            input=process.serialize_document(documents.document(46)),
            env=foreign,
            capture_output=True,
        )
        assert out.stdout == final(46).content
    finally:
        monkeypatch.undo()
        time.tzset()


def test_document_is_serialized_completely() -> None:
    for document in (documents.document(46), documents.draft()):
        assert process.parse_document(process.serialize_document(document)) == document


def test_progress_is_reported_step_by_step() -> None:
    steps: list[tuple[int, int]] = []
    print_in_subprocess(documents.draft(), progress=lambda step, of: steps.append((step, of)))

    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_list_of_all_municipalities_has_the_time_that_it_takes() -> None:
    """The trial print of 11,084 members takes 140 seconds of processor time."""
    (signatory,) = documents.document(1).signatories
    everybody = replace(documents.document(0), signatories=(signatory,) * 11_084)
    assert choose_limits(everybody).cpu_seconds > 2 * 140
    assert choose_limits(documents.document(250)).cpu_seconds < 130


@pytest.mark.parametrize(
    "limits",
    [
        PrintLimits(memory=150 * 1024**2),
        PrintLimits(cpu_seconds=1),
        PrintLimits(wall_seconds=0.3),
    ],
    ids=["memory", "cpu", "wall"],
)
def test_a_print_that_exceeds_its_limits_is_stopped_and_says_so(
    limits: PrintLimits,
) -> None:
    press = start_press()
    with pytest.raises(PrintError, match=PRINT_INTERRUPTED):
        print_in_subprocess(documents.document(2_500), limits=limits)

    assert print_in_subprocess(documents.draft()).pages
    assert start_press() == press  # it does not suffer from a print that was stopped


def start_press() -> int:
    """The process id of the press that has just printed."""
    print_in_subprocess(documents.draft())
    process = get_press().process
    assert process
    return process.pid


def test_a_press_that_was_killed_is_started_anew() -> None:
    press = start_press()
    process = get_press().process
    assert process
    process.kill()
    process.wait()

    assert start_press() != press


def test_a_press_that_hangs_is_replaced() -> None:
    press = start_press()
    os.kill(press, signal.SIGSTOP)
    with pytest.raises(PrintError, match=PRINT_INTERRUPTED):
        print_in_subprocess(documents.draft(), limits=PrintLimits(wall_seconds=0.1))

    assert start_press() != press


def test_a_print_survives_the_end_of_its_press() -> None:
    press = start_press()
    printed = print_in_subprocess(
        documents.draft(), progress=lambda step, of: os.kill(press, signal.SIGKILL)
    )
    assert printed == print_in_subprocess(documents.draft())


def test_a_press_without_work_ends_and_is_started_anew() -> None:
    press = Press(idle_seconds=0)
    for _ in range(2):
        with press.open_job(60) as job:
            job.sendall(b"{}\n")
        assert press.process
        assert press.process.wait(60) == 0
    press.close()


def test_the_press_ends_with_a_process_that_was_killed() -> None:
    program = """
import os, signal
from signoff.pdf.process import get_press, print_in_subprocess
from tests.pdf import documents
print_in_subprocess(documents.draft())
print(get_press().process.pid, flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as client:
        assert client.stdout
        press = os.pidfd_open(int(client.stdout.readline()))
        client.kill()
    assert select([press], [], [], 60) == ([press], [], [])
    os.close(press)


def test_two_prints_run_at_once_in_one_press(final: Callable[..., PrintedDocument]) -> None:
    press, both = start_press(), Barrier(2, timeout=60)

    def meet(step: int, steps: int) -> None:
        if step == 1:
            both.wait()

    with ThreadPoolExecutor() as pool:
        prints = pool.map(
            lambda count: print_in_subprocess(documents.document(count), progress=meet), (3, 46)
        )
        assert list(prints) == [final(3), final(46)]
    assert start_press() == press


def test_the_press_knows_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNOFF_SMTP_URL", "smtp://geschaeftsstelle:geheim@mail.forum.example")
    press = Press()
    with press.open_job(60):
        assert press.process
        assert b"SIGNOFF" not in Path(f"/proc/{press.process.pid}/environ").read_bytes()
    press.close()


def test_the_press_starts_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler, log = tmp_path / "gcc", tmp_path / "log"
    compiler.write_text(f"#!/bin/sh\necho $* >> {log}\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    press = Press()
    with press.open_job(60) as job:
        job.sendall(b"{}\n")
        assert job.recv(1) == b""  # WeasyPrint was imported, and the print has failed
    press.close()
    assert not log.exists(), log.read_text()


def test_a_stopped_print_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(PrintError):
        print_in_subprocess(documents.document(2_500), limits=PrintLimits(wall_seconds=0.5))
    print_in_subprocess(documents.draft())

    assert list(tmp_path.iterdir()) == []


def test_a_print_reads_no_files_but_those_of_its_folders(tmp_path: Path) -> None:
    templates, strange = tmp_path / "templates", tmp_path / "strange"
    shutil.copytree(templates_folder(), templates)
    assert print_in_subprocess(documents.draft(), templates).pages
    shutil.copytree(templates / "pdf", strange)
    (templates / "pdf" / "print.css").unlink()
    (templates / "pdf" / "print.css").symlink_to(strange / "print.css")
    with pytest.raises(PrintError, match=PRINT_INTERRUPTED):
        print_in_subprocess(documents.draft(), templates)


def test_error_of_the_process_is_reported() -> None:
    text = replace(PAPER, html="<h2>Ziele</h2><h4>Plätze</h4>")
    with pytest.raises(PrintError, match="vor der Überschrift „Plätze“ fehlt"):
        print_in_subprocess(documents.draft(text=text))


def test_a_print_finds_modules_and_style_sheets_loaded() -> None:
    attempt = """
import json, sys
from signoff.pdf import press, weasyprint
from signoff.pdf.render import print_document
from tests.pdf import documents
document = documents.draft()
press.warm_up()
modules, sheets = set(sys.modules), weasyprint.parse_style_sheet.cache_info().misses
print_document(document)
sheets = weasyprint.parse_style_sheet.cache_info().misses - sheets
print(json.dumps([sorted(set(sys.modules) - modules), sheets]))
"""
    out = subprocess.run(
        [sys.executable, "-c", attempt], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    assert json.loads(out) == [[], 0]


def test_the_press_reaches_no_network_and_starts_no_program() -> None:
    attempt = """
import json, socket, subprocess
from pathlib import Path
from signoff.pdf import sandbox
sandbox.limit_resources(3 * 1024**3, 10)
sandbox.enter_sandbox([], Path("/nowhere"))
refused = []
for deed in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: subprocess.run(["true"])):
    try:
        deed()
    except PermissionError as error:
        refused.append(str(error))
print(json.dumps(refused))
"""
    out = subprocess.run(
        [sys.executable, "-c", attempt], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    assert json.loads(out) == [
        "forbidden in the sandbox: socket.getaddrinfo",
        "forbidden in the sandbox: subprocess.Popen",
    ]


def test_the_press_opens_no_files_but_its_own(tmp_path: Path) -> None:
    """Neither through Python nor, where the kernel has Landlock, through a library that opens files itself."""
    own, work, strange = (tmp_path / name for name in ("own", "work", "instance"))
    for folder in (own, work, strange):
        folder.mkdir()
        (folder / "file").write_text("Inhalt")
    (own / "way-out").symlink_to(strange / "file")
    attempt = """
import ctypes, json, os, sys
from pathlib import Path
from signoff.pdf import sandbox
own, work, strange = map(Path, sys.argv[1:])
closed = sandbox.enter_sandbox([own], work)
libc = ctypes.CDLL(None, use_errno=True)

def python(path, mode):
    try:
        open(path, mode).close()
        return True
    except PermissionError:
        return False

def library(path, mode):
    handle = libc.open(os.fsencode(path), os.O_RDONLY if mode == "r" else os.O_WRONLY)
    return handle >= 0

deeds = [(own / "file", "r"), (work / "file", "w"), (own / "file", "a"), (own / "way-out", "r"),
         (strange / "file", "r"), (strange / "file", "a"), ("/etc/passwd", "r")]
print(json.dumps([closed, [python(*each) for each in deeds], [library(*each) for each in deeds]]))
"""
    command = [sys.executable, "-c", attempt, own, work, strange]
    out = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    closed, python, library = json.loads(out)
    allowed = [True, True, False, False, False, False, False]
    assert closed == sandbox.has_landlock(), "this kernel has Landlock and it is not used"
    assert python == (allowed if closed else [True, True, True, False, False, False, False])
    assert library == allowed or not closed
