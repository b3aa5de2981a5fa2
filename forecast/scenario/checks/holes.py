"""What can be wrong with where a record begins, and with the days on which nobody looked."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from forecast.errors import KeyPath, Problem
from forecast.scenario.entries import EventEntry, StageEntry, step_day
from forecast.scenario.holes import Begun, Hole
from forecast.scenario.known import Known
from forecast.scenario.reader import NO_DAY
from forecast.scenario.record import ScenarioRecord


def check_beginnings(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find what is wrong with where the record begins, breaks off and begins again."""
    first, begins = scenario.question.history_from, scenario.begins
    if begins is not None:
        yield from _check_begun(scenario, ("begins",), begins)
        if begins.since is not None and begins.since > first:
            message = f"expected a day up to history_from, {first}; found {begins.since}"
            yield Problem(("begins", "since"), f"{message}. A stage that was seen to begin is an entry of the timeline")
    before: list[Hole] = []
    for index, hole in enumerate(scenario.unrecorded):
        key: KeyPath = ("unrecorded", index)
        yield from _check_facts(scenario, key, hole.because)
        if not _is_usable(hole):
            if NO_DAY not in (hole.start, hole.until):
                yield Problem((*key, "until"), f"expected a day on or after from, {hole.start}; found {hole.until}")
            continue
        if hole.start <= first:
            message = f"expected a day after history_from, {first}; found {hole.start}"
            remedy = "Let history_from be the last of these days, and begins say which stage was under way"
            yield Problem((*key, "from"), f"{message}. {remedy}")
        for other in before:
            if other.start <= hole.until and hole.start <= other.until:
                found = f"found {hole.start} to {hole.until} beside {other.start} to {other.until}"
                yield Problem(key, f"expected days apart from all others without record; {found}. Make one of both")
        before.append(hole)
        yield from _check_end(scenario, key, hole)


def _check_end(scenario: ScenarioRecord, key: KeyPath, hole: Hole) -> Iterator[Problem]:
    """Find a hole after which nobody knows the stage."""
    as_of, then = scenario.as_of, hole.then
    if scenario.question.resting and hole.start <= as_of and (hole.until > as_of or (hole.until == as_of and not then)):
        message = f"expected a last day before as_of, {as_of}, because nobody knows the stage on it; found {hole.until}"
        remedy = f"Move as_of to a day before {hole.start}, or to one after {hole.until} once somebody has looked again"
        yield Problem((*key, "until"), f"{message}. {remedy}")
    elif then is not None and hole.until <= as_of:
        yield from _check_begun(scenario, (*key, "then"), then)
        if then.since is not None and not hole.start <= then.since <= hole.until:
            message = f"expected one of the days without record, {hole.start} to {hole.until}; found {then.since}"
            yield Problem((*key, "then", "since"), f"{message}. A stage that was seen to begin is an entry")


def _check_begun(scenario: ScenarioRecord, key: KeyPath, begun: Begun) -> Iterator[Problem]:
    stages = scenario.question.stages
    if begun.stage not in stages:
        yield Problem((*key, "stage"), f"unknown stage {begun.stage}", near=(begun.stage, stages))
    yield from _check_facts(scenario, key, begun.because)
    for index, name in enumerate(begun.because):
        if name in scenario.facts and (public := scenario.facts[name].public) > scenario.as_of:
            message = f"expected a fact that was public by as_of, {scenario.as_of}; {name} became so on {public}"
            yield Problem((*key, "because", index), f"{message}, and until then nobody knew the stage")


def _check_facts(scenario: ScenarioRecord, key: KeyPath, because: tuple[str, ...]) -> Iterator[Problem]:
    for index, name in enumerate(because):
        if name not in scenario.facts:
            yield Problem((*key, "because", index), f"unknown fact {name}", near=(name, scenario.facts))


def check_on_record(scenario: ScenarioRecord, key: KeyPath, entry: StageEntry | EventEntry) -> Iterator[Problem]:
    """Find a step on a day on which nobody looked."""
    last = step_day(entry)
    first = entry.earliest or last
    for hole in filter(_is_usable, scenario.unrecorded):
        if first <= hole.until and hole.start <= last:
            found = f"{first}/{last}" if entry.earliest else str(last)
            message = f"expected days on record; nobody looked from {hole.start} to {hole.until}; found {found}"
            if isinstance(entry, StageEntry):
                remedy = "Let then say in which stage the record begins again, or make the days without record fewer"
            else:
                remedy = "Leave it out, because the others of these days are not known, or make them fewer"
            yield Problem(key, f"{message}. {remedy}")


def find_unseen_lapse(known: Known, hole: Hole, stage: str, since: datetime.date) -> str | None:
    """Say why a record cannot break off in a stage that may have ended unseen before; None where it can."""
    if stage not in known.question.silent or (hole.start - since).days <= 1:
        return None
    return (
        f"breaks off in {stage}, which may have lapsed unseen since {since}; say by an entry when it ended, or leave "
        f"{stage} out of silent"
    )


def _is_usable(hole: Hole) -> bool:
    return NO_DAY not in (hole.start, hole.until) and hole.start <= hole.until
