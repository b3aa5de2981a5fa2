"""How much days of the record weigh: all the same, or the less the longer ago, by a half-life.

A power likelihood (Ibrahim & Chen 2000, doi:10.1214/ss/1009212673): what a day says is raised to the power of its
weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.multistate import Array


@dataclass(frozen=True)
class Fading:
    """Weights by the number of a day; all are 1 where `half_life`, in days, is None."""

    half_life: float | None
    today: int

    def at(self, day: Array) -> Array:
        """Return the weight at the end of each day."""
        if self.half_life is None:
            return np.ones(np.shape(day))
        return 0.5 ** ((self.today - np.asarray(day)) / self.half_life)

    def over(self, start: Array, end: Array) -> Array:
        """Return the mean weight over each interval (start, end]; that at its end where it has no length."""
        if self.half_life is None:
            return np.ones(np.shape(end))
        days = np.maximum(np.asarray(end) - np.asarray(start), 1e-9)
        rate = math.log(2) / self.half_life
        return self.at(end) * -np.expm1(-rate * days) / (rate * days)
