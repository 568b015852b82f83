"""Printed letters: DIN 5008 form B, tagged and archival like every print."""

from dataclasses import replace
from pathlib import Path

import pytest

from signoff.domain.documents import PrintedDocument, WorkingCopy
from signoff.domain.members import RepresentativeRow
from signoff.pdf.render import build_qr_code, print_document
from signoff.web.office.letters import build_letters, select_rows
from tests.factories import BRIEFDORF, PAPER
from tests.pdf import reader
from tests.pdf.verapdf import missing, validate
from tests.world import new_world

pytestmark = pytest.mark.slow

MM = 72 / 25.4
# The address field of form B, from the upper left corner of the page.
FIELD = (20 * MM, 45 * MM, 105 * MM, 90 * MM)
LONG = (
    "Verbandsgemeinde der Städte und Ortsgemeinden im Tal der Oberen Großen Musterbach und Umgebung"
)
ROWS = (
    replace(BRIEFDORF, street="Dorfstraße 4", postal_code="01067"),
    replace(
        BRIEFDORF,
        key="05",
        name="Longtown",
        official_name=LONG,
        language="en",
        country="AT",
        street="Postfach 12 34 56, bei der Verwaltungsgemeinschaft der Musterbacher Orte",
        postal_code="9999",
        representatives=(RepresentativeRow("Stabsstelle für Grundsatzfragen und Gremien"),),
    ),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> WorkingCopy:
    world = new_world(tmp_path_factory.mktemp("letters"))
    world.enrol(ROWS)
    world.paper(text=PAPER)
    round = world.open(introductions={"de": "Wir bitten um Ihre Unterstützung."})
    app = world.build_app()
    with app.test_request_context():
        app.preprocess_request()
        letters = build_letters(select_rows(round, "due"))
    world.db.close()
    return letters


@pytest.fixture(scope="module")
def printed(copy: WorkingCopy) -> PrintedDocument:
    return print_document(copy)


def test_letters_conform_to_pdf_a_and_pdf_ua(printed: PrintedDocument, tmp_path: Path) -> None:
    assert not missing()
    file = tmp_path / "letters.pdf"
    file.write_bytes(printed.content)
    for verdict in validate(file)[file]:
        assert verdict.passed, verdict.broken
        assert verdict.checks > 500


def test_a_letter_is_one_page_and_its_answer_sheet_two(printed: PrintedDocument) -> None:
    first, sheet, _, second, *_ = reader.pages(printed.content)
    assert printed.pages == 6
    assert "Wir bitten um Ihre Unterstützung." in first
    assert "Mit freundlichen Grüßen" in first
    assert "MZ-2027-0001" in sheet
    assert "Yours faithfully" in second, "in the member's language"


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        (1, ("Gemeinde Briefdorf", "Büro Briefdorf", "Dorfstraße 4", "01067 Briefdorf")),
        (4, (LONG, "Stabsstelle", "9999 Longtown", "AUSTRIA")),
    ],
)
def test_the_address_is_in_the_window(
    printed: PrintedDocument, page: int, lines: tuple[str, ...]
) -> None:
    left, top, right, bottom = FIELD
    words = [word for word in reader.placed_words(printed.content) if word.page == page]
    inside = [
        word
        for word in words
        if left <= word.left and word.right <= right and top <= word.top and word.bottom <= bottom
    ]
    text = " ".join(word.text for word in inside)
    for line in ("Städteforum Öffentlicher Raum e. V. · Musterstraße 1 · 50667 Köln", *lines):
        assert line in text, line
    across = [word for word in words if word not in inside and word.left < right]
    assert not [word for word in across if word.bottom > top and word.top < bottom], (
        "cut by the edge"
    )


def test_the_subject_begins_below_the_field(printed: PrintedDocument) -> None:
    words = [word for word in reader.placed_words(printed.content) if word.page == 1]
    subject = next(word for word in words if word.text == "Bis")
    assert subject.top >= 97 * MM


def test_each_letter_has_its_own_qr_code(copy: WorkingCopy) -> None:
    assert len(set(copy.codes)) == 2
    for number, address in enumerate(copy.codes, 1):
        code = address.partition("?code=")[2]
        assert f"signoff:qr-{number}.svg" in copy.body
        assert copy.body.count(f"<strong>{code}</strong>") == 1
        assert build_qr_code(address).startswith(b"<svg")
