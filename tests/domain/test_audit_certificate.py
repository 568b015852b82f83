"""The entries of the audit log that a member's certificate names."""

from datetime import UTC, datetime

from signoff.domain.answers import AnswerKind
from signoff.domain.audit import CertificateStep, Event, get_actor_role, select_steps

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)


def step(entry: int, event: Event, answer: AnswerKind | None = None) -> CertificateStep:
    return CertificateStep(entry, f"{entry:064x}", event, NOW, by="member", answer=answer)


OPENED = step(1, Event.ROUND_OPENED)
CLOSED = step(6, Event.ROUND_CLOSED)
RELEASED = step(7, Event.RELEASED)
MINE = step(2, Event.ANSWERED, AnswerKind.DECLINE)
THEIRS = step(3, Event.ANSWERED, AnswerKind.COSIGN)
ALL = (OPENED, MINE, THEIRS, CLOSED, RELEASED, step(8, Event.LINK_REQUESTED))


def test_a_member_sees_milestones_and_its_own_answers() -> None:
    assert select_steps(ALL, {2}, True) == (OPENED, MINE, CLOSED, RELEASED)


def test_a_member_sees_no_planned_release() -> None:
    assert select_steps(ALL, {2}, False) == (OPENED, MINE, CLOSED)


def test_actors_are_named_only_by_role() -> None:
    assert [get_actor_role(actor) for actor in ("link/17", "staff/3", "cli", "worker")] == [
        "member",
        "office",
        "office",
        "program",
    ]
