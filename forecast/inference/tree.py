"""Arrays under ArviZ's groups and names: dims `chain draw ...`, coordinates, units.

Receives arrays of (labels, draws), hands on groups for NetCDF, which become the groups of a DataTree.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.inference.densities import log_likelihood, log_prior
from forecast.inference.netcdf import Group, Groups, Variable
from forecast.model import Indices, ParameterPriors, Timeline, count_record, natural_scale, scaled_by
from forecast.multistate import Array

_SAMPLE_DIMS = ("chain", "draw")
_UNITS = {
    "log_stay": "log days",
    "end_logit": "logit",
    "place_logit": "logit",
    "log_ratio": "log ratio",
    "kept_logit": "logit",
    "log_shape": "log shape",
    "never_logit": "logit",
    "log_meanwhile": "log ratio",
    "log_late": "log days",
    "log_lasts": "log days",
    "log_returns": "log days",
}


def label_draws(draws: dict[str, Array], priors: ParameterPriors, structure: Indices, chains: int) -> Group:
    """Label draws of every parameter, (labels, chains * draws), and add the same on its natural scale."""
    group = _samples_axes(draws["log_stay"], chains)
    for name, vector in priors.items():
        group[vector.dim] = _names(vector.dim, vector.labels)
        scaled = "log" if scaled_by(name) else "standard deviations"
        group[name] = _samples(draws[name], chains, (vector.dim,), {"units": _UNITS.get(name, scaled)})
    for name, quantity in natural_scale(draws, structure).items():
        group[quantity.dim] = _names(quantity.dim, quantity.labels)
        group[name] = _samples(quantity.values, chains, (quantity.dim,), {"units": quantity.units})
    return group


def label_histories(histories: Mapping[str, Array], structure: Indices, chains: int) -> Group:
    """Label what was simulated from draws: `events`, `steps` and `days`, each (labels, chains * draws)."""
    group = _samples_axes(histories["events"], chains)
    for name, (dim, labels, units) in _observables(structure).items():
        group[dim] = _names(dim, labels)
        values = histories[name]
        counts = values.astype(np.int32) if values.dtype.kind == "i" else values  # half the size; none comes near 2**31
        group[name] = _samples(counts, chains, (dim,), {"units": units})
    return group


def label_record(timeline: Timeline) -> Group:
    """Label what was observed, under the names of what is simulated."""
    group, record = {}, count_record(timeline)
    for name, (dim, labels, units) in _observables(timeline.structure).items():
        group[dim] = _names(dim, labels)
        group[name] = Variable((dim,), record[name], {"units": units})
    return group


def label_densities(timeline: Timeline, priors: ParameterPriors, draws: dict[str, Array], chains: int) -> Groups:
    """Label the log densities of each draw: `log_prior` by family of parameters, `log_likelihood` by past stay."""
    axes = _samples_axes(draws["log_stay"], chains)
    prior, likelihood = dict(axes), dict(axes)
    for name, density in log_prior(priors, draws).items():
        prior[name] = _samples(density, chains, (), {"long_name": f"log density of the prior of all {name}"})
    if names := timeline.stay_names:
        said = {"long_name": "log density of how long each stay lasted and how it ended, given its episode's z"}
        likelihood["past_stay"] = _names("past_stay", names)
        likelihood["history"] = _samples(log_likelihood(timeline, draws), chains, ("past_stay",), said)
    return {"log_prior": prior, "log_likelihood": likelihood}


def label_stats(stats: Mapping[str, Array]) -> Group:
    """Label statistics of the sampler, (chains, draws); NetCDF has no booleans, so they become 0 and 1."""
    return {
        name: Variable(_SAMPLE_DIMS, values.astype(np.int8) if values.dtype == bool else values)
        for name, values in stats.items()
    }


def label_predictions(
    timeline: Timeline,
    chains: int,
    *,
    p_event: Array,
    weight: Array,
    event_day: Array | None = None,
    event_itinerary: Array | None = None,
) -> Group:
    """Label what each draw says of the days ahead.

    Parameters
    ----------
    p_event, weight : (draws,)
        P of the event in the window, and what the draw counts.
    event_day, event_itinerary : (draws,) of int, optional
        Simulated day of the event, in days after `as_of`, 0 where there is none; index of its itinerary, or -1. Not for
        an answer that comes on no day.
    """
    described: dict[str, tuple[Array, dict[str, str]]] = {
        "p_event": (p_event, {"long_name": "P(event in the window), given the draw", "units": "probability"}),
        "weight": (
            weight,
            {"long_name": "what the draw counts: its probability of what is given", "units": "probability"},
        ),
    }
    if event_day is not None and event_itinerary is not None:
        names = ["none", *timeline.asked.names]
        said = f"simulated day of the event, days after {timeline.as_of}; none is NaN"
        flags = {"flag_values": str(list(range(-1, len(names) - 1))), "flag_meanings": " ".join(names)}
        described["event_day"] = (np.where(event_day > 0, event_day, np.nan), {"long_name": said})
        described["event_itinerary"] = (event_itinerary, flags)
    labelled = {name: _samples(values, chains, (), attrs) for name, (values, attrs) in described.items()}
    return _samples_axes(p_event, chains) | labelled


def label_chances(p_event: Array, chains: int) -> Group:
    """Label P of each draw, (chains * draws,), among the parameters, where ArviZ looks for what it summarises."""
    said = {"long_name": "P(event in the window), given the draw", "units": "probability"}
    return {"p_event": _samples(p_event, chains, (), said)}


def flatten(values: Array) -> Array:
    """Return (chain, draw, labels) or (chain, draw) as (labels, chains * draws) or (chains * draws,)."""
    moved = np.moveaxis(values, (0, 1), (-2, -1))
    return np.ascontiguousarray(moved.reshape(*moved.shape[:-2], -1))


def _samples(values: Array, chains: int, dims: tuple[str, ...], attrs: Mapping[str, str]) -> Variable:
    """Lay (labels, samples) or (samples,) out as (chain, draw, labels)."""
    split = np.moveaxis(values.reshape(*values.shape[:-1], chains, -1), (-2, -1), (0, 1))
    return Variable((*_SAMPLE_DIMS, *dims), np.ascontiguousarray(split), attrs)


def _samples_axes(values: Array, chains: int) -> Group:
    """Return the coordinates of (..., chains * draws) values."""
    return {
        "chain": Variable(("chain",), np.arange(chains)),
        "draw": Variable(("draw",), np.arange(values.shape[-1] // chains)),
    }


def _observables(structure: Indices) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Return dimension, labels and units of what a history is observed by."""
    return {
        "events": ("itinerary", structure.itineraries, "count"),
        "steps": ("transition", structure.transition_names, "count"),
        "days": ("stage", structure.stages, "days"),
    }


def _names(dim: str, labels: tuple[str, ...]) -> Variable:
    return Variable((dim,), np.array(labels, dtype=object))
