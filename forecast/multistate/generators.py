"""The states that a forecast can be in, and the generators that move between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate.rates import Array, Rates, State, directions


def moved(state: State, target: int) -> State:
    """Return the state after a move to another stage: a lapse to stage 0 ends the episode."""
    copy, stage = state
    return (1 if target == 0 != stage else copy, target)


@dataclass(frozen=True)
class StateSpace:
    """The transient states that can be reached: (copy, stage) pairs, copy 0 for this episode and 1 for a later one."""

    states: tuple[State, ...]

    @classmethod
    def reachable(cls, step: Array, start: int, *, put: tuple[int, ...] = ()) -> StateSpace:
        """Collect what can be reached from `start` in this episode; a step back to stage 0 leads to the later copy.

        Parameters
        ----------
        step : (stages, stages, draws)
        put : tuple of int
            Stages that an intervention puts either episode into.
        """
        possible = step.any(axis=-1)
        found, pending = [], [(0, start)]
        while pending:
            state = pending.pop()
            found.append(state)
            for following in (moved(state, int(target)) for target in (*np.flatnonzero(possible[state[1]]), *put)):
                if following not in found and following not in pending:
                    pending.append(following)
        return cls(tuple(sorted(found)))

    def index(self, state: State) -> int:
        """Return the position of a state."""
        return self.states.index(state)

    @property
    def stages(self) -> Array:
        """Stage of each state."""
        return np.array([stage for _, stage in self.states])


def build_generators(
    rates: Rates, space: StateSpace, frailties: tuple[Array, Array], *, has_plan: Array | None = None
) -> list[Array]:
    """Build each segment's generator over the transient states and, where it has a plan, a last one for its event.

    The ordinary event is what the rows lack to zero. The planned event needs a state of its own because its places
    differ from the ordinary ones'.

    Parameters
    ----------
    frailties : pair of (draws,)
        z of this episode and of a later one.
    has_plan : (segments,) of bool, optional
        Which segments have a plan, where other draws tell as well.

    Returns
    -------
    list of (draws, states, states) or (draws, states + 1, states + 1)
        One a segment.
    """
    planned, ordinary = rates.plan.sum(axis=1), rates.weight.sum(axis=1)  # (segments, draws)
    pending = (ordinary * rates.meanwhile, ordinary)
    size, sign = len(space.states), directions(len(rates.event))
    possible = rates.step.any(axis=-1)
    generators = np.zeros((len(planned), size + 1, size + 1, rates.draws))  # draws last: an entry is written in one go
    for row, (copy, stage) in enumerate(space.states):
        rests = rates.rests and stage == 0
        scale = np.zeros(rates.draws) if rests else rates.sigma * frailties[copy]
        exits = rates.event[stage] * np.exp(scale) * pending[copy]
        if copy == 0 and not rests:
            generators[:, row, size] = planned
            exits += planned
        for target in np.flatnonzero(possible[stage]):
            rate = rates.step[stage, target] * np.exp(sign[stage, target] * scale) * rates.stage_factor[:, target]
            generators[:, row, space.index(moved((copy, stage), int(target)))] = rate
            exits += rate
        generators[:, row, row] = -exits
    sizes = size + (planned.any(axis=1) if has_plan is None else has_plan)
    return [part[:some, :some].transpose(2, 0, 1) for part, some in zip(generators, sizes, strict=True)]
