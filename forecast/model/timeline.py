"""One timeline, cut at the as-of date: what is known, as segments left and right of it.

A segment is a run of days (a, b] in which nothing changes: the stage, the covariates and the plans in force. Left of
`as_of` a segment also knows how it ended and belongs to the likelihood; right of it, it belongs to the forecast. Days
without news of a stage that may lapse unseen are neither: silence is evidence, but not that the stage holds. An entry
exists only once its facts were public, so later facts cannot reach any of them.

Day d is the interval (d - 1, d]: a condition from day f to day u holds on (f - 1, u], exposure is the difference of
dates, and what happens on `as_of` is history.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.model.asked import Asked, build_asked
from forecast.model.conditions import Conditions, Spans, build_changing, build_spans, change_days
from forecast.model.fading import Fading
from forecast.model.indices import Indices, build_indices
from forecast.model.plans import Plan, collect_plans
from forecast.model.regimes import Regime, build_reached, build_regimes, build_supposed, supposed_days
from forecast.model.runs import build_runs, cut
from forecast.model.segments import SegmentBuilder, Segments, cut_days, days_of_ageing, days_of_seasons, days_of_windows
from forecast.multistate import Array, Goal, Reached, Supposed
from forecast.scenario import DAYS_A_YEAR, Known, refuse_reports, refuse_settled

# Two steps on one day leave no exposure between them. Any tiny number serves: its logarithm is a constant of the
# likelihood, and its product with a rate vanishes.
SAME_DAY_EXPOSURE = 1e-3


@dataclass(frozen=True, eq=False)
class History:
    """The left-hand segments: where each was spent and how it ended.

    Attributes
    ----------
    segments : Segments
    stage : (segments,) of int
    episode : (segments,) of int
        Index of the episode, -1 in the resting stage.
    moved_to : (segments,) of int
        Stage entered at the segment's end, or -1.
    event_by : (segments,) of int
        Itinerary of the event at the segment's end, or -1.
    unsure : (segments,) of int
        Number, from 1, of the step that came on some day of these; negative in the stage left, positive in the one
        entered, which may hold from the second day on. 0 on days that are certain.
    entered : (segments,)
        Number of the day on which the stage was entered, the last on which it may have been; NaN where it was under way
        when the record began, or began again, and nobody knows since when.
    pace : (segments,)
        How fast the clock of a stage that ages goes, on average, where its shape is certain; 1 for all others.
    unit : (segments,) of int
        Of a family, whose histories lie one after the other; 0 where there is one timeline.
    """

    segments: Segments
    stage: Array
    episode: Array
    moved_to: Array
    event_by: Array
    unsure: Array
    entered: Array
    pace: Array
    fading: Fading
    unit: Array

    @property
    def exposure(self) -> Array:
        """Days of exposure of each segment, by their weights; 0 where the stage is not certain."""
        weight = self.fading.over(self.segments.start, self.segments.end)
        return np.where(self.unsure == 0, np.maximum(self.segments.days, SAME_DAY_EXPOSURE) * weight, 0.0)

    @property
    def ages(self) -> Array:
        """Days in the stage at the beginning and at the end of each segment, (segments, 2); a whole day at least."""
        start = self.segments.start - self.entered
        return np.stack([start, start + np.maximum(self.segments.days, 1)], axis=1)

    @property
    def calendar(self) -> Segments:
        """The segments, each day once."""
        return self.segments.take(self.unsure <= 0)

    @property
    def stay(self) -> Array:
        """Number of the stay in a stage that each segment is part of, from 0: (segments,)."""
        ended = (self.moved_to >= 0) | (self.event_by >= 0)
        apart = self.segments.start[1:] != self.segments.end[:-1]  # unseen days lie between, or units
        return np.concatenate([[0], np.cumsum(ended[:-1] | apart)])[: len(ended)]


@dataclass(frozen=True, eq=False)
class Group:
    """What units of a family have a pace of: the labels, and that of each unit, (units,) of int."""

    labels: tuple[str, ...]
    of_unit: Array


@dataclass(frozen=True, eq=False)
class Timeline:
    """A scenario's timeline: history up to `as_of`, what is known of the days after it, and where it stands.

    Attributes
    ----------
    quiet : Segments
        Those since the last public step, where the stage may have lapsed unseen; none where it may not.
    unheard : Segments
        Those up to `as_of` on which nothing at all became public.
    since : Segments
        The same, and those ahead, without the conditions that may change from then on.
    unrecorded : Segments
        Those on which nobody looked.
    ahead : Segments
        Those after `as_of`, without the conditions that may change from then on.
    changing_since, changing : Conditions
        Those that may change, over `since` and over `ahead`.
    spans : Spans
        How long conditions had been on and off.
    last_step : int
        Number of the day of the last public step, or of the evening on which the record began, or began again.
    entered : int or None
        Number of the day on which the stage at `as_of` was entered; None where nobody knows.
    """

    structure: Indices
    plans: tuple[Plan, ...]
    history: History
    quiet: Segments
    unheard: Segments
    unrecorded: Segments
    since: Segments
    ahead: Segments
    changing_since: Conditions
    changing: Conditions
    spans: Spans
    regimes: tuple[Regime, ...]  # of the segments ahead, in their order
    supposed: Supposed
    learned: tuple[Reached, ...]  # by a day
    asked: Asked
    first_day: int  # number of the window's first day, counted from 0, the day after as_of
    as_of: str
    stage: int  # entered by the last public step
    last_step: int
    entered: int | None
    episodes: tuple[str, ...]  # labels; the last is under way unless the stage is the resting one
    seasons: tuple[int, ...] = ()  # the years of the record, where they are told apart
    units: tuple[str, ...] = ()  # of a family, see `forecast.model.pooled`
    groups: Mapping[str, Group] = field(default_factory=dict)  # of its units, by what they have a pace of
    episodes_of: tuple[slice, ...] = ()  # by unit

    @property
    def past(self) -> Segments:
        """All segments up to `as_of`."""
        return self.history.calendar.join(self.quiet)

    @property
    def is_supposing(self) -> bool:
        """Tell whether anything is learned of the days ahead."""
        return self.supposed.learned > 0 or bool(self.learned)

    def seeks(self, asked: Asked | None = None) -> Goal:
        """Return what the walk ahead looks for; of another question, if one is given."""
        return (asked or self.asked).goal(self.structure, self.ahead, self.first_day, self.supposed, self.learned)

    def seeks_entry(self) -> Goal:
        """Return what a walk looks for that ends with the one stage that is learned to be entered by a day."""
        (item,), aim = self.learned, self.seeks().aim
        part = self.structure.never.list_shown(len(self.structure.stages))[item.parts[0]]
        reached = np.where(np.arange(len(self.ahead.days)) < item.segments, part, -1)
        return Goal(replace(aim, out=aim.out | (aim.ends > 0), reached=reached))

    def seeks_since(self) -> Goal:
        """Return what a walk from the last news on would look for, of which nothing is given."""
        unheard = self.unheard.days
        supposed = self.supposed.after(len(unheard))
        return self.asked.goal(self.structure, self.since, int(unheard.sum()) + self.first_day, supposed, ())

    def age_on(self, day: int) -> float:
        """Return how many days the stay of today had lasted on the evening of a day; 0 where nobody knows."""
        return 0.0 if self.entered is None else float(day - self.entered)

    @property
    def episode(self) -> int:
        """Index of the episode under way at `as_of`, or -1."""
        return len(self.episodes) - 1 if self.structure.has_rest and self.stage > 0 else -1

    @property
    def stay_names(self) -> tuple[str, ...]:
        """Label each past stay by its first day and its stage, ``2015-01-28 confirmed``, and then those of `spans`."""
        history, stages = self.history, self.structure.stages
        first = np.flatnonzero(np.diff(history.stay, prepend=-1))
        stays = (f"{_iso(int(history.segments.start[at]))} {stages[history.stage[at]]}" for at in first)
        return (*stays, *self.spans.labels)


def build_timeline(known: Known, seasons: Sequence[int] = ()) -> Timeline:
    """Cut what is known into segments.

    Parameters
    ----------
    seasons : sequence of int
        The calendar years of the record, where years are told apart; so are those ahead.

    Raises
    ------
    InputError
        If an entry may be wrong: a timeline holds what is certain; or the event came in the window already.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> timeline = build_timeline(load_scenario("scenarios/may.yaml").known())
    >>> int(timeline.ahead.days.sum())
    65
    """
    refuse_reports(known)
    refuse_settled(known)
    structure = build_indices(known)
    plans = collect_plans(known)
    as_of, until = known.as_of.toordinal(), known.window.until.toordinal()
    runs = build_runs(known, structure)
    cuts = cut_days(known, plans) | days_of_seasons(seasons, known.window.until)
    last = runs[-1]
    is_quiet = structure.stages[last.stage] in known.question.silent and last.end > last.start
    fading = Fading(known.fades * DAYS_A_YEAR if known.fades else None, as_of)
    shapes = structure.shapes
    for run in runs:
        cuts |= days_of_ageing(run.start, run.end, fading) if run.stage in shapes.ageing else set()
    pieces = [piece for run in runs[: len(runs) - is_quiet] for piece in run.split(cuts)]
    voiding = [run for run in runs if run.event_by >= 0 or (run.moved_to == 0 and structure.has_rest)]
    holes = [hole.until.toordinal() for hole in known.holes]  # nobody knows what became of plans made before
    builder = SegmentBuilder(known, structure, plans, [*holes, *(run.end for run in voiding)], seasons)
    heard = max([last.start, *(item.public.toordinal() for item in known.entries if item.number is not None)])
    changes = days_of_windows(plans).union(cuts, [heard])
    quiet, unheard = (cut(start, as_of, changes) for start in (last.start if is_quiet else as_of, heard))
    days_ahead = cut(as_of, until, changes | supposed_days(known) | change_days(known))
    since, changing_since = build_changing(known, structure, builder, [*unheard, *days_ahead])
    ahead, changing = build_changing(known, structure, builder, days_ahead)
    unsure = np.array([piece.unsure for piece in pieces], int)
    segments = builder.build([(piece.start, piece.end) for piece in pieces])
    if unsure.any():  # in a stage that was entered on one of several days plans are void on all of them
        voids = [*holes, *(run.start if run.unsure else run.end for run in voiding)]
        after = SegmentBuilder(known, structure, plans, voids, seasons)
        pending = after.build([(piece.start, piece.end) for piece in pieces]).pending
        segments = replace(segments, pending=np.where(unsure[:, None] > 0, pending, segments.pending))
    first_days = {run.episode: run.start for run in reversed(runs) if run.episode >= 0}
    history = History(
        segments=segments,
        stage=np.array([piece.stage for piece in pieces], int),
        episode=np.array([piece.episode for piece in pieces], int),
        moved_to=np.array([piece.moved_to for piece in pieces], int),
        event_by=np.array([piece.event_by for piece in pieces], int),
        unsure=unsure,
        entered=np.array([np.nan if piece.entered is None else piece.entered for piece in pieces], float),
        pace=np.ones(len(pieces)),
        fading=fading,
        unit=np.zeros(len(pieces), int),
    )
    return Timeline(
        structure=structure,
        plans=plans,
        history=replace(history, pace=shapes.known_paces(history.stage, history.ages)),
        quiet=builder.build(quiet),
        unheard=builder.build(unheard),
        unrecorded=builder.build(
            [days for hole in known.holes for days in cut(hole.start.toordinal() - 1, hole.until.toordinal(), cuts)]
        ),
        since=since,
        ahead=ahead,
        changing_since=changing_since,
        changing=changing,
        spans=build_spans(known, structure, fading),
        regimes=build_regimes(known, structure, ahead),
        supposed=build_supposed(known, structure, ahead),
        learned=build_reached(known, structure, ahead),
        asked=build_asked(known, structure),
        first_day=known.first_day,
        as_of=known.as_of.isoformat(),
        stage=last.stage,
        last_step=last.start,
        entered=last.entered,
        episodes=tuple(_iso(first_days[episode]) for episode in sorted(first_days)),
        seasons=tuple(seasons),
    )


def _iso(day: int) -> str:
    return datetime.date.fromordinal(day).isoformat()
