"""Members and their representatives: add, change, archive, restore.

Running rounds follow at once.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.mail import end_passed_on_links, renew_link
from signoff.actions.rounds import build_link
from signoff.domain.audit import AuditEntry, Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import require_unchanged
from signoff.domain.mail import MailKind
from signoff.domain.members import (
    MEMBER_FIELDS,
    REPRESENTATIVE_FIELDS,
    Member,
    MemberForm,
    Representative,
    format_fields,
    parse_tags,
)
from signoff.domain.rounds import Link
from signoff.domain.text import is_same_address
from signoff.store.connection import transaction
from signoff.store.members import NameOffer

# Members.


def add_member(db: Database, member: Member, actor: str, now: datetime) -> int:
    """Add a member and return its id, or that of an identical member.

    Refuses a key that another member has.
    """
    with transaction(db):
        existing = store.members.find_by_key(db, member.key)
        if (
            existing
            and format_fields(existing, MEMBER_FIELDS) == format_fields(member, MEMBER_FIELDS)
            and not existing.archived_at
        ):
            return existing.id
        require_free_key(existing, member)

        return record_member(db, member, actor, now)


def record_member(db: Database, member: Member, actor: str, now: datetime) -> int:
    """Within the caller's transaction: a new member and its entry; returns the id."""
    id = store.members.add(db, member)
    details = {"member": format_fields(member, MEMBER_FIELDS)}
    store.audit.record(db, Event.MEMBER_ADDED, actor, f"member/{id}", now, **details)
    return id


def change_member(
    db: Database, member: Member, original: Mapping[str, str], actor: str, now: datetime
) -> None:
    """Change the member with this id.

    ``original`` are its fields when the form was opened; raises ``EditConflict`` if one has been
    changed since. Rounds that are over keep the fields they ended with.
    """
    with transaction(db):
        existing = require_member(db, member.id)
        before, after = format_fields(existing, MEMBER_FIELDS), format_fields(member, MEMBER_FIELDS)

        if before == after:
            return
        require_unchanged(original, before, after)
        require_free_key(store.members.find_by_key(db, member.key), member)

        store.members.freeze(db, now)
        save_changes(db, replace(member, archived_at=existing.archived_at), existing, actor, now)


def save_changes(
    db: Database, member: Member, existing: Member, actor: str, now: datetime
) -> AuditEntry:
    """Within the caller's transaction, after ``freeze``: what differs from the ``existing`` one."""
    before, after = format_fields(existing, MEMBER_FIELDS), format_fields(member, MEMBER_FIELDS)
    store.members.save(db, member)
    changed = [
        [name, before[name], after[name]] for name in MEMBER_FIELDS if before[name] != after[name]
    ]
    subject = f"member/{member.id}"
    return store.audit.record(db, Event.MEMBER_CHANGED, actor, subject, now, fields=changed)


def change_tags(
    db: Database, ids: Collection[int], added: str, removed: str, actor: str, now: datetime
) -> dict[int, Refusal]:
    """Add these tags to the members, and remove those; separated by commas.

    Returns why a member could not be changed, by its id. A second call changes nothing.
    """
    refused = {}
    with transaction(db):
        store.members.freeze(db, now)
        for id in ids:
            existing = require_member(db, id)
            tags = dict.fromkeys((*existing.tags, *parse_tags(added)))
            kept = tuple(tag for tag in tags if tag not in parse_tags(removed))
            member = replace(existing, tags=kept)
            form = MemberForm(format_fields(member, ("tags",)))
            form.text("tags", required=False)

            if form.refusals:
                refused[id] = form.refusals[0]
            elif kept != existing.tags:
                save_changes(db, member, existing, actor, now)
    return refused


def archive_member(db: Database, id: int, actor: str, now: datetime) -> None:
    """Archive the member, so that it is no longer invited.

    Refuses while it is invited to a round that is not closed: it may still answer.
    """
    for refusal in archive_members(db, [id], actor, now).values():
        raise refusal


def archive_members(
    db: Database, ids: Collection[int], actor: str, now: datetime
) -> dict[int, Refusal]:
    """Archive these members; returns why one was not, by its id."""
    refused = {}
    with transaction(db):
        for id in ids:
            existing = require_member(db, id)
            if existing.archived_at:
                continue

            if titles := store.members.list_running_titles(db, id):
                refused[id] = Refusal(
                    Reason.IN_OPEN_ROUND, name=existing.official_name, titles=", ".join(titles)
                )
                continue

            store.members.save(db, replace(existing, archived_at=now))
            store.audit.record(db, Event.MEMBER_ARCHIVED, actor, f"member/{id}", now)
    return refused


def restore_member(db: Database, id: int, actor: str, now: datetime) -> None:
    """Restore the member: it is invited from the next round on."""
    with transaction(db):
        existing = require_member(db, id)
        if existing.archived_at is None:
            return

        store.members.save(db, replace(existing, archived_at=None))
        store.audit.record(db, Event.MEMBER_RESTORED, actor, f"member/{id}", now)


# Accepted names go into the member list, or are left out of it. ``chosen`` are pairs of the id of
# an invitation and the name that was displayed. A pair that is not offered any more is skipped, so
# a second call changes nothing.


def take_names(db: Database, chosen: Collection[tuple[int, str]], actor: str, now: datetime) -> int:
    """Write these names into the member list; returns how many.

    Rounds that are over keep the names they ended with.
    """
    with transaction(db):
        offers = list_chosen_names(db, chosen)
        store.members.freeze(db, now)
        for offer in offers:
            existing = store.members.get(db, offer.member_id)
            member = replace(existing, official_name=offer.name)
            entry = save_changes(db, member, existing, actor, now)
            store.members.settle_name(db, offer, entry.seq)
    return len(offers)


def keep_names(
    db: Database, chosen: Collection[tuple[int, str]], actor: str, now: datetime
) -> None:
    """Leave the member list as it is, and offer these names no more."""
    with transaction(db):
        for offer in list_chosen_names(db, chosen):
            subject, kept = f"member/{offer.member_id}", offer.name
            entry = store.audit.record(
                db, Event.MEMBER_NAME_KEPT, actor, subject, now, official_name=kept
            )
            store.members.settle_name(db, offer, entry.seq)


def list_chosen_names(db: Database, chosen: Collection[tuple[int, str]]) -> list[NameOffer]:
    offers = store.members.list_name_offers(db)
    return [offer for offer in offers if (offer.invitation_id, offer.name) in chosen]


def require_member(db: Database, id: int) -> Member:
    existing = store.members.find(db, id)
    if existing is None:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=id)
    return existing


def require_free_key(existing: Member | None, member: Member) -> None:
    if existing and existing.id != member.id:
        raise Refusal(Reason.KEY_TAKEN, "key", text=member.key, name=existing.official_name)


def add_representative(
    db: Database, representative: Representative, actor: str, now: datetime
) -> int:
    """Add a representative, invite them to the running rounds of their member, and return their id.

    An identical representative is kept; an archived one with this address is restored.
    """
    with transaction(db):
        require_member(db, representative.member_id)
        existing = find_by_address(db, representative)
        if (
            existing
            and not existing.archived_at
            and format_facts(existing) == format_facts(representative)
        ):
            return existing.id
        require_free_address(
            existing if existing and not existing.archived_at else None, representative
        )

        id = record_representative(db, representative, actor, now, existing)
        invite_to_running_rounds(db, replace(representative, id=id), now)
    return id


def record_representative(
    db: Database,
    representative: Representative,
    actor: str,
    now: datetime,
    existing: Representative | None = None,
) -> int:
    """Within the caller's transaction: a new representative, or an ``existing`` one restored, and
    the entry; returns the id.
    """
    if existing:
        id, event = existing.id, Event.REPRESENTATIVE_RESTORED
        store.members.save_representative(db, replace(representative, id=id))
    else:
        id = store.members.add_representative(db, representative)
        event = Event.REPRESENTATIVE_ADDED
    details = {"representative": id, "person": format_facts(representative)}
    store.audit.record(db, event, actor, f"member/{representative.member_id}", now, **details)
    return id


def change_representative(
    db: Database,
    representative: Representative,
    original: Mapping[str, str],
    actor: str,
    now: datetime,
) -> None:
    """Change the representative with this id; ``original`` as in ``change_member``.

    Their links to running rounds follow: with another address, the old link ends and a new one is
    mailed.
    """
    with transaction(db):
        existing = require_representative(db, representative)
        before, after = format_facts(existing), format_facts(representative)

        if before == after:
            return
        require_unchanged(original, before, after)
        other = find_by_address(db, representative)
        require_free_address(
            other if other and other.id != representative.id else None, representative
        )

        store.members.save_representative(
            db, replace(representative, archived_at=existing.archived_at)
        )
        for link in store.members.list_open_links(db, representative.id, now):
            update_link(db, link, representative, actor, now)
        store.letters.add_missing_links(db, now)
        changed = [
            [name, before[name], after[name]]
            for name in REPRESENTATIVE_FIELDS
            if before[name] != after[name]
        ]
        details = {"representative": representative.id, "person": after, "fields": changed}
        store.audit.record(
            db,
            Event.REPRESENTATIVE_CHANGED,
            actor,
            f"member/{representative.member_id}",
            now,
            **details,
        )


def archive_representative(
    db: Database, representative: Representative, actor: str, now: datetime
) -> None:
    """Archive the representative, so that they get no more mail.

    Their links to running rounds end at once.
    """
    with transaction(db):
        existing = require_representative(db, representative)
        if existing.archived_at:
            return

        store.members.save_representative(db, replace(existing, archived_at=now))
        for link in store.members.list_open_links(db, existing.id, now):
            end_link(db, link, actor, now)
        store.letters.add_missing_links(db, now)
        details = {"representative": existing.id, "person": format_facts(existing)}
        store.audit.record(
            db, Event.REPRESENTATIVE_ARCHIVED, actor, f"member/{existing.member_id}", now, **details
        )


def delete_representative(
    db: Database, representative: Representative, actor: str, now: datetime
) -> None:
    """Delete a representative who was never invited. The audit log names the number alone."""
    with transaction(db):
        existing = require_representative(db, representative)
        if store.members.was_invited(db, existing.id):
            raise Refusal(Reason.REPRESENTATIVE_INVITED)

        store.members.delete_representative(db, existing.id)
        details = {"representative": existing.id}
        store.audit.record(
            db, Event.REPRESENTATIVE_DELETED, actor, f"member/{existing.member_id}", now, **details
        )


def restore_representative(
    db: Database, representative: Representative, actor: str, now: datetime
) -> None:
    """Restore an archived representative unchanged, and invite them to running rounds."""
    add_representative(db, replace(representative, archived_at=None), actor, now)


def invite_to_running_rounds(db: Database, representative: Representative, now: datetime) -> None:
    """Within the caller's transaction: a link to each running round of the member, mailed if there
    is an address.
    """
    for invitation in store.members.list_open_invitations(db, representative.member_id, now):
        if any(
            link.email and is_same_address(link.email, representative.email)
            for link in store.rounds.list_open_links(db, invitation.id)
        ):
            continue
        id = store.rounds.add_link(db, build_link(representative, invitation, now))
        if representative.email:
            store.outbox.enqueue(db, MailKind.INVITATION, [id], 0, now)


def update_link(
    db: Database, link: Link, representative: Representative, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: make the link follow the member list."""
    store.members.update_link(db, link.id, representative)
    if is_same_address(link.email, representative.email):
        return
    if not representative.email:
        end_link(db, link, actor, now)
    elif not any(
        is_same_address(other.email, representative.email)
        for other in store.rounds.list_open_links(db, link.invitation_id)
    ):
        renew_link(db, link, representative.email, actor, now)


def end_link(db: Database, link: Link, actor: str, now: datetime) -> None:
    store.rounds.end_link(db, link.id, now)
    store.outbox.cancel_stale_link_mail(db, link.id)
    end_passed_on_links(db, link, actor, now)


def format_facts(representative: Representative) -> dict[str, str]:
    return format_fields(representative, REPRESENTATIVE_FIELDS)


def find_by_address(db: Database, representative: Representative) -> Representative | None:
    """The member's representative with the same address, archived or not."""
    representatives = store.members.list_all_representatives(db, representative.member_id)
    return next(
        (other for other in representatives if is_same_address(other.email, representative.email)),
        None,
    )


def require_representative(db: Database, representative: Representative) -> Representative:
    for other in store.members.list_all_representatives(db, representative.member_id):
        if other.id == representative.id:
            return other
    raise Refusal(Reason.NO_SUCH_MEMBER, key=representative.member_id)


def require_free_address(other: Representative | None, representative: Representative) -> None:
    """Refuse an address the member has already, and a second representative without one: it
    identifies them.
    """
    if other and representative.email:
        raise Refusal(
            Reason.REPRESENTATIVE_KNOWN,
            "email",
            text=representative.email,
            name=other.name or other.email,
        )
    if other:
        raise Refusal(Reason.SECOND_BY_LETTER, "email", name=other.name)
