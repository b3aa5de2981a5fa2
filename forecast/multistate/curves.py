r"""Rates to a forecast's curves: incidence and occupancy day by day, exact for each draw, and what silence would mean.

The transient states are carried through each segment by the powers of one matrix exponential, forwards for what will
be, backwards for what a state promises. What is *set* (an intervention) moves probability between states; what is
*learned* takes away the paths that disagree, which leaves each draw with the weight that it gave to the rest (forward
filtering; Rabiner 1989, doi:10.1109/5.18626). Receives `Rates`, hands on `Curves`.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.multistate.generators import StateSpace, build_generators
from forecast.multistate.rates import Array, Rates, State
from forecast.multistate.silence import stay_silent
from forecast.multistate.supposed import Supposed
from forecast.multistate.walk import Walk

COLUMNS = 64_000  # draws times days walked at a time: threads wait for each other at every small product
FEWEST, MOST = 50, 1000  # draws at a time, however many the days or few
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class Curves:
    """What a forecast consists of. Each draw counts by its `weight`: what it gave to what is learned, 1 if nothing is.

    Attributes
    ----------
    ordinary, planned : (draws, days)
        Probability of what is learned and that the first event falls on each day, at ordinary rates or by a plan.
    stages : (draws, days, stages), or summed over some draws a row
        Probability of what is learned and of being in each stage, with no event yet, at the end of each day.
    landed : (draws, states)
        Probability of what is learned and of each state once all of it is.
    states : tuple of (copy, stage)
    shares, plan_shares : (segments, itineraries, draws)
        How ordinary and planned events split over itineraries.
    days : (segments,) of int
    silent, silent_ahead : (draws, days + 1) or None
        Probability that nothing is announced up to the end of each day, `as_of` first, and of that and the event in
        the window thereafter.
    """

    ordinary: Array
    planned: Array
    stages: Array
    landed: Array
    states: tuple[State, ...]
    shares: Array
    plan_shares: Array
    days: Array
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

    @cached_property
    def any_incidence(self) -> Array:
        """Probability that the event falls on each day, by any itinerary: (draws, days)."""
        return self.ordinary + self.planned

    @cached_property
    def any_cumulative(self) -> Array:
        """Probability that the event has happened by the end of each day, by any itinerary: (draws, days)."""
        return np.cumsum(self.any_incidence, axis=1)

    @cached_property
    def incidence(self) -> Array:
        """Probability that the event falls on each day, by itinerary: (days, itineraries, draws)."""
        segment = np.repeat(np.arange(len(self.days)), self.days)
        split = self.ordinary.T[:, None] * self.shares[segment]
        return split + self.planned.T[:, None] * self.plan_shares[segment]

    def mean_incidence(self) -> Array:
        """Return the weighted mean of `incidence` over draws, (days, itineraries), without making it by draw."""
        parts = [
            self.ordinary[:, days].T @ self.shares[segment].T + self.planned[:, days].T @ self.plan_shares[segment].T
            for segment, days in enumerate(self._spans())
        ]
        return np.concatenate(parts) / self.weight.sum()

    def mean_occupancy(self) -> Array:
        """Return the weighted mean of `occupancy` over draws, (days, stages)."""
        return self.stages.sum(axis=0) / self.weight.sum()

    def total(self, first: int = 0) -> Array:
        """Return the probability of the event from the day numbered `first` on: (itineraries, draws)."""
        total = np.zeros(self.shares.shape[1:])
        for segment, days in enumerate(self._spans()):
            inside = slice(max(days.start, first), max(days.stop, first))
            total += self.ordinary[:, inside].sum(axis=1) * self.shares[segment]
            total += self.planned[:, inside].sum(axis=1) * self.plan_shares[segment]
        return total

    def group(self, members: Array) -> Curves:
        """Return the same with itineraries summed into groups: `members` (groups, itineraries) of 0 and 1."""
        return replace(self, shares=members @ self.shares, plan_shares=members @ self.plan_shares)

    def _spans(self) -> list[slice]:
        ends = np.cumsum(self.days)
        return [slice(end - length, end) for end, length in zip(ends, self.days, strict=True)]


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
    generators = build_generators(rates, space, frailties)
    for generator, step in zip(generators, length, strict=True):
        generator *= step
    draws, days = rates.draws, int(steps.sum())
    chunk = min(max(FEWEST, COLUMNS // days), MOST)
    firsts = range(0, draws, chunk)
    ordinary, planned = np.empty((draws, days)), np.empty((draws, days))
    stages = np.empty((draws if by_draw else len(firsts), days, len(rates.event)))
    landed = np.empty((draws, len(space.states)))
    silent, silent_ahead = np.empty((draws, days + 1)), np.empty((draws, days + 1))

    def carry_chunk(index: int) -> None:
        some = slice(firsts[index], firsts[index] + chunk)
        few = [generator[some] for generator in generators]
        walk = Walk(few, space, supposed, stages=len(rates.event), steps=steps)
        walked = walk.forward(start, by_draw=by_draw)
        ordinary[some], planned[some], landed[some] = walked.ordinary, walked.planned, walked.landed
        stages[some if by_draw else slice(index, index + 1)] = walked.stages.swapaxes(1, 2)
        if silence_from is not None:
            silent[some], silent_ahead[some] = stay_silent(walk, walked.landed, silence_from)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(carry_chunk, range(len(firsts))))  # a list, so that a failure is raised
    return Curves(
        ordinary=ordinary,
        planned=planned,
        stages=stages,
        landed=landed,
        states=space.states,
        shares=_split(rates.weight),
        plan_shares=_split(rates.plan),
        days=steps,
        silent=None if silence_from is None else silent,
        silent_ahead=None if silence_from is None else silent_ahead,
    )


def _split(parts: Array) -> Array:
    """Scale (segments, itineraries, draws) to sum to one over itineraries; all zero stays zero."""
    total = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
