"""A posterior from the store, or fitted: which engine, and what happens where it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from forecast.errors import FitError, InputError, OutputError, Problem, check_type
from forecast.inference import quick, store
from forecast.inference.control import centre
from forecast.inference.cost import announce, cost_nuts, cost_quick
from forecast.inference.nuts import TARGET_ACCEPTS, fit, gate
from forecast.inference.posterior import Posterior, read_posterior
from forecast.inference.settings import Engine, Settings, library_versions, stream
from forecast.model import PRIOR_DRAWS, ParameterPriors, Timeline, draw_priors, fingerprint_inputs
from forecast.multistate import Array

logger = logging.getLogger(__name__)

FEWER = "Fewer draws, or fewer steps on the timeline, take less"


def find_or_fit(
    timeline: Timeline,
    priors: ParameterPriors,
    settings: Settings,
    *,
    engine: Engine = "nuts",
    fresh: bool = False,
    before_nuts: Callable[[], None] | None = None,
) -> Posterior:
    """Return the posterior of a timeline, from the store where it lies there.

    Parameters
    ----------
    engine : {"nuts", "quick"}
        Importance sampling in a fraction of a second, or NUTS, which also steps in where the quick engine fails its
        gate.
    fresh : bool
        Fit again even where a stored posterior would do.
    before_nuts : callable, optional
        Called where the reference engine must fit, which takes long, before it begins.

    Raises
    ------
    FitError
        If the fit fails its gate, after one retry at a higher target acceptance.
    """
    if engine == "quick":
        announce(cost_quick(timeline, priors, settings), "importance sampling", FEWER)
        if drawn := draw_quickly(timeline, priors, settings):
            return drawn
        logger.info("NUTS steps in")
    if not fresh and (found := find_posterior(timeline, priors, settings)):
        logger.info(f"posterior {found.fingerprint[:8]} from the store")
        return found
    announce(cost_nuts(timeline, priors, settings), "sampling by NUTS, once compiled,", FEWER)
    if before_nuts and engine == "nuts":
        before_nuts()
    fingerprint = fingerprint_inputs(timeline, priors, _hashed(settings))
    posterior = fit(timeline, priors, settings, fingerprint)
    posterior = replace(posterior, netcdf=posterior.to_netcdf())
    try:
        store.save_entry(fingerprint, posterior.netcdf)
    except OutputError:
        logger.warning(f"the posterior cannot be stored in {store.store_folder()}, so the next run will fit again")
    return posterior


def find_posterior(timeline: Timeline, priors: ParameterPriors, settings: Settings) -> Posterior | None:
    """Return the stored posterior of a timeline, or None; what the store holds damaged is logged."""
    fingerprint = fingerprint_inputs(timeline, priors, _hashed(settings))

    def read(netcdf: bytes) -> Posterior:
        found = read_posterior(netcdf, timeline, priors)
        told = found.diagnostics
        if told | vars(settings) | {"engine": "nuts"} != told or gate(told):
            message = "expected a fit with these settings that passed its gate"
            raise ValueError(message)
        return found

    return store.load_entry(fingerprint, read)


def draw_quickly(
    timeline: Timeline,
    priors: ParameterPriors,
    settings: Settings,
    *,
    proposals: int | None = None,
) -> Posterior | None:
    """Return the quick engine's posterior, or None, and say so, where it fails its gate."""
    count = settings.chains * settings.draws
    try:
        rng = stream(settings.seed, "proposals")
        found = quick.quick_draws(timeline, priors, count, rng, proposals=proposals)
        failure = quick.gate(found.diagnostics)
    except np.linalg.LinAlgError as error:
        failure = str(error)
    if failure:
        logger.warning(f"the quick engine fails its gate: {failure}")
        return None
    return complete(found, timeline, priors, settings)


def log_evidence(timeline: Timeline, priors: ParameterPriors, settings: Settings) -> tuple[float, dict[str, Array]]:
    """Return the logarithm of the marginal likelihood by the quick engine, and its draws.

    Steps count by their density per day, events by the probability of their day.

    Raises
    ------
    FitError
        If the quick engine fails its gate.
    """
    rng = stream(settings.seed, "evidence")
    try:
        found = quick.quick_draws(timeline, priors, settings.chains * settings.draws, rng)
        failure = quick.gate(found.diagnostics)
    except np.linalg.LinAlgError as error:
        failure = str(error)
    if failure:
        message = f"the quick engine, which weighs reports that may be wrong, fails its gate: {failure}"
        raise FitError(message)
    return found.log_evidence, found.draws


def complete(found: quick.QuickDraws, timeline: Timeline, priors: ParameterPriors, settings: Settings) -> Posterior:
    """Make a posterior of what the quick engine has drawn."""
    draws, controls = centre(found.laplace.target, priors, found.draws)
    drawn = {"engine": "quick", "draws": settings.draws, "chains": settings.chains, "seed": settings.seed}
    return Posterior(
        priors=priors,
        draws=draws,
        prior=draw_priors(priors, PRIOR_DRAWS, stream(settings.seed, "prior")),
        prior_predictive={},
        sample_stats={"weight": found.weight.reshape(settings.chains, settings.draws)},
        diagnostics=drawn | found.diagnostics | {"controls": controls},
        fingerprint=fingerprint_inputs(timeline, priors, drawn | {"numpy": np.__version__}),
        chains=settings.chains,
        timeline=timeline,
    )


def check_posterior(posterior: Posterior, timeline: Timeline, priors: ParameterPriors) -> None:
    """Refuse a posterior of another history or of other priors.

    Raises
    ------
    InputError
    """
    check_type("posterior", posterior, Posterior, "a forecast.Posterior, as draw_posterior returns it")
    asked, found = (
        fingerprint_inputs(of, beliefs, {})
        for of, beliefs in ((timeline, priors), (posterior.timeline, posterior.priors))
    )
    if asked != found:
        expected = "expected a posterior of this scenario's history and priors"
        message = f"{expected}; found one of another model, {posterior.fingerprint[:8]}. Leave it out, or draw it anew"
        raise InputError([Problem(("posterior",), message)])


def _hashed(settings: Settings) -> dict[str, Any]:
    """Return all besides the model that a stored posterior depends on."""
    gate = {"target_accepts": TARGET_ACCEPTS, "layout": store.LAYOUT}
    return vars(settings) | library_versions() | gate
