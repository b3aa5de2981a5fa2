"""A scenario as it was written: a question, what the facts mean for it, the priors, the as-of date and the window.

What stands here may be wrong; `scenario.checks` finds what. A `Scenario` is a record without problems.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import field, fields

from forecast.scenario.beliefs import ASSUMED, PRIORS, Priors
from forecast.scenario.entries import TIMELINE, TimelineEntry
from forecast.scenario.facts import FACTS, SOURCES, Fact, Source
from forecast.scenario.fields import Named, Record, Roster, inline, key, record
from forecast.scenario.holes import BEGUN, HOLES, Begun, Hole
from forecast.scenario.kinds import BECAUSE, DAY, FOLDER_NAME, NAME, NAMES, RANK, TEXT, YEARS, number
from forecast.scenario.limits import FAR_TOO_MUCH, READINGS_MOST
from forecast.scenario.question import QUESTION, Question
from forecast.scenario.suppositions import DO, GIVEN, Evidence, Interventions

_CODES = Named("fact", NAME)


@record
class Window:
    """The days in which the event counts, both inclusive; `start` is the first of those that are left."""

    start: datetime.date = key("from", DAY, "the first day; the day after `as_of` unless given", absent=None)
    until: datetime.date = key("until", DAY, "the last day, inclusive", absent=None, filled="`days` after `as_of`")
    ahead: int | None = field(default=None, repr=False, compare=False)  # days after `as_of`, where it ends with those
    began: datetime.date | None = field(
        default=None, repr=False
    )  # its first day, where that is not after `as_of`; what is left is from `start`


WINDOW = Record(
    Window, "window", days=key("days", RANK, "in place of `until`: how many days after `as_of` it ends", absent=None)
)


def next_day(day: datetime.date) -> datetime.date:
    """Return the day after; the calendar's last has none but itself."""
    return datetime.date.fromordinal(min(day.toordinal() + 1, datetime.date.max.toordinal()))


def place_window(start: datetime.date, until: datetime.date, as_of: datetime.date, days: int | None = None) -> Window:
    """Return a window as seen on a day: of one that began before, what is left; `days` after it, where it ends so."""
    if days is not None:
        until = datetime.date.fromordinal(min(as_of.toordinal() + days, datetime.date.max.toordinal()))
    if start > as_of:
        return Window(start, until, ahead=days)
    return Window(next_day(as_of), until, ahead=days, began=start)


@record
class Reference:
    """Like events in other cases, which a rate may be judged by where the record itself is short."""

    events: float = key("events", number(least=0, most=FAR_TOO_MUCH), "how many like events there were")
    years: float = key("years", number(above=0, most=FAR_TOO_MUCH), "in how many years, all cases together")
    because: tuple[str, ...] = key("because", BECAUSE, "the facts that say so; without them it does not exist")


@record
class Reading:
    """Another way to read the same facts: stages recoded, other priors (all of them, if any), or both."""

    name: str
    reason: str = key("reason", TEXT, "why one may read them so")
    recode: Mapping[str, str] = key(
        "recode", _CODES, "what they mean instead; `none` is no stage", default_factory=dict
    )
    priors: Priors | None = key("assume", ASSUMED, "other priors", by_hand=True, default=None)
    weight: float | None = key(
        "weight",
        number(above=0, most=1),
        "how likely it is the right one; what is left is the file's own",
        default=None,
    )


READINGS = Roster("name", Record(Reading, "reading"), READINGS_MOST)
REFERENCE = Record(Reference, "reference class")


@record
class ScenarioRecord:
    """Everything that one forecast depends on, as it was written: perhaps wrong.

    `unused` names hazard ratios that nothing needs here, as where a covariate's entries are not known yet.
    """

    name: str = key("name", FOLDER_NAME, "what its results are called; the file's name unless given", absent=None)
    question: Question = inline(QUESTION)
    sources: Mapping[str, Source] = key(
        "sources", SOURCES, "where facts are from", absent=None, by_hand=True, varies=False
    )
    facts: Mapping[str, Fact] = key("facts", FACTS, "facts, beside those of the folder", absent=None, by_hand=True)
    timeline: tuple[TimelineEntry, ...] = key("timeline", TIMELINE, "what the facts mean", filled="`[]`")
    priors: Priors = key("priors", PRIORS, "what is believed; only in a file that extends none")
    as_of: datetime.date = key("as_of", DAY, "the day it is cut; what became public later does not exist")
    window: Window = key("window", WINDOW, "the days in which the event counts")
    unused: tuple[str, ...] = key("unused", NAMES, "hazard ratios to keep although nothing uses them", default=())
    interventions: Interventions = key("do", DO, "what is set from a date on", default_factory=Interventions)
    evidence: Evidence = key("given", GIVEN, "what we suppose to learn", default_factory=Evidence)
    readings: tuple[Reading, ...] = key(
        "readings", READINGS, "other ways to read the facts", by_hand=True, varies=False, default=()
    )
    reference: Reference | None = key(
        "reference", REFERENCE, "like events elsewhere, for the constant rate alone", varies=False, default=None
    )
    begins: Begun | None = key(
        "begins", BEGUN, "the stage that was under way on `history_from`", varies=False, default=None
    )
    unrecorded: tuple[Hole, ...] = key(
        "unrecorded", HOLES, "days on which nobody looked: they count nothing", varies=False, default=()
    )
    fades: float | None = key(
        "fades",
        YEARS,
        "after how many years the record counts half; all of it counts alike unless given",
        varies=False,
        default=None,
    )

    assumed: tuple[str, ...] = field(default=(), compare=False)  # what the file leaves open, in words
    warnings: tuple[str, ...] = field(default=(), compare=False)  # what was read, and may not be meant

    @property
    def title(self) -> str:
        """What is asked, in a line."""
        return self.question.title

    def record(self) -> ScenarioRecord:
        """Return the same as a record, which may be edited in steps that are unsound between two of them."""
        return ScenarioRecord(**{item.name: getattr(self, item.name) for item in fields(ScenarioRecord)})
