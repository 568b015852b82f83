"""Divided words and addresses are found by search, and copied as they are written."""

from dataclasses import replace
from functools import cache

import pytest

from signoff.pdf.render import print_document
from tests.factories import PAPER
from tests.pdf import documents, reader

pytestmark = pytest.mark.slow

ADDRESS = "https://www.beispiel.example/dokumente/textarchiv/verdraengung/oeffentlicher-raum"
SENTENCE = (
    "Die Verdrängung der <strong>Wohnraumförderung</strong> aus <em>Handlungsempfehlungen</em> der "
    f'Hanse- und Universitätsstadt Rostock: {ADDRESS}, <a href="{ADDRESS}">{ADDRESS}</a> und '
    "raum@beispiel.example. "
)


@cache
def printed() -> bytes:
    """The sentence, each time with its line breaks at other places."""
    paragraphs = "".join(f"<p>{'x' * number} {SENTENCE}</p>" for number in range(0, 40, 2))
    return print_document(
        documents.draft(text=replace(PAPER, html=f"<h2>Kopf</h2>{paragraphs}"))
    ).content


def test_every_divided_word_is_found() -> None:
    lines = "\n".join(reader.pages(printed()))
    text = lines.replace("\u00ad\n", "")

    assert lines.count("\u00ad\n") == reader.count_soft_hyphens(reader.opened(printed())) > 5
    for word in ("Verdrängung", "Wohnraumförderung", "Handlungsempfehlungen", "Universitätsstadt"):
        assert text.count(word) == 20
    assert not reader.has_boxes(reader.opened(printed()))


def test_address_has_no_hyphen_that_is_not_its_own() -> None:
    text = "".join("".join(reader.pages(printed())).split())

    assert text.count(ADDRESS) == 40
    assert text.count("raum@beispiel.example.") == 20
