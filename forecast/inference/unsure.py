"""What days of events and steps of no certain day add to a log-linear likelihood, with their derivatives by rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.model import UnsureDays, sum_over_days
from forecast.multistate import Array

SMALL = 1e-2  # rates a day below which a series does better than differences of large numbers


def bend_days(total: Array, is_whole: Array | float) -> tuple[Array, Array]:
    """Return first and second derivative of log((1 - exp(-total)) / total) + is_whole total."""
    small = total < SMALL
    safe = np.where(small, 1.0, total)
    slope = np.where(small, total / 12 - 0.5, 1 / np.expm1(safe) - 1 / safe)
    bend = np.where(small, 1 / 12 - total**2 / 240, 1 / safe**2 - 0.25 / np.sinh(safe / 2) ** 2)
    return slope + is_whole, bend


def over_terms(unsure: UnsureDays, rate: Array) -> UnsureDays:
    """Lay the days out over terms, of which each row's rate is the sum: (rows, terms)."""
    parts = {name: getattr(unsure, name) @ rate for name in ("at_risk", "taken", "on_day")}
    return replace(unsure, **parts)


def sum_unsure(unsure: UnsureDays, rate: Array) -> Array:
    """Return the log likelihood of all such steps, (..., draws) of (..., terms, draws)."""
    at_risk, taken, on_day = (
        np.moveaxis(matrix @ rate, -2, 0) for matrix in (unsure.at_risk, unsure.taken, unsure.on_day)
    )
    size = int(np.prod(at_risk.shape[1:]))
    at, log_taken, day = (values.reshape(len(values), size) for values in (at_risk, np.log(taken), on_day))
    return sum_over_days(at, log_taken, day, unsure).sum(axis=0).reshape(at_risk.shape[1:])


def _score_days(unsure: UnsureDays, rate: Array) -> tuple[Array, Array, Array]:
    """Return the rate of the step on each day, the log of what the day says, and all rates on days of events."""
    taken, total = unsure.taken @ rate, unsure.on_day @ rate
    each = np.log(taken) - unsure.at_risk @ rate
    each[unsure.event] += np.log(-np.expm1(-total) / total) + total
    return taken, each, total


def slope_unsure(unsure: UnsureDays, rate: Array) -> Array:
    """Return the gradient of the same by the rates: (terms, draws) of (terms, draws)."""
    taken, each, total = _score_days(unsure, rate)
    event_slope = np.zeros_like(each)
    event_slope[unsure.event], _ = bend_days(total, 1.0)
    for number in range(unsure.step.max() + 1):
        some = unsure.step == number
        weight = np.exp(each[some] - each[some].max(axis=0))
        each[some] = weight / weight.sum(axis=0)  # how likely each day is
    slope = unsure.taken.T @ (each / taken) - unsure.at_risk.T @ each
    return slope + unsure.on_day.T @ (each * event_slope)[unsure.event]


def bend_unsure(unsure: UnsureDays, rate: Array) -> tuple[float, Array, Array]:
    """Return the log likelihood of all such steps with gradient and Hessian by the rates: of (terms,)."""
    terms = len(rate)
    value, slope, bend = 0.0, np.zeros(terms), np.zeros((terms, terms))
    if not len(unsure.step):
        return value, slope, bend
    taken, each, total = _score_days(unsure, rate)
    slopes, event_bend = unsure.taken / taken[:, None] - unsure.at_risk, np.zeros(len(each))
    on_day = np.zeros_like(slopes)
    first, event_bend[unsure.event] = bend_days(total, 1.0)
    on_day[unsure.event] = unsure.on_day
    slopes[unsure.event] += first[:, None] * unsure.on_day
    for number in range(unsure.step.max() + 1):
        some = unsure.step == number
        most = each[some].max()
        weight = np.exp(each[some] - most)
        value += float(most + np.log(weight.sum()))
        weight /= weight.sum()
        mean = weight @ slopes[some]
        slope += mean
        by_taken = unsure.taken[some] / taken[some][:, None]
        bend += (slopes[some].T * weight) @ slopes[some] - np.outer(mean, mean) - (by_taken.T * weight) @ by_taken
        bend += (on_day[some].T * (weight * event_bend[some])) @ on_day[some]
    return value, slope, bend
