"""Forms of a belief about a number, against SciPy's distributions."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import forecast
from forecast.errors import InputError
from forecast.inference.laplace import build_target
from forecast.model import build_priors, build_timeline
from forecast.model.priors import _on, _vector
from forecast.model.pymc_model import build_pymc_model
from forecast.scenario.forms import read_interval
from forecast.scenario.keys import find_slot
from forecast.scenario.nodes import make_node
from forecast.scenario.reader import Interval, Reader
from tests.builders import Z95

VISIT = Path("tests/questions/visit.yaml").read_text(encoding="utf-8")
MEDIAN = VISIT.replace("stay: {mean: [20, 200]}", "stay: {mean: {median: 40, most: 120}}", 1)


def read(value, **how):
    reader = Reader()
    found = read_interval(reader, make_node(value), ("x",), **how)
    assert not reader.problems, reader.problems
    return found


def lognormal(interval):
    low, high = math.log(interval.lo), math.log(interval.hi)
    return stats.lognorm((high - low) / (2 * Z95), scale=math.exp((low + high) / 2))


@given(st.floats(0.01, 1e4), st.floats(1.01, 100))
def test_a_median_and_a_95_percent_point(median, spread):
    found = lognormal(read({"median": median, "most": median * spread}))
    assert found.median() == pytest.approx(median, rel=1e-6)
    assert found.ppf(0.95) == pytest.approx(median * spread, rel=1e-6)


@given(st.floats(0.01, 1e4), st.floats(0.01, 5))
def test_a_mean_and_a_standard_deviation(mean, ratio):
    found = lognormal(read({"mean": mean, "sd": mean * ratio}))
    assert found.mean() == pytest.approx(mean, rel=1e-6)
    assert found.std() == pytest.approx(mean * ratio, rel=1e-6)


@given(st.floats(0.02, 0.9), st.floats(0.05, 0.95))
def test_the_median_of_a_chance(median, share):
    most = median + share * (1 - median) * 0.99
    found = read({"median": median, "most": most}, of="chance")
    logits = [math.log(p / (1 - p)) for p in (found.lo, found.hi)]
    assert 1 / (1 + math.exp(-sum(logits) / 2)) == pytest.approx(median, abs=1e-6)
    assert found.hi == most


def test_a_number_is_known_and_a_list_is_what_it_was():
    assert read(35) == Interval(35, 35)
    assert read({"mean": 35, "sd": 0}) == Interval(35, 35)
    assert read([10, 150]) == Interval(10, 150)


def test_a_file_takes_them_and_writes_intervals():
    scenario = forecast.load_scenario(MEDIAN.replace("kept: [0.2, 0.7]", "kept: 0.4", 1))
    known = scenario.known()
    priors = build_priors(known, build_timeline(known))
    at = priors["log_stay"].labels.index("invited")
    assert priors["log_stay"].mean[at] == pytest.approx(math.log(40))
    assert priors["log_stay"].sd[at] == pytest.approx(math.log(3) / Z95)
    assert priors["kept_logit"].sd[0] == 0
    assert forecast.load_scenario(forecast.dump_scenario(scenario)).priors == scenario.priors


def test_what_is_assumed_replaces_a_form_whole():
    assumed = {"stay": {"mean": {"mean": 60, "sd": 30}}, "reason": "so"}
    stay = forecast.load_scenario(MEDIAN).assume(stages={"invited": assumed}).priors.stages["invited"].belief.stay
    assert lognormal(stay).mean() == pytest.approx(60)
    factor = {"factor": {"median": 1, "most": 2}, "reason": "so"}
    ratios = forecast.load_scenario(VISIT).assume(hazard_ratios={"by_air": factor}).priors.hazard_ratios
    assert ratios["by_air"].belief.factor.lo == pytest.approx(0.5)


# --- more than an interval --------------------------------------------------------------------------------------


def curve_of(interval, quantity="stay"):
    """Return the prior's quantiles as the model has them, by standard normals."""
    vector = _vector("dim", ("x",), [_on(quantity, interval)])
    return lambda shares: vector.at(stats.norm.ppf(np.atleast_2d(shares)))[0]


SHARES = np.array([1e-9, 1e-4, 0.05, 0.3, 0.5, 0.8, 0.95, 0.9999, 1 - 1e-9])


@given(st.floats(0.1, 1e4), st.floats(1.01, 50), st.floats(1.01, 50))
def test_a_median_with_bounds_has_a_spread_of_its_own_on_either_side(median, below, above):
    found = read({"median": median, "within": [median / below, median * above]})
    curve = curve_of(found)
    assert np.exp(curve([0.05, 0.5, 0.95])) == pytest.approx([found.lo, median, found.hi], rel=1e-9)
    z = stats.norm.ppf(SHARES)
    spread = np.where(z < 0, math.log(below), math.log(above)) / Z95
    assert curve(SHARES) == pytest.approx(math.log(median) + spread * z, abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 4000), st.booleans()), min_size=1, max_size=30))
def test_a_record_is_a_gamma_rate_with_jeffreys_prior_beneath(stays):
    found = read({"record": [f"{days}{'+' * running}" for days, running in stays]}, of="mean")
    count, days = 0.5 + sum(not running for _, running in stays), sum(days for days, _ in stays)
    mean = stats.invgamma(count, scale=days)
    assert (found.lo, found.hi) == pytest.approx(mean.ppf([0.05, 0.95]), rel=1e-8)
    some = SHARES[1:-1]
    assert np.exp(curve_of(found)(some)) == pytest.approx(mean.ppf(some), rel=1e-6)


def test_events_in_some_years_are_a_record_too():
    found = read({"events": 3, "years": 20}, of="mean")
    mean = stats.invgamma(3.5, scale=20 * 365.2425)
    assert (found.lo, found.hi) == pytest.approx(mean.ppf([0.05, 0.95]), rel=1e-8)


@given(st.integers(0, 200), st.integers(1, 200))
def test_counts_are_a_beta_chance(were, more):
    found = read({"of": were + more, "were": were}, of="chance")
    chance = stats.beta(were + 0.5, more + 0.5)
    assert (found.lo, found.hi) == pytest.approx(chance.ppf([0.05, 0.95]), rel=1e-7)
    some = SHARES[1:-1]
    against = stats.beta(more + 0.5, were + 0.5).isf(some)
    assert curve_of(found, "kept")(some) == pytest.approx(np.log(chance.ppf(some)) - np.log(against), abs=1e-5)


@pytest.mark.slow
@given(st.floats(0.05, 0.6), st.integers(2, 30))
@settings(max_examples=8, deadline=None)
def test_a_robust_record_mixes_in_what_one_case_would_say(robust, cases):
    found = read({"record": [30.0] * cases, "robust": robust}, of="mean")
    parts = [(1 - robust, stats.invgamma(cases + 0.5, scale=30 * cases))]
    parts.append((robust, stats.invgamma(1, scale=30 * cases / (cases + 0.5))))
    values = np.exp(curve_of(found)(SHARES[1:-1]))
    below = sum(share * law.cdf(values) for share, law in parts)
    assert below == pytest.approx(SHARES[1:-1], rel=1e-6)
    assert sum(share * law.cdf([found.lo, found.hi]) for share, law in parts) == pytest.approx([0.05, 0.95], abs=1e-8)


@given(st.floats(0.01, 0.5), st.floats(1.05, 1.9), st.floats(1, 3000))
def test_a_chance_within_some_days_is_that_of_an_exponential_stay(chance, ratio, within):
    found = read({"chance": [chance, chance * ratio], "within": within}, of="mean")
    over = [stats.expon(scale=mean).cdf(within) for mean in (found.hi, found.lo)]
    assert over == pytest.approx([chance, chance * ratio], rel=1e-9)


@given(st.lists(st.integers(2, 900), min_size=3, max_size=12, unique=True))
@settings(max_examples=10, deadline=None)
def test_single_stays_from_a_record_are_those_that_students_t_predicts(stays):
    found = read({"record": stays}, of="single")
    logs = np.log(stays)
    law = stats.t(len(stays) - 1, logs.mean(), logs.std(ddof=1) * math.sqrt(1 + 1 / len(stays)))
    assert np.log([found.lo, found.hi]) == pytest.approx(law.ppf([0.05, 0.95]), abs=0.02)


def test_a_stay_that_still_runs_makes_single_stays_longer_as_quadrature_says():
    found = read({"record": ["21", "30", "60", "80", "100+"]}, of="single")
    logs = np.log([21, 30, 60, 80])
    mean, log_spread = np.meshgrid(np.linspace(-6, 22, 1500), np.linspace(-4, 4, 1200), indexing="ij")
    spread = np.exp(log_spread)
    weight = stats.norm.sf(math.log(100), mean, spread)
    for value in logs:
        weight = weight * stats.norm.pdf(value, mean, spread)

    def below(x):
        return (weight * stats.norm.cdf(x, mean, spread)).sum() / weight.sum() - np.array(0.0)

    assert below(math.log(found.lo)) == pytest.approx(0.05, abs=0.002)
    assert below(math.log(found.hi)) == pytest.approx(0.95, abs=0.002)


LAWS = [
    {"median": 120, "within": [20, 1500]},
    {"record": ["21", "30", "60", "44+"]},
    {"record": ["21", "30", "60", "44+"], "robust": 0.2},
    {"events": 3, "years": 2},
    {"chance": [0.1, 0.4], "within": 365},
    [20, 1500],
]


def ask(stay):
    return {
        "title": "It ends",
        "as_of": "2025-01-01",
        "window": {"days": 180},
        "history_from": "2024-10-01",
        "priors": {"stages": {"waiting": {"stay": {"mean": stay}, "because": "Known long before"}}},
    }


@pytest.mark.parametrize("stay", LAWS, ids=str)
def test_both_engines_answer_as_quadrature_does(stay):
    """The stay has lasted 92 days by then, and tells of its mean."""
    scenario = forecast.load_scenario(ask(stay))
    shares = (np.arange(20_000) + 0.5) / 20_000
    mean = np.exp(curve_of(scenario.priors.stages["waiting"].belief.stay)(shares))
    lasted = np.exp(-92 / mean)
    right = 1 - (lasted * np.exp(-180 / mean)).sum() / lasted.sum()
    found = forecast.run_scenario(scenario, engine="quick", settings=forecast.Settings(draws=4000)).p_event
    assert found.mean == pytest.approx(right, abs=0.002 + 3 * found.mcse)


@pytest.mark.parametrize("stay", LAWS[:3], ids=str)
def test_nuts_has_the_same_priors(stay):
    scenario = forecast.load_scenario(ask(stay))
    timeline = build_timeline(scenario.known())
    priors = build_priors(scenario.known(), timeline)
    model = build_pymc_model(timeline, priors)
    vector = priors["log_stay"]
    point = {"log_stay_standard": np.array([-0.7])}
    value = model["log_stay"].eval({model["log_stay_standard"]: point["log_stay_standard"]})
    assert value == pytest.approx(vector.at(np.array([[-0.7]]))[:, 0], abs=1e-12)
    slope = vector.slopes(np.array([[-0.7]]))[0][0, 0]
    step = (vector.at(np.array([[-0.7 + 1e-5]])) - vector.at(np.array([[-0.7 - 1e-5]])))[0, 0] / 2e-5
    assert slope == pytest.approx(step, rel=1e-6)
    target = build_target(timeline, priors)
    logp, point = model.compile_logp(), model.initial_point()
    theirs = [float(logp({**point, "log_stay_standard": np.array([x])})) for x in (-1.3, -0.2, 0.4, 2.0)]
    rest = np.zeros(len(target.stack) - 1)
    places = np.array([np.concatenate([[x], rest]) for x in (-1.3, -0.2, 0.4, 2.0)])
    ours = target.log_density(places[..., None], np.zeros((4, 1)))[:, 0]
    assert np.diff(theirs) == pytest.approx(np.diff(ours), abs=1e-9)


@pytest.mark.parametrize("stay", LAWS, ids=str)
def test_a_law_is_written_as_it_was_said_and_read_again(stay):
    scenario = forecast.load_scenario(ask(stay))
    again = forecast.load_scenario(forecast.dump_scenario(scenario), name=scenario.name)
    assert again.priors == scenario.priors


@pytest.mark.parametrize(
    ("stay", "message"),
    [
        ({"record": []}, "expected a record of one stay to"),
        ({"record": [21, "long"]}, "expected days above 0, such as 21, or 44[+] of one that still runs; found 'long'"),
        ({"record": [21], "robust": 1}, "expected robust, a share, from 0 on and below 1; found 1"),
        ({"median": 10, "within": [20, 30]}, "expected the median within"),
        ({"events": -1, "years": 2}, "expected events from 0 on"),
        ({"chance": [0.1, 1.4], "within": 365}, "expected a chance between 0 and 1"),
        ({"record": ["+5"]}, "expected days above 0, such as 21, or 44"),
        ({"table": ["a"], "column": "days"}, "expected a text; found a list"),
        ({"table": {"a": 1}, "column": "days"}, "expected a text; found a mapping"),
        ({"table": "a.csv", "column": ["days"]}, "a.csv"),
        ({"chance": {"of": 2, "were": 0}, "within": 41}, "expected a chance, or two as .lo, hi.; found a mapping"),
        ({"chance": {"median": 0.2, "within": [0.1, 0.5]}, "within": 41}, "expected a chance, or two as"),
        ({"chance": 0.1}, "expected a number, .lo, hi., .*; found a mapping with chance"),
    ],
)
def test_what_a_form_cannot_mean_is_refused(stay, message):
    with pytest.raises(InputError, match=message):
        forecast.load_scenario(ask(stay))


def test_single_stays_need_a_record_of_some():
    with pytest.raises(InputError, match="expected 2 stays or more that ended"):
        forecast.load_scenario(
            {
                **ask(3),
                "priors": {
                    "stages": {"waiting": {"stay": {"single": {"record": [30, "40+"]}}, "because": "Known long before"}}
                },
            }
        )


SHARED = """
title: Talks
as_of: 2025-01-01
window: {days: 100}
history_from: 2024-01-01
timeline:
  - {from: 2024-03-01, stage: talks, because: Talks (gazette)}
  - {from: 2024-04-20, stage: rest, because: Off (gazette)}
  - {from: 2025-01-01, stage: talks, because: Talks again (gazette)}
priors:
  stages:
    rest: {stay: {mean: 10000000}, ends: {talks: 1}, because: Known long before}
    talks: {stay: {mean: 50}, ends: ENDS, because: Known long before}
"""


def test_shares_need_a_word_on_what_they_are_worth():
    with pytest.raises(InputError, match="as in worth: 10; found shares that sum to one, without worth"):
        forecast.load_scenario(SHARED.replace("ENDS", "{event: 0.9, rest: 0.1}"))
    shares = forecast.load_scenario(SHARED.replace("ENDS", "{event: 0.9, rest: 0.1, worth: 10}"))
    assert shares.priors.stages["talks"].belief.ends == {"event": 9, "rest": 1}
    found = forecast.run_scenario(shares, engine="quick", settings=forecast.Settings(draws=4000)).p_event
    assert found.mean == pytest.approx(9 / 11 * (1 - math.exp(-2)), abs=0.004)  # case counts-and-one-more
    for ends, message in (
        ("{event: 0.9, rest: 0.3, worth: 10}", "ends.worth: expected shares that sum to one beside worth; found 1.2"),
        ("{event: 0.9, rest: 0.1, worth: -3}", "ends.worth: expected a number of stays from"),
    ):
        with pytest.raises(InputError, match=message):
            forecast.load_scenario(SHARED.replace("ENDS", ends))
    one = forecast.load_scenario(SHARED.replace("ENDS", "{event: 0.9, rest: 0.1, worth: 1}"))
    assert forecast.load_scenario(forecast.dump_scenario(one), name=one.name).priors == one.priors


def test_a_swept_median_moves_what_is_bent_and_drops_what_cases_said():
    scenario = forecast.load_scenario(ask(LAWS[0]))
    slot = find_slot(scenario, "priors.stages.waiting.stay.median")
    moved = slot.put(scenario.record(), 240.0).priors.stages["waiting"].belief.stay
    assert (moved.lo, moved.law.median, moved.hi) == pytest.approx((40, 240, 3000))


def test_a_panels_median_and_bounds_and_counts_of_summits():
    """Case `median-and-place-counts`."""
    found = forecast.run_scenario(
        {**ask(LAWS[0]), "history_from": "2025-01-01", "places": {"geneva": 7, "vienna": 3, "elsewhere": 2}},
        engine="quick",
        settings=forecast.Settings(draws=4000),
    )
    assert found.p_event.mean == pytest.approx(0.6721, abs=0.004)
    shares = [estimate.mean / found.p_event.mean for estimate in found.places.values()]
    assert shares == pytest.approx([7 / 12, 3 / 12, 2 / 12], abs=0.01)
