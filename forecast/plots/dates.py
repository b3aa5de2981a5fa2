"""Days on an axis: where a day ends, and ticks of Matplotlib's that neither turn nor collide.

Day d of the forecast is the interval (d - 1, d], so its probability is drawn at its end, which is midnight; ticks
stand at the beginning of the day they name.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.dates import ConciseDateFormatter, DateLocator, DayLocator, MonthLocator, YearLocator, num2date

from forecast.plots import style
from forecast.plots.given import Array, Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EPOCH = datetime.date(1970, 1, 1).toordinal()  # matplotlib counts days from here
_WIDTH = 34.0  # points from one tick to the next: a day, its month and air


def end_of(day: datetime.date | int) -> float:
    """Return the end of a day (a date or its ordinal) as matplotlib's date number.

    Examples
    --------
    >>> end_of(datetime.date(1970, 1, 1))
    1.0
    """
    ordinal = day if isinstance(day, int | np.integer) else day.toordinal()
    return float(ordinal - EPOCH + 1)


def start_of(day: datetime.date) -> float:
    """Return the beginning of a day as matplotlib's date number, which is where its tick stands."""
    return end_of(day) - 1


def curve_days(result: Given) -> Array:
    """Return the x of the forecast's curves: the end of `as_of`, where all is 0, then the end of each day."""
    return end_of(result.scenario.as_of) + np.arange(len(result.days) + 1)


def plain_day(day: datetime.date, year: int | None = None) -> str:
    """Write a day, ``5 May``, with its year where that is another than `year`."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if year not in (None, day.year) else "")


def plain_span(start: datetime.date, until: datetime.date, year: int | None = None) -> str:
    """Write a run of days: ``3-5 May``, ``30 Apr-2 May`` or ``9 May``, with an en dash; years as `plain_day` does."""
    if start == until:
        return plain_day(start, year)
    if start.year != until.year:
        return f"{plain_day(start)} {start.year}\N{EN DASH}{plain_day(until)} {until.year}"
    if (start.year, start.month) == (until.year, until.month):
        return f"{start.day}\N{EN DASH}{plain_day(until, year)}"
    return f"{plain_day(start)}\N{EN DASH}{plain_day(until, year)}"


def count_ticks(width: float) -> int:
    """Return how many ticks so many points have room for."""
    return max(2, 1 + int(width / _WIDTH))


def choose_locator(first: float, last: float, most: int) -> DateLocator:
    """Choose what puts at most so many ticks between two date numbers: days, days of the month, months or years."""
    return next(locator for length, locator in _list_locators() if last - first <= length * (most - 1))


def _list_locators() -> Iterator[tuple[float, DateLocator]]:
    """List Matplotlib's locators from the finest, each with the days from one of its ticks to the next."""
    for step in (1, 2, 3):
        yield step, DayLocator(interval=step, tz=datetime.UTC)
    yield 7, DayLocator((1, 8, 15, 22), tz=datetime.UTC)
    yield 14, DayLocator((1, 15), tz=datetime.UTC)
    for step in (1, 2, 3, 6):
        yield 30 * step, MonthLocator(range(1, 13, step), tz=datetime.UTC)
    for step in (1, 2, 5, 10, 20, 50, 100):
        yield 365 * step, YearLocator(step, tz=datetime.UTC)
    yield math.inf, YearLocator(1000, tz=datetime.UTC)


class DayFormatter(ConciseDateFormatter):
    """Days with their months, months or years, as the ticks need them; the year stands below where it changes."""

    def __init__(self, locator: DateLocator) -> None:
        day, time = "%d %b", ["%d %b"] * 3  # a tick that is alone is taken for a time
        super().__init__(
            locator, tz=datetime.UTC, formats=["%Y", "%b", day, *time], zero_formats=["%Y", "%b", day, *time],
            offset_formats=[""] * 6, show_offset=False,
        )  # fmt: skip

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Write the ticks that were found."""
        if not len(values):
            return []
        labels = [label.removeprefix("0") for label in super().format_ticks(values)]
        return add_years(labels, [num2date(value).date() for value in values])


def add_years(labels: Iterable[str], days: Sequence[datetime.date]) -> list[str]:
    """Write the year below the first label and wherever it changes, unless labels are years.

    Examples
    --------
    >>> turn = [datetime.date(2025, 12, 1), datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)]
    >>> [label.split() for label in add_years(["Dec", "Jan", "Feb"], turn)]
    [['Dec', '2025'], ['Jan', '2026'], ['Feb']]
    """
    years = [None, *(str(day.year) for day in days)]
    return [
        label if year in (label, before) else f"{label}\n{year}"
        for label, before, year in zip(labels, years, years[1:], strict=False)
    ]


def find_ticks(first: float, last: float, most: int) -> list[tuple[float, str]]:
    """Return at most so many ticks between two date numbers, and what stands at each; both ends if they are all."""
    locator = choose_locator(first, last, most)
    found = [float(x) for x in locator.tick_values(num2date(first), num2date(last)) if first <= x <= last]
    found = found or [first, last]
    return list(zip(found, DayFormatter(locator).format_ticks(found), strict=True))


def scale_in_days(ax: Axes, bounds: tuple[float, float]) -> None:
    """Make the x axis one of days, with as many ticks as fit its width."""
    locator = choose_locator(*bounds, count_ticks(style.width_in_points(ax)))
    ax.set_xlim(*bounds)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(DayFormatter(locator))
