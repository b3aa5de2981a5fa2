r"""Logarithms of gamma variables, whose shares are Dirichlet, as curves of standard normals.

With X a standard normal and F the distribution of \log G for G \sim Gamma(count, 1), y = F^{-1}(\Phi(X)) is such a
logarithm. So an engine may go on working with standard normals, and counts act as counts. The curve is tabulated once
for a count and interpolated by cubic polynomials (error below 1e-8 of a standard deviation).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from forecast.multistate import Array

CELL = 1 / 64  # of the table, in standard deviations
REACH = 30.0  # how far the table goes; beyond it the prior leaves e^-450
MANY = 1e5  # counts from which on Wilson and Hilferty's cube root is as exact as the table, and steadier
NEXT_TO_NOTHING = math.log(1e-13)  # below it F is a power, to all digits
GRID = np.arange(-round(REACH / CELL), round(REACH / CELL) + 1) * CELL
LOG_ROOT_2_PI = 0.5 * math.log(2 * math.pi)


@lru_cache(maxsize=512)
def tabulate(count: float) -> Array:
    """Return the coefficients of the cubic polynomial in each cell, (cells, 4), the constant first."""
    return hermite(*(_cube_root(count) if count > MANY else _invert(count)))


def hermite(value: Array, slope: Array) -> Array:
    """Return the cubic polynomials that have these values and slopes on the grid, (cells, 4)."""
    rise = np.diff(value)
    first, last = CELL * slope[:-1], CELL * slope[1:]
    return np.stack([value[:-1], first, 3 * rise - 2 * first - last, first + last - 2 * rise], axis=1)


def read_off(table: Array, standard: Array) -> tuple[Array, Array]:
    """Return a curve and its slope at standard normals, of any shape."""
    cell, share = find_cell(standard)
    c = table[cell]
    value = c[..., 0] + share * (c[..., 1] + share * (c[..., 2] + share * c[..., 3]))
    return value, (c[..., 1] + share * (2 * c[..., 2] + 3 * share * c[..., 3])) / CELL


def _invert(count: float) -> tuple[Array, Array]:
    """Return the curve and its slope on the grid, by the inverse of the incomplete gamma function."""
    from scipy import special  # takes longer to import than all else that reading a scenario needs

    value = (special.log_ndtr(GRID) + special.gammaln(count + 1)) / count
    low, high = (value > NEXT_TO_NOTHING) & (GRID <= 0), GRID > 0
    value[low] = np.log(special.gammaincinv(count, special.ndtr(GRID[low])))
    value[high] = np.log(special.gammainccinv(count, special.ndtr(-GRID[high])))
    log_density = count * value - np.exp(value) - special.gammaln(count)
    return value, np.exp(-0.5 * GRID**2 - LOG_ROOT_2_PI - log_density)


def _cube_root(count: float) -> tuple[Array, Array]:
    """Return the same for many counts (Wilson & Hilferty 1931, doi:10.1073/pnas.17.12.684)."""
    step = 1 / (3 * math.sqrt(count))
    root = 1 - 1 / (9 * count) + step * GRID
    return math.log(count) + 3 * np.log(root), 3 * step / root


def find_cell(standard: Array) -> tuple[Array, Array]:
    """Return in which cell each standard normal lies, and how far in it, from 0 to 1."""
    at = (np.clip(standard, -REACH, REACH) + REACH) / CELL
    cell = np.minimum(at.astype(int), len(GRID) - 2)
    return cell, at - cell
