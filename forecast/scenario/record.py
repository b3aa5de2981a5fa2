"""A scenario as it was written: a question, what the facts mean for it, the priors, the as-of date and the window.

What stands here may be wrong; `scenario.checks` finds what. A `Scenario` is a record without problems.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from forecast.scenario.beliefs import Priors
from forecast.scenario.entries import EventEntry, StageEntry, TimelineEntry, step_day
from forecast.scenario.facts import Fact, Source, any_public, are_public
from forecast.scenario.question import Question
from forecast.scenario.suppositions import Evidence, Interventions


@dataclass(frozen=True)
class Window:
    """The days in which the event counts, both inclusive."""

    start: datetime.date
    until: datetime.date


@dataclass(frozen=True)
class Reading:
    """Another way to read the same facts: stages recoded, other priors, or both.

    Attributes
    ----------
    recode : dict of str to str
        By fact, the stage that it means instead; ``none`` if it means none.
    priors : Priors or None
        All priors under this reading; None if they are the scenario's.
    """

    name: str
    reason: str
    recode: Mapping[str, str] = field(default_factory=dict)
    priors: Priors | None = None


@dataclass(frozen=True)
class ScenarioRecord:
    """Everything that one forecast depends on, as it was written: perhaps wrong.

    `unused` names hazard ratios that nothing needs here, as where a covariate's entries are not known yet.
    """

    name: str
    question: Question
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    timeline: tuple[TimelineEntry, ...]
    priors: Priors
    as_of: datetime.date
    window: Window
    unused: tuple[str, ...] = ()
    interventions: Interventions = field(default_factory=Interventions)
    evidence: Evidence = field(default_factory=Evidence)
    readings: tuple[Reading, ...] = ()

    @property
    def first_day(self) -> int:
        """Number of the window's first day, counted from 0, the day after `as_of`."""
        return (self.window.start - self.as_of).days - 1

    def known_entries(self) -> list[TimelineEntry]:
        """Return the timeline entries whose facts were public by `as_of`, and those that an intervention adds."""
        return [*(entry for entry in self.timeline if self.is_known(entry)), *self.interventions.timeline]

    def is_known(self, entry: TimelineEntry) -> bool:
        """Tell whether the facts behind a timeline entry were public by `as_of`."""
        return are_public(self.facts, entry.because, self.as_of)

    def public_day(self, entry: TimelineEntry) -> datetime.date:
        """Return the day on which the last of an entry's facts became public."""
        facts = {**self.facts, **self.interventions.facts}
        return max(facts[name].public for name in entry.because)

    def steps(self) -> list[tuple[int, StageEntry | EventEntry]]:
        """Return known stages and events up to `as_of` in order of time, each with its place in `timeline`."""
        known = [
            (index, entry)
            for index, entry in enumerate(self.timeline)
            if isinstance(entry, StageEntry | EventEntry) and self.is_known(entry) and step_day(entry) <= self.as_of
        ]
        return sorted(known, key=lambda item: step_day(item[1]))

    def standing(self, because: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the facts behind a prior or an itinerary that were public by `as_of`; all, if none was."""
        return tuple(name for name in because if are_public(self.facts, [name], self.as_of)) or because

    def cited(self) -> set[str]:
        """Return the ids of the facts that this scenario rests on at its `as_of`, those of hindsight among them."""
        known = [entry.because for entry in self.timeline if self.is_known(entry)]
        ways = [self.standing(way.because) for way in self.question.itineraries]
        beliefs = [
            self.standing(prior.because)
            for _, prior in self.priors.items()
            if prior.otherwise is None or any_public(self.facts, prior.because, self.as_of)
        ]
        return {name for because in known + beliefs + ways for name in because if name in self.facts}

    def hindsight(self) -> list[str]:
        """Name the priors and itineraries none of whose facts was public at `as_of`."""
        late = [
            ".".join(map(str, key)) for key, prior in self.priors.items() if prior.in_force(self.facts, self.as_of)[1]
        ]
        late += [
            f"itineraries.{way.name}"
            for way in self.question.itineraries
            if way.because and not any_public(self.facts, way.because, self.as_of)
        ]
        return late
