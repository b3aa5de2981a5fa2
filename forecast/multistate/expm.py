"""The exponential of a stack of generators, by a Taylor series without cancellation."""

from __future__ import annotations

import numpy as np

from forecast.multistate.rates import Array
from forecast.multistate.workspace import room

_STACK = 1000  # matrices exponentiated at a time: of ten states or so, what a processor's second cache holds
# Coefficients 1/k! of the Taylor series up to x^9, as low + x^3 (middle + x^3 high), each over 1, x, x^2, x^3.
_TAYLOR = np.array(
    [
        [1, 1, 1 / 2, 0],
        [1 / 6, 1 / 24, 1 / 120, 0],
        [1 / 720, 1 / 5040, 1 / 40320, 1 / 362880],
    ]
)


def expm(generators: Array, out: Array | None = None) -> Array:
    r"""Exponentiate a stack of generators, (..., states, states), without cancellation.

    With the largest exit rate \mu added to the diagonal every term of the Taylor series is non-negative, so relative
    accuracy is kept even in tiny entries: exp(Q) = e^{-\mu} exp(Q + \mu I). Degree 9 in four products (Paterson &
    Stockmeyer 1973, doi:10.1137/0202007) after scaling each norm below 1/4, where the remainder is under 3e-13;
    squaring multiplies it, to some 1e-11 at a hundred exits a day. The result is written into `out`, if given.

    Examples
    --------
    >>> float(expm(np.array([[[-0.5, 0.5], [0.0, 0.0]]]))[0, 0, 0].round(6))
    0.606531
    """
    size = generators.shape[-1]
    stack = generators.reshape(-1, size, size)
    found = np.empty(stack.shape) if out is None else out.reshape(stack.shape)
    for first in range(0, len(stack), _STACK):
        _expm(stack[first : first + _STACK], found[first : first + _STACK])
    return found.reshape(generators.shape)


def _expm(stack: Array, found: Array) -> None:
    shift = -np.diagonal(stack, axis1=1, axis2=2).T.min(axis=0, initial=0.0)  # no row of Q + shift I sums to more
    squarings = np.ceil(np.log2(np.maximum(shift * 4, 1.0)))
    scale = np.exp2(-squarings)
    powers, sums = room("powers", (4, *stack.shape)), room("sums", (3, *stack.shape))
    one, x, x2, x3 = powers
    one[:] = np.eye(stack.shape[-1])
    x[:] = stack  # first, because the draws may lie side by side
    x *= scale[:, None, None]
    x.reshape(len(x), -1)[:, :: x.shape[-1] + 1] += (shift * scale)[:, None]  # the diagonals
    np.matmul(x, x, out=x2)
    np.matmul(x2, x, out=x3)
    np.matmul(_TAYLOR, powers.reshape(4, -1), out=sums.reshape(3, -1))
    low, middle, high = sums
    middle += np.matmul(x3, high, out=x)
    low += np.matmul(x3, middle, out=x)
    np.multiply(low, np.exp(-shift * scale)[:, None, None], out=found)
    for squared in range(int(squarings.max(initial=0.0))):
        some = np.flatnonzero(squarings > squared)
        part = found[some]
        found[some] = np.matmul(part, part, out=x[: len(some)])
