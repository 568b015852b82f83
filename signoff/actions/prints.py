"""PDFs that are owed: claimed, printed outside the transaction, recorded. Killed at any instant, it is done again."""

from base64 import b64encode
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeVar

from sqlite_utils import Database

from signoff import store
from signoff.actions.rounds import running
from signoff.domain.association import Association
from signoff.domain.audit import Event, InclusionProof, inclusion
from signoff.domain.documents import Attachment, Checkpoint, Document
from signoff.domain.errors import Reason, Refusal, Unprintable
from signoff.domain.releases import Print, PrintKind, Sealed, Sealer
from signoff.domain.rounds import Round
from signoff.store.connection import transaction


class Printed(Protocol):
    """What a printer gives back."""

    @property
    def content(self) -> bytes: ...

    @property
    def pages(self) -> int: ...


class Sealing(Protocol):
    """What seals a final print."""

    def about(self, association: str, timestamp: bool) -> Sealer: ...

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> Sealed: ...


SEALED = 5  # steps: four of the press, the seal, and the examination of what was sealed
Tool = TypeVar("Tool")
Note = Callable[[int, int], None]
Attach = Callable[[Document, InclusionProof], tuple[Attachment, ...]]


def print_next(
    db: Database,
    worker: str,
    living: Collection[str],
    print_pdf: Callable[[Document], Printed],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
    round_id: int | None = None,
    attach: Attach | None = None,
    sealing: Sealing | None = None,
    note: Note = lambda id, progress: None,
) -> Print | None:
    """Print one PDF that is due (of one round, if given), seal it and keep it; ``None`` when nothing is due.

    A draft carries no attachments and no seal. ``note`` is told each finished step: the print's id, and how many.
    """
    with transaction(db):
        due = store.releases.claim(db, worker, living, clock(), round_id)
    if due is None:
        return None
    try:
        done = made(db, due, print_pdf, keep, base_url, clock, attach, sealing, note)
    except Unprintable as problem:
        with transaction(db):
            store.releases.mark_failed(db, due.id, str(problem), clock())
        return due
    with transaction(db):
        store.releases.mark_printed(db, due.id, **done, now=clock())  # type: ignore[arg-type]
        store.audit.record(
            db,
            Event.PRINTED,
            "worker",
            f"round/{due.round_id}",
            clock(),
            kind=str(due.kind),
            **done,
        )
    return due


def made(
    db: Database,
    due: Print,
    print_pdf: Callable[[Document], Printed],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
    attach: Attach | None,
    sealing: Sealing | None,
    note: Note,
) -> dict[str, object]:
    """The file, made and kept: what is recorded of it. What was typeset is in the journal before it is sealed."""
    final = due.kind is not PrintKind.DRAFT
    text = document(db, due, base_url, attach, sealing)
    printed = watched(print_pdf, lambda step, steps: note(due.id, step))(text)
    content, level = printed.content, ""
    if final and sealing:
        note_typeset(db, due, sha256(content).hexdigest(), clock())
        sealing = watched(sealing, lambda: note(due.id, SEALED))
        sealed = sealing.seal(content, text.association.name, due.timestamp, clock())
        content, level = sealed.content, str(sealed.level)
    return {"sha256": keep(content), "size": len(content), "pages": printed.pages, "seal": level}


def watched(tool: Tool, told: Callable[..., None]) -> Tool:
    """``tool`` so that it tells how far it is, where it can."""
    begin = getattr(tool, "watched", None)
    return begin(told) if begin else tool


def note_progress(db: Database, id: int, progress: int) -> None:
    """How many of its steps a print has done; for those who watch."""
    with transaction(db):
        store.releases.mark_progress(db, id, progress)


def note_typeset(db: Database, due: Print, unsealed_sha256: str, now: datetime) -> None:
    """Journal what will be sealed; a second run after a kill finds the first, since the same bytes come again."""
    if due.unsealed_sha256 == unsealed_sha256:
        return
    with transaction(db):
        store.releases.mark_typeset(db, due.id, unsealed_sha256)
        store.audit.record(
            db,
            Event.TYPESET,
            "worker",
            f"round/{due.round_id}",
            now,
            unsealed_sha256=unsealed_sha256,
        )


def print_again(db: Database, slug: str, timestamp: bool, actor: str, now: datetime) -> Round:
    """Owe the final print of the paper's closed round once more, with or knowingly without a timestamp."""
    with transaction(db):
        round = running(db, slug)
        if round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not round.closed_at:
            raise Refusal(Reason.NOT_YET_CLOSED)
        round.require_unreleased(now)

        order(db, round.id, timestamp, actor, now)
    return round


def owe_again(
    db: Database, round_id: int, actor: str, now: datetime, timestamp: bool = True
) -> bool:
    """Owe the final PDF once more after it failed; gives whether that was needed. A second call changes nothing."""
    with transaction(db):
        failed = store.releases.latest(db, round_id, PrintKind.FINAL)
        if failed is None or failed.failed_at is None:
            return False

        order(db, round_id, timestamp, actor, now, error=failed.error)
    return True


def order(
    db: Database, round_id: int, timestamp: bool, actor: str, now: datetime, **told: object
) -> None:
    """Within the caller's transaction: the order and the print it owes."""
    entry = store.audit.record(
        db, Event.PRINT_ORDERED, actor, f"round/{round_id}", now, timestamp=timestamp, **told
    )
    store.releases.owe(db, round_id, PrintKind.FINAL, entry.seq, now, timestamp)


def logo(db: Database, association: Association) -> str:
    """The logo as a document carries it."""
    found = store.association.find_logo(db, association.logo) if association.logo else None
    return b64encode(found.png).decode("ascii") if found else ""


def document(
    db: Database,
    due: Print,
    base_url: str,
    attach: Attach | None = None,
    sealing: Sealing | None = None,
) -> Document:
    """What ``due`` is printed from: the frozen round plus the office's decisions, and what came after the release."""
    round, association = store.rounds.find(db, due.round_id), store.association.get(db)
    assert round and round.deadline and round.opened_at
    edition, final = store.papers.get(db, round.edition_id), due.kind is not PrintKind.DRAFT
    entry = store.audit.get(db, due.entry)
    assert entry
    text = Document(
        kind=due.kind,
        association=association,
        edition=edition,
        deadline=round.deadline,
        as_of=round.as_of if final else round.opened_at,
        address=f"{base_url}/papers/{edition.slug}",
        verify_address=f"{base_url}/verify",
        signatories=store.round_status.of(db, round).signatories(association.zone)
        if due.kind is PrintKind.FINAL
        else (),
        layout=round.terms.layout,
        checkpoint=Checkpoint(entry.seq, entry.root) if final else None,
        logo=logo(db, association),
        sealer=sealing.about(association.name, due.timestamp) if final and sealing else None,
    )
    if due.kind.is_later:
        signatories, withdrawals = store.releases.told(db, round, due.kind, due.entry)
        number, earlier = store.releases.named(db, round.id, due.kind, due.entry)
        facts = {
            "withdrawals": withdrawals,
            "number": number,
            "earlier": earlier,
            "as_of": due.owed_at,
        }
        text = replace(text, signatories=signatories, **facts)  # type: ignore[arg-type]
    if not final or attach is None:
        return text
    return replace(
        text, attachments=attach(text, inclusion(entry, store.audit.get(db, entry.seq - 1)))
    )
