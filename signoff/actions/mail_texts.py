"""The office changes the words of a kind of mail, and chooses attachments and copies."""

from dataclasses import asdict
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailAttachment, MailKind, MailText
from signoff.domain.text import canonical_digest
from signoff.store.connection import transaction


def save(db: Database, text: MailText, seen: str, actor: str, now: datetime) -> None:
    """Save the words; all empty returns to the shipped ones.

    Refuses if ``seen`` is no longer the version tag of what is saved.
    """
    with transaction(db):
        previous = store.mail_texts.get(db, text.kind, text.language)
        if text == previous:
            return
        if seen != compute_version_tag(previous):
            raise Refusal(Reason.STALE, what="settings")

        if text.is_empty:
            store.mail_texts.delete(db, text.kind, text.language)
        else:
            store.mail_texts.save(db, text)
        store.audit.record(
            db, Event.MAIL_TEXT_CHANGED, actor, f"mail/{text.kind}", now, text=asdict(text)
        )


def compute_version_tag(text: MailText) -> str:
    return canonical_digest(asdict(text))


def choose_attachments(
    db: Database,
    chosen: list[tuple[MailKind, MailAttachment]],
    copies: list[tuple[MailKind, str]],
    actor: str,
    now: datetime,
) -> None:
    """Attach these files to these kinds of mail from now on, send copies to these addresses, and no
    others.
    """
    with transaction(db):
        unchanged = copies == store.mail_texts.list_copies(db)
        if unchanged and sorted(chosen) == sorted(store.mail_texts.list_attachments(db)):
            return

        store.mail_texts.replace_attachments(db, chosen)
        store.mail_texts.replace_copies(db, copies)
        names = sorted(f"{kind}: {attachment}" for kind, attachment in chosen)
        store.audit.record(
            db,
            Event.MAIL_ATTACHMENTS_CHANGED,
            actor,
            "association",
            now,
            attached=names,
            copies=sorted(f"{kind}: {email}" for kind, email in copies),
        )
