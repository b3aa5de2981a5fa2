"""The answer through time: P as it would have been given on each day, its band, events, and the facts behind jumps."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.bands import ROW, PlanBand, arrange_labels, count_rows, write_labels
from forecast.plots.dates import scale_in_days, start_of
from forecast.plots.given import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, PANEL = 9.0, 2.35  # inches: of the figure, and of a panel's axes in height
LEFT, RIGHT, BOTTOM, TITLE, GAP = 0.62, 0.95, 0.72, 0.68, 0.55  # inches around the panels
_SIZE = 40.0  # of a marker
TOP_LEAST = 0.02  # of the scale: smaller ones show noise


@dataclass(frozen=True)
class ReplayLine:
    """P over time for windows of one length.

    Attributes
    ----------
    name : str
        What the windows are.
    days : sequence of datetime.date
        As-of dates.
    p, lo, hi, rate : (days,)
        P, its band, and P from a constant rate; NaN where there is none.
    causes : sequence of (day, p, fact)
        Jumps to name.
    """

    name: str
    days: Sequence[datetime.date]
    p: Array
    lo: Array
    hi: Array
    rate: Array
    causes: Sequence[tuple[datetime.date, float, str]]


def plot_replay(
    lines: Sequence[ReplayLine],
    *,
    title: str,
    shown: str,
    events: Sequence[datetime.date] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw a panel for each line.

    Parameters
    ----------
    title, shown : str
        What the event is, and what of it is shown.
    events : sequence of datetime.date
        Days on which it happened.
    ax : Axes, optional
        Where to draw a single line; an axes of your own wants room above for the facts behind the jumps.

    Returns
    -------
    Axes
        The first panel; x in days, y is the probability of the event in the window that begins on the morrow.

    Raises
    ------
    InputError
        If no line has a P.
    """
    if not any(np.isfinite(line.p).any() for line in lines):
        raise InputError([Problem((), "expected rows with a P to draw; found none")])
    if ax is not None:
        _draw_panel(ax, lines[0], events)
        return ax
    panels = _lay_out(lines)
    for panel, line in zip(panels, lines, strict=True):
        _draw_panel(panel, line, events)
    first, last = panels[0], panels[-1]
    style.entitle(first, title, shown, up=_above(first, lines[0]) + 10)
    key = "line: P as it would have been given on that day; band: 90% of draws"
    key += "; dashes: constant rate" if any(np.isfinite(line.rate).any() for line in lines) else ""
    key += "; triangles: it happened" if events else ""
    style.name_axis(last, "x", f"as-of date\n{key}")
    return first


def _lay_out(lines: Sequence[ReplayLine]) -> list[Axes]:
    """Make a figure whose panels have as much room above as their labels need."""
    from matplotlib.figure import Figure

    blank = style.new_figure(WIDTH, 4.0)
    boxed = blank.add_axes((LEFT / WIDTH, 0.1, 1 - (LEFT + RIGHT) / WIDTH, 0.5))
    heads = []
    for line in lines:
        _scale(boxed, line)
        heads.append(_above(boxed, line) / 72)
    height = TITLE + BOTTOM + sum(heads) + PANEL * len(lines) + GAP * (len(lines) - 1)
    figure: Figure = style.new_figure(WIDTH, height)
    panels, top = [], height - TITLE
    for head in heads:
        bottom = top - head - PANEL
        panels.append(figure.add_axes((LEFT / WIDTH, bottom / height, 1 - (LEFT + RIGHT) / WIDTH, PANEL / height)))
        top = bottom - GAP
    return panels


def _scale(ax: Axes, line: ReplayLine) -> None:
    scale_in_days(ax, (start_of(line.days[0]), max(start_of(line.days[-1]), start_of(line.days[0]) + 1)))


def _labels(line: ReplayLine) -> list[PlanBand]:
    return [PlanBand(start_of(day), start_of(day), fact) for day, _, fact in line.causes]


def _above(ax: Axes, line: ReplayLine) -> float:
    """Return the points that a panel needs above it: for its name and the labels of its jumps."""
    return 18 + ROW * count_rows(arrange_labels(ax, _labels(line)))


def _draw_panel(ax: Axes, line: ReplayLine, events: Sequence[datetime.date]) -> None:
    style.dress(ax, grid="y")
    _scale(ax, line)
    x = np.array([start_of(day) for day in line.days])
    ax.fill_between(x, line.lo, line.hi, color=style.POSTERIOR, alpha=0.16, linewidth=0, label="90% of draws")
    ax.plot(x, line.rate, color=style.SOFT, linewidth=1.0, linestyle=(0, (4, 2)), label="constant rate")
    ax.plot(x, line.p, color=style.POSTERIOR, linewidth=1.6, marker=".", markersize=2.5, label="P")
    top = style.choose_reach(float(np.nanmax(np.concatenate([line.hi, line.rate]))))
    ax.set_ylim(0, max(top, TOP_LEAST))
    style.scale_in_percent(ax)
    inside = [start_of(day) for day in events if line.days[0] <= day <= line.days[-1]]
    ax.vlines(inside, 0, top, color=style.INK, linewidth=0.8, zorder=1.5)
    ax.scatter(inside, [0] * len(inside), s=_SIZE, marker="^", color=style.INK, zorder=5, clip_on=False, label="events")
    if line.causes:
        days, heights, _ = zip(*line.causes, strict=True)
        at = [start_of(day) for day in days]
        ax.scatter(at, heights, s=22, color="white", edgecolor=style.POSTERIOR, linewidth=1.3, zorder=4, label="jumps")
        ax.vlines(at, heights, top, color=style.SOFT, linewidth=0.5, zorder=1.4, label="causes")
    labels = arrange_labels(ax, _labels(line))
    write_labels(ax, labels)
    style.write(
        ax, (0, 1), words.plain(line.name), shift=(0, 6 + ROW * count_rows(labels)), fontsize=style.BODY,
        fontweight="bold", va="bottom",
    )  # fmt: skip
