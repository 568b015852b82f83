"""Requests for the link of a lost mail, until the worker has answered them."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.store import rows

INSERT_LINK_REQUEST = """
INSERT INTO link_requests (name, email, requested_at) VALUES (:name, :email, :requested_at)
"""
LIST_LINK_REQUESTS = "SELECT * FROM link_requests ORDER BY id"
DELETE_LINK_REQUEST = "DELETE FROM link_requests WHERE id = :id"


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A typed request: the name of a member and a mail address, which may not fit."""

    id: int
    name: str
    email: str
    requested_at: datetime


def add(db: Database, name: str, email: str, now: datetime) -> None:
    rows.execute(db, INSERT_LINK_REQUEST, name=name, email=email, requested_at=now)


def list_all(db: Database) -> list[LinkRequest]:
    return rows.list_all(db, LinkRequest, LIST_LINK_REQUESTS)


def delete(db: Database, id: int) -> None:
    rows.execute(db, DELETE_LINK_REQUEST, id=id)
