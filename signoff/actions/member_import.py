"""Import a member file: previewed first, stored for a day, then applied as it was previewed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.members import (
    MEMBER_FIELDS,
    REPRESENTATIVE_COLUMNS,
    ImportChange,
    ImportPreviewRow,
    Member,
    MemberRow,
    Representative,
    RepresentativeRow,
    format_fields,
    normalize_name,
)
from signoff.domain.text import canonical_json, list_odd_addresses
from signoff.store.connection import transaction
from signoff.store.members import StoredMemberFile

# Importing adds and updates; members missing from the file stay.


@dataclass
class RegisteredMember:
    """One stored member with its representatives, archived ones too, by address."""

    member: Member
    representatives: dict[str, Representative] = field(default_factory=dict)


def plan_import(db: Database, file: Iterable[MemberRow]) -> list[ImportPreviewRow]:
    """The changes that importing the file would make, member by member, field by field.

    Takes two queries, however long it is.
    """
    return plan_rows(load_members_by_key(db), file)


def plan_rows(
    existing: Mapping[str, RegisteredMember], file: Iterable[MemberRow]
) -> list[ImportPreviewRow]:
    keys_by_address = list_keys_by_address(existing.values())
    planned: list[ImportPreviewRow] = []
    for row in file:
        found = existing.get(row.key)
        lines = list(plan_member(found, row))
        if found is None and (key := find_other_key(keys_by_address, row)):
            lines[0] = replace(lines[0], other_key=key)
        planned += lines
    return planned


def list_keys_by_address(members: Iterable[RegisteredMember]) -> dict[tuple[str, str], str]:
    """The key of the member with a name and one of the addresses of its representatives."""
    return {
        (normalize_name(registered.member.name), email.casefold()): registered.member.key
        for registered in members
        for email in registered.representatives
        if email
    }


def find_other_key(keys_by_address: Mapping[tuple[str, str], str], row: MemberRow) -> str:
    """The key under which name and address of a new member are registered already, or nothing."""
    name = normalize_name(row.name)
    keys = (keys_by_address.get((name, email.casefold())) for email in iter_emails(row))
    return next((key for key in keys if key), "")


def compute_fingerprint(planned: Iterable[ImportPreviewRow]) -> str:
    """The digest of a plan; equal for two plans with the same effect."""
    rows = [
        [
            str(preview.change),
            preview.key,
            preview.email,
            [list(fields) for fields in preview.fields],
        ]
        for preview in planned
    ]
    return sha256(canonical_json(rows)).hexdigest()


def import_members(
    db: Database, file: Iterable[MemberRow], actor: str, now: datetime, *, as_previewed: str = ""
) -> list[ImportPreviewRow]:
    """Import the file, all or nothing; returns what changed. A second time, nothing does.

    With ``as_previewed``, the fingerprint of the plan that was previewed, refuses if the effect
    would be another one.
    """
    file = list(file)
    with transaction(db):
        existing = load_members_by_key(db)
        planned = plan_rows(existing, file)

        if all(preview.change is ImportChange.SAME for preview in planned):
            return planned
        if as_previewed and compute_fingerprint(planned) != as_previewed:
            raise Refusal(Reason.STALE, what="member_list")

        store.members.freeze(db, now)
        for row in file:
            save_member(db, existing.get(row.key), row)
        changed = [
            serialize_change(preview)
            for preview in planned
            if preview.change is not ImportChange.SAME
        ]
        store.audit.record(db, Event.MEMBERS_IMPORTED, actor, "members", now, changed=changed)
    return planned


def serialize_change(preview: ImportPreviewRow) -> list[object]:
    """One change as the audit log records it: what, whose, and each field before and after."""
    return [
        str(preview.change),
        preview.key,
        preview.email or "",
        [list(fields) for fields in preview.fields],
    ]


def load_members_by_key(db: Database) -> dict[str, RegisteredMember]:
    by_id = {member.id: RegisteredMember(member) for member in store.members.list_all(db)}
    for representative in store.members.list_all_representatives(db):
        by_id[representative.member_id].representatives[representative.email] = representative
    return {registered.member.key: registered for registered in by_id.values()}


def plan_member(existing: RegisteredMember | None, row: MemberRow) -> Iterator[ImportPreviewRow]:
    archived = existing is not None and existing.member.archived_at is not None
    if existing is None:
        yield ImportPreviewRow(ImportChange.NEW, row.line, row.key, row.name)
    else:
        fields = diff_fields(existing.member, row, row.columns)
        change = ImportChange.CHANGED if fields else ImportChange.SAME
        yield ImportPreviewRow(change, row.line, row.key, row.name, None, fields, archived=archived)
    representatives = existing.representatives if existing else {}
    odd = list_odd_addresses(
        {
            *(
                email
                for email, representative in representatives.items()
                if not representative.archived_at
            ),
            *iter_emails(row),
        }
    )
    for representative in row.representatives:
        yield plan_representative(
            representatives.get(representative.email),
            row,
            representative,
            representative.email in odd,
            archived,
        )


def plan_representative(
    existing: Representative | None,
    row: MemberRow,
    file_row: RepresentativeRow,
    odd: bool,
    archived: bool,
) -> ImportPreviewRow:
    fields = diff_fields(existing, file_row, list_compared_fields(file_row)) if existing else ()
    gone = existing is None or existing.archived_at is not None
    change = ImportChange.NEW if gone else ImportChange.CHANGED if fields else ImportChange.SAME
    return ImportPreviewRow(
        change,
        file_row.line or row.line,
        row.key,
        row.name,
        file_row.email,
        fields,
        file_row.name,
        odd,
        archived,
    )


def iter_emails(row: MemberRow) -> Iterator[str]:
    return (representative.email for representative in row.representatives)


def list_compared_fields(row: RepresentativeRow) -> tuple[str, ...]:
    """The fields to compare: those the file has a column for."""
    return row.columns if row.may_answer is None else (*row.columns, "may_answer")


def diff_fields(
    before: object, after: object, names: Iterable[str]
) -> tuple[tuple[str, str, str], ...]:
    names = tuple(names)
    old, new = format_fields(before, names), format_fields(after, names)
    return tuple((name, old[name], new[name]) for name in names if old[name] != new[name])


def save_member(db: Database, existing: RegisteredMember | None, row: MemberRow) -> None:
    if existing is None:
        fields = {name: getattr(row, name) for name in MEMBER_FIELDS}
        member_id = store.members.add(db, Member(**fields, id=0))
    else:
        member_id = existing.member.id
        if diff_fields(existing.member, row, row.columns):
            store.members.save(
                db, replace(existing.member, **{name: getattr(row, name) for name in row.columns})
            )
    for representative in row.representatives:
        save_representative(
            db, member_id, existing.representatives if existing else {}, representative
        )


def save_representative(
    db: Database,
    member_id: int,
    representatives: Mapping[str, Representative],
    row: RepresentativeRow,
) -> None:
    """Add a representative; one with this address is changed, and restored if archived."""
    existing = representatives.get(row.email)
    if existing is None:
        fields = {name: getattr(row, name) for name in REPRESENTATIVE_COLUMNS}
        role = row.may_answer is not False
        store.members.add_representative(
            db, Representative(0, member_id, email=row.email, may_answer=role, **fields)
        )
    elif existing.archived_at or diff_fields(existing, row, list_compared_fields(row)):
        fields = {name: getattr(row, name) for name in list_compared_fields(row)}
        store.members.save_representative(db, replace(existing, archived_at=None, **fields))


MAX_PREVIEW_AGE = timedelta(days=1)


def save_preview(
    db: Database,
    file: StoredMemberFile,
    now: datetime,
    headings: Mapping[str, str] | None = None,
) -> None:
    """Store an uploaded file, and what the office has decided about its headings.

    It changes no member and is not recorded in the audit log.
    """
    with transaction(db):
        store.members.save_file(db, file, now)
        store.members.save_headings(db, headings or {})


def delete_preview(db: Database, digest: str) -> None:
    """Delete a file that has been imported."""
    with transaction(db):
        store.members.delete_file(db, digest)


def delete_old_previews(db: Database, now: datetime) -> None:
    """Delete the files that have not been imported within a day."""
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
    """Import the stored file as it was previewed, and delete it.

    Refuses if the effect would be another one.
    """
    planned = import_members(db, rows, actor, now, as_previewed=as_previewed)
    delete_preview(db, digest)
    return planned
