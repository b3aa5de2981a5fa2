"""What can be wrong with a family as a whole: what its units cannot share, and what is asked of one timeline alone."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import KeyPath
from forecast.scenario.asks import Asks
from forecast.scenario.ensemble import Family
from forecast.scenario.entries import EventEntry
from forecast.scenario.reports import list_reports
from forecast.scenario.scenario import Scenario

Found = tuple[KeyPath, str]


def check_family(family: Family) -> Iterator[Found]:
    """Yield the key of a family at which something is wrong, and what; what is so of many units is said once."""
    found: dict[Found, None] = {}
    for name, scenario in family.timelines.items():
        found |= dict.fromkeys(_list_misplaced(scenario))
        if family.once:
            found |= dict.fromkeys(_list_repeated(name, scenario))
        if len(family.timelines) > 1:
            found |= dict.fromkeys(_list_unshared(scenario))
        if family.pace or family.years is not None:
            found |= dict.fromkeys(_list_ageing(scenario))
    if len(family.timelines) < 2 and family.pace:
        found[("pace",), "expected several units, to have a pace of their own; found one timeline"] = None
    for name, labels in family.groups.items():
        if len(set(labels.values())) < 2:
            found[("pace", name), f"expected units that differ in {name}; found the same in all of them"] = None
    yield from found


def _list_misplaced(scenario: Scenario) -> Iterator[Found]:
    expected = "expected none beside other timelines; found"
    if scenario.question.asks != Asks() or scenario.question.bins:
        yield ("question",), f"{expected} a question of its own. What is asked of all stands under question.event"
    if list_reports(scenario):
        yield ("timeline",), f"{expected} a report that may be wrong (right)"


def _list_repeated(name: str, scenario: Scenario) -> Iterator[Found]:
    events = sum(isinstance(entry, EventEntry) for entry in scenario.timeline)
    if events > 1:
        yield ("once",), f"expected one event of {name}, because it can come once; found {events}"


def _list_ageing(scenario: Scenario) -> Iterator[Found]:
    shapes = [name for name, item in scenario.priors.stages.items() if item.belief.ages]
    if shapes:
        yield ("priors", "stages", shapes[0], "stay"), "expected none beside pace or years; found a stay that ages"


def _list_unshared(scenario: Scenario) -> Iterator[Found]:
    """Yield what a family of several units has no likelihood for."""
    expected = "expected none in a family of several units; found"
    if scenario.known().spells:
        yield ("timeline",), f"{expected} a condition that may change. Give its entry `until`"
    if scenario.priors.never is not None or any(item.belief.never for item in scenario.priors.stages.values()):
        yield ("priors",), f"{expected} a share from which the event never comes (never)"
