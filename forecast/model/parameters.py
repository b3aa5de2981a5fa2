"""Parameters by name, and the one way in which constants are mixed with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.multistate import Array

UNIT, YEAR = "unit", "year"  # what units of a family differ by each for itself, and what all of them share

Parameters = dict[str, Any]  # by name, (labels,) or (labels, draws); log_stay, end_logit, log_ratio, ...


def name_spread(of: str) -> tuple[str, str]:
    """Return what the logarithm of the scale of a pace is called, and the standard normals that it scales.

    Examples
    --------
    >>> name_spread("unit"), name_spread("host")
    (('log_tau', 'u'), ('log_tau_host', 'u_host'))
    """
    end = "" if of == UNIT else f"_{of}"
    return f"log_tau{end}", f"u{end}"


def scaled_by(name: str) -> str:
    """Return the standard normals that a logarithm of a scale scales; nothing for any other parameter.

    Examples
    --------
    >>> [scaled_by(name) for name in ("log_sigma", "log_tau", "log_tau_host", "log_stay")]
    ['z', 'u', 'u_host', '']
    """
    if name == "log_sigma":
        return "z"
    return name.removeprefix("log_").replace("tau", "u", 1) if name.startswith("log_tau") else ""


def mix(constants: Array, vector: Any) -> Any:
    """Multiply constants (..., labels) by parameters (labels,) or (labels, draws).

    Elementwise for PyTensor, because compiling a matrix product costs more than drawing the whole posterior.
    """
    if isinstance(vector, np.ndarray):
        return np.tensordot(constants, vector, axes=1)
    return (constants * vector).sum(axis=-1)
