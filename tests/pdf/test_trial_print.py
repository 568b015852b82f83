"""The trial print of the whole document, typeset and examined as the final one."""

from dataclasses import replace
from itertools import product

import pytest

from signoff.domain.documents import (
    MAX_SAMPLE_FIELDS,
    MAX_SAMPLE_NOTES,
    build_trial_signatories,
)
from signoff.domain.forms import DEFAULT_MAX_LENGTH, MAX_NOTE_LENGTH
from signoff.domain.members import Member
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Terms
from signoff.pdf.render import print_document
from signoff.pdf.verify import read_contents
from tests.factories import TEXT
from tests.pdf import documents, reader

MEMBERS = tuple(
    Member(f"{number:08d}", name, f"Gemeinde {name}", "Gemeinde", state, id=number)
    for number, (name, state) in enumerate(
        product(("Neuenkirchen", "Ulm", "'s-Heer", "Musterhausen"), ("Bayern", "Hessen", ""))
    )
)


def test_sample_fills_fields_and_notes_up_to_their_limits() -> None:
    members = [replace(MEMBERS[0], key=str(number)) for number in range(40)]
    sample = build_trial_signatories(members, Terms())

    assert len(sample[0].signer) in (DEFAULT_MAX_LENGTH - 1, DEFAULT_MAX_LENGTH)
    assert len(sample[0].function) in (DEFAULT_MAX_LENGTH - 1, DEFAULT_MAX_LENGTH)
    assert len(sample[MAX_SAMPLE_FIELDS].signer) < 60
    notes = [len(item.note) for item in sample if item.note]
    assert len(notes) == MAX_SAMPLE_NOTES
    assert min(notes) > MAX_NOTE_LENGTH - 10


def test_sample_shows_nothing_that_the_terms_do_not_publish() -> None:
    (sample,) = build_trial_signatories(
        MEMBERS[:1],
        Terms(signers=False, basis=False, dates=False, signing_dates=False, notes=False),
    )

    assert (sample.signer, sample.function, sample.decision_body, sample.note) == ("", "", "", "")
    assert sample.basis is sample.decided_on is sample.signed_on is sample.inhabitants is None
    assert not sample.first


def test_sample_knows_first_signatories_and_inhabitants_as_the_final_list_does() -> None:
    members = [replace(MEMBERS[0], tags=("Vorstand",), inhabitants="1200"), MEMBERS[1]]
    first, other = build_trial_signatories(members, Terms(first_tag="Vorstand", inhabitants=True))

    assert (first.first, first.inhabitants) == (True, 1200)
    assert (other.first, other.inhabitants) == (False, None)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["state", "place"])
def test_trial_print_is_marked_on_each_page_and_lists_everybody(layout: str) -> None:
    sample = build_trial_signatories(MEMBERS, Terms(layout=layout))
    document = documents.document(
        kind=PrintKind.TRIAL, signatories=sample, layout=layout, text=TEXT
    )
    content = print_document(document).content

    contents = read_contents(content)
    assert contents.difference is None
    assert contents.list_agrees
    assert contents.text_agrees
    assert contents.log_holds
    assert contents.count == len(MEMBERS)
    pages = reader.pages(content)
    assert [number for number, page in enumerate(pages[1:], 2) if "Probedruck" not in page] == []
    assert "niemand hat etwas mitgezeichnet" in reader.words(content)
