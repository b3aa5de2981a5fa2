"""Draws to what is told of them: means, 90% intervals, shortest windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.answer.shown import Shown
from forecast.inference import divide, weighted_quantiles
from forecast.multistate import Array


@dataclass(frozen=True)
class Estimate(Shown):
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
    lo, hi = weighted_quantiles(divide(joint, weight), weight).tolist()
    mcse = None if error is None else error(linearise(joint, weight))
    return Estimate(mean, (lo, hi), mcse)


def linearise(joint: Array, weight: Array) -> Array:
    """Return what each draw adds to the ratio of the means of joint and weight, (draws,), with mean 0 (delta method).

    The Monte Carlo error of its mean is that of the ratio, and so it is with sums of several.
    """
    return (joint - joint.sum() / weight.sum() * weight) / weight.mean()


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
