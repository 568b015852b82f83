"""Printing a draft before its round is opened. Killed at any instant, it is done again."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlite_utils import Database

from signoff.actions import drafting
from signoff.actions.printing import Printed, logo
from signoff.domain.audit import Event
from signoff.domain.document import Document
from signoff.domain.failure import Unprintable
from signoff.domain.release import PrintKind
from signoff.domain.trial import Trial
from signoff.store import associations, audit, papers, trials
from signoff.store.connection import transaction


def owe_trial(db: Database, slug: str, number: int, actor: str, now: datetime) -> None:
    """Owe a print of the edition as it stands; one that is owed or done for this very text is enough."""
    with transaction(db):
        edition = drafting.edition_of(db, slug, number)
        last = trials.latest(db, edition.id)
        if last and last.digest == edition.digest and not last.failed_at:
            return

        trials.owe(db, edition.id, edition.digest, now)
        audit.record(db, Event.TRIAL_ORDERED, actor, f"paper/{slug}", now, edition=number, digest=edition.digest)


def print_trial(
    db: Database,
    worker: str,
    living: Collection[str],
    print_pdf: Callable[[Document], Printed],
    keep: Callable[[bytes], str],
    base_url: str,
    clock: Callable[[], datetime],
) -> Trial | None:
    """Print one that is due and keep it; ``None`` when nothing is due."""
    with transaction(db):
        due = trials.claim(db, worker, living)
    if due is None:
        return None
    edition = papers.get(db, due.edition_id)
    try:
        printed = print_pdf(document(db, due, base_url))
    except Unprintable as problem:
        with transaction(db):
            trials.mark_failed(db, due.id, str(problem), clock())
        return due
    done = {"sha256": keep(printed.content), "size": len(printed.content), "pages": printed.pages}
    with transaction(db):
        trials.mark_printed(db, due.id, **done, now=clock())  # type: ignore[arg-type]
        audit.record(db, Event.PRINTED, "worker", f"paper/{edition.slug}", clock(), kind="trial", **done)
    return due


def document(db: Database, due: Trial, base_url: str) -> Document:
    """The marked draft as the members will find it; its deadline is still open."""
    edition, association = papers.get(db, due.edition_id), associations.get(db)
    return Document(
        kind=PrintKind.DRAFT,
        association=association,
        edition=edition,
        deadline=None,
        as_of=due.owed_at,
        address=f"{base_url}/papers/{edition.slug}",
        verify_address=f"{base_url}/verify",
        logo=logo(db, association),
    )
