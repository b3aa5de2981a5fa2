"""What a forecast is compared with: a constant rate."""

from __future__ import annotations

from forecast.scenario import EventEntry, Scenario


def constant_rate(scenario: Scenario) -> float:
    """Return P from a constant rate: n events in d days, Jeffreys' Gamma(n + 1/2, d), integrated out.

    No event for t days has the probability (d / (d + t))^(n + 1/2).
    """
    events = sum(isinstance(entry, EventEntry) for _, entry in scenario.steps())
    days = max(1, (scenario.as_of - scenario.question.history_from).days)
    before = scenario.first_day
    through = (scenario.window.until - scenario.as_of).days
    none_before, none_through = ((days / (days + ahead)) ** (events + 0.5) for ahead in (before, through))
    return none_before - none_through
