"""Where: the probability of the event at each place and by each itinerary, and of no event at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.plots import style, words
from forecast.plots.given import Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW, THIN_ROW = 7.5, 0.42, 0.25  # inches
LEAST, MOST, TOP, BOTTOM = 1.0, 2.6, 0.72, 1.0  # inches; names take from the least to the most at the left
_GAP = 10.0  # points between the axes and the values
NO_EVENT = "no event"


@dataclass(frozen=True)
class Row:
    """A line of the figure: its name, its probability, and whether it is a place, one of its itineraries or neither."""

    name: str
    mean: float
    eti90: tuple[float, float]
    colour: str
    is_part: bool = False


def list_rows(result: Given) -> list[Row]:
    """List each place, below it its itineraries where it has several, and no event."""
    colours = style.place_colours([*result.places])
    rows = []
    for place, estimate in result.places.items():
        rows.append(Row(place, estimate.mean, estimate.eti90, colours[place]))
        ways = [way.name for way in result.scenario.question.itineraries if way.place == place]
        if ways != [place]:
            found = [(way, result.itineraries[way]) for way in ways]
            rows += [Row(way, part.mean, part.eti90, colours[place], is_part=True) for way, part in found]
    lo, hi = result.p_event.eti90
    return [*rows, Row(NO_EVENT, 1 - result.p_event.mean, (1 - hi, 1 - lo), style.PRIOR)]


def plot_where(result: Given, *, ax: Axes | None = None) -> Axes:
    """Draw P by place, and by itinerary within it, with 90% intervals.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall as its rows need.

    Returns
    -------
    Axes
        x is the probability that the event falls into the window, there.
    """
    rows = list_rows(result)
    heights, total = place_rows(rows)
    names = [words.show(result.scenario, row.name) if row.name != NO_EVENT else NO_EVENT for row in rows]
    if ax is None:
        room = max(style.text_width(name, style.BODY, bold=True) for name in names)
        ax = _new_axes(total, room, max(style.text_width(write_value(row), style.BODY) for row in rows))
    draw_bars(ax, rows, heights)
    draw_intervals(ax, rows, heights)
    ax.set_xlim(0, style.choose_reach(max(row.eti90[1] for row in rows)))
    ax.set_ylim(total, 0)
    write_values(ax, rows, heights)
    style.dress(ax, grid="x")
    style.name_rows(ax, heights, names, [_choose_look(row) for row in rows])
    ax.xaxis.set_major_formatter(words.tick_percent)
    style.name_axis(ax, "x", f"probability, {words.describe_window(result)}: bar and dot the mean, line 90% of draws")
    style.entitle(ax, result.scenario.question.title, f"where, {words.describe_answer(result)}", up=6)
    style.sign(ax, words.describe_foot(result), down=38)
    return ax


def _choose_look(row: Row) -> dict[str, Any]:
    if row.is_part:
        return {"color": style.SOFT}
    return {"fontsize": style.BODY, "fontweight": "normal" if row.name == NO_EVENT else "bold"}


def place_rows(rows: list[Row]) -> tuple[list[float], float]:
    """Return the middle of each row and the height of all, in inches from the top."""
    heights, y = [], 0.0
    for index, row in enumerate(rows):
        y += 0.12 if index and not row.is_part else 0.0
        high = THIN_ROW if row.is_part else ROW
        heights.append(y + high / 2)
        y += high
    return heights, y


def _new_axes(total: float, names: float, values: float) -> Axes:
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
