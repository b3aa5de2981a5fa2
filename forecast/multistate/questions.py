"""Questions that are not about the next event alone: how many there are, what is in force, what is learned by a day.

Each is answered by a few walks, put together draw by draw. Receives a function that walks, hands on `Curves` in which
``alive`` is the chance that the answer is not, or not yet, yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Protocol

import numpy as np

from forecast.multistate.aims import Aim, sum_by_factors
from forecast.multistate.curves import Curves
from forecast.multistate.rates import Array
from forecast.multistate.supposed import Supposed


class Walker(Protocol):
    """Carries draws through the days ahead."""

    @property
    def by_day(self) -> bool:
        """Tell whether a step is a day, or a segment."""

    def __call__(self, aim: Aim, supposed: Supposed, *, by_draw: bool = False, is_silent: bool = False) -> Curves:
        """Return what comes of an aim; with the stages by draw, or with what silence promises as well."""


@dataclass(frozen=True, eq=False)
class Reached:
    """That a stage is entered by the end of a segment, or is not.

    Attributes
    ----------
    parts : tuple of int
        The stage, or the parts that it has.
    segments : int
        How many there are up to that day.
    leaving : tuple of int or None
        The parts from which the step comes; any if not given.
    """

    parts: tuple[int, ...]
    segments: int
    happens: bool
    leaving: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class Goal:
    """What a yes is.

    Attributes
    ----------
    aim : Aim
    least : int
        Number of events from which on it is one.
    most : int or None
        The largest one for which it is.
    in_force : int
        Stage that must hold at the end, or -1 where events are asked about.
    learned : tuple of Reached
        What is learned by a day.
    """

    aim: Aim
    least: int = 1
    most: int | None = None
    in_force: int = -1
    learned: tuple[Reached, ...] = ()

    @property
    def counts(self) -> bool:
        """Tell whether events must be counted."""
        return self.in_force < 0 and (self.least, self.most) != (1, None)


def seek(walk: Walker, goal: Goal, supposed: Supposed, first: int) -> Curves:
    """Return how probable a yes is, by draw and step.

    That a stage is entered by a day is all that there is without the paths on which it is not.

    Parameters
    ----------
    first : int
        Number of the window's first step.
    """
    not_by = [item for item in goal.learned if not item.happens]
    by = [item for item in goal.learned if item.happens]
    terms = [
        ((-1.0) ** size, _seek_without(walk, goal, supposed, first, [*not_by, *some]))
        for size in range(len(by) + 1)
        for some in combinations(by, size)
    ]
    return terms[0][1] if len(terms) == 1 else _add(terms)


def _seek_without(walk: Walker, goal: Goal, supposed: Supposed, first: int, shut: Sequence[Reached]) -> Curves:
    """Return the same on paths that do not enter some stages by some days."""
    aim = _shut(goal.aim, shut)
    if goal.in_force >= 0:
        known = max([supposed.learned, *(item.segments for item in shut)])
        curves = walk(aim, replace(supposed, learned=known), by_draw=True)
        return _answer(curves, curves.stages[:, :, goal.in_force], first)
    if goal.counts:
        assert not shut  # the checks see to that
        numbers = np.arange(goal.least if goal.most is None else goal.most + 1)
        some = sum_by_factors(
            lambda factor: walk(aim.weigh(factor, supposed.learned), supposed).alive,
            numbers < goal.least if goal.most is None else numbers >= goal.least,
        )
        curves = walk(aim.weigh(1.0, supposed.learned), supposed)
        yes = curves.weight[:, None] - some if goal.most is None else some
        return _answer(curves, yes[:, 1:], first)
    if not shut:
        curves = walk(aim, supposed, is_silent=True)
    else:
        curves = _leave_out(walk, aim, supposed, walk(aim, supposed), max(item.segments for item in shut))
    opens = int(curves.days[: _find_opening(aim)].sum())
    curves.alive[:, : opens + 1] = curves.weight[:, None]  # rounded sums would tell of a little before
    return _undivided(curves) if (aim.reached >= 0).any() else curves


def _find_opening(aim: Aim) -> int:
    """Return the number of the first segment on which a yes may come."""
    may = aim.ends.any(axis=1) | (aim.reached >= 0)
    return int(np.argmax(may)) if may.any() else len(may)


def _shut(aim: Aim, learned: Sequence[Reached]) -> Aim:
    shut = aim.shut.copy()
    for item in learned:
        leaving = range(shut.shape[1]) if item.leaving is None else item.leaving
        shut[np.ix_(range(item.segments), leaving, item.parts)] = True
    return replace(aim, shut=shut)


def _answer(curves: Curves, yes: Array, first: int) -> Curves:
    """Return curves of an answer that may be yes on one day and no on the next.

    Parameters
    ----------
    yes : (draws, steps)
        Probability of what is learned and of a yes, were the window to end so.
    """
    alive = np.repeat(curves.weight[:, None], yes.shape[1] + 1, axis=1)
    alive[:, first + 1 :] -= yes[:, first:]
    return _undivided(replace(curves, alive=alive))


def _undivided(curves: Curves) -> Curves:
    """Return curves of an answer that has no itineraries."""
    draws = len(curves.alive)
    apart = tuple(np.zeros((draws, 0, int(steps))) for steps in curves.days)
    return replace(curves, apart=apart, shares=(np.ones((1, 1, draws)),) * len(curves.days))


def _leave_out(walk: Walker, aim: Aim, supposed: Supposed, curves: Curves, segments: int) -> Curves:
    """Take out of curves the paths that enter what is shut, which are a class of events without a share."""
    lost = np.zeros(curves.alive.shape)
    apart, shares = list(curves.apart), list(curves.shares)
    for segment, end in enumerate(np.cumsum(curves.days).tolist()):
        if aim.shut[segment].any():
            lost[:, end - int(curves.days[segment]) + 1 : end + 1] = apart[segment][:, -1]
            apart[segment], shares[segment] = apart[segment][:, :-1], shares[segment][:-1]
    lost = np.cumsum(lost, axis=1)
    weight = curves.weight - lost[:, -1]
    landed = np.zeros_like(curves.landed)
    landed[:, 0, 0] = weight
    found = replace(curves, apart=tuple(apart), shares=tuple(shares), landed=landed)
    if walk.by_day:  # what is learned on the last of those days speaks on the days before
        known = walk(aim.pass_through(segments), replace(supposed, learned=max(supposed.learned, segments)))
        landed[:, :, 0] = known.landed.sum(axis=2)
        found = replace(found, stages=known.stages, held=known.held)
    return replace(found, alive=weight[:, None] - (curves.alive[:, :1] - curves.alive) + lost)


def _add(terms: Sequence[tuple[float, Curves]]) -> Curves:
    """Return the sum of curves over the same segments, each with a sign."""
    signs = np.array([sign for sign, _ in terms])

    def add(parts: Sequence[Array]) -> Array:
        return np.tensordot(signs, np.stack(parts), 1)

    def over(name: str) -> Array:
        return add([getattr(curves, name) for _, curves in terms])

    first = terms[0][1]
    days = max(curves.held.shape[1] for _, curves in terms)
    held = add([np.pad(curves.held, ((0, 0), (0, days - curves.held.shape[1]))) for _, curves in terms])
    return replace(
        first,
        alive=over("alive"),
        apart=tuple(map(add, zip(*(curves.apart for _, curves in terms), strict=True))),
        stages=over("stages"),
        landed=over("landed"),
        held=held,
        silent=None,
        silent_ahead=None,
    )
