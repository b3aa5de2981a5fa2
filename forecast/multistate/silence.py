"""What silence promises: that nothing is announced up to a day, and that the event comes after it all the same.

Receives a `Walk` and where it landed. Few states can be reached in silence, so only those are carried.
"""

from __future__ import annotations

import numpy as np

from forecast.multistate.expm import expm
from forecast.multistate.rates import Array
from forecast.multistate.walk import Walk, carry, find_powers


def stay_silent(walk: Walk, landed: Array, first: int) -> tuple[Array, Array]:
    """Compute how probable silence is up to each day, and how probable the event is thereafter.

    While there is more to be learned, nothing is said about silence: it begins with what is learned last.

    Parameters
    ----------
    landed : (draws, states)
        Probability of each state once all that is learned is known.
    first : int
        Number of the day from which on the event counts; a segment begins with it.

    Returns
    -------
    silent, ahead : (draws, days + 1)
        Probability of silence up to each day, and of that and the event thereafter.
    """
    among = _find_silent(walk, landed)
    silent, promise = _walk_silently(walk, landed, among), _promise(walk, first, among)
    return silent.sum(axis=1), np.einsum("dst,dst->dt", silent, promise)


def _find_silent(walk: Walk, landed: Array) -> Array:
    """Return the states in which silence may find an episode once all that is learned is known: (some,) of int."""
    reached = landed.any(axis=0)
    for segment in walk.ahead:
        reached = reached @ walk.unannounced > 0
        if (stage := walk.supposed.put[segment]) >= 0:
            reached = reached | (reached @ walk.moves(stage) > 0)
    return np.flatnonzero(reached)


def _walk_silently(walk: Walk, landed: Array, among: Array) -> Array:
    """Return the probability of silence up to each day and of some states: (draws, some, days + 1)."""
    inside, state = np.ix_(among, among), landed[:, among]
    walked = [np.repeat(state[..., None], walk.days_learned + 1, axis=-1)]
    for segment in walk.ahead:
        step = expm(walk.generators[segment][:, *inside] * walk.unannounced[inside])
        powers = find_powers(step.swapaxes(1, 2), walk.steps[segment])
        columns = carry(powers, state, walk.steps[segment])
        if (stage := walk.supposed.put[segment]) >= 0:
            columns[..., -1] = columns[..., -1] @ walk.moves(stage)[inside]
        walked.append(columns[..., 1:])
        state = columns[..., -1]
    return np.concatenate(walked, axis=-1)


def _promise(walk: Walk, first: int, among: Array) -> Array:
    """Return the probability of the event from day `first` on, but after each day: (draws, some, days + 1)."""
    promise = np.zeros((walk.draws, walk.size))
    promises = [promise[:, among, None]]
    for segment in reversed(walk.ahead):
        promise = walk.before_landing(segment, promise)
        if walk.steps[:segment].sum() >= first:  # the event counts, and its complement is carried by the same matrix
            back = 1 - walk.back(segment, 1 - promise)
        else:
            back = walk.back(segment, promise)
        promises.append(back[:, among, :-1])
        promise = back[..., 0].copy()
    promises.append(np.repeat(promise[:, among, None], walk.days_learned, axis=-1))
    return np.concatenate(promises[::-1], axis=-1)
