"""The content and the layout of the list of signatories."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from signoff.domain.answers import Basis
from signoff.domain.documents import PrintedDocument
from signoff.domain.round_status import Signatory
from signoff.pdf.process import print_in_subprocess
from signoff.pdf.render import print_document
from signoff.pdf.signatory_list import MAX_TABLE_ROWS, build_signatory_list, split_name_at_place
from tests.factories import PAPER
from tests.pdf import documents, reader

pytestmark = pytest.mark.slow

Final = Callable[..., PrintedDocument]
LONG = (
    "Hanse- und Universitätsstadt "
    + "Neustadt an der Weinstraße bei Groß-Gerau im oberen Tal " * 2
    + "Ende"
)
# fmt: off
EUROPE = (
    "Groß-Gerau", "Łódź", "A Coruña", "Ελλάδα", "Київ", "Đakovo", "Þórshöfn", "Čakovec", "Őriszentpéter",
    "Çeşme",
    "Târgu Mureș", "Ģertrūde", "Ærø", "Ħamrun", "Ὀλυμπία", "Скопје", "Љубљана", "Nový Jičín",
    "S’Arracó",
)
# fmt: on


def named(*names: str) -> tuple[Signatory, ...]:
    return tuple(
        Signatory(f"Stadt {name}", name, f"{number:08d}", "Stadt", "Hessen", "DE")
        for number, name in enumerate(names)
    )


@pytest.mark.parametrize(
    ("count", "layout"),
    [
        (1, "state"), (46, "state"), (250, "state"), (250, "place"),
        pytest.param(11_084, "state", marks=pytest.mark.soak), pytest.param(11_084, "place", marks=pytest.mark.soak),
    ],
)  # fmt: skip
def test_pdf_lists_exactly_the_counted_signatories(final: Final, count: int, layout: str) -> None:
    document = documents.document(count, layout=layout)
    printed = final(count, layout) if count < 1_000 else print_in_subprocess(document)

    text = reader.words(printed.content)
    start, end = (
        text.rindex("Unterzeichnende Kommunen"),
        text.rindex("Zur Echtheit dieses Dokuments"),
    )
    listed = text[start:end].partition("Protokollnotizen ")[0]
    kinds, roots = "|".join(documents.KINDS), "|".join(root for _state, root in documents.STATES)
    pattern = reader.strip_spaces(rf"(?:{kinds})(?:{roots})\d+Süd")
    names = re.findall(pattern, reader.strip_spaces(listed))
    assert sorted(names) == sorted(
        reader.strip_spaces(signatory.name) for signatory in document.signatories
    )
    assert [
        signatory.signer for signatory in document.signatories if signatory.signer not in listed
    ] == []


def test_paper_without_signatories_says_so(final: Final) -> None:
    text = reader.words(final(0).content)

    assert "Dieses Papier hat keine Kommune mitgezeichnet." in text
    assert "Diese Fassung hat bis zum Stand" in text
    assert "Rangfolge" not in text


def test_single_signature_is_written_in_singular(final: Final) -> None:
    text = reader.words(final(1).content)

    assert "1 Kommune hat dieses Papier mitgezeichnet." in text
    assert "Eine Kommune unterstützt Fassung 1 dieses Papiers öffentlich." in text


def test_english_title_page_is_one_sentence() -> None:
    text = reader.words(
        print_in_subprocess(documents.document(1, text=replace(PAPER, language="en"))).content
    )

    assert "1 municipality has co-signed this paper." in text
    assert "Municipality" in text, "the head of the list's column"


def test_list_names_its_count_origin_date_and_order(
    final: Final,
) -> None:
    text = reader.words(final(46).content)

    assert "46 Kommunen aus 11 Ländern haben dieses Papier mitgezeichnet." in text
    assert "Die folgenden 46 Kommunen unterstützen Fassung 1 dieses Papiers öffentlich." in text
    assert "Stand: Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)." in text
    assert "die Reihenfolge bedeutet keine Rangfolge" in text


def test_european_names_are_printed_completely() -> None:
    for layout in ("state", "place"):
        printed = print_document(
            documents.document(signatories=named(*EUROPE, LONG), layout=layout)
        )

        text = reader.words(printed.content)
        assert [name for name in (*EUROPE, LONG) if f"Stadt {name}" not in text] == []
        assert not reader.has_boxes(reader.opened(printed.content))


def test_combining_characters_are_composed() -> None:
    printed = print_document(documents.document(signatories=named("Mu\u0308nchen")))

    assert "Stadt München" in reader.words(printed.content)


def test_umlauts_are_sorted_as_base_letters() -> None:
    document = documents.document(
        signatories=named("Zwickau", "Öhringen", "Oldenburg", "Ärzen", "Aachen"), layout="place"
    )

    assert [entry.place for entry in build_signatory_list(document, "de").entries] == [
        "Aachen", "Ärzen", "Öhringen", "Oldenburg", "Zwickau",
    ]  # fmt: skip


def test_place_is_emphasized_in_the_name() -> None:
    assert split_name_at_place("Hanse- und Universitätsstadt Rostock", "Rostock") == (
        "Hanse- und Universitätsstadt ",
        "Rostock",
        "",
    )
    assert split_name_at_place("Rostocker Land", "Bad Doberan") == ("", "Rostocker Land", "")


def test_empty_column_is_not_printed(final: Final) -> None:
    signatories = tuple(
        replace(signatory, signer="", function="", basis=None)
        for signatory in documents.signatories(5)
    )
    text = reader.words(print_document(documents.document(signatories=signatories)).content)

    assert "Unterzeichnet durch" in reader.words(final(46).content)
    assert "Unterzeichnet durch" not in text
    assert "Grundlage" not in text


def test_basis_body_and_dates_are_printed_if_given() -> None:
    signed = replace(
        documents.signatory(0),
        basis=Basis.COUNCIL,
        decision_body="Stadtrat",
        decided_on=date(2026, 12, 30),
        signed_on=date(2026, 11, 28),
    )
    for layout in ("state", "place"):
        text = reader.words(
            print_document(documents.document(signatories=(signed,), layout=layout)).content
        )
        assert all(part in text for part in ("Beschluss (Stadtrat)", "vom 30. Dezember 2026"))
        assert {"state": "28.11.2026", "place": "mitgezeichnet am 28. November 2026"}[
            layout
        ] in text


def test_notes_are_numbered_in_the_order_of_the_list(final: Final) -> None:
    signatory_list = build_signatory_list(documents.document(46), "de")

    assert [note.number for note in signatory_list.notes] == [1, 2, 3]
    assert [entry.note for entry in signatory_list.entries if entry.note] == [1, 2, 3]
    text = reader.words(final(46).content)
    printed = [text.index(f"{note.place}: {note.text}") for note in signatory_list.notes]
    assert printed == sorted(printed)


def test_other_countries_are_listed_last_and_counted_separately() -> None:
    abroad = replace(
        documents.signatory(0),
        name="Gmina Łódź",
        sort_name="Łódź",
        key="PL",
        country="PL",
        state="Łódź",
    )
    document = documents.document(signatories=(abroad, *documents.signatories(3)))

    signatory_list = build_signatory_list(document, "de")
    assert [name for name, _entries in signatory_list.groups][-1] == "Polen"
    assert (signatory_list.states, signatory_list.countries) == (3, 2)
    text = reader.words(print_document(document).content)
    assert "4 Kommunen aus 3 Ländern und aus 2 Staaten" in text


def test_long_list_is_printed_in_lines_instead_of_tables() -> None:
    assert build_signatory_list(documents.document(MAX_TABLE_ROWS), "de").as_tables
    assert not build_signatory_list(documents.document(MAX_TABLE_ROWS + 1), "de").as_tables
