"""Families with several paces and a common season: by host and traveller, and by year."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import numpy as np
import pytest
from builders import day, entered, happened, make_scenario, ratio, stay
from densities import assert_one_density, assert_right_derivatives
from scipy.stats import norm

from forecast.inference import Settings, draw_quickly
from forecast.inference.laplace import build_target, find_modes
from forecast.inference.quick import quick_draws
from forecast.inference.scales import Central
from forecast.model import (
    build_poisson_rows,
    build_priors,
    build_timeline,
    extend_seasons,
    fingerprint_inputs,
    parameters_of,
    pool_timelines,
    row_rates,
)
from forecast.scenario import FAST_TO_SLOW
from forecast.scenario.reader import Interval

PACE = {"host": Interval(1.5, 6.0), "traveller": Interval(1.2, 3.0)}
YEARS = Interval(1.2, 4.0)
GROUPS = {
    "host": {"a": "japan", "b": "japan", "c": "france", "d": "france"},
    "traveller": {"a": "president", "b": "secretary", "c": "president", "d": "secretary"},
}
EVENTS = {"a": [100, 500], "b": [50, 210, 420, 640], "c": [], "d": [300]}
AS_OF = 700  # 2021-12-01: the record begins on 2020-01-01


def family(events=EVENTS, mean=(100, 900), pace=PACE, years=YEARS, as_of=AS_OF):
    """Return the knowns, the pooled timeline and the priors of units of one stage."""
    known = {
        unit: make_scenario(
            {"waiting": stay(*mean, event=1)},
            timeline=[happened(each, "here") for each in days],
            as_of=as_of,
            until=as_of + 300,
        ).known()
        for unit, days in events.items()
    }
    seasons = tuple(range(day(0).year, day(as_of).year + 1)) if years else ()
    pooled = pool_timelines({unit: build_timeline(each, seasons) for unit, each in known.items()}, GROUPS)
    return known, pooled, build_priors(next(iter(known.values())), pooled, pace, years)


def staged():
    """Return the same of units with a resting stage, whose episodes differ in seriousness: four scales."""
    stages = {"rest": stay(40, 150, talks=1), "talks": stay(20, 90, event=3, rest=2)}
    steps = {
        "a": [entered(300, "talks"), entered(400, "rest"), entered(420, "talks")],
        "b": [entered(5, "talks"), happened(30, "here")],
        "c": [],
        "d": [entered(380, "talks")],
    }
    known = {
        unit: make_scenario(stages, timeline=each, seriousness=ratio(1.2, 4), as_of=430, until=500).known()
        for unit, each in steps.items()
    }
    pooled = pool_timelines({unit: build_timeline(each, (2020, 2021)) for unit, each in known.items()}, GROUPS)
    return pooled, build_priors(known["a"], pooled, PACE, YEARS)


def draw(priors, count, seed=1):
    rng = np.random.default_rng(seed)
    return {name: vector.at(rng.standard_normal((len(vector.labels), count))) for name, vector in priors.items()}


def test_a_segment_lies_in_one_year_and_its_rate_has_all_paces():
    """Day by day, from the dates alone: the rate is that of its stay, times that of its host, traveller and year."""
    known, pooled, priors = family()
    theta = draw(priors, 5)
    rows = build_poisson_rows(pooled)
    _, rates = row_rates(theta, pooled, rows)
    segments = pooled.history.segments
    for row, segment in enumerate(rows.segment):
        years = {
            datetime.date.fromordinal(int(number)).year
            for number in (segments.start[segment] + 1, segments.end[segment])
        }
        unit = list(EVENTS)[pooled.history.unit[segment]]
        host = ["japan", "france"].index(GROUPS["host"][unit])
        traveller = ["president", "secretary"].index(GROUPS["traveller"][unit])
        (year,) = years
        right = (
            -theta["log_stay"][0]
            + np.exp(theta["log_tau_host"][0]) * theta["u_host"][host]
            + np.exp(theta["log_tau_traveller"][0]) * theta["u_traveller"][traveller]
            + np.exp(theta["log_tau_year"][0]) * theta["u_year"][year - 2020]
        )
        np.testing.assert_allclose(rates[row], np.exp(right), rtol=1e-12)
    assert priors["u_year"].labels == ("2020", "2021")
    assert priors["u_host"].labels == ("japan", "france")
    assert segments.days.sum() == len(known) * AS_OF


def test_the_likelihood_is_the_product_of_units_with_their_own_parameters():
    pooled, priors = staged()
    theta = draw(priors, 7)
    steps, events = row_rates(theta, pooled, build_poisson_rows(pooled))
    own = parameters_of(theta, pooled, 1)
    assert {"log_tau_year", "u_year"} <= set(own)
    assert not {"u_host", "log_tau_host", "u_traveller"} & set(own)
    assert steps.shape[1] == events.shape[1] == 7


def test_the_quick_engine_has_the_density_of_the_pymc_model():
    pooled, priors = staged()
    assert {"log_sigma", "z", "log_tau_host", "u_host", "u_traveller", "log_tau_year", "u_year"} <= set(priors)
    assert_one_density(pooled, priors)
    target = build_target(pooled, priors)
    x = np.random.default_rng(2).standard_normal(len(target.stack)) * 0.5
    assert_right_derivatives(target, x, np.array([0.4, -0.7, 0.3, -0.2]))


def test_three_scales_are_a_design_around_their_mode():
    _, pooled, priors = family()
    found = quick_draws(pooled, priors, 4000, np.random.default_rng(3))
    layout = found.laplace.layout
    assert isinstance(layout, Central)
    assert found.laplace.mode.shape[0] == 15
    assert found.diagnostics["ess"] > 3000
    assert found.diagnostics["pareto_k"] < 0.7
    height = found.laplace.learnt - 0.5 * (layout.points**2).sum(axis=1)
    assert height[0] > height[1:7].max()  # the centre lies above the ends of its axes
    again = find_modes(build_target(pooled, priors), found.laplace)
    np.testing.assert_allclose(again.mode, found.laplace.mode, atol=1e-4)
    at, root = layout.interpolate(found.laplace.mode, found.laplace.scale, layout.points[:1])
    np.testing.assert_allclose(at[0], found.laplace.mode[0], atol=0.1)
    np.testing.assert_allclose(root[0], found.laplace.scale[0], atol=0.1)


def by_prior(draws, rng, as_of=AS_OF):
    """Draw from the prior as it is written in the file, weigh by the probability of the days; an oracle of its own."""

    def lognormal(lo, hi):
        centre, spread = math.log(lo * hi) / 2, math.log(hi / lo) / 2 / norm.ppf(0.95)
        return np.exp(centre + spread * rng.standard_normal(draws))

    def scale(interval):
        return lognormal(*(math.log(end) / FAST_TO_SLOW for end in (interval.lo, interval.hi)))

    theta = {name: scale(each) for name, each in {**PACE, "year": YEARS}.items()}
    u = {name: rng.standard_normal((2, draws)) for name in theta}
    mean = lognormal(100, 900)
    days = np.array([min(366, as_of), max(as_of - 366, 0)])  # of 2020 and of 2021
    log_weight = np.zeros(draws)
    for unit, events in EVENTS.items():
        host, traveller = (
            list(dict.fromkeys(GROUPS[name].values())).index(GROUPS[name][unit]) for name in ("host", "traveller")
        )
        for year, length in enumerate(days):
            rate = np.exp(
                theta["host"] * u["host"][host]
                + theta["traveller"] * u["traveller"][traveller]
                + theta["year"] * u["year"][year]
            )
            rate /= mean
            count = sum((each > 366) == year for each in events)  # day 366 is 2021-01-01
            log_weight += count * np.log(-np.expm1(-rate)) - rate * (length - count)
    weight = np.exp(log_weight - log_weight.max())
    return theta, u, mean, weight / weight.sum()


def test_three_scales_agree_with_draws_from_the_prior():
    """Means of the scales, of a host's and of a year's pace, against an importance sampler that shares no code."""
    theta, u, mean, weight = by_prior(2_000_000, np.random.default_rng(4))
    _, pooled, priors = family()
    drawn = draw_quickly(pooled, priors, Settings(draws=2000))
    found = drawn.draws
    pairs = {
        **{name: (np.log(theta[name]), found[f"log_tau_{name}"][0]) for name in theta},
        "japan": (u["host"][0], found["u_host"][0]),
        "secretary": (u["traveller"][1], found["u_traveller"][1]),
        "2020": (theta["year"] * u["year"][0], np.exp(found["log_tau_year"][0]) * found["u_year"][0]),
        "mean": (np.log(mean), found["log_stay"][0]),
    }
    effective = 1 / (weight @ weight)
    assert effective > 20_000
    for name, (right, values) in pairs.items():
        centre = weight @ right
        error = math.sqrt(weight @ (right - centre) ** 2 / effective)
        assert abs(values.mean() - centre) < 4 * math.hypot(error, drawn.mcse(values)), name


def test_years_ahead_are_of_the_prior_and_the_same_for_all_units():
    _, pooled, priors = family()
    theta = draw(priors, 20_000)
    longer = extend_seasons(theta, pooled, 2023, np.random.default_rng(5))
    np.testing.assert_array_equal(longer["u_year"][:2], theta["u_year"])
    assert longer["u_year"].shape == (4, 20_000)
    assert abs(longer["u_year"][2:].mean(axis=1)).max() < 4 / math.sqrt(20_000)
    assert abs(np.corrcoef(longer["u_year"])[2, 3]) < 4 / math.sqrt(20_000)
    assert extend_seasons(theta, pooled, 2021, np.random.default_rng(5)) is theta
    one, other = (parameters_of(longer, pooled, unit)["u_year"] for unit in (0, 1))
    np.testing.assert_array_equal(one, other)


def test_from_one_on_years_may_not_differ_at_all():
    """The law of log tau has the 5% and the 95% point of a half-normal's logarithm."""
    _, _, priors = family(years=Interval(1.0, 2.0))
    vector = priors["log_tau_year"]
    hi = math.log(math.log(2) / FAST_TO_SLOW)
    sd = math.exp(hi) / norm.ppf(0.975)
    lo = math.log(sd * norm.ppf(0.525))
    assert vector.mean[0] == pytest.approx((lo + hi) / 2, abs=1e-5)
    assert vector.sd[0] == pytest.approx((hi - lo) / 2 / norm.ppf(0.95), abs=1e-5)
    assert "u_year" not in family(years=Interval(1.0, 1.0))[2]


def test_a_year_and_a_host_are_part_of_the_fingerprint():
    _, pooled, priors = family()
    _, without, plain = family(years=None)
    assert fingerprint_inputs(pooled, priors, {}) != fingerprint_inputs(without, plain, {})
    swapped = {name: without.groups[name] for name in ("unit", "traveller", "host")}
    other = replace(without, groups=swapped)
    assert fingerprint_inputs(without, plain, {}) != fingerprint_inputs(other, plain, {})


@pytest.mark.slow
def test_nuts_and_the_quick_engine_agree():
    from forecast.inference import find_or_fit

    _, pooled, priors = family()
    settings = Settings(draws=1000)
    one, other = (find_or_fit(pooled, priors, settings, engine=engine, fresh=True) for engine in ("nuts", "quick"))
    for name in ("log_stay", "log_tau_host", "log_tau_traveller", "log_tau_year", "u_host", "u_year"):
        a, b = one.draws[name][0], other.draws[name][0]
        assert abs(a.mean() - b.mean()) < 4 * math.hypot(one.mcse(a), other.mcse(b)), name


@pytest.mark.slow
def test_three_scales_are_calibrated():
    """In 200 worlds from the prior, ranks of the mean and of each scale are uniform."""
    rng, ranks = np.random.default_rng(6), {}
    hosts, travellers, last = 5, ("president", "secretary"), 1460
    units = [(host, traveller) for host in range(hosts) for traveller in (0, 1)]
    years = [day(number).year - 2020 for number in range(last + 1)]
    groups = {
        "host": {f"u{h}{t}": f"h{h}" for h, t in units},
        "traveller": {f"u{h}{t}": travellers[t] for h, t in units},
    }
    for _ in range(200):
        centre, spread = math.log(100 * 900) / 2, math.log(9) / 2 / norm.ppf(0.95)
        truth = {"log_stay": centre + spread * rng.standard_normal()}
        for name, interval in {**PACE, "year": YEARS}.items():
            lo, hi = (math.log(math.log(end) / FAST_TO_SLOW) for end in (interval.lo, interval.hi))
            truth[f"log_tau_{name}"] = (lo + hi) / 2 + (hi - lo) / 2 / norm.ppf(0.95) * rng.standard_normal()
        u = {name: math.exp(truth[f"log_tau_{name}"]) * rng.standard_normal(5) for name in (*PACE, "year")}
        known = {}
        for host, traveller in units:
            log_rate = u["host"][host] + u["traveller"][traveller] - truth["log_stay"]
            chance = -np.expm1(-np.exp(log_rate + u["year"][years]))
            events = np.flatnonzero(rng.random(last + 1) < chance)
            known[f"u{host}{traveller}"] = make_scenario(
                {"waiting": stay(100, 900, event=1)},
                timeline=[happened(int(number), "here") for number in events if number > 0],
                as_of=last,
                until=last + 10,
            ).known()
        seasons = tuple(range(2020, day(last).year + 1))
        pooled = pool_timelines({unit: build_timeline(each, seasons) for unit, each in known.items()}, groups)
        priors = build_priors(known["u00"], pooled, PACE, YEARS)
        found = quick_draws(pooled, priors, 400, rng, proposals=4096)
        for name, right in truth.items():
            ranks.setdefault(name, []).append((found.draws[name][0] < right).mean())
    for name, found in ranks.items():
        counts = np.histogram(found, bins=10, range=(0, 1))[0]
        assert ((counts - 20) ** 2 / 20).sum() < 27.9, (name, counts)  # 0.999 of chi-squared with nine degrees
