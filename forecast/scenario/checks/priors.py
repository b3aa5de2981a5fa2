"""What can be wrong with priors: their names, intervals, counts and reasons, and the facts that they cite."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import PROBLEMS_SHOWN, KeyPath, Problem, find_nearest, list_some
from forecast.scenario.beliefs import ConditionBelief, NeverBelief, PlanBelief, RatioBelief, StageBelief
from forecast.scenario.checks.ageing import check_shape
from forecast.scenario.checks.intervals import check_interval
from forecast.scenario.checks.never import check_never
from forecast.scenario.entries import CovariateEntry
from forecast.scenario.kinds import MEAN
from forecast.scenario.limits import (
    FAR_TOO_MUCH,
    LEAST_COUNT,
    LEAST_SPREAD,
    LONGEST_STAY,
    MOST_SERIOUS,
    NEAR_NOTHING,
    SHORTEST_STAY,
)
from forecast.scenario.question import EVENT, Question
from forecast.scenario.reader import UNENDING
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.stays import Stay


def check_priors(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find what is wrong with each prior by itself or with the names that it uses."""
    priors, question = scenario.priors, scenario.question
    for stage in question.stages:
        if stage not in priors.stages:
            yield Problem(
                ("priors", "stages"), f"expected a prior for stage {stage}; found none. Give its stay and ends"
            )
    for name in priors.stages:
        if name not in question.stages:
            yield Problem(("priors", "stages", name), "unknown stage", near=(name, question.stages))
    yield from _check_ratio_names(scenario)
    yield from _check_condition_names(scenario)
    for key, prior in priors.items():
        yield from check_citations(scenario, key, prior.because)
        if not prior.reason.strip():
            yield Problem((*key, "reason"), "expected one line of reasoning; found none")
        yield from _check_belief(key, prior.belief, question)
        if prior.otherwise is not None:
            yield from _check_belief((*key, "otherwise"), prior.otherwise, question)
            if isinstance(prior.belief, StageBelief) and set(prior.otherwise.ends) != set(prior.belief.ends):
                yield Problem(
                    (*key, "otherwise", "ends"), f"expected the same ends as above: {list_some(prior.belief.ends)}"
                )
    yield from check_never(scenario)
    if priors.seriousness is not None and not question.resting:
        yield Problem(("priors", "seriousness"), "expected none, because a question of one stage has no episodes")
    if question.resting and priors.seriousness is None:
        yield Problem(
            ("priors", "seriousness"),
            "expected a prior with a factor such as [1.2, 3], because the question has episodes; found none",
        )


def _name_covariates(scenario: ScenarioRecord) -> set[str]:
    entries = (*scenario.timeline, *scenario.interventions.timeline)
    return {entry.covariate for entry in entries if isinstance(entry, CovariateEntry)}


def _check_ratio_names(scenario: ScenarioRecord) -> Iterator[Problem]:
    question = scenario.question
    attributes = {name for way in question.itineraries for name in way.attributes}
    covariates = _name_covariates(scenario)
    ratios = set(scenario.priors.hazard_ratios)
    group: KeyPath = ("priors", "hazard_ratios")
    names = attributes | covariates | set(question.places[1:])
    misspelt = {
        near
        for name in sorted((covariates | attributes) - ratios)[:PROBLEMS_SHOWN]
        for near in find_nearest(name, ratios)
    }  # said where the name is used
    choices = sorted(names - ratios) or sorted(names)
    for name in sorted(ratios - names - misspelt - set(question.places) - set(scenario.unused)):
        message = "expected the name of an attribute, a place or a covariate of this file; found none of that name"
        yield Problem((*group, name), f"{message} (to keep it, list it under unused)", near=(name, choices))
    for index, name in enumerate(scenario.unused):
        if name not in ratios:
            yield Problem(("unused", index), f"unknown ratio {name}", near=(name, ratios))
    for name in sorted((attributes & covariates) | ((attributes | covariates) & set(question.places))):
        message = f"{name} names two things; an attribute, a covariate and a place need names of their own"
        yield Problem((*group, name) if name in ratios else group, message)
    counted = [way.name for way in question.itineraries if way.count is not None]
    for name in sorted(ratios.intersection(counted)):
        message = f"expected no ratio of {name}, because places is given by counts; leave out one of the two"
        yield Problem((*group, name), message)
    if question.itineraries and not counted and question.itineraries[0].place in ratios:
        name = question.itineraries[0].place
        message = f"{name} is the reference place, whose ratio is 1; give the ratios of the other places"
        yield Problem((*group, name), message)


def _check_condition_names(scenario: ScenarioRecord) -> Iterator[Problem]:
    covariates = _name_covariates(scenario)
    for name in scenario.priors.conditions:
        if name not in covariates and name not in scenario.unused:
            message = "expected the name of a covariate of this file; found none of that name"
            yield Problem(("priors", "conditions", name), message, near=(name, covariates), on_key=True)


def _check_belief(key: KeyPath, belief: object, question: Question) -> Iterator[Problem]:
    if isinstance(belief, StageBelief):
        yield from _check_stay((*key, "stay", belief.stay.word), belief.stay)
        yield from check_shape(key, belief)
        if belief.never is not None:
            yield from check_interval((*key, "never"), belief.never, below=1, least=NEAR_NOTHING)
        yield from _check_ends((*key, "ends"), belief, question, stage=str(key[2]))
    elif isinstance(belief, RatioBelief):
        if key[1] == "seriousness":
            yield from check_interval((*key, "factor"), belief.factor, above=1, most=MOST_SERIOUS)
        else:
            yield from check_interval((*key, "factor"), belief.factor)
        if not belief.per > 0:
            yield Problem((*key, "per"), f"expected a number of units above 0; found {belief.per:g}")
        elif not NEAR_NOTHING <= belief.per <= FAR_TOO_MUCH:
            limits = f"{NEAR_NOTHING:g} to {FAR_TOO_MUCH:g}"
            yield Problem((*key, "per"), f"expected a number of units from {limits}; found {belief.per:g}")
    elif isinstance(belief, NeverBelief):
        yield from check_interval((*key, "share"), belief.share, below=1, least=NEAR_NOTHING)
    elif isinstance(belief, ConditionBelief):
        yield from _check_condition(key, belief)
    elif isinstance(belief, PlanBelief):
        yield from check_interval((*key, "kept"), belief.kept, below=1, least=NEAR_NOTHING)
        yield from check_interval((*key, "meanwhile"), belief.meanwhile)
        if belief.late is not None:
            yield from check_interval((*key, "late"), belief.late, least=SHORTEST_STAY, most=LONGEST_STAY)


def _check_stay(key: KeyPath, stay: Stay) -> Iterator[Problem]:
    yield from check_interval(key, stay, least=SHORTEST_STAY, most=LONGEST_STAY)
    if stay.is_single and stay.lo <= stay.hi < LEAST_SPREAD * stay.lo:
        message = f"expected single stays that differ, with hi at least {LEAST_SPREAD:g} times lo"
        yield Problem(key, f"{message}; found [{stay.lo:g}, {stay.hi:g}]")


def _check_condition(key: KeyPath, belief: ConditionBelief) -> Iterator[Problem]:
    if belief.is_for_good and belief.may_return:
        yield Problem((*key, "returns"), "expected never, because what lasts for good does not come back; found a mean")
    if not belief.is_for_good and belief.returns is None:
        message = "expected returns: never, or after how long it comes back, such as {mean: [100, 900]}; found none"
        yield Problem((*key, "returns"), message)
    for name, interval in (("lasts", belief.lasts), ("returns", belief.returns)):
        if interval not in (None, UNENDING):
            yield from check_interval((*key, name, MEAN), interval, least=SHORTEST_STAY, most=LONGEST_STAY)


def _check_ends(key: KeyPath, belief: StageBelief, question: Question, *, stage: str) -> Iterator[Problem]:
    if not belief.ends:
        yield Problem(key, "expected at least one way in which a stay ends; found none")
    choices = [name for name in (*question.stages, EVENT) if name != stage]
    for name, count in belief.ends.items():
        if name not in choices:
            yield Problem((*key, name), f"unknown end of a stay in {stage}", near=(name, choices), on_key=True)
        if not count > 0:
            yield Problem((*key, name), f"expected a count above 0; found {count:g}. Leave out an end that cannot be")
        elif not LEAST_COUNT <= count <= FAR_TOO_MUCH:
            limits = f"{LEAST_COUNT:g} to {FAR_TOO_MUCH:g}"
            yield Problem((*key, name), f"expected a count from {limits}, of ten or so; found {count:g}")


def check_citations(scenario: ScenarioRecord, key: KeyPath, because: tuple[str, ...]) -> Iterator[Problem]:
    """Find what is wrong with the facts that something rests on."""
    if not because:
        yield Problem((*key, "because"), "expected at least one fact; found none. Cite the facts that it rests on")
    for index, name in enumerate(because):
        if name not in scenario.facts:
            yield Problem((*key, "because", index), f"unknown fact {name}", near=(name, scenario.facts))
