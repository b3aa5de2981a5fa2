"""Typed reading of nodes: a node becomes a name, a number, a date or an interval, or a problem with its position.

Knows types and nothing of scenarios. A value that does not fit gets a stand-in, so that reading goes on and every
problem of a file is found at once; `broken` remembers where stand-ins are, so that nothing is said about them twice.
"""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass, field

from forecast.errors import KeyPath, Problem, find_nearest, suggest
from forecast.scenario.nodes import Mapping, Mark, Node, Refused, Scalar, Sequence, describe

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH_OR_YEAR = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


@dataclass(frozen=True)
class Interval:
    """A 90% interval: one chance in twenty below `lo`, one in twenty above `hi`."""

    lo: float
    hi: float


NO_DAY = datetime.date(1, 1, 1)  # stands in for a date that could not be read
NO_INTERVAL = Interval(1.25, 1.75)  # the same for an interval, so that it passes as any factor


def problem_at(key: KeyPath, mark: Mark, message: str) -> Problem:
    """Describe a problem at a position in a file."""
    return Problem(key, message, mark.file, mark.line, mark.column)


@dataclass
class Reader:
    """Types nodes by what the schema asks for and collects what does not fit.

    Attributes
    ----------
    problems : list of Problem
    broken : list of key paths
        Where a stand-in is, or a key that should be there is missing.
    """

    problems: list[Problem] = field(default_factory=list)
    broken: list[KeyPath] = field(default_factory=list)

    def add(self, key: KeyPath, mark: Mark, message: str) -> None:
        """Report a problem."""
        self.problems.append(problem_at(key, mark, message))
        self.broken.append(key)

    def expect(self, node: Node, key: KeyPath, expected: str) -> None:
        """Report that a node is not what was expected, unless it was refused before."""
        self.broken.append(key)
        if not isinstance(node, Refused):
            self.problems.append(problem_at(key, node.mark, f"expected {expected}; found {describe(node)}"))

    def mapping(
        self, node: Node, key: KeyPath, *, needed: tuple[str, ...] = (), known: tuple[str, ...] | None = ()
    ) -> dict[str, Node]:
        """Read a mapping with the `needed` keys and, unless `known` is None, no others than those and `known`."""
        if not isinstance(node, Mapping):
            self.expect(node, key, "a mapping" + (f" with {', '.join(needed)}" if needed else ""))
            return {}
        missing = [name for name in needed if name not in node.items]
        if known is None:  # any other name will do, unless it looks like a missing one
            unknown = [name for name in node.items if missing and name not in needed and find_nearest(name, missing)]
        else:
            unknown = [name for name in node.items if name not in needed and name not in known]
        self.broken += [(*key, name) for name in missing]
        absent = [name for name in (*needed, *(known or ())) if name not in node.items]
        for name in unknown:
            meant = find_nearest(name, absent)[:1]
            self.add((*key, name), node.keys[name], f"unknown key; {suggest(name, meant or (*needed, *(known or ())))}")
            self.broken += [(*key, other) for other in meant]
            missing = [other for other in missing if other not in meant]  # misspelt, said once
        for name in missing if node.complete else ():
            self.problems.append(problem_at((*key, name), node.mark, f"expected the key {name}; found none"))
        return {name: item for name, item in node.items.items() if name not in unknown}

    def names_to_nodes(self, node: Node, key: KeyPath, *, needed: tuple[str, ...] = ()) -> dict[str, Node]:
        """Read a mapping whose keys are names of the question's own, beside those that are `needed`."""
        items = self.mapping(node, key, needed=needed, known=None)
        for name in items:
            if isinstance(node, Mapping) and not NAME.fullmatch(name):
                self.expect(Scalar(node.keys[name], name, plain=False), (*key, name), _A_NAME)
        return {name: item for name, item in items.items() if NAME.fullmatch(name)}

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
        if not isinstance(node, Scalar) or node.is_null or not NAME.fullmatch(node.value):
            self.expect(node, key, _A_NAME)
            return ""
        return node.value

    def names(self, node: Node, key: KeyPath) -> tuple[str, ...]:
        """Read a list of distinct names."""
        items = self.sequence(node, key, "a list of names")
        found = tuple(self.name(item, (*key, index)) for index, item in enumerate(items))
        for index, name in enumerate(found):
            if name and name in found[:index]:
                self.add((*key, index), items[index].mark, f"{name} stands in this list twice")
        return found

    def some_names(self, node: Node, key: KeyPath, what: str) -> tuple[str, ...]:
        """Read a list of at least one name."""
        found = self.names(node, key)
        if isinstance(node, Sequence) and not found:
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
            self.expect(node, key, "a date, YYYY-MM-DD")
            return NO_DAY
        try:
            return datetime.date.fromisoformat(node.value)
        except ValueError:
            self.expect(node, key, "a day that is in the calendar")
            return NO_DAY

    def last_day(self, node: Node, key: KeyPath) -> datetime.date:
        """Read a day, a month or a year; the last two mean their last day."""
        parts = MONTH_OR_YEAR.fullmatch(node.value) if isinstance(node, Scalar) else None
        if parts is None:
            return self.date(node, key)
        year, month = int(parts[1]), int(parts[2] or 12)
        if not (1 <= month <= 12 and 1 <= year <= 9998):
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
