"""Read a member list: rows with the same key are one member, each with a representative."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from signoff.domain.characters import (
    ZERO_WIDTH_PATTERN,
    clean_characters,
    find_unprintable,
    format_characters,
    has_controls,
)
from signoff.domain.members import (
    GERMANY,
    MEMBER_COLUMNS,
    REPRESENTATIVE_COLUMNS,
    Member,
    MemberRow,
    RepresentativeRow,
    check_field,
    check_state,
    normalize_name,
    parse_fields,
    parse_state,
)
from signoff.domain.serialization import from_json, to_json
from signoff.domain.text import FORMULA_PREFIXES, parse_email, unescape_formula
from signoff.importers.errors import (
    FileReason,
    FileRefused,
    ImportNotice,
    ImportNoticeKind,
    ImportProblem,
)
from signoff.importers.locales import find_country, find_language
from signoff.importers.member_columns import (
    COLUMNS,
    REQUIRED_COLUMNS,
    Layout,
    find_column_problems,
    guess_layout,
)
from signoff.importers.member_keys import KeyCell, KeyMend, find_key_mends
from signoff.importers.sheets import Row, Sheet, SheetFile, read_sheets
from signoff.importers.text import MOJIBAKE

MAX_CELL_LENGTH = 200
TEXT_FORMULA = re.compile(r'="([^"]*)"')  # keeps the zeros of a number in Excel


def find_cell_problem(cell: str) -> FileReason | None:
    """Why ``cell`` is invalid in any column, if it is."""
    if is_twice_encoded(cell):
        return FileReason.TWICE_ENCODED
    if cell.startswith(FORMULA_PREFIXES) or cell.lstrip().startswith(FORMULA_PREFIXES):
        return FileReason.FORMULA
    if has_controls(cell):
        return FileReason.CONTROL_CHARACTERS
    if len(cell) > MAX_CELL_LENGTH:
        return FileReason.TOO_LONG
    if find_unprintable(normalize_cell(cell)):
        return FileReason.UNPRINTABLE
    return None


def is_twice_encoded(cell: str) -> bool:
    """Whether ``cell`` is UTF-8 that was read as Windows-1252, such as "MÃ¼nchen"."""
    if cell.isascii():
        return False
    try:
        # What Windows-1252 leaves undefined is read as a control character.
        b"".join(char.encode("latin-1" if char <= "\xff" else "cp1252") for char in cell).decode()
    except UnicodeError:
        return bool(MOJIBAKE.search(cell))
    return True


def normalize_cell(cell: str) -> str:
    """``cell`` with clean characters, single spaces, and without our own mark of a text."""
    # A table that Signoff exports marks a text that would be a formula.
    return unescape_formula(" ".join(clean_characters(cell).split()))


# Rows of the sheet.

ROLES = {"answer": True, "information": False}  # whether they may answer
ROLE_NAMES = {"darf antworten": "answer", "nur zur kenntnis": "information"}
# The rows of one member must agree in these.
SHARED_COLUMNS = [name for name in MEMBER_COLUMNS if name not in ("key", "language")]


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """A checked row by column; columns that the file does not have are empty."""

    line: int
    values: dict[str, str]
    has_number_as_key: bool = False

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


class EntryReader:
    """Checks the rows of a sheet and collects all problems instead of stopping at the first.

    ``columns`` are those of the layout; ``languages`` the ones that may be chosen, empty for any.
    """

    def __init__(self, columns: tuple[str, ...], languages: Collection[str]) -> None:
        self.columns = columns
        self.languages = languages
        self.problems: list[ImportProblem] = []
        self.cleaned_lines: list[int] = []  # zero width was removed
        self.further_lines: list[int] = []  # without a key, further contacts of a member

    def read(self, row: Row) -> MemberEntry | None:
        """The entry of ``row``, perhaps without a key; ``None`` if it has a problem."""
        before = len(self.problems)
        cells = self.fit(row)
        if cells is None:
            return None
        texts = {
            name: TEXT_FORMULA.sub(r"\1", cell) if TEXT_FORMULA.fullmatch(cell) else cell
            for name, cell in zip(self.columns, cells, strict=True)
            if name
        }
        values = {name: self.read_value(name, normalize_cell(texts[name])) for name in texts}
        country = values.get("country") or GERMANY
        for name, cell in texts.items():
            reason = find_cell_problem(ZERO_WIDTH_PATTERN.sub("", cell)) or self.find_value_problem(
                name, values[name], country
            )
            if reason:
                facts = {
                    "text": _make_printable(cell),
                    "length": len(cell),
                    "limit": MAX_CELL_LENGTH,
                    "characters": format_characters(find_unprintable(values[name])),
                }
                self.problems.append(ImportProblem(reason, row.line, name, facts))
        if len(self.problems) > before:
            return None
        if any(ZERO_WIDTH_PATTERN.search(cell) for cell in texts.values()):
            self.cleaned_lines.append(row.line)
        if values.get("email"):
            values["email"] = parse_email(values["email"]) or ""
        if values.get("state"):
            values["state"] = parse_state(values["state"], country)
        is_number = "key" in texts and self.columns.index("key") in row.numbers
        return MemberEntry(row.line, values, is_number)

    def fit(self, row: Row) -> tuple[str, ...] | None:
        """The cells of ``row`` in the columns of the header; further ones have to be empty."""
        expected = len(self.columns)
        if len(row.cells) < expected or any(cell.strip() for cell in row.cells[expected:]):
            facts: dict[str, object] = {"count": len(row.cells), "expected": expected}
            self.problems.append(ImportProblem(FileReason.CELL_COUNT, row.line, facts=facts))
            return None
        return row.cells[:expected]

    def read_value(self, name: str, text: str) -> str:
        """The text as Signoff writes it: a country, a language or a role by its code."""
        if name == "country":
            return find_country(text)
        if name == "language":
            return find_language(text, self.languages) or text
        return ROLE_NAMES.get(text.casefold(), text) if name == "role" else text

    def find_value_problem(self, name: str, text: str, country: str) -> FileReason | None:
        """Why ``text`` is invalid in the column ``name``, if it is."""
        if not text:
            is_missing = name in REQUIRED_COLUMNS and name != "key"  # see ``find_keys``
            return FileReason.MISSING if is_missing else None
        if name == "email" and parse_email(text) is None:
            return FileReason.NOT_AN_ADDRESS
        if name in MEMBER_COLUMNS and (reason := check_field(name, text)):
            return FileReason(reason)
        if name == "state" and (reason := check_state(text, country)):
            return FileReason(reason)
        if name == "role" and text.casefold() not in ROLES:
            return FileReason.NOT_A_ROLE
        if name == "language" and not find_language(text, self.languages):
            return FileReason.NOT_A_LANGUAGE
        return None

    def find_keys(self, entries: list[MemberEntry]) -> list[MemberEntry]:
        """``entries`` with a key each; one without it is of the member above or of a namesake."""
        namesakes: dict[tuple[str, ...], dict[str, MemberEntry]] = {}
        for entry in entries:
            if entry["key"]:
                namesakes.setdefault(identify_member(entry), {}).setdefault(entry["key"], entry)
        found: list[MemberEntry] = []
        for entry in entries:
            if not entry["key"]:
                identity = identify_member(entry)
                members = list(namesakes.get(identity, {}).values())
                if found and identify_member(found[-1]) == identity:
                    members = found[-1:]
                if len(members) != 1:
                    self.problems.append(ImportProblem(FileReason.MISSING, entry.line, "key"))
                    continue
                self.further_lines.append(entry.line)
                (member,) = members
                values = entry.values | {name: member[name] for name in ("key", "name")}
                entry = MemberEntry(entry.line, values, member.has_number_as_key)
            found.append(entry)
        return found


def identify_member(entry: MemberEntry) -> tuple[str, ...]:
    """What identifies a member in a list without keys: name, state and country."""
    return normalize_name(entry["name"]), entry["state"], entry["country"] or GERMANY


def _make_printable(cell: str) -> str:
    """The beginning of ``cell`` without unprintable characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in cell[:60]) + (
        "…" if len(cell) > 60 else ""
    )


# The whole list.


class OddKeys(StrEnum):
    """The treatment of keys that a spreadsheet has probably changed."""

    REFUSE = "refuse"
    MEND = "mend"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member list. It may only be imported without problems; ``members`` are the valid ones."""

    members: tuple[MemberRow, ...]
    problems: tuple[ImportProblem, ...] = ()
    mends: tuple[KeyMend, ...] = ()
    notices: tuple[ImportNotice, ...] = ()


def read_members(
    filename: str,
    content: bytes,
    *,
    remembered: Mapping[str, str] | None = None,
    languages: Collection[str] = (),
    known: Iterable[Member] = (),
    odd_keys: OddKeys = OddKeys.REFUSE,
) -> MemberFile:
    """The members in a CSV, XLSX or ODS file, in order (columns: ``docs/interface.md``).

    ``remembered`` are the columns that the office has chosen for headings, ``known`` the members
    there are. Raises ``FileRefused`` with every problem of the file.
    """
    sheets = read_sheets(filename, content)
    layout = guess_layout(sheets, remembered or {})
    keeps = None if odd_keys is OddKeys.KEEP else ()
    file = inspect_members(sheets, layout, languages=languages, known=known, kept_keys=keeps)
    odd = [mend.problem for mend in file.mends] if odd_keys is OddKeys.REFUSE else []
    if file.problems or odd:
        raise FileRefused([*file.problems, *odd])
    return file


def inspect_members(
    sheets: SheetFile,
    layout: Layout,
    *,
    languages: Collection[str] = (),
    known: Iterable[Member] = (),
    kept_keys: Collection[str] | None = (),
) -> MemberFile:
    """The valid members of a list, its problems, and the keys that were mended.

    ``kept_keys`` are taken as they are; ``None`` means all of them.
    """
    sheet = sheets.sheets[layout.sheet]
    header, rows = sheet.rows[layout.header], sheet.rows[layout.header + 1 :]
    headings = {
        column: normalize_cell(heading)
        for column, heading in zip(layout.columns, header.cells, strict=True)
    }
    reader = EntryReader(layout.columns, languages)
    if not any(layout.columns):
        facts = {"columns": ", ".join(COLUMNS)}
        return MemberFile((), (ImportProblem(FileReason.NO_HEADER, header.line, facts=facts),))
    reader.problems += find_column_problems(layout.columns, header.line)
    if not rows:
        reader.problems.append(ImportProblem(FileReason.NO_ROWS))
    entries = [entry for row in rows if (entry := reader.read(row))]
    if not {"key", "name"}.issubset(layout.columns):
        return MemberFile((), tuple(name_columns(reader.problems, header.line, headings)))

    entries = reader.find_keys(entries)
    mends = () if kept_keys is None else tuple(find_key_mends(list_key_cells(entries), known))
    mended = {mend.key: mend.mended for mend in mends if mend.key not in (kept_keys or ())}
    groups: dict[str, list[MemberEntry]] = {}
    for entry in entries:
        key = mended.get(entry["key"], entry["key"])
        groups.setdefault(key, []).append(replace(entry, values=entry.values | {"key": key}))
    members: list[MemberRow] = []
    for group in groups.values():
        before = len(reader.problems)
        member = _build_member(group, layout.columns, reader.problems)
        if len(reader.problems) == before:
            members.append(member)
    return MemberFile(
        tuple(members),
        tuple(name_columns(reader.problems, header.line, headings)),
        tuple(
            replace(mend, problem=problem)
            for mend in mends
            for problem in name_columns([mend.problem], header.line, headings)
        ),
        tuple(list_notices(sheets, layout, reader)),
    )


def name_columns(
    problems: Iterable[ImportProblem], header_line: int, headings: Mapping[str, str]
) -> Iterator[ImportProblem]:
    """The problems in the order of lines; those of rows name the columns as the file does."""
    for problem in sorted(problems, key=lambda each: each.line):
        heading = headings.get(problem.column or "")
        named = problem.line > header_line and heading
        yield replace(problem, column=heading) if named else problem


def list_notices(sheets: SheetFile, layout: Layout, reader: EntryReader) -> Iterator[ImportNotice]:
    """What is left out of the file, what was removed from it, and what was added to it."""
    sheet = sheets.sheets[layout.sheet]
    headings = list_left_out(sheet, layout)
    others = [other.name for other in sheets.sheets if other is not sheet]
    for kind, values in (
        (ImportNoticeKind.SHEETS_HIDDEN, sheets.hidden_sheets),
        (ImportNoticeKind.SHEETS_LEFT_OUT, others),
        (ImportNoticeKind.TITLE_ROWS, [row.line for row in sheet.rows[: layout.header]]),
        (ImportNoticeKind.ROWS_HIDDEN, sheet.hidden_lines),
        (ImportNoticeKind.COLUMNS_LEFT_OUT, headings),
        (ImportNoticeKind.ZERO_WIDTH_REMOVED, reader.cleaned_lines),
        (ImportNoticeKind.KEYS_FOUND, reader.further_lines),
    ):
        if values:
            yield ImportNotice(kind, {"text": format_values(values), "count": len(values)})


def list_left_out(sheet: Sheet, layout: Layout) -> list[str]:
    """The headings of the columns that are left out; of one without a heading, its number."""
    header, rows = sheet.rows[layout.header], sheet.rows[layout.header + 1 :]
    return [
        _make_printable(normalize_cell(heading)) or str(index + 1)
        for index, (heading, column) in enumerate(zip(header.cells, layout.columns, strict=True))
        if not column
        and (heading.strip() or any("".join(row.cells[index : index + 1]).strip() for row in rows))
    ]


def format_values(values: Collection[object], limit: int = 20) -> str:
    """The values in a row, at most ``limit`` of them."""
    texts = [str(value) for value in values]
    return ", ".join(texts[:limit]) + (" …" if len(texts) > limit else "")


def list_key_cells(entries: Iterable[MemberEntry]) -> list[KeyCell]:
    return [
        KeyCell(entry.line, entry["key"], entry["name"], entry["state"], entry.has_number_as_key)
        for entry in entries
    ]


def _build_member(
    entries: list[MemberEntry], names: tuple[str, ...], problems: list[ImportProblem]
) -> MemberRow:
    """Merge the rows of a member. Empty cells are ignored; different values are a contradiction."""
    shared = dict.fromkeys(SHARED_COLUMNS, "")
    for entry in entries:
        for column in SHARED_COLUMNS:
            if not shared[column]:
                shared[column] = entry[column]
            elif entry[column] not in {"", shared[column]}:
                facts = {
                    "key": entry["key"],
                    "text": entry[column],
                    "first": shared[column],
                    "first_line": entries[0].line,
                }
                problems.append(ImportProblem(FileReason.CONTRADICTION, entry.line, column, facts))
    first = entries[0]
    language = first["language"].lower() or "de"
    return MemberRow(
        **parse_fields(shared | {"key": first["key"], "language": language}),
        line=first.line,
        representatives=_build_representatives(entries, language, names, problems),
        columns=tuple(column for column in MEMBER_COLUMNS if column in names),
    )


def _build_representatives(
    entries: list[MemberEntry], language: str, names: tuple[str, ...], problems: list[ImportProblem]
) -> tuple[RepresentativeRow, ...]:
    """Each person once, identified by address (ignoring case), or by name without an address."""
    present = tuple(
        "name" if name == "representative" else name for name in names if name not in SHARED_COLUMNS
    )
    columns = tuple(column for column in REPRESENTATIVE_COLUMNS if column in present)
    by_identity: dict[tuple[str, str], RepresentativeRow] = {}
    for entry in entries:
        representative = RepresentativeRow(
            entry["representative"],
            entry["function"],
            entry["email"],
            entry["language"].lower(),
            ROLES.get(entry["role"].casefold()),
            entry.line,
            columns,
        )
        if representative.language == language:
            representative = replace(representative, language="")
        if representative.name or representative.email:
            key = (
                representative.email.casefold(),
                "" if representative.email else representative.name.casefold(),
            )
            by_identity.setdefault(key, representative)
    representatives = tuple(by_identity.values())
    for duplicate in [row for row in representatives if not row.email][1:]:
        facts: dict[str, object] = {"text": duplicate.name, "key": entries[0]["key"]}
        problems.append(
            ImportProblem(FileReason.SECOND_WITHOUT_EMAIL, duplicate.line, "email", facts)
        )
    return representatives


# An uploaded list as JSON, stored while somebody looks at its preview


@dataclass(frozen=True, slots=True)
class UploadedList:
    """A list, what its columns are, the odd keys that are kept, and what was read from it so."""

    sheets: SheetFile
    layout: Layout
    kept_keys: tuple[str, ...]
    file: MemberFile


def dump_uploaded_list(uploaded: UploadedList) -> str:
    return to_json(uploaded)


def load_uploaded_list(text: str) -> UploadedList:
    """The list that ``dump_uploaded_list`` has written."""
    return from_json(UploadedList, text)
