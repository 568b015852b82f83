"""Loading hyphenation patterns lazily gives the same hyphens."""

import re

import pyphen
import pytest
from cffi.cparser import Parser
from weasyprint.pdf import fonts

from signoff.pdf import weasyprint
from tests.factories import PAPER

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
