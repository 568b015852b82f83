"""Who may be written to at a member: added, changed, archived. Rounds that run follow at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.actions.amending import require
from signoff.actions.inviting import link_for
from signoff.actions.returning import renew
from signoff.domain.address import same_address
from signoff.domain.audit import Event
from signoff.domain.invitation import Link
from signoff.domain.member import REPRESENTATIVE_FACTS, Representative, spelt
from signoff.domain.merging import require_untouched
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, invitations, members, memberships, outbox
from signoff.store.connection import transaction


def add_representative(db: Database, person: Representative, actor: str, now: datetime) -> int:
    """Enter a representative and invite her to the rounds in which her member is asked now; gives her id.

    The same once more finds her; one who was archived with this address is back.
    """
    with transaction(db):
        require(db, person.member_id)
        known = at(db, person)
        if known and not known.archived_at and facts(known) == facts(person):
            return known.id
        require_free(known if known and not known.archived_at else None, person)

        if known:
            id, event = known.id, Event.REPRESENTATIVE_RESTORED
            members.save_representative(db, replace(person, id=id))
        else:
            id, event = members.add_representative(db, person), Event.REPRESENTATIVE_ADDED
        join(db, replace(person, id=id), now)
        told = {"representative": id, "person": facts(person)}
        audit.record(db, event, actor, f"member/{person.member_id}", now, **told)
    return id


def change_representative(
    db: Database, person: Representative, opened: Mapping[str, str], actor: str, now: datetime
) -> None:
    """Give the representative with this id the facts of ``person``; ``opened`` as in ``amending.change_member``.

    In a round that runs her link follows: with another address the old one ends and a fresh one is owed.
    """
    with transaction(db):
        known = require_person(db, person)
        before, after = facts(known), facts(person)

        if before == after:
            return
        require_untouched(opened, before, after)
        other = at(db, person)
        require_free(other if other and other.id != person.id else None, person)

        members.save_representative(db, replace(person, archived_at=known.archived_at))
        for link in memberships.running_links(db, person.id, now):
            follow(db, link, person, actor, now)
        changed = [[name, before[name], after[name]] for name in REPRESENTATIVE_FACTS if before[name] != after[name]]
        told = {"representative": person.id, "person": after, "fields": changed}
        audit.record(db, Event.REPRESENTATIVE_CHANGED, actor, f"member/{person.member_id}", now, **told)


def archive_representative(db: Database, person: Representative, actor: str, now: datetime) -> None:
    """Write to her no more. Her links to rounds that run end at once."""
    with transaction(db):
        known = require_person(db, person)
        if known.archived_at:
            return

        members.save_representative(db, replace(known, archived_at=now))
        for link in memberships.running_links(db, known.id, now):
            end(db, link, now)
        told = {"representative": known.id, "person": facts(known)}
        audit.record(db, Event.REPRESENTATIVE_ARCHIVED, actor, f"member/{known.member_id}", now, **told)


def restore_representative(db: Database, person: Representative, actor: str, now: datetime) -> None:
    """Have an archived representative back as she was; she is invited to what runs now."""
    add_representative(db, replace(person, archived_at=None), actor, now)


def join(db: Database, person: Representative, now: datetime) -> None:
    """A link, and mail where she has an address, to each round in which her member is asked now."""
    for invitation in memberships.running_invitations(db, person.member_id, now):
        if any(link.email and same_address(link.email, person.email) for link in invitations.links(db, invitation.id)):
            continue
        id = invitations.add_link(db, link_for(person, invitation, now))
        if person.email:
            outbox.owe(db, NoticeKind.INVITATION, [id], 0, now)


def follow(db: Database, link: Link, person: Representative, actor: str, now: datetime) -> None:
    """Her link says what the list says about her now."""
    memberships.follow(db, link.id, person)
    if same_address(link.email, person.email):
        return
    if not person.email:
        end(db, link, now)
    elif not any(same_address(each.email, person.email) for each in invitations.links(db, link.invitation_id)):
        renew(db, link, person.email, actor, now)


def end(db: Database, link: Link, now: datetime) -> None:
    invitations.end_link(db, link.id, now)
    outbox.drop_of_link(db, link.id)


def facts(person: Representative) -> dict[str, str]:
    return spelt(person, REPRESENTATIVE_FACTS)


def at(db: Database, person: Representative) -> Representative | None:
    """Who is or was entered at this member under the same address."""
    people = members.people(db, person.member_id)
    return next((each for each in people if same_address(each.email, person.email)), None)


def require_person(db: Database, person: Representative) -> Representative:
    for each in members.people(db, person.member_id):
        if each.id == person.id:
            return each
    raise Refusal(Reason.NO_SUCH_MEMBER, key=person.member_id)


def require_free(other: Representative | None, person: Representative) -> None:
    """Refuse an address the member has already, and a second person without one: each is known by her address."""
    if other and person.email:
        raise Refusal(Reason.REPRESENTATIVE_KNOWN, "email", text=person.email, name=other.name or other.email)
    if other:
        raise Refusal(Reason.SECOND_BY_LETTER, "email", name=other.name)
