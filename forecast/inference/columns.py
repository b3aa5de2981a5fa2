"""Columns of a log-linear likelihood that are curves of parameters: hazards of plans, and of stays whose shape is open.

Each is a curve of one parameter or of two. Where theta is given, parameters lie along the axis before the draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.model import plan_hazard
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class Windows:
    """Logarithms of the hazards of parts of plans' windows, those that differ, see `forecast.model.plan_hazard`.

    Attributes
    ----------
    at : (windows, 2) of int
        The parameter, the logit of the chance that the plan is kept, twice.
    taken, left : (windows,)
    """

    at: Array
    taken: Array
    left: Array

    def values(self, theta: Array) -> Array:
        """Return them: (..., windows, draws)."""
        return np.log(plan_hazard(theta[..., self.at[:, 0], :], self.taken[:, None], self.left[:, None]))

    def derivatives(self, theta: Array) -> tuple[Array, Array]:
        """Return first and second derivatives: (2, windows, draws) and (3, windows, draws)."""
        odds, taken, left = np.exp(theta[self.at[:, 0]]), self.taken[:, None], self.left[:, None]
        size = taken * odds / (1 + left * odds)  # the hazard is log(1 + size)
        first = size / (1 + left * odds)
        second = first * (1 - left * odds) / (1 + left * odds)
        hazard, slope = np.log1p(size), first / (1 + size)
        bend = second / (1 + size) - slope**2
        none = np.zeros_like(slope)
        slope /= hazard
        return np.stack([slope, none]), np.stack([bend / hazard - slope**2, none, none])


@dataclass(frozen=True, eq=False)
class Ages:
    r"""Logarithms of the mean hazards of Weibull stays from an age a to an age b.

    That is (b^k - a^k) / (b - a) times (\Gamma(1 + 1/k) / m)^k.

    Attributes
    ----------
    at : (ages, 2) of int
        The parameters: \log k and \log m.
    start, end : (ages,)
        The ages a and b in days.
    """

    at: Array
    start: Array
    end: Array

    def values(self, theta: Array) -> Array:
        """Return them: (..., ages, draws)."""
        from scipy.special import gammaln

        power, stay = np.exp(theta[..., self.at[:, 0], :]), theta[..., self.at[:, 1], :]
        span = power * np.log(self.end)[:, None] + np.log1p(-self._left(power)) - np.log(self.end - self.start)[:, None]
        return span + power * (gammaln(1 + 1 / power) - stay)

    def derivatives(self, theta: Array) -> tuple[Array, Array]:
        """Return first and second derivatives: (2, ages, draws) and (3, ages, draws)."""
        from scipy.special import digamma, gammaln, polygamma

        power, stay = np.exp(theta[self.at[:, 0]]), theta[self.at[:, 1]]
        log_start, log_end = np.log(np.maximum(self.start, 1))[:, None], np.log(self.end)[:, None]
        left = self._left(power)
        slope = (log_end - left * log_start) / (1 - left)  # of log(b^k - a^k) by k
        bend = (log_end**2 - left * log_start**2) / (1 - left) - slope**2
        slope += gammaln(1 + 1 / power) - digamma(1 + 1 / power) / power - stay
        bend += polygamma(1, 1 + 1 / power) / power**3
        first, none = power * slope, np.zeros_like(power)
        return np.stack([first, -power]), np.stack([first + power**2 * bend, -power, none])

    def _left(self, power: Array) -> Array:
        """Return (a / b)^k."""
        share = np.where(self.start > 0, self.start, 1.0) / self.end
        return np.where(self.start[:, None] > 0, share[:, None] ** power, 0.0)


@dataclass(frozen=True, eq=False)
class Columns:
    """All of them, windows before ages."""

    windows: Windows
    ages: Ages

    def __len__(self) -> int:
        return len(self.at)

    @property
    def at(self) -> Array:
        """The parameters that each is a curve of: (columns, 2) of int."""
        return np.concatenate([self.windows.at, self.ages.at])

    def extend(self, theta: Array) -> Array:
        """Return parameters with their columns behind them: (..., parameters + columns, draws)."""
        parts = [part.values(theta) for part in (self.windows, self.ages) if len(part.at)]
        return np.concatenate([theta, *parts], axis=-2) if parts else theta

    def derivatives(self, theta: Array) -> tuple[Array, Array]:
        """Return first and second derivatives by their parameters: (2, columns, draws) and (3, columns, draws).

        The second ones are by the first parameter twice, by both, and by the second twice.
        """
        parts = [part.derivatives(theta) for part in (self.windows, self.ages)]
        first, second = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
        return first, second

    def pull_back(self, gradient: Array, theta: Array) -> Array:
        """Return a gradient by parameters and columns as one by parameters alone: (parameters, draws)."""
        count = len(theta)
        found = gradient[:count].copy()
        if len(self):
            first, _ = self.derivatives(theta)
            for side in (0, 1):
                np.add.at(found, self.at[:, side], gradient[count:] * first[side])
        return found

    def pull_back_bend(self, gradient: Array, hessian: Array, theta: Array, slope: Array) -> tuple[Array, Array]:
        """Return gradient and Hessian by parameters and columns as those by what the parameters are curves of.

        Parameters
        ----------
        theta, slope : (parameters,)
            `slope` of each parameter, whose own curvature is left out.
        """
        count, at = len(theta), self.at
        first, second = (each[..., 0] for each in self.derivatives(theta[:, None]))
        jacobian = np.zeros((count + len(at), count))
        jacobian[np.arange(count), np.arange(count)] = slope
        rows, of_column = count + np.arange(len(at)), gradient[count:]
        for side in (0, 1):
            np.add.at(jacobian, (rows, at[:, side]), first[side] * slope[at[:, side]])
        found = jacobian.T @ hessian @ jacobian
        for bend, (one, other) in zip(second[[0, 1, 1, 2]], ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
            np.add.at(found, (at[:, one], at[:, other]), of_column * bend * slope[at[:, one]] * slope[at[:, other]])
        return gradient @ jacobian, found
