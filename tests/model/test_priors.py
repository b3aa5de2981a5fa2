"""Intervals and counts into normals: the quantiles, and the moments of log-gamma and Dirichlet variables."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from builders import condition, entered, kept, known, make_scenario, one_stage, prior, ratio, stay, two_stage, way
from densities import distribution
from scipy import stats
from scipy.special import expit

from forecast.model.hazards import end_shares
from forecast.model.priors import build_priors, draw_priors
from forecast.model.timeline import build_timeline
from forecast.scenario.beliefs import Prior, StageBelief
from forecast.scenario.stays import Stay

COUNTS = [0.1, 0.3, 0.5, 1, 2.5, 7, 9.99, 10, 31, 50]


def priors_of(scenario):
    return build_priors(scenario.known(), build_timeline(scenario.known()))


@pytest.mark.parametrize(
    ("name", "natural", "interval"),
    [
        ("log_stay", np.exp, (30, 300)),
        ("log_ratio", np.exp, (0.02, 0.5)),
        ("kept_logit", expit, (0.05, 0.97)),
        ("log_meanwhile", np.exp, (0.3, 1)),
        ("log_sigma", lambda x: np.exp(np.exp(x)), (1.2, 4)),
    ],
)
def test_quantiles_give_back_the_interval(name, natural, interval):
    scenario = two_stage(
        quiet=(30, 300), ways=[way("by-air", "here", far=2)], ratios={"far": ratio(0.02, 0.5)},
        plans={"plan": kept(0.05, 0.97, meanwhile=(0.3, 1))}, seriousness=ratio(1.2, 4),
    )  # fmt: skip
    vector = priors_of(scenario)[name]
    quantiles = natural(stats.norm(vector.mean[0], vector.sd[0]).ppf([0.05, 0.95]))
    np.testing.assert_allclose(quantiles, interval, rtol=1e-12)


@pytest.mark.parametrize("count", COUNTS)
def test_a_count_makes_the_logarithm_of_a_gamma_variable(count):
    vector = priors_of(make_scenario({"waiting": stay(9, 99, event=count)}))["end_logit"]
    x = np.linspace(-8, 8, 1001)[None]
    values = vector.at(x)
    gamma = stats.loggamma(count)
    found = np.where(x < 0, gamma.logcdf(values), gamma.logsf(values))
    np.testing.assert_allclose(found, np.where(x < 0, stats.norm.logcdf(x), stats.norm.logsf(x)), rtol=1e-4, atol=1e-7)
    first, second = vector.slopes(x)
    inside = (slice(None), slice(1, -1))
    np.testing.assert_allclose(first[inside], np.gradient(values[0], x[0])[None][inside], rtol=2e-3)
    np.testing.assert_allclose(second[inside], np.gradient(first[0], x[0])[None][inside], rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(vector.standardise(values), x, atol=1e-9)
    log = np.linspace(-2, 1, 5)[None]
    np.testing.assert_allclose(np.diff(vector.log_density(log)), np.diff(gamma.logpdf(log[0])), rtol=1e-9)


@pytest.mark.parametrize("counts", [(0.3, 10.0), (9.0, 1.0), (0.9, 0.1), (6e6, 4e6)])
def test_shares_are_those_of_a_dirichlet(counts):
    """Of two ends the share is a beta variable, whose mean is that of the counts."""
    draws = 40_000
    ends = dict(zip(("active", "event"), counts, strict=True))
    scenario = make_scenario({"quiet": stay(9, 99, **ends), "active": stay(9, 99, quiet=1)})
    timeline = build_timeline(scenario.known())
    theta = draw_priors(build_priors(scenario.known(), timeline), draws, np.random.default_rng(1))
    shares = end_shares(theta, timeline.structure)
    np.testing.assert_allclose(shares[:2].sum(axis=0), 1, rtol=1e-12)
    np.testing.assert_allclose(shares[2], 1, rtol=1e-12)
    rarer = shares[int(np.argmin(counts))]  # near 0 numbers are exact, near 1 they are not
    assert stats.kstest(rarer, stats.beta(min(counts), max(counts)).cdf).pvalue > 1e-3


def test_draws_follow_their_distributions():
    priors, draws = priors_of(two_stage(timeline=[entered(3, "active")], as_of=5)), 40_000
    for name, values in draw_priors(priors, draws, np.random.default_rng(2)).items():
        vector = priors[name]
        assert values.shape == (len(vector.labels), draws)
        for label, drawn in enumerate(values):
            assert stats.kstest(drawn, distribution(vector, label).cdf).pvalue > 1e-3, name


def test_every_episode_has_a_standard_normal_seriousness():
    steps = [entered(3, "active"), entered(7, "quiet"), entered(9, "active")]
    vector = priors_of(two_stage(timeline=steps, as_of=20))["z"]
    assert (vector.dim, len(vector.labels)) == ("episode", 2)
    assert (vector.mean.tolist(), vector.sd.tolist()) == ([0, 0], [1, 1])


def test_what_a_question_lacks_has_no_parameter():
    assert set(priors_of(one_stage())) == {"log_stay", "end_logit"}
    assert set(priors_of(two_stage())) == {"log_stay", "end_logit", "log_sigma"}


@pytest.mark.parametrize(("as_of", "interval", "hindsight"), [(9, (1, 2), []), (10, (9, 99), [])])
def test_a_prior_whose_facts_are_not_yet_public_takes_its_otherwise(as_of, interval, hindsight):
    scenario = with_stay(Prior(stay(9, 99, event=1), known(10), "so", stay(1, 2, event=1)), as_of)
    vector = priors_of(scenario)["log_stay"]
    np.testing.assert_allclose(np.exp(vector.mean), np.sqrt(np.prod(interval)), rtol=1e-12)
    assert list(scenario.known().hindsight) == hindsight


@pytest.mark.parametrize(("as_of", "hindsight"), [(9, ["priors.stages.waiting"]), (10, [])])
def test_a_prior_without_otherwise_is_used_and_marked_hindsight(as_of, hindsight):
    scenario = with_stay(Prior(StageBelief(Stay(9, 99), {"event": 1}), known(10), "so"), as_of)
    np.testing.assert_allclose(np.exp(priors_of(scenario)["log_stay"].mean), np.sqrt(9 * 99), rtol=1e-12)
    assert list(scenario.known().hindsight) == hindsight


def with_stay(belief, as_of):
    """A question of one stage with this prior, whose fact becomes public on day 10."""
    scenario = one_stage(
        ratios={"fair": ratio(1, 2)}, timeline=[condition("fair", 10, 12, public=10)], as_of=as_of, until=60
    )
    priors = dataclasses.replace(
        scenario.priors, stages={"waiting": belief}, hazard_ratios={"fair": prior(ratio(1, 2))}
    )
    return dataclasses.replace(scenario, priors=priors)


def test_the_ends_of_an_otherwise_go_by_their_names():
    belief = Prior(stay(9, 99, active=7, event=1), known(10), "so", stay(9, 99, event=1, active=7))
    scenario = two_stage(timeline=[condition("fair", 10, 12, public=10)], ratios={"fair": ratio(1, 2)}, until=60)
    stages = scenario.priors.stages | {"quiet": belief}
    scenario = dataclasses.replace(scenario, priors=dataclasses.replace(scenario.priors, stages=stages))
    vector = priors_of(scenario)["end_logit"]
    counts = dict(zip(vector.labels, vector.counts.tolist(), strict=True))
    assert (counts["quiet > active"], counts["quiet > event"]) == (7, 1)
