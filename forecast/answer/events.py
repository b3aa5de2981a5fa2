"""Events of independent parts, put together by each of some dates, draw by draw.

Receives how likely each part has come. Hands on the same for what is made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from forecast.multistate import Array, come_first, come_in_order, count_together
from forecast.scenario import Event, First, InOrder, Part, Some


def evaluate(event: Event, by: Mapping[Part, Array]) -> Array:
    """Return the probability of an event of independent parts by each date, (draws, dates), from theirs."""
    if isinstance(event, Part):
        return by[event]
    every = [evaluate(item, by) for item in event.of]
    if isinstance(event, InOrder):
        return come_in_order(every)
    if isinstance(event, First):
        return next(islice(come_first(every), event.of.index(event.part), None))
    if event.most is None:
        return 1 - count_together(every, event.least - 1).sum(axis=0)
    return count_together(every, event.most)[event.least :].sum(axis=0)


def lasts(event: Event) -> bool:
    """Tell whether a yes to it stays."""
    return all(item.most is None or item.most >= len(item.of) for item in _walk(event) if isinstance(item, Some))


def _walk(event: Event) -> Iterator[Event]:
    yield event
    if not isinstance(event, Part):
        for item in event.of:
            yield from _walk(item)
