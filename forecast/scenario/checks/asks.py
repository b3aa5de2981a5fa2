"""What can be wrong with what is asked: two things at once, names that there are not, bins that overlap."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import pairwise

from forecast.errors import KeyPath, Problem
from forecast.scenario.asks import LATER, NEVER, Asks, Bin
from forecast.scenario.checks.ahead import check_day, check_stage_name
from forecast.scenario.known import resolve
from forecast.scenario.record import ScenarioRecord

KEY: KeyPath = ("question", "asks")
BINS_KEY: KeyPath = ("question", "bins")
BY_MOST = 3  # stages that are entered by a day; each doubles the walks


def check_asks(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find questions that cannot be asked of a timeline."""
    yield from _check_kinds(scenario)
    yield from _check_names(scenario)
    yield from _check_recurring(scenario)
    yield from _check_bins(scenario)
    yield from _check_reaches(scenario)


def _check_kinds(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find two things that are asked at once, and numbers that are always or never a yes."""
    asks = scenario.question.asks
    numbers = [name for name in ("at_least", "at_most", "exactly") if getattr(asks, name) is not None]
    kinds = {
        "a number of events": bool(numbers or asks.places),
        "a stage that is reached": asks.reached,
        "a stage in force": asks.in_force,
    }
    found = [name for name, is_asked in kinds.items() if is_asked]
    if len(found) > 1:
        yield Problem(
            KEY, f"expected one thing to be asked; found {' and '.join(found)}. Ask each in a file of its own"
        )
        return
    if "exactly" in numbers and len(numbers) > 1:
        yield Problem((*KEY, "exactly"), f"expected it alone; found {' and '.join(numbers)}", on_key=True)
    elif numbers == ["at_least"] and asks.at_least == 0:
        yield Problem((*KEY, "at_least"), "expected 1 or more; found 0, which every world has")
    elif len(numbers) == 2 and (asks.at_least or 0) > (asks.at_most or 0):
        message = f"expected a number up to at_most, {asks.at_most}; found {asks.at_least}"
        yield Problem((*KEY, "at_least"), message)
    if numbers and scenario.question.is_first and asks.is_number:
        message = f"expected a question that one event settles beside `counts: first`; found {asks}"
        yield Problem((*KEY, numbers[0]), f"{message}. Leave out counts", on_key=True)


def _check_names(scenario: ScenarioRecord) -> Iterator[Problem]:
    question, asks = scenario.question, scenario.question.asks
    for place in asks.places:
        if place not in question.known_places:
            yield Problem((*KEY, "in"), f"unknown place {place}", near=(place, question.places))
    for name in ("reached", "in_force"):
        if (stage := getattr(asks, name)) is None:
            continue
        if stage not in question.stages:
            yield Problem((*KEY, name), f"unknown stage {stage}", near=(stage, question.stages))
        elif len(question.stages) == 1:
            yield Problem((*KEY, name), "expected none, because a question of one stage is always in it", on_key=True)
        elif name == "reached" and stage in scenario.interventions.stage:
            message = f"expected a stage that do does not set, which is no entry by itself; it sets {stage}"
            yield Problem((*KEY, name), message)


def _check_recurring(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find events that may never come, and would have to come again."""
    question, stages = scenario.question, scenario.question.stages
    if question.is_first or not stages:
        return
    resting = scenario.priors.stages.get(stages[0])
    is_barred = resting is not None and resting.belief.never is not None
    is_barred = is_barred or (scenario.priors.never is not None and len(stages) == 1)
    opens_later = (scenario.window.start - scenario.as_of).days > 1
    if is_barred and (question.asks != Asks() or opens_later or (question.bins[:1] and not question.bins[0].is_dated)):
        message = (
            f"expected `counts: first`, because a stay in {stages[0]} may be one from which the event never comes, "
        )
        yield Problem(("question",), f"{message}and whether it is one after an event is not said; found none")


def _check_bins(scenario: ScenarioRecord) -> Iterator[Problem]:
    question, bins = scenario.question, scenario.question.bins
    if not bins:
        return
    if len({item.is_dated for item in bins}) > 1:
        yield Problem(BINS_KEY, "expected numbers of events or days, not both")
    elif bins[0].is_dated:
        yield from _check_dates(scenario)
    else:
        yield from _check_numbers(bins)
        if question.asks.stage:
            yield Problem(BINS_KEY, f"expected days as bins of a question about a stage; found {bins[0].label}")
        elif question.is_first:
            yield Problem(BINS_KEY, "expected no numbers of events beside `counts: first`. Leave out counts")
        elif any(getattr(entry, "right", None) is not None for entry in scenario.timeline):
            message = "expected no numbers of events beside reports that may be wrong (right)"
            yield Problem(BINS_KEY, f"{message}; their courses are not counted together")


def _check_numbers(bins: tuple[Bin, ...]) -> Iterator[Problem]:
    spans = sorted((item.counts, item.label) for item in bins if item.counts)
    for ((_, most), label), ((least, _), after) in pairwise(spans):
        if most is None or least <= most:
            yield Problem(BINS_KEY, f"expected bins that do not overlap; found {label} and {after}")


def _check_dates(scenario: ScenarioRecord) -> Iterator[Problem]:
    question, window = scenario.question, scenario.window
    if question.asks.in_force or (question.asks.numbers or (1, None))[1] is not None:
        yield Problem(BINS_KEY, f"expected numbers, because a yes comes on no day; found days beside {question.asks}")
        return
    spans: list[tuple[tuple[datetime.date, datetime.date], str]] = []
    labels = [item.label for item in question.bins]
    for index, item in enumerate(question.bins):
        if item.label in (NEVER, LATER):
            if labels.index(item.label) < index:
                yield Problem((*BINS_KEY, index), f"expected {item.label} once")
        elif (span := item.days(window.start, window.until)) is None:
            found = f"{item.label}, which has no day from {window.start} to {window.until}"
            yield Problem((*BINS_KEY, index), f"expected days within the window; found {found}")
        else:
            spans.append((span, item.label))
    spans.sort()
    for ((_, last), label), ((first, _), after) in pairwise(spans):
        if first <= last:
            yield Problem(BINS_KEY, f"expected bins that do not overlap; found {label} and {after}")
    if LATER in labels and spans and spans[-1][0][1] == window.until:
        message = f"expected no `later`, because {spans[-1][1]} goes on to the window's end, {window.until}"
        yield Problem((*BINS_KEY, labels.index(LATER)), f"{message}. Beyond it is `never`")


def _check_reaches(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find what cannot be learned, by a day or on one."""
    reaches, question = scenario.evidence.reaches, scenario.question
    last_day = scenario.evidence.last_day
    if question.asks.reached and last_day is not None and last_day >= scenario.window.start:
        message = f"expected a window from after {last_day}, up to which something is given"
        message += f", because {question.asks.reached} may be reached before that"
        yield Problem(("window", "from"), f"{message}; found {scenario.window.start}", on_key=True)
    if not reaches:
        return
    key: KeyPath = ("given", "stage")
    present = resolve(scenario).present.stage
    for name, reach in reaches.items():
        yield from check_stage_name(scenario, (*key, name), name)
        yield from check_day(scenario, (*key, name, reach.word), reach.by)
        if question.stages[:1] == (name,):
            message = f"expected a stage after the first; {name} is entered by the event, too"
            yield Problem((*key, name), message, on_key=True)
        elif name == present:
            message = f"expected a stage that the episode is not in; it is in {name} already on {scenario.as_of}"
            yield Problem((*key, name), message, on_key=True)
        if name in scenario.interventions.stage:
            message = "expected a stage that do does not set, which is no entry by itself"
            yield Problem((*key, name), f"{message}; it sets {name}", on_key=True)
    if sum(reach.happens for reach in reaches.values()) > BY_MOST:
        yield Problem(key, f"expected at most {BY_MOST} stages with `by`; found {len(reaches)}", on_key=True)
    if question.asks.is_number or (question.bins and not question.bins[0].is_dated):
        message = "expected a question of yes and no beside `by` and `not_by`; found one that counts events"
        yield Problem(key, message, on_key=True)
