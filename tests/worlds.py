"""Worlds drawn from the prior of a question with conditions, silence and plans, and lived through in continuous time.

It says in its own way what docs/model.md says, and shares no code with the likelihood or the kernel: parameters are
drawn from the intervals and counts below, one jump follows another, and what happens within a day is recorded as of
that day. What is recorded is all that a forecast may see. Days are those of `builders`, time 0 is the evening of day 0.

The record must be one of which the likelihood is exact, which needs some care where a stage may lapse unseen. While
talks are stalled, and for `COOLING` days from their first, no new ones may begin: the record says so. A world is looked
at, at the latest, on its last day; but on the day on which a stall has gone on without news for so long as that world
has patience. That day is known from what was public until then, so it tells nothing else. So each unseen lapse falls
into the days since the last public step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from builders import (
    Z95,
    condition,
    entered,
    happened,
    kept,
    lasting,
    make_scenario,
    planned,
    ratio,
    stay,
    way,
)  # fmt: skip

from forecast.scenario.scenario import Scenario

STAGES = ("quiet", "talks", "stalled", "agreed")
SILENT = "stalled"
PLACES = ("here", "there")
STAYS = {"quiet": (40, 200), "talks": (15, 80), "stalled": (30, 150), "agreed": (15, 100)}
ENDS = {
    "quiet": {"talks": 1},
    "talks": {"stalled": 3, "agreed": 5, "event": 1, "quiet": 3},
    "stalled": {"agreed": 3, "event": 2, "quiet": 4},
    "agreed": {"event": 5, "quiet": 4},
}
FACTORS = {"there": (0.4, 4), "sealed": (0.05, 0.6), "cooling": (1e-6, 1e-6)}
KEPT, MEANWHILE = (0.2, 0.95), (0.2, 1.0)
LASTS, RETURNS = (30, 250), (50, 500)
SERIOUS = (1.2, 2)
COOLING = 150
ANNOUNCED = {"talks": 0.4, "stalled": 0.4, "agreed": 0.8}  # how often a plan is made as a stage begins
YEARS = (3, 6)
TRANSITIONS = [(stage, end) for stage, ends in ENDS.items() for end in ends]

Theta = dict[tuple[str, str], float]  # by parameter and label, on the scale of the model


def draw_theta(rng: np.random.Generator) -> Theta:
    """Draw all parameters but the frailties from the prior."""

    def between(interval, scale=math.log):
        lo, hi = map(scale, interval)
        return rng.normal((lo + hi) / 2, (hi - lo) / (2 * Z95))

    theta = {("log_stay", stage): between(STAYS[stage]) for stage in STAGES}
    for stage, end in TRANSITIONS:
        count = ENDS[stage][end]
        theta["end_logit", f"{stage} > {end}"] = math.log(rng.gamma(count))
    theta |= {("log_ratio", name): between(interval) for name, interval in FACTORS.items()}
    theta["kept_logit", "leak"] = between(KEPT, lambda x: math.log(x / (1 - x)))
    theta["log_meanwhile", "leak"] = between(MEANWHILE)
    theta["log_lasts", "sealed"], theta["log_returns", "sealed"] = between(LASTS), between(RETURNS)
    theta["log_sigma", "seriousness"] = between(SERIOUS, lambda x: math.log(math.log(x)))
    return theta


@dataclass
class Plan:
    """A window of days, made public on a day; it counts from the day after."""

    made: int
    first: int
    last: int
    places: tuple[str, ...]


@dataclass
class World:
    """Where a world stands, and what of it is on record; `time` runs in days."""

    theta: Theta
    rng: np.random.Generator
    end: int  # the last day on which it may be looked at
    patience: int  # days of a stall without news, after which it is
    spells: list[tuple[int, int]]  # first and last days on which the condition holds
    time: float = 0.0
    stage: str = "quiet"
    z: float = 0.0
    plan: Plan | None = None
    cooling: list[tuple[int, int]] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    steps: list[tuple[int, str]] = field(default_factory=list)  # day, and stage or place
    frailties: list[float] = field(default_factory=list)  # of the episodes on record
    announces: bool = True  # whether plans and cooling may follow a step
    as_of: int = 0
    outcome: tuple[int, str] | None = None  # the first event after as_of

    def __post_init__(self) -> None:
        theta = self.theta
        sizes = {(i, j): math.exp(theta["end_logit", f"{i} > {j}"]) for i, j in TRANSITIONS}
        total = {stage: sum(sizes[stage, end] for end in ENDS[stage]) for stage in STAGES}
        self.rate = {(i, j): sizes[i, j] / total[i] / math.exp(theta["log_stay", i]) for i, j in TRANSITIONS}
        there = math.exp(theta["log_ratio", "there"])
        self.share = dict(zip(PLACES, (1 / (1 + there), there / (1 + there)), strict=True))
        self.kept = 1 / (1 + math.exp(-theta["kept_logit", "leak"]))
        self.sigma = math.exp(theta["log_sigma", "seriousness"])
        self.as_of = self.as_of or self.end

    # --- what may happen next --------------------------------------------------------------------------------------

    def rates(self) -> dict[str, float]:
        """Return the rate a day of each stage that may follow and of the event at each place."""
        serious = 1.0 if self.stage == "quiet" else math.exp(self.sigma * self.z)
        there = math.exp(self.theta["log_ratio", "sealed"]) if self._within(self.spells) else 1.0
        found = {}
        for end in ENDS[self.stage]:
            rate = self.rate[self.stage, end]
            if end == "event":
                pending = self.plan is not None and self.plan.made <= self.time < self.plan.first - 1
                rate *= serious * (math.exp(self.theta["log_meanwhile", "leak"]) if pending else 1.0)
                for place, share in self.share.items():
                    found[place] = rate * share * (there if place == "there" else 1.0)
            elif STAGES.index(end) > STAGES.index(self.stage):
                is_cooling = end == "talks" and self._within(self.cooling)
                found[end] = rate * serious * (math.exp(self.theta["log_ratio", "cooling"]) if is_cooling else 1.0)
            else:
                found[end] = rate / serious
        if self.plan is not None and self.stage != "quiet" and self.plan.first - 1 <= self.time < self.plan.last:
            length, gone = self.plan.last - self.plan.first + 1, math.floor(self.time) - (self.plan.first - 1)
            hazard = math.log((1 - self.kept * gone / length) / (1 - self.kept * (gone + 1) / length))
            among = sum(self.share[place] for place in self.plan.places)
            was_known = self._within([spell for spell in self.spells if spell[0] <= self.plan.made])
            for place in self.plan.places:
                ratio = there if place == "there" and not was_known else 1.0
                found[place] = found.get(place, 0.0) + hazard * ratio * self.share[place] / among
        return found

    def _within(self, spans: list[tuple[int, int]]) -> bool:
        return any(first - 1 <= self.time < last for first, last in spans)

    def _next_change(self, until: float) -> float:
        """Return when the rates may change though nothing happens."""
        days = [until]
        for first, last in [*self.spells, *self.cooling]:
            days += [first - 1, last]
        if plan := self.plan:
            days += [plan.made, plan.first - 1, plan.last]
            if plan.first - 1 <= self.time < plan.last:
                days.append(math.floor(self.time) + 1)
        return min(day for day in days if day > self.time)

    def live(self, until: int) -> World:
        """Go on until an evening, or until the first event after `as_of`; return itself."""
        while self.time < until and self.outcome is None:
            rates, change = self.rates(), self._next_change(until)
            wait = self.rng.exponential(1 / sum(rates.values()))
            if self.time + wait >= change:
                self.time = change
                continue
            self.time += wait
            names = list(rates)
            total = np.cumsum(list(rates.values()))
            self._enter(names[int(np.searchsorted(total, self.rng.random() * total[-1]))])
        return self

    def _enter(self, name: str) -> None:
        """Step into a stage, or back to rest after the event at a place; say so unless it is unseen."""
        day, before = math.ceil(self.time), self.stage
        is_event = name in PLACES
        self.stage = "quiet" if is_event else name
        if before == "quiet":
            self.z = self.rng.standard_normal()
        if self.stage == "quiet":
            self.plan = None
        if before == SILENT and name == "quiet":
            return
        if day > self.as_of:
            if is_event:
                self.outcome = (day, name)
            return
        self.steps.append((day, name))
        if before == "quiet":
            self.frailties.append(self.z)
        self.as_of = min(self.end, day + self.patience) if self.stage == SILENT else self.end
        if not self.announces:
            return
        if self.stage == SILENT:
            self.cooling.append((day, day + COOLING - 1))
        if self.rng.random() < ANNOUNCED.get(self.stage, 0):
            first = day + int(self.rng.integers(1, 20))
            places = (PLACES[:1], PLACES[1:], PLACES)[self.rng.integers(3)]
            self.plan = Plan(day, first, first + int(self.rng.integers(4)), places)
            self.plans.append(self.plan)

    # --- what is on record -----------------------------------------------------------------------------------------

    def entries(self) -> list[Any]:
        """Return what was public by `as_of`."""
        return list(write_record(self.steps, self.spells, self.cooling, self.plans, self.as_of))

    def scenario(self, until: int) -> Scenario:
        """Ask for an event from the day after `as_of` until a day, from what was public."""
        return ask(self.entries(), self.as_of, until)


def write_record(
    steps: list[tuple[int, str]],
    spells: list[tuple[int, int]],
    cooling: list[tuple[int, int]],
    plans: list[Plan],
    as_of: int,
) -> Iterator[Any]:
    """Yield the entries of a timeline; of the condition, what was public by `as_of`."""
    yield condition("sealed", 0, 0, places=["there"])  # a covariate that no entry names has no place among priors
    yield condition("cooling", 0, 0, on="talks")
    for day, name in steps:
        yield happened(day, name) if name in PLACES else entered(day, name)
    for first, last in spells:
        if first <= as_of:
            yield condition("sealed", first, None, public=first, places=["there"])
        if last <= as_of:
            yield condition("sealed", None, last, public=last, places=["there"])
    for first, last in cooling:
        yield condition("cooling", first, last, public=first, on="talks")
    for plan in plans:
        yield planned("leak", plan.first, plan.last, public=plan.made, places=plan.places)


def ask(entries: list[Any], as_of: int, until: int, *, lasts=LASTS, returns=RETURNS) -> Scenario:
    """Ask the question of all worlds from a record."""
    scenario = make_scenario(
        {name: stay(*STAYS[name], **ENDS[name]) for name in STAGES},
        ways=[way("here"), way("there")],
        ratios={name: ratio(*interval) for name, interval in FACTORS.items()},
        plans={"leak": kept(*KEPT, MEANWHILE)},
        conditions={"sealed": lasting(*lasts, returns)},
        seriousness=ratio(*SERIOUS),
        timeline=entries,
        as_of=as_of,
        until=until,
    )
    return replace(scenario, question=replace(scenario.question, silent=(SILENT,)))


def draw_spells(theta: Theta, rng: np.random.Generator, first: int, until: int) -> list[tuple[int, int]]:
    """Draw the spells of the condition from a first day on, by whole days."""
    found = []
    while first <= until:
        last = first - 1 + math.ceil(rng.exponential(math.exp(theta["log_lasts", "sealed"])))
        found.append((first, last))
        first = last + 1 + math.ceil(rng.exponential(math.exp(theta["log_returns", "sealed"])))
    return found


def draw_world(seed: int, ahead: int, prior: Callable[[np.random.Generator], Theta] = draw_theta) -> World:
    """Draw a world and live it until so many days after it is looked at."""
    rng = np.random.default_rng([seed, 2026])
    theta = prior(rng)
    end = int(rng.integers(365 * YEARS[0], 365 * YEARS[1]))
    spells = draw_spells(theta, rng, int(rng.integers(1, 1000)), end + ahead)
    world = World(theta, rng, end, int(rng.integers(10, COOLING)), spells).live(end)
    while world.time < world.as_of + ahead and world.outcome is None:
        world.live(world.as_of + ahead)
    return world
