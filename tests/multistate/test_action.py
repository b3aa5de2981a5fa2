"""Vectors carried through segments, against the exponentials of SciPy and the walk by matrices."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from scipy.linalg import expm

import forecast
from forecast.answer.ahead import carry_ahead
from forecast.explore.evaluate import DRAWS_COMPILED, Evaluator, lay_edits
from forecast.inference import CommonDraws, stream
from forecast.model import build_priors, build_timeline
from forecast.multistate.action import act, carry_vectors, find_compiled, find_order
from forecast.multistate.flows import Flows
from forecast.scenario import find_slot

DAY = datetime.date.fromisoformat
MAY, TREATY = "scenarios/may.yaml", "tests/questions/treaty.yaml"


def some_flows(rng, fastest, states=4, classes=1, draws=5):
    """Flows from each state to each other and into a class, with some that nobody counts; and their generators."""
    pairs = [(i, j) for i in range(states) for j in range(states + classes) if i != j]
    source, target = np.array(pairs).T
    pace = rng.exponential(size=(len(pairs), draws)) * fastest
    factors = np.stack([np.ones((1, draws)), rng.uniform(0.5, 2, (1, draws))])
    factor = rng.integers(0, 2, len(pairs))
    unseen = rng.exponential(size=(states, draws))
    left, left_pace = np.r_[source, np.arange(states)], np.concatenate([pace, unseen])
    left_factor = np.r_[factor, np.zeros(states, int)]
    generators = np.zeros((draws, states + classes, states + classes))
    for (i, j), rate, at in zip(pairs, pace, factor, strict=True):
        generators[:, i, j] += rate * factors[at, 0]
        generators[:, i, i] -= rate * factors[at, 0]
    generators[:, range(states), range(states)] -= unseen.T
    return Flows(source, target, pace, factor, left, left_pace, left_factor, factors), generators


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("fastest", [1e-9, 0.01, 3.0, 15.0])
def test_a_vector_is_carried_as_by_the_exponential_of_scipy(fastest, compiled):
    if compiled and find_compiled() is None:
        pytest.skip("Numba is not there")
    rng = np.random.default_rng(1)
    flows, generators = some_flows(rng, fastest)
    state = np.concatenate([rng.random((4, 5)), np.zeros((1, 5))])
    order = find_order(flows)
    entries = np.arange(len(flows.source))
    by = find_compiled() if compiled else act
    found = carry_vectors(flows.take(order), entries, 0, 2.5, state[:, order], by)
    expected = np.stack([start @ expm(2.5 * one) for start, one in zip(state.T, generators, strict=True)], axis=1)
    np.testing.assert_allclose(found, expected[:, order], rtol=1e-9, atol=1e-12)


def test_more_jumps_than_terms_are_taken_by_matrices():
    rng = np.random.default_rng(2)
    flows, generators = some_flows(rng, 1.0)
    state = np.concatenate([rng.random((4, 5)), np.zeros((1, 5))])
    days = np.array([300.0])
    assert (-generators[:, range(4), range(4)].min(axis=1) * days > 500).all()
    found = carry_vectors(flows, np.arange(len(flows.source)), 0, float(days[0]), state)
    expected = np.stack([start @ expm(days[0] * one) for start, one in zip(state.T, generators, strict=True)], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


CASES = {
    "a later end": (MAY, {"window.until": DAY("2025-12-31")}),
    "a window that begins later": (MAY, {"window.from": DAY("2025-05-01")}),
    "a stage set": (MAY, {"do.stage.announced": DAY("2025-04-20")}),
    "no event": (MAY, {"given.no_event_until": DAY("2025-04-20")}),
    "silence": (MAY, {"given.silence_until": DAY("2025-04-20")}),
    "a stage learned": (MAY, {"given.stage.announced": DAY("2025-04-20")}),
    "a condition that may end": (MAY, {"as_of": DAY("2023-01-15")}),
    "another question": (TREATY, {"window.until": DAY("2027-06-30")}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_compiled_rows_equal_those_by_matrices(case):
    if find_compiled() is None:
        pytest.skip("Numba is not there")
    path, edits = case
    base = forecast.load_scenario(path)
    scenario = lay_edits(base, [(find_slot(base, key), value) for key, value in edits.items()])
    timeline = build_timeline(scenario.known())
    priors = build_priors(scenario.known(), timeline)
    draws = CommonDraws(timeline, priors, draws=40, seed=1).draw(timeline, priors).draws
    by_matrices, by_vectors = (
        carry_ahead(timeline, draws, stream(1, "ahead"), agreement=0, compiled=compiled) for compiled in (False, True)
    )
    assert by_matrices.joint.any()
    np.testing.assert_allclose(by_vectors.joint, by_matrices.joint, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(by_vectors.weight, by_matrices.weight, rtol=1e-9, atol=0)


def test_single_answers_are_not_compiled():
    base = forecast.load_scenario(TREATY)
    assert not Evaluator(base, draws=1000).compiled
    assert Evaluator(base, draws=20, rows=DRAWS_COMPILED // 20).compiled
