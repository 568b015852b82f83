"""Working copies are printed once, a few at a time, and removed when they are no longer needed."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from signoff import storage
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Busy
from signoff.storage import RenderCache
from tests.factories import FORUM
from tests.server import until

COPY = WorkingCopy(
    "Titel", "<h1>Titel</h1>", "de", "Muster", "Fuß", FORUM, datetime(2027, 1, 18, tzinfo=UTC)
)


def test_the_same_copy_is_printed_once(tmp_path: Path) -> None:
    printed: list[WorkingCopy] = []

    def print_copy(copy: WorkingCopy) -> bytes:
        printed.append(copy)
        return copy.title.encode()

    cache = RenderCache(tmp_path / "cache", {"pdf": print_copy})
    other = replace(COPY, title="Anderer")

    assert [cache(COPY), cache(COPY), cache(other), cache(COPY)] == [
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


def test_who_asks_for_a_copy_while_it_is_printed_gets_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MAX_RENDERING", 2)
    printed: list[int] = []
    printing, finish = Event(), Event()

    def slowly(copy: WorkingCopy) -> bytes:
        printed.append(len(printed))
        printing.set()
        assert finish.wait(20)
        return b"%d" % printed[-1]

    # As the web process and the worker, which mails a receipt while the page shows it.
    caches = [RenderCache(tmp_path / "cache", {"pdf": slowly}) for _ in range(2)]
    results: list[bytes] = []
    first, second, third = [
        Thread(target=lambda cache=cache: results.append(cache(COPY)))
        for cache in (caches[0], caches[0], caches[1])
    ]
    first.start()
    assert printing.wait(20)
    second.start()
    third.start()
    until(lambda: [cache.slots.running._value for cache in caches] == [0, 1])
    finish.set()
    for thread in (first, second, third):
        thread.join()

    assert results == [b"0"] * 3
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_further_requests_are_refused_at_once_while_cached_copies_are_served(
    tmp_path: Path,
) -> None:
    printing, finish = Event(), Event()

    def slowly(copy: WorkingCopy) -> bytes:
        printing.set()
        assert finish.wait(20)
        return copy.title.encode()

    cache = RenderCache(tmp_path, {"pdf": slowly})
    results: list[bytes] = []
    crowd = [
        Thread(target=lambda at=at: results.append(cache(replace(COPY, title=str(at)))))
        for at in range(storage.MAX_RENDERING + storage.MAX_WAITING)
    ]
    crowd[0].start()
    assert printing.wait(20)
    for thread in crowd[1:]:
        thread.start()
    patience = time.monotonic() + 20
    while cache.slots.waiting._value:  # until the others have taken their places
        assert time.monotonic() < patience
    with pytest.raises(Busy):
        cache(COPY)
    finish.set()
    for thread in crowd:
        thread.join()

    assert sorted(results) == [b"%d" % at for at in range(len(crowd))]
    assert cache(COPY) == b"Titel"


def test_failed_print_frees_its_slot(tmp_path: Path) -> None:
    def fails(copy: WorkingCopy) -> bytes:
        raise RuntimeError

    cache = RenderCache(tmp_path, {"pdf": fails})
    for _ in range(10):
        with pytest.raises(RuntimeError):
            cache(COPY)


def test_old_and_surplus_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "MAX_CACHED_FILES", 3)
    cache = RenderCache(tmp_path, {"pdf": lambda copy: b"x"})
    for at in range(5):
        path = tmp_path / f"{at}.docx"
        path.write_bytes(b"")
        os.utime(path, (1_700_000_000 + at, 1_700_000_000 + at))
    deleted_meanwhile = tmp_path / "5.docx"
    deleted_meanwhile.symlink_to("nothing")
    cache.evict()
    deleted_meanwhile.unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.docx", "3.docx", "4.docx"]
    cache(COPY)

    assert len(list(tmp_path.iterdir())) == 1, "receipts name persons: they go after a month"
    assert next(tmp_path.iterdir()).stat().st_mode & 0o777 == 0o600
