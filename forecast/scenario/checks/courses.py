"""What can be wrong with the course of a timeline, and with every course that may be true of it."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import Problem
from forecast.scenario.checks.ageing import check_ages
from forecast.scenario.checks.never import check_never_ahead
from forecast.scenario.checks.timeline import check_path
from forecast.scenario.checks.unsure import check_unsure_days
from forecast.scenario.limits import REPORTS_MOST
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.reports import list_reports, tell_each


def check_courses(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find what is wrong with a timeline's course; where entries may be wrong, whatever of them is true."""
    reports = list_reports(scenario)
    if len(reports) > REPORTS_MOST:
        message = f"expected at most {REPORTS_MOST} reports that may be wrong; found {len(reports)}"
        remedy = "Take the least doubtful for certain, or leave out those that hardly matter"
        yield Problem(("timeline", reports[REPORTS_MOST].number, "right"), f"{message}. {remedy}")
        return
    if reports and scenario.fades is not None:
        message = "expected no fades beside reports that may be wrong, which a record weighs that counts in full"
        yield Problem(("fades",), f"{message}. Leave out fades, or right")
    first: list[Problem] = []
    for _, course in tell_each(scenario):
        found = [*check_path(course), *check_days_of_steps(course)]
        if not found:
            return
        first = first or found
    yield from first


def check_days_of_steps(scenario: ScenarioRecord) -> list[Problem]:
    """Find steps whose days are not known well enough for what the stages are."""
    return [*check_unsure_days(scenario), *check_ages(scenario), *check_never_ahead(scenario)]
