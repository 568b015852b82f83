"""Foreign files cannot use up the machine: each examination has limits, and two run at a time."""

import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pikepdf
import pytest

from signoff.domain.errors import Busy
from signoff.pdf import examination, keys, verify
from signoff.pdf.signature import seal_pdf
from signoff.services import MAX_EXAMINING, Examiner
from signoff.storage import Slots, lock_one
from tests.server import instance, serving

pytestmark = pytest.mark.slow

MIB = 1024**2
EXPANDED = 1024 * MIB


def deflate(size: int, content: bytes = b"") -> bytes:
    """``content`` and ``size`` zeros after it, compressed a thousandfold."""
    compressor = zlib.compressobj(9)
    start = compressor.compress(content) + compressor.flush(zlib.Z_FULL_FLUSH)
    # After a full flush, the same zeros become the same bytes again.
    block = compressor.compress(bytes(MIB)) + compressor.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.adler32(content)
    for _ in range(size // MIB):
        checksum = zlib.adler32(bytes(MIB), checksum)
    return start + block * (size // MIB) + b"\3\0" + checksum.to_bytes(4, "big")


def stream(number: int, entries: str, content: bytes) -> bytes:
    head = f"{number} 0 obj\n<< {entries} /Length {len(content)} >>\nstream\n"
    return head.encode() + content + b"\nendstream\nendobj\n"


def write_xref_stream_bomb() -> bytes:
    """A file whose cross-reference stream unpacks to a gigabyte."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    entries = f"/Type /XRef /Size {EXPANDED // 4} /W [1 2 1] /Root 1 0 R /Filter /FlateDecode"
    table = stream(2, entries, deflate(EXPANDED))
    return body + table + f"startxref\n{len(body)}\n%%EOF\n".encode()


def write_object_stream_bomb() -> bytes:
    """A file whose catalogue lies in an object stream that unpacks to a gigabyte."""
    body = b"%PDF-1.7\n"
    packed = deflate(EXPANDED, b"1 0 << /Type /Catalog /AcroForm << /Fields [] >> >> ")
    entries = "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    body += stream(2, entries, packed)
    rows = [(0, 0, 0), (2, 2, 0), (1, 9, 0), (1, len(body), 0)]
    table = zlib.compress(
        b"".join(bytes([kind]) + at.to_bytes(4, "big") + bytes([index]) for kind, at, index in rows)
    )
    entries = "/Type /XRef /Size 4 /W [1 4 1] /Root 1 0 R /Filter /FlateDecode"
    return body + stream(3, entries, table) + f"startxref\n{len(body)}\n%%EOF\n".encode()


def write_content_stream_bomb(nested: bool = False) -> bytes:
    """A sealed file with our attachments, whose page unpacks to a gigabyte."""
    content, filters = deflate(EXPANDED), [pikepdf.Name.FlateDecode]
    if nested:
        content, filters = zlib.compress(content, 9), filters * 2
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        page = pdf.pages[0]
        page.Contents = pdf.make_stream(b"")
        page.Contents.write(content, filter=pikepdf.Array(filters))
        for name in verify.ATTACHMENT_NAMES:
            pdf.attachments[name] = b"{}"
        pdf.Root.StructTreeRoot = pikepdf.Dictionary(K=pikepdf.Array())
        target = BytesIO()
        pdf.save(target, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return seal_pdf(target.getvalue(), keys.load_key(keys.generate_key("Fremder"))).content


BOMBS = {
    "xref stream": write_xref_stream_bomb,
    "nested filters": lambda: write_content_stream_bomb(nested=True),
    "object stream": write_object_stream_bomb,
    "content stream": write_content_stream_bomb,
}

EXAMINE = """
import json, resource, sys
from signoff.pdf.examination import verify_in_subprocess
report = verify_in_subprocess(sys.stdin.buffer.read())
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([report.genuine, used * 1024]))
"""


@pytest.mark.parametrize("kind", BOMBS)
def test_file_that_unpacks_to_a_gigabyte_stays_within_the_memory_of_its_size(kind: str) -> None:
    bomb = BOMBS[kind]()
    done = subprocess.run(
        [sys.executable, "-c", EXAMINE], input=bomb, capture_output=True, check=True
    )
    genuine, memory = json.loads(done.stdout)

    assert not genuine
    assert memory <= examination.choose_limits(len(bomb)).memory


def test_limits_grow_with_the_file_up_to_a_cap() -> None:
    small, list_of_250, largest = (
        examination.choose_limits(size) for size in (36_000, 200_000, 12 * MIB)
    )

    assert (small.memory // MIB, small.cpu_seconds) == (258, 2)
    assert (list_of_250.memory // MIB, list_of_250.cpu_seconds) == (268, 2)
    assert (largest.memory // MIB, largest.cpu_seconds) == (512, 20)


def test_turns_are_counted_over_all_processes(tmp_path: Path) -> None:
    locks = [tmp_path / "1.lock", tmp_path / "2.lock"]
    slots = Slots(2, 0, 0.0, locks)

    with lock_one(locks), slots.acquire(), pytest.raises(Busy), slots.acquire():
        pass
    with slots.acquire(), slots.acquire(), pytest.raises(Busy), slots.acquire():
        pass
    with slots.acquire(), slots.acquire():
        pass


def test_examiner_of_an_instance_leaves_its_turn_to_others(tmp_path: Path) -> None:
    first, second = Examiner(tmp_path), Examiner(tmp_path)

    with first.slots.acquire(), second.slots.acquire(), pytest.raises(Busy):
        second(b"%PDF-1.7\n", b"")
    assert not first(b"%PDF-1.7\n", b"").genuine


# A crowd in front of a running server.

CROWD = 50


def list_children(process: int) -> list[int]:
    children: list[int] = []
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            children += map(int, listing.read_text().split())
    return children


def list_examinations(server: int) -> Iterator[Path]:
    """The processes of the examinations that the web process of ``server`` runs now."""
    for child in list_children(server):
        for each in (child, *list_children(child)):
            with suppress(OSError):
                if b"signoff.pdf.examination" in Path(f"/proc/{each}/cmdline").read_bytes():
                    yield Path(f"/proc/{each}")


def read_memory_limit(process: Path) -> int | None:
    """The limit of the address space in bytes; ``None`` until the process has set it."""
    with suppress(OSError):
        for line in (process / "limits").read_text().splitlines():
            if line.startswith("Max address space") and "unlimited" not in line:
                return int(line.split()[3])
    return None


def upload(base_url: str, content: bytes) -> tuple[int, str, str]:
    """Status, ``Retry-After`` and page for a file that a stranger sends."""
    boundary = "grenze"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    request = Request(
        f"{base_url}/verify",
        parts.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    try:
        answer = urlopen(request, timeout=120)
    except HTTPError as error:
        answer = error
    return answer.code, answer.headers.get("Retry-After", ""), answer.read().decode()


def test_fifty_bombs_at_once_leave_the_server_answering(tmp_path: Path) -> None:
    bomb, answers = write_xref_stream_bomb(), []
    instance(tmp_path, "")
    with serving(tmp_path) as running:
        crowd = [
            threading.Thread(target=lambda: answers.append(upload(running.base_url, bomb)))
            for _ in range(CROWD)
        ]
        for thread in crowd:
            thread.start()
        numbers, limits, answered_meanwhile = [], set(), 0
        while waiting := [thread for thread in crowd if thread.is_alive()]:
            waiting[0].join(0.05)
            processes = list(list_examinations(running.process.pid))
            numbers.append(len(processes))
            limits |= {read_memory_limit(process) for process in processes} - {None}
            assert urlopen(f"{running.base_url}/health", timeout=60).status == 200
            answered_meanwhile += bool(processes)
        for thread in crowd:
            thread.join()

    assert 1 <= max(numbers) <= MAX_EXAMINING
    assert limits == {examination.choose_limits(len(bomb)).memory}
    assert answered_meanwhile
    assert len(answers) == CROWD
    assert {status for status, _, _ in answers} == {200, 503}
    for status, retry_after, page in answers:
        assert "Die Datei ist echt" not in page  # nor is it there for the script
        if status == 503:
            assert retry_after == "60"
            assert "in einer Minute noch" in page
        else:
            # On a busy machine the wall-clock time can run out first.
            assert "lässt sich nicht prüfen" in page or "lässt sich gerade nicht sagen" in page
