"""Room for intermediate results, kept by each thread from one call to the next.

Fresh memory has to be fetched from the system page by page, which costs more than the arithmetic that is done in it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Hashable

import numpy as np

_KEPT = threading.local()


def room(name: Hashable, shape: tuple[int, ...]) -> np.ndarray:
    """Return a contiguous array of that shape with anything in it.

    It is this thread's until the same name is asked for again, so what is made in it must not outlive the computation
    that asked for it.

    Examples
    --------
    >>> room("a", (2, 3)).shape
    (2, 3)
    """
    rooms: dict[Hashable, np.ndarray] = _KEPT.__dict__.setdefault("rooms", {})
    size = math.prod(shape)
    if name not in rooms or rooms[name].size < size:
        rooms[name] = np.empty(size)
    return rooms[name][:size].reshape(shape)
