"""Beliefs in an analyst's terms, and the priors of a scenario: each with the facts and the reasoning behind it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from forecast.errors import KeyPath
from forecast.scenario.facts import Fact, any_public


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# The scale on which each quantity's prior is normal, and the way back.
SCALES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "stay": (math.log, math.exp),
    "factor": (math.log, math.exp),
    "meanwhile": (math.log, math.exp),
    "kept": (_logit, _expit),
    "seriousness": (lambda x: math.log(math.log(x)), lambda y: math.exp(math.exp(y))),
}


@dataclass(frozen=True)
class Interval:
    """A 90% interval: one chance in twenty below `lo`, one in twenty above `hi`."""

    lo: float
    hi: float


@dataclass(frozen=True)
class StageBelief:
    """How long a typical stay lasts (mean, days) and how such stays end, as counts of ten or so."""

    stay: Interval
    ends: Mapping[str, float]


@dataclass(frozen=True)
class RatioBelief:
    """A factor on a rate, for each `per` units of an attribute or while a covariate is on."""

    factor: Interval
    per: float = 1.0
    unit: str = ""


@dataclass(frozen=True)
class PlanBelief:
    """The chance that a kind of plan is kept as dated, and the factor on ordinary event rates until then."""

    kept: Interval
    meanwhile: Interval


@dataclass(frozen=True)
class Prior[Belief]:
    """A belief with the facts and the line of reasoning behind it.

    `otherwise` is the belief of somebody to whom none of those facts was public yet.
    """

    belief: Belief
    because: tuple[str, ...]
    reason: str
    otherwise: Belief | None = None

    def in_force(self, facts: Mapping[str, Fact], day: datetime.date) -> tuple[Belief, bool]:
        """Return the belief that applies on `day` and whether it is hindsight."""
        if any_public(facts, self.because, day):
            return self.belief, False
        return (self.belief, True) if self.otherwise is None else (self.otherwise, False)


@dataclass(frozen=True)
class Priors:
    """Every prior of a scenario, by the name of what it is about."""

    stages: Mapping[str, Prior[StageBelief]]
    hazard_ratios: Mapping[str, Prior[RatioBelief]] = field(default_factory=dict)
    plans: Mapping[str, Prior[PlanBelief]] = field(default_factory=dict)
    seriousness: Prior[RatioBelief] | None = None

    def items(self) -> Iterator[tuple[KeyPath, Prior]]:
        """Yield each prior with its key path."""
        for group in ("stages", "hazard_ratios", "plans"):
            for name, prior in getattr(self, group).items():
                yield ("priors", group, name), prior
        if self.seriousness is not None:
            yield ("priors", "seriousness"), self.seriousness
