"""Filters of lists that the office has given names."""

from dataclasses import dataclass

from sqlite_utils import Database

from signoff.store import rows
from signoff.store.rows import execute

LIST_FOR_ACCOUNT = """
SELECT * FROM saved_views WHERE list = :list AND (account_id IS NULL OR account_id = :account_id) ORDER BY name, id
"""
GET = "SELECT * FROM saved_views WHERE id = :id"
SAVE = """
INSERT INTO saved_views (list, account_id, name, query) VALUES (:list, :account_id, :name, :query)
ON CONFLICT (list, COALESCE(account_id, 0), name) DO UPDATE SET query = :query
"""
DELETE = "DELETE FROM saved_views WHERE id = :id"


@dataclass(frozen=True, slots=True)
class SavedView:
    """``query`` is that of the list's address; without an account it is for the whole office."""

    id: int
    list: str  # members or round_members
    account_id: int | None
    name: str
    query: str


def list_for_account(db: Database, list_name: str, account_id: int) -> list[SavedView]:
    """The views of a list that the office shares, and those of this account."""
    return rows.list_all(db, SavedView, LIST_FOR_ACCOUNT, list=list_name, account_id=account_id)


def find(db: Database, id: int) -> SavedView | None:
    return rows.find(db, SavedView, GET, id=id)


def save(db: Database, view: SavedView) -> None:
    """Store a view; one of the same name, list and account is replaced."""
    execute(db, SAVE, **rows.to_row(view))


def delete(db: Database, id: int) -> None:
    execute(db, DELETE, id=id)
