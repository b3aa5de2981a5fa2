"""A posterior: drawn by NUTS, by the quick engine, or read from the store; each passes its gate.

Receives a timeline and priors. Hands on draws with their diagnostics.
Knows nothing of the question and of what is asked of it.
"""

from forecast.inference.common import PROPOSALS, PROPOSALS_PER_DRAW, WeightedDraws
from forecast.inference.densities import log_densities
from forecast.inference.draw import draw_quickly, find_or_fit, find_posterior
from forecast.inference.laplace import Laplace, build_target, find_modes
from forecast.inference.netcdf import Entry
from forecast.inference.nuts import ESS_LEAST, TARGET_ACCEPTS
from forecast.inference.pareto import smooth_weights
from forecast.inference.posterior import Posterior
from forecast.inference.quick import BLOCK, draw_proposals, gate, name_draws
from forecast.inference.settings import DRAWS_MOST, Engine, Settings, check_engine, library_versions
from forecast.inference.tree import label_posterior
from forecast.inference.weights import TAILS, batch_means_mcse, divide, effective_number, resample, weighted_quantiles

__all__ = [
    "BLOCK",
    "DRAWS_MOST",
    "ESS_LEAST",
    "PROPOSALS",
    "PROPOSALS_PER_DRAW",
    "TAILS",
    "TARGET_ACCEPTS",
    "Engine",
    "Entry",
    "Laplace",
    "Posterior",
    "Settings",
    "WeightedDraws",
    "batch_means_mcse",
    "build_target",
    "check_engine",
    "divide",
    "draw_proposals",
    "draw_quickly",
    "effective_number",
    "find_modes",
    "find_or_fit",
    "find_posterior",
    "gate",
    "label_posterior",
    "library_versions",
    "log_densities",
    "name_draws",
    "resample",
    "smooth_weights",
    "weighted_quantiles",
]
