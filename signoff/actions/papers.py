"""Printing a draft before its round is opened. Killed at any instant, it is done again."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.prints import PrintedPdf, load_logo
from signoff.domain.audit import Event
from signoff.domain.documents import Document
from signoff.domain.errors import PrintError, Reason, Refusal
from signoff.domain.papers import Annex, Edition, Text, TrialPrint, require_valid_slug
from signoff.domain.releases import PrintKind
from signoff.store.connection import transaction

# A paper and its editions, before a round freezes one.

MAX_ANNEXES = 10


def add_paper(
    db: Database, slug: str, text: Text, actor: str, now: datetime, source: str = ""
) -> Edition:
    """Keep ``text`` as edition 1 of a new paper. Refuses a slug that is taken or cannot stand in an address."""
    with transaction(db):
        if store.papers.find_latest_edition(db, require_valid_slug(slug)):
            raise Refusal(Reason.SLUG_TAKEN, "slug", slug=slug)

        edition = store.papers.add(db, slug, text, now, source)

        store.audit.record(
            db, Event.PAPER_ADDED, actor, f"paper/{slug}", now, edition=1, digest=edition.digest
        )
    return edition


def revise(
    db: Database,
    slug: str,
    number: int,
    version: int,
    text: Text,
    source: str,
    actor: str,
    now: datetime,
) -> Edition:
    """Another text for an edition that no round has frozen; its annexes stay.

    Refuses where somebody else has changed it since ``version`` was read. The same text again changes nothing.
    """
    with transaction(db):
        edition = get_unfrozen_edition(db, slug, number)
        text = replace(text, annexes=edition.text.annexes)
        if text == edition.text and source == edition.source:
            return edition
        if edition.version != version:
            raise Refusal(Reason.STALE, what="draft")

        store.papers.update_text(db, edition.id, text, source)
        told = {"edition": number, "digest": text.digest, "before": edition.digest}
        store.audit.record(db, Event.EDITION_REVISED, actor, f"paper/{slug}", now, **told)
    return store.papers.get_edition(db, edition.id)


def add_edition(db: Database, slug: str, number: int, actor: str, now: datetime) -> Edition:
    """A new edition that begins as edition ``number``; the newest one, where no round has frozen it yet, is given."""
    with transaction(db):
        newest, model = get_latest_edition(db, slug), get_edition(db, slug, number)
        if not store.papers.is_frozen(db, newest.id):
            return newest

        next = newest.number + 1
        made = store.papers.add_edition(
            db, newest.paper_id, slug, next, model.text, now, model.source
        )
        told = {"edition": next, "model": number, "digest": made.digest}
        store.audit.record(db, Event.EDITION_ADDED, actor, f"paper/{slug}", now, **told)
    return made


def attach(
    db: Database, slug: str, number: int, annex: Annex, actor: str, now: datetime
) -> Edition:
    """Add a PDF to an edition; the same file a second time changes nothing."""
    with transaction(db):
        edition = get_unfrozen_edition(db, slug, number)
        if annex.sha256 in {each.sha256 for each in edition.text.annexes}:
            return edition
        if len(edition.text.annexes) >= MAX_ANNEXES:
            raise Refusal(Reason.TOO_MANY_ANNEXES, "annex", limit=MAX_ANNEXES)

        edition = store.papers.add_annex(db, edition, annex, now)
        told = {
            "edition": number,
            "name": annex.name,
            "sha256": annex.sha256,
            "digest": edition.digest,
        }
        store.audit.record(db, Event.ANNEX_ADDED, actor, f"paper/{slug}", now, **told)
    return edition


def detach(db: Database, slug: str, number: int, sha256: str, actor: str, now: datetime) -> Edition:
    """Take a PDF away from an edition that no round has frozen; a second call changes nothing."""
    with transaction(db):
        edition = get_unfrozen_edition(db, slug, number)
        if sha256 not in {each.sha256 for each in edition.text.annexes}:
            return edition

        edition = store.papers.delete_annex(db, edition, sha256)
        told = {"edition": number, "sha256": sha256, "digest": edition.digest}
        store.audit.record(db, Event.ANNEX_REMOVED, actor, f"paper/{slug}", now, **told)
    return edition


def get_latest_edition(db: Database, slug: str) -> Edition:
    """The newest edition of the paper; refuses where there is none."""
    edition = store.papers.find_latest_edition(db, slug)
    if edition is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return edition


def get_edition(db: Database, slug: str, number: int) -> Edition:
    found = next(
        (each for each in store.papers.list_editions(db, slug) if each.number == number), None
    )
    if found is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return found


def get_unfrozen_edition(db: Database, slug: str, number: int) -> Edition:
    edition = get_edition(db, slug, number)
    if store.papers.is_frozen(db, edition.id):
        raise Refusal(Reason.TEXT_FROZEN)
    return edition


def enqueue_trial_print(db: Database, slug: str, number: int, actor: str, now: datetime) -> None:
    """Owe a print of the edition as it stands; one that is owed or done for this very text is enough."""
    with transaction(db):
        edition = get_edition(db, slug, number)
        last = store.papers.find_latest_trial_print(db, edition.id)
        if last and last.digest == edition.digest and not last.failed_at:
            return

        store.papers.enqueue_trial_print(db, edition.id, edition.digest, now)
        store.audit.record(
            db,
            Event.TRIAL_PRINT_ORDERED,
            actor,
            f"paper/{slug}",
            now,
            edition=number,
            digest=edition.digest,
        )


def print_trial(
    db: Database,
    worker: str,
    living: Collection[str],
    print_pdf: Callable[[Document], PrintedPdf],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
) -> TrialPrint | None:
    """Print one that is due and keep it; ``None`` when nothing is due."""
    with transaction(db):
        due = store.papers.claim_trial_print(db, worker, living)
    if due is None:
        return None
    edition = store.papers.get_edition(db, due.edition_id)
    try:
        printed = print_pdf(build_trial_document(db, due, base_url))
    except PrintError as problem:
        with transaction(db):
            store.papers.mark_trial_failed(db, due.id, str(problem), clock())
        return due
    done = {"sha256": keep(printed.content), "size": len(printed.content), "pages": printed.pages}
    with transaction(db):
        store.papers.mark_trial_printed(db, due.id, **done, now=clock())  # type: ignore[arg-type]
        store.audit.record(
            db, Event.PRINTED, "worker", f"paper/{edition.slug}", clock(), kind="trial", **done
        )
    return due


def build_trial_document(db: Database, due: TrialPrint, base_url: str) -> Document:
    """The marked draft as the members will find it; its deadline is still open."""
    edition, association = store.papers.get_edition(db, due.edition_id), store.association.get(db)
    return Document(
        kind=PrintKind.DRAFT,
        association=association,
        edition=edition,
        deadline=None,
        as_of=due.enqueued_at,
        address=f"{base_url}/papers/{edition.slug}",
        verify_address=f"{base_url}/verify",
        logo=load_logo(db, association),
    )
