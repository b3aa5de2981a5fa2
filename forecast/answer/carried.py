"""One part of a question about several timelines, carried to the dates that are told."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class Carried:
    """One part of what is asked: how likely it has come by each of some days, draw by draw.

    Attributes
    ----------
    by : (draws, days)
        From the evening before the window on.
    weight : (draws,)
        Probability that each draw gave to what is learned of that timeline, silence among it.
    came : datetime.date or None
        The day on which it came, where that is on record.
    off : float
        By how much its mean may be off, because what it listens to is tried on a few days alone.
    """

    by: Array
    weight: Array
    came: datetime.date | None = None
    off: float = 0.0
