"""A document as nodes with their places, for files and for plain values from Python alike."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from forecast.errors import KeyPath, shorten


class Mark(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class Scalar(NamedTuple):
    """A text; `plain` tells that it was written without quotes."""

    mark: Mark
    value: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Tell whether the text means that there is nothing here."""
        return self.plain and self.value in ("", "~", "null")


class Sequence(NamedTuple):
    """A list of nodes."""

    mark: Mark
    items: tuple[Node, ...]


class Mapping(NamedTuple):
    """Nodes by key, with the position of each key; not `complete` where a merge or a key was refused."""

    mark: Mark
    items: dict[str, Node]
    keys: dict[str, Mark]
    complete: bool = True


class Refused(NamedTuple):
    """Stands where something was refused, which is reported already."""

    mark: Mark


Node = Scalar | Sequence | Mapping | Refused


def describe(node: Node) -> str:
    """Say what a node is, for "found ..."."""
    if isinstance(node, Scalar):
        return "nothing" if node.is_null else f"'{shorten(node.value)}'"
    return "a list" if isinstance(node, Sequence) else "a mapping"


def locate(root: Node, key: KeyPath, *, on_key: bool = False) -> Mark:
    """Find the position of a key path, or of its deepest part that is there.

    That is a value's own position where it is a text, and else, or with `on_key`, that of its key.
    """
    mark, node = root.mark, root
    for part in key:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.items:
            mark, node = node.keys[part], node.items[part]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            mark = node.mark
        else:
            return mark
    return node.mark if isinstance(node, Scalar) and not on_key else mark


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
    return Mapping(child.mark, items, keys, parent.complete and child.complete)


NOWHERE = Mark("", 0, 0)


def make_node(value: Any, mark: Mark = NOWHERE) -> Node:
    """Turn mappings, lists, texts, numbers, dates, truth values and None into nodes that all stand at one place.

    Examples
    --------
    >>> make_node({"kept": [0.3, 0.8]}).items["kept"].items[0].value
    '0.3'
    """
    if isinstance(value, dict):
        items = {str(name): make_node(item, mark) for name, item in value.items()}
        return Mapping(mark, items, dict.fromkeys(items, mark))
    if isinstance(value, list | tuple | set | frozenset):
        return Sequence(mark, tuple(make_node(item, mark) for item in value))
    if value is None:
        return Scalar(mark, "", plain=True)
    if isinstance(value, bool):
        return Scalar(mark, str(value).lower(), plain=True)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()  # as a table of days hands them out
    if isinstance(value, datetime.date):
        return Scalar(mark, value.isoformat(), plain=True)
    return Scalar(mark, str(value), plain=True)
