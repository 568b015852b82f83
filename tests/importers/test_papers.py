"""Texts from Word or Markdown become canonical HTML, and losses are reported."""

from collections.abc import Callable
from pathlib import Path

import pytest

from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.importers.errors import FileRefused, ImportNoticeKind
from signoff.importers.papers import Heading, ImportedText, build_outline, read_text
from tests.importers.docx_files import cell, docx, external, paragraph, relationships

DATA = Path(__file__).parent.parent / "data"
TITLE = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
PICTURE = (
    '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="Wappen"/><a:graphic><a:graphicData><pic:pic>'
    '<pic:blipFill><a:blip r:link="rX"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
    "</w:r></w:p>"
)


def word(
    body: str, more: dict[str, str | bytes] | None = None, title: str = "Titel"
) -> ImportedText:
    return checked(read_text("text.docx", docx(body, more), title))


def markdown(text: str, title: str = "Titel") -> ImportedText:
    return checked(read_text("text.md", text.encode(), title))


def checked(text: ImportedText) -> ImportedText:
    for remark in text.notices:
        assert "%(" not in describe_import_notice(remark)
    return text


def kinds(text: ImportedText) -> list[ImportNoticeKind]:
    return [remark.kind for remark in text.notices]


def test_the_word_file_and_the_markdown_file_give_the_same_text() -> None:
    from_word = read_text("l.docx", (DATA / "leitgedanken.docx").read_bytes(), TITLE)
    from_markdown = read_text("l.md", (DATA / "leitgedanken.md").read_bytes(), TITLE)

    assert from_word == from_markdown
    assert kinds(from_word) == [ImportNoticeKind.NO_FIRST_HEADING]
    assert [heading.text for heading in build_outline(from_word.html) if heading.level == 2] == [
        "Präambel",
        "Ausgangslage",
        "Leitgedanken",
        "Was wir uns vornehmen",
        "Schlussbestimmung",
    ]
    assert "<blockquote><p>„Wer einen Platz räumt" in from_word.html
    assert '<th scope="col">Handlungsfeld</th>' in from_word.html
    assert "<ol><li>ein gemeinsames Lagebild,</li>" in from_word.html
    assert (
        'leben.<sup class="noteref" id="fnref-1"><a role="doc-noteref" href="#fn-1">1</a></sup></p>'
        in from_word.html
    )
    assert (
        '<section class="footnotes" role="doc-endnotes"><ol><li id="fn-1">Zum Begriff'
        in from_word.html
    )


def test_first_heading_equal_to_the_title_is_removed() -> None:
    assert markdown("#  TITEL\u00a0: eins\n\n## Präambel\n\nText", "Titel – Eins").html.startswith(
        '<h2 id="a1">Präambel'
    )


def test_other_headings_move_below_the_title() -> None:
    assert markdown("# Eins\n\n## Zwei\n\nText\n\n# Drei\n\nText").html == (
        '<h2 id="a1">Eins</h2><h3 id="a2">Zwei</h3><p>Text</p><h2 id="a3">Drei</h2><p>Text</p>'
    )


def test_skipped_heading_levels_are_closed_and_reported() -> None:
    text = markdown("# A\n\n#### B\n\n## C\n\n### D\n\n#### E\n\n##### F")

    assert [heading.level for heading in build_outline(text.html)] == [2, 3, 3, 4, 4, 4]
    assert kinds(text) == [
        ImportNoticeKind.LEVEL_SKIPPED,
        ImportNoticeKind.LEVEL_TOO_DEEP,
        ImportNoticeKind.LEVEL_TOO_DEEP,
    ]


def test_the_outline_leaves_out_the_numbers_of_notes() -> None:
    assert build_outline(markdown("# Ziele[^1]\n\nText\n\n[^1]: Anmerkung").html) == (
        Heading(2, "a1", "Ziele"),
    )


def test_text_without_headings_is_accepted_with_a_notice() -> None:
    assert kinds(markdown("Nur Text.")) == [ImportNoticeKind.NO_HEADINGS]


def test_lists_are_tight_and_keep_their_first_number() -> None:
    assert markdown("3. drei\n\n   noch drei\n\n4. vier\n\n   - a\n   - b").html == (
        '<ol start="3"><li>drei<br>noch drei</li><li>vier<ul><li>a</li><li>b</li></ul></li></ol>'
    )


def test_notes_are_numbered_in_order_and_a_second_reference_has_no_anchor() -> None:
    html = markdown("Eins[^z], zwei[^a], wieder[^z].\n\n[^a]: Zweite.\n[^z]: Erste.").html

    assert html.count('id="fnref-1"') == 1
    assert html.count('href="#fn-1"') == 2
    assert html.index("Erste.") < html.index("Zweite.")


def test_spaces_emphasis_and_unicode_are_normalized() -> None:
    body = (
        '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">  Mu </w:t></w:r>'
        '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve"> u\u0308ber </w:t></w:r>'
        '<w:r><w:t xml:space="preserve"> allem  </w:t></w:r></w:p>'
    )

    assert word(body).html == "<p><strong>Mu über </strong>allem</p>"


def test_invisible_characters_are_removed() -> None:
    text = markdown("Zei\u00adchen\u200b zwei\u2028Zeilen Ñandú Łódź Київ Ελλάδα „–“ 5 € § ½ ✓")

    assert text.html == "<p>Zeichen zwei Zeilen Ñandú Łódź Київ Ελλάδα „–“ 5 € § ½ ✓</p>"
    assert [describe_import_notice(remark) for remark in text.notices][1:] == [
        "Unsichtbare Zeichen wurden entfernt oder durch Leerzeichen ersetzt: U+2028, U+00AD, U+200B."
    ]


@pytest.mark.parametrize("read", [markdown, lambda text: word(paragraph(text))])
def test_a_text_with_unprintable_characters_is_refused_with_their_places(
    read: Callable[[str], ImportedText],
) -> None:
    with pytest.raises(FileRefused) as refused:
        read("Wir danken allen 🧿 und grüßen herzlich das Rathaus in \ue123 und den Rat")

    assert [describe_import_problem(problem) for problem in refused.value.problems] == [
        "Diese Zeichen lassen sich nicht drucken: 🧿 (U+1F9FF, „…danken allen 🧿 und grüßen…“), "
        "U+E123, „…das Rathaus in \ue123 und den Rat“. Bitte löschen oder ersetzen Sie sie."
    ]


def test_signs_ligatures_and_private_bullets_of_word_become_what_they_mean() -> None:
    lines = (
        "▪ Wohnraum",
        "► Klima: höchstens 1,5 ℃, A ∨ B",
        "✓ erledigt ●",
        "E\ufb00izienz, De\ufb01nition",
        "\uf0b7 Punkt \uf0a7 \uf0fc \uf0a8 \uf0fe \uf0e0",
        "U\u0308ber",
    )
    typed = word(paragraph("Ziele", "berschrift1") + "".join(map(paragraph, lines)))

    assert typed.notices == ()
    assert typed.html == (
        '<h2 id="a1">Ziele</h2><p>▪ Wohnraum</p><p>► Klima: höchstens 1,5 ℃, A ∨ B</p><p>✓ erledigt ●</p>'
        "<p>Effizienz, Definition</p><p>• Punkt ▪ ✓ ☐ ☑ →</p><p>Über</p>"
    )


def test_links_lead_to_headings_or_to_the_web() -> None:
    text = markdown(
        "# Was wir tun\n\n[dort](#was-wir-tun) [Netz](https://forum.example/a?b=1&c=2) [Post](mailto:a@b.example) "
        "[fort](#nirgends) [Datei](../etc/passwd) [//](//evil.example)"
    )

    assert text.html == (
        '<h2 id="a1">Was wir tun</h2><p><a href="#a1">dort</a> '
        '<a href="https://forum.example/a?b=1&amp;c=2">Netz</a> <a href="mailto:a@b.example">Post</a> fort Datei //</p>'
    )
    assert kinds(text) == [ImportNoticeKind.LINK_DROPPED] * 3


def test_a_link_to_a_bookmark_of_word_leads_to_its_heading() -> None:
    heading = (
        '<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:bookmarkStart w:id="0" w:name="_Ref1"/>'
        '<w:r><w:t>Ziele</w:t></w:r><w:bookmarkEnd w:id="0"/></w:p>'
    )
    link = (
        '<w:p><w:hyperlink w:anchor="_Ref1"><w:r><w:t>siehe Ziele</w:t></w:r></w:hyperlink></w:p>'
    )

    assert word(heading + link).html == '<h2 id="a1">Ziele</h2><p><a href="#a1">siehe Ziele</a></p>'


def test_title_styles_of_word_become_headings_and_its_contents_are_omitted() -> None:
    text = word(
        paragraph("Unser Papier", "Titel")
        + paragraph("Ziele 1", "Verzeichnis1")
        + paragraph("Ziele", "berschrift1")
        + paragraph("Zitat eins", "Zitat")
        + paragraph("Im Kasten", "Kasten"),
        title="Unser Papier",
    )

    assert (
        text.html
        == '<h2 id="a1">Ziele</h2><blockquote><p>Zitat eins</p></blockquote><p>Im Kasten</p>'
    )
    assert kinds(text) == [ImportNoticeKind.UNKNOWN_STYLE, ImportNoticeKind.CONTENTS_DROPPED]


def test_first_row_of_a_word_table_becomes_its_header_and_short_rows_are_filled() -> None:
    rows = f"<w:tr>{cell('Feld')}{cell('Frist')}</w:tr><w:tr>{cell('Lagebild')}</w:tr>"
    text = word(f"<w:tbl>{rows}</w:tbl>")

    assert text.html == (
        '<table><thead><tr><th scope="col">Feld</th><th scope="col">Frist</th></tr></thead>'
        "<tbody><tr><td>Lagebild</td><td></td></tr></tbody></table>"
    )
    assert set(kinds(text)) == {
        ImportNoticeKind.HEADER_MADE,
        ImportNoticeKind.CELLS_ADDED,
        ImportNoticeKind.NO_HEADINGS,
    }


def test_table_with_one_cell_becomes_a_paragraph() -> None:
    assert word(f"<w:tbl><w:tr>{cell('Merksatz')}</w:tr></w:tbl>").html == "<p>Merksatz</p>"


def test_tracked_changes_are_accepted_and_reported() -> None:
    text = word(
        "<w:p><w:r><w:t>Wir fordern </w:t></w:r><w:del><w:r><w:delText>wenig</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>viel</w:t></w:r></w:ins></w:p>"
    )

    assert text.html == "<p>Wir fordern viel</p>"
    assert "1 Einfügungen, 1 Löschungen" in describe_import_notice(text.notices[0])


def test_comments_hidden_text_and_strikethrough_are_reported() -> None:
    comments = (
        '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:comment w:id="1"/>'
        "</w:comments>"
    )
    text = word(
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>a</w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>b</w:t></w:r></w:p>",
        {"word/comments.xml": comments},
    )

    assert text.html == "<p>ab</p>"
    assert {
        ImportNoticeKind.COMMENTS_DROPPED,
        ImportNoticeKind.HIDDEN_TEXT,
        ImportNoticeKind.STRUCK_TEXT,
    } <= set(kinds(text))


def test_remote_image_is_omitted_and_not_fetched() -> None:
    relations = {
        "word/_rels/document.xml.rels": relationships(external("image", "http://127.0.0.1:9/x.png"))
    }
    text = word(paragraph("Text") + PICTURE, relations)

    assert text.html == "<p>Text</p>"
    assert ImportNoticeKind.IMAGE_DROPPED in kinds(text)


def test_remote_template_is_omitted_and_reported() -> None:
    relations = relationships(external("attachedTemplate", "https://evil.example/t.dotm"))
    text = word(paragraph("Text"), {"word/_rels/settings.xml.rels": relations})

    assert [
        dict(remark.facts)
        for remark in text.notices
        if remark.kind == ImportNoticeKind.REFERENCE_DROPPED
    ] == [{"text": "https://evil.example/t.dotm"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_markdown_is_read_in_all_encodings(encoding: str) -> None:
    assert read_text("t.md", "Straße".encode(encoding), "T").html == "<p>Straße</p>"


def test_raw_html_in_markdown_is_text_and_images_are_omitted() -> None:
    text = markdown(
        "# A\n\nEin <b>Wort</b> `x` ![Wappen](http://x.example/w.png)\n\n---\n\n<script>alert(1)</script>"
    )

    assert "<script" not in text.html
    assert "Ein &lt;b&gt;Wort&lt;/b&gt; x</p>" in text.html
    assert {
        ImportNoticeKind.RAW_MARKUP,
        ImportNoticeKind.CODE,
        ImportNoticeKind.IMAGE_DROPPED,
        ImportNoticeKind.RULE_DROPPED,
    } <= set(kinds(text))
