"""Parameters into hazards and into the likelihood of a history, by hand, by day and by PyMC."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from builders import condition, entered, happened, kept, make_scenario, one_stage, planned, ratio, stay, way
from densities import distribution
from scipy import stats
from scipy.special import expit

from forecast.model.hazards import build_hazards, build_rates, end_shares, itinerary_shares
from forecast.model.poisson import build_poisson_rows, log_day_of_events, row_rates
from forecast.model.priors import build_priors, draw_priors
from forecast.model.pymc_model import build_pymc_model
from forecast.model.quantities import natural_scale
from forecast.model.timeline import build_timeline
from forecast.multistate.ahead import forecast_curves
from forecast.scenario.beliefs import StageBelief
from forecast.scenario.question import EVENT

WAYS = [
    way("near-by-car", "near", far=1),
    way("near-by-air", "near", far=2, air=1),
    way("away-by-air", "away", far=9, air=1),
]
RATIOS = {"far": ratio(0.7, 0.95, per=2), "air": ratio(0.2, 0.9), "away": ratio(0.5, 3), "fair": ratio(0.3, 4)}


def rich(ways=WAYS, fairs=((21, 24), (42, 47)), names=("quiet", "talks", "agreed"), rename=str, fair_public=0):
    """A question with everything in it: three stages, covariates on both sides, plans that were kept and were not."""
    quiet, talks, agreed = names
    stages = {
        quiet: stay(20, 90, **{talks: 3.0, EVENT: 0.5}),
        talks: stay(9, 90, **{agreed: 2.0, EVENT: 1.0, quiet: 1.5}),
        agreed: stay(5, 40, **{EVENT: 4.0, talks: 0.5, quiet: 1.0}),
    }
    steps = [entered(10, talks), entered(16, agreed), happened(25, rename("near-by-air")), entered(30, talks)]
    return make_scenario(
        stages,
        ways=ways,
        ratios=RATIOS,
        plans={"claim": kept(0.2, 0.7), "leak": kept(0.05, 0.3)},
        timeline=[
            *steps,
            *(condition("fair", first, last, places=["near"], public=fair_public) for first, last in fairs),
            condition("fair", 12, 44, on=agreed),
            planned("claim", 20, 27, public=12),
            planned("leak", 44, 49, public=31, places=["away"]),
            planned("claim", 46, 50, public=35, alongside=True),
        ],
        as_of=40,
        until=60,
    )


def draw(scenario, draws=5, seed=3):
    timeline = build_timeline(scenario.known())
    return timeline, draw_priors(build_priors(scenario.known(), timeline), draws, np.random.default_rng(seed))


def log_likelihood(timeline, theta):
    """Return the log-likelihood of a history, by draw, but for the constant that exposures of events add."""
    rows = build_poisson_rows(timeline)
    steps = rows.itinerary < 0
    rates = row_rates(theta, timeline, rows)
    return log_day_of_events(rates, rows).sum(axis=0) + sum(
        rows.count[which] @ np.log(np.maximum(rate, 1e-300)) - rows.exposure[which] @ rate
        for which, rate in zip((steps, ~steps), rates, strict=True)
    )


def curves_ahead(timeline, theta):
    rates = build_rates(theta, timeline.structure, timeline.ahead, timeline.plans)
    z = np.linspace(-1, 1, rates.draws)
    return forecast_curves(rates, timeline.ahead.days, timeline.stage, (z, -z))


# --- shares and hazards --------------------------------------------------------------------------------------------


def test_itinerary_shares_are_a_softmax_of_hazard_ratios():
    timeline, theta = draw(rich())
    far, air, away, _ = np.exp(theta["log_ratio"])
    weights = np.array([np.ones(5), far**0.5 * air, far**4 * air * away])
    np.testing.assert_allclose(itinerary_shares(theta, timeline.structure), weights / weights.sum(axis=0), rtol=1e-12)


def test_removing_an_itinerary_renormalises():
    timeline, theta = draw(rich())
    fewer = dataclasses.replace(timeline.structure, attributes=timeline.structure.attributes[:2])
    every, left = itinerary_shares(theta, timeline.structure), itinerary_shares(theta, fewer)
    np.testing.assert_allclose(left, every[:2] / every[:2].sum(axis=0), rtol=1e-12)


def test_ends_share_what_a_stay_of_mean_m_leaves():
    timeline, theta = draw(rich())
    shares = end_shares(theta, timeline.structure)
    hazards = build_hazards(theta, timeline.structure, timeline.ahead, timeline.plans)
    sources = np.array([source for source, _ in timeline.structure.transitions])
    for stage in range(3):
        np.testing.assert_allclose(shares[sources == stage].sum(axis=0), 1, rtol=1e-12)
        exits = hazards.transition[sources == stage].sum(axis=0)
        np.testing.assert_allclose(1 / exits, np.exp(theta["log_stay"][stage]), rtol=1e-12)


@pytest.mark.parametrize(("public", "counts"), [(0, False), (35, False), (36, True)])
def test_a_plans_hazard_goes_to_its_itineraries_by_preference_times_covariates_that_are_news(public, counts):
    """The claim was made on day 35: what was public by then is part of the chance that it is kept."""
    timeline, theta = draw(rich(fair_public=public))
    hazards = build_hazards(theta, timeline.structure, timeline.ahead, timeline.plans)
    segment = np.flatnonzero(timeline.ahead.end == timeline.ahead.start[0] + 7)[0]  # day 47: fair, leak and claim
    shares, fair = itinerary_shares(theta, timeline.structure), np.exp(theta["log_ratio"][3])
    kept_claim, kept_leak = expit(theta["kept_logit"])
    claim = -np.log1p(-kept_claim / 5 / (1 - kept_claim * 1 / 5))  # the second of five days
    leak = -np.log1p(-kept_leak / 6 / (1 - kept_leak * 3 / 6))  # the fourth of six
    news = fair if counts else 1
    np.testing.assert_allclose(hazards.plan[segment, :2], claim * shares[:2] * news, rtol=1e-12)
    np.testing.assert_allclose(hazards.plan[segment, 2], claim * shares[2] + leak, rtol=1e-12)
    np.testing.assert_allclose(hazards.weight[segment, :2], shares[:2] * fair, rtol=1e-12)


def test_natural_scale_reads_as_the_priors_were_asked_for():
    timeline, theta = draw(rich(), draws=4_001)
    found = natural_scale(theta, timeline.structure)
    assert found["stay"].labels == ("quiet", "talks", "agreed")
    assert found["end_share"].labels[0] == "quiet > talks"
    np.testing.assert_allclose(found["kept"].values, expit(theta["kept_logit"]), rtol=1e-12)
    inside = (found["stay"].values > [[20], [9], [5]]) & (found["stay"].values < [[90], [90], [40]])
    assert (np.abs(inside.mean(axis=1) - 0.9) < 4 * np.sqrt(0.09 / 4_001)).all()


# --- what changes nothing ------------------------------------------------------------------------------------------


def test_reordering_itineraries_after_the_reference_permutes():
    (before, theta), (after, _) = draw(rich()), draw(rich(ways=[WAYS[0], WAYS[2], WAYS[1]]))
    np.testing.assert_allclose(log_likelihood(after, theta), log_likelihood(before, theta), rtol=1e-12)
    expected, found = curves_ahead(before, theta), curves_ahead(after, theta)
    np.testing.assert_allclose(found.incidence[:, [0, 2, 1]], expected.incidence, rtol=0, atol=1e-13)


def test_another_reference_changes_nothing_where_places_have_no_ratio():
    def build(order):
        ways = [way("a", far=1), way("b", far=4), way("c", far=2)]
        return one_stage_with([ways[index] for index in order])

    (before, theta), (after, _) = draw(build([0, 1, 2])), draw(build([1, 2, 0]))
    expected, found = curves_ahead(before, theta), curves_ahead(after, theta)
    np.testing.assert_allclose(found.incidence[:, [2, 0, 1]], expected.incidence, rtol=0, atol=1e-13)


def one_stage_with(ways):
    return make_scenario({"waiting": stay(9, 90, event=1)}, ways=ways, ratios={"far": ratio(0.5, 0.9)})


def test_other_names_change_nothing():
    def rename(name):
        return name.upper()

    ways = [dataclasses.replace(item, name=rename(item.name)) for item in WAYS]
    before, theta = draw(rich())
    after, again = draw(rich(ways=ways, names=("dull", "chat", "set"), rename=rename))
    for name, values in theta.items():
        np.testing.assert_array_equal(again[name], values)
    np.testing.assert_array_equal(log_likelihood(after, theta), log_likelihood(before, theta))
    np.testing.assert_array_equal(curves_ahead(after, theta).incidence, curves_ahead(before, theta).incidence)


@pytest.mark.parametrize(
    "fairs", [((21, 22), (23, 24), (42, 47)), ((21, 24), (42, 42), (43, 45), (46, 47)), ((21, 23), (22, 24), (42, 47))]
)
def test_splitting_a_segment_changes_nothing(fairs):
    (whole, theta), (split, _) = draw(rich()), draw(rich(fairs=fairs))
    before, after = (len(t.history.segments.days) + len(t.ahead.days) for t in (whole, split))
    assert after > before
    np.testing.assert_allclose(log_likelihood(split, theta), log_likelihood(whole, theta), rtol=1e-12)
    np.testing.assert_allclose(
        curves_ahead(split, theta).incidence, curves_ahead(whole, theta).incidence, rtol=1e-9, atol=1e-13
    )


# --- the likelihood ------------------------------------------------------------------------------------------------


def test_events_at_a_constant_rate_are_a_poisson_process_seen_by_the_day():
    timeline, theta = draw(one_stage(timeline=[happened(n, "here") for n in (3, 40, 41)], as_of=100, until=120))
    rate = np.exp(-theta["log_stay"][0])
    np.testing.assert_allclose(log_likelihood(timeline, theta), 3 * np.log(-np.expm1(-rate)) - 97 * rate, rtol=1e-12)


def test_the_likelihood_of_a_short_history_by_hand():
    scenario = make_scenario(
        {"quiet": stay(20, 90, active=1), "active": stay(9, 90, event=2, quiet=1)},
        ratios={"fair": ratio(0.3, 4)},
        plans={"claim": kept(0.2, 0.7)},
        timeline=[
            entered(10, "active"), happened(25, "here"),
            condition("fair", 23, 27, public=13), planned("claim", 21, 30, public=12),
        ],
        as_of=40,
        until=60,
    )  # fmt: skip
    timeline, theta = draw(scenario)
    begin, over = np.exp(-theta["log_stay"])
    shares, serious = end_shares(theta, timeline.structure), np.exp(np.exp(theta["log_sigma"][0]) * theta["z"][0])
    event, lapse = shares[1] * over * serious, shares[2] * over / serious
    fair, meanwhile = np.exp(theta["log_ratio"][0]), np.exp(theta["log_meanwhile"][0])
    left = {day: np.log1p(-expit(theta["kept_logit"][0]) * day / 10) for day in (0, 2, 4, 5)}  # none of the plan so far
    alive = 14 * lapse + event * (2 + 8 * meanwhile + 2 + 2 * fair) + (left[0] - left[2]) + fair * (left[2] - left[4])
    happens = fair * (event + left[4] - left[5])
    on_day = np.log(-np.expm1(-happens - lapse) * happens / (happens + lapse))
    expected = np.log(begin) - 10 * begin - alive + on_day - 15 * begin
    np.testing.assert_allclose(log_likelihood(timeline, theta), expected, rtol=1e-12)


def test_a_plan_does_not_act_at_rest_in_the_likelihood():
    stages = {"quiet": stay(20, 90, active=1, event=2), "active": stay(9, 90, event=1)}
    claim = planned("claim", 10, 20)
    timeline, theta = draw(
        make_scenario(
            stages, plans={"claim": kept(0.2, 0.7)}, timeline=[claim, happened(15, "here")], as_of=40, until=60
        )
    )
    leave, share = np.exp(-theta["log_stay"][0]), end_shares(theta, timeline.structure)
    meanwhile = np.exp(theta["log_meanwhile"][0])
    at_risk = leave * (share[0] * 39 + share[1] * (9 * meanwhile + 30))
    on_day = np.log(share[1] * -np.expm1(-leave))
    np.testing.assert_allclose(log_likelihood(timeline, theta), on_day - at_risk, rtol=1e-12)


def test_the_likelihood_equals_the_probability_of_the_path_in_the_limit_of_short_days():
    """Of a path through a stage without covariates: survive, step, survive."""
    stages = {
        "quiet": stay(20, 90, active=1),
        "active": StageBelief(stay(9, 90, event=2).stay, {"event": 2, "quiet": 1}),
    }
    timeline, theta = draw(make_scenario(stages, timeline=[entered(10, "active")], as_of=30, until=60))
    begin, over = np.exp(-theta["log_stay"])
    shares, serious = end_shares(theta, timeline.structure), np.exp(np.exp(theta["log_sigma"][0]) * theta["z"][0])
    alive = np.exp(-20 * over * (shares[1] * serious + shares[2] / serious))
    np.testing.assert_allclose(np.exp(log_likelihood(timeline, theta)), begin * np.exp(-10 * begin) * alive, rtol=1e-12)


def test_pymc_gives_the_same_probability():
    scenario = rich()
    timeline, theta = draw(scenario, draws=3)
    priors, rows = build_priors(scenario.known(), timeline), build_poisson_rows(timeline)
    log_p = build_pymc_model(timeline, priors).compile_logp(mode="FAST_COMPILE")
    steps = rows.itinerary < 0
    rates = row_rates(theta, timeline, rows)
    for which in range(3):
        expected = sum(distribution(vector).logpdf(theta[name][:, [which]]).sum() for name, vector in priors.items())
        for part, rate in zip((steps, ~steps), rates, strict=True):
            expected += stats.poisson(rate[:, which] * rows.exposure[part]).logpmf(rows.count[part]).sum()
        expected += log_day_of_events(rates, rows).sum(axis=0)[which]
        found = float(log_p({name: values[:, which] for name, values in theta.items()}))
        assert found == pytest.approx(expected, rel=1e-10)
