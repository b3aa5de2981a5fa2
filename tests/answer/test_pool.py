"""Readings with weights: a linear pool, each reading shown."""

import pytest

import forecast
from forecast.answer.readings import ReadingAnswer, pool
from forecast.answer.summaries import Estimate
from forecast.errors import InputError
from forecast.report import render_table

REPORT = """
title: The visit
question: {event: he arrives, resolves: the gazette, timezone: Europe/Oslo}
history_from: 2025-01-01
as_of: 2025-03-01
window: {until: 2025-04-30}
places: [here]
stages: [rest, agreed]
facts:
  - {id: known, says: Known., source: gazette, public: 2024}
  - {id: leak, says: It is agreed., source: a paper, public: 2025-03-01}
timeline:
  - {from: 2025-03-01, stage: agreed, because: [leak]}
priors:
  stages:
    rest: {stay: {mean: [300, 300]}, ends: {agreed: 1}, because: [known], reason: known}
    agreed: {stay: {mean: [40, 40]}, ends: {event: 1}, because: [known], reason: known}
  seriousness: {factor: [1, 1], because: [known], reason: none}
readings:
  it-is-wrong: {recode: {leak: none}, weight: 0.2, reason: Such reports are right four times in five.}
"""


def test_a_report_that_is_right_four_times_in_five():
    result = forecast.run_scenario(REPORT, engine="quick")
    assert result.p_event.mean == pytest.approx(0.7769, abs=1e-3)
    assert result.readings["it-is-wrong"].p_event.mean == pytest.approx(0.0896, abs=1e-3)
    assert result.pooled.mean == pytest.approx(0.6394, abs=1e-3)
    assert result.pooled.eti90 == result.readings_range
    plain = result.to_dict()
    assert plain["pooled"]["p_event"]["mean"] == result.pooled.mean
    assert plain["readings"]["it-is-wrong"]["weight"] == 0.2
    told = render_table(plain, result.scenario)
    assert "pooled" in told


def test_a_pool_is_the_weighted_mean_and_its_error():
    own = Estimate(0.5, (0.1, 0.9), 0.01)
    others = {
        name: ReadingAnswer("so", Estimate(mean, (0, 1), 0.02), "quick", 1000, weight)
        for name, mean, weight in (("a", 0.2, 0.3), ("b", 0.8, 0.1))
    }
    found = pool(own, others)
    assert found.mean == pytest.approx(0.6 * 0.5 + 0.3 * 0.2 + 0.1 * 0.8)
    assert found.mcse == pytest.approx(((0.6 * 0.01) ** 2 + (0.3 * 0.02) ** 2 + (0.1 * 0.02) ** 2) ** 0.5)
    assert found.eti90 == (0.2, 0.8)
    assert pool(own, {}) is None


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((0.7, 0.6), "readings: expected weights that leave something"),
        ((0.7, None), "expected a weight, because other readings have one"),
        ((0.7, 0), "weight: expected a number above 0"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, message):
    other = "  other: {recode: {leak: none}, reason: Another.}\n"
    if weights[1] is not None:
        other = other.replace("reason", f"weight: {weights[1]}, reason")
    with pytest.raises(InputError, match=message):
        forecast.load_scenario(REPORT.replace("weight: 0.2", f"weight: {weights[0]}") + other)
