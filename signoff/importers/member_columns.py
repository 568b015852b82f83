"""Find the headings in a member list, and what its columns are."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from signoff.domain.members import MEMBER_COLUMNS
from signoff.domain.text import find_state, fold
from signoff.importers.errors import FileReason, ImportProblem
from signoff.importers.sheets import Row, SheetFile

COLUMNS = (*MEMBER_COLUMNS, "representative", "function", "email", "role")
REQUIRED_COLUMNS = [name for name, column in MEMBER_COLUMNS.items() if column.required]
# What lists call the columns, beside their names and labels. A heading that several columns claim
# is that of the first one that no other heading names.
HEADINGS = {
    "key": (
        "AGS",
        "Amtlicher Gemeindeschlüssel",
        "Gemeindeschlüssel",
        "Gemeindekennziffer",
        "ARS",
        "Regionalschlüssel",
        "Mitgliedsnummer",
        "Mitglieds-Nr.",
        "Kennung",
        "Municipality code",
        "Member number",
    ),
    "name": (
        "Ort",
        "Ortsname",
        "Gemeinde",
        "Gemeindename",
        "Kommune",
        "Stadt",
        "Stadt/Gemeinde",
        "Mitglied",
        "Mitgliedskommune",
        "Municipality",
        "City",
        "Town",
        "Member",
    ),
    "official_name": ("Amtlicher Name", "Offizieller Name", "Vollständiger Name", "Bezeichnung"),
    "kind": ("Gemeindeart", "Typ", "Gemeindetyp", "Rechtsform", "Type"),
    "state": ("Land", "Federal state"),
    "district": ("Kreis", "Landkreis", "District", "County"),
    "country": ("Land", "Staat", "Ländercode", "Länderkürzel", "Country code"),
    "language": ("Korrespondenzsprache",),
    "inhabitants": ("Einwohnerzahl", "Einwohnerinnen und Einwohner", "Bevölkerung", "Population"),
    "tags": ("Schlagworte", "Schlagwort", "Stichworte", "Stichwörter", "Keywords"),
    "street": (
        "Straße",
        "Straße und Hausnummer",
        "Straße, Hausnummer",
        "Straße/Hausnummer",
        "Straße Nr.",
        "Anschrift",
        "Postanschrift",
        "Postfach",
        "Street",
        "Street address",
        "PO box",
    ),
    "postal_code": ("PLZ", "Postcode", "Postal code", "Zip code", "ZIP"),
    "city": ("Postort", "Ort", "Stadt", "Town"),
    "mail_without_link": ("Ohne Link", "Mail ohne Link", "Mail without link"),
    "representative": (
        "Ansprechperson",
        "Ansprechpartner",
        "Ansprechpartnerin",
        "Ansprechpartner/in",
        "Kontakt",
        "Kontaktperson",
        "Vertretung",
        "Contact",
        "Contact person",
        "Name",
    ),
    "function": ("Funktion", "Amtsbezeichnung", "Dienststellung", "Position"),
    "email": ("E-Mail", "E-Mail-Adresse", "Mail", "Mailadresse", "E-Mail address"),
    "role": ("Rechte",),
}
MAX_TITLE_ROWS = 20  # above the headings


def normalize_heading(text: str) -> str:
    """A heading without case, accents, spaces and punctuation, for comparison."""
    return fold(text).replace(" ", "")


def list_columns_by_heading() -> dict[str, list[str]]:
    """The columns that each heading, normalized, may name."""
    columns: dict[str, list[str]] = {}
    for name in COLUMNS:
        labels = (MEMBER_COLUMNS[name].label,) if name in MEMBER_COLUMNS else ()
        for heading in dict.fromkeys(
            map(normalize_heading, (name, *labels, *HEADINGS.get(name, ())))
        ):
            columns.setdefault(heading, []).append(name)
    return columns


COLUMNS_BY_HEADING = list_columns_by_heading()
# Our own files are always understood, whatever was decided about another list.
OWN_HEADINGS = {normalize_heading(name): name for name in COLUMNS}
# The headings of the lists that the office downloads. A file with no others is one of ours.
DOWNLOAD_HEADINGS = tuple(
    MEMBER_COLUMNS[name].label if name in MEMBER_COLUMNS else HEADINGS[name][0] for name in COLUMNS
)
DOWNLOADED_COLUMNS = dict(zip(map(normalize_heading, DOWNLOAD_HEADINGS), COLUMNS, strict=True))


@dataclass(frozen=True, slots=True)
class Layout:
    """The row of the headings, and the column that each means; empty: it is left out.

    ``sheet`` and ``header`` are the indexes of a sheet and of one of its rows. The layout is
    ``certain`` if every heading names one column, or was decided before.
    """

    sheet: int
    header: int
    columns: tuple[str, ...]
    certain: bool = False


def guess_layout(
    file: SheetFile,
    remembered: Mapping[str, str],
    sheet: int | None = None,
    header: int | None = None,
) -> Layout:
    """The likely layout: the first row with the most headings that are known.

    ``remembered`` are the columns that the office has chosen for headings; ``sheet`` and ``header``
    are given where it has chosen them.
    """
    layouts = [
        Layout(at, row, guess_columns(file, at, row, remembered))
        for at in (range(len(file.sheets)) if sheet is None else (sheet,))
        for row in (
            range(min(len(file.sheets[at].rows), MAX_TITLE_ROWS)) if header is None else (header,)
        )
    ]
    best = max(layouts, key=lambda layout: sum(map(bool, layout.columns)))
    headings = [normalize_heading(cell) for cell in file.sheets[best.sheet].rows[best.header].cells]
    certain = (
        (best.sheet, best.header, len(file.sheets)) == (0, 0, 1)
        and not check_columns(best.columns)
        and (
            is_downloaded(headings)
            or all(
                not each
                or OWN_HEADINGS.get(each) == column
                or each in remembered
                or COLUMNS_BY_HEADING.get(each, []) == [column]
                for each, column in zip(headings, best.columns, strict=True)
            )
        )
    )
    return Layout(best.sheet, best.header, best.columns, certain)


def guess_columns(
    file: SheetFile, sheet: int, header: int, remembered: Mapping[str, str]
) -> tuple[str, ...]:
    """The column that each heading of a row means, each column once."""
    rows = file.sheets[sheet].rows
    headings = [normalize_heading(cell) for cell in rows[header].cells]
    if is_downloaded(headings):
        return tuple(DOWNLOADED_COLUMNS.get(heading, "") for heading in headings)
    remembered = {
        heading: column for heading, column in remembered.items() if heading not in OWN_HEADINGS
    }
    columns = [remembered.get(heading, "") for heading in headings]
    guessed: dict[str, str] = {}
    # In our own format a name of a column means that column, even "city".
    is_own = {normalize_heading(name) for name in REQUIRED_COLUMNS} <= set(headings)
    found = {
        heading: [OWN_HEADINGS[heading]]
        if is_own and heading in OWN_HEADINGS
        else COLUMNS_BY_HEADING.get(heading, [])
        for heading in headings
    }
    # Those that name one column first; "Ort" is that of the address where another names the member.
    for heading, choices in sorted(
        found.items(), key=lambda item: (len({*item[1]} - {"city"}), "city" in item[1])
    ):
        free = [name for name in choices if name not in (*columns, *guessed.values())]
        if free == ["state", "country"] and not has_states(
            rows[header + 1 :], headings.index(heading)
        ):
            free.reverse()
        if heading not in remembered and free:
            guessed.setdefault(heading, free[0])
    return tuple(
        column or guessed.get(heading, "")
        for column, heading in zip(columns, headings, strict=True)
    )


def is_downloaded(headings: list[str]) -> bool:
    """Whether key and name are there as in our own lists, and nothing that these do not have."""
    found, (key, name) = {*headings} - {""}, list(DOWNLOADED_COLUMNS)[:2]
    return {key, name} <= found <= {*DOWNLOADED_COLUMNS}


def has_states(rows: Iterable[Row], index: int) -> bool:
    """Whether most texts in a column are German states."""
    cells = [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index]]
    return sum(bool(find_state(cell)) for cell in cells) * 2 > len(cells)


def check_columns(columns: Collection[str]) -> list[FileReason]:
    """The problems with the columns that were chosen."""
    return [problem.reason for problem in find_column_problems(columns, 1)]


def find_column_problems(columns: Collection[str], line: int) -> list[ImportProblem]:
    """Required columns that are missing, and columns that are there twice."""
    counts = Counter(filter(None, columns))
    return [
        *(
            ImportProblem(FileReason.MISSING_COLUMN, line, name)
            for name in REQUIRED_COLUMNS
            if name not in counts
        ),
        *(
            ImportProblem(FileReason.DOUBLE_COLUMN, line, name)
            for name, count in counts.items()
            if count > 1
        ),
    ]
