"""What the record says of a question about several timelines: whether a yes came in a window."""

from __future__ import annotations

import datetime

import numpy as np

from forecast.answer.listening import Drawn
from forecast.scenario import Ensemble, Part, list_days, list_numbered, list_parts


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
    days = [day for day in list_days(part, ensemble.timelines) if day >= start]
    which = max(part.count, 1)
    return days[which - 1].toordinal() if len(days) >= which else np.inf
