"""What a sweep varies: keys with their values, and the points of the whole grid or of a Latin hypercube.

A point is computed from its number, so that a hundred thousand of them need no list. Receives a scenario and what the
user wrote, hands on the scenario that points are edits of and its `Design`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError, Problem, check_type, shorten
from forecast.explore.several import lay_places
from forecast.inference import stream
from forecast.scenario import (
    OFF,
    ON,
    TEXT,
    AnyScenario,
    Ensemble,
    FamilySlot,
    Place,
    Reader,
    Scenario,
    Slot,
    Value,
    check_scenario,
    find_place,
    find_slot,
    make_node,
    settle,
)

if TYPE_CHECKING:
    import numpy as np

Point = tuple[Value, ...]
AnySlot = Slot | Place  # of a file of one timeline, or of several
ROWS_MOST = 10_000_000  # half a day's work for two cores
PARTS = 5  # of a sampled range, where rows are told apart by it
_A_RANGE = "lo:hi:n, from one value to a higher one in n steps, 2 or more, or a list of values a,b,c"


@dataclass(frozen=True)
class Axis:
    """A key and the values that it takes; those of a range may be sampled anywhere between its ends."""

    slot: AnySlot
    values: tuple[Value, ...]
    is_range: bool

    def at(self, share: float) -> Value:
        """Return the value at a share from 0 to 1 of the way along the axis."""
        if self.is_range:
            return _between(self.slot, self.values[0], self.values[-1], share)
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]


@dataclass(frozen=True)
class Design:
    """The points of a sweep: all combinations of the axes' values, the last axis fastest, or `sample` points."""

    axes: tuple[Axis, ...]
    sample: int | None = None
    seed: int = 1

    def __len__(self) -> int:
        return self.sample if self.sample is not None else math.prod(len(axis.values) for axis in self.axes)

    def point(self, index: int) -> Point:
        """Return the values of all axes at one point."""
        if self.sample is not None:
            return tuple(axis.at(float(share)) for axis, share in zip(self.axes, self._shares[index], strict=True))
        values = []
        for axis in reversed(self.axes):
            index, at = divmod(index, len(axis.values))
            values.append(axis.values[at])
        return tuple(reversed(values))

    def split(self) -> list[tuple[Sequence[Value], np.ndarray]]:
        """Tell rows apart by each axis.

        Returns
        -------
        list of (values, at)
            For each axis the values that rows are told apart by and, (rows,), which of them each row has. Of a range
            that is sampled anywhere, the values are the middles of its parts, equal in number of rows.
        """
        import numpy as np

        if self.sample is None:
            at = np.unravel_index(np.arange(len(self)), [len(axis.values) for axis in self.axes])
            return [(axis.values, which) for axis, which in zip(self.axes, at, strict=True)]
        found: list[tuple[Sequence[Value], np.ndarray]] = []
        for axis, shares in zip(self.axes, self._shares.T, strict=True):
            parts = PARTS if axis.is_range else len(axis.values)
            values = [axis.at((part + 0.5) / parts) for part in range(parts)]
            found.append((values, (shares * parts).astype(int)))
        return found

    @cached_property
    def _shares(self) -> np.ndarray:
        """Points of the unit cube, (sample, axes)."""
        from scipy.stats.qmc import LatinHypercube

        return LatinHypercube(len(self.axes), rng=stream(self.seed, "hypercube")).random(self.sample)


def build_design(
    scenario: AnyScenario,
    vary: Mapping[str, str | Sequence[Any]],
    *,
    sample: int | None = None,
    seed: int = 1,
) -> tuple[AnyScenario, Design]:
    """Look up the keys that are varied and type their values.

    Parameters
    ----------
    vary : dict of str to str or sequence
        By key: a range ``"lo:hi:n"``, a list ``"a,b,c"``, or the values themselves.
    sample : int, optional
        Number of points of a Latin hypercube; the whole grid without it.

    Returns
    -------
    scenario : Scenario
        The one that points are edits of: as given, but for varied priors that are believed as they are in force.
    design : Design

    Raises
    ------
    InputError
        With every key and value that cannot be used.
    """
    if sample is not None and not (type(sample) is int and sample >= 1):
        raise InputError([Problem(("sample",), f"expected a whole number above 0; found {sample!r}")])
    check_type("vary", vary, Mapping, 'a mapping such as {"window.until": "2026-06-30:2026-12-31:4"}')
    vary = {str(key): spec.tolist() if hasattr(spec, "tolist") else spec for key, spec in vary.items()}
    if wrong := {key: spec for key, spec in vary.items() if not isinstance(spec, str | Sequence)}:
        expected = "expected a text such as lo:hi:n, or a list of values"
        raise InputError(Problem((key,), f"{expected}; found {spec!r}") for key, spec in wrong.items())
    count = sample if sample is not None else math.prod(map(_count_values, vary.values()))
    if count > ROWS_MOST:  # before there is a value of each
        message = f"expected at most {ROWS_MOST:,} rows; found {count:,}. Take fewer values, or a sample of the grid"
        raise InputError([Problem((), message)])
    problems: list[Problem] = []
    axes: list[Axis] = []
    if isinstance(scenario, Scenario):
        scenario = replace(scenario, readings=())  # a sweep reads the facts one way
    for key, spec in vary.items():
        try:
            scenario, slot = find_settled_slot(scenario, key)
            axes.append(_read_axis(slot, spec, sampled=sample is not None))
        except InputError as error:
            problems += error.problems
    if not vary:
        problems.append(Problem((), "expected at least one key to vary; found none"))
    for index, axis in enumerate(axes):
        twice = [other.slot.key for other in axes[:index] if other.slot.path == axis.slot.path]
        problems += [Problem((axis.slot.key,), f"is varied twice, as {key} too; leave one out") for key in twice]
        problems += _check_values(scenario, axis, axes)
    if problems:
        raise InputError(dict.fromkeys(problems))
    return scenario, Design(tuple(axes), sample, seed)


def find_settled_slot(scenario: AnyScenario, key: str) -> tuple[Any, AnySlot]:
    """Return the place that a key stands for, and the scenario with what is believed there as it is in force.

    Raises
    ------
    InputError
        If there is none.
    """
    if isinstance(scenario, Scenario):
        slot = find_slot(scenario, key)
        return settle(scenario, slot), slot
    place = find_place(scenario, key)
    return place.settle(scenario) if isinstance(place, FamilySlot) else scenario, place


def _count_values(spec: str | Sequence[Any]) -> int:
    """Say how many values are asked for; 1 where that cannot be told, which is refused later."""
    if not isinstance(spec, str):
        return len(spec)
    steps = spec.split(":")[2:]
    return spec.count(",") + 1 if not steps else int(steps[0]) if _is_count(steps[0]) else 1


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(ROWS_MOST)) and 2 <= int(text) <= ROWS_MOST


def _read_axis(slot: AnySlot, spec: str | Sequence[Any], *, sampled: bool) -> Axis:
    parts = spec.split(":") if isinstance(spec, str) else []
    if len(parts) < 2:
        texts = [part.strip() for part in spec.split(",")] if isinstance(spec, str) else list(spec)
        values = tuple(_read_values(slot, texts))
        if not values or len(set(values)) < len(values):
            _refuse(slot, "expected different values, at least one", str(spec))
        return Axis(slot, values, is_range=False)
    if slot.way == "switch" or len(parts) > 3 or (len(parts) == 2 and not sampled):
        _refuse(slot, f"expected {_A_RANGE}" if slot.way != "switch" else f"expected {ON},{OFF}", str(spec))
    low, high = _read_values(slot, parts[:2])
    steps = parts[2] if len(parts) == 3 else "2"
    if not (_is_count(steps) and low < high):  # type: ignore[operator]
        _refuse(slot, f"expected {_A_RANGE}", str(spec))
    if slot.is_factor and isinstance(low, float) and low <= 0:
        _refuse(slot, "expected a range above 0, because its steps are steps of the logarithm", str(spec))
    count = 2 if sampled else int(steps)  # a sample takes values anywhere between the ends
    values = tuple(_between(slot, low, high, step / (count - 1)) for step in range(count))
    if len(set(values)) < count:
        _refuse(slot, f"expected at most as many steps as there are days, {len(set(values))}", str(spec))
    return Axis(slot, values, is_range=True)


def _refuse(slot: AnySlot, expected: str, found: str) -> None:
    raise InputError([Problem((slot.key,), f"{expected}; found {shorten(found)}")])


def _read_values(slot: AnySlot, texts: Sequence[Any]) -> list[Value]:
    reader = Reader()
    found: list[Value] = []
    for text in texts:
        node = make_node(text)
        if slot.way == "switch":
            found.append(str(text))
            if text not in (ON, OFF):
                reader.expect(node, (slot.key,), f"{ON} or {OFF}")
        else:
            found.append((reader.date if slot.way == "date" else reader.number)(node, (slot.key,)))
    if reader.problems:
        raise InputError(Problem(problem.key, problem.message) for problem in reader.problems)
    return found


def _between(slot: AnySlot, low: Any, high: Any, share: float) -> Value:
    """Return the value at a share of the way from one to another, both of them exactly."""
    if share in (0.0, 1.0):
        return high if share else low
    if isinstance(low, datetime.date):
        return low + datetime.timedelta(days=round((high - low).days * share))
    if slot.is_factor:
        return math.exp(math.log(low) * (1 - share) + math.log(high) * share)
    return low * (1 - share) + high * share


def _check_values(scenario: AnyScenario, axis: Axis, axes: Sequence[Axis]) -> list[Problem]:
    """Find values that cannot be used whatever else is varied; of a range, its ends.

    Facts, and dates where several are varied, are judged together, in each row.
    """
    dates = [other for other in axes if other.slot.way == "date"]
    if axis.slot.way == "switch" or (axis in dates and len(dates) > 1):
        return []
    problems = []
    for value in (axis.values[0], axis.values[-1]) if axis.is_range else axis.values:
        found = _check_value(scenario, axis.slot, value)
        problems += [Problem(problem.key, f"{problem.message} (with {axis.slot.key}={value})") for problem in found]
    return problems


def _check_value(scenario: AnyScenario, slot: AnySlot, value: Value) -> list[Problem]:
    if isinstance(slot, Slot):
        assert isinstance(scenario, Scenario)
        return check_scenario(slot.put(scenario.record(), value))
    assert isinstance(scenario, Ensemble)
    try:
        lay_places(scenario, [(slot, value)])
    except InputError as error:
        return list(error.problems)
    return []


def leave_out_texts(thing: Any) -> Any:
    """Return records as plain values, without the texts that nothing computes with."""
    if is_dataclass(thing):
        kinds = {each.name: getattr(each.metadata.get("key"), "kind", None) for each in fields(thing)}
        return {name: leave_out_texts(getattr(thing, name)) for name, kind in kinds.items() if kind is not TEXT}
    if isinstance(thing, Mapping):
        return {name: leave_out_texts(value) for name, value in thing.items()}
    return [leave_out_texts(item) for item in thing] if isinstance(thing, tuple) else thing
