"""Getting a mail out: when to try again, when to give up, and what went wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
LONGEST_PAUSE = timedelta(hours=1)  # a next try farther away than this was written by a clock that ran ahead
PATIENCE = timedelta(days=3)  # from the first try to the last; RFC 5321 4.5.4.1 asks for four to five days of a server


class PostFailed(Exception):
    """A message was not accepted.

    ``permanent``: trying again is of no use. ``server``: it was not this message or its recipient; the server cannot
    be used at all for now, so the others can wait too. ``words``: what the server (or the system) said, one line.
    """

    def __init__(self, words: str, *, permanent: bool = False, server: bool = False) -> None:
        self.words = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())[:500]
        self.permanent = permanent
        self.server = server
        super().__init__(self.words)


class Unmailable(ValueError):
    """A letter that cannot be a mail: its address or a name in it would break or forge a header."""


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after ``attempts`` (1 or more) temporary failures; ``None``: given up.

    The pauses are 1, 5 and 15 minutes, then an hour each, as long as they add up to three days at most. It counts
    tries and not the clock: a worker that stood still over a weekend still has its tries, whatever the clock did.
    """
    if attempts < 1:
        raise ValueError("nothing has been tried yet")
    return now + pause(attempts) if waited(attempts) <= PATIENCE else None


def pause(attempts: int) -> timedelta:
    """The pause after so many tries."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else LONGEST_PAUSE


def waited(attempts: int) -> timedelta:
    """All pauses so far together, with the one after the last of so many tries."""
    return sum(PAUSES[:attempts], timedelta()) + max(0, attempts - len(PAUSES)) * LONGEST_PAUSE


@dataclass(frozen=True, slots=True)
class Pace:
    """How many mails may go out in any one minute, by all workers together: at all, and to one domain; 0: no limit."""

    overall: int = 0
    domain: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """The mail server cannot be used: nobody's mail is tried until ``next_try_at``, and then one, to see."""

    failures: int  # in a row
    since: datetime
    next_try_at: datetime
    words: str

    def holds(self, now: datetime) -> bool:
        """Whether to wait; a moment farther away than any pause was written by a clock that ran ahead."""
        return now < self.next_try_at <= now + LONGEST_PAUSE


@dataclass(frozen=True, slots=True)
class Progress:
    """A run on its way: how many mails are due now, and how many went out in the last minute."""

    due: int
    lately: int

    def done_by(self, now: datetime) -> datetime | None:
        """When the last of them goes out at the pace of the last minute; ``None`` where nothing has gone yet."""
        return now + timedelta(minutes=1) * self.due / self.lately if self.due and self.lately else None


def failed_again(before: Outage | None, words: str, now: datetime) -> Outage:
    """One more failure of the server. One alone may be this message's fault, so the next one is tried at once."""
    failures = before.failures + 1 if before else 1
    wait = pause(failures - 1) if failures > 1 else timedelta()
    return Outage(failures, before.since if before else now, now + wait, words)
