"""NUTS on the PyMC model, and the gate that its draws pass."""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np

from forecast.errors import FitError
from forecast.inference.control import centre
from forecast.inference.laplace import build_target
from forecast.inference.posterior import SAMPLE_STATS, Posterior
from forecast.inference.settings import Settings, stream
from forecast.model import PRIOR_DRAWS, ParameterPriors, Timeline, build_pymc_model, draw_priors, simulate_histories

logger = logging.getLogger(__name__)

R_HAT_MOST = 1.01  # Vehtari et al. 2021, doi:10.1214/20-BA1221
ESS_LEAST = 400  # the same: a hundred for each of four chains
TARGET_ACCEPTS = (0.95, 0.99)  # the second for one careful retry; PyMC's default, 0.8, often leaves a divergence


def fit(timeline: Timeline, priors: ParameterPriors, settings: Settings, fingerprint: str) -> Posterior:
    """Compile the model, sample it, and put the draws to their gate, with one careful retry.

    Raises
    ------
    FitError
        If the draws fail the gate both times.
    """
    logger.info("no stored posterior for this model: compiling it (this takes the longest)")
    model = build_pymc_model(timeline, priors)
    import nutpie

    compiled = nutpie.compile_pymc_model(model)
    failure = ""
    for target_accept in TARGET_ACCEPTS:
        logger.info(
            f"sampling {settings.chains} chains of {settings.draws} draws after {settings.tune} of tuning (NUTS)"
        )
        tree = _sample(compiled, settings, target_accept)
        diagnostics = _diagnose(tree, priors, settings, target_accept)
        failure = gate(diagnostics)
        if not failure:
            break
        logger.warning(f"the fit fails its gate at target_accept={target_accept}: {failure}")
    if failure:
        message = (
            f"the fit failed its gate: {failure}. A number from it could not be trusted. "
            "Raise --draws, or look for priors that contradict the timeline"
        )
        raise FitError(message)
    posterior = tree["posterior"]
    draws = {
        name: vector.fix(posterior[name].values.reshape(-1, len(vector.labels)).T) for name, vector in priors.items()
    }
    draws, controls = centre(build_target(timeline, priors), priors, draws)
    stats = {name: tree["sample_stats"][name].values for name in SAMPLE_STATS}
    rng = stream(settings.seed, "prior")
    prior = draw_priors(priors, PRIOR_DRAWS, rng)
    return Posterior(
        priors=priors,
        draws=draws,
        prior=prior,
        prior_predictive=simulate_histories(timeline, prior, rng),
        sample_stats=stats,
        diagnostics=diagnostics | {"controls": controls},
        fingerprint=fingerprint,
        chains=settings.chains,
        timeline=timeline,
    )


def gate(diagnostics: dict[str, Any]) -> str:
    """Say which threshold of the gate is missed, or nothing."""
    missed = []
    if not diagnostics["r_hat"] <= R_HAT_MOST:
        missed.append(f"R-hat {diagnostics['r_hat']:.3f} above {R_HAT_MOST}")
    missed += [
        f"{label} {diagnostics[name]:.0f} below {ESS_LEAST}"
        for name, label in (("ess_bulk", "bulk ESS"), ("ess_tail", "tail ESS"))
        if not diagnostics[name] >= ESS_LEAST
    ]
    if diagnostics["divergences"]:
        missed.append(f"{diagnostics['divergences']} divergences")
    return ", ".join(missed)


def _sample(compiled: Any, settings: Settings, target_accept: float) -> Any:
    """Sample with nutpie, the sampler that `pymc.sample` takes by default; here one compilation serves a retry."""
    import nutpie

    return nutpie.sample(
        compiled,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=min(settings.chains, os.cpu_count() or 1),
        seed=settings.seed,
        target_accept=target_accept,
        progress_bar=False,
    )


def _diagnose(tree: Any, priors: ParameterPriors, settings: Settings, target_accept: float) -> dict[str, Any]:
    import arviz_stats

    posterior = tree["posterior"].dataset[list(priors)]
    summary = {
        "r_hat": arviz_stats.rhat(posterior),
        "ess_bulk": arviz_stats.ess(posterior, method="bulk"),
        "ess_tail": arviz_stats.ess(posterior, method="tail"),
    }
    values = {name: np.concatenate([item[v].values.ravel() for v in priors]) for name, item in summary.items()}
    return {
        "engine": "nuts",
        "r_hat": float(values["r_hat"].max()),
        "ess_bulk": float(values["ess_bulk"].min()),
        "ess_tail": float(values["ess_tail"].min()),
        "divergences": int(tree["sample_stats"]["diverging"].values.sum()),
        "target_accept": target_accept,
        **vars(settings),
    }
