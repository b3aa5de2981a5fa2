"""From a timeline to a posterior: by the quick engine, from the store, or from a fit by NUTS; each has its gate.

Receives a scenario, hands on a `Posterior`: plain arrays with prior draws beside posterior draws. PyMC is imported
only when there is something to fit. What the quick engine draws is not stored: drawing it again takes no longer.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from forecast import store
from forecast.errors import FitError, OutputError
from forecast.histories import simulate_histories
from forecast.model import build_model, fingerprint_inputs
from forecast.posterior import SAMPLE_STATS, Posterior, make_entry, read_entry
from forecast.priors import PRIOR_DRAWS, ParameterPriors, draw_priors
from forecast.timeline import Timeline

Array = np.ndarray
Report = Callable[[str], None]
Engine = Literal["nuts", "quick"]

R_HAT_MOST = 1.01  # Vehtari et al. 2021, doi:10.1214/20-BA1221
ESS_LEAST = 400  # the same: a hundred for each of four chains
TARGET_ACCEPTS = (0.95, 0.99)  # the second for one careful retry; PyMC's default, 0.8, often leaves a divergence


def be_silent(line: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Settings:
    """How to sample; `draws` and `tune` are per chain."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the versions that a posterior depends on, without importing the libraries.

    They stand in the names of the folders NAME-VERSION.dist-info (PEP 376); `importlib.metadata` gives the same and
    takes longer to import and to parse than the forecast itself.
    """
    names = ("pymc", "pytensor", "nutpie", "numpy")
    found: dict[str, str] = {}
    for folder in sys.path:
        with contextlib.suppress(OSError):  # an archive, or not there
            for entry in os.listdir(folder or "."):  # noqa: PTH208 - making paths takes three times as long
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                if name in names and entry.endswith(".dist-info"):
                    found.setdefault(name, version)
    return {name: found.get(name, "unknown") for name in names}


def _settings_hashed(settings: Settings) -> dict[str, Any]:
    """Return all besides the model that a stored posterior depends on."""
    gate = {"target_accepts": TARGET_ACCEPTS, "layout": store.LAYOUT}
    return vars(settings) | library_versions() | gate


def draw_posterior(
    timeline: Timeline,
    priors: ParameterPriors,
    settings: Settings,
    *,
    engine: Engine = "nuts",
    fresh: bool = False,
    report: Report = be_silent,
) -> Posterior:
    """Return the posterior of a timeline, from the store where it lies there.

    Parameters
    ----------
    engine : {"nuts", "quick"}
        Importance sampling in a fraction of a second, or NUTS, which also steps in where the quick engine fails its
        gate.
    fresh : bool
        Fit again even where a stored posterior would do.
    report : callable
        Told, a line at a time, what is being done.

    Raises
    ------
    FitError
        If the fit fails its gate, after one retry at a higher target acceptance.
    """
    if engine == "quick" and (drawn := draw_quickly(timeline, priors, settings, report=report)):
        return drawn
    if not fresh and (found := find_posterior(timeline, priors, settings, report=report)):
        report(f"posterior {found.fingerprint[:8]} from the store")
        return found
    fingerprint = fingerprint_inputs(timeline, priors, _settings_hashed(settings))
    posterior = _fit(timeline, priors, settings, fingerprint, report)
    entry = make_entry(posterior, timeline)
    try:
        store.save_entry(fingerprint, entry)
    except OutputError:
        report(f"the posterior cannot be stored in {store.store_folder()}, so the next run will fit again")
    return replace(posterior, entry=entry)


def find_posterior(
    timeline: Timeline, priors: ParameterPriors, settings: Settings, *, report: Report = be_silent
) -> Posterior | None:
    """Return the stored posterior of a timeline, or None; what the store holds damaged is reported."""
    entry, complaints = store.load_entry(fingerprint_inputs(timeline, priors, _settings_hashed(settings)))
    for complaint in complaints:
        report(complaint)
    return None if entry is None else read_entry(entry, priors)


def draw_quickly(
    timeline: Timeline,
    priors: ParameterPriors,
    settings: Settings,
    *,
    proposals: int | None = None,
    report: Report = be_silent,
) -> Posterior | None:
    """Return the quick engine's posterior, or None, and say so, where it fails its gate."""
    from forecast import quick  # a run of the stored posterior is ready before it would be imported

    count = settings.chains * settings.draws
    try:
        rng = np.random.default_rng([settings.seed, 0])
        found = quick.quick_draws(timeline, priors, count, rng, proposals=proposals)
        failure = quick.find_failure(found.diagnostics)
    except np.linalg.LinAlgError as error:
        failure = str(error)
    if failure:
        report(f"the quick engine fails its gate, so NUTS steps in: {failure}")
        return None
    drawn = {"engine": "quick", "draws": settings.draws, "chains": settings.chains, "seed": settings.seed}
    return Posterior(
        priors=priors,
        draws=found.draws,
        prior=draw_priors(priors, PRIOR_DRAWS, np.random.default_rng([settings.seed, 1])),
        prior_predictive={},
        sample_stats={"weight": found.weight.reshape(settings.chains, settings.draws)},
        diagnostics=drawn | found.diagnostics,
        fingerprint=fingerprint_inputs(timeline, priors, drawn | {"numpy": np.__version__}),
        chains=settings.chains,
    )


def _fit(
    timeline: Timeline, priors: ParameterPriors, settings: Settings, fingerprint: str, report: Report
) -> Posterior:
    report("no stored posterior for this model: compiling it (this takes the longest)")
    model = build_model(timeline, priors)
    import nutpie

    compiled = nutpie.compile_pymc_model(model)
    failure = ""
    for target_accept in TARGET_ACCEPTS:
        report(f"sampling {settings.chains} chains of {settings.draws} draws after {settings.tune} of tuning (NUTS)")
        tree = _sample(compiled, settings, target_accept)
        diagnostics = _diagnose(tree, priors, settings, target_accept)
        failure = _find_failure(diagnostics)
        if not failure:
            break
        report(f"the fit fails its gate at target_accept={target_accept}: {failure}")
    if failure:
        message = (
            f"the fit failed its gate: {failure}. A number from it could not be trusted. "
            "Raise --draws, or look for priors that contradict the timeline"
        )
        raise FitError(message)
    posterior = tree["posterior"]
    draws = {
        name: np.where(vector.is_fixed, vector.mean, posterior[name].values.reshape(-1, len(vector.labels))).T.copy()
        for name, vector in priors.items()
    }
    stats = {name: tree["sample_stats"][name].values for name in SAMPLE_STATS}
    rng = np.random.default_rng([settings.seed, 1])
    prior = draw_priors(priors, PRIOR_DRAWS, rng)
    return Posterior(
        priors=priors,
        draws=draws,
        prior=prior,
        prior_predictive=simulate_histories(timeline, prior, rng),
        sample_stats=stats,
        diagnostics=diagnostics,
        fingerprint=fingerprint,
        chains=settings.chains,
    )


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


def _find_failure(diagnostics: dict[str, Any]) -> str:
    """Say which threshold a fit misses, or nothing."""
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
