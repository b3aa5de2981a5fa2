"""A posterior as a labelled tree, with ArviZ's groups and names, and back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from forecast.inference.netcdf import SAMPLE_DIMS, Entry, Group, Groups, Variable, write_netcdf
from forecast.inference.posterior import SAMPLE_STATS, Posterior
from forecast.model import ParameterPriors, Timeline, build_poisson_rows, natural_scale, simulate_histories
from forecast.multistate import Array

_PREDICTIVE_DIMS = {"events": (), "steps": ("transition",), "days": ("stage",)}
_UNITS = {"log_stay": "log days", "end_logit": "logit", "log_ratio": "log ratio", "kept_logit": "logit",
          "log_meanwhile": "log ratio", "log_sigma": "log", "z": "standard deviations"}  # fmt: skip


def label_posterior(posterior: Posterior, timeline: Timeline) -> Entry:
    """Label a posterior and lay it out for the store, with room for the predictions of a forecast."""
    if not posterior.prior_predictive:
        rng = np.random.default_rng([posterior.diagnostics["seed"], 3])
        posterior = replace(posterior, prior_predictive=simulate_histories(timeline, posterior.prior, rng))
    attrs = {
        "fingerprint": posterior.fingerprint,
        "diagnostics": json.dumps(posterior.diagnostics),
        "as_of": timeline.as_of,
    }
    return write_netcdf(_label(posterior, timeline), attrs)


def _label(posterior: Posterior, timeline: Timeline) -> Groups:
    """Label a posterior as ArviZ does: groups of variables with dims `chain draw ...` and coordinates."""
    groups: Groups = {}
    for name, source, chains in (("posterior", posterior.draws, posterior.chains), ("prior", posterior.prior, 1)):
        group = groups[name] = _sample_coordinates(source, chains)
        for label, values in source.items():
            vector = posterior.priors[label]
            group[vector.dim] = Variable((vector.dim,), np.array(vector.labels, dtype=object))
            group[label] = _samples(values, chains, (vector.dim,), {"units": _UNITS[label]})
        for label, quantity in natural_scale(source, timeline.structure).items():
            group[quantity.dim] = Variable((quantity.dim,), np.array(quantity.labels, dtype=object))
            group[label] = _samples(quantity.values, chains, (quantity.dim,), {"units": quantity.units})
    group = groups["prior_predictive"] = _sample_coordinates(posterior.prior, 1)
    structure = timeline.structure
    group["transition"] = Variable(("transition",), np.array(structure.transition_names, dtype=object))
    group["stage"] = Variable(("stage",), np.array(structure.stages, dtype=object))
    for label, values in posterior.prior_predictive.items():
        units = {"units": "days" if label == "days" else "count"}
        group[label] = _samples(values, 1, _PREDICTIVE_DIMS[label], units)
    groups["sample_stats"] = _sample_coordinates(posterior.draws, posterior.chains) | {
        label: Variable(SAMPLE_DIMS, np.asarray(values, dtype=np.int8 if values.dtype == bool else values.dtype))
        for label, values in posterior.sample_stats.items()
    }
    rows = build_poisson_rows(timeline)
    groups["observed_data"] = {
        f"{dim}s": Variable((dim,), rows.count[which].astype(int), {"units": "count"})
        for dim, which in (("step", rows.itinerary < 0), ("event", rows.itinerary >= 0))
        if which.any()
    }
    groups["predictions"] = _empty_predictions(posterior, timeline)
    return groups


def _empty_predictions(posterior: Posterior, timeline: Timeline) -> Group:
    """Lay out what a forecast will fill in: one posterior serves many right-hand sides."""
    names = ["none", *timeline.structure.itineraries]
    described = {
        "p_event": (np.nan, {"long_name": "P(event in the window), given the draw", "units": "probability"}),
        "weight": (
            1.0,
            {"long_name": "what the draw counts: its probability of what is given", "units": "probability"},
        ),
        "event_day": (np.nan, {"long_name": f"simulated day of the event, days after {timeline.as_of}; none is NaN"}),
        "event_itinerary": (
            np.int64(-1),
            {"flag_values": str(list(range(-1, len(names) - 1))), "flag_meanings": " ".join(names)},
        ),
    }
    group = _sample_coordinates(posterior.draws, posterior.chains)
    shape = (group["chain"].values.size, group["draw"].values.size)
    for name, (empty, attrs) in described.items():
        group[name] = Variable(SAMPLE_DIMS, np.full(shape, empty), attrs)
    return group


def _sample_coordinates(draws: dict[str, Array], chains: int) -> Group:
    count = next(iter(draws.values())).shape[-1] // chains
    return {
        "chain": Variable(("chain",), np.arange(chains)),
        "draw": Variable(("draw",), np.arange(count)),
    }


def _samples(values: Array, chains: int, dims: tuple[str, ...], attrs: dict[str, str]) -> Variable:
    """Lay (labels, samples) or (samples,) out as (chain, draw, labels)."""
    split = np.moveaxis(values.reshape(*values.shape[:-1], chains, -1), (-2, -1), (0, 1))
    return Variable((*SAMPLE_DIMS, *dims), np.ascontiguousarray(split), attrs)


def read_posterior(entry: Entry, priors: ParameterPriors) -> Posterior:
    """Read a posterior back from its entry."""

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
