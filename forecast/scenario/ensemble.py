"""Several timelines in one file: families of units with the same stages and priors, and what is asked of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from forecast.scenario.events import Event
from forecast.scenario.reader import Interval
from forecast.scenario.record import Window
from forecast.scenario.scenario import Scenario


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
    """

    name: str
    timelines: Mapping[str, Scenario]
    pace: Mapping[str, Interval] = field(default_factory=dict)
    once: bool = False
    starts: Event | None = None
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    years: Interval | None = None


@dataclass(frozen=True)
class Ensemble:
    """A question about several timelines.

    Attributes
    ----------
    event : Event
        What a yes is.
    text : str
        The file as it was read, with all that it extends.
    """

    name: str
    title: str
    as_of: datetime.date
    window: Window
    families: tuple[Family, ...]
    event: Event
    text: str = ""

    @property
    def starts(self) -> dict[str, Event]:
        """What timelines wait for that have not begun, by name."""
        return {name: family.starts for family in self.families if family.starts for name in family.timelines}

    @property
    def timelines(self) -> dict[str, Scenario]:
        """All timelines by name."""
        return {name: scenario for family in self.families for name, scenario in family.timelines.items()}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What can be read, and may not be meant."""
        return tuple(dict.fromkeys(said for scenario in self.timelines.values() for said in scenario.warnings))
