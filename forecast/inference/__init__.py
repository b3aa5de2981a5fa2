"""A posterior: drawn by NUTS, by the quick engine, or read from the store; each passes its gate.

Receives a timeline and priors. Hands on draws with their diagnostics.
Knows nothing of the question and of what is asked of it.
"""

from forecast.inference import store
from forecast.inference.common import CommonDraws, WeightedDraws
from forecast.inference.cost import Cost, announce
from forecast.inference.densities import log_likelihood, log_prior
from forecast.inference.draw import check_posterior, draw_quickly, find_or_fit, find_posterior, log_evidence
from forecast.inference.netcdf import open_netcdf
from forecast.inference.nuts import ESS_LEAST, TARGET_ACCEPTS
from forecast.inference.pareto import smooth_weights
from forecast.inference.posterior import Posterior
from forecast.inference.settings import (
    DRAWS_MOST,
    Engine,
    Settings,
    check_engine,
    library_versions,
    read_settings,
    stream,
)
from forecast.inference.successive import SuccessiveDraws
from forecast.inference.tree import label_chances, label_predictions
from forecast.inference.weights import divide, effective_number, resample, weighted_quantiles
