"""What a forecast is compared with: a constant rate, Laplace's rule, and the prior alone."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass

import numpy as np

from forecast.answer.ahead import carry_ahead
from forecast.model import Timeline
from forecast.multistate import Array
from forecast.scenario import EventEntry, Known, StageEntry, find_seen

DAYS_OF_YEAR = 365.25


@dataclass(frozen=True)
class Tally:
    """Events of the record, with those of the reference class if there is one, and the days that both took."""

    events: float
    days: float

    def chance_by(self, days: Array | float) -> Array:
        """Return the chance of an event within so many days: Jeffreys' Gamma(n + 1/2, d), integrated out.

        No event for t days has the probability (d / (d + t))^(n + 1/2).
        """
        return 1 - (self.days / (self.days + np.asarray(days, float))) ** (self.events + 0.5)

    def chance_of(self, least: int, most: int | None, days: float) -> float:
        """Return the chance of so many events within so many days: the same integral, a negative binomial.

        >>> tally = Tally(2, 100.0)
        >>> round(tally.chance_of(1, None, 50.0), 9) == round(float(tally.chance_by(50.0)), 9)
        True
        """

        def at_least(number: int) -> float:
            if number < 2:
                return float(self.chance_by(days)) if number else 1.0
            from scipy.special import betaincc  # imported by those who count

            return float(betaincc(self.events + 0.5, number, self.days / (self.days + days)))

        return at_least(least) - (0.0 if most is None else at_least(most + 1))


def tally(known: Known) -> Tally | None:
    """Count what is asked about on record.

    None where it says nothing: the record is shorter than the window, and has no reference class; or a stage is asked
    about that is to be in force.
    """
    asks, days, reference = known.question.asks, known.recorded_days, known.reference
    if asks.in_force:
        return None
    if asks.reached:
        reference = None  # which is about events
        count = sum(1 for _, entry, _ in known.steps if isinstance(entry, StageEntry) and entry.stage == asks.reached)
    else:
        count = len(_events(known))
    if reference is not None:
        return Tally(count + reference.events, days + reference.years * DAYS_OF_YEAR)
    return Tally(count, days) if days >= _length(known) else None


def count_places(known: Known) -> Array:
    """Count the record's events by place of the answer: (places,)."""
    places = known.question.answer_places
    place_of = {way.name: places.index(way.place) if way.place in places else 0 for way in known.question.itineraries}
    return np.bincount([place_of[entry.itinerary] for entry in _events(known)], minlength=len(places))


def _events(known: Known) -> list[EventEntry]:
    """Return the events on record that a question counts."""
    asked = known.question.asks.places or known.question.places
    there = {way.name for way in known.question.itineraries if way.place in asked}
    return [entry for _, entry, _ in known.steps if isinstance(entry, EventEntry) and entry.itinerary in there]


def _length(known: Known) -> int:
    """Return the days of the window."""
    return (known.window.until - known.window.start).days + 1


def constant_rate(known: Known) -> float | None:
    """Return P from a constant rate; None where the record is shorter than the window, without a reference class."""
    if (counted := tally(known)) is None:
        return None
    if known.question.is_first:
        through = (known.window.until - known.as_of).days
        return float(counted.chance_by(through) - counted.chance_by(known.first_day))
    return counted.chance_of(*_numbers(known), _length(known))


def _numbers(known: Known) -> tuple[int, int | None]:
    """Return the least and the largest number of events to come that are a yes; of stages, of entering one."""
    asks = known.question.asks
    least, most = asks.numbers or (1, None)
    seen = 0 if asks.stage else len(find_seen(known))
    return max(0, least - seen), None if most is None else most - seen


def rise_of_constant(known: Known) -> Array | None:
    """Return the same by each day of the window, (days,)."""
    if (counted := tally(known)) is None:
        return None
    days = np.arange(known.first_day, (known.window.until - known.as_of).days + 1)
    if known.question.is_first:
        return np.asarray(counted.chance_by(days[1:]) - counted.chance_by(days[0]))
    return np.array([counted.chance_of(*_numbers(known), day) for day in days[1:] - days[0]])


def laplace_rule(known: Known) -> float:
    """Return (s + 1) / (n + 2): of the n whole windows of this length that the record holds, s were a yes."""
    length = _length(known)

    def window_of(day: datetime.date) -> int:
        return (known.as_of - day).days // length

    broken = {window for hole in known.holes for window in range(window_of(hole.until), window_of(hole.start) + 1)}
    whole = set(range((known.as_of - known.question.history_from).days // length)) - broken
    counts = Counter(window_of(entry.day) for entry in _events(known))
    least, most = known.question.asks.numbers or (1, None)
    held = [window for window in whole if counts[window] >= least and (most is None or counts[window] <= most)]
    return (len(held) + 1) / (len(whole) + 2)


def prior_only(timeline: Timeline, prior: dict[str, Array], rng: np.random.Generator) -> float:
    """Return P from prior draws, (labels, draws) by name: before history taught anything."""
    ahead = carry_ahead(timeline, prior, rng, agreement=0)
    return float(ahead.joint.sum() / max(ahead.weight.sum(), np.finfo(float).tiny))
