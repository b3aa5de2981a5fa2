"""Entries whose day is another timeline's: taken out of a file's nodes before these are read, and laid in later."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from forecast.errors import KeyPath
from forecast.scenario import (
    CovariateEntry,
    Event,
    EventEntry,
    Fact,
    Family,
    Link,
    Mapping,
    Node,
    Reader,
    Scalar,
    Scenario,
    ScenarioRecord,
    StageEntry,
    TimelineEntry,
    can_be_waited_for,
    date_covariate,
    find_day,
    find_facts,
    list_days,
    list_parts,
    locate,
    read_event,
    step_day,
)

OPEN_DAYS = ("from", "until")


@dataclass
class Told:
    """The timelines of a file that have been read, which others and the question may name."""

    timelines: dict[str, Scenario] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    stages: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, family: Family) -> None:
        """Take up a family and its units."""
        self.timelines |= family.timelines
        self.names |= {family.name: list(family.timelines)} | {label: [label] for label in family.timelines}
        self.stages |= {label: each.question.stages for label, each in family.timelines.items()}

    def read(self, reader: Reader, node: Node, key: KeyPath) -> Event | None:
        """Read an event of these timelines; None, and said, where it cannot be."""
        return read_event(reader, node, key, self.names, self.stages)

    def read_lasting(self, reader: Reader, node: Node, key: KeyPath) -> Event | None:
        """Read an event that has a day, once it has come."""
        event = self.read(reader, node, key)
        if event is not None and not can_be_waited_for(event):
            reader.expect(node, key, "a timeline, a stage of one, or at_least, any or all of some")
            return None
        return event

    def is_named(self, node: Node) -> bool:
        """Tell whether a node names timelines, where a day may stand as well."""
        if isinstance(node, Scalar):
            return node.value in self.names or node.value.rpartition(".")[0] in self.names
        return isinstance(node, Mapping)


class Open(NamedTuple):
    """An entry whose day is another timeline's: where it stands, and which day that is."""

    at: int
    event: Event
    ends: bool


def take_links(
    reader: Reader, entries: Sequence[Node], key: KeyPath, told: Told, as_of: Node | None
) -> tuple[list[Node], list[Open]]:
    """Return the entries with a stand-in for each day that is another timeline's, and those days."""
    found: list[Node] = []
    days: list[Open] = []
    for at, entry in enumerate(entries):
        named = [
            word for word in OPEN_DAYS if isinstance(entry, Mapping) and word in entry.items
            and told.is_named(entry.items[word])
        ]  # fmt: skip
        if not named or as_of is None:
            found.append(entry)
            continue
        assert isinstance(entry, Mapping)
        word, place = named[-1], (*key, at, named[-1])
        if len(named) > 1:
            reader.add(place, entry.items[word].mark, "expected one day that is another timeline's; found two")
        elif not {"stage", "covariate"} & set(entry.items):
            reader.add(place, entry.items[word].mark, "expected such a day of a stage or a covariate alone")
        elif (event := told.read_lasting(reader, entry.items[word], place)) is not None:
            days.append(Open(at, event, word == "until"))
        found.append(entry._replace(items={**entry.items, **dict.fromkeys(named, as_of)}))
    return found, days


def _find_stage(entries: Iterable[TimelineEntry], day: datetime.date) -> str:
    """Return the stage that entries say was under way on a day; empty after an event, or where none says."""
    steps = [entry for entry in entries if isinstance(entry, StageEntry | EventEntry) and step_day(entry) <= day]
    last = max(steps, key=step_day, default=None)
    return last.stage if isinstance(last, StageEntry) else ""


def check_links(reader: Reader, record: ScenarioRecord, days: Sequence[Open], told: Told, tree: Node) -> None:
    """Find what an entry that listens says wrong, which is taken out before the other entries are checked."""
    for at, event, ends in days:
        entry, key = record.timeline[at], ("timeline", at)

        def add(text: str, *part: str, near: Any = None, key: KeyPath = key) -> None:
            reader.add((*key, *part), locate(tree, (*key, *part)), text, near)

        for name in entry.because:
            if name not in record.facts:
                add(f"unknown fact {name}", "because", near=(name, record.facts))
        if isinstance(entry, StageEntry):
            stages = record.question.stages
            if entry.stage not in stages:
                add(f"unknown stage {entry.stage}", "stage", near=(entry.stage, stages))
            if entry.right is not None or entry.order is not None:
                add("expected neither right nor order of an entry whose day is another timeline's; found one")
        elif ends and isinstance(entry, CovariateEntry) and entry.start is None:
            add("expected from as well, where until is another timeline's day; found none. Make one entry of both")
        for part in list_parts(event):
            if (count := len(list_days(part, told.timelines))) > 1:
                add(f"expected what comes once at most to be waited for; {part} came {count} times by as_of")


def lay_links(record: ScenarioRecord, days: Sequence[Open], told: Told) -> tuple[ScenarioRecord, tuple[Link, ...]]:
    """Return what was read with the days that are on record, and links for those that are not."""
    timeline = dict(enumerate(record.timeline))
    known = {name for name, fact in record.facts.items() if fact.public <= record.as_of}
    facts: dict[str, Fact] = {}
    links: list[Link] = []
    for at, event, ends in days:
        entry, day = timeline[at], find_day(event, told.timelines)
        is_known = known.issuperset(entry.because)  # later facts hide the entry, as they hide any other
        if isinstance(entry, CovariateEntry):
            if day is not None or not is_known:
                timeline[at] = date_covariate(entry, day, record, ends=ends)
            else:
                links.append(Link(event, entry, ends, at))
        elif isinstance(entry, StageEntry):
            del timeline[at]
            if not is_known:
                continue
            if day is None:
                links.append(Link(event, entry))
            elif _find_stage(timeline.values(), day) != entry.stage:  # it became public as the other step did
                because = find_facts(event, told.timelines, day)
                facts |= because
                timeline[at] = replace(entry, start=day, because=tuple(because))
    order = sorted(timeline)
    links = [link if link.at is None else replace(link, at=order.index(link.at)) for link in links]
    laid = replace(record, timeline=tuple(timeline[at] for at in order), facts={**record.facts, **facts})
    return laid, tuple(links)
