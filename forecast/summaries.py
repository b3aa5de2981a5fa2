"""Draws to what is told of them: means, 90% intervals, Monte Carlo errors, shortest windows.

A draw may count by a weight, the probability that it gave to what is learned; quantities then come as joint
probabilities, and their ratio to the weight is what the draw says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
TAILS = (0.05, 0.95)  # of the 90% equal-tailed interval
_BINS = 1000  # of a curve's range on one day: far finer than the Monte Carlo error of a 90% interval


@dataclass(frozen=True)
class Estimate:
    """A mean over posterior draws with its 90% equal-tailed interval and, where it has one, its Monte Carlo error."""

    mean: float
    eti90: tuple[float, float]
    mcse: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        plain: dict[str, Any] = {"mean": self.mean, "eti90": list(self.eti90)}
        return plain if self.mcse is None else plain | {"mcse": self.mcse}


@dataclass(frozen=True, eq=False)
class Band:
    """Curves by day: mean and 90% interval over draws, each (..., days)."""

    mean: Array
    lo: Array
    hi: Array


def estimate(joint: Array, weight: Array, *, error: Callable[[Array], float] | None = None) -> Estimate:
    """Summarise a probability, joint (draws,) over weight (draws,).

    Parameters
    ----------
    error : callable, optional
        Returns the Monte Carlo error of a mean over draws; the ratio's follows by the delta method.
    """
    mean = float(joint.sum() / weight.sum())
    lo, hi = weighted_quantiles(divide(joint, weight), weight)
    mcse = None if error is None else error(linearise(joint, weight))
    return Estimate(mean, (lo, hi), mcse)


def linearise(joint: Array, weight: Array) -> Array:
    """Return what each draw adds to the ratio of the means of joint and weight, (draws,), with mean 0 (delta method).

    The Monte Carlo error of its mean is that of the ratio, and so it is with sums of several.
    """
    return (joint - joint.sum() / weight.sum() * weight) / weight.mean()


def weighted_quantiles(values: Array, weight: Array, shares: tuple[float, ...] = TAILS) -> tuple[float, ...]:
    """Return quantiles of (draws,) values, linear between the middles of their weights, from the least to the largest.

    With equal weights it is `numpy.quantile`.

    Examples
    --------
    >>> [round(q, 6) for q in weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), (0.5,))]
    [2.0]
    """
    if weight[0] == weight[-1] and (weight == weight[0]).all():
        return _equal_quantiles(values, shares)
    order = np.argsort(values)
    at = np.cumsum(weight[order]) - weight[order] / 2
    wanted = at[0] + np.array(shares) * (at[-1] - at[0])
    return tuple(np.interp(wanted, at, values[order]).tolist())


def _equal_quantiles(values: Array, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Return quantiles without sorting all, and without `numpy.quantile`, whose import of `numpy.ma` takes longer."""
    places = [(int(share * (values.size - 1)), share * (values.size - 1) % 1) for share in shares]
    last = values.size - 1
    ordered = np.partition(values, sorted({index for at, _ in places for index in (at, min(at + 1, last))}))
    return tuple(float(ordered[at] * (1 - part) + ordered[min(at + 1, last)] * part) for at, part in places)


def band(joint: Array, weight: Array) -> Band:
    """Summarise curves: joint (draws, days) over weight (draws,) or (draws, days).

    The interval is read off a histogram of each day, interpolated within its bins.
    """
    weights = np.broadcast_to(weight if weight.ndim > 1 else weight[:, None], joint.shape)
    values = divide(joint, weights)
    low = values.min(axis=0)
    width = (values.max(axis=0) - low) / _BINS
    bins = np.minimum(divide(values - low, width).astype(np.intp), _BINS - 1)
    days = joint.shape[1]
    bins += np.arange(days) * _BINS
    mass = np.bincount(bins.ravel(), weights.ravel(), days * _BINS).reshape(days, _BINS)
    below = np.cumsum(mass, axis=1)
    total = weights.sum(axis=0)
    lo, hi = (low + width * _find_bin(below, mass, share * below[:, -1]) for share in TAILS)
    return Band(divide(joint.sum(axis=0), total), lo, hi)


def _find_bin(below: Array, mass: Array, wanted: Array) -> Array:
    """Return, by row, where the cumulative mass reaches `wanted`, in bins and fractions of one."""
    rows = np.arange(len(below))
    at = np.minimum((below < wanted[:, None]).sum(axis=1), below.shape[1] - 1)
    return at + 1 - divide(below[rows, at] - wanted, mass[rows, at])


def resample(weight: Array, count: int, rng: np.random.Generator) -> Array:
    """Choose indices in proportion to weights, systematically (Kitagawa 1996, doi:10.2307/1390750), then shuffle."""
    below = np.cumsum(weight)
    places = (np.arange(count) + rng.random()) * (below[-1] / count)
    return rng.permutation(np.minimum(np.searchsorted(below, places, side="right"), len(weight) - 1))


def stays_below(curve: Array, level: float) -> int | None:
    """Return from which index on a curve stays below `level`; none if only its last value does, which is always 0.

    Examples
    --------
    >>> stays_below(np.array([0.3, 0.2, 0.08, 0.05, 0.0]), 0.1)
    2
    >>> stays_below(np.array([0.3, 0.2, 0.0]), 0.1) is None
    True
    """
    above = np.flatnonzero(curve >= level)
    first = int(above[-1]) + 1 if above.size else 0
    return first if first < len(curve) - 1 else None


def effective_number(weight: Array) -> float:
    """Return how many equally weighted draws weighted ones are worth (Kish 1965, Survey sampling)."""
    total = float(weight.sum())
    return total**2 / float(weight @ weight) if total > 0 else 0.0


def divide(part: Array, whole: Array) -> Array:
    """Divide, with 0 where the divisor is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def batch_means_mcse(values: Array, chains: int) -> float:
    """Return the Monte Carlo error of a mean by batch means (Flegal, Haran & Jones 2008, doi:10.1214/08-STS257).

    Each chain is cut into about the square root of its length of batches.
    """
    by_chain = values.reshape(chains, -1)
    length = max(1, int(np.sqrt(by_chain.shape[1])))
    batches = by_chain[:, : by_chain.shape[1] // length * length].reshape(-1, length).mean(axis=1)
    return float(batches.std(ddof=1) / np.sqrt(batches.size)) if batches.size > 1 else float("nan")


def shortest_window(incidence: Array, mass: float) -> tuple[int, int]:
    """Return first and last index of the shortest run that holds `mass` of the total.

    Of several equally short runs, the one that holds most.

    Examples
    --------
    >>> shortest_window(np.array([0.1, 0.4, 0.4, 0.1]), 0.8)
    (1, 2)
    """
    total = np.concatenate([[0.0], np.cumsum(incidence)])
    needed = mass * total[-1] * (1 - 1e-12)
    for length in range(1, len(incidence) + 1):
        held = total[length:] - total[:-length]
        best = int(np.argmax(held))
        if held[best] >= needed:
            return best, best + length - 1
    return 0, len(incidence) - 1
