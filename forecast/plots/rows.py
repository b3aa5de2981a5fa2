"""Rows of probabilities with their 90% intervals: what the figures of places and of counts draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.plots import style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW, THIN_ROW = 7.5, 0.42, 0.25  # inches
LEAST, MOST, TOP, BOTTOM = 1.0, 2.6, 0.72, 1.0  # inches; names take from the least to the most at the left
_GAP = 10.0  # points between the axes and the values


@dataclass(frozen=True)
class Row:
    """A line of the figure: its name, its probability, and whether it is a place, one of its itineraries or neither."""

    name: str
    mean: float
    eti90: tuple[float, float]
    colour: str
    is_part: bool = False


def place_rows(rows: list[Row], *, apart: float = 0.12) -> tuple[list[float], float]:
    """Return the middle of each row and the height of all, in inches from the top; all but parts stand apart."""
    heights, y = [], 0.0
    for index, row in enumerate(rows):
        y += apart if index and not row.is_part else 0.0
        high = THIN_ROW if row.is_part else ROW
        heights.append(y + high / 2)
        y += high
    return heights, y


def new_axes(total: float, names: float, values: float) -> Axes:
    """Return axes of a figure as tall as its rows, with room for names of so many points, and values."""
    left, right = min(MOST, max(LEAST, names / 72 + 0.3)), (values + _GAP + style.EDGE) / 72
    height = max(2.6, total + TOP + BOTTOM)
    figure = style.new_figure(WIDTH, height)
    box = (left / WIDTH, BOTTOM / height, 1 - (left + right) / WIDTH, 1 - (TOP + BOTTOM) / height)
    return figure.add_axes(box)


def draw_bars(ax: Axes, rows: list[Row], heights: list[float]) -> None:
    """Draw the means as bars from 0, pale so that the intervals stand out."""
    thick = [THIN_ROW * 0.5 if row.is_part else ROW * 0.62 for row in rows]
    bars = ax.barh(heights, [row.mean for row in rows], height=thick, color=[row.colour for row in rows], zorder=2)
    for bar, row in zip(bars, rows, strict=True):
        bar.set_alpha(0.3 if row.is_part else 0.5)


def draw_intervals(ax: Axes, rows: list[Row], heights: list[float]) -> None:
    """Draw the 90% intervals as lines and the means as dots."""
    for part in (False, True):
        chosen = [(row, y) for row, y in zip(rows, heights, strict=True) if row.is_part == part]
        if not chosen:
            continue
        lows, highs = [row.eti90[0] for row, _ in chosen], [row.eti90[1] for row, _ in chosen]
        colour = style.SOFT if part else style.INK
        ax.hlines([y for _, y in chosen], lows, highs, color=colour, linewidth=0.9 if part else 1.8, zorder=3)
        ax.scatter(
            [row.mean for row, _ in chosen], [y for _, y in chosen], s=10 if part else 30, color=colour, zorder=4,
            clip_on=False, label="itineraries" if part else "places",
        )  # fmt: skip


def write_values(ax: Axes, rows: list[Row], heights: list[float]) -> None:
    """Write the mean, and for a place its interval, in a column right of the axes, where they cover nothing."""
    across = ax.get_yaxis_transform()
    for row, y in zip(rows, heights, strict=True):
        text = write_value(row)
        size, ink = (style.SMALL, style.SOFT) if row.is_part else (style.BODY, style.INK)
        ax.annotate(
            text, (1, y), (_GAP, 0), xycoords=across, textcoords="offset points", va="center", annotation_clip=False,
            **style.look(text, fontsize=size, color=ink),
        )  # fmt: skip


def write_value(row: Row) -> str:
    """Write the mean, and the interval unless it is that of an itinerary."""
    return words.percent(row.mean) + ("" if row.is_part else f"  ({words.percent_range(row.eti90)})")


def draw_rows(
    rows: Sequence[Row],
    names: Sequence[str],
    *,
    axis: str,
    title: tuple[str, str],
    foot: Sequence[str],
    ax: Axes | None = None,
    looks: Sequence[dict[str, Any]] = (),
    apart: float = 0.0,
) -> Axes:
    """Draw rows with their names at the left and their values at the right.

    Parameters
    ----------
    names : sequence of str
        As they are shown.
    axis : str
        What the probabilities are of.
    title : (str, str)
        And what stands below it.
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall as its rows need.
    """
    rows = list(rows)
    heights, total = place_rows(rows, apart=apart)
    if ax is None:
        room = max(style.text_width(name, style.BODY, bold=True) for name in names)
        ax = new_axes(total, room, max(style.text_width(write_value(row), style.BODY) for row in rows))
    draw_bars(ax, rows, heights)
    draw_intervals(ax, rows, heights)
    ax.set_xlim(0, style.choose_reach(max(row.eti90[1] for row in rows)))
    ax.set_ylim(total, 0)
    write_values(ax, rows, heights)
    style.dress(ax, grid="x")
    style.name_rows(ax, heights, names, looks or [{"fontsize": style.BODY}] * len(rows))
    ax.xaxis.set_major_formatter(words.tick_percent)
    style.name_axis(ax, "x", f"{axis}: bar and dot the mean, line 90% of draws")
    style.entitle(ax, *title, up=6)
    style.sign(ax, foot, down=38)
    return ax
