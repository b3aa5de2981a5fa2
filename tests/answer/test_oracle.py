"""NUTS against the oracle: prior importance sampling that walks the days and reads no rows of ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import (
    condition,
    day,
    entered,
    happened,
    kept,
    known,
    lasting,
    make_scenario,
    planned,
    ratio,
    stay,
    under_way,
    unseen,
    way,
)  # fmt: skip
from oracle import importance_forecast, self_checks

import forecast
from forecast.inference.weights import batch_means_mcse
from forecast.scenario.entries import CovariateEntry

DRAWS = {"may": 60_000, "september-2023": 60_000}
LEAST_ESS = 1_000
ORACLE_DRAWS = [
    pytest.param(("talks",), 20_000, id="silent, few"),
    pytest.param((), 60_000, id="announced", marks=pytest.mark.slow),
    pytest.param(("talks",), 60_000, id="silent", marks=pytest.mark.slow),
]


def assert_agree(name, ours, error, theirs, their_error):
    """Accept within 4 Monte Carlo errors of the difference, and refuse errors too large to show anything."""
    both = np.hypot(error, their_error)
    assert both < 0.02, f"{name}: the errors are too large to compare"
    assert abs(ours - theirs) < 4 * both, f"{name}: {ours:.4f} here, {theirs:.4f} by the oracle, error {both:.4f}"


def compare(result, oracle):
    assert oracle.ess > LEAST_ESS
    chains = result.fit.chains
    first = (result.scenario.window.start - result.scenario.as_of).days - 1
    by_place = result.curves.incidence[first:]
    assert_agree("P", result.p_event.mean, result.p_event.mcse, oracle.p_event, oracle.p_event_se)
    for index, place in enumerate(result.timeline.structure.places):
        draws = by_place[:, index].sum(axis=0)
        error = batch_means_mcse(draws, chains)
        assert_agree(place, draws.mean(), error, oracle.places[place], oracle.places_se[place])
    for name, estimate in result.itineraries.items():
        assert_agree(name, estimate.mean, result.p_event.mcse, oracle.itineraries[name], oracle.itineraries_se[name])
    curve = np.cumsum(by_place.sum(axis=1), axis=0)
    for quantile in (0.1, 0.25, 0.5, 0.75, 0.9):
        day = int(np.searchsorted(curve.mean(axis=-1), quantile * result.p_event.mean))
        error = batch_means_mcse(curve[day], chains)
        theirs, their_error = oracle.cif[first + day], oracle.cif_se[first + day]
        assert_agree(f"CIF at the {quantile:.0%} quantile", curve[day].mean(), error, theirs, their_error)


def compare_estimates(ours, theirs):
    """Compare what is told, so that draws that weigh less than others count as they should."""
    assert theirs.ess > LEAST_ESS / 3
    error = ours.p_event.mcse
    assert_agree("P", ours.p_event.mean, error, theirs.p_event, theirs.p_event_se)
    for name, estimate in ours.places.items():
        assert_agree(name, estimate.mean, error, theirs.places[name], theirs.places_se[name])
    for name, estimate in ours.itineraries.items():
        assert_agree(name, estimate.mean, error, theirs.itineraries[name], theirs.itineraries_se[name])
    first = theirs.days.index(ours.scenario.window.start)
    before = theirs.cif[first - 1] if first else 0.0
    for number in np.linspace(first, len(theirs.days) - 1, 6).astype(int)[1:-1]:
        by = ours.by(theirs.days[number]).mean
        assert_agree(f"P by {theirs.days[number]}", by, error, theirs.cif[number] - before, theirs.cif_se[number])


@pytest.mark.slow
def test_nuts_agrees_with_the_oracle_on_may(may):
    compare(may, importance_forecast(may.scenario, draws=DRAWS["may"], seed=11))


@pytest.mark.parametrize(
    ("name", "as_of"),
    [("may", "2025-05-01"), ("year-end", "2025-07-01")],
)
@pytest.mark.slow  # tests/answer/test_quiet.py does it on small questions
def test_days_without_news_agree_with_the_oracle(name, as_of):
    """By the quick engine: there it is the same walk that counts, and few draws of the oracle's are lost."""
    scenario = forecast.load_scenario(f"scenarios/{name}.yaml").at(as_of=as_of)
    compare_estimates(
        forecast.run_scenario(scenario, engine="quick"), importance_forecast(scenario, draws=40_000, seed=13)
    )


def conditions_that_change():
    """The south's borders are sealed; strikes, which came twice and which talks feel as well, may come again."""
    sealed = condition("sealed", 80, None, public=80, places=["south"])
    began = [CovariateEntry("strike", day(first), None, known(first), (), ("event", "talks")) for first in (35, 90)]
    ended = [condition("strike", None, last, public=last) for last in (41, 94)]
    host = planned("host", 125, 127, public=112, places=["south"])
    return make_scenario(
        {"rest": stay(40, 150, talks=1), "talks": stay(20, 90, event=3, rest=2)},
        ways=[way("north"), way("south"), way("south-by-night", "south")],
        ratios={"south": ratio(0.7, 3), "sealed": ratio(0.02, 0.3), "strike": ratio(0.1, 0.5)},
        plans={"host": kept(0.2, 0.7)},
        conditions={"sealed": lasting(20, 120), "strike": lasting(5, 60, returns=(15, 150))},
        timeline=[entered(30, "talks"), entered(50, "rest"), entered(110, "talks"), sealed, *began, *ended, host],
        as_of=120,
        start=126,
        until=200,
        counts="first",
    )


@pytest.mark.parametrize(("silent", "draws"), ORACLE_DRAWS)
def test_conditions_that_change_agree_with_the_oracle(silent, draws):
    """A day's P by place hangs on which conditions hold on it."""
    scenario = conditions_that_change()
    scenario = replace(scenario, question=replace(scenario.question, silent=silent))
    compare_estimates(
        forecast.run_scenario(scenario, engine="quick"), importance_forecast(scenario, draws=draws // 3, seed=14)
    )


def record_with_holes():
    """Talks are under way as the record begins; it breaks off twice, the second time while a plan is due."""
    talks, signed = stay(20, 90, event=3, signed=2, rest=2), stay(10, 60, event=3, talks=1)
    return make_scenario(
        {"rest": stay(40, 150, talks=1), "talks": talks, "signed": signed},
        ways=[way("north"), way("south")],
        ratios={"south": ratio(0.7, 3), "fair": ratio(0.2, 6)},
        plans={"host": kept(0.2, 0.7)},
        begins=under_way("talks"),
        timeline=[
            happened(25, "south"), entered(40, "talks"), entered(105, "rest"), entered(150, "talks"),
            condition("fair", 20, 60), condition("fair", 125, 160), entered(175, "signed"),
            planned("host", 48, 57, public=45), planned("host", 180, 190, public=170),
            planned("host", 218, 224, public=205),
        ],
        unrecorded=[unseen(53, 80, "talks"), unseen(186, 200, "talks")],
        as_of=215,
        until=270,
    )  # fmt: skip


@pytest.mark.parametrize(("silent", "draws"), ORACLE_DRAWS)
def test_days_without_record_and_a_begun_stage_agree_with_the_oracle(silent, draws):
    scenario = record_with_holes()
    if silent:  # of the record before the first hole one would have to know that talks were still on
        scenario = replace(scenario, unrecorded=scenario.unrecorded[1:])
    scenario = replace(scenario, question=replace(scenario.question, silent=silent))
    compare_estimates(
        forecast.run_scenario(scenario, engine="quick"), importance_forecast(scenario, draws=draws, seed=15)
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["september-2023", "january-2015", "year-end"])
def test_nuts_agrees_with_the_oracle(name):
    scenario = forecast.load_scenario(f"scenarios/{name}.yaml")
    compare(forecast.run_scenario(scenario), importance_forecast(scenario, draws=200_000, seed=12))


@pytest.mark.slow
def test_the_oracle_itself_agrees_with_quadrature():
    for check in self_checks(draws=100_000, seed=5):
        assert check.se < 0.005
        assert abs(check.estimate - check.exact) < 4 * check.se, check
