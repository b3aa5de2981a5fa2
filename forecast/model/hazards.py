"""Parameters to hazards: the one place that says how rates are made, for NumPy and for PyTensor alike.

Parameters lie along the first axis. With NumPy a second axis holds the draws; with PyTensor there is none. Whatever
mixes constants with parameters goes through `mix`, so the same lines serve the likelihood and the forecast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from forecast.model.indices import Indices
from forecast.model.parameters import YEAR, Parameters, mix, name_spread
from forecast.model.plans import Plan
from forecast.model.regimes import Regime
from forecast.model.segments import Segments, late_plans, open_windows
from forecast.model.timeline import Timeline
from forecast.multistate import Array, Rates, Switching


@dataclass(frozen=True, eq=False)
class Hazards:
    """Rates per day by segment, as arrays or as PyTensor expressions; see `forecast.multistate.rates.Rates`."""

    transition: Any  # (transitions, ...): ordinary rates
    stage_factor: Any  # (segments, stages, ...)
    weight: Any  # (segments, itineraries, ...)
    meanwhile: Any  # (segments, ...)
    plan: Any  # (segments, itineraries, ...)


def end_shares(theta: Parameters, structure: Indices, xp: Any = np) -> Any:
    """Return the share of each transition among the ends of its stage: a softmax within the stage."""
    sources = np.array([source for source, _ in structure.transitions])
    together = (sources[:, None] == sources[None, :]).astype(float)
    size = xp.exp(theta["end_logit"])
    return size / mix(together, size)


def itinerary_shares(theta: Parameters, structure: Indices, xp: Any = np) -> Any:
    """Return the share of each itinerary in the event, in ordinary times: a softmax of preferences."""
    if structure.ratios or structure.counts:
        log_size = theta["place_logit"] if structure.counts else 0.0
        size = xp.exp(log_size + mix(structure.attributes, theta["log_ratio"]) if structure.ratios else log_size)
    else:
        like = theta["log_stay"][:1]
        size = xp.exp(0.0 * like) * np.ones((len(structure.itineraries), *(1,) * (like.ndim - 1)))
    if not structure.present.all():
        size = size * structure.present.reshape(-1, *(1,) * (size.ndim - 1))
    return size / size.sum(axis=0)


def plan_hazard(kept: Any, taken: Any, left: Any, xp: Any = np) -> Any:
    r"""Return the hazard of a plan over a part of its window, for logits of the chance \kappa that it is kept.

    Each day of the window is given the same chance, \kappa over its length, so what is left of it, conditional on
    nothing until then, rises from day to day: \exp(-H) is (1 - \kappa (taken + before)) / (1 - \kappa before).

    Parameters
    ----------
    taken, left : array-like
        Shares of the window that the part takes, and that follow it.
    """
    return xp.log1p(taken / (xp.exp(-kept) + left))


def build_hazards(
    theta: Parameters, structure: Indices, segments: Segments, plans: tuple[Plan, ...], xp: Any = np
) -> Hazards:
    r"""Combine parameters and what holds on each segment into hazards.

    \lambda_t = \pi_t / m_{i(t)}^{k_{i(t)}}, with k = 1 where stays do not age;  f, c = \exp(X \gamma);  w_r = p_r c_r;
    h_r = \sum_{k: r \in R_k} c_{kr} H_k \cdot p_r / \sum_{r' \in R_k} p_{r'}, with H_k of `plan_hazard`, per day, and
    c_{kr} of the covariates alone that were not public yet when the plan was made; 1 / l_k in place of H_k
    where the plan is late; in a year that is busier than others f and w are so many times as great
    """
    sources = np.array([source for source, _ in structure.transitions])
    powers = structure.shapes.powers(theta, len(structure.stages), xp)
    transition = end_shares(theta, structure, xp) * xp.exp(-powers * theta["log_stay"])[sources]
    shares = itinerary_shares(theta, structure, xp)
    one = 0.0 * theta["log_stay"][0] + 1.0
    ratio, meanwhile = theta.get("log_ratio"), theta.get("log_meanwhile")
    busy = _season(theta, segments, one, xp)[:, None]
    weight = shares[None] * _factor(segments.event_covariates, ratio, one, xp) * busy
    return Hazards(
        transition=transition,
        stage_factor=_factor(segments.stage_covariates, ratio, one, xp) * busy,
        weight=weight,
        meanwhile=_factor(segments.pending, meanwhile, one, xp),
        plan=0.0 * weight + _planned(theta, structure, segments, plans, shares, xp),
    )


def _planned(
    theta: Parameters, structure: Indices, segments: Segments, plans: tuple[Plan, ...], shares: Any, xp: Any
) -> Any:
    """Return the hazards that plans add, (segments, itineraries, ...), or 0: on their days, and where they are late."""
    total: Any = 0.0
    one = 0.0 * theta["log_stay"][0] + 1.0
    trailing = (1,) * one.ndim
    opened, late = open_windows(segments, plans), late_plans(segments, plans)
    kind = np.array([plan.kind for plan in plans], int)
    for pairs in (opened, late):
        if not len(pairs.plan):
            continue
        if pairs is opened:
            days, taken, left = (each.reshape(-1, *trailing) for each in (opened.days, opened.taken, opened.left))
            intensity = plan_hazard(theta["kept_logit"][kind[opened.plan]], taken, left, xp) / days
        else:
            intensity = xp.exp(-theta["log_late"][structure.late_of[kind[late.plan]]])
        there = np.stack([plans[index].itineraries & structure.present for index in pairs.plan]).astype(float)
        possible = there.any(axis=1).astype(float)  # a plan all of whose itineraries are removed comes to nothing
        among = mix(there, shares) + (1 - possible).reshape(-1, *trailing)
        there = there.reshape(*there.shape, *trailing)
        news = _factor(pairs.covariates, theta.get("log_ratio"), one, xp)
        here = (np.arange(len(segments.start))[:, None] == pairs.segment).astype(float)
        total = total + _sum_over_pairs(here, there * news * shares[None] * (intensity / among)[:, None])
    return total


def build_rates(theta: Parameters, structure: Indices, segments: Segments, plans: tuple[Plan, ...]) -> Rates:
    """Lay the hazards of NumPy parameters out for `forecast.multistate`, over all stages."""
    hazards = build_hazards(theta, structure, segments, plans)
    stages, draws = len(structure.stages), theta["log_stay"].shape[-1]
    step, event = np.zeros((stages, stages, draws)), np.zeros((stages, draws))
    for rate, (source, target) in zip(hazards.transition, structure.transitions, strict=True):
        if target < 0:
            event[source] = rate
        else:
            step[source, target] = rate
    sigma = np.exp(theta["log_sigma"][0]) if "log_sigma" in theta else np.zeros(draws)
    clocks = structure.shapes.clocks(theta)
    rates = Rates(step, event, hazards.stage_factor, hazards.weight, hazards.meanwhile, hazards.plan, sigma, clocks)
    return structure.never.split(rates, theta)


def build_rates_ahead(theta: Parameters, timeline: Timeline, *, since_heard: bool = False) -> Switching:
    """Lay out the rates of the days after `as_of`, with whatever the scenario sets for some of them.

    Parameters
    ----------
    since_heard : bool
        Begin on the last day of news instead.
    """
    conditions = timeline.changing_since if since_heard else timeline.changing
    before = len(timeline.unheard.days) if since_heard else 0
    rates = []
    for state in conditions.states:
        segments = conditions.switch_on(timeline.since if since_heard else timeline.ahead, state)
        parts = [build_rates(theta, timeline.structure, segments.take(slice(before)), timeline.plans)] if before else []
        parts += [
            _build_regime(theta, timeline, regime, segments.take(slice(before, None))) for regime in timeline.regimes
        ]
        rates.append(reduce(Rates.join, parts))
    return conditions.switching(theta, tuple(rates))


def chance_conditions_held(timeline: Timeline, theta: Parameters) -> Array:
    """Return the probability that each draw gives to conditions that stay as they are from the last news on: (draws,).

    But for what was certain to change on a day.
    """
    conditions, days = timeline.changing_since, timeline.unheard.days
    log_chance = np.zeros(theta["log_stay"].shape[-1])
    for number, length in enumerate(days):
        is_on, settled = conditions.after(number).is_on, conditions.settled[number]
        for condition in np.flatnonzero(~settled).tolist():
            mean = conditions.log_mean(theta, condition, is_on=bool(is_on[condition]))
            if mean is not None:
                log_chance -= length * np.exp(-mean)
    return np.exp(log_chance)


def _build_regime(theta: Parameters, timeline: Timeline, regime: Regime, ahead: Segments) -> Rates:
    """Lay out the rates of the segments ahead over which the same is set."""
    if regime.log_ratios:
        ratios = theta["log_ratio"].copy()
        for index, value in regime.log_ratios.items():
            ratios[index] = value
        theta = theta | {"log_ratio": ratios}
    there = replace(timeline.structure, attributes=regime.attributes, present=regime.present)
    return build_rates(theta, there, ahead.take(regime.segments), timeline.plans)


def _factor(switches: Array, logs: Any, one: Any, xp: Any) -> Any:
    """Return exp(switches . logs); ones, of the draws' shape, where nothing is switched on."""
    if not switches.any():
        shape = (*switches.shape[:-1], *(1,) * one.ndim)
        return np.ones(shape) * one
    return xp.exp(mix(switches, logs))


def _season(theta: Parameters, segments: Segments, one: Any, xp: Any) -> Any:
    """Return how busy the year of each segment is: (segments, ...)."""
    scale, normals = name_spread(YEAR)
    if normals not in theta:
        return np.ones((1, *(1,) * one.ndim))
    return xp.exp(xp.exp(theta[scale][0]) * theta[normals][segments.season])


def _sum_over_pairs(here: Array, hazard: Any) -> Any:
    """Sum hazards by pair of segment and plan, (pairs, itineraries, ...), to (segments, itineraries, ...)."""
    return mix(here, hazard) if isinstance(hazard, np.ndarray) else mix(here[:, None, :], hazard.T)
