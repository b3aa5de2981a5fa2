"""Simulated futures: one path a draw, as predictions beside the exact curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.answer.ahead import Ahead
from forecast.inference import resample
from forecast.model import Timeline
from forecast.multistate import Array, Curves, Jumps, simulate_jumps


@dataclass(frozen=True, eq=False)
class Futures:
    """One simulated future a draw: the day of the first event (0 = none in the window) and its itinerary (or -1)."""

    day: Array
    itinerary: Array


def simulate_futures(timeline: Timeline, ahead: Ahead, rng: np.random.Generator) -> Futures:
    """Simulate a future for each draw; where something is learned, of draws and states as likely as it leaves them."""
    supposed, days = timeline.supposed, timeline.ahead.days
    count = ahead.weight.size
    chosen, stage, later = np.arange(count), np.full(count, timeline.stage), np.zeros(count, bool)
    if supposed.learned:
        assert ahead.curves is not None
        chosen, stage, later = _land(ahead.curves, rng)
    z, next_z = (values[chosen] for values in ahead.frailties)
    jumps = simulate_jumps(
        ahead.rates.take(chosen).after(supposed.learned),
        days[supposed.learned :],
        stage,
        np.where(later, next_z, z),
        rng,
        renew=lambda ended: next_z[ended],
        later=later,
        put=supposed.put[supposed.learned :],
    )
    return _find_events(jumps, count, int(days[: supposed.learned].sum()), timeline.first_day)


def _land(curves: Curves, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Choose draws systematically by what they gave to what is learned, and a stage and copy for each."""
    count = len(curves.weight)
    chosen = resample(curves.weight, count, rng)
    chances = np.cumsum(curves.landed[chosen], axis=1)
    state = (rng.random(count)[:, None] * chances[:, -1:] >= chances[:, :-1]).sum(axis=1)
    copies, stages = np.array(curves.states).T
    return chosen, stages[state], copies[state] == 1


def _find_events(jumps: Jumps, count: int, passed: int, first: int) -> Futures:
    """Return the day and the itinerary of each path's event, if it falls on day `first` or later."""
    day_of = np.ceil(jumps.time).astype(int) + passed
    happened = (jumps.target < 0) & (day_of > first)
    day, itinerary = np.zeros(count, int), np.full(count, -1)
    day[jumps.path[happened]] = day_of[happened]
    itinerary[jumps.path[happened]] = jumps.itinerary[happened]
    return Futures(day, itinerary)
