"""The PyMC model of a timeline's left side, and the fingerprint of everything that it depends on.

A multi-state model with piecewise-constant rates is a Poisson regression of the steps on the exposure (Holford 1980,
doi:10.2307/2529982; Laird & Olivier 1981, doi:10.2307/2287816). `PoissonRows` are plain arrays, so the same rows serve
the model here and any other engine; PyMC is imported only to build the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.model.hazards import Hazards, build_hazards
from forecast.model.never_rows import NeverRows, list_never
from forecast.model.parameters import Parameters, mix
from forecast.model.pooled import log_paces
from forecast.model.timeline import Timeline
from forecast.model.unsure import UnsureDays, list_unsure_days, sum_over_days
from forecast.multistate import Array, Start, directions


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
        What happened, 0 or 1, and the days at risk, by their weights.
    weight : (rows,)
        Of what happened: that of the segment's last day.
    on_day : (events, rows)
        1 where a row was possible on the day of an event.
    day_weight : (events,)
    is_whole : (events,)
        1 where the exposure holds the whole day of the event, 0 where the stage was entered on it.
    unsure : UnsureDays
        Of steps that came on one of several days; their rows have no exposure and count nothing.
    never : NeverRows
        Of stays, or episodes, from which the event may never come.
    """

    segment: Array
    transition: Array
    itinerary: Array
    direction: Array
    count: Array
    exposure: Array
    weight: Array
    on_day: Array
    day_weight: Array
    is_whole: Array
    unsure: UnsureDays
    never: NeverRows


def build_poisson_rows(timeline: Timeline) -> PoissonRows:
    """List the rows of the likelihood."""
    structure, history = timeline.structure, timeline.history
    sign = directions(len(structure.stages))
    rows: list[tuple[int, int, int, int, int]] = []
    for segment, (stage, moved_to, event_by, certain) in enumerate(
        zip(history.stage, history.moved_to, history.event_by, history.unsure == 0, strict=True)
    ):
        rests = structure.has_rest and stage == 0
        rows += [
            (segment, index, -1, 0 if rests else sign[source, target], int(target == moved_to and certain))
            for index, (source, target) in enumerate(structure.transitions)
            if source == stage and target >= 0
        ]
        may_come = history.segments.in_window[segment] + history.segments.late[segment]
        open_plans = [timeline.plans[i] for i in np.flatnonzero(may_come) if not rests]
        rows += [
            (segment, structure.event_transition[stage], way, int(not rests), int(way == event_by and certain))
            for way in range(len(structure.itineraries))
            if structure.event_transition[stage] >= 0 or any(plan.itineraries[way] for plan in open_plans)
        ]
    weight = history.fading.at(history.segments.end)
    happened = np.flatnonzero((history.event_by >= 0) & (history.unsure == 0))
    columns = np.array(rows, int).reshape(-1, 5).T
    at, transition, itinerary, direction, count = columns
    return PoissonRows(
        segment=at,
        transition=transition,
        itinerary=itinerary,
        direction=direction.astype(float),
        count=count.astype(float),
        exposure=history.exposure[at],
        weight=weight[at],
        on_day=np.equal.outer(happened, at).astype(float),
        day_weight=weight[happened],
        is_whole=(history.segments.days[happened] > 0).astype(float),
        unsure=list_unsure_days(timeline, at, transition, itinerary),
        never=list_never(timeline, at, itinerary, history.exposure[at]),
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

    pace = structure.shapes.paces(theta, history.stage, history.ages, history.pace, xp)
    if timeline.units:  # the stays of a quick unit are short
        powers = structure.shapes.known_powers(len(structure.stages))[history.stage].reshape(-1, *trailing)
        pace = pace * xp.exp(powers * log_paces(theta, timeline, history.unit, xp))
    steps, events = np.flatnonzero(rows.itinerary < 0), np.flatnonzero(rows.itinerary >= 0)
    targets = np.array([target for _, target in structure.transitions])
    transition, segment = rows.transition[steps], rows.segment[steps]
    step_rate = hazards.transition[transition] * hazards.stage_factor[segment, targets[transition]] * frailty(steps)
    step_rate = step_rate * pace[segment]
    transition, segment, way = rows.transition[events], rows.segment[events], rows.itinerary[events]
    ordinary = (transition >= 0).astype(float).reshape(-1, *trailing)
    alive = (rows.direction[events] != 0).astype(float).reshape(-1, *trailing)
    event_rate = ordinary * hazards.transition[transition] * hazards.meanwhile[segment] * hazards.weight[segment, way]
    event_rate = event_rate * frailty(events) * pace[segment] + alive * hazards.plan[segment, way]
    return step_rate, event_rate


def log_day_of_events(rates: tuple[Any, Any], rows: PoissonRows, xp: Any = np) -> Any:
    r"""Return what scoring each event by the probability of its day adds to the log likelihood of the rows.

    The rows score an event after t whole days by the density \lambda_r e^{-\lambda t}. But its day is all that is
    known: e^{-\lambda (t - 1)} (1 - e^{-\lambda}) \lambda_r / \lambda, with \lambda the sum of all rates on that day.
    The two differ where rates are above some tenths a day, as those of plans are.

    Parameters
    ----------
    rates : pair
        As `row_rates` returns them.

    Returns
    -------
    (events, draws), or an expression of (events,)
    """
    if not len(rows.is_whole):
        return np.zeros((0, 1))
    total = sum(
        mix(rows.on_day[:, which], rate)
        for which, rate in zip((rows.itinerary < 0, rows.itinerary >= 0), rates, strict=True)
        if which.any()
    )
    whole, weight = (each.reshape(-1, *(1,) * (total.ndim - 1)) for each in (rows.is_whole, rows.day_weight))
    return weight * (xp.log(-xp.expm1(-total) / total) + whole * total)


def log_unsure_steps(rates: tuple[Any, Any], rows: PoissonRows, xp: Any = np) -> Any:
    """Return the log likelihood of the steps that came on one of several days: (steps, draws), or (steps,).

    Parameters
    ----------
    rates : pair
        As `row_rates` returns them.
    """
    unsure = rows.unsure
    parts = [
        (which, rate)
        for which, rate in zip((rows.itinerary < 0, rows.itinerary >= 0), rates, strict=True)
        if which.any()
    ]
    at_risk, taken, on_day = (
        sum(mix(matrix[:, which], rate) for which, rate in parts)
        for matrix in (unsure.at_risk, unsure.taken, unsure.on_day)
    )
    return sum_over_days(at_risk, xp.log(taken), on_day, unsure, xp)


def find_start(timeline: Timeline, theta: Parameters) -> Start:
    """Return in which part of the present stage an episode is, and how probable that is, given the record.

    That is on the evening of `as_of`, or of the last step where the stage may have ended unseen since.
    """
    never, draws = timeline.structure.never, theta["log_stay"].shape[-1]
    part = never.part(timeline.stage)
    if timeline.stage not in never.stages:
        return Start.of(part, draws)
    rows = build_poisson_rows(timeline)
    logit = theta["never_logit"][never.of[never.stages.index(timeline.stage)]]
    if rows.never.present >= 0:  # the longer the event has not come, the likelier it never will
        is_event = rows.itinerary >= 0
        _, event_rate = row_rates(theta, timeline, rows)
        logit = logit + rows.never.at_risk[rows.never.present, is_event] @ event_rate
    barred = 1 / (1 + np.exp(-logit))
    return Start((part, part + 1), np.stack([1 - barred, barred]))
