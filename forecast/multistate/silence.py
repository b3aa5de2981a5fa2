"""What silence tells: where days without news leave an episode, and what more of them would promise.

Few states can be reached in silence, so only those are carried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate.ageing import AgeingWalk
from forecast.multistate.ageing_step import Population, begin_stay
from forecast.multistate.clocks import Bands
from forecast.multistate.expm import expm
from forecast.multistate.generators import build_generators
from forecast.multistate.pace import find_parts
from forecast.multistate.rates import Array, Rates, Start
from forecast.multistate.states import StateSpace
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import Switching, tell_apart
from forecast.multistate.walk import Walk, carry, find_powers


@dataclass(frozen=True, eq=False)
class Quiet:
    """Days on which nothing was announced, up to the first day that is forecast.

    Attributes
    ----------
    rates : Rates
    days : (segments,) of int
    """

    rates: Rates
    days: Array

    def take(self, which: slice) -> Quiet:
        """Return those of some of the draws."""
        return Quiet(self.rates.take(which), self.days)


def pass_quietly(
    quiet: Quiet, start: Start, space: StateSpace, frailties: tuple[Array, ...], silent_stages: tuple[int, ...]
) -> Array:
    """Return what each draw gives to the silence and to each state after it: (draws, states).

    Parameters
    ----------
    start : Start
        Of this episode, before the first quiet day.
    frailties : tuple of (draws,)
        z of this episode and of each copy of a later one, see `later_frailties`.
    silent_stages : tuple of int
        Stages that may lapse unannounced.
    """
    still = Switching.still(quiet.rates, len(quiet.days))
    generators = build_generators(still, space, frailties, tell_apart(still))
    for generator, days in zip(generators, quiet.days, strict=True):
        generator *= days
    supposed = Supposed.quiet(len(quiet.days), silent_stages)
    stages = space.stages_counted
    walk = Walk(generators, space, supposed, still, stages=stages, steps=np.ones_like(quiet.days))
    return walk.forward(space.begin(start)).landed


def age_quietly(
    quiet: Quiet,
    start: Start,
    age: float,
    space: StateSpace,
    frailties: tuple[Array, ...],
    silent_stages: tuple[int, ...],
) -> tuple[Bands, Population]:
    """Return what `pass_quietly` does where stages age, with the stays in them by age.

    Parameters
    ----------
    age : float
        Days that the stay in `start` had lasted before the first quiet day.
    """
    still = Switching.still(quiet.rates, len(quiet.days))
    classes = tell_apart(still)
    bands, population = begin_stay(space, quiet.rates.clocks, start, age)
    walk = AgeingWalk(
        build_generators(still, space, frailties, classes),
        space,
        Supposed.quiet(len(quiet.days), silent_stages),
        still,
        stages=space.stages_counted,
        steps=np.ones_like(quiet.days),
        days=quiet.days,
        parts=find_parts(still, quiet.days),
        classes=classes,
        bands=bands,
    )
    for _, evening, _ in walk.walk(walk.past, population):
        population = evening
    return walk.bands[-1], population


def chance_unchanged(quiet: Quiet, start: int | Start, frailties: tuple[Array, ...], *, age: float = 0.0) -> Array:
    """Return the probability that each draw gives to a stage that holds through some days: (draws,).

    Parameters
    ----------
    age : float
        Days that the stay in `start` had lasted before them, where it ages.
    """
    start = Start.of(start, quiet.rates.draws)
    space = StateSpace.reachable(quiet.rates, start.stages, later=len(frailties) - 1)
    if quiet.rates.clocks:
        _, (steady, stays) = age_quietly(quiet, start, age, space, frailties, ())
        return steady.sum(axis=0) + stays.sum(axis=(0, 1))
    return pass_quietly(quiet, start, space, frailties, ()).sum(axis=1)


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
        if (moves := walk.moves[segment]) is not None:
            reached = reached | (reached @ moves > 0)
    return np.flatnonzero(reached)


def _walk_silently(walk: Walk, landed: Array, among: Array) -> Array:
    """Return the probability of silence up to each day and of some states: (draws, some, days + 1)."""
    inside, state = np.ix_(among, among), landed[:, among]
    walked = [np.repeat(state[..., None], walk.days_learned + 1, axis=-1)]
    for segment in walk.ahead:
        step = expm(walk.generators[segment][:, *inside] * walk.unannounced[inside])
        powers = find_powers(step.swapaxes(1, 2), walk.steps[segment])
        columns = carry(powers, state, walk.steps[segment])
        if (moves := walk.moves[segment]) is not None:
            columns[..., -1] = columns[..., -1] @ moves[inside]
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


def grow_silent(walk: AgeingWalk, landed: Population, first: int) -> tuple[Array, Array]:
    """Return what `stay_silent` does where stages age."""
    evenings = [landed, *(population for _, population, _ in walk.walk(walk.ahead, landed, silent=True))]
    there = [stays.any(axis=2) for _, stays in evenings]  # silence leaves few bands anything
    evenings = [(steady, stays[some]) for (steady, stays), some in zip(evenings, there, strict=True)]
    silent, ahead = np.empty((2, int(walk.steps.sum()) + 1, walk.draws))

    def read(day: int, promise: Population) -> None:
        steady, stays = evenings[day - walk.days_learned]
        silent[day] = steady.sum(axis=0) + stays.sum(axis=0)
        some = promise[1][there[day - walk.days_learned]]
        ahead[day] = (steady * promise[0]).sum(axis=0) + (stays * some).sum(axis=0)

    counts = int(np.searchsorted(walk.ends - walk.steps, first))  # the first segment that does
    within, before = (range(max(counts, walk.ahead.start), walk.ahead.stop), range(walk.ahead.start, counts))
    missed = np.ones((walk.size, walk.draws)), np.ones((len(walk.aged), len(walk.bands[-1]), walk.draws))
    promise = 1 - missed[0], 1 - missed[1]
    read(len(silent) - 1, promise)
    for day, missed in walk.walk_back(within, missed):  # noqa: B020
        promise = 1 - missed[0], 1 - missed[1]
        read(day, promise)
    for day, promise in walk.walk_back(before, promise):  # noqa: B020
        read(day, promise)
    silent[: walk.days_learned], ahead[: walk.days_learned] = silent[walk.days_learned], ahead[walk.days_learned]
    return silent.T, ahead.T
