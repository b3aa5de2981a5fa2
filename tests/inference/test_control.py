"""Control variates against finite differences, a closed form, and the spread of repeated runs."""

from __future__ import annotations

import numpy as np
import pytest
from builders import set_up
from densities import standard
from scipy import integrate, stats

from forecast.answer.ahead import carry_ahead
from forecast.answer.summaries import estimate
from forecast.inference import control
from forecast.inference.control import centre, score, take_out
from forecast.inference.draw import find_or_fit
from forecast.inference.laplace import build_target
from forecast.inference.settings import Settings, stream
from forecast.model.priors import draw_priors

FLAGSHIP = "scenarios/may.yaml"
STRANGERS = [f"tests/questions/{name}.yaml" for name in ("launch", "treaty", "visit")]


@pytest.mark.parametrize("path", [FLAGSHIP, *STRANGERS])
def test_the_score_is_the_slope_of_the_log_density(path):
    timeline, priors = set_up(path)
    target = build_target(timeline, priors)
    draws = draw_priors(priors, 3, np.random.default_rng(1))

    def log_density(name, label, step):
        x = {each: standard(vector, draws[each]) for each, vector in priors.items()}
        x[name][label] += step
        s = x.pop("log_sigma", np.zeros((1, 3)))
        return target.log_density(np.concatenate(list(x.values())).T[:, :, None], s.T)[:, 0]

    order = [name for name in priors if name != "log_sigma"] + ["log_sigma"] * ("log_sigma" in priors)
    free = [(name, label) for name in order for label in np.flatnonzero(~priors[name].is_fixed)]
    slopes = [(log_density(*each, 1e-5) - log_density(*each, -1e-5)) / 2e-5 for each in free]
    np.testing.assert_allclose(score(target, draws), slopes, rtol=1e-5, atol=1e-6)


def test_draws_are_moved_to_where_their_gradient_vanishes():
    timeline, priors = set_up(FLAGSHIP)
    target = build_target(timeline, priors)
    found = find_or_fit(timeline, priors, Settings(), engine="quick")
    assert found.diagnostics["controls"] == 47
    gradient = score(target, found.draws)
    error = gradient.std(axis=1) / np.sqrt(gradient.shape[1])
    beside = gradient.mean(axis=1) / error  # about 1 in size for draws that were not moved
    assert np.sqrt(np.mean(beside**2)) < 0.25
    tenth = {name: np.full(len(vector.labels), 0.1) for name, vector in priors.items()}
    away = {name: priors[name].move(values, tenth[name]) for name, values in found.draws.items()}
    back, _ = centre(target, priors, away)
    for name, vector in priors.items():
        distance = standard(vector, back[name]) - standard(vector, found.draws[name])
        assert (np.abs(distance) <= 0.04).all(), name  # a step is exact to first order


def test_a_mean_is_that_of_the_posterior_whatever_the_draws_were():
    """One rate, known in closed form: draws that lie beside it are brought back."""
    timeline, priors = set_up("tests/questions/launch.yaml")
    target = build_target(timeline, priors)
    draws = find_or_fit(timeline, priors, Settings(), engine="quick").draws
    exact = [posterior_mean(target, priors, label) for label in range(len(priors["log_stay"].labels))]
    error = draws["log_stay"].std(axis=1) / np.sqrt(4_000)
    assert (np.abs(draws["log_stay"].mean(axis=1) - exact) < 0.5 * error).all()


def posterior_mean(target, priors, label):
    """Return the mean of a log stay by quadrature, all other parameters at the values of which it is independent."""
    vector = priors["log_stay"]
    likelihood, mean, sd = target.likelihood, vector.mean[label], vector.sd[label]
    column = list(priors).index("log_stay") + label
    assert column == label
    theta = target.stack.at(np.zeros((len(target.stack), 1)))[:, 0]

    def density(value):
        theta[column] = value
        at = likelihood.log_density(theta[:, None])[0]
        return np.exp(at - top) * stats.norm(mean, sd).pdf(value)

    theta[column] = mean
    top = likelihood.log_density(theta[:, None])[0]
    reach = (mean - 8 * sd, mean + 8 * sd)
    total = integrate.quad(density, *reach, limit=400)[0]
    return integrate.quad(lambda value: value * density(value), *reach, limit=400)[0] / total


def test_too_few_draws_are_left_as_they_are():
    timeline, priors = set_up(FLAGSHIP)
    target = build_target(timeline, priors)
    draws = draw_priors(priors, 47 * control.DRAWS_LEAST - 1, np.random.default_rng(1))
    same, controls = centre(target, priors, draws)
    assert controls == 0
    assert all(same[name] is values for name, values in draws.items())


def test_what_is_linear_in_the_gradient_has_no_error():
    rng = np.random.default_rng(1)
    gradient = rng.standard_normal((3, 500))
    noise = rng.standard_normal(500)
    linear = 2 + np.array([1.0, -2.0, 0.5]) @ gradient
    np.testing.assert_allclose(take_out(linear, gradient), 0, atol=1e-12)
    assert np.std(take_out(linear + noise, gradient)) == pytest.approx(np.std(noise), rel=0.02)


def spread(path, seeds):
    """Return the spread of P over seeds, and the error that is stated, by the quick engine."""
    timeline, priors = set_up(path)
    found = []
    for seed in range(1, seeds + 1):
        posterior = find_or_fit(timeline, priors, Settings(seed=seed), engine="quick")
        ahead = carry_ahead(timeline, posterior.draws, stream(seed, "ahead"))
        answer = estimate(ahead.total, ahead.weight, error=posterior.mcse)
        found.append((answer.mean, answer.mcse))
    means, errors = np.transpose(found)
    return np.std(means, ddof=1), np.sqrt(np.mean(errors**2))


@pytest.mark.parametrize(
    ("path", "seeds"), [(STRANGERS[0], 30), *(pytest.param(path, 60, marks=pytest.mark.slow) for path in STRANGERS[:2])]
)
def test_the_stated_error_is_the_spread_over_seeds(path, seeds):
    found, stated = spread(path, seeds)
    assert stated == pytest.approx(found, rel=0.2 + 2 / np.sqrt(2 * seeds))


@pytest.mark.slow
def test_the_flagships_error_is_small_and_stated():
    found, stated = spread(FLAGSHIP, 60)
    assert max(found, stated) < 0.002
    assert stated == pytest.approx(found, rel=0.2 + 2 / np.sqrt(2 * 60))
