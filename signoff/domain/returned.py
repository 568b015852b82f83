"""What comes back to the return path of a mail."""

from dataclasses import dataclass
from enum import StrEnum


class Came(StrEnum):
    """What has come back."""

    BOUNCE = "bounce"  # for good: the address is wrong or refuses us
    DELAY = "delay"  # a server on the way keeps trying
    AUTOREPLY = "autoreply"  # nobody there at the moment; the mail has arrived
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail that came back. ``notice_id`` is the row of the outbox it is about, ``words`` what the server says."""

    came: Came
    notice_id: int | None = None
    words: str = ""
