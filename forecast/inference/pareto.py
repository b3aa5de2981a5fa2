"""Pareto smoothing of importance weights, and the shape k that tells whether they can be trusted.

Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72): the largest weights are replaced by the expected order
statistics of a generalized Pareto distribution fitted to them.
"""

from __future__ import annotations

import numpy as np

from forecast.multistate import Array

NO_TAIL = -1.0  # the shape of weights that end abruptly (uniform ones have it)
_ROUNDING = 1e-9
TAIL_LEAST = 5  # fewer large weights than this tell no shape


def smooth_weights(log_weights: Array) -> tuple[Array, float]:
    """Return smoothed weights that sum to one, and the Pareto shape k of their tail.

    k is infinite where too few weights differ from zero to tell.

    Parameters
    ----------
    log_weights : (draws,)
        Up to a constant; -inf for a weight of zero.
    """
    weights = np.exp(log_weights - log_weights.max())
    count = len(weights)
    length = int(min(0.2 * count, 3 * np.sqrt(count)))
    if length < TAIL_LEAST or length >= count:
        return weights / weights.sum(), np.inf
    order = np.sort(
        np.argpartition(weights, count - length - 1)[count - length - 1 :]
    )  # draws that tie keep their order
    order = order[np.argsort(weights[order], kind="stable")]
    cutoff, tail = weights[order[0]], order[1:]
    tail = tail[weights[tail] > cutoff]  # draws that share a σ may share a weight, and tie with the cutoff
    excess = weights[tail] - cutoff
    if cutoff > 0 and not (excess > _ROUNDING * cutoff).any():
        return weights / weights.sum(), NO_TAIL  # equal weights: nothing to smooth, and nothing to fear
    if not cutoff > 0 or len(tail) < TAIL_LEAST:
        return weights / weights.sum(), np.inf
    shape, scale = fit_pareto(excess)
    smoothed = cutoff + pareto_quantile((np.arange(len(tail)) + 0.5) / len(tail), shape, scale)
    weights[tail] = np.minimum(smoothed, 1.0)  # no weight above the largest that was seen
    return weights / weights.sum(), shape


def fit_pareto(excess: Array) -> tuple[float, float]:
    """Fit shape k and scale of a generalized Pareto distribution to positive values in ascending order.

    Zhang & Stephens 2009, doi:10.1198/tech.2009.08017: the posterior mean over a grid, which needs no iteration. The
    shape is drawn towards 0.5 with the weight of ten observations, as Vehtari et al. do.
    """
    count = len(excess)
    points = 30 + int(np.sqrt(count))
    quartile = excess[int(count / 4 + 0.5) - 1]
    grid = 1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    grid = grid / (3 * quartile) + 1 / excess[-1]
    shape = np.log1p(-grid[:, None] * excess).mean(axis=1)
    profile = count * (np.log(-grid / shape) - shape - 1)
    mass = np.exp(profile - profile.max())
    center = float(grid @ mass / mass.sum())
    found = float(np.log1p(-center * excess).mean())
    scale = -found / center
    return (found * count + 0.5 * 10) / (count + 10), scale


def pareto_quantile(probability: Array, shape: float, scale: float) -> Array:
    """Return quantiles of a generalized Pareto distribution."""
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-probability)
    return scale * np.expm1(-shape * np.log1p(-probability)) / shape
