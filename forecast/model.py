"""The PyMC model of a timeline's left side, and the fingerprint of everything that it depends on.

A multi-state model with piecewise-constant rates is a Poisson regression of the steps on the exposure (Holford 1980,
doi:10.2307/2529982; Laird & Olivier 1981, doi:10.2307/2287816). `PoissonRows` are plain arrays, so the same rows serve
the model here and any other engine; PyMC is imported only to build the model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.hazards import Hazards, Parameters, build_hazards
from forecast.multistate import directions
from forecast.priors import ParameterPriors
from forecast.timeline import Timeline

if TYPE_CHECKING:
    import pymc as pm

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class PoissonRows:
    """One row for each way in which a segment could have ended.

    Attributes
    ----------
    segment, transition, itinerary : (rows,) of int
        `transition` is -1 for an event that only a plan could bring about; `itinerary` is -1 for a step.
    direction : (rows,)
        Sign of the frailty: +1 advance or event, -1 setback, 0 in the resting stage.
    count, exposure : (rows,)
        What happened, 0 or 1, and the days at risk.
    """

    segment: Array
    transition: Array
    itinerary: Array
    direction: Array
    count: Array
    exposure: Array


def build_rows(timeline: Timeline) -> PoissonRows:
    """List the rows of the likelihood."""
    structure, history = timeline.structure, timeline.history
    sign = directions(len(structure.stages))
    rows: list[tuple[int, int, int, int, int]] = []
    for segment, (stage, moved_to, event_by) in enumerate(
        zip(history.stage, history.moved_to, history.event_by, strict=True)
    ):
        rests = structure.has_rest and stage == 0
        rows += [
            (segment, index, -1, 0 if rests else sign[source, target], int(target == moved_to))
            for index, (source, target) in enumerate(structure.transitions)
            if source == stage and target >= 0
        ]
        open_plans = [timeline.plans[i] for i in np.flatnonzero(history.segments.in_window[segment]) if not rests]
        rows += [
            (segment, structure.event_transition[stage], way, int(not rests), int(way == event_by))
            for way in range(len(structure.itineraries))
            if structure.event_transition[stage] >= 0 or any(plan.itineraries[way] for plan in open_plans)
        ]
    columns = np.array(rows, int).reshape(-1, 5).T
    at, transition, itinerary, direction, count = columns
    return PoissonRows(
        segment=at,
        transition=transition,
        itinerary=itinerary,
        direction=direction.astype(float),
        count=count.astype(float),
        exposure=history.exposure[at],
    )


def row_rates(theta: Parameters, timeline: Timeline, rows: PoissonRows, xp: Any = np) -> tuple[Any, Any]:
    """Return the rates per day of the rows that are steps and of those that are events."""
    structure, history = timeline.structure, timeline.history
    hazards: Hazards = build_hazards(theta, structure, history.segments, timeline.plans, xp)
    trailing = (1,) * (theta["log_stay"].ndim - 1)

    def frailty(which: Array) -> Any:
        if "z" not in theta:
            return np.ones((len(which), *trailing))
        episode = np.maximum(history.episode[rows.segment[which]], 0)  # any will do at rest, where direction is 0
        return xp.exp(
            rows.direction[which].reshape(-1, *trailing) * xp.exp(theta["log_sigma"][0]) * theta["z"][episode]
        )

    steps, events = np.flatnonzero(rows.itinerary < 0), np.flatnonzero(rows.itinerary >= 0)
    targets = np.array([target for _, target in structure.transitions])
    transition, segment = rows.transition[steps], rows.segment[steps]
    step_rate = hazards.transition[transition] * hazards.stage_factor[segment, targets[transition]] * frailty(steps)
    transition, segment, way = rows.transition[events], rows.segment[events], rows.itinerary[events]
    ordinary = (transition >= 0).astype(float).reshape(-1, *trailing)
    alive = (rows.direction[events] != 0).astype(float).reshape(-1, *trailing)
    event_rate = ordinary * hazards.transition[transition] * hazards.meanwhile[segment] * hazards.weight[segment, way]
    event_rate = event_rate * frailty(events) + alive * hazards.plan[segment, way]
    return step_rate, event_rate


def build_model(timeline: Timeline, priors: ParameterPriors) -> pm.Model:
    """Build the PyMC model: normals for the parameters, Poisson counts for the history.

    A parameter with a standard deviation of 0 is a constant; what is drawn under its name plays no part.

    Returns
    -------
    pymc.Model
        With the dims ``stage transition ratio plan episode`` and, for the data, ``step event``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    rows = build_rows(timeline)
    coords: dict[str, Any] = {vector.dim: list(vector.labels) for vector in priors.values()}
    steps, events = rows.itinerary < 0, rows.itinerary >= 0
    coords |= {"step": np.arange(steps.sum()), "event": np.arange(events.sum())}
    with pm.Model(coords=coords) as model:
        theta = {}
        for name, vector in priors.items():
            sd = np.where(vector.is_fixed, 1.0, vector.sd)  # a normal of no width has no density
            theta[name] = pm.Normal(name, mu=vector.mean, sigma=sd, dims=vector.dim)
            if vector.is_fixed.any():
                theta[name] = pt.where(vector.is_fixed, vector.mean, theta[name])
        step_rate, event_rate = row_rates(theta, timeline, rows, pt)
        for dim, which, rate in (("step", steps, step_rate), ("event", events, event_rate)):
            if which.any():
                pm.Poisson(f"{dim}s", mu=rate * rows.exposure[which], observed=rows.count[which].astype(int), dims=dim)
    return model


def fingerprint_inputs(timeline: Timeline, priors: ParameterPriors, settings: Mapping[str, Any]) -> str:
    """Hash everything that a posterior depends on: rows, what holds on their segments, priors, settings.

    What lies right of `as_of` is no part of it, so scenarios that differ only there share a posterior.
    """
    rows, history, structure = build_rows(timeline), timeline.history, timeline.structure
    seen = np.flatnonzero(history.segments.in_window.any(axis=0))
    inputs = {
        "rows": {
            name: getattr(rows, name)
            for name in ("segment", "transition", "itinerary", "direction", "count", "exposure")
        },
        "episode": history.episode,
        "event_covariates": history.segments.event_covariates,
        "stage_covariates": history.segments.stage_covariates,
        "in_window": history.segments.in_window[:, seen],
        "pending": history.segments.pending,
        "plans": [(timeline.plans[i].kind, timeline.plans[i].days, timeline.plans[i].itineraries) for i in seen],
        "structure": [
            structure.stages,
            structure.transitions,
            structure.itineraries,
            structure.ratios,
            structure.kinds,
        ],
        "attributes": structure.attributes,
        "priors": {name: [vector.labels, vector.mean, vector.sd] for name, vector in priors.items()},
        "settings": dict(settings),
    }
    text = json.dumps(inputs, sort_keys=True, default=lambda value: np.asarray(value).tolist())
    return hashlib.sha256(text.encode()).hexdigest()[:32]
