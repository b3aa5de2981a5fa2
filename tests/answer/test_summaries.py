"""Weighted means, intervals and errors against NumPy's unweighted ones and repetition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.answer.summaries import estimate
from forecast.inference.weights import batch_means_mcse, divide


def test_a_weight_of_three_counts_as_three_draws():
    rng = np.random.default_rng(2)
    values, weight = rng.random(400), rng.integers(0, 4, 400)
    repeated = np.repeat(values, weight)
    summary = estimate(values * weight, weight.astype(float))
    assert summary.mean == pytest.approx(repeated.mean(), abs=1e-12)
    ordered, count = np.sort(repeated), len(repeated)
    assert summary.eti90 == pytest.approx([ordered[math.ceil(share * count) - 1] for share in (0.05, 0.95)])


def test_a_share_of_nothing_is_nothing():
    np.testing.assert_array_equal(divide(np.ones(2), np.array([2.0, 0.0])), [0.5, 0.0])


def test_the_error_of_a_weighted_mean_is_its_spread_over_repetitions():
    rng = np.random.default_rng(4)
    means, errors = [], []
    for _ in range(300):
        weight = rng.random(1000)
        joint = weight * (0.3 + 0.2 * weight + 0.1 * rng.standard_normal(1000))
        summary = estimate(joint, weight, error=lambda values: batch_means_mcse(values, 1))
        means.append(summary.mean)
        errors.append(summary.mcse)
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.15)


def test_unless_asked_no_error_is_told():
    assert estimate(np.array([0.1, 0.3]), np.ones(2)).mcse is None
    assert np.isnan(batch_means_mcse(np.ones(1), 1))
