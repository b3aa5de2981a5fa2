"""Futures drawn from the exact curves, one a draw, as predictions.

The day of a draw's event is drawn from the days that its curves give it, and the itinerary from that day's split: what
a path through the stages would have come to, however many steps it would have taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.inference import resample
from forecast.multistate import Array, Curves

VALUES = 1_000_000  # draws times days at a time


@dataclass(frozen=True, eq=False)
class Futures:
    """One future a draw: the day of the first event (0 = none in the window) and its itinerary (or -1)."""

    day: Array
    itinerary: Array


def draw_futures(curves: Curves, first: int, rng: np.random.Generator) -> Futures:
    """Draw a future for each draw; where something is learned, of draws as likely as it leaves them.

    Parameters
    ----------
    curves : Curves
        By itinerary.
    first : int
        Number of the window's first day; an event before it is none of the question's.
    """
    count, days = curves.alive[:, 1:].shape
    chosen = np.arange(count)
    if np.ptp(curves.weight) > 0:
        chosen = resample(curves.weight, count, rng)
    through = rng.random(count) * curves.weight[chosen]  # the event comes once the chance of none falls to this
    passed = np.zeros(count, int)
    step = max(1, VALUES // count)
    for start in range(0, days, step):
        passed += (curves.alive[chosen, start + 1 : start + 1 + step] >= through[:, None]).sum(axis=1)
    happened = np.flatnonzero((passed >= first) & (passed < days))
    split = np.cumsum(curves.incidence_at(chosen[happened], passed[happened]), axis=1)
    itinerary = np.full(count, -1)
    itinerary[happened] = (rng.random(happened.size)[:, None] * split[:, -1:] >= split[:, :-1]).sum(axis=1)
    day = np.zeros(count, int)
    day[happened] = passed[happened] + 1
    return Futures(day, itinerary)
