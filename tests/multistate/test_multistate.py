"""Occupancy, incidence and simulated paths against closed forms, SciPy and one another."""

from __future__ import annotations

import decimal

import numpy as np
import pytest
import scipy.linalg
from builders import one_stage, random_rates, right_hand, scenarios, two_stage, whole_curves
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from forecast.multistate.ahead import forecast_curves
from forecast.multistate.expm import expm
from forecast.multistate.paths import simulate_jumps
from forecast.multistate.rates import Rates, directions
from forecast.multistate.states import StateSpace

REMAINDER = 3e-13  # of the series, as `expm` promises
NO_FRAILTY = (np.zeros(1), np.zeros(1))


def random_generators(seed, count=20, size=5, low=-6, high=1.5):
    rng = np.random.default_rng(seed)
    rates = 10 ** rng.uniform(low, high, (count, size, size)) * (rng.random((count, size, size)) < 0.7)
    rates[:, range(size), range(size)] = 0
    return rates - rates.sum(axis=2)[:, None] * np.eye(size)


def exponentiate_in_decimals(generator):
    """Sum the Taylor series as it stands, in 120 digits, where its cancellation does no harm."""
    with decimal.localcontext(prec=120):
        q = np.array([[decimal.Decimal(float(value)) for value in row] for row in generator])
        total = term = np.array([[decimal.Decimal(int(i == j)) for j in range(len(q))] for i in range(len(q))])
        for order in range(1, 600):
            term = term @ q / decimal.Decimal(order)
            total = total + term
        return total.astype(float)


def simple_rates(step, event, *, weight=None, plan=None, meanwhile=None, sigma=0.0):
    """Rates of one draw from plain numbers; `weight` and `plan` are by segment and itinerary."""
    event = np.asarray(event, float)[:, None]
    weight = np.ones((1, 1)) if weight is None else np.asarray(weight, float)
    segments, stages = len(weight), len(event)
    return Rates(
        step=np.asarray(step, float)[..., None],
        event=event,
        stage_factor=np.ones((segments, stages, 1)),
        weight=weight[..., None],
        meanwhile=np.ones((segments, 1)) if meanwhile is None else np.asarray(meanwhile, float)[:, None],
        plan=(np.zeros_like(weight) if plan is None else np.asarray(plan, float))[..., None],
        sigma=np.array([sigma]),
    )


# --- the matrix exponential ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high"), [(-6, 1.5), (-2, 0), (-9, 3)])
def test_expm_equals_scipy(low, high):
    for generator in random_generators(1, low=low, high=high):
        tolerance = REMAINDER * 8 * max(1, np.abs(generator).max())  # repeated squaring adds up its factors' errors
        np.testing.assert_allclose(expm(generator[None])[0], scipy.linalg.expm(generator), rtol=0, atol=tolerance)


@pytest.mark.parametrize("high", [0, 1.2])
def test_expm_keeps_relative_accuracy_in_tiny_entries(high):
    generators = random_generators(2, count=3, low=-25, high=high)
    exact = np.array([exponentiate_in_decimals(generator) for generator in generators])
    assert exact[exact > 0].min() < 1e-15
    np.testing.assert_allclose(expm(generators), exact, rtol=1e-9)


def test_expm_of_a_slow_chain_beside_a_fast_pair_is_poisson():
    chain, rate = 5, 1e-7
    generator = np.zeros((chain + 2, chain + 2))
    for state in range(chain - 1):
        generator[state, state : state + 2] = -rate, rate
    generator[chain:, chain:] = [[-30, 30], [30, -30]]
    expected = stats.poisson.pmf(np.arange(chain - 1), rate)
    np.testing.assert_allclose(expm(generator[None])[0, 0, : chain - 1], expected, rtol=1e-10)


@pytest.mark.parametrize("high", [-1, 0, 1])
def test_rows_of_a_full_generators_exponential_sum_to_one(high):
    found = expm(random_generators(3, high=high))
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=2), 1, rtol=1e-10)


def test_expm_of_a_stack_is_that_of_each():
    generators = np.concatenate([random_generators(4, count=3, high=high) for high in (-3, 0, 2)])
    np.testing.assert_array_equal(expm(generators), [expm(generator[None])[0] for generator in generators])


def test_expm_of_nothing_is_the_identity():
    np.testing.assert_array_equal(expm(np.zeros((2, 3, 3))), [np.eye(3)] * 2)


def test_directions_point_up_the_order_of_stages():
    np.testing.assert_array_equal(directions(3), [[0, 1, 1], [-1, 0, 1], [-1, -1, 0]])


# --- closed forms --------------------------------------------------------------------------------------------------


def test_one_stage_one_place_no_history_is_an_exponential():
    scenario = one_stage(stay_days=(50, 400), until=60)
    timeline, rates, theta = right_hand(scenario, draws=20_000)
    curves = forecast_curves(rates, timeline.ahead.days, 0, (np.zeros(20_000), np.zeros(20_000)))
    p = curves.incidence.sum(axis=(0, 1))
    np.testing.assert_allclose(p, 1 - np.exp(-60 / np.exp(theta["log_stay"][0])), rtol=1e-12)
    wait = stats.lognorm(np.log(400 / 50) / (2 * stats.norm.ppf(0.95)), scale=np.sqrt(50 * 400))
    expected, _ = quad(lambda x: 1 - np.exp(-60 / wait.ppf(x)), 0, 1)
    error = p.std() / np.sqrt(p.size)
    assert error < 0.002
    assert abs(p.mean() - expected) < 4 * error


def test_two_places_split_as_their_rates():
    timeline, rates, theta = right_hand(one_stage(places=("here", "there")), draws=50)
    curves = forecast_curves(rates, timeline.ahead.days, 0, (np.zeros(50), np.zeros(50)))
    here, there = curves.incidence.sum(axis=0)
    ratio = np.exp(theta["log_ratio"][0])
    np.testing.assert_allclose(there / here, ratio, rtol=1e-11)
    np.testing.assert_allclose(curves.incidence[:, 1], curves.incidence[:, 0] * ratio, rtol=1e-11)
    np.testing.assert_allclose(here + there, 1 - np.exp(-30 * np.exp(-theta["log_stay"][0])), rtol=1e-11)


@pytest.mark.parametrize("z", [-1.5, 0.0, 1.0])
def test_two_stage_chain_is_hypoexponential(z):
    leave, act, sigma, days = 0.02, 0.09, 0.8, np.arange(1, 121)
    rates = simple_rates([[0, leave], [0, 0]], [0, act], sigma=sigma)
    curves = forecast_curves(rates, np.array([120]), 0, (np.array([z]), np.zeros(1)))
    fast = act * np.exp(sigma * z)  # seriousness acts once the episode is under way, not in the resting stage
    expected = 1 - (fast * np.exp(-leave * days) - leave * np.exp(-fast * days)) / (fast - leave)
    np.testing.assert_allclose(np.cumsum(curves.incidence[:, 0, 0]), expected, rtol=0, atol=1e-12)


def test_two_stage_chain_of_a_question_is_hypoexponential():
    scenario = two_stage(until=200)
    timeline, rates, theta = right_hand(scenario, draws=40)
    rates.step[1, 0] = 0.0  # no lapses
    rates.event[1] = fast = np.exp(-theta["log_stay"][1])
    curves = forecast_curves(rates, timeline.ahead.days, 0, (np.zeros(40), np.zeros(40)))
    slow = np.exp(-theta["log_stay"][0])
    expected = 1 - (fast * np.exp(-200 * slow) - slow * np.exp(-200 * fast)) / (fast - slow)
    np.testing.assert_allclose(curves.incidence.sum(axis=(0, 1)), expected, rtol=0, atol=1e-10)


def test_a_lapse_starts_an_episode_of_its_own_seriousness():
    rates = simple_rates([[0, 0.2], [0.3, 0]], [0, 0.1], sigma=1.0)
    barren = forecast_curves(rates, np.array([60]), 1, (np.zeros(1), np.array([-5.0])))
    this_one = 0.1 / (0.3 + 0.1) * (1 - np.exp(-60 * (0.3 + 0.1)))
    later = 60 * 0.2 * 0.1 / 0.3 * np.exp(-10)  # at most: each of the later episodes all but surely lapses
    assert this_one < barren.incidence.sum() < this_one + later


@pytest.mark.parametrize("length", [1, 3, 30])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.97])
def test_a_plan_and_nothing_else_happens_with_probability_kept(length, kept):
    hazard = -np.log(1 - kept) / length
    rates = simple_rates([[0]], [0], weight=np.ones((3, 2)), plan=[[0, 0], [0, hazard], [0, 0]])
    curves = forecast_curves(rates, np.array([4, length, 5]), 0, NO_FRAILTY)
    assert curves.incidence[:, 1].sum() == pytest.approx(kept, abs=1e-12)
    assert curves.incidence[:, 0].sum() == pytest.approx(0, abs=1e-12)
    assert curves.incidence[4 : 4 + length].sum() == pytest.approx(kept, abs=1e-12)


# --- the whole generator -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stages", [1, 2, 3, 5])
@pytest.mark.parametrize("start", ["resting", "last"])
def test_curves_equal_the_exponential_of_the_whole_generator(stages, start):
    days, draws = np.array([3, 1, 23, 2]), 6
    rates = random_rates(10 + stages, stages=stages, itineraries=3, segments=4, draws=draws)
    frailties = tuple(np.random.default_rng(4).standard_normal((2, draws)))
    first = 0 if start == "resting" else stages - 1
    curves = forecast_curves(rates, days, first, frailties)
    for draw in range(draws):
        incidence, occupancy = whole_curves(rates, days, first, frailties, draw)
        np.testing.assert_allclose(curves.incidence[..., draw], incidence, rtol=0, atol=1e-11)
        np.testing.assert_allclose(curves.occupancy[..., draw], occupancy, rtol=0, atol=1e-11)


@given(scenario=scenarios())
@settings(max_examples=60, deadline=None)
def test_random_questions_lose_no_probability_and_equal_the_whole_generator(scenario):
    timeline, rates, _ = right_hand(scenario, draws=3)
    frailties = (np.array([-1.0, 0.2, 1.0]), np.array([0.8, 0.1, -1.0]))
    curves = forecast_curves(rates, timeline.ahead.days, timeline.stage, frailties)
    assert min(curves.incidence.min(), curves.occupancy.min()) > -1e-12
    total = np.cumsum(curves.incidence.sum(axis=1), axis=0) + curves.occupancy.sum(axis=1)
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-10)
    incidence, occupancy = whole_curves(rates, timeline.ahead.days, timeline.stage, frailties, 0)
    np.testing.assert_allclose(curves.incidence[..., 0], incidence, rtol=0, atol=1e-10)
    np.testing.assert_allclose(curves.occupancy[..., 0], occupancy, rtol=0, atol=1e-10)


def test_no_probability_is_lost_beside_a_stage_that_is_left_at_once():
    one = simple_rates([[0, 0.1], [0.3, 0]], [0, 0.1], weight=[[1.0], [1.0]], plan=[[0.5], [0.0]], sigma=3.0)
    curves = forecast_curves(
        one, np.array([2, 60]), 1, (np.zeros(1), np.array([-3.0]))
    )  # once there, it lapses 2,400 times a day
    total = np.cumsum(curves.incidence.sum(axis=1), axis=0) + curves.occupancy.sum(axis=1)
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-12)


def test_only_states_that_can_be_reached_are_kept():
    chain = simple_rates([[0, 1, 0], [0, 0, 1], [0, 0, 0]], [0, 0, 0])
    assert StateSpace.reachable(chain, (1,)).states == ((0, 1), (0, 2))
    chain.step[2, 0] = 1.0
    assert StateSpace.reachable(chain, (1,)).states == ((0, 1), (0, 2), (1, 0), (1, 1), (1, 2))


# --- what changes nothing ------------------------------------------------------------------------------------------


@given(order=st.permutations(range(3)))
@settings(max_examples=6, deadline=None)
def test_reordering_itineraries_only_reorders(order):
    days, rates = np.array([5, 5]), random_rates(6, stages=3, itineraries=3, segments=2, draws=4)
    moved = Rates(**vars(rates) | {"weight": rates.weight[:, order], "plan": rates.plan[:, order]})
    before, after = (forecast_curves(which, days, 1, (np.ones(4), np.ones(4))) for which in (rates, moved))
    np.testing.assert_allclose(after.incidence, before.incidence[:, order], rtol=0, atol=1e-14)
    np.testing.assert_allclose(after.occupancy, before.occupancy, rtol=0, atol=1e-14)


def test_reordering_stages_only_reorders_where_no_frailty_gives_the_order_a_meaning():
    order, days = [0, 3, 1, 2], np.array([5, 5])
    rates = random_rates(7, stages=4, itineraries=2, segments=2, draws=4, sigma=0.0)
    moved = Rates(**vars(rates) | {"step": rates.step[np.ix_(order, order)], "event": rates.event[order],
                                   "stage_factor": rates.stage_factor[:, order]})  # fmt: skip
    before = forecast_curves(rates, days, 3, (np.ones(4), np.ones(4)))
    after = forecast_curves(moved, days, order.index(3), (np.ones(4), np.ones(4)))
    np.testing.assert_allclose(after.occupancy, before.occupancy[:, order], rtol=0, atol=1e-13)
    np.testing.assert_allclose(after.incidence, before.incidence, rtol=0, atol=1e-13)


def test_splitting_a_segment_changes_nothing():
    rates, z = random_rates(8, stages=3, itineraries=2, segments=2, draws=4), np.ones(4)
    pieces = [0, 0, 1, 1, 1]
    split = {name: getattr(rates, name)[pieces] for name in ("stage_factor", "weight", "meanwhile", "plan")}
    whole = forecast_curves(rates, np.array([6, 9]), 0, (z, -z))
    parts = forecast_curves(Rates(**vars(rates) | split), np.array([2, 4, 1, 1, 7]), 0, (z, -z))
    np.testing.assert_allclose(parts.incidence, whole.incidence, rtol=0, atol=1e-14)
    np.testing.assert_allclose(parts.occupancy, whole.occupancy, rtol=0, atol=1e-14)


def test_taking_some_draws_takes_their_curves():
    rates, z = random_rates(9, stages=3, itineraries=2, segments=1, draws=7), np.linspace(-1, 1, 7)
    every = forecast_curves(rates, np.array([9]), 1, (z, -z))
    some = forecast_curves(rates.take(slice(2, 5)), np.array([9]), 1, (z[2:5], -z[2:5]))
    np.testing.assert_allclose(some.incidence, every.incidence[..., 2:5], rtol=0, atol=1e-14)


# --- simulated paths -----------------------------------------------------------------------------------------------


def repeat_draw(rates, count):
    return rates.take(np.zeros(count, int))


@pytest.mark.parametrize(("seed", "stages", "start"), [(1, 1, 0), (2, 2, 0), (3, 3, 2), (4, 4, 1)])
def test_simulated_paths_agree_with_the_curves(seed, stages, start):
    paths, days = 40_000, np.array([6, 3, 8])
    one = random_rates(seed, stages=stages, itineraries=3, segments=3, draws=1)
    curves = forecast_curves(one, days, start, (np.array([0.8]), np.array([-0.5])))
    jumps = simulate_jumps(
        repeat_draw(one, paths), days, start, np.full(paths, 0.8), np.random.default_rng(seed),
        renew=lambda ended: np.full(len(ended), -0.5),
    )  # fmt: skip
    event = jumps.target < 0
    assert np.bincount(jumps.path[event]).max() == 1
    day = np.ceil(jumps.time[event]).astype(int) - 1
    count = np.zeros((17, 3))
    np.add.at(count, (day, jumps.itinerary[event]), 1)
    cif, exact = np.cumsum(count, axis=0) / paths, np.cumsum(curves.incidence[..., 0], axis=0)
    error = np.sqrt(exact * (1 - exact) / paths)
    assert error.max() < 0.003
    assert (np.abs(cif - exact) < 4.5 * error + 1e-12).all()


def test_simulated_stages_agree_with_the_occupancy():
    paths, days = 40_000, np.array([2, 2])
    one = random_rates(8, stages=3, itineraries=2, segments=2, draws=1)
    curves = forecast_curves(one, days, 2, (np.array([0.5]), np.array([-1.0])))
    jumps = simulate_jumps(
        repeat_draw(one, paths), days, 2, np.full(paths, 0.5), np.random.default_rng(6),
        renew=lambda ended: np.full(len(ended), -1.0),
    )  # fmt: skip
    stage = np.full(paths, 2)
    stage[jumps.path] = jumps.target  # the last jump of a path stands, because they come in order of time
    exact = curves.occupancy[-1, :, 0]
    found = np.bincount(stage + 1, minlength=4)[1:] / paths
    assert exact.min() > 0.02
    assert (np.abs(found - exact) < 4.5 * np.sqrt(exact * (1 - exact) / paths)).all()


def test_recurrent_paths_go_on_from_the_first_stage():
    paths, years = 2_000, 20
    rates = repeat_draw(simple_rates([[0, 0.01], [0, 0]], [0, 0.1]), paths)
    jumps = simulate_jumps(
        rates, np.array([years * 365]), 0, np.zeros(paths), np.random.default_rng(7),
        renew=lambda ended: np.zeros(len(ended)), recurrent=True,
    )  # fmt: skip
    events = np.bincount(jumps.path[jumps.target < 0], minlength=paths)
    cycle, spread = 100 + 10, np.sqrt(100**2 + 10**2)
    expected = years * 365 / cycle + (spread**2 / cycle**2 - 1) / 2  # renewal theorem, to second order
    assert abs(events.mean() - expected) < 4 * events.std() / np.sqrt(paths)
    assert (np.diff(jumps.time)[np.diff(jumps.path) == 0] > 0).all()


def test_paths_may_end_with_a_certain_jump():
    """Jumps come at the rate of 100 a day, so the fortieth comes at a Gamma(40, 100) time."""
    paths = 2_000
    rates = repeat_draw(simple_rates([[0, 100.0], [100.0, 0]], [0, 0]), paths)
    jumps = simulate_jumps(
        rates, np.array([5, 5]), 0, np.zeros(paths), np.random.default_rng(8),
        renew=lambda ended: np.zeros(len(ended)), most=40,
    )  # fmt: skip
    assert (np.bincount(jumps.path) == 40).all()
    last = jumps.time[39::40]
    assert abs(last.mean() - 0.4) < 4 * np.sqrt(40) / 100 / np.sqrt(paths)


def test_a_plan_ends_with_its_episode_in_simulated_paths():
    paths = 2_000
    one = simple_rates([[0, 50.0], [50.0, 0]], [0, 0], weight=[[1.0], [1.0]], plan=[[0.0], [1.0]])
    jumps = simulate_jumps(
        repeat_draw(one, paths), np.array([5, 5]), 1, np.zeros(paths), np.random.default_rng(8),
        renew=lambda ended: np.zeros(len(ended)),
    )  # fmt: skip
    assert not (jumps.target < 0).any()
