"""Through whom a member is reached."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """One person with an open link. An empty ``email`` means: reached by letter."""

    name: str
    email: str
    passed_on: bool  # got it from a colleague


@dataclass(frozen=True, slots=True)
class Reach:
    """The holders of a member's open links, and when the last reminder was sent to one of them."""

    holders: tuple[Holder, ...] = ()
    reminded_at: datetime | None = None
