r"""Clocks of stages that age, and the bands of age by which the stays in them are told apart.

A stage may have a baseline hazard h(a) = dH/da of its own: after a days in it every ordinary rate out of it is h(a)
times what the constant rates say. A clock is H, the cumulative baseline hazard, with H(0) = 0; H(a) = a is a stage that
does not age. It is reset whenever the stage is entered.

Stays that were entered on neighbouring days age alike, the more so the older they are; so they are carried in bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Array = np.ndarray

RATIO = 1 / 6  # width of a band over its age, where bands are merged: errors grow with its square
EVERY = 8  # steps from one merging to the next
_LEGENDRE, _WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(5))
_NODES = (0.5 + _LEGENDRE) ** 2  # over a band, closer where the hazard may be infinite
_WEIGHTS = _WEIGHTS * 2 * (0.5 + _LEGENDRE)


class Clock(Protocol):
    """The cumulative baseline hazard of a stage, as a function of the days that a stay has lasted."""

    def cumulative(self, ages: Array) -> Array:
        """Return H at some ages in days: (ages, draws), or (ages, 1) where all draws share it."""

    def at(self, ages: Array, draws: Array) -> Array:
        """Return H of some draws, each at its own age: (draws,)."""

    def take(self, which: slice | Array) -> Clock:
        """Return the clock of some of the draws."""


@dataclass(frozen=True, eq=False)
class Weibull:
    """H(a) = (scale a)^power: the hazard rises with a power above 1 and falls with one below.

    Attributes
    ----------
    power, scale : (draws,), or (1,) where all draws share them
        The scale is per day.

    Examples
    --------
    >>> Weibull(np.array([2.0]), np.array([0.1])).cumulative(np.array([0.0, 10.0, 20.0])).round(6).tolist()
    [[0.0], [1.0], [4.0]]
    """

    power: Array
    scale: Array

    def cumulative(self, ages: Array) -> Array:
        """Return H at some ages: (ages, draws)."""
        with np.errstate(divide="ignore"):  # exp(-inf) is the 0 of age 0
            return np.exp(self.power * (np.log(ages)[:, None] + np.log(self.scale)))

    def at(self, ages: Array, draws: Array) -> Array:
        """Return H of some draws, each at its own age: (draws,)."""
        return (_take(self.scale, draws) * ages) ** _take(self.power, draws)

    def take(self, which: slice | Array) -> Weibull:
        """Return the clock of some of the draws."""
        return Weibull(_take(self.power, which), _take(self.scale, which))


def _take(values: Array, which: slice | Array) -> Array:
    return values if values.shape[-1] == 1 else values[..., which]


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands of age, the oldest first; within one the days of entry are uniform.

    Attributes
    ----------
    youngest : (bands,)
        Age in days of the stay that was entered last.
    width : (bands,)
        Days from the first entry to the last; 0 where the age is known.
    """

    youngest: Array
    width: Array

    @classmethod
    def known(cls, age: float) -> Bands:
        """Return one band of a known age."""
        return cls(np.array([float(age)]), np.zeros(1))

    def __len__(self) -> int:
        return len(self.youngest)

    def pass_step(self, days: float, *, put: bool) -> Bands:
        """Return the bands after a step: a new one of its entries, and one of those put there at its end."""
        new = 2 if put else 1
        return Bands(np.r_[self.youngest + days, [0.0] * new], np.r_[self.width, [days, 0.0][:new]])

    def find_alike(self) -> Array:
        """Return the first of each run of bands that can be carried as one: (fewer,) of int."""
        oldest = self.youngest + self.width
        firsts = [0]
        for band in range(1, len(self)):
            known = self.width[band] == 0 or self.width[firsts[-1]] == 0
            if known or oldest[firsts[-1]] - self.youngest[band] > RATIO * self.youngest[band]:
                firsts.append(band)
        return np.array(firsts)

    def merge(self, firsts: Array) -> Bands:
        """Return the bands with each run as one."""
        youngest = self.youngest[np.r_[firsts[1:], len(self)] - 1]
        return Bands(youngest, self.youngest[firsts] + self.width[firsts] - youngest)

    @property
    def young(self) -> Array:
        """Bands that are wide for their age, so that H differs within them: (some,) of int."""
        return np.flatnonzero(self.width > 2 * RATIO * self.youngest)


@dataclass(frozen=True, eq=False)
class Growth:
    """By how much a clock goes on in a step.

    Attributes
    ----------
    mean : (bands, draws) or (bands, 1)
        On average over each band.
    young : (some,) of int
        Bands in which the hazard differs.
    excess : (some, draws) or (some, 1)
        By how much the variance of H within those grows: half of it is what a unit of squared rate spares them.
    """

    mean: Array
    young: Array
    excess: Array

    def of_oldest(self, bands: int) -> Growth:
        """Return that of the oldest bands."""
        some = self.young < bands
        return Growth(self.mean[:bands], self.young[some], self.excess[some])

    def loss(self, rate: Array) -> Array:
        """Return the logarithm of the survival of each band at a rate, to second order: (bands, draws)."""
        found = self.mean * -rate
        if self.young.size:
            found[self.young] = np.minimum(found[self.young] + rate**2 / 2 * self.excess, found[self.young] / 2)
        return found


class Ageing:
    """How a clock goes on, step by step; what recurs is kept."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._known: dict[tuple[float, float, float], tuple[Array, Array]] = {}
        self._last = np.empty(0), np.empty((0, 1))  # ages at the end of the last step, and H at them

    def grow(self, bands: Bands, days: float) -> Growth:
        """Return by how much it goes on in a step of so many days."""
        middle, young = bands.youngest + bands.width / 2, bands.young
        after = self.clock.cumulative(middle + days)
        ages, before = self._last
        if np.array_equal(ages, middle[: len(ages)]) and (bands.youngest[len(ages) :] == 0).all():
            mean = after.copy()  # the bands that are new began with H(0) = 0, and the young ones follow
            mean[: len(ages)] -= before
        else:
            mean = after - self.clock.cumulative(middle)
        self._last = middle + days, after
        excess = np.empty((len(young), mean.shape[1]))
        for row, band in enumerate(young.tolist()):
            mean[band], excess[row] = self._grow_young(float(bands.youngest[band]), float(bands.width[band]), days)
        return Growth(mean, young, excess)

    def _grow_young(self, youngest: float, width: float, days: float) -> tuple[Array, Array]:
        if (key := (youngest, width, days)) not in self._known:
            after, before = self._moments(youngest + days, width), self._moments(youngest, width)
            self._known[key] = after[0] - before[0], after[1] - before[1]
        return self._known[key]

    def _moments(self, youngest: float, width: float) -> tuple[Array, Array]:
        """Return the mean and the variance of H within a band: (draws,) or (1,) each."""
        found = self.clock.cumulative(youngest + width * _NODES)
        mean = np.tensordot(_WEIGHTS, found, axes=1)
        return mean, np.tensordot(_WEIGHTS, (found - mean) ** 2, axes=1)

    def fresh_hazard(self, rate: Array, days: float) -> Array:
        """Return the constant hazard that leaves as many of a step's entries, even over it, at its end: (draws,)."""
        mean, variance = self._moments(0.0, days)
        lost = rate * mean - np.minimum(rate**2 / 2 * variance, rate * mean / 2)
        # (1 - exp(-y)) / y is to be exp(-lost): its logarithm is -y/2 + y^2/24 to third order; 1/y where y is large
        y = np.where(lost < 1, 6 - np.sqrt(36 - 24 * np.minimum(lost, 1)), np.exp(np.minimum(lost, 30)))
        return y / days
