"""The automatic numbers of a Word document stand in the text as a reader of Word sees them."""

from collections.abc import Iterator
from random import Random

import pytest

from signoff.i18n.errors import describe_import_notice
from signoff.importers.errors import FileReason, FileRefused, ImportNoticeKind
from signoff.importers.html import Node, parse_html, split_label
from signoff.importers.numbering import format_number
from signoff.importers.papers import ImportedText, build_outline, read_text
from tests.importers.docx_files import (
    NAMESPACES,
    build_item,
    build_level,
    build_numbering,
    build_start_override,
    cell,
    docx,
    paragraph,
)

DECIMAL = build_level(0, "decimal", "%1.")
OUTLINE = "".join(
    build_level(level, "decimal", ".".join(f"%{shown}" for shown in range(1, level + 2)))
    for level in range(9)
)
CONTRACT = (
    build_level(0, "decimal", "§ %1")
    + build_level(1, "decimal", "(%2)")
    + build_level(2, "lowerLetter", "%3)")
    + build_level(3, "lowerRoman", "%4.")
)


def word(body: str, *parts: dict[str, str | bytes]) -> ImportedText:
    more = {name: content for part in parts for name, content in part.items()}
    return read_text("text.docx", docx(body, more), "Titel")


def list_labels(html: str) -> list[str]:
    """The labels of all list items and their text, in order: ``b) Geld``."""

    def walk(node: Node) -> Iterator[str]:
        number = int(node.attributes.get("start", "1"))
        for child in node.children:
            if not isinstance(child, Node):
                continue
            if child.tag == "li":
                label, rest = split_label(child)
                text = "".join(part for part in rest if isinstance(part, str)).strip()
                yield f"{label or (f'{number}.' if node.tag == 'ol' else '•')} {text}"
                number += 1
            yield from walk(child)

    return list(walk(parse_html(html)))


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("decimal", "0 1 4 9 26 27 40 53 1994"),
        ("decimalZero", "00 01 04 09 26 27 40 53 1994"),
        ("001, 002, 003, ...", "000 001 004 009 026 027 040 053 1994"),
        ("lowerLetter", "- a d i z aa nn aaa -"),
        ("upperLetter", "- A D I Z AA NN AAA -"),
        ("lowerRoman", "- i iv ix xxvi xxvii xl liii mcmxciv"),
        ("upperRoman", "- I IV IX XXVI XXVII XL LIII MCMXCIV"),
    ],
)
def test_numbers_are_written_as_word_writes_them(number_format: str, expected: str) -> None:
    numbers = (0, 1, 4, 9, 26, 27, 40, 53, 1994)

    assert " ".join(format_number(number, number_format) or "-" for number in numbers) == expected


def test_a_list_continued_by_start_overrides_keeps_its_numbers_across_paragraphs() -> None:
    text = word(
        paragraph("Forderungen", "berschrift1")
        + build_item("Wohnraum", 1)
        + paragraph("Begründung zu Forderung 1.")
        + build_item("Klima", 2)
        + paragraph("Begründung zu Forderung 2.")
        + build_item("Kultur", 3),
        build_numbering(
            {0: DECIMAL, 1: DECIMAL, 2: DECIMAL},
            {number: (number - 1, build_start_override(number)) for number in (1, 2, 3)},
        ),
    )

    assert text.html == (
        '<h2 id="a1">Forderungen</h2><ol><li>Wohnraum</li></ol><p>Begründung zu Forderung 1.</p>'
        '<ol start="2"><li>Klima</li></ol><p>Begründung zu Forderung 2.</p>'
        '<ol start="3"><li>Kultur</li></ol>'
    )
    assert text.notices == ()


def test_a_list_of_one_numbering_goes_on_after_a_paragraph() -> None:
    body = build_item("eins", 1) + paragraph("Absatz") + build_item("zwei", 1)

    assert (
        word(body, build_numbering({0: DECIMAL}, {1: (0, "")})).html
        == '<ol><li>eins</li></ol><p>Absatz</p><ol start="2"><li>zwei</li></ol>'
    )


def test_lists_that_share_an_abstract_numbering_go_on_unless_they_override_the_start() -> None:
    body = "".join(
        build_item(text, number) for text, number in zip("abcdef", (1, 2, 3, 3, 1, 2), strict=True)
    )
    parts = build_numbering({0: DECIMAL}, {1: (0, ""), 2: (0, ""), 3: (0, build_start_override(1))})

    assert list_labels(word(body, parts).html) == ["1. a", "2. b", "1. c", "2. d", "3. e", "4. f"]


def test_a_list_starts_where_its_level_says() -> None:
    parts = build_numbering({0: build_level(0, "decimal", "%1.", start=4)}, {1: (0, "")})

    assert word(build_item("Personal", 1) + build_item("Geld", 1), parts).html == (
        '<ol start="4"><li>Personal</li><li>Geld</li></ol>'
    )


def test_letters_and_signs_become_labels() -> None:
    parts = build_numbering({0: build_level(0, "lowerLetter", "%1)")}, {1: (0, "")})

    assert word("".join(build_item(text, 1) for text in ("Personal", "Geld")), parts).html == (
        '<ul class="labelled"><li><span class="label">a)</span> Personal</li>'
        '<li><span class="label">b)</span> Geld</li></ul>'
    )


def test_two_lists_side_by_side_are_two_lists() -> None:
    decimal = build_numbering({0: DECIMAL, 1: DECIMAL}, {1: (0, ""), 2: (1, "")})
    letters = build_level(0, "lowerLetter", "%1)")
    labelled = build_numbering({0: letters, 1: letters}, {1: (0, ""), 2: (1, "")})
    body = build_item("a", 1) + build_item("b", 1) + build_item("c", 2)

    assert word(body, decimal).html == "<ol><li>a</li><li>b</li></ol><ol><li>c</li></ol>"
    assert word(body, labelled).html.count('<ul class="labelled">') == 2


@pytest.mark.parametrize("level", range(9))
@pytest.mark.parametrize(
    ("number_format", "third"),
    [
        ("decimal", "3"),
        ("decimalZero", "03"),
        ("lowerLetter", "c"),
        ("upperLetter", "C"),
        ("lowerRoman", "iii"),
        ("upperRoman", "III"),
    ],
)
def test_every_format_counts_on_every_level(number_format: str, third: str, level: int) -> None:
    parts = build_numbering(
        {0: build_level(level, number_format, f"Nr. %{level + 1}")}, {1: (0, "")}
    )
    body = "".join(build_item(text, 1, level) for text in "abc")

    assert list_labels(word(body, parts).html)[-1] == f"Nr. {third} c"


def test_levels_nest_and_restart_below_a_higher_level() -> None:
    levels = ((0, "A"), (1, "B"), (2, "C"), (2, "D"), (3, "E"), (1, "F"), (2, "G"), (0, "H"))
    body = "".join(build_item(text, 1, level) for level, text in levels)
    html = word(body, build_numbering({0: CONTRACT}, {1: (0, "")})).html

    assert list_labels(html) == [
        *("§ 1 A", "(1) B", "a) C", "b) D", "i. E", "(2) F", "a) G", "§ 2 H"),
    ]
    item = '<ul class="labelled"><li><span class="label">'
    assert html.startswith(f"{item}§ 1</span> A{item}(1)</span> B{item}a)</span> C</li>")


def test_a_level_after_a_paragraph_keeps_its_number() -> None:
    body = build_item("A", 1) + build_item("B", 1, 2) + paragraph("x") + build_item("C", 1, 2)
    html = word(body, build_numbering({0: CONTRACT}, {1: (0, "")})).html

    assert html.endswith(
        '<p>x</p><ul class="labelled"><li><span class="label">b)</span> C</li></ul>'
    )


def test_a_level_without_a_higher_one_counts_it_as_begun() -> None:
    body = build_item("A", 1, 1) + build_item("B", 1, 1) + build_item("C", 1)

    assert list_labels(word(body, build_numbering({0: OUTLINE}, {1: (0, "")})).html) == [
        *("1.1 A", "1.2 B", "2 C"),
    ]


def test_a_level_that_does_not_restart_counts_on() -> None:
    never = DECIMAL + build_level(1, "decimal", "%1/%2", more='<w:lvlRestart w:val="0"/>')
    body = "".join(
        build_item(text, 1, level) for text, level in zip("ABCD", (0, 1, 0, 1), strict=True)
    )

    assert list_labels(word(body, build_numbering({0: never}, {1: (0, "")})).html) == [
        *("1. A", "1/1 B", "2. C", "2/2 D"),
    ]


def test_a_level_restarts_only_below_the_level_that_it_names() -> None:
    third = build_level(2, "decimal", "%3)", more='<w:lvlRestart w:val="1"/>')
    levels = DECIMAL + build_level(1, "decimal", "%2.") + third
    body = "".join(
        build_item(text, 1, level)
        for text, level in zip("ABCDEFGH", (0, 1, 2, 1, 2, 0, 1, 2), strict=False)
    )

    assert list_labels(word(body, build_numbering({0: levels}, {1: (0, "")})).html) == [
        *("1. A", "1. B", "1) C", "2. D", "2) E", "2. F", "1. G", "1) H"),
    ]


def test_a_legal_level_shows_all_numbers_as_digits() -> None:
    levels = build_level(0, "upperRoman", "%1.") + build_level(
        1, "lowerLetter", "%1.%2", more="<w:isLgl/>"
    )
    body = build_item("A", 1) + build_item("B", 1) + build_item("C", 1, 1)

    assert list_labels(word(body, build_numbering({0: levels}, {1: (0, "")})).html) == [
        *("I. A", "II. B", "2.1 C"),
    ]


def test_an_override_can_replace_a_level() -> None:
    override = f'<w:lvlOverride w:ilvl="0">{build_level(0, "upperLetter", "%1:")}</w:lvlOverride>'
    parts = build_numbering({0: DECIMAL}, {1: (0, ""), 2: (0, override)})

    assert list_labels(word(build_item("a", 1) + build_item("b", 2), parts).html) == [
        *("1. a", "B: b"),
    ]


def build_styles(*styles: str) -> dict[str, str | bytes]:
    return {"word/styles.xml": f"<w:styles {NAMESPACES}>{''.join(styles)}</w:styles>"}


def build_style(identifier: str, name: str, properties: str = "", base: str = "") -> str:
    based_on = f'<w:basedOn w:val="{base}"/>' if base else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{name}"/>{based_on}'
        f"<w:pPr>{properties}</w:pPr></w:style>"
    )


NUMBERED = '<w:numPr><w:numId w:val="1"/></w:numPr>'


def test_headings_keep_the_numbers_of_their_styles() -> None:
    levels = "".join(
        build_level(
            level,
            "decimal",
            ".".join(f"%{shown}" for shown in range(1, level + 2)),
            more=f'<w:pStyle w:val="berschrift{level + 1}"/>',
        )
        for level in range(2)
    )
    styles = build_styles(
        build_style("berschrift1", "heading 1", NUMBERED),
        build_style("berschrift2", "heading 2", NUMBERED, "berschrift1"),
    )
    unnumbered = paragraph("Anhang", "berschrift1", '<w:numPr><w:numId w:val="0"/></w:numPr>')
    text = word(
        paragraph("Lage", "berschrift1")
        + paragraph("Ziele", "berschrift1")
        + paragraph("Wohnen", "berschrift2")
        + paragraph("Verkehr", "berschrift2")
        + unnumbered,
        build_numbering({0: levels}, {1: (0, "")}),
        styles,
    )

    assert [(heading.level, heading.text) for heading in build_outline(text.html)] == [
        (2, "1 Lage"),
        (2, "2 Ziele"),
        (3, "2.1 Wohnen"),
        (3, "2.2 Verkehr"),
        (2, "Anhang"),
    ]


def test_a_style_and_what_is_based_on_it_number_paragraphs() -> None:
    styles = build_styles(
        build_style("Forderung", "Forderung", NUMBERED),
        build_style("Wichtig", "Wichtige Forderung", base="Forderung"),
        build_style("Ohne", "Ohne", '<w:numPr><w:numId w:val="0"/></w:numPr>', "Forderung"),
    )
    text = word(
        paragraph("eins", "Forderung") + paragraph("zwei", "Wichtig") + paragraph("frei", "Ohne"),
        build_numbering({0: build_level(0, "decimal", "Forderung %1:")}, {1: (0, "")}),
        styles,
    )

    assert list_labels(text.html) == ["Forderung 1: eins", "Forderung 2: zwei"]
    assert text.html.endswith("<p>frei</p>")
    assert [remark.facts["text"] for remark in text.notices if "text" in remark.facts] == ["Ohne"]


def test_a_linked_list_style_is_one_numbering() -> None:
    styles = build_styles(
        '<w:style w:type="numbering" w:styleId="Recht"><w:name w:val="Recht"/><w:pPr>'
        '<w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    )
    abstracts = {
        0: '<w:numStyleLink w:val="Recht"/>',
        1: f'<w:styleLink w:val="Recht"/>{build_level(0, "decimal", "Artikel %1")}',
    }
    parts = build_numbering(abstracts, {1: (0, ""), 2: (1, "")})

    assert list_labels(word(build_item("a", 1) + build_item("b", 2), parts, styles).html) == [
        *("Artikel 1 a", "Artikel 2 b"),
    ]


def test_bullets_and_levels_that_show_nothing_have_no_number() -> None:
    levels = (
        build_level(0, "bullet", "\uf0b7")
        + build_level(1, "bullet", "Ziel:")
        + build_level(2, "none", "")
    )
    body = build_item("a", 1) + build_item("b", 1, 1) + build_item("c", 1, 2)

    assert word(body, build_numbering({0: levels}, {1: (0, "")})).html == (
        '<ul><li>a<ul class="labelled"><li><span class="label">Ziel:</span> b</li></ul></li></ul>'
        "<p>c</p>"
    )


def test_a_column_of_numbers_in_a_table_keeps_its_numbers() -> None:
    def build_row(number: str, text: str) -> str:
        return f"<w:tr><w:tc><w:tcPr/>{number}</w:tc>{cell(text)}</w:tr>"

    rows = build_row(paragraph("Nr."), "Ziel")
    rows += "".join(build_row(build_item("", 1), text) for text in ("Wohnen", "Klima"))
    text = word(f"<w:tbl>{rows}</w:tbl>", build_numbering({0: DECIMAL}, {1: (0, "")}))

    assert "<tr><td>1.</td><td>Wohnen</td></tr><tr><td>2.</td><td>Klima</td></tr>" in text.html


def test_an_empty_numbered_paragraph_counts_and_is_named() -> None:
    body = paragraph("Ziele", "berschrift1") + build_item("a", 1) + build_item("", 1)
    text = word(body + build_item("c", 1), build_numbering({0: DECIMAL}, {1: (0, "")}))

    assert list_labels(text.html) == ["1. a", "3. c"]
    assert [describe_import_notice(remark) for remark in text.notices] == [
        "Hinter der Nummer „2.“, „Ziele“ steht kein Text; der leere Absatz wurde weggelassen."
    ]


def test_a_custom_format_of_later_word_versions_is_read() -> None:
    custom = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001, 002, 003, ..."/></mc:Choice>'
        '<mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>'
    )
    level = f'<w:lvl w:ilvl="0"><w:start w:val="1"/>{custom}<w:lvlText w:val="%1."/></w:lvl>'

    assert list_labels(
        word(build_item("a", 1), build_numbering({0: level}, {1: (0, "")})).html
    ) == ["001. a"]


def test_a_character_in_a_label_that_cannot_be_printed_is_named() -> None:
    parts = build_numbering({0: build_level(0, "decimal", "漢%1")}, {1: (0, "")})
    with pytest.raises(FileRefused) as refused:
        word(paragraph("Ziele", "berschrift1") + build_item("a", 1), parts)

    assert [problem.reason for problem in refused.value.problems] == [FileReason.UNPRINTABLE]


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("de-AT", ["1. a", "2. b", "3. c", "4. d"]),
        ("en-GB", ["1st a", "2nd b", "3rd c", "4th d"]),
    ],
)
def test_ordinals_are_written_in_the_language_of_the_document(
    language: str, labels: list[str]
) -> None:
    styles = (
        f"<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>"
        f'<w:lang w:val="{language}"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>'
    )
    numbering = build_numbering({0: build_level(0, "ordinal", "%1")}, {1: (0, "")})
    body = paragraph("Ziele") + "".join(build_item(text, 1) for text in "abcd")
    text = word(body, numbering, {"word/styles.xml": styles})

    assert list_labels(text.html) == labels
    assert ("<ol>" in text.html) == (language == "de-AT")
    assert ImportNoticeKind.NUMBER_FORMAT not in {notice.kind for notice in text.notices}


def test_english_ordinals_of_teens_end_in_th_and_other_languages_are_not_known() -> None:
    assert [format_number(number, "ordinal", "en") for number in (11, 21, 112, 0)] == [
        "11th",
        "21st",
        "112th",
        "0th",
    ]
    assert format_number(1, "ordinal", "fr") is None


def test_a_format_that_is_not_supported_is_named_with_its_place() -> None:
    parts = build_numbering({0: build_level(0, "cardinalText", "%1.")}, {1: (0, "")})
    text = word(paragraph("Ziele", "berschrift1") + build_item("Wohnen", 1), parts)

    assert list_labels(text.html) == ["1. Wohnen"]
    assert [describe_import_notice(remark) for remark in text.notices] == [
        "Die Nummer von „Wohnen“, „Ziele“ hat in Word eine Form, die Signoff nicht kennt "
        "(cardinalText). Dort steht nun eine gewöhnliche Zahl; bitte prüfen Sie die Stelle."
    ]


@pytest.mark.parametrize("mark", ["<w:del/>", "<w:moveFrom/>", "<w:vanish/>"])
def test_what_word_does_not_show_is_not_counted(mark: str) -> None:
    body = build_item("a", 1) + build_item("", 1, more=f"<w:rPr>{mark}</w:rPr>")

    assert list_labels(
        word(body + build_item("c", 1), build_numbering({0: DECIMAL}, {1: (0, "")})).html
    ) == ["1. a", "2. c"]


def test_a_number_is_in_a_quotation() -> None:
    text = word(build_item("Satz", 1, style="Zitat"), build_numbering({0: CONTRACT}, {1: (0, "")}))

    assert text.html == "<blockquote><p>§ 1 Satz</p></blockquote>"


def test_definitions_are_found_where_the_document_refers_to_them() -> None:
    parts = build_numbering({0: CONTRACT}, {1: (0, "")})
    parts["word/lists/numbers.xml"] = parts.pop("word/numbering.xml")
    relations = str(parts["word/_rels/document.xml.rels"])
    for target in ("/word/lists/numbers.xml", "lists/numbers.xml"):
        parts["word/_rels/document.xml.rels"] = relations.replace("numbering.xml", target)
        assert list_labels(word(build_item("a", 1), parts).html) == ["§ 1 a"]


def test_a_list_in_a_footnote_has_numbers() -> None:
    reference = '<w:p><w:r><w:t>Satz</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    parts = build_numbering({0: CONTRACT}, {1: (0, "")})
    note = build_item("Erste", 1) + build_item("Zweite", 1)
    parts["word/footnotes.xml"] = (
        f'<w:footnotes {NAMESPACES}><w:footnote w:id="2">{note}</w:footnote></w:footnotes>'
    )
    html = word(reference + build_item("im Text", 1), parts).html

    assert list_labels(html)[0] == "§ 1 im Text"
    assert '<span class="label">§ 1</span> Erste' in html


def test_broken_definitions_leave_paragraphs() -> None:
    parts = build_numbering(
        {0: '<w:lvl/><w:lvl w:ilvl="x"><w:start w:val="-3"/></w:lvl>'},
        {1: (7, ""), 2: (0, '<w:lvlOverride w:ilvl="0"/>')},
    )
    body = "".join(build_item("Text", number, level) for number in (1, 2, 3) for level in (0, 99))

    assert word(body, parts).html == "<p>Text</p>" * 6


FORMATS = ("decimal", "lowerLetter", "upperRoman")


def count_naively(levels: list[int], starts: tuple[int, ...]) -> list[str]:
    """The label ``%1.%2.%3`` of each paragraph, from all paragraphs before it."""
    labels = []
    for index, level in enumerate(levels):
        numbers = []
        for shown in range(level + 1):
            # Counted since the last paragraph of a higher level.
            begin = max(
                (at + 1 for at in range(index) if levels[at] < shown),
                default=0,
            )
            here = [at for at in range(begin, index + 1) if levels[at] == shown]
            orphans = [at for at in range(begin, index + 1) if levels[at] > shown]
            is_begun = bool(orphans) and (not here or orphans[0] < here[0])
            numbers.append(starts[shown] + len(here) - (0 if is_begun else 1))
        labels.append(
            ".".join(
                format_number(number, number_format) or ""
                for number, number_format in zip(numbers, FORMATS, strict=False)
            )
        )
    return labels


def test_random_outlines_are_counted_as_a_naive_reader_counts_them() -> None:
    random = Random(9)
    for _ in range(60):
        starts = tuple(random.choice((1, 1, 4)) for _ in FORMATS)
        levels = [random.randrange(3) for _ in range(random.randrange(1, 12))]
        definition = "".join(
            build_level(
                level,
                number_format,
                ".".join(f"%{shown}" for shown in range(1, level + 2)),
                starts[level],
            )
            for level, number_format in enumerate(FORMATS)
        )
        body = "".join(build_item("x", 1, level) for level in levels)
        html = word(body, build_numbering({0: definition}, {1: (0, "")})).html
        expected = [f"{label} x" for label in count_naively(levels, starts)]
        assert list_labels(html) == expected, (levels, starts)
