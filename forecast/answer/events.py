"""Events of independent parts, put together by each of some dates, draw by draw.

Receives how likely each part has come. Hands on the same for what is made of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType

import numpy as np

from forecast.multistate import Array, come_first, come_in_order, count_together
from forecast.scenario import Event, First, InOrder, Part, Some, Total

NO_DAYS: Mapping[Part, datetime.date] = MappingProxyType({})


def evaluate(event: Event, by: Mapping[Part, Array], came: Mapping[Part, datetime.date] = NO_DAYS) -> Array:
    """Return the probability of an event of independent parts by each date, (draws, dates), from theirs.

    Parameters
    ----------
    came : dict of datetime.date, optional
        The days of those that have come already, by the record.
    """
    if isinstance(event, Part):
        return by[event]
    if isinstance(event, InOrder):
        return _come_in_order(event, by, came)
    if isinstance(event, Total):
        return _sum_up(event, by)
    every = [evaluate(item, by, came) for item in event.of]
    if isinstance(event, First):
        days = {part: came[part] for part in event.of if part in came}
        if days:
            is_first = [part for part in days if days[part] == min(days.values())] == [event.part]
            return np.full_like(every[0], float(is_first))
        return next(islice(come_first(every), event.of.index(event.part), None))
    if event.most is None:
        return np.maximum(1 - count_together(every, event.least - 1).sum(axis=0), 0.0)
    return count_together(every, event.most)[event.least :].sum(axis=0)


def count_events(event: Total, by: Mapping[Part, Array]) -> Array:
    """Return the probability of 0, 1, ... events of all timelines together, the last of them for all from there on.

    The sum of independent numbers, date by date and draw by draw: (numbers, draws, dates).
    """
    found: Array | None = None
    for part in event.of:
        reached = np.stack([np.ones_like(by[part]), *(by[each] for each in event.numbered(part))])
        own = np.concatenate([np.maximum(reached[:-1] - reached[1:], 0.0), reached[-1:]])
        found = own if found is None else _add(found, own)
    assert found is not None
    return found


def _add(one: Array, other: Array) -> Array:
    """Return the probability of each sum of two independent numbers; what is beyond the last counts as the last."""
    found = np.zeros_like(one)
    for at, chance in enumerate(one):
        for beside, likely in enumerate(other):
            found[min(at + beside, len(one) - 1)] += chance * likely
    return found


def _sum_up(event: Total, by: Mapping[Part, Array]) -> Array:
    numbers = count_events(event, by)
    return numbers[event.least :].sum(axis=0) if event.most is None else numbers[event.least : -1].sum(axis=0)


def _come_in_order(event: InOrder, by: Mapping[Part, Array], came: Mapping[Part, datetime.date]) -> Array:
    """Return the same of an order whose first parts may have come already."""
    settled = [part for part in event.of if part in came]
    days = [came[part] for part in settled]
    left = event.of[len(settled) :]
    if settled != list(event.of[: len(settled)]) or sorted(days) != days:
        return np.zeros_like(by[event.of[0]])
    return come_in_order([by[part] for part in left]) if left else np.ones_like(by[event.of[0]])


def hangs_on_order(event: Event) -> bool:
    """Tell whether it matters which of some parts comes first."""
    return any(isinstance(item, InOrder | First) for item in _walk(event))


def lasts(event: Event) -> bool:
    """Tell whether a yes to it stays."""
    some = all(item.most is None or item.most >= len(item.of) for item in _walk(event) if isinstance(item, Some))
    return some and all(item.most is None for item in _walk(event) if isinstance(item, Total))


def _walk(event: Event) -> Iterator[Event]:
    yield event
    if not isinstance(event, Part):
        for item in event.of:
            yield from _walk(item)
