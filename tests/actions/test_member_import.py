"""The same list twice changes nothing, whatever program has saved it in between."""

import csv
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlite_utils import Database

from signoff import actions, store
from signoff.domain.members import ImportChange, MemberRow, RepresentativeRow
from signoff.exports.tables import build_csv, build_xlsx
from signoff.importers.member_columns import COLUMNS
from signoff.importers.members import OddKeys, read_members
from signoff.store.connection import connect
from signoff.store.members import MemberSummary
from signoff.web.office.member_list import iter_rows, order_cells
from tests.importers.sheet_files import ods, workbook
from tests.world import NOW, build_database

FEW = settings(max_examples=60, derandomize=True, deadline=None, database=None)
STATES = ("", "Bayern", "Nordrhein-Westfalen", "Thüringen")
NAMES = (
    "Köln",
    "Łódź",
    "Neustadt (Aisch), Markt",
    "St. Wendel; Stadt",
    'Zum "Adler"',
    "’s-Gravenhage",
)
HEADINGS = (
    "AGS",
    "Kommune",
    "Amtlicher Name",
    "Gemeindeart",
    "Land",
    "Kreis",
    "Staat",
    "Sprache",
    "Einwohner",
    "Schlagworte",
    "Straße",
    "PLZ",
    "Ort",
    "E-Mail ohne Link",
)
PEOPLE_HEADINGS = ("Ansprechperson", "Funktion", "E-Mail", "Rechte")

keys = st.one_of(
    st.from_regex(r"0[1-9][0-9]{6}|1[0-6][0-9]{6}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{0,8}", fullmatch=True),
    st.sampled_from(["A 12", "'s-gravenhage", "2027-01", "1.10", "-7"]),
)
people = st.lists(
    st.tuples(
        st.sampled_from(["", "Büro", "Dr. Œuvre"]), st.booleans(), st.sampled_from(["", "en"])
    ),
    max_size=2,
)
lists = st.lists(
    st.tuples(
        keys,
        st.sampled_from(NAMES),
        st.sampled_from(STATES),
        st.lists(st.sampled_from(["nord", "=x", "a b"]), unique=True, max_size=2),
        people,
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda row: row[0],
)
FORMATS = (
    "csv",
    "csv, all quoted",
    "csv with commas and no byte order mark",
    "csv with line feeds",
    "csv with empty columns",
    "csv without empty cells at the end",
    "windows-1252",
    "unicode text",
    "own headings",
    "xlsx",
    "xlsx, saved again",
    "xlsx with numbers",
    "ods",
    "ods with numbers",
)


def enrol(db: Database, rows: list) -> None:
    """The members of ``rows``, each with representatives that have addresses of their own."""
    members = [
        MemberRow(
            key,
            name,
            state=state,
            tags=tuple(tags),
            line=line,
            representatives=tuple(
                RepresentativeRow(who, "", f"p{at}@m{line}.example", language, may_answer)
                for at, (who, may_answer, language) in enumerate(people)
            ),
        )
        for line, (key, name, state, tags, people) in enumerate(rows, 2)
    ]
    actions.member_import.import_members(db, members, "cli", NOW)


def export(db: Database) -> list[list[str]]:
    summaries: list[MemberSummary] = store.members.list_summaries(db)
    return list(order_cells(iter_rows(summaries)))


def save(rows: list[list[str]], kind: str) -> bytes:
    """The exported table as a program saves it that has opened it."""
    if kind == "csv":
        return build_csv(COLUMNS, rows)
    shown = [
        list(row)
        for row in csv.reader(StringIO(build_csv(COLUMNS, rows).decode("utf-8-sig")), delimiter=";")
    ]
    if kind.startswith("xlsx"):
        content = build_xlsx(COLUMNS, rows, text_columns=("key",))
        if kind == "xlsx":
            return content
        again = BytesIO()
        book = load_workbook(BytesIO(content))
        if kind == "xlsx with numbers":
            return workbook(*map(with_number, shown))
        book.save(again)
        return again.getvalue()
    if kind.startswith("ods"):
        return ods(*(map(with_number, shown) if "numbers" in kind else shown))
    if kind == "own headings":
        shown[0] = [*HEADINGS, *PEOPLE_HEADINGS]
    if kind == "csv with empty columns":
        shown = [[*row, "", ""] for row in shown]
    if kind == "csv without empty cells at the end":
        shown[16:] = [strip_end(row) for row in shown[16:]]
    output = StringIO(newline="")
    csv.writer(
        output,
        delimiter="," if "commas" in kind else "\t" if kind == "unicode text" else ";",
        quoting=csv.QUOTE_ALL if "quoted" in kind else csv.QUOTE_MINIMAL,
        lineterminator="\n" if "feeds" in kind else "\r\n",
    ).writerows(shown)
    if kind == "windows-1252":
        return output.getvalue().encode("cp1252")
    return output.getvalue().encode("utf-16" if kind == "unicode text" else "utf-8")


def with_number(row: list[str]) -> list[object]:
    """A row whose key has become a number, as it does where the column has no text format."""
    return [int(row[0]) if row[0].isdecimal() else row[0], *row[1:]]


def strip_end(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


@pytest.mark.slow
@FEW
@given(rows=lists, kind=st.sampled_from(FORMATS))
def test_the_same_list_twice_changes_nothing(rows: list, kind: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "signoff.sqlite"
        path.write_bytes(build_database(()))
        db = connect(path)
        enrol(db, rows)
        try:
            content = save(export(db), kind)
        except UnicodeEncodeError:
            assume(False)  # Windows-1252 has no Łódź
        known = store.members.list_all(db)
        file = read_members(
            "liste", content, languages=("de", "en"), known=known, odd_keys=OddKeys.MEND
        )
        planned = actions.member_import.import_members(db, file.members, "cli", NOW)
        same = store.members.list_all(db) == known
        db.close()

    assert {row.change for row in planned} == {ImportChange.SAME}
    assert same
    assert len(file.members) == len(rows)
    assert "numbers" in kind or not file.mends
    assert not file.notices
