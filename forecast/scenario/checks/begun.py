"""What can be wrong with a window that began before `as_of`: whether the event came in it must be on record."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import Problem
from forecast.scenario.entries import EventEntry, earliest_day, step_day
from forecast.scenario.known import Known
from forecast.scenario.record import ScenarioRecord


def check_begun_window(scenario: ScenarioRecord, known: Known) -> Iterator[Problem]:
    """Find days of the window of which the record says nothing, or nothing certain."""
    began, first = scenario.window.began, scenario.question.history_from
    if began is None:
        return
    key = ("window", "from")
    if began < first:
        message = f"expected a day on or after history_from, {first}, before which nobody looked; found {began}"
        yield Problem(key, message)
    for hole in known.holes:
        if hole.until >= began:
            message = f"expected no days without record in the window so far; found {hole.start} to {hole.until}"
            yield Problem(key, message)
    for item in known.steps:
        entry = item.entry
        stage = None if isinstance(entry, EventEntry) else entry.stage
        if stage not in (None, scenario.question.asks.reached) or step_day(entry) < began:
            continue
        if entry.right is not None:
            what = "an event that is" if stage is None else "a step that is"
            message = f"expected {what} certain, because the window began on {began} and it would be the answer"
            yield Problem(("timeline", item.number or 0, "right"), f"{message}; found a report that may be wrong")
        elif earliest_day(entry) < began:
            days = f"{earliest_day(entry)} to {step_day(entry)}"
            message = f"expected a first day that is not among {days}, on one of which that came; found {began}"
            yield Problem(key, message)
