"""What a timeline says: a stage entered, the event, a condition, a plan; each because of facts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from forecast.scenario.question import EVENT


@dataclass(frozen=True)
class StageEntry:
    """From `start` on, the day it became public, the episode is in `stage`."""

    start: datetime.date
    stage: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class EventEntry:
    """The event happened on `day` by `itinerary`."""

    day: datetime.date
    itinerary: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class CovariateEntry:
    """A condition that multiplies rates from `start` to `until`, both inclusive.

    Without `until` it lasts; without `start` it closes the condition of that name that was still open. Without
    `places` it concerns all of them; `transitions` names the ends that it acts on (stages, or the event).
    """

    covariate: str
    start: datetime.date | None
    until: datetime.date | None
    because: tuple[str, ...]
    places: tuple[str, ...] = ()
    transitions: tuple[str, ...] = (EVENT,)


@dataclass(frozen=True)
class PlanEntry:
    """A dated claim: the event between `start` and `until` inclusive, at one of `places` (none named: anywhere).

    It voids earlier plans unless it stands `alongside` them, as an unofficial alternative does.
    """

    plan: str
    start: datetime.date
    until: datetime.date
    because: tuple[str, ...]
    places: tuple[str, ...] = ()
    alongside: bool = False


TimelineEntry = StageEntry | EventEntry | CovariateEntry | PlanEntry


def step_day(entry: StageEntry | EventEntry) -> datetime.date:
    """Return the day on which a stage was entered or the event happened."""
    return entry.start if isinstance(entry, StageEntry) else entry.day
