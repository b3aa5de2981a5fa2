"""The same few draws for many edits: each edit's own posterior, and as near to the base's as the edit is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.document.load import load_scenario
from forecast.inference.common import CommonDraws
from forecast.inference.quick import quick_draws
from forecast.inference.weights import importance_mcse
from forecast.model.priors import build_priors
from forecast.model.timeline import build_timeline

DRAWS = 400


@pytest.fixture(scope="module")
def base():
    scenario = load_scenario("scenarios/may.yaml")
    timeline = build_timeline(scenario.known())
    return timeline, build_priors(scenario.known(), timeline)


def move(priors, name, shift):
    """Shift a prior by its standard deviations."""
    vector = priors[name]
    return priors | {name: replace(vector, mean=vector.mean + shift * vector.sd)}


def mean_stays(found):
    """Return weighted means of log stays, and their Monte Carlo errors."""
    values, weight = found.draws["log_stay"], found.weight / found.weight.sum()
    means = values @ weight
    return means, np.sqrt((values - means[:, None]) ** 2 @ weight**2)


@pytest.mark.parametrize("shift", [0.0, -1.0, 1.5])
def test_they_are_draws_of_the_edits_own_posterior(base, shift):
    timeline, priors = base
    moved = move(priors, "log_stay", shift)
    found, errors = mean_stays(CommonDraws(timeline, priors, draws=DRAWS).draw(timeline, moved))
    known = quick_draws(timeline, moved, 20_000, np.random.default_rng(9))
    for mean, error, values in zip(found, errors, known.draws["log_stay"], strict=True):
        assert abs(mean - values.mean()) < 4.5 * np.hypot(error, importance_mcse(values, known.weight))


def test_a_slight_edit_moves_the_answer_slightly_and_no_edit_not_at_all(base):
    """Two posteriors of draws of their own would differ by a tenth of a prior's width and more."""
    timeline, priors = base
    common = CommonDraws(timeline, priors, draws=DRAWS)
    (before, error), (again, _) = (mean_stays(common.draw(timeline, priors)) for _ in range(2))
    slightly, _ = mean_stays(common.draw(timeline, move(priors, "log_stay", 1e-3)))
    np.testing.assert_array_equal(again, before)
    assert (slightly != before).any()
    assert np.abs(slightly - before).max() < error.min() / 10


def test_where_no_mode_is_found_it_says_so(base):
    timeline, priors = base
    nowhere = priors | {"log_stay": replace(priors["log_stay"], mean=priors["log_stay"].mean - 1_000)}
    found = CommonDraws(timeline, priors, draws=DRAWS).draw(timeline, nowhere)
    assert found.failure.startswith("no mode found")
    assert found.draws == {}


def test_a_base_without_a_mode_is_no_hindrance(base):
    timeline, priors = base
    nowhere = priors | {"log_stay": replace(priors["log_stay"], mean=priors["log_stay"].mean - 1_000)}
    found = CommonDraws(timeline, nowhere, draws=DRAWS).draw(timeline, priors)
    assert found.failure == ""
    assert found.draws["log_stay"].shape == (5, DRAWS)


def test_without_an_edit_draws_count_alike_but_for_the_smoothed_tail(base):
    """They were chosen by their weights, so nothing is left of these: a few are, where weights were smoothed."""
    timeline, priors = base
    weight = CommonDraws(timeline, priors, draws=DRAWS).draw(timeline, priors).weight
    assert np.isclose(weight, np.median(weight), rtol=1e-6).mean() > 0.8
    assert weight.mean() == pytest.approx(1)
