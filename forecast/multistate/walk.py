"""Draws on their way through the segments: forwards for what will be, backwards for what a state promises.

The transient states are carried through a segment by the powers of one matrix exponential. What is set moves them, what
is learned takes away the paths that disagree. Receives `Rates`, fills in the arrays of `multistate.curves.Curves`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np

from forecast.multistate.expm import expm
from forecast.multistate.generators import StateSpace, build_generators, moved
from forecast.multistate.rates import Array, Rates
from forecast.multistate.workspace import room

_FARTHEST = 8  # steps that one product carries: higher powers would cost more than they spare


@dataclass(frozen=True, eq=False)
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
        self.generators = build_generators(rates, space, frailties)
        for generator, length in zip(self.generators, lengths, strict=True):
            if length != 1:
                generator *= length
        self.powers = [_powers(self._step(segment), steps[segment], segment) for segment in range(len(steps))]
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

    def _step(self, segment: int) -> Array:
        """Return the matrix that carries the states through one step of a segment."""
        generator = self.generators[segment]
        if self.supposed.silence[segment]:
            generator = self._silence(generator)
        step = expm(generator, out=room(("step", segment), generator.shape))
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
                alive = states @ self.ones
                np.subtract(alive[:, :-1], alive[:, 1:], out=ordinary[:, days])
                if walked.shape[-1] > self.size:
                    np.subtract(walked[:, 1:, -1], walked[:, :-1, -1], out=planned[:, days])
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
            stages[:, days] = self._by_stage(past[segment][:, 1:-1] * back[..., 1:-1].swapaxes(1, 2), len(stages))
            promise = self._leave_out(segment, back[..., 0].copy())

    def stay_silent(self, first: int, silent: Array, ahead: Array) -> None:
        """Fill in the probability of silence up to each day, and of that and the event from day `first` on thereafter.

        While there is more to be learned, nothing is said about silence: it begins with what is learned last.
        """
        learned = self.supposed.learned
        among = self._find_silent()
        if not among.size:  # what is learned cannot be
            silent[:], ahead[:] = 0.0, 0.0
            return
        promises = self._promise(first, among)
        begin = int(self.ends[learned - 1]) if learned else 0
        state = self.landed[:, among]
        silent[:, : begin + 1] = state.sum(axis=1)[:, None]
        ahead[:, : begin + 1] = (state * promises[..., begin]).sum(axis=1)[:, None]
        for segment in range(learned, len(self.steps)):
            step = expm(self._silence(self.generators[segment])[:, among[:, None], among])
            rows = _walk(state, _powers(step, self.steps[segment], "silent"), self.steps[segment])
            days = slice(self.ends[segment] - self.steps[segment] + 1, self.ends[segment] + 1)
            silent[:, days] = rows[:, 1:] @ self.ones[among]
            ahead[:, days] = np.einsum("dts,dst->dt", rows[:, 1:], promises[..., days])
            state = rows[:, -1].copy()
            if self.supposed.put[segment] >= 0:
                state = state @ self._moves(self.supposed.put[segment])[among[:, None], among]
                ahead[:, days.stop - 1] = (state * promises[..., days.stop - 1]).sum(axis=1)

    def _find_silent(self) -> Array:
        """Return the states in which silence may find an episode once all that is learned is known."""
        reached = self.landed.any(axis=0, keepdims=True)
        for stage in self.supposed.put[self.supposed.learned :]:
            reached = reached | (reached @ self.unannounced > 0)
            if stage >= 0:
                reached = reached | (reached @ self._moves(stage) > 0)
        return np.flatnonzero(reached)

    def _promise(self, first: int, among: Array) -> Array:
        """Return the probability of the event from day `first` on, but after each day: (draws, among, days + 1)."""
        promises = room("promises", (self.rates.draws, len(among), int(self.steps.sum()) + 1))
        promises[..., -1] = 0.0
        promise = np.zeros((self.rates.draws, self.size))
        for segment in reversed(range(self.supposed.learned, len(self.steps))):
            days = slice(self.ends[segment] - self.steps[segment], self.ends[segment])
            promise = self._before_landing(segment, promise)
            counts = days.start >= first  # then the complement of the event is carried by the same matrix
            back = _walk_back(1 - promise if counts else promise, self.powers[segment], self.steps[segment])
            promises[..., days] = 1 - back[:, among, :-1] if counts else back[:, among, :-1]
            promise = 1 - back[..., 0] if counts else back[..., 0].copy()
        return promises


def _powers(step: Array, steps: int, name: Hashable) -> list[Array]:
    """Return a step's powers 1, 2, 4, ..., as many as a walk of so many steps can use, in rooms of that name."""
    powers = [step]
    while 2 ** len(powers) <= min(steps, _FARTHEST):
        last = powers[-1]
        powers.append(np.matmul(last, last, out=room((name, len(powers)), last.shape)))
    return powers


def _strides(powers: list[Array], steps: int) -> Iterator[tuple[Array, int, slice]]:
    """Tell how to reach all steps from the first in few and large products: a power, its span, the steps reached."""
    done, level = 1, 0
    while done <= steps:
        more = min(2**level, steps + 1 - done)
        yield powers[level], 2**level, slice(done, done + more)
        done, level = done + more, min(level + 1, len(powers) - 1)


def _walk(state: Array, powers: list[Array], steps: int) -> Array:
    """Return the states after 0, 1, ... steps, (draws, steps + 1, states); gone with the next walk."""
    draws, size = len(state), powers[0].shape[-1]
    rows = room("walk", (draws, steps + 1, size))
    rows[:, 0, : state.shape[-1]] = state
    rows[:, 0, state.shape[-1] :] = 0.0
    for power, span, to in _strides(powers, steps):
        np.matmul(rows[:, to.start - span : to.stop - span], power, out=rows[:, to])
    return rows


def _walk_back(promise: Array, powers: list[Array], steps: int) -> Array:
    """Return what the states promise before all, ..., the last and no steps: (draws, states, steps + 1).

    States are columns here, which spares the powers' transposes. The result is gone with the next walk.
    """
    draws, size = promise.shape
    columns = room("walk", (draws, size, steps + 1))
    columns[..., steps] = promise
    for power, span, to in _strides(powers, steps):
        before, after = steps + 1 - to.stop, steps + 1 - to.start
        source = columns[..., before + span : after + span]
        np.matmul(power[:, :size, :size], source, out=columns[..., before:after])
    return columns
