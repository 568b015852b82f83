"""What a mail would be written from, taken from a real place; nothing is owed and nothing is written."""

from dataclasses import asdict, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain import sample
from signoff.domain.letter import Letter, StaffLetter, TestLetter
from signoff.domain.notice import Notice, NoticeKind
from signoff.domain.sample import Wish
from signoff.domain.staff import Staff
from signoff.store import associations, invitations, letters
from signoff.store.rows import row, run, stored

PLACE = """
SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE links.ended_at IS NULL AND links.email <> '' AND (:round_id IS NULL OR round_id = :round_id)
  AND (:member_id IS NULL OR member_id = :member_id)
ORDER BY round_id DESC, members.name, links.id LIMIT 1
"""
ADD_TEST = """
INSERT INTO test_mails ( staff_id,  kind,  language,  round_id,  asked_at)
VALUES                 (:staff_id, :kind, :language, :round_id, :asked_at)
"""
RECENT_TEST = """
SELECT MAX(id) AS id FROM test_mails
WHERE staff_id = :staff_id AND kind = :kind AND language = :language AND round_id IS :round_id AND asked_at >= :since
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
    made = of(db, kind, language, reader, notice.owed_at, round_id=round_id)
    return TestLetter(notice, reader, made) if made else None
