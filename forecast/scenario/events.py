"""What is asked of several timelines: an event of events, which may be nested.

A *part* is the name of a timeline, of a family, of a unit of it, or of one of their stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """The event of one timeline, or the entry into one of its stages.

    Attributes
    ----------
    timeline : str
        Its name, with that of the unit: ``parliament.north``.
    stage : str
        Empty for the event.
    count : int
        Which of its events in the window, where several are counted, from 1; 0 where they are not.
    """

    timeline: str
    stage: str = ""
    count: int = 0

    @property
    def name(self) -> str:
        """How it is called in a file."""
        return f"{self.timeline}.{self.stage}" if self.stage else self.timeline

    def __str__(self) -> str:
        return f"{self.timeline} reaches {self.stage}" if self.stage else self.timeline


@dataclass(frozen=True)
class Some:
    """At least so many of some events, and at most so many; all, any and none are of that kind.

    Attributes
    ----------
    most : int or None
        None where there is no largest number.
    of : tuple of events
    named : str
        The family that they are, if they are one.
    """

    least: int
    most: int | None
    of: tuple[Event, ...]
    named: str = ""

    def __str__(self) -> str:
        count = len(self.of)
        listed = f"{self.named} ({count})" if self.named else _join([_bracket(item) for item in self.of])
        if count == 1 == self.least and self.most is None:
            return str(self.of[0])
        if (self.least, self.most) == (0, 0):
            return f"none of {listed}"
        if self.most is None and self.least in (1, count):
            return f"{'any' if self.least == 1 < count else 'all'} of {listed}"
        return f"{_say_numbers(self.least, self.most)} of {listed}"


@dataclass(frozen=True)
class Total:
    """At least, and at most, so many events in the window of some timelines together, each of which may have several.

    Attributes
    ----------
    most : int or None
        None where there is no largest number.
    named : str
        The family that they are, if they are one.
    """

    least: int
    most: int | None
    of: tuple[Part, ...]
    named: str = ""

    @property
    def highest(self) -> int:
        """The number from which on it is all the same."""
        return self.least if self.most is None else self.most + 1

    def numbered(self, part: Part) -> list[Part]:
        """Return the first, second, ... event of a timeline, as many as matter."""
        return [Part(part.timeline, count=count) for count in range(1, self.highest + 1)]

    def __str__(self) -> str:
        of = f"{self.named} ({len(self.of)} timelines)" if self.named else _join([str(part) for part in self.of])
        return f"{_say_numbers(self.least, self.most)} events of {of}"


@dataclass(frozen=True)
class InOrder:
    """Some events, one after the other, the last of them in time as well."""

    of: tuple[Part, ...]

    def __str__(self) -> str:
        return f"{', then '.join(map(str, self.of))}, in this order"


@dataclass(frozen=True)
class First:
    """One of some events, before all the others."""

    part: Part
    of: tuple[Part, ...]

    def __str__(self) -> str:
        return f"{self.part} first of {_join(list(map(str, self.of)))}"


Event = Part | Some | Total | InOrder | First


def list_parts(event: Event) -> Iterator[Part]:
    """Yield the parts of an event, those of nested ones too."""
    if isinstance(event, Part):
        yield event
    else:
        for item in event.of:
            yield from list_parts(item)


def list_totals(event: Event) -> Iterator[Total]:
    """Yield the totals among an event and those nested in it."""
    if isinstance(event, Total):
        yield event
    elif not isinstance(event, Part):
        for item in event.of:
            yield from list_totals(item)


def list_numbered(event: Event) -> list[Part]:
    """Return the first, second, ... events of timelines whose events are counted together."""
    return [part for total in list_totals(event) for one in total.of for part in total.numbered(one)]


def _say_numbers(least: int, most: int | None) -> str:
    """Say a least and a largest number.

    >>> _say_numbers(2, 2), _say_numbers(0, 3), _say_numbers(2, 4)
    ('exactly 2', 'at most 3', 'at least 2 and at most 4')
    """
    if least == most:
        return f"exactly {least}"
    said = [f"at least {least}"] if least or most is None else []
    return " and ".join([*said, *([] if most is None else [f"at most {most}"])])


def _bracket(event: Event) -> str:
    return str(event) if isinstance(event, Part) else f"({event})"


def _join(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 7 else f"{', '.join(names[:5])} and {len(names) - 5} more"
