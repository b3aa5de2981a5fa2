"""What figures ask of a forecast, in plain values: names and dates in place of indices and day numbers.

Receives a timeline and draws. Hands on stays, plans, conditions and quantities; `Result` has a method for each.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from forecast.answer.ahead import Ahead, look_back
from forecast.answer.episodes import ties_episodes
from forecast.answer.notes import TIED
from forecast.answer.readings import ReadingAnswer, WithReadings
from forecast.answer.summaries import Estimate, estimate
from forecast.errors import check_number, check_type
from forecast.inference import Posterior, divide, resample, stream, weighted_quantiles
from forecast.model import Timeline, natural_scale
from forecast.multistate import Array, chance_of_environments

Days = tuple[datetime.date, datetime.date]  # first and last, both inclusive


class PastStay(NamedTuple):
    """A stay in a stage, from the end of the day on which it began to the end of the day on which it ended."""

    stage: str
    start: datetime.date
    end: datetime.date
    ends_in_event: bool = False


class KnownPlan(NamedTuple):
    """A dated plan: where it may lead, its days, whether it was ever in force on them, and on which after `as_of`."""

    kind: str
    places: tuple[str, ...]
    days: Days
    is_held: bool
    ahead: Days | None


class Condition(NamedTuple):
    """A covariate, where it acts on the event, and the runs of days on which it is on.

    `chance` is, for one that may end or come back, how likely it is to hold at the end of each day after `as_of`.
    """

    name: str
    places: tuple[str, ...]
    spans: tuple[Days, ...]
    chance: Array | None = None


class Learned(NamedTuple):
    """A quantity before and after history was looked at: draws of (labels, draws) in `units`."""

    labels: tuple[str, ...]
    units: str
    prior: Array
    posterior: Array


class Pictured(WithReadings):
    """What figures ask of a forecast, in plain values: the base of `Result`."""

    fit: Posterior
    timeline: Timeline
    ahead: Ahead
    readings: Mapping[str, ReadingAnswer]

    @cached_property
    def p_event(self) -> Estimate:
        """Probability that the event falls into the window."""
        return estimate(self.ahead.total, self.ahead.weight, error=self.fit.mcse)

    @cached_property
    def p_draws(self) -> Array:
        """P of each posterior draw: (draws,)."""
        return divide(self.ahead.total, self.ahead.weight)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """How the posterior was drawn, and what its gate saw."""
        return self.fit.diagnostics

    @property
    def engine(self) -> str:
        """What drew the posterior: ``nuts`` or ``quick``."""
        return str(self.fit.diagnostics.get("engine", ""))

    @property
    def given_chance(self) -> float:
        """Probability of what the scenario supposes to be learned; 1 where that is nothing."""
        assert self.ahead.curves is not None
        return self.ahead.curves.chance_learned

    @property
    def still_held(self) -> float:
        """Probability that the stage of the last public step still held at `as_of`, and had not lapsed unseen."""
        assert self.ahead.curves is not None
        return self.ahead.curves.chance_held(*self.timeline.structure.never.parts(self.timeline.stage))

    @property
    def own_notes(self) -> list[str]:
        """Return what is to be said of this answer beside what its scenario says."""
        return [TIED] if ties_episodes(self.timeline, self.fit.draws) else []

    @property
    def keeps_draws(self) -> bool:
        """Tell whether its draws are of one timeline, so that a file can hold them."""
        return True

    @property
    def stages_today(self) -> Array:
        """Chance of being in each stage at `as_of`, however it is called by the last public step: (stages,)."""
        structure, curves = self.timeline.structure, self.ahead.curves
        assert curves is not None
        shown = structure.never.list_shown(len(structure.stages))
        each = curves.initial.sum(axis=0)
        shown += [len(structure.stages)]  # of those of whom nothing more is asked
        return np.bincount([shown[part] for _, part in curves.states], each)[: len(structure.stages)] / each.sum()

    @property
    def never_comes(self) -> float | None:
        """Probability at `as_of` that the event cannot come from the present stay; None where that is no question."""
        never, stage = self.timeline.structure.never, self.timeline.stage
        if stage not in never.stages:
            return None
        assert self.ahead.curves is not None
        return self.ahead.curves.chance_held(never.part(stage, is_barred=True))

    @cached_property
    def before_silence(self) -> float | None:
        """P of this window on the last day of news; None where something is given, or the draws cannot tell."""
        if self.timeline.is_supposing:
            return None
        return look_back(self.timeline, self.fit.draws, self.ahead.frailties)

    def quantiles(self, shares: Sequence[float]) -> tuple[float, ...]:
        """Return quantiles of P over draws, one for each of the shares (0 to 1).

        Raises
        ------
        InputError
            If they are not numbers from 0 to 1.
        """
        check_type("shares", shares, (Sequence, np.ndarray), "a list of numbers from 0 to 1")
        for share in shares:
            check_number("shares", share, lambda share: 0 <= share <= 1, "numbers from 0 to 1")
        return tuple(weighted_quantiles(self.p_draws, self.ahead.weight, shares).tolist())

    def quantities(self) -> dict[str, Learned]:
        """Return prior and posterior draws by name, each (labels, draws): days, shares, ratios or probabilities.

        The posterior knows of silence up to `as_of`; draws are taken as often as they gave it probability.
        """
        assert self.ahead.curves is not None
        counted = self.ahead.curves.initial.sum(axis=1)
        rng = stream(self.fit.diagnostics["seed"], "quantities")
        chosen = resample(counted, len(counted), rng) if np.ptp(counted) > 0 else slice(None)
        return collect_quantities(self.fit, self.timeline, chosen)

    def past_stays(self) -> list[PastStay]:
        """Return the stays in stages up to `as_of`, in order of time; the last one is still going on."""
        return list_stays(self.timeline)

    def plans(self) -> list[KnownPlan]:
        """Return the dated plans that were known, in the order in which they became public."""
        return list_plans(self.timeline)

    def conditions(self) -> list[Condition]:
        """Return the covariates that are on at any time, with first and last day of each run of days."""
        return list_conditions(self.timeline, self.chances_to_hold)

    @cached_property
    def chances_to_hold(self) -> dict[str, Array]:
        """How likely each condition that may change is to hold at the end of each day after `as_of`: (days,)."""
        changing, curves = self.timeline.changing, self.ahead.curves
        if self.timeline.learned:  # which tells on conditions, too
            return {}
        assert curves is not None
        switching = changing.switching(self.fit.draws, ())
        chance = chance_of_environments(curves, switching, self.timeline.supposed, self.timeline.ahead.days)
        return dict(zip(changing.names, changing.states.T @ chance, strict=True))


def list_stays(timeline: Timeline) -> list[PastStay]:
    """Join the segments of history to stays; the last one is still going on."""
    history, stages = timeline.history, timeline.structure.stages
    stays, begin = [], None
    for row, stage in enumerate(history.stage):
        if history.unsure[row] > 0:  # shown as entered on the last of those days
            continue
        if begin is not None and history.segments.start[row] > history.segments.end[row - 1]:  # nobody saw it end
            stays.append(PastStay(stages[history.stage[row - 1]], _date(begin), _date(history.segments.end[row - 1])))
            begin = None
        begin = history.segments.start[row] if begin is None else begin
        is_event = bool(history.event_by[row] >= 0)
        if is_event or history.moved_to[row] >= 0:
            stays.append(PastStay(stages[stage], _date(begin), _date(history.segments.end[row]), is_event))
            begin = None
    if begin is not None and history.segments.end[-1] < timeline.last_step:
        stays.append(PastStay(stages[history.stage[-1]], _date(begin), _date(history.segments.end[-1])))
    as_of = datetime.date.fromisoformat(timeline.as_of)
    return [*stays, PastStay(stages[timeline.stage], _date(timeline.last_step), as_of)]


def list_plans(timeline: Timeline) -> list[KnownPlan]:
    """Tell of each plan where it leads, and on which days it is in force."""
    structure, ahead = timeline.structure, timeline.ahead
    held = timeline.past.join(ahead).in_window.any(axis=0)
    plans = []
    for index, plan in enumerate(timeline.plans):
        there = {structure.place_of[way] for way in np.flatnonzero(plan.itineraries)}
        rows = np.flatnonzero(ahead.in_window[:, index])
        plans.append(
            KnownPlan(
                kind=structure.kinds[plan.kind],
                places=tuple(structure.places[place] for place in sorted(there)),
                days=_days(plan.start, plan.until),
                is_held=bool(held[index]),
                ahead=_days(ahead.start[rows[0]], ahead.end[rows[-1]]) if rows.size else None,
            )
        )
    return plans


def list_conditions(timeline: Timeline, chances: Mapping[str, Array]) -> list[Condition]:
    """Join the segments on which each covariate is on, over history and forecast; those that never are stay out.

    Of one that may change, those ahead tell nothing; its chances do.
    """
    structure, every = timeline.structure, timeline.past.join(timeline.unrecorded).join(timeline.ahead)
    every = every.take(np.argsort(every.start, kind="stable"))
    bounds = np.stack([every.start, every.end], axis=1)
    on_event, on_steps = every.event_covariates > 0, every.stage_covariates > 0
    found = []
    for column, name in enumerate(structure.ratios):
        spans: list[tuple[int, int]] = []
        for start, end in bounds[on_event[:, :, column].any(axis=1) | on_steps[:, :, column].any(axis=1)]:
            if spans and spans[-1][1] == start:
                start = spans.pop()[0]
            spans.append((start, end))
        ways = np.flatnonzero(on_event[:, :, column].any(axis=0))
        places = dict.fromkeys(structure.places[structure.place_of[way]] for way in ways)
        if spans or name in chances:
            found.append(Condition(name, tuple(places), tuple(_days(*span) for span in spans), chances.get(name)))
    return found


def collect_quantities(posterior: Posterior, timeline: Timeline, chosen: Array | slice) -> dict[str, Learned]:
    """Put prior draws and some of the posterior's side by side, on the scale on which an analyst gives them."""
    before, after = (natural_scale(draws, timeline.structure) for draws in (posterior.prior, posterior.draws))
    return {
        name: Learned(found.labels, found.units, before[name].values, found.values[:, chosen])
        for name, found in after.items()
    }


def _date(day: int) -> datetime.date:
    return datetime.date.fromordinal(int(day))


def _days(start: int, end: int) -> Days:
    """Return first and last day of the interval (start, end] of day numbers."""
    return _date(start + 1), _date(end)
