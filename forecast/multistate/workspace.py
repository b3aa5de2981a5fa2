"""Room for intermediate results, kept by each thread from one call to the next.

Fresh memory has to be fetched from the system page by page, which costs more than the arithmetic that is done in it.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Hashable, Iterator

import numpy as np

_Rooms = dict[Hashable, np.ndarray]
_KEPT = threading.local()
_LEFT_BEHIND: list[_Rooms] = []  # by threads that have ended

# Freed at once and never touched. From then on glibc keeps what is freed, up to 64 MB of it, instead of giving it back
# and fetching it again: its threshold follows the largest array freed, up to 32 MB (mallopt(3), M_MMAP_THRESHOLD).
np.empty(4 * 2**20 - 2**16)


def room(name: Hashable, shape: tuple[int, ...]) -> np.ndarray:
    """Return a contiguous array of that shape with anything in it.

    It is this thread's until the same name is asked for again, so what is made in it must not outlive the computation
    that asked for it.

    Examples
    --------
    >>> room("a", (2, 3)).shape
    (2, 3)
    """
    rooms: _Rooms = _KEPT.__dict__.setdefault("rooms", {})
    size = math.prod(shape)
    if name not in rooms or rooms[name].size < size:
        rooms[name] = np.empty(size)
    return rooms[name][:size].reshape(shape)


def clear_rooms() -> None:
    """Let go of this thread's rooms and of what others left behind, so that their memory serves something else."""
    _KEPT.__dict__.clear()
    _LEFT_BEHIND.clear()


@contextlib.contextmanager
def inherited_rooms() -> Iterator[None]:
    """Work in the rooms of a thread that has ended, and leave them behind for the next one."""
    try:
        _KEPT.rooms = _LEFT_BEHIND.pop()
    except IndexError:
        _KEPT.rooms = {}
    try:
        yield
    finally:
        _LEFT_BEHIND.append(_KEPT.__dict__.pop("rooms"))
