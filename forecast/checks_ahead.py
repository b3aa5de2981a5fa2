"""What can be wrong with what a scenario supposes: do, given and readings, by key path; and the whole of checking."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace

from forecast.checks import (
    FAR_TOO_MUCH,
    NEAR_NOTHING,
    bears_on_path,
    check_attribute,
    check_entry,
    check_parts,
    check_path,
)
from forecast.errors import KeyPath, Problem, suggest
from forecast.readings import NO_STAGE, read_as
from forecast.scenario import CovariateEntry, PlanEntry, Scenario


def check_scenario(scenario: Scenario) -> list[Problem]:
    """Find everything in a scenario that cannot be used, by key path.

    The path through the stages is walked only where its entries and the stages' ends are sound.
    """
    problems = [*check_parts(scenario), *check_suppositions(scenario)]
    if any(bears_on_path(problem.key) for problem in problems):
        return problems
    return [*problems, *check_paths(scenario)]


def check_paths(scenario: Scenario) -> Iterator[Problem]:
    """Find moves along no declared transition, in the timeline as it is and as it may be read."""
    yield from check_path(scenario)
    stages = (*scenario.question.stages, NO_STAGE)
    for reading in scenario.readings:
        if not all(fact in scenario.facts and stage in stages for fact, stage in reading.recode.items()):
            continue  # said already
        for problem in check_path(read_as(scenario, reading))[:1]:
            yield Problem(("readings", reading.name, "recode"), f"read like this, the timeline {problem.message}")


def check_suppositions(scenario: Scenario) -> Iterator[Problem]:
    """Find what cannot be set or learned in a scenario that is otherwise sound."""
    done, learned = scenario.interventions, scenario.evidence
    for verb, stages in (("do", done.stage), ("given", learned.stage)):
        yield from _check_stages(scenario, (verb, "stage"), stages)
    for name in set(done.stage) | set(learned.stage):
        for other, day in learned.stage.items():
            if done.stage.get(name) == day:
                message = f"expected a day on which do sets no stage; on {day} it sets {name}"
                yield Problem(("given", "stage", other), message)
    for name in ("no_event_until", "silence_until"):
        if (day := getattr(learned, name)) is not None:
            yield from _check_day(scenario, ("given", name), day)
    yield from _check_ratios(scenario)
    yield from _check_itineraries(scenario)
    yield from _check_hypothetical(scenario)
    for reading in scenario.readings:
        key: KeyPath = ("readings", reading.name, "recode")
        yield from _check_recoding(scenario, key, reading.recode)


def _check_day(scenario: Scenario, key: KeyPath, day: datetime.date | None) -> Iterator[Problem]:
    as_of, until = scenario.as_of, scenario.window.until
    if day is not None and not as_of < day <= until:
        message = f"expected a day after as_of and within the window ({as_of} to {until}); found {day}"
        yield Problem(key, f"{message}. What is dated up to as_of is a fact" if day <= as_of else message)


def _check_stages(scenario: Scenario, key: KeyPath, stages: Mapping[str, datetime.date]) -> Iterator[Problem]:
    declared = scenario.question.stages
    for name, day in stages.items():
        if name not in declared:
            yield Problem((*key, name), f"unknown stage {name}; {suggest(name, declared)}", on_key=True)
        elif len(declared) == 1:
            yield Problem((*key, name), "expected none, because a question of one stage has no other", on_key=True)
        yield from _check_day(scenario, (*key, name), day)
        if list(stages.values()).index(day) < list(stages).index(name):
            yield Problem((*key, name), f"expected one stage a day; found a second one on {day}")


def _check_ratios(scenario: Scenario) -> Iterator[Problem]:
    ratios = scenario.priors.hazard_ratios
    for name, setting in scenario.interventions.hazard_ratios.items():
        key: KeyPath = ("do", "hazard_ratios", name)
        if name not in ratios:
            yield Problem(key, f"unknown hazard ratio {name}; {suggest(name, ratios)}", on_key=True)
        if not NEAR_NOTHING <= setting.value <= FAR_TOO_MUCH:
            limits = f"{NEAR_NOTHING:g} to {FAR_TOO_MUCH:g}"
            yield Problem((*key, "factor"), f"expected a number from {limits}; found {setting.value:g}")
        yield from _check_day(scenario, (*key, "from"), setting.start)


def _check_itineraries(scenario: Scenario) -> Iterator[Problem]:
    done, names = scenario.interventions, [way.name for way in scenario.question.itineraries]
    for group in ("itineraries", "remove"):
        for name in getattr(done, group):
            if name not in names:
                yield Problem(("do", group, name), f"unknown itinerary {name}; {suggest(name, names)}", on_key=True)
    for name, setting in done.itineraries.items():
        yield from _check_day(scenario, ("do", "itineraries", name, "from"), setting.start)
        for label, value in setting.value.items():
            yield from check_attribute(scenario, ("do", "itineraries", name, label), label, value)
    for name, day in done.remove.items():
        yield from _check_day(scenario, ("do", "remove", name), day)
    if set(names) <= set(done.remove):
        yield Problem(("do", "remove"), "expected at least one itinerary to be left; found all removed")


def _check_hypothetical(scenario: Scenario) -> Iterator[Problem]:
    done = scenario.interventions
    for index, (name, fact) in enumerate(done.facts.items()):
        key: KeyPath = ("do", "facts", index)
        if name in scenario.facts:
            yield Problem((*key, "id"), f"expected an id of its own; found {name}, which a fact has already")
        yield from _check_day(scenario, (*key, "public"), fact.public)
        if not any(name in entry.because for entry in done.timeline):
            yield Problem((*key, "id"), f"nothing rests on {name}; cite it in an entry of do.timeline")
    supposing = replace(scenario, facts={**scenario.facts, **done.facts})
    for index, entry in enumerate(done.timeline):
        key = ("do", "timeline", index)
        yield from check_entry(supposing, key, entry)
        if isinstance(entry, CovariateEntry) and entry.start is not None:
            yield from _check_day(scenario, (*key, "from"), entry.start)
        elif isinstance(entry, PlanEntry):
            yield from _check_day(scenario, (*key, "until"), entry.until)


def _check_recoding(scenario: Scenario, key: KeyPath, recode: Mapping[str, str]) -> Iterator[Problem]:
    stages = (*scenario.question.stages, NO_STAGE)
    for fact, stage in recode.items():
        if fact not in scenario.facts:
            yield Problem((*key, fact), f"unknown fact {fact}; {suggest(fact, scenario.facts)}", on_key=True)
        if stage not in stages:
            yield Problem((*key, fact), f"unknown stage {stage}; {suggest(stage, stages)}")
