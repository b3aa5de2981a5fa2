"""What is set, and what is supposed to be learned, of the days ahead: the verbs do and given."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from forecast.scenario.entries import CovariateEntry, PlanEntry
from forecast.scenario.facts import Fact


@dataclass(frozen=True)
class Setting[Value]:
    """A value that holds from `start` on; without `start`, from the day after `as_of`."""

    value: Value
    start: datetime.date | None = None


@dataclass(frozen=True)
class Interventions:
    """What the verb `do` sets from a date on, leaving beliefs about the past and about seriousness as they are.

    Attributes
    ----------
    stage : dict of str to datetime.date
        Stages that the episode is put into, at the end of the day.
    hazard_ratios : dict of str to Setting of float
    itineraries : dict of str to Setting of dict
        Attributes of itineraries.
    remove : dict of str to datetime.date
        Itineraries that can be taken no longer.
    facts : dict of str to Fact
        Hypothetical facts, public after `as_of`.
    timeline : tuple
        Covariates and plans that rest on them.
    """

    stage: Mapping[str, datetime.date] = field(default_factory=dict)
    hazard_ratios: Mapping[str, Setting[float]] = field(default_factory=dict)
    itineraries: Mapping[str, Setting[Mapping[str, float]]] = field(default_factory=dict)
    remove: Mapping[str, datetime.date] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    timeline: tuple[CovariateEntry | PlanEntry, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What the verb `given` supposes that we learn of the days ahead.

    Attributes
    ----------
    stage : dict of str to datetime.date
        Stages entered on a day: at its end the question stands there, the day before it did not.
    no_event_until, silence_until : datetime.date or None
        No event by the end of the day; neither that nor anything new announced.
    """

    stage: Mapping[str, datetime.date] = field(default_factory=dict)
    no_event_until: datetime.date | None = None
    silence_until: datetime.date | None = None

    @property
    def last_day(self) -> datetime.date | None:
        """The day by which all of it is known; None if nothing is supposed."""
        days = [*self.stage.values(), self.no_event_until, self.silence_until]
        return max((day for day in days if day is not None), default=None)
