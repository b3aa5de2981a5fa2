"""Steps whose day is not known: what each day on which one may have come says, for the likelihood to sum over.

The stage that is left was held up to that day, and the one entered from it on; so the days tell of both at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.model.timeline import Timeline
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class UnsureDays:
    """For each day on which a step may have come, what would have been at risk, and what happened.

    Attributes
    ----------
    step : (days,) of int
        Number of the step, from 0.
    stay : (days,) of int
        The stay that it ended.
    at_risk : (days, rows)
        Days at risk of each row up to the step, in the stage left, and from then on, in the stage entered.
    taken : (days, rows)
        1 for the row that the step took.
    event : (events,) of int
        Those of the days that are of events, which are scored by the probability of their day.
    on_day : (events, rows)
        1 where a row was possible on such a day.
    """

    step: Array
    stay: Array
    at_risk: Array
    taken: Array
    event: Array
    on_day: Array


def list_unsure_days(timeline: Timeline, segment: Array, transition: Array, itinerary: Array) -> UnsureDays:
    """List the days, for rows of likelihood that lie in these segments and are of these transitions and itineraries."""
    structure, history = timeline.structure, timeline.history
    start, end, unsure = history.segments.start[segment], history.segments.end[segment], history.unsure[segment]
    targets = np.array([target for _, target in structure.transitions])[transition]
    step: list[int] = []
    stay: list[int] = []
    events: list[int] = []
    at_risk: list[Array] = []
    taken: list[Array] = []
    on_day: list[Array] = []
    for number in range(1, np.abs(history.unsure).max(initial=0) + 1):
        here = np.flatnonzero(history.unsure == -number)
        moved_to, event_by = history.moved_to[here[-1]], history.event_by[here[-1]]
        is_taken = (itinerary == event_by) if event_by >= 0 else (itinerary < 0) & (targets == moved_to)
        for day in range(history.segments.start[here[0]] + 1, history.segments.end[here[-1]] + 1):
            before = (unsure == -number) * np.clip(day - start, 0, end - start)
            after = (unsure == number) * np.clip(end - day, 0, end - start)
            possible = (unsure == -number) & (start < day) & (day <= end)
            if event_by >= 0:
                events.append(len(step))
                on_day.append(possible)
            step.append(number - 1)
            stay.append(history.stay[here[0]])
            at_risk.append(before + after)
            taken.append(possible & is_taken)
    rows = len(segment)
    return UnsureDays(
        step=np.array(step, int),
        stay=np.array(stay, int),
        at_risk=np.array(at_risk, float).reshape(len(at_risk), rows),
        taken=np.array(taken, float).reshape(len(taken), rows),
        event=np.array(events, int),
        on_day=np.array(on_day, float).reshape(len(on_day), rows),
    )


def sum_over_days(at_risk: Any, log_taken: Any, of_events: Any, unsure: UnsureDays, xp: Any = np) -> Any:
    r"""Return for each step the log of the sum over its days of what each would say as a certain day: (steps, ...).

    Parameters
    ----------
    at_risk, log_taken : (days, ...)
        The total hazard had the step come on a day, and the log rate of it.
    of_events : (events, ...)
        The total rate on the days of events.
    """
    each = log_taken - at_risk
    if len(unsure.event):
        score = xp.log(-xp.expm1(-of_events) / of_events) + of_events  # as `log_day_of_events`, on whole days
        places = np.equal.outer(np.arange(len(unsure.step)), unsure.event).astype(float)
        each = each + (places @ score if xp is np else (places * score).sum(axis=-1))
    found = []
    for number in range(unsure.step.max() + 1):
        some = each[np.flatnonzero(unsure.step == number)]
        most = some.max(axis=0)
        found.append(most + xp.log(xp.exp(some - most).sum(axis=0)))
    return xp.stack(found)
