"""The content and the layout of the list of signatories."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from signoff.domain.answers import Basis
from signoff.domain.documents import PrintedDocument
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import Origin
from signoff.i18n.formatting import format_origin
from signoff.pdf.process import print_in_subprocess
from signoff.pdf.render import print_document
from signoff.pdf.signatory_list import MAX_NAMES, MAX_TABLE_ROWS, build_signatory_list
from signoff.pdf.verify import read_contents
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
    start = text.rindex("Unterzeichnende Kommunen")
    end = text.rindex("Zur Echtheit dieses Dokuments")
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

    assert "46 Kommunen aus 11 Bundesländern haben dieses Papier mitgezeichnet." in text
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
    assert [group.heading for group in signatory_list.groups][-1] == "Polen"
    assert signatory_list.entries[-1].language == "pl"
    assert signatory_list.origin == "aus 3 deutschen Ländern und einem weiteren Staat"
    text = reader.words(print_document(document).content)
    assert "4 Kommunen aus 3 deutschen Ländern und einem weiteren Staat" in text


def test_long_list_is_printed_in_lines_instead_of_tables() -> None:
    assert build_signatory_list(documents.document(MAX_TABLE_ROWS), "de").as_tables
    assert not build_signatory_list(documents.document(MAX_TABLE_ROWS + 1), "de").as_tables
    for count in (MAX_NAMES, MAX_NAMES + 1):
        names = documents.document(signatories=documents.bare_signatories(count))
        assert build_signatory_list(names, "de").as_names is (count == MAX_NAMES)


def list_pages(content: bytes) -> list[str]:
    """The text of the pages of the list."""
    texts = reader.pages(content)
    start = next(at for at, text in enumerate(texts) if "Unterzeichnende Kommunen\n" in text)
    end = next(at for at, text in enumerate(texts) if "Zur Echtheit dieses Dokuments" in text)
    return texts[start:end]


def test_every_page_of_a_table_names_its_columns_and_the_state_that_goes_on(final: Final) -> None:
    pages = list_pages(final(250).content)
    states = [state for state, _root in documents.STATES]
    roots = {root: state for state, root in documents.STATES}

    with_rows = [page for page in pages if "Unterzeichnet durch" in page]
    assert len(with_rows) > 10
    assert all(page.count("Unterzeichnet durch") == 1 for page in with_rows)
    for page in with_rows[1:]:
        body = page[page.index("Grundlage\n") :]
        place = min((body.find(root), root) for root in roots if root in body)[1]
        begins_new = body.removeprefix("Grundlage\n").startswith(tuple(states))
        assert (f"noch: {roots[place]}" in page) is not begins_new, page[:300]
    assert "noch:" not in "".join(pages[len(with_rows) :])


def test_bare_names_are_in_columns_on_at_most_four_pages() -> None:
    bare = documents.bare_signatories(250)
    for layout, heading in (("state", "noch: Niedersachsen"), ("place", "noch: ")):
        printed = print_document(documents.document(signatories=bare, layout=layout))

        pages = list_pages(printed.content)
        assert len(pages) <= 4
        assert heading in "".join(pages[1:])
        assert read_contents(printed.content).list_agrees


def test_same_names_of_a_state_are_told_apart_by_district_or_key() -> None:
    same = [
        replace(documents.signatory(4), name="Gemeinde Neuenkirchen", sort_name="Neuenkirchen")
        for _ in range(3)
    ]
    same[0], same[1] = (
        replace(same[0], key="03357034"),
        replace(same[1], key="D5002", shows_key=True),
    )
    same[2] = replace(same[2], key="05566056", state="Nordrhein-Westfalen")
    for layout in ("state", "place"):
        printed = print_document(documents.document(signatories=tuple(same), layout=layout))

        text = reader.words(printed.content)
        assert "AGS 03357034" in text
        assert "Schlüssel D5002" in text
        assert "05566056" not in text
        assert read_contents(printed.content).list_agrees
    same[0], same[1] = (
        replace(item, district=name)
        for item, name in zip(same, ("Rotenburg (Wümme)", "Heidekreis"), strict=False)
    )
    printed = print_document(documents.document(signatories=tuple(same)))
    text = reader.words(printed.content)
    assert "Rotenburg (Wümme)" in text
    assert "Heidekreis" in text
    assert "AGS 03357034" not in text
    assert read_contents(printed.content).list_agrees


def test_call_of_a_note_can_be_clicked_and_leads_back(final: Final) -> None:
    for layout in ("state", "place"):
        pdf = reader.opened(final(46, layout).content)
        links = [link for page in pdf.pages for link in page.get("/Annots", []) if "/Dest" in link]
        by_target = {str(link.Dest): link for link in links}
        for number in (1, 2, 3):
            call, back = by_target[f"note-{number}"], by_target[f"call-{number}"]
            assert str(call.Contents) == f"Protokollnotiz {number}"
            assert str(back.Contents).startswith("Zurück zur Liste: ")
            left, bottom, right, top = map(float, call.Rect)
            assert abs(top - bottom) > 8, "points"
            assert abs(right - left) > 4


def test_functions_are_hyphenated_in_tables_and_lines_do_not_begin_with_a_dot() -> None:
    function = "Vorsitzender der Gemeinschaftsversammlungsgeschäftsstelle"
    signed = replace(
        documents.signatory(0), function=function, signed_on=date(2026, 11, 28), late_on=None
    )
    signed = replace(signed, basis=Basis.COUNCIL, decided_on=date(2026, 12, 30))
    for layout in ("state", "place"):
        several = tuple(
            replace(signed, key=f"{number:08d}", signer=f"Vorname {'x' * 2 * number}")
            for number in range(1, 30)
        )
        printed = print_document(documents.document(signatories=several, layout=layout))

        lines = "\n".join(list_pages(printed.content)).splitlines()
        assert [line for line in lines if line.startswith("·")] == []
        assert not any(line.endswith("mitgezeichnet am") for line in lines)
        if layout == "state":
            assert "Mitgezeichnet am" in "\n".join(lines)
            assert any(re.search(r"Gemeinschafts\w+\u00ad$", line) for line in lines), lines
        else:
            assert not any(line.endswith("\u00ad") for line in lines)
        assert read_contents(printed.content).list_agrees


def test_first_signatories_and_order_of_accession_are_printed() -> None:
    signed = [
        replace(
            item,
            received_at=datetime(2027, 1, 31 - number, tzinfo=UTC),
            first=number == 4,
            inhabitants=1_000,
        )
        for number, item in enumerate(documents.signatories(6))
    ]
    for layout, order in (("accession", [4, 5, 3, 2, 1, 0]), ("state", [4, 0, 1, 2, 3, 5])):
        document = documents.document(
            signatories=tuple(signed), layout=layout, inhabitants_as_of="31. Dezember 2026"
        )
        content = print_document(document).content

        text = reader.words(content)
        text = text[text.rindex("Unterzeichnende Kommunen") :]
        places = [text.index(documents.signatory(number).sort_name) for number in order]
        assert places == sorted(places)
        assert text.index("Erstunterzeichnende") < places[0]
        assert ("Geordnet nach dem Zeitpunkt der Mitzeichnung." in text) is (layout == "accession")
        assert "6.000 Einwohnerinnen und Einwohner (Stand der Zahlen: 31. Dezember 2026)" in text
        assert "liegt keine Zahl vor" not in text
        data = json.loads(document.attachments[0].text)
        assert data["inhabitants"]["total"] == 6_000
        data = data["signatories"]
        assert [item["name"] for item in data] == [signed[number].name for number in order]
        assert [item.get("first") for item in data] == ["yes", *[None] * 5]
        assert read_contents(content).list_agrees


def test_origin_is_one_phrase() -> None:
    origins = [
        (1, 0, True),
        (11, 0, True),
        (11, 8, True),
        (11, 1, True),
        (1, 2, True),
        (0, 2, False),
    ]
    assert [format_origin(Origin(*origin), "de") for origin in origins] == [
        "",
        "aus 11 Bundesländern",
        "aus 11 deutschen Ländern und 8 weiteren Staaten",
        "aus 11 deutschen Ländern und einem weiteren Staat",
        "aus Deutschland und 2 weiteren Staaten",
        "aus 2 Staaten",
    ]
