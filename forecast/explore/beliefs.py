"""What belief makes of P: each quantity at its ends, and the way from a constant rate, group by group.

The way begins at the base rate and ends at P. The first step is the stages alone: ratios at 1, plans that are never
kept and slow nothing down, episodes all alike. What each of those three adds then is its Shapley value, so that their
order does not matter and the parts sum to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from forecast.answer import constant_rate
from forecast.errors import FitError, InputError
from forecast.explore.evaluate import Evaluator, share_draws
from forecast.explore.level import Level, steady
from forecast.explore.sensitivity import Swing, find_swings, settle_quantities
from forecast.explore.shapley import share_out
from forecast.inference import stream
from forecast.model import build_priors, build_timeline
from forecast.scenario import Interval, Prior, RatioBelief, Scenario, make_sound

STAGES = "stages"
NEVER_KEPT = 1e-9  # of a plan
ALIKE = 1.0001  # times as fast, by one standard deviation; 1 has no logarithm of a logarithm


@dataclass(frozen=True)
class Beliefs:
    """What belief makes of P.

    Attributes
    ----------
    swings : tuple of Swing
        As in `forecast sensitivity`, the largest first.
    base_rate : float or None
        P from a constant rate, where the way begins; None where the record is too short for one.
    groups : dict of str to float
        By how much each group takes P on from there; empty where there is no base rate, or a step has no answer.
    """

    swings: tuple[Swing, ...]
    base_rate: float | None
    groups: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"swings": [asdict(swing) for swing in self.swings]}


def weigh_beliefs(scenario: Scenario, level: Level, *, draws: int, seed: int = 1) -> Beliefs:
    """Find what the priors make of P, of which `level` is the forecast's own number."""
    settled, slots = settle_quantities(scenario)
    _, swings = find_swings(settled, slots, Evaluator(settled, draws=draws, seed=seed, level=level))
    base = constant_rate(scenario.known())
    groups: dict[str, float] = {}
    if base is not None:
        evaluator = Evaluator(scenario, draws=draws, seed=seed, level=level)
        names = [name for name, has in _GROUPS.items() if has(scenario)]

        def value(some: frozenset[str]) -> float:
            return _find_p(evaluator, scenario, [name for name in names if name not in some])

        try:
            shares = share_out(names, value, stream(seed, "orders"))
            groups = {STAGES: value(frozenset()) - base} | dict(zip(names, shares.values, strict=True))
        except (FitError, InputError):
            groups = {}
    return Beliefs(tuple(swings), base, groups)


def _find_p(evaluator: Evaluator, scenario: Scenario, gone: Sequence[str]) -> float:
    record = scenario.record()
    for name in gone:
        record = replace(record, priors=_NEUTRAL[name](record.priors))
    known = make_sound(record).known()
    timeline = build_timeline(known)
    assert evaluator.common is not None
    drawn = evaluator.common.draw(timeline, build_priors(known, timeline))
    if drawn.failure:
        raise FitError(drawn.failure)
    places, _ = steady(share_draws(timeline, drawn, evaluator.seed), evaluator.base, evaluator.level)
    return float(places.sum())


def _even_ratios(priors: Any) -> Any:
    def even(prior: Prior[RatioBelief]) -> Prior[RatioBelief]:
        return replace(prior, belief=replace(prior.belief, factor=Interval(1, 1)), otherwise=None)

    return replace(priors, hazard_ratios={name: even(prior) for name, prior in priors.hazard_ratios.items()})


def _forget_plans(priors: Any) -> Any:
    def forget(prior: Any) -> Any:
        belief = replace(prior.belief, kept=Interval(NEVER_KEPT, NEVER_KEPT), meanwhile=Interval(1, 1), late=None)
        return replace(prior, belief=belief, otherwise=None)

    return replace(priors, plans={name: forget(prior) for name, prior in priors.plans.items()})


def _make_alike(priors: Any) -> Any:
    prior = priors.seriousness
    belief = replace(prior.belief, factor=Interval(ALIKE, ALIKE))
    return replace(priors, seriousness=replace(prior, belief=belief, otherwise=None))


_NEUTRAL: dict[str, Callable[[Any], Any]] = {
    "ratios": _even_ratios,
    "plans": _forget_plans,
    "seriousness": _make_alike,
}
_GROUPS: dict[str, Callable[[Scenario], bool]] = {
    "ratios": lambda scenario: bool(scenario.priors.hazard_ratios),
    "plans": lambda scenario: bool(scenario.priors.plans),
    "seriousness": lambda scenario: scenario.priors.seriousness is not None,
}
