r"""Rates to a forecast's curves: incidence and occupancy day by day, exact for each draw, and what silence would mean.

The transient states are carried through each segment by the powers of one matrix exponential, forwards for what will
be, backwards for what a state promises. What is *set* (an intervention) moves probability between states; what is
*learned* takes away the paths that disagree, which leaves each draw with the weight that it gave to the rest (forward
filtering; Rabiner 1989, doi:10.1109/5.18626). Receives `Rates`, hands on `Curves`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.multistate import Array, Rates, State, StateSpace, build_generator, expm, moved
from forecast.workspace import room

_CHUNK = 1000  # draws at a time, so that what is in work does not grow with their number
_THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Supposed:
    """What is set and what is learned of the days ahead, segment by segment.

    Attributes
    ----------
    put : (segments,) of int
        Stage that an intervention puts the episode into at a segment's end, or -1.
    enters : (segments,) of int
        Stage learned to be entered on a segment's only day, or -1.
    silence : (segments,) of bool
        Learned: nothing new is announced.
    learned : int
        By the end of so many segments, it is learned, the event has not happened.
    silent_stages : tuple of int
        Stages whose lapse nobody need announce, so that silence leaves it possible.
    """

    put: Array
    enters: Array
    silence: Array
    learned: int = 0
    silent_stages: tuple[int, ...] = ()

    @classmethod
    def nothing(cls, segments: int) -> Supposed:
        """Suppose nothing."""
        none = np.full(segments, -1)
        return cls(none, none, np.zeros(segments, bool))


@dataclass(frozen=True)
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
        return self.landed @ np.ones(self.landed.shape[1])

    @property
    def occupancy(self) -> Array:
        """Probability of each stage, (days, stages, draws), where it was kept by draw."""
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
    steps = np.ones_like(days)
    return _carry(rates, days, steps, start, frailties, supposed, silence_from=silence_from, by_draw=by_draw)


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
    curves = _carry(rates, np.ones_like(days), days, start, frailties, supposed)
    return curves.total(int(np.searchsorted(np.cumsum(days), first, side="right"))), curves.weight


def _carry(
    rates: Rates,
    steps: Array,
    lengths: Array,
    start: int,
    frailties: tuple[Array, Array],
    supposed: Supposed | None,
    *,
    silence_from: int | None = None,
    by_draw: bool = False,
) -> Curves:
    """Carry all draws through the segments, each in `steps` of its `lengths` in days."""
    supposed = supposed or Supposed.nothing(len(steps))
    put = tuple({int(stage) for stage in supposed.put if stage >= 0})
    space = StateSpace.reachable(rates.step, start, put=put)
    draws, days, firsts = rates.draws, int(steps.sum()), range(0, rates.draws, _CHUNK)
    curves = Curves(
        ordinary=np.zeros((draws, days)),
        planned=np.zeros((draws, days)),
        stages=np.empty((draws if by_draw else len(firsts), days, len(rates.event))),
        landed=np.empty((draws, len(space.states))),
        states=space.states,
        shares=_split(rates.weight),
        plan_shares=_split(rates.plan),
        days=steps,
        silent=None if silence_from is None else np.empty((draws, days + 1)),
        silent_ahead=None if silence_from is None else np.empty((draws, days + 1)),
    )

    def fill(index: int) -> None:
        some = slice(firsts[index], firsts[index] + _CHUNK)
        walk = _Walk(rates.take(some), steps, lengths, space, (frailties[0][some], frailties[1][some]), supposed)
        walk.forward(start, curves, some, some if by_draw else slice(index, index + 1))
        if silence_from is not None:
            walk.stay_silent(silence_from, curves, some)

    _share_out(fill, len(firsts))
    return curves


def _share_out(work: Callable[[int], None], count: int) -> None:
    """Do work number 0, 1, ... on all cores: NumPy lets other threads run while it computes."""
    threads = min(count, _THREADS)
    if threads < 2:
        for index in range(count):
            work(index)
        return
    failures: list[BaseException] = []

    def take(first: int) -> None:
        try:
            for index in range(first, count, threads):
                work(index)
        except BaseException as error:
            failures.append(error)

    others = [threading.Thread(target=take, args=(first,)) for first in range(1, threads)]
    for thread in others:
        thread.start()
    take(0)
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]


class _Walk:
    """Some draws on their way through the segments. States are rows: (draws, steps, states)."""

    def __init__(
        self,
        rates: Rates,
        steps: Array,
        lengths: Array,
        space: StateSpace,
        frailties: tuple[Array, Array],
        supposed: Supposed,
    ) -> None:
        self.rates, self.steps, self.space, self.supposed = rates, steps, space, supposed
        self.ends = np.cumsum(steps)
        self.size = len(space.states)
        self.members = np.equal.outer(space.stages, np.arange(len(rates.event))).astype(float)  # (states, stages)
        self.ones = np.ones(self.size)  # a product with it sums faster than sum() along few states
        self.unannounced = self._find_unannounced()
        self.generators = [
            build_generator(rates, segment, space, frailties) * lengths[segment] for segment in range(len(steps))
        ]
        self.powers = [
            _powers(self._exponentiate(self._silence(generator) if silent else generator), steps[segment], segment)
            for segment, (generator, silent) in enumerate(zip(self.generators, supposed.silence, strict=True))
        ]
        self.landed: Array = np.empty(0)  # the states once all that is learned is known

    def _find_unannounced(self) -> Array:
        """Return 1 where a state may be left for another in silence, or stays: (states, states)."""
        kept = np.eye(self.size)
        for row, (copy, stage) in enumerate(self.space.states):
            if stage in self.supposed.silent_stages and (1, 0) in self.space.states:
                kept[row, self.space.index(moved((copy, stage), 0))] = 1
        return kept

    def _silence(self, generator: Array) -> Array:
        """Keep what nobody need announce; the rows then lack whatever is announced."""
        return generator[:, : self.size, : self.size] * self.unannounced

    def _exponentiate(self, generator: Array) -> Array:
        step = expm(generator)
        if step.shape[-1] > self.size:  # exactly, or the planned event would leak its rounding error
            step[:, -1, :-1], step[:, -1, -1] = 0.0, 1.0
        return step

    def forward(self, start: int, curves: Curves, some: slice, rows: slice) -> None:
        """Fill in incidence, stages and the states once all that is learned is known."""
        ordinary, planned, stages = curves.ordinary[some], curves.planned[some], curves.stages[rows]
        state = np.zeros((self.rates.draws, self.size))
        state[:, self.space.index((0, start))] = 1.0
        self.landed, past = state, []
        for segment, powers in enumerate(self.powers):
            days = slice(self.ends[segment] - self.steps[segment], self.ends[segment])
            state = self._leave_out(segment, state)
            walked = _walk(state, powers, self.steps[segment])
            states = walked[..., : self.size]
            if segment >= self.supposed.learned:
                ordinary[:, days] = -np.diff(states @ self.ones, axis=1)
                if walked.shape[-1] > self.size:
                    planned[:, days] = np.diff(walked[..., -1], axis=1)
                    ordinary[:, days] -= planned[:, days]
            states[:, -1] = state = self._land(segment, states[:, -1].copy())
            stages[:, days] = self._by_stage(states[:, 1:], len(stages))
            if segment < self.supposed.learned:
                past.append(states.copy())
                self.landed = state
        self._smooth(past, stages)
        curves.landed[some] = self.landed

    def _by_stage(self, states: Array, rows: int) -> Array:
        """Sum (draws, days, states) by stage, and over draws where there is but one row for them."""
        return (states if rows == len(states) else states.sum(axis=0, keepdims=True)) @ self.members

    def _leave_out(self, segment: int, state: Array) -> Array:
        """Keep the paths that are not yet in the stage that is entered today."""
        stage = self.supposed.enters[segment]
        return state if stage < 0 else state * (1 - self.members[:, stage])

    def _land(self, segment: int, state: Array) -> Array:
        """Keep the paths that are in the stage learned to be entered, and put all into the one that is set."""
        if (stage := self.supposed.enters[segment]) >= 0:
            state = state * self.members[:, stage]
        if (stage := self.supposed.put[segment]) >= 0:
            state = state @ self._moves(stage)
        return state

    def _moves(self, stage: int) -> Array:
        """Return the matrix that puts every state into `stage` of its own episode."""
        targets = [self.space.index(moved(state, stage)) for state in self.space.states]
        return np.equal.outer(targets, np.arange(self.size)).astype(float)

    def _before_landing(self, segment: int, promise: Array) -> Array:
        """Carry what states promise back over what happens at a segment's end."""
        if (stage := self.supposed.put[segment]) >= 0:
            promise = promise @ self._moves(stage).T
        if (stage := self.supposed.enters[segment]) >= 0:
            promise = promise * self.members[:, stage]
        return promise

    def _smooth(self, past: list[Array], stages: Array) -> None:
        """Let what is learned later speak on the stages of earlier days (forward-backward)."""
        promise = np.ones((self.rates.draws, self.size))
        for segment in reversed(range(len(past))):
            end = self.ends[segment]
            stages[:, end - 1 : end] = self._by_stage(past[segment][:, -1:] * promise[:, None], len(stages))
            promise = self._before_landing(segment, promise)
            back = _walk_back(promise, self.powers[segment], self.steps[segment])
            days = slice(end - self.steps[segment], end - 1)
            stages[:, days] = self._by_stage(past[segment][:, 1:-1] * back[:, 1:-1], len(stages))
            promise = self._leave_out(segment, back[:, 0])

    def stay_silent(self, first: int, curves: Curves, some: slice) -> None:
        """Fill in the probability of silence up to each day, and of that and the event from day `first` on thereafter.

        While there is more to be learned, nothing is said about silence: it begins with what is learned last.
        """
        learned = self.supposed.learned
        promises = self._promise(first)
        begin = int(self.ends[learned - 1]) if learned else 0
        assert curves.silent is not None
        assert curves.silent_ahead is not None
        silent, ahead = curves.silent[some], curves.silent_ahead[some]
        state = self.landed
        silent[:, : begin + 1] = (state @ self.ones)[:, None]
        ahead[:, : begin + 1] = (state * promises[:, begin]).sum(axis=1)[:, None]
        for segment in range(learned, len(self.steps)):
            among = np.flatnonzero(state.any(axis=0) @ self.unannounced)
            if not among.size:  # what is learned cannot be
                silent[:, begin:], ahead[:, begin:] = 0.0, 0.0
                break
            step = expm(self._silence(self.generators[segment])[:, among[:, None], among])
            rows = _walk(state[:, among], _powers(step, self.steps[segment], "silent"), self.steps[segment])
            days = slice(self.ends[segment] - self.steps[segment] + 1, self.ends[segment] + 1)
            state = np.zeros_like(state)
            state[:, among] = rows[:, -1]
            state = self._land(segment, state)
            silent[:, days] = rows[:, 1:] @ self.ones[among]
            ahead[:, days] = np.einsum("dts,dts->dt", rows[:, 1:], promises[:, days][..., among])
            ahead[:, days.stop - 1] = (state * promises[:, days.stop - 1]).sum(axis=-1)

    def _promise(self, first: int) -> Array:
        """Return, (draws, days + 1, states), the probability of the event from day `first` on, but after each day."""
        promises = room("promises", (self.rates.draws, int(self.steps.sum()) + 1, self.size))
        promises[:, -1] = 0.0
        for segment in reversed(range(self.supposed.learned, len(self.steps))):
            begin, end = self.ends[segment] - self.steps[segment], self.ends[segment]
            powers = self.powers[segment]
            promise = self._before_landing(segment, promises[:, end])
            if begin >= first:  # the event counts: its complement is carried by the same matrix
                promises[:, begin:end] = 1 - _walk_back(1 - promise, powers, self.steps[segment])[:, :-1]
            else:
                promises[:, begin:end] = _walk_back(promise, powers, self.steps[segment])[:, :-1]
        return promises


def _powers(step: Array, steps: int, name: Hashable) -> list[Array]:
    """Return a step's powers 1, 2, 4, ..., as many as doubling needs, in rooms of that name."""
    powers = [step]
    while 2 ** len(powers) <= steps:
        last = powers[-1]
        powers.append(np.matmul(last, last, out=room((name, len(powers)), last.shape)))
    return powers


def _walk(state: Array, powers: list[Array], steps: int) -> Array:
    """Return the states after 0, 1, ... steps, (draws, steps + 1, states), by doubling: few and large products.

    The result is gone with the next walk.
    """
    draws, size = len(state), powers[0].shape[-1]
    rows = room("rows", (draws, steps + 1, size))
    rows[:, 0, : state.shape[-1]] = state
    rows[:, 0, state.shape[-1] :] = 0.0
    for level, power in enumerate(powers):
        done = 2**level
        more = min(done, steps + 1 - done)
        rows[:, done : done + more] = np.matmul(rows[:, :more], power, out=room("more", (draws, more, size)))
    return rows


def _walk_back(promise: Array, powers: list[Array], steps: int) -> Array:
    """Return what the states promise before the last, ..., before all steps: (draws, steps + 1, states), in time."""
    size = promise.shape[-1]
    return _walk(promise, [power[:, :size, :size].swapaxes(1, 2) for power in powers], steps)[:, ::-1]


def _split(parts: Array) -> Array:
    """Scale (segments, itineraries, draws) to sum to one over itineraries; all zero stays zero."""
    total = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
