"""Title, language, bookmarks, tags and standards of the file, as other programs read them."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from signoff.domain.documents import PrintedDocument
from signoff.pdf import standards
from signoff.pdf.render import print_document
from signoff.pdf.weasyprint import find_foreign_font
from tests.factories import FORUM, PAPER
from tests.pdf import documents, reader, verapdf

pytestmark = pytest.mark.slow

Final = Callable[..., PrintedDocument]
PICTURE = documents.picture()
HARD = (
    """
<h2>Lose Listen</h2><ul><li><p>eins</p><p>zwei</p></li><li>drei<ul><li>tief<ol><li>tiefer</li></ol></li></ul></li></ul>
<ul><li>Zitat<blockquote><p>wörtlich</p></blockquote></li></ul>
<ul class="labelled"><li><span class="label">§ 3</span> drei<ul><li>Punkt</li></ul></li><li><span
class="label">§ 14 a</span> <strong>vier</strong><ol start="7"><li>sieben</li></ol></li></ul>
<ul class="labelled"><li><span class="label">Artikel 3 Absatz 2 Satz 1</span> lang</li></ul>
<ol><li>über die Seite<ul>"""
    + "<li>weiter</li>" * 70
    + """</ul></li></ol>
<h2>Verweise</h2><p>Siehe <a href="https://forum.example/">das <em>ganze</em> <strong>Papier</strong></a>, sonst
<a href="https://forum.example/lang">einen Verweis, der so lang ist, dass er über den Rand der Zeile hinaus auf der
nächsten Zeile weitergeht und dort erst endet</a>.</p>
<h3>Tabellen</h3><table><thead><tr><th colspan="2">Kopf</th></tr></thead><tbody><tr><th scope="row">Zeile</th><td>1</td>
</tr><tr><td>kurz</td></tr></tbody></table>
<table><thead><tr><th scope="col" rowspan="2">Ort</th><th scope="col" colspan="2">Jahr</th></tr><tr><th
scope="col">2026</th><th scope="col">2027</th></tr></thead><tbody><tr><td>a</td><td>1</td><td rowspan="2">2</td></tr>
<tr><td colspan="2">b</td></tr></tbody></table>
<h2>Bilder</h2><p>Davor <img src="PICTURE" alt="Kosten je Jahr"> danach</p>
<h2>Noten</h2><p>Eins<sup class="noteref"><a href="#fn-1">1</a></sup> zwei<sup
class="noteref"><a href="#fn-2">2</a></sup> und wieder eins<sup class="noteref"><a href="#fn-1">1</a></sup>.</p>
<pre>x\ny</pre>
<section class="footnotes" role="doc-endnotes"><ol><li id="fn-1"><p>Erste <a href="https://forum.example/">Note</a></p>
</li><li id="fn-2"><p>Zweite</p><p>Note</p></li></ol></section>
"""
).replace("PICTURE", PICTURE.address)


def print_hard_text() -> bytes:
    pictures = ((PICTURE.address, b64encode(PICTURE.content).decode()),)
    text = replace(PAPER, html=HARD, summary="Worum es geht. " * 25)
    return print_document(documents.draft(text=text, pictures=pictures)).content


def test_title_author_language_and_date_are_right(final: Final) -> None:
    pdf = reader.opened(final(46).content)

    assert str(pdf.docinfo["/Title"]) == PAPER.title
    assert str(pdf.docinfo["/Author"]) == FORUM.name
    assert str(pdf.docinfo["/CreationDate"]) == "D:20270226230000Z"
    assert str(pdf.Root.Lang) == "de"
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert bool(pdf.Root.MarkInfo.Marked)


LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/deed.de"


def print_licensed() -> bytes:
    association = replace(FORUM, name="Forum <A> & B", licence=LICENCE)
    return print_document(documents.document(3, association=association)).content


def test_publisher_identifier_licence_and_citation_are_on_the_last_page_and_in_the_metadata() -> (
    None
):
    content = print_licensed()
    pdf, last = reader.opened(content), reader.pages(content)[-1]
    found = pdf.open_metadata()
    publisher = "Forum <A> & B, Musterstraße 1, 50667 Köln"
    address = "https://mitzeichnung.staedteforum.example/papers/leitgedanken"
    assert found["dc:publisher"] == {publisher}
    assert found["dc:identifier"] == f"{address}#text-1-edition-1"
    assert found["dc:language"] == {"de"}
    assert found["dc:date"] == ["2027-02-26T23:00:00Z"]
    assert found["dc:rights"] == LICENCE
    assert found["xmpRights:Marked"] == "True"
    assert found["xmpRights:WebStatement"] == LICENCE.partition(", ")[2]
    citation = found["{http://purl.org/dc/terms/}bibliographicCitation"]
    assert citation.startswith(f"Forum <A> & B: {PAPER.title} (Fassung 1, Stand ")
    assert citation.endswith(address)
    for words in (f"Herausgeber: {publisher}.", f"Lizenz: {LICENCE}.", "Zitiervorschlag: Forum"):
        assert reader.strip_spaces(words) in reader.strip_spaces(last)


def test_bookmarks_cover_text_and_list(final: Final) -> None:
    marks = reader.bookmarks(reader.opened(final(46).content))

    assert marks[:2] == [PAPER.title, "  Präambel"]
    assert "    2. Ämter handeln gemeinsam" in marks
    assert marks[marks.index("  Unterzeichnende Kommunen") + 1] == "    Baden-Württemberg"
    assert marks[-1] == "  Zur Echtheit dieses Dokuments"


def test_headings_lists_tables_header_cells_and_notes_are_tagged(final: Final) -> None:
    pdf = reader.opened(final(46).content)
    tags = reader.tags(pdf)

    assert tags.count("/H1") == 1
    assert tags.index("/H1") < tags.index("/H2") < tags.index("/H3")
    assert {
        "/L",
        "/LI",
        "/Lbl",
        "/LBody",
        "/Table",
        "/TH",
        "/TD",
        "/Link",
        "/BlockQuote",
        "/Note",
    } <= set(tags)
    heads = [element for element in reader.elements(pdf) if element.S == "/TH"]
    assert {str(cell.A.Scope) for cell in heads} == {"/Row", "/Column"}


def test_pages_are_counted(final: Final) -> None:
    printed = final(46)
    texts = reader.pages(printed.content)

    assert printed.pages == len(texts) == len(reader.opened(printed.content).pages)
    assert all(
        f"Seite {number} von {printed.pages}" in text for number, text in enumerate(texts[1:], 2)
    )
    assert printed.size == len(printed.content)


def test_250_signatories_stay_under_500_kb(final: Final) -> None:
    assert final(250).size <= 500_000


def test_last_page_explains_signatures_and_verification(final: Final) -> None:
    document = documents.document(46)
    last = reader.strip_spaces(reader.pages(final(46).content)[-1])

    assert reader.strip_spaces("ist kein Vertrag") in last
    assert reader.strip_spaces("keine qualifizierte elektronische Signatur") in last
    assert document.verify_address in last
    assert document.edition.digest in last
    assert document.log
    assert document.log.root in last
    assert documents.KEY.digest in last


def test_footnote_is_on_the_page_of_its_reference(final: Final) -> None:
    texts = reader.pages(final(46).content)

    called = [number for number, text in enumerate(texts) if "auf ihm leben" in text]
    assert called == [
        number for number, text in enumerate(texts) if "Zum Begriff der urbanen Sicherheit" in text
    ]


def test_only_the_fonts_of_the_package_are_embedded(final: Final) -> None:
    assert find_foreign_font(reader.opened(final(46).content)) is None


def test_a_picture_of_the_text_is_a_figure_with_its_description() -> None:
    pdf = reader.opened(print_hard_text())

    figures = [element for element in reader.elements(pdf) if element.S == "/Figure"]
    assert "Kosten je Jahr" in [str(figure.get("/Alt", "")) for figure in figures]


@pytest.fixture(scope="module")
def verdicts(
    final: Final, draft: PrintedDocument, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """The verdicts of veraPDF on every kind of print, and on one without the additions of ``standards``."""
    assert not verapdf.missing(), f"veraPDF needs {verapdf.missing()}: make test installs it"
    folder = tmp_path_factory.mktemp("verapdf")
    prints = {
        "final by state": final(46).content,
        "final by place": final(46, "place").content,
        "names alone": print_document(
            documents.document(signatories=documents.bare_signatories(46))
        ).content,
        "nobody": final(0).content,
        "proof": print_document(documents.document(3).as_proof).content,
        "with a licence": print_licensed(),
        "with a logo": print_document(documents.document(3, logo=documents.logo())).content,
        "draft": draft.content,
        "hard text": print_hard_text(),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standards, "finish_pdf", lambda document, pdf: None)
        prints["unfinished"] = print_hard_text()
    files = {name: Path(folder, f"{name}.pdf") for name in prints}
    for name, file in files.items():
        file.write_bytes(prints[name])
    verdict_by_file = verapdf.validate(*files.values())
    return {name: verdict_by_file[file] for name, file in files.items()}


@pytest.mark.parametrize(
    "name",
    [
        "final by state",
        "final by place",
        "names alone",
        "nobody",
        "proof",
        "with a licence",
        "with a logo",
        "draft",
        "hard text",
    ],
)
def test_every_print_is_pdf_a_3a_and_pdf_ua_1(
    verdicts: dict[str, tuple[verapdf.Verdict, ...]], name: str
) -> None:
    assert [verdict.profile for verdict in verdicts[name]] == list(verapdf.PROFILES)
    assert [verdict.broken for verdict in verdicts[name]] == [(), ()]
    assert all(verdict.passed and verdict.checks > 1_000 for verdict in verdicts[name])


def test_validator_rejects_an_unfinished_print(
    verdicts: dict[str, tuple[verapdf.Verdict, ...]],
) -> None:
    _archive, accessible = verdicts["unfinished"]

    assert not accessible.passed
    assert {rule.split()[0] for rule in accessible.broken} >= {"5-1", "7.2-20"}
