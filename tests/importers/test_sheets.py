"""What is visible in a table is read, whatever program has saved it."""

import codecs

import pytest

from signoff.importers import sheets
from signoff.importers.errors import FileReason, FileRefused
from signoff.importers.sheets import SheetFile, read_sheets
from tests.importers.sheet_files import Xml, ods, ods_file, ods_of, workbook, workbook_of

ROWS = (["key", "name"], ["09162000", "München"], ["", ""], ["08111000", "Stuttgart"])
CELLS = [("key", "name"), ("09162000", "München"), ("08111000", "Stuttgart")]


def cells(file: SheetFile) -> list[tuple[str, ...]]:
    return [row.cells for row in file.sheets[0].rows]


def text(delimiter: str = ";", newline: str = "\r\n") -> str:
    return newline.join(delimiter.join(row) for row in ROWS) + newline


@pytest.mark.parametrize(
    "content",
    [
        text().encode(),
        text("\t").encode("utf-16"),
        codecs.BOM_UTF16_BE + text("\t", "\n").encode("utf-16-be"),
        text(",").encode("utf-8-sig"),
        text("\t").encode("cp1252"),
        b"sep=,\r\n" + text(",").encode(),
        workbook(*ROWS),
        ods(*ROWS),
    ],
)
def test_each_format_gives_the_same_rows_with_their_lines(content: bytes) -> None:
    file = read_sheets("liste", content)
    first = 2 if content.startswith(b"sep=") else 1

    assert cells(file) == CELLS
    assert [row.line - first for row in file.sheets[0].rows] == [0, 1, 3]


def test_the_delimiter_is_the_one_of_most_lines() -> None:
    title = "Mitglieder, Stand 1. Februar 2027, 10 Uhr, ohne Gäste\n"
    rows = "key;name;tags\n1;Köln, Stadt;a, b, c\n2;Bonn, Stadt;d, e, f\n"

    assert cells(read_sheets("x.csv", (title + rows).encode()))[1] == ("key", "name", "tags")


@pytest.mark.parametrize("build", [workbook_of, ods_of])
def test_hidden_sheets_and_rows_are_left_out_and_named(build) -> None:
    old = [["key", "name"], ["99", "Alt"]]
    content = build({"Alt": old, "Neu": ROWS[:2]}, hidden=["Alt"], hidden_lines=[3])
    file = read_sheets("liste", content)

    assert (file.hidden_sheets, [sheet.name for sheet in file.sheets]) == (("Alt",), ["Neu"])
    assert cells(file) == CELLS[:2]

    file = read_sheets("liste", build({"Neu": ROWS}, hidden_lines=[2]))
    assert (cells(file), file.sheets[0].hidden_lines) == ([CELLS[0], CELLS[2]], (2,))


@pytest.mark.parametrize("build", [workbook, ods])
def test_a_number_is_read_without_separators_and_known_as_one(build) -> None:
    (row,) = read_sheets("liste", build(["Köln", 5315000])).sheets[0].rows

    assert (row.cells, row.numbers) == (("Köln", "5315000"), (1,))


def test_after_16_lines_excel_omits_empty_cells_at_the_end() -> None:
    def read(short: int) -> SheetFile:
        lines = [f"{line};Ort;{'' if line == short else 'x'}" for line in range(1, 21)]
        lines[short - 1] = lines[short - 1].removesuffix(";")
        return read_sheets("x.csv", "\n".join(lines).encode())

    assert cells(read(17))[16] == ("17", "Ort", "")
    assert cells(read(16))[15] == ("16", "Ort")


def test_sheets_together_have_at_most_50_000_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 10)
    rows = [["1", "M"]] * 6

    assert len(read_sheets("liste.ods", ods_of({"a": rows, "b": rows[:5]})).sheets) == 2
    with pytest.raises(FileRefused) as refused:
        read_sheets("liste.ods", ods_of({"a": rows, "b": rows}))
    assert refused.value.problems[0].reason is FileReason.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("</table:table>", FileReason.BROKEN),
        ('<table:table-cell table:number-columns-repeated="x"/>', FileReason.BROKEN),
        ("<a>" * 200 + "</a>" * 200, FileReason.TOO_DEEP),
    ],
)
def test_a_damaged_ods_file_is_refused(cell: str, reason: FileReason) -> None:
    with pytest.raises(FileRefused) as refused:
        read_sheets("liste.ods", ods([Xml(cell)]))
    assert refused.value.problems[0].reason is reason


@pytest.mark.parametrize(
    "parts",
    [
        {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"},
        {"encrypted-package": "?"},
    ],
)
def test_an_ods_file_with_a_password_is_refused_as_such(parts: dict[str, str]) -> None:
    with pytest.raises(FileRefused) as refused:
        read_sheets("liste.ods", ods_file("<broken", **parts))
    assert refused.value.problems[0].reason is FileReason.LEGACY_OR_LOCKED


def test_what_an_ods_file_repeats_is_counted() -> None:
    row = '<table:table-row table:number-rows-repeated="%d">%s</table:table-row>'
    cell = '<table:table-cell table:number-columns-repeated="%d">%s</table:table-cell>'
    twice = cell % (2, "<text:p>a<text:s text:c='2'/>b</text:p>")
    rows = (row % (2, twice), row % (7, cell % (9, "")), row % (1, cell % (1, "") + twice))
    file = read_sheets(
        "x.ods", ods_file(f'<table:table table:name="T">{"".join(rows)}</table:table>')
    )

    assert [row.line for row in file.sheets[0].rows] == [1, 2, 10]
    assert cells(file)[1:] == [("a  b", "a  b", ""), ("", "a  b", "a  b")]


def test_an_ods_formula_is_seen_as_one() -> None:
    cell = Xml(
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    )

    assert cells(read_sheets("liste.ods", ods([cell]))) == [("=1+1",)]


ROW = "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>"


@pytest.mark.parametrize(
    "content",
    [
        ods_file(f"<table:table>{ROW}<table:table-row><x:y/></table:table-row></table:table>"),
        ods_file(
            f'<table:table>{ROW}<table:table-row table:number-rows-repeated="x"/></table:table>'
        ),
    ],
)
def test_a_fault_after_the_first_row_is_refused_too(content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read_sheets("m.ods", content)
    assert refused.value.problems[0].reason is FileReason.BROKEN
