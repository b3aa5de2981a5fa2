"""The terms of a history in log-linear form, from its rows; `forecast.inference.likelihood` says what is made of them.

Most rows of a history share their term with others, so that the flagship's 296 rows come down to 100 terms, whose
exposures add up. Receives a timeline and the layout of its parameters; the tests hold it to `model.row_rates`.
"""

from __future__ import annotations

import numpy as np

from forecast.inference.alone import Alone
from forecast.inference.columns import Ages, Columns, Windows
from forecast.inference.likelihood import Likelihood
from forecast.inference.never import NeverTerms
from forecast.inference.unsure import over_terms
from forecast.model import (
    ParameterPriors,
    PlannedDays,
    PoissonRows,
    Timeline,
    build_poisson_rows,
    late_plans,
    list_members,
    open_windows,
    scaled_by,
)
from forecast.multistate import Array


def build_likelihood(timeline: Timeline, priors: ParameterPriors) -> Likelihood:
    """Lay out a history's likelihood over the parameters of `priors`, in their order and without log scales."""
    rows = build_poisson_rows(timeline)
    layout = _Layout(timeline, priors)
    spans, events = timeline.spans, len(rows.is_whole)
    parts = zip(layout.ordinary(rows), layout.planned(rows), layout.switching(len(rows.count)), strict=True)
    linear, row, per_day = (np.concatenate(part) for part in parts)
    seen: dict[bytes, int] = {}
    term = np.array([seen.setdefault(line.tobytes(), len(seen)) for line in linear], int)
    rate = np.zeros((len(rows.count) + len(spans.days), len(seen)))  # of each row, as a sum of terms
    np.add.at(rate, (row, term), per_day)
    distinct = np.zeros((len(seen), linear.shape[1]))
    distinct[term] = linear
    happened, exposure = np.concatenate([rows.count > 0, spans.ended]), np.concatenate([rows.exposure, spans.days])
    weight = np.concatenate([rows.weight, spans.weight])[happened]
    on_day = np.zeros((events + int(spans.ended.sum()), len(rate)))
    on_day[:events, : len(rows.count)] = rows.on_day
    on_day[np.arange(events, len(on_day)), len(rows.count) + np.flatnonzero(spans.ended)] = 1.0
    counted, on_day = rate[happened], on_day @ rate
    day_weight = np.concatenate([rows.day_weight, spans.weight[spans.ended]])
    is_whole = np.concatenate([rows.is_whole, np.ones(len(on_day) - events)])
    alone, others, other_days = Alone.take(counted, weight, on_day, day_weight, is_whole)
    return Likelihood(
        linear=distinct,
        members=layout.members,
        groups=layout.groups,
        exposure=exposure @ rate,
        counted=counted[others],
        weight=weight[others],
        on_day=on_day[other_days],
        day_weight=day_weight[other_days],
        is_whole=is_whole[other_days],
        columns=layout.curves,
        unsure=over_terms(rows.unsure, rate[: len(rows.count)]),
        never=NeverTerms.over(rows.never, rate[: len(rows.count)], layout.at.get("never_logit", 0)),
        alone=alone,
    )


class _Layout:
    """Where each parameter and each group has its column, and the terms of the rows' rates."""

    def __init__(self, timeline: Timeline, priors: ParameterPriors) -> None:
        self.timeline = timeline
        structure = timeline.structure
        self.at: dict[str, int] = {}  # first column, by parameter
        self.parameters = 0
        for name, vector in priors.items():
            if not scaled_by(name):
                self.at[name] = self.parameters
                self.parameters += len(vector.labels)
        self.powers = structure.shapes.known_powers(len(structure.stages))
        self.opened = open_windows(timeline.history.segments, timeline.plans)
        kind = np.array([plan.kind for plan in timeline.plans], int)[self.opened.plan]
        parts = list(zip(kind.tolist(), self.opened.taken.tolist(), self.opened.left.tolist(), strict=True))
        distinct = list(dict.fromkeys(parts))
        self.window_of = np.array([self.parameters + distinct.index(part) for part in parts], int)
        kinds, taken, left = np.array(distinct, float).reshape(-1, 3).T
        kept = np.repeat(self.at.get("kept_logit", 0) + kinds.astype(int)[:, None], 2, axis=1)
        ages = self._ages(self.parameters + len(distinct))
        self.curves = Columns(Windows(kept, taken, left), ages)
        self.columns = self.parameters + len(self.curves)
        transitions, ways = len(structure.transitions), len(structure.itineraries)
        self.members = np.zeros((transitions + ways, self.columns))
        self.members[np.arange(transitions), self.at["end_logit"] + np.arange(transitions)] = 1
        if structure.ratios:
            self._block(self.members[transitions:], "log_ratio", structure.attributes)
        if structure.counts:
            self._block(self.members[transitions:], "place_logit", np.eye(ways))
        ends = np.arange(len(structure.stages))[:, None] == np.array([source for source, _ in structure.transitions])
        self.sets = list(dict.fromkeys([(True,) * ways, *(tuple(plan.itineraries) for plan in timeline.plans)]))
        self.groups = np.zeros((len(ends) + len(self.sets), transitions + ways))
        self.groups[: len(ends), :transitions] = ends
        self.groups[len(ends) :, transitions:] = self.sets

    def _ages(self, first: int) -> Ages:
        """Lay out the ages over which stays of an open shape are seen, in columns from `first` on."""
        history, unknown = self.timeline.history, self.timeline.structure.shapes.unknown
        segment = np.flatnonzero(np.isin(history.stage, unknown))
        spans = [(int(history.stage[i]), *history.ages[i].tolist()) for i in segment]
        distinct = list(dict.fromkeys(spans))
        self.age_of = np.full(len(history.stage), -1)
        self.age_of[segment] = [first + distinct.index(span) for span in spans]
        at = [(self.at["log_shape"] + unknown.index(stage), self.at["log_stay"] + stage) for stage, *_ in distinct]
        start, end = np.array([span[1:] for span in distinct], float).reshape(-1, 2).T
        return Ages(np.array(at, int).reshape(-1, 2), start, end)

    def ordinary(self, rows: PoissonRows) -> tuple[Array, Array, Array]:
        """Return the terms of steps and of events in ordinary times: (terms, columns), their row, their factor."""
        structure, segments = self.timeline.structure, self.timeline.history.segments
        row = np.flatnonzero(rows.transition >= 0)
        segment, transition, way = rows.segment[row], rows.transition[row], rows.itinerary[row]
        source, target = np.array(structure.transitions)[transition].T
        linear, index = self._empty(len(row)), np.arange(len(row))
        linear[index, self.at["log_stay"] + source] = -self.powers[source]
        is_open = self.age_of[segment] >= 0
        linear[index[is_open], self.age_of[segment][is_open]] = 1
        linear[index, self.at["end_logit"] + transition] = 1
        linear[index, self.columns + source] = -1
        is_event = target < 0
        linear[is_event, self.columns + len(structure.stages)] = -1
        if structure.ratios:
            steps = segments.stage_covariates[segment, target]
            events = segments.event_covariates[segment, way] + structure.attributes[way]
            self._block(linear, "log_ratio", np.where(is_event[:, None], events, steps))
        if structure.counts:
            self._block(linear, "place_logit", np.eye(len(structure.itineraries))[way] * is_event[:, None])
        if structure.kinds:
            self._block(linear, "log_meanwhile", segments.pending[segment] * is_event[:, None])
        if "z" in self.at:
            alive = np.flatnonzero(rows.direction[row])
            linear[alive, self.at["z"] + self.timeline.history.episode[segment][alive]] = rows.direction[row][alive]
        for name, member in list_members(self.timeline).items():
            if name in self.at:
                linear[index, self.at[name] + member[segment]] = self.powers[source]
        return linear, row, self.timeline.history.pace[segment]

    def planned(self, rows: PoissonRows) -> tuple[Array, Array, Array]:
        """Return the terms that plans add to event rates in their windows, as `ordinary` does."""
        structure, plans, opened = self.timeline.structure, self.timeline.plans, self.opened
        late = late_plans(self.timeline.history.segments, plans)
        kind = np.array([plan.kind for plan in plans], int)
        parts = [self._planned(rows, opened, self.window_of, np.ones(len(opened.plan)), 1 / opened.days)]
        days_late = structure.late_of[kind[late.plan]] + self.at.get("log_late", 0)
        parts.append(self._planned(rows, late, days_late, -np.ones(len(late.plan)), np.ones(len(late.plan))))
        linear, row, per_day = (np.concatenate(part) for part in zip(*parts, strict=True))
        return linear, row, per_day

    def _planned(
        self, rows: PoissonRows, pairs: PlannedDays, column: Array, sign: Array, per_day: Array
    ) -> tuple[Array, Array, Array]:
        """Return the terms of pairs of segment and plan: their hazard is exp of a column, or of minus it."""
        structure, plans = self.timeline.structure, self.timeline.plans
        if not len(pairs.segment):
            return self._empty(0), np.zeros(0, int), np.zeros(0)
        there = np.stack([plan.itineraries for plan in plans])[pairs.plan]  # (pairs, itineraries)
        at_risk = (rows.itinerary >= 0) & (rows.direction != 0)
        row, pair = np.nonzero(np.equal.outer(rows.segment, pairs.segment) & there.T[rows.itinerary] & at_risk[:, None])
        way = rows.itinerary[row]
        linear = self._empty(len(row))
        if structure.ratios:
            self._block(linear, "log_ratio", pairs.covariates[pair, way] + structure.attributes[way])
        if structure.counts:
            self._block(linear, "place_logit", np.eye(len(structure.itineraries))[way])
        of_plan = np.array([self.sets.index(tuple(plan.itineraries)) for plan in plans])[pairs.plan[pair]]
        linear[np.arange(len(row)), column[pair]] = sign[pair]
        linear[np.arange(len(row)), self.columns + len(structure.stages) + of_plan] = -1
        return linear, row, per_day[pair]

    def switching(self, first: int) -> tuple[Array, Array, Array]:
        """Return the terms of conditions' spans, whose rows begin at `first`, as `ordinary` does."""
        spans = self.timeline.spans
        linear, index = self._empty(len(spans.days)), np.arange(len(spans.days))
        if len(index):
            linear[index, self.at["log_lasts"] + spans.index] = -1  # the means of days off follow those of days on
        return linear, first + index, np.ones(len(index))

    def _empty(self, terms: int) -> Array:
        return np.zeros((terms, self.columns + len(self.groups)))

    def _block(self, linear: Array, name: str, values: Array) -> None:
        """Set the columns of a parameter."""
        linear[:, self.at[name] : self.at[name] + values.shape[1]] = values
