"""The gate of NUTS; its draws are held to the quick engine's and to the truth in `test_quick` and `test_recovery`."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.inference.nuts import gate

GOOD = {"r_hat": 1.01, "ess_bulk": 400.0, "ess_tail": 400.0, "divergences": 0}


@pytest.mark.parametrize(
    ("worse", "message"),
    [
        ({}, ""),
        ({"r_hat": 1.011}, "R-hat 1.011 above 1.01"),
        ({"r_hat": np.nan}, "R-hat nan above 1.01"),
        ({"ess_bulk": 399.0}, "bulk ESS 399 below 400"),
        ({"ess_tail": np.nan}, "tail ESS nan below 400"),
        ({"divergences": 3}, "3 divergences"),
        ({"r_hat": 1.2, "ess_bulk": 7.0}, "R-hat 1.200 above 1.01, bulk ESS 7 below 400"),
    ],
)
def test_the_gate_names_what_is_missed(worse, message):
    assert gate(GOOD | worse) == message
