"""What a posterior depends on, hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.model.poisson import build_poisson_rows
from forecast.model.segments import late_plans, open_windows
from forecast.model.timeline import Timeline
from forecast.model.vectors import ParameterPriors


def fingerprint_inputs(timeline: Timeline, priors: ParameterPriors, settings: Mapping[str, Any]) -> str:
    """Hash everything that a posterior depends on: rows, what holds on their segments, priors, settings.

    What lies right of `as_of` is no part of it, so scenarios that differ only there share a posterior.
    """
    rows, history, structure = build_poisson_rows(timeline), timeline.history, timeline.structure
    opened = open_windows(history.segments, timeline.plans)
    late = late_plans(history.segments, timeline.plans)
    seen = np.flatnonzero((history.segments.in_window + history.segments.late).any(axis=0))
    inputs = {
        "rows": {
            name: getattr(rows, name)
            for name in ("segment", "transition", "itinerary", "direction", "count", "exposure", "weight")
        },
        "episode": history.episode,
        **({"unsure": [history.unsure, history.segments.days, rows.unsure.at_risk]} if history.unsure.any() else {}),
        "spans": [timeline.spans.index, timeline.spans.days, timeline.spans.ended, timeline.spans.weight],
        "stays": timeline.stay_names,
        "event_covariates": history.segments.event_covariates,
        "stage_covariates": history.segments.stage_covariates,
        "in_window": history.segments.in_window[:, seen],
        "shares_of_windows": [opened.taken, opened.left],
        "covariates_of_windows": [opened.covariates, late.covariates],
        "late": [history.segments.late[:, seen], structure.late],
        "pending": history.segments.pending,
        "plans": [(timeline.plans[i].kind, timeline.plans[i].days, timeline.plans[i].itineraries) for i in seen],
        **({"ageing": _describe_shapes(timeline)} if structure.shapes.ageing else {}),
        **({"never": [rows.never.at_risk, rows.never.of, structure.never.is_whole]} if len(rows.never.of) else {}),
        "structure": [
            structure.stages,
            structure.transitions,
            structure.itineraries,
            structure.ratios,
            structure.kinds,
        ],
        **({"units": history.unit} if timeline.units else {}),
        **({"groups": [each.of_unit for each in timeline.groups.values()]} if len(timeline.groups) > 1 else {}),
        **({"seasons": [timeline.seasons, history.segments.season]} if timeline.seasons else {}),
        "attributes": structure.attributes,
        "priors": {name: [vector.labels, vector.moments] for name, vector in priors.items()},
        "settings": dict(settings),
    }
    text = json.dumps(inputs, sort_keys=True, default=lambda value: np.asarray(value).tolist())
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _describe_shapes(timeline: Timeline) -> list[Any]:
    """Return how stays age; of a shape that is a parameter, the days of which it tells."""
    shapes, history = timeline.structure.shapes, timeline.history
    known = {stage: list(vars(clock).values()) for stage, clock in shapes.known.items()}
    ages = history.ages[np.isin(history.stage, shapes.unknown)]
    return [sorted(known.items()), history.pace, shapes.unknown, ages]
