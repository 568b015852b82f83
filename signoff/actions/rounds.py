"""Open, extend, close and cancel rounds, and invite members to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from signoff import store
from signoff.actions.log import commit_to_list
from signoff.actions.papers import (
    get_latest_edition,
    require_described_pictures,
    require_printable_text,
)
from signoff.actions.prints import require_trial_print
from signoff.domain.approvals import PublicAct
from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.dates import end_of_day
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.log import LogKind
from signoff.domain.mail import MailKind
from signoff.domain.members import Member, Representative
from signoff.domain.papers import Edition
from signoff.domain.releases import PrintKind, TrialOpening
from signoff.domain.rounds import (
    Invitation,
    Link,
    Phase,
    Round,
    Terms,
    group_by_address,
    parse_reason,
    require_target_editable,
)
from signoff.domain.setup import SetupLine
from signoff.store.connection import transaction

LOCAL_DELIVERY = ("",)  # mail is written into the folder of the instance
NO_WAIT = timedelta()


def set_target(
    db: Database,
    round_id: int,
    target: int | None,
    expected_target: int | None,
    actor: str,
    now: datetime,
) -> None:
    """Set or remove the number of signatures the office hopes for; the same number again changes
    nothing.

    Refuses if the target is no longer the expected one.
    """
    with transaction(db):
        round = store.rounds.get(db, round_id)

        if round.target == target:
            return
        require_target_editable(round)
        if round.target != expected_target:
            raise Refusal(Reason.STALE, "aim", what="target", aim=round.target or "–")

        store.rounds.set_target(db, round_id, target)
        store.audit.record(
            db, Event.TARGET_SET, actor, f"round/{round_id}", now, aim=target, before=round.target
        )


# Opening a round and inviting members: an invitation each, a link for each representative, and its
# mail.


@dataclass(frozen=True, slots=True)
class Opening:
    """The decisions of the office when it opens a round."""

    deadline: date  # the last day on which answers are taken
    tags: tuple[str, ...] = ()  # only members with one of these; none means everybody
    terms: Terms = Terms()
    members: tuple[str, ...] = ()  # only these, by their keys; none means everybody
    digest: str = ""  # of the text that was reviewed; empty if nobody reviewed it

    @property
    def trial(self) -> TrialOpening:
        """Everything the trial print of this opening depends on, besides the text."""
        return TrialOpening(self.tags, self.members, self.terms)


def open_round(
    db: Database,
    slug: str,
    opening: Opening,
    actor: str,
    now: datetime,
    *,
    setup_required: bool = True,
    trial_required: bool = True,
    mail_servers: Collection[str] = LOCAL_DELIVERY,
    wait: timedelta = NO_WAIT,
) -> Round:
    """Freeze the paper's newest edition and invite the members.

    ``setup_required`` refuses while the checklist has an open line that matters; the demo and
    instances on loopback are exempt. ``trial_required`` refuses while there is no successful
    trial print of this text with this list and these terms; a rehearsal is exempt.
    ``mail_servers``: the hosts that mail can leave through; ``""`` is a folder. ``wait``: how long
    mail and public draft wait, so that the opening can be recalled meanwhile.
    """
    with transaction(db):
        edition, association = get_latest_edition(db, slug), store.association.get(db)
        members, opened = check_opening(
            db,
            edition,
            opening,
            association,
            now,
            setup_required=setup_required,
            mail_servers=mail_servers,
            wait=wait,
        )
        if trial_required:
            require_trial_print(db, edition, opening.trial)

        round_id = store.rounds.add(db, opened)
        entry = store.audit.record(
            db,
            Event.ROUND_OPENED,
            actor,
            f"round/{round_id}",
            now,
            **build_audit_details(edition, opened, members),
        )
        store.releases.enqueue_print(db, round_id, PrintKind.DRAFT, entry.seq, now)
        create_invitations(db, opened, round_id, members, association, now)
    return store.rounds.get(db, round_id)


def recall_opening(db: Database, round_id: int, actor: str, now: datetime) -> Edition:
    """Undo an opening of which nothing has been sent: the paper is as it was before.

    Invitations, links, pending mail and prints are deleted; the audit log keeps both entries.
    """
    with transaction(db):
        round = store.rounds.get(db, round_id)
        edition = store.papers.get_edition(db, round.edition_id)

        if not may_recall_opening(db, round, now):
            raise Refusal(Reason.MAIL_LEFT)

        store.rounds.delete(db, round_id)
        details = {"edition": edition.number, "round": round_id}
        store.audit.record(
            db, Event.OPENING_RECALLED, actor, f"paper/{edition.slug}", now, **details
        )
    return edition


def may_recall_opening(db: Database, round: Round, now: datetime) -> bool:
    left = store.rounds.has_left(db, round.id, round.opened_at) or store.rounds.has_answers(
        db, round.id
    )
    return round.may_recall_opening(now, left=left)


def may_recall_extension(db: Database, round: Round, now: datetime) -> bool:
    return round.deadline_before is not None and round.may_recall_extension(
        now, announced=is_deadline_announced(db, round)
    )


def is_deadline_announced(db: Database, round: Round) -> bool:
    """Whether mail or a letter that names the present deadline has been sent."""
    return store.rounds.has_left(db, round.id, round.deadline_set_at)


def check_opening(
    db: Database,
    edition: Edition,
    opening: Opening,
    association: Association,
    now: datetime,
    *,
    setup_required: bool,
    mail_servers: Collection[str] = LOCAL_DELIVERY,
    wait: timedelta = NO_WAIT,
) -> tuple[list[Member], Round]:
    """The members to be invited, and the round; refuses what a trial print cannot settle."""
    members = store.members.list_to_invite(db, opening.tags, opening.members)
    if setup_required:
        require_setup(db)
    require_no_round(db, edition, now)
    require_described_pictures(edition)
    require_printable_text(edition)
    if opening.digest not in ("", edition.digest):
        raise Refusal(Reason.STALE, what="text_to_open")
    terms = replace(opening.terms, tags=opening.tags, individual=bool(opening.members))
    opened = Round(0, edition.id, terms=terms).open(
        end_of_day(opening.deadline, association.zone), now, wait
    )
    if not members:
        raise Refusal(Reason.NOBODY_ASKED)
    require_way_out(db, members, mail_servers=mail_servers, tried=setup_required)
    return members, opened


def require_setup(db: Database) -> None:
    """Refuse with each open line of the checklist, except for those that depend on who is asked."""
    lines = store.setup.load(db).list_missing()
    refusals = [
        Refusal(Reason.SETUP_OPEN, line=line)
        for line in lines
        if line not in (SetupLine.MAIL, SetupLine.MEMBERS)
    ]
    if refusals:
        raise Refusals(refusals)


def require_way_out(
    db: Database, members: Sequence[Member], *, mail_servers: Collection[str], tried: bool = False
) -> None:
    """Refuse to enqueue mail to members that cannot leave: there is no mail server, all refuse our
    login or sender, or (with ``tried``) none has ever accepted a mail.

    Members without an address get letters.
    """
    if len(list_unreachable_members(db, members)) < len(members):
        require_mail(db, mail_servers=mail_servers)
        if tried and not store.setup.load(db).has_sent_mail:
            raise Refusal(Reason.SETUP_OPEN, line=SetupLine.MAIL)


def require_mail(db: Database, *, mail_servers: Collection[str]) -> None:
    """Refuse if there is no server, or if none is left that takes our login and sender."""
    if not mail_servers:
        raise Refusal(Reason.NO_MAIL_SERVER)
    refused = {
        outage.server: outage.diagnostic
        for outage in store.outbox.list_outages(db)
        if outage.is_refused
    }
    if refused.keys() >= set(mail_servers):
        raise Refusal(Reason.MAIL_REFUSED, words=refused[min(mail_servers)])


def invite_member(
    db: Database,
    round_id: int,
    key: str,
    actor: str,
    now: datetime,
    *,
    mail_servers: Collection[str] = LOCAL_DELIVERY,
) -> Invitation:
    """Add one member to an open round; refuses a member that is invited already."""
    added = invite_members(db, round_id, [key], actor, now, mail_servers=mail_servers)
    if not added:
        member = get_active_member(db, key)
        raise Refusal(Reason.ALREADY_INVITED, name=member.official_name)
    return added[0]


def invite_members(
    db: Database,
    round_id: int,
    keys: Sequence[str],
    actor: str,
    now: datetime,
    *,
    mail_servers: Collection[str] = LOCAL_DELIVERY,
) -> list[Invitation]:
    """Add members to an open round, all or none; skips members that are invited already."""
    with transaction(db):
        round = store.rounds.get(db, round_id)
        members = [get_active_member(db, key) for key in dict.fromkeys(keys)]

        round.require_open(now)
        uninvited = [
            member
            for member in members
            if not store.rounds.find_invitation_of_member(db, round_id, member.id)
        ]
        require_way_out(db, uninvited, mail_servers=mail_servers)
        return add_invitations(db, round, uninvited, actor, now)


def add_invitations(
    db: Database, round: Round, members: Sequence[Member], actor: str, now: datetime
) -> list[Invitation]:
    """Within the caller's transaction: one invitation and one audit entry for each member."""
    if not members:
        return []
    added = create_invitations(db, round, round.id, members, store.association.get(db), now)
    keys = {member.id: member.key for member in members}
    for invitation in added:
        details = {"member": keys[invitation.member_id]}
        store.audit.record(
            db, Event.MEMBER_INVITED, actor, f"invitation/{invitation.id}", now, **details
        )
    return added


def get_active_member(db: Database, key: str) -> Member:
    member = store.members.find_by_key(db, key)
    if member is None or member.archived_at:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    return member


def create_invitations(
    db: Database,
    round: Round,
    round_id: int,
    members: Sequence[Member],
    association: Association,
    now: datetime,
) -> list[Invitation]:
    """Within the caller's transaction: what the members get; the mail waits as the opening does."""
    send_at = max(now, round.announced_from or now)
    year = now.astimezone(association.zone).year
    member_ids = [member.id for member in members]
    invitations = store.rounds.add_invitations(db, round_id, member_ids, year, now)
    links = [
        build_link(representative, invitations[representative.member_id], now)
        for representative in store.members.list_representatives(db)
        if representative.member_id in invitations
    ]
    store.rounds.add_links(db, links)
    store.letters.add_missing_links(db, now)
    with_email = {link.public_id for link in links if link.email}
    recipients = [
        link
        for link in store.rounds.list_links_of_round(db, round_id)
        if link.public_id in with_email
    ]
    ids = [link.id for link in recipients]
    store.outbox.enqueue(db, MailKind.INVITATION, ids, 0, now, send_at)
    for together in group_by_address(recipients):
        store.outbox.send_together(db, MailKind.INVITATION, [(link.id, 0) for link in together])
    return list(invitations.values())


def build_link(representative: Representative, invitation: Invitation, now: datetime) -> Link:
    return Link(
        id=0,
        invitation_id=invitation.id,
        public_id=store.rounds.generate_public_id(),
        generation=1,
        representative_id=representative.id,
        name=representative.name,
        email=representative.email,
        language=representative.language,
        created_at=now,
        may_answer=representative.may_answer,
    )


def list_unreachable_members(db: Database, members: Sequence[Member]) -> list[Member]:
    """The members without any representative who has an e-mail address and may answer."""
    reachable = {
        representative.member_id
        for representative in store.members.list_representatives(db)
        if representative.email and representative.may_answer
    }
    return [member for member in members if member.id not in reachable]


def count_mails(db: Database, members: Sequence[Member]) -> int:
    """How many mails an opening sends: representatives who may answer get one for each address."""
    ids = {member.id for member in members}
    recipients = [
        representative
        for representative in store.members.list_representatives(db)
        if representative.email and representative.member_id in ids
    ]
    addresses = {person.email for person in recipients if person.may_answer}
    return len(addresses) + sum(not person.may_answer for person in recipients)


def require_no_round(db: Database, edition: Edition, now: datetime) -> None:
    """One round at a time: a new edition can be opened once the round of the edition before has
    been released.
    """
    round = store.rounds.find_by_slug(db, edition.slug)
    if round is None or round.cancelled_at:
        return
    if round.edition_id == edition.id:
        raise Refusal(Reason.ALREADY_OPEN)
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(
            Reason.OTHER_ROUND, number=store.papers.get_edition(db, round.edition_id).number
        )


def build_audit_details(
    edition: Edition, round: Round, members: Sequence[Member]
) -> dict[str, object]:
    return {
        "digest": edition.digest,
        "deadline": format_moment(round.deadline),
        "members": [member.key for member in members],
        "paper": edition.slug,
    }


def format_moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


# While a round runs, and its end: closed by the office or by its deadline, cancelled, or ended
# without publication.


def extend(
    db: Database,
    round_id: int,
    deadline: date,
    actor: str,
    now: datetime,
    *,
    mail_servers: Collection[str] = LOCAL_DELIVERY,
    wait: timedelta = NO_WAIT,
) -> Round:
    """Move the deadline of an open round and mail every recipient, after ``wait``.

    An invitation that has not been sent yet names the new deadline; it needs no second mail. A
    deadline of which no mail has left may be moved back.
    """
    with transaction(db):
        round = store.rounds.get(db, round_id)

        extended = check_extension(db, round, deadline, now, mail_servers=mail_servers)
        if extended.deadline == round.deadline:
            return round
        announced = extended.deadline_before == round.deadline
        restored = not announced and extended.deadline == round.deadline_before

        # Mail about the deadline before, which nobody has got, would name the new one as well.
        store.outbox.cancel_for_round(db, MailKind.EXTENDED, round_id)
        if not restored:
            mailed = store.outbox.list_mailed_link_ids(db, round_id)
            number = store.rounds.record_extension(db, round_id)
            enqueue_round_mail(
                db, MailKind.EXTENDED, round_id, now, number=number, send_at=now + wait, only=mailed
            )
        change = "recalled" if restored else "" if announced else "unannounced"
        save_deadline(db, extended, change, actor, now)
    return extended


def check_extension(
    db: Database,
    round: Round,
    deadline: date,
    now: datetime,
    *,
    mail_servers: Collection[str] = LOCAL_DELIVERY,
) -> Round:
    """The round with another deadline; refuses one that the rules or the mail server forbid."""
    moment = end_of_day(deadline, store.association.get(db).zone)
    extended = round.extend(moment, now, announced=is_deadline_announced(db, round))
    if moment not in (round.deadline, round.deadline_before) and any(
        link.email for link in store.rounds.list_links_of_round(db, round.id)
    ):
        require_mail(db, mail_servers=mail_servers)
    return extended


def recall_extension(db: Database, round_id: int, actor: str, now: datetime) -> Round:
    """Restore the deadline that the members know; a second call changes nothing."""
    with transaction(db):
        round = store.rounds.get(db, round_id)

        if round.deadline_before is None:
            return round
        if not may_recall_extension(db, round, now):
            raise Refusal(Reason.MAIL_LEFT)
        restored = round.extend(round.deadline_before, now, announced=False)

        store.outbox.cancel_for_round(db, MailKind.EXTENDED, round_id)
        save_deadline(db, restored, "recalled", actor, now)
    return restored


def save_deadline(db: Database, round: Round, change: str, actor: str, now: datetime) -> None:
    """Within the caller's transaction: the deadline, its entry, and the draft that shows it."""
    store.rounds.save(db, round)
    details = {"deadline": format_moment(round.deadline)} | ({"change": change} if change else {})
    entry = store.audit.record(db, Event.ROUND_EXTENDED, actor, f"round/{round.id}", now, **details)
    store.releases.enqueue_print(db, round.id, PrintKind.DRAFT, entry.seq, now)


def close(db: Database, round_id: int, actor: str, now: datetime, *, reason: str = "") -> Round:
    """Close a round: no more answers, and the final PDF is enqueued.

    Before the deadline, everybody who has been sent anything is mailed, with the reason if there
    is one.
    """
    reason = parse_reason(reason) if reason else ""
    with transaction(db):
        return close_round(db, store.rounds.get(db, round_id), actor, now, reason)


def close_due(db: Database, now: datetime) -> list[Round]:
    """Record the closing of every round whose deadline has passed."""
    closed = []
    for due in store.rounds.list_past_deadline(db, now):
        with transaction(db):
            round = store.rounds.get(db, due.id)
            if round.phase(now) is Phase.ENDED:  # another worker may have closed it meanwhile
                closed.append(close_round(db, round, "worker", now))
    return closed


def close_round(db: Database, round: Round, actor: str, now: datetime, reason: str = "") -> Round:
    """Within the caller's transaction: the closing, its print and its mail."""
    closed = round.close(now, reason)

    store.rounds.save(db, closed)
    status = store.round_status.load(db, closed)
    counts = {str(kind or "unanswered"): count for kind, count in status.counts.items()}
    details = {"reason": closed.closing_reason} if closed.closing_reason else {}
    entry = store.audit.record(
        db,
        Event.ROUND_CLOSED,
        actor,
        f"round/{round.id}",
        now,
        counts=counts,
        early=closed.closed_early,
        **details,
    )
    signatories = status.signatories(store.association.get(db).zone)
    commit_to_list(db, closed, LogKind.CLOSING, signatories, (), now)
    store.releases.enqueue_print(db, round.id, PrintKind.FINAL, entry.seq, now)
    if closed.closed_early:
        mailed = store.outbox.list_mailed_link_ids(db, round.id)
        store.outbox.cancel_for_round(db, MailKind.INVITATION, round.id)
        enqueue_round_mail(db, MailKind.CLOSED, round.id, now, only=mailed)
    return closed


def cancel(db: Database, round_id: int, actor: str, now: datetime) -> Round:
    """End a round without a result and mail those who have been sent anything about it."""
    with transaction(db):
        cancelled = store.rounds.get(db, round_id).cancel(now)

        store.rounds.save(db, cancelled)
        store.audit.record(db, Event.ROUND_CANCELLED, actor, f"round/{round_id}", now)
        mail_about_end(db, MailKind.CANCELLED, round_id, now)
    return cancelled


def end_unpublished(db: Database, round_id: int, reason: str, actor: str, now: datetime) -> Round:
    """End a closed round without publication, and mail those who have been sent anything about it.

    A planned or requested release is called off. The answers stay.
    """
    reason = parse_reason(reason)
    with transaction(db):
        ended = store.rounds.get(db, round_id).end_unpublished(reason, now)

        store.rounds.save(db, ended)
        planned = store.releases.find_for_round(db, round_id)
        if planned:
            store.releases.cancel_planned(db, planned.id)
        store.approvals.end(db, PublicAct.RELEASE, f"round/{round_id}", now)
        details = {"reason": reason, "planned": planned is not None}
        store.audit.record(db, Event.ROUND_ENDED, actor, f"round/{round_id}", now, **details)
        for kind in (MailKind.CLOSED, MailKind.RELEASED):
            store.outbox.cancel_for_round(db, kind, round_id)
        mail_about_end(db, MailKind.ENDED, round_id, now)
    return ended


def mail_about_end(db: Database, kind: MailKind, round_id: int, now: datetime) -> None:
    """Within the caller's transaction: the mail about the end of a round, to those who have been
    sent anything about it.

    The others learn nothing: their mail is dropped.
    """
    links = store.rounds.list_links_of_round(db, round_id)
    mailed = store.outbox.list_mailed_link_ids(db, round_id)
    store.outbox.cancel_for_round(db, MailKind.INVITATION, round_id)
    store.outbox.cancel_for_links(
        db,
        list(MailKind),
        [link.id for link in links if link.id not in mailed],
    )
    enqueue_round_mail(db, kind, round_id, now, only=mailed)


def enqueue_round_mail(
    db: Database,
    kind: MailKind,
    round_id: int,
    now: datetime,
    *,
    number: int = 0,
    send_at: datetime | None = None,
    only: Collection[int] | None = None,
) -> None:
    """Within the caller's transaction: one mail to every open link of the round, or to those of
    them that are in ``only``.
    """
    links = [
        link.id
        for link in store.rounds.list_links_of_round(db, round_id)
        if link.email and (only is None or link.id in only)
    ]
    store.outbox.enqueue(db, kind, links, number, now, send_at)
