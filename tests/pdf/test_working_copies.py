"""Working copies are printed like the paper: tagged, archival, reproducible, and of limited length."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from signoff import actions
from signoff.domain.documents import PrintedDocument, WorkingCopy
from signoff.pdf import process
from signoff.pdf.copies import mark_copy, recognise_copy
from signoff.pdf.process import print_in_subprocess
from signoff.pdf.render import print_document
from tests.factories import HESITANT, MAYOR, decline, sign
from tests.pdf import reader
from tests.pdf.verapdf import missing, validate
from tests.representative import PAPER, PRINTS, RepresentativeClient, english
from tests.world import World, new_world

pytestmark = pytest.mark.slow

URKUNDE = "press/wall-certificate.pdf"
LONG = "Stellungnahme der Mitgliedskommunen zu Hitzeschutz, Beschattung, Entsiegelung und Trinkwasser an Plätzen, "


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, WorkingCopy]:
    world = new_world(tmp_path_factory.mktemp("desk"))
    representative = RepresentativeClient(world)
    for _ in range(30):  # a journal with some levels
        world.answer(HESITANT, decline())
        world.now += timedelta(seconds=1)
    world.answer(MAYOR, sign(note="Im Rahmen der Mittel 😀.\nZweite Zeile."))
    documents = {path: representative.copy(path) for path in PRINTS}
    release_with(world, "note")
    documents[URKUNDE] = representative.copy(URKUNDE)
    world.db.close()
    return documents


def release_with(world: World, part: str) -> None:
    """A release for which the office has accepted a part of Musterhausen's answer."""
    world.closed()
    id = world.invitation_status().invitation.id
    actions.amendments.decide(world.db, id, part, True, "office", world.now)
    world.released()


@pytest.fixture(scope="module")
def printed(copies: dict[str, WorkingCopy]) -> dict[str, PrintedDocument]:
    return {path: print_document(copy) for path, copy in copies.items()}


def test_every_copy_conforms_to_pdf_a_and_pdf_ua(
    printed: dict[str, PrintedDocument], tmp_path: Path
) -> None:
    assert not missing()
    files = [tmp_path / path.replace("/", "-") for path in printed]
    for file, print_ in zip(files, printed.values(), strict=True):
        file.write_bytes(mark_copy(print_.content, [b"k" * 32]))

    assert recognise_copy(files[0].read_bytes(), [b"k" * 32]).startswith("Entwurf einer")
    for file, verdicts in validate(*files).items():
        for verdict in verdicts:
            assert verdict.passed, f"{file.name}: {verdict.broken}"
            assert verdict.checks > 500


def test_the_form_fits_on_two_pages_and_the_summary_on_one(
    printed: dict[str, PrintedDocument],
) -> None:
    assert {path: print_.pages for path, print_ in printed.items()} == {
        "kit/motion.pdf": 3,
        "kit/summary.pdf": 1,
        "kit/answer-form.pdf": 2,
        "receipt.pdf": 1,
        URKUNDE: 1,
    }


def test_the_certificate_stays_on_one_page_with_long_names(tmp_path: Path) -> None:
    world = new_world(tmp_path)
    representative = RepresentativeClient(world, replace(PAPER, title=LONG * 2))
    world.answer(MAYOR, sign(f"{'Verbandsgemeinde Musterhausen-' * 4}Beispielstadt"))
    release_with(world, "name")
    copy = representative.copy(URKUNDE)
    world.db.close()

    assert print_document(copy).pages == 1


@pytest.mark.parametrize(("path", "pages"), [("kit/summary.pdf", 1), ("kit/answer-form.pdf", 2)])
@pytest.mark.parametrize("make", [lambda: PAPER, english], ids=["de", "en"])
def test_form_and_summary_fit_with_long_names(
    tmp_path: Path, path: str, pages: int, make: Callable
) -> None:
    world = new_world(tmp_path)
    text = replace(make(), title=LONG * 2, subtitle="", summary=("Worum es hier geht. " * 20)[:-1])
    copy = RepresentativeClient(world, text).copy(path)
    world.db.close()

    assert print_document(copy).pages <= pages


def test_title_language_headings_and_running_head_are_right(
    printed: dict[str, PrintedDocument],
) -> None:
    for path, called in zip(PRINTS, ("Entwurf einer Beschlussvorlage", "Kurzfassung", "Rückmeldung auf Papier",
                                     "Empfangsbestätigung"), strict=True):  # fmt: skip
        pdf = reader.opened(printed[path].content)
        assert str(pdf.docinfo["/Title"]) == f"{called}: {PAPER.title}"
        assert str(pdf.Root.Lang) == "de"
        tags = reader.tags(pdf)
        assert tags.count("/H1") == 1
        assert tags.count("/H2") >= 3
        assert all(called in page for page in reader.pages(printed[path].content))
        assert not reader.has_boxes(pdf)


def test_the_form_has_all_fields_of_the_answer(printed: dict[str, PrintedDocument]) -> None:
    words = reader.words(printed["kit/answer-form.pdf"].content)
    for field in (
        "Wir zeichnen mit", "Unser Gremium entscheidet noch", "Wir zeichnen nicht mit", "Wir befassen uns damit nicht",
        "Tag der Sitzung", "Grund", "Amtliche Bezeichnung", "Titel", "Vorname", "Nachname", "Funktion",
        "Erklärung der Verwaltungsspitze", "Geschäft der laufenden Verwaltung", "Dringlichkeits- oder Eilentscheidung",
        "Gremium", "Nummer der Vorlage", "Datum des Beschlusses", "Ergebnis", "befugt", "Protokollnotiz",
        "Dienststelle", "E-Mail-Adresse", "Unterschrift", "MZ-2027-0001", "Musterstraße 1 50667 Köln",
        "31. März 2027, 24:00 Uhr (MESZ)",
    ):  # fmt: skip
        assert reader.strip_spaces(field) in reader.strip_spaces(words), field


def test_the_form_can_be_filled_in_on_the_screen(printed: dict[str, PrintedDocument]) -> None:
    pdf = reader.opened(printed["kit/answer-form.pdf"].content)
    fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
    assert len(fields) == len(pdf.Root.AcroForm.Fields)
    assert {"answer", "basis", "authorised", "publish_name", "note", "filled_in_by"} <= set(fields)
    visible = reader.strip_spaces(reader.words(printed["kit/answer-form.pdf"].content))
    for field in fields.values():  # its name for screen readers is what stands beside it
        assert str(field.TU), field.T
        assert reader.strip_spaces(str(field.TU)) in visible, field.TU
    assert [str(each) for each in fields["answer"].Opt] == [
        "sign",
        "pending",
        "decline",
        "not_competent",
    ]
    assert [kid.get("/T") for kid in fields["answer"].Kids] == [None] * 4
    assert str(fields["answer"].Kids[1].TU) == "Unser Gremium entscheidet noch"


def test_what_is_typed_into_the_form_is_drawn(
    printed: dict[str, PrintedDocument], tmp_path: Path
) -> None:
    """Poppler draws typed text itself, like other readers, with the font that the form names."""
    pdf = reader.opened(printed["kit/answer-form.pdf"].content)
    (field,) = (each for each in pdf.Root.AcroForm.Fields if each.T == "place_and_date")
    bottom, top = (int(842 - float(y)) * 2 for y in (field.Rect[1], field.Rect[3]))
    left, right = (int(float(x)) * 2 for x in (field.Rect[0], field.Rect[2]))
    ink = []
    for value in ("", "Seeburg-Łąka, 1. März"):
        field.V = pikepdf.String(value)
        pdf.Root.AcroForm.NeedAppearances = True
        pdf.save(tmp_path / "filled.pdf")
        command = ["pdftoppm", "-r", "144", "-gray", "-f", "2", "-l", "2", "-singlefile"]
        subprocess.run([*command, tmp_path / "filled.pdf", tmp_path / "page"], check=True)
        with Image.open(tmp_path / "page.pgm") as page:
            box = page.crop((left + 4, min(top, bottom) + 4, right - 4, max(top, bottom) - 4))
            columns = [box.crop((x, 0, x + 1, box.height)) for x in range(box.width)]
            ink.append(sum(column.getextrema()[0] < 128 for column in columns))
    assert ink[0] == 0
    assert ink[1] > 100, "columns of pixels with letters; a box for a missing glyph has a few"


def test_the_form_says_what_is_declared_and_what_becomes_of_the_data(
    copies: dict[str, WorkingCopy], printed: dict[str, PrintedDocument]
) -> None:
    words = reader.strip_spaces(reader.words(printed["kit/answer-form.pdf"].content))
    code = copies["kit/answer-form.pdf"].codes[0].partition("?code=")[2]
    for text in (
        "Die Stadt Musterhausen gibt die oben angekreuzte Rückmeldung ab.", "Art. 13 DSGVO", "Kein Vertrag"[5:],
        "Verantwortlich: Städteforum", "Ihre Rechte: Auskunft", f"Kurzcode: {code}",
        "Auch als Scan an mitzeichnung@", "wer entschieden hat",
    ):  # fmt: skip
        assert reader.strip_spaces(text) in words, text


def test_the_blanks_of_the_motion_leave_room_to_write(printed: dict[str, PrintedDocument]) -> None:
    words = reader.placed_words(printed["kit/motion.pdf"].content)
    names = [word for word in words if word.text == "Nummer" and word.bottom - word.top < 10]
    assert names, "the name of a blank is small"
    below = min(
        word.top
        for word in words
        if word.page == names[0].page
        and word.top > names[0].bottom
        and word.left < names[0].right
        and word.right > names[0].left
    )
    assert below - names[0].bottom > 14, "points"


def test_the_lines_of_a_note_stay_lines_in_the_receipt(
    printed: dict[str, PrintedDocument],
) -> None:
    lines = "\n".join(reader.pages(printed["receipt.pdf"].content)).splitlines()
    assert "Zweite Zeile." in lines


def test_character_missing_in_the_fonts_is_spelt_out(printed: dict[str, PrintedDocument]) -> None:
    assert "Im Rahmen der Mittel [U+1F600]." in reader.words(printed["receipt.pdf"].content)


def test_the_press_prints_the_same_bytes(
    copies: dict[str, WorkingCopy], printed: dict[str, PrintedDocument]
) -> None:
    copy = copies["kit/summary.pdf"]

    assert process.parse_document(process.serialize_document(copy)) == replace(
        copy, created=copy.created
    )
    assert print_in_subprocess(copy).content == printed["kit/summary.pdf"].content
