"""How stays end: as counts of stays, or as shares and how many stays these are worth."""

from __future__ import annotations

import math
from collections.abc import Mapping

from forecast.errors import KeyPath
from forecast.scenario.fields import Named
from forecast.scenario.kinds import number
from forecast.scenario.limits import FAR_TOO_MUCH, LEAST_COUNT
from forecast.scenario.nodes import Node, locate
from forecast.scenario.reader import Reader

WORTH = "worth"  # beside shares of ends: how many stays they are worth


class Ends(Named):
    """Counts of ends by name; or shares that sum to one, and how many stays these are worth."""

    def read(self, reader: Reader, node: Node, key: KeyPath) -> dict[str, float]:
        """Read counts, or shares as counts."""
        found: dict[str, float] = super().read(reader, node, key)
        others = {name: count for name, count in found.items() if name != WORTH}
        are_shares = len(others) > 1 and math.isclose(sum(others.values()), 1, abs_tol=1e-6)
        if WORTH in found:
            return self._weigh(reader, node, key, others, found[WORTH], are_shares=are_shares)
        if are_shares and not any(broken[: len(key)] == key for broken in reader.broken):
            message = "expected counts, such as 6, 3 and 1 of ten stays, or shares and how many stays they are worth"
            reader.add(key, node.mark, f"{message}, as in worth: 10; found shares that sum to one, without worth")
        return found

    def _weigh(
        self, reader: Reader, node: Node, key: KeyPath, others: dict[str, float], worth: float, *, are_shares: bool
    ) -> dict[str, float]:
        """Return shares as counts of as many stays as they are worth."""
        at = (*key, WORTH)
        if not are_shares:
            message = f"expected shares that sum to one beside {WORTH}; found {sum(others.values()):g} in all"
            remedy = f"Write counts without it; where another file gives it, take it away with {WORTH}: null"
            reader.add(at, locate(node, (WORTH,)), f"{message}. {remedy}")
        elif not LEAST_COUNT <= worth <= FAR_TOO_MUCH:
            limits = f"{LEAST_COUNT:g} to {FAR_TOO_MUCH:g}"
            reader.add(at, locate(node, (WORTH,)), f"expected a number of stays from {limits}; found {worth:g}")
        else:
            return {name: share * worth for name, share in others.items()}
        return others

    def plain(self, value: Mapping[str, float]) -> dict[str, float]:
        """Write counts; those that sum to one would be taken for shares."""
        plain = super().plain(value)
        return {**plain, WORTH: 1.0} if len(plain) > 1 and math.isclose(sum(plain.values()), 1, abs_tol=1e-6) else plain


ENDS = Ends("stage or `event`", number(above=0, least=LEAST_COUNT, most=FAR_TOO_MUCH))
