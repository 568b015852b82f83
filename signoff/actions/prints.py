"""Print the PDFs that are due: claimed, printed outside the transaction, then recorded.

A worker may be killed at any time; the print is then repeated.
"""

from base64 import b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeVar, runtime_checkable

from sqlite_utils import Database

from signoff import store
from signoff.actions.log import commit_to_list
from signoff.actions.papers import get_latest_edition
from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.documents import (
    PRINTED_TERMS,
    Attachment,
    Document,
    PrintedDocument,
    PrintSettings,
    build_trial_signatories,
)
from signoff.domain.errors import PrintError, Reason, Refusal
from signoff.domain.log import Checkpoint, LogEvidence, LogKind, describe_terms
from signoff.domain.papers import Edition
from signoff.domain.releases import Print, PrintKind, SealedFile, SealIdentity, TrialOpening
from signoff.domain.rounds import Round, Terms
from signoff.domain.serialization import from_json, to_json
from signoff.domain.text import canonical_digest, canonical_json
from signoff.store.connection import snapshot, transaction
from signoff.store.rows import RowNotFound

# of the steps of a print: four of typesetting, the seal, and the verification of what was sealed
SEAL_STEP = 5
PRINT_STEPS = 6
SUPERSEDED = "superseded"  # the error of a print that a later one replaces
AttachmentBuilder = Callable[[Document], tuple[Attachment, ...]]
Tool = TypeVar("Tool")


class FileStore(Protocol):
    """The store of printed files."""

    def store_print(self, content: bytes, list_data: str = "", settings: str = "") -> str:
        """Store a file with the list that is embedded in it and the settings it was printed with,
        and return its SHA-256.
        """


class Sealing(Protocol):
    """Seals a final print."""

    def describe_sealer(self, association: str, timestamp: bool) -> SealIdentity: ...

    def seal(
        self, content: bytes, association: str, timestamp: bool, now: datetime
    ) -> SealedFile: ...


class LogSigner(Protocol):
    """The key of the log."""

    @property
    def verifier_key(self) -> str: ...

    @property
    def digest(self) -> str: ...

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str: ...


class PrintServices(Protocol):
    """What printing needs of an instance's services."""

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def print_pdf(self) -> Callable[[Document], PrintedDocument]: ...

    @property
    def archive(self) -> FileStore: ...

    @property
    def sealing(self) -> Sealing | None: ...

    @property
    def attach(self) -> AttachmentBuilder: ...

    @property
    def log_key(self) -> LogSigner: ...


@runtime_checkable
class ProgressReporter(Protocol):
    """A printer or sealer that can report its finished steps."""

    def with_progress(self, report: Callable[..., None]) -> object: ...


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints what is due in one instance, on behalf of one worker.

    ``report_progress`` is called after each finished step, with the print's id and the number of
    finished steps.
    """

    db: Database
    services: PrintServices
    base_url: str
    worker: str
    report_progress: Callable[[int, int], None] = lambda print_id, step: None

    def print_next(
        self,
        list_live_workers: Callable[[], Collection[str]] = lambda: (),
        round_id: int | None = None,
        edition_id: int | None = None,
    ) -> Print | None:
        """Print one PDF that is due (of one round or edition, if given), seal and store it;
        ``None`` if nothing is due.

        A print that one of the live workers has claimed is not due; they are listed within the
        transaction.
        """
        clock = self.services.clock
        with transaction(self.db):
            due = store.releases.claim_print(
                self.db, self.worker, list_live_workers(), clock(), round_id, edition_id
            )
        if due is None:
            return None
        try:
            details = self.print_and_seal(due)
        except PrintError as problem:
            with transaction(self.db):
                store.releases.mark_print_failed(self.db, due.id, str(problem), clock())
            return due
        except RowNotFound:
            if store.releases.find_print(self.db, due.id):
                raise
            return due  # its text or round was deleted meanwhile
        with transaction(self.db):
            if store.releases.find_print(self.db, due.id) is None:
                return due
            store.releases.mark_printed(self.db, due.id, **details, now=clock())  # type: ignore[arg-type]
            subject, kind = get_audit_subject(self.db, due), str(due.kind)
            store.audit.record(
                self.db, Event.PRINTED, "worker", subject, clock(), kind=kind, **details
            )
        return due

    def print_and_seal(self, due: Print) -> dict[str, object]:
        """Make and store the file; returns what is recorded of it.

        A draft has no attachments and no seal. A trial print of the whole document is sealed and
        examined as the final one, but kept unsealed, so that nobody takes it for a released file.

        The digest of the typeset file is in the audit log before the file is sealed.
        """
        services = self.services
        document = build_document(self.db, due, self.base_url, services.sealing)
        if not due.is_draft:
            document = attach_files(self.db, due, document, services)
        print_pdf = report_steps(
            services.print_pdf, lambda step, steps: self.report_progress(due.id, step)
        )
        printed = print_pdf(document)
        content, level = printed.content, ""
        if not due.is_draft and services.sealing:
            if not due.opening:
                record_typeset(self.db, due, sha256(content).hexdigest(), services.clock())
            sealing = report_steps(
                services.sealing, lambda: self.report_progress(due.id, SEAL_STEP)
            )
            sealed = sealing.seal(
                content, document.association.name, due.timestamp, services.clock()
            )
            if not due.opening:
                content, level = sealed.content, str(sealed.level)
        settings = to_json(document.settings) if document.list_data else ""
        return {
            "sha256": services.archive.store_print(content, document.list_data, settings),
            "size": len(content),
            "pages": printed.pages,
            "seal": level,
        }


def report_steps(tool: Tool, report: Callable[..., None]) -> Tool:
    """``tool``, set up to report its finished steps if it can."""
    if isinstance(tool, ProgressReporter):
        return tool.with_progress(report)  # type: ignore[return-value]
    return tool


def get_audit_subject(db: Database, due: Print) -> str:
    if due.edition_id:
        return f"paper/{store.papers.get_edition(db, due.edition_id).slug}"
    return f"round/{due.round_id}"


def save_progress(db: Database, id: int, progress: int) -> None:
    """Record how many steps of a print are finished, for the page that waits for it."""
    with transaction(db):
        store.releases.update_print_progress(db, id, progress)


def record_typeset(db: Database, due: Print, unsealed_sha256: str, now: datetime) -> None:
    """Record what will be sealed.

    After a killed run the record exists, since the bytes are the same.
    """
    if due.unsealed_sha256 == unsealed_sha256:
        return
    with transaction(db):
        store.releases.mark_typeset(db, due.id, unsealed_sha256)
        details = {"unsealed_sha256": unsealed_sha256}
        store.audit.record(db, Event.TYPESET, "worker", get_audit_subject(db, due), now, **details)


def reprint(
    db: Database, round_id: int, timestamp: bool, actor: str, now: datetime, *, plain: bool = False
) -> Round:
    """Enqueue the final print of a closed round once more, with or deliberately without a
    timestamp, the list in its layout or in plain lines.
    """
    with transaction(db):
        round = store.rounds.get(db, round_id)
        if round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not round.closed_at:
            raise Refusal(Reason.NOT_YET_CLOSED)
        round.require_unreleased(now)

        order_print(db, round.id, timestamp, actor, now, plain=plain)
    return round


def retry_failed_print(
    db: Database,
    round_id: int,
    actor: str,
    now: datetime,
    timestamp: bool = True,
    plain: bool = False,
) -> bool:
    """Enqueue the final PDF once more if it failed, and return whether it had.

    A second call changes nothing.
    """
    with transaction(db):
        if store.rounds.get(db, round_id).cancelled_at:
            raise Refusal(Reason.CANCELLED)
        failed = store.releases.find_latest_print(db, round_id, PrintKind.FINAL)
        if failed is None or failed.failed_at is None:
            return False

        order_print(db, round_id, timestamp, actor, now, plain=plain, error=failed.error)
    return True


def order_print(
    db: Database,
    round_id: int,
    timestamp: bool,
    actor: str,
    now: datetime,
    *,
    plain: bool = False,
    **details: object,
) -> None:
    """Within the caller's transaction: the order in the audit log, and the print."""
    if plain:
        details = {**details, "plain": True}
    entry = store.audit.record(
        db, Event.PRINT_ORDERED, actor, f"round/{round_id}", now, timestamp=timestamp, **details
    )
    store.releases.enqueue_print(db, round_id, PrintKind.FINAL, entry.seq, now, timestamp, plain)


def load_logo(db: Database, association: Association) -> str:
    """The association's logo as a PNG in base64, or nothing."""
    logo = store.association.find_logo(db, association.logo) if association.logo else None
    return b64encode(logo.png).decode("ascii") if logo else ""


def load_pictures(db: Database, edition: Edition) -> tuple[tuple[str, str], ...]:
    """The pictures of the text: address, and content in base64."""
    return tuple(
        (picture.address, b64encode(picture.content).decode("ascii"))
        for picture in store.papers.list_pictures(db, edition.text)
    )


def build_document(
    db: Database,
    due: Print,
    base_url: str,
    sealing: Sealing | None = None,
    settings: PrintSettings | None = None,
) -> Document:
    """The document to print: the frozen round, decisions, and changes since the release. It has
    no attachments yet. ``settings`` are those of a print that is made again.
    """
    round = store.rounds.get(db, due.round_id) if due.round_id else None
    edition_id = round.edition_id if round else due.edition_id
    if edition_id is None:
        raise LookupError(f"print {due.id} has neither round nor edition")
    edition = store.papers.get_edition(db, edition_id)
    settings = settings or load_settings(db, due, edition, base_url, sealing)
    terms = round.terms if round else Terms()
    document = Document(
        kind=PrintKind.DRAFT if due.is_draft else due.kind,
        association=settings.association,
        edition=edition,
        deadline=round.deadline if round else None,
        as_of=round.opened_at if round and round.opened_at else due.enqueued_at,
        address=settings.address,
        verify_address=settings.verify_address,
        layout=terms.layout,
        inhabitants_as_of=terms.inhabitants_as_of if terms.inhabitants else "",
        plain=due.plain,
        logo=settings.logo,
        pictures=load_pictures(db, edition),
        sealer=settings.sealer,
    )
    if due.is_draft:
        return document
    return add_signatories(db, document, due, round) if round else add_sample(db, document, due)


def load_settings(
    db: Database, due: Print, edition: Edition, base_url: str, sealing: Sealing | None
) -> PrintSettings:
    """The settings as they are now; a draft has no seal."""
    association = store.association.get(db)
    return PrintSettings(
        association=association,
        logo=load_logo(db, association),
        address=f"{base_url}/papers/{edition.slug}",
        verify_address=f"{base_url}/verify",
        sealer=sealing.describe_sealer(association.name, due.timestamp)
        if sealing and not due.is_draft
        else None,
    )


def print_again(
    db: Database, done: Print, base_url: str, services: PrintServices, settings: bytes
) -> PrintedDocument:
    """Make a finished print anew from the records, with the settings of that time; nothing is
    sealed or stored. Without ``settings`` those of now are used.

    Where the log has no statement about the same list, it gets one: use a copy of the database.
    """
    kept = from_json(PrintSettings, settings) if settings else None
    document = build_document(db, done, base_url, services.sealing, kept)
    return services.print_pdf(attach_files(db, done, document, services))


def attach_files(db: Database, due: Print, document: Document, services: PrintServices) -> Document:
    """The document with its attachments. What is to be released is in the log before."""
    if due.round_id:
        log = commit_document(db, due.round_id, document, services.log_key, services.clock())
        document = replace(document, log=log)
    return replace(document, attachments=services.attach(document))


LOG_KINDS = {
    PrintKind.FINAL: LogKind.CLOSING,
    PrintKind.ADDENDUM: LogKind.ADDENDUM,
    PrintKind.EDITION: LogKind.EDITION,
}


def commit_document(
    db: Database, round_id: int, document: Document, key: LogSigner, now: datetime
) -> LogEvidence:
    """The statement of the log that commits to the document. The same document printed once more
    finds the same one; a new one has an entry that binds it.
    """
    number = {"number": document.number} if document.kind.is_later else {}
    with transaction(db):
        round = store.rounds.get(db, round_id)
        known = store.log.list_checkpoints_of_round(db, round_id)
        committed = commit_to_list(
            db,
            round,
            LOG_KINDS[document.kind],
            document.signatories,
            document.withdrawals,
            now,
            **number,
        )
        if committed not in known:
            subject = f"round/{round_id}"
            store.audit.record(db, Event.CHECKPOINT_GIVEN, "worker", subject, now)
        proof = store.log.Prover(db).get(committed.parsed)
    return LogEvidence(
        key=key.verifier_key,
        key_digest=key.digest,
        statement=committed.statement,
        list_salt=committed.salt.hex(),
        terms=canonical_json(describe_terms(round)).decode(),
        index=proof.index,
        path=proof.path,
        root=proof.checkpoint.root.hex(),
        checkpoint=key.sign_checkpoint(proof.checkpoint),
    )


def add_signatories(db: Database, document: Document, due: Print, round: Round) -> Document:
    """The document with its list: that of the release, or what an addendum or a further edition
    lists.
    """
    if not due.kind.is_later:
        status, zone = store.round_status.read(db, round), document.association.zone
        return replace(document, signatories=status.signatories(zone), as_of=round.as_of)
    with snapshot(db):  # the status is then read from the tables, too
        signatories, withdrawals = store.releases.load_document_content(
            db, round, due.kind, due.entry
        )
    number, prior = store.releases.get_number_and_prior_releases(db, round.id, due.kind, due.entry)
    return replace(
        document,
        signatories=signatories,
        withdrawals=withdrawals,
        number=number,
        earlier=prior,
        as_of=due.enqueued_at,
    )


# The trial print of the whole document before its round opens.


def order_trial_print(
    db: Database, slug: str, opening: TrialOpening, actor: str, now: datetime
) -> Print:
    """The trial print of the paper as this opening would make it; it is enqueued unless there is
    one already, printed or pending. One that failed is enqueued once more.
    """
    with transaction(db):
        edition = get_latest_edition(db, slug)
        content_digest = compute_trial_digest(db, edition, opening)
        latest = store.releases.find_latest_trial_print(db, edition.id, content_digest)
        if latest and not latest.failed_at:
            return latest

        details = {"edition": edition.number, "digest": edition.digest}
        entry = store.audit.record(
            db, Event.TRIAL_PRINT_ORDERED, actor, f"paper/{slug}", now, **details
        )
        store.releases.enqueue_trial_print(db, edition, entry.seq, now, opening, content_digest)
        ordered = store.releases.find_latest_trial_print(db, edition.id, content_digest)
    if ordered is None:
        raise LookupError(f"no trial print of {slug}")
    return ordered


def find_trial_print(db: Database, edition: Edition, opening: TrialOpening) -> Print | None:
    """The newest trial print of this text with this list and these terms."""
    content_digest = compute_trial_digest(db, edition, opening)
    return store.releases.find_latest_trial_print(db, edition.id, content_digest)


def require_trial_print(db: Database, edition: Edition, opening: TrialOpening) -> None:
    """Refuse to open a round whose document has not been printed and examined."""
    trial = find_trial_print(db, edition, opening)
    if trial and trial.failed_at and trial.error != SUPERSEDED:
        raise Refusal(
            Reason.TRIAL_INTERRUPTED if trial.interrupted else Reason.TRIAL_FAILED,
            error=trial.error,
        )
    if trial is None or trial.printed_at is None:
        raise Refusal(Reason.TRIAL_MISSING)


def compute_trial_digest(db: Database, edition: Edition, opening: TrialOpening) -> str:
    """The digest of text, list and terms: a change of any of them asks for a new trial print."""
    signatories = build_trial_signatories(
        store.members.list_to_invite(db, opening.tags, opening.members), opening.terms
    )
    return canonical_digest(
        {
            "text": edition.digest,
            "list": [
                [
                    *(item.key, item.name, item.state, item.district, item.country),
                    *(item.first, item.inhabitants),
                ]
                for item in signatories
            ],
            "terms": {name: str(getattr(opening.terms, name)) for name in PRINTED_TERMS},
        }
    )


def add_sample(db: Database, document: Document, due: Print) -> Document:
    """The document with everybody who is to be asked in its list."""
    opening = from_json(TrialOpening, due.opening)
    if compute_trial_digest(db, document.edition, opening) != due.content_digest:
        raise PrintError("Text oder Mitglieder wurden inzwischen geändert")
    members, terms = store.members.list_to_invite(db, opening.tags, opening.members), opening.terms
    return replace(
        document,
        signatories=build_trial_signatories(members, terms),
        layout=terms.layout,
        inhabitants_as_of=terms.inhabitants_as_of if terms.inhabitants else "",
    )
