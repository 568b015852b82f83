"""The end of a round: closed by the office or by time, or cancelled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.dates import end_of_day
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.members import Member, Representative
from signoff.domain.papers import Edition
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Invitation, Link, Phase, Round, Terms, require_target_editable
from signoff.store.connection import transaction

# The office says how many signatures it aims at.


def set_target(
    db: Database, round_id: int, aim: int | None, seen: int | None, actor: str, now: datetime
) -> None:
    """Set the aim, or none. Refuses where a colleague has changed it since it was ``seen``; the same twice is once."""
    with transaction(db):
        round = store.rounds.get(db, round_id)

        if round.target == aim:
            return
        require_target_editable(round)
        if round.target != seen:
            raise Refusal(Reason.AIM_CHANGED, "aim", aim=round.target or "–")

        store.rounds.set_target(db, round_id, aim)
        store.audit.record(
            db, Event.TARGET_SET, actor, f"round/{round_id}", now, aim=aim, before=round.target
        )


# Opening a round and who is asked: invitations, a link for each representative, and the mail that is owed.


@dataclass(frozen=True, slots=True)
class Opening:
    """What the office decides when it opens a round."""

    deadline: date  # the last day on which answers are taken
    tags: tuple[str, ...] = ()  # only members with one of these; none means everybody
    terms: Terms = Terms()
    members: tuple[str, ...] = ()  # only these, by their keys; none means everybody
    digest: str = ""  # of the text that was looked at; empty where nobody looked


def open_round(
    db: Database,
    slug: str,
    opening: Opening,
    actor: str,
    now: datetime,
    *,
    texts_required: bool = True,
) -> Round:
    """Freeze the newest edition and put it to the members: one transaction.

    ``texts_required`` refuses while imprint and privacy are unedited starter texts (product.md: demo and loopback are
    excepted).
    """
    with transaction(db):
        edition, association = get_latest_edition(db, slug), store.association.get(db)
        asked = list_members_to_invite(db, opening.tags, opening.members)

        if texts_required and not association.texts_edited:
            raise Refusal(Reason.TEXTS_UNEDITED)
        require_no_round(db, edition, now)
        if opening.digest not in ("", edition.digest):
            raise Refusal(Reason.TEXT_CHANGED)
        opened = Round(0, edition.id, terms=opening.terms).open(
            end_of_day(opening.deadline, association.zone), now
        )
        if not asked:
            raise Refusal(Reason.NOBODY_ASKED)

        round_id = store.rounds.add(db, opened)
        entry = store.audit.record(
            db,
            Event.ROUND_OPENED,
            actor,
            f"round/{round_id}",
            now,
            **build_audit_details(edition, opened, asked),
        )
        store.releases.enqueue_print(db, round_id, PrintKind.DRAFT, entry.seq, now)
        create_invitations(db, round_id, asked, association, now)
    return store.rounds.get(db, round_id)


def invite_member(db: Database, slug: str, key: str, actor: str, now: datetime) -> Invitation:
    """Add one member to an open round."""
    with transaction(db):
        round, member = get_latest_round(db, slug), get_active_member(db, key)

        round.require_open(now)
        if store.rounds.find_invitation_of_member(db, round.id, member.id):
            raise Refusal(Reason.ALREADY_INVITED, name=member.official_name)

        (invitation,) = add_invitations(db, round, [member], actor, now)
    return invitation


def invite_members(
    db: Database, slug: str, keys: Sequence[str], actor: str, now: datetime
) -> list[Invitation]:
    """Add members to an open round, all or none; those who have been asked already are left as they are."""
    with transaction(db):
        round, chosen = (
            get_latest_round(db, slug),
            [get_active_member(db, key) for key in dict.fromkeys(keys)],
        )

        round.require_open(now)
        return add_invitations(
            db,
            round,
            [
                each
                for each in chosen
                if not store.rounds.find_invitation_of_member(db, round.id, each.id)
            ],
            actor,
            now,
        )


def add_invitations(
    db: Database, round: Round, chosen: Sequence[Member], actor: str, now: datetime
) -> list[Invitation]:
    """Within the caller's transaction: one invitation and one line in the journal for each."""
    added = (
        create_invitations(db, round.id, chosen, store.association.get(db), now) if chosen else []
    )
    keys = {member.id: member.key for member in chosen}
    for each in added:
        store.audit.record(
            db,
            Event.MEMBER_INVITED,
            actor,
            f"invitation/{each.id}",
            now,
            member=keys[each.member_id],
        )
    return added


def get_active_member(db: Database, key: str) -> Member:
    member = store.members.find_by_key(db, key)
    if member is None or member.archived_at:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    return member


def extend(db: Database, slug: str, deadline: date, actor: str, now: datetime) -> Round:
    """Move the deadline of an open round to a later day, and owe everybody the word."""
    with transaction(db):
        round = get_latest_round(db, slug)

        extended = round.extend(end_of_day(deadline, store.association.get(db).zone), now)

        store.rounds.save(db, extended)
        number = store.rounds.record_extension(db, round.id)
        links = [link.id for link in store.rounds.list_links_of_round(db, round.id) if link.email]
        store.outbox.enqueue(db, MailKind.EXTENDED, links, number, now)
        entry = store.audit.record(
            db,
            Event.ROUND_EXTENDED,
            actor,
            f"round/{round.id}",
            now,
            deadline=format_moment(extended.deadline),
        )
        store.releases.enqueue_print(db, round.id, PrintKind.DRAFT, entry.seq, now)
    return extended


def create_invitations(
    db: Database, round_id: int, asked: Sequence[Member], association: Association, now: datetime
) -> list[Invitation]:
    year = now.astimezone(association.zone).year
    invited = store.rounds.add_invitations(db, round_id, [member.id for member in asked], year, now)
    people = [each for each in store.members.list_representatives(db) if each.member_id in invited]
    links = [build_link(each, invited[each.member_id], now) for each in people]
    store.rounds.add_links(db, links)
    new = {link.public_id for link in links if link.email}
    owed = [
        link.id for link in store.rounds.list_links_of_round(db, round_id) if link.public_id in new
    ]
    store.outbox.enqueue(db, MailKind.INVITATION, owed, 0, now)
    return list(invited.values())


def build_link(each: Representative, invitation: Invitation, now: datetime) -> Link:
    public_id = store.rounds.generate_public_id()
    role = each.may_answer
    return Link(
        0,
        invitation.id,
        public_id,
        1,
        each.id,
        each.name,
        each.email,
        each.language,
        now,
        may_answer=role,
    )


def list_members_to_invite(
    db: Database, tags: Collection[str], keys: Collection[str] = ()
) -> list[Member]:
    """Members that are not archived: all, those with one of the tags, or those with these keys."""
    wanted, named = set(tags), set(keys)
    standing = (member for member in store.members.list_all(db) if member.archived_at is None)
    return [
        member
        for member in standing
        if (not wanted or wanted & set(member.tags)) and (not named or member.key in named)
    ]


def list_unreachable_members(db: Database, asked: Sequence[Member]) -> list[Member]:
    """Those of ``asked`` whom no mail can reach: nobody there who may answer has an address."""
    reached = {
        each.member_id
        for each in store.members.list_representatives(db)
        if each.email and each.may_answer
    }
    return [member for member in asked if member.id not in reached]


def get_latest_edition(db: Database, slug: str) -> Edition:
    edition = store.papers.find_latest_edition(db, slug)
    if edition is None:
        raise Refusal(Reason.NO_SUCH_PAPER, slug=slug)
    return edition


def get_latest_round(db: Database, slug: str) -> Round:
    """The paper's latest round."""
    get_latest_edition(db, slug)
    round = store.rounds.find_by_slug(db, slug)
    if round is None:
        raise Refusal(Reason.NO_ROUND, slug=slug)
    return round


def require_no_round(db: Database, edition: Edition, now: datetime) -> None:
    """One round at a time: a new edition is put to the members once the round before has been released."""
    round = store.rounds.find_by_slug(db, edition.slug)
    if round is None or round.cancelled_at:
        return
    if round.edition_id == edition.id:
        raise Refusal(Reason.ALREADY_OPEN)
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(
            Reason.OTHER_ROUND, number=store.papers.get_edition(db, round.edition_id).number
        )


def format_moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def build_audit_details(
    edition: Edition, opened: Round, asked: Sequence[Member]
) -> dict[str, object]:
    keys = [member.key for member in asked]
    return {
        "digest": edition.digest,
        "deadline": format_moment(opened.deadline),
        "members": keys,
        "paper": edition.slug,
    }


def close(db: Database, slug: str, actor: str, now: datetime) -> Round:
    """Close the paper's round: freezes answers, owes the printing. Before the deadline, all are told."""
    with transaction(db):
        return close_round(db, get_latest_round(db, slug), actor, now)


def close_due(db: Database, now: datetime) -> list[Round]:
    """Record the closing of every round whose deadline has passed."""
    closed = []
    for due in store.rounds.list_past_deadline(db, now):
        with transaction(db):
            round = store.rounds.find(db, due.id)
            if round and round.phase(now) is Phase.ENDED:
                closed.append(close_round(db, round, "worker", now))
    return closed


def close_round(db: Database, round: Round, actor: str, now: datetime) -> Round:
    """Within the caller's transaction: the closing, its print and its mail."""
    closed = round.close(now)

    store.rounds.save(db, closed)
    counts = {
        str(kind or "unanswered"): count
        for kind, count in store.round_status.load(db, closed).counts.items()
    }
    early = round.phase(now) is Phase.OPEN
    entry = store.audit.record(
        db, Event.ROUND_CLOSED, actor, f"round/{round.id}", now, counts=counts, early=early
    )
    store.releases.enqueue_print(db, round.id, PrintKind.FINAL, entry.seq, now)
    if early:
        enqueue_round_mail(db, MailKind.CLOSED, round, now)
    return closed


def cancel(db: Database, slug: str, actor: str, now: datetime) -> Round:
    """End the paper's round without a result, and owe everybody the word."""
    with transaction(db):
        round = get_latest_round(db, slug)

        cancelled = round.cancel(now)

        store.rounds.save(db, cancelled)
        store.audit.record(db, Event.ROUND_CANCELLED, actor, f"round/{round.id}", now)
        store.outbox.cancel_for_round(db, MailKind.INVITATION, round.id)
        enqueue_round_mail(db, MailKind.CANCELLED, round, now)
    return cancelled


def enqueue_round_mail(
    db: Database, kind: MailKind, round: Round, now: datetime, at: datetime | None = None
) -> None:
    """Owe one mail to every open link of the round."""
    links = [link.id for link in store.rounds.list_links_of_round(db, round.id) if link.email]
    store.outbox.enqueue(db, kind, links, 0, now, at)
