"""Vectors of independent prior parameters, and the way to each from a standard normal.

Engines work with standard normals: to them every prior is the same. Receives moments or counts, hands on values,
slopes and densities.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from forecast.model.laws import Curve, Normal, tabulate_curve
from forecast.model.log_gamma import CELL, GRID, find_cell, tabulate
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class NormalVector:
    """Independent normal parameters along one named dimension; those with a standard deviation of 0 are constants."""

    dim: str
    labels: tuple[str, ...]
    mean: Array
    sd: Array

    @property
    def is_fixed(self) -> Array:
        """Tell which parameters are constants."""
        return self.sd == 0

    @property
    def moments(self) -> list[Any]:
        """What tells one such prior from another."""
        return ["normal", self.mean, self.sd]

    def at(self, standard: Array) -> Array:
        """Return the values that standard normals stand for: (..., labels, draws) of the same."""
        return self.mean[:, None] + self.sd[:, None] * standard

    def standardise(self, values: Array) -> Array:
        """Return the standard normals that stand for values, (labels, draws); 0 for what is fixed."""
        sd = np.where(self.is_fixed, 1.0, self.sd)[:, None]
        away = np.subtract(values, self.mean[:, None], out=np.zeros(values.shape), where=~self.is_fixed[:, None])
        return away / sd  # a constant may be minus infinity, which has no difference from itself

    def move(self, values: Array, step: Array) -> Array:
        """Return values moved by steps in standard normals, (labels,)."""
        return values + (self.sd * step)[:, None]

    def fix(self, values: Array) -> Array:
        """Return values with the constants in their places, (labels, draws)."""
        return np.where(self.is_fixed[:, None], self.mean[:, None], values)

    def log_density(self, values: Array) -> Array:
        """Return the log density of those that are not fixed, together, up to a constant: (draws,)."""
        return -0.5 * (self.standardise(values) ** 2).sum(axis=0)


@dataclass(frozen=True, eq=False)
class CurveVector:
    """Independent parameters along one named dimension, each a tabulated curve of a standard normal."""

    dim: str
    labels: tuple[str, ...]

    @property
    def is_fixed(self) -> Array:
        """Tell which parameters are constants."""
        return np.zeros(len(self.labels), bool)

    @cached_property
    def table(self) -> Array:
        """Coefficients of the cubic polynomials, (labels, cells, 4)."""
        raise NotImplementedError

    def _coefficients(self, standard: Array) -> tuple[Array, Array]:
        cell, share = find_cell(standard)
        return self.table[np.arange(len(self.labels))[:, None], cell], share

    def at(self, standard: Array) -> Array:
        """Return the values that standard normals stand for: (..., labels, draws) of the same."""
        c, share = self._coefficients(standard)
        return c[..., 0] + share * (c[..., 1] + share * (c[..., 2] + share * c[..., 3]))

    def slopes(self, standard: Array) -> tuple[Array, Array]:
        """Return the first and the second derivative of the same."""
        c, share = self._coefficients(standard)
        first = c[..., 1] + share * (2 * c[..., 2] + 3 * share * c[..., 3])
        return first / CELL, (2 * c[..., 2] + 6 * share * c[..., 3]) / CELL**2

    def standardise(self, values: Array) -> Array:
        """Return the standard normals that stand for values, (labels, draws); 0 for what is fixed."""
        points = np.concatenate([self.table[..., 0], self.table[:, -1:].sum(axis=2)], axis=1)
        found = np.stack([np.interp(each, at, GRID) for each, at in zip(values, points, strict=True)])
        fixed = self.is_fixed[:, None]
        for _ in range(2):  # Newton's steps: the line between two points is off by their distance squared
            found += np.where(fixed, 0.0, values - self.at(found)) / np.where(fixed, 1.0, self.slopes(found)[0])
        return np.where(fixed, 0.0, found)

    def move(self, values: Array, step: Array) -> Array:
        """Return values moved by steps in standard normals, (labels,)."""
        return self.at(self.standardise(values) + step[:, None])

    def fix(self, values: Array) -> Array:
        """Return values with the constants in their places, (labels, draws)."""
        return np.where(self.is_fixed[:, None], self.table[:, 0, :1], values)

    def log_density(self, values: Array) -> Array:
        """Return the log density of those that are not fixed, together, up to a constant: (draws,)."""
        standard, free = self.standardise(values), ~self.is_fixed
        slope = self.slopes(standard)[0][free]
        return (-0.5 * standard[free] ** 2 - np.log(slope)).sum(axis=0)


@dataclass(frozen=True, eq=False)
class LogGammaVector(CurveVector):
    """Logarithms of independent Gamma(count, 1) variables along one named dimension."""

    counts: Array

    @property
    def moments(self) -> list[Any]:
        """What tells one such prior from another."""
        return ["log gamma", self.counts]

    @cached_property
    def table(self) -> Array:
        """Coefficients of the cubic polynomials, (labels, cells, 4)."""
        return np.stack([tabulate(float(count)) for count in self.counts])

    def log_density(self, values: Array) -> Array:
        """Return the log density of all together, up to a constant: (draws,)."""
        return (self.counts[:, None] * values - np.exp(values)).sum(axis=0)


@dataclass(frozen=True, eq=False)
class LawVector(CurveVector):
    """Independent parameters along one named dimension, each with a law of its own; normals may be among them."""

    curves: tuple[Curve, ...]

    @property
    def is_fixed(self) -> Array:
        """Tell which parameters are constants."""
        return np.array([isinstance(curve, Normal) and curve.sd == 0 for curve in self.curves], bool)

    @property
    def moments(self) -> list[Any]:
        """What tells one such prior from another."""
        return ["laws", [repr(curve) for curve in self.curves]]

    @cached_property
    def table(self) -> Array:
        """Coefficients of the cubic polynomials, (labels, cells, 4)."""
        return np.stack([tabulate_curve(curve) for curve in self.curves])


PriorVector = NormalVector | LogGammaVector | LawVector
ParameterPriors = dict[str, PriorVector]
