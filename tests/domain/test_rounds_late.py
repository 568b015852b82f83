"""Who can answer or withdraw after the release, and when late signing and links end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Channel,
    LateReview,
    may_answer,
    may_withdraw,
    require_answerable,
    require_withdrawable,
)
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Round, Terms

OPENED = datetime(2027, 1, 18, 9, tzinfo=UTC)
DEADLINE = datetime(2027, 3, 31, 22, tzinfo=UTC)
RELEASED = datetime(2027, 4, 15, 8, tzinfo=UTC)
NOW = datetime(2027, 5, 3, 10, tzinfo=UTC)
DAYS = timedelta(days=90)
ROUND = Round(1, 1, OPENED, DEADLINE, DEADLINE, RELEASED, terms=Terms(late=True))
STRICT = replace(ROUND, terms=Terms())


def version(kind: AnswerKind, *, late: bool = False) -> AnswerVersion:
    return AnswerVersion(7, 1, 1, Answer(kind), NOW, Channel.LINK, 1, 1, late=late)


def verdict(accepted: bool) -> LateReview:
    return LateReview(7, accepted, False, False, "" if accepted else "Bitte mit Beschluss.", NOW, 9)


@pytest.mark.parametrize(
    ("last", "review", "possible"),
    [
        (None, None, True),
        (version(AnswerKind.PENDING), None, True),
        (version(AnswerKind.WITHDRAWN), None, True),
        (version(AnswerKind.COSIGN), None, False),
        (version(AnswerKind.DECLINE), None, False),
        (version(AnswerKind.NOT_COMPETENT), None, False),
        (version(AnswerKind.COSIGN, late=True), None, True),
        (version(AnswerKind.COSIGN, late=True), verdict(False), True),
        (version(AnswerKind.COSIGN, late=True), verdict(True), False),
        (version(AnswerKind.PENDING, late=True), None, True),
        (version(AnswerKind.DECLINE, late=True), None, False),
        (version(AnswerKind.WITHDRAWN, late=True), None, True),
    ],
)
def test_member_without_a_final_answer_can_answer_late(
    last: AnswerVersion | None, review: LateReview | None, possible: bool
) -> None:
    assert may_answer(ROUND, last, review, NOW) is possible
    assert not may_answer(STRICT, last, review, NOW)
    if possible:
        assert require_answerable(ROUND, last, review, NOW) is True
    else:
        with pytest.raises(Refusal) as refused:
            require_answerable(ROUND, last, review, NOW)
        assert refused.value.reason is Reason.SETTLED


def test_nobody_can_answer_between_deadline_and_release() -> None:
    for moment in (DEADLINE, RELEASED - timedelta(microseconds=1)):
        with pytest.raises(Refusal) as refused:
            require_answerable(ROUND, None, None, moment)
        assert refused.value.reason is Reason.NOT_OPEN
    assert (
        require_answerable(replace(ROUND, closed_at=None, released_at=None), None, None, OPENED)
        is False
    )


@pytest.mark.parametrize(
    ("last", "possible"),
    [
        (None, False),
        (version(AnswerKind.COSIGN), True),
        (version(AnswerKind.DECLINE), False),
        (version(AnswerKind.PENDING), False),
        (version(AnswerKind.COSIGN, late=True), True),
        (version(AnswerKind.DECLINE, late=True), True),
        (version(AnswerKind.WITHDRAWN, late=True), False),
    ],
)
def test_a_signature_and_a_late_answer_can_be_taken_back_after_the_release(
    last: AnswerVersion | None, possible: bool
) -> None:
    assert may_withdraw(ROUND, last, NOW) is possible
    assert not may_withdraw(STRICT, last, NOW)
    if possible:
        assert require_withdrawable(ROUND, last, NOW) is True
    else:
        with pytest.raises(Refusal):
            require_withdrawable(ROUND, last, NOW)


def test_a_retracted_round_accepts_nobody() -> None:
    retracted = replace(ROUND, retracted_at=NOW)
    assert not retracted.accepts_late_signatures(NOW)
    assert not may_answer(retracted, None, None, NOW)
    assert not may_withdraw(retracted, version(AnswerKind.COSIGN), NOW)
    with pytest.raises(Refusal) as refused:
        retracted.end_late_signing(NOW + DAYS, NOW)
    assert refused.value.reason is Reason.NOT_LATE


def test_late_signing_ends_at_its_second_deadline_and_cannot_be_reopened() -> None:
    until = NOW + timedelta(days=30)
    ending = ROUND.end_late_signing(until, NOW)
    assert ending.accepts_late_signatures(until - timedelta(microseconds=1))
    assert not ending.accepts_late_signatures(until)
    with pytest.raises(Refusal) as refused:
        ending.end_late_signing(until + DAYS, until)
    assert refused.value.reason is Reason.LATE_ENDED
    for round, reason in (
        (STRICT, Reason.NOT_LATE),
        (replace(ROUND, released_at=None), Reason.NOT_LATE),
    ):
        with pytest.raises(Refusal) as refused:
            round.end_late_signing(until, NOW)
        assert refused.value.reason is reason


def test_links_end_after_the_release_or_after_late_signing() -> None:
    assert STRICT.links_expire_at(DAYS) == RELEASED + DAYS
    assert ROUND.links_expire_at(DAYS) is None
    assert replace(ROUND, late_until=NOW).links_expire_at(DAYS) == NOW + DAYS
    assert replace(ROUND, late_until=RELEASED - DAYS).links_expire_at(DAYS) == RELEASED + DAYS
    assert replace(STRICT, released_at=None).links_expire_at(DAYS) is None
    withdrawn = replace(ROUND, retracted_at=NOW)
    assert withdrawn.links_expire_at(DAYS) == NOW + DAYS  # late signing ended with it
