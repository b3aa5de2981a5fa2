"""Forecasts as Metaculus takes them: a probability, or 201 points of a cumulative distribution over a range of dates.

The rules are those of its API (`docs/openapi.yml` of Metaculus/metaculus, and `continuous_validation` in
`questions/serializers/common.py` there): see `docs/log.md`.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.errors import InputError, Problem, check_choice
from forecast.multistate import Array
from forecast.track.told import Told

logger = logging.getLogger(__name__)

POINTS = 201
P_LEAST, P_MOST = 0.001, 0.999  # of a binary question
OUTSIDE_LEAST = 0.001  # beyond an open bound
STEP_LEAST = 0.01 / (POINTS - 1)
STEP_MOST = 0.2
ROUNDING = 1e-8  # what a step is more than the least, so that rounding to ten places leaves it that
OPEN = ("neither", "lower", "upper", "both")


@dataclass(frozen=True)
class DateRange:
    """The range of a date question, and which of its bounds are open.

    Attributes
    ----------
    first, last : datetime.date
        Its bounds, each at the day's beginning in UTC.
    open : {"neither", "lower", "upper", "both"}
        Whether the day may lie before or after the range.
    """

    first: datetime.date
    last: datetime.date
    open: str = "upper"

    def __post_init__(self) -> None:
        check_choice("open", self.open, OPEN, "bound")
        if self.last <= self.first:
            message = f"expected an end after the range's first day, {self.first}; found {self.last}"
            raise InputError([Problem(("range",), message)])

    @property
    def is_open(self) -> tuple[bool, bool]:
        """Of the lower and of the upper bound."""
        return self.open in ("lower", "both"), self.open in ("upper", "both")


def write_metaculus(told: Sequence[Told], questions: Sequence[int], span: DateRange | None) -> list[dict[str, Any]]:
    """Return what `POST /api/questions/forecast/` takes: an item for each forecast.

    Raises
    ------
    InputError
        If a forecast does not reach over the range.
    """
    if span is None:
        return [
            {"question": question, "probability_yes": _bound(each)}
            for each, question in zip(told, questions, strict=True)
        ]
    return [
        {"question": question, "continuous_cdf": make_cdf(each, span)}
        for each, question in zip(told, questions, strict=True)
    ]


def _bound(told: Told) -> float:
    p = min(max(told.p, P_LEAST), P_MOST)
    if p != told.p:
        logger.warning(f"{told.name}: P {told.p:.5f} is told as {p}, as Metaculus takes nothing beyond")
    return round(p, 6)


def make_cdf(told: Told, span: DateRange) -> list[float]:
    """Return how likely it has come by 201 moments of a range of dates, within the rules of Metaculus.

    A day's probability is spread evenly over the day, of UTC. Where a bound is closed, all is given that it falls into
    the range.

    Raises
    ------
    InputError
        If a yes has no day, or the forecast ends before the range does.
    """
    below, steps, above = _split(told, span)
    lower, upper = span.is_open
    outside = (0.0 if lower else below) + (0.0 if upper else above)
    if outside > 0:
        inside = 1 - outside
        if inside < STEP_LEAST:
            message = f"expected a range into which it may fall; found {inside:.5f} for {told.name} between its bounds"
            raise InputError([Problem(("range",), message)])
        logger.warning(
            f"{told.name}: a bound is closed, so the days are told given that it falls between: P {inside:.3f}"
        )
    cells = np.concatenate([[below * lower], steps, [above * upper]]) / (1 - outside)
    if cells[1:-1].max() > STEP_MOST:
        logger.warning(
            f"{told.name}: more than a fifth of all falls into one step of the range; it is spread over more"
        )
        cells[1:-1] = soften(cells[1:-1])
    least = np.concatenate(
        [[OUTSIDE_LEAST * lower], np.full(POINTS - 1, STEP_LEAST + ROUNDING), [OUTSIDE_LEAST * upper]]
    )
    cdf = np.cumsum(raise_to(cells, least))[:-1].round(10)
    if not upper:
        cdf[-1] = 1.0
    return [float(value) for value in cdf]


def _split(told: Told, span: DateRange) -> tuple[float, Array, float]:
    """Return the probability of a day before the range, within each of its 200 steps, and after it, or never."""
    if not told.curve:
        message = f"expected a forecast whose yes comes on a day, with its curve; found none for {told.name}"
        raise InputError([Problem((), f"{message}. A log keeps no curves: name the scenario or its forecast.json")])
    days, by = zip(*told.curve, strict=True)
    end = days[-1] + datetime.timedelta(days=1)
    if span.last > end:
        message = f"expected a range that ends by {end}, with the window of {told.name}; found {span.last}"
        raise InputError([Problem(("range",), f"{message}. Make the window longer")])
    moments = np.array([day.toordinal() + 1.0 for day in days])  # the ends of the days
    at = np.linspace(span.first.toordinal(), span.last.toordinal(), POINTS)
    begins = moments[0] - 1.0
    cdf = np.interp(at, [begins, *moments], [0.0, *np.maximum.accumulate(by)])
    return float(cdf[0]), np.diff(cdf), float(1 - cdf[-1])


def soften(steps: Array) -> Array:
    """Spread what is too much for one step over those beside it, until none has more than a fifth of all.

    Parameters
    ----------
    steps : (steps,)
        Their sum, and whatever lies outside, is at most 1.
    """
    while steps.max() > STEP_MOST * 0.99:
        padded = np.concatenate([steps[:1], steps, steps[-1:]])
        steps = padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4
    return steps


def raise_to(shares: Array, least: Array) -> Array:
    """Return shares of which none is less than its least, the nearest in relative entropy: max(least, c share).

    Examples
    --------
    >>> raise_to(np.array([0.0, 0.5, 0.5]), np.array([0.2, 0.0, 0.0])).tolist()
    [0.2, 0.4, 0.4]
    """
    held = np.zeros(len(shares), bool)
    while True:
        scale = (1 - least[held].sum()) / shares[~held].sum()
        short = ~held & (scale * shares < least)
        if not short.any():
            return np.where(held, least, scale * shares)
        held |= short
