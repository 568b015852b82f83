"""Answers of former rounds are taken in as history, or removed again."""

from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.store.connection import transaction
from signoff.store.participations import PastAnswer


def import_answers(
    db: Database, answers: Iterable[PastAnswer], actor: str, now: datetime
) -> list[PastAnswer]:
    """Take in what is new or differs, all or nothing; returns it. A second time, nothing does."""
    with transaction(db):
        known = set(store.participations.list_past_answers(db))
        changed = [answer for answer in answers if answer not in known]
        if changed:
            store.participations.save_past_answers(db, changed)
            keys = {member.id: member.key for member in store.members.list_all(db)}
            details = [
                [keys[each.member_id], each.title, each.year, str(each.kind or "")]
                for each in changed
            ]
            store.audit.record(db, Event.HISTORY_IMPORTED, actor, "members", now, changed=details)
    return changed


def remove_round(db: Database, title: str, year: int, actor: str, now: datetime) -> None:
    """Remove the answers of one former round."""
    with transaction(db):
        answers = store.participations.list_past_answers(db)
        if not any((each.title, each.year) == (title, year) for each in answers):
            return
        store.participations.delete_past_round(db, title, year)
        store.audit.record(db, Event.HISTORY_REMOVED, actor, "members", now, title=title, year=year)
