"""Several timelines in one file: families of units with the same stages and priors, and what is asked of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from forecast.scenario.asks import Asks
from forecast.scenario.events import Event, Part, Some, list_parts
from forecast.scenario.links import Link
from forecast.scenario.reader import Interval
from forecast.scenario.record import Window
from forecast.scenario.scenario import Scenario
from forecast.scenario.suppositions import Reach


@dataclass(frozen=True)
class Family:
    """Timelines that share their priors; one alone has no units.

    Attributes
    ----------
    timelines : dict of Scenario
        By name: ``parliament.north`` for a unit, the family's own for one alone.
    pace : dict of Interval
        By what units have a pace of, ``unit`` for each its own: the ratio of a fast one's rates to a slow one's, the
        90th to the 10th percentile. Empty where all are alike.
    groups : dict of dict
        By what units have a pace of, but for ``unit``: which one each timeline has, by its name.
    years : Interval or None
        The same ratio of a busy year to a quiet one, of all units; None where years are all alike.
    once : bool
        The event can come once in each timeline: days after it are no days at risk.
    starts : Event or None
        What its clock waits for, where that has not come by `as_of`.
    links : dict of tuple of Link
        By timeline: entries whose day is another timeline's, and has not come by `as_of`.
    """

    name: str
    timelines: Mapping[str, Scenario]
    pace: Mapping[str, Interval] = field(default_factory=dict)
    once: bool = False
    starts: Event | None = None
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    years: Interval | None = None
    links: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)

    @property
    def waits(self) -> dict[str, Event]:
        """What each timeline waits for that hangs on another."""
        starts = dict.fromkeys(self.timelines, self.starts) if self.starts else {}
        return starts | {name: links[0].event for name, links in self.links.items()}


@dataclass(frozen=True)
class Asked:
    """A question about several timelines, where it is told beside those about one: it has no places."""

    title: str
    event: str
    answer_places: tuple[str, ...] = ()
    asks: Asks = field(default_factory=Asks)

    def show(self, name: str) -> str:
        """Return how a name is written."""
        return name


@dataclass(frozen=True)
class Ensemble:
    """A question about several timelines.

    Attributes
    ----------
    event : Event
        What a yes is.
    text : str
        The file as it was read, with all that it extends.
    home : str
        The folder to which its paths are relative.
    learned : dict of Reach
        Events and stages that are supposed to come by a day, or not to come by it.
    """

    name: str
    title: str
    as_of: datetime.date
    window: Window
    families: tuple[Family, ...]
    event: Event
    text: str = ""
    home: str = ""
    learned: Mapping[Part, Reach] = field(default_factory=dict)

    @property
    def question(self) -> Asked:
        """What is asked, as tables and figures of one timeline's question have it."""
        return Asked(self.title, str(self.event))

    def family(self, name: str) -> Family:
        """Return the family of a name."""
        return next(family for family in self.families if family.name == name)

    def with_family(self, changed: Family) -> Ensemble:
        """Return the same with another family of that name."""
        families = tuple(changed if family.name == changed.name else family for family in self.families)
        return replace(self, families=families)

    @property
    def supposed(self) -> list[str]:
        """What is learned, in words."""
        return [f"{part} {'by' if step.happens else 'not by'} {step.by}" for part, step in self.learned.items()]

    @property
    def named(self) -> Some:
        """All parts that are asked about or learned of, each once."""
        parts = tuple(dict.fromkeys((*list_parts(self.event), *self.learned)))
        return Some(1, None, parts)

    @property
    def starts(self) -> dict[str, Event]:
        """What timelines wait for that have not begun, by name."""
        return {name: family.starts for family in self.families if family.starts for name in family.timelines}

    @property
    def links(self) -> dict[str, tuple[Link, ...]]:
        """Entries whose day is another timeline's, by the name of the one that listens."""
        return {name: links for family in self.families for name, links in family.links.items() if links}

    @property
    def waits(self) -> dict[str, Event]:
        """What each timeline waits for that hangs on another."""
        return {name: event for family in self.families for name, event in family.waits.items()}

    @property
    def timelines(self) -> dict[str, Scenario]:
        """All timelines by name."""
        return {name: scenario for family in self.families for name, scenario in family.timelines.items()}

    @property
    def once(self) -> frozenset[str]:
        """Timelines whose event can come once."""
        return frozenset(name for family in self.families if family.once for name in family.timelines)

    @property
    def gives_within(self) -> bool:
        """Tell whether something is given within a timeline, beside what is learned of all."""
        return any(not scenario.evidence.says_nothing for scenario in self.timelines.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What can be read, and may not be meant."""
        return tuple(dict.fromkeys(said for scenario in self.timelines.values() for said in scenario.warnings))


AnyScenario = Scenario | Ensemble  # a file of one timeline, or of several
