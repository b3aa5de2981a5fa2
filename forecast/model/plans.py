"""The plans that were known, as intervals of day numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.multistate import Array
from forecast.scenario import PlanEntry, Scenario


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

    @property
    def days(self) -> int:
        """Length of the window after the plan became public."""
        return self.until - self.start


def collect_plans(scenario: Scenario) -> tuple[Plan, ...]:
    """Gather the plans that were known, in order of the day on which they became public."""
    kinds = tuple(scenario.priors.plans)
    plans = []
    for entry in scenario.known_entries():
        if not isinstance(entry, PlanEntry):
            continue
        made = scenario.public_day(entry).toordinal()
        start = max(entry.start.toordinal() - 1, made)  # what has passed unpublished is no longer to come
        until = entry.until.toordinal()
        if start >= until:
            continue
        there = np.array([not entry.places or way.place in entry.places for way in scenario.question.itineraries])
        where = ", ".join(entry.places) or "anywhere"
        label = f"{entry.plan}: {where}, {entry.start} to {entry.until}"
        plans.append(Plan(label, kinds.index(entry.plan), made, start, until, there, entry.alongside))
    return tuple(sorted(plans, key=lambda plan: (plan.made, plan.start, plan.label)))
