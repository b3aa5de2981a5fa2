"""What a forecast consists of: the event's days and places, the stages, and what silence would mean, by draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.multistate.rates import Array, State

VALUES = 1_000_000  # draws times days at a time where a mean needs each draw's incidence


@dataclass(frozen=True, eq=False)
class Curves:
    """What a forecast consists of. Each draw counts by its `weight`: what it gave to what is learned, 1 if nothing is.

    Attributes
    ----------
    alive : (draws, days + 1)
        Probability of what is learned and that no event has happened up to the end of each day, `as_of` first.
    apart : tuple of (draws, classes - 1, days of the segment)
        Probability of what is learned and that the first event falls on each day and is of a class, by segment, but for
        the first class: what is left is its own.
    stages : (draws, days, stages), or summed over some draws a row
        Probability of what is learned and of being in each stage, with no event yet, at the end of each day.
    initial : (draws, states)
        Probability that each draw gave to the quiet days before the first one and to each state after them.
    landed : (draws, environments, states)
        Probability of what is learned and of each environment and state once all of it is.
    held : (environments, days learned)
        Probability of what is learned and of each environment on those days, summed over draws.
    states : tuple of (copy, stage)
    shares : tuple of (classes, itineraries, draws)
        By segment: how the events of each class split over itineraries. A plan makes a class, and so does a condition
        that does not act on all itineraries alike.
    days : (segments,) of int
    silent, silent_ahead : (draws, days + 1) or None
        Probability that nothing is announced up to the end of each day, `as_of` first, and of that and the event in
        the window thereafter.
    """

    alive: Array
    apart: tuple[Array, ...]
    stages: Array
    initial: Array
    landed: Array
    held: Array
    states: tuple[State, ...]
    shares: tuple[Array, ...]
    days: Array
    silent: Array | None = None
    silent_ahead: Array | None = None

    @cached_property
    def weight(self) -> Array:
        """Probability that each draw gives to what is learned: (draws,)."""
        return self.landed.sum(axis=(1, 2))

    @property
    def chance_learned(self) -> float:
        """Probability of what is learned of the days ahead, once the quiet ones before them are known."""
        return min(1.0, float(self.weight.sum() / self.initial.sum()))  # sums are rounded

    def chance_held(self, *stages: int) -> float:
        """Return the probability that this episode was in one of some stages before the first day."""
        here = [self.states.index((0, stage)) for stage in stages if (0, stage) in self.states]
        return float(self.initial[:, here].sum() / self.initial.sum())

    @property
    def occupancy(self) -> Array:
        """Probability of each stage, (days, stages, draws).

        Raises
        ------
        ValueError
            If the stages were kept as sums over draws; `forecast_curves` keeps them by draw if asked to.
        """
        if len(self.stages) != len(self.landed):
            message = "expected stages by draw; found their sums. Use mean_occupancy, or Result.occupancy"
            raise ValueError(message)
        return self.stages.transpose(1, 2, 0)

    @property
    def any_incidence(self) -> Array:
        """Probability that the event falls on each day, by any itinerary: (draws, days)."""
        return self.alive[:, :-1] - self.alive[:, 1:]

    @property
    def any_cumulative(self) -> Array:
        """Probability that the event has happened by the end of each day, by any itinerary: (draws, days)."""
        return self.alive[:, :1] - self.alive[:, 1:]

    @property
    def incidence(self) -> Array:
        """Probability that the event falls on each day, by itinerary: (days, itineraries, draws)."""
        return np.concatenate([self._split_days(segment, days) for segment, days in self._spans()])

    def incidence_by(self, itinerary: int) -> Array:
        """Return the same for one itinerary: (days, draws)."""
        one = slice(itinerary, itinerary + 1)
        return np.concatenate([self._split_days(segment, days, one)[:, 0] for segment, days in self._spans()])

    def incidence_at(self, draw: Array, day: Array) -> Array:
        """Return the same of some draws, each on a day of its own: (some, itineraries)."""
        found = np.empty((len(day), self.shares[0].shape[1]))
        for segment, days in self._spans():
            here = (days.start <= day) & (day < days.stop)
            those, on = draw[here], day[here]
            apart = self.apart[segment][those, :, on - days.start]
            first = self.alive[those, on] - self.alive[those, on + 1] - apart.sum(axis=1)
            by_class = np.concatenate([first[:, None], apart], axis=1)
            found[here] = np.einsum("sc,cis->si", by_class, self.shares[segment][..., those])
        return found

    def mean_incidence(self) -> Array:
        """Return the weighted mean of `incidence` over draws, (days, itineraries), without making it by draw."""
        parts = []
        for segment, days in self._spans(max(1, VALUES // len(self.alive))):
            by_class = zip(self._incidence(segment, days), self.shares[segment], strict=True)
            parts.append(sum(found.T @ shares.T for found, shares in by_class))
        return np.concatenate(parts) / self.weight.sum()

    def mean_occupancy(self) -> Array:
        """Return the weighted mean of `occupancy` over draws, (days, stages)."""
        return self.stages.sum(axis=0) / self.weight.sum()

    def total(self, first: int = 0) -> Array:
        """Return the probability of the event from the day numbered `first` on: (itineraries, draws)."""
        total = np.zeros(self.shares[0].shape[1:])
        for segment, days in self._spans():
            if days.stop > first:
                start = max(days.start, first)
                apart = self.apart[segment][..., start - days.start :].sum(axis=2).T
                happened = self.alive[:, start] - self.alive[:, days.stop]
                total += (happened - apart.sum(axis=0)) * self.shares[segment][0]
                for found, shares in zip(apart, self.shares[segment][1:], strict=True):
                    total += found * shares
        return total

    def group(self, members: Array) -> Curves:
        """Return the same with itineraries summed into groups: `members` (groups, itineraries) of 0 and 1."""
        return replace(self, shares=tuple(members @ shares for shares in self.shares))

    def _spans(self, most: int | None = None) -> Iterator[tuple[int, slice]]:
        """Yield each segment and its days, at most so many at a time."""
        for segment, (end, length) in enumerate(zip(np.cumsum(self.days), self.days, strict=True)):
            for start in range(end - length, end, most or length):
                yield segment, slice(start, min(start + (most or length), end))

    def _incidence(self, segment: int, days: slice) -> list[Array]:
        """Return the probability of an event of each class on days of one segment: (draws, days) each."""
        first = int(self.days[:segment].sum())
        apart = self.apart[segment][..., days.start - first : days.stop - first].swapaxes(0, 1)
        happened = self.alive[:, days] - self.alive[:, days.start + 1 : days.stop + 1]
        return [happened - apart.sum(axis=0), *apart]

    def _split_days(self, segment: int, days: slice, some: slice = slice(None)) -> Array:
        """Split the incidence of days of one segment over some itineraries: (days, itineraries, draws)."""
        by_class = zip(self._incidence(segment, days), self.shares[segment], strict=True)
        return sum(found.T[:, None] * shares[some] for found, shares in by_class)
