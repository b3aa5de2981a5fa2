"""Plans that come true after their days: against closed forms and quadrature."""

import numpy as np
import pytest
from scipy import stats

import forecast
from tests.builders import entered, happened, kept, make_scenario, one_stage, planned, ratio, set_up, stay
from tests.densities import assert_one_density

X = np.linspace(-8, 8, 4001)  # of a standard normal
MASS = stats.norm.pdf(X) * (X[1] - X[0])
Z95 = stats.norm.ppf(0.95)


def launch(*timeline, late, until, as_of=60, meanwhile=(1e-6, 1e-6), stay_days=(1e7, 1e7)):
    """Lift-off is set for day 80, three in ten on that day."""
    return one_stage(
        stay_days=stay_days, plans={"schedule": kept(0.3, 0.3, meanwhile, late)},
        timeline=timeline or [planned("schedule", 80, 80, public=51)], as_of=as_of, until=until,
    )  # fmt: skip


def p_of(scenario):
    return forecast.run_scenario(scenario, engine="quick").p_event


def test_three_in_ten_on_the_day_and_the_rest_ten_days_later_on_average():
    for stay_days in ((1e7, 1e7), (20, 20)):  # while a plan may be late, all visits are its own
        found = p_of(launch(late=(10, 10), until=85, stay_days=stay_days))
        assert found.mean == pytest.approx(0.3 + 0.7 * (1 - np.exp(-0.5)), abs=3e-5)  # 0.5754
    assert p_of(launch(late=None, until=85)).mean == pytest.approx(0.3, abs=1e-5)


def test_a_mean_that_is_not_known():
    """Quiet days before the set day say nothing of the slip."""
    late = np.exp(np.log(10) + X * np.log(2.5) / Z95)
    assert p_of(launch(late=(4, 25), until=85)).mean == pytest.approx(
        MASS @ (0.3 + 0.7 * (1 - np.exp(-5 / late))), abs=0.002
    )


def test_what_the_record_says_of_lateness():
    """One plan came true eleven days late; of the next nothing has been heard for five days."""
    past = [planned("schedule", 10, 10, public=2), happened(21, "here")]
    late = np.exp(np.log(10) + X * np.log(2.5) / Z95)
    likelihood = np.exp(-10 / late) * (1 - np.exp(-1 / late)) * 0.7**2 * np.exp(-5 / late)
    right = MASS * likelihood @ (1 - np.exp(-7 / late)) / (MASS @ likelihood)
    found = p_of(launch(*past, planned("schedule", 80, 80, public=51), late=(4, 25), as_of=85, until=92))
    assert found.mean == pytest.approx(right, abs=3 * found.mcse + 1e-4)


def test_a_newer_plan_and_a_lapse_end_it():
    newer = launch(
        planned("schedule", 50, 50, public=41), planned("schedule", 200, 200, public=55), late=(10, 10), until=90
    )
    assert p_of(newer).mean < 1e-5
    lapsed = make_scenario(
        {"rest": stay(1e7, 1e7, talks=1), "talks": stay(1e7, 1e7, event=1, rest=1)},
        plans={"schedule": kept(0.3, 0.3, late=(10, 10))}, seriousness=ratio(1, 1),
        timeline=[entered(30, "talks"), planned("schedule", 50, 50, public=41), entered(55, "rest")],
        as_of=60, until=90,
    )  # fmt: skip
    assert p_of(lapsed).mean < 1e-5


def test_both_engines_have_one_density():
    past = [planned("schedule", 10, 12, public=2), happened(21, "here"), planned("schedule", 50, 50, public=41)]
    timeline, priors = set_up(launch(*past, late=(4, 25), until=99, stay_days=(30, 300), meanwhile=(0.1, 1)))
    assert_one_density(timeline, priors)
