"""The plans that were known, as intervals of day numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate import Array
from forecast.scenario import Known, find_plans


@dataclass(frozen=True, eq=False)
class Plan:
    """A dated claim that was known: its window as the interval (start, until] of day numbers."""

    label: str
    kind: int
    made: int
    start: int
    until: int
    itineraries: Array  # (itineraries,) of bool
    alongside: bool
    may_be_late: bool = False

    @property
    def days(self) -> int:
        """Length of the window after the plan became public."""
        return self.until - self.start


def collect_plans(known: Known) -> tuple[Plan, ...]:
    """Gather the plans that were known, in order of the day on which they became public."""
    kinds = tuple(known.priors.plans)
    plans = []
    for plan in find_plans(known):
        entry = plan.entry
        there = np.array([plan.covers(way.place) for way in known.question.itineraries])
        where = ", ".join(entry.places) or "anywhere"
        label = f"{entry.plan}: {where}, {entry.start} to {entry.until}"
        kind = kinds.index(entry.plan)
        plans.append(Plan(label, kind, plan.made, plan.start, plan.until, there, plan.alongside, plan.may_be_late))
    return tuple(sorted(plans, key=lambda plan: (plan.made, plan.start, plan.label)))
