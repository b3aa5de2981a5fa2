"""Values of a scenario as plain mappings, lists, texts and numbers, as they stand in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forecast.scenario.assume import plain_assumption
from forecast.scenario.beliefs import PRIORS, Priors
from forecast.scenario.known import Known, resolve
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.schema import SCENARIO

# The order in which a file says it.
ORDER = (
    "extends", "name", "title", "question", "history_from", "begins", "unrecorded", "fades", "as_of", "window",
    "stages", "silent", "itineraries", "places", "unused", "display", "timeline", "priors", "assume", "do", "given",
    "readings", "reference", "sources", "facts", "add",
)  # fmt: skip
_ALWAYS: dict[str, Any] = {"silent": [], "facts": []}  # written even if there are none


def plain_scenario(scenario: ScenarioRecord) -> dict[str, Any]:
    """Write what a scenario knows at its `as_of`."""
    known = _cut(scenario)
    plain = _ALWAYS | SCENARIO.plain(known)
    if known.window.began is not None:
        plain["window"]["from"] = known.window.began.isoformat()
    ways = known.question.itineraries
    if all(way.name == way.place and not way.because and not way.attributes for way in ways):
        del plain["itineraries"]
        counts = {way.name: way.count for way in ways if way.count is not None}
        plain["places"] = counts or list(known.question.places)
    for reading in known.readings:
        if reading.priors is not None:
            plain["readings"][reading.name]["assume"] = plain_assumption(scenario.priors, reading.priors)
    return {name: plain[name] for name in ORDER if name in plain}


def plain_priors(scenario: ScenarioRecord) -> dict[str, Any]:
    """Write the priors as they stand in a file."""
    return PRIORS.plain(scenario.priors)


def _cut(scenario: ScenarioRecord) -> ScenarioRecord:
    """Leave out what was not public by `as_of`, and facts and sources that nothing rests on."""
    known = resolve(scenario)
    priors = _cut_priors(scenario.priors, known)
    ways = known.question.itineraries
    rests = [item.entry.because for item in known.entries] + [way.because for way in ways]
    rests += [known.reference.because] if known.reference else []
    rests += [item.because for item in known.beginnings]
    rests += [prior.because for _, prior in priors.items()] + [tuple(reading.recode) for reading in known.readings]
    cited = sorted({name for because in rests for name in because if name in scenario.facts})
    facts = {name: scenario.facts[name] for name in cited}
    used = sorted({name for fact in facts.values() for name in (fact.source, *fact.also)} & set(scenario.sources))
    covariates = {entry.covariate for entry in known.covariates}
    needed = covariates.union(known.question.places, *(way.attributes for way in ways))
    return replace(
        scenario.record(),
        question=known.question,
        sources={name: scenario.sources[name] for name in used},
        facts=facts,
        timeline=tuple(item.entry for item in known.entries if item.number is not None),
        priors=priors,
        unused=tuple(name for name in priors.hazard_ratios if name not in needed),  # not taken for misspelt then
        readings=known.readings,
        reference=known.reference,
        unrecorded=known.holes,
    )


def _cut_priors(priors: Priors, known: Known) -> Priors:
    """Leave to each prior those of its facts that were public, or all if none was."""
    return priors.change(lambda _, prior: replace(prior, because=known.standing(prior.because)))
