"""A record that fades: by hand, by quadrature, and one density in both engines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import forecast
from forecast.errors import InputError
from forecast.inference.densities import log_likelihood
from forecast.inference.laplace import build_target
from forecast.model.fading import Fading
from forecast.scenario import plain_scenario
from tests.builders import condition, entered, happened, kept, lasting, one_stage, planned, ratio, set_up, two_stage
from tests.densities import assert_one_density

X = np.linspace(-8, 8, 4001)  # of a standard normal
MASS = stats.norm.pdf(X) * (X[1] - X[0])
YEAR = 365.2425
LAUNCH = Path("tests/questions/launch.yaml")


def faded(scenario, years):
    return replace(scenario, fades=years)


def test_weights_of_days_halve_by_the_half_life():
    fading = Fading(100.0, 1000)
    np.testing.assert_allclose(fading.at(np.array([1000, 900, 700])), [1, 0.5, 0.125])
    days = np.linspace(800, 900, 100_001)
    assert fading.over(np.array([800]), np.array([900]))[0] == pytest.approx(fading.at(days).mean(), rel=1e-5)
    assert fading.over(np.array([800]), np.array([800]))[0] == pytest.approx(0.25)
    assert (Fading(None, 1000).over(np.zeros(2), np.ones(2)) == 1).all()


def test_old_events_count_less():
    """Three events on whole days of a record of 900, the half of which counts by a quarter and less."""
    days, half = [20, 60, 100], 0.5 * YEAR
    scenario = one_stage(stay_days=(50, 400), timeline=[happened(day, "here") for day in days], as_of=900, until=960)
    stay = np.exp(np.log(np.sqrt(50 * 400)) + X * np.log(400 / 50) / (2 * stats.norm.ppf(0.95)))
    every = np.arange(1, 901)
    weight = (0.5 ** ((900 - every[:, None] + np.linspace(0, 1, 101)) / half)).mean(axis=1)  # over each day
    at = 0.5 ** ((900 - np.array(days)) / half)
    likelihood = np.exp(-weight.sum() / stay)
    for share in at:
        likelihood = likelihood * ((1 - np.exp(-1 / stay)) * np.exp(1 / stay)) ** share
    right = MASS * likelihood @ (1 - np.exp(-60 / stay)) / (MASS @ likelihood)
    found = forecast.run_scenario(faded(scenario, 0.5), engine="quick").p_event
    assert found.mean == pytest.approx(right, abs=3 * found.mcse + 2e-4)
    assert found.mean != pytest.approx(forecast.run_scenario(scenario, engine="quick").p_event.mean, abs=0.005)


def rich():
    return two_stage(
        timeline=[
            entered(10, "active"), planned("leak", 20, 24, public=12), happened(22, "here"), entered(40, "active"),
            entered(55, "quiet"), condition("shut", 30, None, public=30), condition("shut", None, 50, public=50),
        ],
        ratios={"shut": ratio(0.1, 0.5)}, plans={"leak": kept(0.2, 0.6)},
        conditions={"shut": lasting(20, 90, returns=(20, 90))}, as_of=80, until=120,
    )  # fmt: skip


def test_both_engines_have_one_density():
    timeline, priors = set_up(faded(rich(), 0.2))
    stacked, theta, by_pymc = assert_one_density(timeline, priors)
    target = build_target(timeline, priors)
    np.testing.assert_allclose(np.diff(log_likelihood(timeline, theta).sum(axis=0)), np.diff(by_pymc), rtol=1e-9)
    step = 1e-6
    point = stacked[0, :, 0]
    _, gradient, hessian = target.derivatives(point, 0.3)
    for axis in np.eye(len(point)):
        ahead, back = (target.derivatives(point + side * step * axis, 0.3) for side in (1, -1))
        assert (ahead[0] - back[0]) / (2 * step) == pytest.approx(gradient @ axis, abs=1e-5)
        np.testing.assert_allclose((ahead[1] - back[1]) / (2 * step), hessian @ axis, atol=1e-5)


@pytest.mark.parametrize("given", ["10", "ten years", "-3y", "0.01y", "2000y"])
def test_what_is_no_half_life_is_refused(given):
    with pytest.raises(InputError, match="fades: expected"):
        forecast.load_scenario(LAUNCH.read_text() + f"\nfades: {given}\n")


def test_it_is_written_as_it_was_read():
    assert plain_scenario(faded(rich(), 7.5))["fades"] == "7.5y"
    assert forecast.load_scenario(LAUNCH.read_text() + "\nfades: 7.5y\n").fades == 7.5
