"""Typed reading of nodes: a node becomes a name, a number, a date or an interval, or a problem with its position.

Knows types and nothing of scenarios. A value that does not fit gets a stand-in, so that reading goes on and every
problem of a file is found at once; `broken` remembers where stand-ins are, so that nothing is said about them twice.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from forecast.errors import PROBLEMS_MOST, PROBLEMS_SHOWN, InputError, KeyPath, Problem, find_nearest
from forecast.scenario.laws import Law
from forecast.scenario.limits import CALENDAR_END, DAYS_UNSURE_MOST
from forecast.scenario.nodes import Mapping, Mark, Node, Refused, Scalar, Sequence, describe

NUMBER = re.compile(
    r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?"
)  # one way to match, or long ones take for ever
NAME_LENGTH = 100
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH_OR_YEAR = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


Z95 = 1.6448536269514722  # the standard normal's 95% point: half the width of a 90% interval


@dataclass(frozen=True)
class Interval:
    """A 90% interval: one chance in twenty below `lo`, one in twenty above `hi`.

    Between and beyond them it is normal on the scale of its quantity, unless `law` says otherwise.
    """

    lo: float
    hi: float
    law: Law | None = field(default=None, kw_only=True, repr=False)


def is_name(text: str) -> bool:
    """Tell whether a text is a name: letters of any script, digits, - and _, a letter first.

    >>> [is_name(text) for text in ("north-by-sea", "莫斯科", "Нью-Йорк", "القاهرة", "3rd", "a b", "-a")]
    [True, True, True, True, False, False, False]
    """
    return len(text) <= NAME_LENGTH and text[:1] not in ("_", "-") and text.replace("-", "_").isidentifier()


UNENDING = Interval(math.inf, math.inf)  # a mean so long that what is waited for never comes
NO_DAY = datetime.date(1, 1, 1)  # stands in for a date that could not be read
NO_INTERVAL = Interval(1.25, 1.75)  # the same for an interval, so that it passes as any factor


def problem_at(key: KeyPath, mark: Mark, message: str, near: tuple[str, Collection[str]] | None = None) -> Problem:
    """Describe a problem at a position in a file."""
    return Problem(key, message, mark.file, mark.line, mark.column, near=near)


@dataclass
class Reader:
    """Types nodes by what the schema asks for and collects what does not fit.

    Attributes
    ----------
    problems : list of Problem
    broken : set of key paths
        Where a stand-in is, or a key that should be there is missing.
    warnings : list of str
        What can be read, and may not be meant.
    """

    problems: list[Problem] = field(default_factory=list)
    broken: set[KeyPath] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def add(self, key: KeyPath, mark: Mark, message: str, near: tuple[str, Collection[str]] | None = None) -> None:
        """Report a problem; `near` is a name that there is not and those that there are."""
        self.note(problem_at(key, mark, message, near))
        self.broken.add(key)

    def note(self, problem: Problem) -> None:
        """Take note of a problem.

        Raises
        ------
        InputError
            Where there are so many that nothing is gained by reading on.
        """
        self.problems.append(problem)
        if len(self.problems) >= PROBLEMS_MOST:
            raise InputError(self.problems)

    def expect(self, node: Node, key: KeyPath, expected: str) -> None:
        """Report that a node is not what was expected, unless it was refused before."""
        self.broken.add(key)
        if not isinstance(node, Refused):
            self.note(problem_at(key, node.mark, f"expected {expected}; found {describe(node)}"))

    def mapping(
        self, node: Node, key: KeyPath, *, needed: tuple[str, ...] = (), known: tuple[str, ...] | None = ()
    ) -> dict[str, Node]:
        """Read a mapping with the `needed` keys and, unless `known` is None, no others than those and `known`."""
        if not isinstance(node, Mapping):
            self.expect(node, key, "a mapping" + (f" with {', '.join(needed)}" if needed else ""))
            return {}
        if not node.complete:  # what seems to be missing may be what was refused
            self.broken.add((*key, ""))
        missing = [name for name in needed if name not in node.items]
        if known is None:  # any other name will do, unless it looks like a missing one
            others = [name for name in node.items if name not in needed][:PROBLEMS_SHOWN] if missing else []
            unknown = dict.fromkeys(name for name in others if self._find_meant(name, missing))
        else:
            unknown = dict.fromkeys(name for name in node.items if name not in needed and name not in known)
        self.broken |= {(*key, name) for name in missing}
        choices = (*needed, *(known or ()))
        absent = [name for name in choices if name not in node.items]
        for name in unknown:
            meant = self._find_meant(name, absent)
            self.add((*key, name), node.keys[name], "unknown key", near=(name, meant or choices))
            self.broken |= {(*key, other) for other in meant}
            missing = [other for other in missing if other not in meant]  # misspelt, said once
        for name in missing if node.complete else ():
            self.note(problem_at((*key, name), node.mark, f"expected the key {name}; found none"))
        return {name: item for name, item in node.items.items() if name not in unknown}

    def _find_meant(self, name: str, absent: list[str]) -> list[str]:
        """Return the absent key that a name is likely meant for; none once there is more wrong than can be shown."""
        return find_nearest(name, absent)[:1] if len(self.problems) < PROBLEMS_SHOWN else []

    def names_to_nodes(
        self, node: Node, key: KeyPath, *, needed: tuple[str, ...] = (), most: float = math.inf
    ) -> dict[str, Node]:
        """Read a mapping whose keys are names of the question's own, beside those that are `needed`."""
        items = self.mapping(node, key, needed=needed, known=None)
        if len(items) > most:
            self.add(key, node.mark, f"expected at most {most:,}; found {len(items):,}")
            return {}
        for name in items:
            if isinstance(node, Mapping) and not is_name(name):
                self.expect(Scalar(node.keys[name], name, plain=False), (*key, name), _A_NAME)
        return {name: item for name, item in items.items() if is_name(name)}

    def sequence(self, node: Node, key: KeyPath, what: str = "a list") -> tuple[Node, ...]:
        """Read a list."""
        if not isinstance(node, Sequence):
            self.expect(node, key, what)
            return ()
        return node.items

    def text(self, node: Node, key: KeyPath) -> str:
        """Read a text that says something; runs of white space become single spaces."""
        if not isinstance(node, Scalar) or node.is_null or not node.value.strip():
            self.expect(node, key, "a text")
            return ""
        return " ".join(node.value.split())

    def name(self, node: Node, key: KeyPath) -> str:
        """Read a name that other parts of a file can refer to."""
        if not isinstance(node, Scalar) or node.is_null or not is_name(node.value):
            self.expect(node, key, _A_NAME)
            return ""
        return node.value

    def names(self, node: Node, key: KeyPath) -> tuple[str, ...]:
        """Read a list of distinct names."""
        items = self.sequence(node, key, "a list of names")
        found = tuple(self.name(item, (*key, index)) for index, item in enumerate(items))
        seen: set[str] = set()
        for index, name in enumerate(found):
            if name and name in seen:
                self.add((*key, index), items[index].mark, f"{name} stands in this list twice")
            seen.add(name)
        return found

    def some_names(self, node: Node, key: KeyPath, what: str) -> tuple[str, ...]:
        """Read a list of at least one name."""
        found = self.names(node, key)
        if isinstance(node, Sequence) and not node.items:
            self.add(key, node.mark, f"expected at least one {what}; found none. Leave the key out to mean the usual")
        return found

    def number(self, node: Node, key: KeyPath) -> float:
        """Read a finite number."""
        value = float(node.value) if isinstance(node, Scalar) and NUMBER.fullmatch(node.value) else math.nan
        if not math.isfinite(value):
            self.expect(node, key, "a number")
            return 1.0
        return value

    def flag(self, node: Node, key: KeyPath) -> bool:
        """Read true or false."""
        if not isinstance(node, Scalar) or node.value not in ("true", "false"):
            self.expect(node, key, "true or false")
            return False
        return node.value == "true"

    def date(self, node: Node, key: KeyPath) -> datetime.date:
        """Read a day."""
        if not isinstance(node, Scalar) or not DAY.fullmatch(node.value):
            two = isinstance(node, Scalar) and all(DAY.fullmatch(part) for part in node.value.split("/"))
            remedy = " (a step alone may come on one of two days and those between; give the likeliest)" if two else ""
            self.expect(node, key, f"a date, YYYY-MM-DD{remedy}")
            return NO_DAY
        try:
            day = datetime.date.fromisoformat(node.value)
        except ValueError:
            self.expect(node, key, "a day that is in the calendar")
            return NO_DAY
        if day > CALENDAR_END:
            self.expect(node, key, f"a day up to {CALENDAR_END}")
            return NO_DAY
        return day

    def days(self, node: Node, key: KeyPath) -> tuple[datetime.date, datetime.date | None]:
        """Read a day, or the first and the last of those on one of which it was; return the last, and the first."""
        parts = node.value.split("/") if isinstance(node, Scalar) else []
        if len(parts) != 2:
            return self.date(node, key), None
        first, last = (self.date(Scalar(node.mark, part, plain=False), key) for part in parts)
        if NO_DAY in (first, last):
            return NO_DAY, None
        if not 0 <= (last - first).days < DAYS_UNSURE_MOST:
            self.expect(node, key, f"the first day before the last, and up to {DAYS_UNSURE_MOST} days in all")
            return NO_DAY, None
        return last, first if first < last else None

    def last_day(self, node: Node, key: KeyPath) -> datetime.date:
        """Read a day, a month or a year; the last two mean their last day."""
        parts = MONTH_OR_YEAR.fullmatch(node.value) if isinstance(node, Scalar) else None
        if parts is None:
            return self.date(node, key)
        year, month = int(parts[1]), int(parts[2] or 12)
        if not (1 <= month <= 12 and 1 <= year <= CALENDAR_END.year):
            self.expect(node, key, "a date, YYYY-MM-DD, YYYY-MM or YYYY")
            return NO_DAY
        following = datetime.date(year + month // 12, month % 12 + 1, 1)
        return following - datetime.timedelta(days=1)

    def interval(self, node: Node, key: KeyPath) -> Interval:
        """Read a 90% interval [lo, hi]; what bounds it keeps to is for the checks."""
        items = self.sequence(node, key, "a 90% interval [lo, hi]")
        if isinstance(node, Sequence) and len(items) != 2:
            self.add(key, node.mark, f"expected a 90% interval [lo, hi]; found a list of {len(items)}")
        if len(items) != 2:
            return NO_INTERVAL
        return Interval(self.number(items[0], (*key, 0)), self.number(items[1], (*key, 1)))


_A_NAME = "a name (letters, digits, - and _, a letter first)"
