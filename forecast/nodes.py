"""YAML text into nodes that know where they stand: the strict subset that scenario files use.

Every scalar stays text, so that `off`, `2005` and `3:20` mean what they say; the schema in `forecast.load` gives it a
type. Aliases, anchors, tags, merges and duplicate keys are refused. Receives text, hands on a tree of nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from forecast.errors import InputError, KeyPath, Problem

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast, and not always there


@dataclass(frozen=True)
class Mark:
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Scalar:
    """A text; `plain` tells that it was written without quotes."""

    mark: Mark
    value: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Tell whether the text means that there is nothing here."""
        return self.plain and self.value in ("", "~", "null")


@dataclass(frozen=True)
class Sequence:
    """A list of nodes."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """Nodes by key, with the position of each key."""

    mark: Mark
    items: dict[str, Node]
    keys: dict[str, Mark]


Node = Scalar | Sequence | Mapping


def parse_nodes(text: str, file: str) -> Node:
    """Parse one YAML document.

    Raises
    ------
    InputError
        If the text is not YAML, is empty, or uses what scenario files may not.
    """
    composer = _Composer(file)
    try:
        node = composer.compose(text)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        line, column = (at.line + 1, at.column + 1) if at else (1, 1)
        raise InputError([Problem((), f"not readable as YAML: {error.problem}", file, line, column)]) from None
    except yaml.YAMLError as error:  # a character that YAML forbids
        raise InputError([Problem((), f"not readable as YAML: {str(error).splitlines()[0]}", file, 1, 1)]) from None
    if node is None:
        composer.problems.append(Problem((), "expected a YAML mapping; found an empty file", file, 1, 1))
    if composer.problems:
        raise InputError(composer.problems)
    assert node is not None
    return node


def describe(node: Node) -> str:
    """Say what a node is, for "found ..."."""
    if isinstance(node, Scalar):
        return "nothing" if node.is_null else f"{node.value!r}"
    return "a list" if isinstance(node, Sequence) else "a mapping"


def locate(root: Node, key: KeyPath) -> Mark:
    """Find the position of a key path, or of its deepest part that is there."""
    mark, node = root.mark, root
    for part in key:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.items:
            mark, node = node.keys[part], node.items[part]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            mark = node.mark
        else:
            return mark
    return node.mark if isinstance(node, Scalar) else mark


def merge(parent: Node, child: Node) -> Node:
    """Lay a child over its parent: mappings merge, null deletes, anything else replaces."""
    if not (isinstance(parent, Mapping) and isinstance(child, Mapping)):
        return child
    items, keys = dict(parent.items), dict(parent.keys)
    for name, node in child.items.items():
        if isinstance(node, Scalar) and node.is_null:
            items.pop(name, None)
            keys.pop(name, None)
        else:
            items[name] = merge(items[name], node) if name in items else node
            keys[name] = child.keys[name]
    return Mapping(child.mark, items, keys)


class _Composer:
    """Builds nodes from the parser's events and collects what is refused."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def compose(self, text: str) -> Node | None:
        events = iter(yaml.parse(text, Loader=_LOADER))
        node, documents = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                first = self._node(next(events), events)
                if documents == 1:
                    node = first
                else:
                    self._refuse(event, "a second document", "keep one document to a file")
        if isinstance(node, Scalar) and node.is_null:
            return None
        return node

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
        mark = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"the alias *{event.anchor}", "write the value out")
            return Scalar(mark, "", plain=False)
        if event.anchor is not None:
            self._refuse(event, f"the anchor &{event.anchor}", "write the value out where it is needed")
        if event.tag is not None:
            self._refuse(event, f"the tag {event.tag}", "leave it out; the schema gives each value its type")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(mark, event.value, plain=event.style is None)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._node(event, events))
            return Sequence(mark, tuple(items))
        return self._mapping(mark, events)

    def _mapping(self, mark: Mark, events: Iterator[yaml.Event]) -> Mapping:
        items: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events)
            value = self._node(next(events), events)
            if not isinstance(key, Scalar):
                self._refuse(event, f"{describe(key)} as a key", "keys are names")
            elif key.value == "<<":
                self._refuse(event, "a merge (<<)", "use extends, or write the keys out")
            elif key.value in items:
                first = keys[key.value]
                self._refuse(event, f"the key {key.value} a second time", f"it stands in line {first.line} already")
            else:
                items[key.value], keys[key.value] = value, key.mark
        return Mapping(mark, items, keys)

    def _mark(self, event: yaml.Event) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: yaml.Event, found: str, remedy: str) -> None:
        mark = self._mark(event)
        self.problems.append(Problem((), f"found {found}; {remedy}", mark.file, mark.line, mark.column))
