"""The quick engine: importance sampling in NumPy from Gaussians at the posterior mode.

A proposal draws log scales, as the frailty's, from the marginal density that Laplace's method gives them, and all else
from the Gaussian whose mean and scale are interpolated between the points of their layout. Receives a timeline and
priors, hands on equally weighted draws and how far they can be trusted: a gate on the weights says whether they may be
used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.inference.laplace import Laplace, build_target, find_modes
from forecast.inference.pareto import smooth_weights
from forecast.inference.weights import resample
from forecast.model import ParameterPriors, Timeline, scaled_by
from forecast.multistate import Array

BLOCK = 32  # draws that share scales; so narrow, products of matrices stay on one thread of OpenBLAS, which is faster

PROPOSALS_PER_DRAW = 2  # four thousand draws from eight thousand proposals, of which some five thousand are effective
PROPOSALS_LEAST = 8_192  # so that few draws, too, can pass the gate
PARETO_K_MOST = 0.7  # Vehtari et al. 2024: above it the error of a mean cannot be told
ESS_LEAST = 1_000
WEIGHT_MOST = 0.01
LOG_2_PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class QuickDraws:
    """Equally weighted draws from a posterior by importance sampling, and how far they can be trusted.

    Attributes
    ----------
    draws : dict of (labels, draws)
        On the scale of the model, in no order.
    weight : (draws,)
        Share of the proposal that each was drawn from in the weights of all: what the Monte Carlo error needs.
    diagnostics : dict
        `pareto_k`, `ess`, `largest_weight`, `proposals`.
    laplace : Laplace
        Where a similar posterior may start.
    log_evidence : float
        Of the marginal likelihood, with densities of steps per day.
    """

    draws: dict[str, Array]
    weight: Array
    diagnostics: dict[str, Any]
    laplace: Laplace
    log_evidence: float


def quick_draws(
    timeline: Timeline,
    priors: ParameterPriors,
    draws: int,
    rng: np.random.Generator,
    *,
    proposals: int | None = None,
    start: Laplace | None = None,
) -> QuickDraws:
    """Draw from the posterior of a timeline.

    Parameters
    ----------
    draws : int
        How many equally weighted draws.
    proposals : int, optional
        How many weighted ones to choose them from; rounded up to whole blocks.
    start : Laplace, optional
        That of a similar posterior: its modes are near, and with the same timeline its likelihood serves again.
    """
    laplace = find_modes(build_target(timeline, priors, start), start)
    x, s, log_weight = draw_proposals(laplace, proposals or max(PROPOSALS_LEAST, PROPOSALS_PER_DRAW * draws), rng)
    weight, shape = smooth_weights(log_weight.ravel())
    chosen = resample(weight, draws, rng)
    block, column = np.divmod(chosen, BLOCK)
    diagnostics = {
        "pareto_k": shape,
        "ess": float(1 / (weight @ weight)),
        "largest_weight": float(weight.max()),
        "proposals": len(weight),
    }
    found = np.ascontiguousarray(x[block, :, column].T)  # draws run along the last axis, here as everywhere
    evidence = float(np.logaddexp.reduce(log_weight, axis=None)) - math.log(log_weight.size)
    evidence -= 0.5 * s.shape[1] * LOG_2_PI  # the constant of the prior of s, which its log density leaves out
    return QuickDraws(name_draws(priors, found, s[block].T), weight[chosen], diagnostics, laplace, evidence)


def gate(diagnostics: dict[str, Any]) -> str:
    """Say which threshold of the gate is missed, or nothing."""
    missed = []
    if not diagnostics["pareto_k"] <= PARETO_K_MOST:
        missed.append(f"Pareto k {diagnostics['pareto_k']:.2f} above {PARETO_K_MOST}")
    if not diagnostics["ess"] >= ESS_LEAST:
        missed.append(f"ESS {diagnostics['ess']:.0f} below {ESS_LEAST}")
    if not diagnostics["largest_weight"] <= WEIGHT_MOST:
        missed.append(f"largest weight {diagnostics['largest_weight']:.1%} above {WEIGHT_MOST:.0%}")
    return ", ".join(missed)


def name_draws(priors: ParameterPriors, x: Array, s: Array) -> dict[str, Array]:
    """Turn standard draws into parameters: of x, (parameters, draws), and of s, (scales, draws)."""
    found, start, scale = {}, 0, 0
    for name, vector in priors.items():
        if scaled_by(name):
            found[name] = vector.at(s[scale : (scale := scale + 1)])
        else:
            found[name] = vector.at(x[start : (start := start + len(vector.labels))])
    return found


def draw_proposals(laplace: Laplace, count: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Draw from the proposal; each block of draws shares one s, and the blocks stratify its density.

    Parameters
    ----------
    count : int
        How many draws; rounded up to whole blocks.

    Returns
    -------
    x : (blocks, parameters, BLOCK)
    s : (blocks, scales)
    log_weight : (blocks, BLOCK)
        Log density of the posterior over that of the proposal, up to a constant.
    """
    s, log_density = laplace.layout.draw(laplace.learnt, -(-count // BLOCK), rng)
    mode, scale = laplace.interpolate(s)
    noise = rng.standard_normal((len(s), laplace.mode.shape[1], BLOCK))
    log_density = log_density - np.log(np.diagonal(scale, axis1=1, axis2=2)).sum(axis=1)
    proposed = log_density[:, None] - 0.5 * np.einsum("bpd,bpd->bd", noise, noise)
    x = scale @ noise
    x += mode[..., None]
    return x, s, laplace.target.log_density(x, s) - proposed
