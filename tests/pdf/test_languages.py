"""A screen reader hears each part of a document in its language."""

from dataclasses import replace

import pikepdf
import pytest

from signoff.pdf.render import print_document
from tests.factories import PAPER
from tests.pdf import documents, reader

pytestmark = pytest.mark.slow


def list_languages(pdf: pikepdf.Pdf) -> list[tuple[str, str]]:
    """Kind and language of the structure elements that have one, in reading order."""
    return [
        (str(element.S), str(element.Lang))
        for element in reader.elements(pdf)
        if "/Lang" in element
    ]


def test_parts_in_another_language_are_tagged() -> None:
    text = replace(
        PAPER, language="en", html="<h2>Housing</h2><p><em>Public</em> space.</p>", title="Space"
    )
    english = reader.opened(print_document(documents.document(1, text=text)).content)

    assert str(english.Root.Lang) == "en"
    assert ("/P", "de") in list_languages(english)  # the kind of paper has a German name
    assert set(list_languages(english)) == {
        ("/P", "de"),
        ("/Sect", "en"),
        ("/Div", "en"),
        ("/P", "en"),
    }


def test_list_of_a_paper_in_an_unknown_language_is_tagged_as_german() -> None:
    text = replace(PAPER, language="fr", html="<h2>Logement</h2><p>Espace.</p>")
    french = reader.opened(print_document(documents.document(1, text=text)).content)

    assert str(french.Root.Lang) == "fr"
    assert list_languages(french).count(("/Sect", "de")) == 3  # title page, list, last page
    assert ("/Div", "fr") in list_languages(french)  # the title
