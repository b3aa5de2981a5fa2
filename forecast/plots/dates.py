"""Days on an axis: where a day ends, and ticks that neither turn nor collide.

Day d of the forecast is the interval (d - 1, d], so its probability is drawn at its end, which is midnight; ticks
stand at the beginning of the day they name, or in its middle where every day has a tick.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.answer import Result

EPOCH = datetime.date(1970, 1, 1).toordinal()  # matplotlib counts days from here
_DAYS = (1, 2, 3, 5, 7, 14)
_MONTHS = (1, 2, 3, 6)
_YEARS = (1, 2, 5, 10, 20, 50)
_LENGTHS = {"day": 1.0, "month": 31.0, "year": 366.0}


def end_of(day: datetime.date | int) -> float:
    """Return the end of a day (a date or its ordinal) as matplotlib's date number.

    Examples
    --------
    >>> end_of(datetime.date(1970, 1, 1))
    1.0
    """
    ordinal = day if isinstance(day, int | np.integer) else day.toordinal()
    return float(ordinal - EPOCH + 1)


def curve_days(result: Result) -> np.ndarray:
    """Return the x of the forecast's curves: the end of `as_of`, where all is 0, then the end of each day."""
    return end_of(result.scenario.as_of) + np.arange(len(result.days) + 1)


def plain_day(day: datetime.date) -> str:
    """Write a day without its year: ``5 May``."""
    return f"{day.day} {day:%b}"


def plain_span(start: datetime.date, until: datetime.date) -> str:
    """Write a run of days: ``3-5 May``, ``30 Apr-2 May`` or ``9 May``, with an en dash."""
    if start == until:
        return plain_day(start)
    if start.year != until.year:
        return f"{plain_day(start)} {start.year}\N{EN DASH}{plain_day(until)} {until.year}"
    if (start.year, start.month) == (until.year, until.month):
        return f"{start.day}\N{EN DASH}{plain_day(until)}"
    return f"{plain_day(start)}\N{EN DASH}{plain_day(until)}"


def tick_days(first: float, last: float, most: int) -> tuple[list[float], list[str]]:
    """Choose ticks between two date numbers, at most so many, and write them: days, months or years.

    The year stands below the first tick and wherever it changes.
    """
    start, end = (datetime.date.fromordinal(int(np.floor(x)) + EPOCH) for x in (first, last))
    for step, unit in [*((n, "day") for n in _DAYS), *((n, "month") for n in _MONTHS), *((n, "year") for n in _YEARS)]:
        if (last - first) / (step * _LENGTHS[unit]) > most + 1:
            continue
        days = [day for day in _march(start, end, step, unit) if first <= end_of(day) - 1 <= last]
        if len(days) <= most:
            break
    middle = 0.5 if (step, unit) == (1, "day") else 0.0
    if middle:
        days = [day for day in days if end_of(day) <= last]
    return [end_of(day) - 1 + middle for day in days], label_days(days, unit)


def _march(start: datetime.date, end: datetime.date, step: int, unit: str) -> list[datetime.date]:
    if unit == "day":  # weeks begin on Mondays: ordinal 1 is one
        first = start.toordinal() + ((1 - start.toordinal()) % step if step % 7 == 0 else 0)
        return [datetime.date.fromordinal(day) for day in range(first, end.toordinal() + 1, step)]
    if unit == "year":
        return [datetime.date(year, 1, 1) for year in range(start.year, end.year + 1) if year % step == 0]
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in months if month % 12 % step == 0]


def label_days(days: Sequence[datetime.date], unit: str = "day") -> list[str]:
    """Write days, months or years, with the year below the first and wherever it changes."""
    if unit == "year":
        return [str(day.year) for day in days]
    labels = [plain_day(day) if unit == "day" else f"{day:%b}" for day in days]
    changes = [index == 0 or day.year != days[index - 1].year for index, day in enumerate(days)]
    return [f"{label}\n{day.year}" if new else label for label, day, new in zip(labels, days, changes, strict=True)]


def set_day_ticks(ax: Axes, bounds: tuple[float, float]) -> None:
    """Put day ticks on the x axis, as many as fit its width."""
    most = max(2, int(style.width_in_points(ax) / 40))
    positions, labels = tick_days(*bounds, most)
    ax.set_xlim(*bounds)
    ax.set_xticks(positions, labels)
