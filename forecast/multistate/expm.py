"""The exponential of a stack of generators, by a Taylor series without cancellation."""

from __future__ import annotations

import numpy as np

from forecast.multistate.rates import Array

# Coefficients 1/k! of the Taylor series up to x^9, as low + x^3 (middle + x^3 high), each over 1, x, x^2, x^3.
_TAYLOR = np.array(
    [
        [1, 1, 1 / 2, 0],
        [1 / 6, 1 / 24, 1 / 120, 0],
        [1 / 720, 1 / 5040, 1 / 40320, 1 / 362880],
    ]
)


def expm(generators: Array) -> Array:
    r"""Exponentiate a stack of generators, (..., states, states), without cancellation.

    With the largest exit rate \mu added to the diagonal every term of the Taylor series is non-negative, so relative
    accuracy is kept even in tiny entries: exp(Q) = e^{-\mu} exp(Q + \mu I). Degree 9 in four products (Paterson &
    Stockmeyer 1973, doi:10.1137/0202007) after scaling each norm below 1/4, where the remainder is under 3e-13;
    squaring multiplies it, to some 1e-11 at a hundred exits a day.

    Examples
    --------
    >>> float(expm(np.array([[[-0.5, 0.5], [0.0, 0.0]]]))[0, 0, 0].round(6))
    0.606531
    """
    shift = -np.diagonal(generators, axis1=-2, axis2=-1).real.min(
        axis=-1, initial=0.0
    )  # no row of Q + shift I sums to more
    squarings = np.ceil(np.log2(np.maximum(shift * 4, 1.0)))
    scale = np.exp2(-squarings)
    small = generators * scale[..., None, None]
    np.einsum("...ii->...i", small)[...] += (shift * scale)[..., None]  # the diagonals
    found = _sum_series(small) * np.exp(-shift * scale)[..., None, None]  # a copy, which lets go of the series' memory
    for done in range(int(squarings.max(initial=0.0))):
        some = squarings > done
        if some.all():  # which spares a copy
            found = found @ found
        else:
            part = found[some]
            found[some] = part @ part
    return found


def _sum_series(small: Array) -> Array:
    """Return the exponential of matrices whose norm is below 1/4."""
    one, x, x2, x3 = powers = np.empty((4, *small.shape), small.dtype)
    one[:], x[:] = np.eye(small.shape[-1]), small
    np.matmul(x, x, out=x2)
    np.matmul(x2, x, out=x3)
    low, middle, high = (_TAYLOR @ powers.reshape(4, small.size)).reshape(3, *small.shape)
    middle += x3 @ high
    low += x3 @ middle
    return low
