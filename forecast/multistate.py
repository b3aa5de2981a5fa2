r"""Multi-state mathematics: rates to generator to occupancy and incidence, and paths drawn from the same rates.

Pure NumPy; knows no dates, priors or YAML. Receives `Rates` (piecewise constant over segments, one column a draw),
hands on curves by day or simulated jumps.

The right-hand side of a timeline has two copies of the stages. *This* episode has its own frailty and its plans; a
lapse leads to *a later* episode with a frailty of its own and no plans:

    q_{ij}(s) = \lambda_{ij} f_{sj} e^{\pm\sigma z}
    a_i(s) = \lambda_{iE} e^{\sigma z} n_s \sum_r w_{sr} + \sum_r h_{sr}

with + for advances and events, - for setbacks, z = 0 in the resting stage, and plan hazards h in this episode outside
the resting stage. See docs/model.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
CHUNK = 1000  # draws at a time, so that memory does not grow with their number


# Coefficients 1/k! of the Taylor series up to x^9, as low + x^3 (middle + x^3 high), each over 1, x, x^2, x^3.
_TAYLOR = np.array(
    [
        [1, 1, 1 / 2, 0],
        [1 / 6, 1 / 24, 1 / 120, 0],
        [1 / 720, 1 / 5040, 1 / 40320, 1 / 362880],
    ]
)


@dataclass(frozen=True)
class Rates:
    """Rates per day, for each draw, over segments in which they are constant.

    Attributes
    ----------
    step : (stages, stages, draws)
        Ordinary rate from stage to stage; zero where no transition is declared.
    event : (stages, draws)
        Ordinary rate of the event from each stage.
    stage_factor : (segments, stages, draws)
        Covariates' factor on steps into each stage.
    weight : (segments, itineraries, draws)
        Share of each itinerary in the event, times its covariates.
    meanwhile : (segments, draws)
        Factor on ordinary event rates while plans are pending.
    plan : (segments, itineraries, draws)
        Hazard added by plans, per day.
    sigma : (draws,)
        Scale of the frailty; zero for a question of one stage.
    """

    step: Array
    event: Array
    stage_factor: Array
    weight: Array
    meanwhile: Array
    plan: Array
    sigma: Array

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.event.shape[-1]

    def take(self, which: slice) -> Rates:
        """Return the rates of some of the draws."""
        return Rates(*(value[..., which] for value in vars(self).values()))


@dataclass(frozen=True)
class Curves:
    """What a forecast consists of, exact for each draw.

    Attributes
    ----------
    incidence : (days, itineraries, draws)
        Probability that the first event falls on each day, by itinerary.
    occupancy : (days, stages, draws)
        Probability of being in each stage, with no event yet, at the end of each day.
    """

    incidence: Array
    occupancy: Array


def directions(stages: int) -> Array:
    """Return +1 where a step advances, -1 where it falls back: (stages, stages)."""
    return np.sign(np.subtract.outer(np.arange(stages), np.arange(stages))).T


def expm(generators: Array) -> Array:
    r"""Exponentiate a stack of generators, (..., states, states), without cancellation.

    With the largest exit rate \mu added to the diagonal every term of the Taylor series is non-negative, so relative
    accuracy is kept even in tiny entries: exp(Q) = e^{-\mu} exp(Q + \mu I). Degree 9 in four products (Paterson &
    Stockmeyer 1973, doi:10.1137/0202007) after scaling each norm below 1/4, where the remainder is under 3e-13;
    squaring multiplies it, to some 1e-11 at a hundred exits a day.

    Examples
    --------
    >>> float(expm(np.array([[[-0.5, 0.5], [0.0, 0.0]]]))[0, 0, 0].round(6))
    0.606531
    """
    size = generators.shape[-1]
    stack = generators.reshape(-1, size, size)
    diagonal = np.arange(size)
    shift = np.max(-stack[:, diagonal, diagonal], axis=-1, initial=0.0)
    powers = np.empty((3, *stack.shape))  # x, x^2, x^3
    x, x2, x3 = powers
    x[...] = stack
    x[:, diagonal, diagonal] += shift[:, None]
    squarings = np.ceil(np.log2(np.maximum(x.sum(axis=-1).max(axis=-1, initial=0.0) * 4, 1.0))).astype(int)
    scale = 0.5**squarings
    x *= scale[:, None, None]
    np.matmul(x, x, out=x2)
    np.matmul(x2, x, out=x3)
    low, middle, high = (_TAYLOR[:, 1:] @ powers.reshape(3, -1)).reshape(powers.shape)
    for terms, constant in zip((low, middle, high), _TAYLOR[:, 0], strict=True):
        terms[:, diagonal, diagonal] += constant
    middle += x3 @ high
    low += x3 @ middle
    low *= np.exp(-shift * scale)[:, None, None]
    for done in range(squarings.max(initial=0)):
        rest = np.flatnonzero(squarings > done)
        some = low[rest]
        low[rest] = some @ some
    return low.reshape(generators.shape)


@dataclass(frozen=True)
class StateSpace:
    """The transient states that can be reached: (copy, stage) pairs, copy 0 for this episode and 1 for a later one."""

    states: tuple[tuple[int, int], ...]

    @classmethod
    def reachable(cls, step: Array, start: int) -> StateSpace:
        """Collect what can be reached from `start` in this episode; a step back to stage 0 leads to the later copy."""
        possible = step.any(axis=-1)
        found, pending = [], [(0, start)]
        while pending:
            copy, stage = state = pending.pop()
            found.append(state)
            for target in np.flatnonzero(possible[stage]):
                following = (1 if target == 0 else copy, int(target))
                if following not in found and following not in pending:
                    pending.append(following)
        return cls(tuple(sorted(found)))

    def index(self, copy: int, stage: int) -> int:
        """Return the position of a state."""
        return self.states.index((copy, stage))


def build_generator(rates: Rates, segment: int, space: StateSpace, frailties: tuple[Array, Array]) -> Array:
    """Build one segment's generator over the transient states and, last, the planned event.

    The ordinary event is what the rows lack to zero. The planned event needs a state of its own because its places
    differ from the ordinary ones'.

    Returns
    -------
    (draws, states + 1, states + 1)
    """
    size = len(space.states)
    generator = np.zeros((size + 1, size + 1, rates.draws))  # filled row by row, which is quick with draws last
    sign = directions(rates.event.shape[0])
    possible = rates.step.any(axis=-1)
    ordinary = rates.weight[segment].sum(axis=0)
    planned = rates.plan[segment].sum(axis=0)
    pending = (rates.meanwhile[segment], 1.0)
    boosts = [np.exp(rates.sigma * z) for z in frailties]
    for row, (copy, stage) in enumerate(space.states):
        rests = stage == 0 and len(sign) > 1
        boost = 1.0 if rests else boosts[copy]
        leaving = generator[row, row]
        leaving -= rates.event[stage] * ordinary * pending[copy] * boost
        if copy == 0 and not rests:
            generator[row, size] = planned
            leaving -= planned
        for target in np.flatnonzero(possible[stage]):
            frailty = boost if sign[stage, target] > 0 else 1 / boost
            rate = rates.step[stage, target] * rates.stage_factor[segment, target] * frailty
            generator[row, space.index(1 if target == 0 else copy, int(target))] = rate
            leaving -= rate
    return np.ascontiguousarray(generator.transpose(2, 0, 1))


def forecast_curves(rates: Rates, days: Array, start: int, frailties: tuple[Array, Array]) -> Curves:
    """Compute occupancy and incidence day by day, exactly, for each draw.

    Parameters
    ----------
    rates : Rates
    days : (segments,) of int
        Length of each segment.
    start : int
        Stage at the beginning of the first segment.
    frailties : pair of (draws,)
        z of this episode and of a later one.
    """
    total = int(days.sum())
    incidence = np.empty((total, rates.weight.shape[1], rates.draws))
    occupancy = np.empty((total, rates.event.shape[0], rates.draws))
    for first in range(0, rates.draws, CHUNK):
        some = slice(first, first + CHUNK)
        part = _chunk_curves(rates.take(some), days, start, (frailties[0][some], frailties[1][some]))
        incidence[..., some], occupancy[..., some] = part.incidence, part.occupancy
    return Curves(incidence, occupancy)


def _chunk_curves(rates: Rates, days: Array, start: int, frailties: tuple[Array, Array]) -> Curves:
    space = StateSpace.reachable(rates.step, start)
    stages, total = rates.event.shape[0], int(days.sum())
    incidence = np.empty((total, rates.weight.shape[1], rates.draws))
    states = np.empty((total + 1, len(space.states) + 1, rates.draws))
    states[0] = 0.0
    states[0, space.index(0, start)] = 1.0
    ends = np.cumsum(days)
    for segment, (first, last) in enumerate(zip(ends - days, ends, strict=True)):
        step = np.ascontiguousarray(expm(build_generator(rates, segment, space, frailties)).transpose(1, 2, 0))
        step[-1, :-1], step[-1, -1] = 0.0, 1.0  # exactly, or the planned event would leak its rounding error
        for day in range(first, last):
            np.einsum("ijn,in->jn", step, states[day], out=states[day + 1])
        planned = np.diff(states[first : last + 1, -1], axis=0)
        ordinary = -np.diff(states[first : last + 1, :-1].sum(axis=1), axis=0) - planned
        incidence[first:last] = ordinary[:, None] * _split(rates.weight[segment])
        if planned.any():
            incidence[first:last] += planned[:, None] * _split(rates.plan[segment])
    occupancy = np.zeros((total, stages, rates.draws))
    for index, (_, stage) in enumerate(space.states):
        occupancy[:, stage] += states[1:, index]
    return Curves(incidence, occupancy)


def _split(parts: Array) -> Array:
    """Scale (itineraries, draws) to sum to one over itineraries; all zero stays zero."""
    total = parts.sum(axis=0)
    return np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)


@dataclass(frozen=True)
class Jumps:
    """Simulated jumps in order of path and time, all of shape (jumps,).

    `target` is the stage moved to, or -1 for the event, whose itinerary stands in `itinerary` (else -1).
    """

    path: Array
    time: Array
    stage: Array
    target: Array
    itinerary: Array


def simulate_jumps(
    rates: Rates,
    days: Array,
    start: int,
    frailty: Array,
    rng: np.random.Generator,
    *,
    renew: Callable[[Array], Array],
    recurrent: bool = False,
) -> Jumps:
    """Draw one path a draw, jump by jump in continuous time (Gillespie 1976, doi:10.1016/0021-9991(76)90041-3).

    Parameters
    ----------
    frailty : (draws,)
        z of this episode.
    renew : callable
        Given the indices of paths whose episode has ended, returns the z of their next episode.
    recurrent : bool
        Go on after an event, from stage 0; otherwise a path ends with its first.
    """
    paths = np.arange(rates.draws if len(days) else 0)
    bounds = np.concatenate([[0], np.cumsum(days)]).astype(float)
    stage, segment = np.full(rates.draws, start), np.zeros(rates.draws, int)
    time, z, first = np.zeros(rates.draws), frailty.copy(), np.ones(rates.draws, bool)
    stages = rates.event.shape[0]
    sign = directions(stages)
    records: list[tuple[Array, ...]] = []
    while paths.size:
        here, now = stage[paths], segment[paths]
        scale = np.where((here == 0) & (stages > 1), 0.0, rates.sigma[paths] * z[paths])
        steps = rates.step[here, :, paths] * rates.stage_factor[now, :, paths] * np.exp(sign[here] * scale[:, None])
        pending = np.where(first[paths], rates.meanwhile[now, paths], 1.0)
        events = (rates.event[here, paths] * np.exp(scale) * pending)[:, None] * rates.weight[now, :, paths]
        alive = first[paths] & ((here > 0) | (stages == 1))
        events = events + alive[:, None] * rates.plan[now, :, paths]
        hazards = np.concatenate([steps, events], axis=1)
        cumulative = np.cumsum(hazards, axis=1)
        with np.errstate(divide="ignore"):
            wait = rng.exponential(size=paths.size) / cumulative[:, -1]
        until = bounds[now + 1]
        jumps = time[paths] + wait <= until
        time[paths] = np.where(jumps, time[paths] + wait, until)
        segment[paths] = np.where(jumps, now, now + 1)
        moved = paths[jumps]
        mark = rng.random(moved.size) * cumulative[jumps, -1]
        choice = (mark[:, None] >= cumulative[jumps]).sum(axis=1)
        happened = choice >= stages
        target = np.where(happened, -1, choice)
        records.append((moved, time[moved], here[jumps], target, np.where(happened, choice - stages, -1)))
        stage[moved] = np.where(happened, 0, target)
        ended = moved[happened | (target == 0)]
        first[ended] = False
        z[ended] = renew(ended)
        over = segment == len(days)
        if not recurrent:
            over[moved[happened]] = True
        paths = paths[~over[paths]]
    return _sort_jumps(records)


def _sort_jumps(records: list[tuple[Array, ...]]) -> Jumps:
    if not records:
        return Jumps(*(np.array([], dtype) for dtype in (int, float, int, int, int)))
    path, time, stage, target, itinerary = (np.concatenate(column) for column in zip(*records, strict=True))
    order = np.lexsort((time, path))
    return Jumps(*(column[order] for column in (path, time, stage, target, itinerary)))
