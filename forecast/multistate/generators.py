"""Whole generators, made of the flows between states."""

from __future__ import annotations

import numpy as np

from forecast.multistate.flows import find_flows
from forecast.multistate.rates import Array
from forecast.multistate.states import StateSpace
from forecast.multistate.switching import EventClasses, Switching


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
    flows = find_flows(switching, space, frailties, classes)
    (segments, kinds), size = classes.present.shape, len(space.states) * len(switching.rates)
    shape = segments, size + kinds, size + kinds, switching.draws  # draws last: an entry in one go
    generators = flows.fill(np.zeros(shape, flows.factors.dtype))
    return [_narrow(part, size, some) for part, some in zip(generators, classes.present, strict=True)]


def _narrow(generator: Array, size: int, present: Array) -> Array:
    """Return one segment's generator without the classes that it has not, draws first."""
    if present.all() or not present.any():
        some = len(generator) if present.any() else size
        return generator[:some, :some].transpose(2, 0, 1)
    kept = np.r_[np.arange(size), size + np.flatnonzero(present)]
    return generator[np.ix_(kept, kept)].transpose(2, 0, 1)
