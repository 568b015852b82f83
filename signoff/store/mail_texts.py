"""The office's own texts in place of the shipped ones of a mail, its attachments and copies."""

from sqlite_utils import Database

from signoff.domain.mail import MailAttachment, MailKind, MailText
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all

LIST_ALL = "SELECT * FROM mail_texts"
LIST_FOR_KIND = "SELECT * FROM mail_texts WHERE kind = :kind"
SAVE = """
INSERT INTO mail_texts (kind,  language,  subject,  greeting,  opening,  signature)
VALUES                (:kind, :language, :subject, :greeting, :opening, :signature)
ON CONFLICT (kind, language) DO UPDATE SET
  subject = :subject, greeting = :greeting, opening = :opening, signature = :signature
"""
DELETE = "DELETE FROM mail_texts WHERE kind = :kind AND language = :language"


def list_all(db: Database) -> list[MailText]:
    return rows.list_all(db, MailText, LIST_ALL)


def list_for_kind(db: Database, kind: MailKind) -> list[MailText]:
    """The words of one kind of mail in each language in which there are any."""
    return rows.list_all(db, MailText, LIST_FOR_KIND, kind=kind)


def get(db: Database, kind: MailKind, language: str) -> MailText:
    """The words of the office; all empty where it has written none."""
    texts = (text for text in list_for_kind(db, kind) if text.language == language)
    return next(texts, MailText(kind, language))


def save(db: Database, text: MailText) -> None:
    execute(db, SAVE, **rows.to_row(text))


def delete(db: Database, kind: MailKind, language: str) -> None:
    execute(db, DELETE, kind=kind, language=language)


# Attachments.

LIST_ATTACHMENTS = "SELECT kind, attachment FROM mail_attachments"
DELETE_ATTACHMENTS = "DELETE FROM mail_attachments"
ADD_ATTACHMENT = "INSERT INTO mail_attachments (kind, attachment) VALUES (:kind, :attachment)"


def list_attachments(db: Database) -> list[tuple[MailKind, MailAttachment]]:
    """The attachments by kind of mail."""
    return [
        (MailKind(row["kind"]), MailAttachment(row["attachment"]))
        for row in fetch_all(db, LIST_ATTACHMENTS)
    ]


def replace_attachments(db: Database, chosen: list[tuple[MailKind, MailAttachment]]) -> None:
    execute(db, DELETE_ATTACHMENTS)
    records = [{"kind": kind, "attachment": attachment} for kind, attachment in chosen]
    execute_many(db, ADD_ATTACHMENT, records)


# Copies.

LIST_COPIES = "SELECT kind, email FROM mail_copies ORDER BY id"
DELETE_COPIES = "DELETE FROM mail_copies"
ADD_COPY = "INSERT INTO mail_copies (kind, email) VALUES (:kind, :email)"


def list_copies(db: Database) -> list[tuple[MailKind, str]]:
    """The addresses that get a copy, by kind of mail."""
    return [(MailKind(row["kind"]), row["email"]) for row in fetch_all(db, LIST_COPIES)]


def replace_copies(db: Database, copies: list[tuple[MailKind, str]]) -> None:
    execute(db, DELETE_COPIES)
    execute_many(db, ADD_COPY, [{"kind": kind, "email": email} for kind, email in copies])
