"""What the public sees of a paper's documents: its editions and addenda, and the list with what has become of it."""

from signoff.domain.addendum import Later, numbered
from signoff.domain.release import PrintKind, Release
from signoff.domain.standing import Signatory
from signoff.store import issues, lates, releases
from signoff.store.overviews import Publication
from signoff.web.context import db, now


def documents(found: Publication) -> list[Release]:
    """Every document of the paper that is public, the first edition first."""
    return [each for each in releases.every(db(), found.round.id) if each.released_at <= now()]


def numbers(every: list[Release]) -> dict[int, tuple[PrintKind, int]]:
    """What each release is called, by its number."""
    return {each.number: (each.kind, number) for each, number in numbered(every)}


def listing(found: Publication) -> tuple[Release, tuple[Signatory, ...], Later]:
    """The current edition of the list, who stands in it, and what has happened since the first one."""
    edition, later = issues.current(documents(found)), lates.of(db(), found.round)
    if edition.number == 1:
        return edition, later.first, later
    return edition, issues.told(db(), found.round, edition.kind, edition.entry)[0], later


def shown(found: Publication) -> dict[str, object]:
    """What the page of a paper shows: the first list with what has become of it, and every document."""
    if found.release is None:
        return {"signatories": (), "joined": (), "left": {}, "documents": (), "current": None}
    later, every = lates.of(db(), found.round), documents(found)
    called = numbers(every)
    return {
        "signatories": later.first,
        "joined": later.joined,
        "left": {each.key: each.on for each in later.withdrawals if each.late_on is None},
        "documents": [(each, *called[each.number]) for each in reversed(every)],
        "current": issues.current(every),
    }
