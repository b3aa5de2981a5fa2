"""Values of a scenario as plain mappings, lists, texts and numbers, as they stand in a file."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from forecast.scenario.beliefs import Interval, PlanBelief, Priors, RatioBelief, StageBelief
from forecast.scenario.entries import CovariateEntry, TimelineEntry
from forecast.scenario.facts import Fact, Source
from forecast.scenario.question import Question
from forecast.scenario.readings import known_readings, known_recoding
from forecast.scenario.record import Reading, ScenarioRecord
from forecast.scenario.suppositions import Setting


def plain_scenario(scenario: ScenarioRecord) -> dict[str, Any]:
    """Write the same as plain values."""
    question, timeline = scenario.question, [entry for entry in scenario.timeline if scenario.is_known(entry)]
    entries = [plain_entry(entry) for entry in timeline]
    ways, priors = _plain_itineraries(scenario), plain_priors(scenario, standing=True)
    cited = {name for entry in scenario.known_entries() for name in entry.because if name in scenario.facts}
    cited |= {name for reading in scenario.readings for name in known_recoding(scenario, reading)}
    cited |= {name for way in question.itineraries for name in scenario.standing(way.because)}
    cited |= {name for _, prior in scenario.priors.items() for name in scenario.standing(prior.because)}
    facts = [scenario.facts[name] for name in sorted(cited)]
    used = {name for fact in facts for name in (fact.source, *fact.also)}
    sources = [_plain_record(scenario.sources[name]) for name in sorted(used) if name in scenario.sources]
    unused = _unused_ratios(scenario.priors, question, [*timeline, *scenario.interventions.timeline])
    return {
        "name": scenario.name,
        "title": question.title,
        "question": {"event": question.event, "resolves": question.resolves, "timezone": question.timezone},
        "history_from": question.history_from.isoformat(),
        "as_of": scenario.as_of.isoformat(),
        "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
        "stages": list(question.stages),
        "silent": list(question.silent),
        **ways,
        **({"unused": unused} if unused else {}),
        "timeline": entries,
        "priors": priors,
        **_plain_suppositions(scenario),
        **({"sources": sources} if sources else {}),
        "facts": [_plain_record(fact) for fact in facts],
    }


def _plain_suppositions(scenario: ScenarioRecord) -> dict[str, Any]:
    """Write what do sets and given supposes, each where there is something."""
    done, learned = scenario.interventions, scenario.evidence
    do = {
        "stage": _plain_days(done.stage),
        "hazard_ratios": {
            name: {"factor": item.value, **_plain_start(item)} for name, item in done.hazard_ratios.items()
        },
        "itineraries": {name: {**item.value, **_plain_start(item)} for name, item in done.itineraries.items()},
        "remove": _plain_days(done.remove),
        "facts": [{k: v for k, v in _plain_record(fact).items() if k != "source"} for fact in done.facts.values()],
        "timeline": [plain_entry(entry) for entry in done.timeline],
    }
    ends = {"no_event_until": learned.no_event_until, "silence_until": learned.silence_until}
    given = {"stage": _plain_days(learned.stage), **_plain_days({k: v for k, v in ends.items() if v is not None})}
    both: dict[str, dict[str, Any]] = {"do": do, "given": given}
    filled = {verb: {name: value for name, value in parts.items() if value} for verb, parts in both.items()}
    readings = {reading.name: _plain_reading(scenario, reading) for reading in known_readings(scenario)}
    return {verb: parts for verb, parts in {**filled, "readings": readings}.items() if parts}


def _plain_reading(scenario: ScenarioRecord, reading: Reading) -> dict[str, Any]:
    plain: dict[str, Any] = {"reason": reading.reason}
    if recoding := known_recoding(scenario, reading):
        plain["recode"] = recoding
    if reading.priors is not None:
        plain["assume"] = plain_assumption(scenario.priors, reading.priors)
    return plain


def plain_assumption(before: Priors, after: Priors) -> dict[str, Any]:
    """Write under `assume` what turns some priors into others."""
    assumed: dict[str, Any] = {}
    old = dict(before.items())
    for key, prior in after.items():
        if prior != old[key]:
            *groups, last = key[1:]
            group = assumed.setdefault(str(groups[0]), {}) if groups else assumed
            group[str(last)] = {**plain_belief(prior.belief), "reason": prior.reason}
    return assumed


def _plain_days(days: Mapping[str, datetime.date]) -> dict[str, str]:
    return {name: day.isoformat() for name, day in days.items()}


def _plain_start(setting: Setting) -> dict[str, str]:
    return {} if setting.start is None else {"from": setting.start.isoformat()}


def _unused_ratios(priors: Priors, question: Question, timeline: list[TimelineEntry]) -> list[str]:
    """Name the ratios of covariates of which nothing is known yet, so that they are not taken for misspelt."""
    used = {entry.covariate for entry in timeline if isinstance(entry, CovariateEntry)} | set(question.places)
    used |= {name for way in question.itineraries for name in way.attributes}
    return [name for name in priors.hazard_ratios if name not in used]


def _plain_record(record: Source | Fact | TimelineEntry) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    plain = {name: value.isoformat() if isinstance(value, datetime.date) else value for name, value in plain.items()}
    return {name: value for name, value in plain.items() if value not in (None, [], "")}


def _plain_itineraries(scenario: ScenarioRecord) -> dict[str, Any]:
    question = scenario.question
    if all(way.name == way.place and not way.because and not way.attributes for way in question.itineraries):
        return {"places": list(question.places)}
    ways = {
        way.name: {"place": way.place, **way.attributes, "because": list(scenario.standing(way.because))}
        for way in question.itineraries
    }
    return {"itineraries": ways}


def plain_entry(entry: TimelineEntry) -> dict[str, Any]:
    """Write an entry as it stands in a file."""
    names = {"start": "from", "itinerary": "event"}
    plain = {names.get(name, name): value for name, value in _plain_record(entry).items()}
    if plain.get("alongside") is False:
        del plain["alongside"]
    return plain


def plain_priors(scenario: ScenarioRecord, *, standing: bool = False) -> dict[str, Any]:
    """Write the priors as they stand in a file; with `standing`, because of what was public by `as_of` alone."""
    document: dict[str, Any] = {}
    for key, prior in scenario.priors.items():
        group = document
        for part in key[1:-1]:
            group = group.setdefault(str(part), {})
        because = list(scenario.standing(prior.because) if standing else prior.because)
        plain = plain_belief(prior.belief) | {"because": because, "reason": prior.reason}
        if prior.otherwise is not None:
            plain["otherwise"] = {k: v for k, v in plain_belief(prior.otherwise).items() if k != "per"}
        group[str(key[-1])] = plain
    return document


def plain_belief(belief: object) -> dict[str, Any]:
    """Write a belief as it stands in a file."""
    if isinstance(belief, StageBelief):
        return {"stay": _plain_interval(belief.stay), "ends": dict(belief.ends)}
    if isinstance(belief, PlanBelief):
        return {"kept": _plain_interval(belief.kept), "meanwhile": _plain_interval(belief.meanwhile)}
    assert isinstance(belief, RatioBelief)
    plain: dict[str, Any] = {"factor": _plain_interval(belief.factor)}
    if belief.unit or belief.per != 1:
        plain["per"] = f"{belief.per!r} {belief.unit}".strip()
    return plain


def _plain_interval(interval: Interval) -> list[float]:
    return [interval.lo, interval.hi]
