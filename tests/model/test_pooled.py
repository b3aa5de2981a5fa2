"""Families: one posterior for many timelines, each with a pace of its own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from builders import entered, happened, kept, make_scenario, planned, ratio, stay
from densities import assert_one_density, assert_right_derivatives
from scipy.integrate import quad
from scipy.stats import norm

from forecast.inference import Settings, draw_quickly
from forecast.inference.laplace import build_target, find_modes
from forecast.inference.quick import quick_draws
from forecast.model import (
    build_poisson_rows,
    build_priors,
    build_timeline,
    count_record,
    fingerprint_inputs,
    parameters_of,
    pool_timelines,
    row_rates,
    simulate_histories,
)
from forecast.scenario import FAST_TO_SLOW
from forecast.scenario.reader import Interval

PACE = {"unit": Interval(1.5, 6.0)}
STEPS = {
    "north": [entered(20, "talks"), entered(60, "rest"), entered(110, "talks")],
    "south": [entered(5, "talks"), happened(30, "here"), planned("host", 140, 150, public=90)],
    "west": [],
}


def family(as_of=130, **steps):
    stages = {"rest": stay(40, 150, talks=1), "talks": stay(20, 90, event=3, rest=2)}
    known = {
        name: make_scenario(
            stages, timeline=timeline, plans={"host": kept(0.2, 0.7)}, as_of=as_of, until=as_of + 90
        ).known()
        for name, timeline in (steps or STEPS).items()
    }
    timelines = {name: build_timeline(each) for name, each in known.items()}
    pooled = pool_timelines(timelines)
    return timelines, pooled, build_priors(next(iter(known.values())), pooled, PACE)


def test_the_likelihood_of_a_family_is_the_product_of_its_units():
    """Each unit's rates are those of its own timeline with its own parameters."""
    timelines, pooled, priors = family()
    rng = np.random.default_rng(1)
    theta = {name: vector.at(rng.standard_normal((len(vector.labels), 7))) for name, vector in priors.items()}
    steps, events = row_rates(theta, pooled, build_poisson_rows(pooled))
    found = []
    for number, timeline in enumerate(timelines.values()):
        own = parameters_of(theta, pooled, number)
        assert not {"u", "log_tau"} & set(own)
        found.append(row_rates(own, timeline, build_poisson_rows(timeline)))
    np.testing.assert_allclose(steps, np.concatenate([each for each, _ in found]), rtol=1e-12)
    np.testing.assert_allclose(events, np.concatenate([each for _, each in found]), rtol=1e-12)


def test_the_quick_engine_has_the_density_of_the_pymc_model():
    _, pooled, priors = family()
    assert {"log_sigma", "z", "log_tau", "u"} <= set(priors)
    assert_one_density(pooled, priors)
    target = build_target(pooled, priors)
    x = np.random.default_rng(2).standard_normal(len(target.stack)) * 0.5
    assert_right_derivatives(target, x, np.array([0.4, -0.7]))


def test_the_grid_of_two_scales_proposes_what_the_posterior_is_like():
    _, pooled, priors = family()
    found = quick_draws(pooled, priors, 4000, np.random.default_rng(3))
    assert len(found.laplace.layout.nodes) == 2
    assert found.laplace.mode.shape[0] == 25
    assert found.diagnostics["ess"] > 2500
    assert found.diagnostics["pareto_k"] < 0.6
    again = find_modes(build_target(pooled, priors), found.laplace)
    np.testing.assert_allclose(again.mode, found.laplace.mode, atol=1e-4)


def test_units_of_one_stage_agree_with_quadrature():
    """Two units, one event in 400 days and none in 400: P that each has one within 200 more, by quadrature over
    the shared mean and, given it, over each unit's pace."""
    days, ahead, tau = 400, 200, 0.6
    known = {
        name: make_scenario(
            {"waiting": stay(100, 900, event=1)}, timeline=events, as_of=days, until=days + ahead
        ).known()
        for name, events in {"a": [happened(150, "here")], "b": []}.items()
    }
    timelines = {name: build_timeline(each) for name, each in known.items()}
    pooled = pool_timelines(timelines)
    ratio_of = math.exp(FAST_TO_SLOW * tau)
    priors = build_priors(known["a"], pooled, {"unit": Interval(ratio_of, ratio_of)})
    drawn = draw_quickly(pooled, priors, Settings(draws=4000))
    centre, spread = math.log(100 * 900) / 2, math.log(9) / 2 / norm.ppf(0.95)

    def over_pace(function, log_mean):
        grid = np.linspace(-7, 7, 1401)
        rate = np.exp(tau * grid - log_mean)
        return np.trapezoid(norm.pdf(grid) * function(rate), grid)

    def whole(log_mean):
        a = over_pace(lambda rate: (1 - np.exp(-rate)) * np.exp(-rate * (days - 1)), log_mean)
        b = over_pace(lambda rate: np.exp(-rate * days), log_mean)
        return norm.pdf(log_mean, centre, spread) * a * b

    def both(log_mean):
        a = over_pace(
            lambda rate: (1 - np.exp(-rate)) * np.exp(-rate * (days - 1)) * (1 - np.exp(-rate * ahead)), log_mean
        )
        b = over_pace(lambda rate: np.exp(-rate * days) * (1 - np.exp(-rate * ahead)), log_mean)
        return norm.pdf(log_mean, centre, spread) * a * b

    bounds = centre - 8 * spread, centre + 8 * spread
    right = quad(both, *bounds, limit=200)[0] / quad(whole, *bounds, limit=200)[0]
    chance = np.ones(16_000)
    for number in range(2):
        own = parameters_of(drawn.draws, pooled, number)
        chance *= 1 - np.exp(-ahead * np.exp(-own["log_stay"][0]))
    assert abs(chance.mean() - right) < 3 * drawn.mcse(chance) + 1e-4


def test_a_known_pace_of_one_makes_all_alike():
    _, pooled, _ = family(north=STEPS["north"])
    stages = {"rest": stay(40, 150, talks=1), "talks": stay(20, 90, event=3, rest=2)}
    known = make_scenario(stages, plans={"host": kept(0.2, 0.7)}).known()
    assert "u" in build_priors(known, pooled, PACE)
    assert "u" not in build_priors(known, pooled, {"unit": Interval(1.0, 1.0)})


def test_what_is_recorded_and_simulated_is_of_all_units():
    timelines, pooled, priors = family()
    every = [count_record(each) for each in timelines.values()]
    for name, found in count_record(pooled).items():
        np.testing.assert_allclose(found, np.sum([each[name] for each in every], axis=0))
    rng = np.random.default_rng(4)
    theta = {name: vector.at(rng.standard_normal((len(vector.labels), 50))) for name, vector in priors.items()}
    assert simulate_histories(pooled, theta, rng)["days"].sum(axis=0) == pytest.approx(3 * 130)
    assert len(pooled.stay_names) == sum(len(each.stay_names) for each in timelines.values())


def test_a_family_has_a_fingerprint_of_its_own():
    _, pooled, priors = family()
    moved = replace(pooled, history=replace(pooled.history, unit=pooled.history.unit[::-1]))
    assert fingerprint_inputs(pooled, priors, {}) != fingerprint_inputs(moved, priors, {})


@pytest.mark.slow
def test_a_family_is_calibrated():
    """In 200 worlds from the prior, ranks of the shared mean and of the spread of paces are uniform."""
    rng, ranks = np.random.default_rng(5), {"log_stay": [], "log_tau": []}
    units, days = 12, 500
    for _ in range(200):
        centre, spread = math.log(60 * 600) / 2, math.log(10) / 2 / norm.ppf(0.95)
        log_mean = centre + spread * rng.standard_normal()
        scales = [math.log(math.log(end) / FAST_TO_SLOW) for end in (1.5, 6.0)]
        log_tau = sum(scales) / 2 + (scales[1] - scales[0]) / 2 / norm.ppf(0.95) * rng.standard_normal()
        known = {}
        for unit in range(units):
            rate = math.exp(math.exp(log_tau) * rng.standard_normal() - log_mean)
            events, at = [], 0.0
            while (at := at + rng.exponential(1 / rate)) < days - 1:
                if not events or math.floor(at) + 1 > events[-1]:
                    events.append(math.floor(at) + 1)
            known[f"u{unit}"] = make_scenario(
                {"waiting": stay(60, 600, event=1)}, timeline=[happened(day, "here") for day in events],
                as_of=days, until=days + 10,
            ).known()  # fmt: skip
        pooled = pool_timelines({name: build_timeline(each) for name, each in known.items()})
        priors = build_priors(known["u0"], pooled, PACE)
        found = quick_draws(pooled, priors, 400, rng, proposals=4096)
        for name, truth in (("log_stay", log_mean), ("log_tau", log_tau)):
            ranks[name].append((found.draws[name][0] < truth).mean())
    for name, found in ranks.items():
        counts = np.histogram(found, bins=10, range=(0, 1))[0]
        assert ((counts - 20) ** 2 / 20).sum() < 27.9, (name, counts)  # 0.999 of chi-squared with nine degrees


def test_seriousness_and_pace_are_both_learned():
    _, pooled, priors = family()
    priors["log_sigma"] = build_priors(
        make_scenario(
            {"rest": stay(40, 150, talks=1), "talks": stay(20, 90, event=3, rest=2)}, seriousness=ratio(1.2, 4)
        ).known(),
        build_timeline(make_scenario({"rest": stay(40, 150, talks=1), "talks": stay(20, 90, event=3, rest=2)}).known()),
    )["log_sigma"]
    drawn = draw_quickly(pooled, priors, Settings(draws=500))
    assert drawn is not None
    assert drawn.draws["log_tau"].std() > 0.1
