"""The one picture: counts add up, the list holds every signature that counts and nobody else."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from signoff.domain.answers import Answer, AnswerKind, AnswerVersion, Basis, Channel, Submitter
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, RoundStatus, Signatory
from signoff.domain.rounds import Invitation, Round, Terms
from tests.world import decline, not_competent, pending, sign

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2027, 2, 1, 23, 30, tzinfo=UTC)  # in Berlin it is 2 February


def place(name: str, answer: Answer | None = None, **decided: bool) -> InvitationStatus:
    key = name.lower()
    member = Member(key, name, f"Stadt {name}", "Stadt", "Hessen", id=1)
    version = AnswerVersion(1, 1, 1, answer, AT, Channel.LINK, 1, 7) if answer else None
    return InvitationStatus(Invitation(1, 1, 1, "MZ-2027-0001", AT), member, version, **decided)


def listed(*places: InvitationStatus, **terms: object) -> tuple[Signatory, ...]:
    return RoundStatus.of(Round(1, 1, terms=Terms(**terms)), places).signatories(BERLIN)


EVERYBODY = (
    place("Musterhausen", sign()),
    place("Ähringen", sign("Stadt Ähringen")),
    place("Beispielstadt", decline()),
    place("Cham", not_competent()),
    place("Dorf", pending()),
    place("Eck", Answer(AnswerKind.WITHDRAWN, Submitter("", "", ""))),
    place("Furth"),
)


def test_the_counts_add_up_to_all_invitations() -> None:
    counts = RoundStatus.of(Round(1, 1), EVERYBODY).counts
    assert counts == {
        AnswerKind.COSIGN: 2,
        AnswerKind.DECLINE: 1,
        AnswerKind.NOT_COMPETENT: 1,
        AnswerKind.PENDING: 1,
        None: 2,
    }
    assert sum(counts.values()) == len(EVERYBODY)


def test_everyone_who_signed_is_listed_and_nobody_else() -> None:
    assert [each.name for each in listed(*EVERYBODY)] == ["Stadt Ähringen", "Stadt Musterhausen"]


def test_an_empty_round_has_an_empty_list() -> None:
    assert listed() == ()
    assert sum(RoundStatus.of(Round(1, 1), ()).counts.values()) == 0


def test_the_full_line_of_a_signature() -> None:
    (line,) = listed(
        place(
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
    (private,) = listed(place("Musterhausen", sign(publish=False)))
    assert (private.signer, private.function) == ("", "")
    (without,) = listed(place("Musterhausen", sign()), signers=False)
    assert (without.signer, without.function) == ("", "")
    (bare,) = listed(place("Musterhausen", sign()), functions=False)
    assert (bare.signer, bare.function) == ("Vorname Nachname", "")


def test_columns_the_round_does_not_show_are_empty() -> None:
    (line,) = listed(place("Musterhausen", sign()), basis=False)
    assert (line.basis, line.decision_body, line.decided_on) == (None, "", None)
    (line,) = listed(place("Musterhausen", sign()), dates=False)
    assert (line.signed_on, line.decided_on, line.decision_body) == (None, None, "Rat der Stadt")


@pytest.mark.parametrize(("accepted", "note"), [(True, "Mit Maß."), (False, ""), (None, "")])
def test_a_note_is_published_only_when_the_office_accepted_it(
    accepted: bool | None, note: str
) -> None:
    (line,) = listed(place("Musterhausen", sign(note="Mit Maß."), note_accepted=accepted))
    assert line.note == note


@pytest.mark.parametrize(
    ("accepted", "name"), [(True, "Hansestadt Musterhausen"), (False, None), (None, None)]
)
def test_a_corrected_name_is_published_only_when_the_office_accepted_it(
    accepted: bool | None, name: str | None
) -> None:
    (line,) = listed(place("Musterhausen", sign("Hansestadt Musterhausen"), name_accepted=accepted))
    assert line.name == (name or "Stadt Musterhausen")


def test_what_waits_for_the_office_is_named() -> None:
    both = place("Musterhausen", sign("Hansestadt Musterhausen", note="Mit Maß."))
    assert both.undecided == ("note", "name")
    assert replace(both, note_accepted=False).undecided == ("name",)
    assert replace(both, note_accepted=True, name_accepted=False).undecided == ()
    assert all(not each.undecided for each in EVERYBODY)
    assert RoundStatus.of(Round(1, 1), (both, *EVERYBODY)).undecided == (both,)


def test_namesakes_stand_in_the_order_of_their_keys() -> None:
    twins = [place("Neustadt", sign()), place("Neustadt", sign())]
    twins = [
        replace(each, member=replace(each.member, key=key))
        for each, key in zip(twins, "21", strict=True)
    ]
    assert [each.key for each in listed(*twins)] == ["1", "2"]
