r"""The action of a generator's exponential on a vector, without the exponential: compiled, for jobs of many rows.

With the largest exit rate \mu of a draw on the diagonal, A = (Q + \mu I) t has no negative entry, and

    x e^{Qt} = e^{-\mu t} \sum_k x A^k / k!

is a mean over a Poisson number of jumps (uniformization; Jensen 1953, doi:10.1080/03461238.1953.10419459). What is left
of x after k jumps never grows, so that cutting the sum where the number of jumps goes beyond with a chance of ε loses
at most a share ε / (1 - ε) of what is left of x. The sum is taken by Horner's rule.

`act` is plain Python, which Numba compiles; it is what is tested against `scipy.linalg.expm`. Compiling takes a second
or two once on a machine, and half a second to fetch later, so that single answers go without (see `whole.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from forecast.multistate.expm import expm
from forecast.multistate.flows import Flows
from forecast.multistate.rates import Array

MISSED = 1e-13  # share of what is left that a segment may lose
TERMS_MOST = 600  # jumps: with more than some 460 expected, squaring a matrix is faster
BLOCK = 64  # draws at a time, which fit the first cache


def act(  # noqa: C901 - loops that are compiled as one
    source: Array,
    target: Array,
    pace: Array,
    factor: Array,
    left: Array,
    left_pace: Array,
    left_factor: Array,
    factors: Array,
    days: float,
    state: Array,
    longest: Array,
    block: int,
) -> tuple[Array, Array]:
    """Carry the states of each draw through a segment.

    Parameters
    ----------
    source, target, pace, factor, left, left_pace, left_factor
        See `Flows`.
    factors : (factors, draws)
        Of this segment.
    days : float
        Its length.
    state : (states, draws)
    longest : (terms,)
        Mean number of jumps up to which 0, 1, ... terms suffice.
    block : int
        How many draws are carried at a time, each with as many terms as any of them needs.

    Returns
    -------
    state : (states, draws)
        Of draws that need more terms than there are, as it was.
    jumps : (draws,)
        Mean number of jumps.
    """
    size, draws = state.shape
    start, found, here = np.empty((size, block)), np.empty((size, block)), np.empty((size, block))
    flow, stay, fastest = np.empty((len(source), block)), np.empty((size, block)), np.empty(block)
    shrink = np.empty(block)
    result, jumps = np.empty_like(state), np.empty(draws)
    for first in range(0, draws, block):
        some = min(block, draws - first)
        last = first + some
        fastest[:], stay[:] = 0.0, 0.0
        for row in range(size):
            whole, one, other = state[row][first:last], start[row], found[row]
            for column in range(some):
                one[column] = other[column] = whole[column]
        for entry in range(len(source)):
            into, slow, fast = flow[entry], pace[entry][first:last], factors[factor[entry]][first:last]
            for column in range(some):
                into[column] = days * slow[column] * fast[column]
        for entry in range(len(left)):
            into, slow, fast = stay[left[entry]], left_pace[entry][first:last], factors[left_factor[entry]][first:last]
            for column in range(some):
                into[column] -= days * slow[column] * fast[column]
        for row in range(size):
            one = stay[row]
            for column in range(some):
                fastest[column] = max(fastest[column], -one[column])
        most = 0.0
        for column in range(some):
            jumps[first + column] = fastest[column]
            if fastest[column] > longest[-1]:  # left as it is
                fastest[column] = 0.0
                for row in range(size):
                    stay[row, column] = 0.0
                for entry in range(len(source)):
                    flow[entry, column] = 0.0
            most = max(most, fastest[column])
            shrink[column] = np.exp(-fastest[column])
        for row in range(size):
            one = stay[row]
            for column in range(some):
                one[column] += fastest[column]
        terms = 0
        while longest[terms] < most:
            terms += 1
        for number in range(terms, 0, -1):
            for row in range(size):
                into, one, other = here[row], stay[row], found[row]
                for column in range(some):
                    into[column] = one[column] * other[column]
            for entry in range(len(source)):
                into, one, other = here[target[entry]], flow[entry], found[source[entry]]
                for column in range(some):
                    into[column] += one[column] * other[column]
            share = 1.0 / number
            for row in range(size):
                into, one, other = found[row], start[row], here[row]
                for column in range(some):
                    into[column] = one[column] + share * other[column]
        for row in range(size):
            whole, one = result[row][first:last], found[row]
            for column in range(some):
                whole[column] = one[column] * shrink[column]
    return result, jumps


def find_order(flows: Flows) -> Array:
    """Return an order in which draws that are left about equally fast follow one another: they need as many terms."""
    return np.argsort(flows.left_pace.max(axis=0))


def carry_vectors(
    flows: Flows,
    entries: Array,
    segment: int,
    days: float,
    state: Array,
    act: Callable[..., tuple[Array, Array]] = act,
) -> Array:
    """Return what some of the flows make of the states of each draw in a segment: (states, draws).

    Parameters
    ----------
    entries : (some,) of int
        Which flows there are; states are left as fast as with all of them.
    days : float
        Length of the segment.
    state : (states, draws)
        With the classes of events behind, if any flow enters them.
    """
    some = flows.source[entries], flows.target[entries], flows.pace[entries], flows.factor[entries]
    left = flows.left, flows.left_pace, flows.left_factor
    factors, longest = np.ascontiguousarray(flows.factors[:, segment]), _find_longest()
    found, jumps = act(*some, *left, factors, float(days), state, longest, BLOCK)
    if (many := jumps > longest[-1]).any():
        whole = Flows(*some, *left, factors[:, None]).take(many)
        (generators,) = whole.fill(np.zeros((1, len(state), len(state), many.sum())))
        found[:, many] = np.einsum("sd,dst->td", state[:, many], expm(days * generators.transpose(2, 0, 1)))
    return found


@cache
def find_compiled() -> Callable[..., tuple[Array, Array]] | None:
    """Return `act` compiled, from the disk where it was before; None where there is no Numba."""
    try:
        from numba import njit
    except ImportError:
        return None
    try:
        return njit(act, cache=True, nogil=True, fastmath={"contract"})
    except RuntimeError:  # no folder may be written
        return njit(act, nogil=True, fastmath={"contract"})


@cache
def _find_longest() -> Array:
    """Return the mean number of jumps up to which 0, 1, ... terms suffice."""
    from scipy.special import gammaincinv

    return gammaincinv(np.arange(1, TERMS_MOST + 2), MISSED)  # P(N > k) = P(Gamma(k + 1) < mean)
