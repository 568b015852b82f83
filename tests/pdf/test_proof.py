"""The proof that goes round before the release is never taken for the released file."""

from functools import cache

import pytest

from signoff.domain.documents import PrintedDocument
from signoff.pdf.process import print_in_subprocess
from tests.pdf import factories, reader

pytestmark = pytest.mark.slow


@cache
def proof() -> PrintedDocument:
    return print_in_subprocess(factories.document(46).advance)


def test_every_page_of_a_proof_says_so_to_the_eye_and_to_the_ear() -> None:
    content = proof().content
    assert all("Vorabzug" in text for text in reader.pages(content))
    pdf = reader.opened(content)
    assert str(pdf.docinfo["/Title"]) == f"Vorabzug: {factories.TEXT.title}"
    assert {page.label.rpartition(" ")[0] for page in pdf.pages} == {"Vorabzug"}


def test_every_page_of_a_draft_is_named_as_one_where_pages_are_named(
    draft: PrintedDocument,
) -> None:
    labels = [page.label for page in reader.opened(draft.content).pages]
    assert labels == [f"Entwurf zur Mitzeichnung {number}" for number in range(1, draft.pages + 1)]


def test_the_pages_of_the_paper_itself_have_plain_numbers() -> None:
    assert [
        page.label
        for page in reader.opened(print_in_subprocess(factories.document(3)).content).pages
    ][:2] == [
        "1",
        "2",
    ]


def test_a_proof_shows_the_list_and_neither_seal_nor_evidence() -> None:
    content = proof().content
    text = reader.words(content)
    assert "Unterzeichnende Kommunen" in text and "Ulmingen 0 Süd" in text
    assert "gesiegelt; sie lässt keine Änderung zu" not in text and "Protokollstand" not in text
    assert "/AF" not in reader.opened(content).Root
    assert "Vorabzug" not in reader.words(print_in_subprocess(factories.document(46)).content)
