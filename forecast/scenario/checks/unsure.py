"""What can be wrong with the days of steps that came on one of several, over which the model sums."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from forecast.errors import KeyPath, Problem
from forecast.scenario.entries import StageEntry, step_day
from forecast.scenario.known import resolve
from forecast.scenario.limits import DAYS_UNSURE_MOST
from forecast.scenario.record import ScenarioRecord


def check_days(
    key: KeyPath, earliest: datetime.date, last: datetime.date, first: datetime.date, public: datetime.date
) -> Iterator[Problem]:
    """Find days on one of which a step was that are too many, reach too far back, or beyond what was known."""
    if not 0 < (last - earliest).days < DAYS_UNSURE_MOST:
        message = f"expected the first day before the last, and up to {DAYS_UNSURE_MOST} days in all"
        yield Problem(key, f"{message}; found {earliest}/{last}")
    if earliest <= first:
        yield Problem(key, f"expected days after history_from, {first}; found {earliest}")
    if public < last:
        message = f"expected days up to that on which its facts became public, {public}; found {last}"
        yield Problem(key, f"{message}. Nobody can have known of later ones")


def check_unsure_days(scenario: ScenarioRecord) -> list[Problem]:
    """Find steps of no certain day beside other steps, plans or silence, where the model cannot sum over the days."""
    known = resolve(scenario)
    problems = []
    days = [(scenario.question.history_from, False)]
    for index, entry, _ in known.steps:
        label, last = "from" if isinstance(entry, StageEntry) else "day", step_day(entry)
        key: KeyPath = ("timeline", -1 if index is None else index, label)
        before, was_unsure = days[-1]
        if entry.earliest is not None:
            first = entry.earliest
            if scenario.fades is not None:
                message = f"expected one day, because the record fades; found {first}/{last}. Give the likeliest day"
                problems.append(Problem(key, message))
            if first <= before and len(days) > 1:
                problems.append(Problem(key, f"expected days after the step before, {before}; found {first}"))
            for _, plan, made in known.plans:
                is_due = plan.start <= last
                if made <= last and plan.until >= first and (is_due or made >= first):  # what is to come becomes void
                    why = f"is due on {plan.start}" if is_due else f"was made on {made}"
                    message = f"expected days without plans, but the plan {plan.plan} {why}; found {first}/{last}"
                    problems.append(Problem(key, f"{message}. Give the days before that, or after it"))
                    break
            is_last = entry is known.steps[-1].entry
            if is_last and isinstance(entry, StageEntry) and entry.stage in scenario.question.silent:
                message = f"expected one day, because {entry.stage} may have ended in silence since"
                problems.append(Problem(key, f"{message}; found {first}/{last}. Give the likeliest day"))
        elif was_unsure and last <= before:
            problems.append(Problem(key, f"expected a day after {before}, the last of the step before; found {last}"))
        days.append((last, entry.earliest is not None))
    return problems
