"""A member list is looked at before it is taken in: kept for a day, then taken in as it was shown, or forgotten."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.actions import enrolling
from signoff.domain.enrolment import MemberRow, Planned
from signoff.store import member_files
from signoff.store.connection import transaction
from signoff.store.member_files import Kept

KEPT_FOR = timedelta(days=1)


def keep(db: Database, file: Kept, now: datetime) -> None:
    """Keep a list that was uploaded. It changes no member and is no entry of the journal."""
    with transaction(db):
        member_files.keep(db, file, now)


def forget_old(db: Database, now: datetime) -> None:
    """Forget the lists nobody has taken in within a day."""
    if member_files.any_older(db, now - KEPT_FOR):
        with transaction(db):
            member_files.forget_older(db, now - KEPT_FOR)


def take_in(
    db: Database, digest: str, rows: Iterable[MemberRow], as_previewed: str, actor: str, now: datetime
) -> list[Planned]:
    """Take the kept list in as it was shown, and forget it; refuses where something else would happen by now."""
    planned = enrolling.enrol(db, rows, actor, now, as_previewed=as_previewed)
    with transaction(db):
        member_files.forget(db, digest)
    return planned
