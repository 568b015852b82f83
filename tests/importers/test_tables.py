"""Merged cells are kept in HTML, Markdown and Word, tables inside other blocks become text."""

from io import BytesIO

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

from signoff.importers.errors import ImportNoticeKind
from signoff.importers.markdown import write_markdown
from signoff.importers.papers import (
    ImportedText,
    read_editor_source,
    read_for_editor,
    read_text,
)
from tests.exports.test_docx import written
from tests.importers.docx_files import (
    NAMESPACES,
    build_item,
    build_level,
    build_numbering,
    cell,
    docx,
    paragraph,
)

START, CONTINUED = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
TWO_COLUMNS = '<w:gridSpan w:val="2"/>'


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def word(body: str) -> ImportedText:
    return read_text("text.docx", docx(body), "Titel")


MERGED = table(
    row(cell("Ort", START), cell("Jahr", TWO_COLUMNS)),
    row(cell("", CONTINUED), cell("2026"), cell("2027")),
    row(cell("Musterhausen"), cell("1"), cell("2", START)),
    row(cell("Beispielstadt"), cell("3"), cell("", CONTINUED)),
)
MERGED_HTML = (
    '<table><thead><tr><th scope="col" rowspan="2">Ort</th><th scope="col" colspan="2">Jahr</th></tr>'
    '<tr><th scope="col">2026</th><th scope="col">2027</th></tr></thead>'
    '<tbody><tr><td>Musterhausen</td><td>1</td><td rowspan="2">2</td></tr>'
    "<tr><td>Beispielstadt</td><td>3</td></tr></tbody></table>"
)


def test_merged_cells_stay_merged_in_the_text_and_in_the_editor() -> None:
    assert word(MERGED).html == MERGED_HTML

    editable = read_for_editor("text.docx", docx(MERGED), "Titel")

    assert editable.source == (
        "| Ort | Jahr | << |\n| --- | --- | --- |\n| ^^ | 2026 | 2027 |\n| Musterhausen | 1 | 2 |\n"
        "| Beispielstadt | 3 | ^^ |\n"
    )
    assert read_editor_source(editable.source, "").html == MERGED_HTML
    assert ImportNoticeKind.LAYOUT_LOST not in {notice.kind for notice in editable.notices}


def test_merged_cells_stay_merged_in_the_word_file_of_the_text() -> None:
    file = BytesIO()
    written(MERGED_HTML).save(file)

    (again,) = Document(BytesIO(file.getvalue())).tables
    assert [[cell.text for cell in row.cells] for row in again.rows] == [
        ["Ort", "Jahr", "Jahr"],
        ["Ort", "2026", "2027"],
        ["Musterhausen", "1", "2"],
        ["Beispielstadt", "3", "2"],
    ]
    assert read_text("text.docx", file.getvalue(), "Titel").html.endswith(MERGED_HTML)


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        # both ways at once
        ("| A | << |\n| - | - |\n| ^^ | ^^ |\n| c | d |", ["A"]),
        # no rectangle
        ("| A | << |\n| - | - |\n| ^^ | b |", ["A|&lt;&lt;", "^^|b"]),
        # nothing to continue
        ("| << | B |\n| - | - |\n| c | d |", ["&lt;&lt;|B", "c|d"]),
        # written out
        ("| A | \\<< |\n| - | - |\n| \\^^ | d |", ["A|&lt;&lt;", "^^|d"]),
    ],
)
def test_signs_of_merged_cells_are_text_where_they_make_no_rectangle(
    source: str, rows: list[str]
) -> None:
    html = read_editor_source(source, "").html

    cells = html.replace('<th scope="col">', "<td>").replace("</th>", "</td>")
    for text in rows:
        assert f">{'</td><td>'.join(text.split('|'))}<" in cells
    editable = read_for_editor("text.md", source.encode(), "Titel")
    assert read_editor_source(editable.source, "").html == html


def test_a_cell_over_head_and_body_is_in_both_if_the_head_would_be_long() -> None:
    rows = [row(cell("Feld", START), cell("Frist"))]
    rows += [row(cell("", CONTINUED), cell(str(number))) for number in range(5)]

    html = word(table(*rows)).html

    assert html.startswith('<table><thead><tr><th scope="col">Feld</th><th scope="col">Frist</th>')
    assert '<tbody><tr><td rowspan="5">Feld</td><td>0</td></tr><tr><td>1</td></tr>' in html


def test_columns_and_rows_without_a_cell_of_their_own_are_left_out() -> None:
    html = word(
        table(
            row(cell("A", TWO_COLUMNS), cell("B")),
            row(cell("c", TWO_COLUMNS), cell("d")),
            row(cell("", START), cell(""), cell("")),
        )
    ).html

    assert "span" not in html
    assert html.count("<tr>") == 2


def test_skipped_columns_and_old_merged_cells_keep_their_place() -> None:
    html = word(
        table(
            row(cell("A"), cell("B"), cell("C")),
            row(cell("b"), cell("c"), properties='<w:gridBefore w:val="1"/>'),
            row(cell("a"), properties='<w:gridAfter w:val="2"/>'),
            row(cell("x", '<w:hMerge w:val="restart"/>'), cell("", "<w:hMerge/>"), cell("z")),
        )
    ).html

    assert "<tr><td></td><td>b</td><td>c</td></tr>" in html
    assert '<tr><td>a</td><td colspan="2"></td></tr>' in html
    assert '<tr><td colspan="2">x</td><td>z</td></tr>' in html


def test_a_table_in_a_cell_or_list_becomes_text_with_a_notice() -> None:
    inner = table(row(cell("x"), cell("y")), row(cell("1"), cell("2")))
    outer = table(
        row(f"<w:tc>{paragraph('Siehe')}{inner}<w:p/></w:tc>", cell("B")),
        row(cell("c"), cell("d")),
    )
    text = word(outer)

    assert '<th scope="col">Siehe<br>x · y<br>1 · 2</th>' in text.html
    (notice,) = (item for item in text.notices if item.kind is ImportNoticeKind.TABLE_FLATTENED)
    assert notice.place.words == "x · y"
    assert read_text("t.md", b"- | a | b |\n  | - | - |\n  | x | y |", "T").html == (
        "<ul><li>a · b<br>x · y</li></ul>"
    )


def test_a_frame_around_text_and_a_table_is_left_out() -> None:
    inner = table(row(cell("A"), cell("B")), row(cell("c"), cell("d")))
    framed = table(row(f"<w:tc>{paragraph('Kasten')}{inner}<w:p/></w:tc>"))

    assert word(framed).html.startswith('<p>Kasten</p><table><thead><tr><th scope="col">A</th>')


def test_alignment_of_columns_is_kept_in_the_text_the_editor_and_word() -> None:
    source = "| Ort | Kosten | Jahr |\n| --- | --: | :-: |\n| Musterhausen | 12 | 2028 |\n"
    html = read_editor_source(source, "").html
    file = BytesIO()
    written(html).save(file)

    assert '<td align="right">12</td><td align="center">2028</td>' in html
    assert '<th scope="col" align="right">Kosten</th>' in html
    assert write_markdown(html) == source
    (exported,) = Document(BytesIO(file.getvalue())).tables
    assert [cell.paragraphs[0].alignment for cell in exported.rows[1].cells] == [
        None,
        WD_ALIGN_PARAGRAPH.RIGHT,
        WD_ALIGN_PARAGRAPH.CENTER,
    ]


def aligned(text: str, alignment: str) -> str:
    properties = f'<w:jc w:val="{alignment}"/>' if alignment else ""
    return f"<w:tc>{paragraph(text, more=properties)}</w:tc>"


ALIGNED = table(
    row(aligned("Ort", "center"), aligned("Kosten", ""), aligned("Jahr", "center")),
    row(aligned("Musterhausen", "left"), aligned("12", "right"), aligned("2028", "center")),
    row(aligned("Beispielstadt", "both"), aligned("7", "end"), aligned("2029", "center")),
)


def test_alignment_of_cells_of_a_word_file_is_kept_in_the_text_and_in_word() -> None:
    html = word(ALIGNED).html
    file = BytesIO()
    written(html).save(file)

    assert html == (
        '<table><thead><tr><th scope="col" align="center">Ort</th><th scope="col">Kosten</th>'
        '<th scope="col" align="center">Jahr</th></tr></thead><tbody>'
        '<tr><td>Musterhausen</td><td align="right">12</td><td align="center">2028</td></tr>'
        '<tr><td>Beispielstadt</td><td align="right">7</td><td align="center">2029</td></tr>'
        "</tbody></table>"
    )
    (exported,) = Document(BytesIO(file.getvalue())).tables
    assert [cell.paragraphs[0].alignment for cell in exported.rows[1].cells] == [
        None,
        WD_ALIGN_PARAGRAPH.RIGHT,
        WD_ALIGN_PARAGRAPH.CENTER,
    ]


def test_in_the_editor_a_column_is_aligned_as_most_of_its_cells() -> None:
    source = read_for_editor("text.docx", docx(ALIGNED), "Titel").source

    assert source.splitlines()[:2] == ["| Ort | Kosten | Jahr |", "| --- | --: | :-: |"]
    assert write_markdown(read_editor_source(source, "").html) == source


def test_a_style_aligns_cells_and_their_lists_but_not_those_of_an_outer_table() -> None:
    style = (
        f'<w:styles {NAMESPACES}><w:style w:type="paragraph" w:styleId="Zahl"><w:name w:val="Zahl"/>'
        '<w:pPr><w:jc w:val="right"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Summe"><w:name w:val="Summe"/>'
        '<w:basedOn w:val="Zahl"/></w:style></w:styles>'
    )
    numbering = build_numbering({0: build_level(0, "decimal", "%1.")}, {1: (0, "")})
    styled = f"<w:tc>{paragraph('12', 'Summe')}</w:tc>"
    centred = '<w:jc w:val="center"/>'
    listed = f"<w:tc>{build_item('a', 1, more=centred)}</w:tc>"
    mixed = f"<w:tc>{paragraph('x', 'Summe')}{paragraph('y')}</w:tc>"
    outer = f"<w:tc>{paragraph('z')}{table(row(styled, styled))}</w:tc>"
    parts = {"word/styles.xml": style, **numbering}
    body = table(row(cell("A"), cell("B")), row(styled, listed), row(mixed, outer))
    html = read_text("text.docx", docx(body, parts), "Titel").html

    assert '<td align="right">12</td><td align="center"><ol><li>a</li></ol></td>' in html
    assert "<tr><td>x<br>y</td><td>z" in html
