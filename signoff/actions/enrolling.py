"""Taking a member file in: adds and updates; rows missing from the file remove nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.enrolment import Change, MemberRow, Planned, RepresentativeRow
from signoff.domain.member import Member, Representative
from signoff.store import audit, members
from signoff.store.connection import transaction

MEMBER_FIELDS = ("name", "official_name", "kind", "state", "country", "language", "tags")
REPRESENTATIVE_FIELDS = ("name", "function", "language")


def plan(db: Database, file: Iterable[MemberRow]) -> list[Planned]:
    """What taking ``file`` in would change, member by member, field by field."""
    return [planned for row in file for planned in plan_member(db, row)]


def enrol(db: Database, file: Iterable[MemberRow], actor: str, now: datetime) -> list[Planned]:
    """Take ``file`` in, all or nothing; gives what changed. A second time, nothing does."""
    file = list(file)
    with transaction(db):
        planned = plan(db, file)

        if all(each.change is Change.SAME for each in planned):
            return planned

        for row in file:
            save(db, row)
        changed = [[str(each.change), each.key, each.email or ""] for each in planned if each.change is not Change.SAME]
        audit.record(db, Event.MEMBERS_IMPORTED, actor, "members", now, changed=changed)
    return planned


def plan_member(db: Database, row: MemberRow) -> Iterator[Planned]:
    member = members.by_key(db, row.key)
    before = registered(db, member)
    if member is None:
        yield Planned(Change.NEW, row.line, row.key, row.name)
    else:
        fields = differences(member, row, MEMBER_FIELDS)
        yield Planned(Change.CHANGED if fields else Change.SAME, row.line, row.key, row.name, None, fields)
    for each in row.representatives:
        known = before.get(each.email)
        fields = differences(known, each, REPRESENTATIVE_FIELDS) if known else ()
        change = Change.NEW if known is None else Change.CHANGED if fields else Change.SAME
        yield Planned(change, row.line, row.key, row.name, each.email, fields)


def differences(before: object, after: object, names: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    pairs = ((name, written(getattr(before, name)), written(getattr(after, name))) for name in names)
    return tuple((name, old, new) for name, old, new in pairs if old != new)


def written(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def registered(db: Database, member: Member | None) -> dict[str, Representative]:
    return {each.email: each for each in members.representatives(db, member.id)} if member else {}


def save(db: Database, row: MemberRow) -> None:
    facts = {name: getattr(row, name) for name in MEMBER_FIELDS}
    member = members.by_key(db, row.key)
    if member is None:
        member_id = members.add(db, Member(0, row.key, **facts))
    else:
        member_id = member.id
        members.save(db, replace(member, **facts))
    known = registered(db, member)
    for each in row.representatives:
        save_representative(db, member_id, known.get(each.email), each)


def save_representative(db: Database, member_id: int, known: Representative | None, row: RepresentativeRow) -> None:
    facts = {name: getattr(row, name) for name in REPRESENTATIVE_FIELDS}
    if known is None:
        members.add_representative(db, Representative(0, member_id, email=row.email, **facts))
    else:
        members.save_representative(db, replace(known, **facts))
