"""Facts and their sources: what was said, by whom, and from which day it could be known.

Facts are neutral to any question. The only thing the model needs of them is the public gate: on a given date a fact
either exists or does not.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from forecast.errors import KeyPath, escape
from forecast.scenario.fields import Record, key, record
from forecast.scenario.kinds import DATED, DAY, NAME, NAMES, PUBLIC, TEXT
from forecast.scenario.nodes import Mark, Node, Scalar, locate
from forecast.scenario.reader import Reader, is_name

HYPOTHETICAL = "hypothetical"  # the source of facts that a scenario supposes
UNSOURCED = "unsourced"  # the source of facts in place that name none


@record
class Source:
    """An article, or the public record."""

    id: str = key("id", NAME, "its own name, by which facts call it")
    publisher: str = key("publisher", TEXT, "who published it")
    title: str = key("title", TEXT, "its title")
    date: datetime.date = key("date", DAY, "the day it appeared")


@record
class Fact:
    """One sourced statement, in our own words."""

    id: str = key("id", NAME, "its own name, by which `because` cites it")
    says: str = key("says", TEXT, "what is claimed, in our own words")
    source: str = key(
        "source", TEXT, "the id of its source, or free text: of several words where a scenario lists sources"
    )
    public: datetime.date = key(
        "public",
        PUBLIC,
        "from when it could be known; a month or year is its last day, unless an answer hangs on the day",
        fields=("public", "dated"),
    )
    happened: str | None = key("happened", TEXT, "when: a year, a month, a day or a range of days", default=None)
    who: str | None = key("who", TEXT, "who says it, and through whom", default=None)
    grade: str | None = key("grade", TEXT, "how far a statement goes", default=None)
    also: tuple[str, ...] = key("also", NAMES, "ids of other sources that state it; it goes when all go", default=())
    day_from: str | None = key("day_from", TEXT, "where the day is from, if its source leaves it open", default=None)
    note: str | None = key("note", TEXT, "how far to trust it; nothing computes with it", default=None)
    reference: str | None = key("reference", TEXT, "roughly where it is published", default=None)
    dated: Literal["day", "month", "year"] = "day"  # what is told of that day

    @property
    def earliest(self) -> datetime.date:
        """The first day on which it may have been public."""
        first = self.public if self.dated == "day" else self.public.replace(day=1)
        return first.replace(month=1) if self.dated == "year" else first

    @property
    def written(self) -> str:
        """From when it could be known, as far as that is told."""
        return self.public.isoformat()[: DATED[self.dated]]


SOURCE = Record(Source, "source")
FACT = Record(Fact, "fact")
FACT_OF_FILE = Record(Fact, "fact of its file", without=("source",))  # of the source beside it, or of none


# --- reading -------------------------------------------------------------------------------------------------------


@dataclass
class FactsRead:
    """What has been read so far, and where each id was given."""

    sources: dict[str, Source] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    named: list[tuple[str, KeyPath, Mark]] = field(default_factory=list)  # sources that facts name


@dataclass(frozen=True)
class ById:
    """A list of sources or facts, kept by their ids; `source` is that of facts which name none."""

    record: Record
    words: str
    source: str | None = None
    stand_in: ClassVar[Any] = {}

    def read(self, reader: Reader, node: Node, key: KeyPath) -> dict[str, Fact]:
        """Read facts that only this list knows."""
        found = FactsRead()
        for index, item in enumerate(reader.sequence(node, key, "a list of facts")):
            read_fact(reader, item, (*key, index), found, self.source)
        return found.facts

    def plain(self, value: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Write them in their order."""
        return [self.record.plain(item) for item in value.values()]


FACTS = ById(FACT, "list of facts")
SOURCES = ById(SOURCE, "path of a folder or a file, or a list of sources and paths")


def read_facts(reader: Reader, keys: Mapping[str, Node], whole: Mark, found: FactsRead) -> None:
    """Add the sources and facts that are written into a scenario to those of its folder.

    Where a scenario lists no sources at all, the `source` of a fact is free text.
    """
    before, where = len(reader.problems), keys.get("sources")
    if where is not None and not isinstance(where, Scalar):
        for index, node in enumerate(reader.sequence(where, ("sources",), SOURCES.words)):
            if not isinstance(node, Scalar):  # a path, which is read already
                read_source(reader, node, ("sources", index), found)
    if "facts" in keys:
        for index, node in enumerate(reader.sequence(keys["facts"], ("facts",), "a list of facts")):
            read_fact(reader, node, ("facts", index), found)
    ids = (at for at in reader.broken if at[:1] in (("facts",), ("source",), ("sources",)) and at[-1] == "id")
    unsure = where is None or ("sources",) in reader.broken or any(ids)
    for name, at, mark in () if unsure else found.named:
        if name not in found.sources and is_name(name) and name != UNSOURCED:  # a text with blanks names itself
            reader.add(at, mark, f"unknown source {name}", near=(name, found.sources))
    unread = ("facts",) in reader.broken or ("sources",) in reader.broken
    if not found.facts and len(reader.problems) == before and not unread:
        message = (
            "expected facts; found none. Write a sentence under because, list them under facts, or name a folder of "
            "them under sources"
        )
        reader.add(("facts",), whole, message)


def read_source(reader: Reader, node: Node, key: KeyPath, found: FactsRead) -> str:
    """Read a source and return its id."""
    source = SOURCE.read(reader, node, key)
    _note_id(reader, node, key, found, source)
    found.sources[source.id] = source
    return source.id


def read_fact(reader: Reader, node: Node, key: KeyPath, found: FactsRead, source: str | None = None) -> None:
    """Read a fact; `source` is that of the file it stands in, None for a fact that names its own."""
    fact = FACT.read(reader, node, key) if source is None else FACT_OF_FILE.read(reader, node, key, source=source)
    _note_id(reader, node, key, found, fact)
    if not fact.id:
        reader.broken.add(("facts",))
    named: list[tuple[str, KeyPath]] = [(name, ("also", index)) for index, name in enumerate(fact.also)]
    if source is None:
        named.append((fact.source, ("source",)))
    found.named += [(name, (*key, *place), locate(node, place)) for name, place in named if name]
    found.facts[fact.id] = fact


def _note_id(reader: Reader, node: Node, key: KeyPath, found: FactsRead, item: Source | Fact) -> None:
    """Remember an id and refuse one that is taken."""
    kind, mark = type(item).__name__, locate(node, ("id",))
    if first := found.marks.get((kind, item.id)):
        message = f"expected an id of its own; found {item.id}, which {escape(first.file)}:{first.line} has already"
        reader.add((*key, "id"), mark, message)
        reader.broken.add(("facts",))  # which of the two was meant, and what the other was to be called
    elif item.id:
        found.marks[kind, item.id] = mark
