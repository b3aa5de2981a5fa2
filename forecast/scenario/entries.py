"""What a timeline says: a stage entered, the event, a condition, a plan; each because of facts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from forecast.errors import KeyPath, shorten
from forecast.scenario.fields import Listed, Record, key, record
from forecast.scenario.kinds import BECAUSE, CHANCE, DAY, DAYS, FLAG, NAME, PATH, RANK, SOME_NAMES, TEXT, one_of
from forecast.scenario.nodes import Mapping as MappingNode
from forecast.scenario.nodes import Node
from forecast.scenario.question import EVENT
from forecast.scenario.reader import Interval, Reader

_SAY_SO = "the facts that say so"
_RIGHT = "how likely it is right, of a report that may be wrong; certain unless given"
_ORDER = "which of the steps of one day it is; the order of the file unless given"


@record
class StageEntry:
    """From `start` on, the day it became public, the episode is in `stage`; or since some day from `earliest` on."""

    start: datetime.date = key(
        "from",
        DAYS,
        "the day on which it became public, or the days on one of which it began",
        fields=("start", "earliest"),
    )
    stage: str = key("stage", NAME, "the stage that was entered")
    because: tuple[str, ...] = key("because", BECAUSE, _SAY_SO)
    earliest: datetime.date | None = None
    order: int | None = key("order", RANK, _ORDER, varies=False, default=None)
    right: Interval | None = key("right", CHANCE, _RIGHT, varies=False, default=None)


@record
class EventEntry:
    """The event happened on `day` by `itinerary`, or on some day from `earliest` to it."""

    day: datetime.date = key(
        "day",
        DAYS,
        "the day on which it happened, or the days on one of which it did",
        fields=("day", "earliest"),
    )
    itinerary: str = key("event", NAME, "the itinerary that was taken", filled="the only place")
    because: tuple[str, ...] = key("because", BECAUSE, _SAY_SO)
    earliest: datetime.date | None = None
    order: int | None = key("order", RANK, _ORDER, varies=False, default=None)
    right: Interval | None = key("right", CHANCE, _RIGHT, varies=False, default=None)


@record
class CovariateEntry:
    """A condition that multiplies rates from `start` to `until`, both inclusive."""

    covariate: str = key("covariate", NAME, "what acts, as under `priors.hazard_ratios`")
    start: datetime.date | None = key("from", DAY, "its first day; without it the entry ends an open one", absent=None)
    until: datetime.date | None = key(
        "until",
        DAY,
        "its last day, inclusive; without it, it is a condition, as under `priors.conditions`",
        absent=None,
    )
    because: tuple[str, ...] = key("because", BECAUSE, _SAY_SO)
    places: tuple[str, ...] = key("places", SOME_NAMES, "where it acts; everywhere unless given", default=())
    transitions: tuple[str, ...] = key(
        "transitions", SOME_NAMES, "the steps that it acts on: `event`, or the stages stepped into", default=(EVENT,)
    )
    every: str = key("every", one_of("year"), "it comes again each year; 29 February is the 28th in others", default="")


@record
class PlanEntry:
    """A dated claim: the event between `start` and `until` inclusive, at one of `places` (none named: anywhere)."""

    plan: str = key("plan", NAME, "the kind of plan, as under `priors.plans`")
    start: datetime.date = key("from", DAY, "the first day that it names")
    until: datetime.date = key("until", DAY, "the last day that it names, inclusive")
    because: tuple[str, ...] = key("because", BECAUSE, _SAY_SO)
    places: tuple[str, ...] = key("places", SOME_NAMES, "where, if it says so", default=())
    alongside: bool = key("alongside", FLAG, "it voids no earlier plan", default=False)


TimelineEntry = StageEntry | EventEntry | CovariateEntry | PlanEntry


def step_day(entry: StageEntry | EventEntry) -> datetime.date:
    """Return the day on which a stage was entered or the event happened; the last on which it may have been."""
    return entry.start if isinstance(entry, StageEntry) else entry.day


def earliest_day(entry: TimelineEntry) -> datetime.date:
    """Return the first day that an entry tells of, as far as it is known."""
    if isinstance(entry, StageEntry | EventEntry):
        return entry.earliest or step_day(entry)
    return entry.start or entry.until or datetime.date.max


# --- in a file -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OneOf:
    """An entry: which it is, is told by which of these keys it has."""

    records: Mapping[str, Record]
    words: str = "entry"

    @property
    def stand_in(self) -> StageEntry:
        """Return an entry that says nothing."""
        return self.records["stage"].stand_in

    def read(self, reader: Reader, node: Node, key: KeyPath) -> TimelineEntry:
        """Read one entry of a timeline."""
        present = [kind for kind in self.records if isinstance(node, MappingNode) and kind in node.items]
        if len(present) == 1:
            return self.records[present[0]].read(reader, node, key)
        expected = "expected one of stage, event, covariate or plan"
        if not isinstance(node, MappingNode):
            reader.expect(node, key, "an entry with one of stage, event, covariate or plan")
        elif present:
            reader.add(key, node.mark, f"{expected}; found {' and '.join(present)}. Make two entries of it")
        else:
            known = {item.name for record in self.records.values() for item in record.keys}
            strange = next((name for name in node.items if name not in known), None)
            found = "found none of them" if strange is None else f"unknown key {shorten(strange)}"
            near = None if strange is None else (strange, tuple(self.records))
            reader.add(key, node.mark, f"expected an entry with one of stage, event, covariate or plan; {found}", near)
        return self.stand_in

    def plain(self, value: TimelineEntry) -> dict[str, Any]:
        """Write an entry as it stands in a file."""
        return next(record for record in self.records.values() if record.of is type(value)).plain(value)


ENTRY = OneOf(
    {
        "stage": Record(StageEntry, "stage"),
        "event": Record(EventEntry, "event"),
        "covariate": Record(CovariateEntry, "covariate"),
        "plan": Record(PlanEntry, "plan"),
    }
)


@record
class TableOfEntries:
    """A table whose rows are entries: each key names a column, or says the same of all rows.

    `forecast.document` writes the rows out, so nothing is ever read as this.
    """

    table: str = key("table", PATH, "a CSV or Parquet file, relative to this one")
    day: str = key("day", TEXT, "the column of the days on which the event happened", default="")
    start: str = key("from", TEXT, "the column of the days from which a stage, a covariate or a plan is", default="")
    until: str = key("until", TEXT, "the column of last days", default="")
    event: str = key(
        "event", TEXT, "the column of itineraries, or one for all; the only place unless given", default=""
    )
    stage: str = key("stage", TEXT, "the column of stages, or one for all", default="")
    covariate: str = key("covariate", TEXT, "the column of covariates, or one for all", default="")
    plan: str = key("plan", TEXT, "the column of kinds of plans, or one for all", default="")
    right: str = key("right", TEXT, "the column of chances to be right", default="")
    order: str = key("order", TEXT, "the column of orders", default="")
    says: str = key("says", TEXT, "the column of what is said; the number of the row unless given", default="")
    source: str = key("source", TEXT, "the column of sources, or one for all; the file unless given", default="")
    public: str = key(
        "public", TEXT, "the column of days on which it became public; the entry's day unless given", default=""
    )


ENTRY_TABLE = Record(TableOfEntries, "table of entries")


class Entries(Listed):
    """The entries of a timeline, or tables of them."""

    tables: ClassVar[Record] = ENTRY_TABLE


TIMELINE = Entries("entries", ENTRY)
