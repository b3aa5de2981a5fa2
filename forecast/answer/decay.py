"""Time passing as evidence: P for the rest of the window while nothing happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.answer.bands import find_band
from forecast.answer.summaries import Band
from forecast.multistate import Curves


@dataclass(frozen=True, eq=False)
class Decay:
    """P for the rest of the window as time passes: (days + 1,), `as_of` first, then each day.

    Attributes
    ----------
    no_event : Band
        If by the end of that day nothing has happened.
    silence : Band
        If nothing has happened and nothing new was announced; a lapse that nobody need announce is possible.
    """

    no_event: Band
    silence: Band


def find_decay(curves: Curves, first: int) -> Decay:
    """Compute what is left of P on each day, from curves that know of silence.

    Parameters
    ----------
    first : int
        Number of the window's first day; an event before it is none of the question's.
    """
    alive, silent, silent_ahead = curves.alive, curves.silent, curves.silent_ahead
    assert silent is not None
    assert silent_ahead is not None
    opens, end = alive[:, first, None], alive[:, -1:]
    return Decay(
        find_band(alive.shape, lambda days: (np.minimum(alive[:, days], opens) - end, alive[:, days])),
        find_band(alive.shape, lambda days: (silent_ahead[:, days], silent[:, days])),
    )
