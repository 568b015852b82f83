"""What Word shows beside plain text comes out as text, or is named with its place."""

import time

import pytest

from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.importers.errors import FileReason, FileRefused
from signoff.importers.html import MAX_NOTICES
from signoff.importers.papers import ImportedText, read_text
from tests.importers.docx_files import (
    NAMESPACES,
    RELATIONS,
    docx,
    paragraph,
    relationships,
    run,
)

HEADING = paragraph("Ziele", "berschrift1")


def word(body: str, more: dict[str, str | bytes] | None = None) -> ImportedText:
    return read_text("text.docx", docx(HEADING + body, more), "Titel")


def content(body: str) -> str:
    return word(body).html.removeprefix('<h2 id="a1">Ziele</h2>')


def notices(body: str, more: dict[str, str | bytes] | None = None) -> list[str]:
    return [describe_import_notice(notice) for notice in word(body, more).notices]


def field(instruction: str, result: str | None = None, data: str = "") -> str:
    """A complex field; without result, it has no separator."""
    parts = [
        f'<w:fldChar w:fldCharType="begin">{data}</w:fldChar>',
        f"<w:instrText>{instruction}</w:instrText>",
    ]
    if result is not None:
        parts += ['<w:fldChar w:fldCharType="separate"/>', f"<w:t>{result}</w:t>"]
    parts.append('<w:fldChar w:fldCharType="end"/>')
    return "".join(f"<w:r>{part}</w:r>" for part in parts)


def check_box(checked: bool, text: str) -> str:
    state = f'<w14:checkbox><w14:checked w14:val="{int(checked)}"/></w14:checkbox>'
    return f"<w:sdt><w:sdtPr>{state}</w:sdtPr><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>"


def old_check_box(element: str) -> str:
    return field(" FORMCHECKBOX ", data=f"<w:ffData><w:checkBox>{element}</w:checkBox></w:ffData>")


def test_results_of_fields_are_in_their_sentences() -> None:
    simple = (
        f'{run("Nach Ziffer ")}<w:fldSimple w:instr=" REF _Ref1 ">{run("3.2")}</w:fldSimple>'
        f'{run(" gilt der Betrag von ")}<w:fldSimple w:instr=" DOCPROPERTY Betrag ">'
        f"{run('500 Euro')}</w:fldSimple>{run('.')}"
    )
    caption = (
        f'{run("Tabelle ")}<w:fldSimple w:instr=" SEQ ">{run("1")}</w:fldSimple>{run(": Kosten")}'
    )
    nested = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> IF </w:instrText></w:r>'
        f'{field(" PAGE ", "7")}<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("hier")}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = "".join(
        f"<w:p>{item}</w:p>"
        for item in (
            simple,
            caption,
            run("siehe ") + nested,
            run("Seite ") + field(" REF x ", "drei"),
            run("Wahl: ")
            + field(
                " FORMDROPDOWN ",
                data='<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="nein"/>'
                '<w:listEntry w:val="ja"/></w:ddList></w:ffData>',
            ),
            run("Name: ") + field(" MACROBUTTON NoMacro [hier eintragen] "),
        )
    )

    assert content(body) == (
        "<p>Nach Ziffer 3.2 gilt der Betrag von 500 Euro.</p><p>Tabelle 1: Kosten</p>"
        "<p>siehe hier</p><p>Seite drei</p><p>Wahl: ja</p><p>Name: [hier eintragen]</p>"
    )
    assert notices(body) == []


def test_a_field_without_result_is_named_with_its_place() -> None:
    assert notices(f"<w:p>{run('Der Betrag ')}{field(' EQ x ')}{run(' gilt.')}</w:p>") == [
        "Ein Feld zeigt in Word etwas an, das im Dokument nicht gespeichert ist, und fehlt im Text (EQ x). "
        "Bitte schreiben Sie seinen Inhalt als Text. "
        "Stelle: „Der Betrag gilt.“ unter der Überschrift „Ziele“."
    ]


def test_check_boxes_are_signs() -> None:
    off = '<w:default w:val="0"/>'
    body = (
        f"<w:p>{check_box(True, '☒')}{run(' ja ')}{check_box(False, '☐')}{run(' nein')}</w:p>"
        f"<w:p>{old_check_box('<w:checked/>')}{run(' ja ')}"
        f"{old_check_box(off)}{run(' nein')}</w:p>"
    )

    assert content(body) == "<p>☒ ja ☐ nein</p><p>☒ ja ☐ nein</p>"


@pytest.mark.parametrize(
    ("element", "shown"),
    [
        ('<w:sym w:font="Wingdings" w:char="F0FC"/>', "✓"),
        ('<w:sym w:font="Wingdings" w:char="F0A8"/>', "☐"),
        ('<w:sym w:font="Wingdings" w:char="00E0"/>', "→"),
        ('<w:sym w:font="Symbol" w:char="F0B3"/>', "≥"),
        ('<w:sym w:font="Arial" w:char="2265"/>', "≥"),
        ('<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>ü</w:t>', "✓"),
        ('<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>\uf0b7</w:t>', "•"),
        ("<w:ruby><w:rubyPr/><w:rt><w:r><w:t>ka</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>K</w:t></w:r>"
         "</w:rubyBase></w:ruby>", "K (ka)"),
        ('<w:t>a</w:t><w:cr/><w:t>b</w:t>', "a<br>b"),
        ('<w:t>a</w:t><w:br w:type="page"/><w:t>b</w:t>', "a<br>b"),
        ("<w:t>a</w:t><w:ptab/><w:t>b</w:t>", "a b"),
    ],
)  # fmt: skip
def test_signs_and_breaks_come_out_as_shown(element: str, shown: str) -> None:
    body = f"<w:p><w:r><w:t>x</w:t></w:r><w:r>{element}</w:r></w:p>"

    assert content(body) == f"<p>x{shown}</p>"
    assert not [notice for notice in notices(body) if "Sonderzeichen" in notice]


def test_an_unknown_sign_is_named() -> None:
    body = f'<w:p>{run("Stufe ")}<w:r><w:sym w:font="Marlett" w:char="F031"/></w:r></w:p>'

    assert notices(body) == [
        "Ein Sonderzeichen der Schriftart „Marlett“ ist unbekannt und fehlt im Text. "
        "Stelle: „Stufe“ unter der Überschrift „Ziele“."
    ]


def test_text_in_any_wrapper_is_kept() -> None:
    body = f'<w:p><w:bdo w:val="rtl">{run("eins")}</w:bdo><w:dir w:val="ltr">{run(" zwei")}</w:dir></w:p>'

    assert content(body) == "<p>eins zwei</p>"


def test_a_drop_cap_belongs_to_its_paragraph() -> None:
    body = (
        '<w:p><w:pPr><w:framePr w:dropCap="drop"/></w:pPr><w:r><w:t>W</w:t></w:r></w:p>'
        + paragraph("ir fordern")
    )

    assert content(body) == "<p>Wir fordern</p>"


def math(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def script(name: str, base: str, **scripts: str) -> str:
    inner = "".join(f"<m:{key}>{math(value)}</m:{key}>" for key, value in scripts.items())
    return f"<m:{name}><m:e>{math(base)}</m:e>{inner}</m:{name}>"


def fraction(above: str, below: str) -> str:
    return f"<m:f><m:num>{above}</m:num><m:den>{below}</m:den></m:f>"


@pytest.mark.parametrize(
    ("equation", "line"),
    [
        (script("sSup", "x", sup="2"), "x<sup>2</sup>"),
        (script("sSub", "CO", sub="2"), "CO<sub>2</sub>"),
        (fraction(math("a+b"), math("c")), "(a+b)/c"),
        (fraction(script("sSup", "x", sup="n+1"), math("2")), "(x^(n+1))/2"),
        (f"<m:rad><m:deg/><m:e>{math('x+1')}</m:e></m:rad>", "√(x+1)"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{math("i=1")}</m:sub>'
            f"<m:sup>{math('n')}</m:sup><m:e>{math('a')}</m:e></m:nary>",
            "∑<sub>i=1</sub><sup>n</sup> a",
        ),
        (
            f'<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val="]"/></m:dPr><m:e>{math("a")}</m:e>'
            f"<m:e>{math('b')}</m:e></m:d>",
            "[a|b]",
        ),
        (
            f"<m:m><m:mr><m:e>{math('1')}</m:e><m:e>{math('0')}</m:e></m:mr>"
            f"<m:mr><m:e>{math('0')}</m:e><m:e>{math('1')}</m:e></m:mr></m:m>",
            "(1, 0; 0, 1)",
        ),
        (math("\U0001d44e"), "a"),
    ],
)
def test_an_equation_is_a_line_of_text(equation: str, line: str) -> None:
    body = f"<w:p>{run('Es gilt ')}<m:oMath>{equation}</m:oMath>{run('.')}</w:p>"

    assert content(body) == f"<p>Es gilt {line}.</p>"
    assert notices(body)[0].startswith("Eine Formel steht nun in einer Zeile: „")
    assert notices(body)[0].endswith("Stelle: „Es gilt .“ unter der Überschrift „Ziele“.")


def test_equations_in_their_own_paragraph_are_lines() -> None:
    equations = f"<m:oMath>{math('a=b')}</m:oMath><m:oMath>{math('c=d')}</m:oMath>"

    assert content(f"<w:p><m:oMathPara>{equations}</m:oMathPara></w:p>") == "<p>a=b<br>c=d</p>"


def drawing(kind: str, inner: str = "") -> str:
    uri = f"http://schemas.openxmlformats.org/drawingml/2006/{kind}"
    return (
        f'<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri="{uri}">{inner}'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def test_a_drawing_with_words_is_named_with_them() -> None:
    parts: dict[str, str | bytes] = {
        "word/diagrams/data1.xml": f"<dgm:dataModel {NAMESPACES}><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r>"
        "<a:r><a:t>Ziel</a:t></a:r></a:p></dgm:t></dgm:dataModel>",
        "word/_rels/document.xml.rels": relationships(
            f'<Relationship Id="r9" Type="{RELATIONS}/diagramData" Target="diagrams/data1.xml"/>'
        ),
    }
    diagram = drawing("diagram", '<dgm:relIds r:dm="r9"/>')

    assert notices(paragraph("Davor.") + diagram, parts) == [
        "Eine Zeichnung wurde ausgelassen. Ihre Wörter (Plan · Ziel) fehlen im Text; bitte schreiben Sie ihren "
        "Inhalt als Text oder Tabelle. Stelle: „Davor.“ unter der Überschrift „Ziele“."
    ]
    assert notices(paragraph("Davor.") + drawing("chart")) == [
        "Ein Diagramm wurde ausgelassen. Bitte schreiben Sie seinen Inhalt als Text oder Tabelle. "
        "Stelle: „Davor.“ unter der Überschrift „Ziele“."
    ]


def test_words_drawn_as_a_picture_are_named() -> None:
    drawn = (
        '<w:p><w:r><w:pict><v:shape><v:textpath string="ENTWURF"/></v:shape></w:pict></w:r></w:p>'
    )

    (notice,) = notices(paragraph("Davor.") + drawn)
    assert "Ihre Wörter (ENTWURF) fehlen im Text" in notice


def test_text_boxes_are_kept_in_their_newer_form_too() -> None:
    box = f"<wps:wsp><wps:txbx><w:txbxContent>{paragraph('Im Kasten')}</w:txbxContent></wps:txbx></wps:wsp>"
    newer = drawing("wordprocessingShape", box)
    choice = f"<mc:AlternateContent><mc:Choice>{run('neu')}</mc:Choice></mc:AlternateContent>"

    assert content(newer) == "<p>Im Kasten</p>"
    assert content(f"<w:p>{choice}</w:p>") == "<p>neu</p>"


def test_an_embedded_object_with_a_picture_is_named() -> None:
    body = (
        '<w:p><w:r><w:object><v:shape><v:imagedata r:id="r2"/></v:shape>'
        '<o:OLEObject ProgID="Excel.Sheet.12" r:id="r3"/></w:object></w:r></w:p>'
    )
    parts: dict[str, str | bytes] = {
        "word/embeddings/sheet1.xlsx": b"x",
        "word/_rels/document.xml.rels": relationships(
            f'<Relationship Id="r2" Type="{RELATIONS}/image" Target="media/image1.emf"/>'
        ),
    }

    assert notices(paragraph("Davor.") + body, parts)[0] == (
        "Ein eingebettetes Objekt (Excel) wurde ausgelassen. Bitte prüfen Sie, ob sein Inhalt zum Text gehört. "
        "Stelle: „Davor.“ unter der Überschrift „Ziele“."
    )


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ('<w:r><w:object><o:OLEObject ProgID="Package"/></w:object></w:r>', "Package"),
        ('<w:r><w:object><w:control r:id="r"/></w:object></w:r>', "ActiveX"),
        ('<w:subDoc r:id="r"/>', "SubDoc"),
    ],
)
def test_an_embedded_object_without_picture_is_refused_with_its_place(
    element: str, name: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        word(f"<w:p>{run('Siehe Anlage: ')}{element}</w:p>")

    (problem,) = refused.value.problems
    assert problem.reason is FileReason.EMBEDDED
    message = describe_import_problem(problem)
    assert f"({name})" in message
    assert message.endswith("Stelle: „Siehe Anlage:“ unter der Überschrift „Ziele“.")


def test_headers_and_footers_are_named_unless_they_count_pages() -> None:
    def part(name: str, text: str) -> str:
        return f"<w:{name} {NAMESPACES}>{paragraph(text)}</w:{name}>"

    assert notices(
        paragraph("Text"),
        {
            "word/header1.xml": part("hdr", "Nur für den Dienstgebrauch"),
            "word/footer1.xml": part("ftr", "Seite 1 von 3"),
            "word/footer2.xml": part("ftr", "Beschluss vom 3. Mai"),
        },
    ) == [
        "Die Kopfzeile der Seiten wurde nicht übernommen: „Nur für den Dienstgebrauch“. "
        "Wenn sie zum Text gehört, schreiben Sie sie bitte hinein.",
        "Die Fußzeile der Seiten wurde nicht übernommen: „Beschluss vom 3. Mai“. "
        "Wenn sie zum Text gehört, schreiben Sie sie bitte hinein.",
    ]


def test_error_texts_of_word_are_named_with_their_place() -> None:
    sentence = "Nach Fehler! Verweisquelle konnte nicht gefunden werden. gilt der Betrag."

    assert notices(paragraph(sentence)) == [
        "Im Text steht eine Fehlermeldung von Word: „Fehler! Verweisquelle konnte nicht gefunden werden.“. "
        "Bitte berichtigen Sie den Verweis in Word. "
        "Stelle: „Nach Fehler! Verweisquelle konnte nicht gefunden…“ unter der Überschrift „Ziele“."
    ]
    assert notices(paragraph("Keine Fehler!")) == []


def test_hidden_text_is_named_and_deleted_text_is_not() -> None:
    hidden = f"<w:p>{run('geheim', '<w:vanish/>')}{run(' offen')}</w:p>"
    deleted = f"<w:p><w:del>{field(' EQ x ')}</w:del>{run('bleibt')}</w:p>"

    assert notices(hidden) == [
        "„geheim“ ist in Word verborgen und steht nun sichtbar im Text. Bitte prüfen Sie die Stelle. "
        "Stelle: „geheim offen“ unter der Überschrift „Ziele“."
    ]
    assert not [notice for notice in notices(deleted) if "Feld" in notice]


def test_the_main_part_is_where_the_relationship_says() -> None:
    file = docx(paragraph("Im Browser gespeichert."), main="word/document2.xml")

    assert read_text("text.docx", file, "Titel").html == "<p>Im Browser gespeichert.</p>"


def test_inconsistent_markup_is_refused_as_a_broken_file() -> None:
    row = '<w:tr><w:trPr><w:gridBefore w:val="x"/></w:trPr><w:tc><w:p/></w:tc></w:tr>'

    with pytest.raises(FileRefused) as refused:
        word(f"<w:tbl>{row}</w:tbl>")
    assert refused.value.problems[0].reason is FileReason.BROKEN


@pytest.mark.parametrize(
    "element",
    [
        '<w:p><w:r><w:sym w:font="Marlett" w:char="F031"/></w:r></w:p>',
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
    ],
)
def test_thousands_of_signs_and_fields_are_named_in_time(element: str) -> None:
    start = time.process_time()

    assert len(word(paragraph("Text") + f"<w:p>{element * 4000}</w:p>").notices) <= MAX_NOTICES
    assert time.process_time() - start < 10


def test_fields_that_never_end_are_refused_if_they_are_too_many() -> None:
    with pytest.raises(FileRefused) as refused:
        word("<w:p>" + '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 60 + "</w:p>")
    assert refused.value.problems[0].reason is FileReason.TOO_DEEP
