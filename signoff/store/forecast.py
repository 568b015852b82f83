"""The forecast of a round, from its status and the courses of earlier rounds."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from signoff.domain.answers import AnswerKind
from signoff.domain.dates import get_last_day
from signoff.domain.forecast import (
    MIN_ROUNDS,
    Course,
    Forecast,
    compute_part,
    count_coming_meetings,
    forecast_signatures,
    is_informative,
)
from signoff.domain.round_status import RoundStatus
from signoff.domain.rounds import Round
from signoff.store import rounds, rows
from signoff.store.rows import format_utc

MAX_ROUNDS = 10  # the latest; older ones tell little about today

LIST_COURSES = """
WITH looks AS (SELECT value ->> 0 AS round_id, value ->> 1 AS moment, value ->> 2 AS last_day
               FROM json_each(:looks)),
members AS (
  SELECT looks.round_id,
         COALESCE((SELECT CASE WHEN kind = 'pending' AND expected_on > last_day THEN 'other' ELSE kind END
                   FROM answers WHERE invitation_id = invitations.id AND late = 0 AND received_at <= moment
                   ORDER BY number DESC LIMIT 1), 'withdrawn') AS kind,
         EXISTS (SELECT 1 FROM answers
                 WHERE invitation_id = invitations.id AND kind = 'sign'
                   AND number = (SELECT MAX(number) FROM answers AS other
                                 WHERE other.invitation_id = invitations.id AND other.late = 0)
                   AND answers.id NOT IN (SELECT answer_id FROM voidings)) AS signed
  FROM looks JOIN invitations ON invitations.round_id = looks.round_id AND invited_at <= moment)
SELECT COUNT(*) AS invited,
       COUNT(*) FILTER (WHERE kind = 'withdrawn') AS unanswered,
       COUNT(*) FILTER (WHERE kind = 'withdrawn' AND signed) AS unanswered_signed,
       COUNT(*) FILTER (WHERE kind = 'pending') AS meetings,
       COUNT(*) FILTER (WHERE kind = 'pending' AND signed) AS meetings_signed
FROM members GROUP BY round_id ORDER BY round_id
"""


def load(db: Database, status: RoundStatus, today: date, zone: ZoneInfo) -> Forecast | None:
    """The forecast for an open round; ``None`` if there are too few earlier rounds.

    It depends on the day, not on the hour.
    """
    round, counts = status.round, status.counts
    if round.opened_at is None:
        return None
    first, last = round.opened_at.astimezone(zone).date(), get_last_day(round.as_of, zone)
    earlier = [each for each in rounds.list_all(db) if each.id != round.id and is_informative(each)]
    if len(earlier) < MIN_ROUNDS:
        return None
    courses = list_courses(db, earlier[:MAX_ROUNDS], compute_part(first, last, today), zone)
    meetings = count_coming_meetings(status.meetings, last)
    return forecast_signatures(counts[AnswerKind.COSIGN], counts[None], meetings, courses)


def list_courses(
    db: Database, earlier: Iterable[Round], part: float, zone: ZoneInfo
) -> list[Course]:
    """How these rounds stood after this part of their time, and what became of it."""
    looks = [
        (
            round.id,
            format_utc(compute_moment(round, part)),
            get_last_day(round.as_of, zone).isoformat(),
        )
        for round in earlier
    ]
    return rows.list_all(db, Course, LIST_COURSES, looks=looks)


def compute_moment(round: Round, part: float) -> datetime:
    if round.opened_at is None:
        raise ValueError("the round has not been opened")
    return round.opened_at + part * (round.as_of - round.opened_at)
