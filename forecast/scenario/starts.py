"""Timelines that wait for others: whether what they wait for has come, who waits for whom, and what cannot be."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping

from forecast.scenario.ensemble import Family
from forecast.scenario.entries import StageEntry, step_day
from forecast.scenario.events import Event, First, InOrder, Part, Some, list_parts, list_totals
from forecast.scenario.facts import Fact
from forecast.scenario.scenario import Scenario
from forecast.scenario.suppositions import Interventions


def list_days(part: Part, timelines: Mapping[str, Scenario]) -> list[datetime.date]:
    """Return the days on which a part came by `as_of`, by the record, in order of time."""
    steps = [item.entry for item in timelines[part.timeline].known().steps]
    return [
        step_day(step)
        for step in steps
        if (step.stage == part.stage if isinstance(step, StageEntry) else not part.stage)
    ]


def find_day(event: Event, timelines: Mapping[str, Scenario]) -> datetime.date | None:
    """Return the day on which an event had come by `as_of`, by the record; None where it had not."""
    if isinstance(event, Part):
        return next(iter(list_days(event, timelines)), None)
    if isinstance(event, Some) and event.most is None:
        days = sorted(day for item in event.of if (day := find_day(item, timelines)) is not None)
        return days[event.least - 1] if len(days) >= event.least > 0 else None
    return None


def find_facts(event: Event, timelines: Mapping[str, Scenario], day: datetime.date) -> dict[str, Fact]:
    """Return the facts of the steps that made an event come on a day, each with its timeline's name before its id."""
    found: dict[str, Fact] = {}
    for part in list_parts(event):
        scenario = timelines[part.timeline]
        for item in scenario.known().steps:
            if step_day(item.entry) == day:
                found |= {f"{part.timeline} {name}": scenario.facts[name] for name in item.entry.because}
    return found


def can_be_waited_for(event: Event) -> bool:
    """Tell whether an event has a day by the record: a part, or so many of some at least."""
    if isinstance(event, Part):
        return True
    return isinstance(event, Some) and event.most is None and all(map(can_be_waited_for, event.of))


def find_loop(starts: Mapping[str, Event]) -> tuple[str, ...]:
    """Return the timelines of a circle in which each waits for the next; none where there is no circle.

    Examples
    --------
    >>> find_loop({"a": Part("b"), "b": Part("c"), "c": Part("a")})
    ('a', 'b', 'c', 'a')
    """
    for first in starts:
        path = _follow(first, (first,), starts)
        if path:
            return path
    return ()


def _follow(name: str, path: tuple[str, ...], starts: Mapping[str, Event]) -> tuple[str, ...]:
    for part in list_parts(starts[name]) if name in starts else ():
        if part.timeline == path[0]:
            return (*path, part.timeline)
        if part.timeline not in path and (found := _follow(part.timeline, (*path, part.timeline), starts)):
            return found
    return ()


def list_needed(event: Event, waits: Mapping[str, Event]) -> list[Part]:
    """Return the parts of an event and all that these wait for, those that wait for others last."""
    found: dict[Part, None] = {}

    def add(part: Part) -> None:
        if part.timeline in waits:
            for other in list_parts(waits[part.timeline]):
                add(other)
        found.setdefault(part)

    for part in list_parts(event):
        add(part)
    return list(found)


def hang_together(event: Event, waits: Mapping[str, Event]) -> bool:
    """Tell whether two parts of an event wait for one another, or for the same."""
    seen: set[str] = set()
    for part in list_parts(event):
        own = {other.timeline for other in list_needed(part, waits)}
        if own & seen:
            return True
        seen |= own
    return False


def list_order_misfits(
    event: Event, timelines: Mapping[str, Scenario], waits: Mapping[str, Event], once: Collection[str]
) -> Iterator[str]:
    """Yield what cannot be asked of an event's parts: an order in a window that opens later, a stage that is set."""
    scenario = next(iter(timelines.values()))
    if (scenario.window.start - scenario.as_of).days > 1 and _has_order(event):
        yield f"expected a window from the day after as_of on beside in_order and first; found {scenario.window.start}"
    for part in (one for total in list_totals(event) for one in total.of):
        if part.timeline in waits:
            yield f"expected events to be counted of timelines that hang on no other; {part.timeline} does"
        if part.timeline in once:
            yield f"expected events to be counted of timelines in which several may come; {part.timeline} says once"
    if any(True for _ in list_totals(event)) and hang_together(event, waits):
        yield "expected no events that are counted beside timelines that hang together"
    steps: dict[str, Part] = {}
    for part in list_needed(event, waits):
        if steps.setdefault(part.timeline, part) != part:
            yield f"expected one step of {part.timeline}; {steps[part.timeline]} and {part} hang together"
    for part in list_parts(event):
        if part.stage and part.stage in timelines[part.timeline].interventions.stage:
            yield f"expected a stage that do does not set, which is no entry by itself; it sets {part.stage}"


def _has_order(event: Event) -> bool:
    if isinstance(event, InOrder | First):
        return True
    return isinstance(event, Some) and any(map(_has_order, event.of))


def list_misfits(family: Family) -> Iterator[str]:
    """Yield what a timeline that has not begun cannot have: days of the calendar are none of its clock's."""
    for name, scenario in family.timelines.items():
        if scenario.timeline:
            yield f"expected no entries of {name}, because it has not begun; found {len(scenario.timeline)}"
        if scenario.interventions != Interventions() or not scenario.evidence.says_nothing:
            yield f"expected neither do nor given of {name}, because it has not begun"
        if (scenario.window.start - scenario.as_of).days > 1:
            yield f"expected a window from the day after as_of on beside starts; found one from {scenario.window.start}"
