"""A scenario without some of its sources: which facts go with them, and how the timeline that is left is mended.

A fact goes when all sources that state it go; it is then one that never became public, and the as-of gate does the
rest. What is left may be no timeline. It is mended by three rules, and each use of one is told:

- the end of a condition whose beginning is gone goes as well, and so does a step into the stage that holds already;
- a step that is no declared transition passes through the stages between, by the fewest steps, evenly spaced over the
  days since the step before; where no such way leads, the step goes;
- a condition whose end is gone is not known to go on: it ends as its prior says. That is one scenario for each of a few
  lengths, equally probable by the prior.
"""

from __future__ import annotations

import datetime
import math
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

from forecast.errors import InputError
from forecast.scenario.beliefs import ConditionBelief
from forecast.scenario.checks.covariates import opens_before
from forecast.scenario.checks.timeline import check_path
from forecast.scenario.edits import NEVER_PUBLIC
from forecast.scenario.entries import CovariateEntry, EventEntry, StageEntry, step_day
from forecast.scenario.facts import UNSOURCED, Fact
from forecast.scenario.holes import Hole
from forecast.scenario.known import Known, KnownEntry, resolve
from forecast.scenario.question import EVENT
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.scenario import Scenario, make_sound

LENGTHS = 3  # of a condition whose end is gone, each as probable as the others
_POINTS = 40  # of the law of its mean
_STANDARD = NormalDist()


@dataclass(frozen=True)
class Omission:
    """What is left of a scenario without some sources.

    Attributes
    ----------
    scenarios : tuple of Scenario
        One, or some that are equally probable.
    repairs : tuple of str
        What had to be mended, in words.
    """

    scenarios: tuple[Scenario, ...]
    repairs: tuple[str, ...]


def leave_out_sources(scenario: Scenario, gone: Collection[str]) -> Omission:
    """Return a scenario without some sources.

    Raises
    ------
    InputError
        If what is left cannot be mended.
    """
    record = replace(
        scenario.record(), readings=(), facts={name: _hide(fact, gone) for name, fact in scenario.facts.items()}
    )
    repairs: list[str] = []
    record = _drop_ends(record, repairs)
    found = []
    for each in _end_conditions(record, resolve(scenario), repairs):
        more: list[str] = []
        found.append(make_sound(_mend_path(each, more)))
        repairs += [repair for repair in more if repair not in repairs]
    return Omission(tuple(found), tuple(repairs))


def list_sources(scenario: Scenario) -> list[str]:
    """List the sources of the facts that a forecast rests on, in the order in which they appeared."""
    facts, known = scenario.facts, scenario.known()
    found: dict[str, datetime.date] = {}
    for name in sorted(known.cited & known.public):
        fact = facts[name]
        for source in (fact.source, *fact.also):
            day = scenario.sources[source].date if source in scenario.sources else fact.public
            found[source] = min(day, found.get(source, day))
    return sorted(found, key=lambda source: (source == UNSOURCED, found[source], source))


def hide_fact(fact: Fact) -> Fact:
    """Return a fact as one that never became public."""
    return replace(fact, public=NEVER_PUBLIC, dated="day")


def _hide(fact: Fact, gone: Collection[str]) -> Fact:
    return hide_fact(fact) if all(source in gone for source in (fact.source, *fact.also)) else fact


def _drop_ends(record: ScenarioRecord, repairs: list[str]) -> ScenarioRecord:
    """Leave out the ends of conditions that nothing opens any more."""
    known, kept = resolve(record), []
    for entry in record.timeline:
        ends = isinstance(entry, CovariateEntry) and entry.start is None and known.sees(entry.because)
        if isinstance(entry, CovariateEntry) and ends and not opens_before(known, entry):
            repairs.append(f"the end of {entry.covariate} on {entry.until} goes with its beginning")
        else:
            kept.append(entry)
    return replace(record, timeline=tuple(kept))


# --- conditions whose end is gone ------------------------------------------------------------------------------------


def _end_conditions(record: ScenarioRecord, whole: Known, repairs: list[str]) -> Iterator[ScenarioRecord]:
    """Yield the record with each way in which conditions may have ended whose end is gone."""
    lost: list[tuple[str, datetime.date, ConditionBelief]] = []
    left = resolve(record)
    for name, spells in left.spells.items():
        last, ended = spells[-1], [spell.start for spell in whole.spells.get(name, ()) if spell.until is not None]
        belief = left.priors.conditions[name].belief if name in left.priors.conditions else None
        if last.until is None and last.start in ended and belief is not None and not belief.is_for_good:
            lost.append((name, last.start, belief))
            repairs.append(f"{name} of {last.start}, whose end is gone, ends as its prior says")
    if not lost:
        yield record
        return
    for number in range(LENGTHS):
        each = record
        for name, start, belief in lost:
            days = math.ceil(expect_length(belief, (number + 0.5) / LENGTHS))
            if days <= (record.as_of - start).days:
                end = start + datetime.timedelta(days=max(days, 1) - 1)
                each, because = _suppose(each, f"{name} ended", end)
                each = replace(each, timeline=(*each.timeline, CovariateEntry(name, None, end, because)))
        yield each


def expect_length(belief: ConditionBelief, share: float) -> float:
    """Return the length, in days, that a share of such conditions does not reach, by the prior.

    The mean is taken to be lognormal by its interval, and lengths to be exponential.

    Examples
    --------
    >>> from forecast.scenario.reader import Interval
    >>> round(expect_length(ConditionBelief(Interval(100, 100.0001)), 0.5), 1)  # 100 log 2
    69.3
    """
    lo, hi = math.log(belief.lasts.lo), math.log(belief.lasts.hi)
    middle, spread = (lo + hi) / 2, (hi - lo) / (2 * _STANDARD.inv_cdf(0.95))
    means = [math.exp(middle + spread * _STANDARD.inv_cdf((number + 0.5) / _POINTS)) for number in range(_POINTS)]
    low, high = 0.0, -math.log1p(-share) * max(means)
    for _ in range(60):
        days = (low + high) / 2
        reached = sum(-math.expm1(-days / mean) for mean in means) / _POINTS
        low, high = (days, high) if reached < share else (low, days)
    return (low + high) / 2


# --- steps that no longer follow one another --------------------------------------------------------------------------


def _mend_path(record: ScenarioRecord, repairs: list[str]) -> ScenarioRecord:
    """Let each step follow from the one before it."""
    for _ in range(2 * len(record.timeline) + 1):
        broken = next((problem for problem in check_path(record) if problem.key[0] == "timeline"), None)
        if broken is None:
            return record
        number = broken.key[1]
        assert isinstance(number, int)
        record = _mend_step(record, number, repairs)
    raise InputError(check_path(record))


def _mend_step(record: ScenarioRecord, number: int, repairs: list[str]) -> ScenarioRecord:
    """Let a step pass through the stages between, or leave it out."""
    entry, known = record.timeline[number], resolve(record)
    assert isinstance(entry, StageEntry | EventEntry)
    place = next(at for at, item in enumerate(known.course) if not isinstance(item, Hole) and item.number == number)
    stage, since = _stand_before(known, place)
    target = entry.stage if isinstance(entry, StageEntry) else EVENT
    day = step_day(entry)
    between = _find_way(record, stage, target)
    if target == stage or not between or entry.earliest is not None:
        repairs.append(f"{_name(entry)} on {day} goes" + (f": {stage} holds already" if target == stage else ""))
        return replace(record, timeline=(*record.timeline[:number], *record.timeline[number + 1 :]))
    repairs.append(f"{_name(entry)} on {day}, from {stage}, passes through {' and '.join(between)}")
    added, gap = [], (day - since).days
    for index, name in enumerate(between, 1):
        on = since + datetime.timedelta(days=round(gap * index / (len(between) + 1)))
        record, because = _suppose(record, f"{name} entered before {day}", on)
        added.append(StageEntry(on, name, because))
    return replace(record, timeline=(*record.timeline[:number], *added, *record.timeline[number:]))


def _stand_before(known: Known, place: int) -> tuple[str, datetime.date]:
    """Return the stage that a step leaves, and since when it holds."""
    before = known.course[place - 1] if place else None
    if before is None:
        return known.first_stay.stage, known.question.history_from
    if isinstance(before, Hole):
        return known.stay_after(before).stage, before.until
    assert isinstance(before, KnownEntry)
    entry = before.entry
    return (entry.stage if isinstance(entry, StageEntry) else known.question.stages[0]), step_day(entry)


def _find_way(record: ScenarioRecord, start: str, target: str) -> list[str]:
    """Return the stages between, by the fewest declared transitions; empty where there is no such way."""
    ways: deque[list[str]] = deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        ends = record.priors.stages[way[-1]].belief.ends
        if target in ends and len(way) > 1:
            return way[1:]
        for name in ends:
            if name != EVENT and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _suppose(record: ScenarioRecord, says: str, day: datetime.date) -> tuple[ScenarioRecord, tuple[str, ...]]:
    """Add a fact of a day, on which a repair rests."""
    number = len(record.facts)
    while (name := f"mended-{number}") in record.facts:
        number += 1
    fact = Fact(name, says, UNSOURCED, day)
    return replace(record, facts={**record.facts, name: fact}), (name,)


def _name(entry: StageEntry | EventEntry) -> str:
    return f"the step into {entry.stage}" if isinstance(entry, StageEntry) else "the event"
