"""Each prior in words, what the priors imply together, and the posterior beside them."""

from __future__ import annotations

import math
import textwrap

import numpy as np

from forecast.errors import format_key
from forecast.model import Quantity, Timeline, natural_scale
from forecast.multistate import Array
from forecast.scenario import EVENT, PlanBelief, Prior, RatioBelief, Scenario, StageBelief

Parameters = dict[str, Array]
DAYS_A_DECADE = 3652.5
WIDTH = 110


def render_priors(
    scenario: Scenario, timeline: Timeline, *, prior: Parameters, histories: Parameters, posterior: Parameters | None
) -> str:
    """Write every prior in words, what it implies beside the record, and the posterior where there is one.

    Parameters
    ----------
    prior, posterior : dict of (labels, draws)
        Draws on the model's scale.
    histories : dict
        Histories simulated from the prior draws; see `forecast.model.histories.simulate_histories`.
    """
    before = natural_scale(prior, timeline.structure)
    after = natural_scale(posterior, timeline.structure) if posterior else {}
    lines = [f"{scenario.question.title}: priors as of {scenario.as_of}", "every interval is 90%"]
    for key, item in scenario.priors.items():
        belief, hindsight = item.in_force(scenario.facts, scenario.as_of)
        lines += ["", format_key(key[1:]) + _status(item, belief, hindsight)]
        lines += [f"    {line}" for line in describe_belief(str(key[-1]), belief, scenario)]
        lines += textwrap.wrap(
            f"because {', '.join(item.because)}", WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4
        )
        lines += textwrap.wrap(f"reason: {item.reason}", WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)
        lines += _learned(key, before, after)
    lines += ["", "what the priors imply, in histories simulated over the same years, beside the record"]
    lines += _implied(timeline, histories)
    if not after:
        lines += ["", f"no posterior is stored for this scenario; forecast run makes one"]  # noqa: F541
    return "\n".join(lines)


def describe_belief(name: str, belief: object, scenario: Scenario) -> list[str]:
    """Say in words what a belief claims."""
    if isinstance(belief, StageBelief):
        stay = belief.stay
        median = math.sqrt(stay.lo * stay.hi) * math.log(2)
        total = sum(belief.ends.values())
        ends = ", ".join(f"{count:g} to {end}" for end, count in belief.ends.items())
        return [
            f"a stay lasts {stay.lo:g} to {stay.hi:g} days on average; half are over in {median:.0f}",
            f"of {total:g} such stays: {ends}",
        ]
    if isinstance(belief, PlanBelief):
        return [
            f"kept as dated with a chance of {belief.kept.lo:g} to {belief.kept.hi:g}, if the episode is alive by then",
            f"until then the event's ordinary rate is multiplied by {belief.meanwhile.lo:g} to {belief.meanwhile.hi:g}",
        ]
    assert isinstance(belief, RatioBelief)
    factor = f"{belief.factor.lo:g} to {belief.factor.hi:g}"
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


def _status(item: Prior, belief: object, hindsight: bool) -> str:
    if hindsight:
        return "  (hindsight: none of its facts was public yet)"
    return "  (otherwise: none of its facts was public yet)" if belief is item.otherwise else ""


def _learned(key: tuple, before: dict[str, Quantity], after: dict[str, Quantity]) -> list[str]:
    """Give medians and 90% intervals of what a prior is about, before and after the history."""
    wanted = {
        "stages": ("stay", "end_share"),
        "hazard_ratios": ("hazard_ratio",),
        "plans": ("kept", "meanwhile"),
        "seriousness": ("seriousness",),
    }[str(key[1])]
    lines = []
    for quantity in wanted:
        for row, label in enumerate(before[quantity].labels):
            if label != key[-1] and not label.startswith(f"{key[-1]} > "):
                continue
            what = f"share {label}" if quantity == "end_share" else quantity.replace("_", " ")
            line = f"    {what:<34}prior {_spread(before[quantity].values[row])}"
            if after:
                line += f"   posterior {_spread(after[quantity].values[row])}"
            lines.append(line)
    return lines


def _spread(values: Array) -> str:
    lo, median, hi = map(plain_number, np.quantile(values, [0.05, 0.5, 0.95]))
    return f"{median:>7} ({lo} to {hi})"


def plain_number(value: float) -> str:
    """Write a number without powers of ten.

    Examples
    --------
    >>> [plain_number(value) for value in (1447.2, 38.21, 0.0312, 0.00001, 0)]
    ['1,447', '38.2', '0.0312', '<0.001', '0']
    """
    if 0 < value < 0.001:
        return "<0.001"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _implied(timeline: Timeline, histories: Parameters) -> list[str]:
    structure, history = timeline.structure, timeline.history
    days = history.segments.days
    total = float(days.sum())
    decade = DAYS_A_DECADE / total if total else 0.0
    seen = np.array(
        [
            ((history.stage == i) & (history.event_by >= 0 if j < 0 else history.moved_to == j)).sum()
            for i, j in structure.transitions
        ]
    )
    ends = np.array([j < 0 for _, j in structure.transitions])
    rows = [(f"{EVENT}s a decade", histories["events"] * decade, seen[ends].sum() * decade)]
    if structure.has_rest:
        lapses = np.array([j == 0 for _, j in structure.transitions])
        happened, lapsed = histories["steps"][ends].sum(axis=0), histories["steps"][lapses].sum(axis=0)
        over = happened + lapsed > 0
        record = seen[ends].sum() / max(1, seen[ends | lapses].sum())
        rows.append(("share of episodes that end in the event", happened[over] / (happened + lapsed)[over], record))
    for index, stage in enumerate(structure.stages):
        leaves = [i == index for i, _ in structure.transitions]
        entered = histories["steps"][leaves].sum(axis=0)
        some = entered > 0
        left = seen[leaves].sum()
        if some.any():
            record = days[history.stage == index].sum() / left if left else math.nan
            rows.append(
                (f"days in {stage} for each stay that ended", histories["days"][index][some] / entered[some], record)
            )
    for index, name in enumerate(structure.transition_names):
        rows.append((f"steps {name}", histories["steps"][index], seen[index]))
    return [f"    {label:<46}simulated {_spread(values)}   record {_record(value)}" for label, values, value in rows]


def _record(value: float) -> str:
    return "none" if math.isnan(value) else plain_number(value)
