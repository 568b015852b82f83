"""Rounds of co-signing: phases and transitions, terms, invitations and links.

Only moments are stored; the phase is derived from them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from signoff.domain.dates import (
    DEFAULT_REMINDER_STEPS,
    format_reminder_steps,
    get_latest_day,
    parse_date,
    parse_reminder_steps,
    require_deadline,
)
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import FieldReader
from signoff.domain.text import decode_domains


class Phase(StrEnum):
    """The phase of a round. ``ENDED``: past the deadline, but not closed yet."""

    DRAFT = "draft"
    OPEN = "open"
    ENDED = "ended"
    CLOSED = "closed"
    RELEASED = "released"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Terms:
    """Settings that the office chooses at the opening: what is published, and to whom."""

    public: bool = False
    progress: str = "none"  # who sees the number of signatures: none | members | everyone
    signers: bool = True  # name the signers who consent
    functions: bool = True
    basis: bool = True
    dates: bool = True  # of the decisions
    signing_dates: bool = True  # the day of each signature
    keys: bool = False  # the key of each member, also where it is not an official one
    inhabitants: bool = False  # the total of those whom the signatories represent
    inhabitants_as_of: str = ""  # the day of the figures, in words
    notes: bool = True
    late: bool = False  # members may sign after the release
    applications: bool = False  # bodies that were not asked may apply, while it is open
    layout: str = "state"  # of the printed list: state | place | accession
    first_tag: str = ""  # the members with this tag stand first, as first signatories
    reminders: tuple[int, ...] = DEFAULT_REMINDER_STEPS  # days before the last day; may be empty
    # of the invitation mail, by language; blank lines separate paragraphs
    introductions: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()  # by which the members were chosen
    individual: bool = False  # the members were chosen one by one


@dataclass(frozen=True, slots=True)
class Round:
    """A round of co-signing one edition. All moments are aware; ``deadline`` is exclusive."""

    id: int
    edition_id: int
    opened_at: datetime | None = None
    deadline: datetime | None = None
    closed_at: datetime | None = None
    released_at: datetime | None = None
    retracted_at: datetime | None = None  # when its release was retracted
    cancelled_at: datetime | None = None
    closing_reason: str = ""  # why it was closed before its deadline
    ending_reason: str = ""  # why it was ended without publication, instead of cancelled
    terms: Terms = field(default_factory=Terms)
    target: int | None = None  # number of signatures the office hopes for
    late_until: datetime | None = None  # end of late signing (exclusive); ``None``: unlimited
    announced_from: datetime | None = None  # when invitations leave and the public draft appears
    deadline_set_at: datetime | None = None
    deadline_before: datetime | None = None  # the one that the members were told before

    def phase(self, now: datetime) -> Phase:
        """The phase at ``now``. A scheduled release counts from its moment on."""
        if self.cancelled_at:
            return Phase.CANCELLED
        if self.released_at and self.released_at <= now:
            return Phase.RELEASED
        if self.closed_at:
            return Phase.CLOSED
        if self.opened_at is None or self.deadline is None:
            return Phase.DRAFT
        return Phase.ENDED if now >= self.deadline else Phase.OPEN

    def is_finished(self, now: datetime) -> bool:
        """Whether nothing is left to be done: released or cancelled."""
        return self.phase(now) in (Phase.RELEASED, Phase.CANCELLED)

    def is_public_draft(self, now: datetime) -> bool:
        """Whether everybody may read the draft before the release."""
        phases = (Phase.OPEN, Phase.ENDED, Phase.CLOSED)
        return self.terms.public and self.is_announced(now) and self.phase(now) in phases

    def is_announced(self, now: datetime) -> bool:
        """Whether the time is over in which its opening could be recalled unnoticed."""
        return self.announced_from is None or now >= self.announced_from

    def open(self, deadline: datetime, now: datetime, wait: timedelta = timedelta()) -> "Round":
        """Open for answers until ``deadline``; it is announced after ``wait``."""
        if self.opened_at:
            raise Refusal(Reason.ALREADY_OPEN)
        require_deadline(deadline, now)
        if self.terms.applications and not self.terms.public:
            raise Refusal(Reason.DRAFT_NOT_PUBLIC, "applications")
        return replace(
            self,
            opened_at=now,
            announced_from=now + wait,
            deadline=deadline,
            deadline_set_at=now,
        )

    def extend(self, deadline: datetime, now: datetime, *, announced: bool = True) -> "Round":
        """Move the deadline of an open round.

        A deadline that has been ``announced`` only becomes later. Until then it may be moved back
        as far as to the one that the members know, if they know one.
        """
        self.require_open(now)
        known = self.deadline if announced else self.deadline_before
        if known and (deadline < known or (announced and deadline == known)):
            raise Refusal(Reason.DEADLINE_NOT_LATER, "deadline")
        require_deadline(deadline, now)
        if deadline == known:
            return replace(
                self, deadline=known, deadline_before=None, deadline_set_at=self.opened_at
            )
        return replace(self, deadline=deadline, deadline_before=known, deadline_set_at=now)

    def may_recall_opening(self, now: datetime, *, left: bool) -> bool:
        """Whether the opening can be undone: nothing about it has ``left`` the house."""
        return self.is_open(now) and not left and not self.is_public_draft(now)

    def may_recall_extension(self, now: datetime, *, announced: bool) -> bool:
        """Whether the deadline that the members know can be restored."""
        known = self.deadline_before
        return self.is_open(now) and not announced and known is not None and known > now

    def cancel(self, now: datetime) -> "Round":
        """End without a result; possible until the round is closed."""
        if self.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if self.closed_at:
            raise Refusal(Reason.ALREADY_CLOSED)
        return replace(self, cancelled_at=now)

    def end_unpublished(self, reason: str, now: datetime) -> "Round":
        """End a round whose deadline has passed, or that is closed, without publication."""
        phase = self.phase(now)
        if phase is Phase.CANCELLED:
            raise Refusal(Reason.CANCELLED)
        if phase is Phase.RELEASED:
            raise Refusal(Reason.ALREADY_RELEASED)
        if phase in (Phase.DRAFT, Phase.OPEN):
            raise Refusal(Reason.STILL_OPEN)
        return replace(self, released_at=None, cancelled_at=now, ending_reason=reason)

    def close(self, now: datetime, reason: str = "") -> "Round":
        """Freeze the answers. The office may do so before the announced deadline, for a reason."""
        phase = self.phase(now)
        if phase in (Phase.CLOSED, Phase.RELEASED):
            raise Refusal(Reason.ALREADY_CLOSED)
        if phase is Phase.CANCELLED:
            raise Refusal(Reason.CANCELLED)
        if phase is Phase.DRAFT:
            raise Refusal(Reason.NOT_OPEN)
        return replace(self, closed_at=now, closing_reason=reason if phase is Phase.OPEN else "")

    def release(self, released_at: datetime, now: datetime) -> "Round":
        """Publish at ``released_at`` (now or later); only a closed round can be released."""
        self.require_unreleased(now)
        if self.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not self.closed_at:
            raise Refusal(Reason.NOT_YET_CLOSED)
        if released_at < now:
            raise Refusal(Reason.RELEASE_PAST, "at")
        return replace(self, released_at=released_at)

    def require_unreleased(self, now: datetime) -> None:
        """Refuse once the release has happened or is scheduled, as its content must not change."""
        if self.released_at:
            raise Refusal(
                Reason.RELEASE_PLANNED if self.released_at > now else Reason.ALREADY_RELEASED
            )

    def is_open(self, now: datetime) -> bool:
        """Whether answers are accepted at ``now``."""
        return self.phase(now) is Phase.OPEN

    def require_open(self, now: datetime) -> None:
        """Refuse unless answers are accepted at ``now``, even if the worker has not run."""
        if self.phase(now) is Phase.CANCELLED:
            raise Refusal(Reason.CANCELLED)
        if self.phase(now) is not Phase.OPEN:
            raise Refusal(Reason.NOT_OPEN)

    def accepts_late_signatures(self, now: datetime) -> bool:
        """Whether late signatures are accepted at ``now``."""
        in_time = self.late_until is None or now < self.late_until
        is_public = self.phase(now) is Phase.RELEASED and self.retracted_at is None
        return self.terms.late and is_public and in_time

    def end_late_signing(self, until: datetime, now: datetime) -> "Round":
        """Set the end of late signing in a released round; once over, it is not resumed."""
        if self.phase(now) is not Phase.RELEASED or not self.terms.late or self.retracted_at:
            raise Refusal(Reason.NOT_LATE)
        if self.late_until and self.late_until <= now:
            raise Refusal(Reason.LATE_ENDED)
        require_deadline(until, now, "late_until")
        return replace(self, late_until=until)

    def links_expire_at(self, after: timedelta) -> datetime | None:
        """When links expire: ``after`` the release, late signing or the retraction; ``None`` if not
        known.
        """
        if self.released_at is None:
            return None
        ends = self.retracted_at or self.late_until if self.terms.late else self.released_at
        return max(self.released_at, ends) + after if ends else None

    def has_expired_links(self, after: timedelta, now: datetime) -> bool:
        """Whether its links have expired, ``after`` the release or late signing."""
        expires_at = self.links_expire_at(after)
        return expires_at is not None and now > expires_at

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before the announced deadline."""
        return bool(self.closed_at and self.deadline and self.closed_at < self.deadline)

    @property
    def as_of(self) -> datetime:
        """The date of the list ("Stand"): the deadline, or the closing if that was earlier."""
        if self.deadline is None:
            raise ValueError("the round has not been opened")
        return min(self.deadline, self.closed_at) if self.closed_at else self.deadline


def parse_reason(text: str) -> str:
    """Why a round is closed early or ended without publication: required, and printable."""
    reader = FieldReader({"reason": text})
    reason = reader.text("reason")
    if reader.refusals:
        raise reader.refusals[0]
    return reason


# The target: the number of signatures the office hopes for, shown in charts only.


def parse_target(value: str, invited: int) -> int | None:
    """Parse a number from 1 to ``invited``; empty means no target."""
    text = value.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= invited):
        raise Refusal(Reason.NOT_A_TARGET, "aim", text=text[:40], invited=invited)
    return int(text)


def require_target_editable(round: Round) -> None:
    """Refuse after the end, when the target could be adapted to the result."""
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if round.closed_at:
        raise Refusal(Reason.ALREADY_CLOSED)


# Invitations and links.


@dataclass(frozen=True, slots=True)
class Invitation:
    """The invitation of a member. ``reference`` is its case number (Vorgangsnummer)."""

    id: int
    round_id: int
    member_id: int
    reference: str
    invited_at: datetime

    def has_number(self, text: str) -> bool:
        """Whether ``text`` is the case number, or its last four digits."""
        typed = re.sub(r"\W", "", text).upper()
        return len(typed) >= 4 and self.reference.replace("-", "").endswith(typed)


@dataclass(frozen=True, slots=True)
class Link:
    """The link of one person to an invitation.

    ``public_id`` is random (128 bits). A corrected address increases ``generation``, which
    invalidates the old link. The signed token is derived from both when needed and never stored.
    """

    id: int
    invitation_id: int
    public_id: str
    generation: int
    representative_id: int | None
    name: str
    email: str
    language: str
    created_at: datetime
    ended_at: datetime | None = None
    delegated_by: int | None = None  # the link of the person who delegated to this one
    unit: str = ""
    message: str = ""  # to the colleague, in a delegation
    may_answer: bool = True  # false: for information, read-only
    prepared: str = ""  # JSON of the answer that a colleague has filled in and not handed in

    @property
    def token_payload(self) -> tuple[str, int]:
        """The source of the signed token."""
        return self.public_id, self.generation

    @property
    def holder(self) -> str:
        """What a page calls the person: the name, or else the address."""
        return self.name or decode_domains(self.email)

    @property
    def shared_address(self) -> str:
        """The address by which the links of several members belong to one person: that of a
        representative who may answer, otherwise none.
        """
        return self.email if self.representative_id and self.may_answer else ""

    def require_may_answer(self) -> None:
        """Refuse actions through a link that is for information only."""
        if not self.may_answer:
            raise Refusal(Reason.FOR_INFORMATION)


def group_by_address(links: Iterable[Link]) -> list[list[Link]]:
    """The links that belong to one person, for each person who has several."""
    groups: dict[str, list[Link]] = {}
    for link in links:
        groups.setdefault(link.shared_address, []).append(link)
    return [group for address, group in groups.items() if address and len(group) > 1]


# The form of an opening, step by step: from its fields to its values, or to every refusal.

PROGRESS_AUDIENCES = ("none", "members", "everyone")
LIST_LAYOUTS = ("state", "place", "accession")
CHECKBOX_FIELDS = (
    "signers",
    "functions",
    "basis",
    "dates",
    "signing_dates",
    "keys",
    "inhabitants",
    "notes",
    "late",
    "public",
    "applications",
)


def format_settings(terms: Terms) -> dict[str, str]:
    """The settings of a round as ``OpeningForm.terms`` reads them; unticked boxes are missing."""
    return {name: "y" for name in CHECKBOX_FIELDS if getattr(terms, name)} | {
        "progress": terms.progress,
        "layout": terms.layout,
        "first_tag": terms.first_tag,
        "inhabitants_as_of": terms.inhabitants_as_of,
        "reminders": format_reminder_steps(terms.reminders),
    }


class MemberSelection(StrEnum):
    """The invited members: all, those with a tag, or those that are selected."""

    ALL = "all"
    TAGS = "tags"
    INDIVIDUAL = "individual"


class OpeningForm(FieldReader):
    """Reads the fields of an opening; ``tags`` and ``members`` (keys) are what was ticked."""

    def __init__(
        self,
        fields: Mapping[str, str],
        tags: Sequence[str],
        members: Sequence[str],
        languages: Sequence[str],
        today: date,
    ) -> None:
        super().__init__(fields)
        self.tags, self.members, self.today = tuple(tags), tuple(members), today
        self.languages = languages  # in which invitations are sent

    def step(self, name: str) -> list[Refusal]:
        """Why a step cannot be left yet; empty where it can."""
        steps = {
            "members": self.selection,
            "deadline": self.deadline,
            "settings": self.terms,
            "mail": self.introductions,
        }
        steps[name]()
        return self.refusals

    def selection(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Tags or keys of the invited members; all members if both are empty."""
        selection = self.choice("selection", {option.value: option for option in MemberSelection})
        if selection is MemberSelection.TAGS:
            if not self.tags:
                self.refuse(Reason.NONE_PICKED, "selection")
            return self.tags, ()
        if selection is MemberSelection.INDIVIDUAL:
            if not self.members:
                self.refuse(Reason.NONE_PICKED, "selection")
            return (), self.members
        return (), ()

    def deadline(self) -> date | None:
        last = self.date("deadline")
        if last and last < self.today:
            self.refuse(Reason.DEADLINE_PAST, "deadline")
        if last and last > (latest := get_latest_day(self.today)):
            self.refuse(Reason.DEADLINE_TOO_FAR, "deadline", day=latest)
        return last

    def terms(self) -> Terms:
        """The settings with the introductions of the mail."""
        checked: dict[str, Any] = {name: bool(self.fields.get(name)) for name in CHECKBOX_FIELDS}
        try:
            reminders = parse_reminder_steps(self.fields.get("reminders", ""))
        except Refusal as refusal:
            self.refusals.append(refusal)
            reminders = ()
        if checked["applications"] and not checked["public"]:
            self.refuse(Reason.DRAFT_NOT_PUBLIC, "applications")
        return Terms(
            **checked,
            progress=self.choice("progress", {option: option for option in PROGRESS_AUDIENCES})
            or "none",
            layout=self.choice("layout", {option: option for option in LIST_LAYOUTS}) or "state",
            first_tag=self.text("first_tag", required=False),
            inhabitants_as_of=self.text("inhabitants_as_of", required=checked["inhabitants"]),
            reminders=reminders,
            introductions=self.introductions(),
        )

    def introductions(self) -> dict[str, str]:
        """By language, without empty ones."""
        texts = {
            language: self.text(f"introduction_{language}", required=False)
            for language in self.languages
        }
        return {language: text for language, text in texts.items() if text}

    def find_deadline(self) -> date | None:
        """The day in the field; ``None``, without a refusal, if it is not a day."""
        try:
            return parse_date(self.fields.get("deadline", ""))
        except Refusal:
            return None
