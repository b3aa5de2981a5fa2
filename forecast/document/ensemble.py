"""Files of several timelines: each unit is read as a scenario of its own, with what the file says of all.

Receives the merged tree of a file. Hands on an `Ensemble`, or every problem with its key.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from forecast.document.families import OF_ALL, TIMELINES, FamilyReader
from forecast.document.learned import check_learned, read_learned
from forecast.document.links import OPEN_DAYS, Told
from forecast.scenario import (
    Ensemble,
    Family,
    Mapping,
    Node,
    Part,
    Reader,
    Scalar,
    Sequence,
    Some,
    find_day,
    find_loop,
    hang_together,
    list_misfits,
    list_order_misfits,
    list_parts,
    list_reading_misfits,
    list_totals,
    locate,
)

_OF_FILE = ("name", "title", "question", "given", TIMELINES)


def has_timelines(node: Node | None) -> bool:
    """Tell whether a file is about several timelines."""
    return isinstance(node, Mapping) and TIMELINES in node.items


def read_ensemble(reader: Reader, tree: Mapping, *, name: str, root: Path) -> Ensemble | None:
    """Type the tree of a file of several timelines; None where that cannot be."""
    items = reader.mapping(tree, (), needed=(TIMELINES, "question", "as_of", "window"), known=(*_OF_FILE, *OF_ALL))
    families = reader.names_to_nodes(items.get(TIMELINES, Sequence(tree.mark, ())), (TIMELINES,))
    shared = {key: item for key, item in items.items() if key in OF_ALL}
    reading = _Reading(reader, tree, shared, root)
    found = reading.families(families)
    if not families and not reader.problems:
        reader.add((TIMELINES,), tree.keys.get(TIMELINES, tree.mark), "expected one timeline or more; found none")
    if reader.problems or not found:
        return None
    question = reader.mapping(items["question"], ("question",), needed=("event",))
    asked, key = question.get("event"), ("question", "event")
    event = reading.told.read(reader, asked, key) if asked is not None else None
    if event is None or reader.problems:
        return None
    waits = {label: heard for family in found for label, heard in family.waits.items()}
    once = {label for family in found if family.once for label in family.timelines}
    for message in list_order_misfits(event, reading.told.timelines, waits, once):
        reader.add(key, asked.mark if asked is not None else tree.mark, message)
    for label, heard in waits.items():
        if hang_together(heard, waits):
            key = (TIMELINES, label.partition(".")[0])
            message = f"expected {label} to wait for timelines that do not hang together; found {heard}"
            reader.add(key, locate(tree, key), message)
    if reader.problems:
        return None
    learned = read_learned(reader, items.get("given"), reading.told)
    first = next(iter(reading.told.timelines.values()))
    title = reader.text(items["title"], ("title",)) if "title" in items else str(event)
    own = reader.name(items["name"], ("name",)) if "name" in items else name
    if learned:  # what is asked and what is learned, together
        both = Some(1, None, tuple(dict.fromkeys((*list_parts(event), *learned))))
        for message in list_order_misfits(Some(1, None, (event, *learned)), reading.told.timelines, waits, once):
            reader.add(("given",), locate(tree, ("given",)), message)
        if hang_together(both, waits) and any(True for _ in list_totals(event)):
            reader.add(("given",), locate(tree, ("given",)), "expected no timelines that hang together beside a count")
    check_learned(reader, learned, event, first.window, items.get("given", tree))
    if reader.problems:
        return None
    text = _write(tree, reading.written)
    home = str(root.resolve())
    ensemble = Ensemble(own, title, first.as_of, first.window, tuple(found), event, text, home, learned)
    _check_readings(reader, tree, ensemble, families)
    return None if reader.problems else ensemble


def _check_readings(reader: Reader, tree: Mapping, ensemble: Ensemble, nodes: dict[str, Node]) -> None:
    """Refuse readings that do not fit one another, and what is recoded where days hang on it."""
    for name, message in list_reading_misfits(ensemble):
        key = (TIMELINES, name, "readings")
        reader.add(key, locate(tree, key), message)
    waits = {name: {other for other in _list_owners(node) if other in nodes} for name, node in nodes.items()}
    hang = {name for name, others in waits.items() if others}.union(*waits.values())
    for family in ensemble.families:
        if family.name in hang and any(each.recode for unit in family.timelines.values() for each in unit.readings):
            key = (TIMELINES, family.name, "readings")
            message = "expected no recode where one timeline's days are another's. Make that reading a file of its own"
            reader.add(key, locate(tree, key), message)


class _Reading:
    """The families of a file, those first for which others wait."""

    def __init__(self, reader: Reader, tree: Mapping, shared: dict[str, Node], root: Path) -> None:
        self.reader, self.tree, self.shared, self.root = reader, tree, shared, root
        self.told = Told()
        self.written: dict[str, Node] = {}

    def families(self, nodes: dict[str, Node]) -> list[Family]:
        """Return all that can be read, in the order of the file."""
        found: dict[str, Family] = {}
        waits = {name: [other for other in _list_owners(node) if other in nodes] for name, node in nodes.items()}
        left = dict(nodes)
        while left:
            ready = [name for name in left if not set(waits[name]) & set(left)]
            if not ready:
                loop = find_loop({name: Some(1, None, tuple(map(Part, others))) for name, others in waits.items()})
                key = (TIMELINES, loop[0])
                message = f"expected no circle of timelines that wait for one another; found {' > '.join(loop)}"
                self.reader.add(key, locate(self.tree, key), message)
                return []
            for name in ready:
                node = left.pop(name)
                if not set(waits[name]) <= set(found):  # what it waits for cannot be read, which is said
                    continue
                if (family := self._read(name, node)) is not None:
                    found[name] = family
                    self.told.add(family)
        return [found[name] for name in nodes if name in found]

    def _read(self, name: str, node: Node) -> Family | None:
        key = (TIMELINES, name, "starts")
        said = node.items.get("starts") if isinstance(node, Mapping) else None
        if said is None:
            return self._read_family(name, node, self.shared)
        items = self.reader.mapping(said, key, needed=("after",))
        after = (*key, "after")
        event = self.told.read_lasting(self.reader, items["after"], after) if "after" in items else None
        if event is None:
            return None
        day = find_day(event, self.told.timelines)
        begins = self.shared.get("as_of", said) if day is None else Scalar(said.mark, day.isoformat(), plain=True)
        shared = {**self.shared, "history_from": begins}
        family = self._read_family(name, node, shared)
        if family is None or day is not None:
            return family
        if family.links:
            self.reader.add(key, locate(self.tree, key), f"expected starts or entries that listen; {name} has both")
        for message in list_misfits(family):
            self.reader.add(key, locate(self.tree, key), message)
        return replace(family, starts=event)

    def _read_family(self, name: str, node: Node, shared: dict[str, Node]) -> Family | None:
        reading = FamilyReader(self.reader, name, node, shared, self.tree, self.root, self.told)
        found = reading.read()
        self.written[name] = reading.written
        return found


def _list_owners(node: Node) -> list[str]:
    """Return the families, perhaps, that a family waits for: whose names stand under `starts` or for days."""
    if not isinstance(node, Mapping):
        return []
    entries = node.items.get("timeline")
    listed = entries.items if isinstance(entries, Sequence) else ()
    said = [node.items.get("starts")]
    said += [entry.items.get(word) for entry in listed if isinstance(entry, Mapping) for word in OPEN_DAYS]

    def texts(part: Node | None) -> list[str]:
        if isinstance(part, Mapping):
            return [text for item in part.items.values() for text in texts(item)]
        if isinstance(part, Sequence):
            return [text for item in part.items for text in texts(item)]
        return [part.value.split(".")[0]] if isinstance(part, Scalar) else []

    return [text for part in said for text in texts(part)]


def _write(tree: Mapping, families: dict[str, Node]) -> str:
    """Return a file's nodes as YAML, with its families as they are written out."""
    timelines = tree.items[TIMELINES]
    assert isinstance(timelines, Mapping)
    in_order = {name: families[name] for name in timelines.items}
    tree = tree._replace(items={**tree.items, TIMELINES: timelines._replace(items=in_order)})
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(_to_plain(tree), Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)


def load_plain(text: str) -> dict[str, Any]:
    """Return the plain values of a file that `read_ensemble` wrote out."""
    found: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


def _to_plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {name: _to_plain(item) for name, item in node.items.items()}
    if isinstance(node, Sequence):
        return [_to_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return yaml.safe_load(node.value) if node.plain else node.value
