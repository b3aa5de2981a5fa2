"""What each piece of news made of P: before and after each day on which something became public, and what was expected.

All P are those of the same days ahead, so that they are one martingale: what silence takes away a little each day,
news may bring back. Before is the forecast of the eve, with what was public then; after is that of the day. So the
parts sum to the whole exactly, and over what the model thinks possible the mean of each is 0.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from forecast.answer import Estimate, answer_whether, constant_rate
from forecast.errors import FitError, InputError, Problem
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
    is_open,
)

PROPOSALS = (None, 32_768, 131_072)  # the next where the gate refuses the last
A_YEAR = 365  # days before `as_of`, from which news is told unless an episode began before
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


@dataclass(frozen=True)
class NewsDay:
    """A day on which something became public.

    Attributes
    ----------
    facts, sources : tuple of str
        Facts that the forecast rests on, and the sources that state them.
    steps : tuple of Step
        What the facts say came; empty where they changed no stage.
    silence : float or None
        The chance, by the model on the last day of news before, that no step comes up to this day.
    p_before, p_after : float
        P on the eve and on the day.
    time : float
        By how much P had changed since the last day of news, while nothing came.
    impact : float
        P on the day less P on the eve.
    """

    day: datetime.date
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    steps: tuple[Step, ...]
    silence: float | None
    p_before: float
    p_after: float
    time: float
    impact: float

    @property
    def expected(self) -> float | None:
        """The chance of what came: of the least expected step that is foretold, or else of silence."""
        if not self.steps:
            return self.silence
        return min((step.chance for step in self.steps if step.chance is not None), default=None)

    @property
    def surprise(self) -> float | None:
        """The same in bits, -log2 of the chance; None where the model foretells nothing of the kind."""
        chance = self.expected
        return None if not chance else -math.log2(chance)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"day": self.day.isoformat(), "expected": self.expected, "surprise": self.surprise}


@dataclass(frozen=True)
class News:
    """The way of P from a day to `as_of`.

    Attributes
    ----------
    since : datetime.date
    p_start, p_end : float
        P on that day and on `as_of`.
    mcse : float
        Monte Carlo error of the last.
    rows : tuple of NewsDay
    time_after : float
        By how much P has changed since the last day of news.
    base_rate : float or None
        P from a constant rate on the first day, for comparison.
    """

    since: datetime.date
    p_start: float
    p_end: float
    mcse: float | None
    rows: tuple[NewsDay, ...]
    time_after: float
    base_rate: float | None

    @property
    def time(self) -> float:
        """What time passing made of P in all."""
        return math.fsum([*(row.time for row in self.rows), self.time_after])

    @property
    def impact(self) -> float:
        """What news made of P in all."""
        return math.fsum(row.impact for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "since": self.since.isoformat(),
            "p_start": self.p_start,
            "p_end": self.p_end,
            "mcse": self.mcse,
            "base_rate": self.base_rate,
            "time": self.time,
            "news": self.impact,
            "time_after": self.time_after,
            "rows": [row.to_dict() for row in self.rows],
        }


def trace_news(scenario: Scenario, *, since: datetime.date | None = None, settings: Settings) -> News:
    """Follow P from a day to `as_of`.

    Parameters
    ----------
    since : datetime.date, optional
        The eve of the episode under way unless given, or a year before `as_of` where none is.
    settings : Settings
        Draws and seed of each P; each is the number of `forecast run --quick` with them.

    Raises
    ------
    InputError
        If the day is not one from the record's first to `as_of`.
    FitError
        If the quick engine has no answer on some day.
    """
    since = check_start(scenario, since)
    answers = Answers(scenario, settings)
    rows: list[NewsDay] = []
    start = last = answers.on(since).mean
    heard = since
    for day, facts in list_news(scenario, since):
        before, after = answers.on(day - _DAY).mean, answers.on(day).mean
        steps, silence = answers.expect(heard, day)
        told = [scenario.facts[name] for name in facts]
        sources = tuple(dict.fromkeys(source for fact in told for source in (fact.source, *fact.also)))
        rows.append(NewsDay(day, facts, sources, steps, silence, before, after, before - last, after - before))
        heard, last = day, after
    end = answers.on(scenario.as_of)
    rate = constant_rate(answers.cut(since).known())
    return News(since, start, end.mean, end.mcse, tuple(rows), end.mean - last, rate)


def check_start(scenario: Scenario, since: datetime.date | None) -> datetime.date:
    """Return the day from which on news is told.

    Raises
    ------
    InputError
        If it is none of the record's.
    """
    first = scenario.question.history_from
    if since is not None and not first <= since <= scenario.as_of:
        message = f"expected a day from history_from, {first}, to as_of, {scenario.as_of}; found {since}"
        raise InputError([Problem(("since",), message)])
    return find_start(scenario) if since is None else since


def find_start(scenario: Scenario) -> datetime.date:
    """Return the eve of the episode under way, or a year before `as_of`; not before the record."""
    known, rest = scenario.known(), scenario.question.resting
    began = scenario.as_of - A_YEAR * _DAY
    if rest is not None and known.present.stage != rest:
        for item in reversed(known.steps):
            entry = item.entry
            if isinstance(entry, EventEntry) or entry.stage == rest:
                break
            began = (entry.earliest or entry.start) - _DAY
    return max(began, scenario.question.history_from)


def list_news(scenario: Scenario, since: datetime.date) -> Iterator[tuple[datetime.date, tuple[str, ...]]]:
    """Yield each later day on which facts became public that the forecast rests on, with their ids."""
    known, facts = scenario.known(), scenario.facts
    new = [facts[name] for name in known.cited & known.public if facts[name].public > since]
    new.sort(key=lambda fact: (fact.public, fact.id))
    for day, group in groupby(new, key=lambda fact: fact.public):
        yield day, tuple(fact.id for fact in group)


class Answers:
    """P of the same days on different days, and what was expected then."""

    def __init__(self, scenario: Scenario, settings: Settings) -> None:
        self.scenario, self.settings = scenario, settings
        window = scenario.window
        self.window = window.began or window.start, window.until
        self.found: dict[datetime.date, Estimate] = {}
        self.posteriors: dict[str, Posterior] = {}

    def cut(self, day: datetime.date) -> Scenario:
        """Return the scenario as of a day, about the same days."""
        return self.scenario.at(as_of=day, window=self.window)

    def on(self, day: datetime.date) -> Estimate:
        """Return P as of a day."""
        if day not in self.found:
            timeline = build_timeline(self.cut(day).known())
            self.found[day] = answer_whether(timeline, self.draw(self.cut(day)))
        return self.found[day]

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
