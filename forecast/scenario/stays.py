"""How long stays in a stage last, in the words in which people say it: their mean, or nine in ten single ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.forms import LOG, mean_over
from forecast.scenario.kinds import MEAN, Leaf, interval
from forecast.scenario.limits import LONGEST_STAY, SHORTEST_STAY
from forecast.scenario.nodes import Mapping, Node, Sequence, describe
from forecast.scenario.reader import NO_INTERVAL, Interval, Reader

SINGLE = "single"
WORDS = (MEAN, SINGLE)

MEAN_DAYS = interval(least=SHORTEST_STAY, most=LONGEST_STAY, of="mean")
_DAYS = {MEAN: MEAN_DAYS, SINGLE: interval(least=SHORTEST_STAY, most=LONGEST_STAY, of="single")}


@dataclass(frozen=True)
class Stay(Interval):
    """A 90% interval in days: on the mean of stays, or of single stays, by its `word`."""

    word: str = MEAN

    @property
    def is_single(self) -> bool:
        """Tell whether nine in ten single stays lie in it."""
        return self.word == SINGLE


def _over_by_its_lower_end(found: Interval) -> float:
    """Return the chance that an exponential stay is over by `lo`, where this is the interval of its mean.

    >>> round(_over_by_its_lower_end(Interval(60, 60)), 4)  # 1 - exp(-1)
    0.6321
    """
    return mean_over(found, LOG, lambda mean: -math.expm1(-found.lo / mean))


def _read(reader: Reader, node: Node, key: KeyPath) -> Stay:
    expected = "expected {mean: [lo, hi]} or {single: [lo, hi]}, in days"
    none = Stay(NO_INTERVAL.lo, NO_INTERVAL.hi)
    if isinstance(node, Sequence) and len(node.items) == 2:
        found = MEAN_DAYS.read(reader, node, key)
        if key in reader.broken or reader.broken & {(*key, 0), (*key, 1)}:
            return none
        text = f"[{found.lo:g}, {found.hi:g}]"
        says = f"{expected}, to say what {text} is about; found no word."
        if 0 < found.lo < found.hi:
            over = 100 * _over_by_its_lower_end(found)
            says += (
                f" With mean: {text} that is how long stays last on average, and {over:.0f} in 100 are over within "
                f"{found.lo:g} days; with single: {text} nine in ten stays last so long, and 5 in 100 are over by then"
            )
        reader.add(key, node.mark, says)
        return Stay(found.lo, found.hi)
    if not isinstance(node, Mapping):
        reader.expect(node, key, expected.removeprefix("expected "))
        return none
    items = reader.mapping(node, key, known=WORDS)
    words = [word for word in WORDS if word in items]
    if len(words) == 1:
        found = _DAYS[words[0]].read(reader, items[words[0]], (*key, words[0]))
        return Stay(found.lo, found.hi, words[0], law=found.law)
    if words:
        remedy = "Where another file gives one, take it away with null, as in {mean: null, single: [60, 120]}"
        reader.add(key, node.mark, f"expected one of mean and single; found both. {remedy}")
    elif key not in reader.broken and (not node.items or not reader.broken & {(*key, name) for name in node.items}):
        reader.add(key, node.mark, f"{expected}; found {describe(node)} without either")
    return none


def _plain(stay: Stay) -> dict[str, Any]:
    return {stay.word: MEAN_DAYS.plain(stay)}


_JSON = {
    "anyOf": [
        {"type": "object", "properties": {word: _DAYS[word].json}, "required": [word], "additionalProperties": False}
        for word in WORDS
    ]
}
STAY = Leaf(
    "`{mean: [lo, hi]}` or `{single: [lo, hi]}`",
    _read,
    _JSON,
    Stay(NO_INTERVAL.lo, NO_INTERVAL.hi),
    _plain,
    "fixed",
)
