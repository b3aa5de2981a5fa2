"""Which article moved P: P without each of them, and Shapley values over all that may be left out together.

Each coalition of sources has a posterior of its own, by the quick engine with the same noise, and its level is put
right as that of a sweep's rows is, so that all sources together have the forecast's own P. How a timeline is mended
that a coalition leaves in pieces is told in `forecast.scenario.omissions`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from forecast.errors import InputError, Problem, list_some
from forecast.explore.answers import Answers
from forecast.explore.evaluate import share_draws
from forecast.explore.level import Level, steady
from forecast.explore.shapley import share_out
from forecast.inference import CommonDraws, Settings, WeightedDraws, stream
from forecast.model import Timeline, build_priors, build_timeline
from forecast.scenario import Omission, Scenario, leave_out_sources, list_sources


@dataclass(frozen=True)
class SourceShare:
    """What one source makes of P.

    Attributes
    ----------
    source, publisher, date : str
        Its id, who published it, and when; the latter two empty where the scenario does not say.
    facts : int
        How many facts that the forecast rests on it states.
    p_without : float
        P without it.
    left_out : float
        P less that.
    shapley : float
        What it adds, averaged over all orders in which sources may come.
    mcse : float
        Its error from sampling orders; 0 where all were taken.
    repairs : tuple of str
        What had to be mended without it.
    """

    source: str
    publisher: str
    date: str
    facts: int
    p_without: float
    left_out: float
    shapley: float
    mcse: float
    repairs: tuple[str, ...]


@dataclass(frozen=True)
class Coalition:
    """P with some of the sources, and what had to be mended without the others."""

    sources: tuple[str, ...]
    p: float
    repairs: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """What the sources make of P, the largest Shapley value first.

    Attributes
    ----------
    p, p_none : float
        P with all of them, and with none.
    coalitions, repaired : int
        How many coalitions were valued, and how many of them had to be mended.
    is_sampled : bool
    valued : tuple of Coalition
        All that were valued.
    """

    p: float
    p_none: float
    rows: tuple[SourceShare, ...]
    coalitions: int
    repaired: int
    is_sampled: bool
    valued: tuple[Coalition, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def weigh_sources(
    scenario: Scenario,
    level: Level,
    *,
    draws: int,
    seed: int = 1,
) -> Sources:
    """Share P out among the sources of a scenario.

    Parameters
    ----------
    level : Level
        P of the scenario as a run has it.
    draws : int
        How many draws each P is the mean of.
    """
    names = list_sources(scenario)
    values = _Values(scenario, level, names, draws=draws, seed=seed)
    shares = share_out(names, values, stream(seed, "orders"))
    everything = frozenset(names)
    p, p_none = values.recall(everything), values.recall(frozenset())
    rows = []
    for name, share, error in zip(names, shares.values, shares.errors, strict=True):
        without = values.recall(everything - {name})
        source = scenario.sources.get(name)
        rows.append(
            SourceShare(
                source=name,
                publisher="" if source is None else source.publisher,
                date="" if source is None else source.date.isoformat(),
                facts=sum(name in (scenario.facts[fact].source, *scenario.facts[fact].also) for fact in values.cited),
                p_without=without,
                left_out=p - without,
                shapley=share,
                mcse=error,
                repairs=values.repairs[everything - {name}],
            )
        )
    rows.sort(key=lambda row: (-abs(row.shapley), row.source))
    mended = sum(bool(repairs) for repairs in values.repairs.values())
    valued = tuple(
        Coalition(tuple(name for name in names if name in some), found, values.repairs[some])
        for some, found in values.memory.items()
    )
    return Sources(p, p_none, tuple(rows), len(valued), mended, any(shares.errors), valued)


class _Values:
    """P by the sources that are left."""

    def __init__(
        self,
        scenario: Scenario,
        level: Level,
        names: list[str],
        *,
        draws: int,
        seed: int,
    ) -> None:
        self.scenario, self.level, self.names, self.seed = scenario, level, frozenset(names), seed
        known = scenario.known()
        self.cited = known.cited & known.public
        timeline = build_timeline(known)
        self.common = CommonDraws(timeline, build_priors(known, timeline), draws=draws, seed=seed)
        self.draws, drawn = draws, self._draw(scenario)[1]
        self.base = None if drawn.failure else share_draws(timeline, drawn, seed)
        self.memory: dict[frozenset[str], float] = {}
        self.repairs: dict[frozenset[str], tuple[str, ...]] = {}

    def __call__(self, some: frozenset[str]) -> float:
        return self.recall(some)

    def recall(self, some: frozenset[str]) -> float:
        """Return P with some sources; what was asked before is remembered."""
        if some not in self.memory:
            left = self._leave_out(self.names - some)
            self.memory[some] = float(np.mean([self._find_p(scenario) for scenario in left.scenarios]))
            self.repairs[some] = left.repairs
        return self.memory[some]

    def _leave_out(self, gone: frozenset[str]) -> Omission:
        try:
            return leave_out_sources(self.scenario, gone)
        except InputError as error:
            why = "; ".join(problem.message for problem in error.problems)
            message = f"without {list_some(sorted(gone))}, what is left is no timeline, and cannot be mended: {why}"
            raise InputError([Problem(("sources",), f"{message}. Ask for the other views, with --by")]) from error

    def _find_p(self, scenario: Scenario) -> float:
        timeline, drawn = self._draw(scenario)
        if drawn.failure:  # more of them, which are others than those of the scenario as it is
            return Answers(scenario, Settings(draws=self.draws, chains=1, seed=self.seed)).on(scenario.as_of).mean
        places, _ = steady(share_draws(timeline, drawn, self.seed), self.base, self.level)
        return float(places.sum())

    def _draw(self, scenario: Scenario) -> tuple[Timeline, WeightedDraws]:
        known = scenario.known()
        timeline = build_timeline(known)
        return timeline, self.common.draw(timeline, build_priors(known, timeline))
