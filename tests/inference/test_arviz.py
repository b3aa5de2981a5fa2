"""ArviZ's own functions on the tree of a result, and what its groups hold by other ways of counting."""

from __future__ import annotations

import warnings

import arviz
import numpy as np
import pytest
import xarray
from builders import entered, happened, one_stage, prior_as_posterior, two_stage
from scipy import special, stats

import forecast
from forecast.explore.power_scaling import scale_powers
from forecast.inference import densities
from forecast.inference.posterior import label_posterior
from forecast.model.pymc_model import build_pymc_model
from forecast.model.timeline import build_timeline

OBSERVED = {"prior_predictive", "posterior_predictive", "observed_data"}
SAMPLED = {"posterior", "prior", "sample_stats", "log_prior", "log_likelihood", "predictions"}


@pytest.fixture(scope="module")
def tree(may):
    return may.posterior


@pytest.fixture(scope="module")
def quick():
    return forecast.run_scenario("scenarios/may.yaml", engine="quick")


@pytest.fixture(params=["nuts", "quick"])
def result(request):
    return request.getfixturevalue({"nuts": "may", "quick": "quick"}[request.param])


@pytest.fixture(autouse=True)
def without_a_screen():
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.mark.slow
def test_the_groups_are_arvizs_with_the_same_dims_and_labels(result):
    tree = result.posterior
    assert set(tree.children) == OBSERVED | SAMPLED
    for one, *others in (OBSERVED, SAMPLED - {"prior"}):
        for other in others:
            shared = tree[one].coords.keys() & tree[other].coords.keys()
            assert shared
            for name in shared - {"chain", "draw"}:
                xarray.testing.assert_equal(tree[one].coords[name], tree[other].coords[name])
    for name, observed in tree["observed_data"].data_vars.items():
        assert tree["prior_predictive"][name].dims == ("chain", "draw", *observed.dims)
        assert tree["posterior_predictive"][name].dims == ("chain", "draw", *observed.dims)
        assert tree["posterior_predictive"][name].shape[:2] == (4, 1000)
    assert tree["log_likelihood"]["history"].dims == ("chain", "draw", "past_stay")
    assert tree["prior"].data_vars.keys() == tree["posterior"].data_vars.keys() - {"p_event"}
    xarray.testing.assert_equal(tree["posterior"]["p_event"], tree["predictions"]["p_event"])


def test_summary(result):
    found = arviz.summary(result.posterior, var_names=["p_event", "stay"], round_to="none")
    assert found.loc["p_event", "mean"] == pytest.approx(result.p_event.mean, rel=1e-9)
    assert list(found.index[1:]) == [f"stay[{stage}]" for stage in result.scenario.question.stages]


@pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")
def test_loo_leaves_out_a_stay_at_a_time(result):
    found = arviz.loo(result.posterior, pointwise=True)
    stays = result.past_stays()
    assert found.n_data_points == len(stays)  # the last began on the as-of date; the closed borders have lasted
    names = [*(f"{stay.start} {stay.stage}" for stay in stays[:-1]), "2020-01-22 borders_sealed"]
    assert list(found.elpd_i["past_stay"].values) == names
    assert found.elpd < 0 < found.p < 15
    assert (found.pareto_k < 1).all()


def test_psense_summary_says_of_p_what_the_command_says(may, tree):
    found = arviz.psense_summary(tree, var_names=["p_event", "stay"], round_to=12)
    ours = scale_powers(may.scenario)
    assert found.loc["p_event", "prior"] == pytest.approx(ours.prior, rel=1e-6)
    assert found.loc["p_event", "likelihood"] == pytest.approx(ours.likelihood, rel=1e-6)
    for name, expected in ours.by_parameter.items():
        one = arviz.psense(tree, var_names=["p_event"], group="prior", group_var_names=[name])
        assert float(one["p_event"]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("group", ["prior_predictive", "posterior_predictive"])
def test_plot_ppc_dist(result, group):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Variables events")
        found = arviz.plot_ppc_dist(result.posterior, group=group, kind="ecdf", num_samples=20)
    assert set(found.viz["plot"].data_vars) == {"events", "steps", "days"}


def test_plot_prior_posterior(result):
    found = arviz.plot_prior_posterior(result.posterior, var_names=["stay", "kept"])
    assert found.viz["plot"]["stay"].sizes["stage"] == 5


# --- what the groups hold ------------------------------------------------------------------------------------------


def test_what_was_observed_is_counted_by_hand():
    """Quiet to day 10, active to day 15, when it happened; quiet to day 50, active from then on to day 60."""
    scenario = two_stage(
        timeline=[entered(10, "active"), happened(15, "here"), entered(50, "active")], as_of=60, until=90
    )
    found = label_posterior(prior_as_posterior(scenario))["observed_data"]
    assert dict(zip(found["stage"].values, found["days"].values, strict=True)) == {"quiet": 45, "active": 15}
    assert found["events"].values.tolist() == [1]
    steps = dict(zip(found["transition"].values, found["steps"].values, strict=True))
    assert steps == {"quiet > active": 2, "active > event": 1, "active > quiet": 0}


def test_the_density_of_a_stay_is_that_of_an_exponential_time_known_by_its_day():
    """One stage, no covariate: events on days 10 and 40, and none since, up to day 100."""
    scenario = one_stage(timeline=[happened(10, "here"), happened(40, "here")], as_of=100, until=130)
    posterior = prior_as_posterior(scenario)
    found = label_posterior(posterior)["log_likelihood"]
    mean = np.exp(posterior.draws["log_stay"][0]).reshape(4, -1)
    on_day = [stats.expon.logsf(day - 1, scale=mean) + np.log(stats.expon.cdf(1, scale=mean)) for day in (10, 30)]
    expected = [*on_day, stats.expon.logsf(60, scale=mean)]
    np.testing.assert_allclose(found["history"].values, np.stack(expected, axis=-1), rtol=1e-9)
    assert found["past_stay"].values.tolist() == ["2020-01-01 waiting", "2020-01-11 waiting", "2020-02-10 waiting"]


def test_densities_of_the_stays_add_up_to_pymcs(may):
    """PyMC counts the constants as well, so differences between draws are compared."""
    model = build_pymc_model(may.timeline, may.fit.priors)
    log_density = model.compile_logp(vars=[*model.observed_RVs, *model.potentials])
    draws = {name: values[:, :20] for name, values in may.fit.draws.items()}
    expected = [log_density({name: values[:, at] for name, values in draws.items()}) for at in range(20)]
    found = densities.log_likelihood(may.timeline, draws).sum(axis=0)
    np.testing.assert_allclose(np.diff(found), np.diff(expected), atol=1e-8)


def test_chunks_make_no_difference(may, monkeypatch):
    whole = densities.log_likelihood(may.timeline, may.fit.draws)
    monkeypatch.setattr(densities, "CHUNK", 1_700)
    np.testing.assert_allclose(densities.log_likelihood(may.timeline, may.fit.draws), whole, rtol=1e-12)


def test_without_a_history_there_is_nothing_to_leave_out():
    scenario = two_stage(as_of=0, until=30)
    assert build_timeline(scenario.known()).stay_names == ()
    tree = prior_as_posterior(scenario).to_datatree()
    assert list(tree["log_likelihood"].data_vars) == []
    assert set(tree.children) == OBSERVED | SAMPLED - {"predictions"}


def test_what_a_posterior_predicts_of_a_long_record_is_that_record():
    """Forty events in four hundred days: histories simulated from the posterior have as many, give or take."""
    events = [happened(number, "here") for number in range(10, 401, 10)]
    scenario = one_stage(stay_days=(0.1, 1000), timeline=events, as_of=400, until=410)
    tree = forecast.draw_posterior(scenario, engine="quick").to_datatree()
    found = tree["posterior_predictive"]["events"]
    # Of 400 days 40 had an event, so the chance q of a day is Beta(40, 360), and the rate is -log(1 - q).
    mean = 400 * (special.digamma(400) - special.digamma(360))
    variance = mean + 400**2 * (special.polygamma(1, 360) - special.polygamma(1, 400))
    assert float(found.mean()) == pytest.approx(mean, abs=5 * np.sqrt(variance / 4_000) + 0.3)  # 0.3 for the prior
    assert float(found.std()) == pytest.approx(np.sqrt(variance), rel=0.06)
    assert int(tree["observed_data"]["events"].sum()) == 40
