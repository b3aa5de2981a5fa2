"""Facts, their sources, and what each does in a scenario."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping

from forecast.errors import format_key, list_some
from forecast.report.lines import say_days, wrap
from forecast.scenario import (
    Begun,
    CovariateEntry,
    Ensemble,
    EventEntry,
    Fact,
    Hole,
    PlanEntry,
    ScenarioRecord,
    StageEntry,
    TimelineEntry,
    resolve,
)

Key = tuple[str, str, datetime.date]
NAMED = 3  # timelines, where many have one use


def list_uses(scenario: ScenarioRecord) -> dict[str, list[str]]:
    """Tell for every fact what rests on it at the scenario's `as_of`."""
    uses: dict[str, list[str]] = defaultdict(list)
    known = resolve(scenario)
    for number, entry, _ in known.entries:
        if number is not None:
            for name in entry.because:
                uses[name].append(describe_entry(entry) + _doubt(entry))
    for item in known.beginnings:
        for name in item.because:
            uses[name].append(describe_beginning(item))
    for way in scenario.question.itineraries:
        for name in way.because:
            uses[name].append(f"itinerary {way.name}")
    for key, prior in scenario.priors.items():
        for name in prior.because:
            uses[name].append(f"prior {format_key(key[1:])}")
    return uses


def describe_beginning(item: Begun | Hole) -> str:
    """Say where the record begins, or breaks off."""
    if isinstance(item, Hole):
        return f"no record, {item.start} to {item.until}"
    return f"stage {item.stage} under way" + (f" since {item.since}" if item.since else "")


def describe_entry(entry: TimelineEntry) -> str:
    """Say in a few words what a timeline entry does."""
    if isinstance(entry, StageEntry):
        return f"{name_entry(entry)} from {date_entry(entry)}"
    if isinstance(entry, EventEntry):
        return f"event on {date_entry(entry)}, {entry.itinerary}"
    return f"{name_entry(entry)}{',' if isinstance(entry, PlanEntry) else ''} {date_entry(entry)}"


def name_entry(entry: TimelineEntry) -> str:
    """Say what a timeline entry does, without its days."""
    if isinstance(entry, StageEntry):
        return f"stage {entry.stage}"
    if isinstance(entry, EventEntry):
        return f"event, {entry.itinerary}"
    where = f" ({', '.join(entry.places)})" if entry.places else ""
    return f"plan {entry.plan}{where}" if isinstance(entry, PlanEntry) else f"{entry.covariate}{where}"


def date_entry(entry: TimelineEntry) -> str:
    """Say on which days it does so."""
    if isinstance(entry, StageEntry):
        return say_days(entry.start, entry.earliest)
    if isinstance(entry, EventEntry):
        return say_days(entry.day, entry.earliest)
    if isinstance(entry, PlanEntry):
        return f"{entry.start} to {entry.until}"
    assert isinstance(entry, CovariateEntry)
    when = [f"from {entry.start}" if entry.start else "", f"until {entry.until}" if entry.until else ""]
    return " ".join(filter(None, [*when, entry.every and f"every {entry.every}"]))


def _tell_apart(fact: Fact) -> Key:
    """Return what makes a fact itself: rows of a table have one id in every timeline, and say other things."""
    return fact.id, fact.says, fact.public


def _list_uses_of_all(timelines: Mapping[str, ScenarioRecord]) -> dict[Key, list[str]]:
    """Tell for every fact what rests on it, each once, and in which of several timelines."""
    where: dict[Key, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for label, record in timelines.items():
        for name, told in list_uses(record).items():
            if name in record.facts:
                for use in told:
                    where[_tell_apart(record.facts[name])][use].append(label)
    if len(timelines) == 1:
        return {key: list(uses) for key, uses in where.items()}
    return {key: [f"{list_some(labels, NAMED)}: {use}" for use, labels in uses.items()] for key, uses in where.items()}


def _doubt(entry: TimelineEntry) -> str:
    """Say how likely an entry is right, where it may be wrong."""
    right = entry.right if isinstance(entry, StageEntry | EventEntry) else None
    if right is None:
        return ""
    return f", right with probability {right.lo:g}" + (f" to {right.hi:g}" if right.hi > right.lo else "")


def render_facts(scenario: ScenarioRecord | Ensemble) -> str:
    """List the facts that exist at `as_of`, by the day they became public, with source and use.

    Of several timelines each use is told with the names of those whose it is.
    """
    timelines = scenario.timelines if isinstance(scenario, Ensemble) else {scenario.name: scenario}
    every: set[Key] = set()
    seen: dict[Key, Fact] = {}
    for record in timelines.values():
        every |= {_tell_apart(fact) for fact in record.facts.values()}
        seen |= {_tell_apart(record.facts[name]): record.facts[name] for name in resolve(record).public}
    sources = {name: source for record in timelines.values() for name, source in record.sources.items()}
    uses = _list_uses_of_all(timelines)
    lines = [
        f"{scenario.question.title}: facts public by {scenario.as_of}",
        f"{len(seen)} of {len(every)} facts; {sum(key in uses for key in seen)} of them do something",
    ]
    for key, fact in sorted(seen.items(), key=lambda item: (item[1].public, item[1].id)):
        source = sources.get(fact.source)
        publisher = f"{source.publisher} ({fact.source})" if source else fact.source
        cited = ", ".join([publisher, *fact.also])
        lines += ["", f"{fact.public}  {fact.id}", *wrap(fact.says)]
        if fact.who or fact.grade:
            lines += wrap(
                "; ".join(filter(None, [fact.who and f"says {fact.who}", fact.grade and f"grade: {fact.grade}"]))
            )
        lines += wrap(f"source: {cited}" + (f"; day from {fact.day_from}" if fact.day_from else ""))
        lines += wrap("-> " + ("; ".join(uses[key]) if key in uses else "context only"))
    return "\n".join(lines)
