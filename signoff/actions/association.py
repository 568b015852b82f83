"""The instance's association and its legal texts."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.association import Association, LegalText, Logo, list_placeholders
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.text import canonical_digest
from signoff.store.connection import transaction


def create(
    db: Database, association: Association, starters: Iterable[LegalText], actor: str, now: datetime
) -> bool:
    """Make the association with its starter texts; gives whether there was none before."""
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


def update(
    db: Database, association: Association, actor: str, now: datetime, seen: str = ""
) -> None:
    """Change what the association is called and how it is reached.

    ``seen`` is the ``state`` the change was made from; refuses where a colleague has changed it meanwhile.
    """
    with transaction(db):
        before = store.association.get(db)
        if (
            replace(association, texts_edited=before.texts_edited, four_eyes=before.four_eyes)
            == before
        ):
            return
        if seen and seen != compute_version_tag(before):
            raise Refusal(Reason.STALE, what="settings")

        store.association.save(db, association)
        store.audit.record(
            db, Event.ASSOCIATION_CHANGED, actor, "association", now, **asdict(association)
        )


def compute_version_tag(association: Association) -> str:
    """Stands for everything that was seen of ``association`` before it is changed."""
    facts = {name: value for name, value in asdict(association).items() if name != "texts_edited"}
    return canonical_digest(facts)


def set_logo(db: Database, logo: Logo | None, actor: str, now: datetime) -> None:
    """Use ``logo`` from now on, or none. What is released already keeps the one it was printed with."""
    with transaction(db):
        before, digest = store.association.get(db), logo.sha256 if logo else ""
        if before.logo == digest:
            return

        if logo:
            store.association.save_logo(db, logo)
        store.association.save(db, replace(before, logo=digest))
        store.audit.record(db, Event.LOGO_CHANGED, actor, "association", now, logo=digest)


def edit_text(
    db: Database,
    kind: str,
    language: str,
    markdown: str,
    actor: str,
    now: datetime,
    seen: str | None = None,
) -> LegalText:
    """Replace one of the legal texts. Once no blank is left in it, it is no starter text any more.

    ``seen`` is the text the change was made from; refuses where a colleague has changed it meanwhile.
    """
    edited = LegalText(kind, language, markdown, None if list_placeholders(markdown) else now)
    with transaction(db):
        before = store.association.find_legal_text(db, kind, language)
        if (
            before
            and before.markdown == markdown
            and (before.edited_at is None) == (edited.edited_at is None)
        ):
            return before
        if seen is not None and before and before.markdown not in (seen, markdown):
            raise Refusal(Reason.STALE, what="settings")

        store.association.save_legal_text(db, edited)
        store.audit.record(db, Event.ASSOCIATION_CHANGED, actor, f"text/{kind}/{language}", now)
    return edited
