"""Marking mail as sent, some at a time where that is quicker than the server."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.notice import Notice
from signoff.store import outages, outbox
from signoff.store.connection import transaction

MOST = 25  # accepted mails without a mark: so many a kill may repeat, each under its first Message-ID
SHARE = 10  # marking takes at most one part in so many of the time


class Marks:
    """What the server has accepted and is not marked yet.

    A mark is a transaction on disk, several times as slow as a quick server. With a slow one every mail is marked at
    once; never are more than ``MOST`` without a mark. ``outage``: the first success ends it.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime], *, outage: bool) -> None:
        self.db, self.clock, self.outage = db, clock, outage
        self.accepted: list[tuple[int, datetime]] = []
        self.written_at, self.took = time.monotonic(), 0.0

    def add(self, notice: Notice) -> None:
        """The server has just accepted it."""
        self.accepted.append((notice.id, self.clock()))

    def write_some(self) -> None:
        """Write the marks if it is time."""
        if len(self.accepted) >= MOST or time.monotonic() - self.written_at >= SHARE * self.took:
            self.write()

    def write(self) -> None:
        """Write all marks."""
        if not self.accepted:
            return
        began = time.monotonic()
        with transaction(self.db):
            outbox.mark_sent(self.db, self.accepted)
            if self.outage:
                outages.end(self.db)
        self.accepted, self.outage = [], False
        self.written_at = time.monotonic()
        self.took = self.written_at - began
