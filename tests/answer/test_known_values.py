"""Known values, `[220, 220]`: both engines take them for what they are, and closed forms say what must come out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builders import condition, entered, kept, make_scenario, one_stage, planned, ratio, stay, way

import forecast
from forecast.answer import summarise_priors
from forecast.explore import measure_sensitivity, sweep_scenario
from forecast.model import build_priors, build_timeline
from forecast.report import render_priors

ENGINES = ["quick", pytest.param("nuts", marks=pytest.mark.slow)]
SURE = {"seriousness": ratio(1, 1)}


def one_wait():
    return one_stage(stay_days=(220, 220), as_of=100, until=190), 1 - math.exp(-90 / 220), {"here": 1.0}


def places():
    ways = [way("near"), way("far")]
    scenario = make_scenario(
        {"waiting": stay(60, 60, event=1)}, ways=ways, ratios={"far": ratio(3, 3)}, as_of=10, until=50
    )
    return scenario, 1 - math.exp(-40 / 60), {"near": 0.25, "far": 0.75}


def two_stages():
    """Rest (mean 300), then *announced* (mean 120), then the event, within 200 days: 0.2702."""
    stages = {"rest": stay(300, 300, announced=1), "announced": stay(120, 120, event=1)}
    p = 1 - (300 * math.exp(-200 / 300) - 120 * math.exp(-200 / 120)) / 180
    assert p == pytest.approx(0.2702, abs=5e-5)
    return make_scenario(stages, as_of=50, until=250, **SURE), p, {"here": 1.0}


def a_plan():
    """Days 41 to 44 at a third of the ordinary rate, three days of the plan, and ten after it."""
    stages = {"rest": stay(300, 300, talks=1), "talks": stay(50, 50, event=1)}
    history = [entered(20, "talks"), planned("host", 45, 47, public=40)]
    scenario = make_scenario(
        stages, plans={"host": kept(0.4, 0.4, (1 / 3, 1 / 3))}, timeline=history, as_of=40, until=57, **SURE
    )
    return scenario, 1 - 0.6 * math.exp(-(4 / 3 + 13) / 50), {"here": 1.0}


def a_condition():
    scenario = one_stage(
        stay_days=(100, 100), ratios={"calm": ratio(0.1, 0.1)}, timeline=[condition("calm", 10, 29)], as_of=9, until=49
    )
    return scenario, 1 - math.exp(-(20 * 0.1 + 20) / 100), {"here": 1.0}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", [one_wait, places, two_stages, a_plan, a_condition])
def test_what_is_known_gives_the_closed_form(case, engine):
    scenario, p, shares = case()
    result = forecast.run_scenario(scenario, engine=engine)
    assert result.p_event.mean == pytest.approx(p, abs=1e-6)
    assert result.p_event.eti90 == pytest.approx((p, p), abs=1e-6)
    for place, share in shares.items():
        assert result.places[place].mean == pytest.approx(share * p, abs=1e-6)


def test_a_known_value_stays_what_it_is_beside_others_that_are_not():
    scenario = make_scenario(
        {"rest": stay(220, 220, talks=1), "talks": stay(5, 60, event=3, rest=2)},
        timeline=[entered(20, "talks"), entered(60, "rest")],
        as_of=80,
        until=140,
    )
    stays = forecast.run_scenario(scenario, engine="quick").posterior["posterior"]["stay"].values
    assert stays[..., 0].ravel() == pytest.approx(220, rel=1e-12)
    assert np.ptp(np.log(stays[..., 1])) > 0.5


def test_priors_sweep_and_sensitivity_take_known_values():
    scenario, p, _ = a_plan()
    found = summarise_priors(scenario)
    text = render_priors(scenario, before=found.before, after={}, implied=found.implied)
    assert "a stay lasts 50 (known) days on average" in text
    assert "every episode is as serious as any other" in text
    assert found.before["seriousness"]["seriousness"] == (1, 1, 1)
    keys = {"priors.stages.talks.stay": "25,50", "priors.seriousness": "1,2"}
    rows = list(sweep_scenario(scenario, keys, draws=50, engine="quick"))
    ps = {row[1:3]: row[3] for row in rows}
    assert ps[50, 1] == pytest.approx(p, abs=1e-6)
    assert ps[25, 1] == pytest.approx(1 - 0.6 * math.exp(-(4 / 3 + 13) / 25), abs=1e-6)
    sensitivity = measure_sensitivity(scenario, draws=50, engine="quick")
    ends = [value for row in sensitivity.rows for value in (row.p_low, row.p_high)]
    assert ends == pytest.approx([p] * len(ends), abs=1e-6)
    assert sensitivity.scaling.prior == sensitivity.scaling.likelihood == 0
    assert forecast.run_scenario(scenario, engine="quick").plot("priors").get_figure() is not None


@pytest.mark.parametrize("key", ["stages.talks.stay", "plans.host.kept", "plans.host.meanwhile", "seriousness"])
def test_a_sweep_fixes_a_prior_at_a_known_value(key):
    from forecast.scenario import find_slot, look_up

    scenario, _, _ = a_plan()
    slot = find_slot(scenario, f"priors.{key}")
    value = {"kept": 0.3, "seriousness": 1.0}.get(key.split(".")[-1], 0.5)
    interval = look_up(slot.put(scenario.record(), value), slot.path)
    assert (interval.lo, interval.hi) == (value, value)


def test_a_median_moves_a_known_value_and_never_makes_one_known():
    from forecast.scenario import Interval
    from forecast.scenario.edits import move_interval

    assert move_interval(Interval(1, 1), 2, "seriousness") == Interval(2, 2)
    assert move_interval(Interval(20, 20), 30, "stay") == Interval(30, 30)
    far = move_interval(Interval(1.001, 100), 1e6, "seriousness")  # its upper end is out of range
    assert far.hi == math.inf


def test_priors_without_width_are_constants_of_the_model():
    scenario, _, _ = two_stages()
    known = scenario.known()
    priors = build_priors(known, build_timeline(known))
    fixed = {name for name, vector in priors.items() if vector.is_fixed.all()}
    assert {"log_stay", "log_sigma"} <= fixed
    model = forecast.build_model(scenario)
    assert np.isfinite(model.compile_logp()(model.initial_point()))
