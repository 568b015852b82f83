"""From typed fields to an answer: all four kinds, every field's rule, and what does not belong is ignored."""

from dataclasses import replace
from datetime import date

import pytest

from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import (
    Answer,
    Basis,
)
from signoff.domain.errors import Reason, Refusals
from tests.factories import DECISION, decline, not_competent, pending, sign
from tests.form_filling import CONTACT

TODAY = date(2027, 1, 18)
SIGN = {
    "answer": "sign",
    "official_name": "Stadt Musterhausen",
    "title": "Dr.",
    "first_name": "Vorname",
    "last_name": "Nachname",
    "function": "Bürgermeisterin",
    "basis": "council",
    "body": "Rat der Stadt",
    "decision_number": "12/2027",
    "decision_date": "14.1.2027",
    "decision_result": "einstimmig",
    "authorised": "y",
    "publish_name": "y",
    "note": "Im Rahmen\r\nder Mittel.",
    **CONTACT,
}
PENDING = {"answer": "pending", "body": "Rat der Stadt", "expected_on": "2027-02-11", **CONTACT}
DECLINE = {"answer": "decline", "reason": "Der Rat wartet ab.", **CONTACT}
NOT_COMPETENT = {"answer": "not_competent", **CONTACT}
LONG = {"note": 600, "reason": 2000, "official_name": 200, "filled_in_email": 254}


def read(fields: dict[str, str], **other: str) -> Answer:
    return AnswerForm(fields | other, today=TODAY).answer()


def refused(fields: dict[str, str], **other: str) -> list[tuple[str | None, Reason]]:
    with pytest.raises(Refusals) as refusals:
        read(fields, **other)
    return [(each.field, each.reason) for each in refusals.value.refusals]


def test_a_full_signature() -> None:
    decision = replace(DECISION, result="einstimmig")
    assert read(SIGN) == sign(note="Im Rahmen\nder Mittel.", decision=decision, title="Dr.")


def test_the_other_three_answers() -> None:
    assert read(DECLINE) == decline("Der Rat wartet ab.")
    assert read(NOT_COMPETENT) == not_competent()
    assert read(PENDING) == pending(date(2027, 2, 11), "Rat der Stadt")


@pytest.mark.parametrize("basis", list(Basis))
def test_a_decision_belongs_to_council_both_and_urgent_alone(basis: Basis) -> None:
    rests = basis in (Basis.COUNCIL, Basis.BOTH, Basis.URGENT)
    declared = read(SIGN, basis=basis.value).declaration
    assert declared
    assert declared.basis is basis
    assert (declared.decision is not None) == rests
    without = {"body": "", "decision_date": ""}
    if rests:
        assert refused(SIGN, basis=basis.value, **without) == [
            ("body", Reason.MISSING),
            ("decision_date", Reason.MISSING),
        ]
    else:
        assert read(SIGN, basis=basis.value, **without).declaration


def test_names_are_published_only_where_the_box_was_ticked() -> None:
    silent = {name: value for name, value in SIGN.items() if name != "publish_name"}
    declared = read(silent).declaration
    assert declared
    assert declared.publish_name is False


@pytest.mark.parametrize(
    "field",
    ["official_name", "first_name", "last_name", "function", "body", "decision_date", *CONTACT],
)
def test_a_signature_without_this_field_is_refused(field: str) -> None:
    for nothing in ("", "  \r\n\t "):
        assert refused(SIGN, **{field: nothing}) == [(field, Reason.MISSING)]
    left_out = {name: value for name, value in SIGN.items() if name != field}
    assert refused(left_out) == [(field, Reason.MISSING)]


@pytest.mark.parametrize("field", ["title", "decision_number", "decision_result", "note"])
def test_a_signature_without_this_field_is_taken(field: str) -> None:
    assert read(SIGN, **{field: ""}).declaration


def test_the_authority_is_confirmed_and_never_assumed() -> None:
    assert refused(SIGN, authorised="") == [("authorised", Reason.NOT_AUTHORISED)]


@pytest.mark.parametrize("fields", [DECLINE, NOT_COMPETENT, PENDING])
@pytest.mark.parametrize("field", list(CONTACT))
def test_every_answer_names_who_filled_it_in(fields: dict[str, str], field: str) -> None:
    assert refused(fields, **{field: ""}) == [(field, Reason.MISSING)]


@pytest.mark.parametrize("chosen", ["", "withdrawn", "SIGN", "sign ", "yes", "0"])
def test_only_the_four_answers_are_answers(chosen: str) -> None:
    reason = Reason.NOT_A_CHOICE if chosen else Reason.NOT_CHOSEN
    assert ("answer", reason) in refused(SIGN, answer=chosen)


def test_only_the_five_bases_are_bases() -> None:
    assert refused(SIGN, basis="mayor") == [("basis", Reason.NOT_A_CHOICE)]
    assert refused(SIGN, basis="") == [("basis", Reason.NOT_CHOSEN)]


def test_what_does_not_belong_to_the_answer_is_ignored_and_not_checked() -> None:
    junk = {name: "\x00" + "x" * 5000 for name in SIGN if name not in CONTACT} | {
        "expected_on": "nie"
    }
    assert read(junk | DECLINE) == read(DECLINE)
    assert read(junk | {"reason": "\x00"} | NOT_COMPETENT) == read(NOT_COMPETENT)
    assert read(junk | {"reason": "\x00"} | PENDING) == read(PENDING)
    assert read(SIGN, expected_on="nie", reason="\x00" * 9999) == read(SIGN)
    unasked = {
        "body": "\x00",
        "decision_date": "nie",
        "decision_number": "x" * 999,
        "decision_result": "\x00",
    }
    assert read(SIGN, basis="head", **unasked) == read(SIGN, basis="head")


@pytest.mark.parametrize(
    ("fields", "field"), [(SIGN, name) for name in SIGN if name not in ("answer", "basis")]
)
def test_every_field_has_a_length_and_takes_exactly_that(
    fields: dict[str, str], field: str
) -> None:
    if field in ("authorised", "publish_name", "decision_date"):
        return
    limit = LONG.get(field, 160)
    just = "ä" * (limit - 10) + "@b.example" if field == "filled_in_email" else "ä" * limit
    assert read(fields, **{field: just})
    assert refused(fields, **{field: just + "x"}) == [(field, Reason.TOO_LONG)]


def test_a_reason_of_2000_characters_is_taken_and_a_line_end_counts_once() -> None:
    assert read(DECLINE, reason="x" * 2000)
    assert refused(DECLINE, reason="x" * 2001) == [("reason", Reason.TOO_LONG)]
    assert read(DECLINE, reason="x\r\n" * 999 + "xx").reason.count("\n") == 999


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066"])
@pytest.mark.parametrize(
    "field", ["official_name", "first_name", "function", "filled_in_unit", "note", "body"]
)
def test_control_characters_are_refused_anywhere(field: str, sign: str) -> None:
    assert refused(SIGN, **{field: f"a{sign}b"}) == [(field, Reason.CONTROL_CHARACTERS)]


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\t", "\x85", "\u2028", "\u2029", "\xa0"])
def test_no_line_end_stays_in_a_field_of_one_line(sign: str) -> None:
    declared = read(SIGN, last_name=f"Nach{sign}name").declaration
    assert declared
    assert declared.signer.last_name == "Nach name"


@pytest.mark.parametrize("sign", ["\r\n", "\r", "\v", "\x85", "\u2028", "\u2029"])
def test_a_note_has_plain_line_ends_alone(sign: str) -> None:
    declared = read(SIGN, note=f"a{sign}b").declaration
    assert declared
    assert declared.note == "a\nb"


def test_a_note_pasted_from_word_is_cleaned() -> None:
    pasted = "Wir meinen:\u2028\uf0b7\tBeleuch\x1ftung\v\uf0b7\tNord\x1eSüd\u200b"
    declared = read(SIGN, note=pasted).declaration
    assert declared
    assert declared.note == "Wir meinen:\n• Beleuchtung\n• Nord-Süd"


@pytest.mark.parametrize("text", ["2027-01-14", "14.01.2027", "14.1.2027", " 14. 1. 2027 "])
def test_a_date_is_one_field_in_either_form(text: str) -> None:
    declared = read(SIGN, decision_date=text).declaration
    assert declared
    assert declared.decision
    assert declared.decision.on == date(2027, 1, 14)


def test_a_decision_is_not_in_the_future_and_a_meeting_not_in_the_past() -> None:
    assert read(SIGN, decision_date="18.1.2027")
    assert refused(SIGN, decision_date="19.1.2027") == [("decision_date", Reason.DATE_IN_FUTURE)]
    assert refused(SIGN, decision_date="30.2.2027") == [("decision_date", Reason.NO_SUCH_DAY)]
    assert read(PENDING, expected_on="18.1.2027")
    assert refused(PENDING, expected_on="17.1.2027") == [("expected_on", Reason.DATE_IN_PAST)]
    assert refused(PENDING, expected_on="bald") == [("expected_on", Reason.NOT_A_DATE)]
    assert refused(PENDING, expected_on="1.1.2099") == [("expected_on", Reason.DATE_TOO_FAR)]
    assert refused(PENDING, expected_on="") == [("expected_on", Reason.MISSING)]


@pytest.mark.parametrize(
    "text",
    ["rathaus", "@b.example", "a@", "a@b", "a b@c.example", "a@b.example,c@d.example", "<a@b.c>"],
)
def test_an_address_that_cannot_be_one_is_refused(text: str) -> None:
    assert refused(DECLINE, filled_in_email=text) == [("filled_in_email", Reason.NOT_AN_ADDRESS)]


def test_notes_are_refused_where_the_round_takes_none() -> None:
    form = AnswerForm(SIGN, today=TODAY, notes_allowed=False)
    with pytest.raises(Refusals) as refusals:
        form.answer()
    assert [(each.field, each.reason) for each in refusals.value.refusals] == [
        ("note", Reason.NO_NOTES)
    ]
    assert AnswerForm(SIGN | {"note": " "}, today=TODAY, notes_allowed=False).answer()


def test_every_wrong_field_is_named_at_once_in_the_order_of_the_form() -> None:
    wrong = refused({"answer": "sign"})
    assert [field for field, _ in wrong] == [
        "official_name",
        "first_name",
        "last_name",
        "function",
        "basis",
        "authorised",
        *CONTACT,
    ]


def test_each_step_checks_its_own_fields_alone() -> None:
    assert AnswerForm({"answer": "sign"}, today=TODAY).step("answer") == []
    assert {each.field for each in AnswerForm({}, today=TODAY).step("answer")} == {"answer"}
    first_of_pending = AnswerForm({"answer": "pending"}, today=TODAY).step("answer")
    assert {each.field for each in first_of_pending} == {"expected_on", *CONTACT}
    signer = AnswerForm({name: SIGN[name] for name in SIGN if name not in CONTACT}, today=TODAY)
    assert signer.step("signer") == []
    publication = AnswerForm({"answer": "sign"}, today=TODAY).step("publication")
    assert {refusal.field for refusal in publication} == set(CONTACT)
