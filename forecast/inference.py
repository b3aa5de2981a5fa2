"""From a timeline to a posterior: the stored one, or a fit by NUTS that has passed its gate.

Receives a scenario, hands on a `Posterior`: plain arrays with prior draws beside posterior draws. PyMC is imported
only when there is something to fit.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from forecast import store
from forecast.errors import FitError
from forecast.hazards import build_rates, natural_scale
from forecast.model import build_model, build_rows, fingerprint_inputs
from forecast.multistate import simulate_jumps
from forecast.priors import ParameterPriors, draw_priors
from forecast.timeline import Segments, Timeline

Array = np.ndarray
Report = Callable[[str], None]

R_HAT_MOST = 1.01  # Vehtari et al. 2021, doi:10.1214/20-BA1221
ESS_LEAST = 400  # the same: a hundred for each of four chains
SAMPLE_STATS = ("diverging", "energy", "n_steps", "step_size")
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


@dataclass(frozen=True)
class Posterior:
    """Draws of every parameter, with those of the prior.

    Attributes
    ----------
    draws, prior : dict of (labels, chains * draws) arrays
        On the scale of the model: logarithms and logits.
    prior_predictive : dict of arrays
        Histories simulated from the prior draws: `events` (draws,), `steps` (transitions, draws) and `days`
        (stages, draws) spent in each stage.
    sample_stats : dict of (chains, draws) arrays
    diagnostics : dict
        Engine, R-hat, effective sample sizes and divergences.
    entry : store.Entry
        The same as NetCDF, with labels and units, as it lies in the store.
    """

    priors: ParameterPriors
    draws: dict[str, Array]
    prior: dict[str, Array]
    prior_predictive: dict[str, Array]
    sample_stats: dict[str, Array]
    diagnostics: dict[str, Any]
    fingerprint: str
    chains: int
    entry: store.Entry | None = None


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the versions that a posterior depends on, without importing the libraries.

    They stand in the names of the folders NAME-VERSION.dist-info (PEP 376); `importlib.metadata` gives the same and
    takes longer to import and to parse than the forecast itself.
    """
    names = ("pymc", "pytensor", "nutpie", "numpy")
    found: dict[str, str] = {}
    for folder in sys.path:
        for entry in Path(folder or ".").glob("*.dist-info"):
            name, _, version = entry.stem.partition("-")
            if name in names:
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
    fresh: bool = False,
    report: Report = be_silent,
) -> Posterior:
    """Return the posterior of a timeline, from the store where it lies there.

    Parameters
    ----------
    fresh : bool
        Fit again even where a stored posterior would do.
    report : callable
        Told, a line at a time, what is being done.

    Raises
    ------
    FitError
        If the fit fails its gate, after one retry at a higher target acceptance.
    """
    if not fresh and (found := find_posterior(timeline, priors, settings, report=report)):
        report(f"posterior {found.fingerprint[:8]} from the store")
        return found
    fingerprint = fingerprint_inputs(timeline, priors, _settings_hashed(settings))
    posterior = _fit(timeline, priors, settings, fingerprint, report)
    attrs = {"fingerprint": fingerprint, "diagnostics": json.dumps(posterior.diagnostics)}
    entry = store.make_entry(_label(posterior, timeline), attrs | {"as_of": timeline.as_of})
    store.save_entry(fingerprint, entry)
    return replace(posterior, entry=entry)


def find_posterior(
    timeline: Timeline, priors: ParameterPriors, settings: Settings, *, report: Report = be_silent
) -> Posterior | None:
    """Return the stored posterior of a timeline, or None; what the store holds damaged is reported."""
    entry, complaints = store.load_entry(fingerprint_inputs(timeline, priors, _settings_hashed(settings)))
    for complaint in complaints:
        report(complaint)
    return None if entry is None else _from_entry(entry, priors)


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
    draws = {name: posterior[name].values.reshape(-1, len(vector.labels)).T.copy() for name, vector in priors.items()}
    stats = {name: tree["sample_stats"][name].values for name in SAMPLE_STATS}
    rng = np.random.default_rng([settings.seed, 1])
    prior = draw_priors(priors, settings.chains * settings.draws, rng)
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


def simulate_histories(timeline: Timeline, prior: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Simulate the whole of history from prior draws: the covariates as they were, no plans, fresh episodes.

    Returns
    -------
    dict
        `events` (draws,), `steps` (transitions, draws), `days` (stages, draws) spent in each stage.
    """
    structure, past = timeline.structure, timeline.history.segments
    real = past.days > 0
    calendar = Segments(
        past.start[real],
        past.end[real],
        past.event_covariates[real],
        past.stage_covariates[real],
        np.zeros_like(past.in_window[real]),
        np.zeros_like(past.pending[real]),
    )
    rates = build_rates(prior, structure, calendar, timeline.plans)
    draws = rates.draws
    jumps = simulate_jumps(
        rates,
        calendar.days,
        0,
        rng.standard_normal(draws),
        rng,
        renew=lambda paths: rng.standard_normal(len(paths)),
        recurrent=True,
    )
    index = {transition: position for position, transition in enumerate(structure.transitions)}
    steps, days = np.zeros((len(index), draws)), np.zeros((len(structure.stages), draws))
    which = np.array([index[(int(i), int(j))] for i, j in zip(jumps.stage, jumps.target, strict=True)], int)
    np.add.at(steps, (which, jumps.path), 1)
    begins = np.r_[True, jumps.path[1:] != jumps.path[:-1]][: len(jumps.path)]
    np.add.at(
        days, (jumps.stage, jumps.path), jumps.time - np.where(begins, 0.0, np.r_[0.0, jumps.time[:-1]][: len(begins)])
    )
    total = float(calendar.days.sum())
    last = np.flatnonzero(np.r_[begins[1:], True]) if len(begins) else np.array([], int)
    final = np.zeros(draws, int)
    final[jumps.path[last]] = np.maximum(jumps.target[last], 0)
    days[final, np.arange(draws)] += total - days.sum(axis=0)
    return {"events": steps[[j < 0 for _, j in structure.transitions]].sum(axis=0), "steps": steps, "days": days}


# --- to and from the store ---------------------------------------------------------------------------------------

_PREDICTIVE_DIMS = {"events": (), "steps": ("transition",), "days": ("stage",)}
_UNITS = {"log_stay": "log days", "end_logit": "logit", "log_ratio": "log ratio", "kept_logit": "logit",
          "log_meanwhile": "log ratio", "log_sigma": "log", "z": "standard deviations"}  # fmt: skip


def _label(posterior: Posterior, timeline: Timeline) -> store.Groups:
    """Label a posterior as ArviZ does: groups of variables with dims `chain draw ...` and coordinates."""
    groups: store.Groups = {}
    for name, source in (("posterior", posterior.draws), ("prior", posterior.prior)):
        group = groups[name] = _sample_coordinates(posterior)
        for label, values in source.items():
            vector = posterior.priors[label]
            group[vector.dim] = store.Variable((vector.dim,), np.array(vector.labels, dtype=object))
            group[label] = _samples(values, posterior.chains, (vector.dim,), {"units": _UNITS[label]})
        for label, quantity in natural_scale(source, timeline.structure).items():
            group[quantity.dim] = store.Variable((quantity.dim,), np.array(quantity.labels, dtype=object))
            group[label] = _samples(quantity.values, posterior.chains, (quantity.dim,), {"units": quantity.units})
    group = groups["prior_predictive"] = _sample_coordinates(posterior)
    structure = timeline.structure
    group["transition"] = store.Variable(("transition",), np.array(structure.transition_names, dtype=object))
    group["stage"] = store.Variable(("stage",), np.array(structure.stages, dtype=object))
    for label, values in posterior.prior_predictive.items():
        units = {"units": "days" if label == "days" else "count"}
        group[label] = _samples(values, posterior.chains, _PREDICTIVE_DIMS[label], units)
    groups["sample_stats"] = _sample_coordinates(posterior) | {
        label: store.Variable(
            store.SAMPLE_DIMS, np.asarray(values, dtype=np.int8 if values.dtype == bool else values.dtype)
        )
        for label, values in posterior.sample_stats.items()
    }
    rows = build_rows(timeline)
    groups["observed_data"] = {
        f"{dim}s": store.Variable((dim,), rows.count[which].astype(int), {"units": "count"})
        for dim, which in (("step", rows.itinerary < 0), ("event", rows.itinerary >= 0))
        if which.any()
    }
    groups["predictions"] = _empty_predictions(posterior, timeline)
    return groups


def _empty_predictions(posterior: Posterior, timeline: Timeline) -> store.Group:
    """Lay out what a forecast will fill in: one posterior serves many right-hand sides."""
    names = ["none", *timeline.structure.itineraries]
    described = {
        "p_event": (np.nan, {"long_name": "P(event in the window), given the draw", "units": "probability"}),
        "event_day": (np.nan, {"long_name": f"simulated day of the event, days after {timeline.as_of}; none is NaN"}),
        "event_itinerary": (
            np.int64(-1),
            {"flag_values": str(list(range(-1, len(names) - 1))), "flag_meanings": " ".join(names)},
        ),
    }
    group = _sample_coordinates(posterior)
    shape = (group["chain"].values.size, group["draw"].values.size)
    for name, (empty, attrs) in described.items():
        group[name] = store.Variable(store.SAMPLE_DIMS, np.full(shape, empty), attrs)
    return group


def _sample_coordinates(posterior: Posterior) -> store.Group:
    count = next(iter(posterior.draws.values())).shape[-1] // posterior.chains
    return {
        "chain": store.Variable(("chain",), np.arange(posterior.chains)),
        "draw": store.Variable(("draw",), np.arange(count)),
    }


def _samples(values: Array, chains: int, dims: tuple[str, ...], attrs: dict[str, str]) -> store.Variable:
    """Lay (labels, samples) or (samples,) out as (chain, draw, labels)."""
    split = np.moveaxis(values.reshape(*values.shape[:-1], chains, -1), (-2, -1), (0, 1))
    return store.Variable((*store.SAMPLE_DIMS, *dims), np.ascontiguousarray(split), attrs)


def _from_entry(entry: store.Entry, priors: ParameterPriors) -> Posterior:
    def flat(values: Array) -> Array:
        moved = np.moveaxis(values, (0, 1), (-2, -1))
        return np.ascontiguousarray(moved.reshape(*moved.shape[:-2], -1))

    diagnostics = json.loads(entry.attrs["diagnostics"])
    return Posterior(
        priors=priors,
        draws={name: flat(entry.read("posterior", name)) for name in priors},
        prior={name: flat(entry.read("prior", name)) for name in priors},
        prior_predictive={name: flat(entry.read("prior_predictive", name)) for name in _PREDICTIVE_DIMS},
        sample_stats={name: entry.read("sample_stats", name) for name in SAMPLE_STATS},
        diagnostics=diagnostics,
        fingerprint=entry.attrs["fingerprint"],
        chains=diagnostics["chains"],
        entry=entry,
    )
