"""Forms of a belief about a number, against SciPy's distributions."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import forecast
from forecast.model import build_priors, build_timeline
from forecast.scenario.forms import read_interval
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
    found = read({"median": median, "most": most}, below=1)
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
