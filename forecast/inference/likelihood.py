r"""The likelihood of a history in log-linear form, with its gradient and Hessian, for engines that must be quick.

The rates of `forecast.model.hazards` are sums of terms that are log-linear but for a few log-sum-exps:

    log rate = B θ' + G ℓ(θ'),    ℓ_g = log Σ_{j in g} exp(M_j θ'),

where θ' is θ with z σ for z and some columns more that are curves of θ, see `forecast.inference.columns`: one for each
part of a window that a plan of some kind is open on, and for each time of a stay whose shape is open.

The groups g are the ends of each stage, all itineraries, and the itineraries of each plan: the denominators of their
shares. `forecast.inference.loglinear` makes the terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.inference.alone import Alone
from forecast.inference.columns import Columns
from forecast.inference.never import NeverTerms
from forecast.inference.unsure import bend_days, bend_unsure, slope_unsure, sum_unsure
from forecast.model import UnsureDays
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Poisson counts of a history and the days of its events, as a function of the linear parameters θ'.

    Attributes
    ----------
    linear : (terms, columns + groups)
        B and G side by side.
    members : (members, columns)
        M, the linear forms whose exponentials the groups sum.
    groups : (groups, members)
        1 where a form belongs to a group.
    exposure : (terms,)
        Days at risk of all rows that share the term.
    counted : (counts, terms)
        For each step and event that happened, the terms of which its rate is the sum; those of one term are in `alone`.
    weight : (counts,)
        Of each such step and event.
    on_day : (events, terms)
        How many rows of each term were possible on the day of an event.
    day_weight : (events,)
    is_whole : (events,)
        See `forecast.model.PoissonRows`.
    columns : Columns
        The last columns of θ', which are curves of the others.
    """

    linear: Array
    members: Array
    groups: Array
    exposure: Array
    counted: Array
    weight: Array
    on_day: Array
    day_weight: Array
    is_whole: Array
    columns: Columns
    unsure: UnsureDays  # over terms in place of rows
    never: NeverTerms
    alone: Alone

    def log_density(self, theta: Array) -> Array:
        """Return the log likelihood, up to a constant: (..., draws) of (..., columns, draws)."""
        sums = np.log(self.groups @ np.exp(self.members @ theta))
        rate = self.linear @ np.concatenate([theta, sums], axis=-2)
        value = self.alone.log_density(rate)
        np.exp(rate, out=rate)  # in place: at this size fresh memory costs more than the arithmetic
        value += self.weight @ np.log(self.counted @ rate) - self.exposure @ rate
        if len(self.is_whole):
            total = self.on_day @ rate
            value += self.day_weight @ np.log(-np.expm1(-total) / total) + (self.is_whole * self.day_weight) @ total
        if len(self.unsure.step):
            value += sum_unsure(self.unsure, rate)
        if len(self.never):
            value += self.never.log_density(theta, rate)
        return value

    def gradient(self, theta: Array) -> Array:
        """Return the gradient at many points, (columns, draws)."""
        shares = np.exp(self.members @ theta)
        sums = self.groups @ shares
        rate = np.exp(self.linear @ np.concatenate([theta, np.log(sums)]))
        slope, _ = bend_days(self.on_day @ rate, self.is_whole[:, None])
        happened = self.counted.T @ (self.weight[:, None] / (self.counted @ rate))
        surplus = rate * (happened + self.on_day.T @ (self.day_weight[:, None] * slope) - self.exposure[:, None])
        surplus += self.alone.derivatives(rate)[0]
        if len(self.unsure.step):
            surplus += rate * slope_unsure(self.unsure, rate)
        by_logit, by_rate = self.never.slopes(theta, rate)
        by_term = self.linear.T @ (surplus + rate * by_rate)
        np.add.at(by_term, self.never.column, by_logit)
        return by_term[: len(theta)] + self.members.T @ (shares * (self.groups.T @ (by_term[len(theta) :] / sums)))

    def derivatives(self, theta: Array) -> tuple[float, Array, Array]:
        """Return log likelihood, gradient and Hessian at one point, (columns,)."""
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
        day = self.on_day * rate
        day_total = day.sum(axis=1)
        day_slope, day_bend = (self.day_weight * each for each in bend_days(day_total, self.is_whole))
        alone, alone_bend = (each[:, 0] for each in self.alone.derivatives(rate[:, None]))
        surplus = alone + self.weight @ happened + day_slope @ day - self.exposure * rate
        unsure, unsure_slope, unsure_bend = bend_unsure(self.unsure, rate)
        by_logit, by_rate = (each[:, 0] for each in self.never.slopes(theta[:, None], rate[:, None]))
        surplus += rate * (unsure_slope + by_rate)
        by_group = surplus @ self.linear[:, split:]
        mixed, of_day = happened @ design, day @ design
        bent = surplus - alone + alone_bend  # the rest bends as it slopes, but for what follows
        hessian = (design.T * bent) @ design - (mixed.T * self.weight) @ mixed + (of_day.T * day_bend) @ of_day
        hessian += (self.members.T * (by_group @ shares)) @ self.members - (slope.T * by_group) @ slope
        weighted = design * rate[:, None]
        hessian += weighted.T @ unsure_bend @ weighted if len(self.unsure.step) else 0.0
        hessian += self.never.bend(theta, rate, weighted) if len(self.never) else 0.0
        value = self.alone.log_density(np.log(rate)[:, None])[0]
        value += unsure + self.weight @ np.log(total) - self.exposure @ rate
        value += self.day_weight @ (np.log(-np.expm1(-day_total) / day_total) + self.is_whole * day_total)
        value += self.never.log_density(theta[:, None], rate[:, None])[0]
        gradient = surplus @ design
        np.add.at(gradient, self.never.column, by_logit)
        return float(value), gradient, hessian
