"""How likely each course of events is that reports leave open: what they were worth as they came, and what followed.

A report is right with the chance that its entry gives, as of the day on which it became known, given all that was known
then. What followed speaks by how probable each course made it: the evidence of the record up to the eve of the next
report, or `as_of`, over that of the record on the day of the report.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from itertools import pairwise

from forecast.answer.ahead import carry_ahead
from forecast.errors import InputError
from forecast.inference import Settings, log_evidence, stream
from forecast.model import build_priors, build_timeline
from forecast.scenario import (
    Evidence,
    Interventions,
    Scenario,
    list_reports,
    make_sound,
    of_course,
    possible_courses,
)

DAY = datetime.timedelta(days=1)


def weigh_courses(scenario: Scenario, settings: Settings) -> list[tuple[tuple[bool, ...], Scenario, float]]:
    """Return all that may be true of a scenario's reports: of each whether it is right, the scenario, how likely it is.

    A course that cannot be, because other steps contradict it, is left out.

    Raises
    ------
    InputError
        If what is supposed does not fit a course that can be.
    FitError
        If the quick engine fails its gate.
    """
    reports = list_reports(scenario)
    days = [report.public for report in reports]
    spans = [(start, end - DAY) for start, end in pairwise([*days, scenario.as_of + DAY])]
    known: dict[tuple[tuple[bool, ...], datetime.date], float] = {}

    def evidence(course: Scenario, told: tuple[bool, ...], day: datetime.date) -> float:
        if (told, day) not in known:
            known[told, day] = _log_evidence(course, day, settings)
        return known[told, day]

    found = []
    for truths, told_so in possible_courses(scenario):
        try:
            course = make_sound(told_so)
        except InputError as error:
            raise InputError([of_course(scenario, truths, problem) for problem in error.problems]) from None
        log_weight = 0.0
        for index, (is_right, (start, end)) in enumerate(zip(truths, spans, strict=True)):
            log_weight += math.log(reports[index].right if is_right else 1 - reports[index].right)
            if end > start:
                told = truths[: index + 1]
                log_weight += evidence(course, told, end) - evidence(course, told, start)
        found.append((truths, course, log_weight))
    most = max(log_weight for *_, log_weight in found)
    total = sum(math.exp(log_weight - most) for *_, log_weight in found)
    return [(truths, course, math.exp(log_weight - most) / total) for truths, course, log_weight in found]


def _log_evidence(scenario: Scenario, day: datetime.date, settings: Settings) -> float:
    """Return the log evidence of the record up to a day, with the silence since its last step."""
    plain = replace(scenario, interventions=Interventions(), evidence=Evidence(), readings=())
    known = plain.at(as_of=day, window=(day + DAY, day + DAY)).known()
    timeline = build_timeline(known)
    found, draws = log_evidence(timeline, build_priors(known, timeline), settings)
    if len(timeline.quiet.days):  # its silence is no part of the likelihood
        found += math.log(carry_ahead(timeline, draws, stream(settings.seed, "evidence"), agreement=0).weight.mean())
    return found
