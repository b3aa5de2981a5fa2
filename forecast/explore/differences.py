"""The difference of two forecasts, and how far it can be trusted.

Where two scenarios share a fit, the difference is that of the same draws, and its Monte Carlo error is far smaller than
either's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.answer import Result, linearise


@dataclass(frozen=True)
class Difference:
    """A difference of two probabilities and its Monte Carlo error; `common` tells that it is one of the same draws."""

    mean: float
    mcse: float
    common: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"mean": self.mean, "mcse": self.mcse, "draws": "common" if self.common else "independent"}


def subtract(result: Result, first: Result) -> Difference:
    """Return P of one forecast less that of another, with the Monte Carlo error of the difference.

    Two scenarios that differ only right of `as_of` rest on the same draws, and so do the seriousness of this episode
    and of a later one, which are drawn first and by the same seed. The error is then that of the draws' own differences
    (each linearised, where draws are weighted by what is given). Of two fits, the errors add in quadrature.
    """
    mean = result.p_event.mean - first.p_event.mean
    if share_draws(result, first):
        ours, theirs = (linearise(each.p_draws * each.curves.weight, each.curves.weight) for each in (result, first))
        return Difference(mean, result.fit.mcse(ours - theirs), common=True)
    errors = [each.p_event.mcse or 0.0 for each in (result, first)]
    return Difference(mean, math.hypot(*errors), common=False)


def share_draws(one: Result, other: Result) -> bool:
    """Tell whether two forecasts rest on the same draws of one posterior."""
    ours, theirs = one.fit, other.fit
    return ours.fingerprint == theirs.fingerprint and all(
        np.array_equal(values, theirs.draws[name]) for name, values in ours.draws.items()
    )
