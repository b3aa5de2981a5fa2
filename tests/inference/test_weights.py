"""Weighted quantiles against their definition, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.inference.weights import effective_number, weighted_quantiles


def by_definition(values, weight, share):
    """Return the smallest value up to which the draws hold a share of the weight."""
    below, total = Fraction(0), sum(map(Fraction, weight))
    for value, mass in sorted(zip(values, weight, strict=True)):
        below += Fraction(mass)
        if below >= share * total and below > 0:
            return value
    raise AssertionError


@given(
    drawn=st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 9)), min_size=1, max_size=60).filter(
        lambda drawn: any(mass for _, mass in drawn)
    ),
    share=st.sampled_from([0, 1, 3, 8, 13, 16]),
)
def test_quantiles_are_the_smallest_values_that_hold_their_share(drawn, share):
    """Shares are sixteenths of a total that is itself scaled to a power of two, so nothing is rounded at a step."""
    values, weight = map(list, zip(*drawn, strict=True))
    weight[weight.index(max(weight))] += 2**10 - sum(weight)
    (found,) = weighted_quantiles(np.array(values, float), np.array(weight, float), (share / 16,))
    assert found == by_definition(values, weight, Fraction(share, 16))


@pytest.mark.parametrize("count", [1, 2, 7, 400, 4_000])
def test_equal_weights_take_the_draw_of_that_rank(count):
    values = np.random.default_rng(count).permutation(count) + 1.0
    for weight in (np.ones(count), np.full(count, 0.25)):
        found = weighted_quantiles(values, weight, (0.25, 0.5, 1.0))
        assert found.tolist() == [max(1, -(-count // 4)), max(1, -(-count // 2)), count]


def test_along_draws_each_column_is_summarised_alone():
    rng = np.random.default_rng(1)
    values, weight = rng.random((200, 3)), rng.random((200, 3))
    found = weighted_quantiles(values, weight)
    assert found.shape == (2, 3)
    for column in range(3):
        np.testing.assert_array_equal(found[:, column], weighted_quantiles(values[:, column], weight[:, column]))


def test_the_least_weights_count_too():
    """Probabilities of what is given may be as small as numbers go."""
    rng = np.random.default_rng(2)
    values, weight = rng.random(500), rng.random(500)
    np.testing.assert_array_equal(weighted_quantiles(values, weight * 2.0**-900), weighted_quantiles(values, weight))
    assert effective_number(np.zeros(3)) == 0
