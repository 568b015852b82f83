"""Tables of the text fit their page: every word is printed, and lies inside the margins."""

import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from signoff.config import static_folder
from signoff.importers.html import MAX_TABLE_COLUMNS
from signoff.importers.papers import read_text
from signoff.pdf import tables
from signoff.pdf.render import TABLE_FONT, print_document
from tests.factories import PAPER
from tests.pdf import documents, reader

MARGIN = 22 / 25.4 * 72 - 1  # points: the narrowest margin of a page, less rounding
SIX_COLUMNS = """
| Handlungsempfehlung | Verantwortlichkeit | Finanzierungsbedarf | Umsetzungszeitraum | Beteiligungsverfahren | Schlussbemerkungen |
| - | - | - | - | - | - |
| Wohnraumförderung | Landesregierungen | Städtebauförderung | Haushaltsjahr 2028 | Öffentlichkeitsarbeit | Evaluationsbericht |
"""  # noqa: E501
WORDS = (
    *SIX_COLUMNS.replace("|", " ").replace("- ", "").split(),
    "Gemeinschaftsversammlungszuständigkeitsverordnung",
    "https://www.beispiel.example/dokumente/textarchiv/verdraengung?jahr=2028",
    "_" * 60,
    "." * 80,
    "2028",
    "ja",
    "und",
    "12.500 €",
)


def build_markdown(rows: list[list[str]]) -> str:
    lines = [rows[0], ["-"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def print_markdown(source: str) -> bytes:
    html = read_text("text.md", source.encode(), "").html
    return print_document(documents.draft(text=replace(PAPER, html=html))).content


def list_outside_words(content: bytes) -> list[reader.Word]:
    return [
        word
        for word in reader.placed_words(content)
        if word.left < MARGIN
        or word.right > word.page_width - MARGIN
        or word.top < 0
        or word.bottom > word.page_height
    ]


@cache
def wide() -> bytes:
    """Tables of four, six, eight and as many columns as are taken, each under a heading."""
    cells = SIX_COLUMNS.replace("- ", "").replace("|", " ").split()
    long = [["Spalte"] * 4, [WORDS[-8]] * 4]
    parts = ["# Sechs", SIX_COLUMNS, "# Vier", build_markdown(long)]
    for count in (8, MAX_TABLE_COLUMNS):
        rows = [[cells[(row + column) % len(cells)] for column in range(count)] for row in range(3)]
        parts += [f"# Mit {count} Spalten", build_markdown(rows)]
    return print_markdown("\n\n".join([*parts, "# Danach", "Ende."]))


@pytest.mark.slow
def test_every_word_of_a_wide_table_is_on_its_page() -> None:
    assert list_outside_words(wide()) == []
    printed = reader.strip_spaces(reader.words(wide()))
    for word in (*SIX_COLUMNS.replace("|", " ").split(), WORDS[-8]):
        assert reader.strip_spaces(word) in printed


@pytest.mark.slow
def test_widest_table_has_a_landscape_page_with_its_heading() -> None:
    words = {word.text: word for word in reader.placed_words(wide())}
    heading = next(
        word for word in reader.placed_words(wide()) if word.text == str(MAX_TABLE_COLUMNS)
    )

    assert heading.page_width > heading.page_height
    assert words["Ende."].page == heading.page + 1
    assert words["Ende."].page_width < words["Ende."].page_height


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_random_tables_never_leave_the_page(seed: int) -> None:
    chance = random.Random(seed)
    parts = []
    for columns in range(1, 11):
        rows = [
            [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(columns)]
            for _ in range(chance.randint(2, 5))
        ]
        parts += [f"# Tabelle {columns}", build_markdown(rows)]
    content = print_markdown("\n\n".join(parts))  # raises if anything leaves its place

    assert list_outside_words(content) == []


# The choice of widths, without printing.


def measure(*rows: str) -> list[tables.Column]:
    """The columns of a table whose cells are separated by ``|``."""
    cells = ["".join(f"<td>{cell.strip()}</td>" for cell in row.split("|")) for row in rows]
    table = fromstring(f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>")
    advances = tables.read_advances(Path(static_folder(), TABLE_FONT))
    return tables.measure_columns(table, advances, tables.build_splitter("de"))


def test_narrow_table_keeps_size_and_page() -> None:
    assert tables.choose_step(measure("Jahr | Kosten | Träger"), 0, movable=True).name == ""


def test_type_becomes_smaller_before_the_page_turns() -> None:
    words = ["Finanzierungsbedarf"] * 6
    portrait, landscape = measure(" | ".join(words)), measure(" | ".join(words * 2))

    assert tables.choose_step(portrait, 0, movable=True).landscape is False
    assert tables.choose_step(landscape, 0, movable=True).landscape is True
    assert tables.choose_step(landscape, 0, movable=False).landscape is False


def test_column_of_numbers_is_narrower_than_a_column_of_text() -> None:
    columns = measure("2028 | Die Kommune fördert Wohnraum und berichtet jährlich darüber | ja")
    number, text, word = tables.distribute(columns, tables.STEPS[0], tables.PORTRAIT)

    assert word <= number < text
    assert number + text + word <= tables.PORTRAIT + 0.001


def test_columns_share_what_a_merged_cell_needs() -> None:
    table = fromstring(
        "<table><tr><th rowspan='2'>Jahr</th><th colspan='2'>Finanzierungsbedarf</th></tr>"
        "<tr><th>von</th><th>bis</th></tr><tr><td>2028</td><td>1</td><td>2</td></tr></table>"
    )
    advances = tables.read_advances(Path(static_folder(), TABLE_FONT))
    year, start, end = tables.measure_columns(table, advances, tables.build_splitter("de"))

    assert [cell.start for cell in tables.iter_cells(table)] == [0, 1, 1, 2, 0, 1, 2]
    assert year.minimum < 3 < start.minimum + end.minimum < 7  # em


def test_no_column_is_without_room() -> None:
    columns = measure(" | ".join(["Gemeinschaftsversammlungszuständigkeit"] * MAX_TABLE_COLUMNS))
    widths = tables.distribute(columns, tables.STEPS[-1], tables.LANDSCAPE)

    assert min(width / sum(widths) for width in widths) * tables.LANDSCAPE > 12  # mm


def test_caption_and_headings_move_with_the_table() -> None:
    article = fromstring(
        "<article><p>Text.</p><h2>Kosten</h2><p>Tabelle 1</p><table/><p>Ende.</p></article>"
    )
    tables.move_to_own_page(article, article[3])

    assert [child.tag for child in article] == ["p", "div", "p"]
    assert [child.tag for child in article[1]] == ["h2", "p", "table"]


def test_wide_tables_in_a_row_share_pages() -> None:
    article = fromstring("<article><table/><h3>Zweite</h3><table/></article>")
    for table in list(article.iter("table")):
        tables.move_to_own_page(article, table)

    assert [child.tag for child in article] == ["div"]
    assert [child.tag for child in article[0]] == ["table", "h3", "table"]
