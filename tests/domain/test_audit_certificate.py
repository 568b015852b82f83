"""The entries of the audit log that a member's certificate names."""

from datetime import UTC, date, datetime

from signoff.domain.answers import AnswerKind
from signoff.domain.audit import CertificateStep, Event, get_actor_role, redact_steps

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)


def step(entry: int, event: Event, answer: AnswerKind | None = None) -> CertificateStep:
    return CertificateStep(
        entry,
        f"{entry:064x}",
        event,
        NOW,
        by="member",
        member="03",
        name="Markt Ähringen",
        answer=answer,
    )


OPENED, CLOSED, RELEASED = (
    step(1, Event.ROUND_OPENED),
    step(6, Event.ROUND_CLOSED),
    step(7, Event.RELEASED),
)
MINE, THEIRS = (
    step(2, Event.ANSWERED, AnswerKind.DECLINE),
    step(3, Event.ANSWERED, AnswerKind.DECLINE),
)
SIGNED, ASKED = step(4, Event.ANSWERED, AnswerKind.COSIGN), step(8, Event.LINK_REQUESTED)
ALL = (OPENED, MINE, THEIRS, SIGNED, CLOSED, RELEASED, ASKED)
LISTED = CertificateStep(
    4,
    SIGNED.commitment,
    Event.ANSWERED,
    day=date(2027, 1, 18),
    name="Stadt Musterhausen",
    answer=AnswerKind.COSIGN,
)


def test_a_member_sees_milestones_its_own_answers_and_the_published_list() -> None:
    assert redact_steps(ALL, {2}, {4: LISTED}, True) == (
        OPENED,
        MINE,
        THEIRS.redacted,
        LISTED,
        CLOSED,
        RELEASED,
    )


def test_hidden_entries_have_only_a_number_and_a_digest() -> None:
    assert THEIRS.redacted == CertificateStep(3, THEIRS.commitment)
    assert (
        THEIRS.redacted.event,
        THEIRS.redacted.at,
        THEIRS.redacted.name,
        THEIRS.redacted.answer,
    ) == (
        None,
        None,
        "",
        None,
    )


def test_certificate_before_the_release_names_no_other_signature_and_no_planned_release() -> None:
    assert redact_steps(ALL, {2}, {4: LISTED}, False) == (
        OPENED,
        MINE,
        THEIRS.redacted,
        SIGNED.redacted,
        CLOSED,
    )


def test_later_download_does_not_reveal_activity_of_other_members() -> None:
    later = (*ALL, step(9, Event.OBJECTED))
    assert redact_steps(later, {2}, {}, True) == redact_steps(ALL, {2}, {}, True)


def test_actors_are_named_only_by_role() -> None:
    assert [get_actor_role(actor) for actor in ("link/17", "staff/3", "cli", "worker")] == [
        "member",
        "office",
        "office",
        "program",
    ]
