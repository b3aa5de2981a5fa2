"""Paths drawn jump by jump from the same rates that `forecast.multistate.ahead` carries through exactly.

Receives `Rates`, hands on `Jumps`: predictions to the right of a timeline, whole histories to the left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.multistate.clocks import Clock
from forecast.multistate.rates import Array, Rates, directions

HALVINGS = 50  # of the time in which a stay that ages ends, to find when


@dataclass(frozen=True, eq=False)
class Jumps:
    """Simulated jumps in order of path and time, all of shape (jumps,).

    `target` is the stage moved to, or -1 for the event, whose itinerary stands in `itinerary` (else -1).
    """

    path: Array
    time: Array
    stage: Array
    target: Array
    itinerary: Array


def simulate_jumps(
    rates: Rates,
    days: Array,
    start: int | Array,
    frailty: Array,
    rng: np.random.Generator,
    *,
    renew: Callable[[Array], Array],
    put: Array | None = None,
    recurrent: bool = False,
    most: int | None = None,
    age: float = 0.0,
    begin: Callable[[Array], Array] | None = None,
) -> Jumps:
    """Draw one path a draw, jump by jump in continuous time (Gillespie 1976, doi:10.1016/0021-9991(76)90041-3).

    Parameters
    ----------
    start : int or (draws,) of int
        Stage at the beginning.
    frailty : (draws,)
        z of the episode under way, or of the next one.
    renew : callable
        Given the indices of paths whose episode has ended, returns the z of their next episode.
    put : (segments,) of int, optional
        Stage that an intervention puts the episode into at a segment's end, or -1.
    recurrent : bool
        Go on after an event, from stage 0; otherwise a path ends with its first.
    most : int, optional
        A path ends with the jump of this number.
    age : float
        Days that the stay in `start` had lasted.
    begin : callable, optional
        Given the indices of paths in which the event has happened, returns the stages in which they go on; else 0.
    """
    paths = np.arange(rates.draws if len(days) else 0)
    bounds = np.concatenate([[0], np.cumsum(days)]).astype(float)
    stage, segment = np.zeros(rates.draws, int) + start, np.zeros(rates.draws, int)
    time, z = np.zeros(rates.draws), frailty.copy()
    entered = np.full(rates.draws, -age)  # when each stay began
    first = np.ones(rates.draws, bool)
    stages = rates.event.shape[0]
    sign = directions(stages)
    records: list[tuple[Array, ...]] = []
    taken = np.zeros(rates.draws, int)
    while paths.size:
        here, now = stage[paths], segment[paths]
        rests = (here == 0) & rates.rests
        scale = np.where(rests, 0.0, rates.sigma[paths] * z[paths])
        steps = rates.step[here, :, paths] * rates.stage_factor[now, :, paths] * np.exp(sign[here] * scale[:, None])
        pending = np.where(first[paths], rates.meanwhile[now, paths], 1.0)
        events = (rates.event[here, paths] * np.exp(scale) * pending)[:, None] * rates.weight[now, :, paths]
        alive = first[paths] & ~rests & ~np.isin(here, list(rates.barred))
        planned = alive[:, None] * rates.plan[now, :, paths]
        until, spent = bounds[now + 1], rng.exponential(size=paths.size)
        with np.errstate(divide="ignore"):
            wait = spent / (steps.sum(axis=1) + (events + planned).sum(axis=1))
        for aged, clock in rates.clocks.items():
            those = np.flatnonzero(here == aged)
            ordinary, of_plans = steps[those].sum(axis=1) + events[those].sum(axis=1), planned[those].sum(axis=1)
            ages, left = (time - entered)[paths[those]], (until - time[paths])[those]
            wait[those], hazard = _wait(clock, paths[those], ages, left, ordinary, of_plans, spent[those])
            steps[those] *= hazard[:, None]
            events[those] *= hazard[:, None]
        cumulative = np.cumsum(np.concatenate([steps, events + planned], axis=1), axis=1)
        jumps = time[paths] + wait <= until
        time[paths] = np.where(jumps, time[paths] + wait, until)
        segment[paths] = np.where(jumps, now, now + 1)
        moved = paths[jumps]
        mark = rng.random(moved.size) * cumulative[jumps, -1]
        choice = (mark[:, None] >= cumulative[jumps]).sum(axis=1)
        happened = choice >= stages
        target = np.where(happened, -1, choice)
        records.append((moved, time[moved], here[jumps], target, np.where(happened, choice - stages, -1)))
        taken[moved] += 1
        stage[moved], entered[moved] = np.where(happened, 0, target), time[moved]
        if begin is not None:
            stage[moved[happened]] = begin(moved[happened])
        ended = moved[happened | (target == 0)]
        first[ended] = False
        z[ended] = renew(ended)
        if put is not None:
            crossed = paths[~jumps]
            target = put[segment[crossed] - 1]
            set_now = target >= 0
            lapsed = crossed[set_now & (target == 0) & (stage[crossed] > 0)]
            anew = crossed[set_now & (stage[crossed] != target)]
            entered[anew] = time[anew]
            stage[crossed[set_now]] = target[set_now]
            first[lapsed] = False
            z[lapsed] = renew(lapsed)
        over = (segment == len(days)) | (taken == most)
        if not recurrent:
            over[moved[happened]] = True
        paths = paths[~over[paths]]
    return _sort_jumps(records)


def _wait(
    clock: Clock, draws: Array, ages: Array, left: Array, ordinary: Array, planned: Array, spent: Array
) -> tuple[Array, Array]:
    """Return after how many days stays of some ages have spent a hazard, beyond `left` if later, and h then.

    Parameters
    ----------
    ordinary, planned : (paths,)
        Rates per unit of the clock, and per day.
    """
    before, low, high = clock.at(ages, draws), np.zeros_like(ages), left.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_over = ordinary * (clock.at(ages + middle, draws) - before) + planned * middle >= spent
        low, high = np.where(is_over, low, middle), np.where(is_over, middle, high)
    ends = ordinary * (clock.at(ages + left, draws) - before) + planned * left >= spent
    step = np.maximum(high * 1e-6, 1e-9)
    hazard = (clock.at(ages + high + step, draws) - clock.at(ages + high, draws)) / step
    return np.where(ends, high, np.inf), hazard


def _sort_jumps(records: list[tuple[Array, ...]]) -> Jumps:
    if not records:
        return Jumps(*(np.array([], dtype) for dtype in (int, float, int, int, int)))
    path, time, stage, target, itinerary = (np.concatenate(column) for column in zip(*records, strict=True))
    order = np.lexsort((time, path))
    return Jumps(*(column[order] for column in (path, time, stage, target, itinerary)))
