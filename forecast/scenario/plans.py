"""Plans that were known, with the days on which each may bring the event: one rule, for the checks and for the model.

Day d is the interval (d - 1, d], and days are numbers (`datetime.date.toordinal`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Protocol

from forecast.scenario.entries import EventEntry, PlanEntry, step_day
from forecast.scenario.known import Known


class Made(Protocol):
    """What of a plan decides how long it holds: when it was made, and whether it leaves earlier ones as they are."""

    @property
    def made(self) -> int: ...  # noqa: D102
    @property
    def alongside(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class DatedPlan:
    """A plan with its window as the interval (start, until] of day numbers, from the day on which it was made."""

    entry: PlanEntry
    made: int
    start: int
    until: int
    may_be_late: bool

    @property
    def alongside(self) -> bool:
        """Whether it voids no earlier plan."""
        return self.entry.alongside

    def covers(self, place: str) -> bool:
        """Tell whether it names a place, or none at all."""
        return not self.entry.places or place in self.entry.places

    def may_come(self, day: int) -> bool:
        """Tell whether the event may come of it on a day, as far as the plan's own days go."""
        return self.start < day and (day <= self.until or self.may_be_late)


def find_plans(known: Known) -> tuple[DatedPlan, ...]:
    """Find the plans that were known, in the order of the file; not those that were over when they became public."""
    plans = []
    for _, entry, public in known.plans:
        made, until = public.toordinal(), entry.until.toordinal()
        start = max(entry.start.toordinal() - 1, made)  # what has passed unpublished is no longer to come
        prior = known.priors.plans.get(entry.plan)
        if start < until and prior is not None:
            plans.append(DatedPlan(entry, made, start, until, prior.belief.late is not None))
    return tuple(plans)


def find_voids(known: Known) -> list[int]:
    """List the days that void all plans made up to them: of events, of lapses, and the last of days without record."""
    return [hole.until.toordinal() for hole in known.holes] + [
        step_day(entry).toordinal()
        for _, entry, _ in known.steps
        if isinstance(entry, EventEntry) or entry.stage == known.question.resting
    ]


def find_end_of_force(plan: Made, *, voids: Iterable[int], plans: Iterable[Made]) -> float:
    """Return the first day after which a plan is void by a lapse, an event or a newer plan; infinity if there is none.

    It holds after the days from the one on which it was made up to the one before.
    """
    newer = (other.made for other in plans if other.made > plan.made and not other.alongside)
    return min((*(void for void in voids if void >= plan.made), *newer), default=inf)


def is_in_force(plan: Made, day: int, *, voids: Iterable[int], plans: Iterable[Made]) -> bool:
    """Tell whether a plan holds after a day: made, and void by no lapse, event or newer plan."""
    return plan.made <= day < find_end_of_force(plan, voids=voids, plans=plans)


def may_be_planned(known: Known, event: EventEntry, since: int) -> bool:
    """Tell whether a plan may have brought an event about, on each day on which it may have been.

    It may on a day that a stage which is not the resting one, held since the end of day `since`, has for itself, where
    a plan that covers the place is in force and its days are open. On the day of the stage's own beginning the event
    itself has ended what was planned.
    """
    plans, voids = find_plans(known), find_voids(known)
    there = [plan for plan in plans if plan.covers(known.question.ways[event.itinerary].place)]
    first, last = (event.earliest or event.day).toordinal(), event.day.toordinal()
    return since < first and all(
        any(plan.may_come(day) and is_in_force(plan, day - 1, voids=voids, plans=plans) for plan in there)
        for day in range(first, last + 1)
    )
