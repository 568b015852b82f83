"""The certificate of the process: what happened when, by whom, in which order, each line with its digest.

A member's copy names the milestones of the round, the member's own answers and, once the list is published, the
counted signatures as far as the list shows them. Every other line is its salted digest alone, so that nobody learns
who declined.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from signoff.domain.answer import Kind
from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.canonical import digest
from signoff.domain.member import Member
from signoff.domain.paper import Edition
from signoff.domain.round import Round

MILESTONES = frozenset(
    {Event.PAPER_ADDED, Event.ROUND_OPENED, Event.ROUND_EXTENDED, Event.ROUND_CLOSED, Event.RELEASED}
)
# Of a line's details, what may stand in a certificate; names, notes, reasons, counts and addresses may not.
FACTS = (
    *("accepted", "channel", "deadline", "digest", "early", "kind"),
    *("released_at", "sha256", "timestamp", "unsealed_sha256"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the journal about the round. Of a hidden one only ``entry`` and ``commitment`` are known.

    ``day`` stands in place of ``at`` where only the day is published.
    """

    entry: int
    commitment: str
    event: Event | None = None
    at: datetime | None = None
    day: date | None = None
    by: str = ""  # office | member | program
    member: str = ""  # the key of whom it is about
    name: str = ""
    answer: Kind | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def hidden(self) -> "Step":
        return Step(self.entry, self.commitment)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What became of one round. ``member``: whose copy, ``None`` for the office's; ``root``: after the last step."""

    association: Association
    edition: Edition
    round: Round
    steps: tuple[Step, ...]
    root: str
    member: Member | None = None
    published: bool = False  # whether the list is public

    @property
    def course(self) -> str:
        """SHA-256 over number and digest of every step: the same in each copy that ends with the same step."""
        return digest([[step.entry, step.commitment] for step in self.steps])


def by(actor: str) -> str:
    """The role behind an actor of the journal; no number leads to a person."""
    if actor.startswith("link/"):
        return "member"
    return "program" if actor == "worker" else "office"


def disclosed(
    steps: Collection[Step], own: Collection[int], counted: Mapping[int, Step], published: bool
) -> tuple[Step, ...]:
    """The steps as a member may see them.

    ``own`` are the entries of the member's answers, ``counted`` what the published list shows of each signature by its
    entry. What comes after the last named step is left out: it would tell when others still do something.
    """
    seen = tuple(shown(step, own, counted if published else {}, published) for step in steps)
    last = max((at for at, step in enumerate(seen) if step.event), default=-1)
    return seen[: last + 1]


def shown(step: Step, own: Collection[int], counted: Mapping[int, Step], published: bool) -> Step:
    if step.entry in own:
        return step
    if step.event in MILESTONES and (published or step.event is not Event.RELEASED):
        return step
    return counted.get(step.entry, step.hidden)
