"""What each piece of news made of P: before and after each day on which something became public, and what was expected.

All P are those of the same days ahead, so that they are one martingale: what silence takes away a little each day,
news may bring back. Before is the forecast of the eve, with what was public then; after is that of the day. So the
parts sum to the whole exactly, and over what the model thinks possible the mean of each is 0.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from forecast.answer import constant_rate
from forecast.errors import InputError, Problem
from forecast.explore.answers import Answers, Step
from forecast.inference import Settings
from forecast.scenario import EventEntry, Scenario

A_YEAR = 365  # days before `as_of`, from which news is told unless an episode began before
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class NewsDay:
    """A day on which something became public.

    Attributes
    ----------
    facts, sources : tuple of str
        Facts that the forecast rests on, and the sources that state them.
    cause : str
        Of several facts without a step, the one without which P would have moved most, where P moved at all.
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
    cause: str
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
    days : tuple of datetime.date
        The first and the last of those that all P are about.
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
    days: tuple[datetime.date, datetime.date]
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
            "days": {"from": self.days[0].isoformat(), "until": self.days[1].isoformat()},
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
        cause = answers.find_cause(day, facts, after - before) if not steps else facts[0]
        rows.append(NewsDay(day, facts, sources, cause, steps, silence, before, after, before - last, after - before))
        heard, last = day, after
    end = answers.on(scenario.as_of)
    rate = constant_rate(answers.cut(since).known())
    return News(since, answers.window, start, end.mean, end.mcse, tuple(rows), end.mean - last, rate)


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
