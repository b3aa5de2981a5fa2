"""NUTS against the oracle: prior importance sampling that walks the days and reads no rows of ours."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import importance_forecast, self_checks

import forecast
from forecast.inference.weights import batch_means_mcse

DRAWS = {"may": 60_000, "september-2023": 60_000}
LEAST_ESS = 1_000


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
    ours = forecast.run_scenario(scenario, engine="quick")
    theirs = importance_forecast(scenario, draws=40_000, seed=13)
    assert theirs.ess > LEAST_ESS / 3
    assert_agree("P", ours.p_event.mean, ours.p_event.mcse, theirs.p_event, theirs.p_event_se)
    for name, estimate in ours.places.items():
        assert_agree(name, estimate.mean, ours.p_event.mcse, theirs.places[name], theirs.places_se[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["september-2023", "january-2015", "year-end"])
def test_nuts_agrees_with_the_oracle(name):
    scenario = forecast.load_scenario(f"scenarios/{name}.yaml")
    compare(forecast.run_scenario(scenario), importance_forecast(scenario, draws=200_000, seed=12))


def test_the_oracle_itself_agrees_with_quadrature():
    for check in self_checks(draws=100_000, seed=5):
        assert check.se < 0.005
        assert abs(check.estimate - check.exact) < 4 * check.se, check
