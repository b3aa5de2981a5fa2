"""What is set, and what is supposed to be learned, of the days ahead: the verbs do and given."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.entries import ENTRY, CovariateEntry, PlanEntry
from forecast.scenario.facts import FACT_OF_FILE, HYPOTHETICAL, ById, Fact
from forecast.scenario.fields import Listed, Named, Record, key, record, rest
from forecast.scenario.kinds import DAY, Leaf, number
from forecast.scenario.limits import LEAST_FACTOR, MOST_FACTOR
from forecast.scenario.nodes import Mapping as MappingNode
from forecast.scenario.nodes import Node
from forecast.scenario.question import ATTRIBUTES
from forecast.scenario.reader import NO_DAY, Reader


@record
class Setting[Value]:
    """A value that holds from `start` on; without `start`, from the day after `as_of`."""

    value: Value
    start: datetime.date | None = key("from", DAY, "from when; the day after `as_of` unless given", default=None)


@record
class Switch:
    """The last day of a condition that holds, or the first one of a condition that does not, or both in turn."""

    ends: datetime.date | None = key("ends", DAY, "its last day", default=None)
    begins: datetime.date | None = key("begins", DAY, "its first day", default=None)

    def changes(self) -> tuple[tuple[datetime.date, bool], ...]:
        """Return in order of time after which days it is otherwise, and whether it holds then."""
        found = [] if self.ends is None else [(self.ends, False)]
        if self.begins is not None:  # the calendar's first day has none before it
            found.append((datetime.date.fromordinal(max(1, self.begins.toordinal() - 1)), True))
        return tuple(sorted(found))


@dataclass(frozen=True)
class Reach:
    """A stage that is entered by a day, or is not: whatever comes of it, and whether or not the event came by then."""

    by: datetime.date
    happens: bool = True

    @property
    def word(self) -> str:
        """Its key in a file."""
        return "by" if self.happens else "not_by"


def _read_step(reader: Reader, node: Node, key: KeyPath) -> datetime.date | Reach:
    if not isinstance(node, MappingNode):
        return reader.date(node, key)
    items = reader.mapping(node, key, known=("by", "not_by"))
    if len(items) != 1:
        reader.expect(node, key, "a day, {by: day} or {not_by: day}")
        return NO_DAY
    ((word, day),) = items.items()
    return Reach(reader.date(day, (*key, word)), happens=word == "by")


def _write_step(step: datetime.date | Reach) -> Any:
    return {step.word: step.by.isoformat()} if isinstance(step, Reach) else step.isoformat()


STEPS_BY = [
    {"type": "object", "properties": {word: DAY.json}, "required": [word], "additionalProperties": False}
    for word in ("by", "not_by")
]
STEP = Leaf(
    "date, `{by: day}` or `{not_by: day}`", _read_step, {"anyOf": [DAY.json, *STEPS_BY]}, NO_DAY, _write_step, "date"
)


class _EntriesAhead(Listed):
    """Entries of days ahead: covariates and plans, because do has a place of its own for stages."""

    def read(self, reader: Reader, node: Node, key: KeyPath) -> tuple[CovariateEntry | PlanEntry, ...]:
        """Read each entry, and leave out those that cannot stand here."""
        found = []
        for index, item in enumerate(reader.sequence(node, key, f"a list of {self.of}")):
            entry = self.kind.read(reader, item, (*key, index))
            if isinstance(entry, CovariateEntry | PlanEntry):
                found.append(entry)
            elif (*key, index) not in reader.broken:
                message = "expected a covariate or a plan; found another. To put the episode into a stage use do.stage"
                reader.add((*key, index), item.mark, message)
        return tuple(found)


_FACTOR = key("factor", number(least=LEAST_FACTOR, most=MOST_FACTOR), "what the ratio becomes")
_NONE = "expected attributes to set; found none. To take it away use remove"
_EACH = rest(ATTRIBUTES, "what an attribute becomes", none=_NONE)
_STAGES = Named("stage", DAY)
_RATIOS = Named("hazard ratio", Record(Setting, "ratio that is set", value=_FACTOR))
_ATTRIBUTES = Named("itinerary", Record(Setting, "attributes that are set", value=_EACH))
_SWITCHES = Named("condition", Record(Switch, "condition that changes"))
_FACTS = ById(FACT_OF_FILE, "list of facts", HYPOTHETICAL)


@record
class Interventions:
    """What the verb `do` sets from a date on, leaving beliefs about the past and about seriousness as they are."""

    stage: Mapping[str, datetime.date] = key(
        "stage", _STAGES, "put into, each on an evening; the resting one ends the episode", default_factory=dict
    )
    hazard_ratios: Mapping[str, Setting[float]] = key(
        "hazard_ratios", _RATIOS, "ratios that are set", default_factory=dict
    )
    itineraries: Mapping[str, Setting[Mapping[str, float]]] = key(
        "itineraries", _ATTRIBUTES, "attributes of itineraries that are set", default_factory=dict
    )
    remove: Mapping[str, datetime.date] = key(
        "remove", Named("itinerary", DAY), "from when one is gone; the others share what it had", default_factory=dict
    )
    conditions: Mapping[str, Switch] = key(
        "conditions", _SWITCHES, "when one ends or begins; until then it stays as it is", default_factory=dict
    )
    facts: Mapping[str, Fact] = key(
        "facts", _FACTS, "facts that are supposed, without `source`", default_factory=dict, varies=False
    )
    timeline: tuple[CovariateEntry | PlanEntry, ...] = key(
        "timeline", _EntriesAhead("entries", ENTRY), "covariates and plans that rest on them", default=(), varies=False
    )


@record
class Evidence:
    """What the verb `given` supposes that we learn of the days ahead; each day at its end."""

    steps: Mapping[str, datetime.date | Reach] = key(
        "stage",
        Named("stage", STEP),
        "entered on that day, and no event before; or by it, or not by it, whatever else happens",
        default_factory=dict,
    )
    conditions: Mapping[str, Switch] = key(
        "conditions", _SWITCHES, "ended or begun on that day, and no event before", default_factory=dict
    )
    no_event_until: datetime.date | None = key("no_event_until", DAY, "no event by the end of that day", default=None)
    silence_until: datetime.date | None = key(
        "silence_until", DAY, "neither that nor anything new announced", default=None
    )

    @property
    def stage(self) -> Mapping[str, datetime.date]:
        """Stages entered on a day."""
        return {name: day for name, day in self.steps.items() if not isinstance(day, Reach)}

    @property
    def reaches(self) -> Mapping[str, Reach]:
        """Stages entered by a day, or not."""
        return {name: step for name, step in self.steps.items() if isinstance(step, Reach)}

    @property
    def says_nothing(self) -> bool:
        """Tell whether nothing is supposed."""
        return self.last_day is None and not self.reaches

    @property
    def last_day(self) -> datetime.date | None:
        """The day by which there was no event, and all that hangs on it is known; None if that is not supposed."""
        changes = [day for switch in self.conditions.values() for day in (switch.ends, switch.begins)]
        days = [*self.stage.values(), *changes, self.no_event_until, self.silence_until]
        return max((day for day in days if day is not None), default=None)


DO, GIVEN = Record(Interventions, "do"), Record(Evidence, "given")
