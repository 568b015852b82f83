"""Who may be written to at a member: added, changed, archived. Rounds that run follow at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.mail import renew_link
from signoff.actions.rounds import build_link
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import require_unchanged
from signoff.domain.mail import MailKind
from signoff.domain.members import (
    MEMBER_FIELDS,
    REPRESENTATIVE_FIELDS,
    Member,
    Representative,
    format_fields,
)
from signoff.domain.rounds import Link
from signoff.domain.text import is_same_address
from signoff.store.connection import transaction

# The office changes the member list by hand: a new member, other facts, archived and back.


def add_member(db: Database, member: Member, actor: str, now: datetime) -> int:
    """Keep a new member and give its id; the same once more finds it. Refuses a key another member has."""
    with transaction(db):
        known = store.members.find_by_key(db, member.key)
        if (
            known
            and format_fields(known, MEMBER_FIELDS) == format_fields(member, MEMBER_FIELDS)
            and not known.archived_at
        ):
            return known.id
        require_free_key(known, member)

        id = store.members.add(db, member)
        store.audit.record(
            db,
            Event.MEMBER_ADDED,
            actor,
            f"member/{id}",
            now,
            member=format_fields(member, MEMBER_FIELDS),
        )
    return id


def change_member(
    db: Database, member: Member, opened: Mapping[str, str], actor: str, now: datetime
) -> None:
    """Give the member with this id the facts of ``member``.

    ``opened`` are its facts when the form was opened; raises ``Overtaken`` where somebody has changed one since.
    Rounds that are over keep the facts they ended with.
    """
    with transaction(db):
        known = require_member(db, member.id)
        before, after = format_fields(known, MEMBER_FIELDS), format_fields(member, MEMBER_FIELDS)

        if before == after:
            return
        require_unchanged(opened, before, after)
        require_free_key(store.members.find_by_key(db, member.key), member)

        store.members.freeze(db, now)
        store.members.save(db, replace(member, archived_at=known.archived_at))
        changed = [
            [name, before[name], after[name]]
            for name in MEMBER_FIELDS
            if before[name] != after[name]
        ]
        store.audit.record(
            db, Event.MEMBER_CHANGED, actor, f"member/{member.id}", now, fields=changed
        )


def archive_member(db: Database, id: int, actor: str, now: datetime) -> None:
    """Ask this member no more. Refuses while it is asked in a round that is not closed: who was asked may answer."""
    with transaction(db):
        known = require_member(db, id)
        if known.archived_at:
            return

        if titles := store.members.list_running_titles(db, id):
            raise Refusal(Reason.IN_OPEN_ROUND, name=known.official_name, titles=", ".join(titles))

        store.members.save(db, replace(known, archived_at=now))
        store.audit.record(db, Event.MEMBER_ARCHIVED, actor, f"member/{id}", now)


def restore_member(db: Database, id: int, actor: str, now: datetime) -> None:
    """Ask this member again, from the next round on."""
    with transaction(db):
        known = require_member(db, id)
        if known.archived_at is None:
            return

        store.members.save(db, replace(known, archived_at=None))
        store.audit.record(db, Event.MEMBER_RESTORED, actor, f"member/{id}", now)


def require_member(db: Database, id: int) -> Member:
    known = store.members.find(db, id)
    if known is None:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=id)
    return known


def require_free_key(known: Member | None, member: Member) -> None:
    if known and known.id != member.id:
        raise Refusal(Reason.KEY_TAKEN, "key", text=member.key, name=known.official_name)


def add_representative(db: Database, person: Representative, actor: str, now: datetime) -> int:
    """Enter a representative and invite her to the rounds in which her member is asked now; gives her id.

    The same once more finds her; one who was archived with this address is back.
    """
    with transaction(db):
        require_member(db, person.member_id)
        known = find_by_address(db, person)
        if known and not known.archived_at and format_facts(known) == format_facts(person):
            return known.id
        require_free_address(known if known and not known.archived_at else None, person)

        if known:
            id, event = known.id, Event.REPRESENTATIVE_RESTORED
            store.members.save_representative(db, replace(person, id=id))
        else:
            id, event = store.members.add_representative(db, person), Event.REPRESENTATIVE_ADDED
        invite_to_running_rounds(db, replace(person, id=id), now)
        told = {"representative": id, "person": format_facts(person)}
        store.audit.record(db, event, actor, f"member/{person.member_id}", now, **told)
    return id


def change_representative(
    db: Database, person: Representative, opened: Mapping[str, str], actor: str, now: datetime
) -> None:
    """Give the representative with this id the facts of ``person``; ``opened`` as in ``amending.change_member``.

    In a round that runs her link follows: with another address the old one ends and a fresh one is owed.
    """
    with transaction(db):
        known = require_representative(db, person)
        before, after = format_facts(known), format_facts(person)

        if before == after:
            return
        require_unchanged(opened, before, after)
        other = find_by_address(db, person)
        require_free_address(other if other and other.id != person.id else None, person)

        store.members.save_representative(db, replace(person, archived_at=known.archived_at))
        for link in store.members.list_open_links(db, person.id, now):
            update_link(db, link, person, actor, now)
        changed = [
            [name, before[name], after[name]]
            for name in REPRESENTATIVE_FIELDS
            if before[name] != after[name]
        ]
        told = {"representative": person.id, "person": after, "fields": changed}
        store.audit.record(
            db, Event.REPRESENTATIVE_CHANGED, actor, f"member/{person.member_id}", now, **told
        )


def archive_representative(db: Database, person: Representative, actor: str, now: datetime) -> None:
    """Write to her no more. Her links to rounds that run end at once."""
    with transaction(db):
        known = require_representative(db, person)
        if known.archived_at:
            return

        store.members.save_representative(db, replace(known, archived_at=now))
        for link in store.members.list_open_links(db, known.id, now):
            end_link(db, link, now)
        told = {"representative": known.id, "person": format_facts(known)}
        store.audit.record(
            db, Event.REPRESENTATIVE_ARCHIVED, actor, f"member/{known.member_id}", now, **told
        )


def restore_representative(db: Database, person: Representative, actor: str, now: datetime) -> None:
    """Have an archived representative back as she was; she is invited to what runs now."""
    add_representative(db, replace(person, archived_at=None), actor, now)


def invite_to_running_rounds(db: Database, person: Representative, now: datetime) -> None:
    """A link, and mail where she has an address, to each round in which her member is asked now."""
    for invitation in store.members.list_open_invitations(db, person.member_id, now):
        if any(
            link.email and is_same_address(link.email, person.email)
            for link in store.rounds.list_open_links(db, invitation.id)
        ):
            continue
        id = store.rounds.add_link(db, build_link(person, invitation, now))
        if person.email:
            store.outbox.enqueue(db, MailKind.INVITATION, [id], 0, now)


def update_link(
    db: Database, link: Link, person: Representative, actor: str, now: datetime
) -> None:
    """Her link says what the list says about her now."""
    store.members.update_link(db, link.id, person)
    if is_same_address(link.email, person.email):
        return
    if not person.email:
        end_link(db, link, now)
    elif not any(
        is_same_address(each.email, person.email)
        for each in store.rounds.list_open_links(db, link.invitation_id)
    ):
        renew_link(db, link, person.email, actor, now)


def end_link(db: Database, link: Link, now: datetime) -> None:
    store.rounds.end_link(db, link.id, now)
    store.outbox.cancel_stale_link_mail(db, link.id)


def format_facts(person: Representative) -> dict[str, str]:
    return format_fields(person, REPRESENTATIVE_FIELDS)


def find_by_address(db: Database, person: Representative) -> Representative | None:
    """Who is or was entered at this member under the same address."""
    people = store.members.list_all_representatives(db, person.member_id)
    return next((each for each in people if is_same_address(each.email, person.email)), None)


def require_representative(db: Database, person: Representative) -> Representative:
    for each in store.members.list_all_representatives(db, person.member_id):
        if each.id == person.id:
            return each
    raise Refusal(Reason.NO_SUCH_MEMBER, key=person.member_id)


def require_free_address(other: Representative | None, person: Representative) -> None:
    """Refuse an address the member has already, and a second person without one: each is known by her address."""
    if other and person.email:
        raise Refusal(
            Reason.REPRESENTATIVE_KNOWN, "email", text=person.email, name=other.name or other.email
        )
    if other:
        raise Refusal(Reason.SECOND_BY_LETTER, "email", name=other.name)
