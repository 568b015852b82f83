"""Active content and excessive size of imported texts."""

import re
import time
import zipfile
from io import BytesIO
from random import Random

import pytest

from signoff.i18n.errors import describe_import_problem
from signoff.importers.errors import FileReason, FileRefused
from signoff.importers.html import ImportContext, canonicalize_html, sanitize_text
from signoff.importers.papers import read_text
from tests.importers.docx_files import TYPES, cell, docx, external, paragraph, relationships


def refused(content: bytes, filename: str = "text.docx") -> FileReason:
    start = time.process_time()
    with pytest.raises(FileRefused) as error:
        read_text(filename, content, "Titel")
    assert time.process_time() - start < 10
    (problem,) = error.value.problems
    assert "%(" not in describe_import_problem(problem)
    return problem.reason


def zipped(**parts: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def docx_with_false_size(size: int) -> bytes:
    """A DOCX with a part that declares nine bytes and unpacks to ``size``."""
    content = bytearray(docx(paragraph("x"), {"word/big.bin": bytes(size)}))
    real = size.to_bytes(4, "little")
    assert real in content
    return bytes(content).replace(real, (9).to_bytes(4, "little"))


def encrypted_docx() -> bytes:
    content = bytearray(docx(paragraph("x")))
    offset = content.index(b"PK\x01\x02")
    content[offset + 8] |= 1
    return bytes(content)


SPAN = '<w:gridSpan w:val="1000"/>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", FileReason.EMPTY),
        (b"no zip at all", FileReason.NOT_A_PACKAGE),
        (b"PK\x03\x04 no zip either", FileReason.NOT_A_PACKAGE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), FileReason.LEGACY_OR_LOCKED),
        (encrypted_docx(), FileReason.LEGACY_OR_LOCKED),
        (zipped(readme=b"hello"), FileReason.NOT_A_DOCX),
        (docx(paragraph("x"), {"word/vbaProject.bin": b"x"}), FileReason.MACROS),
        (
            docx(paragraph("x"), {"[Content_Types].xml": TYPES.replace("xml", "macroEnabled")}),
            FileReason.MACROS,
        ),
        (docx('<w:p><w:r><w:control r:id="r"/></w:r></w:p>'), FileReason.EMBEDDED),
        (
            docx('<w:p><w:r><w:object><o:OLEObject r:id="r"/></w:object></w:r></w:p>'),
            FileReason.EMBEDDED,
        ),
        (docx('<w:altChunk r:id="r"/>' + paragraph("x")), FileReason.EMBEDDED),
        (docx(paragraph("x"), prolog=BOMB), FileReason.DOCTYPE),
        (docx(paragraph("x"), {"word/footnotes.xml": BOMB + "<x>&b;</x>"}), FileReason.DOCTYPE),
        (docx("<w:p>"), FileReason.BROKEN),
        (docx(""), FileReason.NO_TEXT),
        (docx(paragraph("  ")), FileReason.NO_TEXT),
        (docx("<w:tbl><w:tr><w:tc>" * 2000 + "</w:tc></w:tr></w:tbl>" * 2000), FileReason.TOO_DEEP),
        (docx("<w:p/>" * 100_000), FileReason.TOO_COMPLEX),
        (
            docx(f"<w:tbl><w:tr>{cell('x', SPAN)}{cell('y')}</w:tr></w:tbl>"),
            FileReason.TOO_COMPLEX,
        ),
        (
            docx(paragraph("x"), {f"word/{number}.xml": "<x/>" for number in range(200)}),
            FileReason.TOO_MANY_PARTS,
        ),
        (docx(paragraph("x"), {"word/media/a.png": bytes(21 << 20)}), FileReason.UNPACKS_TOO_LARGE),
        (b"PK\x03\x04" + b"x" * (10 << 20), FileReason.TOO_LARGE),
        (docx(paragraph("x" * (3 << 20))), FileReason.TEXT_TOO_LONG),
    ],
)
def test_word_file_with_active_or_excessive_content_is_refused(
    content: bytes, reason: FileReason
) -> None:
    assert refused(content) == reason


def test_declared_size_of_a_part_is_not_trusted() -> None:
    assert refused(docx_with_false_size(21 << 20)) in {
        FileReason.NOT_A_PACKAGE,
        FileReason.UNPACKS_TOO_LARGE,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("> " * 2000 + "x", FileReason.TOO_DEEP),
        ("- " * 2000 + "x", FileReason.TOO_DEEP),
        ("".join("  " * depth + "- x\n" for depth in range(8)), FileReason.TOO_DEEP),
        ("*a **b " * 500 + "c** d*" * 500, FileReason.TOO_DEEP),
        ("| " * 100 + "|\n" + "| - " * 100 + "|\n" + "| x " * 100 + "|", FileReason.TABLE_TOO_WIDE),
        ("| a | b |\n| - | - |\n" + "| x | y |\n" * 3000, FileReason.TOO_COMPLEX),
        ("x\u00a0" * 160_000, FileReason.TEXT_TOO_LONG),
        ("x" * ((1 << 20) + 1), FileReason.TOO_LARGE),
        ("<!-- -->".replace("<!-- -->", "[x]: http://y.example"), FileReason.NO_TEXT),
    ],
)
def test_excessive_markdown_file_is_refused(text: str, reason: FileReason) -> None:
    assert refused(text.encode(), "text.md") == reason


@pytest.mark.parametrize("name", ["text.pdf", "text.html", "text", "text.odt"])
def test_other_file_type_is_refused(name: str) -> None:
    assert refused(b"x", name) == FileReason.UNKNOWN_KIND


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "<svg onload=alert(1)>",
        "<img src=x onerror=alert(1)>",
        '[x](https://a.example "\\" onclick=\\"alert(1)")',
        "Text[^1]\n\n[^1]: <svg><script>alert(1)</script>",
        "[x][y]\n\n[y]: javascript:alert(1)",
    ],
)
def test_active_content_in_markdown_is_removed(text: str) -> None:
    html = read_text("text.md", text.encode(), "Titel").html

    tags = re.findall(r"<[^>]*>", html)
    assert not any(
        word in tag.lower()
        for tag in tags
        for word in ("script", "svg", "img", "data:", " on", "title")
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"]
)
def test_active_links_in_word_are_removed_by_importer_and_sanitiser(
    address: str,
) -> None:
    link = '<w:p><w:hyperlink r:id="rX"><w:r><w:t>hier</w:t></w:r></w:hyperlink></w:p>'
    relations = {"word/_rels/document.xml.rels": relationships(external("hyperlink", address))}

    assert read_text("t.docx", docx(link, relations), "T").html == "<p>hier</p>"
    assert sanitize_text(f'<a href="{address}">hier</a>') == "<a>hier</a>"


def test_canonical_form_does_not_depend_on_the_order_of_attributes() -> None:
    html = (
        '<h2 id="x">A</h2><p><a href="#x" title="t">s</a></p>'
        '<table><tr><th scope="row" id="q">a</th><th>b</th></tr></table>'
    )
    two = (
        "<H2  id=x class=c>A</H2><!-- c --><p style='x'><A title=t href='#x'>s</A></p>"
        "<table><tr><th id=q scope=row>a<th>b</table>"
    )

    assert canonicalize_html(html, "T", ImportContext()) == canonicalize_html(
        two, "T", ImportContext()
    )


def test_scripts_and_drawings_are_removed_with_their_content() -> None:
    html = canonicalize_html(
        '<p>a<script>b</script><svg><a href="x">c</a></svg><style>d</style></p>',
        "T",
        ImportContext(),
    )

    assert html.startswith("<p>a")
    assert "b" not in html
    assert "d" not in html
    assert "svg" not in html


PIECES = (
    *(
        "<h1>A</h1>",
        "<h3>B",
        "<p>",
        "</p>",
        "<ul><li>",
        "</li></ul>",
        '<ol start="4"><li>x',
        '<span class="label">b)</span>',
        '<ul class="labelled"><li><span class="label">c) </span> y</li><li>',
        "<li><p>",
        '<ol start="0"><li></li><li>',
        "</ol>",
        "<blockquote>",
    ),
    *(
        "</blockquote>",
        "<strong>",
        "</strong>",
        "<em>",
        "</em>",
        " ",
        "\n",
        "a ",
        " b",
        "\u00a0",
        "&amp;",
        "<br>",
    ),
    *(
        '<a href="https://a.example/?x=1&amp;y">',
        "</a>",
        '<a href="#a1">',
        '<a id="k"></a>',
        "<sup>2</sup>",
        "<hr>",
    ),
    *(
        "<table><tr><td>1<td>2<tr><td>3",
        "</table>",
        "<code>",
        "</code>",
        "<s>x</s>",
        "u\u0308",
        "\u200b",
        '"',
        "<div>",
    ),
    *(
        '<sup><a href="#fn1">1</a></sup>',
        '<ol><li id="fn1"><p>N <a href="#fnref1">^</a></p></li></ol>',
        "&lt;",
        "<img>",
    ),
)


@pytest.mark.slow
def test_canonical_text_is_unchanged() -> None:
    random = Random(2027)
    text_count = 0
    for _ in range(3000):
        pieces = "".join(random.choices(PIECES, k=random.randrange(25)))
        try:
            once = canonicalize_html(pieces, "T", ImportContext())
        except FileRefused:
            continue
        text_count += 1
        assert sanitize_text(once) == once, pieces
        assert canonicalize_html(once, "T", ImportContext()) == once, pieces
        assert "<li><p>" not in once, pieces
        assert "<p></p>" not in once, pieces
        assert "  " not in once, pieces
    assert text_count > 1500
