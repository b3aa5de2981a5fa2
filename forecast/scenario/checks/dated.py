"""What can be wrong with facts that are dated by their month or year alone, where an answer hangs on the day.

Such a fact counts from the last day of its month or year. Nothing is said where any other day would do as well.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from forecast.errors import KeyPath, Problem, list_some
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry, earliest_day
from forecast.scenario.known import Known, earliest_public, public_day
from forecast.scenario.record import ScenarioRecord


def check_dated(scenario: ScenarioRecord, known: Known, key: KeyPath, entry: TimelineEntry) -> Iterator[Problem]:
    """Find an entry that may have been known or not, made before another or after, or begun on another day."""
    first, last = earliest_public(scenario, entry.because), public_day(scenario, entry)
    if not datetime.date.min < first < last:
        return
    if isinstance(entry, StageEntry | EventEntry) and earliest_day(entry) > scenario.as_of:
        return  # it is still to come, whenever that was known
    supposed = any(name in scenario.interventions.facts for name in entry.because)
    why = ""
    if isinstance(entry, PlanEntry) and (supposed or first <= scenario.as_of):
        why = "a plan begins to count on the day on which it was made"
    elif first <= scenario.as_of < last:
        why = f"it may have been known by as_of, {scenario.as_of}, or not"
    elif isinstance(entry, CovariateEntry) and (made := [day for *_, day in known.plans if first <= day < last]):
        why = f"it may have been known when the plan of {min(made)} was made, or not"
    elif isinstance(entry, StageEntry) and entry.earliest is None and last <= scenario.as_of:
        why = f"the stage may have begun on any day of these (if nobody knows it, say from: {first}/{last})"
    if why:
        yield _ask_for_days(scenario, (*key, "because"), entry.because, why)


def check_dated_beliefs(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find priors, readings and a reference class of which it hangs on a day whether they are what they are."""
    as_of = scenario.as_of
    for key, prior in scenario.priors.items():
        facts = [scenario.facts[name] for name in prior.because if name in scenario.facts]
        none_public = all(fact.public > as_of for fact in facts)
        if prior.otherwise is not None and none_public and any(fact.earliest <= as_of for fact in facts):
            why = f"either this is believed on {as_of}, or what stands under otherwise"
            yield _ask_for_days(scenario, (*key, "because"), prior.because, why)
    if scenario.reference is not None:
        facts = [scenario.facts[name] for name in scenario.reference.because if name in scenario.facts]
        if facts and max(fact.earliest for fact in facts) <= as_of < max(fact.public for fact in facts):
            why = f"it may have been known by as_of, {as_of}, or not"
            yield _ask_for_days(scenario, ("reference", "because"), scenario.reference.because, why)
    for reading in scenario.readings:
        for name in reading.recode:
            fact = scenario.facts.get(name)
            if fact is not None and fact.earliest <= as_of < fact.public:
                why = f"it may have been known by as_of, {as_of}, or not"
                yield _ask_for_days(scenario, ("readings", reading.name, "recode", name), [name], why)


def _ask_for_days(scenario: ScenarioRecord, key: KeyPath, because: Iterable[str], why: str) -> Problem:
    facts = [scenario.interventions.facts.get(name) or scenario.facts.get(name) for name in because]
    vague = [f"{fact.id}, public {fact.written}" for fact in facts if fact is not None and fact.dated != "day"]
    message = f"expected facts dated by their day, because {why}; found {list_some(vague)}"
    return Problem(key, f"{message}. Give under public the day from which it could be known")
