"""Opening a round and who is asked: invitations, a link for each representative, and the mail that is owed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.invitation import Invitation, Link
from signoff.domain.member import Member, Representative
from signoff.domain.moments import end_of
from signoff.domain.notice import NoticeKind
from signoff.domain.paper import Edition
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import PrintKind
from signoff.domain.round import Round, Terms
from signoff.store import associations, audit, invitations, members, outbox, papers, prints, rounds
from signoff.store.connection import transaction


@dataclass(frozen=True, slots=True)
class Opening:
    """What the office decides when it opens a round."""

    deadline: date  # the last day on which answers are taken
    tags: tuple[str, ...] = ()  # only members with one of these; none means everybody
    terms: Terms = Terms()


def open_round(
    db: Database, slug: str, opening: Opening, actor: str, now: datetime, *, texts_required: bool = True
) -> Round:
    """Freeze the newest edition and put it to the members: one transaction.

    ``texts_required`` refuses while imprint and privacy are unedited starter texts (product.md: demo and loopback are
    excepted).
    """
    with transaction(db):
        edition, association = edition_of(db, slug), associations.get(db)
        asked = asked_members(db, opening.tags)

        if texts_required and not association.texts_edited:
            raise Refusal(Reason.TEXTS_UNEDITED)
        require_no_round(db, slug)
        opened = Round(0, edition.id, terms=opening.terms).open(end_of(opening.deadline, association.zone), now)
        if not asked:
            raise Refusal(Reason.NOBODY_ASKED)

        round_id = rounds.add(db, opened)
        entry = audit.record(db, Event.ROUND_OPENED, actor, f"round/{round_id}", now, **facts(edition, opened, asked))
        prints.owe(db, round_id, PrintKind.DRAFT, entry.seq, now)
        invite(db, round_id, asked, association, now)
    found = rounds.get(db, round_id)
    assert found
    return found


def invite_member(db: Database, slug: str, key: str, actor: str, now: datetime) -> Invitation:
    """Add one member to an open round."""
    with transaction(db):
        round, member = running(db, slug), members.by_key(db, key)
        if member is None or member.archived_at:
            raise Refusal(Reason.NO_SUCH_MEMBER, key=key)

        round.require_open(now)
        if invitations.of_member(db, round.id, member.id):
            raise Refusal(Reason.ALREADY_INVITED, name=member.official_name)

        (invitation,) = invite(db, round.id, [member], associations.get(db), now)
        audit.record(db, Event.MEMBER_INVITED, actor, f"invitation/{invitation.id}", now, member=member.key)
    return invitation


def extend(db: Database, slug: str, deadline: date, actor: str, now: datetime) -> Round:
    """Move the deadline of an open round to a later day, and owe everybody the word."""
    with transaction(db):
        round = running(db, slug)

        extended = round.extend(end_of(deadline, associations.get(db).zone), now)

        rounds.save(db, extended)
        number = rounds.count_extension(db, round.id)
        links = [link.id for link in invitations.links_of_round(db, round.id) if link.email]
        outbox.owe(db, NoticeKind.EXTENDED, links, number, now)
        entry = audit.record(
            db, Event.ROUND_EXTENDED, actor, f"round/{round.id}", now, deadline=moment(extended.deadline)
        )
        prints.owe(db, round.id, PrintKind.DRAFT, entry.seq, now)
    return extended


def invite(
    db: Database, round_id: int, asked: Sequence[Member], association: Association, now: datetime
) -> list[Invitation]:
    year = now.astimezone(association.zone).year
    invited = invitations.add_many(db, round_id, [member.id for member in asked], year, now)
    people = [each for each in members.representatives(db) if each.member_id in invited]
    links = [link_for(each, invited[each.member_id], now) for each in people]
    invitations.add_links(db, links)
    new = {link.public_id for link in links if link.email}
    owed = [link.id for link in invitations.links_of_round(db, round_id) if link.public_id in new]
    outbox.owe(db, NoticeKind.INVITATION, owed, 0, now)
    return list(invited.values())


def link_for(each: Representative, invitation: Invitation, now: datetime) -> Link:
    public_id = invitations.new_public_id()
    role = each.may_answer
    return Link(0, invitation.id, public_id, 1, each.id, each.name, each.email, each.language, now, may_answer=role)


def asked_members(db: Database, tags: Collection[str]) -> list[Member]:
    standing = (member for member in members.every(db) if member.archived_at is None)
    return [member for member in standing if not tags or set(tags) & set(member.tags)]


def edition_of(db: Database, slug: str) -> Edition:
    edition = papers.latest(db, slug)
    if edition is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return edition


def running(db: Database, slug: str) -> Round:
    """The paper's latest round."""
    edition_of(db, slug)
    round = rounds.latest(db, slug)
    if round is None:
        raise Refusal(Reason.NO_ROUND, slug=slug)
    return round


def require_no_round(db: Database, slug: str) -> None:
    round = rounds.latest(db, slug)
    if round and not round.cancelled_at:
        raise Refusal(Reason.ALREADY_OPEN)


def moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def facts(edition: Edition, opened: Round, asked: Sequence[Member]) -> dict[str, object]:
    keys = [member.key for member in asked]
    return {"digest": edition.digest, "deadline": moment(opened.deadline), "members": keys, "paper": edition.slug}
