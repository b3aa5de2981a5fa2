"""Draws on their way through the segments: forwards for what will be, backwards for what a state promises.

The states are carried through a segment by the powers of one matrix exponential. What is set moves them, what is
learned takes away the paths that disagree. Receives generators and what is `Supposed`, hands on what was `Walked`.

What is carried has a column for each step: (draws, states, steps).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from forecast.multistate.expm import expm
from forecast.multistate.rates import Array
from forecast.multistate.states import StateSpace
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import Switching


@dataclass(frozen=True, eq=False)
class Walked:
    """Where some draws went.

    Attributes
    ----------
    alive : (draws, days + 1)
        Probability of what is learned and that no event has happened up to the end of each day, the start first.
    apart : list of (draws, classes, steps)
        Probability of what is learned and of a first event of a class, by segment; of the classes that it has.
    stages : (draws, stages, days), or summed over draws in one row
        Probability of what is learned and of each stage, with no event yet, at the end of each day.
    landed : (draws, states)
        Probability of what is learned and of each state once all of it is.
    held : (environments, days)
        Probability of what is learned and of each environment, on the days of which something is, summed over draws.
    """

    alive: Array
    apart: list[Array]
    stages: Array
    landed: Array
    held: Array


class Setting:
    """Where some draws walk: segments, states, what is set and what is learned.

    Parameters
    ----------
    space : StateSpace
        Of one environment.
    supposed : Supposed
    switching : Switching
    stages : int
        Number of stages.
    steps : (segments,) of int
        In how many steps each segment is walked.
    generators : list of (draws, states + classes, states + classes)
        Of a step of each segment, where whole ones are used.
    """

    def __init__(
        self,
        space: StateSpace,
        supposed: Supposed,
        switching: Switching,
        *,
        stages: int,
        steps: Array,
        generators: Sequence[Array] = (),
    ) -> None:
        if generators:
            self.generators, self.draws = generators, len(generators[0])
            self.dtype = generators[0].dtype  # complex where events are counted
        self.space, self.supposed, self.switching, self.steps = space, supposed, switching, steps
        self.environments = len(switching.rates)
        self.size = len(space.states) * self.environments
        self.past, self.ahead = range(supposed.learned), range(supposed.learned, len(steps))  # segments
        self.days_learned = int(steps[: supposed.learned].sum())
        self.members = np.equal.outer(np.arange(stages), np.tile(space.stages, self.environments)).astype(float)
        self.reads = np.vstack([self.members, np.ones(self.size)])  # sums the states by stage, and then all of them
        self.unannounced = self._find_unannounced()
        self.moves = [self._find_moves(segment) for segment in range(len(steps))]

    def _find_unannounced(self) -> Array:
        """Return 1 where a state may be left for another in silence, or stays: (states, states)."""
        kept = np.eye(len(self.space.states))
        for row, stage in enumerate(self.space.stages):
            if stage in self.supposed.silent_stages and (1, 0) in self.space.states:
                kept[row, self.space.index((1, 0))] = 1.0
        return np.kron(np.eye(self.environments), kept)  # a condition that changes is news

    def _find_moves(self, segment: int) -> Array | None:
        """Return the matrix that puts the states where it is set at a segment's end; None where nothing is."""
        put, stage = self.switching.put[segment], self.supposed.put[segment]
        if stage < 0 and (put == np.arange(self.environments)).all():
            return None
        within = np.eye(len(self.space.states))
        if stage >= 0:
            within[:] = 0
            for row, state in enumerate(self.space.states):
                for following, share in self.space.moved(state, stage).items():
                    within[row, self.space.index(following)] = share
        return np.kron(np.equal.outer(put, np.arange(self.environments)).astype(float), within)

    def _leave_out(self, segment: int, state: Array) -> Array:
        """Keep the paths on which what is learned to change today is still as it was."""
        if (stage := self.supposed.enters[segment]) >= 0:
            state = state * (1 - self.members[stage])
        return self._agree(state, self.switching.before[segment])

    def _land(self, segment: int, state: Array) -> Array:
        """Keep the paths on which what is learned has come about, and put all where it is set."""
        if (stage := self.supposed.enters[segment]) >= 0:
            state = state * self.members[stage]
        state = self._agree(state, self.switching.after[segment])
        moves = self.moves[segment]
        return state if moves is None else state @ moves

    def _agree(self, state: Array, environments: Array) -> Array:
        """Keep the states of some environments."""
        return state if environments.all() else state * np.repeat(environments, len(self.space.states))


class Walk(Setting):
    """Some draws on their way through the segments.

    Parameters
    ----------
    generators : list of (draws, states + classes, states + classes)
        See `forecast.multistate.generators.build_generators`. The others are those of `Setting`.
    """

    def __init__(
        self,
        generators: list[Array],
        space: StateSpace,
        supposed: Supposed,
        switching: Switching,
        *,
        stages: int,
        steps: Array,
    ) -> None:
        super().__init__(space, supposed, switching, stages=stages, steps=steps, generators=generators)
        whole = [self._find_step(segment) for segment in range(len(steps))]
        self.powers = [
            find_powers(step[:, : self.size, : self.size], count) for step, count in zip(whole, steps, strict=True)
        ]
        self.events = [step[:, : self.size, self.size :] for step in whole]  # chance of each class in one step

    def _find_step(self, segment: int) -> Array:
        """Return what one step of a segment makes of each state, as wide as its generator: (draws, states, states)."""
        if self.supposed.silence[segment]:
            return expm(self.generators[segment][:, : self.size, : self.size] * self.unannounced)
        return expm(self.generators[segment])

    # --- forwards ----------------------------------------------------------------------------------------------------

    def forward(self, state: Array, *, by_draw: bool = True) -> Walked:
        """Walk through all segments; keep the stages by draw, or their sums alone.

        Parameters
        ----------
        state : (draws, states)
            What each draw gives to each state before the first step.
        """
        past = list(self._walk(self.past, state))
        landed = past[-1][..., -1] if past else state
        days = int(self.steps.sum())
        alive, apart = np.empty((self.draws, days + 1), self.dtype), []
        alive[:] = landed.sum(axis=1, keepdims=True)  # and so it stays where the event has not happened
        stages = np.empty((self.draws if by_draw else 1, len(self.members), days), self.dtype)
        ends = np.cumsum(self.steps)
        held, among = [], np.kron(np.eye(self.environments), np.ones(len(self.space.states)))
        for segment, columns in enumerate(chain(self._smooth(past), self._walk(self.ahead, landed))):
            start, end = ends[segment] - self.steps[segment], ends[segment]
            read = self.reads @ columns
            stages[..., start:end] = read[:, :-1, 1:] if by_draw else read[:, :-1, 1:].sum(axis=0)
            if segment in self.ahead:
                alive[:, start + 1 : end + 1] = read[:, -1, 1:]
            if segment in self.past:
                held.append((among @ columns[..., 1:]).sum(axis=0))
            classes = self.generators[segment].shape[-1] - self.size
            apart.append(np.zeros((self.draws, classes, end - start), self.dtype))
            if segment in self.ahead and apart[-1].size:
                np.matmul(self.events[segment].swapaxes(1, 2), columns[..., :-1], out=apart[-1])
        return Walked(alive, apart, stages, landed, np.concatenate([np.empty((self.environments, 0)), *held], axis=1))

    def _walk(self, segments: range, state: Array) -> Iterator[Array]:
        """Yield the states in each segment, (draws, states, steps + 1)."""
        for segment in segments:
            forwards = [power.swapaxes(1, 2) for power in self.powers[segment]]
            columns = carry(forwards, self._leave_out(segment, state), self.steps[segment])
            columns[..., -1] = state = self._land(segment, columns[..., -1])
            yield columns

    # --- backwards ---------------------------------------------------------------------------------------------------

    def back(self, segment: int, promise: Array) -> Array:
        """Return what the states promise before each step of a segment and after all: (draws, states, steps + 1)."""
        return carry(self.powers[segment], promise, self.steps[segment])[..., ::-1]

    def before_landing(self, segment: int, promise: Array) -> Array:
        """Carry what states promise back over what happens at a segment's end."""
        if (moves := self.moves[segment]) is not None:
            promise = promise @ moves.T
        promise = self._agree(promise, self.switching.after[segment])
        if (stage := self.supposed.enters[segment]) >= 0:
            promise = promise * self.members[stage]
        return promise

    def _smooth(self, past: list[Array]) -> list[Array]:
        """Let what is learned later speak on the states of earlier days (forward-backward)."""
        smoothed = []
        promise = np.ones((self.draws, self.size))
        for segment in reversed(self.past):
            later = self.back(segment, self.before_landing(segment, promise))
            later[..., -1] = promise  # the last column of the states is that of those who have landed
            smoothed.append(past[segment] * later)
            promise = self._leave_out(segment, later[..., 0])
        return smoothed[::-1]


def find_powers(step: Array, steps: int) -> list[Array]:
    """Return the powers 1, 2, 4, ... of a step, as many as a walk of so many steps can use."""
    powers = [step]
    while 2 ** len(powers) <= steps:
        powers.append(powers[-1] @ powers[-1])
    return powers


def carry(powers: list[Array], start: Array, steps: int) -> Array:
    """Return what a start, (draws, states), has become after 0, 1, ... steps: (draws, states, steps + 1).

    Each power carries all columns so far at once, and so doubles their number.
    """
    columns = np.empty((*start.shape, steps + 1), np.result_type(start, powers[0]))
    columns[..., 0] = start
    for level, power in enumerate(powers):
        done = 2**level
        more = min(done, steps + 1 - done)
        np.matmul(power, columns[..., :more], out=columns[..., done : done + more])
    return columns
