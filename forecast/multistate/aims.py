r"""What a walk looks for: which steps end it, which lead back to rest, and which take a path out.

A walk that looks for nothing in particular ends with the first event. To ask for an event in a later window, for one of
some itineraries, for a stage or for a number of events, some of those ends are turned into ways back or out.

Events are counted by their generating function: where each leads back with a factor ζ, what is left of a path that saw
n of them is ζ^n, and a sum over paths is E[ζ^N]. Its values on a circle give the chance of each n (Abate & Whitt 1992,
doi:10.1016/0167-6377(92)90050-D).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from forecast.multistate.rates import Array

ALIASING = 1e-8  # what numbers of events beyond the last may add, at most


@dataclass(frozen=True, eq=False)
class Aim:
    """What becomes of an event, and of entering a stage, by segment.

    Attributes
    ----------
    back : (segments, itineraries)
        Factor with which an event leads back to rest; 0 where it does not.
    out : (segments, itineraries) of bool
        Whether an event takes the path out: nothing more can come of it.
    reached : (segments,) of int
        Stage whose entry ends the walk, or -1.
    shut : (segments, stages, stages) of bool
        Steps from one stage into another that are learned not to happen.
    leaves : (segments,) of bool, optional
        Whether that entry takes the path out in place of ending the walk; it does not if not given.
    """

    back: Array
    out: Array
    reached: Array
    shut: Array
    leaves: Array | None = None

    @classmethod
    def first(cls, segments: int, itineraries: int, stages: int) -> Aim:
        """Look for the first event."""
        none = np.zeros((segments, itineraries))
        return cls(none, none > 0, np.full(segments, -1), np.zeros((segments, stages, stages), bool))

    @property
    def is_first(self) -> bool:
        """Tell whether it is the first event, and nothing else."""
        return not (self.goes_on or self.has_out or (self.reached >= 0).any() or self.shut.any())

    @property
    def ends(self) -> Array:
        """1 where an event ends the walk: (segments, itineraries)."""
        return ((self.back == 0) & ~self.out).astype(float)

    @property
    def has_out(self) -> bool:
        """Tell whether anything takes a path out."""
        return bool(self.out.any()) or (self.leaves is not None and bool(self.leaves.any()))

    @property
    def goes_on(self) -> bool:
        """Tell whether anything follows an event."""
        return bool(self.back.any())

    def weigh(self, factor: complex, since: int) -> Aim:
        """Return the same where events that ended the walk lead back, with a factor, from a segment on."""
        counted = (self.ends > 0) & (np.arange(len(self.back)) >= since)[:, None]
        return replace(self, back=np.where(counted, factor, self.back))

    def pass_through(self, segments: int) -> Aim:
        """Return the same where what would end the walk takes paths out, in so many segments, so that it is kept."""
        before = np.arange(len(self.back)) < segments
        out = self.out | (before[:, None] & (self.ends > 0))
        return replace(self, out=out, leaves=before & (self.reached >= 0))


def count_by_factors(walk: Callable[[complex], Array], numbers: int) -> Array:
    """Return the chances of 0, 1, ... events, (numbers, ...), from what `walk` returns for a factor ζ: E[ζ^N].

    Examples
    --------
    >>> poisson = count_by_factors(lambda factor: np.array([np.exp(2 * (factor - 1))]), 4)
    >>> poisson[:, 0].round(6).tolist()
    [0.135335, 0.270671, 0.270671, 0.180447]
    """
    size = 2 * numbers  # more would fall on the first ones, damped; fewer would need a radius that loses digits
    radius = ALIASING ** (1 / size)
    factors = radius * np.exp(2j * np.pi * np.arange(size // 2 + 1) / size)
    found = np.stack([walk(complex(factor)) for factor in factors])
    chances = np.fft.irfft(found.conj(), size, axis=0)[:numbers]
    scaled = chances / radius ** np.arange(numbers).reshape(-1, *(1,) * (found.ndim - 1))
    return np.clip(scaled, 0.0, None)


def sum_by_factors(walk: Callable[[complex], Array], chosen: Array) -> Array:
    """Return the chance that the number is among some: those of 0, 1, ... that are chosen, (numbers,) of bool.

    As `count_by_factors`, but what `walk` returns is not kept.

    Examples
    --------
    >>> none_or_two = np.array([True, False, True])
    >>> sum_by_factors(lambda factor: np.array([np.exp(2 * (factor - 1))]), none_or_two).round(6).tolist()
    [0.406006]
    """
    numbers = np.arange(len(chosen))
    size = 2 * len(chosen)
    radius = ALIASING ** (1 / size)
    total: Array = np.zeros(1)
    for place in range(len(chosen) + 1):
        angle = 2j * np.pi * place / size
        found = walk(complex(radius * np.exp(angle)))
        share = (chosen * radius**-numbers * np.exp(angle * numbers)).sum() / size
        total = total + (1 if place in (0, len(chosen)) else 2) * (found.conj() * share).real
    return np.clip(total, 0.0, None)
