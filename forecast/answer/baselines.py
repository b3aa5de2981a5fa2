"""What a forecast is compared with: a constant rate, Laplace's rule, and the prior alone."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from forecast.answer.ahead import carry_ahead
from forecast.model import Timeline
from forecast.multistate import Array
from forecast.scenario import EventEntry, Known

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


def tally(known: Known) -> Tally | None:
    """Count the record; None where it says nothing: it is shorter than the window, and has no reference class."""
    days, reference = known.recorded_days, known.reference
    if reference is not None:
        return Tally(len(_events(known)) + reference.events, days + reference.years * DAYS_OF_YEAR)
    return Tally(len(_events(known)), days) if days >= _length(known) else None


def count_places(known: Known) -> Array:
    """Count the record's events by place: (places,)."""
    question = known.question
    place_of = {way.name: question.places.index(way.place) for way in question.itineraries}
    return np.bincount([place_of[entry.itinerary] for entry in _events(known)], minlength=len(question.places))


def _events(known: Known) -> list[EventEntry]:
    return [entry for _, entry, _ in known.steps if isinstance(entry, EventEntry)]


def _length(known: Known) -> int:
    """Return the days of the window."""
    return (known.window.until - known.window.start).days + 1


def constant_rate(known: Known) -> float | None:
    """Return P from a constant rate; None where the record is shorter than the window, without a reference class."""
    if (counted := tally(known)) is None:
        return None
    through = (known.window.until - known.as_of).days
    return float(counted.chance_by(through) - counted.chance_by(known.first_day))


def laplace_rule(known: Known) -> float:
    """Return (s + 1) / (n + 2): of the n whole windows of this length that the record holds, s held an event."""
    length = _length(known)

    def window_of(day: datetime.date) -> int:
        return (known.as_of - day).days // length

    broken = {window for hole in known.holes for window in range(window_of(hole.until), window_of(hole.start) + 1)}
    whole = set(range((known.as_of - known.question.history_from).days // length)) - broken
    held = whole.intersection(window_of(entry.day) for entry in _events(known))
    return (len(held) + 1) / (len(whole) + 2)


def prior_only(timeline: Timeline, prior: dict[str, Array], rng: np.random.Generator) -> float:
    """Return P from prior draws, (labels, draws) by name: before history taught anything."""
    ahead = carry_ahead(timeline, prior, rng, agreement=0)
    return float(ahead.joint.sum() / max(ahead.weight.sum(), np.finfo(float).tiny))
