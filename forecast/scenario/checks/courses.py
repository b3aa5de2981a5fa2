"""What can be wrong with the course of a timeline, and with every course that may be true of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forecast.errors import Problem
from forecast.scenario.checks.ageing import check_ages
from forecast.scenario.checks.never import check_never_ahead
from forecast.scenario.checks.timeline import check_path
from forecast.scenario.checks.unsure import check_unsure_days
from forecast.scenario.entries import step_day
from forecast.scenario.limits import REPORTS_MOST
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.reports import list_reports, tell_each


def check_courses(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find what is wrong with a timeline's course; where entries may be wrong, with any that is possible."""
    reports = list_reports(scenario)
    if not reports:
        yield from [*check_path(scenario), *check_days_of_steps(scenario)]
        return
    if len(reports) > REPORTS_MOST:
        message = f"expected at most {REPORTS_MOST} reports that may be wrong; found {len(reports)}"
        remedy = "Take the least doubtful for certain, or leave out those that hardly matter"
        yield Problem(("timeline", reports[REPORTS_MOST].number, "right"), f"{message}. {remedy}")
        return
    if scenario.fades is not None:
        message = "expected no fades beside reports that may be wrong, which a record weighs that counts in full"
        yield Problem(("fades",), f"{message}. Leave out fades, or right")
    courses = possible_courses(scenario)
    if not courses:
        _, as_told = next(tell_each(scenario.record()))
        yield from check_path(as_told)
    for truths, course in courses:
        if found := check_days_of_steps(course):
            yield from [of_course(scenario, truths, problem) for problem in found]
            return


def possible_courses(scenario: ScenarioRecord) -> list[tuple[tuple[bool, ...], ScenarioRecord]]:
    """List all that may be true of the reports and is not contradicted by the other steps, with the record then."""
    return [(truths, course) for truths, course in tell_each(scenario.record()) if not check_path(course)]


def check_days_of_steps(scenario: ScenarioRecord) -> list[Problem]:
    """Find steps whose days are not known well enough for what the stages are."""
    return [*check_unsure_days(scenario), *check_ages(scenario), *check_never_ahead(scenario)]


def of_course(scenario: ScenarioRecord, truths: tuple[bool, ...], problem: Problem) -> Problem:
    """Tell of which course a problem is, by its key in the file: wrong reports are no part of their course."""
    wrong = [report for report, is_right in zip(list_reports(scenario), truths, strict=True) if not is_right]
    if not wrong:
        return problem
    key, gone = problem.key, {report.number for report in wrong}
    if key[0] == "timeline" and isinstance(key[1], int):
        kept = [number for number in range(len(scenario.timeline)) if number not in gone]
        key = (key[0], kept[key[1]], *key[2:])
    days = ", ".join(str(step_day(report.entry)) for report in wrong)
    return replace(problem, key=key, text=f"should the report of {days} be wrong: {problem.text}")
