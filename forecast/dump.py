"""A scenario back into YAML, as its model sees it."""

from __future__ import annotations

import datetime
from dataclasses import fields
from typing import Any

import yaml

from forecast.facts import Fact, Source
from forecast.question import Question
from forecast.scenario import (
    CovariateEntry,
    Interval,
    PlanBelief,
    Priors,
    RatioBelief,
    Scenario,
    StageBelief,
    TimelineEntry,
)


def dump_scenario(scenario: Scenario) -> str:
    """Write the scenario as its model sees it: nothing to extend, facts inlined, only what was known at `as_of`.

    Facts that were not yet public are left out, save where a prior or an itinerary has no others: then it is hindsight,
    or keeps to its `otherwise`. Loading the text again gives the same fingerprint.

    Examples
    --------
    >>> from forecast.load import load_scenario
    >>> print(dump_scenario(load_scenario("scenarios/may.yaml"))[:9])
    name: may
    """
    question, timeline = scenario.question, [entry for entry in scenario.timeline if scenario.is_known(entry)]
    entries = [_plain_entry(entry) for entry in timeline]
    ways, priors = _plain_itineraries(scenario), _plain_priors(scenario)
    cited = {name for entry in timeline for name in entry.because}
    cited |= {name for way in question.itineraries for name in scenario.standing(way.because)}
    cited |= {name for _, prior in scenario.priors.items() for name in scenario.standing(prior.because)}
    facts = [scenario.facts[name] for name in sorted(cited)]
    used = {name for fact in facts for name in (fact.source, *fact.also)}
    sources = [_plain_record(scenario.sources[name]) for name in sorted(used) if name in scenario.sources]
    unused = _unused_ratios(scenario.priors, question, timeline)
    document = {
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
        **({"sources": sources} if sources else {}),
        "facts": [_plain_record(fact) for fact in facts],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)


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


def _plain_itineraries(scenario: Scenario) -> dict[str, Any]:
    question = scenario.question
    if all(way.name == way.place and not way.because and not way.attributes for way in question.itineraries):
        return {"places": list(question.places)}
    ways = {
        way.name: {"place": way.place, **way.attributes, "because": list(scenario.standing(way.because))}
        for way in question.itineraries
    }
    return {"itineraries": ways}


def _plain_entry(entry: TimelineEntry) -> dict[str, Any]:
    names = {"start": "from", "itinerary": "event"}
    plain = {names.get(name, name): value for name, value in _plain_record(entry).items()}
    if plain.get("alongside") is False:
        del plain["alongside"]
    return plain


def _plain_priors(scenario: Scenario) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, prior in scenario.priors.items():
        group = document
        for part in key[1:-1]:
            group = group.setdefault(str(part), {})
        because = list(scenario.standing(prior.because))
        plain = _plain_belief(prior.belief) | {"because": because, "reason": prior.reason}
        if prior.otherwise is not None:
            plain["otherwise"] = {k: v for k, v in _plain_belief(prior.otherwise).items() if k != "per"}
        group[str(key[-1])] = plain
    return document


def _plain_belief(belief: object) -> dict[str, Any]:
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
