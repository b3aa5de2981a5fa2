"""Rooms: kept by a thread, inherited from one that has ended, shared by no two that live."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from forecast.multistate.workspace import clear_rooms, inherited_rooms, room


@pytest.fixture(autouse=True)
def _no_rooms_from_before():
    clear_rooms()


def in_thread(work):
    """Run something in a thread of its own that inherits, and return what it returns."""
    found = []

    def run():
        with inherited_rooms():
            found.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_a_name_stands_for_the_same_memory_until_it_has_to_grow():
    first = room("a", (3, 4))
    assert np.shares_memory(first, room("a", (2, 2)))
    assert not np.shares_memory(first, room("b", (3, 4)))
    assert not np.shares_memory(first, room("a", (5, 4)))


def test_a_thread_inherits_the_rooms_of_one_that_has_ended():
    first, second = (in_thread(lambda: room("a", (4,))) for _ in range(2))
    assert np.shares_memory(first, second)
    assert not np.shares_memory(first, room("a", (4,)))


def test_threads_that_live_at_once_share_nothing():
    inner = []

    def outer():
        mine = room("a", (4,))
        inner.append(in_thread(lambda: room("a", (4,))))
        return mine

    assert not np.shares_memory(in_thread(outer), inner[0])


def test_rooms_are_left_behind_even_by_a_failure():
    kept = []

    def fail():
        with inherited_rooms():
            kept.append(room("a", (4,)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert np.shares_memory(kept[0], in_thread(lambda: room("a", (4,))))


def test_cleared_rooms_are_gone():
    first, left = room("a", (4,)), in_thread(lambda: room("a", (4,)))
    clear_rooms()
    assert not np.shares_memory(first, room("a", (4,)))
    assert not np.shares_memory(left, in_thread(lambda: room("a", (4,))))
