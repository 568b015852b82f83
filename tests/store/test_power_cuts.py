"""Power cuts: what was acknowledged is there afterwards, whatever the disk has kept of the rest.

strace records what a real process writes and syncs while it takes answers, closes, prints and releases. Each of the
tested states is the disk at some moment of it: what was synced before, and a random part of what was not.
"""

import errno
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from signoff import store
from signoff.config import Settings
from signoff.store import connection
from tests.factories import member, sign
from tests.world import BASE, KEYS, World

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not shutil.which("strace"), reason="strace records what is written"),
]

MEMBERS = [
    member(f"{n:03d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@{n}.example") for n in range(60)
]
SECTOR = 512  # bytes that a disk writes as a whole
CHECKPOINT = 100  # pages, so that a short run has many
CALLS = "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,unlinkat"
CALL = re.compile(r"\d+ +(\w+)\((.*)\) = (\d+)")
TEXT = re.compile(r'[<"]((?:\\x[0-9a-f]{2})*)[>"]')


SYNCED, UNSYNCED, FAILING = "synced", "unsynced", "failing"
GAP = b"gap"  # what the process says when a sync has failed


def act(folder: Path, level: str) -> None:
    """What the recorded process does; it says what it acknowledges."""
    connection.WAL_PAGES = CHECKPOINT
    if level == UNSYNCED:
        os.fdatasync = lambda handle: None
    if level == FAILING:
        os.fdatasync = fail_to_sync(os.fdatasync)
    world = World(Settings(folder, BASE, KEYS, second_factor=False, recall_minutes=0))
    for number in range(len(MEMBERS)):
        version = world.answer(f"rathaus@{number}.example", sign(f"Stadt Ort {number}"))
        os.write(1, f"answer {version.id}".encode())
    world.closed()
    release = world.released()
    os.write(1, f"release {release.sha256}".encode())


def fail_to_sync(fdatasync: Callable[[int], None]) -> Callable[[int], None]:
    """Every seventh sync fails, and what it had to store counts as stored for the system."""
    numbers = count(1)

    def sync(handle: int) -> None:
        if next(numbers) % 7 == 0:
            os.write(1, GAP)
            raise OSError(errno.EIO, "Input/output error")
        fdatasync(handle)

    return sync


@dataclass
class File:
    kept: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut off there
    end: int = 0  # where the next ``write`` goes

    def sync(self) -> None:
        for at, data in self.pending:
            apply(self.kept, at, data)
        self.pending.clear()

    def after_cut(self, keep: float) -> bytes:
        """Its content if each sector that was not synced is kept with this probability."""
        content = bytearray(self.kept)
        for at, data in self.pending:
            if data is None:
                if random.random() < keep:
                    apply(content, at, None)
                continue
            for start in range(0, len(data), SECTOR):
                if random.random() < keep:
                    apply(content, at + start, data[start : start + SECTOR])
        return bytes(content)


def apply(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data


class Disk:
    """Files and their names, and what of both is not synced yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = {
            str(path): File(bytearray(path.read_bytes()))
            for path in folder.rglob("*")
            if path.is_file()
        }
        self.kept_names = dict(self.names)
        self.pending_names: list[tuple[str, dict[str, File | None]]] = []
        self.said: list[list[str]] = []

    def rename(self, **changes: File | None) -> None:
        folder = str(Path(next(iter(changes))).parent)
        self.pending_names.append((folder, changes))
        change_names(self.names, changes)

    def replay(self, call: str, texts: list[bytes], arguments: str) -> None:
        path, *others = [text.decode("utf-8", "replace") for text in texts] or [""]
        if arguments.startswith("1<") and texts[1] == GAP:
            self.names[str(self.folder / "signoff.sqlite-wal")].pending.clear()
        elif arguments.startswith("1<"):
            self.said.append(texts[1].decode().split())
        elif path.startswith(str(self.folder)) or (others and str(self.folder) in others[0]):
            self.change(call, path, others, texts[-1], arguments)

    def change(self, call: str, path: str, others: list[str], data: bytes, arguments: str) -> None:
        if call == "openat":
            opened = others[-1] if others else path
            if "O_CREAT" in arguments and opened not in self.names:
                self.rename(**{opened: File()})
        elif call == "rename":
            self.rename(**{path: None, others[0]: self.names[path]})
        elif call in ("unlink", "unlinkat"):
            gone = (others or [path])[-1]
            if gone in self.names:
                self.rename(**{gone: None})
        elif path not in self.names:  # a folder
            for folder, changes in self.pending_names:
                if folder == path:
                    change_names(self.kept_names, changes)
            self.pending_names = [each for each in self.pending_names if each[0] != path]
        elif call in ("fsync", "fdatasync"):
            self.names[path].sync()
        elif call == "ftruncate":
            self.names[path].pending.append((int(arguments.rpartition(",")[2]), None))
        else:
            file = self.names[path]
            at = int(arguments.rpartition(",")[2]) if call == "pwrite64" else file.end
            file.end = at + len(data)
            file.pending.append((at, data))

    def write_after_cut(self, target: Path) -> None:
        """A disk that is found after a power cut now. Names are lost from the newest on, as journals lose them."""
        keep, names = random.choice([0.0, 1.0, random.random()]), dict(self.kept_names)
        for _, changes in self.pending_names[: random.randint(0, len(self.pending_names))]:
            change_names(names, changes)
        for name, file in names.items():
            path = target / Path(name).relative_to(self.folder)
            if path.name.startswith("signoff.sqlite") or path.suffix == ".pdf":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.after_cut(keep))


def change_names(names: dict[str, File], changes: dict[str, File | None]) -> None:
    for name, file in changes.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def record(folder: Path, level: str) -> list[tuple[str, list[bytes], str]]:
    """The calls of a process that acts in ``folder``."""
    log = folder.with_name("calls")
    command = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "99999999", "-e", "signal=none"]
    program = [sys.executable, "-m", __name__, str(folder), level]
    subprocess.run(
        [*command, "-e", f"trace={CALLS}", "-o", log, *program],
        check=True,
        timeout=600,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    return list(read_calls(log, folder))


def read_calls(log: Path, folder: Path) -> Iterator[tuple[str, list[bytes], str]]:
    here = "".join(f"\\x{byte:02x}" for byte in str(folder).encode())
    with log.open() as lines:
        for line in lines:
            if (here in line or " write(1<" in line) and (found := CALL.match(line)):
                call, arguments, _ = found.groups()
                yield (
                    call,
                    [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(arguments)],
                    TEXT.sub("", arguments) if "1<" not in arguments[:2] else "1<",
                )


def list_losses(target: Path, said: list[list[str]]) -> set[str]:
    """What was acknowledged and is missing on this disk."""
    db = sqlite3.connect(target / "signoff.sqlite")
    answers = {str(id) for (id,) in db.execute("SELECT id FROM answers")}
    prints = [sha for (sha,) in db.execute("SELECT sha256 FROM prints WHERE kind = 'final'") if sha]
    db.close()
    for digest in prints:
        content = (target / "archive/prints" / f"{digest}.pdf").read_bytes()
        assert sha256(content).hexdigest() == digest
    kinds = {"answer": answers.__contains__, "release": prints.__contains__}
    return {f"{kind} {what}" for kind, what in said if not kinds[kind](what)}


@pytest.mark.parametrize(
    ("level", "number"),
    [(SYNCED, 10_000), (FAILING, 2_000), (UNSYNCED, 500)],
    ids=["as it is", "on a disk that fails", "without waiting for the disk"],
)
def test_power_cuts(world: World, tmp_path: Path, level: str, number: int) -> None:
    random.seed(level)
    world.opened(rows=MEMBERS)
    world.work()
    world.db.close()
    folder = world.settings.instance.rename(tmp_path.with_name(f"{tmp_path.name}-instance"))
    disk = Disk(folder)
    calls = record(folder, level)
    states, losing = 0, 0
    target = tmp_path / "after"
    for done, (call, texts, arguments) in enumerate(calls, 1):
        disk.replay(call, texts, arguments)
        while states < number * done // len(calls):
            states += 1
            disk.write_after_cut(target)
            losing += bool(list_losses(target, disk.said))
            if states % 50 == 0:
                db = connection.connect(target / "signoff.sqlite")
                assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                assert store.audit.find_fault(db) is None
                db.close()
            shutil.rmtree(target)
    print(f"{states} states of {len(calls)} calls, {losing} with losses")
    assert len(disk.said) == len(MEMBERS) + 1
    assert states == number
    if level == UNSYNCED:
        assert losing > 0, "without losses this test shows nothing"
    else:
        assert losing == 0


if __name__ == "__main__":
    act(Path(sys.argv[1]), sys.argv[2])
