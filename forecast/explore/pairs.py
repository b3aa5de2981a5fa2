"""A conditional pair: P if a stage is entered by a day, P if it is not, how likely that is, and P whichever it is.

Receives the answer to a scenario in which that is given, and no more. Hands on the four, once they add up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from forecast.answer import Ahead, Result, carry_ahead, chance_to_enter
from forecast.errors import FitError
from forecast.inference import stream
from forecast.model import build_timeline
from forecast.scenario import Evidence, Reach, Scenario

GAP_MOST = 1e-6  # what is rounded in a long sum


@dataclass(frozen=True)
class Pair:
    """The four numbers of a conditional pair, A being that a stage is entered by a day.

    Attributes
    ----------
    says : str
        What A is.
    chance : float
        P of A.
    p : float
        P of a yes, whether A or not.
    p_if, p_if_not : float or None
        P of a yes given A, and given not A; None where that cannot be.
    """

    says: str
    chance: float
    p: float
    p_if: float | None
    p_if_not: float | None

    @property
    def sum(self) -> float:
        """P of a yes, put together from the other three."""
        return self.chance * (self.p_if or 0.0) + (1 - self.chance) * (self.p_if_not or 0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        numbers = {name: getattr(self, name) for name in ("chance", "p", "p_if", "p_if_not", "sum")}
        return {"given": self.says, **numbers}


def find_pair(result: Result) -> Pair | None:
    """Return the pair of an answer; None where it does not suppose one stage by a day, and that alone.

    Raises
    ------
    FitError
        If the four do not add up.
    """
    scenario, learned = result.scenario, result.scenario.evidence
    if len(learned.reaches) != 1 or learned.last_day is not None:
        return None
    ((name, reach),) = learned.reaches.items()
    seed = result.fit.diagnostics["seed"]

    def carry(steps: dict[str, Reach]) -> Ahead:
        timeline = build_timeline(_supposing(scenario, steps).known())
        return carry_ahead(timeline, result.fit.draws, stream(seed, "ahead"), agreement=0)

    every, entered, not_entered = (
        carry(steps) for steps in ({}, {name: replace(reach, happens=True)}, {name: replace(reach, happens=False)})
    )
    timeline = build_timeline(_supposing(scenario, {name: replace(reach, happens=True)}).known())
    if scenario.question.asks.reached:  # where that walk would go on beyond the answer
        chance = entered.weight.sum() / every.weight.sum()
    else:
        chance = chance_to_enter(timeline, result.fit.draws, stream(seed, "ahead")).sum() / every.weight.sum()
    p = float(every.total.sum() / every.weight.sum())
    pair = Pair(f"{name} is entered by {reach.by}", float(chance), p, _mean(entered), _mean(not_entered))
    if abs(pair.sum - pair.p) > GAP_MOST:
        message = (
            f"P given {pair.says}, and given not, come to {pair.sum:.6f} together, and P to {pair.p:.6f}: "
            "a fault of the program, please report it with the scenario"
        )
        raise FitError(message)
    return pair


def _supposing(scenario: Scenario, steps: dict[str, Reach]) -> Scenario:
    return replace(scenario, evidence=Evidence(steps=steps))


def _mean(ahead: Ahead) -> float | None:
    total = float(ahead.weight.sum())
    return float(ahead.total.sum()) / total if total > 0 else None
