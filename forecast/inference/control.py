"""Control variates: the gradient of the log density, whose mean over a posterior is known to be 0.

The mean over draws is not quite 0, and tells how far they lie beside the posterior (Assaraf & Caffarel 1999,
doi:10.1103/PhysRevLett.83.4682; Mira, Solgi & Imparato 2013, doi:10.1007/s11222-012-9344-6). `centre` moves all draws
by one small step that makes up for it. To first order, each mean over draws then changes as if it had been regressed
on the gradient, whatever it is a mean of; so the answer, its places and its curves move together, and go on to add up.
On the flagship the Monte Carlo error of P is halved. Receives draws of either engine.
"""

from __future__ import annotations

import numpy as np

from forecast.inference.laplace import Target
from forecast.model import ParameterPriors, scaled_by
from forecast.multistate import Array

DRAWS_LEAST = 20  # for each parameter; with fewer, what the regression has to estimate costs what it gains


def score(target: Target, draws: dict[str, Array]) -> Array:
    """Return the gradient of the log density at draws: (parameters that are not fixed, draws)."""
    return target.score(_stack(draws), _log_scales(target, draws))[target.is_free]


def centre(target: Target, priors: ParameterPriors, draws: dict[str, Array]) -> tuple[dict[str, Array], int]:
    """Move all draws by the step that makes up for the mean of their gradient.

    Parameters
    ----------
    priors : ParameterPriors
        In the order of `draws`.
    draws : dict of (labels, draws)
        On the scale of the model.

    Returns
    -------
    draws : dict of (labels, draws)
    controls : int
        How many control variates were used: 0 where the draws are too few, and were left as they are.
    """
    free = target.is_free
    count = next(iter(draws.values())).shape[-1]
    if not free.any() or count < DRAWS_LEAST * free.sum():
        return draws, 0
    gradient = score(target, draws)
    spread = np.atleast_2d(np.cov(gradient, bias=True))
    if not np.isfinite(spread).all():
        return draws, 0
    step = np.zeros(len(free))
    step[free] = np.linalg.lstsq(spread, gradient.mean(axis=1))[0]
    moved, start, scales = {}, 0, len(target.stack)
    for name, vector in priors.items():
        if scaled_by(name):
            here = step[scales : (scales := scales + 1)]
        else:
            here = step[start : (start := start + len(vector.labels))]
        moved[name] = vector.move(draws[name], here)
    return moved, int(free.sum())


def take_out(values: Array, gradient: Array) -> Array:
    """Return the rest of values, (draws,), regressed on the gradient: their Monte Carlo error is that of the rest."""
    gradient = gradient - gradient.mean(axis=1, keepdims=True)
    rest = values - values.mean()
    slope = np.linalg.lstsq(gradient @ gradient.T, gradient @ rest)[0]
    return rest - slope @ gradient


def _stack(draws: dict[str, Array]) -> Array:
    """Stack all draws but those of logarithms of scales: (parameters, draws)."""
    return np.concatenate([values for name, values in draws.items() if not scaled_by(name)])


def _log_scales(target: Target, draws: dict[str, Array]) -> Array:
    """Return the logarithms of scales, (scales, draws); one of 0 where there is none."""
    none = np.zeros((1, next(iter(draws.values())).shape[-1]))
    return np.concatenate([draws.get(scale.name, none) for scale in target.scales])
