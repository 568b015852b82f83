"""A member list is looked at before it is taken in: kept for a day, then taken in as it was shown, or forgotten."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.members import (
    MEMBER_COLUMNS,
    REPRESENTATIVE_COLUMNS,
    ImportChange,
    ImportPreviewRow,
    Member,
    MemberRow,
    Representative,
    RepresentativeRow,
    format_fields,
)
from signoff.domain.text import canonical_json, list_odd_addresses
from signoff.store.connection import transaction
from signoff.store.members import StoredMemberFile

# Taking a member file in: adds and updates; rows missing from the file remove nobody.


@dataclass
class RegisteredMember:
    """One member as it stands, with everybody who is or was its representative, by address."""

    member: Member
    people: dict[str, Representative] = field(default_factory=dict)


def plan_import(db: Database, file: Iterable[MemberRow]) -> list[ImportPreviewRow]:
    """What taking ``file`` in would change, member by member, field by field: two queries, however long it is."""
    known = load_members_by_key(db)
    return [planned for row in file for planned in plan_member(known.get(row.key), row)]


def compute_fingerprint(planned: Iterable[ImportPreviewRow]) -> str:
    """The digest of a plan: two are equal where the same would happen."""
    told = [
        [str(each.change), each.key, each.email, [list(fields) for fields in each.fields]]
        for each in planned
    ]
    return sha256(canonical_json(told)).hexdigest()


def import_members(
    db: Database, file: Iterable[MemberRow], actor: str, now: datetime, *, as_previewed: str = ""
) -> list[ImportPreviewRow]:
    """Take ``file`` in, all or nothing; gives what changed. A second time, nothing does.

    With ``as_previewed``, the fingerprint of the plan somebody has looked at, it refuses where another thing would
    happen by now.
    """
    file = list(file)
    with transaction(db):
        known = load_members_by_key(db)
        planned = [each for row in file for each in plan_member(known.get(row.key), row)]

        if all(each.change is ImportChange.SAME for each in planned):
            return planned
        if as_previewed and compute_fingerprint(planned) != as_previewed:
            raise Refusal(Reason.STALE, what="member_list")

        store.members.freeze(db, now)
        for row in file:
            save_member(db, known.get(row.key), row)
        changed = [
            serialize_change(each) for each in planned if each.change is not ImportChange.SAME
        ]
        store.audit.record(db, Event.MEMBERS_IMPORTED, actor, "members", now, changed=changed)
    return planned


def serialize_change(each: ImportPreviewRow) -> list[object]:
    """One change as the journal keeps it: what, whose, and each field as it was and as it is."""
    return [str(each.change), each.key, each.email or "", [list(fields) for fields in each.fields]]


def load_members_by_key(db: Database) -> dict[str, RegisteredMember]:
    """All members by their keys."""
    by_id = {each.id: RegisteredMember(each) for each in store.members.list_all(db)}
    for person in store.members.list_all_representatives(db):
        by_id[person.member_id].people[person.email] = person
    return {each.member.key: each for each in by_id.values()}


def plan_member(known: RegisteredMember | None, row: MemberRow) -> Iterator[ImportPreviewRow]:
    archived = known is not None and known.member.archived_at is not None
    if known is None:
        yield ImportPreviewRow(ImportChange.NEW, row.line, row.key, row.name)
    else:
        fields = diff_fields(known.member, row, row.columns)
        change = ImportChange.CHANGED if fields else ImportChange.SAME
        yield ImportPreviewRow(change, row.line, row.key, row.name, None, fields, archived=archived)
    people = known.people if known else {}
    odd = list_odd_addresses(
        {*(email for email, each in people.items() if not each.archived_at), *iter_emails(row)}
    )
    for each in row.representatives:
        yield plan_representative(people.get(each.email), row, each, each.email in odd, archived)


def plan_representative(
    known: Representative | None, row: MemberRow, each: RepresentativeRow, odd: bool, archived: bool
) -> ImportPreviewRow:
    fields = diff_fields(known, each, list_compared_fields(each)) if known else ()
    gone = known is None or known.archived_at is not None
    change = ImportChange.NEW if gone else ImportChange.CHANGED if fields else ImportChange.SAME
    return ImportPreviewRow(
        change,
        each.line or row.line,
        row.key,
        row.name,
        each.email,
        fields,
        each.name,
        odd,
        archived,
    )


def iter_emails(row: MemberRow) -> Iterator[str]:
    return (each.email for each in row.representatives)


def list_compared_fields(row: RepresentativeRow) -> tuple[str, ...]:
    """The fields a row speaks of: a file without the column leaves them as they are."""
    return row.columns if row.may_answer is None else (*row.columns, "may_answer")


def diff_fields(
    before: object, after: object, names: Iterable[str]
) -> tuple[tuple[str, str, str], ...]:
    names = tuple(names)
    old, new = format_fields(before, names), format_fields(after, names)
    return tuple((name, old[name], new[name]) for name in names if old[name] != new[name])


def save_member(db: Database, known: RegisteredMember | None, row: MemberRow) -> None:
    if known is None:
        facts = {name: getattr(row, name) for name in MEMBER_COLUMNS}
        member_id = store.members.add(db, Member(0, row.key, **facts))
    else:
        member_id = known.member.id
        if diff_fields(known.member, row, row.columns):
            store.members.save(
                db, replace(known.member, **{name: getattr(row, name) for name in row.columns})
            )
    for each in row.representatives:
        save_representative(db, member_id, known.people if known else {}, each)


def save_representative(
    db: Database, member_id: int, people: Mapping[str, Representative], row: RepresentativeRow
) -> None:
    """Add the person; or, known by her address, change what the file says about her and have her back if she left."""
    known = people.get(row.email)
    if known is None:
        facts = {name: getattr(row, name) for name in REPRESENTATIVE_COLUMNS}
        role = row.may_answer is not False
        store.members.add_representative(
            db, Representative(0, member_id, email=row.email, may_answer=role, **facts)
        )
    elif known.archived_at or diff_fields(known, row, list_compared_fields(row)):
        facts = {name: getattr(row, name) for name in list_compared_fields(row)}
        store.members.save_representative(db, replace(known, archived_at=None, **facts))


MAX_PREVIEW_AGE = timedelta(days=1)


def save_preview(db: Database, file: StoredMemberFile, now: datetime) -> None:
    """Keep a list that was uploaded. It changes no member and is no entry of the journal."""
    with transaction(db):
        store.members.save_file(db, file, now)


def delete_old_previews(db: Database, now: datetime) -> None:
    """Forget the lists nobody has taken in within a day."""
    if store.members.has_older_files(db, now - MAX_PREVIEW_AGE):
        with transaction(db):
            store.members.delete_older_files(db, now - MAX_PREVIEW_AGE)


def import_preview(
    db: Database,
    digest: str,
    rows: Iterable[MemberRow],
    as_previewed: str,
    actor: str,
    now: datetime,
) -> list[ImportPreviewRow]:
    """Take the kept list in as it was shown, and forget it; refuses where something else would happen by now."""
    planned = import_members(db, rows, actor, now, as_previewed=as_previewed)
    with transaction(db):
        store.members.delete_file(db, digest)
    return planned
