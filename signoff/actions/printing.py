"""PDFs that are owed: claimed, printed outside the transaction, recorded. Killed at any instant, it is done again."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.document import Checkpoint, Document
from signoff.domain.failure import Unprintable
from signoff.domain.release import Print, PrintKind
from signoff.store import associations, audit, papers, prints, rounds, standings
from signoff.store.connection import transaction


class Printed(Protocol):
    """What a printer gives back."""

    @property
    def content(self) -> bytes: ...

    @property
    def pages(self) -> int: ...


def print_next(
    db: Database,
    worker: str,
    living: Collection[str],
    print_pdf: Callable[[Document], Printed],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
    round_id: int | None = None,
) -> Print | None:
    """Print one PDF that is due (of one round, if given) and keep it; ``None`` when nothing is due."""
    with transaction(db):
        due = prints.claim(db, worker, living, clock(), round_id)
    if due is None:
        return None
    try:
        printed = print_pdf(document(db, due, base_url))
        sha256 = keep(printed.content)
    except Unprintable as problem:
        with transaction(db):
            prints.mark_failed(db, due.id, str(problem), clock())
        return due
    with transaction(db):
        now = clock()
        facts = {"sha256": sha256, "size": len(printed.content), "pages": printed.pages}
        prints.mark_printed(db, due.id, sha256=sha256, size=len(printed.content), pages=printed.pages, now=now)
        audit.record(db, Event.PRINTED, "worker", f"round/{due.round_id}", now, kind=str(due.kind), **facts)
    return due


def owe_again(db: Database, round_id: int, actor: str, now: datetime) -> bool:
    """Owe the final PDF once more after it failed; gives whether that was needed. A second call changes nothing."""
    with transaction(db):
        failed = prints.latest(db, round_id, PrintKind.FINAL)
        if failed is None or failed.failed_at is None:
            return False

        entry = audit.record(db, Event.PRINT_ORDERED, actor, f"round/{round_id}", now, error=failed.error)
        prints.owe(db, round_id, PrintKind.FINAL, entry.seq, now)
    return True


def document(db: Database, due: Print, base_url: str) -> Document:
    """What ``due`` is printed from: the frozen round plus the office's decisions."""
    round, association = rounds.get(db, due.round_id), associations.get(db)
    assert round and round.deadline and round.opened_at
    edition, final = papers.get(db, round.edition_id), due.kind is PrintKind.FINAL
    entry = audit.get(db, due.entry)
    assert entry
    return Document(
        kind=due.kind,
        association=association,
        edition=edition,
        deadline=round.deadline,
        as_of=round.as_of if final else round.opened_at,
        address=f"{base_url}/papers/{edition.slug}",
        verify_address=f"{base_url}/verify",
        signatories=standings.of(db, round).signatories(association.zone) if final else (),
        layout=round.terms.layout,
        checkpoint=Checkpoint(entry.seq, entry.root) if final else None,
    )
