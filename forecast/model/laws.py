"""Laws of priors as curves of standard normals, for engines that know nothing else.

With X a standard normal and F the distribution of a quantity on its scale, y = F^{-1}(Φ(X)). The curve is tabulated
once and interpolated by cubic polynomials, as that of a log gamma variable is (`forecast.model.log_gamma`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecast.model.log_gamma import CELL, GRID, LOG_ROOT_2_PI, NEXT_TO_NOTHING, hermite, read_off, tabulate
from forecast.multistate import Array
from forecast.scenario import Counted, Past

_ROUNDS = 60  # of bisection and Newton's method; five are usual


@dataclass(frozen=True)
class Normal:
    """A normal; known where its standard deviation is 0."""

    mean: float
    sd: float


@dataclass(frozen=True)
class TwoSided:
    """A median with half a normal on either side, each with a standard deviation of its own."""

    median: float
    below: float
    above: float


Curve = Normal | TwoSided | Past | Counted


@lru_cache(maxsize=512)
def tabulate_curve(curve: Curve) -> Array:
    """Return the coefficients of the cubic polynomial in each cell, (cells, 4), the constant first."""
    if isinstance(curve, Normal):
        return hermite(curve.mean + curve.sd * GRID, np.full(len(GRID), curve.sd))
    if isinstance(curve, TwoSided):
        start = GRID[:-1]
        slope = np.where(start < 0, curve.below, curve.above)
        table = np.zeros((len(start), 4))
        table[:, 0], table[:, 1] = curve.median + slope * start, CELL * slope
        return table
    if isinstance(curve, Counted):
        return hermite(*_invert_beta(curve.were + 0.5, curve.of - curve.were + 0.5))
    parts = [(share, _log_mean(count, days)) for share, count, days in curve.parts]
    return parts[0][1] if len(parts) == 1 else hermite(*_mix(parts))


def _log_mean(count: float, days: float) -> Array:
    """Return the table of log(days) - log Gamma(count): the curve of log Gamma, upside down."""
    value, slope = read_off(tabulate(count), -GRID)
    return hermite(np.log(days) - value, slope)


def _invert_beta(a: float, b: float) -> tuple[Array, Array]:
    """Return the logit of a Beta(a, b) variable and its slope on the grid."""
    from scipy import special

    def log_lower(a: float, b: float, log_share: Array, share: Array) -> Array:
        """Return log p where the distribution is `share`, in its lower half; far out p is a power of it."""
        far = (log_share + np.log(a) + special.betaln(a, b)) / a
        near = far > NEXT_TO_NOTHING
        far[near] = np.log(special.betaincinv(a, b, share[near]))
        return far

    low = GRID <= 0
    log_p, log_q = np.zeros(len(GRID)), np.zeros(len(GRID))
    log_p[low] = log_lower(a, b, special.log_ndtr(GRID[low]), special.ndtr(GRID[low]))
    log_q[low] = np.log1p(-np.exp(log_p[low]))
    log_q[~low] = log_lower(b, a, special.log_ndtr(-GRID[~low]), special.ndtr(-GRID[~low]))
    log_p[~low] = np.log1p(-np.exp(log_q[~low]))
    log_density = a * log_p + b * log_q - special.betaln(a, b)
    return log_p - log_q, np.exp(-0.5 * GRID**2 - LOG_ROOT_2_PI - log_density)


def _mix(parts: list[tuple[float, Array]]) -> tuple[Array, Array]:
    """Return the curve of a mixture of laws, each with its share and its table, and its slope on the grid."""
    from scipy import special

    curves = [(share, *read_off(table, GRID)) for share, table in parts]
    low = np.min([value for _, value, _ in curves], axis=0)
    high = np.max([value for _, value, _ in curves], axis=0)

    def look(y: Array) -> tuple[Array, Array]:
        """Return the standard normals that stand for values, and their slope."""
        below, above, density = [], [], []
        for share, value, slope in curves:
            x = np.interp(y, value, GRID)
            for _ in range(2):
                at, steep = read_off(hermite(value, slope), x)
                x = np.clip(x + (y - at) / steep, GRID[0], GRID[-1])
            steep = read_off(hermite(value, slope), x)[1]
            below.append(np.log(share) + special.log_ndtr(x))
            above.append(np.log(share) + special.log_ndtr(-x))
            density.append(np.log(share) - 0.5 * x**2 - np.log(steep))
        log_below, log_above = (special.logsumexp(each, axis=0) for each in (below, above))
        is_low = log_below < log_above
        found = np.where(is_low, special.ndtri_exp(np.minimum(log_below, -1e-300)), 0.0)
        found = np.where(is_low, found, -special.ndtri_exp(np.minimum(log_above, -1e-300)))
        return found, np.exp(-0.5 * found**2 - special.logsumexp(density, axis=0))

    middle = (low + high) / 2
    for _ in range(_ROUNDS):  # the curve lies between those of its parts
        found, slope = look(middle)
        low, high = np.where(found < GRID, middle, low), np.where(found < GRID, high, middle)
        step = middle + (GRID - found) * slope
        middle = np.where((low < step) & (step < high), step, (low + high) / 2)
        if np.all(np.abs(found - GRID) < 1e-12):
            break
    return middle, look(middle)[1]
