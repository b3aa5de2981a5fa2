"""A forecast's numbers against quadrature, brute force and one another, and the directions they move in."""

from __future__ import annotations

import dataclasses
import datetime
import json

import numpy as np
import pytest
from builders import (
    condition,
    entered,
    happened,
    kept,
    one_stage,
    planned,
    prior_as_posterior,
    ratio,
    two_stage,
    way,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from forecast.answer.baselines import constant_rate
from forecast.answer.run import predict
from forecast.answer.summaries import shortest_window
from forecast.inference.weights import batch_means_mcse
from forecast.model.hazards import build_rates
from forecast.model.histories import simulate_histories
from forecast.model.timeline import build_timeline
from forecast.multistate.ahead import forecast_curves


def predict_from_prior(scenario, draws=400):
    return predict(scenario, build_timeline(scenario.known()), prior_as_posterior(scenario, draws))


def busy(**rest):
    """Two stages, three itineraries at two places, a fair and a plan ahead."""
    return two_stage(
        ways=[way("here-by-car", "here"), way("here-by-air", "here", air=1), way("there", air=1)],
        ratios={"air": ratio(0.3, 0.9), "there": ratio(0.5, 3), "fair": ratio(0.5, 4)},
        plans={"claim": kept(0.2, 0.7)},
        timeline=[
            entered(10, "active"), condition("fair", 42, 50), planned("claim", 44, 49, places=["there"], public=30),
        ],
        as_of=40, **rest,
    )  # fmt: skip


# --- sums and windows ----------------------------------------------------------------------------------------------


def test_a_later_window_is_a_difference_of_cumulative_incidences():
    early, late, whole = (
        predict_from_prior(busy(start=start, until=until, counts="first"))
        for start, until in [(41, 46), (47, 70), (41, 70)]
    )
    np.testing.assert_allclose(late.p_draws, whole.p_draws - early.p_draws, rtol=0, atol=1e-12)
    assert late.days[0] == datetime.date(2020, 2, 11)  # the curves still begin the day after as_of
    inside = late.cif_any.mean[-1] - late.cif_any.mean[5]
    assert late.p_event.mean == pytest.approx(inside, abs=1e-12)
    assert set(np.unique(late.paths.day)) <= {0, *range(7, 31)}


def test_places_are_sums_over_itineraries_and_everything_sums_to_one():
    result = predict_from_prior(busy(until=70))
    ways = {name: estimate.mean for name, estimate in result.itineraries.items()}
    assert result.places["here"].mean == pytest.approx(ways["here-by-car"] + ways["here-by-air"], abs=1e-12)
    assert result.places["there"].mean == pytest.approx(ways["there"], abs=1e-12)
    assert sum(ways.values()) == pytest.approx(result.p_event.mean, abs=1e-12)
    assert result.cif_any.mean[-1] == pytest.approx(result.p_event.mean, abs=1e-12)
    np.testing.assert_allclose(result.cif.mean.sum(axis=0), result.cif_any.mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.cumsum(result.incidence, axis=1), result.cif.mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result.cif_any.mean + result.occupancy.mean.sum(axis=0), 1, rtol=0, atol=1e-10)


def test_without_history_the_prior_only_probability_is_the_probability():
    result = predict_from_prior(two_stage(until=60), draws=4_000)
    error = result.p_draws.std() * np.sqrt(1 / 4_000 + 1 / 1_000)
    assert error < 0.01
    assert abs(result.p_event.mean - result.prior_only) < 4 * error


def test_the_episode_under_way_keeps_the_seriousness_that_was_learnt():
    scenario = busy(until=70)
    timeline, fit = build_timeline(scenario.known()), prior_as_posterior(scenario)
    means = []
    for z in (-2.0, 0.0, 2.0):
        learnt = dataclasses.replace(fit, draws=fit.draws | {"z": np.full_like(fit.draws["z"], z)})
        means.append(predict(scenario, timeline, learnt).p_event.mean)
    assert means[0] + 0.05 < means[1] < means[2] - 0.05


def test_without_history_the_prior_predictive_is_empty():
    timeline = build_timeline(two_stage(until=60).known())
    found = simulate_histories(timeline, prior_as_posterior(two_stage()).draws, np.random.default_rng(1))
    assert {name: values.sum() for name, values in found.items()} == {"events": 0, "steps": 0, "days": 0}


def test_prior_predictive_histories_visit_as_renewal_theory_says():
    scenario = two_stage(
        quiet=(40, 40.001), active=(10, 10.001), seriousness=ratio(1.001, 1.002), as_of=5_000, until=5_001
    )
    theta = prior_as_posterior(scenario).draws
    theta["end_logit"][:] = [[0], [np.log(3)], [0]]
    found = simulate_histories(build_timeline(scenario.known()), theta, np.random.default_rng(1))
    assert found["events"].sum(axis=0).mean() == pytest.approx(0.75 * 5_000 / 50, rel=0.05)
    assert found["days"].mean(axis=1) == pytest.approx([4_000, 1_000], rel=0.05)
    np.testing.assert_allclose(found["days"].sum(axis=0), 5_000, rtol=1e-9)
    steps = found["steps"].mean(axis=1)
    assert steps[1] / (steps[1] + steps[2]) == pytest.approx(0.75, abs=4 * np.sqrt(0.19 / found["steps"][1:].sum()))


def test_simulated_futures_agree_with_the_probabilities():
    result = predict_from_prior(busy(start=43, until=70), draws=20_000)
    for index, (name, estimate) in enumerate(result.itineraries.items()):
        share = np.mean(result.paths.itinerary == index)
        error = np.sqrt(estimate.mean * (1 - estimate.mean) / 20_000)
        assert abs(share - estimate.mean) < 4.5 * error, name
    np.testing.assert_array_equal(result.paths.day > 0, result.paths.itinerary >= 0)


def test_intervals_are_equal_tailed_over_draws():
    result = predict_from_prior(busy(until=70))
    ordered = np.sort(result.p_draws)  # 400 of them
    assert result.p_event.eti90 == pytest.approx(ordered[[19, 379]])
    assert (result.cif_any.lo <= result.cif_any.hi).all()
    assert result.cif_any.hi[-1] == pytest.approx(result.p_event.eti90[1], rel=1e-9)


@given(
    incidence=st.lists(st.sampled_from([0.0, 0.01, 0.02, 0.05, 0.3]), min_size=1, max_size=25),
    mass=st.sampled_from([0.05, 0.5, 0.8, 0.99, 1.0]),
)
@settings(max_examples=200, deadline=None)
def test_shortest_window_is_the_shortest(incidence, mass):
    first, last = shortest_window(np.array(incidence), mass)
    needed, count = mass * sum(incidence) - 1e-9, len(incidence)
    runs = [(a, b) for a in range(count) for b in range(a, count) if sum(incidence[a : b + 1]) >= needed]
    length = min(b - a for a, b in runs)
    assert (first, last) in runs
    assert last - first == length
    held = max(sum(incidence[a : b + 1]) for a, b in runs if b - a == length)
    assert sum(incidence[first : last + 1]) == pytest.approx(held, abs=1e-9)


def test_the_window_lies_inside_the_questions_window():
    result = predict_from_prior(busy(start=52, until=70))
    first, last = result.window(0.8)
    assert result.scenario.window.start <= first <= last <= result.scenario.window.until
    assert result.window(1.0) == (result.scenario.window.start, result.scenario.window.until)


@pytest.mark.parametrize("mass", [0, -0.1, 1.01, float("nan")])
def test_a_mass_that_is_no_share_is_refused(mass):
    result = predict_from_prior(busy(until=50))
    with pytest.raises(ValueError, match=f"expected a mass above 0 and up to 1; found {mass}"):
        result.window(mass)


def test_what_is_left_is_right_where_the_event_is_all_but_certain():
    """At one event in 20 days e^-365 is left after twenty years, and P of the rest is still 1 - e^-rest/20."""
    rate, days = 1 / 20, 7_300
    result = predict_from_prior(one_stage(stay_days=(20, 20 * (1 + 1e-9)), as_of=0, until=days), draws=50)
    left = 1 - np.exp(-rate * (days - np.arange(days + 1)))
    for band in (result.decay.no_event, result.decay.silence):
        for side in (band.mean, band.lo, band.hi):
            np.testing.assert_allclose(side, left, rtol=1e-6, atol=1e-12)


def test_histories_without_end_are_cut_and_scaled_and_said_so(caplog):
    """At one event in 0.01 days 1,000 days have 100,000, of which 2,000 are simulated: an error of 1/sqrt(2,000)."""
    scenario = one_stage(stay_days=(0.01, 0.01 * (1 + 1e-9)), as_of=1_000, until=1_010)
    draws = prior_as_posterior(scenario, 40).draws
    found = simulate_histories(build_timeline(scenario.known()), draws, np.random.default_rng(1))
    error = 1e5 / np.sqrt(2_000)
    assert (
        abs(found["events"].mean() - 1e5) < 4 * error / np.sqrt(40) + 1e5 / 2_000
    )  # the last of the steps is no chance
    np.testing.assert_allclose(found["days"].sum(axis=0), 1_000, rtol=1e-12)
    assert "40 of 40 simulated histories take 2,000 steps or more" in caplog.text


# --- comparisons and errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("events", [[], [30], [3, 60, 61, 200]])
@pytest.mark.parametrize(("start", "until"), [(None, 260), (230, 400)])
def test_base_rate_is_an_integral_over_the_gamma_posterior(events, start, until):
    scenario = one_stage(
        timeline=[happened(n, "here") for n in events], as_of=210, start=start, until=until, counts="first"
    )
    posterior = stats.gamma(len(events) + 0.5, scale=1 / 210)
    before, through = (start or 211) - 211, until - 210  # days: the first event after as_of falls between them
    expected, _ = quad(lambda x: np.exp(-before * (r := posterior.ppf(x))) - np.exp(-through * r), 0, 1, limit=200)
    assert constant_rate(scenario.known()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.6])
def test_monte_carlo_error_is_that_of_an_autoregression(correlation):
    chains, draws, rng = 4, 10_000, np.random.default_rng(1)
    values, noise = np.zeros((chains, draws)), rng.standard_normal((chains, draws))
    values[:, 0] = noise[:, 0] / np.sqrt(1 - correlation**2)
    for draw in range(1, draws):
        values[:, draw] = correlation * values[:, draw - 1] + noise[:, draw]
    known = 1 / (1 - correlation) / np.sqrt(chains * draws)
    found = batch_means_mcse(values.reshape(-1), chains)
    assert abs(found / known - 1) < 4 / np.sqrt(2 * 399) + 0.02  # 400 batches of 100; a batch's ends bias it by 2%


# --- what is handed on ---------------------------------------------------------------------------------------------


def test_the_dictionary_is_json_and_adds_up(may):
    found = json.loads(json.dumps(may.to_dict(), allow_nan=False))
    total, days = found["p_event"]["mean"], len(found["when"]["days"])
    assert sum(place["mean"] for place in found["places"].values()) == pytest.approx(total, abs=1e-9)
    assert sum(place["share"] for place in found["places"].values()) == pytest.approx(1, abs=1e-9)
    assert sum(sum(values) for values in found["when"]["incidence"].values()) == pytest.approx(total, abs=1e-6)
    for name, values in found["when"]["cif"].items():
        np.testing.assert_allclose(np.cumsum(found["when"]["incidence"][name]), values, rtol=0, atol=1e-6)
        assert values[-1] == pytest.approx(found["places"][name]["mean"], abs=1e-8)
    everywhere = [*found["when"]["cif"].values(), *found["stages"].values()]
    assert {len(values) for values in everywhere} == {days}
    np.testing.assert_allclose(np.sum(everywhere, axis=0), 1, rtol=0, atol=1e-7)
    first, last = (found["when"]["days"].index(found["when"]["window80"][end]) for end in ("from", "until"))
    held = np.sum(list(found["when"]["incidence"].values()), axis=0)[first : last + 1].sum()
    assert held >= 0.8 * total - 1e-6


def test_the_dictionary_has_the_keys_of_the_contract(may):
    found = may.to_dict()
    assert found["schema"] == 1
    assert {"scenario", "title", "as_of", "window", "p_event", "places", "when", "stages", "base_rate", "prior_only",
            "engine", "diagnostics", "facts_used", "hindsight", "fingerprint", "versions"} <= set(found)  # fmt: skip
    assert {"mean", "eti90", "mcse"} <= set(found["p_event"])
    assert {"days", "cif", "incidence", "window80"} <= set(found["when"])


def test_the_posterior_opens_as_a_labelled_tree(may):
    tree = may.posterior
    stays = tree["posterior"]["stay"]
    assert stays.dims == ("chain", "draw", "stage")
    assert stays.attrs["units"] == "days"
    assert stays.coords["stage"].values.tolist() == list(may.scenario.question.stages)
    np.testing.assert_allclose(stays.values.reshape(-1, 5).T, np.exp(may.fit.draws["log_stay"]), rtol=1e-12)
    p = tree["predictions"]["p_event"]
    assert p.dims == ("chain", "draw")
    assert float(p.mean()) == pytest.approx(may.p_event.mean, abs=1e-12)
    happened_by = tree["predictions"]["event_day"].notnull()
    assert float(happened_by.mean()) == np.mean(may.paths.day > 0)


def test_the_fit_on_may_is_precise_and_agrees_with_its_own_simulation(may):
    assert may.p_event.mcse < 0.01
    error = np.sqrt(may.p_event.mean * (1 - may.p_event.mean) / may.p_draws.size)
    assert abs(np.mean(may.paths.day > 0) - may.p_event.mean) < 4.5 * error


# --- directions, draw by draw, changing only what lies ahead -------------------------------------------------------


def chances(may, draws=None, *, structure=None):
    """P by itinerary and day of every draw: (days, itineraries, draws)."""
    timeline, draws = may.timeline, draws or may.fit.draws
    rates = build_rates(draws, structure or timeline.structure, timeline.ahead, timeline.plans)
    later = np.random.default_rng(1).standard_normal(rates.draws)
    return forecast_curves(rates, timeline.ahead.days, timeline.stage, (draws["z"][-1], later)).incidence


def at_place(may, incidence, place, first, last):
    """P of the event at a place between two days of May, by draw."""
    there = [may.timeline.structure.places[index] == place for index in may.timeline.structure.place_of]
    days = [datetime.date(2025, 5, first) <= day <= datetime.date(2025, 5, last) for day in may.days]
    return incidence[days][:, there].sum(axis=(0, 1))


def raised(may, name, label, by):
    """The draws with one parameter raised on its own scale."""
    values = may.fit.draws[name].copy()
    values[may.fit.priors[name].labels.index(label)] += by
    return may.fit.draws | {name: values}


@pytest.mark.parametrize("by", [0.1, 1.0, 3.0])
def test_a_larger_multilateral_ratio_never_lowers_moscow_on_its_days(may, by):
    before, after = (
        at_place(may, chances(may, draws), "moscow", 8, 10)
        for draws in (may.fit.draws, raised(may, "log_ratio", "multilateral", by))
    )
    assert (after >= before - 1e-13).all()
    assert after.mean() > before.mean() + 1e-5  # the day was known when it was planned, so only other visits gain


@pytest.mark.parametrize("by", [0.1, 1.0, 3.0])
def test_a_leak_kept_more_often_never_lowers_vladivostok_on_its_days(may, by):
    before, after = (
        at_place(may, chances(may, draws), "vladivostok", 3, 5)
        for draws in (may.fit.draws, raised(may, "kept_logit", "leak", by))
    )
    assert (after >= before - 1e-13).all()
    assert after.mean() > before.mean() + 1e-4


@pytest.mark.parametrize("more", [1, 5])
def test_more_days_away_never_raise_the_itinerary_where_they_deter(may, more):
    structure = may.timeline.structure
    way_index, column = structure.itineraries.index("moscow-by-train"), structure.ratios.index("days_away")
    attributes = structure.attributes.copy()
    attributes[way_index, column] += more
    longer = dataclasses.replace(structure, attributes=attributes)
    before, after = (chances(may, structure=which)[:, way_index].sum(axis=0) for which in (structure, longer))
    deters = may.fit.draws["log_ratio"][column] < 0
    assert deters.mean() > 0.5
    assert (after[deters] <= before[deters] + 1e-13).all()
