"""Timelines that hang on others: when they come, and what is asked of parts that hang together.

Given a draw, how long a timeline takes once its clock has started depends on nothing else: its day is a sum of two.
One that listens is carried as if what it listens to came on each of some days; between these days curves are
interpolated, and then averaged over the day. Where a question names parts that hang together, days are drawn for each
draw, and the error of that is told.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from forecast.answer.carried import Carried
from forecast.answer.events import evaluate
from forecast.multistate import Array, come_after, draw_days
from forecast.scenario import Ensemble, Event, First, InOrder, Part, Some, Total, hang_together

TIMES = 25  # days that are drawn for each posterior draw
NODES, NODES_OF_ALL, NODES_LEAST = 40, 400, 12  # days on which what is heard is tried: of one timeline, of all, least
NODES_MOST = 160  # beyond so many no more are tried
OFF_MOST = 0.001  # of P, that trying so few days may make


class Carries(Protocol):
    """What carries a part to each date; `come_on` if what it listens to comes on each of some days."""

    def __call__(self, part: Part) -> Carried: ...  # noqa: D102
    def is_over(self, name: str) -> bool: ...  # noqa: D102
    def come_on(self, part: Part, days: Sequence[datetime.date | None]) -> Iterator[Carried]: ...  # noqa: D102


def shorten_event(event: Event, starts: Mapping[str, Event]) -> Event:
    """Leave out of an event what another part of it waits for, where the one cannot come without the other.

    Examples
    --------
    >>> str(shorten_event(InOrder((Part("a"), Part("b"))), {"b": Part("a")}))
    'b'
    """
    if isinstance(event, InOrder):
        kept = list(event.of)
        while len(kept) > 1 and starts.get(kept[1].timeline) == kept[0]:  # nothing stands before it
            del kept[0]
        return kept[0] if len(kept) == 1 else replace(event, of=tuple(kept))
    if not isinstance(event, Some):
        return event
    of = tuple(shorten_event(item, starts) for item in event.of)
    if event.most is None and event.least == len(of):
        implied = [starts.get(item.timeline) for item in of if isinstance(item, Part)]
        of = tuple(item for item in of if item not in implied)
        return of[0] if len(of) == 1 else Some(len(of), None, of)
    return replace(event, of=of)


def come_in_turn(
    ensemble: Ensemble, needed: Sequence[Part], carry: Carries, dates: Sequence[datetime.date], rng: np.random.Generator
) -> tuple[dict[Part, Carried], Drawn | None]:
    """Return each part by each date, and days drawn for all where some hang together.

    Parameters
    ----------
    needed : sequence of Part
        Those that wait for others last.
    dates : sequence of date
        All days of the window, after the evening before it, where any part hangs on another.
    """
    links = ensemble.links
    found: dict[Part, Carried] = {}
    days: dict[Part, Array] = {}
    draws_days = hang_together(ensemble.named, ensemble.waits)
    count = max(NODES_LEAST, min(NODES, NODES_OF_ALL // max(1, sum(part.timeline in links for part in needed))))
    for part in needed:
        waits_for, own = ensemble.waits.get(part.timeline), None
        by = {other: each.by for other, each in found.items()}
        if waits_for is None:
            found[part] = carry(part)
            if draws_days:
                own = draw_days(found[part].by, rng, TIMES)
        elif any(link.enters(part.stage) for link in links.get(part.timeline, ())):
            alone = carry(part)  # as it is until then
            heard_by = 0.0 if carry.is_over(part.timeline) else evaluate(waits_for, by)
            found[part] = replace(alone, by=1 - (1 - alone.by) * (1 - heard_by))
            if draws_days:
                heard_on = np.inf if carry.is_over(part.timeline) else _find_start(waits_for, days)
                own = np.minimum(draw_days(alone.by, rng, TIMES), heard_on)
        elif part.timeline in links:
            heard = _Heard(evaluate(waits_for, by), _find_start(waits_for, days) if draws_days else None, count)
            found[part], own = heard.listen(part, carry, dates, rng)
        else:
            since = carry(part)
            found[part] = replace(since, by=come_after(evaluate(waits_for, by), since.by))
            own = _find_start(waits_for, days) + draw_days(since.by, rng, TIMES) if draws_days else None
        if own is not None:
            came = found[part].came
            days[part] = own if came is None else np.full_like(own, (came - dates[0]).days)
    return found, Drawn(days) if draws_days else None


class _Heard:
    """What a timeline listens to: how likely it has come by each day, and days drawn of it, if any are.

    Parameters
    ----------
    by : (draws, days + 1)
    days : (draws, times) or None
    count : int
        On about how many days it is tried, to begin with.
    """

    def __init__(self, by: Array, days: Array | None, count: int) -> None:
        self.by, self.days, self.count = by, days, count

    def listen(
        self, part: Part, carry: Carries, dates: Sequence[datetime.date], rng: np.random.Generator
    ) -> tuple[Carried, Array | None]:
        """Return a part that listens by each date, averaged over the day of what it hears; and its days.

        It is tried on twice as many days as long as that moves P.
        """
        while True:
            self.nodes = self._choose_nodes()
            carried, days, off = self._listen(part, carry, dates, rng)
            if off < OFF_MOST or len(self.nodes) > NODES_MOST or len(self.nodes) == self.by.shape[-1] - 1:
                return replace(carried, off=off), days
            self.count *= 2

    def _choose_nodes(self) -> Array:
        """Choose days, the more of them where it is likely to come, and every one that holds much of that."""
        last = self.by.shape[-1] - 1
        by = self.by.mean(axis=0)
        came = np.diff(by)
        even = np.linspace(min(1, last), last, min(self.count // 2 + 1, last))
        total = by[-1] - by[0]
        shares = by[0] + total * np.linspace(0, 1, self.count // 2 + 1)
        likely = np.searchsorted(by, shares) if total > 0 else np.empty(0)
        days = np.flatnonzero(came > total / self.count)  # a day of much probability has a node on either side
        found = np.unique(np.concatenate([even, likely, days, days + 1]).round().astype(int))
        return found[(found >= min(1, last)) & (found <= last)]

    def _listen(
        self, part: Part, carry: Carries, dates: Sequence[datetime.date], rng: np.random.Generator
    ) -> tuple[Carried, Array | None, float]:
        """Return the same on the days that are chosen, and by how much P would be off on half of them, over three."""
        weights, every_other = self._weigh(self.nodes), self._halve()
        coarse = dict(zip(every_other, self._weigh(self.nodes[every_other]).T, strict=True))
        by, half = np.zeros_like(self.by), np.zeros(len(self.by))
        days, chosen, shares = self._draw_nodes(rng)
        tried = [None if node == self.nodes[-1] else dates[node] for node in self.nodes]
        for node, each in enumerate(carry.come_on(part, tried)):
            by += weights[:, node, None] * each.by
            half += coarse.get(node, 0.0) * each.by[:, -1]
            _fill(days, chosen == node, shares, each.by)
        off = float(abs((by[:, -1] - half).mean())) / 3  # the error falls with the square of the step
        return replace(each, by=by), None if self.days is None else self._keep_order(days, self.nodes[chosen]), off

    def _halve(self) -> list[int]:
        """Return every other node, and the last."""
        last = len(self.nodes) - 1
        return sorted({*range(0, last, 2), last})

    def _weigh(self, nodes: Array) -> Array:
        """Return the weight of each node by linear interpolation between them: (draws, nodes)."""
        middles = np.arange(1, self.by.shape[-1]) - 0.5
        hats = np.stack([np.interp(middles, nodes, row) for row in np.eye(len(nodes))], axis=1)
        weights = np.diff(self.by, axis=-1) @ hats
        weights[:, 0] += self.by[:, 0]  # it may have come before the first day
        weights[:, -1] += 1 - self.by[:, -1]
        return weights

    def _keep_order(self, days: Array, nodes: Array) -> Array:
        """Put days that were drawn around a node around the day that is heard, so that what came before it does."""
        heard, last = self.days, float(self.nodes[-1])
        assert heard is not None
        found = days.copy()
        at = np.isfinite(heard) & np.isfinite(days)
        day, node, own = heard[at], nodes[at], days[at]
        after = day + (own - node) * (last - day) / np.maximum(last - node, 1)
        found[at] = np.where(own <= node, own * day / node, after)
        return found

    def _draw_nodes(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Return days to fill in, and for each a node beside the day that is heard, the nearer one more often, and u.

        All are (draws, times), of no times where none are drawn.
        """
        heard = np.empty((len(self.by), 0)) if self.days is None else self.days
        where = np.interp(heard, self.nodes, np.arange(len(self.nodes)))  # the last one for never
        chosen = np.floor(where + rng.random(where.shape)).astype(int)
        return np.full(heard.shape, np.inf), chosen, rng.random(heard.shape)


def _fill(days: Array, which: Array, shares: Array, by: Array) -> None:
    """Draw those of some days whose shares are told, from curves by draw."""
    grid = np.arange(by.shape[-1], dtype=float)
    for row in np.flatnonzero(which.any(axis=1)):
        at = which[row]
        drawn = np.interp(shares[row, at], by[row], grid)
        days[row, at] = np.where(shares[row, at] > by[row, -1], np.inf, drawn)


def take_noise_out(chances: Array, weight: Array, times: Array) -> Array:
    """Return chances that were told from a few drawn days each, with the spread that they have without that noise.

    The mean stays, and the deviations shrink by as much as the noise widens them.

    Parameters
    ----------
    chances : (draws, ...)
        Shares of so many drawn days.
    weight, times : (draws,)
    """
    share = weight / weight.sum()
    mean = np.tensordot(share, chances, 1)
    spread = np.tensordot(share, (chances - mean) ** 2, 1)
    noise = np.tensordot(share / np.maximum(times - 1, 1), chances * (1 - chances), 1)  # unbiased, of a mean's variance
    kept = np.sqrt(np.clip(1 - np.divide(noise, spread, out=np.ones_like(spread), where=spread > 0), 0, 1))
    return mean + kept * (chances - mean)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Days drawn for parts that hang together, (draws, times) each, from the evening before the first day on.

    Attributes
    ----------
    agrees : (draws, times) of bool or None
        Which of them agree with what is learned; None where nothing is.
    """

    days: Mapping[Part, Array]
    agrees: Array | None = None

    def share(self, those: Array) -> Array:
        """Return the share of some of the drawn among those that agree with what is learned: (draws,)."""
        if self.agrees is None:
            return those.mean(axis=1)
        count = self.agrees.sum(axis=1)
        return np.divide((those & self.agrees).sum(axis=1), count, out=np.zeros(len(those)), where=count > 0)

    @property
    def times(self) -> Array:
        """How many days of each draw agree with what is learned: (draws,)."""
        first = next(iter(self.days.values()))
        return np.full(len(first), TIMES) if self.agrees is None else self.agrees.sum(axis=1)

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
        if isinstance(event, Total):
            every = [self.days[each] <= until for part in event.of for each in event.numbered(part)]
            number = np.sum(every, axis=0)
            return (number >= event.least) & (number < event.highest if event.most is not None else True)
        count = np.sum([self.yes(item, until) for item in event.of], axis=0)
        return (count >= event.least) & (count <= (len(event.of) if event.most is None else event.most))

    def count(self, parts: list[Part], until: float) -> Array:
        """Return how often 0, 1, ... of some parts come by a day: (numbers, draws)."""
        number = np.sum([self.days[part] <= until for part in parts], axis=0)
        return np.stack([self.share(number == each) for each in range(len(parts) + 1)])

    def first(self, parts: list[Part], until: float) -> dict[Part, Array]:
        """Return how often each of some parts comes by a day, and before the others: (draws,)."""
        least = np.min([self.days[part] for part in parts], axis=0)
        return {part: self.share((self.days[part] <= until) & (self.days[part] == least)) for part in parts}


def _find_start(event: Event, days: Mapping[Part, Array]) -> Array:
    """Return when an event that lasts has come: (draws, times)."""
    if isinstance(event, Part):
        return days[event]
    assert isinstance(event, Some)
    return np.sort([_find_start(item, days) for item in event.of], axis=0)[event.least - 1]
