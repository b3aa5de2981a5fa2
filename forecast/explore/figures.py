"""The figure of a sweep: a response curve for one key, a heat map for a grid of two, a tornado for more."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.explore.compare import Comparison
from forecast.explore.design import Axis
from forecast.explore.rows import TableFile
from forecast.explore.sensitivity import Sensitivity
from forecast.explore.sweep import Sweep
from forecast.plots import (
    ComparedBar,
    Heading,
    SwingBar,
    plot_compare,
    plot_heat,
    plot_response,
    plot_tornado,
    render_axes,
)
from forecast.scenario import Scenario, Slot, Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def render_sweep(sweep: Sweep, table: TableFile) -> bytes:
    """Draw a finished sweep as PNG.

    Parameters
    ----------
    table : TableFile
        That holds its rows.
    """
    design = sweep.design
    if len(design.axes) == 1:
        return render_axes(_draw_response(sweep, table))
    if len(design.axes) == 2 and not design.sample:
        return render_axes(_draw_heat(sweep, table))
    swings, p = find_swings(sweep)
    return render_axes(plot_tornado(swings, p, heading=make_heading(sweep.scenario, sweep.slots)))


def render_sensitivity(found: Sensitivity) -> bytes:
    """Draw a sensitivity as PNG: a tornado."""
    swings = [
        SwingBar(swing.key.removeprefix("priors."), swing.p_low, swing.p_high, swing.low, swing.high)
        for swing in found.swings
        if swing.p_low is not None and swing.p_high is not None
    ]
    return render_axes(plot_tornado(swings, found.p, heading=make_heading(found.scenario)))


class _Varied(Heading):
    """A heading where the window itself is varied, so that no one day ends it."""

    @property
    def quantity(self) -> str:
        return "probability in the window"


def make_heading(scenario: Scenario, varied: Iterable[Slot] = ()) -> Heading:
    """Say above a figure of many runs what they are about."""
    kind = _Varied if any(slot.path[0] == "window" for slot in varied) else Heading
    return kind(scenario.question.title, scenario.as_of, scenario.window.until)


def find_swings(sweep: Sweep) -> tuple[list[SwingBar], float]:
    """Vary one key at a time, the others as they are, and find where P is least and most; return the base's P too."""
    evaluator = sweep.evaluator()
    base = evaluator.answer()
    swings = []
    for axis in sweep.design.axes:
        answers = [(evaluator.answer([(axis.slot, value)]).p, value) for value in axis.values]
        found = [(p, value) for p, value in answers if p is not None]
        if found:
            ends = min(found, key=_first), max(found, key=_first)
            rising = [axis.values[index] for index in _order(axis)]
            (p_low, low), (p_high, high) = sorted(ends, key=lambda end: rising.index(end[1]))
            swings.append(SwingBar(axis.slot.key, p_low, p_high, low, high))
    return swings, base.p if base.p is not None else float("nan")


def _first(pair: tuple[float, Value]) -> float:
    return pair[0]


def _draw_response(sweep: Sweep, table: TableFile) -> Axes:
    axis, places = sweep.design.axes[0], sweep.scenario.question.places
    found = [
        (
            _read_value(axis, row[axis.slot.key]),
            *(_read_p(row[name]) for name in ("p", *(f"p_{place}" for place in places))),
        )
        for row in table.read()
        if row["p"]
    ]
    values, p, *shares = zip(*found, strict=True) if found else ((), (), *(() for _ in places))
    return plot_response(
        axis.slot.key,
        values,
        np.array(p),
        {place: np.array(share) for place, share in zip(places, shares, strict=True)},
        heading=make_heading(sweep.scenario, sweep.slots),
    )


def _draw_heat(sweep: Sweep, table: TableFile) -> Axes:
    up, across = sweep.design.axes  # the second is the fastest
    p = np.fromiter((_read_p(row["p"]) for row in table.read()), float, len(sweep.design))
    grid = p.reshape(len(up.values), len(across.values))
    orders = [_order(axis) for axis in (up, across)]
    x, y = ([axis.values[index] for index in order] for axis, order in zip((across, up), orders[::-1], strict=True))
    return plot_heat(
        across.slot.key, x, up.slot.key, y, grid[np.ix_(*orders)], heading=make_heading(sweep.scenario, sweep.slots)
    )


def _order(axis: Axis) -> list[int]:
    """Return the order in which the values rise; names stay as they are."""
    count = range(len(axis.values))
    values: Any = axis.values
    return list(count) if axis.slot.way == "switch" else sorted(count, key=values.__getitem__)


def _read_value(axis: Axis, text: str) -> Value:
    if axis.slot.way == "switch":
        return text
    return datetime.date.fromisoformat(text) if axis.slot.way == "date" else float(text)


def _read_p(text: str) -> float:
    return float(text) if text else float("nan")


def render_figure(comparison: Comparison) -> bytes:
    """Draw the comparison and return it as PNG."""
    rows = [
        ComparedBar(
            name=row.scenario.name,
            as_of=row.scenario.as_of,
            until=row.scenario.window.until,
            p=(row.p_event.mean, *row.p_event.eti90),
            places={name: place.mean for name, place in row.places.items()},
            median_day=row.median_day,
            readings=row.readings_range,
        )
        for row in comparison.rows
    ]
    return render_axes(plot_compare(rows, title=comparison.title))
