r"""Multi-state mathematics: rates per day to generators and their exponentials.

Pure NumPy; knows no dates, priors or YAML. Receives `Rates` (piecewise constant over segments, one column a draw);
`forecast.curves` walks through the segments with what is made here, `forecast.paths` draws from the same rates.

The right-hand side of a timeline has two copies of the stages. *This* episode has its own frailty and its plans; a
lapse leads to *a later* episode with a frailty of its own and no plans:

    q_{ij}(s) = \lambda_{ij} f_{sj} e^{\pm\sigma z}
    a_i(s) = \lambda_{iE} e^{\sigma z} n_s \sum_r w_{sr} + \sum_r h_{sr}

with + for advances and events, - for setbacks, z = 0 in the resting stage, and plan hazards h in this episode outside
the resting stage. See docs/model.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.workspace import room

Array = np.ndarray
State = tuple[int, int]  # copy (0 this episode, 1 a later one) and stage

_STACK = 1000  # matrices exponentiated at a time: of ten states or so, what a processor's second cache holds

# Coefficients 1/k! of the Taylor series up to x^9, as low + x^3 (middle + x^3 high), each over 1, x, x^2, x^3.
_TAYLOR = np.array(
    [
        [1, 1, 1 / 2, 0],
        [1 / 6, 1 / 24, 1 / 120, 0],
        [1 / 720, 1 / 5040, 1 / 40320, 1 / 362880],
    ]
)


@dataclass(frozen=True, eq=False)
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

    @property
    def rests(self) -> bool:
        """Tell whether stage 0 is a resting stage."""
        return len(self.event) > 1

    def take(self, which: slice | Array) -> Rates:
        """Return the rates of some of the draws."""
        return Rates(*(value[..., which] for value in vars(self).values()))

    def after(self, segment: int) -> Rates:
        """Return the rates from a segment on."""
        by_segment = ("stage_factor", "weight", "meanwhile", "plan")
        return replace(self, **{name: getattr(self, name)[segment:] for name in by_segment})


def directions(stages: int) -> Array:
    """Return +1 where a step advances, -1 where it falls back: (stages, stages)."""
    return np.sign(np.subtract.outer(np.arange(stages), np.arange(stages))).T


def expm(generators: Array, out: Array | None = None) -> Array:
    r"""Exponentiate a stack of generators, (..., states, states), without cancellation.

    With the largest exit rate \mu added to the diagonal every term of the Taylor series is non-negative, so relative
    accuracy is kept even in tiny entries: exp(Q) = e^{-\mu} exp(Q + \mu I). Degree 9 in four products (Paterson &
    Stockmeyer 1973, doi:10.1137/0202007) after scaling each norm below 1/4, where the remainder is under 3e-13;
    squaring multiplies it, to some 1e-11 at a hundred exits a day. The result is written into `out`, if given.

    Examples
    --------
    >>> float(expm(np.array([[[-0.5, 0.5], [0.0, 0.0]]]))[0, 0, 0].round(6))
    0.606531
    """
    size = generators.shape[-1]
    stack = generators.reshape(-1, size, size)
    found = np.empty(stack.shape) if out is None else out.reshape(stack.shape)
    for first in range(0, len(stack), _STACK):
        _expm(stack[first : first + _STACK], found[first : first + _STACK])
    return found.reshape(generators.shape)


def _expm(stack: Array, found: Array) -> None:
    shift = -np.diagonal(stack, axis1=1, axis2=2).T.min(axis=0, initial=0.0)  # no row of Q + shift I sums to more
    squarings = np.ceil(np.log2(np.maximum(shift * 4, 1.0)))
    scale = np.exp2(-squarings)
    powers, sums = room("powers", (4, *stack.shape)), room("sums", (3, *stack.shape))
    one, x, x2, x3 = powers
    one[:] = np.eye(stack.shape[-1])
    x[:] = stack  # first, because the draws may lie side by side
    x *= scale[:, None, None]
    x.reshape(len(x), -1)[:, :: x.shape[-1] + 1] += (shift * scale)[:, None]  # the diagonals
    np.matmul(x, x, out=x2)
    np.matmul(x2, x, out=x3)
    np.matmul(_TAYLOR, powers.reshape(4, -1), out=sums.reshape(3, -1))
    low, middle, high = sums
    middle += np.matmul(x3, high, out=x)
    low += np.matmul(x3, middle, out=x)
    np.multiply(low, np.exp(-shift * scale)[:, None, None], out=found)
    for squared in range(int(squarings.max(initial=0.0))):
        some = np.flatnonzero(squarings > squared)
        part = found[some]
        found[some] = np.matmul(part, part, out=x[: len(some)])


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


def build_generators(rates: Rates, space: StateSpace, frailties: tuple[Array, Array]) -> list[Array]:
    """Build each segment's generator over the transient states and, where plans are, a last one for the planned event.

    The ordinary event is what the rows lack to zero. The planned event needs a state of its own because its places
    differ from the ordinary ones'.

    Returns
    -------
    list of (draws, states, states) or (draws, states + 1, states + 1)
        Views of one room, in which draws lie side by side: gone when the next are built.
    """
    planned, ordinary = rates.plan.sum(axis=1), rates.weight.sum(axis=1)  # (segments, draws)
    plans, size = planned.any(axis=1), len(space.states)
    whole = size + bool(plans.any())
    generators = room("generators", (len(plans), whole, whole, rates.draws))
    generators.fill(0.0)
    sign = directions(len(rates.event))
    possible = rates.step.any(axis=-1)
    pending = (ordinary * rates.meanwhile, ordinary)
    boosts = [np.exp(rates.sigma * z) for z in frailties]
    for row, (copy, stage) in enumerate(space.states):
        rests = rates.rests and stage == 0
        exits = generators[:, row, row]
        np.multiply(rates.event[stage], pending[copy], out=exits)
        if not rests:
            exits *= boosts[copy]
        if whole > size and copy == 0 and not rests:
            generators[:, row, size] = planned
            exits += planned
        for target in np.flatnonzero(possible[stage]):
            rate = generators[:, row, space.index(moved((copy, stage), int(target)))]
            np.multiply(rates.step[stage, target], rates.stage_factor[:, target], out=rate)
            if not rests:
                (np.multiply if sign[stage, target] > 0 else np.divide)(rate, boosts[copy], out=rate)
            exits += rate
        np.negative(exits, out=exits)
    sizes = size + plans
    return [part[:some, :some].transpose(2, 0, 1) for part, some in zip(generators, sizes, strict=True)]
