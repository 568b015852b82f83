"""Answers after the release: who may still give one, take one back, and what the office says to a late signature."""

from dataclasses import dataclass
from datetime import datetime

from signoff.domain.answer import Kind, Version
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Round


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the office decided about one late signature; the last one counts, and an accepted one stays.

    ``reason`` is told to the member; an acceptance needs none. ``entry`` is its line in the audit chain.
    """

    answer_id: int
    accepted: bool
    note_accepted: bool
    name_accepted: bool
    reason: str
    decided_at: datetime
    entry: int


def is_settled(version: Version | None, verdict: Verdict | None) -> bool:
    """Whether the member's answer stands for good once the paper is released; it can then only be taken back.

    A decision that is pending may come, and a late signature may be put right until the office has accepted it.
    """
    if version is None or not version.stands or version.answer.kind is Kind.PENDING:
        return False
    if version.late and version.answer.kind is Kind.SIGN:
        return verdict is not None and verdict.accepted
    return True


def may_answer(round: Round, version: Version | None, verdict: Verdict | None, now: datetime) -> bool:
    """Whether an answer is taken through a link at ``now``: until the deadline, or late."""
    return round.is_open(now) or (round.takes_late(now) and not is_settled(version, verdict))


def may_withdraw(round: Round, version: Version | None, now: datetime) -> bool:
    """Whether the answer that counts can be taken back at ``now``: any until the deadline, afterwards a signature.

    What was answered late can be taken back too, so that a slip closes no door.
    """
    if version is None or not version.stands:
        return False
    return round.is_open(now) or (round.takes_late(now) and (version.late or version.answer.kind is Kind.SIGN))


def require_answerable(round: Round, version: Version | None, verdict: Verdict | None, now: datetime) -> bool:
    """Refuse unless an answer is taken at ``now``; gives whether it is a late one."""
    if not round.takes_late(now):
        round.require_open(now)
        return False
    if is_settled(version, verdict):
        raise Refusal(Reason.SETTLED)
    return True


def require_withdrawable(round: Round, version: Version | None, now: datetime) -> bool:
    """Refuse unless the answer can be taken back at ``now``; gives whether that is late."""
    late = round.takes_late(now)
    if not late:
        round.require_open(now)
    if not may_withdraw(round, version, now):
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    return late
