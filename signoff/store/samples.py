"""What a mail would be written from, taken from a real place; nothing is owed and nothing is written."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from signoff.domain import sample
from signoff.domain.invitation import Invitation, Link
from signoff.domain.letter import Letter, StaffLetter, TestLetter
from signoff.domain.notice import Notice, NoticeKind
from signoff.domain.round import Round
from signoff.domain.sample import Wish
from signoff.domain.staff import Staff
from signoff.store import associations, invitations, letters, members, papers
from signoff.store.rounds import terms_of
from signoff.store.rows import required, row, run, stored

PLACE = """
SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE links.ended_at IS NULL AND links.email <> '' AND (:round_id IS NULL OR round_id = :round_id)
  AND (:member_id IS NULL OR member_id = :member_id)
ORDER BY round_id DESC, members.name, links.id LIMIT 1
"""
ADD_TEST = """
INSERT INTO test_mails ( staff_id,  kind,  language,  round_id,  opening,  asked_at)
VALUES                 (:staff_id, :kind, :language, :round_id, :opening, :asked_at)
"""
RECENT_TEST = """
SELECT MAX(id) AS id FROM test_mails
WHERE staff_id = :staff_id AND kind = :kind AND language = :language AND round_id IS :round_id
  AND opening IS :opening AND asked_at >= :since
"""


def of(
    db: Database,
    kind: NoticeKind,
    language: str,
    reader: Staff,
    now: datetime,
    *,
    round_id: int | None = None,
    member_id: int | None = None,
) -> Letter | StaffLetter | None:
    """A letter of ``kind`` about that round and member, or any; ``None`` while nobody has been invited.

    Mail to the office's people is about the account of ``reader``.
    """
    association = replace(associations.get(db), language=language)
    if kind.for_staff:
        row_less = sample.notice(kind, now, None, reader.id)
        digest = letters.report(db, now)
        return StaffLetter(row_less, association, reader, 0, digest)
    found = row(db, PLACE, {"round_id": round_id, "member_id": member_id})
    if found is None:
        return None
    link = invitations.link_by_id(db, found["id"])
    real = letters.about(db, sample.notice(NoticeKind.FRESH_LINK, now, link.id), link)
    return sample.spoken(sample.sample(replace(real, notice=sample.notice(kind, now, link.id)), now), language)


@dataclass(frozen=True, slots=True)
class Planned:
    """An invitation to a round that has not been opened: to which member, about which text, on which terms."""

    edition_id: int
    member_id: int
    deadline: str  # ISO 8601
    terms: dict[str, Any]


def spelt(plan: Planned) -> str:
    """``plan`` as it is kept for a test mail."""
    return json.dumps(asdict(plan), ensure_ascii=False, sort_keys=True)


def planned(db: Database, plan: Planned, now: datetime) -> Letter | None:
    """The invitation the member would get; ``None`` where it has no address. Nothing is owed."""
    member, association = members.get(db, plan.member_id), associations.get(db)
    people = [each for each in members.representatives(db, plan.member_id) if each.email and each.may_answer]
    if member is None or not people:
        return None
    first, *others = people
    link = Link(0, 0, "", 1, first.id, first.name, first.email, first.language, now)
    return Letter(
        notice=sample.notice(NoticeKind.INVITATION, now, 0),
        association=association,
        member=member,
        invitation=Invitation(0, 0, member.id, f"{now.astimezone(association.zone).year}-…", now),
        link=link,
        round=Round(0, plan.edition_id, now, required(plan.deadline), terms=terms_of(plan.terms)),
        edition=papers.get(db, plan.edition_id),
        others=tuple(each.email for each in others),
    )


def add_test(db: Database, wish: Wish, now: datetime) -> int:
    """Keep what a test mail was asked for; gives its number."""
    return run(db, ADD_TEST, {**asdict(wish), "asked_at": stored(now)})


def recent_test(db: Database, wish: Wish, since: datetime) -> int | None:
    """The number of the last such test since a moment."""
    found = row(db, RECENT_TEST, {**asdict(wish), "since": stored(since)})
    return found["id"] if found else None


def test(db: Database, notice: Notice, reader: Staff) -> TestLetter | None:
    """The test mail behind ``notice``."""
    found = row(db, "SELECT * FROM test_mails WHERE id = :id", {"id": notice.number})
    if found is None:
        return None
    kind, language, round_id = NoticeKind(found["kind"]), found["language"], found["round_id"]
    if found["opening"]:
        plan = planned(db, Planned(**json.loads(found["opening"])), notice.owed_at)
        return TestLetter(notice, reader, plan) if plan else None
    made = of(db, kind, language, reader, notice.owed_at, round_id=round_id)
    return TestLetter(notice, reader, made) if made else None
