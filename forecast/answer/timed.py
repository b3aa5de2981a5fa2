"""When the answer is yes: by which days, in which window, and what is left of it as time passes.

Receives the curves of a result, whose base this is.
"""

from __future__ import annotations

import datetime
from functools import cached_property

import numpy as np

from forecast.answer.ahead import Ahead
from forecast.answer.beyond import chance_until, find_day_beyond
from forecast.answer.decay import Decay, find_decay
from forecast.answer.summaries import Estimate, estimate, shortest_window, stays_below
from forecast.errors import InputError, Problem, check_choice, check_day, check_number
from forecast.inference import Posterior
from forecast.model import Timeline
from forecast.multistate import Array, Curves
from forecast.scenario import Scenario


class Timed:
    """The days of an answer: the base of `Result`."""

    scenario: Scenario
    timeline: Timeline
    fit: Posterior
    ahead: Ahead

    @cached_property
    def days(self) -> list[datetime.date]:
        """Each day after `as_of` to the window's end; the curves run along it."""
        count = int(self.timeline.ahead.days.sum())
        return [self.scenario.as_of + datetime.timedelta(days=step + 1) for step in range(count)]

    @property
    def has_day(self) -> bool:
        """Tell whether a yes comes on some day and stays, as a third event does, but not a stage in force."""
        return self.timeline.asked.has_day

    @property
    def leaves_stages(self) -> bool:
        """Tell whether a yes takes paths out of the stages, so that these tell the chance of each with no yet."""
        return self.timeline.asked.leaves_stages

    @property
    def has_places(self) -> bool:
        """Tell whether the answer is split over places."""
        return self.timeline.asked.is_split

    @cached_property
    def curves(self) -> Curves:
        """Incidence by place and day, occupancy by stage and day, by draw."""
        assert self.ahead.curves is not None
        return self.ahead.curves.group(self.timeline.asked.members)

    @cached_property
    def incidence(self) -> Array:
        """Mean probability that a yes falls on each day, by place: (places, days); see `has_day`."""
        return self.curves.mean_incidence().T

    @cached_property
    def decay(self) -> Decay | None:
        """P for the rest of the window if nothing happens, and if nothing is even announced, up to each day.

        None for questions about numbers of events, for a stage in force, and where a stage is learned to be entered by
        a day, or not to be.
        """
        curves = self.curves
        return None if curves.silent is None else find_decay(curves, self.timeline.first_day)

    def by(self, day: datetime.date | str) -> Estimate:
        """Return the probability of a yes from the window's first day to `day`, a date or ``2025-05-05``.

        Where a yes does not stay (see `has_day`), it is that of a yes if the window ended on that day.

        Raises
        ------
        InputError
            If `day` is not one of the window's days.
        """
        asked = check_day("day", day, self.scenario.window.start, self.scenario.window.until)
        alive, end = self.curves.alive, (asked - self.scenario.as_of).days
        return estimate(alive[:, self.timeline.first_day] - alive[:, end], self.curves.weight)

    @property
    def median_day(self) -> datetime.date | None:
        """Day by which the event, if it falls into the window, is as likely as not to have happened.

        None if P is 0, or a yes has no day.
        """
        if not self.has_day:
            return None
        cif = self._cumulated()
        if cif[-1] <= 0:
            return None
        return self.days[self.timeline.first_day + int(np.searchsorted(cif, cif[-1] / 2))]

    def quantile(self, share: float, *, beyond: bool = False) -> datetime.date | None:
        """Return the first day by whose end the event has happened in the window with a probability of `share`.

        Parameters
        ----------
        beyond : bool
            Look for it beyond the window, too, as if that went on; None where that takes more than a hundred years.
            Without it, None where it takes longer than the window.

        Raises
        ------
        InputError
            If `share` is not between 0 and 1, or a yes has no day.
        """
        check_number("share", share, lambda share: 0 < share < 1, "a number between 0 and 1")
        self._refuse_without_day("a quantile of its day")
        reached = self._cumulated() >= share
        if reached.any():
            return self.days[self.timeline.first_day + int(np.argmax(reached))]
        if not beyond:
            return None
        return find_day_beyond(share, self.scenario.as_of, self.scenario.window.until, self._chance_until)

    def window(self, mass: float = 0.8) -> tuple[datetime.date, datetime.date]:
        """Return the shortest run of days that holds `mass` of the event's timing within the question's window.

        Raises
        ------
        InputError
            If `mass` is not between 0 and 1, or a yes has no day.
        """
        check_number("mass", mass, lambda mass: 0 < mass <= 1, "a mass above 0 and up to 1")
        self._refuse_without_day("a window of its days")
        start, end = shortest_window(self.incidence.sum(axis=0)[self.timeline.first_day :], mass)
        return self.days[self.timeline.first_day + start], self.days[self.timeline.first_day + end]

    def falls_below(self, curve: str, level: float = 0.1) -> datetime.date:
        """Return the first day from whose end on a curve of `decay` stays below `level`.

        It is the window's last day, on which nothing is left, where it is no other. (Silence may raise what is left:
        it tells that the episode is not over.)

        Parameters
        ----------
        curve : str
            ``no_event`` or ``silence``.
        level : float
            Between 0 and 1.

        Raises
        ------
        InputError
            If there is no such curve, or the level is no probability.
        """
        if self.decay is None:
            _refuse("falls_below", "an answer that decays", f"one whose question is: {self.scenario.question.asks}")
        check_choice("curve", curve, vars(self.decay), "curve")
        check_number("level", level, lambda level: 0 < level < 1, "a number between 0 and 1")
        first = stays_below(getattr(self.decay, curve).mean, level)
        return self.scenario.as_of + datetime.timedelta(days=len(self.days) if first is None else first)

    def _chance_until(self, day: datetime.date) -> float:
        return chance_until(self.scenario, self.fit, day)

    def _cumulated(self) -> Array:
        """Return P from the window's first day to each: (days of the window,)."""
        return np.cumsum(self.incidence.sum(axis=0)[self.timeline.first_day :])

    def _refuse_without_day(self, what: str) -> None:
        if not self.has_day:
            asks = self.scenario.question.asks
            _refuse("question.asks", f"a question whose yes comes on a day and stays, for {what}", str(asks))


def _refuse(key: str, expected: str, found: str) -> None:
    raise InputError([Problem((key,), f"expected {expected}; found {found}")])
