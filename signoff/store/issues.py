"""What each document of a paper tells: the editions of its list, and its addenda."""

from collections.abc import Sequence

from sqlite_utils import Database

from signoff.domain.addendum import Earlier, Withdrawal, numbered
from signoff.domain.release import PrintKind, Release
from signoff.domain.round import Round
from signoff.domain.standing import Signatory
from signoff.store import lates, releases


def current(released: Sequence[Release]) -> Release:
    """The newest edition of the list among ``released``, the first one first; an addendum is none."""
    return next(each for each in reversed(released) if each.kind is not PrintKind.ADDENDUM)


def told(
    db: Database, round: Round, kind: PrintKind, entry: int
) -> tuple[tuple[Signatory, ...], tuple[Withdrawal, ...]]:
    """Who is listed and whose withdrawal is named in the later document that line ``entry`` has ordered."""
    later = lates.of(db, round, entry)
    if kind is PrintKind.EDITION:
        return later.standing, later.gone
    since = earlier_than(db, round.id, entry)[-1].entry
    return later.joined_since(since), later.withdrawn_since(since)


def earlier_than(db: Database, round_id: int, entry: int) -> list[Release]:
    """What had been released when line ``entry`` ordered a later document."""
    return [each for each in releases.every(db, round_id) if each.entry < entry]


def named(db: Database, round_id: int, kind: PrintKind, entry: int) -> tuple[int, tuple[Earlier, ...]]:
    """The number of the document that line ``entry`` has ordered, and those before it."""
    before = list(numbered(earlier_than(db, round_id, entry)))
    same = [each for each, _ in before if (each.kind is PrintKind.ADDENDUM) is (kind is PrintKind.ADDENDUM)]
    return len(same) + 1, tuple(Earlier(each.kind, number, each.as_of, each.sha256) for each, number in before)
