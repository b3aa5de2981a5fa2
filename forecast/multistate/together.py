r"""Independent events put together, draw by draw and day by day: how many come, which comes first, in which order.

Given a draw, timelines that do not listen to one another are independent. Receives for each the probability that it has
come by the end of each day, (draws, days + 1) from 0 on; hands on the same for events made of them.

Two that fall on one day are taken to come in either order alike, so what hangs on order is off by the square of a day's
probability.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from forecast.multistate.rates import Array


def count_together(chances: Sequence[Array], most: int | None = None) -> Array:
    """Return the probability of 0, 1, ... of some independent events, (numbers, ...): Poisson's binomial.

    Parameters
    ----------
    chances : sequence of (...)
    most : int, optional
        The last number that is told; all if not given.

    Examples
    --------
    >>> count_together([np.array(0.5), np.array(0.5), np.array(0.1)]).tolist()
    [0.225, 0.475, 0.275, 0.025]
    """
    last = len(chances) if most is None else most
    found = np.zeros((last + 1, *np.shape(chances[0])))
    found[0] = 1.0
    for chance in chances:
        found[1:] += (found[:-1] - found[1:]) * chance
        found[0] *= 1 - chance
    return found


def come_in_order(by: Sequence[Array]) -> Array:
    """Return the probability that all have come by each day, each after the one before it."""
    before = by[0]
    for following in by[1:]:
        step = np.diff(following, axis=-1)
        reached = (before[..., :-1] + before[..., 1:]) / 2
        before = np.concatenate([np.zeros_like(before[..., :1]), np.cumsum(step * reached, axis=-1)], axis=-1)
    return before


def come_first(by: Sequence[Array]) -> Iterator[Array]:
    """Yield, for each, the probability that it has come by each day, and before any of the others.

    Between two days hazards are taken to stay the same, however far these are apart.

    Examples
    --------
    >>> [each[-1] for each in come_first([np.array([0.0, 0.5]), np.array([0.0, 0.5])])]
    [np.float64(0.375), np.float64(0.375)]
    """
    tiny = np.finfo(float).tiny
    hazards = [-np.diff(np.log(np.maximum(1 - each, tiny)), axis=-1) for each in by]
    total = np.sum(hazards, axis=0)
    none = np.prod([1 - each for each in by], axis=0)
    came = none[..., :-1] - none[..., 1:]
    for hazard in hazards:
        share = np.divide(hazard, total, out=np.zeros_like(total), where=total > 0)
        yield np.concatenate([np.zeros_like(none[..., :1]), np.cumsum(came * share, axis=-1)], axis=-1)


def come_after(start: Array, since: Array) -> Array:
    """Return the probability that something has come by each day whose clock starts with something else.

    Parameters
    ----------
    start : (draws, days + 1)
        Probability that the clock has started by the end of each day.
    since : (draws, days + 1)
        Probability that it has come so many days after that.

    Examples
    --------
    >>> by = np.array([[0.0, 0.5, 1.0]])
    >>> come_after(by, by).round(3).tolist()
    [[0.0, 0.125, 0.5]]
    """
    starts = np.diff(start, axis=-1)
    within = (since[..., :-1] + since[..., 1:]) / 2  # on some moment of its day
    size = 2 * starts.shape[-1]
    product = np.fft.rfft(starts, size) * np.fft.rfft(within, size)
    found = np.fft.irfft(product, size)[..., : starts.shape[-1]]
    return np.concatenate([np.zeros_like(found[..., :1]), np.clip(found, 0.0, 1.0)], axis=-1)


def draw_days(by: Array, rng: np.random.Generator, times: int) -> Array:
    """Draw when each comes, in days and parts of them, so many times for each draw: (draws, times); infinite for never.

    Parameters
    ----------
    by : (draws, days + 1)
        Probability that it has come by the end of each day.
    """
    shares = rng.random((len(by), times))
    found = np.empty(shares.shape)
    days = np.arange(by.shape[-1], dtype=float)
    for row, curve in enumerate(by):
        found[row] = np.interp(shares[row], curve, days, right=np.inf)
    return np.where(shares > by[:, -1:], np.inf, found)
