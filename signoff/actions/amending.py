"""The office changes the member list by hand: a new member, other facts, archived and back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.member import MEMBER_FACTS, Member, spelt
from signoff.domain.merging import require_untouched
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, members, memberships
from signoff.store.connection import transaction


def add_member(db: Database, member: Member, actor: str, now: datetime) -> int:
    """Keep a new member and give its id; the same once more finds it. Refuses a key another member has."""
    with transaction(db):
        known = members.by_key(db, member.key)
        if known and spelt(known, MEMBER_FACTS) == spelt(member, MEMBER_FACTS) and not known.archived_at:
            return known.id
        require_free(known, member)

        id = members.add(db, member)
        audit.record(db, Event.MEMBER_ADDED, actor, f"member/{id}", now, member=spelt(member, MEMBER_FACTS))
    return id


def change_member(db: Database, member: Member, opened: Mapping[str, str], actor: str, now: datetime) -> None:
    """Give the member with this id the facts of ``member``.

    ``opened`` are its facts when the form was opened; raises ``Overtaken`` where somebody has changed one since.
    Rounds that are over keep the facts they ended with.
    """
    with transaction(db):
        known = require(db, member.id)
        before, after = spelt(known, MEMBER_FACTS), spelt(member, MEMBER_FACTS)

        if before == after:
            return
        require_untouched(opened, before, after)
        require_free(members.by_key(db, member.key), member)

        members.freeze(db, now)
        members.save(db, replace(member, archived_at=known.archived_at))
        changed = [[name, before[name], after[name]] for name in MEMBER_FACTS if before[name] != after[name]]
        audit.record(db, Event.MEMBER_CHANGED, actor, f"member/{member.id}", now, fields=changed)


def archive_member(db: Database, id: int, actor: str, now: datetime) -> None:
    """Ask this member no more. Refuses while it is asked in a round that is not closed: who was asked may answer."""
    with transaction(db):
        known = require(db, id)
        if known.archived_at:
            return

        if titles := memberships.running(db, id):
            raise Refusal(Reason.IN_OPEN_ROUND, name=known.official_name, titles=", ".join(titles))

        members.save(db, replace(known, archived_at=now))
        audit.record(db, Event.MEMBER_ARCHIVED, actor, f"member/{id}", now)


def restore_member(db: Database, id: int, actor: str, now: datetime) -> None:
    """Ask this member again, from the next round on."""
    with transaction(db):
        known = require(db, id)
        if known.archived_at is None:
            return

        members.save(db, replace(known, archived_at=None))
        audit.record(db, Event.MEMBER_RESTORED, actor, f"member/{id}", now)


def require(db: Database, id: int) -> Member:
    known = members.get(db, id)
    if known is None:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=id)
    return known


def require_free(known: Member | None, member: Member) -> None:
    if known and known.id != member.id:
        raise Refusal(Reason.KEY_TAKEN, "key", text=member.key, name=known.official_name)
