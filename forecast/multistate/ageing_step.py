r"""One step of days on which some stages age: the rate out of them depends on the time spent there.

Stays in an ageing stage are carried in bands by the time of entry, each with its survival over a step,

    \exp(-\rho \Delta H - h),    \rho the constant rate of all ordinary ways out, h that of plans, H the clock,

and all other states by the exponential of a generator. What leaves a band does so evenly over the step, and goes on
from there under the same generator, in which a stay that began within the step has a constant hazard. A condition that
switches does so before and after, by half steps. Errors are of second order in what happens in a step.

What is carried has the draws last: a *population* is the states that do not age, (states, draws), and the bands of
those that do, (ageing states, bands, draws).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate.clocks import Bands, Clock, Growth
from forecast.multistate.expm import expm
from forecast.multistate.rates import Array, Start
from forecast.multistate.states import StateSpace

Population = tuple[Array, Array]
Survival = list[tuple[Array, Array | None]]  # by ageing state: of its bands, and what share of their ends is planned

_SIMPSON = (1 / 12, 4 / 12, 2 / 12, 4 / 12, 1 / 12)  # weights of Simpson's rule over the quarters of a step


@dataclass(frozen=True, eq=False)
class Step:
    """What one step does to a population.

    Attributes
    ----------
    aged, steady : (some states,) of int
        The states that age, and the others.
    stages : (ageing states,) of int
    rate, plan : (ageing states, draws)
        Ordinary rate per day at a hazard of 1, and the hazard of plans in the step.
    ways : (ageing states, arrivals + classes, draws)
        Share of each arrival and of each class of events in the ordinary ways out; in silence the others are lost.
    planned : (ageing states, arrivals + classes, draws)
        The same of what plans bring; nothing in silence.
    arrivals : (arrivals,) of int
        States that an ageing one leads to.
    moving : (states + classes, steady states + arrivals, draws)
        What the step makes of those who begin it in a state that does not age, and of those who come over it.
    turn : (environments, environments, draws) or None
        What half a step does to the environment.
    silent : bool
        Nothing is announced.
    fed : (ageing states,) of bool
        Whether stays begin there; if not, only the oldest bands hold any.
    begun : int
        How many bands there were at the beginning, at most.
    """

    aged: Array
    steady: Array
    stages: Array
    rate: Array
    plan: Array
    ways: Array
    planned: Array
    arrivals: Array
    moving: Array
    turn: Array | None
    silent: bool
    fed: Array
    begun: int

    def carry(self, population: Population, survival: Survival) -> tuple[Population, Array]:
        """Carry a population over the step; return it, with a new band, and each class of events, (classes, draws)."""
        steady, stays = population
        stays = self._turn(stays)
        source = np.zeros(self.ways.shape[1:], self.ways.dtype)
        shape = len(stays), stays.shape[1] + 1, stays.shape[2]
        kept = np.zeros(shape, self.ways.dtype) if self.silent else np.empty(shape, self.ways.dtype)
        for row, (lasting, by_plan) in enumerate(survival):
            there, remain = stays[row, : len(lasting)], kept[row, : len(lasting)]
            kept[row, len(lasting) :] = 0.0
            some: slice | Array = slice(None)
            if self.silent:  # most bands are empty then
                some = np.flatnonzero(there.any(axis=1))
                there = there[some]
                remain[some] = there * lasting[some]
            else:
                np.multiply(there, lasting, out=remain)
            left = there.sum(axis=0) - remain.sum(axis=0)
            if by_plan is not None:
                planned = ((there - remain[some]) * by_plan[some]).sum(axis=0)
                left -= planned
                source += planned * self.planned[row]
            source += left * self.ways[row]
        if self.turn is not None:
            kept[:, :-1] = self._turn(kept[:, :-1])
        arrived, events = np.split(source, [len(self.arrivals)])
        moved = np.einsum("jin,in->jn", self.moving, np.concatenate([steady[self.steady], arrived]))
        kept[:, -1] = moved[self.aged]
        moved[self.aged] = 0.0
        return (moved[: len(steady)], kept), moved[len(steady) :] + events

    def carry_back(self, promise: Population, survival: Survival) -> Population:
        """Carry what a population promises after the step back to before it: the transpose of `carry`."""
        steady, stays = promise
        steady = steady.copy()
        steady[self.aged] = stays[:, -1]
        back = np.einsum("jin,jn->in", self.moving[: len(steady)], steady)
        found, stays = np.zeros_like(steady), self._turn(stays[:, :-1], back=True)
        found[self.steady] = back[: len(self.steady)]
        arrived, promised = back[len(self.steady) :], np.empty_like(stays)
        for row, (lasting, by_plan) in enumerate(survival):
            onward = (self.ways[row, : len(arrived)] * arrived).sum(axis=0)
            if by_plan is not None:
                onward = onward * (1 - by_plan) + (self.planned[row, : len(arrived)] * arrived).sum(axis=0) * by_plan
            those = promised[row, : len(lasting)]
            promised[row, len(lasting) :] = 0.0
            np.subtract(stays[row, : len(lasting)], onward, out=those)  # lasting * stays + (1 - lasting) * onward
            those *= lasting
            those += onward
        return found, self._turn(promised, back=True)

    def survive(self, growth: dict[int, Growth]) -> Survival:
        """Return how stays last over it, given by how much each clock goes on."""
        found: Survival = []
        for stage, rate, plan, is_fed in zip(self.stages.tolist(), self.rate, self.plan, self.fed, strict=True):
            grown = growth[stage] if is_fed else growth[stage].of_oldest(self.begun)
            loss, by_plan = grown.loss(rate), None
            if plan.any():
                loss -= plan
                by_plan = np.divide(-plan, loss, out=np.zeros_like(loss), where=loss < 0)
            found.append((np.exp(loss, out=loss), by_plan))
        return found

    def _turn(self, stays: Array, *, back: bool = False) -> Array:
        """Let the environment change over half a step; the clocks go on."""
        if self.turn is None:
            return stays
        apart = stays.reshape(len(self.turn), -1, *stays.shape[1:])
        return np.einsum("efn,fabn->eabn" if back else "efn,eabn->fabn", self.turn, apart).reshape(stays.shape)


def exponentiate_step(generator: Array) -> tuple[Array, Array]:
    """Return what a step makes of those there at its beginning, and of those who come evenly over it: (draws, s, s)."""
    quarter = expm(generator / 4)
    half = quarter @ quarter
    powers = (np.eye(generator.shape[-1]), quarter, half, half @ quarter, half @ half)
    return powers[-1], sum(weight * power for weight, power in zip(_SIMPSON, powers, strict=True))


def begin_stay(space: StateSpace, clocks: dict[int, Clock], start: Start, age: float) -> tuple[Bands, Population]:
    """Return the population of an episode that has been in a stage for so many days, in one environment."""
    is_aged = np.isin(space.parts, list(clocks))
    begun = space.begin(start).T
    return Bands.known(age), (np.where(is_aged[:, None], 0.0, begun), begun[is_aged, None])
