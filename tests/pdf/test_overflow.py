"""A finished page on which something is cut off or overprinted is never given out."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from signoff.config import templates_folder
from signoff.domain.errors import PrintError
from signoff.domain.papers import Annex
from signoff.pdf.render import print_document
from tests.factories import FORUM, PAPER
from tests.pdf import documents, reader

pytestmark = pytest.mark.slow

TEXT = (
    "<h2>Wohnen</h2><p>Die Kommunen fördern Wohnraum für alle, die ihn brauchen.</p>"
    "<h2>Kosten</h2><p>Wer bestellt, der bezahlt auch, und zwar noch in demselben Haushaltsjahr "
    "und für alle Maßnahmen dieses Papiers, die von der Kommune beschlossen worden sind.</p>"
    "<table><tbody><tr><td>Wohnraumförderungsgesetzgebungszuständigkeit</td><td>2028</td></tr>"
    "</tbody></table><p>Ende.</p>"
)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (".text p { white-space: nowrap; }", "„Wer bestellt, .*“ ragt unter der Überschrift „Kosten“ auf"),
        (".text td:first-child { white-space: nowrap; padding-left: 90mm; }", "„Wohnraumförd.*Kosten“"),
        (".text table + p { margin-top: -9mm; }", "steht unter der Überschrift „Kosten“ auf Seite 2"),
        ("@page { @bottom-left { width: 5mm; white-space: nowrap; } }", "„Fassung 1 .* ragt"),
    ],
)  # fmt: skip
def test_print_fails_with_the_heading_if_text_leaves_its_place(
    rule: str, message: str, tmp_path: Path
) -> None:
    templates = shutil.copytree(templates_folder(), tmp_path / "templates")
    style = templates / "pdf/print.css"
    style.write_text(f"{style.read_text('utf-8')}\n{rule}\n", "utf-8")

    with pytest.raises(PrintError, match=message):
        print_document(documents.draft(text=replace(PAPER, html=TEXT)), templates)


LONG = (
    "Leitgedanken zur Gemeinschaftsversammlungszuständigkeit und zu Plätzen, Bahnhöfen und Parks "
)


def test_title_page_holds_the_longest_title_with_everything_else() -> None:
    title = (LONG * 4)[:300].strip()
    text = replace(
        PAPER,
        html=TEXT,
        title=title,
        subtitle=("Ein Untertitel, der selbst noch lang ist, " * 8)[:300].strip(),
        assembly="27. Mitgliederversammlung " * 6,
        vote="einstimmig bei einer Enthaltung " * 5,
        annexes=tuple(Annex(f"Lageplan {number}", "a" * 64, 9) for number in range(10)),
    )
    proof = documents.document(3, text=text, logo=documents.logo()).as_proof
    content = print_document(proof).content  # raises if anything is overprinted

    pages = [" ".join(page.split()) for page in reader.pages(content)]
    facts = next(number for number, page in enumerate(pages) if proof.address in page)
    assert title in pages[0]
    assert facts <= 1
    assert "Wohnen" in pages[facts + 1]


@pytest.mark.parametrize("mark", [True, False])
def test_long_title_keeps_the_facts_at_the_foot_of_one_page(mark: bool) -> None:
    title = (LONG * 4)[:300].strip()
    document = documents.document(3, text=replace(PAPER, html=TEXT, title=title))
    content = print_document(document.as_proof if mark else document).content

    assert title in " ".join(reader.pages(content)[0].split())
    (address,) = [
        word
        for word in reader.placed_words(content)
        if word.page == 1 and word.text.startswith("https://")
    ]
    assert address.bottom > address.page_height - 28 / 25.4 * 72
    assert "Wohnen" in reader.pages(content)[1]


def test_the_number_of_signatories_is_above_the_rule_of_the_facts() -> None:
    title = (LONG * 4)[:300].strip()
    subtitle = ("Ein Untertitel, der selbst noch lang ist, " * 8)[:300].strip()
    words = ("46", "mitgezeichnet.", "Fassung")
    text = replace(PAPER, html=TEXT, title=title, subtitle=subtitle)
    content = print_document(documents.document(46, text=text)).content

    placed = [word for word in reader.placed_words(content) if word.page == 1]
    count, signed, facts = (next(word for word in placed if word.text == text) for text in words)
    assert max(count.bottom, signed.bottom) < facts.top - 3 / 25.4 * 72  # the facts' padding


def test_endless_words_break_everywhere() -> None:
    word = "Donau" + "dampfschifffahrt" * 12
    html = (
        f"<h2>{word}</h2><p>{word} {'_' * 300} {'.' * 300}</p><ul><li>{word}</li></ul>"
        f"<blockquote><p>{word}</p></blockquote>"
    )
    text = replace(PAPER, html=html, title=word, subtitle=word, assembly=word[:160])
    content = print_document(
        documents.draft(text=text, association=replace(FORUM, name=word[:200]))
    ).content

    printed = reader.strip_spaces(reader.words(content))
    assert printed.count(reader.strip_spaces(word)) == 7
    assert printed.count("_") == 300
