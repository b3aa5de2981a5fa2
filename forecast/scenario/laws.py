"""Laws of a quantity of which more is said than an interval: bent at its median, or learned from cases of the past.

Receives what a file says, hands on quantiles; the model takes the same laws as priors. The incomplete gamma and beta
functions are those of every textbook (Abramowitz & Stegun 6.5.29, 26.5.8), because this wing does without arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from forecast.scenario.limits import DAYS_A_YEAR

HALF = 0.5  # of a case: Jeffreys' prior for a rate, and for either side of a chance
_STEPS = 200  # of bisection; each halves what is left
_TERMS = 10_000  # of a series, which needs some ten times the root of its count


@dataclass(frozen=True)
class Split:
    """A median with a spread of its own on either side: half a normal below it and half of another above."""

    median: float


@dataclass(frozen=True)
class Past:
    """What stays of the past, or counts of events, say of a mean: one over a rate that is Gamma(count, days).

    Jeffreys' Gamma(1/2, 0) lies beneath. With `robust`, that share of it is as wide as if one case had been seen.
    """

    stays: tuple[str, ...] = ()  # in days; one that still runs ends in +
    events: float = 0.0
    years: float = 0.0
    robust: float = 0.0

    @property
    def count(self) -> float:
        """Shape of the gamma distribution of the rate."""
        return HALF + self.events + sum(not is_running(stay) for stay in self.stays)

    @property
    def days(self) -> float:
        """Its rate: the days in which those cases came."""
        return self.years * DAYS_A_YEAR + sum(float(stay.rstrip("+")) for stay in self.stays)

    @property
    def parts(self) -> tuple[tuple[float, float, float], ...]:
        """Share, count and days of each part of the mixture."""
        whole = (1 - self.robust, self.count, self.days)
        return (whole, (self.robust, 1.0, self.days / self.count)) if self.robust else (whole,)

    def quantile(self, share: float) -> float:
        """Return a quantile of the mean, in days.

        >>> round(Past(stays=("21", "30", "60", "44+")).quantile(0.5), 1)
        48.9
        """
        low, high = (self.days / self.count * factor for factor in (1e-9, 1e9))
        return _bisect(lambda mean: self._below(mean), share, low, high)

    def _below(self, mean: float) -> float:
        return sum(share * (1 - gamma_below(count, days / mean)) for share, count, days in self.parts)


@dataclass(frozen=True)
class Counted:
    """How many of some cases there were of a kind: a chance that is Beta(were + 1/2, of - were + 1/2)."""

    of: float
    were: float

    def quantile(self, share: float) -> float:
        """Return a quantile of the chance.

        >>> round(Counted(of=10, were=7).quantile(0.5), 3)
        0.693
        """
        a, b = self.were + HALF, self.of - self.were + HALF
        return _bisect(lambda chance: beta_below(a, b, chance), share, 1e-12, 1 - 1e-12)


@dataclass(frozen=True)
class Chance:
    """How likely a stay that does not age is over within some days: its mean is lognormal between what the ends say."""

    lo: float
    hi: float
    within: float


Law = Split | Past | Counted | Chance


def is_running(stay: str) -> bool:
    """Tell whether a stay of a record is not over."""
    return stay.endswith("+")


def _bisect(below: Callable[[float], float], share: float, low: float, high: float) -> float:
    """Return where an increasing function takes a value, to all digits, on the scale of logarithms."""
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if below(middle) < share else (low, middle)
        if high <= low * (1 + 1e-14):
            break
    return math.sqrt(low * high)


def gamma_below(count: float, x: float) -> float:
    """Return the probability that a Gamma(count, 1) variable lies below x.

    >>> round(gamma_below(1, 1), 6)  # 1 - 1 / e
    0.632121
    """
    if x <= 0:
        return 0.0
    if x > count + 40 * math.sqrt(count) + 800:
        return 1.0
    term = math.exp(count * math.log(x) - x - math.lgamma(count + 1))
    if not term:
        return 0.0 if x < count else 1.0
    total = term
    for step in range(1, _TERMS):
        term *= x / (count + step)
        total += term
        if term < 1e-17 * total:
            break
    return min(total, 1.0)


def beta_below(a: float, b: float, x: float) -> float:
    """Return the probability that a Beta(a, b) variable lies below x.

    >>> round(beta_below(2, 1, 0.5), 6)  # x squared
    0.25
    """
    if x > (a + 1) / (a + b + 2):  # where the fraction is slow
        return 1.0 - beta_below(b, a, 1 - x)
    front = math.exp(
        a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.log(a)
    )
    tiny = 1e-300  # Lentz's method
    top, bottom, value = 1.0, 0.0, 1.0
    for step in range(_TERMS):
        half = step // 2
        if step == 0:
            numerator = 1.0
        elif step % 2 == 0:
            numerator = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        else:
            numerator = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        bottom = 1 / (1 + numerator * bottom or tiny)
        top = 1 + numerator / top or tiny
        value *= top * bottom
        if step and abs(top * bottom - 1) < 1e-16:
            break
    return front * (value - 1.0)
