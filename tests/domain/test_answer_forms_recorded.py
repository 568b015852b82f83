"""Answers recorded by the office: received in time, with evidence, and otherwise with the same rules."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from signoff.domain.answer_forms import RecordedAnswer, RecordedAnswerForm, compute_received_at
from signoff.domain.answers import AnswerKind, Channel
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.rounds import Round, Terms

ZONE = ZoneInfo("Europe/Berlin")
OPENED = datetime(2027, 1, 21, 15, 0, tzinfo=ZONE)
DEADLINE = datetime(2027, 2, 27, tzinfo=ZONE)  # the end of 26 February
ROUND = Round(1, 1, OPENED, DEADLINE)
AFTER = datetime(2027, 3, 10, 9, 0, tzinfo=ZONE)
LETTER = {
    "channel": "letter",
    "received_on": "24.2.2027",
    "evidence": "Brief vom 22. Februar",
    "answer": "sign",
    "official_name": "Stadt Musterhausen",
    "first_name": "Vorname",
    "last_name": "Nachname",
    "function": "Bürgermeisterin",
    "basis": "head",
    "authorised": "y",
}


def parse_recorded(
    round: Round = ROUND, now: datetime = AFTER, *, scanned: bool = False, **fields: str
) -> RecordedAnswer:
    return RecordedAnswerForm({**LETTER, **fields}, round, now=now, zone=ZONE).parse_recorded(
        scanned=scanned
    )


def refused(
    round: Round = ROUND, now: datetime = AFTER, **fields: str
) -> list[tuple[Reason, str | None]]:
    with pytest.raises(Refusals) as caught:
        parse_recorded(round, now, **fields)
    return [(refusal.reason, refusal.field) for refusal in caught.value.refusals]


def test_letter_received_in_time_is_accepted_after_the_deadline() -> None:
    version = parse_recorded()
    assert (version.channel, version.received_on, version.answer.kind) == (
        Channel.LETTER,
        date(2027, 2, 24),
        AnswerKind.COSIGN,
    )


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("27.2.2027", Reason.RECEIVED_TOO_LATE),
        ("20.1.2027", Reason.RECEIVED_TOO_EARLY),
        ("11.3.2027", Reason.RECEIVED_IN_FUTURE),
        ("31.2.2027", Reason.NO_SUCH_DAY),
        ("", Reason.MISSING),
    ],
)
def test_the_day_of_receipt_is_between_the_opening_and_the_deadline(
    day: str, reason: Reason
) -> None:
    assert refused(received_on=day) == [(reason, "received_on")]


def test_last_day_counts_until_its_end_and_first_day_from_the_opening() -> None:
    assert compute_received_at(date(2027, 2, 26), ROUND, AFTER, ZONE) < DEADLINE
    assert compute_received_at(date(2027, 1, 21), ROUND, AFTER, ZONE) == OPENED


def test_letter_received_after_an_early_closing_is_too_late() -> None:
    early = replace(ROUND, closed_at=datetime(2027, 2, 10, 9, 0, tzinfo=ZONE))
    assert refused(early, received_on="11.2.2027") == [(Reason.RECEIVED_TOO_LATE, "received_on")]
    assert compute_received_at(date(2027, 2, 10), early, AFTER, ZONE) < early.closed_at


def test_today_is_accepted_as_day_of_receipt() -> None:
    morning = datetime(2027, 2, 1, 8, 0, tzinfo=ZONE)
    assert compute_received_at(date(2027, 2, 1), ROUND, morning, ZONE) == morning


@pytest.mark.parametrize(
    ("round", "reason"),
    [
        (replace(ROUND, cancelled_at=AFTER), Reason.CANCELLED),
        (
            replace(ROUND, closed_at=DEADLINE, released_at=AFTER + timedelta(days=1)),
            Reason.ALREADY_RELEASED,
        ),
        (Round(1, 1), Reason.NOT_OPEN),
    ],
)
def test_answers_are_not_recorded_after_cancelling_or_release(round: Round, reason: Reason) -> None:
    with pytest.raises(Refusal) as caught:
        compute_received_at(date(2027, 2, 24), round, AFTER, ZONE)
    assert caught.value.reason is reason


def test_recorded_answer_needs_a_scan_or_a_reason() -> None:
    assert refused(evidence=" ") == [(Reason.NO_EVIDENCE, "scan")]
    assert parse_recorded(evidence="", scanned=True).reason == ""


def test_recorded_answer_needs_only_fields_known_to_the_office() -> None:
    assert parse_recorded().answer.filled_in.name == ""
    assert refused(filled_in_email="kein Postfach") == [
        (Reason.MISSING, "filled_in_by"),
        (Reason.NOT_AN_ADDRESS, "filled_in_email"),
    ]


def test_days_are_compared_with_the_day_of_receipt() -> None:
    council = {"basis": "council", "body": "Rat", "decision_date": "25.2.2027"}
    assert refused(**council) == [(Reason.DECIDED_AFTER_RECEIPT, "decision_date")]
    pending = {
        "answer": "pending",
        "expected_on": "1.3.2027",
        "expected_body": "Rat",
        "body": "unbeachtet",
    }
    version = parse_recorded(**pending).answer
    assert (version.expected_on, version.expected_body) == (date(2027, 3, 1), "Rat"), (
        "it had not met when the letter came"
    )
    assert refused(**{**pending, "expected_on": "23.2.2027"}) == [
        (Reason.MEETING_BEFORE_RECEIPT, "expected_on")
    ]


def test_office_cannot_record_the_channel_link() -> None:
    assert refused(channel="link") == [(Reason.NOT_A_CHOICE, "channel")]


def test_all_errors_of_a_recorded_answer_are_reported_in_the_order_of_the_form() -> None:
    wrong = refused(channel="", received_on="gestern", first_name="", authorised="", evidence="")
    assert [field for _, field in wrong] == [
        "channel",
        "received_on",
        "first_name",
        "authorised",
        "scan",
    ]
    assert wrong[3][0] is Reason.AUTHORITY_UNSEEN


def test_notes_are_accepted_if_the_round_allows_them() -> None:
    silent = replace(ROUND, terms=Terms(notes=False))
    assert refused(silent, note="Eine Notiz") == [(Reason.NO_NOTES, "note")]
