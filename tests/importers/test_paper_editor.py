"""Files opened in the editor: the text is unchanged, and unsupported formatting is reported."""

from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from signoff.i18n.errors import describe_import_notice
from signoff.importers.diff import DiffPart, compare_texts
from signoff.importers.errors import ImportNoticeKind
from signoff.importers.markdown import write_markdown
from signoff.importers.papers import read_editor_source, read_for_editor, read_text
from tests.importers.docx_files import docx, paragraph

DATA = Path(__file__).parents[1] / "data"
EVERYTHING = """
Wort mit \\*Stern und Bürger\\*innen, a_b_c 1. Okt. [^1] **fett** *kursiv* ***beides*** [Netz](https://a.example/x?b=1)
& &amp; \\<tag> „Achtung!“ [dort](#was-wir-tun) Halt\\![da](https://a.example)

1\\. kein Punkt\\
\\- kein Strich

# Was wir tun

- a
  - b
    3. c
    4. d
- e

1. x

> Zitat
>
> zwei

| A | B |
|---|---|
| x \\| y | **z** |

[^1]: Fußnote mit *Kursiv*.

    Zweiter Absatz.
"""


def list_change_kinds(before: str, after: str) -> list[str]:
    return [change.kind for change in compare_texts(before, after)]


@pytest.mark.parametrize("source", [EVERYTHING, (DATA / "leitgedanken.md").read_text("utf-8")])
def test_text_is_unchanged_after_conversion_to_markdown_and_back(source: str) -> None:
    html = read_editor_source(source, "").html
    assert read_editor_source(write_markdown(html), "").html == html


@given(some.text(some.sampled_from("ab ßé*_[]()<>#+-=~!|&;\\`.1)"), min_size=1, max_size=40))
def test_markdown_characters_do_not_change_a_sentence(sentence: str) -> None:
    written = "<p>Anfang</p><p>" + escape(" ".join(sentence.split()) or "a", quote=False) + "</p>"
    assert read_editor_source(write_markdown(written), "").html == written


def test_word_document_is_shown_unchanged_in_the_editor() -> None:
    editor_source = read_for_editor(
        "leitgedanken.docx", (DATA / "leitgedanken.docx").read_bytes(), ""
    )
    assert (
        read_editor_source(editor_source.source, "").html
        == read_text("x.docx", (DATA / "leitgedanken.docx").read_bytes(), "").html
    )
    assert ImportNoticeKind.LAYOUT_LOST not in {notice.kind for notice in editor_source.notices}


def test_superscript_digits_are_kept_and_other_superscript_is_reported() -> None:
    def run(text: str, more: str = "") -> str:
        return f'<w:r><w:rPr>{more}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'

    up, down = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    body = f"<w:p>{run('m')}{run('2', up)}{run(' CO')}{run('2', down)}</w:p><w:p>{run('Frau')}{run('en', up)}</w:p>"
    editor_source = read_for_editor("x.docx", docx(paragraph("Eins", "berschrift1") + body), "")
    assert "m² CO₂" in editor_source.source
    assert "Frauen" in editor_source.source
    texts = [
        notice.facts["text"]
        for notice in editor_source.notices
        if notice.kind is ImportNoticeKind.LAYOUT_LOST
    ]
    assert "Frauen" in texts


def test_wide_table_is_reported() -> None:
    row = "|" + " a |" * 7
    (only_notice,) = [
        notice
        for notice in read_editor_source(f"# Eins\n\n{row}\n|{'-|' * 7}\n{row}", "").notices
        if notice.kind is ImportNoticeKind.TABLE_WIDE
    ]
    assert "hat 7 Spalten" in describe_import_notice(only_notice)


def test_gender_stars_that_markdown_would_remove_are_reported() -> None:
    kinds = [
        notice.kind
        for notice in read_editor_source("# A\n\nBürger*innen und Nutzer*innen", "").notices
    ]
    assert kinds == [ImportNoticeKind.STAR_IN_WORD]
    assert read_editor_source("# A\n\nBürger\\*innen und Nutzer\\*innen", "").notices == ()
    assert read_editor_source("# A\n\nEin *betontes* Wort", "").notices == ()


def test_two_texts_are_compared_word_by_word() -> None:
    before = "<h2>Raum</h2><p>Plätze gehören allen Menschen.</p><p>Das bleibt.</p><p>Das fällt ganz weg.</p>"
    after = "<h2>Raum</h2><p>Plätze gehören allen.</p><p>Das bleibt.</p><ul><li>Neu ist ein Punkt</li></ul>"
    assert list_change_kinds(before, after) == ["same", "changed", "same", "added", "removed"]
    changed = compare_texts(before, after)[1]
    assert changed.parts == (
        DiffPart("same", "Plätze gehören allen"),
        DiffPart("removed", " Menschen"),
        DiffPart("same", "."),
    )


def test_emphasis_and_links_are_compared_too() -> None:
    assert list_change_kinds("<p>Ein Wort</p>", "<p>Ein <strong>Wort</strong></p>") == ["marks"]
    assert list_change_kinds(
        '<p><a href="https://a.example">da</a></p>', '<p><a href="https://b.example">da</a></p>'
    ) == ["marks"]


def test_comparison_contains_all_words_of_both_texts() -> None:
    before, after = (
        read_editor_source(EVERYTHING, "").html,
        read_editor_source(EVERYTHING.replace("Wort", "Satz") + "\n\nEnde", "").html,
    )
    kinds = {"before": ("same", "removed"), "after": ("same", "added")}
    for html, part_kinds in ((before, kinds["before"]), (after, kinds["after"])):
        texts = [
            "".join(part.text for part in change.parts if part.kind in part_kinds)
            for change in compare_texts(before, after)
        ]
        assert sorted(filter(None, texts)) == sorted(
            "".join(part.text for part in change.parts) for change in compare_texts(html, html)
        )
