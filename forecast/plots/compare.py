"""Scenarios side by side: P of each, stacked by place, with its interval and the range over other readings."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.given import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, PLOT = 0.36, 4.6  # inches: height of a row, width of the axes
TOP, BOTTOM = 1.05, 0.95  # inches above and below the axes
_NAMES = 4.2  # inches that names may take
_GAP = 14.0  # points between columns


@dataclass(frozen=True)
class ComparedBar:
    """A scenario's answer; its name is shown as it is.

    Attributes
    ----------
    name : str
    as_of, until : datetime.date
        When it was asked, and the last day of its window.
    p : (mean, lo, hi)
        Probability of the event within the window, and its 90% interval.
    places : dict of str to float
        The mean by the name of the place as it is shown, in the order of the question, from which the colours follow.
    median_day : datetime.date or None
        By when the event, if it happens in the window, is as likely as not to have happened; none if it never happens.
    readings : (lo, hi) or None
        Range of the mean over other readings of the facts, where the scenario lists some.
    start : datetime.date or None
        The first day of its window, if that is not the day after `as_of`.
    """

    name: str
    as_of: datetime.date
    until: datetime.date
    p: tuple[float, float, float]
    places: Mapping[str, float]
    median_day: datetime.date | None
    readings: tuple[float, float] | None = None
    start: datetime.date | None = None


def plot_compare(rows: Sequence[ComparedBar], *, title: str, foot: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """Draw a horizontal bar for each scenario, in their order.

    Parameters
    ----------
    title : str
        What the event is.
    foot : sequence of str
        Lines: the question; dates, window and engine.
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall and as wide as rows and names need. An axes of your own
        wants room on both sides.

    Returns
    -------
    Axes
        x is the probability that the event falls into each scenario's window.

    Raises
    ------
    InputError
        If there is nothing to compare.
    """
    if not rows:
        message = "expected at least one scenario to compare; found none"
        raise InputError([Problem((), message)])
    columns = tabulate(rows)
    colours = style.place_colours(list(dict.fromkeys(place for row in rows for place in row.places)))
    ax = ax if ax is not None else _new_axes(rows, columns, style.measure_swatches(colours))
    heights = np.arange(len(rows))
    ax.set_xlim(0, style.choose_reach(max(max(*row.p, *(row.readings or ())) for row in rows)))
    ax.set_ylim(len(rows) - 0.45, -0.55)
    style.dress(ax, grid="x")
    draw_bars(ax, rows, heights, colours)
    draw_intervals(ax, rows, heights)
    style.name_rows(ax, list(heights), [words.plain(row.name) for row in rows], [{"fontsize": style.BODY}] * len(rows))
    write_columns(ax, columns, heights)
    ax.xaxis.set_major_formatter(words.tick_percent)
    style.entitle(ax, title, describe_rows(rows), up=36)
    style.write_swatches(ax, colours, at=(style.EDGE - style.left_margin(ax), 19))
    key = "bar: mean by place; line: 90% of draws"
    key += "; bracket: range of the mean over other readings" if any(row.readings for row in rows) else ""
    style.name_axis(ax, "x", f"probability of the event in the window\n{key}")
    style.sign(ax, foot, down=46)
    return ax


def _ask_the_same(rows: Sequence[ComparedBar]) -> bool:
    return len({(row.as_of, row.start, row.until) for row in rows}) == 1


def describe_rows(rows: Sequence[ComparedBar]) -> str:
    """Write what is compared, and as of when if that is the same for all."""
    count = "1 scenario" if len(rows) == 1 else f"{len(rows)} scenarios"
    if _ask_the_same(rows):
        window = f"from {rows[0].start} to {rows[0].until}" if rows[0].start else f"by {rows[0].until}"
        return f"{count}, as of {rows[0].as_of}: probability {window}"
    return f"{count}, each with its own as-of date and window"


def tabulate(rows: Sequence[ComparedBar]) -> dict[str, list[str]]:
    """Return what stands right of the bars, by the heading of its column; dates where they differ between rows."""
    columns = {
        "P": [words.percent(row.p[0]) for row in rows],
        "90% of draws": [words.percent_range(row.p[1:]) for row in rows],
        "median day": ["\N{EN DASH}" if row.median_day is None else str(row.median_day) for row in rows],
    }
    if not _ask_the_same(rows):
        columns |= {"as of": [str(row.as_of) for row in rows]}
        if any(row.start for row in rows):
            columns |= {"from": [str(row.start or row.as_of + datetime.timedelta(days=1)) for row in rows]}
        columns |= {"until": [str(row.until) for row in rows]}
    return columns


def _place_columns(columns: Mapping[str, Sequence[str]]) -> list[float]:
    """Return the right edge of each column, in points from the axes."""
    needs = [
        max(style.text_width(text, style.SMALL, bold=True) for text in (name, *texts))
        for name, texts in columns.items()
    ]
    return list(accumulate(need + _GAP for need in needs))


def _new_axes(rows: Sequence[ComparedBar], columns: Mapping[str, Sequence[str]], key: float) -> Axes:
    left = min(_NAMES, max(style.text_width(words.plain(row.name), style.BODY) for row in rows) / 72 + 0.3)
    width = max(left + PLOT + _place_columns(columns)[-1] / 72, key / 72) + 0.2
    height = ROW * len(rows) + TOP + BOTTOM
    box = (left / width, BOTTOM / height, PLOT / width, ROW * len(rows) / height)
    return style.new_figure(width, height).add_axes(box)


def draw_bars(ax: Axes, rows: Sequence[ComparedBar], heights: Array, colours: Mapping[str, str]) -> None:
    """Draw each mean by place, one after the other."""
    below = np.zeros(len(rows))
    for place, colour in colours.items():
        share = np.array([row.places.get(place, 0.0) for row in rows])
        ax.barh(
            heights, share, left=below, height=0.62, color=colour, alpha=0.75, edgecolor="white", linewidth=0.5,
            zorder=2, label=place,
        )  # fmt: skip
        below = below + share


def draw_intervals(ax: Axes, rows: Sequence[ComparedBar], heights: Array) -> None:
    """Draw the 90% intervals as lines through the bars, and the ranges over readings as brackets below these."""
    mean, lo, hi = np.array([row.p for row in rows]).T
    ax.hlines(heights, lo, hi, color=style.INK, linewidth=1.6, zorder=3, label="90% of draws")
    ax.scatter(mean, heights, s=20, color=style.INK, zorder=4, clip_on=False, label="mean")
    for row, height in zip(rows, heights, strict=True):
        if row.readings:
            (left, right), foot, tip = row.readings, height + 0.4, height + 0.22
            ax.plot(
                [left, left, right, right], [tip, foot, foot, tip], color=style.INK, linewidth=0.8, zorder=3.5,
                solid_joinstyle="miter", label="other readings",
            )  # fmt: skip


def write_columns(ax: Axes, columns: Mapping[str, Sequence[str]], heights: Array) -> None:
    """Write the columns right of the bars, the first of them bold, under their headings."""
    low, high = ax.get_ylim()
    for (name, texts), edge in zip(columns.items(), _place_columns(columns), strict=True):
        weight = "bold" if name == next(iter(columns)) else "normal"
        style.write(ax, (1, 1), name, shift=(edge, 4), ha="right", va="bottom", color=style.SOFT)
        for text, height in zip(texts, heights, strict=True):
            at = (1, (height - low) / (high - low))
            style.write(ax, at, text, shift=(edge, 0), ha="right", va="center", fontweight=weight)
