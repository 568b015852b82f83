"""A paper and its editions, before a round freezes one."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.paper import Annex, Edition, Text, checked_slug
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, papers
from signoff.store.connection import transaction

MOST_ANNEXES = 10


def add_paper(db: Database, slug: str, text: Text, actor: str, now: datetime, source: str = "") -> Edition:
    """Keep ``text`` as edition 1 of a new paper. Refuses a slug that is taken or cannot stand in an address."""
    with transaction(db):
        if papers.latest(db, checked_slug(slug)):
            raise Refusal(Reason.SLUG_TAKEN, "slug", slug=slug)

        edition = papers.add(db, slug, text, now, source)

        audit.record(db, Event.PAPER_ADDED, actor, f"paper/{slug}", now, edition=1, digest=edition.digest)
    return edition


def revise(
    db: Database, slug: str, number: int, version: int, text: Text, source: str, actor: str, now: datetime
) -> Edition:
    """Another text for an edition that no round has frozen; its annexes stay.

    Refuses where somebody else has changed it since ``version`` was read. The same text again changes nothing.
    """
    with transaction(db):
        edition = unfrozen(db, slug, number)
        text = replace(text, annexes=edition.text.annexes)
        if text == edition.text and source == edition.source:
            return edition
        if edition.version != version:
            raise Refusal(Reason.EDITED_MEANWHILE)

        papers.revise(db, edition.id, text, source)
        told = {"edition": number, "digest": text.digest, "before": edition.digest}
        audit.record(db, Event.EDITION_REVISED, actor, f"paper/{slug}", now, **told)
    return papers.get(db, edition.id)


def add_edition(db: Database, slug: str, number: int, actor: str, now: datetime) -> Edition:
    """A new edition that begins as edition ``number``; the newest one, where no round has frozen it yet, is given."""
    with transaction(db):
        newest, model = existing(db, slug), edition_of(db, slug, number)
        if not papers.is_frozen(db, newest.id):
            return newest

        next = newest.number + 1
        made = papers.add_edition(db, newest.paper_id, slug, next, model.text, now, model.source)
        told = {"edition": next, "model": number, "digest": made.digest}
        audit.record(db, Event.EDITION_ADDED, actor, f"paper/{slug}", now, **told)
    return made


def attach(db: Database, slug: str, number: int, annex: Annex, actor: str, now: datetime) -> Edition:
    """Add a PDF to an edition; the same file a second time changes nothing."""
    with transaction(db):
        edition = unfrozen(db, slug, number)
        if annex.sha256 in {each.sha256 for each in edition.text.annexes}:
            return edition
        if len(edition.text.annexes) >= MOST_ANNEXES:
            raise Refusal(Reason.TOO_MANY_ANNEXES, "annex", limit=MOST_ANNEXES)

        edition = papers.attach(db, edition, annex, now)
        told = {"edition": number, "name": annex.name, "sha256": annex.sha256, "digest": edition.digest}
        audit.record(db, Event.ANNEX_ADDED, actor, f"paper/{slug}", now, **told)
    return edition


def detach(db: Database, slug: str, number: int, sha256: str, actor: str, now: datetime) -> Edition:
    """Take a PDF away from an edition that no round has frozen; a second call changes nothing."""
    with transaction(db):
        edition = unfrozen(db, slug, number)
        if sha256 not in {each.sha256 for each in edition.text.annexes}:
            return edition

        edition = papers.detach(db, edition, sha256)
        told = {"edition": number, "sha256": sha256, "digest": edition.digest}
        audit.record(db, Event.ANNEX_REMOVED, actor, f"paper/{slug}", now, **told)
    return edition


def existing(db: Database, slug: str) -> Edition:
    """The newest edition of the paper; refuses where there is none."""
    edition = papers.latest(db, slug)
    if edition is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return edition


def edition_of(db: Database, slug: str, number: int) -> Edition:
    found = next((each for each in papers.of_paper(db, slug) if each.number == number), None)
    if found is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return found


def unfrozen(db: Database, slug: str, number: int) -> Edition:
    edition = edition_of(db, slug, number)
    if papers.is_frozen(db, edition.id):
        raise Refusal(Reason.TEXT_FROZEN)
    return edition
