"""Threads take turns in the order of arrival."""

import threading
from collections.abc import Callable

import pytest

from signoff import turns
from signoff.storage import Slots
from signoff.store.connection import transaction
from signoff.turns import Turns, take_turn
from tests.world import World


def test_threads_have_their_turns_in_the_order_of_arrival() -> None:
    line, served, threads = Turns(), [], []

    def take(number: int) -> None:
        turn = line.take()
        served.append(number)
        line.end(turn)

    turn = line.take()
    for number in range(20):
        threads.append(start_thread(lambda number=number: take(number)))
        while len(line.waiting) <= number:
            pass
    line.end(turn)
    for thread in threads:
        thread.join(5)
    assert served == list(range(20))
    assert line.current is None


def test_a_thread_that_takes_too_long_holds_up_nobody() -> None:
    line = Turns(0.001)
    late = line.take()
    thread = start_thread(lambda: line.end(line.take()))
    thread.join(60)
    assert not thread.is_alive()
    next_one = line.take()
    line.end(late)
    assert line.current is next_one


def test_a_request_ends_its_turn_before_it_waits_for_the_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = Turns()
    monkeypatch.setattr(turns, "REQUESTS", requests)
    with take_turn():
        with transaction(world.db):
            assert requests.current
        assert requests.current is None


def test_a_request_ends_its_turn_before_it_waits_for_something_costly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = Turns()
    monkeypatch.setattr(turns, "REQUESTS", requests)
    with take_turn(), Slots(1, waiting=0, timeout=0).acquire():
        assert requests.current is None


def start_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread
