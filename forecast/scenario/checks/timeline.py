"""What can be wrong with a scenario's dates, itineraries and timeline, found by key path."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterator

from forecast.errors import KeyPath, Problem, list_some, shorten
from forecast.scenario.checks.begun import check_begun_window
from forecast.scenario.checks.covariates import check_covariate
from forecast.scenario.checks.dated import check_dated, check_dated_beliefs
from forecast.scenario.checks.holes import check_beginnings, check_on_record, find_unseen_lapse
from forecast.scenario.checks.intervals import check_interval
from forecast.scenario.checks.priors import check_citations, check_priors
from forecast.scenario.checks.unsure import check_days
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry, step_day
from forecast.scenario.holes import Hole
from forecast.scenario.known import Known, earliest_public, public_day, resolve
from forecast.scenario.limits import (
    CALENDAR_END,
    DAYS_AHEAD_MOST,
    FADES_LEAST,
    FADES_MOST,
    MOST_LOG_RATIO,
    NEAR_NOTHING,
    NO_EVENT,
)
from forecast.scenario.plans import may_be_planned
from forecast.scenario.question import EVENT
from forecast.scenario.record import ScenarioRecord


def check_parts(scenario: ScenarioRecord) -> list[Problem]:
    """Find what is wrong with each part by itself or with the names that it uses."""
    problems = [*_check_name(scenario), *_check_dates(scenario), *check_beliefs(scenario)]
    problems += [*check_beginnings(scenario), *_check_display(scenario)]
    known = resolve(scenario)
    for index, entry in enumerate(scenario.timeline):
        problems += check_entry(scenario, known, ("timeline", index), entry)
    problems += [*check_order(scenario), *check_dated_beliefs(scenario), *check_begun_window(scenario, known)]
    if scenario.reference is not None:
        problems += check_citations(scenario, ("reference",), scenario.reference.because)
    return problems


def check_beliefs(scenario: ScenarioRecord) -> list[Problem]:
    """Find what is wrong with the priors, or with the attributes that they are about."""
    return [*check_priors(scenario), *_check_itineraries(scenario)]


def _check_name(scenario: ScenarioRecord) -> Iterator[Problem]:
    name = scenario.name
    if not name or name.startswith(".") or set(name) & set("/\\") or not name.isprintable():
        expected = "expected a name that can be a folder's, without slashes and no dot first"
        yield Problem(("name",), f"{expected}; found '{shorten(name)}'")


def _check_dates(scenario: ScenarioRecord) -> Iterator[Problem]:
    first, as_of, window = scenario.question.history_from, scenario.as_of, scenario.window
    if as_of > CALENDAR_END:
        yield Problem(("as_of",), f"expected a day up to {CALENDAR_END}; found {as_of}")
    if scenario.fades is not None and not FADES_LEAST <= scenario.fades <= FADES_MOST:
        limits = f"{FADES_LEAST:g}y to {FADES_MOST:g}y"
        yield Problem(("fades",), f"expected a half-life from {limits}; found {scenario.fades:g}y")
    if as_of < first:
        yield Problem(("as_of",), f"expected a day on or after history_from, {first}; found {as_of}")
    if window.start <= as_of:
        yield Problem(
            ("window", "from"),
            f"expected a day after as_of, {as_of}, because what is dated up to as_of is history; found {window.start}",
        )
    if (window.until - as_of).days > DAYS_AHEAD_MOST:
        yield Problem(
            ("window", "until"),
            f"expected a day within forty years of as_of, {as_of}; found {window.until}",
        )
    if window.began is not None and window.until < window.start:
        message = f"expected a day after as_of, {as_of}, because the window is over; found {window.until}"
        yield Problem(("window", "until"), message)
    elif window.until < max(window.start, as_of):
        yield Problem(
            ("window", "until"),
            f"expected a day on or after the window's first, {window.start} (as_of is {as_of}); found {window.until}",
        )


def _check_itineraries(scenario: ScenarioRecord) -> Iterator[Problem]:
    ways = scenario.question.itineraries
    if not ways:
        yield Problem(("itineraries",), "expected at least one itinerary, or places; found none")
    for way in ways:
        key: KeyPath = ("itineraries", way.name)
        if way.name == NO_EVENT:
            yield Problem(key, f"expected another name; {NO_EVENT} stands for no event in the predictions")
        if way.because or way.attributes:
            yield from check_citations(scenario, key, way.because)
        for name, value in way.attributes.items():
            yield from check_attribute(scenario, (*key, name), name, value)


def _check_display(scenario: ScenarioRecord) -> Iterator[Problem]:
    question, priors = scenario.question, scenario.priors
    groups = {"stages": (*question.stages, EVENT), "places": question.places}
    ways = [way.name for way in question.itineraries]
    known = dict.fromkeys([*question.stages, EVENT, *question.places, *ways, *priors.hazard_ratios, *priors.plans])
    for name in question.display:
        if name not in known:
            yield Problem(("display", name), f"nothing has the name {name}", near=(name, known), on_key=True)
    for group, names in groups.items():
        shown = Counter(map(question.show, names))
        for name in names:
            if name in question.display and shown[question.show(name)] > 1:
                expected = f"expected a text that no other of the {group} has"
                yield Problem(("display", name), f"{expected}; found '{shorten(question.show(name))}'")


def check_attribute(scenario: ScenarioRecord, key: KeyPath, name: str, value: float) -> Iterator[Problem]:
    """Find what is wrong with an itinerary's attribute."""
    ratios = scenario.priors.hazard_ratios
    if name not in ratios:
        message = "attribute without a prior under priors.hazard_ratios"
        yield Problem(key, message, on_key=True, near=(name, ratios))
    elif not 0 <= value < float("inf"):
        yield Problem(key, f"expected a number of 0 or more; found {value:g}")
    else:
        factor, per = ratios[name].belief.factor, ratios[name].belief.per
        logs = [abs(math.log(bound)) for bound in (factor.lo, factor.hi) if bound > 0]
        if per >= NEAR_NOTHING and logs and value / per * max(logs) > MOST_LOG_RATIO:
            found = f"{value:g}, with a factor of [{factor.lo:g}, {factor.hi:g}] for each {per:g}"
            yield Problem(key, f"expected fewer units, or a larger per; found {found}, which leaves no choice")


def check_entry(scenario: ScenarioRecord, known: Known, key: KeyPath, entry: TimelineEntry) -> Iterator[Problem]:
    """Find what is wrong with one entry of a timeline."""
    yield from check_citations(scenario, key, entry.because)
    yield from check_dated(scenario, known, key, entry)
    stages = scenario.question.stages
    if isinstance(entry, StageEntry | EventEntry) and entry.right is not None:
        yield from check_interval((*key, "right"), entry.right, below=1, least=NEAR_NOTHING)
        if key[0] == "do":
            yield Problem((*key, "right"), "expected an entry that is certain, because it is set; leave right out")
    if isinstance(entry, StageEntry):
        if entry.stage not in stages:
            yield Problem((*key, "stage"), f"unknown stage {entry.stage}", near=(entry.stage, stages))
        yield from _check_gate(scenario, known, (*key, "from"), entry)
        yield from check_on_record(scenario, (*key, "from"), entry)
    elif isinstance(entry, EventEntry):
        yield from _check_event(scenario, known, key, entry)
        yield from check_on_record(scenario, (*key, "day"), entry)
    else:
        yield from _check_kind(scenario, key, entry)
        yield from _check_span(scenario, known, key, entry)


def _check_gate(scenario: ScenarioRecord, known: Known, key: KeyPath, entry: StageEntry) -> Iterator[Problem]:
    if not entry.because or not known.sees(entry.because):
        return
    first, public = scenario.question.history_from, public_day(scenario, entry)
    if public == datetime.date.min:  # stands in for a day that could not be read
        return
    if entry.earliest is not None:
        yield from check_days(key, entry.earliest, entry.start, first, public)
    elif entry.start != public and earliest_public(scenario, entry.because) == public:  # else said of its facts
        yield Problem(
            key, f"expected the day on which the stage became public, {public} by its facts; found {entry.start}"
        )
    elif entry.start < first:
        yield Problem(key, f"expected a day on or after history_from, {first}; found {entry.start}")


def _check_event(scenario: ScenarioRecord, known: Known, key: KeyPath, entry: EventEntry) -> Iterator[Problem]:
    names = scenario.question.ways
    if entry.itinerary not in names:
        yield Problem((*key, "event"), f"unknown itinerary {entry.itinerary}", near=(entry.itinerary, names))
    if not entry.because or not known.sees(entry.because):
        return
    first, as_of, public = scenario.question.history_from, scenario.as_of, public_day(scenario, entry)
    if public == datetime.date.min:  # stands in for a day that could not be read
        return
    if entry.earliest is not None:
        yield from check_days((*key, "day"), entry.earliest, entry.day, first, public)
    elif not first < entry.day <= as_of:
        message = f"expected a day after history_from and up to as_of ({first} to {as_of}); found {entry.day}"
        yield Problem((*key, "day"), message)
    elif public < entry.day:
        message = f"expected a day up to that on which its facts became public, {public}; found {entry.day}"
        yield Problem((*key, "day"), message)


def _check_kind(scenario: ScenarioRecord, key: KeyPath, entry: CovariateEntry | PlanEntry) -> Iterator[Problem]:
    label, name, group = (
        ("covariate", entry.covariate, "hazard_ratios")
        if isinstance(entry, CovariateEntry)
        else ("plan", entry.plan, "plans")
    )
    known = getattr(scenario.priors, group)
    if name not in known:
        where = f"priors.{group} (in a file that extends another, add.priors.{group})"
        yield Problem((*key, label), f"unknown {label} {name}: no prior under {where}", near=(name, known))


def _check_span(
    scenario: ScenarioRecord, known: Known, key: KeyPath, entry: CovariateEntry | PlanEntry
) -> Iterator[Problem]:
    places = scenario.question.known_places
    for index, place in enumerate(entry.places):
        if place not in places:
            yield Problem((*key, "places", index), f"unknown place {place}", near=(place, places))
    if entry.start and entry.until and entry.until < entry.start:
        yield Problem((*key, "until"), f"expected a day on or after from, {entry.start}; found {entry.until}")
    if isinstance(entry, CovariateEntry):
        yield from check_covariate(scenario, known, key, entry)


def check_order(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find steps of one day of which some have an `order` and others not, or two the same."""
    by_day: dict[datetime.date, list[tuple[int, int | None]]] = {}
    for index, entry in enumerate(scenario.timeline):
        if isinstance(entry, StageEntry | EventEntry):
            by_day.setdefault(step_day(entry), []).append((index, entry.order))
    for day, found in by_day.items():
        orders = [order for _, order in found]
        for number, (index, order) in enumerate(found):
            key: KeyPath = ("timeline", index, "order")
            if order is not None and order in orders[:number]:
                yield Problem(key, f"expected another order; a step of {day} has {order} already")
            elif order is not None and None in orders:
                yield Problem(key, f"expected an order for every step of {day}, or none; found some without")


def check_path(scenario: ScenarioRecord) -> list[Problem]:
    """Walk the known stages and events in time and find moves by no declared transition and no plan."""
    question, known = scenario.question, resolve(scenario)
    stage, since = known.first_stay.stage, question.history_from
    problems = []
    for item in known.course:
        if isinstance(item, Hole):
            if why := find_unseen_lapse(known, item, stage, since):
                number = [hole.start for hole in scenario.unrecorded].index(item.start)
                problems.append(Problem(("unrecorded", number, "from"), why))
            stage, since = known.stay_after(item).stage, item.until
            continue
        index, entry, _ = item
        assert index is not None
        name, target = ("stage", entry.stage) if isinstance(entry, StageEntry) else ("event", EVENT)
        ends = scenario.priors.stages[stage].belief.ends
        if target == stage:
            message = f"expected another stage; the timeline is in {stage} already on {step_day(entry)}"
            problems.append(Problem(("timeline", index, name), message))
        elif target not in ends:
            message = f"moves from {stage} to {target} on {step_day(entry)}, which is no declared transition"
            message = f"{message}; the ends of {stage} are {list_some(ends)}"
            if isinstance(entry, StageEntry):
                problems.append(Problem(("timeline", index, name), message))
            elif stage == question.resting or not may_be_planned(known, entry, since.toordinal()):
                why = (
                    "a plan brings none from rest"
                    if stage == question.resting
                    else "no plan was in force and due there"
                )
                remedy = f"Give priors.stages.{stage}.ends a count of event, or the stage or the plan by which it came"
                problems.append(Problem(("timeline", index, name), f"{message}, and {why}. {remedy}"))
        stage, since = question.stages[0] if target == EVENT else target, step_day(entry)
    return problems
