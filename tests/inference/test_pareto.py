"""Pareto smoothing against ArviZ's and against weights whose shape is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.inference.pareto import NO_TAIL, fit_pareto, pareto_quantile, smooth_weights


def weights_of_shape(shape, count=20_000, seed=1):
    return np.log(stats.genpareto(shape).rvs(count, random_state=seed) + 1)


@pytest.mark.parametrize("shape", [0.05, 0.3, 0.5, 0.7, 0.9, 1.3])
def test_the_shape_of_known_weights_is_found(shape):
    found = [smooth_weights(weights_of_shape(shape, seed=seed))[1] for seed in range(20)]
    tail = 3 * np.sqrt(20_000)
    shrunk = (shape * tail + 5) / (tail + 10)  # towards 0.5 with the weight of ten
    error = (1 + shape) / np.sqrt(tail)  # of the maximum likelihood estimate (Smith 1987)
    assert np.mean(found) == pytest.approx(shrunk, abs=4 * error / np.sqrt(20) + 0.02)
    assert np.std(found) < 2 * error


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.1])
@pytest.mark.parametrize("count", [100, 4_000, 20_001])
def test_smoothed_weights_and_shape_are_those_of_arviz(shape, count):
    from arviz_stats.base import array_stats

    log_weights = weights_of_shape(shape, count) - 3
    known, k = array_stats.psislw(-log_weights)  # it negates what it is given
    found, shape_found = smooth_weights(log_weights)
    assert shape_found == pytest.approx(float(k), abs=1e-10)
    np.testing.assert_allclose(found, np.exp(known), rtol=1e-8)


def test_ties_with_the_smallest_of_the_tail_do_not_hide_its_shape():
    log_weights = np.repeat(np.log(np.random.default_rng(1).random(250)), 32)  # as draws that share a weight in blocks
    weights, shape = smooth_weights(log_weights)
    assert shape < 0
    np.testing.assert_allclose(weights, np.exp(log_weights) / np.exp(log_weights).sum(), rtol=0.05)


def test_bounded_weights_have_no_tail():
    log_weights = np.log(np.random.default_rng(1).random(10_000))
    weights, shape = smooth_weights(log_weights)
    assert shape < 0
    np.testing.assert_allclose(weights, np.exp(log_weights) / np.exp(log_weights).sum(), rtol=0.02)


def test_smoothing_keeps_order_total_and_the_largest_seen():
    log_weights = weights_of_shape(0.8, 5_000)
    weights, _ = smooth_weights(log_weights)
    assert weights.sum() == pytest.approx(1)
    assert (np.diff(weights[np.argsort(log_weights)]) >= 0).all()
    body = log_weights < np.median(log_weights)
    np.testing.assert_allclose(np.ptp(np.log(weights[body]) - log_weights[body]), 0, atol=1e-9)


def test_equal_weights_are_the_best_there_are():
    weights, shape = smooth_weights(np.full(1_000, -7.0))
    np.testing.assert_allclose(weights, 1e-3)
    assert shape == NO_TAIL


def test_weights_equal_but_for_rounding_are_equal():
    log_weights = -7.0 + 1e-14 * np.random.default_rng(1).standard_normal(1_000)
    assert smooth_weights(log_weights)[1] == NO_TAIL


@pytest.mark.parametrize("log_weights", [np.zeros(3), np.r_[0.0, np.full(999, -np.inf)]])
def test_too_few_weights_tell_no_shape(log_weights):
    assert smooth_weights(log_weights)[1] == np.inf


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.6])
def test_quantiles_are_those_of_scipy(shape):
    places = np.array([0.01, 0.5, 0.99])
    np.testing.assert_allclose(pareto_quantile(places, shape, 2.0), stats.genpareto(shape, scale=2).ppf(places))


def test_a_fit_finds_the_scale():
    excess = np.sort(stats.genpareto(0.4, scale=3).rvs(20_000, random_state=1))
    shape, scale = fit_pareto(excess)
    assert shape == pytest.approx(0.4, abs=4 * 1.4 / np.sqrt(20_000))
    assert scale == pytest.approx(3, rel=4 * np.sqrt(2 * 1.4 / 20_000))
