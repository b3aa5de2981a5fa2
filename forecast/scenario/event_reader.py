"""Events of events, as a file writes them: names of timelines, families and stages, and mappings of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forecast.errors import KeyPath, suggest
from forecast.scenario.events import Event, First, InOrder, Part, Some, Total, list_parts
from forecast.scenario.nodes import Mapping as MappingNode
from forecast.scenario.nodes import Node, Scalar
from forecast.scenario.nodes import Sequence as SequenceNode
from forecast.scenario.reader import Reader

WORDS = ("all", "any", "none")
NUMBERS = ("at_least", "at_most", "exactly")
EVENTS = ".events"  # of a timeline, all of which count
TOTAL_MOST, WALKS_MOST = 50, 1_000  # events that can be counted, and that times timelines: each takes a walk


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
        if (counted := self.counted_events(items["of"], (*key, "of"))) is not None:
            return self.total(items, key, *counted)
        of, named = self.several(items["of"], (*key, "of"))
        numbers = {name: self.number(items[name], (*key, name), len(of)) for name in NUMBERS if name in items}
        if not of or None in numbers.values():
            return None
        limits = self.limits(items, key, numbers)
        return None if limits is None else Some(*limits, of, named)

    def limits(
        self, items: dict[str, Node], key: KeyPath, numbers: Mapping[str, int | None]
    ) -> tuple[int, int | None] | None:
        """Return the least and the largest number; None, and said, where they do not go together."""
        if "exactly" in numbers:
            if len(numbers) > 1:
                self.reader.expect(items["exactly"], (*key, "exactly"), "it alone, or at_least and at_most")
                return None
            return numbers["exactly"] or 0, numbers["exactly"]
        least, most = numbers.get("at_least") or 0, numbers.get("at_most")
        if most is not None and least > most:
            self.reader.expect(items["at_least"], (*key, "at_least"), f"a number up to at_most, {most}")
            return None
        return least, most

    def counted_events(self, node: Node, key: KeyPath) -> tuple[tuple[Part, ...], str] | None:
        """Return the timelines whose events are counted, as `court.events`, and their family; None where none are."""
        nodes = node.items if isinstance(node, SequenceNode) else (node,)
        texts = [item.value for item in nodes if isinstance(item, Scalar)]
        named = [text.removesuffix(EVENTS) for text in texts if text.endswith(EVENTS)]
        owners = [name for name in named if name in self.names]
        if not owners or any(EVENTS[1:] in self.stages[self.names[name][0]] for name in owners):
            return None
        if len(owners) < len(nodes):
            self.reader.expect(node, key, f"{EVENTS[1:]} of each, as {owners[0]}{EVENTS}, or of none")
            return (), ""
        parts = tuple(Part(label) for name in owners for label in self.names[name])
        return parts, owners[0] if len(owners) == 1 else ""

    def total(self, items: dict[str, Node], key: KeyPath, of: tuple[Part, ...], named: str) -> Event | None:
        """Read a number of events of timelines together."""
        most = min(TOTAL_MOST, WALKS_MOST // max(len(of), 1))
        numbers = {name: self.number(items[name], (*key, name), most) for name in NUMBERS if name in items}
        if not of or None in numbers.values():
            return None
        limits = self.limits(items, key, numbers)
        return None if limits is None else Total(*limits, of, "" if len(of) == 1 else named)

    def number(self, node: Node, key: KeyPath, of: int) -> int | None:
        value = self.reader.number(node, key)
        if key in self.reader.broken:
            return None
        least = 1 if key[-1] == "at_least" else 0
        if value != int(value) or not least <= value <= of:
            if of:
                self.reader.expect(node, key, f"a whole number from {least} to {of}, as many as there can be")
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
        if len(found) > 1 or len(parts) < max(len(of), 2) or found[0] not in parts:
            self.reader.expect(items["first"], (*key, "first"), "one of two timelines or more named under of")
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
            if stage == EVENTS[1:] and stage not in declared:
                message = f"expected {text} with at_least, at_most or exactly, as in {{at_least: 2, of: {text}}}"
                self.reader.add(key, node.mark, message)
                return ()
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
