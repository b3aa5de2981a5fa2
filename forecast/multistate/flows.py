"""How fast each state is left for each other, and by which class of events: the entries of a generator that are not 0.

Receives rates by stage, hands on flows between states, from which whole generators are made, or walks without them.
Each is a pace, which a draw has on all days, times a factor of the segment, which many flows share.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from forecast.multistate.aims import Aim
from forecast.multistate.rates import Array, Rates, directions
from forecast.multistate.states import StateSpace
from forecast.multistate.switching import EventClasses, Switching


@dataclass(frozen=True, eq=False)
class Flows:
    """Rates per day between states, and out of them.

    What leaves a state is more than what flows on from it where no class counts an event.

    Attributes
    ----------
    source, target : (flows,) of int
        State that is left, and what is entered: a state or, behind all states, a class of events. A pair may be there
        more than once.
    pace : (flows, draws)
    factor : (flows,) of int
        Which of the factors a pace is multiplied by.
    left : (exits,) of int
        State that is left, whatever is entered.
    left_pace : (exits, draws)
    left_factor : (exits,) of int
    factors : (factors, segments, draws)
    """

    source: Array
    target: Array
    pace: Array
    factor: Array
    left: Array
    left_pace: Array
    left_factor: Array
    factors: Array

    def take(self, which: Array) -> Flows:
        """Return those of some of the draws."""
        parts = {name: getattr(self, name)[..., which] for name in ("pace", "left_pace", "factors")}
        return replace(self, **{name: np.ascontiguousarray(part) for name, part in parts.items()})

    def fill(self, generators: Array) -> Array:
        """Add all rates to generators of (segments, states + classes, states + classes, draws), and return them."""
        for source, target, pace, factor in zip(self.source, self.target, self.pace, self.factor, strict=True):
            generators[:, source, target] += pace * self.factors[factor]
        for state, pace, factor in zip(self.left, self.left_pace, self.left_factor, strict=True):
            generators[:, state, state] -= pace * self.factors[factor]
        return generators


@dataclass(eq=False)
class _Found:
    """The flows that are found so far."""

    flows: list[tuple[int, int, Array, int]] = field(default_factory=list)
    exits: list[tuple[int, Array, int]] = field(default_factory=list)
    factors: list[Array] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)

    def enter(self, source: int, target: int, pace: Array, factor: Array) -> None:
        """Add a flow."""
        self.flows.append((source, target, pace, self._number(factor)))

    def leave(self, state: int, pace: Array, factor: Array) -> None:
        """Add what leaves a state."""
        self.exits.append((state, pace, self._number(factor)))

    def _number(self, factor: Array) -> int:
        if id(factor) not in self.numbers:  # which is kept, so that no other can be taken for it
            self.numbers[id(factor)] = len(self.factors)
            self.factors.append(factor)
        return self.numbers[id(factor)]

    def gather(self, segments: int, draws: int, dtype: np.dtype) -> Flows:
        """Lay all of them out as arrays."""
        factors = np.empty((len(self.factors), segments, draws), dtype)
        for whole, part in zip(factors, self.factors, strict=True):
            whole[:] = part
        source, target, factor = (np.array([flow[at] for flow in self.flows], int) for at in (0, 1, 3))
        left, left_factor = (np.array([flow[at] for flow in self.exits], int) for at in (0, 2))
        pace = np.array([flow[2] for flow in self.flows]).reshape(-1, draws)
        left_pace = np.array([flow[1] for flow in self.exits]).reshape(-1, draws)
        return Flows(source, target, pace, factor, left, left_pace, left_factor, factors)


def find_flows(switching: Switching, space: StateSpace, frailties: tuple[Array, ...], classes: EventClasses) -> Flows:
    """Find all flows between the states and from them into classes of events.

    The states of the first environment come first, then those of the next.

    Parameters
    ----------
    frailties : tuple of (draws,)
        z of this episode and of each copy of a later one.
    """
    within, environments = len(space.states), len(switching.rates)
    size, aim = within * environments, switching.sought
    found = _Found()
    for environment, rates in enumerate(switching.rates):
        ordinary, first = classes.ordinary[environment], within * environment
        columns = size + ordinary if ordinary >= 0 else None, size + classes.planned[environment], size + classes.shut
        _add_flows(found, rates, space, frailties, aim, first=first, columns=columns)
        for other, rate in enumerate(switching.switch[environment]):
            if not rate.any():
                continue
            free, at_risk = (part[:, environment, other, None] for part in (switching.free, switching.at_risk))
            for row in range(within):
                found.enter(first + row, within * other + row, rate, free)
                found.leave(first + row, rate, at_risk)
    return found.gather(len(classes.present), switching.draws, aim.back.dtype)


def _add_flows(
    found: _Found,
    rates: Rates,
    space: StateSpace,
    frailties: tuple[Array, ...],
    aim: Aim,
    *,
    first: int,
    columns: tuple[int | None, int, int],
) -> None:
    """Add the flows of one environment, whose states begin at `first`."""
    ordinary, planned = Ways.of(rates.weight, aim), Ways.of(rates.plan, aim)
    pending, has_plan = ordinary.times(rates.meanwhile), bool(rates.plan.any())
    sign, possible = directions(len(rates.event)), rates.step.any(axis=-1)
    into = {target: rates.stage_factor[:, target] for target in range(len(possible))}  # factors that flows share
    outside, always = first + len(space.states) - 1, np.ones(rates.draws)
    for row, (copy, stage) in enumerate(space.inside):
        here = first + row
        rests = rates.rests and stage == 0
        scale = np.zeros(rates.draws) if rests else rates.sigma * frailties[min(copy, len(frailties) - 1)]
        faster = np.exp(scale)
        events = [(rates.event[stage] * faster, ordinary if copy else pending, columns[0])]
        if has_plan and copy == 0 and not rests and stage not in rates.barred:
            events.append((always, planned, columns[1]))
        for pace, ways, column in events:
            found.leave(here, pace, ways.total)
            if column is not None:
                found.enter(here, column, pace, ways.ending)
            if ways.back is not None and (following := space.after_event((copy, stage))) in space.states:
                found.enter(here, first + space.index(following), pace, ways.back)
            if ways.out is not None:
                found.enter(here, outside, pace, ways.out)
        for target in np.flatnonzero(possible[stage]).tolist():
            pace = rates.step[stage, target] * (faster if sign[stage, target] > 0 else 1 / faster)
            entry = Entry.of(into[target], aim, space, (stage, target))
            found.leave(here, pace, entry.total)
            for following, share in space.moved((copy, stage), target).items():
                found.enter(here, first + space.index(following), pace * share, entry.through)
            if entry.out is not None:
                found.enter(here, outside, pace, entry.out)
            if entry.shut is not None:
                found.enter(here, columns[2], pace, entry.shut)


@dataclass(frozen=True, eq=False)
class Entry:
    """What becomes of those who step into a stage, once it is known what is looked for: each (segments, draws).

    They go on from there, are taken out, or are learned not to be; the rest have reached what is looked for.
    """

    total: Array
    through: Array
    out: Array | None
    shut: Array | None

    @classmethod
    def of(cls, total: Array, aim: Aim, space: StateSpace, step: tuple[int, int]) -> Entry:
        """Split the factor on steps into a stage."""
        ends, shut = (aim.reached == space.counted[step[1]])[:, None], aim.shut[:, *step, None]
        leaves = ends & ~shut & aim.leaves[:, None] if aim.leaves is not None and aim.leaves.any() else None
        return cls(
            total,
            total * ~(ends | shut) if (ends | shut).any() else total,
            None if leaves is None else total * leaves,
            total * shut if shut.any() else None,
        )


@dataclass(frozen=True, eq=False)
class Ways:
    """What is left of hazards by itinerary, once it is known what becomes of the event: each (segments, draws)."""

    total: Array
    ending: Array
    back: Array | None
    out: Array | None

    @classmethod
    def of(cls, hazard: Array, aim: Aim) -> Ways:
        """Sum (segments, itineraries, draws) over itineraries."""
        total = hazard.sum(axis=1)
        if not (aim.goes_on or aim.out.any()):
            return cls(total, total, None, None)
        ending, back, out = (np.einsum("si,sid->sd", part, hazard) for part in (aim.ends, aim.back, aim.out))
        return cls(total, ending, back if aim.goes_on else None, out if aim.out.any() else None)

    def times(self, factor: Array) -> Ways:
        """Return the same, so many times as fast."""
        total = self.total * factor
        ending = total if self.ending is self.total else self.ending * factor
        back, out = (None if part is None else part * factor for part in (self.back, self.out))
        return Ways(total, ending, back, out)
