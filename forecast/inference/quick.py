"""The quick engine: importance sampling in NumPy from Gaussians at the posterior mode.

A proposal draws log scales, as the frailty's, from the marginal density that Laplace's method gives them, and all else
from the Gaussian whose mean and scale are interpolated between the nodes next to them. Receives a timeline and priors,
hands on equally weighted draws and how far they can be trusted: a gate on the weights says whether they may be used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from forecast.inference.laplace import Laplace, build_target, find_modes
from forecast.inference.pareto import smooth_weights
from forecast.inference.weights import resample
from forecast.model import SCALES_OF, ParameterPriors, Timeline
from forecast.multistate import Array

CELLS, CELLS_OF_TWO = 400, 80  # of the marginal density of a scale, or along each of two
REACH = 5.0  # how far it goes, in prior standard deviations; beyond lie 6e-7 of the prior
BLOCK = 32  # draws that share scales; so narrow, products of matrices stay on one thread of OpenBLAS, which is faster

PROPOSALS_PER_DRAW = 2  # four thousand draws from eight thousand proposals, of which some five thousand are effective
PROPOSALS_LEAST = 8_192  # so that few draws, too, can pass the gate
PARETO_K_MOST = 0.7  # Vehtari et al. 2024: above it the error of a mean cannot be told
ESS_LEAST = 1_000
WEIGHT_MOST = 0.01


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
    evidence = float(np.logaddexp.reduce(log_weight, axis=None)) - math.log(log_weight.size) + _log_constant(laplace)
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
        if name in SCALES_OF:
            standard = s[scale : (scale := scale + 1)]
        else:
            standard = x[start : (start := start + len(vector.labels))]
        found[name] = vector.at(standard)
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
    s, log_density = _draw_scales(laplace, -(-count // BLOCK), rng)
    scale, mode = 0.0, 0.0
    for at, share in _list_corners(laplace, s):
        scale = scale + share[:, None, None] * laplace.scale[at]
        mode = mode + share[:, None, None] * laplace.mode[at][..., None]
    noise = rng.standard_normal((len(s), laplace.mode.shape[1], BLOCK))
    log_density = log_density - np.log(np.diagonal(scale, axis1=1, axis2=2)).sum(axis=1)
    proposed = log_density[:, None] - 0.5 * np.einsum("bpd,bpd->bd", noise, noise)
    x = scale @ noise
    x += mode
    return x, s, laplace.target.log_density(x, s) - proposed


def _list_corners(laplace: Laplace, s: Array) -> Iterator[tuple[Array, Array]]:
    """Yield the nodes of the grid that are next to scales, (points, scales), and their shares of an interpolation."""
    at, share = np.zeros((2, *s.shape))
    for column, nodes in enumerate(laplace.nodes):
        at[:, column] = np.clip(np.searchsorted(nodes, s[:, column]) - 1, 0, len(nodes) - 2)
        low = nodes[at[:, column].astype(int)]
        share[:, column] = np.clip((s[:, column] - low) / (nodes[1] - nodes[0]), 0, 1)
    sizes = [len(nodes) for nodes in laplace.nodes]
    for corner in product((0, 1), repeat=len(sizes)):
        index = np.ravel_multi_index(tuple((at + corner).astype(int).T), sizes)
        yield index, np.where(corner, share, 1 - share).prod(axis=1)


def _log_constant(laplace: Laplace) -> float:
    """Return what the log weights of proposals lack: the constants of the density of s, and of its prior."""
    width, _, log_mass = _lay_out_scales(laplace)
    constant = math.log(width) - 0.5 * math.log(2 * math.pi)
    return float(np.logaddexp.reduce(log_mass) + len(laplace.nodes) * constant)


def _lay_out_scales(laplace: Laplace) -> tuple[float, Array, Array]:
    """Return the width of cells of s, their middles, (cells, scales), and the log of its marginal density in each.

    The last is up to a constant.
    """
    scales = len(laplace.nodes)
    edges = np.linspace(-REACH, REACH, (CELLS if scales == 1 else CELLS_OF_TWO) + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    points = np.stack(np.meshgrid(*[middle] * scales, indexing="ij"), axis=-1).reshape(-1, scales)
    learnt = sum(share * laplace.learnt[at] for at, share in _list_corners(laplace, points))
    return float(edges[1] - edges[0]), points, learnt - 0.5 * (points**2).sum(axis=1)


def _draw_scales(laplace: Laplace, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw s, one from each of `count` equal parts of its marginal density; return its log density too."""
    width, points, log_mass = _lay_out_scales(laplace)
    mass = np.exp(log_mass - log_mass.max())
    below = np.concatenate([[0.0], np.cumsum(mass)])
    place = np.interp((np.arange(count) + rng.random(count)) / count, below / below[-1], np.arange(len(below)))
    cell = np.minimum(place.astype(int), len(points) - 1)
    within = np.empty((count, points.shape[1]))
    within[:, -1] = place - cell  # along the last scale the cells lie next to each other
    within[:, :-1] = rng.random((count, points.shape[1] - 1))
    return points[cell] + width * (within - 0.5), log_mass[cell]
