"""One edition put to members until a deadline. Facts are stored, the phase follows from them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from signoff.domain.refusal import Reason, Refusal
from signoff.domain.steps import STEPS


class Phase(StrEnum):
    """Where a round is in its life. ``ENDED``: the deadline has passed, the closing is not recorded yet."""

    DRAFT = "draft"
    OPEN = "open"
    ENDED = "ended"
    CLOSED = "closed"
    RELEASED = "released"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the office decides about a round when it opens, and the reader of its pages and PDF sees."""

    public: bool = False
    progress: str = "none"  # to whom the number of signatures is shown: none | members | everyone
    persons: bool = True  # are signers named, where they agree
    functions: bool = True
    basis: bool = True
    dates: bool = True
    notes: bool = True
    late: bool = False  # may members sign after release
    layout: str = "state"  # the printed list: state | place
    reminders: tuple[int, ...] = STEPS  # days before the last day of the deadline; none: nobody is reminded
    introduction: str = ""  # of the invitation, in the office's own words; empty lines part paragraphs
    introduction_en: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A round. All moments are aware; ``deadline`` is the first moment at which no answer is taken any more."""

    id: int
    edition_id: int
    opened_at: datetime | None = None
    deadline: datetime | None = None
    closed_at: datetime | None = None
    released_at: datetime | None = None
    cancelled_at: datetime | None = None
    terms: Terms = field(default_factory=Terms)
    aim: int | None = None  # how many signatures the office hopes for
    late_until: datetime | None = None  # the first moment at which no late signature is taken; none: rolling

    def phase(self, now: datetime) -> Phase:
        """The phase at ``now``. A release planned for a later moment counts from that moment on."""
        if self.cancelled_at:
            return Phase.CANCELLED
        if self.released_at and self.released_at <= now:
            return Phase.RELEASED
        if self.closed_at:
            return Phase.CLOSED
        if self.opened_at is None or self.deadline is None:
            return Phase.DRAFT
        return Phase.ENDED if now >= self.deadline else Phase.OPEN

    def open(self, deadline: datetime, now: datetime) -> "Round":
        """Open for answers until ``deadline``."""
        if self.opened_at:
            raise Refusal(Reason.ALREADY_OPEN)
        if deadline <= now:
            raise Refusal(Reason.DEADLINE_PAST, "deadline")
        return replace(self, opened_at=now, deadline=deadline)

    def extend(self, deadline: datetime, now: datetime) -> "Round":
        """Move the deadline of an open round to a later moment."""
        self.require_open(now)
        assert self.deadline
        if deadline <= self.deadline:
            raise Refusal(Reason.DEADLINE_NOT_LATER, "deadline")
        return replace(self, deadline=deadline)

    def cancel(self, now: datetime) -> "Round":
        """End without a result; possible until the closing is recorded."""
        if self.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if self.closed_at:
            raise Refusal(Reason.ALREADY_CLOSED)
        return replace(self, cancelled_at=now)

    def close(self, now: datetime) -> "Round":
        """Freeze the members' answers. Before the deadline this breaks a printed promise; the office may."""
        phase = self.phase(now)
        if phase in (Phase.CLOSED, Phase.RELEASED):
            raise Refusal(Reason.ALREADY_CLOSED)
        if phase is Phase.CANCELLED:
            raise Refusal(Reason.CANCELLED)
        if phase is Phase.DRAFT:
            raise Refusal(Reason.NOT_OPEN)
        return replace(self, closed_at=now)

    def release(self, at: datetime, now: datetime) -> "Round":
        """Publish at ``at`` (now or later); only a closed round is released."""
        self.require_unreleased(now)
        if self.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not self.closed_at:
            raise Refusal(Reason.NOT_YET_CLOSED)
        if at < now:
            raise Refusal(Reason.RELEASE_PAST, "at")
        return replace(self, released_at=at)

    def require_unreleased(self, now: datetime) -> None:
        """Refuse once the release has happened or is planned: what was looked at stays what it is."""
        if self.released_at:
            raise Refusal(Reason.RELEASE_PLANNED if self.released_at > now else Reason.ALREADY_RELEASED)

    def is_open(self, now: datetime) -> bool:
        """Whether answers are taken at ``now``."""
        return self.phase(now) is Phase.OPEN

    def require_open(self, now: datetime) -> None:
        """Refuse unless answers are taken at ``now``: the deadline is a moment, whether or not anything has run."""
        if self.phase(now) is Phase.CANCELLED:
            raise Refusal(Reason.CANCELLED)
        if self.phase(now) is not Phase.OPEN:
            raise Refusal(Reason.NOT_OPEN)

    def takes_late(self, now: datetime) -> bool:
        """Whether members may sign after the release, at ``now``."""
        in_time = self.late_until is None or now < self.late_until
        return self.terms.late and self.phase(now) is Phase.RELEASED and in_time

    def end_late(self, until: datetime, now: datetime) -> "Round":
        """Let late signing of a released round end at ``until``; what has ended is not taken up again."""
        if self.phase(now) is not Phase.RELEASED or not self.terms.late:
            raise Refusal(Reason.NOT_LATE)
        if self.late_until and self.late_until <= now:
            raise Refusal(Reason.LATE_ENDED)
        if until <= now:
            raise Refusal(Reason.DEADLINE_PAST, "late_until")
        return replace(self, late_until=until)

    def links_die_at(self, after: timedelta) -> datetime | None:
        """When links open nothing any more: ``after`` the release, or the end of late signing; ``None``: not yet known.

        A release that is planned counts from its moment.
        """
        if self.released_at is None or (self.terms.late and self.late_until is None):
            return None
        ends = self.late_until if self.terms.late else None
        return max(self.released_at, ends or self.released_at) + after

    @property
    def as_of(self) -> datetime:
        """The moment the list stands for ("Stand"): the deadline, or the closing where that came first."""
        assert self.deadline
        return min(self.deadline, self.closed_at) if self.closed_at else self.deadline
