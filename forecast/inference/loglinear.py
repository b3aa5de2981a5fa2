r"""The likelihood of a history in log-linear form, with its gradient and Hessian, for engines that must be quick.

The rates of `forecast.model.hazards` are sums of terms that are log-linear but for a few log-sum-exps:

    log rate = B θ' + G ℓ(θ'),    ℓ_g = log Σ_{j in g} exp(M_j θ'),    θ' = θ with z σ for z and log(-log(1 - κ)) for κ.

The groups g are the ends of each stage, all itineraries, and the itineraries of each plan: the denominators of their
shares. Most rows of a history share their term with others, so that the flagship's 296 rows come down to 100 terms,
whose exposures add up. Receives a timeline and the layout of its parameters; the tests hold it to `model.row_rates`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.model import ParameterPriors, PoissonRows, Timeline, build_poisson_rows
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Poisson counts of a history, as a function of the linear parameters θ'.

    Attributes
    ----------
    linear : (terms, parameters + groups)
        B and G side by side.
    members : (members, parameters)
        M, the linear forms whose exponentials the groups sum.
    groups : (groups, members)
        1 where a form belongs to a group.
    exposure : (terms,)
        Days at risk of all rows that share the term.
    counted : (counts, terms)
        For each step and event that happened, the terms of which its rate is the sum.
    """

    linear: Array
    members: Array
    groups: Array
    exposure: Array
    counted: Array

    def log_density(self, theta: Array) -> Array:
        """Return the log likelihood, up to a constant: (..., draws) of (..., parameters, draws)."""
        sums = np.log(self.groups @ np.exp(self.members @ theta))
        rate = self.linear @ np.concatenate([theta, sums], axis=-2)
        np.exp(rate, out=rate)  # in place: at this size fresh memory costs more than the arithmetic
        return np.log(self.counted @ rate).sum(axis=-2) - self.exposure @ rate

    def gradient(self, theta: Array) -> Array:
        """Return the gradient at many points, (parameters, draws)."""
        shares = np.exp(self.members @ theta)
        sums = self.groups @ shares
        rate = np.exp(self.linear @ np.concatenate([theta, np.log(sums)]))
        surplus = rate * (self.counted.T @ (1 / (self.counted @ rate)) - self.exposure[:, None])
        by_term = self.linear.T @ surplus
        split = len(theta)
        return by_term[:split] + self.members.T @ (shares * (self.groups.T @ (by_term[split:] / sums)))

    def derivatives(self, theta: Array) -> tuple[float, Array, Array]:
        """Return log likelihood, gradient and Hessian at one point, (parameters,)."""
        shares = self.groups * np.exp(self.members @ theta)
        sums = shares.sum(axis=1)
        rate = np.exp(self.linear @ np.concatenate([theta, np.log(sums)]))
        shares /= sums[:, None]
        slope = shares @ self.members  # of each group's log-sum-exp
        split = len(theta)
        design = self.linear[:, :split] + self.linear[:, split:] @ slope  # of each term's log rate
        happened = self.counted * rate
        total = happened.sum(axis=1)
        happened /= total[:, None]
        surplus = happened.sum(axis=0) - self.exposure * rate
        by_group = surplus @ self.linear[:, split:]
        mixed = happened @ design
        hessian = (design.T * surplus) @ design - mixed.T @ mixed
        hessian += (self.members.T * (by_group @ shares)) @ self.members - (slope.T * by_group) @ slope
        return float(np.log(total).sum() - self.exposure @ rate), surplus @ design, hessian


def build_likelihood(timeline: Timeline, priors: ParameterPriors) -> Likelihood:
    """Lay out a history's likelihood over the parameters of `priors`, in their order and without ``log_sigma``."""
    rows = build_poisson_rows(timeline)
    layout = _Layout(timeline, priors)
    parts = zip(layout.ordinary(rows), layout.planned(rows), strict=True)
    linear, row, per_day = (np.concatenate(pair) for pair in parts)
    seen: dict[bytes, int] = {}
    term = np.array([seen.setdefault(line.tobytes(), len(seen)) for line in linear], int)
    rate = np.zeros((len(rows.count), len(seen)))  # of each row, as a sum of terms
    np.add.at(rate, (row, term), per_day)
    distinct = np.zeros((len(seen), linear.shape[1]))
    distinct[term] = linear
    return Likelihood(distinct, layout.members, layout.groups, rows.exposure @ rate, rate[rows.count > 0])


class _Layout:
    """Where each parameter and each group has its column, and the terms of the rows' rates."""

    def __init__(self, timeline: Timeline, priors: ParameterPriors) -> None:
        self.timeline = timeline
        structure = timeline.structure
        self.at: dict[str, int] = {}  # first column, by parameter
        self.parameters = 0
        for name, vector in priors.items():
            if name != "log_sigma":
                self.at[name] = self.parameters
                self.parameters += len(vector.labels)
        transitions, ways = len(structure.transitions), len(structure.itineraries)
        self.members = np.zeros((transitions + ways, self.parameters))
        self.members[np.arange(transitions), self.at["end_logit"] + np.arange(transitions)] = 1
        if structure.ratios:
            self._block(self.members[transitions:], "log_ratio", structure.attributes)
        sources = np.array([source for source, _ in structure.transitions])
        ends = np.arange(len(structure.stages))[:, None] == sources
        self.sets = list(dict.fromkeys([(True,) * ways, *(tuple(plan.itineraries) for plan in timeline.plans)]))
        self.groups = np.zeros((len(ends) + len(self.sets), transitions + ways))
        self.groups[: len(ends), :transitions] = ends
        self.groups[len(ends) :, transitions:] = self.sets

    def ordinary(self, rows: PoissonRows) -> tuple[Array, Array, Array]:
        """Return the terms of steps and of events in ordinary times: (terms, columns), their row, their factor."""
        structure, segments = self.timeline.structure, self.timeline.history.segments
        row = np.flatnonzero(rows.transition >= 0)
        segment, transition, way = rows.segment[row], rows.transition[row], rows.itinerary[row]
        source, target = np.array(structure.transitions)[transition].T
        linear, index = self._empty(len(row)), np.arange(len(row))
        linear[index, self.at["log_stay"] + source] = -1
        linear[index, self.at["end_logit"] + transition] = 1
        linear[index, self.parameters + source] = -1
        is_event = target < 0
        linear[is_event, self.parameters + len(structure.stages)] = -1
        if structure.ratios:
            steps = segments.stage_covariates[segment, target]
            events = segments.event_covariates[segment, way] + structure.attributes[way]
            self._block(linear, "log_ratio", np.where(is_event[:, None], events, steps))
        if structure.kinds:
            self._block(linear, "log_meanwhile", segments.pending[segment] * is_event[:, None])
        if "z" in self.at:
            alive = rows.direction[row] != 0
            episode = self.timeline.history.episode[segment]
            linear[index[alive], self.at["z"] + episode[alive]] = rows.direction[row][alive]
        return linear, row, np.ones(len(row))

    def planned(self, rows: PoissonRows) -> tuple[Array, Array, Array]:
        """Return the terms that plans add to event rates in their windows, as `ordinary` does."""
        structure, plans = self.timeline.structure, self.timeline.plans
        segments = self.timeline.history.segments
        if not segments.in_window.any():
            return self._empty(0), np.zeros(0, int), np.zeros(0)
        there = np.stack([plan.itineraries for plan in plans])
        at_risk = (rows.itinerary >= 0) & (rows.direction != 0)
        row, index = np.nonzero(segments.in_window[rows.segment] * there.T[rows.itinerary] * at_risk[:, None])
        segment, way = rows.segment[row], rows.itinerary[row]
        linear = self._empty(len(row))
        if structure.ratios:
            self._block(linear, "log_ratio", segments.event_covariates[segment, way] + structure.attributes[way])
        kind = np.array([plan.kind for plan in plans])[index]
        of_plan = np.array([self.sets.index(tuple(plan.itineraries)) for plan in plans])[index]
        linear[np.arange(len(row)), self.at["kept_logit"] + kind] = 1
        linear[np.arange(len(row)), self.parameters + len(structure.stages) + of_plan] = -1
        return linear, row, 1 / np.array([plan.days for plan in plans])[index]

    def _empty(self, terms: int) -> Array:
        return np.zeros((terms, self.parameters + len(self.groups)))

    def _block(self, linear: Array, name: str, values: Array) -> None:
        """Set the columns of a parameter."""
        linear[:, self.at[name] : self.at[name] + values.shape[1]] = values
