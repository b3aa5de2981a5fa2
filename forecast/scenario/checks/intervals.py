"""What can be wrong with an interval."""

from __future__ import annotations

import math
from collections.abc import Iterator

from forecast.errors import KeyPath, Problem
from forecast.scenario.limits import LEAST_FACTOR, MOST_FACTOR
from forecast.scenario.reader import Interval


def check_interval(
    key: KeyPath,
    interval: Interval,
    *,
    above: float = 0,
    below: float = math.inf,
    least: float = LEAST_FACTOR,
    most: float = MOST_FACTOR,
) -> Iterator[Problem]:
    """Find ends that are out of bounds, or the wrong way round."""
    bounds = f"two numbers above {above:g}" + (f" and below {below:g}" if below < math.inf else "")
    if above and interval.lo == interval.hi == above:
        return
    if not (above < interval.lo and interval.hi < below):
        yield Problem(key, f"expected {bounds}; found [{interval.lo:g}, {interval.hi:g}]")
    elif not interval.lo <= interval.hi:
        yield Problem(
            key, f"expected a 90% interval [lo, hi] with lo below hi; found [{interval.lo:g}, {interval.hi:g}]"
        )
    elif interval.lo < least or interval.hi > most:
        limits = f"numbers from {least:g} to {min(most, below):g}"
        yield Problem(key, f"expected {limits}; found [{interval.lo:g}, {interval.hi:g}]")
