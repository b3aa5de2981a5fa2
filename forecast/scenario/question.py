"""What is asked: the event, its stages, and the itineraries by which it can happen.

Nothing here knows a particular question: stages, places and attributes are names that the scenario file declares.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from forecast.scenario.asks import ASKS, BINS, COUNTS, FIRST, YES, Asks, Bin
from forecast.scenario.fields import NEEDED, Named, Record, Roster, key, record, rest
from forecast.scenario.kinds import BECAUSE, DAY, NAME, NAMES, TEXT, TIMEZONE, number

ATTRIBUTES = Named("attribute", number(least=0))
STAGES = replace(NAMES, json={**NAMES.json, "minItems": 1})
DISPLAY = Named("name", TEXT)
EVENT = "event"  # the end of a stay, a target of transitions; no stage may bear this name


@record
class Itinerary:
    """A place and a way of getting there: one of the competing ways in which the event can happen."""

    name: str
    place: str = key("place", NAME, "where it leads")
    attributes: Mapping[str, float] = rest(ATTRIBUTES, "an attribute, with a prior of its own", default_factory=dict)
    because: tuple[str, ...] = key("because", BECAUSE, "facts behind it", absent=NEEDED, default=())
    count: float | None = None  # of past cases that went to this place, where places are given by counts


WAYS = Roster("name", Record(Itinerary, "itinerary"))


@record
class Question:
    """A one-off dated event; with two stages or more the first is at rest, and no episode is under way in it."""

    title: str = key("title", TEXT, "what is asked, in a line")
    event: str = key("question.event", TEXT, "what happens", filled="the title")
    resolves: str = key("question.resolves", TEXT, "by what it is told that it happened", filled="what the title says")
    timezone: str = key("question.timezone", TIMEZONE, "the time zone of its days, such as Europe/Paris", filled="UTC")
    stages: tuple[str, ...] = key(
        "stages",
        STAGES,
        "in order, the first at rest; none is `event`",
        absent=("waiting",),
        filled="those of the priors, in their order",
    )
    silent: tuple[str, ...] = key("silent", NAMES, "stages whose lapse to rest may go unannounced", absent=())
    itineraries: tuple[Itinerary, ...] = key(
        "itineraries", WAYS, "ways it can happen; the first is the reference", absent=()
    )
    history_from: datetime.date = key("history_from", DAY, "the timeline's first day, when the first stage begins")
    display: Mapping[str, str] = key(
        "display",
        DISPLAY,
        "how figures write a stage, a place, an itinerary or a prior; the name, with blanks for `_`, unless given",
        varies=False,
        default_factory=dict,
    )
    asks: Asks = key(
        "question.asks",
        ASKS,
        "what is asked of it; that it happens at least once unless given",
        default=Asks(),
        varies=False,
    )
    counts: str | None = key(
        "question.counts",
        COUNTS,
        "`first`: only the first event after `as_of`, for one that can come once; `any` unless given",
        default=None,
        varies=False,
    )
    bins: tuple[Bin, ...] = key(
        "question.bins",
        BINS,
        "answers of a multiple-choice question: numbers of events, or days",
        default=(),
        varies=False,
    )

    @property
    def is_first(self) -> bool:
        """Tell whether only the first event after `as_of` counts."""
        return self.counts == FIRST

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Places in the order in which the itineraries first name them."""
        return tuple(dict.fromkeys(itinerary.place for itinerary in self.itineraries))

    @cached_property
    def answer_places(self) -> tuple[str, ...]:
        """The places over which the answer is split: those that are asked about; one in their stead if it is not."""
        if self.asks.stage or self.asks.is_number:
            return (YES,)
        return tuple(place for place in self.places if not self.asks.places or place in self.asks.places)

    @cached_property
    def known_places(self) -> Mapping[str, None]:
        """Places, to be looked up among many."""
        return dict.fromkeys(self.places)

    @cached_property
    def ways(self) -> Mapping[str, Itinerary]:
        """Itineraries by name."""
        return {way.name: way for way in self.itineraries}

    def show(self, name: str) -> str:
        """Return how a name is written for readers: as `display` has it, or with blanks for underscores."""
        return self.display.get(name) or name.replace("_", " ")

    @property
    def resting(self) -> str | None:
        """The stage in which no episode is under way; a question of one stage has none."""
        return self.stages[0] if len(self.stages) > 1 else None


QUESTION = Record(Question, "question")
