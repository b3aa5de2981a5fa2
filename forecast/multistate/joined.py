"""Curves of several courses of events as one: the draws of each, by what the course counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.multistate.curves import Curves
from forecast.multistate.rates import Array


def join_curves(parts: Sequence[Curves]) -> Curves:
    """Return the draws of all parts, over the same segments, as those of one forecast.

    A class of events or a state that a part has not gets no probability in its draws.
    """
    first = parts[0]
    states = tuple(sorted({state for part in parts for state in part.states}))

    def over_states(part: Curves, values: Array) -> Array:
        found = np.zeros((*values.shape[:-1], len(states)))
        found[..., [states.index(state) for state in part.states]] = values
        return found

    def widen(values: Array, axis: int, size: int) -> Array:
        width = [(0, size - values.shape[axis] if at == axis else 0) for at in range(values.ndim)]
        return np.pad(values, width)

    apart, shares = [], []
    for segment in range(len(first.days)):
        classes = max(len(part.shares[segment]) for part in parts)
        apart.append(np.concatenate([widen(part.apart[segment], 1, classes - 1) for part in parts]))
        shares.append(np.concatenate([widen(part.shares[segment], 0, classes) for part in parts], axis=-1))
    silent = [(part.silent, part.silent_ahead) for part in parts]
    return Curves(
        alive=np.concatenate([part.alive for part in parts]),
        apart=tuple(apart),
        stages=np.concatenate([part.stages for part in parts]),
        initial=np.concatenate([over_states(part, part.initial) for part in parts]),
        landed=np.concatenate([over_states(part, part.landed) for part in parts]),
        held=np.sum([part.held for part in parts], axis=0),
        states=states,
        shares=tuple(shares),
        days=first.days,
        silent=_join([one for one, _ in silent]),
        silent_ahead=_join([other for _, other in silent]),
    )


def weigh_curves(curves: Curves, which: Array, weight: float) -> Curves:
    """Return some draws, each of which counts by a weight in place of 1.

    Parameters
    ----------
    which : (some,) of int
        Sums over all draws become those that so many of them have on average.
    """
    share = weight * len(which) / len(curves.alive)
    by_draw = len(curves.stages) == len(curves.alive)

    def take(values: Array | None) -> Array | None:
        return None if values is None else values[which] * weight

    return Curves(
        alive=curves.alive[which] * weight,
        apart=tuple(each[which] * weight for each in curves.apart),
        stages=curves.stages[which] * weight if by_draw else curves.stages * share,
        initial=curves.initial[which] * weight,
        landed=curves.landed[which] * weight,
        held=curves.held * share,
        states=curves.states,
        shares=tuple(each[..., which] for each in curves.shares),
        days=curves.days,
        silent=take(curves.silent),
        silent_ahead=take(curves.silent_ahead),
    )


def _join(values: Sequence[Array | None]) -> Array | None:
    found = [value for value in values if value is not None]
    return np.concatenate(found) if len(found) == len(values) else None
