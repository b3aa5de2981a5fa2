r"""The shape of stays: how the hazard of a stage's ordinary ends goes with the days that a stay has lasted.

A stay of mean m and shape k is Weibull: its cumulative hazard after a days is (\Gamma(1 + 1/k) a / m)^k. An interval of
single stays is that of a lognormal; what the record may teach is a factor on their hazard.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from forecast.model.parameters import Parameters, mix
from forecast.multistate import Array, Clock, Weibull
from forecast.scenario import Z95, Interval, StageBelief

WORTH = 10  # single stays that an interval of theirs stands for: so hard is it moved by those on record
SPREAD = 1 / math.sqrt(WORTH)  # standard deviation of the logarithm of the factor on their hazard
_CELL = 0.05  # of the table of `_find_hazard`, and of the sum over factors
_NODES = np.arange(-800, 241) * _CELL  # standard deviations of the factor; as far down as survival is a number
_LOG_HAZARDS = np.arange(-800, 321) * _CELL


@dataclass(frozen=True)
class SingleStays:
    r"""The clock of stays of which nine in ten last from `lo` to `hi` days, before anything is learned of them.

    S(a), lognormal, is the mean of \exp(-r H(a)) over the factors r that are possible; H is the clock.

    Examples
    --------
    >>> clock = SingleStays(60.0, 120.0)
    >>> factors = np.exp(SPREAD * np.random.default_rng(1).standard_normal(200_000))
    >>> np.exp(-factors * clock.cumulative(np.array([60.0, 120.0]))).mean(axis=1).round(2).tolist()
    [0.95, 0.05]
    """

    lo: float
    hi: float

    def cumulative(self, ages: Array) -> Array:
        """Return H at some ages in days: (ages, 1)."""
        from scipy.special import log_ndtr

        low, high = math.log(self.lo), math.log(self.hi)
        with np.errstate(divide="ignore"):  # log of 0 at age 0
            standard = (np.log(ages) - (low + high) / 2) * (2 * Z95 / (high - low))
            said = np.log(-log_ndtr(-standard))
        curve = _find_hazard()
        return np.exp(curve(np.clip(said, *curve.x[[0, -1]])))[:, None]

    def median(self, factor: Array) -> Array:
        """Return the median stay in days where the hazard is some factor of what is expected."""
        low, high = math.log(self.lo), math.log(self.hi)
        log_ages = (low + high) / 2 + (high - low) * np.linspace(-1, 1, 2001)
        log_hazards = np.log(self.cumulative(np.exp(log_ages))[:, 0])
        return np.exp(np.interp(math.log(math.log(2)) - np.log(factor), log_hazards, log_ages))

    def at(self, ages: Array, draws: Array) -> Array:  # noqa: ARG002
        """Return H at some ages: (draws,); all draws share it."""
        return self.cumulative(ages)[:, 0]

    def take(self, which: slice | Array) -> SingleStays:  # noqa: ARG002
        """Return itself; all draws share it."""
        return self


@lru_cache(maxsize=1)
def _find_hazard() -> Any:
    r"""Return the curve from \log(-\log S) to \log H, where S is the mean of \exp(-r H)."""
    from scipy.interpolate import CubicSpline

    hazard = np.exp(_LOG_HAZARDS[:, None] + SPREAD * _NODES)
    log_density = -(_NODES**2) / 2 + math.log(_CELL) - math.log(2 * math.pi) / 2
    lost = -np.expm1(-np.minimum(hazard, 1e3)) @ np.exp(log_density)  # exact where it is little
    log_survival = np.logaddexp.reduce(log_density - hazard, axis=1)
    log_survival = np.where(lost < 0.5, np.log1p(-np.minimum(lost, 0.5)), log_survival)
    return CubicSpline(np.log(-log_survival), _LOG_HAZARDS)


def span_medians(single: Interval) -> tuple[float, float]:
    """Return where nine in ten medians of such stays lie, for all that is known before the record."""
    low, high = SingleStays(single.lo, single.hi).median(np.exp(SPREAD * Z95 * np.array([1.0, -1.0]))).tolist()
    return low, high


@dataclass(frozen=True)
class Shapes:
    """How stays age, by stage.

    Attributes
    ----------
    known : dict of int to Clock
        Of the stages whose shape is certain.
    unknown : tuple of int
        Stages whose shape is a parameter, in the order of ``log_shape``.
    """

    known: Mapping[int, Clock] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()

    @property
    def ageing(self) -> frozenset[int]:
        """The stages that age."""
        return frozenset((*self.known, *self.unknown))

    def powers(self, theta: Parameters, stages: int, xp: Any = np) -> Any:
        r"""Return the k of each stage, by which its rates are m^{-k}: (stages, ...)."""
        trailing = (1,) * (theta["log_stay"].ndim - 1)
        known = self.known_powers(stages).reshape(-1, *trailing)
        if not self.unknown:
            return known
        here = np.equal.outer(np.arange(stages), self.unknown).astype(float)
        return known + mix(here, xp.exp(theta["log_shape"]))

    def known_powers(self, stages: int) -> Array:
        """Return the same where it is certain, and 0 elsewhere: (stages,)."""
        powers = np.ones(stages)
        for stage, clock in self.known.items():
            powers[stage] = clock.power[0] if isinstance(clock, Weibull) else 1.0
        powers[list(self.unknown)] = 0.0
        return powers

    def clocks(self, theta: Parameters) -> dict[int, Clock]:
        """Return the clocks of all stages that age, for draws."""
        if not self.unknown:
            return dict(self.known)
        from scipy.special import gamma

        powers = zip(self.unknown, np.exp(theta["log_shape"]), strict=True)
        return {**self.known, **{stage: Weibull(power, gamma(1 + 1 / power)) for stage, power in powers}}

    def typical_stays(self, theta: Parameters) -> Array:
        """Return mean stays in days, (stages, draws); where the interval is about single stays, their median."""
        stays = np.exp(theta["log_stay"])
        for stage, clock in self.known.items():
            if isinstance(clock, SingleStays):
                stays[stage] = clock.median(1 / stays[stage])
        return stays

    def known_paces(self, stage: Array, ages: Array) -> Array:
        """Return how fast the clock of each segment's stage goes on it, on average; 1 where it is not known.

        Parameters
        ----------
        stage : (segments,) of int
        ages : (segments, 2)
            Days in the stage at the beginning and at the end.
        """
        pace = np.ones(len(stage))
        for one, clock in self.known.items():
            here = stage == one
            before, after = (clock.cumulative(ages[here, side])[:, 0] for side in (0, 1))
            pace[here] = (after - before) / (ages[here, 1] - ages[here, 0])
        return pace

    def paces(self, theta: Parameters, stage: Array, ages: Array, known: Array, xp: Any = np) -> Any:
        """Return the same for parameters, (segments, ...), given that of the stages whose shape is certain."""
        trailing = (1,) * (theta["log_stay"].ndim - 1)
        pace = known.reshape(-1, *trailing)
        for index, one in enumerate(self.unknown):
            here = np.flatnonzero(stage == one)
            power = xp.exp(theta["log_shape"][index])
            start, end = (ages[here, side].reshape(-1, *trailing) for side in (0, 1))
            scale = xp.exp(power * _log_gamma(1 + 1 / power, xp))
            grown = xp.exp(power * np.log(end)) - (start > 0) * xp.exp(power * np.log(np.maximum(start, 1)))
            grown = (scale * grown) / (end - start)
            place = np.equal.outer(np.arange(len(stage)), here).astype(float)
            others = (stage != one).astype(float).reshape(-1, *trailing)
            pace = pace * others + (place @ grown if xp is np else (place * grown).sum(axis=-1))
        return pace


def _log_gamma(values: Any, xp: Any) -> Any:
    if xp is not np:
        return xp.gammaln(values)
    from scipy.special import gammaln

    return gammaln(values)


def build_shapes(beliefs: Sequence[StageBelief]) -> Shapes:
    """Return the shapes of stays in some stages; those of exponential ones have none."""
    known: dict[int, Clock] = {}
    unknown = []
    for stage, belief in enumerate(beliefs):
        if belief.stay.is_single:
            known[stage] = SingleStays(belief.stay.lo, belief.stay.hi)
        elif belief.shape is not None and belief.shape.lo < belief.shape.hi:
            unknown.append(stage)
        elif belief.shape is not None and belief.shape.lo != 1:
            power = belief.shape.lo
            known[stage] = Weibull(np.array([power]), np.array([math.gamma(1 + 1 / power)]))
    return Shapes(known, tuple(unknown))
