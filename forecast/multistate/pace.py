"""How finely days are walked on which stages age: by the stays of a typical draw, and by what plans end.

Errors grow with the square of what happens in one part of a step.
"""

from __future__ import annotations

import numpy as np

from forecast.multistate.clocks import EVERY, Bands, Clock
from forecast.multistate.rates import Array
from forecast.multistate.switching import Switching

STEPS = 8  # at least, in the stay of a typical draw
PLANNED = 6  # parts for a plan whose hazard in them is 1 together: what it ends, it ends early in a part


def find_parts(switching: Switching, days: Array) -> Array:
    """Return in how many parts steps of so many days are walked: (segments,) of int."""
    rates = switching.rates[0]
    rate = rates.step.sum(axis=1) + rates.event * rates.weight.sum(axis=1).mean(axis=0)
    step = _find_days(rates.clocks, rate, rates.step[:, list(rates.clocks)].max(axis=1))
    planned = PLANNED * rates.plan.sum(axis=1).mean(axis=1)
    return np.maximum(1, np.rint(days * np.maximum(1 / step, planned))).astype(int)


def lay_out_bands(bands: Bands, days: Array, parts: Array, is_put: Array) -> tuple[list[Bands], list[Array | None]]:
    """Return the bands before each part and after the last, and which are carried as one from its end on, if any are.

    Parameters
    ----------
    bands : Bands
        Of the stays that are under way at the beginning.
    days : (segments,)
        In each of a segment's `parts`.
    is_put : (segments,) of bool
        Whether a stage is set at a segment's end.
    """
    found: list[Bands] = [bands]
    alike: list[Array | None] = []
    for segment, count in enumerate(parts.tolist()):
        for part in range(count):
            bands = bands.pass_step(float(days[segment]), put=part == count - 1 and bool(is_put[segment]))
            firsts = bands.find_alike() if len(alike) % EVERY == EVERY - 1 else None
            bands = bands if firsts is None else bands.merge(firsts)
            found.append(bands)
            alike.append(firsts)
    return found, alike


def find_fed(generators: list[Array], moves: list[Array | None], within: int, size: int) -> Array:
    """Return which states stays may begin in, in whichever environment: (size,) of bool.

    Parameters
    ----------
    within, size : int
        How many states there are in an environment, and in all.
    """
    leads = np.any([(part[:, :size, :size] != 0).any(axis=0) for part in generators], axis=0)
    leads |= np.any([np.zeros((size, size), bool), *(move > 0 for move in moves if move is not None)], axis=0)
    number = np.arange(size) % within
    fed = (leads & (number[:, None] != number)).any(axis=0)  # another environment is no other stay
    return np.isin(number, number[fed])


def merge_bands(stays: Array, firsts: Array) -> Array:
    """Sum runs of bands that are carried as one: (states, bands, draws) to (states, fewer, draws)."""
    merged = stays[:, firsts]
    for run, (first, end) in enumerate(zip(firsts.tolist(), [*firsts[1:].tolist(), stays.shape[1]], strict=True)):
        for band in range(first + 1, end):  # few have more than one; NumPy's reduceat is slow along this axis
            merged[:, run] += stays[:, band]
    return merged


def _find_days(clocks: dict[int, Clock], rate: Array, into: Array) -> float:
    """Return how many days a step may take, by the stays of a typical draw.

    Parameters
    ----------
    rate : (stages, draws)
        At which each stage is left, at a hazard of 1.
    into : (stages, draws)
        At which each ageing stage is entered.
    """
    ages = 2.0 ** np.arange(-5, 15, 0.5)  # to 45 years
    fastest = STEPS * into.max(axis=0, initial=0.0)
    for stage, clock in clocks.items():
        used = clock.cumulative(ages) * rate[stage]
        for most, steps in ((1.0, STEPS), (1 / STEPS, 1.0)):  # of a stay, and of its hazard where that falls
            over = used >= most
            fastest = np.maximum(fastest, steps / np.where(over.any(axis=0), ages[over.argmax(axis=0)], ages[-1]))
    return float(1 / fastest.mean())
