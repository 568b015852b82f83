"""Working copies are printed once, by few at a time, and kept no longer than they are of use."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from signoff import storage
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import PrinterBusy
from signoff.storage import RenderCache
from tests.factories import FORUM

COPY = WorkingCopy(
    "Titel", "<h1>Titel</h1>", "de", "Muster", "Fuß", FORUM, datetime(2027, 1, 18, tzinfo=UTC)
)


def test_the_same_copy_is_printed_once(tmp_path: Path) -> None:
    printed: list[WorkingCopy] = []

    def print_copy(copy: WorkingCopy) -> bytes:
        printed.append(copy)
        return copy.title.encode()

    made = RenderCache(tmp_path / "cache", {"pdf": print_copy})
    other = replace(COPY, title="Anderer")

    assert [made(COPY), made(COPY), made(other), made(COPY)] == [
        b"Titel",
        b"Titel",
        b"Anderer",
        b"Titel",
    ]
    assert printed == [COPY, other]
    assert RenderCache(tmp_path / "cache", {"pdf": print_copy})(COPY) == b"Titel", (
        "after a restart too"
    )
    assert len(printed) == 2
    RenderCache(tmp_path / "cache", {"pdf": print_copy}, layout="new")(COPY)
    assert len(printed) == 3, "another style is another file"


def test_a_crowd_is_sent_away_at_once_and_what_is_printed_is_still_given(tmp_path: Path) -> None:
    begun, go = Event(), Event()

    def slowly(copy: WorkingCopy) -> bytes:
        begun.set()
        assert go.wait(20)
        return copy.title.encode()

    made = RenderCache(tmp_path, {"pdf": slowly})
    got: list[bytes] = []
    crowd = [
        Thread(target=lambda at=at: got.append(made(replace(COPY, title=str(at)))))
        for at in range(storage.MAX_RENDERING + storage.MAX_WAITING)
    ]
    crowd[0].start()
    assert begun.wait(20)
    for thread in crowd[1:]:
        thread.start()
    patience = time.monotonic() + 20
    while made.waiting._value:  # until the others have taken their places
        assert time.monotonic() < patience
    with pytest.raises(PrinterBusy):
        made(COPY)
    go.set()
    for thread in crowd:
        thread.join()

    assert sorted(got) == [b"0", b"1", b"2", b"3"]
    assert made(COPY) == b"Titel"


def test_a_failed_print_gives_its_place_back(tmp_path: Path) -> None:
    def fails(copy: WorkingCopy) -> bytes:
        raise RuntimeError

    made = RenderCache(tmp_path, {"pdf": fails})
    for _ in range(10):
        with pytest.raises(RuntimeError):
            made(COPY)


def test_old_files_and_too_many_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MAX_CACHED_FILES", 3)
    made = RenderCache(tmp_path, {"pdf": lambda copy: b"x"})
    for at in range(5):
        path = tmp_path / f"{at}.docx"
        path.write_bytes(b"")
        os.utime(path, (1_700_000_000 + at, 1_700_000_000 + at))
    made.evict()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.docx", "3.docx", "4.docx"]
    made(COPY)

    assert len(list(tmp_path.iterdir())) == 1, "receipts name persons: they go after a month"
    assert next(tmp_path.iterdir()).stat().st_mode & 0o777 == 0o600
