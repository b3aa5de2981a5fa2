"""All parameters but the logarithms of scales in one stack, as curves of standard normals."""

from __future__ import annotations

import numpy as np

from forecast.model import CurveVector, NormalVector, ParameterPriors, scaled_by
from forecast.multistate import Array

NOWHERE = slice(0, 0)


class Stack:
    """Where each vector of parameters lies in the stack, and the way from standard normals to all of them.

    Attributes
    ----------
    spans : dict of slice
        By name; logarithms of scales are none of them.
    is_free : (parameters,) of bool
    """

    def __init__(self, priors: ParameterPriors) -> None:
        self.spans: dict[str, slice] = {}
        self.curved: list[tuple[slice, CurveVector]] = []
        end, moments = 0, []
        for name, vector in priors.items():
            if scaled_by(name):
                continue
            self.spans[name] = span = slice(end, end := end + len(vector.labels))
            if isinstance(vector, NormalVector):
                moments.append((vector.mean, vector.sd))
            else:
                self.curved.append((span, vector))
                moments.append((np.zeros(len(vector.labels)), np.where(vector.is_fixed, 0.0, 1.0)))
        self.mean, self.sd = (np.concatenate(part) for part in zip(*moments, strict=True))
        self.is_free = self.sd > 0

    def __len__(self) -> int:
        return len(self.mean)

    def span(self, name: str) -> slice:
        """Return where a vector lies; nowhere if there is none."""
        return self.spans.get(name, NOWHERE)

    def at(self, x: Array) -> Array:
        """Return parameters, (..., parameters, draws) of standard normals."""
        theta = self.mean[:, None] + self.sd[:, None] * x
        for span, vector in self.curved:
            theta[..., span, :] = vector.at(x[..., span, :])
        return theta

    def slopes(self, x: Array) -> tuple[Array, Array]:
        """Return the first and the second derivative of the same, (parameters, draws)."""
        first, second = np.repeat(self.sd[:, None], x.shape[1], axis=1), np.zeros_like(x)
        for span, vector in self.curved:
            first[span], second[span] = vector.slopes(x[span])
        return first, second

    def standardise(self, theta: Array) -> Array:
        """Return the standard normals that parameters stand for, (parameters, draws); 0 for what is fixed."""
        sd = np.where(self.is_free, self.sd, 1.0)[:, None]
        x = np.where(self.is_free[:, None], (theta - self.mean[:, None]) / sd, 0.0)
        for span, vector in self.curved:
            x[span] = vector.standardise(theta[span])
        return x
