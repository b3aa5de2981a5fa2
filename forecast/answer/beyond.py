"""Days beyond the window: when the event comes as if the window went on, from the draws that answered it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace

from forecast.answer.ahead import carry_ahead
from forecast.inference import Posterior, stream
from forecast.model import build_timeline
from forecast.scenario import Scenario

MOST = 36_525  # days after as_of


def chance_until(scenario: Scenario, posterior: Posterior, until: datetime.date) -> float:
    """Return P of the same window, had it ended on another day; history and so the posterior stay as they are."""
    known = scenario.known()
    timeline = build_timeline(replace(known, window=replace(known.window, until=until)))
    ahead = carry_ahead(timeline, posterior.draws, stream(posterior.diagnostics["seed"], "ahead"), agreement=0)
    return float(ahead.total.sum() / ahead.weight.sum())


def find_day_beyond(
    share: float, as_of: datetime.date, until: datetime.date, chance: Callable[[datetime.date], float]
) -> datetime.date | None:
    """Return the first day after `until` by whose end P, which never falls, is at least `share`; None if none is near.

    Parameters
    ----------
    chance : callable
        Returns P by the end of a day.
    """
    most = min(as_of.toordinal() + MOST, datetime.date.max.toordinal())
    below, above = until.toordinal(), until.toordinal()
    while above < most:
        above = min(most, as_of.toordinal() + 2 * (above - as_of.toordinal()))
        if chance(datetime.date.fromordinal(above)) >= share:
            break
        below = above
    else:
        return None
    while above - below > 1:
        middle = (above + below) // 2
        if chance(datetime.date.fromordinal(middle)) >= share:
            above = middle
        else:
            below = middle
    return datetime.date.fromordinal(above)
