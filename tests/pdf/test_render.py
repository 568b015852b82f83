"""The draft that members are asked to co-sign is never taken for the paper."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from signoff.domain.documents import PrintedDocument
from signoff.domain.papers import Annex
from signoff.pdf.process import print_in_subprocess
from tests.pdf import factories, reader

pytestmark = pytest.mark.slow


def test_every_page_of_a_draft_says_so(draft: PrintedDocument) -> None:
    assert draft.pages > 2
    assert all("Entwurf zur Mitzeichnung" in text for text in reader.pages(draft.content))


def test_a_screen_reader_hears_that_it_is_a_draft(draft: PrintedDocument) -> None:
    pdf = reader.opened(draft.content)

    assert str(pdf.docinfo["/Title"]) == f"Entwurf zur Mitzeichnung: {factories.TEXT.title}"
    # Running heads are no part of the structure: on the title page the words stand in the text besides.
    assert reader.pages(draft.content)[0].count("Entwurf zur Mitzeichnung") == 2


def test_a_draft_names_the_deadline_and_has_no_list(draft: PrintedDocument) -> None:
    text = reader.words(draft.content)

    assert "Mitzeichnung bis Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)" in text
    assert "Unterzeichnende Kommunen" not in text
    assert "mitgezeichnet." not in text


def test_a_draft_before_opening_says_that_the_deadline_is_open_and_what_was_decided() -> None:
    annexes = (Annex("Lageplan", "a" * 64, 81_000),)
    said = replace(
        factories.TEXT, assembly="27. Mitgliederversammlung", vote="einstimmig", annexes=annexes
    )
    text = reader.words(print_in_subprocess(factories.draft(text=said, deadline=None)).content)

    assert "Mitzeichnung bis zur Frist, die noch festgelegt wird" in text
    assert "Ergebnis der Abstimmung einstimmig" in text
    assert "Anlage „Lageplan“ (SHA-256) aaaaaaaa" in text


def test_a_final_paper_is_not_marked_as_a_draft(final: Callable[..., PrintedDocument]) -> None:
    assert "Entwurf" not in reader.words(final(46).content)
