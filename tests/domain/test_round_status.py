"""The status of a round: counts add up, and the list has exactly the counted signatures."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from signoff.domain.answers import Answer, AnswerKind, AnswerVersion, Basis, Channel, Submitter
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, RoundStatus, Signatory
from signoff.domain.rounds import Invitation, Round, Terms
from tests.factories import DECISION, decline, not_competent, pending, sign

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2027, 2, 1, 23, 30, tzinfo=UTC)  # in Berlin it is 2 February


def invitation_status(name: str, answer: Answer | None = None, **decided: bool) -> InvitationStatus:
    key = name.lower()
    member = Member(key, name, f"Stadt {name}", "Stadt", "Hessen", id=1)
    version = AnswerVersion(1, 1, 1, answer, AT, Channel.LINK, 1, 7) if answer else None
    return InvitationStatus(Invitation(1, 1, 1, "MZ-2027-0001", AT), member, version, **decided)


def list_signatories(*invitations: InvitationStatus, **terms: object) -> tuple[Signatory, ...]:
    return RoundStatus.of(Round(1, 1, terms=Terms(**terms)), invitations).signatories(BERLIN)


EVERYBODY = (
    invitation_status("Musterhausen", sign()),
    invitation_status("Ähringen", sign("Stadt Ähringen")),
    invitation_status("Beispielstadt", decline()),
    invitation_status("Cham", not_competent()),
    invitation_status("Dorf", pending()),
    invitation_status("Eck", Answer(AnswerKind.WITHDRAWN, Submitter("", "", ""))),
    invitation_status("Furth"),
)


def test_counts_add_up_to_all_invitations() -> None:
    counts = RoundStatus.of(Round(1, 1), EVERYBODY).counts
    assert counts == {
        AnswerKind.COSIGN: 2,
        AnswerKind.DECLINE: 1,
        AnswerKind.NOT_COMPETENT: 1,
        AnswerKind.PENDING: 1,
        None: 2,
    }
    assert sum(counts.values()) == len(EVERYBODY)


def test_list_contains_exactly_the_members_that_signed() -> None:
    assert [signatory.name for signatory in list_signatories(*EVERYBODY)] == [
        "Stadt Ähringen",
        "Stadt Musterhausen",
    ]


def test_an_empty_round_has_an_empty_list() -> None:
    assert list_signatories() == ()
    assert sum(RoundStatus.of(Round(1, 1), ()).counts.values()) == 0


def test_signatory_has_all_its_columns() -> None:
    (line,) = list_signatories(
        invitation_status(
            "Musterhausen", sign(note="Im Rahmen des Haushalts.", title="Dr."), note_accepted=True
        )
    )
    assert line == Signatory(
        name="Stadt Musterhausen",
        sort_name="Musterhausen",
        key="musterhausen",
        kind="Stadt",
        state="Hessen",
        country="DE",
        signer="Dr. Vorname Nachname",
        function="Bürgermeisterin",
        basis=Basis.COUNCIL,
        decision_body="Rat der Stadt",
        decided_on=date(2027, 1, 14),
        signed_on=date(2027, 2, 2),
        note="Im Rahmen des Haushalts.",
    )


def test_persons_are_named_only_with_consent_in_rounds_that_name_persons() -> None:
    (private,) = list_signatories(invitation_status("Musterhausen", sign(publish=False)))
    assert (private.signer, private.function) == ("", "")
    (without,) = list_signatories(invitation_status("Musterhausen", sign()), signers=False)
    assert (without.signer, without.function) == ("", "")
    (without_function,) = list_signatories(
        invitation_status("Musterhausen", sign()), functions=False
    )
    assert (without_function.signer, without_function.function) == ("Vorname Nachname", "")


def test_columns_the_round_does_not_show_are_empty() -> None:
    (line,) = list_signatories(invitation_status("Musterhausen", sign()), basis=False)
    assert (line.basis, line.decision_body, line.decided_on) == (None, "", None)
    (line,) = list_signatories(invitation_status("Musterhausen", sign()), dates=False)
    assert (line.signed_on, line.decided_on, line.decision_body) == (
        AT.astimezone(BERLIN).date(),
        None,
        "Rat der Stadt",
    )
    (line,) = list_signatories(invitation_status("Musterhausen", sign()), signing_dates=False)
    assert (line.signed_on, line.decided_on) == (None, DECISION.on)
    assert line.received_at is None


def test_inhabitants_are_published_only_where_the_round_says_so() -> None:
    counted = invitation_status("Musterhausen", sign())
    counted = replace(counted, member=replace(counted.member, inhabitants="12345"))

    (line,) = list_signatories(counted, inhabitants=True)
    assert line.inhabitants == 12_345
    (line,) = list_signatories(counted)
    assert line.inhabitants is None


def test_members_with_the_tag_of_the_round_are_first_signatories() -> None:
    tagged = invitation_status("Musterhausen", sign())
    tagged = replace(tagged, member=replace(tagged.member, tags=("Vorstand",)))
    invitations = (tagged, invitation_status("Ähringen", sign("Stadt Ähringen")))

    assert [line.first for line in list_signatories(*invitations, first_tag="Vorstand")] == [
        False,
        True,
    ]
    assert not any(line.first for line in list_signatories(*invitations))


@pytest.mark.parametrize(("accepted", "note"), [(True, "Mit Maß."), (False, ""), (None, "")])
def test_a_note_is_published_only_when_the_office_accepted_it(
    accepted: bool | None, note: str
) -> None:
    (line,) = list_signatories(
        invitation_status("Musterhausen", sign(note="Mit Maß."), note_accepted=accepted)
    )
    assert line.note == note


@pytest.mark.parametrize(
    ("accepted", "name"), [(True, "Hansestadt Musterhausen"), (False, None), (None, None)]
)
def test_a_corrected_name_is_published_only_when_the_office_accepted_it(
    accepted: bool | None, name: str | None
) -> None:
    (line,) = list_signatories(
        invitation_status("Musterhausen", sign("Hansestadt Musterhausen"), name_accepted=accepted)
    )
    assert line.name == (name or "Stadt Musterhausen")


def test_undecided_notes_and_names_are_listed() -> None:
    both = invitation_status("Musterhausen", sign("Hansestadt Musterhausen", note="Mit Maß."))
    assert both.undecided == ("note", "name")
    assert replace(both, note_accepted=False).undecided == ("name",)
    assert replace(both, note_accepted=True, name_accepted=False).undecided == ()
    assert all(not status.undecided for status in EVERYBODY)
    assert RoundStatus.of(Round(1, 1), (both, *EVERYBODY)).undecided == (both,)


def test_members_with_the_same_name_are_sorted_by_key() -> None:
    namesakes = [invitation_status("Neustadt", sign()), invitation_status("Neustadt", sign())]
    namesakes = [
        replace(status, member=replace(status.member, key=key))
        for status, key in zip(namesakes, "21", strict=True)
    ]
    assert [status.key for status in list_signatories(*namesakes)] == ["1", "2"]
