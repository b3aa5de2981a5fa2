"""The states that a forecast can be in, and the generators that move between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate.rates import Array, Rates, Start, State, directions
from forecast.multistate.switching import EventClasses, Switching


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
    copy 1, where it is open which of them comes next.
    """

    states: tuple[State, ...]
    later: int = 1  # copies of a later episode
    counted: tuple[int, ...] = ()  # as which stage each is counted, see `Rates`

    @classmethod
    def reachable(
        cls, rates: Rates, starts: tuple[int, ...], *, put: tuple[int, ...] = (), later: int = 1
    ) -> StateSpace:
        """Collect what can be reached from some stages of this episode; a step back to stage 0 leads to later copies.

        Parameters
        ----------
        put : tuple of int
            Stages that an intervention puts either episode into.
        later : int
            How many copies of a later episode there are.
        """
        empty = cls((), later)
        possible = rates.step.any(axis=-1)
        found: list[State] = []
        pending = [(0, start) for start in starts]
        while pending:
            state = pending.pop()
            found.append(state)
            for target in (*np.flatnonzero(possible[state[1]]), *put):
                for following in empty.moved(state, int(target)):
                    if following not in found and following not in pending:
                        pending.append(following)
        return cls(tuple(sorted(found)), later, rates.counted)

    def moved(self, state: State, target: int) -> dict[State, float]:
        """Return the states after a move to another stage, and how often it is each: a lapse ends the episode."""
        copy, stage = state
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


def build_generators(
    switching: Switching, space: StateSpace, frailties: tuple[Array, ...], classes: EventClasses
) -> list[Array]:
    """Build each segment's generator over the transient states and, after them, one for each class of events.

    The states of the first environment come first, then those of the next. Events that no class counts are what the
    rows lack to zero.

    Parameters
    ----------
    frailties : tuple of (draws,)
        z of this episode and of each copy of a later one.

    Returns
    -------
    list of (draws, states + classes present, states + classes present)
        One a segment.
    """
    segments, kinds = classes.present.shape
    within, environments = len(space.states), len(switching.rates)
    size = within * environments
    generators = np.zeros((segments, size + kinds, size + kinds, switching.draws))  # draws last: an entry in one go
    for environment, rates in enumerate(switching.rates):
        ordinary, planned = classes.ordinary[environment], classes.planned[environment]
        exits = _fill(
            generators,
            rates,
            space,
            frailties,
            first=within * environment,
            columns=(size + ordinary if ordinary >= 0 else None, size + planned),
        )
        for other, rate in enumerate(switching.switch[environment]):
            if not rate.any():
                continue
            for row in range(within):
                generators[:, within * environment + row, within * other + row] = (
                    switching.free[:, environment, other, None] * rate
                )
            exits += switching.at_risk[:, environment, other, None] * rate
        for row in range(within):
            generators[:, within * environment + row, within * environment + row] = -exits[row]
    return [_narrow(part, size, some) for part, some in zip(generators, classes.present, strict=True)]


def _fill(
    generators: Array,
    rates: Rates,
    space: StateSpace,
    frailties: tuple[Array, ...],
    *,
    first: int,
    columns: tuple[int | None, int],
) -> Array:
    """Write the rates of one environment, whose states begin at `first`; return how fast each of them is left.

    Returns
    -------
    (states, segments, draws)
    """
    ordinary, planned = rates.weight.sum(axis=1), rates.plan.sum(axis=1)  # (segments, draws)
    sign, possible = directions(len(rates.event)), rates.step.any(axis=-1)
    left = np.zeros((len(space.states), *ordinary.shape))
    for row, (copy, stage) in enumerate(space.states):
        rests = rates.rests and stage == 0
        scale = np.zeros(rates.draws) if rests else rates.sigma * frailties[copy]
        event = rates.event[stage] * np.exp(scale) * ordinary * (rates.meanwhile if copy == 0 else 1.0)
        left[row] += event
        if columns[0] is not None:
            generators[:, first + row, columns[0]] = event
        if copy == 0 and not rests and stage not in rates.barred:
            generators[:, first + row, columns[1]] = planned
            left[row] += planned
        for target in np.flatnonzero(possible[stage]):
            rate = rates.step[stage, target] * np.exp(sign[stage, target] * scale) * rates.stage_factor[:, target]
            for following, share in space.moved((copy, stage), int(target)).items():
                generators[:, first + row, first + space.index(following)] = share * rate
            left[row] += rate
    return left


def _narrow(generator: Array, size: int, present: Array) -> Array:
    """Return one segment's generator without the classes that it has not, draws first."""
    if present.all() or not present.any():
        some = len(generator) if present.any() else size
        return generator[:some, :some].transpose(2, 0, 1)
    kept = np.r_[np.arange(size), size + np.flatnonzero(present)]
    return generator[np.ix_(kept, kept)].transpose(2, 0, 1)
