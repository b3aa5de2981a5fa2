"""Calibration: how often it came by the probability that it was given, and how often it would, were each one right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.multistate import Array, count_together

BINS = 10
MASS = 0.9


@dataclass(frozen=True)
class CalibrationBin:
    """Questions that had forecasts in one range of P; each question counts once, with the mean of those.

    Attributes
    ----------
    low, high : float
        The range.
    questions : int
    p : float
        Mean of P over the questions.
    came : int
        How many came.
    band : (int, int)
        Between which numbers that would lie with 90%, were every P right and the questions independent.
    """

    low: float
    high: float
    questions: int
    p: float
    came: int
    band: tuple[int, int]

    @property
    def share(self) -> float:
        """Of the questions that came."""
        return self.came / self.questions

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**vars(self), "band": list(self.band), "share": self.share}


def calibrate(p: Array, happened: Array, question: Array) -> list[CalibrationBin]:
    """Sort forecasts by P into ten ranges, and count.

    Parameters
    ----------
    p, happened : (forecasts,)
    question : (forecasts,) of int
        Which question each is of.

    Examples
    --------
    >>> calibrate(np.full(4, 0.25), np.array([1, 0, 0, 0]), np.arange(4))
    [CalibrationBin(low=0.2, high=0.3, questions=4, p=0.25, came=1, band=(0, 3))]
    """
    return list(_calibrate(p, happened, question))


def _calibrate(p: Array, happened: Array, question: Array) -> Iterator[CalibrationBin]:
    at = np.minimum((p * BINS).astype(int), BINS - 1)
    for index in np.unique(at):
        inside = at == index
        _, first, which = np.unique(question[inside], return_index=True, return_inverse=True)
        mean = np.bincount(which, p[inside]) / np.bincount(which)
        came = int(happened[inside][first].sum())
        yield CalibrationBin(
            int(index) / BINS, (int(index) + 1) / BINS, len(mean), float(mean.mean()), came, find_counts(mean)
        )


def find_counts(p: Array) -> tuple[int, int]:
    """Return between which numbers the count of independent events lies with 90%: quantiles of Poisson's binomial.

    Examples
    --------
    >>> find_counts(np.full(10, 0.5))
    (2, 8)
    """
    by = np.cumsum(count_together(list(p)))
    lo, hi = np.searchsorted(by, ((1 - MASS) / 2, (1 + MASS) / 2))
    return int(lo), int(min(hi, len(p)))
