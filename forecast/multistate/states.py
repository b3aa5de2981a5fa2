"""The states that a forecast can be in: this episode and copies of a later one, by stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate.aims import Aim
from forecast.multistate.rates import Array, Rates, Start, State


def later_frailties(count: int) -> tuple[Array, Array]:
    """Return the z of so many copies of a later episode, and how often it is of each.

    A later episode of one copy keeps its z through lapse after lapse; of several, each draws one afresh. They are
    spaced evenly: where few episodes end in the event, the serious ones far out decide, and Gauss-Hermite nodes, more
    exact for polynomials, miss them (with five and σ = 1.4 by up to 0.024 of P; seven of these by 0.004).

    Examples
    --------
    >>> z, shares = later_frailties(5)
    >>> z.tolist(), shares.round(2).tolist()
    ([-2.0, -1.0, 0.0, 1.0, 2.0], [0.05, 0.24, 0.4, 0.24, 0.05])
    """
    z = np.arange(count) - (count - 1) / 2
    density = np.exp(-0.5 * z**2)
    return z, density / density.sum()


@dataclass(frozen=True)
class StateSpace:
    """The transient states that can be reached: (copy, stage) pairs.

    Copy 0 is this episode, the others are later ones, which differ in their z. They share one state at rest, that of
    copy 1, where it is open which of them comes next; after an event it is that of copy 2, because an event is news
    where a lapse may be none.
    """

    states: tuple[State, ...]
    later: int = 1  # copies of a later episode
    counted: tuple[int, ...] = ()  # as which stage each is counted, see `Rates`
    has_out: bool = False  # whether there is a last state, of those of whom nothing more is asked

    @classmethod
    def reachable(
        cls,
        rates: Rates,
        starts: tuple[int, ...],
        *,
        put: tuple[int, ...] = (),
        later: int = 1,
        aim: Aim | None = None,
    ) -> StateSpace:
        """Collect what can be reached from some stages of this episode; a step back to stage 0 leads to later copies.

        Parameters
        ----------
        put : tuple of int
            Stages that an intervention puts either episode into.
        later : int
            How many copies of a later episode there are.
        aim : Aim, optional
            What is looked for; the first event if not given.
        """
        empty = cls((), later)
        possible, happens = rates.step.any(axis=-1), rates.event.any(axis=-1)
        goes_on, is_planned = aim is not None and aim.goes_on, bool(rates.plan.any())
        found: list[State] = []
        pending = [(0, start) for start in starts]
        while pending:
            state = pending.pop()
            found.append(state)
            for target in (*np.flatnonzero(possible[state[1]]), *put):
                for following in empty.moved(state, int(target)):
                    if following not in found and following not in pending:
                        pending.append(following)
            if goes_on and (happens[state[1]] or (is_planned and state[0] == 0)):
                following = empty.after_event(state)
                if following not in found and following not in pending:
                    pending.append(following)
        has_out = aim is not None and aim.has_out
        outside = [(0, len(rates.event))] if has_out else []
        counted = (*rates.counted, max(rates.counted) + 1) if has_out else rates.counted
        return cls((*sorted(found), *outside), later, counted, has_out)

    @property
    def inside(self) -> tuple[State, ...]:
        """The states of those of whom more is asked."""
        return self.states[:-1] if self.has_out else self.states

    @property
    def stages_counted(self) -> int:
        """How many stages there are, as they are counted."""
        return max(self.counted) + 1 - self.has_out

    def after_event(self, state: State) -> State:
        """Return the state after an event, which is another one, so that its stay begins anew."""
        return (1, 0) if state == (2, 0) else (2, 0)

    def moved(self, state: State, target: int) -> dict[State, float]:
        """Return the states after a move to another stage, and how often it is each: a lapse ends the episode."""
        copy, stage = state
        if self.has_out and state == self.states[-1]:
            return {state: 1.0}
        if target == 0 != stage:
            return {(1, 0): 1.0}
        if copy and stage == 0 != target:
            return {(number + 1, target): float(share) for number, share in enumerate(later_frailties(self.later)[1])}
        return {(copy, target): 1.0}

    def index(self, state: State) -> int:
        """Return the position of a state."""
        return self.states.index(state)

    @property
    def stages(self) -> Array:
        """Stage of each state, as it is counted."""
        return np.array([self.counted[stage] for _, stage in self.states])

    @property
    def parts(self) -> Array:
        """Stage of each state, or the part of one."""
        return np.array([stage for _, stage in self.states])

    def begin(self, start: Start) -> Array:
        """Return the states in which this episode begins: (draws, states)."""
        found = np.zeros((start.shares.shape[1], len(self.states)))
        for stage, share in zip(start.stages, start.shares, strict=True):
            found[:, self.index((0, stage))] = share
        return found
