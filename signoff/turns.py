"""Threads that take turns, in the order of arrival: writers of the database, and requests.

Only one thread of a process runs Python at a time. Sixteen that take it from each other spend twice
the processor's time on a page. So requests are answered one after the other, as long as each of
them is quick.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic

MAX_REQUEST_TURN = 0.05  # seconds


class Turns:
    """Whoever has had a turn for longer than ``limit`` (seconds) goes on beside the next one."""

    def __init__(self, limit: float = inf) -> None:
        self.limit = limit
        self.guard = threading.Lock()
        self.current: threading.Lock | None = None
        self.ends = inf  # when the time of the current turn is up, by the monotonic clock
        self.waiting: deque[threading.Lock] = deque()  # each is held until its turn begins

    def take(self) -> threading.Lock:
        """Wait for a turn. It has to be ended."""
        turn = threading.Lock()
        turn.acquire()
        with self.guard:
            self.waiting.append(turn)
            self.begin_next()
        while not turn.acquire(timeout=min(max(0, self.ends - monotonic()), threading.TIMEOUT_MAX)):
            with self.guard:
                self.begin_next()
        return turn

    def end(self, turn: threading.Lock) -> None:
        with self.guard:
            if self.current is turn:
                self.current = None
            self.begin_next()

    def begin_next(self) -> None:
        if self.waiting and (self.current is None or monotonic() >= self.ends):
            self.current = self.waiting.popleft()
            self.ends = monotonic() + self.limit
            self.current.release()


REQUESTS = Turns(MAX_REQUEST_TURN)


class Thread(threading.local):
    turn: "threading.Lock | None" = None


this_thread = Thread()


@contextmanager
def take_turn() -> Iterator[None]:
    """Answer a request in the block."""
    this_thread.turn = REQUESTS.take()
    try:
        yield
    finally:
        end_turn()


def end_turn() -> None:
    """Let the next request be answered: this thread has answered one, or will wait for something
    else.
    """
    if this_thread.turn:
        REQUESTS.end(this_thread.turn)
        this_thread.turn = None
