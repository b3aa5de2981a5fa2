"""Sensitivity: swings against closed forms, densities against SciPy's, power scaling where its answer is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from builders import happened, kept, make_scenario, one_stage, planned, prior_as_posterior, stay, two_stage
from densities import distribution
from figures import labelled
from processes import run_and_list

import forecast
from forecast.cli.main import main
from forecast.errors import FitError
from forecast.explore.evaluate import RowAnswer
from forecast.explore.power_scaling import THRESHOLD, PowerScaling, label_densities, scale_powers
from forecast.explore.sensitivity import find_ends, measure_sensitivity, name_quantities
from forecast.inference.densities import log_likelihood, log_prior
from forecast.inference.loglinear import build_likelihood
from forecast.inference.settings import Settings
from forecast.model.priors import build_priors
from forecast.model.timeline import build_timeline
from forecast.plots import describe_key
from forecast.scenario.keys import find_slot

SETTINGS = Settings(draws=1000)


def test_a_known_rate_swings_between_closed_forms():
    """Without history, and with the only parameter fixed, P = 1 - exp(-days / stay)."""
    found = measure_sensitivity(one_stage(stay_days=(20, 200), until=30), draws=50, engine="quick")
    (swing,) = found.rows
    assert (swing.key, swing.low, swing.high) == ("priors.stages.waiting.stay", 20, 200)
    assert (swing.p_low, swing.p_high) == pytest.approx((1 - np.exp(-30 / 20), 1 - np.exp(-30 / 200)), rel=1e-9)
    assert swing.size == pytest.approx(np.exp(-30 / 200) - np.exp(-30 / 20))


def test_a_plan_with_nothing_else_swings_between_its_ends():
    """Where the event cannot come otherwise, a plan is kept with the probability that it is fixed at."""
    stages = {"quiet": stay(5e7, 1e8, active=1), "active": stay(5e7, 1e8, event=1, quiet=1)}
    timeline = [planned("plan", 12, 14, public=6)]
    history = [
        *timeline,
        forecast.scenario.entries.StageEntry(timeline[0].start.replace(day=5), "active", ("public-4",)),
    ]
    scenario = make_scenario(stages, plans={"plan": kept(0.1, 0.7)}, timeline=history, as_of=10)
    found = measure_sensitivity(scenario, draws=50, engine="quick")
    (largest, *_) = found.rows
    assert largest.key == "priors.plans.plan.kept"
    assert (largest.p_low, largest.p_high) == pytest.approx((0.1, 0.7), rel=1e-4)
    assert all(swing.size < 1e-3 for swing in found.rows[1:])


def test_every_quantity_is_named_once(scenario_may):
    names = list(name_quantities(scenario_may))
    assert len(names) == len(set(names)) == 5 + 19 + 8 + 2 * 4 + 1 + 1  # the last: lasts, seriousness
    assert all(find_slot(scenario_may, name).key == name for name in names)


def test_ends_of_a_count_are_those_of_its_share(scenario_may):
    """Shares of gammas, simulated: 3 of 10 in `preparing` lapse."""
    low, high = find_ends(scenario_may, find_slot(scenario_may, "priors.stages.preparing.ends.quiet"))
    rng = np.random.default_rng(1)
    mine, others = rng.gamma(3, size=400_000), rng.gamma(7, size=400_000)
    expected = np.quantile(mine / (mine + others), [0.05, 0.95])
    assert (low / (low + 7), high / (high + 7)) == pytest.approx(tuple(expected), rel=0.01)


def test_a_count_does_not_go_below_what_a_file_may_say(scenario_may):
    low, _ = find_ends(scenario_may, find_slot(scenario_may, "priors.stages.quiet.ends.event"))
    assert low == 0.01


@pytest.mark.parametrize("path", ["scenarios/may.yaml", "tests/questions/treaty.yaml", "tests/questions/launch.yaml"])
def test_densities_are_those_of_scipy_and_of_the_log_linear_likelihood(path):
    scenario = forecast.load_scenario(path)
    timeline, posterior = build_timeline(scenario.known()), prior_as_posterior(scenario, draws=50)
    found = log_prior(posterior.priors, posterior.draws)
    assert "z" not in found
    for name in found:
        vector = posterior.priors[name]
        expected = distribution(vector).logpdf(posterior.draws[name]).sum(axis=0)
        np.testing.assert_allclose(np.diff(found[name]), np.diff(expected), atol=1e-9)
    priors = build_priors(scenario.known(), timeline)
    theta = dict(posterior.draws)
    if "log_sigma" in theta:
        theta["z"] = theta["z"] * np.exp(theta["log_sigma"][0])
    likelihood = build_likelihood(timeline, priors)
    stacked = np.concatenate([theta[name] for name in priors if name != "log_sigma"])
    expected = likelihood.log_density(likelihood.columns.extend(stacked))
    np.testing.assert_allclose(
        np.diff(log_likelihood(timeline, posterior.draws).sum(axis=0)), np.diff(expected), atol=1e-6
    )


def test_a_fixed_parameter_has_no_density():
    scenario = one_stage(stay_days=(20, 20 * (1 + 1e-15)))
    posterior = prior_as_posterior(scenario)
    posterior.priors["log_stay"].sd[:] = 0.0
    assert "log_stay" not in log_prior(posterior.priors, posterior.draws)


def test_without_history_p_rests_on_the_prior_alone():
    found = scale_powers(one_stage(), settings=SETTINGS, engine="quick")
    assert found.likelihood == pytest.approx(0, abs=1e-6)
    assert found.prior > THRESHOLD
    assert found.by_parameter.keys() == {"log_stay", "end_logit"}
    assert found.by_parameter["end_logit"] < THRESHOLD / 5  # the only end has all of it; what is left is noise
    assert "on the record hardly" in found.diagnosis


def test_with_a_long_record_p_rests_on_that():
    """Forty events in four hundred days tell the rate within a sixth; the prior allows a factor of ten thousand."""
    events = [happened(number, "here") for number in range(10, 401, 10)]
    scenario = one_stage(stay_days=(0.1, 1000), timeline=events, as_of=400, until=410)
    found = scale_powers(scenario, settings=SETTINGS, engine="quick")
    assert found.prior < THRESHOLD < found.likelihood
    assert "hardly moves P's distribution over draws" in found.diagnosis


def test_a_p_that_is_sure_answers_to_nothing():
    """Within a millisecond or so the event has come, whatever the draw."""
    found = measure_sensitivity(one_stage(stay_days=(0.001, 0.0011)), draws=50, engine="quick")
    assert (found.scaling.prior, found.scaling.likelihood) == (0.0, 0.0)
    assert "nan" not in str(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_diagnosis_of_both():
    assert "and so does it on the record" in PowerScaling(0.2, 0.2, {}).diagnosis


def test_labels_are_those_that_arviz_reads(may, scenario_may):
    tree = label_densities(build_timeline(scenario_may.known()), may.fit)
    assert tree["posterior"]["p_event"].dims == ("chain", "draw")
    assert float(tree["posterior"]["p_event"].mean()) == pytest.approx(may.p_event.mean, rel=1e-9)
    assert tree["log_likelihood"]["history"].shape == tree["log_prior"]["log_stay"].shape == (4, 1000)


def test_power_scaling_is_left_out_where_something_is_given():
    scenario = two_stage(as_of=10, until=40).given(no_event_until="2020-01-20")
    found = measure_sensitivity(scenario, draws=100, engine="quick")
    assert found.scaling is None
    assert "power scaling" not in str(found)


def test_what_the_gate_refuses_is_told(monkeypatch):
    scenario = two_stage(as_of=10, until=40)
    answers = iter(["", *["Pareto k 0.90 above 0.7"] * 100])
    monkeypatch.setattr("forecast.inference.common.gate", lambda _: next(answers))
    found = measure_sensitivity(scenario, draws=50, engine="quick")
    assert all(swing.p_low is None and swing.size == 0 for swing in found.rows)
    assert "refused: Pareto k 0.90 above 0.7" in str(found)


def test_it_is_plain_values_a_dataframe_and_a_tornado():
    found = measure_sensitivity(two_stage(as_of=10, until=40), draws=50, engine="quick")
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["p"] == found.p
    assert [row["key"] for row in plain["rows"]] == [swing.key for swing in found.rows]
    assert plain["power_scaling"]["prior"] == found.scaling.prior
    frame = found.to_dataframe()
    assert list(frame.index) == [swing.key for swing in found.rows]
    assert list(frame["p_high"]) == [swing.p_high for swing in found.rows]
    ax = found.plot()
    assert labelled(ax.lines, "middle").get_xdata()[0] == found.p
    names = [text.get_text() for text in ax.texts if text.get_label() == "row"]
    assert names == [describe_key(found.scenario, swing.key) for swing in found.rows]


def test_an_answer_that_is_not_a_number_is_no_answer(monkeypatch):
    nothing = RowAnswer(float("nan"), (float("nan"),), "quick")
    answers = iter([RowAnswer(0.5, (0.5,), "quick"), *[nothing] * 100])
    monkeypatch.setattr("forecast.explore.evaluate.Evaluator.answer", lambda *_: next(answers))
    found = measure_sensitivity(one_stage(), draws=50, engine="quick")
    assert all(swing.p_low is None and "not a number" in swing.refused for swing in found.rows)
    assert found.to_dataframe()["p_low"].isna().all()
    with pytest.raises(FitError, match="nothing can be compared: P is not a number: no draw has any weight"):
        measure_sensitivity(one_stage(), draws=50, engine="quick")


@pytest.mark.slow
@pytest.mark.usefixtures("may")
def test_the_command_prints_a_table_and_draws_it(tmp_path, capsys):
    assert main(["sensitivity", "scenarios/may.yaml", "--draws", "100", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "priors.plans.leak.kept" in said.out
    assert "power scaling: prior" in said.out
    assert "from the store" in said.err
    assert (tmp_path / "sensitivity.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.usefixtures("may")
def test_it_needs_arviz_and_not_pymc():
    act = "import forecast; forecast.measure_sensitivity(forecast.load_scenario('scenarios/may.yaml'), draws=50)"
    _, _, loaded = run_and_list(act)
    assert "arviz_stats" in loaded
    assert not {"pymc", "pytensor", "nutpie"} & loaded
