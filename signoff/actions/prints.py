"""PDFs that are owed: claimed, printed outside the transaction, recorded. Killed at any instant, it is done again."""

from base64 import b64encode
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeVar

from sqlite_utils import Database

from signoff import store
from signoff.domain.association import Association
from signoff.domain.audit import Event, InclusionProof, build_inclusion_proof
from signoff.domain.documents import Attachment, Checkpoint, Document
from signoff.domain.errors import PrintError, Reason, Refusal
from signoff.domain.releases import Print, PrintKind, SealedFile, SealIdentity
from signoff.domain.rounds import Round
from signoff.store.connection import transaction


class PrintedPdf(Protocol):
    """What a printer gives back."""

    @property
    def content(self) -> bytes: ...

    @property
    def pages(self) -> int: ...


class Sealing(Protocol):
    """What seals a final print."""

    def about(self, association: str, timestamp: bool) -> SealIdentity: ...

    def seal(
        self, content: bytes, association: str, timestamp: bool, now: datetime
    ) -> SealedFile: ...


SEAL_STEP = 5  # steps: four of the press, the seal, and the examination of what was sealed
Tool = TypeVar("Tool")
ProgressCallback = Callable[[int, int], None]
AttachmentBuilder = Callable[[Document, InclusionProof], tuple[Attachment, ...]]


def print_next(
    db: Database,
    worker: str,
    living: Collection[str],
    print_pdf: Callable[[Document], PrintedPdf],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
    round_id: int | None = None,
    attach: AttachmentBuilder | None = None,
    sealing: Sealing | None = None,
    note: ProgressCallback = lambda id, progress: None,
) -> Print | None:
    """Print one PDF that is due (of one round, if given), seal it and keep it; ``None`` when nothing is due.

    A draft carries no attachments and no seal. ``note`` is told each finished step: the print's id, and how many.
    """
    with transaction(db):
        due = store.releases.claim_print(db, worker, living, clock(), round_id)
    if due is None:
        return None
    try:
        done = print_and_seal(db, due, print_pdf, keep, base_url, clock, attach, sealing, note)
    except PrintError as problem:
        with transaction(db):
            store.releases.mark_print_failed(db, due.id, str(problem), clock())
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


def print_and_seal(
    db: Database,
    due: Print,
    print_pdf: Callable[[Document], PrintedPdf],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
    attach: AttachmentBuilder | None,
    sealing: Sealing | None,
    note: ProgressCallback,
) -> dict[str, object]:
    """The file, made and kept: what is recorded of it. What was typeset is in the journal before it is sealed."""
    final = due.kind is not PrintKind.DRAFT
    text = build_document(db, due, base_url, attach, sealing)
    printed = with_progress(print_pdf, lambda step, steps: note(due.id, step))(text)
    content, level = printed.content, ""
    if final and sealing:
        record_typeset(db, due, sha256(content).hexdigest(), clock())
        sealing = with_progress(sealing, lambda: note(due.id, SEAL_STEP))
        sealed = sealing.seal(content, text.association.name, due.timestamp, clock())
        content, level = sealed.content, str(sealed.level)
    return {"sha256": keep(content), "size": len(content), "pages": printed.pages, "seal": level}


def with_progress(tool: Tool, told: Callable[..., None]) -> Tool:
    """``tool`` so that it tells how far it is, where it can."""
    begin = getattr(tool, "watched", None)
    return begin(told) if begin else tool


def save_progress(db: Database, id: int, progress: int) -> None:
    """How many of its steps a print has done; for those who watch."""
    with transaction(db):
        store.releases.update_print_progress(db, id, progress)


def record_typeset(db: Database, due: Print, unsealed_sha256: str, now: datetime) -> None:
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


def reprint(db: Database, round_id: int, timestamp: bool, actor: str, now: datetime) -> Round:
    """Enqueue the final print of a closed round once more, with or deliberately without a timestamp."""
    with transaction(db):
        round = store.rounds.get(db, round_id)
        if round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not round.closed_at:
            raise Refusal(Reason.NOT_YET_CLOSED)
        round.require_unreleased(now)

        order_print(db, round.id, timestamp, actor, now)
    return round


def retry_failed_print(
    db: Database, round_id: int, actor: str, now: datetime, timestamp: bool = True
) -> bool:
    """Owe the final PDF once more after it failed; gives whether that was needed. A second call changes nothing."""
    with transaction(db):
        failed = store.releases.find_latest_print(db, round_id, PrintKind.FINAL)
        if failed is None or failed.failed_at is None:
            return False

        order_print(db, round_id, timestamp, actor, now, error=failed.error)
    return True


def order_print(
    db: Database, round_id: int, timestamp: bool, actor: str, now: datetime, **told: object
) -> None:
    """Within the caller's transaction: the order and the print it owes."""
    entry = store.audit.record(
        db, Event.PRINT_ORDERED, actor, f"round/{round_id}", now, timestamp=timestamp, **told
    )
    store.releases.enqueue_print(db, round_id, PrintKind.FINAL, entry.seq, now, timestamp)


def load_logo(db: Database, association: Association) -> str:
    """The logo as a document carries it."""
    found = store.association.find_logo(db, association.logo) if association.logo else None
    return b64encode(found.png).decode("ascii") if found else ""


def build_document(
    db: Database,
    due: Print,
    base_url: str,
    attach: AttachmentBuilder | None = None,
    sealing: Sealing | None = None,
) -> Document:
    """What ``due`` is printed from: the frozen round plus the office's decisions, and what came after the release."""
    round, association = store.rounds.find(db, due.round_id), store.association.get(db)
    assert round and round.deadline and round.opened_at
    edition, final = store.papers.get_edition(db, round.edition_id), due.kind is not PrintKind.DRAFT
    entry = store.audit.find(db, due.entry)
    assert entry
    text = Document(
        kind=due.kind,
        association=association,
        edition=edition,
        deadline=round.deadline,
        as_of=round.as_of if final else round.opened_at,
        address=f"{base_url}/papers/{edition.slug}",
        verify_address=f"{base_url}/verify",
        signatories=store.round_status.load(db, round).signatories(association.zone)
        if due.kind is PrintKind.FINAL
        else (),
        layout=round.terms.layout,
        checkpoint=Checkpoint(entry.seq, entry.root) if final else None,
        logo=load_logo(db, association),
        sealer=sealing.about(association.name, due.timestamp) if final and sealing else None,
    )
    if due.kind.is_later:
        signatories, withdrawals = store.releases.load_document_content(
            db, round, due.kind, due.entry
        )
        number, earlier = store.releases.get_number_and_prior_releases(
            db, round.id, due.kind, due.entry
        )
        facts = {
            "withdrawals": withdrawals,
            "number": number,
            "earlier": earlier,
            "as_of": due.enqueued_at,
        }
        text = replace(text, signatories=signatories, **facts)  # type: ignore[arg-type]
    if not final or attach is None:
        return text
    return replace(
        text,
        attachments=attach(text, build_inclusion_proof(entry, store.audit.find(db, entry.seq - 1))),
    )
