"""Segments: runs of days in which nothing changes, and which covariates and plans hold on them.

Day d is the interval (d - 1, d]: a condition from day f to day u holds on (f - 1, u].
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from forecast.model.fading import Fading
from forecast.model.indices import Indices
from forecast.model.plans import Plan
from forecast.multistate import Array
from forecast.scenario import EVENT, CovariateEntry, EventEntry, Known, find_end, find_end_of_force, is_open

NEVER = np.iinfo(np.int64).max
PIECES_OF_HALF_LIFE = 100  # of a half-life, in which all days of a stage that ages weigh the same
PIECES = 31  # of a plan's window, on each of which its hazard stays the same: single days, but for windows over a month


@dataclass(frozen=True, eq=False)
class Segments:
    """Runs of days in which nothing changes.

    Attributes
    ----------
    start, end : (segments,) of int
        Day numbers (`datetime.date.toordinal`) of the interval (start, end].
    event_covariates : (segments, itineraries, ratios)
        1 where a covariate acts on an itinerary's event rate.
    stage_covariates : (segments, stages, ratios)
        1 where a covariate acts on steps into a stage.
    in_window : (segments, plans)
        1 where a plan's window is open.
    late : (segments, plans)
        1 where a plan's days are over, and it may still come true.
    pending : (segments, kinds)
        How many plans of each kind are still to come.
    public_since : (segments, itineraries, ratios) of int
        Number of the day on which it was public that a covariate acts there; `NEVER` where none does.
    season : (segments,) of int
        Of the calendar year, from 0 for the record's first; 0 for all where years are not told apart.
    """

    start: Array
    end: Array
    event_covariates: Array
    stage_covariates: Array
    in_window: Array
    late: Array
    pending: Array
    public_since: Array
    season: Array

    @property
    def days(self) -> Array:
        """Length of each segment in days."""
        return self.end - self.start

    def take(self, which: slice | Array) -> Segments:
        """Return some of the segments."""
        return Segments(*(values[which] for values in vars(self).values()))

    def join(self, later: Segments) -> Segments:
        """Return these and later segments."""
        pairs = zip(vars(self).values(), vars(later).values(), strict=True)
        return Segments(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, eq=False)
class PlannedDays:
    """Each segment with each plan that may come true on it.

    Attributes
    ----------
    segment, plan : (pairs,) of int
    covariates : (pairs, itineraries, ratios)
        1 where a covariate acts that was not public yet when the plan was made. What was public is part of the chance
        that such a plan is kept.
    """

    segment: Array
    plan: Array
    covariates: Array


@dataclass(frozen=True, eq=False)
class OpenWindows(PlannedDays):
    """Each segment with each plan whose window is open on it.

    Attributes
    ----------
    days : (pairs,)
        Length of the segment.
    taken, left : (pairs,)
        Shares of the plan's window that the segment takes, and that follow it.
    """

    days: Array
    taken: Array
    left: Array


def open_windows(segments: Segments, plans: tuple[Plan, ...]) -> OpenWindows:
    """List which windows are open when; a step without exposure is one on a whole day of the window."""
    segment, plan, covariates = _list_pairs(segments, plans, segments.in_window)
    until, length = (np.array([getattr(plans[i], name) for i in plan], float) for name in ("until", "days"))
    first = np.minimum(segments.start[segment], until - 1)
    last = np.maximum(segments.end[segment], first + 1)
    return OpenWindows(segment, plan, covariates, last - first, (last - first) / length, (until - last) / length)


def late_plans(segments: Segments, plans: tuple[Plan, ...]) -> PlannedDays:
    """List which plans may come true when though their days are over."""
    return PlannedDays(*_list_pairs(segments, plans, segments.late))


def _list_pairs(segments: Segments, plans: tuple[Plan, ...], where: Array) -> tuple[Array, Array, Array]:
    segment, plan = np.nonzero(where)
    made = np.array([plans[i].made for i in plan], int).reshape(-1, 1, 1)
    return segment, plan, segments.event_covariates[segment] * (segments.public_since[segment] > made)


def cut_days(known: Known, plans: tuple[Plan, ...]) -> set[int]:
    """List the days after which a covariate, a plan or the window itself may change."""
    days = {known.window.start.toordinal() - 1}
    for entry in known.covariates:
        days |= {entry.start.toordinal() - 1} if entry.start else set()
        days |= {entry.until.toordinal()} if entry.until else set()
    for plan in plans:
        days |= {plan.made, plan.start, plan.until}
    for _, step, _ in known.steps:  # the day of an event that was planned has a hazard of its own
        if isinstance(step, EventEntry):
            day = step.day.toordinal()
            days |= {day - 1} if any(plan.start < day <= plan.until for plan in plans) else set()
    return days


def days_of_seasons(seasons: Sequence[int], until: datetime.date) -> set[int]:
    """List the last days of years, up to that of `until`; none where years are not told apart."""
    return {datetime.date(year, 12, 31).toordinal() for year in range(seasons[0], until.year + 1)} if seasons else set()


def days_of_ageing(start: int, end: int, fading: Fading) -> set[int]:
    """List the days after which a stage that ages is looked at anew on (start, end].

    The last day has a hazard of its own, because what ended the stay came on it; where the record fades, so has each
    short time, so that one weight serves all of it.
    """
    if fading.half_life is None:
        return {end - 1}
    return {end - 1, *range(start, end, max(1, int(fading.half_life / PIECES_OF_HALF_LIFE)))}


def days_of_windows(plans: tuple[Plan, ...]) -> set[int]:
    """List the days after which a plan's hazard changes: each of its window, or the ends of `PIECES` of a long one."""
    days: set[int] = set()
    for plan in plans:
        pieces = range(plan.days + 1) if plan.days <= PIECES else np.linspace(0, plan.days, PIECES + 1)
        days.update(plan.start + round(piece) for piece in pieces)
    return days


@dataclass(frozen=True)
class _Span:
    """A covariate that acts on (first, last], and the day on which that was public."""

    entry: CovariateEntry
    first: int
    last: float
    public: int


class SegmentBuilder:
    """Tells for any interval of days which covariates and plans hold on it, and of which year it is."""

    def __init__(
        self, known: Known, structure: Indices, plans: tuple[Plan, ...], voids: list[int], seasons: Sequence[int] = ()
    ) -> None:
        self.structure = structure
        self.seasons = seasons
        self.plans = plans
        self.void_from = [find_end_of_force(plan, voids=voids, plans=plans) for plan in plans]
        self.spans = [
            _Span(entry, entry.start.toordinal() - 1, end.toordinal() if end else inf, public.toordinal())
            for _, entry, public in known.dated_covariates
            if entry.start is not None
            for end in [find_end(entry, known.covariates)]
        ]

    def build(self, bounds: list[tuple[int, int]], *, without: Collection[str] = ()) -> Segments:
        """Describe the intervals (start, end] of day numbers, perhaps without some conditions that entries open."""
        structure = self.structure
        count = len(bounds)
        on_event = np.zeros((count, len(structure.itineraries), len(structure.ratios)))
        on_steps = np.zeros((count, len(structure.stages), len(structure.ratios)))
        since = np.full(on_event.shape, NEVER)
        in_window, late = np.zeros((2, count, len(self.plans)))
        pending = np.zeros((count, len(structure.kinds)))
        spans = [span for span in self.spans if span.entry.covariate not in without or not is_open(span.entry)]
        for row, (start, end) in enumerate(bounds):
            for span in spans:
                if span.first <= start and end <= span.last:
                    self._switch_on(span, on_event[row], on_steps[row], since[row])
            for index, plan in enumerate(self.plans):
                if not plan.made <= start < self.void_from[index]:
                    continue
                in_window[row, index] = plan.start <= start and end <= plan.until
                late[row, index] = plan.may_be_late and plan.until <= start
                pending[row, plan.kind] += plan.may_be_late or end <= plan.start
        starts, ends = (np.array([bound[side] for bound in bounds], int) for side in (0, 1))
        years = [datetime.date.fromordinal(end).year - self.seasons[0] if self.seasons else 0 for _, end in bounds]
        return Segments(starts, ends, on_event, on_steps, in_window, late, pending, since, np.array(years, int))

    def effects(self, condition: str) -> tuple[Array, Array]:
        """Return what a condition acts on: (itineraries, ratios) and (stages, ratios)."""
        structure = self.structure
        on_event = np.zeros((len(structure.itineraries), len(structure.ratios)))
        on_steps = np.zeros((len(structure.stages), len(structure.ratios)))
        since = np.full(on_event.shape, NEVER)
        for span in self.spans:
            if is_open(span.entry) and span.entry.covariate == condition:
                self._switch_on(span, on_event, on_steps, since)
        return on_event, on_steps

    def public_since(self, condition: str, day: int) -> int:
        """Return since when it has been public that a condition holds after a day; `NEVER` if it does not."""
        held = [
            span.public
            for span in self.spans
            if is_open(span.entry) and span.entry.covariate == condition and span.first <= day < span.last
        ]
        return min(held, default=NEVER)

    def _switch_on(self, span: _Span, on_event: Array, on_steps: Array, since: Array) -> None:
        entry = span.entry
        column = self.structure.ratios.index(entry.covariate)
        for end in entry.transitions:
            if end == EVENT:
                for row, place in enumerate(self.structure.place_of):
                    if not entry.places or self.structure.places[place] in entry.places:
                        on_event[row, column] = 1.0
                        since[row, column] = min(since[row, column], span.public)
            else:
                on_steps[self.structure.stages.index(end), column] = 1.0
