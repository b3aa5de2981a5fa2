"""Beliefs in an analyst's terms, and the priors of a scenario: each with the facts and the reasoning behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.ends import ENDS
from forecast.scenario.fields import Named, Record, inline, key, record
from forecast.scenario.kinds import BECAUSE, TEXT, Leaf, interval, mean_of
from forecast.scenario.limits import (
    LEAST_SHAPE,
    MOST_SERIOUS,
    MOST_SHAPE,
    NEAR_NOTHING,
    PRIORS_MOST,
)
from forecast.scenario.nodes import Node, Scalar
from forecast.scenario.reader import NUMBER, UNENDING, Interval, Reader
from forecast.scenario.stays import MEAN_DAYS, STAY, Stay


def _read_per(reader: Reader, node: Node, key: KeyPath) -> tuple[float, str]:
    """Read a number and its unit."""
    number, _, unit = reader.text(node, key).partition(" ")
    if NUMBER.fullmatch(number):
        return reader.number(Scalar(node.mark, number, plain=True), key), unit
    if number:
        reader.expect(node, key, "a number and its unit, such as 1 day")
    return 1.0, ""


def _write_per(per: tuple[float, str]) -> str:
    return "" if per == (1, "") else f"{per[0]!r} {per[1]}".strip()


_PER = {
    "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": f"^{NUMBER.pattern}( .+)?$"}]
}
PER = Leaf("number and unit, such as `1 day`", _read_per, _PER, (1.0, ""), _write_per)


@record
class StageBelief:
    """How long a typical stay lasts (days) and how such stays end, as counts of ten or so."""

    stay: Stay = key("stay", STAY, "how long stays last: their mean, or nine in ten single ones", unit="days")
    ends: Mapping[str, float] = key(
        "ends", ENDS, "how such stays end, as if ten or so had been seen", filled="`{event: 1}` of a single stage"
    )
    shape: Interval | None = key(
        "shape",
        interval(least=LEAST_SHAPE, most=MOST_SHAPE),
        "how stays age, as the shape of a Weibull: above 1 one that has lasted long ends sooner; 1 unless given",
        default=None,
    )

    never: Interval | None = key(
        "never",
        interval(below=1, least=NEAR_NOTHING),
        "the share of stays from which the event cannot come, though nobody sees that; none unless given",
        default=None,
    )

    @property
    def ages(self) -> bool:
        """Tell whether the days that a stay has lasted tell of those to come."""
        return self.stay.is_single or self.shape not in (None, Interval(1, 1))


@record
class NeverBelief:
    """The share of episodes in which the event can never come, though nobody sees that."""

    share: Interval = key(
        "share", interval(below=1, least=NEAR_NOTHING), "the share of episodes that cannot end in the event at all"
    )


@record
class RatioBelief:
    """A factor on a rate, for each `per` units of an attribute or while a covariate is on."""

    factor: Interval = key("factor", interval(), "what it multiplies a rate by")
    per: float = key(
        "per", PER, "for how many units it is; 1 unless given", absent=(1.0, ""), fields=("per", "unit"), default=1.0
    )
    unit: str = ""


@record
class PlanBelief:
    """The chance that a kind of plan is kept as dated, and the factor on ordinary event rates until then.

    `late` is None where a plan that was not kept is over: what comes later is no part of it.
    """

    kept: Interval = key(
        "kept",
        interval(below=1, least=NEAR_NOTHING),
        "the chance that such a plan is kept as dated, if the episode is alive by then",
    )
    meanwhile: Interval = key(
        "meanwhile",
        interval(),
        "a factor on the event's ordinary rate from when it is public until its first day opens",
    )
    late: Interval | None = key(
        "late",
        MEAN_DAYS,
        "how many days late it is on average where its days pass without the event; over with them unless given",
        unit="days",
        default=None,
    )


FOR_GOOD, NEVER = "for good", "never"


@record
class ConditionBelief:
    """How long a condition lasts that an entry leaves open, and after how long it comes back (means, days).

    `returns` is None where it is not said, because the condition lasts for good.
    """

    lasts: Interval = key(
        "lasts", mean_of(MEAN_DAYS, FOR_GOOD), "how long such a condition lasts on average", unit="days"
    )
    returns: Interval | None = key(
        "returns",
        mean_of(MEAN_DAYS, NEVER),
        "how long such a condition stays away on average; needed unless it lasts for good",
        unit="days",
        default=None,
    )

    @property
    def is_for_good(self) -> bool:
        """Tell whether no end is thought of."""
        return self.lasts == UNENDING

    @property
    def may_return(self) -> bool:
        """Tell whether it may come back once it is over."""
        return self.returns not in (None, UNENDING)


@record
class Prior[Belief]:
    """A belief with the facts and the line of reasoning behind it.

    `otherwise` is the belief of somebody to whom none of those facts was public yet.
    """

    belief: Belief
    because: tuple[str, ...] = key("because", BECAUSE, "the facts that it rests on")
    reason: str = key("reason", TEXT, "a line of reasoning", filled="the sentence under `because`")
    otherwise: Belief | None = None


class _PriorRecord(Record):
    """A prior of one kind of belief; what it is otherwise believed has the units of the belief itself."""

    def __init__(self, words: str, belief: Record) -> None:
        own = {item.fields[0]: field(metadata={"key": item}) for item in belief.keys}
        other = Record(belief.of, f"{words} before its facts", without=("per",), **own)
        before = key("otherwise", other, "the same, as long as none of its facts is public", absent=None, varies=False)
        super().__init__(Prior, words, belief=inline(belief), otherwise=before)

    def read(self, reader: Reader, node: Node, key: KeyPath, **given: Any) -> Prior:
        """Read a prior."""
        prior = super().read(reader, node, key, **given)
        if not isinstance(prior.otherwise, RatioBelief):
            return prior
        return replace(prior, otherwise=replace(prior.otherwise, per=prior.belief.per, unit=prior.belief.unit))


_FASTER = key(
    "factor",
    interval(above=1, most=MOST_SERIOUS),
    "how many times as fast an episode one standard deviation more serious goes on",
)
_STAGES = Named("stage", _PriorRecord("prior of a stage", Record(StageBelief)), PRIORS_MOST)
_RATIO = _PriorRecord("prior of a hazard ratio", Record(RatioBelief))
_RATIOS = Named("attribute, covariate or place", _RATIO, PRIORS_MOST)
_PLANS = Named("kind of plan", _PriorRecord("prior of a plan", Record(PlanBelief)), PRIORS_MOST)
_CONDITIONS = Named("condition", _PriorRecord("prior of a condition", Record(ConditionBelief)), PRIORS_MOST)
_NEVER = _PriorRecord("prior of never", Record(NeverBelief))
_SERIOUSNESS = _PriorRecord("prior of seriousness", Record(RatioBelief, without=("per",), factor=_FASTER))

GROUPS = ("stages", "hazard_ratios", "plans", "conditions")  # of priors by name
LONE = ("seriousness", "never")  # priors that stand alone


@record
class Priors:
    """Every prior of a scenario, by the name of what it is about."""

    stages: Mapping[str, Prior[StageBelief]] = key("stages", _STAGES, "one for every stage")
    hazard_ratios: Mapping[str, Prior[RatioBelief]] = key(
        "hazard_ratios", _RATIOS, "factors on rates, one for each that is used", default_factory=dict
    )
    plans: Mapping[str, Prior[PlanBelief]] = key(
        "plans", _PLANS, "how far plans are to be trusted, one for each kind", default_factory=dict
    )
    conditions: Mapping[str, Prior[ConditionBelief]] = key(
        "conditions",
        _CONDITIONS,
        "how long conditions last, one for each that an entry leaves open",
        default_factory=dict,
    )
    seriousness: Prior[RatioBelief] | None = key(
        "seriousness",
        _SERIOUSNESS,
        "how episodes differ, where there are two stages or more; alike unless given",
        default=None,
    )

    never: Prior[NeverBelief] | None = key(
        "never", _NEVER, "how many episodes can never end in the event; none unless given", default=None
    )

    def items(self) -> Iterator[tuple[KeyPath, Prior]]:
        """Yield each prior with its key path."""
        for group in GROUPS:
            for name, prior in getattr(self, group).items():
                yield ("priors", group, name), prior
        for name in LONE:
            if (prior := getattr(self, name)) is not None:
                yield ("priors", name), prior

    def without_otherwise(self) -> Priors:
        """Return them as they are believed from the first day on, whether or not their facts were public."""
        return self.change(lambda _, prior: replace(prior, otherwise=None))

    def change(self, change: Callable[[KeyPath, Prior], Prior]) -> Priors:
        """Return them with each changed by its key path and itself."""
        changed = {key: change(key, prior) for key, prior in self.items()}
        groups: dict[str, Any] = {
            group: {name: changed["priors", group, name] for name in getattr(self, group)} for group in GROUPS
        }
        return Priors(**groups | {name: changed.get(("priors", name)) for name in LONE})


PRIORS = Record(Priors, "priors")


@dataclass(frozen=True)
class Assumed:
    """What `assume` says: parts of priors, laid over others by `forecast.scenario.assume`."""

    words: str = "mapping like `priors`, with a `reason` for each"
    stand_in: None = None

    def read(self, reader: Reader, node: Node, key: KeyPath) -> None:
        """Read nothing; it is laid over the priors as nodes."""

    def plain(self, value: Priors) -> None:
        """Write nothing; it hangs on the priors that it is laid over."""


@dataclass(frozen=True)
class NewPriors(Assumed):
    """What `add` says of priors: those of what is new, laid beside the others by `forecast.scenario.additions`."""

    words: str = "mapping like `priors`"


ASSUMED, NEW_PRIORS = Assumed(), NewPriors()
_BELIEFS = {of: Record(of) for of in (StageBelief, RatioBelief, PlanBelief, ConditionBelief, NeverBelief)}


def plain_belief(belief: Any) -> dict[str, Any]:
    """Write a belief as it stands in a file."""
    return _BELIEFS[type(belief)].plain(belief)
