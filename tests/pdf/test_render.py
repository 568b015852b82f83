"""Drafts and proofs are marked as such; the logo is printed."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pikepdf
import pytest

from signoff.domain.documents import PrintedDocument
from signoff.domain.papers import Annex
from signoff.pdf.process import print_in_subprocess
from tests.factories import PAPER
from tests.pdf import documents, reader

pytestmark = pytest.mark.slow


def test_every_page_of_a_draft_is_marked_as_draft(draft: PrintedDocument) -> None:
    assert draft.pages > 2
    assert all("Entwurf zur Mitzeichnung" in text for text in reader.pages(draft.content))


def test_screen_reader_announces_a_draft(draft: PrintedDocument) -> None:
    pdf = reader.opened(draft.content)

    assert str(pdf.docinfo["/Title"]) == f"Entwurf zur Mitzeichnung: {PAPER.title}"
    # Running heads are no part of the structure: on the title page the words stand in the text besides.
    assert reader.pages(draft.content)[0].count("Entwurf zur Mitzeichnung") == 2


def test_a_draft_names_the_deadline_and_has_no_list(draft: PrintedDocument) -> None:
    text = reader.words(draft.content)

    assert "Frist der Mitzeichnung: Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)" in text
    assert "Unterzeichnende Kommunen" not in text
    assert "Kurzfassung" not in text, "the paper has none"
    assert "mitgezeichnet." not in text


def test_draft_before_opening_names_the_vote_and_an_open_deadline() -> None:
    annexes = (Annex("Lageplan", "a" * 64, 81_000),)
    paper_text = replace(
        PAPER,
        assembly="27. Mitgliederversammlung",
        vote="einstimmig",
        summary="Plätze gehören allen.",
        annexes=annexes,
    )
    content = print_in_subprocess(documents.draft(text=paper_text, deadline=None)).content
    printed = reader.words(content)

    assert "Frist der Mitzeichnung: wird noch festgelegt" in printed
    assert "Ergebnis der Abstimmung einstimmig" in printed
    assert "Kurzfassung Plätze gehören allen." in " ".join(reader.pages(content)[1].split())
    assert "Anlage „Lageplan“ (SHA-256) aaaaaaaa" in printed


def test_no_line_breaks_inside_an_abbreviation_which_a_search_still_finds() -> None:
    """The text is pushed on by a letter at a time, so that each place comes to the end of a line."""
    words = "Der Verein Ort e. V. handelt nach § 3 Abs. 2 am 12. März."
    items = "".join(f"<p>{'i' * length} {words} {words}</p>" for length in range(1, 60))
    lines = "".join(
        reader.pages(
            print_in_subprocess(
                documents.draft(text=replace(PAPER, html=f"<h2>Text</h2>{items}"))
            ).content
        )
    ).splitlines()
    assert not [line for line in lines if re.search(r"(e\.|§|Abs\.|12\.)$", line)]
    for kept in ("e. V.", "§ 3", "Abs. 2", "12. März"):
        assert sum(line.count(kept) for line in lines) >= 100, kept


def test_a_long_enumeration_goes_on_in_the_next_line() -> None:
    notes = '<section class="footnotes"><ol><li id="fn-1">' + 200 * "b. " + "</li></ol></section>"
    html = f'<h2>Text</h2><p>{300 * "1. "}<sup><a href="#fn-1">1</a></sup></p>{notes}'
    printed = print_in_subprocess(documents.draft(text=replace(PAPER, html=html))).content
    words = " ".join(reader.pages(printed))
    assert (words.count("1."), words.count("b.")) >= (300, 200)


def test_a_final_paper_is_not_marked_as_a_draft(final: Callable[..., PrintedDocument]) -> None:
    assert "Entwurf" not in reader.words(final(46).content)


# The proof that goes round before the release is never taken for the released file.


@cache
def proof() -> PrintedDocument:
    return print_in_subprocess(documents.document(46).as_proof)


def test_every_page_of_a_proof_is_marked_visibly_and_for_screen_readers() -> None:
    content = proof().content
    assert all("Vorabzug" in text for text in reader.pages(content))
    pdf = reader.opened(content)
    assert str(pdf.docinfo["/Title"]) == f"Vorabzug: {PAPER.title}"
    assert {page.label.rpartition(" ")[0] for page in pdf.pages} == {"Vorabzug"}


def test_every_page_of_a_trial_round_is_marked_visibly_and_for_screen_readers() -> None:
    content = print_in_subprocess(replace(documents.document(3), trial_round=True)).content
    assert all("Probeverfahren" in text for text in reader.pages(content))
    pdf = reader.opened(content)
    assert {page.label.rpartition(" ")[0] for page in pdf.pages} == {"Probeverfahren"}
    assert "niemand hat etwas mitgezeichnet" in reader.words(content)


def test_page_labels_of_a_draft_say_draft(
    draft: PrintedDocument,
) -> None:
    pdf = reader.opened(draft.content)
    labels = [page.label for page in pdf.pages]
    assert labels == [f"Entwurf zur Mitzeichnung {number}" for number in range(1, draft.pages + 1)]


def test_page_labels_of_the_final_paper_are_numbers() -> None:
    pdf = reader.opened(print_in_subprocess(documents.document(3)).content)
    assert [page.label for page in pdf.pages][:2] == ["1", "2"]


def test_a_proof_shows_the_list_and_neither_seal_nor_evidence() -> None:
    content = proof().content
    text = reader.words(content)
    assert "Unterzeichnende Kommunen" in text
    assert "Ulmingen 0 Süd" in text
    assert "gesiegelt; sie lässt keine Änderung zu" not in text
    assert "Prüfpunkt des Verlaufs" not in text
    assert "/AF" not in reader.opened(content).Root
    assert "Vorabzug" not in reader.words(print_in_subprocess(documents.document(46)).content)


# The association's logo on paper.


def test_logo_is_on_the_title_page_with_alternative_text() -> None:
    logo = documents.logo()
    content = print_in_subprocess(documents.document(3, logo=logo)).content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        images = list(pdf.pages[0].get_images().values())
        assert len(images) == 1
        assert int(images[0].Width) == 800
        alternatives = {
            str(element.Alt)
            for element in pdf.objects
            if isinstance(element, pikepdf.Dictionary) and "/Alt" in element
        }
    assert "Logo: Städteforum Öffentlicher Raum e. V." in alternatives
    assert print_in_subprocess(documents.document(3, logo=logo)).content == content
