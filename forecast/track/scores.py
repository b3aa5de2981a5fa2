"""Scoring rules for a dated event: each takes what was said of one window and what came of it, and less is better.

A window of n days has a cumulative curve, (n,): the chance of the event by the end of each day. What came of it is the
number of the day, counted from 0, or -1 for no event. Brier 1950; Good 1952; Epstein 1969 and Murphy 1971; Matheson &
Winkler 1976. Receives plain arrays.
"""

from __future__ import annotations

import numpy as np

from forecast.multistate import Array


def brier(p: Array, happened: Array) -> Array:
    """Return the squared distance of a probability from what came of it, 1 or 0.

    Examples
    --------
    >>> brier(np.array([0.8, 0.8]), np.array([1, 0])).round(2).tolist()
    [0.04, 0.64]
    """
    return (p - happened) ** 2


def log_score(p: Array, happened: Array) -> Array:
    """Return minus the logarithm of the probability that was given to what came; infinite where that was 0.

    Examples
    --------
    >>> log_score(np.array([0.5]), np.array([1])).round(3).tolist()
    [0.693]
    """
    with np.errstate(divide="ignore"):
        return -np.log(np.where(happened, p, 1 - p))


def ranked(by: Array, day: Array, ends: Array) -> Array:
    """Return the ranked probability score over bins of days, "not by then" the last: Σ (F - O)² over their ends.

    Parameters
    ----------
    by : (..., bins)
        Chance of the event by the end of each bin; that of the last bin is 1 for all, and left out.
    day : (...)
        -1 for none.
    ends : (bins,) of int
        The number of each bin's last day.
    """
    came = (day[..., None] >= 0) & (day[..., None] <= ends)
    return ((by - came) ** 2).sum(axis=-1)


def crps_of_day(by: Array, day: int) -> float:
    """Return the continuous ranked probability score of the day, in days, given that the event falls into the window.

    Parameters
    ----------
    by : (days,)
    """
    came = np.arange(len(by)) >= day
    return float(((by / by[-1] - came) ** 2).sum())


def fit_isotonic(p: Array, happened: Array) -> Array:
    """Return the recalibrated probability of each forecast: the isotonic regression of what came on P.

    The R of CORP reliability diagrams (Dimitriadis, Gneiting & Jordan 2021, doi:10.1073/pnas.2016191118).

    Examples
    --------
    >>> fit_isotonic(np.array([0.1, 0.2, 0.7, 0.7]), np.array([0, 1, 0, 1])).round(2).tolist()
    [0.0, 0.67, 0.67, 0.67]
    """
    from scipy.optimize import isotonic_regression  # slow to import, and for scores alone

    _, at, count = np.unique(p, return_inverse=True, return_counts=True)  # equal forecasts are one
    mean = np.bincount(at, happened) / count
    return isotonic_regression(mean, weights=count).x[at]
