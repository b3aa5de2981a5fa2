"""Shapley values: what each of some players adds to a value, averaged over all orders in which they may come.

phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))   (Shapley 1953), and they sum to
v(all) - v(none).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecast.multistate import Array

EXACT_MOST = 10  # players: 1,024 coalitions
PAIRS = 16  # of orders, one the other backwards, where they are sampled

type Coalition = frozenset[Hashable]


@dataclass(frozen=True)
class Shares:
    """What each player adds.

    Attributes
    ----------
    values : tuple of float
    errors : tuple of float
        Monte Carlo errors of the values; 0 where all coalitions were valued.
    coalitions : int
        How many were valued.
    """

    values: tuple[float, ...]
    errors: tuple[float, ...]
    coalitions: int


def share_out[Player: Hashable](
    players: Sequence[Player],
    value: Callable[[frozenset[Player]], float],
    rng: np.random.Generator,
    *,
    exact_most: int = EXACT_MOST,
    pairs: int = PAIRS,
) -> Shares:
    """Share a value out among players; up to `exact_most` of them by all coalitions, else by sampled orders.

    Sampled orders come in pairs, one the other backwards, which takes out most of the error (Castro, Gómez & Tejada
    2009, doi:10.1016/j.cor.2008.04.004; Mitchell et al. 2022, JMLR 23:43).

    Parameters
    ----------
    value : callable
        Takes a set of players; asked once for each.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> share_out("ab", lambda some: 1.0 if some == {"a", "b"} else 0.25 * ("a" in some), rng).values
    (0.625, 0.375)
    """
    memory: dict[frozenset[Player], float] = {}

    def recall(some: frozenset[Player]) -> float:
        if some not in memory:
            memory[some] = value(some)
        return memory[some]

    if len(players) <= exact_most:
        shares = _sum_over_all(players, recall)
        return Shares(tuple(shares), (0.0,) * len(players), len(memory))
    found = np.array([_add_in_order(players, recall, rng) for _ in range(pairs)])
    errors = found.std(axis=0, ddof=1) / math.sqrt(pairs)
    return Shares(tuple(found.mean(axis=0).tolist()), tuple(errors.tolist()), len(memory))


def _sum_over_all[Player: Hashable](
    players: Sequence[Player], value: Callable[[frozenset[Player]], float]
) -> list[float]:
    count = len(players)
    shares = []
    for player in players:
        others = [other for other in players if other != player]
        terms = [
            (value(some | {player}) - value(some)) / (count * math.comb(count - 1, size))
            for size in range(count)
            for some in map(frozenset, combinations(others, size))
        ]
        shares.append(math.fsum(terms))
    return shares


def _add_in_order[Player: Hashable](
    players: Sequence[Player], value: Callable[[frozenset[Player]], float], rng: np.random.Generator
) -> Array:
    """Return what each adds in a random order and in the same backwards, on average: (players,)."""
    order, found = rng.permutation(len(players)), np.zeros(len(players))
    for way in (order, order[::-1]):
        some: frozenset[Player] = frozenset()
        before = value(some)
        for at in way.tolist():
            some |= {players[at]}
            after = value(some)
            found[at] += (after - before) / 2
            before = after
    return found
