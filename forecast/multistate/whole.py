"""Draws through whole segments, one step each, for P alone: a vector is carried, and no matrix made.

For jobs of many rows, where what carries it is compiled. Receives flows and what is `Supposed`, hands on `Curves` of a
step a segment.
"""

from __future__ import annotations

import numpy as np

from forecast.multistate.action import carry_vectors, find_compiled, find_order
from forecast.multistate.curves import Curves
from forecast.multistate.flows import Flows, find_flows
from forecast.multistate.rates import Array, Start
from forecast.multistate.silence import Quiet
from forecast.multistate.states import StateSpace
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import Switching, tell_apart
from forecast.multistate.walk import Setting


def can_carry_whole(switching: Switching, supposed: Supposed, *, by_draw: bool) -> bool:
    """Tell whether P alone can be carried so: not where stages age, nor where events are counted.

    Nor where stages are asked for on days of which something is learned, for that speaks on the days before.
    """
    is_real = not np.iscomplexobj(switching.sought.back)
    is_plain = not switching.rates[0].clocks and not (by_draw and supposed.learned)
    return is_real and is_plain and find_compiled() is not None


def carry_whole(
    switching: Switching,
    start: int | Start,
    frailties: tuple[Array, ...],
    supposed: Supposed,
    quiet: Quiet | None,
    *,
    days: Array,
    by_draw: bool,
) -> Curves:
    """Carry all draws through the segments.

    Parameters
    ----------
    days : (segments,)
        Length of each segment.
    by_draw : bool
        Keep the stages; without it they are not numbers.
    """
    rates = switching.rates[0]
    put = tuple({int(stage) for stage in supposed.put if stage >= 0})
    begin = Start.of(start, rates.draws)
    space = StateSpace.reachable(rates, begin.stages, put=put, later=len(frailties) - 1, aim=switching.sought)
    within, draws, segments = len(space.states), switching.draws, len(days)
    classes = tell_apart(switching)
    initial = np.zeros((len(switching.rates) * within, draws))
    initial[within * switching.start :][:within] = _begin(quiet, begin, space, frailties, supposed)
    flows = find_flows(switching, space, frailties, classes)
    order = find_order(flows)
    back = np.argsort(order)
    walk = WholeWalk(switching, space, supposed, flows.take(order), days)
    alive, stages = (
        np.empty((segments + 1, draws)),
        np.full((segments, space.stages_counted, draws if by_draw else 1), np.nan),
    )
    state = landed = initial[:, order]
    apart = []
    for segment, present in enumerate(classes.present):
        state, events = walk.carry(segment, state, len(present))
        if segment < supposed.learned:
            landed = state
        alive[segment + 1] = state.sum(axis=0)
        apart.append(events[present][:, back].T[..., None])
        if by_draw:
            stages[segment] = (walk.members @ state)[:, back]
    alive[: supposed.learned + 1] = landed.sum(axis=0)
    return Curves(
        alive=alive[:, back].T,
        apart=tuple(apart),
        stages=stages.transpose(2, 0, 1),
        initial=initial[within * switching.start :][:within].T,
        landed=landed[:, back].T.reshape(draws, len(switching.rates), within),
        held=np.full((len(switching.rates), supposed.learned), np.nan),
        states=space.states,
        shares=classes.shares,
        days=np.ones(segments, int),
    )


def _begin(
    quiet: Quiet | None, begin: Start, space: StateSpace, frailties: tuple[Array, ...], supposed: Supposed
) -> Array:
    """Return what each draw gives to each state before the first segment: (states, draws)."""
    state = space.begin(begin).T
    if quiet is not None:
        still = Switching.still(quiet.rates, len(quiet.days))
        silence = Supposed.quiet(len(quiet.days), supposed.silent_stages)
        walk = WholeWalk(still, space, silence, find_flows(still, space, frailties, tell_apart(still)), quiet.days)
        for segment in walk.past:
            state, _ = walk.carry(segment, state, 0)
    return state


class WholeWalk(Setting):
    """Some draws on their way; `flows` and `days` are of the segments, the others those of `Setting`."""

    def __init__(self, switching: Switching, space: StateSpace, supposed: Supposed, flows: Flows, days: Array) -> None:
        super().__init__(space, supposed, switching, stages=space.stages_counted, steps=np.ones(len(days), int))
        self.flows, self.days = flows, days
        self.there = flows.factors.any(axis=2)[flows.factor]  # (flows, segments)
        self.act = find_compiled()

    def carry(self, segment: int, state: Array, classes: int) -> tuple[Array, Array]:
        """Return the states after a segment, and the chance of each class of events in it.

        Parameters
        ----------
        state : (states, draws)

        Returns
        -------
        state : (states, draws)
        events : (classes, draws)
            None of them while something is yet to be learned.
        """
        source, target = self.flows.source, self.flows.target
        some = self.there[:, segment].copy()
        counted = segment >= self.supposed.learned  # what is left is told exactly without the others
        if not counted:
            some &= target < self.size
        if self.supposed.silence[segment]:
            some[some] = self.unannounced[source[some], target[some]] > 0
        vectors = np.zeros((self.size + (classes if counted else 0), state.shape[1]))
        vectors[: self.size] = self._leave_out(segment, state.T).T
        entries, days = np.flatnonzero(some), self.days[segment]
        assert self.act is not None
        carried = carry_vectors(self.flows, entries, segment, days, vectors, self.act)
        events = carried[self.size :] if counted else np.zeros((classes, state.shape[1]))
        return self._land(segment, carried[: self.size].T).T, events
