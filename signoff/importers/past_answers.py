"""Read the answers of former rounds from a sheet: member, paper, year and answer in each row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signoff.domain.answers import AnswerKind
from signoff.domain.members import Member, normalize_name
from signoff.importers.errors import FileReason, FileRefused, ImportProblem
from signoff.importers.member_columns import HEADINGS, MAX_TITLE_ROWS, normalize_heading
from signoff.importers.member_keys import clean_key
from signoff.importers.members import find_cell_problem, normalize_cell
from signoff.importers.sheets import Row, SheetFile, read_sheets

COLUMNS = ("key", "name", "title", "year", "answer")
COLUMN_HEADINGS = {
    normalize_heading(heading): column
    for column, headings in {
        "key": ("key", "Schlüssel", *HEADINGS["key"]),
        "name": ("name", "Amtlicher Name", *HEADINGS["name"]),
        "title": ("title", "Titel", "Papier", "Positionspapier", "Verfahren", "Paper"),
        "year": ("year", "Jahr"),
        "answer": ("answer", "Rückmeldung", "Antwort", "Ergebnis"),
    }.items()
    for heading in headings
}
ANSWERS = {
    normalize_heading(word): kind
    for kind, words in {
        AnswerKind.COSIGN: ("sign", "mitgezeichnet", "ja", "unterzeichnet", "yes", "co-signed"),
        AnswerKind.DECLINE: ("decline", "nicht mitgezeichnet", "nein", "abgelehnt", "no"),
        AnswerKind.NOT_COMPETENT: ("not_competent", "keine Befassung", "nicht zuständig"),
        None: ("none", "keine Rückmeldung", "keine Antwort", "no answer"),
    }.items()
    for word in words
}
YEARS = range(1950, 2100)


@dataclass(frozen=True, slots=True)
class PastAnswerRow:
    """A checked row; ``kind`` is ``None`` for a member that was asked and did not answer."""

    line: int
    member: Member
    title: str
    year: int
    kind: AnswerKind | None


def read_past_answers(
    filename: str, content: bytes, members: Iterable[Member]
) -> list[PastAnswerRow]:
    """The rows of a CSV, XLSX or ODS file. Raises ``FileRefused`` with every problem."""
    file = read_sheets(filename, content)
    rows = file.sheets[0].rows
    header = find_header(file)
    columns = [COLUMN_HEADINGS.get(normalize_heading(cell), "") for cell in rows[header].cells]
    problems = [
        ImportProblem(FileReason.MISSING_COLUMN, rows[header].line, name)
        for name in ("title", "year", "answer")
        if name not in columns
    ]
    if not {"key", "name"} & set(columns):
        facts = {"columns": ", ".join(COLUMNS)}
        problems = [ImportProblem(FileReason.NO_HEADER, rows[header].line, facts=facts)]
    if problems:
        raise FileRefused(problems)
    reader = PastAnswerReader(members)
    read = [reader.read(row, columns) for row in rows[header + 1 :]]
    if not read:
        reader.problems.append(ImportProblem(FileReason.NO_ROWS))
    if reader.problems:
        raise FileRefused(reader.problems)
    return [row for row in read if row]


def find_header(file: SheetFile) -> int:
    """The index of the first row of the first sheet with the most known headings."""
    counts = [
        len({COLUMN_HEADINGS.get(normalize_heading(cell), "") for cell in row.cells} - {""})
        for row in file.sheets[0].rows[:MAX_TITLE_ROWS]
    ]
    return counts.index(max(counts))


class PastAnswerReader:
    """Checks the rows and collects all problems."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.by_key: dict[str, Member] = {}
        self.by_name: dict[str, dict[int, Member]] = {}
        for member in members:
            self.by_key[member.key] = member
            for name in (member.name, member.official_name):
                self.by_name.setdefault(normalize_name(name), {})[member.id] = member
        self.problems: list[ImportProblem] = []
        self.lines: dict[tuple[int, str, int], int] = {}

    def read(self, row: Row, columns: list[str]) -> PastAnswerRow | None:
        before = len(self.problems)
        cells = dict.fromkeys(COLUMNS, "")
        for column, cell in zip(columns, row.cells, strict=False):
            if column and (reason := find_cell_problem(cell)):
                self.refuse(reason, row, column, text=cell[:60], limit=200, characters="")
            elif column and not cells[column]:
                cells[column] = normalize_cell(cell)
        if len(self.problems) > before:
            return None
        for name in ("title", "year", "answer"):
            if not cells[name]:
                self.refuse(FileReason.MISSING, row, name)
        member = self.find_member(row, cells)
        year = int(cells["year"]) if cells["year"].isdecimal() and len(cells["year"]) == 4 else 0
        if cells["year"] and year not in YEARS:
            self.refuse(FileReason.NOT_A_YEAR, row, "year", text=cells["year"])
        answer = normalize_heading(cells["answer"])
        if cells["answer"] and answer not in ANSWERS:
            self.refuse(FileReason.NOT_AN_ANSWER, row, "answer", text=cells["answer"])
        if member and len(self.problems) == before:
            other = self.lines.setdefault((member.id, cells["title"], year), row.line)
            if other != row.line:
                self.refuse(FileReason.SECOND_ANSWER, row, "answer", other=other)
        if member is None or len(self.problems) > before:
            return None
        return PastAnswerRow(row.line, member, cells["title"], year, ANSWERS[answer])

    def find_member(self, row: Row, cells: Mapping[str, str]) -> Member | None:
        """By key, also one whose zero a spreadsheet has dropped, else by name."""
        key, name = clean_key(cells["key"]), cells["name"]
        if member := self.by_key.get(cells["key"]) or self.by_key.get(key):
            return member
        if key.isdecimal() and (member := self.by_key.get(f"0{key}")):
            return member
        found = self.by_name.get(normalize_name(name), {}) if name and not key else {}
        if len(found) == 1:
            return next(iter(found.values()))
        reason = FileReason.NAME_OF_SEVERAL if found else FileReason.UNKNOWN_MEMBER
        if key or name:
            self.refuse(reason, row, "key" if key else "name", text=cells["key"] or name)
        else:
            self.refuse(FileReason.MISSING, row, "name")
        return None

    def refuse(self, reason: FileReason, row: Row, column: str, **facts: object) -> None:
        self.problems.append(ImportProblem(reason, row.line, column, facts))
