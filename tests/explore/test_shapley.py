"""Shapley values against games whose values are known."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest

from forecast.explore.shapley import share_out

PLAYERS = tuple("abcde")
WORTH = dict(zip(PLAYERS, (3.0, -1.0, 0.5, 0.0, 2.0), strict=True))


def rng():
    return np.random.default_rng(1)


def tangled(some):
    """Three are worth nothing without each other, one only where another is missing."""
    return 4.0 * ({"a", "b", "e"} <= some) + 1.5 * ("c" in some and "d" not in some) - 0.25 * len(some) ** 2


def test_an_additive_game_gives_each_what_it_is_worth():
    found = share_out(PLAYERS, lambda some: sum(WORTH[name] for name in some), rng())
    assert found.values == pytest.approx(tuple(WORTH.values()), abs=1e-12)
    assert found.errors == (0.0,) * 5
    assert found.coalitions == 2**5


def test_gloves():
    """One left glove and two right ones: a pair is worth 1 (the textbook's 2/3, 1/6, 1/6)."""
    found = share_out(("left", "one", "other"), lambda some: float("left" in some and len(some) > 1), rng())
    assert found.values == pytest.approx((2 / 3, 1 / 6, 1 / 6))


def test_all_coalitions_are_all_orders():
    """The definition by orders, written out."""
    expected = dict.fromkeys(PLAYERS, 0.0)
    for order in permutations(PLAYERS):
        for at, name in enumerate(order):
            before = frozenset(order[:at])
            expected[name] += (tangled(before | {name}) - tangled(before)) / math.factorial(5)
    found = share_out(PLAYERS, tangled, rng())
    assert found.values == pytest.approx(tuple(expected.values()))


def test_sampled_orders_are_right_within_their_error_and_sum_to_the_whole():
    exact = share_out(PLAYERS, tangled, rng())
    found = share_out(PLAYERS, tangled, rng(), exact_most=2, pairs=64)
    assert sum(found.values) == pytest.approx(tangled(frozenset(PLAYERS)) - tangled(frozenset()))
    assert max(found.errors) > 0
    for value, error, expected in zip(found.values, found.errors, exact.values, strict=True):
        assert abs(value - expected) <= 5 * error + 1e-12


def test_nobody_shares_nothing():
    assert share_out((), lambda _: 1.0, rng()).values == ()
