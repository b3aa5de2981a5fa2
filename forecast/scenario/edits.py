"""Edits: a value put into a place of a scenario, without going back to YAML; any number of them can be combined.

A number for a prior fixes it; `.median` behind its key moves its interval instead, which
keeps its width on the model's scale. A fact that is switched off is one that never became public, so that the as-of
gate does the rest: entries that rest on it go, priors keep their other facts or fall back on `otherwise`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any, Literal

from forecast.errors import KeyPath
from forecast.scenario.beliefs import Interval, Prior
from forecast.scenario.known import resolve
from forecast.scenario.laws import Split
from forecast.scenario.record import ScenarioRecord, next_day, place_window
from forecast.scenario.scales import SCALES
from forecast.scenario.suppositions import Reach, Setting, Switch

Value = float | datetime.date | str
Way = Literal["number", "fixed", "median", "date", "switch"]

NEVER_PUBLIC = datetime.date.max
ON, OFF = "on", "off"
MEDIAN = "median"


@dataclass(frozen=True)
class Slot:
    """The place that a key stands for.

    Attributes
    ----------
    key : str
        As it was asked for.
    path : tuple
        Attributes, keys and indices that lead to it from a `ScenarioRecord`.
    way : {"number", "fixed", "median", "date", "switch"}
        What its values are, and what becomes of them.
    reshapes : bool
        Whether they change how stays age, of which a timeline is cut.
    """

    key: str
    path: KeyPath
    way: Way
    reshapes: bool = field(default=False, repr=False)

    @property
    def touches(self) -> Literal["priors", "history", "ahead"]:
        """What an edit changes: priors alone, whatever the timeline is cut from, or only what lies after `as_of`."""
        if self.path[0] == "priors":
            return "history" if self.reshapes else "priors"
        return "ahead" if self.path[0] in ("window", "interventions", "evidence") else "history"

    @property
    def is_factor(self) -> bool:
        """Tell whether the values are positive and multiply, so that even steps are steps of their logarithm."""
        return self.way in ("fixed", "median") and self.path[-1] not in ("kept", "never", "share")

    def put[Record: ScenarioRecord](self, scenario: Record, value: Value) -> Record:
        """Return the scenario with another value here; whether it can be used is for the checks."""
        if self.way == "switch":
            return scenario if value == ON else put(scenario, self.path, NEVER_PUBLIC)
        edited = put(scenario, self.path, self._belief(scenario, value))
        if self.path[0] not in ("as_of", "window"):
            return edited
        window = edited.window
        follows = window.began is None and window.start == next_day(scenario.as_of)
        days = None if self.path == ("window", "until") else window.ahead
        begins = window.start if self.path == ("window", "start") else window.began or window.start
        if self.path == ("as_of",) and follows:  # as where `from` is not given
            begins = next_day(edited.as_of)
        return put(edited, ("window",), place_window(begins, window.until, edited.as_of, days))

    def _belief(self, scenario: ScenarioRecord, value: Any) -> Any:
        if self.way == "fixed":
            return _like(look_up(scenario, self.path, None), value, value)
        if self.way == "median":
            return move_interval(look_up(scenario, self.path), value, self._scale)
        if self.way == "date" and isinstance(reach := look_up(scenario, self.path, None), Reach):
            return replace(reach, by=value)
        return value

    @property
    def _scale(self) -> str:
        return "seriousness" if self.path[1] == "seriousness" else str(self.path[-1])


def move_interval(interval: Interval, median: float, scale: str) -> Interval:
    """Move an interval to another median, keeping its width on the model's scale.

    Examples
    --------
    >>> moved = move_interval(Interval(0.5, 2.0), 3.0, "factor")
    >>> round(moved.lo, 9), round(moved.hi, 9)
    (1.5, 6.0)
    """
    there, back = SCALES[scale]
    half = 0.0 if interval.lo == interval.hi else (there(interval.hi) - there(interval.lo)) / 2
    try:
        middle = there(median)
        if half and isinstance(interval.law, Split):
            return _split(interval, there, back, median)
        return _like(interval, *((back(middle - half), back(middle + half)) if half else (median, median)))
    except OverflowError:  # out of range, as the checks will tell
        return _like(interval, median, math.inf)
    except (ValueError, ZeroDivisionError):
        return _like(interval, median, median)


def _like(interval: Interval | None, lo: float, hi: float) -> Interval:
    """Return other ends of what is an interval of the same."""
    return Interval(lo, hi) if interval is None else replace(interval, lo=lo, hi=hi, law=None)


def _split(interval: Interval, there: Any, back: Any, median: float) -> Interval:
    """Return an interval of two spreads about another median, which keeps both."""
    assert isinstance(interval.law, Split)
    shift = there(median) - there(interval.law.median)
    lo, hi = (back(there(end) + shift) for end in (interval.lo, interval.hi))
    return replace(interval, lo=lo, hi=hi, law=Split(median))


# --- values in places ----------------------------------------------------------------------------------------------


def put(thing: Any, path: KeyPath, value: Any) -> Any:
    """Return a copy of nested dataclasses, mappings and tuples with another value at a path.

    Examples
    --------
    >>> put({"a": (1, 2)}, ("a", 0), 3)
    {'a': (3, 2)}
    """
    if not path:
        return value
    (head, *rest), inner = path, tuple(path[1:])
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{str(head): put(getattr(thing, str(head)), inner, value)})
    if isinstance(thing, tuple):
        assert isinstance(head, int)
        return (*thing[:head], put(thing[head], inner, value), *thing[head + 1 :])
    child = thing.get(head, _first(str(rest[0]))) if rest else None
    return {**thing, head: put(child, inner, value)}


def _first(attribute: str) -> Any:
    """Return what a verb says of a name for the first time: that which has such an attribute."""
    blanks: tuple[Any, ...] = (Setting({}), Switch())
    return next((blank for blank in blanks if hasattr(blank, attribute)), None)


def look_up(thing: Any, path: Iterable[str | int], *absent: Any) -> Any:
    """Return what lies at a path, or what is said to be there if nothing does."""
    for part in path:
        if absent and isinstance(thing, Mapping) and part not in thing:
            return absent[0]
        thing = getattr(thing, str(part)) if is_dataclass(thing) else thing[part]
    return thing


def settle[Record: ScenarioRecord](scenario: Record, slot: Slot) -> Record:
    """Return the scenario with a varied prior believed as it is in force, without `otherwise`, as `assume` does."""
    if slot.path[0] != "priors":
        return scenario
    at = slot.path[: slot.path.index("belief")]
    prior: Prior = look_up(scenario, at)
    belief = look_up(resolve(scenario), at).belief
    return put(scenario, at, replace(prior, belief=belief, otherwise=None))
