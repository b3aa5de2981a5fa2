"""Weighted draws: their quantiles, their Monte Carlo errors, how many they are worth, and choosing among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.multistate import Array

TAILS = (0.05, 0.95)  # of the 90% equal-tailed interval


def weighted_quantiles(values: Array, weight: Array, shares: Sequence[float] = TAILS) -> Array:
    """Return the smallest values up to which the draws hold these shares of the weight: (shares, ...).

    Parameters
    ----------
    values : (draws, ...)
    weight : (draws,) or (draws, ...)
        At least 0, and above it somewhere along the draws.

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([2.0, 1.0, 1.0]), (0.25, 0.5, 0.6)).tolist()
    [1.0, 2.0, 3.0]
    """
    return np.quantile(values, shares, axis=0, weights=weight, method="inverted_cdf")


def resample(weight: Array, count: int, rng: np.random.Generator) -> Array:
    """Choose indices in proportion to weights, systematically (Kitagawa 1996, doi:10.2307/1390750), then shuffle."""
    below = np.cumsum(weight)
    places = (np.arange(count) + rng.random()) * (below[-1] / count)
    return rng.permutation(np.minimum(np.searchsorted(below, places, side="right"), len(weight) - 1))


def effective_number(weight: Array) -> float:
    """Return how many equally weighted draws weighted ones are worth (Kish 1965, Survey sampling)."""
    total = float(weight.sum())
    return total**2 / float(weight @ weight) if total > 0 else 0.0


def divide(part: Array, whole: Array) -> Array:
    """Divide, with 0 where the divisor is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def batch_means_mcse(values: Array, chains: int) -> float:
    """Return the Monte Carlo error of a mean by batch means (Flegal, Haran & Jones 2008, doi:10.1214/08-STS257).

    Each chain is cut into about the square root of its length of batches.
    """
    by_chain = values.reshape(chains, -1)
    length = max(1, int(np.sqrt(by_chain.shape[1])))
    batches = by_chain[:, : by_chain.shape[1] // length * length].reshape(-1, length).mean(axis=1)
    return float(batches.std(ddof=1) / np.sqrt(batches.size)) if batches.size > 1 else float("nan")


def importance_mcse(values: Array, weight: Array) -> float:
    """Return the Monte Carlo error of a mean over draws that were resampled by their importance weights.

    The delta method's variance of a self-normalised mean, Σ w² (x - mean)² over the proposals (Owen 2013, Monte Carlo
    theory, methods and examples, eq. 9.8), is a mean of w (x - mean)² over draws that came with probability w.
    Systematic resampling of n draws takes each proposal n w times, rounded up or down at random, with the variance
    f (1 - f) of the fraction f that is rounded.

    Parameters
    ----------
    values, weight : (draws,)
        `weight` as in `forecast.inference.quick.QuickDraws`.
    """
    weight = weight.reshape(-1)
    expected = weight * weight.size
    fraction = expected % 1
    rounding = fraction * (1 - fraction) / expected / weight.size
    return float(np.sqrt(np.mean((weight + rounding) * (values - values.mean()) ** 2)))
