"""Later episodes: each has a seriousness of its own, in windows of many years."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from forecast.multistate import Rates, Supposed, event_chances, later_frailties

SIGMA = 1.1
BEGIN, LAPSE, EVENT = 1 / 120, 1 / 80, 1 / 4_000  # a day: rest to talks, talks back to rest, talks to the event


def exact(days, *, this=None, copies=61):
    """Return P by a chain with many copies of talks: from rest, or from talks of one seriousness."""
    z, weights = np.polynomial.hermite_e.hermegauss(copies)
    fast = np.exp(SIGMA * np.r_[z, 0.0 if this is None else this])
    size = len(fast) + 1  # rest first
    generator = np.zeros((size + 1, size + 1))
    generator[0, 1:-2] = BEGIN * weights / weights.sum()
    generator[range(1, size), 0] = LAPSE / fast
    generator[range(1, size), size] = EVENT * fast
    generator -= np.diag(generator.sum(axis=1))
    return expm(generator * days)[0 if this is None else size - 1, size]


def rates_of(draws, segments=1):
    step, event = np.zeros((2, 2, draws)), np.zeros((2, draws))
    step[0, 1], step[1, 0], event[1] = BEGIN, LAPSE, EVENT
    ones = np.ones((segments, 1, draws))
    factor, meanwhile = np.ones((segments, 2, draws)), np.ones((segments, draws))
    return Rates(step, event, factor, ones, meanwhile, 0 * ones, np.full(draws, SIGMA))


@pytest.mark.parametrize("days", [1_500, 2_190, 3_650, 12_000])
@pytest.mark.parametrize("this", [-1.0, 0.5])
def test_a_few_copies_of_later_episodes_are_as_good_as_many(days, this):
    later = [np.full(1, z) for z in later_frailties(7)[0]]
    (chance,), _ = event_chances(rates_of(1), np.array([days]), 1, (np.full(1, this), *later))
    assert chance[0] == pytest.approx(exact(days, this=this), abs=0.002)


def test_one_z_for_all_of_them_is_low_in_ten_years():
    """From rest after a lapse, which is where an intervention may put an episode."""
    put = Supposed.nothing(2)
    put = replace(put, put=np.array([0, -1]))
    days = np.array([1, 3_650])

    def chance(draws, *later):
        (found,), _ = event_chances(rates_of(draws, 2), days, 1, (np.full(draws, -3.0), *later), supposed=put)
        return found

    z, weights = np.polynomial.hermite_e.hermegauss(61)
    shared = chance(61, z) @ weights / weights.sum()
    several = chance(1, *(np.full(1, z) for z in later_frailties(7)[0]))[0]
    assert shared < several - 0.01
    assert several == pytest.approx(exact(3_650), abs=0.002)
