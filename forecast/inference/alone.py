"""What happened where one term of a log-linear likelihood was the whole rate: counts by term, in place of a row each.

A family of many units with hundreds of events has thousands of rows otherwise, and a matrix of events by terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.inference.unsure import bend_days
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class Alone:
    """Steps and events that happened at the rate of one term, and days of events on which one term was possible.

    Attributes
    ----------
    term, tally : (counts,)
        Terms at whose rate something happened, and how often, by weight.
    constant : float
        What the sizes of their rates add to the log likelihood.
    day_term, size, times, is_whole : (days,)
        Terms that were possible alone on the day of an event, how many days' worth, how often, and whether the exposure
        holds the whole day.
    """

    term: Array
    tally: Array
    constant: float
    day_term: Array
    size: Array
    times: Array
    is_whole: Array

    @classmethod
    def take(
        cls, counted: Array, weight: Array, on_day: Array, day_weight: Array, is_whole: Array
    ) -> tuple[Alone, Array, Array]:
        """Return those of rows over terms, and which rows are left, of those counted and of days.

        Parameters
        ----------
        counted, on_day : (rows, terms)
        weight, day_weight, is_whole : (rows,)
        """
        one, one_day = ((matrix != 0).sum(axis=1) == 1 for matrix in (counted, on_day))
        at, size = np.nonzero(counted[one])[1], counted[one].sum(axis=1)
        term, index = np.unique(at, return_inverse=True)
        tally = np.bincount(index, weights=weight[one], minlength=len(term))
        constant = float(weight[one] @ np.log(size))
        days = np.column_stack([np.nonzero(on_day[one_day])[1], on_day[one_day].sum(axis=1), is_whole[one_day]])
        distinct, index = np.unique(days.reshape(-1, 3), axis=0, return_inverse=True)
        times = np.bincount(index.ravel(), weights=day_weight[one_day], minlength=len(distinct))
        found = cls(term, tally, constant, distinct[:, 0].astype(int), distinct[:, 1], times, distinct[:, 2])
        return found, ~one, ~one_day

    def log_density(self, log_rate: Array) -> Array:
        """Return the log likelihood of all, (..., draws) of the logarithms of the terms' rates, (..., terms, draws)."""
        total = self.size[:, None] * np.exp(log_rate[..., self.day_term, :])
        value = self.tally @ log_rate[..., self.term, :] + self.constant
        return value + self.times @ np.log(-np.expm1(-total) / total) + (self.times * self.is_whole) @ total

    def derivatives(self, rate: Array) -> tuple[Array, Array]:
        """Return first and second derivatives by the logarithms of rates: (terms, draws) each, of (terms, draws)."""
        first, second = np.zeros_like(rate), np.zeros_like(rate)
        total = self.size[:, None] * rate[self.day_term]
        slope, bend = bend_days(total, self.is_whole[:, None])
        by_log, times = slope * total, self.times[:, None]
        first[self.term] += self.tally[:, None]
        np.add.at(first, self.day_term, times * by_log)
        np.add.at(second, self.day_term, times * (by_log + bend * total**2))
        return first, second
