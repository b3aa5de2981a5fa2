"""Calibration bands against SciPy's binomial and against every outcome, counted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.stats

from forecast.track.calibration import calibrate, find_counts


@pytest.mark.parametrize("count", [1, 2, 7, 30, 400])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.31, 0.5, 0.97, 1.0])
def test_equal_chances_are_binomial(count, p):
    expected = scipy.stats.binom.ppf([0.05, 0.95], count, p)
    lo, hi = find_counts(np.full(count, p))
    assert (lo, hi) == tuple(np.maximum(expected, 0))  # SciPy's quantile of a sure 0 may be -1


def test_unequal_chances_are_counted_over_all_outcomes():
    p = np.array([0.1, 0.3, 0.35, 0.6, 0.9, 0.97])
    chance = np.zeros(len(p) + 1)
    for outcome in itertools.product([0, 1], repeat=len(p)):
        chance[sum(outcome)] += np.prod(np.where(outcome, p, 1 - p))
    by = np.cumsum(chance)
    assert find_counts(p) == (int(np.argmax(by >= 0.05)), int(np.argmax(by >= 0.95)))


def test_a_question_counts_once_in_each_range_with_the_mean_of_its_forecasts():
    p = np.array([0.31, 0.37, 0.05, 0.33, 1.0])
    happened = np.array([1, 1, 1, 0, 1])
    low, middle, high = calibrate(p, happened, np.array([0, 0, 0, 1, 2]))
    assert (low.questions, low.p, low.came) == (1, 0.05, 1)
    assert (middle.low, middle.questions, middle.came) == (0.3, 2, 1)
    assert middle.p == pytest.approx((0.34 + 0.33) / 2)
    assert (high.low, high.high, high.share) == (0.9, 1.0, 1.0)
