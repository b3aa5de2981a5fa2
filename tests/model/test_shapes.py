"""Stays that age: their likelihood and forecast against SciPy's distributions, quadrature and the other engine."""

import datetime
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from builders import (
    Z95,
    condition,
    day,
    entered,
    happened,
    kept,
    make_scenario,
    never,
    one_stage,
    planned,
    ratio,
    set_up,
    shaped,
    single,
    stay,
    two_stage,
    under_way,
    unseen,
)
from densities import assert_one_density, assert_right_derivatives
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import forecast
from forecast.answer.ahead import carry_ahead
from forecast.errors import InputError
from forecast.inference.densities import log_likelihood
from forecast.inference.quick import gate, quick_draws
from forecast.model import fingerprint_inputs, natural_scale
from forecast.model.shapes import SPREAD, SingleStays, span_medians
from forecast.scenario.reader import Interval

REVIEWS = np.cumsum([74, 83, 92, 101, 111])  # days on which five of them ended, each begun as the last one ended
RUNNING = 60  # days of the sixth


def probability(scenario, draws=8000):
    """Return P by the quick engine, and its Monte Carlo error."""
    timeline, priors = set_up(scenario)
    rng = np.random.default_rng(1)
    found = quick_draws(timeline, priors, draws, rng)
    total = carry_ahead(timeline, found.draws, rng).total
    return total.mean(), total.std() / math.sqrt(0.5 * draws)


def on_a_normal(mean, sd):
    """Return points and weights of a normal, close enough for a likelihood that is much narrower."""
    standard = np.linspace(-6, 6, 241)
    weights = np.exp(-(standard**2) / 2)
    return mean + sd * standard, weights / weights.sum()


def expect_reviews(hazard, points, weights, ahead=30):
    """Return P by quadrature over points, given the cumulative hazard at some ages and points."""
    record = np.diff(np.r_[0, REVIEWS])
    survival = np.exp(-hazard(np.r_[record - 1, record, RUNNING, RUNNING + ahead], points))
    number = len(record)
    ended = (survival[:number] - survival[number : 2 * number]).prod(axis=0)
    return 1 - weights @ (ended * survival[-1]) / (weights @ (ended * survival[-2]))


def reviews(belief, until=RUNNING + 30):
    """Ask about the sixth review after five."""
    as_of = int(REVIEWS[-1]) + RUNNING
    timeline = [happened(int(number), "here") for number in REVIEWS]
    return make_scenario({"review": belief}, timeline=timeline, as_of=as_of, until=as_of + until - RUNNING)


# --- single stays --------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 1e4), st.floats(1.1, 1e3), st.floats(-6, 8))
def test_before_the_record_single_stays_are_lognormal(lo, spread, standard):
    sd = math.log(spread) / (2 * Z95)
    age = lo * math.exp(sd * (standard + Z95))
    hazard = SingleStays(lo, lo * spread).cumulative(np.array([age]))[0, 0]
    z = np.linspace(-40, 12, 20_001)
    survival = np.trapezoid(np.exp(-hazard * np.exp(SPREAD * z) - z**2 / 2), z) / math.sqrt(2 * math.pi)
    assert survival == pytest.approx(stats.norm.sf(standard), rel=1e-6)


def test_a_stay_that_begins_today():
    """Nine in ten take 60 to 120 days; one begins today and is over within 45, or 90, days."""
    sd, scale = math.log(2) / (2 * Z95), math.sqrt(60 * 120)
    for until in (45, 90):
        p, error = probability(make_scenario({"review": single(60, 120, event=1)}, until=until))
        assert p == pytest.approx(stats.lognorm.cdf(until, sd, scale=scale), abs=3 * error)
    assert stats.lognorm.cdf(45, sd, scale=scale) == pytest.approx(0.0013, abs=5e-5)


def test_five_reviews_and_one_that_runs():
    clock = SingleStays(60, 120)
    points, weights = on_a_normal(0, SPREAD)
    expected = expect_reviews(lambda ages, z: clock.cumulative(ages) * np.exp(z), points, weights)
    p, error = probability(reviews(single(60, 120, event=1)))
    assert p == pytest.approx(expected, abs=3 * error)


def test_their_median_is_told_in_days():
    low, high = span_medians(Interval(60, 120))
    assert low < math.sqrt(60 * 120) < high
    timeline, priors = set_up(reviews(single(60, 120, event=1)))
    theta = {name: vector.at(np.zeros((len(vector.labels), 1))) for name, vector in priors.items()}
    clock, median = SingleStays(60, 120), natural_scale(theta, timeline.structure)["stay"].values[0]
    assert clock.cumulative(median)[0, 0] == pytest.approx(math.log(2), rel=1e-4)


# --- means and shapes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.6, 1.5, 4])
@pytest.mark.parametrize("age", [0, 40])
def test_what_is_left_of_a_stay_of_known_age(shape, age):
    belief = shaped(stay(100, 100, event=1), shape)
    scenario = make_scenario({"waiting": belief}, begins=under_way("waiting", -age), until=60)
    stays = stats.weibull_min(shape, scale=100 / math.gamma(1 + 1 / shape))
    assert stays.mean() == pytest.approx(100)
    assert probability(scenario)[0] == pytest.approx(1 - stays.sf(age + 60) / stays.sf(age), abs=1e-3)


def test_a_shape_of_one_is_no_shape():
    plain, of_one = reviews(stay(50, 300, event=1)), reviews(shaped(stay(50, 300, event=1), 1))
    assert probability(plain) == probability(of_one)


@pytest.mark.parametrize("shape", [(4, 4), (1.5, 8)], ids=["known", "unknown"])
def test_reviews_of_a_mean_and_a_shape(shape):
    """Five reviews and one that runs, by quadrature over the mean and the shape."""
    log_mean, of_mean = on_a_normal(math.log(math.sqrt(50 * 300)), math.log(300 / 50) / (2 * Z95))
    log_shape, of_shape = on_a_normal(
        math.log(math.sqrt(shape[0] * shape[1])), math.log(shape[1] / shape[0]) / (2 * Z95)
    )
    means, shapes = (each.ravel() for each in np.meshgrid(np.exp(log_mean), np.exp(log_shape)))
    weights = np.outer(of_shape, of_mean).ravel()

    def hazard(ages, numbers):
        scale = means[numbers] / np.exp([math.lgamma(1 + 1 / k) for k in shapes])[numbers]
        with np.errstate(over="ignore"):
            return np.minimum(-stats.weibull_min.logsf(ages[:, None], shapes[numbers], scale=scale), 700)

    expected = expect_reviews(hazard, np.arange(len(means)), weights)
    p, error = probability(reviews(shaped(stay(50, 300, event=1), *shape)))
    assert p == pytest.approx(expected, abs=3 * error)


@pytest.mark.parametrize("shape", [0.7, 1.0, 3.0])
def test_each_stay_has_the_likelihood_of_scipys_weibull(shape):
    """Five stays that ended on a day, and one censored; the mean is not known, and the shape is, or neither."""
    for interval in ((shape, shape), (0.5, 5)):
        timeline, priors = set_up(reviews(shaped(stay(50, 300, event=1), *interval)))
        draws = {name: vector.at(np.zeros((len(vector.labels), 2))) for name, vector in priors.items()}
        draws["log_stay"] = np.log([[60.0, 140.0]])
        if "log_shape" in draws:
            draws["log_shape"] = np.log([[shape, shape]])
        found = log_likelihood(timeline, draws)
        stays = stats.weibull_min(shape, scale=np.array([60.0, 140.0]) / math.gamma(1 + 1 / shape))
        ended = np.diff(np.r_[0, REVIEWS])[:, None]
        expected = [*np.log(stays.cdf(ended) - stays.cdf(ended - 1)), stays.logsf(RUNNING)]
        np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_two_ways_out_share_the_clock():
    """Of a stage with two ends the clock is common: where the stay ends does not hang on how long it was."""
    stages = {"quiet": stay(1e6, 1e6, active=1), "active": shaped(stay(60, 60, event=6, quiet=4), 3)}
    scenario = make_scenario(stages, timeline=[entered(1, "active")], as_of=1, until=500, seriousness=ratio(1, 1))
    assert probability(scenario)[0] == pytest.approx(6 / 10, abs=0.005)


# --- one density by both engines -----------------------------------------------------------------------------------

SHAPES = {
    "known": lambda belief: shaped(belief, 2.5),
    "falling": lambda belief: shaped(belief, 0.5),
    "open": lambda belief: shaped(belief, 0.8, 5),
    "single": lambda belief: single(10, 90, **belief.ends),
}


def busy(quiet, active, **rest):
    """Build a record in which all that acts on rates acts."""
    return make_scenario(
        {"quiet": SHAPES[quiet](stay(20, 200, active=1)), "active": SHAPES[active](stay(5, 60, event=3, quiet=2))},
        timeline=[
            entered(30, "active"), condition("fair", 35, 70), happened(55, "here"), entered(90, "active"),
            planned("visit", 100, 110, public=92), happened(104, "here"), entered(160, "active"), entered(160, "quiet"),
            entered(200, "active"), planned("visit", 240, 250, public=220),
        ],
        ratios={"fair": ratio(0.3, 5)}, plans={"visit": kept(0.2, 0.8)}, as_of=230, until=300, **rest,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("quiet", "active"),
    [
        pair if pair in {("falling", "open"), ("single", "known")} else pytest.param(*pair, marks=pytest.mark.slow)
        for pair in itertools.product(SHAPES, SHAPES)
    ],
)
def test_both_engines_have_one_density(quiet, active):
    assert_one_density(*set_up(busy(quiet, active)))


def test_both_engines_have_one_density_where_the_record_fades_and_has_holes():
    hole = unseen(120, 150, "quiet", 140)
    assert_one_density(*set_up(replace(busy("open", "known", unrecorded=[hole]), fades=0.5)))


def test_the_modes_are_found_by_the_right_derivatives():
    """Where Newton's method ends, no coordinate climbs any further; the importance weights tell."""
    timeline, priors = set_up(busy("open", "open"))
    found = quick_draws(timeline, priors, 2000, np.random.default_rng(1))
    assert not gate(found.diagnostics)
    assert_right_derivatives(found.laplace.target, found.laplace.mode[2] + 0.3, 0.4)


def test_a_record_that_fades_weighs_each_day_of_a_stay():
    """Days and steps by their weights, summed by day, for a shape and a mean that are known but for the mean."""
    shape, half_life = 3.0, 0.4 * 365.2425
    scenario = replace(reviews(shaped(stay(50, 300, event=1), shape)), fades=0.4)
    as_of = int(REVIEWS[-1]) + RUNNING
    nodes, weights = on_a_normal(math.log(math.sqrt(50 * 300)), math.log(300 / 50) / (2 * Z95))
    scale = np.exp(nodes) / math.gamma(1 + 1 / shape)
    log_likelihood = np.zeros(len(nodes))
    for start, end in zip(np.r_[0, REVIEWS], np.r_[REVIEWS, as_of], strict=True):
        days = np.arange(1, end - start + 1)
        weight = 0.5 ** ((as_of - start - days + 0.5) / half_life)
        rises = (days[:, None] / scale) ** shape - ((days[:, None] - 1) / scale) ** shape
        ended = end < as_of
        log_likelihood -= weight[: len(days) - ended] @ rises[: len(days) - ended]
        if ended:
            log_likelihood += 0.5 ** ((as_of - end) / half_life) * np.log(-np.expm1(-rises[-1]))
    posterior = weights * np.exp(log_likelihood - log_likelihood.max())
    left = np.exp(-(((RUNNING + 30) / scale) ** shape - (RUNNING / scale) ** shape))
    p, error = probability(scenario)
    assert p == pytest.approx(posterior @ (1 - left) / posterior.sum(), abs=3 * error + 2e-3)


# --- varied --------------------------------------------------------------------------------------------------------


WAITING = stay(14, 120, event=1)


@pytest.mark.parametrize(
    ("belief", "key", "values", "become"),
    [
        (single(14, 120, event=1), "stay.median", (20.0, 60.0), lambda value: single(*spread(14, 120, value), event=1)),
        (
            shaped(stay(14, 120, event=1), 1.2, 4),
            "shape",
            (1.5, 3.0),
            lambda value: shaped(stay(14, 120, event=1), value),
        ),
        (shaped(stay(14, 120, event=1), 2), "shape", (1.0, 3.0), lambda value: shaped(stay(14, 120, event=1), value)),
        (
            never(stay(14, 120, event=1), 0.1, 0.6),
            "never",
            (0.2, 0.5),
            lambda value: never(stay(14, 120, event=1), value),
        ),
    ],
    ids=["single stays", "an open shape", "a known one", "a share that never comes"],
)
def test_a_sweep_over_it_is_the_same_change_in_the_file(belief, key, values, become):
    ask = {"as_of": 40, "until": 80}
    sweep = forecast.sweep_scenario(
        make_scenario({"waiting": belief}, **ask),
        {f"priors.stages.waiting.{key}": list(values)},
        engine="quick",
        draws=1000,
    )
    for row, value in zip(sweep.rows, values, strict=True):
        p, mcse = (row[sweep.columns.index(name)] for name in ("p", "mcse"))
        expected, error = probability(make_scenario({"waiting": become(value)}, **ask))
        assert p == pytest.approx(expected, abs=4 * math.hypot(mcse, error) + 1e-3)
    (low, high) = (row[sweep.columns.index("p")] for row in sweep.rows)
    assert abs(low - high) > 0.02


def spread(lo, hi, median):
    """Return an interval moved to another median."""
    half = math.sqrt(hi / lo)
    return median / half, median * half


def test_no_number_fixes_single_stays():
    scenario = make_scenario({"waiting": single(14, 120, event=1)}, until=40)
    with pytest.raises(InputError, match=r"no number fixes single stays, which differ; vary \.median"):
        forecast.sweep_scenario(scenario, {"priors.stages.waiting.stay": [20, 40]}, engine="quick")


def test_sensitivity_knows_of_them():
    for belief, keys in (
        (single(14, 120, event=1), {"stay.median"}),
        (shaped(stay(14, 120, event=1), 1, 4), {"stay", "shape"}),
        (never(stay(14, 120, event=1), 0.1, 0.6), {"stay", "never"}),
    ):
        scenario = make_scenario({"waiting": belief}, as_of=40, until=80)
        swings = {swing.key: swing.size for swing in forecast.measure_sensitivity(scenario, engine="quick").rows}
        assert set(swings) == {f"priors.stages.waiting.{key}" for key in keys}
        assert min(swings.values()) > 0.02


# --- what is refused -----------------------------------------------------------------------------------------------


def make_age(scenario, stage, **change):
    """Let a stage age, and change something else; the scenario checks itself."""
    prior = scenario.priors.stages[stage]
    stages = scenario.priors.stages | {stage: replace(prior, belief=shaped(prior.belief, 2))}
    return replace(scenario, priors=replace(scenario.priors, stages=stages), **change)


def test_an_ageing_stay_of_unknown_age_is_refused():
    scenario = one_stage(stay_days=(50, 300))
    make_age(scenario, "waiting")
    make_age(scenario, "waiting", begins=under_way("waiting", -20))
    replace(scenario, begins=under_way("waiting"))
    with pytest.raises(InputError, match="begins: stays in waiting age, and nobody says since when"):
        make_age(scenario, "waiting", begins=under_way("waiting"))


def test_an_ageing_stay_after_days_without_record_says_since_when():
    scenario = two_stage(timeline=[entered(10, "active")], as_of=100, until=150)
    replace(scenario, unrecorded=(unseen(40, 60),))
    make_age(scenario, "quiet", unrecorded=(unseen(40, 60, "quiet", 50),))
    with pytest.raises(InputError, match=r"unrecorded\[0\]: stays in quiet age, and nobody says since when"):
        make_age(scenario, "quiet", unrecorded=(unseen(40, 60),))


@pytest.mark.parametrize("ageing", ["quiet", "active"])
def test_a_step_of_one_of_several_days_into_or_out_of_an_ageing_stay_is_refused(ageing):
    scenario = two_stage(timeline=[entered(10, "active")], as_of=100, until=150)
    entry = replace(scenario.timeline[0], earliest=day(8))
    replace(scenario, timeline=(entry,))
    with pytest.raises(InputError, match=f"expected one day, because how long stays in {ageing} have lasted"):
        make_age(scenario, ageing, timeline=(entry,))


def test_a_shape_beside_single_stays_is_refused():
    with pytest.raises(InputError, match="single says how far stays differ"):
        make_scenario({"waiting": shaped(single(60, 120, event=1), 2)})


def test_each_shape_is_a_posterior_of_its_own():
    beliefs = [stay(50, 300, event=1), shaped(stay(50, 300, event=1), 2), shaped(stay(50, 300, event=1), 2.1),
               shaped(stay(50, 300, event=1), 1, 3), single(50, 300, event=1), single(50, 301, event=1)]  # fmt: skip
    found = {fingerprint_inputs(*set_up(reviews(belief)), {}) for belief in beliefs}
    assert len(found) == len(beliefs)


def test_single_stays_of_which_nothing_is_on_record_are_a_posterior_of_their_own():
    """What is stored tells their median in days, and histories simulated from the prior."""
    beliefs = (single(50, 300, event=1), single(50, 301, event=1), single(49, 300, event=1))
    assert len({fingerprint_inputs(*set_up(make_scenario({"a": belief})), {}) for belief in beliefs}) == 3


def test_a_file_says_a_shape(tmp_path):
    text = """
title: The review is finished
question: {event: the review is published, resolves: the gazette, timezone: Europe/Oslo}
history_from: 2025-01-01
as_of: 2025-01-01
window: {until: 2025-02-15}
places: [here]
facts: [{id: known, says: Nine in ten take 60 to 120 days., source: gazette, public: 2024}]
timeline: []
priors:
  stages: {waiting: {stay: {single: [60, 120]}, ends: {event: 1}, because: [known], reason: so many take so long}}
"""
    path = tmp_path / "review.yaml"
    path.write_text(text)
    assert forecast.run_scenario(path, engine="quick").p_event.mean == pytest.approx(0.0013, abs=2e-4)
    path.write_text(text.replace("single: [60, 120]}", "mean: [60, 120]}, shape: [2, 6]"))
    scenario = forecast.load_scenario(path)
    assert scenario.priors.stages["waiting"].belief.shape == Interval(2, 6)
    assert scenario.as_of == datetime.date(2025, 1, 1)
