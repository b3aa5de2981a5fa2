r"""Rates to a forecast's curves: incidence and occupancy day by day, exact for each draw, and what silence would mean.

The transient states are carried through each segment by the powers of one matrix exponential, forwards for what will
be, backwards for what a state promises. What is *set* (an intervention) moves probability between states; what is
*learned* takes away the paths that disagree, which leaves each draw with the weight that it gave to the rest (forward
filtering; Rabiner 1989, doi:10.1109/5.18626). Receives `Rates`, hands on `Curves`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.multistate.aims import Aim, count_by_factors
from forecast.multistate.carrying import carry_draws
from forecast.multistate.curves import Curves
from forecast.multistate.expm import expm
from forecast.multistate.questions import Goal, seek
from forecast.multistate.rates import Array, Rates, Start
from forecast.multistate.silence import Quiet
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import Switching
from forecast.multistate.walk import carry, find_powers
from forecast.multistate.whole import can_carry_whole, carry_whole


def forecast_curves(
    rates: Rates | Switching,
    days: Array,
    start: int | Start,
    frailties: tuple[Array, ...],
    *,
    supposed: Supposed | None = None,
    quiet: Quiet | None = None,
    silence_from: int | None = None,
    by_draw: bool = True,
    age: float = 0.0,
    goal: Goal | None = None,
    first: int = 0,
) -> Curves:
    """Compute occupancy and incidence day by day, exactly, for each draw.

    Parameters
    ----------
    rates : Rates or Switching
        The latter where conditions switch between several.
    days : (segments,) of int
        Length of each segment.
    start : int or Start
        Stage at the beginning of the first segment, or several by how probable each is.
    frailties : tuple of (draws,)
        z of this episode and of each copy of a later one, see `later_frailties`.
    supposed : Supposed, optional
        What is set and what is learned; nothing if not given.
    quiet : Quiet, optional
        The days without news before the first segment, which begin in `start`.
    silence_from : int, optional
        If given, what silence promises is computed as well, for an event that counts from the day of this number on; a
        segment begins with it.
    by_draw : bool
        Keep the stages by draw, and not their sums alone, which saves most of the memory.
    age : float
        Days that the stay in `start` had lasted, where it ages, before the quiet days or else the first segment.
    goal : Goal, optional
        What is asked; the first event if not given.
    first : int
        Number of the day from which on a yes counts; a segment begins with it.
    """
    walk = _Walks(
        rates, start, frailties, quiet, age, days, np.ones(len(days)), silence_from=silence_from, by_draw=by_draw
    )
    return walk.seek(goal, supposed, first)


def event_chances(
    rates: Rates | Switching,
    days: Array,
    start: int | Start,
    frailties: tuple[Array, ...],
    *,
    supposed: Supposed | None = None,
    quiet: Quiet | None = None,
    first: int = 0,
    age: float = 0.0,
    goal: Goal | None = None,
    compiled: bool = False,
) -> tuple[Array, Array]:
    """Compute the probability of the event alone, a segment at a step, so that the days cost next to nothing.

    Where stages age, a segment takes many steps.

    Parameters are those of `forecast_curves`; the event counts from the day numbered `first` on, with which a segment
    begins. Many calls are faster where they are `compiled`, which takes some seconds the first time.

    Returns
    -------
    chances : (itineraries, draws)
        Probability of what is learned and of the event.
    weight : (draws,)
        Probability of what is learned.
    """
    walk = _Walks(rates, start, frailties, quiet, age, np.ones_like(days), days.astype(float), compiled=compiled)
    step = int(np.searchsorted(np.cumsum(days), first, side="right"))
    curves = walk.seek(goal, supposed, step)
    return curves.total(step), curves.weight


def count_chances(
    rates: Rates | Switching,
    days: Array,
    start: int | Start,
    frailties: tuple[Array, ...],
    *,
    goal: Goal,
    numbers: int,
    supposed: Supposed | None = None,
    quiet: Quiet | None = None,
    age: float = 0.0,
    by_day: bool = False,
) -> Array:
    """Compute the probability of what is learned and of 0, 1, ... events that count: (numbers, draws).

    By day it is the mean over draws, by what each counts, by the end of each day, the start first: (numbers, days + 1).
    """
    steps, length = (days, np.ones(len(days))) if by_day else (np.ones_like(days), days.astype(float))
    walk = _Walks(rates, start, frailties, quiet, age, steps, length)
    supposed = supposed or Supposed.nothing(len(days))

    def walk_weighed(factor: complex) -> Array:
        alive = walk(goal.aim.weigh(factor, supposed.learned), supposed).alive
        return alive.sum(axis=0) if by_day else alive[:, -1]

    found = count_by_factors(walk_weighed, numbers)
    return found / walk(goal.aim, supposed).weight.sum() if by_day else found


@dataclass(frozen=True, eq=False)
class _Walks:
    """Walks of the same draws through the same days, each in search of something else; see `Walker`."""

    rates: Rates | Switching
    start: int | Start
    frailties: tuple[Array, ...]
    quiet: Quiet | None
    age: float
    steps: Array
    length: Array
    silence_from: int | None = None
    by_draw: bool = False
    compiled: bool = False

    @property
    def by_day(self) -> bool:
        """Tell whether a step is a day, or a segment."""
        return bool((self.length == 1).all())

    def seek(self, goal: Goal | None, supposed: Supposed | None, first: int) -> Curves:
        """Return how probable a yes is, by draw and step; the window's first has the number `first`."""
        supposed = supposed or Supposed.nothing(len(self.steps))
        if goal is None:
            return self(None, supposed, is_silent=True)
        return seek(self, goal, supposed, first)

    def __call__(
        self, aim: Aim | None, supposed: Supposed, *, by_draw: bool = False, is_silent: bool = False
    ) -> Curves:
        """Carry the draws."""
        switching = Switching.still(self.rates, len(self.steps)) if isinstance(self.rates, Rates) else self.rates
        if aim is not None and not aim.is_first:
            switching = replace(switching, aim=aim)
        by_draw = self.by_draw or by_draw
        begin = switching, self.start, self.frailties, supposed, self.quiet
        if self.compiled and can_carry_whole(switching, supposed, by_draw=by_draw):
            return carry_whole(*begin, days=self.length, by_draw=by_draw)
        return carry_draws(
            *begin,
            steps=self.steps,
            length=self.length,
            silence_from=self.silence_from if is_silent else None,
            by_draw=by_draw,
            age=self.age,
        )


def chance_of_environments(curves: Curves, switching: Switching, supposed: Supposed, days: Array) -> Array:
    """Return how probable each environment is at the end of each day, whether or not the event comes.

    Returns
    -------
    (environments, days)
    """
    state = curves.landed.sum(axis=2)  # (draws, environments)
    found = [curves.held]
    for segment in range(supposed.learned, len(days)):
        powers = find_powers(expm(switching.generator(segment)).swapaxes(1, 2), int(days[segment]))
        columns = carry(powers, state, int(days[segment]))
        put = np.equal.outer(switching.put[segment], np.arange(len(found[0]))).astype(float)
        columns[..., -1] = state = columns[..., -1] @ put
        found.append(columns[..., 1:].sum(axis=0))
    return np.concatenate(found, axis=1) / curves.weight.sum()
