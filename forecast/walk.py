"""Draws on their way through the segments: forwards for what will be, backwards for what a state promises.

The transient states are carried through a segment by the powers of one matrix exponential. What is set moves them, what
is learned takes away the paths that disagree. Receives `Rates`, fills in the arrays of `forecast.curves.Curves`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from forecast.multistate import Array, Rates, StateSpace, build_generator, expm, moved
from forecast.workspace import room


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


class Walk:
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

    def forward(self, start: int, ordinary: Array, planned: Array, stages: Array) -> Array:
        """Fill in incidence and stages; return the states once all that is learned is known: (draws, states)."""
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
        return self.landed

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

    def stay_silent(self, first: int, silent: Array, ahead: Array) -> None:
        """Fill in the probability of silence up to each day, and of that and the event from day `first` on thereafter.

        While there is more to be learned, nothing is said about silence: it begins with what is learned last.
        """
        learned = self.supposed.learned
        promises = self._promise(first)
        begin = int(self.ends[learned - 1]) if learned else 0
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
