"""Kinds of values that a key may have: how each is read, written, said in JSON Schema and called in plain English.

Here are values that hold no other keys; `forecast.scenario.fields` has what is made of them.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from forecast.errors import KeyPath, suggest
from forecast.scenario.form_list import write_schema
from forecast.scenario.forms import plain_interval, read_interval
from forecast.scenario.limits import CALENDAR_END, LEAST_FACTOR, MOST_FACTOR
from forecast.scenario.nodes import Mapping as MappingNode
from forecast.scenario.nodes import Node, Scalar, describe
from forecast.scenario.reader import DAY as DAY_PATTERN
from forecast.scenario.reader import MONTH_OR_YEAR, NAME_LENGTH, NO_DAY, NO_INTERVAL, NUMBER, UNENDING, Interval, Reader

MEAN = "mean"
UNKNOWN = "unknown"
MIDDLE = 15  # of a month
Vary = Literal["number", "fixed", "date"]  # what a sweep may put there: a number, one for a whole interval, a date


class Kind(Protocol):
    """What a key's value is: what a table calls it, what stands for one that is not there, reading and writing."""

    @property
    def words(self) -> str: ...  # noqa: D102
    @property
    def stand_in(self) -> Any: ...  # noqa: D102
    def read(self, reader: Reader, node: Node, key: KeyPath) -> Any: ...  # noqa: D102
    def plain(self, value: Any) -> Any: ...  # noqa: D102


def _read_timezone(reader: Reader, node: Node, key: KeyPath) -> str:
    name = reader.text(node, key)
    try:
        if name:
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        nearest = suggest(name, sorted(zoneinfo.available_timezones()))
        expected = "expected a time zone such as Europe/Paris"
        reader.add(key, node.mark, f"{expected}; found {describe(node)}; {nearest}")
    return name


def _read_since(reader: Reader, node: Node, key: KeyPath) -> datetime.date | None:
    """Read a day, or a month as its middle; None for one that is not known."""
    said = node.value if isinstance(node, Scalar) else ""
    if said == UNKNOWN:
        return None
    month = MONTH_OR_YEAR.fullmatch(said)
    if month and month[2]:
        return reader.last_day(node, key).replace(day=MIDDLE)
    if month or not DAY_PATTERN.fullmatch(said):
        reader.expect(node, key, f"a date, YYYY-MM-DD, a month, YYYY-MM, or {UNKNOWN}")
        return None
    return reader.date(node, key)


def _read_folder_name(reader: Reader, node: Node, key: KeyPath) -> str:
    """Read the name of a scenario, which is that of its results' folder too."""
    name = reader.text(node, key)
    if name and (name.startswith(".") or set(name) & set("/\\") or not name.isprintable()):
        reader.expect(node, key, "a name that can be a folder's, without slashes and no dot first")
    return name


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Leaf:
    """A value that holds no other keys; `json` is its JSON Schema, `vary` what a sweep may put in its place.

    `under` is a word that the value may stand under, and a sweep may name.
    """

    words: str
    read: Callable[[Reader, Node, KeyPath], Any]
    json: Mapping[str, Any]
    stand_in: Any
    plain: Callable[[Any], Any] = _same
    vary: Vary | None = None
    under: str = ""


_TEXT = {"type": ["string", "number", "boolean"]}  # YAML takes a bare 2005 or off for something else
_ODD = r"\s!-,./:-@\[-^`{-~"  # what no name holds, of any script; which letters others have, no pattern can tell
_NAME = {"type": "string", "pattern": f"^[^{_ODD}0-9_-][^{_ODD}]{{0,{NAME_LENGTH - 1}}}$"}
_DAY = {"type": "string", "format": "date", "pattern": f"^{DAY_PATTERN.pattern}$"}
_DAYS = {"type": "string", "pattern": f"^{DAY_PATTERN.pattern}(/{DAY_PATTERN.pattern})?$"}
DATED = {"day": 10, "month": 7, "year": 4}  # by what a date is told, and how long it is written
_LAST_DAY = [  # YAML takes a bare year for a number
    {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
    {"type": "integer", "minimum": 1, "maximum": CALENDAR_END.year},
]
_SINCE = {"type": "string", "pattern": f"^([0-9]{{4}}-[0-9]{{2}}(-[0-9]{{2}})?|{UNKNOWN})$"}
_YEARS = {"type": "string", "pattern": f"^{NUMBER.pattern}y$"}
_NAMES = {"type": "array", "items": _NAME, "uniqueItems": True}
_FACT_IN_PLACE = {
    "type": "object",
    "properties": {name: {"type": ["string", "integer"]} for name in ("says", "source", "public")},
    "required": ["says"],
    "additionalProperties": False,
}
_ONE_FACT = [{"type": "string"}, _FACT_IN_PLACE]
_BECAUSE = {"anyOf": [{"type": "array", "items": {"anyOf": _ONE_FACT}, "uniqueItems": True}, *_ONE_FACT]}


def _some_names(reader: Reader, node: Node, key: KeyPath) -> tuple[str, ...]:
    return reader.some_names(node, key, "name")


def _read_years(reader: Reader, node: Node, key: KeyPath) -> float:
    number = reader.text(node, key).removesuffix("y")
    if isinstance(node, Scalar) and node.value.endswith("y") and NUMBER.fullmatch(number):
        return reader.number(Scalar(node.mark, number, plain=True), key)
    reader.expect(node, key, "years, such as 10y")
    return 1.0


def _write_years(years: float) -> str:
    return f"{years:g}y"


def _read_public(reader: Reader, node: Node, key: KeyPath) -> tuple[datetime.date, str]:
    last = reader.last_day(node, key)
    length = len(node.value) if isinstance(node, Scalar) and last != NO_DAY else 0
    return last, next((word for word, letters in DATED.items() if letters == length), "day")


def _write_public(public: tuple[datetime.date, str]) -> str:
    return public[0].isoformat()[: DATED[public[1]]]


def _write_day(day: datetime.date) -> str:
    return day.isoformat()


def _write_since(day: datetime.date | None) -> str:
    return UNKNOWN if day is None else day.isoformat()


def _write_days(days: tuple[datetime.date, datetime.date | None]) -> str:
    last, first = days
    return last.isoformat() if first is None else f"{first.isoformat()}/{last.isoformat()}"


def _write_interval(interval: Interval) -> Any:
    return plain_interval(interval)


TEXT = Leaf("text", Reader.text, _TEXT, "")
PATH = Leaf("path", Reader.text, {"type": "string"}, "")
TIMEZONE = Leaf("text", _read_timezone, _TEXT, "")
FOLDER_NAME = Leaf("text", _read_folder_name, _TEXT, "")
NAME = Leaf("name", Reader.name, _NAME, "")
NAMES = Leaf("list of names", Reader.names, _NAMES, (), list)
BECAUSE = Leaf("list of names, or a sentence", Reader.names, _BECAUSE, (), list)
SOME_NAMES = Leaf("list of names", _some_names, {**_NAMES, "minItems": 1}, (), list)
FLAG = Leaf("`true` or `false`", Reader.flag, {"type": "boolean"}, False)
DAY = Leaf("date", Reader.date, _DAY, NO_DAY, _write_day, "date")
DAYS = Leaf("date, or two as `first/last`", Reader.days, _DAYS, (NO_DAY, None), _write_days, "date")
SINCE = Leaf("date, month or `unknown`", _read_since, _SINCE, None, _write_since)
YEARS = Leaf("years, such as `10y`", _read_years, _YEARS, 1.0, _write_years)
PUBLIC = Leaf("date, month or year", _read_public, {"anyOf": _LAST_DAY}, (NO_DAY, "day"), _write_public)


def one_of(*words: str) -> Leaf:
    """Declare a choice among a few words; the stand-in is none of them."""

    def read(reader: Reader, node: Node, key: KeyPath) -> str:
        if isinstance(node, Scalar) and node.value in words:
            return node.value
        reader.expect(node, key, " or ".join(words))
        return ""

    return Leaf(" or ".join(f"`{word}`" for word in words), read, {"enum": list(words)}, "")


def number(*, above: float | None = None, least: float | None = None, most: float | None = None) -> Leaf:
    """Declare a number within bounds; `above` is what it may not reach."""
    bounds = {"exclusiveMinimum": above, "minimum": least, "maximum": most}
    json = {"type": "number", **{name: bound for name, bound in bounds.items() if bound is not None}}
    words = "number" + ("" if above is None else f" above {above:g}")
    return Leaf(words, Reader.number, json, 1.0, vary="number")


def _read_rank(reader: Reader, node: Node, key: KeyPath) -> int:
    rank = reader.number(node, key)
    if rank != int(rank) or rank < 1:
        reader.expect(node, key, "a whole number from 1 on")
    return int(rank)


RANK = Leaf("whole number from 1 on", _read_rank, {"type": "integer", "minimum": 1}, 1)


def interval(
    *,
    above: float = 0,
    below: float | None = None,
    least: float = LEAST_FACTOR,
    most: float = MOST_FACTOR,
    of: str = "factor",
) -> Leaf:
    """Declare a 90% interval; both ends lie above `above` and below `below`, and from `least` to `most`.

    An interval of no width is a known value; where that is `above` itself, as a factor of 1, it may be that, too.
    """
    bounds = {"exclusiveMinimum": above, "exclusiveMaximum": below, "minimum": least, "maximum": most}
    end = {"type": "number", **{name: bound for name, bound in bounds.items() if bound is not None}}
    words = f"`[lo, hi]`, above {above:g}" + ("" if below is None else f" and below {below:g}")
    if above:  # its scale is that of seriousness, on which no other form is at home
        json: dict[str, Any] = {"type": "array", "items": end, "minItems": 2, "maxItems": 2}
        words, json = f"{words}, or `[{above:g}, {above:g}]`", {"anyOf": [json, {"const": [above, above]}]}
        return Leaf(words, Reader.interval, json, NO_INTERVAL, _write_interval, "fixed")
    of = "chance" if below is not None else of
    read = partial(read_interval, of=of)
    return Leaf(words, read, write_schema(end, of=of), NO_INTERVAL, _write_interval, "fixed")


def _read_chance(reader: Reader, node: Node, key: KeyPath) -> Interval:
    if isinstance(node, Scalar):
        chance = reader.number(node, key)
        return NO_CHANCE if key in reader.broken else Interval(chance, chance)
    found = reader.interval(node, key)
    return NO_CHANCE if found == NO_INTERVAL else found


def _write_chance(chance: Interval) -> Any:
    return chance.lo if chance.lo == chance.hi else _write_interval(chance)


NO_CHANCE = Interval(0.5, 0.5)  # stands in for one that could not be read
_SHARE = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
_CHANCE = {"anyOf": [_SHARE, {"type": "array", "items": _SHARE, "minItems": 2, "maxItems": 2}]}
CHANCE = Leaf("chance, or `[lo, hi]`, between 0 and 1", _read_chance, _CHANCE, NO_CHANCE, _write_chance)


def mean_of(bounds: Leaf, otherwise: str) -> Leaf:
    """Declare an interval on a mean, ``{mean: [lo, hi]}``, or the words for one that is never over."""
    words = f"`{{mean: [lo, hi]}}`, or `{otherwise}`"

    def read(reader: Reader, node: Node, key: KeyPath) -> Interval:
        if isinstance(node, Scalar) and node.value == otherwise:
            return UNENDING
        if not isinstance(node, MappingNode):
            reader.expect(node, key, words.replace("`", ""))
            return NO_INTERVAL
        items = reader.mapping(node, key, needed=(MEAN,))
        return bounds.read(reader, items[MEAN], (*key, MEAN)) if MEAN in items else NO_INTERVAL

    def write(value: Interval) -> Any:
        return otherwise if value == UNENDING else {MEAN: bounds.plain(value)}

    mean = {"type": "object", "properties": {MEAN: bounds.json}, "required": [MEAN], "additionalProperties": False}
    return Leaf(words, read, {"anyOf": [mean, {"const": otherwise}]}, NO_INTERVAL, write, "fixed", MEAN)
