r"""Conditions beside the stages: a chain of its own, whose state modulates the rates.

Each state of the chain is an environment with `Rates` of its own (a Markov-modulated process; Fischer &
Meier-Hellstern 1993, doi:10.1016/0166-5316(93)90035-S). A question without such conditions has one environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.multistate.aims import Aim
from forecast.multistate.rates import Array, Rates


@dataclass(frozen=True, eq=False)
class Switching:
    """Rates in each environment, and how one follows another.

    Attributes
    ----------
    rates : tuple of Rates
        By environment, over the same segments.
    start : int
        Environment at the beginning of the first segment.
    switch : (environments, environments, draws)
        Rates per day from one to another; 0 on the diagonal.
    free : (segments, environments, environments)
        1 where a change may come by itself.
    at_risk : (segments, environments, environments)
        1 where a change counts against staying: where it may come, and where it is learned that it did not.
    put : (segments, environments) of int
        What each becomes at a segment's end, where that is settled; itself elsewhere.
    before, after : (segments, environments)
        0 where an environment at a segment's beginning, or end, disagrees with what is learned.
    aim : Aim, optional
        What is looked for; the first event if not given.
    """

    rates: tuple[Rates, ...]
    start: int
    switch: Array
    free: Array
    at_risk: Array
    put: Array
    before: Array
    after: Array
    aim: Aim | None = None

    @classmethod
    def still(cls, rates: Rates, segments: int) -> Switching:
        """Return one environment that stays."""
        ones = np.ones((segments, 1))
        none = np.zeros((segments, 1, 1))
        return cls((rates,), 0, np.zeros((1, 1, rates.draws)), none, none, np.zeros((segments, 1), int), ones, ones)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.switch.shape[-1]

    def generator(self, segment: int) -> Array:
        """Return the generator of the environments alone, (draws, environments, environments)."""
        rate = self.switch.transpose(2, 0, 1)
        generator = rate * self.free[segment]
        np.einsum("dee->de", generator)[...] -= (rate * self.at_risk[segment]).sum(axis=2)
        return generator

    def take(self, which: slice | Array) -> Switching:
        """Return the same of some of the draws."""
        return replace(self, rates=tuple(rates.take(which) for rates in self.rates), switch=self.switch[..., which])

    @property
    def sought(self) -> Aim:
        """What is looked for."""
        segments, itineraries, _ = self.rates[0].weight.shape
        return self.aim or Aim.first(segments, itineraries, len(self.rates[0].event))

    def ending(self, name: str) -> list[Array]:
        """Return weights or plans of events that end the walk, by environment: (segments, itineraries, draws)."""
        parts = [getattr(rates, name) for rates in self.rates]
        return parts if self.aim is None else [self.aim.ends[..., None] * part for part in parts]


@dataclass(frozen=True, eq=False)
class EventClasses:
    """Which events are counted apart, because their places differ: ordinary ones and planned ones, by environment.

    Ordinary events of the first environment are those that nothing counts; the others are classes from 0 on.

    Attributes
    ----------
    ordinary, planned : (environments,) of int
        Class of such events, -1 for the one that nothing counts.
    shut : int
        Class of what is learned not to happen, which no itinerary has a share of; -1 where there is none.
    present : (segments, classes) of bool
    shares : tuple of (1 + classes that are present, itineraries, draws)
        By segment: how the events of each split over itineraries, those that nothing counts first.
    """

    ordinary: Array
    planned: Array
    present: Array
    shares: tuple[Array, ...]
    shut: int = -1


def tell_apart(switching: Switching) -> EventClasses:
    """Find the classes of events. Environments in which events split alike share theirs."""
    weights, plans = switching.ending("weight"), switching.ending("plan")
    has_plan = np.any([plan.any(axis=(1, 2)) for plan in plans], axis=0)
    weights, plans = _split(weights), _split(plans)
    kinds = len(weights)
    is_shut = switching.sought.shut.any(axis=(1, 2))
    alike = all(_is_alike(shares) for shares in (weights, plans))
    planned = np.zeros(kinds, int) if alike else np.arange(kinds)
    ordinary = np.full(kinds, -1) if alike else np.r_[-1, kinds + np.arange(kinds - 1)]
    present = np.zeros((len(has_plan), 1 if alike else 2 * kinds - 1), bool)
    present[:, planned] = has_plan[:, None]
    present[:, ordinary[1:] if not alike else []] = True
    by_class = [plans[0]] if alike else [*plans, *weights[1:]]
    shut = -1
    if is_shut.any():
        shut = present.shape[1]
        present = np.column_stack([present, is_shut])
        by_class = [*by_class, np.zeros_like(plans[0])]
    shares = tuple(
        np.stack([weights[0][segment], *(by_class[index][segment] for index in np.flatnonzero(some))])
        for segment, some in enumerate(present)
    )
    return EventClasses(ordinary, planned, present, shares, shut)


def _split(parts: Sequence[Array]) -> list[Array]:
    """Scale each of (segments, itineraries, draws) to sum to one over itineraries; all zero stays zero."""
    totals = [part.sum(axis=1, keepdims=True) for part in parts]
    return [
        np.divide(part, total, out=np.zeros_like(part), where=total > 0)
        for part, total in zip(parts, totals, strict=True)
    ]


def _is_alike(shares: list[Array]) -> bool:
    """Tell whether events split over itineraries in every environment as in the first, but for rounding."""
    return all(np.allclose(each, shares[0], rtol=1e-12, atol=1e-14) for each in shares[1:])
