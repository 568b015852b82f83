"""The instance's association and its legal texts."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.association import Association, LegalText, Logo, list_blanks, list_gaps
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.text import canonical_digest
from signoff.store.connection import transaction


def create(
    db: Database, association: Association, starters: Iterable[LegalText], actor: str, now: datetime
) -> bool:
    """Create the association with its starter texts; returns whether there was none before."""
    with transaction(db):
        if store.association.exists(db):
            return False

        store.association.save(db, association)
        for text in starters:
            store.association.save_legal_text(db, text)
        store.audit.record(
            db, Event.INSTANCE_CREATED, actor, "association", now, name=association.name
        )
    return True


def migrate(db: Database, actor: str, now: datetime) -> list[str]:
    """Apply the pending changes of the schema and return their names. The rows that they change are
    bound to the log anew.
    """
    store.bound_rows.track(db)
    names = store.migrations.migrate(db)
    if names and store.association.exists(db):
        with transaction(db):
            store.audit.record(db, Event.MIGRATED, actor, "association", now, names=names)
    return names


def update(
    db: Database, association: Association, actor: str, now: datetime, expected_tag: str = ""
) -> None:
    """Change names and contact details of the association.

    Refuses if ``expected_tag`` is given and no longer the version tag of the association.
    """
    with transaction(db):
        previous = store.association.get(db)
        if replace(association, four_eyes=previous.four_eyes) == previous:
            return
        if expected_tag and expected_tag != compute_version_tag(previous):
            raise Refusal(Reason.STALE, what="settings")

        store.association.save(db, association)
        store.audit.record(
            db, Event.ASSOCIATION_CHANGED, actor, "association", now, **asdict(association)
        )


def compute_version_tag(association: Association) -> str:
    """A digest of everything an administrator sees before changing the association."""
    return canonical_digest(asdict(association))


def set_logo(db: Database, logo: Logo | None, actor: str, now: datetime) -> None:
    """Use this logo from now on, or none. Released PDFs keep the one they were printed with."""
    with transaction(db):
        previous, digest = store.association.get(db), logo.sha256 if logo else ""
        if previous.logo == digest:
            return

        if logo:
            store.association.save_logo(db, logo)
        store.association.save(db, replace(previous, logo=digest))
        store.audit.record(db, Event.LOGO_CHANGED, actor, "association", now, logo=digest)


def edit_text(
    db: Database,
    kind: str,
    language: str,
    markdown: str,
    actor: str,
    now: datetime,
    *,
    expected: str | None = None,
) -> LegalText:
    """Replace one of the legal texts. Without blanks left in it, everybody may read it.

    Refuses gaps in place of a text that everybody may read, and if the text is neither the
    expected one nor this one already.
    """
    edited = LegalText(kind, language, markdown, None if list_blanks(markdown) else now)
    with transaction(db):
        ours = store.association.get(db)
        gaps = list_gaps(markdown, ours)
        previous = store.association.find_legal_text(db, kind, language)
        if (
            previous
            and previous.markdown == markdown
            and (previous.edited_at is None) == (edited.edited_at is None)
        ):
            return previous
        if expected is not None and previous and previous.markdown not in (expected, markdown):
            raise Refusal(Reason.STALE, what="settings")
        if gaps and previous and previous.is_public(ours):
            raise Refusal(Reason.GAPS_LEFT, "markdown", gaps="; ".join(gaps))

        store.association.save_legal_text(db, edited)
        store.audit.record(db, Event.ASSOCIATION_CHANGED, actor, f"text/{kind}/{language}", now)
    return edited
