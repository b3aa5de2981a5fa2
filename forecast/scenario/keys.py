"""Keys: the place in a typed scenario that a key of the resolved scenario stands for.

Receives ``priors.plans.leak.kept.median``, hands on a `Slot`; what is no key is an error that names the
nearest one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from forecast.errors import InputError, KeyPath, Problem, list_some, shorten
from forecast.scenario.edits import MEDIAN, Slot, Way, look_up
from forecast.scenario.entries import ENTRY
from forecast.scenario.facts import ById
from forecast.scenario.fields import Listed, Named, Record, Roster
from forecast.scenario.kinds import DAY, DAYS, Leaf
from forecast.scenario.known import resolve
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.schema import SCENARIO
from forecast.scenario.stays import Stay

Found = tuple[KeyPath, Way]


_INDEX = re.compile("[0-9]{1,9}")  # a longer one is no index of anything


class _Key:
    """The parts of a key, taken one by one; what fits nowhere is an error that names the nearest choice."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = text.replace("[", ".").replace("]", "").split(".")
        self.parts: KeyPath = tuple(int(part) if _INDEX.fullmatch(part) else part for part in parts)
        self.taken = 0

    def take(self, choices: Iterable[str], usual: str | None = None) -> str:
        """Take one of the choices; `usual` is taken for granted where none comes next."""
        choices = list(choices)
        if usual is not None and not set(self.parts[self.taken : self.taken + 1]) & set(choices):
            return usual
        if self.taken == len(self.parts):
            message = f"expected a key that goes on with one of {list_some(choices) or 'nothing'}; found its end"
            raise InputError([Problem(self.parts, message)])
        part = str(self.parts[self.taken])
        if part not in choices:
            raise InputError([Problem(self.parts[: self.taken + 1], "unknown key", near=(part, choices))])
        self.taken += 1
        return part

    def take_perhaps(self, name: str) -> bool:
        """Take a part if it comes next."""
        found = self.parts[self.taken : self.taken + 1] == (name,)
        self.taken += found
        return found

    def end(self) -> None:
        """Refuse a key that goes on."""
        if self.taken < len(self.parts):
            message = f"expected the key to end before {shorten(str(self.parts[self.taken]))}; it holds a single value"
            raise InputError([Problem(self.parts, message)])


def find_slot(scenario: ScenarioRecord, key: str) -> Slot:
    """Find the place that a key of the resolved scenario stands for.

    Raises
    ------
    InputError
        If there is no such key, or none that holds a number, an interval or a date; the nearest valid name is given.

    Examples
    --------
    >>> import forecast
    >>> may = forecast.load_scenario("scenarios/may.yaml")
    >>> find_slot(may, "priors.plans.leak.kept.median")
    Slot(key='priors.plans.leak.kept.median', path=('priors', 'plans', 'leak', 'belief', 'kept'), way='median')
    """
    rest = _Key(key)
    path, way = _find(scenario, SCENARIO, (), rest)
    rest.end()
    found = look_up(scenario, path, None) if path[-1] == "stay" else None
    return Slot(key, path, way, path[-1] == "shape" or (isinstance(found, Stay) and found.is_single))


def _find(scenario: ScenarioRecord, kind: Any, at: KeyPath, rest: _Key) -> Found:
    """Go on from what lies at a path to a single value below it, as its kind is declared."""
    if isinstance(kind, Leaf):
        assert kind.vary
        found = look_up(scenario, at, None)
        if under := found.word if isinstance(found, Stay) else kind.under:
            rest.take_perhaps(under)
        way = "median" if kind.vary == "fixed" and rest.take_perhaps(MEDIAN) else kind.vary
        if way == "fixed" and isinstance(found, Stay) and found.is_single:
            message = "no number fixes single stays, which differ; vary .median behind this key, which moves them all"
            raise InputError([Problem(rest.parts, message)])
        return at, way
    if isinstance(kind, Listed):
        return _find_entry(scenario, rest)
    if isinstance(kind, ById):
        return (*at, rest.take(scenario.facts), "public"), "switch"
    if isinstance(kind, Roster):
        names = [item.name for item in look_up(scenario, at)]
        return _find(scenario, kind.kind, (*at, names.index(rest.take(names))), rest)
    if isinstance(kind, Named):
        return _find(scenario, kind.kind, (*at, rest.take(_names(scenario, kind, at))), rest)
    choices = {name: (inner, place) for name, inner, place in _choices(scenario, kind, at)}
    values = [name for name, (inner, _) in choices.items() if inner is not DAY]
    usual = values[0] if len(values) == 1 and not kind.rest and isinstance(choices[values[0]][0], Leaf) else None
    inner, place = choices[rest.take(choices, usual)]  # a ratio is its factor
    return _find(scenario, inner, place, rest)


def _choices(scenario: ScenarioRecord, record: Record, at: KeyPath) -> Iterator[tuple[str, Any, KeyPath]]:
    """Yield the keys of a record below which there is something to vary: name, kind and path."""
    thing = look_up(scenario, at, None)
    for item in record.keys:
        place = (*at, *item.fields)
        if item.is_inline:
            yield from _choices(scenario, item.kind, place)
        elif item.is_rest:
            yield from ((name, item.kind.kind, (*place, name)) for name in _names(scenario, item.kind, place))
        elif not (item.varies and item.fields) or (isinstance(item.kind, Leaf) and not item.kind.vary):
            continue
        elif isinstance(item.kind, Named) and not isinstance(item.kind, Roster):
            if _names(scenario, item.kind, place):
                yield item.name, item.kind, place
        elif (
            item.needed
            or (isinstance(item.kind, Leaf) and (thing is not None or not record.needed))
            or (thing is not None and look_up(scenario, place, None))
        ):
            yield item.name, item.kind, place


def _names(scenario: ScenarioRecord, kind: Named, at: KeyPath) -> list[str]:
    """Name what a mapping may be about: what is declared elsewhere, or what it has."""
    question = scenario.question
    declared = {
        "stage": question.stages,
        "hazard ratio": scenario.priors.hazard_ratios,
        "condition": scenario.priors.conditions,
        "itinerary": question.ways,
        "attribute": dict.fromkeys(name for way in question.itineraries for name in way.attributes),
    }
    return list(declared[kind.of] if kind.of in declared else look_up(scenario, at))


def _find_entry(scenario: ScenarioRecord, rest: _Key) -> Found:
    """Find a date of a known entry."""
    known = [number for number, _, _ in resolve(scenario).entries if number is not None]
    at = ("timeline", known[int(rest.take(map(str, range(len(known)))))])
    entry = look_up(scenario, at)
    record = next(record for record in ENTRY.records.values() if record.of is type(entry))
    kinds = (DAY,) if getattr(entry, "earliest", None) else (DAY, DAYS)  # of several days none can be moved alone
    dates = {item.name: item.fields[0] for item in record.keys if item.kind in kinds}
    dated = {name: part for name, part in dates.items() if getattr(entry, part) is not None}
    return (*at, dated[rest.take(dated)]), "date"
