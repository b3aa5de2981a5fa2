"""Scoring rules against `scoringrules`, and isotonic regression against its min-max formula."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from forecast.track.scores import brier, crps_of_day, fit_isotonic, log_score, ranked

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what it imports, which is not ours to mend
    import scoringrules


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_brier_and_log_score(rng):
    p, happened = rng.uniform(size=50), rng.integers(2, size=50)
    np.testing.assert_allclose(brier(p, happened), scoringrules.brier_score(happened, p))
    np.testing.assert_allclose(log_score(p, happened), scoringrules.log_score(happened, p))


def test_what_was_called_impossible_has_an_infinite_log_score():
    assert log_score(np.array([0.0, 1.0, 0.0]), np.array([1, 0, 0])).tolist() == [np.inf, np.inf, 0]


def test_ranked_probability_score_with_not_by_then_last(rng):
    ends = np.array([2, 5, 9])
    for day in (-1, 0, 2, 3, 6, 9):
        shares = rng.dirichlet(np.ones(4))  # of three bins, and of none of them
        category = 4 if day < 0 else 1 + int(np.searchsorted(ends, day))
        expected = scoringrules.rps_score(category, shares)
        assert ranked(np.cumsum(shares)[:3], np.array(day), ends) == pytest.approx(expected)


def test_ranked_score_of_many_worlds_at_once(rng):
    by, days, ends = rng.uniform(size=3), np.array([-1, 4, 9]), np.array([2, 5, 9])
    assert ranked(by, days, ends).tolist() == [ranked(by, day, ends) for day in days]


def test_crps_of_the_day_is_that_of_the_days_as_a_weighted_ensemble(rng):
    shares = rng.dirichlet(np.ones(30))
    by = 0.37 * np.cumsum(shares)  # whatever P is: it is the day given that the event falls into the window
    for day in (0, 7, 29):
        expected = scoringrules.crps_ensemble(
            float(day), np.arange(30.0), ens_w=shares, estimator="nrg", backend="numpy"
        )
        assert crps_of_day(by, day) == pytest.approx(float(expected))


def test_isotonic_regression_is_the_max_of_mins_of_averages(rng):
    p = rng.integers(1, 12, size=40) / 12  # many are equal
    happened = rng.integers(2, size=40)
    values = np.unique(p)
    expected = [
        max(
            min(happened[(p >= low) & (p <= high)].mean() for high in values[values >= value])
            for low in values[values <= value]
        )
        for value in values
    ]
    np.testing.assert_allclose(fit_isotonic(p, happened), np.array(expected)[np.searchsorted(values, p)])
