"""Every character that forms and imports accept is printed by the fonts of the package and read
again from the file; every other one has a stand-in.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from signoff.domain.characters import (
    PRINTABLE_CHARACTERS,
    clean_characters,
    find_unprintable,
    format_characters,
)
from signoff.domain.documents import Document
from signoff.domain.round_status import Signatory
from signoff.pdf.render import print_document
from signoff.pdf.verify import normalize_text, read_contents, read_structure
from tests.factories import PAPER
from tests.pdf import documents, reader, verapdf

sys.path.append(str(Path(__file__).resolve().parents[2] / ".ci"))
from printable_characters import list_printable_codes

NAMES = (
    "Göttingen",
    "Łódź",
    "Hódmezővásárhely",
    "Thành phố Hồ Chí Minh",
    "Αθήνα",
    "Никола́ев",
    "חֵיפָה (Haifa)",
    "עיר 5",
    "بيت لحم",
    "السلام",
)


def build_document(lines: Iterable[str], html: str) -> Document:
    """A final paper whose signatories are called like ``lines``, which are their notes, too."""
    lines = list(lines)
    signatories: list[Signatory] = [
        replace(signatory, name=line, sort_name=line, signer=line[:20], function="", note=line)
        for signatory, line in zip(documents.signatories(len(lines)), lines, strict=True)
    ]
    return documents.document(text=replace(PAPER, html=html), signatories=tuple(signatories))


def test_the_table_of_characters_is_that_of_the_fonts() -> None:
    assert sorted(map(ord, PRINTABLE_CHARACTERS)) == list_printable_codes()


@pytest.mark.slow
def test_every_accepted_character_is_printed_and_read_again() -> None:
    characters = sorted(PRINTABLE_CHARACTERS)
    lines = [
        clean_characters("a" + " a".join(characters[start : start + 80]))
        for start in range(0, len(characters), 80)
    ]
    italic = "".join(f"<p><em>{escape(line)}</em></p>" for line in lines)

    # A foreign font and a box in place of a glyph are errors.
    content = print_document(build_document(lines, f"<h2>Zeichen</h2>{italic}")).content

    printed = normalize_text(read_structure(reader.opened(content)).text())
    assert [line for line in lines if printed.count(normalize_text(line)) < 3] == []
    assert read_contents(content).list_agrees


@pytest.mark.slow
def test_names_and_signs_of_all_scripts_are_printed_in_order_and_valid(tmp_path: Path) -> None:
    signs = "Höchstens 1,5 ℃. ▪ ► ✓ ● A ∨ B, → ☐ ☒ Nguyễn, Ü̧"
    html = f"<h2>Zeichen ✓</h2><p><strong>{signs}</strong> {signs} <em>{signs}</em></p>"
    html += (
        f'<table><thead><tr><th scope="col">✓</th></tr></thead><tbody><tr><td>{signs}</td></tr>'
        "</tbody></table>"
    )
    content = print_document(build_document(NAMES, html)).content

    printed = normalize_text(read_structure(reader.opened(content)).text())
    assert printed.count(normalize_text(signs)) == 4
    assert read_contents(content).list_agrees
    words = reader.words(content)
    assert [name for name in ("Łódź", "Αθήνα", "Никола́ев", "עיר", "بيت") if name not in words] == []
    file = tmp_path / "characters.pdf"
    file.write_bytes(content)
    if not verapdf.missing():
        assert [verdict.broken for verdict in verapdf.validate_file(file)] == [(), ()]


@pytest.mark.slow
def test_stored_characters_that_no_font_has_print_as_stand_ins() -> None:
    stored = "Stadt 🧿 東京 \uf0b7 e\u0301\u200e"
    html = f"<h2>{stored}</h2><p>{stored}</p>"
    document = build_document([stored], html)

    final = print_document(document).content
    assert "Stadt [U+1F9FF] [U+6771][U+4EAC] • é" in reader.words(final)
    assert read_contents(final).list_agrees
    assert not reader.has_boxes(reader.opened(final))


def test_unprintable_characters_are_described_with_the_words_around_them() -> None:
    assert format_characters(find_unprintable("Eine Notiz mit 🧿 und mehr Wörtern danach")) == (
        "🧿 (U+1F9FF, „Eine Notiz mit 🧿 und mehr…“)"
    )
