"""Each prior in words, what the priors imply together, and the posterior beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from forecast.errors import KeyPath, format_key
from forecast.report.lines import pad, plain_number, wrap
from forecast.scenario import (
    EVENT,
    Chance,
    ConditionBelief,
    Counted,
    Interval,
    NeverBelief,
    Past,
    PlanBelief,
    Prior,
    RatioBelief,
    Scenario,
    Split,
    StageBelief,
)

Spread = tuple[float, float, float]  # 5%, 50% and 95% points
Quantities = Mapping[str, Mapping[str, Spread]]  # by quantity and label
SAID = 5  # digits of a number that somebody said, at most
_HEIGHTS = " ▁▂▃▄▅▆▇█"


class Sketch(NamedTuple):
    """A density in a few equal parts between two values, of the prior and, where there is one, of the posterior."""

    lo: float
    hi: float
    prior: tuple[float, ...]
    posterior: tuple[float, ...] = ()


# What a prior of each group is about, by the name of the quantity.
QUANTITIES = {
    "stages": ("stay", "shape", "end_share", "never"),
    "hazard_ratios": ("hazard_ratio",),
    "plans": ("kept", "meanwhile", "late"),
    "conditions": ("lasts", "returns"),
    "seriousness": ("seriousness",),
    "never": ("never",),
}


def render_priors(
    scenario: Scenario,
    *,
    before: Quantities,
    after: Quantities,
    implied: Mapping[str, tuple[Spread, float]],
    contradicted: Mapping[str, tuple[str, float]] = MappingProxyType({}),
    sketches: Mapping[str, Mapping[str, Sketch]] = MappingProxyType({}),
) -> str:
    """Write every prior in words, what it implies beside the record, and the posterior where there is one.

    Parameters
    ----------
    before, after : dict of dict of (lo, median, hi)
        Quantities in an analyst's terms, by name and label, from the prior and from the posterior; the latter is empty
        where there is none.
    implied : dict of ((lo, median, hi), number)
        What histories simulated from the prior give, and what the record holds (NaN where it tells nothing of it).
        Empty where nothing is on record.
    contradicted : dict of (str, float)
        By the key of a prior, what of the record it makes improbable, and the prior predictive p.
    sketches : dict of dict of Sketch
        Densities of the same quantities.
    """
    lines = [f"{scenario.question.title}: priors as of {scenario.as_of}", "every interval is 90%"]
    known = scenario.known()
    in_force = dict(known.priors.items())
    for key, item in scenario.priors.items():
        belief, hindsight = in_force[key].belief, format_key(key) in known.hindsight
        lines += ["", format_key(key[1:]) + _status(item, belief, hindsight)]
        lines += [f"    {line}" for line in describe_belief(str(key[-1]), belief, scenario)]
        lines += wrap(f"because {', '.join(item.because)}")
        lines += wrap(f"reason: {item.reason}")
        lines += _learned(key, before, after, sketches)
    lines += ["", "what the priors imply, in histories simulated over the same years, beside the record"]
    lines += [
        f"    {pad(label, 46)}simulated {_write(simulated)}   record {_write_seen(seen)}"
        for label, (simulated, seen) in implied.items()
    ]
    for name, (label, p) in contradicted.items():
        chance = "below 0.001" if p < 0.001 else f"{p:.3f}"
        said = f"{name} and the record contradict each other: {label} (prior predictive p {chance}). Look at both again"
        lines += wrap(said, "note: ", "  ")
    if not implied:
        lines += wrap(f"nothing is on record yet: history begins on the as-of date, {scenario.question.history_from}")
    if not after:
        lines += ["", "no posterior with these draws and this seed is stored; forecast run makes one"]
    return "\n".join(lines)


def describe_belief(name: str, belief: object, scenario: Scenario) -> list[str]:
    """Say in words what a belief claims."""
    if isinstance(belief, StageBelief):
        total = sum(belief.ends.values())
        ends = ", ".join(f"{count:g} to {end}" for end, count in belief.ends.items())
        return [
            *_describe_stay(belief),
            *([f"of {_span(belief.never)} of them the event cannot come, unseen"] if belief.never else []),
            f"of {total:g} such stays: {ends}",
        ]
    if isinstance(belief, PlanBelief):
        until = "until its first day" if belief.late is None else "until it is kept or void"
        return [
            f"kept as dated with a chance of {_span(belief.kept)}, if the episode is alive by then",
            f"{until} the event's ordinary rate is multiplied by {_span(belief.meanwhile)}",
            *(
                []
                if belief.late is None
                else [f"where it is not kept, it is {_span(belief.late)} days late on average"]
            ),
        ]
    if isinstance(belief, NeverBelief):
        return [f"{_span(belief.share)} of episodes can never end in the event, unseen"]
    if isinstance(belief, ConditionBelief):
        return _describe_condition(belief)
    assert isinstance(belief, RatioBelief)
    factor = _span(belief.factor)
    if name == "seriousness" and belief.factor.hi == 1:
        return ["every episode is as serious as any other"]
    if name == "seriousness":
        return [
            f"an episode one standard deviation more serious advances {factor} times as fast, and lapses as much slower"
        ]
    if name in scenario.question.places:
        return [f"the event there has {factor} times the rate that the reference place would have"]
    if any(name in way.attributes for way in scenario.question.itineraries):
        unit = f"{belief.per:g} {belief.unit}".strip() if belief.unit or belief.per != 1 else "unit"
        return [f"each {unit} more of {name} multiplies the event's rate by {factor}"]
    return [f"while {name} holds, the rates that it acts on are multiplied by {factor}"]


def _describe_stay(belief: StageBelief) -> list[str]:
    stay, middle = belief.stay, _middle(belief.stay)
    if stay.is_single:
        return [f"nine in ten stays last {_span(stay)} days; half are over in {middle:.0f}"]
    shape = math.sqrt(belief.shape.lo * belief.shape.hi) if belief.shape else 1.0
    median = middle * math.log(2) ** (1 / shape) / math.gamma(1 + 1 / shape)
    said = [f"a stay lasts {_span(stay)} days on average; half are over in {median:.0f}"]
    if belief.shape and belief.ages:
        how = "the sooner" if shape > 1 else "the later"
        said.append(f"of shape {_span(belief.shape)}: the longer one has lasted, {how} it ends")
    return said


def _describe_condition(belief: ConditionBelief) -> list[str]:
    if belief.is_for_good:
        return ["it lasts for good"]
    back = "it does not come back"
    if belief.may_return and belief.returns:
        back = f"it comes back after {_span(belief.returns)} days on average"
    return [f"it lasts {_span(belief.lasts)} days on average", back]


def _middle(interval: Interval) -> float:
    """Return the median of a positive quantity."""
    law = interval.law
    if isinstance(law, Split):
        return law.median
    return law.quantile(0.5) if isinstance(law, Past | Counted) else math.sqrt(interval.lo * interval.hi)


def _span(interval: Interval) -> str:
    lo, hi, law = _short(interval.lo), _short(interval.hi), interval.law
    if interval.lo == interval.hi:
        return f"{lo} (known)"
    if law is None:
        return f"{lo} to {hi}"
    if isinstance(law, Chance):
        chance = f"{law.lo:g} to {law.hi:g}" if law.lo < law.hi else f"{law.lo:g}"
        return f"{lo} to {hi} (a chance of {chance} to be over within {law.within:g} days)"
    if isinstance(law, Split):
        return f"{lo} to {hi} (median {law.median:g})"
    if isinstance(law, Counted):
        return f"{lo} to {hi} (from {law.were:g} of {law.of:g} cases)"
    cases = f"{len(law.stays)} stays" if law.stays else f"{law.events:g} events in {law.years:g} years"
    return f"{lo} to {hi} (from {cases} of the past)"


def _short(value: float) -> str:
    """Write a number as it was said, or, where it was computed, to three digits."""
    return f"{value:g}" if len(f"{value:g}") <= SAID else plain_number(value)


def _status(item: Prior, belief: object, hindsight: bool) -> str:
    if hindsight:
        return "  (hindsight: none of its facts was public yet)"
    return "  (otherwise: none of its facts was public yet)" if belief is item.otherwise else ""


def _learned(
    key: KeyPath, before: Quantities, after: Quantities, sketches: Mapping[str, Mapping[str, Sketch]]
) -> list[str]:
    """Give medians and 90% intervals of what a prior is about, before and after the history."""
    lines, name = [], EVENT if key[1:] == ("never",) else str(key[-1])
    for quantity in QUANTITIES[str(key[1])]:
        for label, spread in before.get(quantity, {}).items():
            if label != name and not label.startswith(f"{name} > "):
                continue
            what = f"share {label}" if quantity == "end_share" else quantity.replace("_", " ")
            line = f"    {pad(what, 34)}prior {_write(spread)}"
            if after:
                line += f"   posterior {_write(after[quantity][label])}"
            lines.append(line)
            lines += _draw(sketches.get(quantity, {}).get(label))
    return lines


def _draw(sketch: Sketch | None) -> list[str]:
    """Draw densities as rows of blocks, from the least value to the largest."""
    if sketch is None or not sketch.prior:
        return []
    lo, hi = plain_number(sketch.lo), plain_number(sketch.hi)
    rows = [("prior", sketch.prior), ("posterior", sketch.posterior)]
    return [f"{' ' * 8}{name:<10}{lo:>8} {_blocks(heights)} {hi}" for name, heights in rows if heights]


def _blocks(heights: Sequence[float]) -> str:
    most = max(heights)
    return "".join(_HEIGHTS[math.ceil(height / most * (len(_HEIGHTS) - 1))] for height in heights)


def _write_seen(seen: float) -> str:
    return "none" if math.isnan(seen) else plain_number(seen)


def _write(spread: Spread) -> str:
    lo, median, hi = map(plain_number, spread)
    return f"{median:>7} ({lo} to {hi})"
