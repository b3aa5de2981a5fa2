"""Facts and their sources from nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecast.errors import KeyPath, suggest
from forecast.scenario.facts import Fact, Source
from forecast.scenario.nodes import Mark, Node, Scalar
from forecast.scenario.reader import NO_DAY, Reader

HYPOTHETICAL = "hypothetical"
_TEXTS = ("who", "grade", "happened", "day_from", "note", "reference")


@dataclass
class FactsRead:
    """What has been read so far, and where each id was given."""

    sources: dict[str, Source] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    named: list[tuple[str, KeyPath, Mark]] = field(default_factory=list)  # sources that facts name


def read_facts(
    reader: Reader, keys: dict[str, Node], whole: Mark, found: FactsRead
) -> tuple[dict[str, Source], dict[str, Fact]]:
    """Add the sources and facts that are written into a scenario to those of its folder.

    Where a scenario lists no sources at all, the `source` of a fact is free text.
    """
    before = len(reader.problems)
    where = keys.get("sources")
    if where is not None and not isinstance(where, Scalar):
        for index, node in enumerate(reader.sequence(where, ("sources",), "a folder's path, or a list of sources")):
            read_source(reader, node, ("sources", index), found)
    if "facts" in keys:
        for index, node in enumerate(reader.sequence(keys["facts"], ("facts",), "a list of facts")):
            read_fact(reader, node, ("facts", index), found)
    unsure = where is None or any("id" in key or key == ("sources",) for key in reader.broken)
    for name, key, mark in () if unsure else found.named:
        if name not in found.sources:
            reader.add(key, mark, f"unknown source {name}; {suggest(name, found.sources)}")
    unread = ("facts",) in reader.broken or ("sources",) in reader.broken
    if not found.facts and len(reader.problems) == before and not unread:
        message = "expected facts; found none. Name a folder of them under sources, or write them under facts"
        reader.add(("facts",), whole, message)
    return found.sources, found.facts


def read_hypothetical(reader: Reader, node: Node, key: KeyPath) -> dict[str, Fact]:
    """Read facts that a scenario supposes; they need no source."""
    found = FactsRead()
    for index, item in enumerate(reader.sequence(node, key, "a list of facts")):
        read_fact(reader, item, (*key, index), found, HYPOTHETICAL)
    return found.facts


def read_source(reader: Reader, node: Node, key: KeyPath, found: FactsRead) -> str:
    """Read a source and return its id."""
    items = reader.mapping(node, key, needed=("id", "publisher", "title", "date"))
    text = {name: reader.text(items[name], (*key, name)) for name in ("publisher", "title") if name in items}
    name = _read_id(reader, items, key, "source", found)
    date = reader.date(items["date"], (*key, "date")) if "date" in items else NO_DAY
    found.sources[name] = Source(name, text.get("publisher", ""), text.get("title", ""), date)
    return name


def read_fact(reader: Reader, node: Node, key: KeyPath, found: FactsRead, source: str | None = None) -> None:
    """Read a fact; `source` is that of the file it stands in, None for a fact that names its own."""
    needed = ("id", "says", "public") if source is not None else ("id", "says", "public", "source")
    items = reader.mapping(node, key, needed=needed, known=(*_TEXTS, "also"))
    name = _read_id(reader, items, key, "fact", found)
    if not name:
        reader.broken.append(("facts",))
    also = reader.names(items["also"], (*key, "also")) if "also" in items else ()
    if "also" in items:
        marks = [item.mark for item in reader.sequence(items["also"], (*key, "also"))]
        found.named += [(other, (*key, "also", i), marks[i]) for i, other in enumerate(also) if other]
    if "source" in items:
        source = reader.text(items["source"], (*key, "source"))
        found.named += [(source, (*key, "source"), items["source"].mark)] if source else []
    found.facts[name] = Fact(
        id=name,
        says=reader.text(items["says"], (*key, "says")) if "says" in items else "",
        source=source or "",
        public=reader.last_day(items["public"], (*key, "public")) if "public" in items else NO_DAY,
        also=also,
        **{label: reader.text(items[label], (*key, label)) for label in _TEXTS if label in items},
    )


def _read_id(reader: Reader, items: dict[str, Node], key: KeyPath, kind: str, found: FactsRead) -> str:
    """Read an id and refuse one that is taken."""
    if "id" not in items:
        return ""
    name, mark = reader.name(items["id"], (*key, "id")), items["id"].mark
    if first := found.marks.get((kind, name)):
        message = f"expected an id of its own; found {name}, which {first.file}:{first.line} has already"
        reader.add((*key, "id"), mark, message)
        reader.broken.append(("facts",))  # which of the two was meant, and what the other was to be called
    elif name:
        found.marks[kind, name] = mark
    return name
