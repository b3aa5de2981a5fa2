"""Worlds drawn from the prior, fitted and forecast: the truth lies anywhere among the draws, and P comes true as often.

See `calibration` and `worlds`. A test fails a right engine with a chance of `LEVEL`.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import pytest
from calibration import (
    LEVEL,
    WRONG,
    band,
    bin_forecasts,
    calibration_p_values,
    ecdf,
    examine,
    find_outside,
    forget_silence,
)

from forecast.explore import start_processes

WORLDS, FEW = 400, 30


@pytest.fixture(scope="module")
def processes():
    with start_processes(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def quick_worlds(processes):
    return list(processes.map(examine, range(WORLDS), chunksize=10))


@pytest.mark.slow
def test_the_truth_of_a_few_worlds_lies_anywhere_among_the_draws():
    """What the slow tests do with many worlds, and show to find what is wrong."""
    assert find_outside([examine(seed) for seed in range(FEW)]) == {}


@pytest.mark.slow
def test_the_quick_engine_puts_the_truth_anywhere_among_its_draws(quick_worlds):
    assert len(quick_worlds) == WORLDS
    assert len(quick_worlds[0].below) == 30
    assert find_outside(quick_worlds) == {}


@pytest.mark.slow
def test_what_is_forecast_comes_true_as_often_as_is_said(quick_worlds):
    assert_calibrated(quick_worlds)


def assert_calibrated(examined):
    """The event anywhere, and at each place: six or nine tests share the level."""
    cases = {"anywhere": ([world.p for world in examined], [world.came for world in examined])} | {
        place: ([world.place_p[place] for world in examined], [world.place == place for world in examined])
        for place in ("here", "there")
    }
    found = {
        (name, test): value
        for name, (p, came) in cases.items()
        for test, value in calibration_p_values(np.array(p), np.array(came)).items()
    }
    assert {test: value for test, value in found.items() if value < LEVEL / len(found)} == {}


# --- what is wrong on purpose is found -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("fault", WRONG)
def test_the_check_finds_what_is_wrong(processes, fault):
    """A condition's days that are left out are missed by the record alone: the prior is right."""
    wrong, shows = WRONG[fault]
    outside = find_outside(list(processes.map(wrong, range(WORLDS), chunksize=10)))
    assert set(shows) <= set(outside)


@pytest.mark.slow
def test_forecasts_that_take_silence_for_nothing_are_found(processes):
    wrong = partial(examine, change=forget_silence)
    with pytest.raises(AssertionError):
        assert_calibrated(list(processes.map(wrong, range(1200), chunksize=20)))


# --- the tests themselves ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_bands_hold_what_is_uniform_and_no_more():
    rng, outside = np.random.default_rng(3), 0
    lower, upper = band(WORLDS, 1)
    for _ in range(4_000):
        curve = ecdf(rng.random(WORLDS))
        outside += bool(((curve < lower) | (curve > upper)).any())
    assert outside / 4_000 == pytest.approx(LEVEL, abs=0.006)


def test_right_forecasts_are_seldom_refused_and_wrong_ones_often():
    rng = np.random.default_rng(4)
    right, wrong = Counter(), Counter()
    for _ in range(30):
        p = rng.beta(1, 3, WORLDS)
        came = rng.random(WORLDS) < p
        right.update(test for test, value in calibration_p_values(p, came).items() if value < 0.05)
        wrong.update(test for test, value in calibration_p_values(p**0.6, came).items() if value < 0.05)
    assert all(count < 8 for count in right.values())
    assert wrong["number of events"] > 20


def test_bins_hold_all_forecasts():
    rng = np.random.default_rng(5)
    p = rng.random(WORLDS)
    bins = bin_forecasts(p, rng.random(WORLDS) < p)
    assert sum(each.count for each in bins) == WORLDS
    assert all(each.low <= each.mean <= each.high for each in bins)


# --- the reference engine ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nuts_puts_the_truth_anywhere_among_its_draws():
    examined = [examine(seed, engine="nuts") for seed in range(30)]
    assert {world.engine for world in examined} == {"nuts"}
    assert find_outside(examined) == {}
