"""Stays of a table as priors."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecast.explore.suggest import survive


@given(st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=2, max_size=40))
def test_the_record_is_drawn_as_kaplan_and_meier_have_it(stays):
    days, ended = np.array([stay[0] for stay in stays], float), np.array([stay[1] for stay in stays])
    found, share = survive(days, ended)
    if not ended.any():
        assert not len(found)
        return
    theirs = stats.ecdf(stats.CensoredData.right_censored(days, ~ended)).sf
    np.testing.assert_allclose(share, theirs.evaluate(found), atol=1e-12)
