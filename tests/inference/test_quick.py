"""The quick engine against the model's own rates, finite differences, quadrature and NUTS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import broken_record, happened, one_stage, scenarios, set_up, two_stage
from densities import distribution, standard
from hypothesis import given, settings
from scipy import stats

from forecast.answer.run import predict
from forecast.document.load import load_scenario
from forecast.errors import FitError
from forecast.inference.draw import find_or_fit
from forecast.inference.laplace import build_target, find_modes
from forecast.inference.posterior import label_posterior
from forecast.inference.quick import PARETO_K_MOST, draw_proposals, gate, quick_draws
from forecast.inference.settings import Settings
from forecast.inference.weights import importance_mcse, resample
from forecast.model.poisson import build_poisson_rows, row_rates
from forecast.model.priors import draw_priors
from forecast.model.pymc_model import build_pymc_model

FLAGSHIP = "scenarios/may.yaml"
STRANGERS = [f"tests/questions/{name}.yaml" for name in ("launch", "treaty", "visit")]


def move(priors, name, shift=0.0, widen=1.0):
    """Shift a prior by its standard deviations, and widen it; 0 fixes it."""
    vector = priors[name]
    return priors | {name: replace(vector, mean=vector.mean + shift * vector.sd, sd=vector.sd * widen)}


def standardize(theta, priors):
    """Turn parameters (labels, draws) into x (draws, parameters, 1) and s (draws, 1)."""
    z = {name: standard(vector, theta[name]) for name, vector in priors.items()}
    s = z.pop("log_sigma", np.zeros((1, next(iter(theta.values())).shape[1])))
    return np.concatenate(list(z.values())).T[:, :, None], s.T


def log_density_by_rows(theta, timeline, priors):
    """Compute the log posterior density of the standard normals from the rates of `forecast.model`, row by row."""
    rows = build_poisson_rows(timeline)
    steps, events = row_rates(theta, timeline, rows)
    value = sum(stats.norm.logpdf(standard(vector, theta[name])).sum(axis=0) for name, vector in priors.items())
    for which, rate in ((rows.itinerary < 0, steps), (rows.itinerary >= 0, events)):
        count, expected = rows.count[which, None], rate * rows.exposure[which, None]
        value = value + stats.poisson(expected).logpmf(count).sum(axis=0)
    rates = np.zeros((len(rows.count), steps.shape[1]))
    rates[rows.itinerary < 0], rates[rows.itinerary >= 0] = steps, events
    for segment in np.flatnonzero(timeline.history.event_by >= 0):
        on_day = rates[rows.segment == segment].sum(axis=0)
        chance = -np.expm1(-on_day)  # of anything on that day; the rows had the density instead
        value = value + np.log(chance / on_day) + (on_day if timeline.history.segments.days[segment] > 0 else 0)
    spans = timeline.spans
    for index, days, ended in zip(spans.index, spans.days, spans.ended, strict=True):
        mean = np.exp(np.concatenate([theta[name] for name in ("log_lasts", "log_returns") if name in theta])[index])
        lasts = stats.geom(-np.expm1(-1 / mean))
        value = value + (lasts.logpmf(days) if ended else lasts.logsf(days))
    return value


def difference(function, x, step=1e-5):
    """Return central differences of a function along each axis of a point."""
    return np.array([(function(x + step * axis) - function(x - step * axis)) / (2 * step) for axis in np.eye(len(x))])


# --- the density ---------------------------------------------------------------------------------------------------


def check_density(timeline, priors):
    theta = draw_priors(priors, 30, np.random.default_rng(1))
    x, s = standardize(theta, priors)
    found = build_target(timeline, priors).log_density(x, s)[:, 0]
    known = log_density_by_rows(theta, timeline, priors)
    np.testing.assert_allclose(found - found[0], known - known[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("path", [FLAGSHIP, "scenarios/september-2023.yaml", *STRANGERS])
def test_the_density_is_that_of_the_models_rates(path):
    check_density(*set_up(path))


def test_the_density_leaves_out_days_without_record_and_begins_where_the_record_does():
    check_density(*set_up(broken_record()))


@given(scenarios())
@settings(max_examples=60, deadline=None)
def test_the_density_is_that_of_the_models_rates_whatever_the_question(scenario):
    check_density(*set_up(scenario))


@pytest.mark.slow
@pytest.mark.parametrize("question", [FLAGSHIP, broken_record()], ids=["flagship", "broken record"])
def test_the_density_is_that_of_the_pymc_model(question):
    """Beside the prior, which is of other variables there: standard normals here."""
    timeline, priors = set_up(question)
    model = build_pymc_model(timeline, priors)
    log_likelihood = model.compile_logp(vars=[*model.observed_RVs, *model.potentials])
    theta = draw_priors(priors, 10, np.random.default_rng(1))
    known = np.array([log_likelihood({name: values[:, draw] for name, values in theta.items()}) for draw in range(10)])
    found = build_target(timeline, priors).log_density(*standardize(theta, priors))[:, 0]
    found -= sum(stats.norm.logpdf(standard(vector, theta[name])).sum(axis=0) for name, vector in priors.items())
    np.testing.assert_allclose(found - found[0], known - known[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("path", [FLAGSHIP, *STRANGERS])
@pytest.mark.parametrize("s", [-1.5, 0.7])
def test_gradient_and_hessian_are_those_of_the_density(path, s):
    target = build_target(*set_up(path))
    x = np.random.default_rng(2).standard_normal(len(target.stack))
    value, gradient, hessian = target.derivatives(x, s)
    assert value == pytest.approx(target.log_density(x[None, :, None], np.array([[s]]))[0, 0], abs=1e-9)
    np.testing.assert_allclose(gradient, difference(lambda x: target.derivatives(x, s)[0], x), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(hessian, difference(lambda x: target.derivatives(x, s)[1], x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("path", [FLAGSHIP, "scenarios/january-2015.yaml", *STRANGERS])
def test_a_mode_is_a_mode_and_its_scale_the_root_of_the_inverse_curvature(path):
    laplace = find_modes(build_target(*set_up(path)))
    for node, mode, scale in zip(laplace.layout.nodes[0], laplace.mode, laplace.scale, strict=True):
        _, gradient, hessian = laplace.target.derivatives(mode, node)
        np.testing.assert_allclose(gradient, 0, atol=1e-5)
        np.testing.assert_allclose(scale @ scale.T @ -hessian, np.eye(len(mode)), atol=1e-8)


def test_a_warm_start_finds_the_same_modes():
    timeline, priors = set_up(FLAGSHIP)
    cold = find_modes(build_target(timeline, priors))
    moved = move(priors, "log_ratio", shift=-2)
    warm = find_modes(build_target(timeline, moved, cold), cold)
    assert warm.target.likelihood is cold.target.likelihood
    np.testing.assert_allclose(warm.mode, find_modes(build_target(timeline, moved)).mode, atol=1e-5)


def test_another_timeline_brings_its_own_likelihood():
    timeline, priors = set_up(FLAGSHIP)
    start = find_modes(build_target(timeline, priors))
    again, _ = set_up(FLAGSHIP)
    assert build_target(again, priors, start).likelihood is not start.target.likelihood


# --- the draws -----------------------------------------------------------------------------------------------------


def test_one_rate_has_the_posterior_that_quadrature_gives():
    """Three events in 900 days: a normal prior of the log rate times a Poisson likelihood."""
    timeline, priors = set_up(one_stage(timeline=[happened(n, "here") for n in (100, 350, 800)], as_of=900, until=950))
    prior = priors["log_stay"]
    grid = np.linspace(-12, 0, 20_001)
    density = stats.norm(-prior.mean[0], prior.sd[0]).pdf(grid) * stats.poisson(900 * np.exp(grid)).pmf(3)
    density /= density.sum()
    mean = density @ grid
    sd = np.sqrt(density @ (grid - mean) ** 2)
    found = quick_draws(timeline, priors, 20_000, np.random.default_rng(1))
    log_rate = -found.draws["log_stay"][0]
    error = importance_mcse(log_rate, found.weight)
    assert error < 0.01
    assert abs(log_rate.mean() - mean) < 4 * error
    assert log_rate.std() == pytest.approx(sd, rel=4 / np.sqrt(2 * found.diagnostics["ess"]) + 0.01)
    assert stats.kstest(log_rate, lambda x: np.interp(x, grid, np.cumsum(density))).pvalue > 1e-3


def test_without_history_the_posterior_is_the_prior():
    timeline, priors = set_up(two_stage(until=60))
    found = quick_draws(timeline, priors, 4_000, np.random.default_rng(1))
    assert found.diagnostics["ess"] == pytest.approx(found.diagnostics["proposals"], rel=0.01)
    for name, vector in priors.items():
        for label, values in enumerate(found.draws[name]):
            assert stats.kstest(values, distribution(vector, label).cdf).pvalue > 1e-4, name


def test_fixed_parameters_stay_where_they_are():
    """A prior fixed to a number is the limit of ever narrower ones."""
    timeline, priors = set_up(FLAGSHIP)
    fixed, narrow = priors, priors
    for name in ("log_ratio", "log_sigma"):
        fixed, narrow = move(fixed, name, widen=0), move(narrow, name, widen=1e-4)
    exact, close = (quick_draws(timeline, moved, 4_000, np.random.default_rng(1)) for moved in (fixed, narrow))
    for name in ("log_ratio", "log_sigma"):
        np.testing.assert_array_equal(
            exact.draws[name], np.broadcast_to(priors[name].mean[:, None], exact.draws[name].shape)
        )
    assert gate(exact.diagnostics) == ""
    for one, other in zip(exact.draws["log_stay"], close.draws["log_stay"], strict=True):
        error = np.hypot(importance_mcse(one, exact.weight), importance_mcse(other, close.weight))
        assert abs(one.mean() - other.mean()) < 4.5 * error


def test_the_same_seed_gives_the_same_draws():
    timeline, priors = set_up(STRANGERS[2])
    first, second = (quick_draws(timeline, priors, 100, np.random.default_rng(3)).draws for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in priors)


def test_proposals_weighted_are_the_posterior_however_they_are_proposed():
    """Weights make up for a proposal that is off: here from the modes of other priors."""
    timeline, priors = set_up(STRANGERS[2])
    target = build_target(timeline, priors)
    right = find_modes(target)
    wrong = replace(right, mode=right.mode + 0.3, learnt=right.learnt + 0.5 * right.layout.nodes[0])
    means, errors = [], []
    for laplace, seed in ((right, 1), (wrong, 2)):
        x, s, log_weight = draw_proposals(laplace, 40_000, np.random.default_rng(seed))
        weight = np.exp(log_weight - log_weight.max()) / np.exp(log_weight - log_weight.max()).sum()
        values = np.concatenate([x, np.broadcast_to(s[:, None], (len(x), 1, x.shape[2]))], axis=1)
        mean = np.einsum("bpd,bd->p", values, weight)
        means.append(mean)
        errors.append(np.einsum("bpd,bd->p", (values - mean[:, None]) ** 2, weight**2))
    assert (np.abs(means[0] - means[1]) < 4.5 * np.sqrt(errors[0] + errors[1])).all()


# --- resampling and its error --------------------------------------------------------------------------------------


def test_resampling_takes_each_as_often_as_it_weighs():
    rng = np.random.default_rng(1)
    weight = rng.dirichlet(np.full(50, 0.3))
    often = np.bincount(resample(weight, 1_000, rng), minlength=50)
    assert np.abs(often - 1_000 * weight).max() < 1 + 1e-9
    assert often.sum() == 1_000


def test_resampled_draws_come_in_no_order():
    chosen = resample(np.full(1_000, 1e-3), 1_000, np.random.default_rng(1))
    assert abs(np.corrcoef(chosen[1:], chosen[:-1])[0, 1]) < 4 / np.sqrt(1_000)


def test_the_monte_carlo_error_is_the_spread_of_repeated_runs():
    rng = np.random.default_rng(1)
    means, errors = [], []
    for _ in range(400):
        proposed = 1.5 * rng.standard_normal(800)
        weight = np.exp(-0.5 * proposed**2 + 0.5 * (proposed / 1.5) ** 2)
        weight /= weight.sum()
        chosen = resample(weight, 600, rng)
        means.append(proposed[chosen].mean())
        errors.append(importance_mcse(proposed[chosen], weight[chosen]))
    assert np.std(means) == pytest.approx(np.mean(errors), rel=4 / np.sqrt(2 * 400))


# --- the gate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worse", "message"),
    [
        ({"pareto_k": 0.71}, "Pareto k 0.71 above 0.7"),
        ({"pareto_k": np.nan}, "Pareto k nan above 0.7"),
        ({"ess": 999.0}, "ESS 999 below 1000"),
        ({"largest_weight": 0.02}, "largest weight 2.0% above 1%"),
        ({"pareto_k": 0.9, "ess": 10.0}, "Pareto k 0.90 above 0.7, ESS 10 below 1000"),
    ],
)
def test_the_gate_names_what_is_missed(worse, message):
    assert gate({"pareto_k": 0.7, "ess": 1000.0, "largest_weight": 0.01}) == ""
    assert gate({"pareto_k": 0.5, "ess": 5000.0, "largest_weight": 0.001} | worse) == message


def test_the_flagship_passes_and_says_how():
    posterior = find_or_fit(*set_up(FLAGSHIP), Settings(draws=300, seed=5), engine="quick")
    assert {name: posterior.diagnostics[name] for name in ("engine", "draws", "chains", "seed")} == {
        "engine": "quick", "draws": 300, "chains": 4, "seed": 5,
    }  # fmt: skip
    assert posterior.diagnostics["pareto_k"] <= PARETO_K_MOST
    assert posterior.diagnostics["ess"] > 0.4 * posterior.diagnostics["proposals"]
    assert posterior.draws["z"].shape == (5, 1_200)
    assert posterior.sample_stats["weight"].shape == (4, 300)
    assert posterior.netcdf == b""


def test_labels_are_made_when_asked_for():
    timeline, priors = set_up(STRANGERS[1])
    posterior = find_or_fit(timeline, priors, Settings(draws=50), engine="quick")
    groups = label_posterior(posterior)
    stays = groups["posterior"]["log_stay"].values
    np.testing.assert_array_equal(stays[1, :, 0], posterior.draws["log_stay"][0, 50:100])
    np.testing.assert_array_equal(groups["sample_stats"]["weight"].values, posterior.sample_stats["weight"])
    days = groups["prior_predictive"]["days"].values.sum(axis=-1)
    np.testing.assert_allclose(days, timeline.history.segments.days.sum(), rtol=1e-9)
    tree = posterior.to_datatree()
    assert tree["posterior"]["log_stay"].dims == ("chain", "draw", "stage")
    np.testing.assert_array_equal(tree["posterior"]["log_stay"].values, stays)


def hard():
    """Priors so far from the record, and so loose, that no Gaussian comes near."""
    timeline, priors = set_up(FLAGSHIP)
    return timeline, move(move(priors, "log_ratio", shift=5, widen=6), "log_stay", shift=-5, widen=3)


@pytest.mark.parametrize("threshold", ["PARETO_K_MOST", "WEIGHT_MOST"])
def test_a_missed_threshold_hands_over_to_nuts(may, monkeypatch, threshold, caplog):
    monkeypatch.setattr(f"forecast.inference.quick.{threshold}", 0.0)
    found = find_or_fit(may.timeline, may.fit.priors, Settings(), engine="quick")
    assert found.diagnostics["engine"] == "nuts"
    assert found.fingerprint == may.fit.fingerprint
    assert caplog.messages[0].startswith("the quick engine fails its gate: ")


@pytest.mark.slow
def test_a_hard_posterior_hands_over_to_nuts(caplog):
    found = find_or_fit(*hard(), Settings(), engine="quick")
    assert found.diagnostics["engine"] == "nuts"
    assert caplog.messages[0].startswith("the quick engine fails its gate: ")
    assert "ESS" in caplog.messages[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_hard_posterior_is_refused_whatever_the_seed(seed):
    found = quick_draws(*hard(), 4_000, np.random.default_rng(seed))
    assert found.diagnostics["pareto_k"] > 0.6  # about 0.8; a single fit tells k to within a tenth
    assert "ESS" in gate(found.diagnostics)


def test_without_history_the_prior_is_drawn_and_nothing_is_refused():
    visit = load_scenario("tests/questions/visit.yaml")
    found = quick_draws(*set_up(replace(visit, as_of=visit.question.history_from)), 4_000, np.random.default_rng(1))
    assert not gate(found.diagnostics)
    assert found.diagnostics["ess"] == pytest.approx(found.diagnostics["proposals"], rel=1e-3)


def test_a_posterior_out_of_the_range_of_numbers_is_refused_in_words(monkeypatch, caplog):
    def fit(*_):
        message = "handed over"
        raise FitError(message)

    timeline, priors = set_up(FLAGSHIP)
    priors = priors | {"log_stay": replace(priors["log_stay"], mean=priors["log_stay"].mean - 1_000)}
    monkeypatch.setattr("forecast.inference.draw.fit", fit)
    with pytest.raises(FitError, match="handed over"):
        find_or_fit(timeline, priors, Settings(), engine="quick")
    assert caplog.messages[0].startswith("the quick engine fails its gate: no mode found")


# --- against NUTS --------------------------------------------------------------------------------------------------

CHANGES = {
    "nothing": [],
    "ratios lower": [("log_ratio", -2, 1)],
    "ratios loose": [("log_ratio", 0, 3)],
    "ratios and seriousness fixed": [("log_ratio", 1, 0), ("log_sigma", 1, 0)],
    "stays longer and loose": [("log_stay", 2, 2)],
    "stays shorter": [("log_stay", -2, 1)],
    "stays of another kind": [("log_stay", 1, 1.5)],
    "plans kept": [("kept_logit", 3, 1), ("log_meanwhile", -1, 1)],
    "very serious": [("log_sigma", 2, 1)],
}
SCENARIOS = {
    name: f"scenarios/{name}.yaml"
    for name in ("january-2015", "september-2023", "year-end", "bilateral-in-moscow", "reluctance-overrated")
} | {path.split("/")[-1]: path for path in STRANGERS}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "changes"),
    [pytest.param(FLAGSHIP, changes, id=name) for name, changes in CHANGES.items()]
    + [pytest.param(path, [], id=name) for name, path in SCENARIOS.items()],
)
def test_probabilities_are_those_of_nuts(path, changes):
    scenario = load_scenario(path)
    timeline, priors = set_up(scenario)
    for name, shift, widen in changes:
        priors = move(priors, name, shift, widen)
    means, errors = [], []
    for engine in ("quick", "nuts"):
        posterior = find_or_fit(timeline, priors, Settings(draws=2_000), engine=engine)
        assert posterior.diagnostics["engine"] == engine
        result = predict(scenario, timeline, posterior)
        first = result.days.index(scenario.window.start)
        draws = [*result.curves.incidence[first:].sum(axis=0), result.p_draws]
        means.append([values.mean() for values in draws])
        errors.append([posterior.mcse(values) for values in draws])
    error = np.hypot(*np.array(errors))
    assert (error < 0.01).all()
    assert (np.abs(np.subtract(*means)) < 4 * error).all(), (means, errors)
