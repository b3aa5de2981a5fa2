"""Timelines that wait for others: when they come, and what is asked of parts that hang together.

Given a draw, how long a timeline takes once its clock has started depends on nothing else: its day is a sum of two.
Where a question names parts that hang together, days are drawn for each draw, and the error of that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from forecast.multistate import Array, come_after, draw_days
from forecast.scenario import Event, First, InOrder, Part, Some, list_parts

TIMES = 25  # days that are drawn for each posterior draw


def list_needed(event: Event, starts: Mapping[str, Event]) -> list[Part]:
    """Return the parts of an event and all that these wait for, those that wait for others last."""
    found: dict[Part, None] = {}

    def add(part: Part) -> None:
        if part.timeline in starts:
            for other in list_parts(starts[part.timeline]):
                add(other)
        found.setdefault(part)

    for part in list_parts(event):
        add(part)
    return list(found)


def shorten_event(event: Event, starts: Mapping[str, Event]) -> Event:
    """Leave out of an event what another part of it waits for, where the one cannot come without the other.

    Examples
    --------
    >>> str(shorten_event(InOrder((Part("a"), Part("b"))), {"b": Part("a")}))
    'b'
    """
    if isinstance(event, InOrder):
        kept = [
            part
            for part, following in zip(event.of, [*event.of[1:], None], strict=True)
            if following is None or starts.get(following.timeline) != part
        ]
        return kept[0] if len(kept) == 1 else replace(event, of=tuple(kept))
    if not isinstance(event, Some):
        return event
    of = tuple(shorten_event(item, starts) for item in event.of)
    if event.most is None and event.least == len(of):
        implied = [starts.get(item.timeline) for item in of if isinstance(item, Part)]
        of = tuple(item for item in of if item not in implied)
        return of[0] if len(of) == 1 else Some(len(of), None, of)
    return replace(event, of=of)


def hang_together(event: Event, starts: Mapping[str, Event]) -> bool:
    """Tell whether two parts of an event wait for one another, or for the same."""
    seen: set[str] = set()
    for part in list_parts(event):
        own = {other.timeline for other in list_needed(part, starts)}
        if own & seen:
            return True
        seen |= own
    return False


def come_in_turn(
    since: Mapping[Part, Array], starts: Mapping[str, Event], evaluate: Callable[[Event, Mapping[Part, Array]], Array]
) -> dict[Part, Array]:
    """Return the probability that each part has come by each day, of those that wait as well.

    Parameters
    ----------
    since : dict of (draws, days + 1)
        From the day on which its clock starts on, those that wait for others last.
    evaluate : callable
        Puts the parts of an event together.
    """
    found: dict[Part, Array] = {}
    for part, curve in since.items():
        waits_for = starts.get(part.timeline)
        found[part] = curve if waits_for is None else come_after(evaluate(waits_for, found), curve)
    return found


@dataclass(frozen=True, eq=False)
class Drawn:
    """Days drawn for parts that hang together, (draws, times) each, from the evening before the first day on."""

    days: Mapping[Part, Array]

    def yes(self, event: Event, until: float) -> Array:
        """Tell whether an event has come by a day, for each of the drawn: (draws, times)."""
        if isinstance(event, Part):
            return self.days[event] <= until
        if isinstance(event, InOrder):
            every = [self.days[part] for part in event.of]
            in_order = np.all([before < after for before, after in pairwise(every)], axis=0)
            return in_order & (every[-1] <= until)
        if isinstance(event, First):
            others = [self.days[part] for part in event.of if part != event.part]
            own = self.days[event.part]
            return (own <= until) & (own < np.min(others, axis=0))
        count = np.sum([self.yes(item, until) for item in event.of], axis=0)
        return (count >= event.least) & (count <= (len(event.of) if event.most is None else event.most))

    def count(self, parts: list[Part], until: float) -> Array:
        """Return how often 0, 1, ... of some parts come by a day: (numbers, draws)."""
        number = np.sum([self.days[part] <= until for part in parts], axis=0)
        return np.stack([(number == each).mean(axis=1) for each in range(len(parts) + 1)])

    def first(self, parts: list[Part], until: float) -> dict[Part, Array]:
        """Return how often each of some parts comes by a day, and before the others: (draws,)."""
        least = np.min([self.days[part] for part in parts], axis=0)
        return {part: ((self.days[part] <= until) & (self.days[part] == least)).mean(axis=1) for part in parts}


def draw_together(
    since: Mapping[Part, Array], starts: Mapping[str, Event], came: Mapping[Part, int], rng: np.random.Generator
) -> Drawn:
    """Draw days of all parts; those that wait follow the days of what they wait for.

    Parameters
    ----------
    came : dict of int
        Of those that have come already, how many days that is from the evening before the first: a number below 1.
    """
    days: dict[Part, Array] = {}
    for part, curve in since.items():
        own = draw_days(curve, rng, TIMES)
        own = np.full_like(own, came[part]) if part in came else own
        waits_for = starts.get(part.timeline)
        days[part] = own if waits_for is None else _find_start(waits_for, days) + own
    return Drawn(days)


def _find_start(event: Event, days: Mapping[Part, Array]) -> Array:
    """Return when an event that lasts has come: (draws, times)."""
    if isinstance(event, Part):
        return days[event]
    assert isinstance(event, Some)
    return np.sort([_find_start(item, days) for item in event.of], axis=0)[event.least - 1]
