"""What the record says of a question about several timelines: whether a yes came in a window."""

from __future__ import annotations

import datetime

import numpy as np

from forecast.answer.listening import Drawn
from forecast.scenario import Ensemble, EventEntry, Part, StageEntry, list_numbered, list_parts, step_day


def tell_outcome(ensemble: Ensemble, start: datetime.date, until: datetime.date) -> bool:
    """Tell whether a question was answered with a yes in a window, by all that is on record.

    Parameters
    ----------
    start, until : datetime.date
        The first and the last day, both inclusive; the record must go as far.
    """
    parts = [*list_parts(ensemble.event), *list_numbered(ensemble.event)]
    days = {part: np.array([[_find_day(ensemble, part, start)]], float) for part in parts}
    return bool(Drawn(days).yes(ensemble.event, until.toordinal())[0, 0])


def _find_day(ensemble: Ensemble, part: Part, start: datetime.date) -> float:
    """Return the number of the day on which a part came, from `start` on; infinite where it has not."""
    left = max(part.count, 1)
    for item in ensemble.timelines[part.timeline].known().steps:
        step = item.entry
        is_it = step.stage == part.stage if isinstance(step, StageEntry) else not part.stage
        if is_it and isinstance(step, StageEntry | EventEntry) and step_day(step) >= start:
            left -= 1
            if not left:
                return step_day(step).toordinal()
    return np.inf
