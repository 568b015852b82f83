"""The columns of a list are found by their headings, as offices write them."""

import pytest

from signoff.importers.errors import FileReason
from signoff.importers.member_columns import (
    COLUMNS,
    check_columns,
    guess_layout,
    normalize_heading,
)
from signoff.importers.sheets import Row, Sheet, SheetFile


def sheet(*rows: tuple[str, ...], name: str = "") -> Sheet:
    return Sheet(name, tuple(Row(line, cells) for line, cells in enumerate(rows, 1)))


def guess(*rows: tuple[str, ...], remembered: dict[str, str] | None = None) -> tuple[str, ...]:
    return guess_layout(SheetFile((sheet(*rows),)), remembered or {}).columns


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        (COLUMNS, COLUMNS),
        (
            ("AGS", "Kommune", "Amtlicher Name", "Bundesland", "Ansprechperson", "E-Mail"),
            ("key", "name", "official_name", "state", "representative", "email"),
        ),
        (
            ("Gemeindeschlüssel", "Name", "Art", "Schlagworte", "Sprache", "Einwohner", "Funktion"),
            ("key", "name", "kind", "tags", "language", "inhabitants", "function"),
        ),
        # The name of a person, if the place has a column of its own
        (
            ("Schlüssel", "Name", "Ort", "E-Mail-Adresse"),
            ("key", "representative", "name", "email"),
        ),
        (
            ("Municipality code", "Municipality", "Federal state", "Country", "Contact person"),
            ("key", "name", "state", "country", "representative"),
        ),
        (("SCHLÜSSEL", " name ", "e mail", "Land (Kürzel)"), ("key", "name", "email", "country")),
        # "Ort" is that of the address where another heading names the member
        (
            ("AGS", "Ort", "Kommune", "Straße", "PLZ"),
            ("key", "city", "name", "street", "postal_code"),
        ),
        (("Key", "City", "Name"), ("key", "city", "name")),
        (("Municipality code", "City", "Zip"), ("key", "name", "postal_code")),
        (("AGS", "Ort", "Staat", "Land"), ("key", "name", "country", "state")),
        (("AGS", "Ort", "Bundesland", "Land"), ("key", "name", "state", "country")),
    ],
)
def test_german_and_english_headings_are_understood(
    headings: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    assert guess(headings, tuple("x" for _ in headings)) == columns


@pytest.mark.parametrize(
    ("cells", "column"),
    [(("Bayern", "NRW"), "state"), (("DE", "Österreich"), "country"), (("", "Hessen"), "state")],
)
def test_a_land_is_a_state_or_a_country_by_its_content(cells: tuple[str, ...], column: str) -> None:
    assert guess(("Land", "Ort"), *((cell, "x") for cell in cells))[0] == column


def test_a_decision_of_the_office_goes_before_a_guess() -> None:
    remembered = {normalize_heading("Ort"): "", normalize_heading("Gebietskörperschaft"): "name"}

    assert guess(("AGS", "Ort", "Gebietskörperschaft"), ("1", "x", "y"), remembered=remembered) == (
        "key",
        "",
        "name",
    )


def test_our_own_names_are_understood_whatever_was_decided() -> None:
    remembered = {"name": "representative", "key": "", "kommune": "name"}

    assert guess(COLUMNS, COLUMNS, remembered=remembered) == COLUMNS
    assert guess(("AGS", "Name", "Kommune"), ("1", "x", "y"), remembered=remembered) == (
        "key",
        "representative",
        "name",
    )


def test_rows_above_the_headings_and_other_sheets_are_passed_over() -> None:
    notes = sheet(("Hinweise",), ("Name des Verbands",), name="Lies mich")
    members = sheet(("Mitglieder",), ("Stand 2027",), ("AGS", "Ort"), ("1", "Köln"), name="Liste")
    layout = guess_layout(SheetFile((notes, members)), {})

    assert (layout.sheet, layout.header, layout.columns) == (1, 2, ("key", "name"))
    assert not layout.certain


def test_nobody_is_asked_about_our_own_columns_or_those_decided_before() -> None:
    def certain(*headings: str, **remembered: str) -> bool:
        file = SheetFile((sheet(headings, tuple("x" for _ in headings)),))
        return guess_layout(file, remembered).certain

    assert certain("key", "name", "email", "")
    assert certain("AGS", "Kommune", "Bundesland", "E-Mail")
    assert not certain("AGS", "Ort"), "the place of the member or of its address"
    assert not certain("AGS", "Kommune", "E-Mail", "Mail"), "two columns for one"
    assert certain("Schlüssel", "Name", "Ort der Anschrift", "E-Mail"), "a part of our own list"
    assert not certain("AGS", "Kommune", "Name"), "is this a person?"
    assert certain("AGS", "Ort", ort="name")
    assert not certain("key", "name", "Vermerk")
    assert certain("key", "name", "Vermerk", vermerk="")
    assert not certain("key", "email")


def test_a_required_column_is_named_and_none_is_there_twice() -> None:
    assert check_columns(["name", "", ""]) == [FileReason.MISSING_COLUMN]
    assert check_columns(["key", "name", "key"]) == [FileReason.DOUBLE_COLUMN]
    assert check_columns(["", ""]) == [FileReason.MISSING_COLUMN, FileReason.MISSING_COLUMN]
    assert guess(("key", "name", "name"), ("1", "x", "y")) == ("key", "name", "name")
