"""Keys of a member list that were probably written otherwise: what spreadsheets do to numbers."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from signoff.domain.members import OFFICIAL_KEY, Member, normalize_name
from signoff.domain.text import find_state
from signoff.importers.errors import FileReason, ImportProblem

# Excel marks a text with an apostrophe; people group digits.
EXTRA_SIGNS = re.compile(r"[\s'’‘`´]")
DISTRICT_KEY_LENGTH, AGS_LENGTH, ARS_LENGTH = 5, 8, 12
SHORT_KEY_LENGTHS = {DISTRICT_KEY_LENGTH - 1, AGS_LENGTH - 1, ARS_LENGTH - 1}
# What an AGS begins with, for the states whose keys begin with a zero.
STATE_DIGITS = {
    "Schleswig-Holstein": "1",
    "Hamburg": "2",
    "Niedersachsen": "3",
    "Bremen": "4",
    "Nordrhein-Westfalen": "5",
    "Hessen": "6",
    "Rheinland-Pfalz": "7",
    "Baden-Württemberg": "8",
    "Bayern": "9",
}


@dataclass(frozen=True, slots=True)
class KeyCell:
    """A key in the file, with what its row says about the member."""

    line: int
    key: str
    name: str
    state: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class KeyMend:
    """A key that should probably be another one; ``problem`` says why."""

    key: str
    mended: str
    name: str
    problem: ImportProblem


def find_key_mends(cells: Iterable[KeyCell], members: Iterable[Member]) -> Iterator[KeyMend]:
    """Each odd key of the file once. A key that a member has already is not odd."""
    cells = list(cells)
    keys = {cell.key for cell in cells}
    lengths = {len(clean_key(key)) for key in keys if clean_key(key).isdecimal()}
    known = {member.key: member for member in members}
    namesakes: dict[str, list[Member]] = {}
    for member in known.values():
        namesakes.setdefault(normalize_name(member.name), []).append(member)
    seen = set(known)
    for cell in cells:
        if cell.key in seen:
            continue
        seen.add(cell.key)
        cleaned = clean_key(cell.key)
        mended = f"0{cleaned}" if has_lost_zero(cell, cleaned, lengths, known) else cleaned
        reason = FileReason.KEY_SIGNS if mended == cleaned else FileReason.LOST_ZERO
        if mended not in known and not OFFICIAL_KEY.fullmatch(mended):
            others = {
                member.key
                for member in namesakes.get(normalize_name(cell.name), ())
                if cell.state in ("", member.state)
                and member.key not in keys
                # Two of the association's own numbers may both be right.
                and (
                    OFFICIAL_KEY.fullmatch(member.key)
                    or member.key.isdecimal() != mended.isdecimal()
                )
            }
            if len(others) == 1:
                mended, reason = others.pop(), FileReason.KNOWN_NAME
        if mended != cell.key:
            facts = {"text": cell.key, "mended": mended, "name": cell.name}
            problem = ImportProblem(reason, cell.line, "key", facts)
            yield KeyMend(cell.key, mended, cell.name, problem)


def clean_key(key: str) -> str:
    """A number without spaces and apostrophes; any other key unchanged."""
    digits = EXTRA_SIGNS.sub("", key)
    return digits if digits.isdecimal() else key


def has_lost_zero(
    cell: KeyCell, key: str, lengths: Collection[int], known: Collection[str]
) -> bool:
    """Whether ``key`` is an official key without its first zero.

    Its length alone does not tell: the association may number its members itself. ``lengths`` are
    those of all numbers that are keys in the file.
    """
    if not key.isdecimal() or key.startswith("0") or len(key) not in SHORT_KEY_LENGTHS:
        return False
    if f"0{key}" in known:
        return True
    if len(key) == DISTRICT_KEY_LENGTH - 1:  # too many numbers of members are as short
        return False
    if cell.is_number:
        return True
    if state := find_state(cell.state):
        return STATE_DIGITS.get(state) == key[0]
    return len(key) == AGS_LENGTH - 1 and set(lengths) == {AGS_LENGTH - 1, AGS_LENGTH}
