"""Copying to a trial round from the database of its instance."""

from pathlib import Path

from sqlite_utils import Database

from signoff.store.rows import execute

ATTACH_INSTANCE = "ATTACH DATABASE :path AS instance"
DETACH_INSTANCE = "DETACH DATABASE instance"
# Nobody else can confirm a release of a trial round, so that it needs no second person.
COPY_SET_UP = (
    "INSERT INTO association SELECT * FROM instance.association",
    "UPDATE association SET four_eyes = 0",
    "INSERT INTO logos SELECT * FROM instance.logos",
    "INSERT INTO legal_texts SELECT * FROM instance.legal_texts",
    "INSERT INTO retention SELECT * FROM instance.retention",
    "INSERT INTO mail_texts SELECT * FROM instance.mail_texts",
    "INSERT INTO mail_attachments SELECT * FROM instance.mail_attachments",
)
# An editor: settings and accounts are not part of the trial.
COPY_ACCOUNT = "INSERT INTO accounts SELECT * FROM instance.accounts WHERE id = :account_id"
MAKE_EDITOR = "UPDATE accounts SET role = 'editor', password_hash = ''"
COPY_EDITION = (
    """
    INSERT INTO papers
    SELECT * FROM instance.papers WHERE id = (SELECT paper_id FROM instance.editions WHERE id = :edition_id)
    """,
    "INSERT INTO editions SELECT * FROM instance.editions WHERE id = :edition_id",
    "INSERT INTO annexes SELECT * FROM instance.annexes WHERE edition_id = :edition_id",
    """
    INSERT INTO pictures
    SELECT * FROM instance.pictures WHERE instr((SELECT html FROM editions WHERE id = :edition_id), sha256)
    """,
)


def attach_instance(db: Database, path: Path) -> None:
    """Make the tables of the instance readable; outside of a transaction."""
    db.conn.execute(ATTACH_INSTANCE, {"path": str(path)})


def detach_instance(db: Database) -> None:
    db.conn.execute(DETACH_INSTANCE)


def copy_set_up(db: Database, edition_id: int, account_id: int) -> None:
    """The association with its texts, one edition and one account without its password."""
    for statement in COPY_SET_UP:
        execute(db, statement)
    execute(db, COPY_ACCOUNT, account_id=account_id)
    execute(db, MAKE_EDITOR)
    for statement in COPY_EDITION:
        execute(db, statement, edition_id=edition_id)
