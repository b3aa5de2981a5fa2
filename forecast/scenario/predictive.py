"""The next single stay, predicted from a record of lognormal stays, some of which may still run.

With the prior 1/σ on mean and spread of the logarithms, the next of n stays that ended is a Student's t on n - 1
degrees of freedom (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.2). Stays that run are integrated over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean

from forecast.scenario.laws import is_running

LEAST = 2  # stays that ended, or nothing is known of their spread
_SIDE = 80  # points of a grid along mean and spread each
_STANDARD = NormalDist()


def predict_single(stays: Sequence[str]) -> tuple[float, float]:
    """Return the 5% and the 95% point of the next stay, in days.

    Raises
    ------
    ValueError
        If too few have ended, or all lasted as long.
    """
    ended = [math.log(float(stay)) for stay in stays if not is_running(stay)]
    running = [math.log(float(stay.rstrip("+"))) for stay in stays if is_running(stay)]
    if len(ended) < LEAST or max(ended) - min(ended) < 1e-9:
        message = (
            f"expected {LEAST} stays or more that ended, and not all alike, to tell how single ones differ; found "
            f"{len(ended)}. Say {{mean: {{record: [...]}}}}, or single: [lo, hi]"
        )
        raise ValueError(message)
    points = _weigh(ended, running)
    low = min(mean - 10 * spread for mean, spread, _ in points)
    high = max(mean + 10 * spread for mean, spread, _ in points)
    return math.exp(_find(points, 0.05, low, high)), math.exp(_find(points, 0.95, low, high))


def _weigh(ended: list[float], running: list[float]) -> list[tuple[float, float, float]]:
    """Return means, spreads and their weights after the record."""
    count, middle = len(ended), fmean(ended)
    squares = sum((value - middle) ** 2 for value in ended)
    guess = math.sqrt(squares / count)
    reach = 6 if count > 3 else 12  # a record of two leaves long tails
    found = []
    for row in range(_SIDE):
        # The spread on a scale of logarithms, the mean in units of the spread.
        log_spread = math.log(guess) + reach * (row + 0.5) / _SIDE * 1.25 - 0.25 * reach
        spread = math.exp(log_spread)
        for column in range(_SIDE):
            step = -8 + 20 * (column + 0.5) / _SIDE
            mean = middle + step * spread / math.sqrt(count)
            log_weight = -count * log_spread - (squares + count * (mean - middle) ** 2) / (2 * spread**2)
            log_weight += sum(_log_above((value - mean) / spread) for value in running)
            found.append((mean, spread, log_weight + log_spread))  # the means lie the wider the larger the spread
    most = max(log_weight for *_, log_weight in found)
    weighed = [(mean, spread, math.exp(log_weight - most)) for mean, spread, log_weight in found]
    return [point for point in weighed if point[2] > 1e-12]


def _log_above(z: float) -> float:
    above = _STANDARD.cdf(-z)
    return math.log(above) if above > 0 else -z * z / 2 - math.log(z) - 0.919


def _find(points: list[tuple[float, float, float]], share: float, low: float, high: float) -> float:
    total = sum(weight for *_, weight in points)
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(weight * _STANDARD.cdf((middle - mean) / spread) for mean, spread, weight in points)
        low, high = (middle, high) if below < share * total else (low, middle)
    return (low + high) / 2
