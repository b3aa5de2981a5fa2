"""What is asked: the event, its stages, and the itineraries by which it can happen.

Nothing here knows a particular question: stages, places and attributes are names that the scenario file declares.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

EVENT = "event"  # the end of a stay, a target of transitions; no stage may bear this name


@dataclass(frozen=True)
class Itinerary:
    """A place and a way of getting there: one of the competing ways in which the event can happen."""

    name: str
    place: str
    attributes: Mapping[str, float] = field(default_factory=dict)
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A one-off dated event.

    Attributes
    ----------
    stages : tuple of str
        In order. With two or more, the first is the resting stage, in which no episode is under way.
    silent : tuple of str
        Stages whose lapse to the resting stage may go unannounced.
    itineraries : tuple of Itinerary
        The first is the reference of the hazard ratios.
    history_from : datetime.date
        The timeline's first day, on which the first stage begins.
    """

    title: str
    event: str
    resolves: str
    timezone: str
    stages: tuple[str, ...]
    silent: tuple[str, ...]
    itineraries: tuple[Itinerary, ...]
    history_from: datetime.date

    @property
    def places(self) -> tuple[str, ...]:
        """Places in the order in which the itineraries first name them."""
        return tuple(dict.fromkeys(itinerary.place for itinerary in self.itineraries))

    @property
    def resting(self) -> str | None:
        """The stage in which no episode is under way; a question of one stage has none."""
        return self.stages[0] if len(self.stages) > 1 else None
