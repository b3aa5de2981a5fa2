"""Figures of many scenarios: a response curve, a heat map or a tornado of a sweep; a tornado; bars side by side.

Receives rows, hands on Axes. What it needs to draw is loaded with it, so `plot` methods import it when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import InputError, Problem
from forecast.explore.design import Axis, Design
from forecast.explore.rows import Row
from forecast.plots import (
    ComparedBar,
    Heading,
    SwingBar,
    check_axes,
    plot_compare,
    plot_heat,
    plot_response,
    plot_tornado,
)
from forecast.scenario import Scenario, Slot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray
NOTHING = "no row has a P, so there is nothing to draw"


def draw_sweep(
    scenario: Scenario, design: Design, rows: Iterable[Row], find_base: Callable[[], float | None], ax: Axes | None
) -> Axes:
    """Draw a sweep's rows: a response curve for one key, a heat map for a grid of two, a tornado for more.

    Parameters
    ----------
    rows : iterable of Row
        All of them, in order.
    find_base : callable
        Returns P of the scenario as it is, or None; called where it is shown.

    Raises
    ------
    InputError
        If no row has a P.
    """
    check_axes(ax)
    slots = [axis.slot for axis in design.axes]
    if len(slots) == 1:
        return _draw_response(scenario, design.axes[0], rows, ax)
    p = np.fromiter((_number(row[1 + len(slots)]) for row in rows), float, len(design))
    if not np.isfinite(p).any():
        raise InputError([Problem((), NOTHING)])
    if len(slots) == 2 and not design.sample:
        return _draw_heat(scenario, design, p, ax)
    mean, swings = average_by_key(design, p)
    base = find_base()
    as_it_is = "" if base is None else f", as it is {base:.0%}"
    said = f"mean of rows {mean:.0%}{as_it_is}; bars: mean by value of a key"
    return plot_tornado(swings, mean, heading=make_heading(scenario, slots, said), ax=ax)


def draw_sensitivity(scenario: Scenario, rows: Iterable[Any], p: float, *, ax: Axes | None = None) -> Axes:
    """Draw a tornado of a sensitivity's rows, each with a P at both ends."""
    check_axes(ax)
    swings = [SwingBar(row.key.removeprefix("priors."), row.p_low, row.p_high, row.low, row.high) for row in rows]
    return plot_tornado(swings, p, heading=make_heading(scenario), ax=ax)


def draw_comparison(rows: Iterable[Any], title: str, *, ax: Axes | None = None) -> Axes:
    """Draw the rows of a comparison side by side."""
    check_axes(ax)
    bars = [
        ComparedBar(
            name=row.scenario.name,
            as_of=row.scenario.as_of,
            until=row.scenario.window.until,
            p=(row.p_event.mean, *row.p_event.eti90),
            places={name: place.mean for name, place in row.places.items()},
            median_day=row.median_day,
            readings=row.readings_range,
        )
        for row in rows
    ]
    return plot_compare(bars, title=title, ax=ax)


def average_by_key(design: Design, p: Array) -> tuple[float, list[SwingBar]]:
    """Average P over all rows, and over the rows of each value of a key; return where a key's averages are extreme.

    Parameters
    ----------
    p : (rows,)
        NaN where a row has no P.
    """
    known = np.isfinite(p)
    swings = []
    for axis, (values, at) in zip(design.axes, design.split(), strict=True):
        count = np.bincount(at[known], minlength=len(values))
        total = np.bincount(at[known], p[known], len(values))
        found = [(total[which] / count[which], which) for which in _order(axis.slot, values) if count[which]]
        if found:  # in the order of the key's values, so that the first of both ends is the lower value
            (p_low, low), (p_high, high) = sorted((min(found), max(found)), key=found.index)
            swings.append(SwingBar(axis.slot.key, float(p_low), float(p_high), values[low], values[high]))
    return float(p[known].mean()), swings


@dataclass(frozen=True)
class _ManyHeading(Heading):
    """A heading of rows that differ.

    Attributes
    ----------
    has_end : bool
        Whether all windows end on one day.
    said : str
        What is shown, if it is not what the figure shows as a rule.
    """

    has_end: bool = True
    said: str = ""

    def write(self, ax: Axes, what: str, *, up: float = 14.0) -> None:
        """Write the title, and what is shown, so many points above the axes."""
        super().write(ax, self.said or what, up=up)

    @property
    def quantity(self) -> str:
        """What is plotted."""
        return super().quantity if self.has_end else "probability in the window"


def make_heading(scenario: Scenario, varied: Iterable[Slot] = (), said: str = "") -> Heading:
    """Say above a figure of many runs what they are about."""
    has_end = not any(slot.path[0] == "window" for slot in varied)
    return _ManyHeading(scenario.question.title, scenario.as_of, scenario.window.until, has_end, said)


def _draw_response(scenario: Scenario, axis: Axis, rows: Iterable[Row], ax: Axes | None) -> Axes:
    places = scenario.question.places
    found = [row[1 : 3 + len(places)] for row in rows if row[2] is not None]
    if not found:
        raise InputError([Problem((), NOTHING)])
    values, p, *shares = zip(*found, strict=True)
    by_place = {place: np.array(share) for place, share in zip(places, shares, strict=True)}
    heading = make_heading(scenario, [axis.slot])
    return plot_response(axis.slot.key, values, np.array(p), by_place, heading=heading, ax=ax)


def _draw_heat(scenario: Scenario, design: Design, p: Array, ax: Axes | None) -> Axes:
    up, across = design.axes  # the second is the fastest
    grid = p.reshape(len(up.values), len(across.values))
    orders = [_order(axis.slot, axis.values) for axis in (up, across)]
    x, y = ([axis.values[index] for index in order] for axis, order in zip((across, up), orders[::-1], strict=True))
    heading = make_heading(scenario, [up.slot, across.slot])
    return plot_heat(across.slot.key, x, up.slot.key, y, grid[np.ix_(*orders)], heading=heading, ax=ax)


def _order(slot: Slot, values: Any) -> list[int]:
    """Return the order in which the values rise; names stay as they are."""
    count = range(len(values))
    return list(count) if slot.way == "switch" else sorted(count, key=values.__getitem__)


def _number(p: float | None) -> float:
    return float("nan") if p is None else p
