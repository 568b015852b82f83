"""A member list that was read, as text to be kept while somebody looks at it."""

import json
from dataclasses import asdict
from typing import Any

from signoff.domain.enrolment import MemberRow, RepresentativeRow
from signoff.intake.members import MemberFile
from signoff.intake.problem import FileReason, Problem


def as_text(file: MemberFile) -> str:
    members = [asdict(each) for each in file.members]
    problems = [[str(each.reason), each.line, each.column, dict(each.facts)] for each in file.problems]
    return json.dumps({"members": members, "problems": problems}, ensure_ascii=False)


def from_text(text: str) -> MemberFile:
    """The list that ``as_text`` wrote."""
    kept = json.loads(text)
    problems = (Problem(FileReason(reason), *rest) for reason, *rest in kept["problems"])
    return MemberFile(tuple(map(member_of, kept["members"])), tuple(problems))


def member_of(kept: dict[str, Any]) -> MemberRow:
    people = (RepresentativeRow(**(each | {"columns": tuple(each["columns"])})) for each in kept["representatives"])
    lists = {name: tuple(kept[name]) for name in ("tags", "columns")}
    return MemberRow(**(kept | lists | {"representatives": tuple(people)}))
