"""What is asked of several timelines: an event of events, which may be nested.

A *part* is the name of a timeline, of a family, of a unit of it, or of one of their stages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forecast.errors import KeyPath, suggest
from forecast.scenario.nodes import Mapping as MappingNode
from forecast.scenario.nodes import Node, Scalar
from forecast.scenario.nodes import Sequence as SequenceNode
from forecast.scenario.reader import Reader

WORDS = ("all", "any", "none")
NUMBERS = ("at_least", "at_most", "exactly")


@dataclass(frozen=True)
class Part:
    """The event of one timeline, or the entry into one of its stages.

    Attributes
    ----------
    timeline : str
        Its name, with that of the unit: ``parliament.north``.
    stage : str
        Empty for the event.
    """

    timeline: str
    stage: str = ""

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
        if (self.least, self.most) == (0, 0):
            return f"none of {listed}"
        if self.most is None and self.least in (1, count):
            return f"{'any' if self.least == 1 < count else 'all'} of {listed}"
        if self.least == self.most:
            return f"exactly {self.least} of {listed}"
        least = [f"at least {self.least}"] if self.least else []
        return f"{' and '.join([*least, *([] if self.most is None else [f'at most {self.most}'])])} of {listed}"


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


Event = Part | Some | InOrder | First


def list_parts(event: Event) -> Iterator[Part]:
    """Yield the parts of an event, those of nested ones too."""
    if isinstance(event, Part):
        yield event
    else:
        for item in event.of:
            yield from list_parts(item)


def read_event(
    reader: Reader, node: Node, key: KeyPath, names: Mapping[str, Sequence[str]], stages: Mapping[str, Sequence[str]]
) -> Event | None:
    """Read an event of events.

    Parameters
    ----------
    names : dict of sequence
        The timelines that each name in a file stands for: a unit for itself, a family for all its units.
    stages : dict of sequence
        The stages of each timeline or unit.

    Returns
    -------
    Event or None
        None where it cannot be read, which is said.
    """
    reading = _Reading(reader, names, stages)
    found = reading.event(node, key)
    parts = list(list_parts(found)) if found is not None else []
    twice = {part.timeline for index, part in enumerate(parts) if part.timeline in {p.timeline for p in parts[:index]}}
    if twice:
        message = f"expected each timeline once; found {sorted(twice)[0]} twice, and whether both come hangs together"
        reader.add(key, node.mark, message)
        return None
    return found


class _Reading:
    def __init__(self, reader: Reader, names: Mapping[str, Sequence[str]], stages: Mapping[str, Sequence[str]]) -> None:
        self.reader, self.names, self.stages = reader, names, stages

    def event(self, node: Node, key: KeyPath) -> Event | None:
        if isinstance(node, Scalar):
            parts = self.parts(node, key)
            return parts[0] if len(parts) == 1 else Some(len(parts), None, parts, node.value) if parts else None
        if not isinstance(node, MappingNode):
            self.reader.expect(node, key, "the name of a timeline, or a mapping such as {at_least: 2, of: [a, b, c]}")
            return None
        items = self.reader.mapping(node, key, known=(*WORDS, *NUMBERS, "of", "in_order", "first"))
        for word in WORDS:
            if set(items) == {word}:
                of, named = self.several(items[word], (*key, word))
                return (
                    Some({"all": len(of), "any": 1, "none": 0}[word], 0 if word == "none" else None, of, named)
                    if of
                    else None
                )
        if set(items) == {"in_order"}:
            of, _ = self.several(items["in_order"], (*key, "in_order"))
            return self.in_order(node, key, of)
        if set(items) == {"first", "of"}:
            return self.first(items, key)
        if "of" in items and set(items) & set(NUMBERS) and not set(items) - {*NUMBERS, "of"}:
            return self.counted(items, key)
        said = ", ".join(items) or "nothing"
        expected = "one of all, any, none and in_order; or at_least, at_most or exactly with of; or first with of"
        self.reader.add(key, node.mark, f"expected {expected}; found {said}")
        return None

    def counted(self, items: dict[str, Node], key: KeyPath) -> Event | None:
        of, named = self.several(items["of"], (*key, "of"))
        numbers = {name: self.number(items[name], (*key, name), len(of)) for name in NUMBERS if name in items}
        if not of or None in numbers.values():
            return None
        if "exactly" in numbers:
            if len(numbers) > 1:
                self.reader.expect(items["exactly"], (*key, "exactly"), "it alone, or at_least and at_most")
                return None
            return Some(numbers["exactly"] or 0, numbers["exactly"], of, named)
        least, most = numbers.get("at_least") or 0, numbers.get("at_most")
        if most is not None and least > most:
            self.reader.expect(items["at_least"], (*key, "at_least"), f"a number up to at_most, {most}")
            return None
        return Some(least, most, of, named)

    def number(self, node: Node, key: KeyPath, of: int) -> int | None:
        value = self.reader.number(node, key)
        if key in self.reader.broken:
            return None
        least = 1 if key[-1] == "at_least" else 0
        if value != int(value) or not least <= value <= of:
            if of:
                self.reader.expect(node, key, f"a whole number from {least} to {of}, as many as there are")
            return None
        return int(value)

    def in_order(self, node: Node, key: KeyPath, of: tuple[Event, ...]) -> Event | None:
        parts = tuple(item for item in of if isinstance(item, Part))
        if len(of) < 2 or len(parts) < len(of):
            if of:
                self.reader.add(key, node.mark, "expected two timelines or more, by name")
            return None
        return InOrder(parts)

    def first(self, items: dict[str, Node], key: KeyPath) -> Event | None:
        of, _ = self.several(items["of"], (*key, "of"))
        found = self.parts(items["first"], (*key, "first"))
        parts = tuple(item for item in of if isinstance(item, Part))
        if not found or not of:
            return None
        if len(found) > 1 or len(parts) < len(of) or found[0] not in parts:
            self.reader.expect(items["first"], (*key, "first"), "one of those named under of, which are timelines")
            return None
        return First(found[0], parts)

    def several(self, node: Node, key: KeyPath) -> tuple[tuple[Event, ...], str]:
        """Return the events of a list, or of a family by its name, and that name."""
        if isinstance(node, Scalar):
            return self.parts(node, key), node.value
        if not isinstance(node, SequenceNode) or not node.items:
            self.reader.expect(node, key, "a list of events, or the name of a family")
            return (), ""
        found = [self.event(item, (*key, index)) for index, item in enumerate(node.items)]
        return tuple(item for item in found if item is not None) if None not in found else (), ""

    def parts(self, node: Node, key: KeyPath) -> tuple[Part, ...]:
        """Return what a name stands for: a timeline, a family, or a stage of either."""
        if not isinstance(node, Scalar):
            self.reader.expect(node, key, "the name of a timeline")
            return ()
        text = node.value
        if text in self.names:
            return tuple(Part(name) for name in self.names[text])
        owner, _, stage = text.rpartition(".")
        if owner in self.names:
            timelines = self.names[owner]
            declared = self.stages[timelines[0]]
            if stage in declared and len(declared) == 1:
                self.reader.add(key, node.mark, f"expected a timeline of several stages; {owner} is always in {stage}")
                return ()
            if stage in declared:
                return tuple(Part(name, stage) for name in timelines)
            self.reader.add(
                key, node.mark, f"expected a unit or a stage of {owner}; found '{stage}'; {suggest(stage, declared)}"
            )
            return ()
        self.reader.add(key, node.mark, f"unknown timeline {text}", near=(text, self.names))
        return ()


def _bracket(event: Event) -> str:
    return str(event) if isinstance(event, Part) else f"({event})"


def _join(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 7 else f"{', '.join(names[:5])} and {len(names) - 5} more"
