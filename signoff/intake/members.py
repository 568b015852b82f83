"""A member list: rows with the same key are one member, and each may add a representative."""

from dataclasses import dataclass, replace

from signoff.domain.enrolment import MEMBER_COLUMNS, REPRESENTATIVE_COLUMNS, MemberRow, RepresentativeRow
from signoff.intake import cells, rows
from signoff.intake.problem import FileReason, FileRefused, Problem
from signoff.intake.rows import Entry
from signoff.intake.sheet import read_sheet

SHARED = ("name", "official_name", "kind", "state", "country", "tags")


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member list. While it has problems, none of it may be taken in; ``members`` are those without any."""

    members: tuple[MemberRow, ...]
    problems: tuple[Problem, ...] = ()


def read_members(filename: str, content: bytes) -> MemberFile:
    """The members in a CSV or XLSX file (see ``docs/interface.md`` for its columns), in the order of the file.

    FileRefused with every problem in it; then nothing of the file may be used.
    """
    file = survey(filename, content)
    if file.problems:
        raise FileRefused(file.problems)
    return file


def survey(filename: str, content: bytes) -> MemberFile:
    """The same file looked through: what is good in it beside what is not, in the order of lines.

    FileRefused where its lines cannot be told apart, or it has no usable header.
    """
    sheet = read_sheet(filename, content)
    names = rows.header(sheet[0])
    if len(sheet) == 1:
        raise FileRefused([Problem(FileReason.NO_ROWS)])
    problems: list[Problem] = []
    entries: dict[str, list[Entry]] = {}
    for row in sheet[1:]:
        if entry := rows.entry(row, names, problems):
            entries.setdefault(entry["key"], []).append(entry)
    members: list[MemberRow] = []
    for same in entries.values():
        before = len(problems)
        member = _member(same, names, problems)
        if len(problems) == before:
            members.append(member)
    return MemberFile(tuple(members), tuple(sorted(problems, key=lambda problem: problem.line)))


def _member(entries: list[Entry], names: tuple[str, ...], problems: list[Problem]) -> MemberRow:
    """One member from its rows. A cell left empty in one of them says nothing; two that differ are a contradiction."""
    shared = dict.fromkeys(SHARED, "")
    for entry in entries:
        for column in SHARED:
            if not shared[column]:
                shared[column] = entry[column]
            elif entry[column] not in {"", shared[column]}:
                facts = {
                    "key": entry["key"],
                    "text": entry[column],
                    "first": shared[column],
                    "first_line": entries[0].line,
                }
                problems.append(Problem(FileReason.CONTRADICTION, entry.line, column, facts))
    first = entries[0]
    language = (first["language"] or "de").lower()
    return MemberRow(
        line=first.line,
        key=first["key"],
        name=shared["name"],
        official_name=shared["official_name"] or shared["name"],
        kind=shared["kind"],
        state=shared["state"],
        country=shared["country"].upper() or "DE",
        language=language,
        tags=cells.tags(shared["tags"]),
        representatives=_representatives(entries, language, names, problems),
        columns=tuple(column for column in MEMBER_COLUMNS if column in names),
    )


def _representatives(
    entries: list[Entry], language: str, names: tuple[str, ...], problems: list[Problem]
) -> tuple[RepresentativeRow, ...]:
    """Each person once, known by the address without regard to case, or by name where there is no address."""
    told = tuple("name" if name == "representative" else name for name in names if name not in SHARED)
    columns = tuple(column for column in REPRESENTATIVE_COLUMNS if column in told)
    found: dict[tuple[str, str], RepresentativeRow] = {}
    for entry in entries:
        person = RepresentativeRow(
            entry["representative"],
            entry["function"],
            entry["email"],
            entry["language"].lower(),
            rows.ROLES.get(entry["role"].casefold()),
            entry.line,
            columns,
        )
        if person.language == language:
            person = replace(person, language="")
        if person.name or person.email:
            key = (person.email.casefold(), "" if person.email else person.name.casefold())
            found.setdefault(key, person)
    people = tuple(found.values())
    for each in [each for each in people if not each.email][1:]:
        facts: dict[str, object] = {"text": each.name, "key": entries[0]["key"]}
        problems.append(Problem(FileReason.SECOND_BY_LETTER, each.line, "email", facts))
    return people
