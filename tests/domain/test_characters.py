"""Every field refuses what cannot be printed, and texts that look the same become the same."""

from collections.abc import Callable

import pytest

from signoff.domain.answer_forms import AnswerForm, DelegationForm, RecordedAnswerForm
from signoff.domain.association import AssociationForm
from signoff.domain.characters import (
    clean_characters,
    find_unprintable,
    format_characters,
    replace_unprintable,
)
from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import MAX_LENGTHS, FieldReader
from signoff.domain.members import MEMBER_FIELDS, MemberForm, RepresentativeForm
from signoff.domain.papers import PAPER_KINDS, PaperForm
from signoff.domain.rounds import OpeningForm
from signoff.i18n.errors import describe_refusal
from signoff.i18n.labels import FIELD
from tests.factories import BERLIN, NOW, ROUND

TODAY = NOW.date()
LANGUAGES = ("de", "en")
NAMES = {*FIELD, *MAX_LENGTHS, *MEMBER_FIELDS, *AssociationForm.max_lengths, "time_zone"}
NAMES |= {"introduction_de", "introduction_en", "adopted_at", "adopted_on", "vote"}

Read = Callable[[dict[str, str]], object]
FORMS: dict[str, Read] = {
    "signature": lambda fields: AnswerForm(
        {**fields, "answer": "sign", "basis": "council"}, today=TODAY
    ).answer(),
    "decline": lambda fields: AnswerForm({**fields, "answer": "decline"}, today=TODAY).answer(),
    "pending": lambda fields: AnswerForm({**fields, "answer": "pending"}, today=TODAY).answer(),
    "recorded": lambda fields: RecordedAnswerForm(
        {**fields, "answer": "sign", "basis": "council", "channel": "letter"},
        ROUND,
        now=NOW,
        zone=BERLIN,
    ).parse_recorded(scanned=True),
    "delegation": lambda fields: DelegationForm(fields).colleague(),
    "member": lambda fields: MemberForm({**fields, "language": "de"}).member(1, LANGUAGES),
    "representative": lambda fields: RepresentativeForm(
        {**fields, "language": "de", "may_answer": "yes"}
    ).representative(1, 1, LANGUAGES),
    "paper": lambda fields: PaperForm({**fields, "language": "de", "kind": PAPER_KINDS[0]}).paper(
        "<p>Text</p>", TODAY, LANGUAGES
    ),
    "association": lambda fields: AssociationForm({**fields, "language": "de"}).parse(LANGUAGES),
    "opening": lambda fields: raise_refusals(
        OpeningForm(fields, (), (), LANGUAGES, TODAY), "introductions"
    ),
    "office": lambda fields: raise_refusals(FieldReader(fields), "text", "remark"),
}


def raise_refusals(reader: FieldReader, parse: str, *arguments: str) -> None:
    getattr(reader, parse)(*arguments)
    raise Refusals(reader.refusals)


@pytest.fixture
def read_fields(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the text fields that were read."""
    names: set[str] = set()
    read_text = FieldReader.text

    def text(reader: FieldReader, field: str, *, required: bool = True) -> str:
        names.add(field)
        return read_text(reader, field, required=required)

    monkeypatch.setattr(FieldReader, "text", text)
    return names


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sign", ["🧿", "東", "\ue123"])
def test_every_text_field_refuses_unprintable_characters(
    form: str, sign: str, read_fields: set[str]
) -> None:
    with pytest.raises(Refusals) as refused:
        FORMS[form](dict.fromkeys(NAMES, f"Amt {sign}"))

    fields = [
        refusal.field
        for refusal in refused.value.refusals
        if refusal.reason is Reason.UNPRINTABLE and sign in str(refusal.facts["characters"])
    ]
    assert read_fields
    assert sorted(map(str, fields)) == sorted(read_fields)


@pytest.mark.parametrize("form", FORMS)
def test_every_text_field_takes_signs_and_letters_of_many_languages(form: str) -> None:
    text = "Ämter ✓ → Łódź Αθήνα Київ Nguyễn שָׁלוֹם بيت"
    try:
        FORMS[form](dict.fromkeys(NAMES, text))
    except Refusals as refused:
        reasons = {refusal.reason for refusal in refused.refusals}
        assert not reasons & {Reason.UNPRINTABLE, Reason.CONTROL_CHARACTERS}


def test_the_refusal_names_the_character_its_place_and_what_to_do() -> None:
    reader = FieldReader({"note": "Die Stadt stimmt zu.\nEs gilt 🧿 auch für alle Ortsteile."})
    reader.text("note")

    assert [describe_refusal(refusal) for refusal in reader.refusals] == [
        "„Protokollnotiz“ enthält Zeichen, die sich nicht drucken lassen: 🧿 (U+1F9FF, „…zu. Es gilt 🧿 auch "
        "für alle…“). Bitte löschen oder ersetzen Sie sie."
    ]


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("E\ufb00izienz \ufb01ndet", "Effizienz findet"),
        ("\uf0b7 Punkt, \uf0fc fertig, \uf0a8 offen", "• Punkt, ✓ fertig, ☐ offen"),
        ("Mu\u0308nchen", "München"),
        ("Mün\u00adchen\u200b\ufeff\u200e", "München"),
        ("\ufefb", "لا"),
        ("erste\nzweite", "erste\nzweite"),
    ],
)
def test_what_looks_the_same_becomes_the_same(typed: str, clean: str) -> None:
    assert clean_characters(typed) == clean
    assert find_unprintable(clean) == {}


def test_stored_characters_get_stand_ins() -> None:
    assert replace_unprintable("Rat 😀\n東 ✓") == "Rat [U+1F600]\n[U+6771] ✓"


def test_many_characters_are_described_shortly() -> None:
    characters = format_characters(find_unprintable("".join(map(chr, range(0x4E00, 0x4E20)))))

    assert characters.count("U+") == 20
    assert characters.endswith(" …")
