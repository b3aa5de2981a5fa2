"""What a forecast is compared with: a constant rate, and the prior alone."""

from __future__ import annotations

import numpy as np

from forecast.answer.ahead import carry_ahead
from forecast.model import Timeline
from forecast.multistate import Array
from forecast.scenario import EventEntry, Known


def constant_rate(known: Known) -> float:
    """Return P from a constant rate: n events in d days, Jeffreys' Gamma(n + 1/2, d), integrated out.

    No event for t days has the probability (d / (d + t))^(n + 1/2).
    """
    events = sum(isinstance(entry, EventEntry) for _, entry, _ in known.steps)
    days = max(1, (known.as_of - known.question.history_from).days)
    through = (known.window.until - known.as_of).days
    none_before, none_through = ((days / (days + ahead)) ** (events + 0.5) for ahead in (known.first_day, through))
    return none_before - none_through


def prior_only(timeline: Timeline, prior: dict[str, Array], rng: np.random.Generator) -> float:
    """Return P from prior draws, (labels, draws) by name: before history taught anything."""
    ahead = carry_ahead(timeline, prior, rng, agreement=0)
    return float(ahead.joint.sum() / max(ahead.weight.sum(), np.finfo(float).tiny))
