"""Curves by draw and day to their means and 90% intervals, a few days at a time, which takes next to no memory.

Receives what reads joint and weight of some days. Hands on a `Band`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from forecast.answer.summaries import Band
from forecast.inference import divide
from forecast.multistate import Array

TAILS = (0.05, 0.95)  # of the 90% equal-tailed interval
VALUES = 256_000  # draws times days at a time

Days = slice


def find_band(shape: tuple[int, ...], read: Callable[[Days], tuple[Array, Array]]) -> Band:
    """Summarise curves over draws.

    Parameters
    ----------
    shape : (draws, days)
    read : callable
        Given a slice of days, returns joint (draws, those days) and weight, (draws,) or (draws, those days).

    Examples
    --------
    >>> joint, weight = np.array([[0.1, 0.5], [0.2, 0.6], [0.3, 0.7]]), np.ones(3)
    >>> find_band(joint.shape, lambda days: (joint[:, days], weight)).hi.tolist()
    [0.3, 0.7]
    """
    draws, days = shape
    mean, lo, hi = np.empty((3, days))
    step = max(1, VALUES // draws)
    for start in range(0, days, step):
        some = slice(start, min(start + step, days))
        joint, weight = read(some)
        weights = weight if weight.ndim > 1 else weight[:, None]
        mean[some] = divide(joint.sum(axis=0), np.broadcast_to(weights.sum(axis=0), joint.shape[1]))
        values = np.ascontiguousarray(divide(joint, weights).T)
        lo[some], hi[some] = _find_tails(values, np.broadcast_to(weights.T, values.shape)).T
    return Band(mean, lo, hi)


def stack_bands(curves: Iterable[Array], weight: Array) -> Band:
    """Summarise curves by name, (draws, days) each, over draws of a weight, (draws,), into (names, days)."""

    def summarise(joint: Array) -> Band:
        return find_band(joint.shape, lambda days: (joint[:, days], weight))

    bands = [summarise(joint) for joint in curves]
    return Band(*(np.stack([getattr(each, side) for each in bands]) for side in ("mean", "lo", "hi")))


def _find_tails(values: Array, weight: Array) -> Array:
    """Return the 5% and the 95% point of each row of (days, draws): (days, 2).

    The smallest values up to which the draws hold these shares of the weight, as `numpy.quantile` has them by
    ``inverted_cdf``, which takes seven times as long.
    """
    found = np.empty((len(values), 2))
    equal = (weight == weight[:, :1]).all(axis=1)  # as where nothing is learned; or nothing agrees
    if equal.any():
        ranks = np.searchsorted(np.arange(1, values.shape[1] + 1) / values.shape[1], TAILS)
        found[equal] = np.partition(values[equal], ranks, axis=1)[:, ranks]
    for day in np.flatnonzero(~equal):
        order = np.argsort(values[day])
        below = np.cumsum(weight[day][order])
        found[day] = values[day][order[np.searchsorted(below / below[-1], TAILS)]]
    return found
