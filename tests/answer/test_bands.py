"""Bands of curves over draws against NumPy's quantiles, day by day."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.answer.bands import find_band, stack_bands
from forecast.answer.summaries import estimate


def read(joint, weight):
    return lambda days: (joint[:, days], weight if weight.ndim == 1 else weight[:, days])


@pytest.mark.parametrize("at_a_time", [1, 7, 256_000])
@pytest.mark.parametrize("draws", [1, 19, 20, 3000])
@pytest.mark.parametrize("weighing", ["equal", "by draw", "by day", "some nothing", "in threes"])
def test_a_band_is_numpys_by_the_inverted_distribution(weighing, draws, at_a_time, monkeypatch):
    monkeypatch.setattr("forecast.answer.bands.VALUES", at_a_time * draws)
    rng = np.random.default_rng(3)
    values = rng.beta(2, 5, (draws, 9)).round(2)  # some are alike
    weight = {
        "equal": np.full(draws, 0.3),
        "by draw": rng.random(draws),
        "by day": rng.random((draws, 9)),
        "some nothing": rng.random((draws, 9)) * (rng.random((draws, 9)) < 0.7)
        + 1e-9 * (np.arange(draws) == 0)[:, None],
        "in threes": rng.integers(1, 4, draws).astype(float),
    }[weighing]
    whole = np.broadcast_to(weight if weight.ndim > 1 else weight[:, None], values.shape)
    found = find_band(values.shape, read(values * whole, weight))
    expected = np.quantile(values, [0.05, 0.95], axis=0, weights=whole, method="inverted_cdf")
    np.testing.assert_allclose([found.lo, found.hi], expected, rtol=1e-12)
    np.testing.assert_allclose(found.mean, (values * whole).sum(axis=0) / whole.sum(axis=0), rtol=1e-12)


def test_a_band_is_the_estimate_of_each_day():
    rng = np.random.default_rng(3)
    values, weight = rng.beta(2, 5, (3000, 7)), rng.random((3000, 7))
    found = find_band(values.shape, read(values * weight, weight))
    for day in range(7):
        alone = estimate(values[:, day] * weight[:, day], weight[:, day])
        assert (found.mean[day], found.lo[day], found.hi[day]) == pytest.approx((alone.mean, *alone.eti90), rel=1e-12)


def test_a_band_of_what_no_draw_supports_is_zero():
    nothing = np.zeros((5, 2))
    found = find_band(nothing.shape, read(nothing, nothing))
    assert not np.any([found.mean, found.lo, found.hi])


def test_bands_are_stacked_by_name():
    rng = np.random.default_rng(3)
    curves, weight = rng.random((3, 50, 4)), rng.random(50)
    found = stack_bands(iter(curves), weight)
    for name in range(3):
        alone = find_band((50, 4), read(curves[name], weight))
        np.testing.assert_array_equal(
            [found.mean[name], found.lo[name], found.hi[name]], [alone.mean, alone.lo, alone.hi]
        )
