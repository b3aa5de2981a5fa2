"""What is asked of a timeline: the event itself, how often it comes, a stage that is reached, or one in force on a day.

Each is one mapping under ``question.asks``; `Bin` is one answer of a multiple-choice question.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.fields import Record, key, record
from forecast.scenario.kinds import NAME, SOME_NAMES, Leaf, one_of
from forecast.scenario.nodes import Node, Scalar, Sequence
from forecast.scenario.reader import Reader

FIRST, ANY = "first", "any"
NEVER, LATER = "never", "later"
YES = "yes"  # stands for places where an answer has none
COUNT_MOST = 200  # events; each takes a walk

_COUNTS = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4})|(\+))?")
_QUARTER = re.compile(r"(?:([0-9]{4})-)?Q([1-4])")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_SPAN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:/([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_BIN = "a number of events as 2, 2-3 or 4+, or days as Q1, 2026-Q1, 2026-03, 2026-03-01/2026-03-14, later or never"


def _read_count(reader: Reader, node: Node, key: KeyPath) -> int:
    count = reader.number(node, key)
    if count != int(count) or not 0 <= count <= COUNT_MOST:
        reader.expect(node, key, f"a whole number from 0 to {COUNT_MOST:,}")
        return 1
    return int(count)


COUNT = Leaf(
    "whole number", _read_count, {"type": "integer", "minimum": 0, "maximum": COUNT_MOST}, 1
)  # not varied: what is asked is no assumption


@record
class Asks:
    """What is asked; the event, once at least, where nothing is said."""

    at_least: int | None = key("at_least", COUNT, "that the event comes so often in the window", default=None)
    at_most: int | None = key("at_most", COUNT, "that it comes no more often", default=None)
    exactly: int | None = key("exactly", COUNT, "that it comes just so often", default=None)
    places: tuple[str, ...] = key("in", SOME_NAMES, "at these places alone", default=())
    reached: str | None = key("reached", NAME, "that this stage is entered in the window", default=None)
    in_force: str | None = key("in_force", NAME, "that this stage holds on the window's last day", default=None)

    @property
    def stage(self) -> str | None:
        """The stage that is asked about, if it is one."""
        return self.reached or self.in_force

    @property
    def numbers(self) -> tuple[int, int | None] | None:
        """Least and largest number of events that are a yes; None where a stage is asked about."""
        if self.stage is not None:
            return None
        if self.exactly is not None:
            return self.exactly, self.exactly
        if self.at_most is not None:
            return self.at_least or 0, self.at_most
        return 1 if self.at_least is None else self.at_least, None

    @property
    def is_number(self) -> bool:
        """Tell whether a number of events is asked about, and not just whether there is one."""
        return self.numbers not in (None, (1, None))

    def __str__(self) -> str:
        """Say it in words.

        >>> str(Asks(at_least=3)), str(Asks(reached="signed")), str(Asks(exactly=1, places=("north",)))
        ('at least 3 in the window', 'signed is reached in the window', 'exactly 1 in the window, in north')
        """
        if self.reached:
            return f"{self.reached} is reached in the window"
        if self.in_force:
            return f"{self.in_force} is in force on the window's last day"
        where = f", in {' or '.join(self.places)}" if self.places else ""
        parts = [f"{word} {count}" for word, count in self._limits() if count is not None]
        return f"{' and '.join(parts) or 'at least 1'} in the window{where}"

    def _limits(self) -> tuple[tuple[str, int | None], ...]:
        return ("exactly", self.exactly), ("at least", self.at_least), ("at most", self.at_most)


@dataclass(frozen=True)
class Bin:
    """One answer of a multiple-choice question.

    Attributes
    ----------
    label : str
        As the file writes it.
    counts : tuple of int and int or None, optional
        The least and the largest number of events; None is no largest one.
    """

    label: str
    counts: tuple[int, int | None] | None = None

    @property
    def is_dated(self) -> bool:
        """Tell whether it is about days."""
        return self.counts is None

    def days(self, start: datetime.date, until: datetime.date) -> tuple[datetime.date, datetime.date] | None:
        """Return its first and last day in a window, as far as they lie there; None where they do not, or are not told.

        >>> Bin("Q1").days(datetime.date(2025, 2, 1), datetime.date(2025, 12, 31))
        (datetime.date(2025, 2, 1), datetime.date(2025, 3, 31))
        """
        if found := _QUARTER.fullmatch(self.label):
            year, month = int(found[1] or until.year), 3 * int(found[2])
            first, last = datetime.date(year, month - 2, 1), _end_of_month(year, month)
        elif found := _MONTH.fullmatch(self.label):
            first, last = datetime.date(int(found[1]), int(found[2]), 1), _end_of_month(int(found[1]), int(found[2]))
        elif found := _SPAN.fullmatch(self.label):
            first, last = (datetime.date.fromisoformat(found[part] or found[1]) for part in (1, 2))
        else:
            return None
        inside = max(first, start), min(last, until)
        return inside if inside[0] <= inside[1] else None


def _end_of_month(year: int, month: int) -> datetime.date:
    if (year, month) == (datetime.MAXYEAR, 12):
        return datetime.date.max
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


def _read_bins(reader: Reader, node: Node, key: KeyPath) -> tuple[Bin, ...]:
    if not isinstance(node, Sequence) or not node.items:
        reader.expect(node, key, "a list of answers, such as [0, 1, 2-3, 4+]")
        return ()
    return tuple(_read_bin(reader, item, (*key, index)) for index, item in enumerate(node.items))


def _read_bin(reader: Reader, node: Node, key: KeyPath) -> Bin:
    text = node.value if isinstance(node, Scalar) else ""
    if text.startswith("0000"):
        reader.expect(node, key, "a year from 1 on")
        return Bin(NEVER)
    if text in (NEVER, LATER) or any(pattern.fullmatch(text) for pattern in (_QUARTER, _MONTH)):
        return Bin(text)
    if (found := _COUNTS.fullmatch(text)) and int(found[2] or found[1]) <= COUNT_MOST:
        least = int(found[1])
        most = None if found[3] else int(found[2] or least)
        if most is not None and most < least:
            reader.expect(node, key, "the smaller number first")
        return Bin(text, (least, most))
    if found := _SPAN.fullmatch(text):
        try:
            first, last = (datetime.date.fromisoformat(found[part] or found[1]) for part in (1, 2))
        except ValueError:
            reader.expect(node, key, "days that are in the calendar, YYYY-MM-DD/YYYY-MM-DD")
            return Bin(NEVER)
        if last < first:
            reader.expect(node, key, "the earlier day first")
        return Bin(text)
    reader.expect(node, key, _BIN)
    return Bin(NEVER)


def _write_bins(bins: tuple[Bin, ...]) -> list[Any]:
    return [int(item.label) if item.label.isdigit() else item.label for item in bins]


ASKS = Record(Asks, "what is asked")
COUNTS = one_of(ANY, FIRST)
BINS = Leaf(
    "list of answers, of numbers or of days",
    _read_bins,
    {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
    (),
    _write_bins,
)
