"""Word documents read back: styles, structure and content."""

import re
import zipfile
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import mammoth
import pytest
from docx import Document
from docx.oxml.ns import qn

from signoff.config import templates_folder
from signoff.domain.documents import WorkingCopy
from signoff.exports.docx import TEXT_WIDTH, build_docx
from signoff.importers.papers import read_text
from tests.factories import FORUM
from tests.pdf import documents
from tests.representative import PAPER, RepresentativeClient
from tests.world import World

STYLES = "word/styles.xml"


def copy(body: str, language: str = "de") -> WorkingCopy:
    return WorkingCopy(
        "Titel", body, language, "Muster", "Fuß", FORUM, datetime(2027, 1, 18, 9, tzinfo=UTC)
    )


def written(body: str, language: str = "de"):
    return Document(BytesIO(build_docx(copy(body, language))))


def styles(document) -> list[tuple[str, str]]:
    return [
        (paragraph.style.name, paragraph.text)
        for paragraph in document.paragraphs
        if paragraph.text
    ]


def part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(BytesIO(content)).read(name).decode()


def test_headings_lists_and_quotes_are_real_styles() -> None:
    body = "<h1>A</h1><h2>B</h2><h3>C</h3><p>D</p><ul><li>E<ul><li>F</li></ul></li></ul><ol><li><p>G</p></li></ol>"
    document = written(body + "<blockquote><p>H</p></blockquote><h4>I</h4>")

    assert styles(document) == [
        ("Title", "A"),
        ("Heading 1", "B"),
        ("Heading 2", "C"),
        ("Normal", "D"),
        ("List Bullet", "E"),
        ("List Bullet 2", "F"),
        ("List Number", "G"),
        ("Quote", "H"),
        ("Heading 3", "I"),
    ]


def test_no_part_is_written_that_the_document_does_not_use() -> None:
    content = build_docx(copy("<h1>A</h1><table><tr><th>B</th><td>C</td></tr></table>"))
    names = zipfile.ZipFile(BytesIO(content)).namelist()
    designs = re.findall(r'<w:style w:type="table"[^>]*w:styleId="(\w+)"', part(content, STYLES))

    assert not [name for name in names if re.search("stylesWithEffects|thumbnail|customXml", name)]
    assert designs == ["TableNormal", "TableGrid"]
    used = re.findall(r'w:(?:p|r|tbl)Style w:val="(\w+)"', part(content, "word/document.xml"))
    assert set(used) <= set(re.findall(r'w:styleId="(\w+)"', part(content, STYLES)))
    assert len(content) < 20_000, "it was 39 kB"


def test_styles_and_settings_have_what_their_schema_requires() -> None:
    """ECMA-376, wml.xsd: the value of a letter spacing, and the percentage of the zoom."""
    document = written("<h1>A</h1>")
    spacings = document.styles.element.findall(f".//{qn('w:rPr')}/{qn('w:spacing')}")

    assert all(spacing.get(qn("w:val")) for spacing in spacings)
    assert document.settings.element.find(qn("w:zoom")).get(qn("w:percent")) == "100"


def test_each_numbered_list_starts_at_one() -> None:
    document = written("<h1>A</h1><ol><li>1</li><li>2</li></ol><p>x</p><ol><li>1</li></ol>")
    numbers = [
        paragraph._p.pPr.numPr.numId.val
        for paragraph in document.paragraphs
        if paragraph.style.name == "List Number"
    ]

    assert numbers[0] == numbers[1] != numbers[2]
    numbering = document.part.numbering_part.element
    for number in set(numbers):
        (instance,) = [
            numbering_instance
            for numbering_instance in numbering.num_lst
            if numbering_instance.numId == number
        ]
        assert (
            instance.find(f"{qn('w:lvlOverride')}/{qn('w:startOverride')}").get(qn("w:val")) == "1"
        )


def test_a_list_keeps_its_numbers_and_labels() -> None:
    html = (
        '<h2 id="a1">A</h2><ol start="3"><li>drei</li><li>vier<ol><li>innen</li></ol></li></ol>'
        '<p>x</p><ol start="5"><li>fünf</li></ol><ol><li>neu</li></ol>'
        '<ul class="labelled"><li><span class="label">§ 7</span> sieben</li></ul>'
    )
    document = written(f"<h1>T</h1>{html}")
    output = BytesIO()
    document.save(output)

    assert read_text("text.docx", output.getvalue(), "T").html == (
        '<h2 id="a1">A</h2><ol start="3"><li>drei</li><li>vier</li></ol><ol><li>innen</li></ol>'
        '<p>x</p><ol start="5"><li>fünf</li></ol><ol><li>neu</li></ol><p>§ 7 sieben</p>'
    )
    assert document.paragraphs[-1].text == "§ 7\tsieben"


def test_a_table_keeps_its_header_row() -> None:
    document = written("<h1>A</h1><table><tr><th>X</th><th>Y</th></tr><tr><td>1</td></tr></table>")
    (table,) = document.tables

    assert [[cell.text for cell in row.cells] for row in table.rows] == [["X", "Y"], ["1", ""]]
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows] == [True, False]


def test_a_picture_keeps_its_description_and_fits_the_page() -> None:
    picture = documents.picture()
    body = f'<p>Davor <img src="{picture.address}" alt="Kosten je Jahr"></p>'
    pictures = ((picture.address, b64encode(picture.content).decode()),)
    document = Document(BytesIO(build_docx(replace(copy(body), pictures=pictures))))

    (shape,) = document.inline_shapes
    assert shape._inline.docPr.get("descr") == "Kosten je Jahr"
    assert (shape.width <= TEXT_WIDTH, round(shape.width / shape.height, 1)) == (True, 2.4)


def test_footnotes_are_footnotes() -> None:
    content = build_docx(copy(f"<h1>A</h1>{PAPER.html}"))
    html = mammoth.convert_to_html(BytesIO(content)).value

    assert 'diejenigen, die auf ihm leben.<sup><a href="#footnote-1"' in html
    assert '<li id="footnote-1"><p> Zum Begriff der urbanen Sicherheit' in html
    assert "footnotes.xml" in part(content, "[Content_Types].xml")
    assert Document(BytesIO(content)).paragraphs[-1].text.endswith("öffentlich ihre Unterstützung.")


def test_external_links_stay_links_and_internal_ones_become_text() -> None:
    document = written(
        '<h1>A</h1><p>a <a href="https://forum.example/x">b <em>c</em></a> d <a href="#e">e</a></p>'
    )
    paragraph = document.paragraphs[1]

    assert paragraph.text == "a b c d e"
    assert [hyperlink.url for hyperlink in paragraph.hyperlinks] == ["https://forum.example/x"]


def test_document_contains_all_words_of_the_text() -> None:
    html = mammoth.convert_to_html(BytesIO(build_docx(copy(f"<h1>A</h1>{PAPER.html}")))).value

    assert "die Sicherheit <strong>und</strong> die Teilhabe stärken" in html
    assert "<em>Beispieltext für Signoff." in html
    assert html.count("<tr>") == 5
    assert html.count("<th>") == 3


@pytest.mark.parametrize(("language", "spoken"), [("de", "de-DE"), ("en", "en-GB")])
def test_language_title_and_author_are_set(language: str, spoken: str) -> None:
    document = written("<h1>A</h1>", language)
    facts = document.core_properties
    lang = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")

    assert (facts.title, facts.author, facts.language) == ("Titel", FORUM.name, spoken)
    assert lang.get(qn("w:val")) == spoken


def test_words_in_another_language_are_marked_for_spelling() -> None:
    document = written(
        '<h1>A</h1><p>Of <span lang="de">Rat <b>und</b></span> <i lang="fr">x</i></p>'
    )
    marked = [
        (run.text, lang.get(qn("w:val")))
        for run in document.paragraphs[1].runs
        if (lang := run._r.find(f"{qn('w:rPr')}/{qn('w:lang')}")) is not None
    ]
    assert marked == [("Rat ", "de-DE"), ("und", "de-DE"), ("x", "fr")]


def test_markup_characters_in_a_name_are_escaped() -> None:
    document = written("<h1>A &lt;b&gt; &amp; B</h1>")

    assert document.paragraphs[0].text == "A <b> & B"


def motion(representative: RepresentativeClient) -> bytes:
    return representative.get("kit/motion.docx").data


def test_motion_has_all_required_parts(world: World) -> None:
    content = motion(RepresentativeClient(world))
    document = Document(BytesIO(content))
    text = mammoth.extract_raw_text(BytesIO(content)).value

    assert [words for style, words in styles(document) if style == "Heading 1"] == [
        "Beratungsfolge",
        "Beschlussvorschlag",
        "Finanzielle Auswirkungen",
        "Begründung",
        "Bezug zur örtlichen Gemeinschaft (Art. 28 Abs. 2 GG)",
        "Anlage",
    ]
    assert "Die Stadt Musterhausen zeichnet das Papier „Leitgedanken zu marginalisierten" in text
    assert "beschlossen (27. Mitgliederversammlung)" in text
    assert "31. März 2027, 24:00 Uhr (MESZ)" in text.replace("\u00a0", " ")
    assert "MZ-2027-0001" in text


def test_unknown_values_are_content_controls(world: World) -> None:
    document = Document(BytesIO(motion(RepresentativeClient(world))))
    controls = [
        control.find(f"{qn('w:sdtPr')}/{qn('w:alias')}").get(qn("w:val"))
        for control in document.element.iter(qn("w:sdt"))
    ]

    assert {"Gremium", "Nummer der Vorlage", "Datum der Sitzung"} <= set(controls)


def test_each_sitting_of_the_motion_has_fields_to_fill_in(world: World) -> None:
    document = Document(BytesIO(motion(RepresentativeClient(world))))
    (sequence,) = [each for each in document.tables if each.rows[0].cells[0].text == "Gremium"]
    for row in sequence.rows[1:]:
        assert len(list(row._tr.iter(qn("w:sdt")))) == 2, "committee and day"
    assert [row.cells[2].text for row in sequence.rows[1:]] == [
        "Vorberatung",
        "Vorberatung",
        "Entscheidung",
    ]


def test_blanks_are_shaded_in_libreoffice_too() -> None:
    """It ignores the shading inside a content control for plain text."""
    document = written('<h1>A</h1><p>Am <span class="blank">Datum</span></p>')
    (control,) = document.element.iter(qn("w:sdt"))
    (shading,) = control.iter(qn("w:shd"))
    assert shading.get(qn("w:fill")) == "E4E7F2"
    assert control.find(f"{qn('w:sdtPr')}/{qn('w:text')}") is None


def test_the_motion_in_english_has_the_same_parts(world: World) -> None:
    representative = RepresentativeClient(world)
    document = Document(BytesIO(representative.get("kit/motion.docx?lang=en").data))

    assert [words for style, words in styles(document) if style == "Heading 1"] == [
        "Sequence of deliberation",
        "Proposed resolution",
        "Financial implications",
        "Reasons",
        "Relation to the local community (Article 28 (2) of the Basic Law)",
        "Annex",
    ]
    # One template for every language: outside of translations it has marks, values and blanks, but no words.
    template = (templates_folder() / "kit/motion.html").read_text("utf-8")
    for pattern in (r"{#.*?#}", r"{% trans.*?{% endtrans %}", r"{%.*?%}", r"{{.*?}}", r"<[^>]*>"):
        template = re.sub(pattern, "", template, flags=re.DOTALL)
    assert set(re.findall(r"\w+", template)) <= {"160"}


def test_the_text_in_word_names_its_edition_and_digest(world: World) -> None:
    representative = RepresentativeClient(world)
    text = mammoth.extract_raw_text(BytesIO(representative.get("kit/text.docx").data)).value

    assert "Ein Beitrag der Kommunen" in text
    assert "Fassung 1. Beschlossen von der 27. Mitgliederversammlung" in text
    digest = world.access().edition.digest
    assert digest in text.replace(" ", "")
