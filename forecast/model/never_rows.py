r"""What the record says of stays, or episodes, from which the event may never come.

Of one that has not ended in the event, the history says

    p e^{-B} + (1 - p) e^{-B - A},    A the cumulative hazard of the event, B that of all other ends;

the rows of the likelihood have the factor e^{-B - A}, and what is missing is \log(1 - p + p e^{A}).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.model.parameters import Parameters, mix
from forecast.model.timeline import Timeline
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class NeverRows:
    """What the record says of stays, or episodes, from which the event may never come.

    Attributes
    ----------
    at_risk : (groups, rows)
        Days at risk of the event, for rows of likelihood.
    has_event : (groups,) of bool
    of : (groups,) of int
        Which of ``never_logit``.
    stay : (groups,) of int
        The last stay of each.
    present : int
        Which group is under way at `as_of`; -1 for none of these.
    """

    at_risk: Array
    has_event: Array
    of: Array
    stay: Array
    present: int


def _group(timeline: Timeline) -> Array:
    """Return the stay, or episode, that each segment is part of: (segments,) of int, -1 where it is of none."""
    never, history = timeline.structure.never, timeline.history
    groups = history.episode if never.is_whole else history.stay
    return np.where(np.isin(history.stage, never.stages), groups, -1)


def list_never(timeline: Timeline, segment: Array, itinerary: Array, exposure: Array) -> NeverRows:
    """List the groups, for rows of likelihood that lie in these segments and have so many days at risk."""
    never, history, group = timeline.structure.never, timeline.history, _group(timeline)
    numbers = np.array(sorted(set(group[group >= 0].tolist())), int)
    firsts = [int(np.flatnonzero(group == number)[0]) for number in numbers]
    lasts = [int(np.flatnonzero(group == number)[-1]) for number in numbers]
    segments, ended = history.segments, (history.moved_to >= 0) | (history.event_by >= 0)
    if never.is_whole:
        under_way = timeline.episode
    else:
        goes_on = len(ended) and not ended[-1] and segments.start[-1] >= timeline.last_step
        under_way = int(history.stay[-1]) if goes_on else -1
    here = np.equal.outer(numbers, group[segment]) & (itinerary >= 0)
    return NeverRows(
        at_risk=here * exposure,
        has_event=np.array([history.event_by[last] >= 0 for last in lasts], bool),
        of=np.array([never.of[never.stages.index(int(history.stage[first]))] for first in firsts], int),
        stay=np.array([history.stay[last] for last in lasts], int),
        present=numbers.tolist().index(under_way) if under_way in numbers else -1,
    )


def log_never(theta: Parameters, event_rate: Any, rows: NeverRows, is_event: Array, xp: Any = np) -> Any:
    """Return what each group adds to the log likelihood of the rows: (groups, draws), or (groups,).

    Parameters
    ----------
    event_rate
        Of the rows that are of events, which `is_event` tells.
    """
    logit = theta["never_logit"][rows.of]
    went = (~rows.has_event).astype(float).reshape(-1, *(1,) * (logit.ndim - 1))
    return went * _softplus(logit + mix(rows.at_risk[:, is_event], event_rate), xp) - _softplus(logit, xp)


def _softplus(values: Any, xp: Any) -> Any:
    return np.logaddexp(0.0, values) if xp is np else xp.softplus(values)
