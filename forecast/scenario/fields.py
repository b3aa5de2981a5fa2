"""How a record declares each of its keys, once; reading, writing, tables, JSON Schema and sweeps are made of that.

In a class under `record`, ``start: date = key("from", DAY, "first day")`` declares a field and its key. A `Record`
gathers the keys of such a class; it reads one from nodes and writes one as plain values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, ClassVar, dataclass_transform

from forecast.errors import KeyPath
from forecast.scenario.kinds import Kind
from forecast.scenario.nodes import Node
from forecast.scenario.reader import Reader

_INLINE, _REST = "", "*"  # names of keys that stand for several
NEEDED: Any = object()  # in place of a default: the key must be there


@dataclass(frozen=True)
class Key:
    """A key of a file and what stands there.

    Attributes
    ----------
    name : str
        ``question.event`` lies one mapping deeper.
    help : str
        One line for the tables of keys.
    fields : tuple of str
        The fields of the dataclass that it fills.
    absent : object
        Fills them where the key is not there; `NEEDED` if it must be.
    by_hand : bool
        Read by `forecast.scenario.schema`, because it hangs on more than what stands there.
    varies : bool
        Whether a sweep may reach what lies below.
    filled : str
        What stands there where a file leaves it out, in words: `forecast.scenario.defaults` fills it in.
    none : str
        What to say if there is no key at all of those that a name `*` stands for.
    """

    name: str
    kind: Any
    help: str = ""
    unit: str = ""
    absent: Any = NEEDED
    fields: tuple[str, ...] = ()
    by_hand: bool = False
    varies: bool = True
    filled: str = ""
    none: str = ""

    @property
    def needed(self) -> bool:
        """Tell whether the key must be there by the time that it is read."""
        return self.absent is NEEDED

    @property
    def asked(self) -> bool:
        """Tell whether a file must say it itself."""
        return self.needed and not self.filled

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The names that lead to it."""
        return tuple(self.name.split("."))

    @property
    def is_inline(self) -> bool:
        """Tell whether it stands for the keys of a record that are written beside the others."""
        return self.name == _INLINE

    @property
    def is_rest(self) -> bool:
        """Tell whether it stands for every other key."""
        return self.name == _REST


def key(
    name: str,
    kind: Kind,
    help: str,
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    absent: Any = MISSING,
    **more: Any,
) -> Any:
    """Declare a field of a record; `absent` is its value without the key, if that is not the default of the field."""
    if absent is MISSING:
        absent = default if default_factory is MISSING else default_factory()
    declared = Key(name, kind, help, absent=NEEDED if absent is MISSING else absent, **more)
    return field(default=default, default_factory=default_factory, metadata={"key": declared})


def inline(kind: Record) -> Any:
    """Declare a field whose keys are written beside those of the record that holds it."""
    return key(_INLINE, kind, "")


def rest(kind: Named, help: str, **more: Any) -> Any:
    """Declare a field that takes all other keys, by name."""
    return key(_REST, kind, help, **more)


@dataclass_transform(frozen_default=True, field_specifiers=(key, inline, rest, field))
def record[T](cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass whose fields declare their keys."""
    return dataclass(frozen=True)(cls)


@dataclass(frozen=True)
class Named:
    """A mapping from names of the question's own, such as those `of` its stages, to values of one kind."""

    of: str
    kind: Any
    most: float = math.inf
    stand_in: ClassVar[Any] = {}

    @property
    def words(self) -> str:
        """Say what there is of each."""
        return f"{self.kind.words} by {self.of}"

    def read(self, reader: Reader, node: Node, key: KeyPath) -> Any:
        """Read each value by its name."""
        items = reader.names_to_nodes(node, key, most=self.most)
        return {name: self.kind.read(reader, item, (*key, name)) for name, item in items.items()}

    def plain(self, value: Any) -> dict[str, Any]:
        """Write each value by its name."""
        return {name: self.kind.plain(item) for name, item in value.items()}


class Roster(Named):
    """A mapping from names to records that bear them in their field `name`."""

    stand_in: ClassVar[Any] = ()

    def read(self, reader: Reader, node: Node, key: KeyPath) -> Any:
        """Read each record and give it its name."""
        items = reader.names_to_nodes(node, key, most=self.most)
        return tuple(self.kind.read(reader, item, (*key, name), name=name) for name, item in items.items())

    def plain(self, value: Any) -> dict[str, Any]:
        """Write each record by its name."""
        return super().plain({item.name: item for item in value})


@dataclass(frozen=True)
class Listed:
    """A list of values of one kind."""

    of: str
    kind: Any
    stand_in: ClassVar[Any] = ()

    @property
    def words(self) -> str:
        """Say what is listed."""
        return f"list of {self.of}"

    def read(self, reader: Reader, node: Node, key: KeyPath) -> tuple:
        """Read each item."""
        items = reader.sequence(node, key, f"a list of {self.of}")
        return tuple(self.kind.read(reader, item, (*key, index)) for index, item in enumerate(items))

    def plain(self, value: tuple) -> list:
        """Write each item."""
        return [self.kind.plain(item) for item in value]


class Record:
    """A dataclass by its declared keys.

    Parameters
    ----------
    of : type
        The dataclass.
    words : str
        What it is called in a table of keys.
    without : tuple of str
        Keys that may not stand here.
    declared : dict of str to what `key` returns
        By field, what the dataclass leaves open, or what is otherwise here. What is no field is a key that may stand
        here and is read by hand.

    Attributes
    ----------
    needed, known : tuple of str
        Keys that must be there, and those that may; of those that lie deeper, the mapping that they are in.
    asked : tuple of str
        Those of the needed that nothing fills in.
    """

    def __init__(self, of: type, words: str = "", *, without: tuple[str, ...] = (), **declared: Any) -> None:
        self.of, self.words = of, words
        own = {item.name: item for item in fields(of)}
        keys = {name: item.metadata["key"] for name, item in (own | declared).items() if "key" in item.metadata}
        self.keys = tuple(
            replace(item, fields=item.fields or ((name,) if name in own else ()))
            for name, item in keys.items()
            if item.name not in without
        )
        self.rest: Key | None = next((item for item in self.keys if item.is_rest), None)
        self.deeper = [item for item in self.keys if len(item.path) > 1]
        self.needed = tuple(dict.fromkeys(item.path[0] for item in self.flat() if item.needed))
        self.asked = tuple(dict.fromkeys(item.path[0] for item in self.flat() if item.asked))
        self.known = tuple(dict.fromkeys(item.path[0] for item in self.flat() if not item.needed))

    @cached_property
    def stand_in(self) -> Any:
        """Return the record made of the stand-ins of all its parts."""
        return self._build(Reader(), {}, (), {})

    def flat(self) -> Iterator[Key]:
        """Yield the keys that are written, those of inlined records among them, but not the rest."""
        for item in self.keys:
            if item.is_inline:
                yield from item.kind.flat()
            elif not item.is_rest:
                yield item

    def read(self, reader: Reader, node: Node, key: KeyPath, **given: Any) -> Any:
        """Read a mapping as a record; `given` are values of fields that have no key, or where it is not there."""
        if not self.rest:
            items = reader.mapping(node, key, needed=self.needed, known=self.known)
            return self._build(reader, items, key, given)
        items = reader.names_to_nodes(node, key, needed=self.needed)
        if self.rest.none and not items.keys() - {*self.needed, *self.known} and key not in reader.broken:
            reader.add(key, node.mark, self.rest.none)
        return self._build(reader, items, key, given)

    def _build(self, reader: Reader, items: Mapping[str, Node], key: KeyPath, given: Mapping[str, Any]) -> Any:
        items, values = self._open(reader, items, key) if self.deeper else items, dict(given)
        for item in self.keys:
            if item.is_inline:
                found = item.kind._build(reader, items, key, {})
            elif item.is_rest:
                others = {name: node for name, node in items.items() if name not in self.needed + self.known}
                found = {name: item.kind.kind.read(reader, node, (*key, name)) for name, node in others.items()}
            elif item.name in items and item.fields and not item.by_hand:
                found = item.kind.read(reader, items[item.name], (*key, *item.path))
            elif given.keys() & set(item.fields):
                continue
            else:
                found = item.kind.stand_in if item.needed else item.absent
            values |= zip(item.fields, found if len(item.fields) > 1 else (found,), strict=False)
        return self.of(**values)

    def _open(self, reader: Reader, items: Mapping[str, Node], key: KeyPath) -> dict[str, Node]:
        """Add the nodes that lie one mapping deeper, by their dotted names."""
        opened = dict(items)
        for group in dict.fromkeys(item.path[0] for item in self.deeper if item.path[0] in items):
            inner = [item for item in self.deeper if item.path[0] == group]
            needed = tuple(item.path[1] for item in inner if item.needed)
            known = tuple(item.path[1] for item in inner if not item.needed)
            within = reader.mapping(items[group], (*key, group), needed=needed, known=known)
            opened |= {f"{group}.{name}": node for name, node in within.items()}
        return opened

    def plain(self, value: Any) -> dict[str, Any]:
        """Write a record as it stands in a file; what need not be there and says nothing is left out."""
        written: dict[str, Any] = {}
        for item in self.keys:
            found = [getattr(value, name) for name in item.fields]
            if item.is_inline or item.is_rest:
                written |= item.kind.plain(found[0])
            elif found and found != [None]:
                plain = item.kind.plain(found[0] if len(found) == 1 else tuple(found))
                if item.needed or not (plain is False or plain in _SAYS_NOTHING):
                    group = written if len(item.path) == 1 else written.setdefault(item.path[0], {})
                    group[item.path[-1]] = plain
        return written


_SAYS_NOTHING: tuple = (None, [], {}, "")
