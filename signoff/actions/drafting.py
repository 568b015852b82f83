"""A paper and its first edition."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.paper import Edition, Text, checked_slug
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, papers
from signoff.store.connection import transaction


def add_paper(db: Database, slug: str, text: Text, actor: str, now: datetime) -> Edition:
    """Keep ``text`` as edition 1 of a new paper. Refuses a slug that is taken or cannot stand in an address."""
    with transaction(db):
        if papers.latest(db, checked_slug(slug)):
            raise Refusal(Reason.SLUG_TAKEN, "slug", slug=slug)

        edition = papers.add(db, slug, text, now)

        audit.record(db, Event.PAPER_ADDED, actor, f"paper/{slug}", now, edition=1, digest=edition.digest)
    return edition
