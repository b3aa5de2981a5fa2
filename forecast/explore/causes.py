"""Which fact made P jump: of several that became public between two days, the one without which P moves most."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.errors import InputError
from forecast.explore.dated import Day, Replayed, Replayer
from forecast.scenario import OFF, Scenario, find_slot, make_sound

JUMP_LEAST = 0.05
JUMPS_MOST = 8  # of a horizon: as many as a figure can name


@dataclass(frozen=True)
class Jump:
    """A change of P since the row before, and the fact behind it.

    Attributes
    ----------
    others : int
        How many more facts became public since then.
    """

    row: Replayed
    before: float
    fact: str
    others: int

    @property
    def cause(self) -> str:
        """The fact, and how many more there were."""
        return self.fact + (f" and {self.others} more" if self.others else "")


def find_jumps(
    scenario: Scenario, rows: Sequence[Replayed], horizons: Sequence[int | None], *, draws: int, seed: int
) -> dict[int | None, list[Jump]]:
    """Find the largest jumps of each horizon, in order of time."""
    without: dict[tuple[Day, str], dict[int | None, float | None]] = {}

    def answer_without(row: Replayed, fact: str) -> float | None:
        """Return P as it would have been on that day without the fact; None where that makes no sense."""
        day = Day(0, row.as_of, None)
        if (day, fact) not in without:
            try:
                other = make_sound(find_slot(scenario, f"facts.{fact}").put(scenario.record(), OFF))
            except InputError:  # what came later rests on it, and is no path without
                without[day, fact] = {}
            else:
                found = Replayer(other, horizons, draws=draws, seed=seed, beside=False).answer(day)
                without[day, fact] = {item.horizon: item.p_event.mean if item.p_event else None for item in found}
        return without[day, fact].get(row.horizon)

    def name_cause(row: Replayed, before: float) -> str:
        assert row.p_event is not None
        if len(row.facts_new) == 1:
            return row.facts_new[0]
        p, rise = row.p_event.mean, row.p_event.mean - before
        others = {fact: answer_without(row, fact) for fact in row.facts_new}
        moved = {fact: (p - other) * rise for fact, other in others.items() if other is not None}
        return max(moved, key=lambda fact: moved[fact]) if moved else row.facts_new[-1]

    jumps: dict[int | None, list[Jump]] = {}
    for horizon in horizons:
        chain = [row for row in rows if row.horizon == horizon and row.p_event]
        pairs = [(row, past.p_event.mean) for past, row in itertools.pairwise(chain) if past.p_event]
        pairs = [(row, past) for row, past in pairs if row.facts_new and _change(row, past) >= JUMP_LEAST]
        kept = sorted(sorted(pairs, key=lambda pair: -_change(*pair))[:JUMPS_MOST], key=lambda pair: pair[0].number)
        jumps[horizon] = [Jump(row, past, name_cause(row, past), len(row.facts_new) - 1) for row, past in kept]
    return jumps


def _change(row: Replayed, before: float) -> float:
    assert row.p_event is not None
    return abs(row.p_event.mean - before)
