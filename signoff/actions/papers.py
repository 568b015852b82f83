"""Papers and their editions: add, revise, attach annexes and pictures, print for trial."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.characters import format_located_characters
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Annex, Edition, Picture, Text, require_valid_slug
from signoff.store.connection import transaction

MAX_ANNEXES = 10


def add_paper(
    db: Database,
    slug: str,
    text: Text,
    actor: str,
    now: datetime,
    source: str = "",
    pictures: Iterable[Picture] = (),
) -> Edition:
    """Add a paper with this text as edition 1, and the pictures that came with it.

    Refuses a slug that is taken, or invalid in an address.
    """
    with transaction(db):
        if store.papers.find_latest_edition(db, require_valid_slug(slug)):
            raise Refusal(Reason.SLUG_TAKEN, "slug", slug=slug)
        save_pictures(db, pictures, actor, now)
        require_pictures(db, text)

        edition = store.papers.add(db, slug, text, now, source)

        store.audit.record(
            db, Event.PAPER_ADDED, actor, f"paper/{slug}", now, edition=1, digest=edition.digest
        )
    return edition


def revise(
    db: Database,
    slug: str,
    number: int,
    text: Text,
    actor: str,
    now: datetime,
    *,
    source: str,
    expected_version: int,
) -> Edition:
    """Replace the text of an edition that no round has frozen; its annexes stay.

    Refuses if its version is not the expected one. The same text again changes nothing.
    """
    with transaction(db):
        edition = get_unfrozen_edition(db, slug, number)
        text = replace(text, annexes=edition.text.annexes)
        if text == edition.text and source == edition.source:
            return edition
        if edition.version != expected_version:
            raise Refusal(Reason.STALE, what="draft")
        require_pictures(db, text)

        store.papers.update_text(db, edition.id, text, source)
        details = {"edition": number, "digest": text.digest, "before": edition.digest}
        store.audit.record(db, Event.EDITION_REVISED, actor, f"paper/{slug}", now, **details)
    return store.papers.get_edition(db, edition.id)


def add_edition(
    db: Database,
    slug: str,
    number: int,
    text: Text,
    actor: str,
    now: datetime,
    *,
    source: str,
    annexes_only: bool = False,
) -> Edition:
    """Add an edition that changes the text of edition ``number``; its annexes are copied.

    Refuses one without a change, unless ``annexes_only`` says that those will change, and a second
    one that no round has frozen; the same again returns that one.
    """
    with transaction(db):
        newest, model = get_latest_edition(db, slug), get_edition(db, slug, number)
        text = replace(text, annexes=model.text.annexes)
        if not store.papers.is_frozen(db, newest.id):
            if newest.text == text:
                return newest
            raise Refusal(Reason.STALE, what="draft")
        if text == model.text and not annexes_only:
            raise Refusal(Reason.EDITION_UNCHANGED, "text")
        require_pictures(db, text)

        next_number = newest.number + 1
        added = store.papers.add_edition(db, newest.paper_id, slug, next_number, text, now, source)
        details = {"edition": next_number, "model": number, "digest": added.digest}
        store.audit.record(db, Event.EDITION_ADDED, actor, f"paper/{slug}", now, **details)
    return added


def delete_edition(
    db: Database, slug: str, number: int, actor: str, now: datetime
) -> tuple[list[str], list[str]]:
    """Delete an edition that no round has used; with its last edition, the paper.

    Returns the digests of the prints and annexes whose files are to be removed. The audit log
    keeps who did what, and the digests of the texts.
    """
    with transaction(db):
        edition = get_edition(db, slug, number)
        if store.papers.is_used(db, edition.id):
            raise Refusal(Reason.EDITION_USED)

        files = store.papers.delete_edition(db, edition)
        gone = store.papers.find_latest_edition(db, slug) is None
        event = Event.PAPER_DELETED if gone else Event.EDITION_DELETED
        details = {"edition": number, "digest": edition.digest}
        store.audit.record(db, event, actor, f"paper/{slug}", now, **details)
    return files


def attach(
    db: Database, slug: str, number: int, annex: Annex, actor: str, now: datetime
) -> Edition:
    """Attach a PDF to an edition that no round has frozen; the same file again changes nothing."""
    with transaction(db):
        edition = get_unfrozen_edition(db, slug, number)
        if annex.sha256 in {other.sha256 for other in edition.text.annexes}:
            return edition
        if len(edition.text.annexes) >= MAX_ANNEXES:
            raise Refusal(Reason.TOO_MANY_ANNEXES, "annex", limit=MAX_ANNEXES)

        edition = store.papers.add_annex(db, edition, annex, now)
        details = {
            "edition": number,
            "name": annex.name,
            "sha256": annex.sha256,
            "digest": edition.digest,
        }
        store.audit.record(db, Event.ANNEX_ADDED, actor, f"paper/{slug}", now, **details)
    return edition


def detach(db: Database, slug: str, number: int, sha256: str, actor: str, now: datetime) -> Edition:
    """Remove a PDF from an edition that no round has frozen; a second call changes nothing."""
    with transaction(db):
        edition = get_unfrozen_edition(db, slug, number)
        if sha256 not in {annex.sha256 for annex in edition.text.annexes}:
            return edition

        edition = store.papers.delete_annex(db, edition, sha256)
        details = {"edition": number, "sha256": sha256, "digest": edition.digest}
        store.audit.record(db, Event.ANNEX_REMOVED, actor, f"paper/{slug}", now, **details)
    return edition


def store_pictures(db: Database, pictures: Iterable[Picture], actor: str, now: datetime) -> None:
    """Store pictures, which a text can show from then on; the same again changes nothing."""
    with transaction(db):
        save_pictures(db, pictures, actor, now)


def save_pictures(db: Database, pictures: Iterable[Picture], actor: str, now: datetime) -> None:
    """Within the caller's transaction: what ``store_pictures`` does."""
    for picture in pictures:
        if store.papers.find_picture(db, picture.sha256) is None:
            store.papers.save_picture(db, picture)
            store.audit.record(db, Event.PICTURE_ADDED, actor, "papers", now, sha256=picture.sha256)


def require_pictures(db: Database, text: Text) -> None:
    """Refuse a text that shows pictures which are not stored."""
    missing = len(text.pictures) - len(store.papers.list_pictures(db, text))
    if missing:
        raise Refusal(Reason.NO_SUCH_PICTURE, "text", count=missing)


def require_described_pictures(edition: Edition) -> None:
    """Refuse a text whose pictures say nothing to people who cannot see them."""
    if count := edition.text.undescribed_pictures:
        raise Refusal(Reason.PICTURE_UNDESCRIBED, count=count)


def require_printable_text(edition: Edition) -> None:
    """Refuse a text stored with characters that would be printed as stand-ins."""
    if places := edition.text.unprintable:
        raise Refusal(Reason.UNPRINTABLE, "text", characters=format_located_characters(places))


def get_latest_edition(db: Database, slug: str) -> Edition:
    """The newest edition of the paper; refuses if there is no such paper."""
    edition = store.papers.find_latest_edition(db, slug)
    if edition is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return edition


def get_edition(db: Database, slug: str, number: int) -> Edition:
    for edition in store.papers.list_editions(db, slug):
        if edition.number == number:
            return edition
    raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)


def get_unfrozen_edition(db: Database, slug: str, number: int) -> Edition:
    edition = get_edition(db, slug, number)
    if store.papers.is_frozen(db, edition.id):
        raise Refusal(Reason.TEXT_FROZEN)
    return edition


def enqueue_trial_print(db: Database, slug: str, number: int, actor: str, now: datetime) -> None:
    """Enqueue a print of the edition as it stands; nothing if there is one of this very text,
    printed or pending.
    """
    with transaction(db):
        edition = get_edition(db, slug, number)
        latest = store.releases.find_latest_trial_print(db, edition.id)
        if latest and latest.digest == edition.digest and not latest.failed_at:
            return

        details = {"edition": number, "digest": edition.digest}
        entry = store.audit.record(
            db, Event.TRIAL_PRINT_ORDERED, actor, f"paper/{slug}", now, **details
        )
        store.releases.enqueue_trial_print(db, edition, entry.seq, now)
