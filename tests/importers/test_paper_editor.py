"""Files opened in the editor: the text is unchanged, and unsupported formatting is reported."""

from html import escape
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.importers import diff
from signoff.importers.diff import DiffPart, compare_texts
from signoff.importers.errors import FileRefused, ImportNoticeKind
from signoff.importers.html import ImportContext, canonicalize_html, sanitize_text
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


@settings(deadline=None)
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


def test_table_that_no_page_holds_is_refused_with_its_heading() -> None:
    row = "|" + " a |" * 17
    with pytest.raises(FileRefused) as refused:
        read_editor_source(f"# Eins\n\n## Kosten\n\n{row}\n|{'-|' * 17}\n{row}", "")

    (problem,) = refused.value.problems
    message = describe_import_problem(problem)
    assert "hat 17 Spalten" in message
    assert "„Kosten“" in message


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


def test_very_different_texts_are_compared_in_a_time_that_grows_with_their_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No passage is compared with all others, and no long one word by word."""
    asked = []
    monkeypatch.setattr(diff, "are_similar", lambda *words: asked.append(words))
    before, after = (
        "".join(f"<p>{word}{number}</p>" for number in range(2_000)) for word in ("alt", "neu")
    )
    assert set(list_change_kinds(before, after)) == {"added", "removed"}
    assert len(asked) == 2_000 * diff.WINDOW


def test_one_word_of_a_paragraph_of_usual_words_is_marked_alone() -> None:
    sentence = (
        "Die Stadt hält die Plätze und die Wege für alle Menschen frei, die in der Stadt leben."
    )
    before = " ".join([sentence] * 12)
    after = before.replace("Menschen", "Leute", 1)
    (changed,) = compare_texts(f"<p>{before}</p>", f"<p>{after}</p>")
    assert [part.text for part in changed.parts if part.kind != "same"] == ["Menschen", "Leute"]


def test_paragraphs_too_long_to_be_compared_word_by_word_are_replaced() -> None:
    words = [f"Wort{number % 997}" for number in range(diff.MAX_WORDS)]
    before, after = (f"<p>{' '.join([*words, last])}</p>" for last in ("Anfang", "Ende"))
    assert list_change_kinds(before, after) == ["added", "removed"]


def test_emphasis_and_links_are_compared_too() -> None:
    assert list_change_kinds("<p>Ein Wort</p>", "<p>Ein <strong>Wort</strong></p>") == ["marks"]
    assert list_change_kinds(
        '<p><a href="https://a.example">da</a></p>', '<p><a href="https://b.example">da</a></p>'
    ) == ["marks"]


def test_comparison_contains_all_words_of_both_texts() -> None:
    before = read_editor_source(EVERYTHING, "").html
    after = read_editor_source(EVERYTHING.replace("Wort", "Satz") + "\n\nEnde", "").html
    kinds = {"before": ("same", "removed"), "after": ("same", "added")}
    for html, part_kinds in ((before, kinds["before"]), (after, kinds["after"])):
        texts = [
            "".join(part.text for part in change.parts if part.kind in part_kinds)
            for change in compare_texts(before, after)
        ]
        assert sorted(filter(None, texts)) == sorted(
            "".join(part.text for part in change.parts) for change in compare_texts(html, html)
        )


def test_labels_of_list_items_go_to_markdown_and_come_back() -> None:
    source = "- {a)} Personal\n- {b)} Geld\n  - {§ 3} mehr\n\n    4. vier\n\n- \\{c)} Klammern\n"
    html = read_editor_source(source, "").html

    assert html == (
        '<ul class="labelled"><li><span class="label">a)</span> Personal</li>'
        '<li><span class="label">b)</span> Geld<ul class="labelled"><li><span class="label">§ 3</span> mehr'
        '<ol start="4"><li>vier</li></ol></li></ul></li></ul><ul><li>{c)} Klammern</li></ul>'
    )
    assert read_editor_source(write_markdown(html), "").html == html


LABELS = (
    "a)",
    "§ 3",
    "1.1",
    "(iv)",
    "- 1 -",
    "*",
    "**",
    "b)]",
    "_x_",
    "`",
    "\\",
    "&amp;",
    "<b>",
    "10.",
)
ITEM_TEXTS = ("Wort", "{a) x", "{b} y", "2. z", "", "- q", "Wort <strong>fett</strong>")


def build_random_list(random: Random, depth: int = 0) -> str:
    tag, start = random.choice(("ul", "ol")), random.choice((0, 1, 1, 2, 17, 120))
    items = ""
    for _ in range(random.randrange(1, 4)):
        label = escape(random.choice(LABELS))
        items += "<li>" + f'<span class="label">{label}</span> ' * random.randrange(2)
        items += random.choice(ITEM_TEXTS)
        for _ in range(random.randrange(3) if depth < 2 else 0):
            items += build_random_list(random, depth + 1)
        items += "</li>"
    attribute = f' start="{start}"' if tag == "ol" else ""
    return f"<{tag}{attribute}>{items}</{tag}>"


def test_random_lists_go_to_markdown_and_come_back() -> None:
    random = Random(3)
    for _ in range(200):
        lists = "".join(build_random_list(random) for _ in range(random.randrange(1, 3)))
        html = canonicalize_html(f"<p>x</p>{lists}", "", ImportContext())
        assert sanitize_text(html) == html
        assert canonicalize_html(html, "", ImportContext()) == html
        assert read_editor_source(write_markdown(html), "").html == html


def test_numbers_in_a_cell_stay_in_markdown_as_text() -> None:
    before = "<table><tr><th>A</th></tr><tr><td>Ziele<ol start='3'><li>x</li><li>y</li></ol></td></tr></table>"
    html = canonicalize_html(before, "", ImportContext())

    assert "| Ziele 3. x 4. y |" in write_markdown(html)


def test_a_changed_number_is_a_change() -> None:
    before = "<ol><li>Wohnen</li></ol><ul class='labelled'><li><span class='label'>a)</span> Geld</li></ul>"
    after = before.replace("<ol>", "<ol start='2'>").replace("a)", "b)")

    assert [change.parts for change in compare_texts(before, after)] == [
        (DiffPart("removed", "1. "), DiffPart("added", "2. "), DiffPart("same", "Wohnen")),
        (DiffPart("removed", "a) "), DiffPart("added", "b) "), DiffPart("same", "Geld")),
    ]
    assert list_change_kinds(after, after) == ["same", "same"]
