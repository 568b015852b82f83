"""What has happened to a released list since: later signatures and withdrawals, as dated facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind, Version
from signoff.domain.collation import sort_key
from signoff.domain.late import Verdict
from signoff.domain.release import PrintKind, Release
from signoff.domain.standing import Place, Signatory, Standing, signatory

Late = Mapping[int, Sequence[tuple[Version, Verdict | None]]]  # by invitation, the first version first


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A signature that was public and was taken back on a day. ``late_on``: when it had come, if after the release."""

    name: str
    sort_name: str
    key: str
    on: date
    entry: int  # its line in the audit chain
    late_on: date | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """A late signature the office has accepted; ``entry`` is the line that says so."""

    signatory: Signatory
    entry: int
    withdrawn: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """One document of the paper that was released before another one; ``number`` counts its kind."""

    kind: PrintKind
    number: int
    as_of: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Later:
    """Everything since the first edition up to one line of the journal; ``first`` are those who stand in that."""

    first: tuple[Signatory, ...]
    joined: tuple[Joined, ...]
    withdrawals: tuple[Withdrawal, ...]
    waiting: tuple[Place, ...]  # with the late signature the office has not decided about

    @classmethod
    def of(cls, standing: Standing, late: Late, zone: ZoneInfo) -> "Later":
        stories = [Story(standing, place, late.get(place.invitation.id, ()), zone) for place in standing.places]
        return cls(
            standing.signatories(zone),
            by_place(joined for story in stories for joined in story.joined),
            tuple(each for story in stories for each in story.withdrawals),
            tuple(story.waiting for story in stories if story.waiting),
        )

    @property
    def standing(self) -> tuple[Signatory, ...]:
        """Who signs now: the first ones that have stayed, and after them the later ones."""
        gone = {each.key for each in self.withdrawals if each.late_on is None}
        stayed = tuple(each for each in self.first if each.key not in gone)
        return stayed + tuple(each.signatory for each in self.joined if each.withdrawn is None)

    @property
    def gone(self) -> tuple[Withdrawal, ...]:
        """Who does not sign any more."""
        still = {each.key for each in self.standing}
        return tuple(each for each in self.withdrawals if each.key not in still)

    def joined_since(self, entry: int) -> tuple[Signatory, ...]:
        """The later signatories accepted after line ``entry`` who have stayed."""
        return tuple(each.signatory for each in self.joined if each.entry > entry and each.withdrawn is None)

    def withdrawn_since(self, entry: int) -> tuple[Withdrawal, ...]:
        return tuple(each for each in self.withdrawals if each.entry > entry)


class Story:
    """One member's way through the time after the release."""

    def __init__(
        self, standing: Standing, place: Place, late: Sequence[tuple[Version, Verdict | None]], zone: ZoneInfo
    ) -> None:
        self.terms, self.zone = standing.round.terms, zone
        self.joined: list[Joined] = []
        self.withdrawals: list[Withdrawal] = []
        counted = signatory(place, self.terms, zone)
        for version, verdict in late:
            if version.answer.kind is Kind.WITHDRAWN and counted:
                self.take_back(counted, version)
                counted = None
            if verdict and verdict.accepted:
                counted = self.join(place, version, verdict)
        self.waiting = waiting(place, late)

    def join(self, place: Place, version: Version, verdict: Verdict) -> Signatory:
        there = replace(
            place, version=version, note_accepted=verdict.note_accepted, name_accepted=verdict.name_accepted
        )
        found = signatory(there, self.terms, self.zone)
        assert found
        made = replace(found, signed_on=None, late_on=version.received_at.astimezone(self.zone).date())
        self.joined.append(Joined(made, verdict.entry))
        return made

    def take_back(self, signed: Signatory, version: Version) -> None:
        on = version.received_at.astimezone(self.zone).date()
        gone = Withdrawal(signed.name, signed.sort_name, signed.key, on, version.entry, signed.late_on)
        self.withdrawals.append(gone)
        if signed.late_on:
            self.joined[-1] = replace(self.joined[-1], withdrawn=gone)


def waiting(place: Place, late: Sequence[tuple[Version, Verdict | None]]) -> Place | None:
    """The place with its late signature, where that is the last word and the office has said nothing to it."""
    if not late:
        return None
    version, verdict = late[-1]
    undecided = version.answer.kind is Kind.SIGN and verdict is None
    return replace(place, version=version, note_accepted=None, name_accepted=None) if undecided else None


def by_place(joined: Iterable[Joined]) -> tuple[Joined, ...]:
    return tuple(sorted(joined, key=lambda each: (sort_key(each.signatory.sort_name), each.signatory.key, each.entry)))


def numbered(releases: Iterable[Release]) -> Iterator[tuple[Release, int]]:
    """Each release, the first one first, with its number: editions of the list and addenda are counted apart."""
    editions = addenda = 0
    for each in sorted(releases, key=lambda release: release.number):
        if each.kind is PrintKind.ADDENDUM:
            addenda += 1
            yield each, addenda
        else:
            editions += 1
            yield each, editions
