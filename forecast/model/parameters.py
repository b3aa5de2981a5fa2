"""Parameters by name, and the one way in which constants are mixed with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.multistate import Array

# Logarithms of scales, and the standard normals that each of them scales.
SCALES_OF = {"log_sigma": "z", "log_tau": "u"}

Parameters = dict[str, Any]  # by name, (labels,) or (labels, draws); log_stay, end_logit, log_ratio, ...


def mix(constants: Array, vector: Any) -> Any:
    """Multiply constants (..., labels) by parameters (labels,) or (labels, draws).

    Elementwise for PyTensor, because compiling a matrix product costs more than drawing the whole posterior.
    """
    if isinstance(vector, np.ndarray):
        return np.tensordot(constants, vector, axes=1)
    return (constants * vector).sum(axis=-1)
