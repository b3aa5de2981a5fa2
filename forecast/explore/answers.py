"""P of the same days ahead as it was on different days, and what was expected then of what came.

Receives a scenario, which is cut on each day; by the quick engine, as `forecast run --quick` answers.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

from forecast.answer import Estimate, answer_whether
from forecast.errors import FitError, InputError
from forecast.explore.signposts import check_watchable
from forecast.explore.watching import Watcher, silence_until
from forecast.inference import Posterior, Settings, draw_quickly
from forecast.model import build_priors, build_timeline, fingerprint_inputs
from forecast.scenario import (
    EVENT,
    CovariateEntry,
    EventEntry,
    Evidence,
    Interventions,
    Known,
    KnownEntry,
    Scenario,
    StageEntry,
    hide_fact,
    is_open,
)

PROPOSALS = (None, 32_768, 131_072)  # the next where the gate refuses the last
MOVED_LEAST = 0.01  # by a day's news, for its facts to be told apart
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """What came on a day, and what the model had said of it on the last day of news before.

    Attributes
    ----------
    says : str
    chance : float or None
        That it comes by that day; None for what the model does not foretell.
    """

    says: str
    chance: float | None


class Answers:
    """P of the same days on different days, and what was expected then."""

    def __init__(self, scenario: Scenario, settings: Settings, posteriors: dict[str, Posterior] | None = None) -> None:
        self.scenario, self.settings = scenario, settings
        window = scenario.window
        self.window = window.began or window.start, window.until
        self.found: dict[datetime.date, Estimate] = {}
        self.cuts = {scenario.as_of: scenario}
        self.posteriors = {} if posteriors is None else posteriors

    def cut(self, day: datetime.date) -> Scenario:
        """Return the scenario as of a day, about the same days."""
        if day not in self.cuts:
            self.cuts[day] = self.scenario.at(as_of=day, window=self.window)
        return self.cuts[day]

    def on(self, day: datetime.date) -> Estimate:
        """Return P as of a day."""
        if day not in self.found:
            timeline = build_timeline(self.cut(day).known())
            self.found[day] = answer_whether(timeline, self.draw(self.cut(day)))
        return self.found[day]

    def find_cause(self, day: datetime.date, facts: tuple[str, ...], change: float) -> str:
        """Return the fact of a day without which P would have moved most the other way; the first where none did."""
        if len(facts) == 1 or abs(change) < MOVED_LEAST:
            return facts[0]
        moved = {}
        for name in facts:
            other = {**self.scenario.facts, name: hide_fact(self.scenario.facts[name])}
            with contextlib.suppress(InputError):  # what came later rests on it, and is no path without
                cut = replace(self.cut(day), facts=other)
                moved[name] = (self.on(day).mean - Answers(cut, self.settings, self.posteriors).on(day).mean) * change
        return max(moved, key=lambda name: moved[name], default=facts[0])

    def expect(self, heard: datetime.date, day: datetime.date) -> tuple[tuple[Step, ...], float | None]:
        """Return what came on a day, each with its chance by the model on another day, and the chance of silence."""
        then = replace(self.scenario, interventions=Interventions(), evidence=Evidence())
        known = then.at(as_of=day, window=(max(self.window[0], day + _DAY), self.window[1])).known()
        came = [step for item in known.entries if item.public == day for step in _describe(item, known)]
        before = then.at(as_of=heard, window=(heard + _DAY, day))
        try:
            check_watchable(before)
        except InputError:
            return tuple(Step(says, None) for says, *_ in came), None
        watcher = Watcher(silence_until(before, day), self.draw(before))
        if before.known().present.stage in before.question.silent:  # whose lapse nobody need announce
            came = [(says, None if kind == "lapse" else kind, name) for says, kind, name in came]
        steps = tuple(
            Step(says, None if kind is None else watcher.find_chance(kind, name)) for says, kind, name in came
        )
        return steps, watcher.find_chance("silence")

    def draw(self, scenario: Scenario) -> Posterior:
        """Draw by the quick engine; quiet days share a posterior."""
        known = scenario.known()
        timeline = build_timeline(known)
        priors = build_priors(known, timeline)
        key = fingerprint_inputs(timeline, priors, {})
        if key not in self.posteriors:
            every = (draw_quickly(timeline, priors, self.settings, proposals=count) for count in PROPOSALS)
            found = next((posterior for posterior in every if posterior is not None), None)
            if found is None:
                message = f"the quick engine has no answer as of {scenario.as_of}. Begin later, with --since"
                raise FitError(message)
            self.posteriors[key] = found
        return self.posteriors[key]


def _describe(item: KnownEntry, known: Known) -> Iterator[tuple[str, str | None, str]]:
    """Yield what an entry says came, and the kind and the name of the signpost that foretells it, if one does."""
    entry, rest = item.entry, known.question.resting
    if isinstance(entry, EventEntry):
        yield f"the event, by {entry.itinerary}", EVENT, EVENT
    elif isinstance(entry, StageEntry):
        says = f"{entry.stage} is entered"
        yield (f"a lapse to {rest}", "lapse", entry.stage) if entry.stage == rest else (says, "stage", entry.stage)
    elif isinstance(entry, CovariateEntry):
        if entry.start is None:
            yield f"{entry.covariate} ends", "condition", entry.covariate
        elif is_open(entry):
            yield f"{entry.covariate} begins", "condition", entry.covariate
