"""What can be wrong with shares from which the event never comes, and what cannot be asked beside them."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import KeyPath, Problem
from forecast.scenario.entries import EventEntry, StageEntry, step_day
from forecast.scenario.known import resolve
from forecast.scenario.question import EVENT
from forecast.scenario.record import ScenarioRecord


def check_never(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find such shares in two places, of rest, or of a stage that has no event."""
    priors, question = scenario.priors, scenario.question
    for stage, prior in priors.stages.items():
        key: KeyPath = ("priors", "stages", stage, "never")
        for belief in (prior.belief, prior.otherwise):
            if belief is None or belief.never is None:
                continue
            if priors.never is not None:
                yield Problem(key, "expected one of this and priors.never, which is about all stages; found both")
            elif stage == question.resting:
                message = f"expected a stage of an episode; {stage} is the stage between episodes"
                yield Problem(key, f"{message}. Give priors.never, or leave {EVENT} out of its ends")
            elif EVENT not in belief.ends:
                yield Problem(key, f"expected a stage that ends in the event; found {stage}, which never does")
    if scenario.fades is not None and (found := _find_stages(scenario)):
        message = "expected no fades beside a share that never comes to the event, which is known from all of a stay"
        yield Problem(("fades",), f"{message}; found never of {', '.join(found)}")


def check_never_ahead(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find a step of no certain day, and a stage that is set, where a share never comes to the event."""
    known = resolve(scenario)
    found = _find_stages(scenario)
    for stage in scenario.interventions.stage:
        if stage in found:
            message = f"{stage} cannot be set, because nobody says whether the event may come from the stay that begins"
            yield Problem(("do", "stage", stage), f"{message}. Leave out its never, or suppose it under given")
    if (begins := known.begins) is not None and begins.stage in found and begins.since != known.question.history_from:
        yield _ask_for_beginning(("begins",), begins.stage, f"since: {known.question.history_from}")
    for hole in known.holes:
        if hole.then is not None and hole.then.stage in found and hole.then.since != hole.until:
            number = [other.start for other in scenario.unrecorded].index(hole.start)
            yield _ask_for_beginning(("unrecorded", number, "then"), hole.then.stage, f"since: {hole.until}")
    stage = known.first_stay.stage
    for item in known.steps:
        after = item.entry.stage if isinstance(item.entry, StageEntry) else scenario.question.stages[0]
        if item.entry.earliest is not None and {stage, after}.intersection(found):
            name = "event" if isinstance(item.entry, EventEntry) else "from"
            message = f"expected one day, because a share of {stage if stage in found else after} never comes to it"
            said = f"{item.entry.earliest}/{step_day(item.entry)}"
            yield Problem(("timeline", item.number or 0, name), f"{message}; found {said}. Give the likeliest day")
        stage = after


def _ask_for_beginning(key: KeyPath, stage: str, since: str) -> Problem:
    """Refuse a stay that was found under way: those that are left are rather those that never come to the event."""
    message = (
        f"expected a stay that is on record from its first day, because a share of {stage} never comes to the event"
    )
    return Problem(key, f"{message}, and that of those found under way is larger. Leave out never, or say {since}")


def _find_stages(scenario: ScenarioRecord) -> list[str]:
    """Name the stages from which the event may never come."""
    priors, question = scenario.priors, scenario.question
    if priors.never is not None:
        return [stage for stage in question.stages if stage != question.resting]
    return [stage for stage, prior in priors.stages.items() if prior.belief.never is not None]
