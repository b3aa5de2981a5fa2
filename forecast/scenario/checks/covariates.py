"""What can be wrong with covariates: calendars, and conditions that entries open and end."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from forecast.errors import KeyPath, Problem
from forecast.scenario.entries import CovariateEntry
from forecast.scenario.known import Known
from forecast.scenario.question import EVENT
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.spells import YEAR, is_open


def check_covariate(scenario: ScenarioRecord, known: Known, key: KeyPath, entry: CovariateEntry) -> Iterator[Problem]:
    """Find what is wrong with a calendar, or with a condition that an entry opens or ends."""
    ends = [*scenario.question.stages, EVENT]
    for index, name in enumerate(entry.transitions):
        if name not in ends:
            yield Problem((*key, "transitions", index), f"unknown end {name}", near=(name, ends))
    if entry.places and any(name != EVENT for name in entry.transitions):
        yield Problem((*key, "places"), "places narrow the event alone; give changes of stage an entry of their own")
    if entry.start is None and entry.until is None:
        yield Problem(key, "expected from, until or both; found neither")
    elif entry.every and not (entry.start and entry.until):
        yield Problem(
            (*key, "every"), "expected from and until beside it, the days of its first time; found one of them"
        )
    elif entry.every and entry.start and entry.until and (entry.until - entry.start).days >= YEAR:
        days = (entry.until - entry.start).days + 1
        yield Problem(
            (*key, "until"), f"expected a day within a year of from, because it comes again; found {days} days"
        )
    elif is_open(entry) and entry.covariate not in scenario.priors.conditions:
        name = entry.covariate
        message = (
            f"expected until, or a prior of how long {name} lasts; found neither, and nothing lasts for ever. Give "
            f"priors.conditions.{name}, with lasts: {{mean: [lo, hi]}} in days and returns: never, or lasts: for good "
            "(in a file that extends another, under add.priors)"
        )
        yield Problem((*key, "covariate"), message)
    elif is_open(entry) and (other := _find_other_scope(scenario, entry)):
        message = (
            f"expected the places and transitions of the entry of {other.start}, because each condition has one "
            f"state; found others. Give {entry.covariate} another name here, with priors of its own"
        )
        yield Problem(key, message)
    elif entry.start is None and known.sees(entry.because) and not opens_before(known, entry):
        message = f"expected an entry that opens {entry.covariate} by {entry.until} and leaves it open; found none"
        yield Problem((*key, "until"), message)


def opens_before(known: Known, closing: CovariateEntry) -> bool:
    """Tell whether a known entry opens the condition that `closing` ends, and leaves it open."""
    spells = known.spells.get(closing.covariate, ())
    return closing.until is not None and any(spell.start <= closing.until for spell in spells)


def _find_other_scope(scenario: ScenarioRecord, entry: CovariateEntry) -> CovariateEntry | None:
    """Return the first entry that opens the same condition, if on another day it acted on something else.

    Entries of one day say together what it acts on.
    """
    entries = (*scenario.timeline, *scenario.interventions.timeline)
    same = [item for item in entries if isinstance(item, CovariateEntry) and item.covariate == entry.covariate]
    opening = [item for item in same if is_open(item)]

    def acts_on(start: datetime.date | None) -> set[tuple[frozenset[str], frozenset[str]]]:
        return {(frozenset(each.places), frozenset(each.transitions)) for each in opening if each.start == start}

    first = opening[0]
    return first if acts_on(first.start) != acts_on(entry.start) else None
