"""What makes prints faster changes nothing in them."""

import re
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pyphen
import pytest
from cffi.cparser import Parser
from weasyprint import HTML
from weasyprint.layout import page, preferred
from weasyprint.layout.page import set_page_type_computed_styles
from weasyprint.pdf import fonts
from weasyprint.text.line_break import split_first_line

from signoff.config import templates_folder
from signoff.pdf import render, weasyprint
from tests.factories import PAPER
from tests.pdf import documents

pytestmark = pytest.mark.slow

ENGLISH = (
    "Municipalities throughout the republic declare responsibility "
    "for hospitable neighbourhoods and participation"
)


@pytest.mark.parametrize(
    ("language", "text"), [("de", PAPER.html), ("en", ENGLISH), ("fr", ENGLISH)]
)
def test_words_are_hyphenated_as_by_pyphen(
    language: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyphen, "hdcache", {})
    words = {word for word in re.findall(r"\w+", text) if len(word) > 4}
    expected = {word: pyphen.Pyphen(lang=language).inserted(word) for word in words}

    pyphen.hdcache.clear()
    weasyprint.prepare_hyphenation(language)
    assert {word: pyphen.Pyphen(lang=language).inserted(word) for word in words} == expected
    assert any("-" in broken for broken in expected.values())


def test_german_patterns_are_loaded_lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyphen, "hdcache", {})
    weasyprint.prepare_hyphenation("de")

    assert [type(dictionary) for dictionary in pyphen.hdcache.values()] == [
        weasyprint.LazyHyphenation
    ]


def test_glyphs_of_a_font_need_no_new_c_type(monkeypatch: pytest.MonkeyPatch) -> None:
    weasyprint.parse_c_types()
    parsed: list[str] = []
    monkeypatch.setattr(Parser, "parse_type_and_quals", lambda _parser, name: parsed.append(name))

    with weasyprint.tune_weasyprint():
        glyphs = fonts.ffi.new("hb_codepoint_t[57]", [*range(57)])

    assert (list(glyphs), parsed) == ([*range(57)], [])


def test_calls_in_a_print_use_memory_that_is_there() -> None:
    faults: list[int] = []

    def count_faults(depth: int, calls: int = 1000) -> int:
        if depth:
            return count_faults(depth - 1, calls)
        before = getrusage(RUSAGE_SELF).ru_minflt
        for _ in range(calls):
            count_faults(0, calls=0)
        return getrusage(RUSAGE_SELF).ru_minflt - before

    def measure(_step: int, _steps: int) -> None:
        faults.append(max(map(count_faults, range(200))))

    render.print_document(documents.draft(), progress=measure)

    assert max(faults) < 100


def test_only_list_items_have_markers_and_only_notes_have_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = documents.document(46)
    printed = render.print_document(document)
    matcher = weasyprint.parse_default_style_sheet().matcher
    assert not [pseudo for _, _, _, pseudo, _ in matcher.other_selectors if pseudo]

    monkeypatch.setattr(render, "PrintedHTML", HTML)
    assert render.print_document(document) == printed


def test_what_stands_around_the_text_is_not_measured_on_each_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[object] = []
    monkeypatch.setattr(
        page, "min_content_width", lambda _context, box, outer: measured.append(box)
    )

    render.print_document(documents.draft())

    assert not measured


def test_nothing_is_measured_letter_by_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    styles: list[str] = []

    def split(text: str, style: dict[str, str], *arguments: Any, **options: Any) -> Any:
        styles.append(style["overflow_wrap"])
        return split_first_line(text, style, *arguments, **options)

    monkeypatch.setattr(preferred, "split_first_line", split)

    render.print_document(documents.document(46))

    assert set(styles) == {"break-word"}


def test_pages_of_one_name_share_their_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def compute(page_type: Any, *arguments: Any) -> None:
        names.append(page_type.name)
        set_page_type_computed_styles(page_type, *arguments)

    monkeypatch.setattr(weasyprint, "set_page_type_computed_styles", compute)
    printed = render.print_document(documents.document(46))
    assert names == ["title", ""]

    monkeypatch.setattr(weasyprint, "share_page_styles", compute)
    assert render.print_document(documents.document(46)) == printed


@pytest.mark.parametrize("name", ["print.css", "working.css", "charter.css"])
def test_rules_of_pages_differ_by_name_only(name: str) -> None:
    sheet, _faces = weasyprint.parse_style_sheet(templates_folder() / "pdf", name)
    selectors = [each[2] for _rule, selectors, _declared in sheet.page_rules for each in selectors]

    assert not [
        each for each in selectors if (each.side, each.blank, each.first, each.index) != (None,) * 4
    ]
