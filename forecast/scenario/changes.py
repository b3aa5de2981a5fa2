"""The keys in which two scenarios differ, by what their models see.

Compared are the resolved documents, so it does not matter by which files a setting came. What only gives a reason or
a name is no difference, and neither is what follows from another `as_of`: facts that became public meanwhile.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forecast.errors import KeyPath, format_key
from forecast.scenario.beliefs import plain_belief
from forecast.scenario.entries import ENTRY, TimelineEntry
from forecast.scenario.known import resolve
from forecast.scenario.plain import plain_scenario
from forecast.scenario.record import ScenarioRecord

# Compared in their own ways below, or no assumption.
_APART = {"name", "timeline", "priors", "readings", "unused", "sources", "facts"}
_NO_MATTER = {"because", "reason"}


@dataclass(frozen=True)
class Change:
    """A key of the resolved scenario, its value in one and in the other; None where it has none there."""

    key: str
    before: Any
    after: Any

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"key": self.key, "before": self.before, "after": self.after}


def find_changes(first: ScenarioRecord, second: ScenarioRecord) -> tuple[Change, ...]:
    """List the keys in which the second scenario differs from the first.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> find_changes(load_scenario("scenarios/may.yaml"), load_scenario("scenarios/year-end.yaml"))
    (Change(key='window.until', before='2025-05-31', after='2025-12-31'),)
    """
    before, after = _settings(first, second), _settings(second, first)
    keys = dict.fromkeys([*before, *after])
    changed = [Change(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]
    gone, new = _entries_alone(first, second), _entries_alone(second, first)
    return (
        *changed,
        *(Change("timeline", plain, None) for plain in gone),
        *(Change("timeline", None, plain) for plain in new),
    )


def _settings(scenario: ScenarioRecord, other: ScenarioRecord) -> dict[str, Any]:
    """Return all values but the timeline's by key; of priors and facts those that are not the same in the other."""
    document = {name: item for name, item in plain_scenario(scenario).items() if name not in _APART}
    if scenario.window.start == scenario.as_of + datetime.timedelta(days=1):
        del document["window"]["from"]  # it follows from as_of
    settings = dict(_flatten(document, ()))
    theirs = dict(other.priors.items())
    in_force = dict(resolve(scenario).priors.items())
    for key, prior in scenario.priors.items():
        same = key in theirs and (prior.belief, prior.otherwise) == (theirs[key].belief, theirs[key].otherwise)
        if not same:
            settings |= _flatten(plain_belief(in_force[key].belief), key)
    for name, fact in scenario.facts.items():
        if name in other.facts and fact.public != other.facts[name].public:
            settings[f"facts.{name}.public"] = fact.public.isoformat()
    if scenario.readings:
        settings["readings"] = [reading.name for reading in scenario.readings]
    return settings


def _flatten(node: Any, key: KeyPath) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for name, item in node.items():
            if name not in _NO_MATTER and (*key, name) != ("do", "facts"):
                yield from _flatten(item, (*key, name))
    else:
        yield format_key(key), [_without_facts(item) for item in node] if isinstance(node, list) else node


def _without_facts(item: Any) -> Any:
    return {name: value for name, value in item.items() if name != "because"} if isinstance(item, Mapping) else item


def _entries_alone(scenario: ScenarioRecord, other: ScenarioRecord) -> list[dict[str, Any]]:
    """Return the known entries that the other scenario lacks, not those that it has and only does not know yet."""

    def bare(entry: TimelineEntry) -> TimelineEntry:
        return replace(entry, because=())

    theirs = {bare(entry) for entry in (other.timeline if other.as_of != scenario.as_of else _known_entries(other))}
    new = [entry for entry in _known_entries(scenario) if bare(entry) not in theirs]
    return [_without_facts(ENTRY.plain(entry)) for entry in new]


def _known_entries(scenario: ScenarioRecord) -> list[TimelineEntry]:
    return [item.entry for item in resolve(scenario).entries if item.number is not None]
