r"""Rates to a forecast's curves: incidence and occupancy day by day, exact for each draw, and what silence would mean.

The transient states are carried through each segment by the powers of one matrix exponential, forwards for what will
be, backwards for what a state promises. What is *set* (an intervention) moves probability between states; what is
*learned* takes away the paths that disagree, which leaves each draw with the weight that it gave to the rest (forward
filtering; Rabiner 1989, doi:10.1109/5.18626). Receives `Rates`, hands on `Curves`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.multistate.generators import StateSpace, build_generators
from forecast.multistate.rates import Array, Rates, State
from forecast.multistate.silence import stay_silent
from forecast.multistate.supposed import Supposed
from forecast.multistate.walk import Walk

CELLS = 640_000  # draws times days times states walked at a time: threads wait for each other at every small product
FEWEST, MOST = 8, 1000  # draws at a time, however many the days or few
GENERATORS = 12_500_000  # numbers in the generators that are there at a time: 100 MB
VALUES = 1_000_000  # draws times days at a time where a mean needs each draw's incidence
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class Curves:
    """What a forecast consists of. Each draw counts by its `weight`: what it gave to what is learned, 1 if nothing is.

    Attributes
    ----------
    alive : (draws, days + 1)
        Probability of what is learned and that no event has happened up to the end of each day, `as_of` first.
    by_plan : (draws, days with a plan)
        Probability of what is learned and that a plan brings the first event about, on the days of segments with one.
    stages : (draws, days, stages), or summed over some draws a row
        Probability of what is learned and of being in each stage, with no event yet, at the end of each day.
    landed : (draws, states)
        Probability of what is learned and of each state once all of it is.
    states : tuple of (copy, stage)
    shares, plan_shares : (segments, itineraries, draws)
        How ordinary and planned events split over itineraries.
    days : (segments,) of int
    has_plan : (segments,) of bool
    silent, silent_ahead : (draws, days + 1) or None
        Probability that nothing is announced up to the end of each day, `as_of` first, and of that and the event in
        the window thereafter.
    """

    alive: Array
    by_plan: Array
    stages: Array
    landed: Array
    states: tuple[State, ...]
    shares: Array
    plan_shares: Array
    days: Array
    has_plan: Array
    silent: Array | None = None
    silent_ahead: Array | None = None

    @cached_property
    def weight(self) -> Array:
        """Probability that each draw gives to what is learned: (draws,)."""
        return self.landed.sum(axis=1)

    @property
    def occupancy(self) -> Array:
        """Probability of each stage, (days, stages, draws).

        Raises
        ------
        ValueError
            If the stages were kept as sums over draws; `forecast_curves` keeps them by draw if asked to.
        """
        if len(self.stages) != len(self.landed):
            message = "expected stages by draw; found their sums. Use mean_occupancy, or Result.occupancy"
            raise ValueError(message)
        return self.stages.transpose(1, 2, 0)

    @property
    def any_incidence(self) -> Array:
        """Probability that the event falls on each day, by any itinerary: (draws, days)."""
        return self.alive[:, :-1] - self.alive[:, 1:]

    @property
    def any_cumulative(self) -> Array:
        """Probability that the event has happened by the end of each day, by any itinerary: (draws, days)."""
        return self.alive[:, :1] - self.alive[:, 1:]

    @property
    def incidence(self) -> Array:
        """Probability that the event falls on each day, by itinerary: (days, itineraries, draws)."""
        return np.concatenate([self._split_days(segment, days) for segment, days in self._spans()])

    def incidence_by(self, itinerary: int) -> Array:
        """Return the same for one itinerary: (days, draws)."""
        return np.concatenate([self._split_days(segment, days, [itinerary])[:, 0] for segment, days in self._spans()])

    def incidence_at(self, draw: Array, day: Array) -> Array:
        """Return the same of some draws, each on a day of its own: (some, itineraries)."""
        segment = np.searchsorted(np.cumsum(self.days), day, side="right")
        column = np.cumsum(np.repeat(self.has_plan, self.days))[day] - 1
        planned, has_plan = np.zeros(len(day)), self.has_plan[segment]
        planned[has_plan] = self.by_plan[draw[has_plan], column[has_plan]]
        ordinary = self.alive[draw, day] - self.alive[draw, day + 1] - planned
        split = ordinary[:, None] * self.shares[segment, :, draw]
        return split + planned[:, None] * self.plan_shares[segment, :, draw]

    def mean_incidence(self) -> Array:
        """Return the weighted mean of `incidence` over draws, (days, itineraries), without making it by draw."""
        parts = []
        for segment, days in self._spans(max(1, VALUES // len(self.alive))):
            ordinary, planned = self._incidence(segment, days)
            parts.append(ordinary.T @ self.shares[segment].T + planned.T @ self.plan_shares[segment].T)
        return np.concatenate(parts) / self.weight.sum()

    def mean_occupancy(self) -> Array:
        """Return the weighted mean of `occupancy` over draws, (days, stages)."""
        return self.stages.sum(axis=0) / self.weight.sum()

    def total(self, first: int = 0) -> Array:
        """Return the probability of the event from the day numbered `first` on: (itineraries, draws)."""
        total = np.zeros(self.shares.shape[1:])
        for segment, days in self._spans():
            if days.stop > first:
                planned = self._planned(segment, slice(max(days.start, first), days.stop)).sum(axis=1)
                happened = self.alive[:, max(days.start, first)] - self.alive[:, days.stop]
                total += (happened - planned) * self.shares[segment] + planned * self.plan_shares[segment]
        return total

    def group(self, members: Array) -> Curves:
        """Return the same with itineraries summed into groups: `members` (groups, itineraries) of 0 and 1."""
        return replace(self, shares=members @ self.shares, plan_shares=members @ self.plan_shares)

    def _spans(self, most: int | None = None) -> Iterator[tuple[int, slice]]:
        """Yield each segment and its days, at most so many at a time."""
        for segment, (end, length) in enumerate(zip(np.cumsum(self.days), self.days, strict=True)):
            for start in range(end - length, end, most or length):
                yield segment, slice(start, min(start + (most or length), end))

    def _planned(self, segment: int, days: slice) -> Array:
        """Return the probability of a planned event on days of one segment: (draws, days)."""
        if not self.has_plan[segment]:
            return np.zeros((len(self.alive), days.stop - days.start))
        shift = int((self.days * self.has_plan)[:segment].sum() - self.days[:segment].sum())
        return self.by_plan[:, days.start + shift : days.stop + shift]

    def _incidence(self, segment: int, days: slice) -> tuple[Array, Array]:
        """Return the probability of an ordinary and of a planned event on days of one segment: (draws, days)."""
        planned = self._planned(segment, days)
        return self.alive[:, days] - self.alive[:, days.start + 1 : days.stop + 1] - planned, planned

    def _split_days(self, segment: int, days: slice, some: Sequence[int] | slice = slice(None)) -> Array:
        """Split the incidence of days of one segment over some itineraries: (days, itineraries, draws)."""
        ordinary, planned = self._incidence(segment, days)
        split = ordinary.T[:, None] * self.shares[segment, some]
        return split + planned.T[:, None] * self.plan_shares[segment, some]


def forecast_curves(
    rates: Rates,
    days: Array,
    start: int,
    frailties: tuple[Array, Array],
    *,
    supposed: Supposed | None = None,
    silence_from: int | None = None,
    by_draw: bool = True,
) -> Curves:
    """Compute occupancy and incidence day by day, exactly, for each draw.

    Parameters
    ----------
    rates : Rates
    days : (segments,) of int
        Length of each segment.
    start : int
        Stage at the beginning of the first segment.
    frailties : pair of (draws,)
        z of this episode and of a later one.
    supposed : Supposed, optional
        What is set and what is learned; nothing if not given.
    silence_from : int, optional
        If given, what silence promises is computed as well, for an event that counts from the day of this number on; a
        segment begins with it.
    by_draw : bool
        Keep the stages by draw, and not their sums alone, which saves most of the memory.
    """
    return _carry_draws(
        rates, start, frailties, supposed,
        steps=days, length=np.ones(len(days)), silence_from=silence_from, by_draw=by_draw,
    )  # fmt: skip


def event_chances(
    rates: Rates,
    days: Array,
    start: int,
    frailties: tuple[Array, Array],
    *,
    supposed: Supposed | None = None,
    first: int = 0,
) -> tuple[Array, Array]:
    """Compute the probability of the event alone, a segment at a step, so that the days cost next to nothing.

    Parameters are those of `forecast_curves`; the event counts from the day numbered `first` on, with which a segment
    begins.

    Returns
    -------
    chances : (itineraries, draws)
        Probability of what is learned and of the event.
    weight : (draws,)
        Probability of what is learned.
    """
    steps, length = np.ones_like(days), days.astype(float)
    curves = _carry_draws(rates, start, frailties, supposed, steps=steps, length=length)
    return curves.total(int(np.searchsorted(np.cumsum(days), first, side="right"))), curves.weight


def _carry_draws(
    rates: Rates,
    start: int,
    frailties: tuple[Array, Array],
    supposed: Supposed | None,
    *,
    steps: Array,
    length: Array,
    silence_from: int | None = None,
    by_draw: bool = False,
) -> Curves:
    """Carry all draws through the segments, each in `steps` of a `length` in days; chunks of draws share the cores."""
    supposed = supposed or Supposed.nothing(len(steps))
    put = tuple({int(stage) for stage in supposed.put if stage >= 0})
    space = StateSpace.reachable(rates.step, start, put=put)
    draws, days, size = rates.draws, int(steps.sum()), len(space.states)
    has_plan = rates.plan.any(axis=(1, 2))
    chunk = min(max(FEWEST, CELLS // (days * size)), MOST)
    firsts = range(0, draws, chunk)
    alive, by_plan = np.empty((draws, days + 1)), np.empty((draws, int(steps[has_plan].sum())))
    stages = np.zeros((draws if by_draw else 1, days, len(rates.event)))
    landed = np.empty((draws, size))
    silent, silent_ahead = np.empty((2, draws if silence_from is not None else 0, days + 1))

    def carry_chunk(first: int, generators: list[Array]) -> Array:
        some = slice(first, first + chunk)
        walk = Walk(generators, space, supposed, stages=len(rates.event), steps=steps)
        walked = walk.forward(start, by_draw=by_draw)
        alive[some], by_plan[some], landed[some] = walked.alive, walked.planned, walked.landed
        if silence_from is not None:
            silent[some], silent_ahead[some] = stay_silent(walk, walked.landed, silence_from)
        return walked.stages.swapaxes(1, 2)

    together = max(1, GENERATORS // (len(steps) * (size + 1) ** 2 * chunk)) * chunk  # draws
    with ThreadPoolExecutor(THREADS) as pool:
        for begin in range(0, draws, together):
            group = slice(begin, begin + together)
            generators = build_generators(
                rates.take(group), space, (frailties[0][group], frailties[1][group]), has_plan=has_plan
            )
            for generator, step in zip(generators, length, strict=True):
                generator *= step
            those = [first for first in firsts if begin <= first < begin + together]
            few = [[generator[first - begin : first - begin + chunk] for generator in generators] for first in those]
            for first, found in zip(those, pool.map(carry_chunk, those, few), strict=True):
                stages[slice(first, first + chunk) if by_draw else slice(1)] += found
    return Curves(
        alive=alive,
        by_plan=by_plan,
        stages=stages,
        landed=landed,
        states=space.states,
        shares=_split(rates.weight),
        plan_shares=_split(rates.plan),
        days=steps,
        has_plan=has_plan,
        silent=None if silence_from is None else silent,
        silent_ahead=None if silence_from is None else silent_ahead,
    )


def _split(parts: Array) -> Array:
    """Scale (segments, itineraries, draws) to sum to one over itineraries; all zero stays zero."""
    total = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
