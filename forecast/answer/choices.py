"""How many, and which of some answers: what a question says beside yes and no.

Receives a `Result`, which calls this module. Hands on a probability for each answer, which together are 1 where
nothing is left out.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.answer.ahead import carry_ahead, count_ahead, count_ahead_by_day
from forecast.answer.summaries import Estimate, estimate
from forecast.errors import InputError, Problem
from forecast.inference import stream
from forecast.multistate import Array
from forecast.scenario import LATER, Bin

TAIL = 0.01  # probability of more events than are told one by one, at most
FEWEST, MOST = 8, 256  # numbers that are looked at
NO_OTHER = "none of these"
LEFT = 1e-3  # probability that is worth a line of its own
FEW = 500  # draws
SHOWN = 7  # numbers of events in a figure


@dataclass(frozen=True)
class Choice:
    """One answer of several, and how probable it is."""

    label: str
    estimate: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"is": self.label, **self.estimate.to_dict()}


def check_counting(result: Any) -> None:
    """Refuse to count events where that makes no sense, or cannot be done.

    Raises
    ------
    InputError
    """
    timeline, question = result.timeline, result.scenario.question
    found = None
    if not timeline.asked.counts_events:
        found = f"one about a stage: {question.asks}"
    elif timeline.asked.is_first:
        found = "one that is over with the first event: counts: first"
    elif timeline.learned:
        found = "stages that are learned to be entered by a day, or not to be"
    elif not result.keeps_draws:
        found = "reports that may be wrong, of which each course has draws of its own"
    if found:
        raise InputError([Problem(("how_many",), f"expected a question whose events can be counted; found {found}")])


def count_how_many(result: Any) -> list[Choice]:
    """Return how probable 0, 1, 2, ... events in the window are; the last is of that number or more."""
    seen, size, question = result.timeline.asked.seen, result.ahead.weight.size, result.scenario.question
    is_asked = question.asks.is_number or bool(question.bins)
    some = np.arange(size) if is_asked else choose_few(size)  # where it is not asked, few draws will do
    weight, numbers = result.ahead.weight[some], FEWEST
    while (chances := _count(result, numbers, some)).sum() < (1 - TAIL) * weight.sum() and numbers < MOST:
        numbers *= 2
    up_to = np.cumsum(chances.sum(axis=1)) / weight.sum()
    last = min(int(np.argmax(up_to >= 1 - TAIL)) if up_to[-1] >= 1 - TAIL else numbers - 1, numbers - 1)
    rest = np.maximum(weight - chances[: last + 1].sum(axis=0), 0.0)
    told = [Choice(str(seen + number), estimate(chances[number], weight)) for number in range(last + 1)]
    return [*told, Choice(f"{seen + last + 1}+", estimate(rest, weight))]


def count_so_far(result: Any) -> tuple[list[str], Array]:
    """Return names for numbers of events, and how probable each is to have come by each day: (names, days + 1).

    The last is the first number that is a yes, and more; at most `SHOWN`.
    """
    asked, rng = result.timeline.asked, stream(result.fit.diagnostics["seed"], "ahead")
    last = min(max(asked.least, 0 if asked.most is None else asked.most + 1, 1), SHOWN)
    each = count_ahead_by_day(result.timeline, result.fit.draws, rng, numbers=last)
    names = [f"{asked.seen + number}" for number in range(last)] + [f"{asked.seen + last}+"]
    return names, np.concatenate([each, np.maximum(1 - each.sum(axis=0), 0.0)[None]])


def find_bins(result: Any) -> list[Choice]:
    """Return how probable each answer of a multiple-choice question is, and what none of them is, if that is much."""
    bins = result.scenario.question.bins
    joint = _count_bins(result, bins) if not bins[0].is_dated else _date_bins(result, bins)
    weight = result.ahead.weight
    found = [Choice(item.label, estimate(part, weight)) for item, part in zip(bins, joint, strict=True)]
    left = np.maximum(weight - np.sum(joint, axis=0), 0.0)
    return [*found, Choice(NO_OTHER, estimate(left, weight))] if left.sum() > LEFT * weight.sum() else found


def tells_apart(result: Any) -> bool:
    """Tell whether an event somewhere may be followed by one elsewhere that is of interest."""
    timeline, question = result.timeline, result.scenario.question
    never_again = 0 in timeline.structure.never.stages  # whether it may come again after one is not said
    return not (question.is_first or never_again) and timeline.asked.is_split and len(question.answer_places) > 1


def find_any_place(result: Any) -> dict[str, Estimate]:
    """Return the probability of an event at each place, however many there are elsewhere.

    `Result.places` splits P by the first event in the window; places may have one each. What later events add to that
    is small and the same for like draws, so that few of them tell it.
    """
    ahead, asked = result.ahead, result.timeline.asked
    some = choose_few(ahead.weight.size)
    draws = {name: values[..., some] for name, values in result.fit.draws.items()}
    this, weight = ahead.frailties[0][some], ahead.weight[some]
    found = {}
    for place, first in zip(asked.places, asked.members @ ahead.joint[:, some], strict=True):
        rng = stream(result.fit.diagnostics["seed"], "ahead")
        any_there = carry_ahead(result.timeline, draws, rng, agreement=0, asked=asked.at(place), this=this).total
        more = float((any_there - first).sum() / weight.sum())
        found[place] = replace(estimate(any_there, weight), mean=result.places[place].mean + more)
    return found


def choose_few(size: int) -> Array:
    """Choose a few of so many draws, evenly."""
    return np.linspace(0, size - 1, min(size, FEW)).round().astype(int)


def _count(result: Any, numbers: int, some: Array | slice = slice(None)) -> Array:
    """Return the probability of what is learned and of 0, 1, ... events, of some draws: (numbers, draws)."""
    draws = {name: values[..., some] for name, values in result.fit.draws.items()}
    rng = stream(result.fit.diagnostics["seed"], "ahead")
    return count_ahead(result.timeline, draws, rng, numbers=numbers, this=result.ahead.frailties[0][some])


def _count_bins(result: Any, bins: Sequence[Bin]) -> list[Array]:
    seen, weight = result.timeline.asked.seen, result.ahead.weight
    limits = [
        (least - seen, None if most is None else most - seen)
        for least, most in (item.counts or (0, 0) for item in bins)
    ]
    chances = _count(result, max(1, *(1 + (least if most is None else most) for least, most in limits)))
    joint = []
    for least, most in limits:
        first = max(least, 0)
        if most is None:
            joint.append(np.maximum(weight - chances[:first].sum(axis=0), 0.0))
        else:
            joint.append(chances[first : most + 1].sum(axis=0) if most >= 0 else np.zeros_like(weight))
    return joint


def _date_bins(result: Any, bins: Sequence[Bin]) -> list[Array]:
    window, alive = result.scenario.window, result.curves.alive
    spans = [item.days(window.start, window.until) for item in bins]
    last = max((span[1] for span in spans if span), default=window.start - datetime.timedelta(days=1))

    def until(day: datetime.date) -> Array:
        return alive[:, (day - result.scenario.as_of).days]

    joint = []
    for item, span in zip(bins, spans, strict=True):
        if span:
            joint.append(until(span[0] - datetime.timedelta(days=1)) - until(span[1]))
        elif item.label == LATER:
            joint.append(until(last) - until(window.until))
        else:
            joint.append(until(window.until) - until(window.start - datetime.timedelta(days=1)) + result.ahead.weight)
    return joint
