"""What groups of priors make of the distance from the base rate."""

from __future__ import annotations

import math

import pytest
from builders import entered, kept, make_scenario, planned, ratio, stay, way

import forecast
from forecast.answer.baselines import constant_rate
from forecast.explore.beliefs import STAGES, weigh_beliefs
from forecast.explore.explain import find_level
from forecast.inference.settings import Settings

STAGE = {"quiet": stay(100, 1000, active=1), "active": stay(20, 200, event=2, quiet=1)}


def weigh(scenario):
    level = find_level(scenario, Settings(draws=250))
    return level, weigh_beliefs(scenario, level, draws=200)


def test_groups_sum_to_the_distance_from_the_base_rate():
    scenario = make_scenario(
        STAGE, timeline=[entered(190, "active"), planned("leak", 210, 220, public=195)], as_of=200, until=260,
        ways=[way("here"), way("there", far=2.0)], ratios={"there": ratio(0.5, 2), "far": ratio(0.2, 0.9)},
        plans={"leak": kept(0.3, 0.8)}, seriousness=ratio(1.5, 4),
    )  # fmt: skip
    level, found = weigh(scenario)
    assert found.base_rate == pytest.approx(constant_rate(scenario.known()))
    assert set(found.groups) == {STAGES, "ratios", "plans", "seriousness"}
    assert math.fsum(found.groups.values()) == pytest.approx(level.p - found.base_rate, abs=1e-9)
    assert found.groups["plans"] > 0.05
    assert [swing.size for swing in found.swings] == sorted((swing.size for swing in found.swings), reverse=True)


def test_a_group_that_does_nothing_makes_nothing():
    """Ratios of 1 and a seriousness of next to nothing move P nowhere."""
    scenario = make_scenario(
        STAGE, timeline=[entered(190, "active")], as_of=200, until=260, seriousness=ratio(1.0001, 1.0001),
        ways=[way("here"), way("there", far=2.0)], ratios={"there": ratio(1, 1), "far": ratio(1, 1)},
    )  # fmt: skip
    level, found = weigh(scenario)
    assert found.groups["ratios"] == pytest.approx(0, abs=1e-9)
    assert found.groups["seriousness"] == pytest.approx(0, abs=1e-6)
    assert found.groups[STAGES] == pytest.approx(level.p - found.base_rate, abs=1e-6)


def test_without_a_base_rate_there_is_no_way_from_it():
    scenario = make_scenario(STAGE, as_of=10, until=100)
    _, found = weigh(scenario)
    assert found.base_rate is None
    assert found.groups == {}


def test_swings_are_those_of_sensitivity():
    treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    level = find_level(treaty, Settings())
    expected = forecast.measure_sensitivity(treaty, draws=200, engine="quick").rows
    found = weigh_beliefs(treaty, level, draws=200).swings
    assert [(row.key, row.p_low) for row in found] == [(row.key, pytest.approx(row.p_low)) for row in expected]
