"""What a page needs to answer what if by itself: some draws, and the days ahead as numbers.

Receives a result. Hands on plain values; `forecast/report/page/kernel.js` computes with them what `forecast.multistate`
computes here.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from forecast.answer.ahead import AGREEMENT_LEAST, carry_ahead
from forecast.answer.episodes import ONE_AFTER_REST, ONE_LATER_EPISODE
from forecast.inference import stream
from forecast.model import Timeline, build_priors, build_timeline, open_windows
from forecast.multistate import Array
from forecast.scenario import Z95, Evidence, Interventions, Scenario

DRAWS = 1000  # embedded: an answer takes some hundredths of a second, and all of them a third of a megabyte
FURTHER = 183  # days beyond the window that can be asked for, or as many as it has
KINDS = {  # parameters whose prior can be assumed otherwise: their group and key in a file
    "log_ratio": ("hazard_ratios", "factor"),
    "log_stay": ("stages", "stay"),
    "kept_logit": ("plans", "kept"),
    "log_meanwhile": ("plans", "meanwhile"),
}


def plain_whatif(result: Any, draws: int = DRAWS) -> dict[str, Any]:
    """Return what a page computes with; where it cannot, ``without`` says why.

    Parameters
    ----------
    result : Result
    draws : int
        How many of its draws, at most.

    Returns
    -------
    dict
        Parameters are numbers of four bytes, the draws' order kept: ``draws`` by name, (labels, draws), in base64. Days
        are counted from the as-of date, which is 0.
    """
    scenario = result.scenario
    if reason := next(_list_reasons(result), None):
        return {"without": reason}
    timeline = build_timeline(_strip(scenario).known())
    if reason := next(_list_limits(timeline, result), None):
        return {"without": reason}
    structure, ahead, as_of = timeline.structure, timeline.ahead, scenario.as_of
    chosen = _round(choose_draws(result, draws))
    begun = carry_ahead(timeline, chosen["theta"], stream(0, "unused"), detail="days", agreement=0, this=chosen["this"])
    assert begun.curves is not None
    horizon = int(ahead.days.sum())
    question = scenario.question
    return {
        "name": scenario.name,
        "as_of": as_of.isoformat(),
        "until": (scenario.window.until - as_of).days,
        "by_days": scenario.window.ahead is not None,
        "horizon": horizon,
        "p_event": result.p_event.mean,
        "stages": [*structure.stages],
        "shown": {
            name: question.show(name)
            for name in (
                *structure.stages,
                *structure.itineraries,
                *structure.places,
                *structure.ratios,
                *structure.kinds,
            )
        },
        "stage": timeline.stage,
        "silent": [structure.stages.index(name) for name in question.silent],
        "transitions": [[*pair] for pair in structure.transitions],
        "itineraries": [*structure.itineraries],
        "places": [*structure.places],
        "place_of": [*structure.place_of],
        "ratios": [*structure.ratios],
        "kinds": [*structure.kinds],
        "attributes": structure.attributes.tolist(),
        "counted": bool(structure.counts),
        "rests": structure.has_rest,
        "segments": _plain_segments(timeline),
        "plans": [
            {
                "kind": plan.kind,
                "start": plan.start - as_of.toordinal(),
                "until": plan.until - as_of.toordinal(),
                "there": plan.itineraries.astype(int).tolist(),
            }
            for plan in timeline.plans
        ],
        "put_rest": horizon <= ONE_AFTER_REST,
        "conditions": _list_conditions(scenario, timeline),
        "states": [[*state] for state in begun.curves.states],
        "start": _encode(begun.curves.initial.T, "f8"),
        "count": len(chosen["this"]),
        "agree": AGREEMENT_LEAST / max(AGREEMENT_LEAST, result.ahead.weight.size),
        "draws": {name: _encode(values, "f4") for name, values in chosen["theta"].items() if name != "z"},
        "z": _encode(np.stack([chosen["this"], chosen["later"]]), "f4"),
        "priors": [*_list_priors(scenario, timeline)],
        "z95": Z95,
        "begins": _plain_settings(scenario),
    }


def choose_draws(result: Any, draws: int) -> dict[str, Any]:
    """Choose draws with the frailties that they had: ``theta`` by name, ``this`` and ``later``.

    One of each few that give about the same P, so that the chosen ones together give nearly that of all.
    """
    every = len(result.ahead.weight)
    count = min(draws, every)
    some = np.argsort(result.p_draws, kind="stable")[((np.arange(count) + 0.5) * every / count).astype(int)]
    this, later = (z[some] for z in result.ahead.frailties)
    return {"theta": {name: values[:, some] for name, values in result.fit.draws.items()}, "this": this, "later": later}


def _round(chosen: dict[str, Any]) -> dict[str, Any]:
    """Round to what is embedded, so that nothing is computed with other numbers."""

    def short(values: Array) -> Array:
        return values.astype("f4").astype(float)

    theta = {name: short(values) for name, values in chosen["theta"].items()}
    return {"theta": theta, "this": short(chosen["this"]), "later": short(chosen["later"])}


def _encode(values: Array, kind: str) -> dict[str, Any]:
    return {
        "shape": [*values.shape],
        "data": base64.b64encode(np.ascontiguousarray(values, f"<{kind}").tobytes()).decode(),
    }


# --- what is not covered -----------------------------------------------------------------------------------------


def _list_reasons(result: Any) -> Iterator[str]:
    """Say what of a result the page cannot compute."""
    scenario, timeline = result.scenario, result.timeline
    asked, done, learned = timeline.asked, scenario.interventions, scenario.evidence
    if not result.keeps_draws:
        yield "reports that may be wrong make several timelines of one"
    if not asked.is_plain or not asked.itineraries.all():
        yield "the question is not whether the event comes at all"
    if timeline.first_day or scenario.window.began is not None:
        yield "the window does not begin on the day after the as-of date"
    if (
        done.itineraries
        or learned.reaches
        or learned.conditions
        or any(item.begins for item in done.conditions.values())
    ):
        yield "it supposes what this page has no control for"
    if len(timeline.ahead.days) and timeline.ahead.days.sum() > ONE_LATER_EPISODE:
        yield "the window is longer than three years"
    if len(result.ahead.frailties) != 2:
        yield "several later episodes may fall into the window"


def _list_limits(timeline: Timeline, result: Any) -> Iterator[str]:
    structure, found = timeline.structure, result.fit.draws
    if structure.shapes.ageing or structure.shaped or structure.shapes.known:
        yield "stays age"
    if structure.never.stages:
        yield "the event may never come of a stay"
    if structure.late:
        yield "plans may come true late"
    if len(timeline.changing.states) > 1:
        yield "conditions may change by themselves"
    if any(name.startswith(("log_tau", "u_")) or name in ("u", "year") for name in found):
        yield "years or timelines differ in their pace"


def _strip(scenario: Scenario) -> Scenario:
    """Return the same question over more days, of which nothing is supposed but what was added to the timeline."""
    days = (scenario.window.until - scenario.as_of).days
    further = min(ONE_LATER_EPISODE, days + min(days, FURTHER))
    if days <= ONE_AFTER_REST:
        further = min(further, ONE_AFTER_REST)
    until = scenario.as_of + datetime.timedelta(days=max(days, further))
    done = scenario.interventions
    added = Interventions(itineraries=done.itineraries, facts=done.facts, timeline=done.timeline)
    window = replace(scenario.window, until=until, ahead=None)
    return replace(scenario, window=window, interventions=added, evidence=Evidence(), readings=())


# --- the days ahead ----------------------------------------------------------------------------------------------


def _plain_segments(timeline: Timeline) -> list[dict[str, Any]]:
    """Return what holds on each run of days: where covariates act, how many plans are to come, which are open."""
    ahead = timeline.ahead
    pairs = open_windows(ahead, timeline.plans)
    first = int(ahead.start[0])
    found = []
    for row in range(len(ahead.days)):
        here = np.flatnonzero(pairs.segment == row)
        found.append(
            {
                "end": int(ahead.end[row]) - first,
                "event": np.argwhere(ahead.event_covariates[row]).tolist(),
                "steps": np.argwhere(ahead.stage_covariates[row]).tolist(),
                "pending": ahead.pending[row].tolist(),
                "open": [
                    {"plan": int(pairs.plan[pair]), "news": np.argwhere(pairs.covariates[pair]).tolist()}
                    for pair in here
                ],
            }
        )
    return found


def _list_conditions(scenario: Scenario, timeline: Timeline) -> list[str]:
    """Name the conditions that hold for good, and could be made to end."""
    known = scenario.known()
    ratios, ahead = timeline.structure.ratios, timeline.ahead
    found = []
    for name, prior in known.priors.conditions.items():
        if name in known.spells and known.holds(name) and prior.belief.is_for_good:
            column = ratios.index(name)
            acts = np.concatenate([ahead.event_covariates[..., column], ahead.stage_covariates[..., column]], axis=1)
            if (acts == acts[0]).all():  # nothing but the condition switches it on
                found.append(name)
    return found


def _list_priors(scenario: Scenario, timeline: Timeline) -> Iterator[dict[str, Any]]:
    """Tell of each prior that is normal on its scale where it stands in a file, and its interval."""
    known = scenario.known()
    beliefs: Mapping[str, Any] = vars(known.priors)
    for parameter, vector in build_priors(known, timeline).items():
        if parameter not in KINDS or not hasattr(vector, "sd"):
            continue
        group, key = KINDS[parameter]
        for index, name in enumerate(vector.labels):
            belief = beliefs[group][name].belief
            if belief is not getattr(scenario.priors, group)[name].belief:  # its `otherwise`, which would go as a whole
                continue
            interval = getattr(belief, key)
            if vector.sd[index] > 0 and interval.law is None and getattr(interval, "word", "mean") == "mean":
                yield {
                    "parameter": parameter,
                    "index": index,
                    "group": group,
                    "key": key,
                    "name": name,
                    "lo": interval.lo,
                    "hi": interval.hi,
                    "logit": parameter == "kept_logit",
                }


def _plain_settings(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario supposes itself: where the controls begin."""
    done, learned = scenario.interventions, scenario.evidence

    def day(date: datetime.date | None) -> int | None:
        return None if date is None else (date - scenario.as_of).days

    return {
        "put": {name: day(date) for name, date in done.stage.items()},
        "ratios": {
            name: {"factor": item.value, "from": day(item.start) or 1} for name, item in done.hazard_ratios.items()
        },
        "remove": {name: day(date) for name, date in done.remove.items()},
        "ends": {name: day(item.ends) for name, item in done.conditions.items()},
        "entered": {name: day(date) for name, date in learned.stage.items()},
        "no_event": day(learned.no_event_until),
        "silence": day(learned.silence_until),
    }
