"""Worlds in which the forecasts of a replay are right, for bars that respect how its windows overlap.

A world is laid end to end from windows that do not overlap: from a row at random on, each next one begins where the
last has ended, and whether and when the event falls into it is drawn from that row's own curve. What came of every
other row's window is read off that one course of events. The forecasts are held as they were, which is the limit of
this: with other events they would have been others. So is that a window between two of the chain takes over what was
drawn of its neighbours: where P jumps, bars are too wide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.explore.dated import Replayed
from forecast.multistate import Array


def simulate_days(rows: Sequence[Replayed], rng: np.random.Generator, worlds: int) -> Array:
    """Draw what comes of each row's window: number of the event's day, -1 for none, (worlds, rows).

    Parameters
    ----------
    rows : sequence of Replayed
        In order of time, each with a model's outlook.
    """
    start = np.array([row.start.toordinal() for row in rows])
    until = np.array([row.until.toordinal() for row in rows])
    found = np.full((worlds, len(rows)), -1)
    for world in found:
        events = _lay_out(rows, start, until, rng)
        first = np.searchsorted(events, start)  # of the events from each window's first day on
        day = np.append(events, np.iinfo(int).max)[first]
        world[:] = np.where(day <= until, day - start, -1)
    return found


def _lay_out(rows: Sequence[Replayed], start: Array, until: Array, rng: np.random.Generator) -> Array:
    """Return the days of the events of one world, in order."""
    at = int(rng.integers(np.searchsorted(start, until[0], side="right")))
    chain = [0, at] if at else [0]
    while (following := int(np.searchsorted(start, until[chain[-1]], side="right"))) < len(rows):
        chain.append(following)
    events = []
    for row, end in zip(chain, [*(start[index] for index in chain[1:]), np.inf], strict=True):
        look = rows[row].model
        assert look is not None
        day = int(np.searchsorted(look.by, rng.random()))
        if day < len(look.by) and start[row] + day < end:
            events.append(start[row] + day)
    return np.array(events, int)
