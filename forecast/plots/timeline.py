"""The signature figure: one timeline on two time scales, history left of the as-of line and the forecast right of it.

Left, the stages through history and past events; right, day by day, the chance of each stage and of the event by
place, stacked to 1. Plans and conditions run along below both, and the facts are numbered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style, words
from forecast.plots.areas import shorten_name
from forecast.plots.bands import ROW, arrange_labels, count_rows, draw_bands, plans_ahead, write_labels
from forecast.plots.citations import (
    LINE,
    MOST,
    Legend,
    collect_citations,
    draw_marks,
    lay_legend,
    number_facts,
    write_legend,
)
from forecast.plots.dates import count_ticks, end_of, find_ticks, start_of
from forecast.plots.given import Given
from forecast.plots.holes import draw_holes, draw_unsure_days, name_beginning
from forecast.plots.lanes import (
    PLANS,
    DrawnPast,
    Lanes,
    collect_history,
    draw_events,
    draw_lanes,
    draw_rows,
    lay_lanes,
)
from forecast.plots.stack import LEADER, Stack, draw_shares, draw_stack, label_stack, stack_chances
from forecast.scenario import EVENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, TOP = 10.0, 1.0  # inches: of the figure, above the axes
_LEGEND, _AIR = 44.0, 8.0  # points from the axes to the facts, and free below them and below the foot
_HEIGHT = 3.3  # inches: of the axes, which hold six stages
_LANES, _LANE = 6, 0.4  # stages, and inches for each further one
_MARGIN = style.EDGE - 3.0  # points at either side of the figure that stay free
_APART = 6.0  # points between labels of history and of the forecast
_HISTORY, _EMPTY_HISTORY = 0.42, 0.16  # share of the width left of the as-of line


def two_scales(first: float, cut: float, last: float, share: float) -> tuple[Callable, Callable]:
    """Return the map from days to the axis and back: history takes `share` of the width, the forecast the rest."""
    days, fractions = np.array([first, cut, last]), np.array([0.0, share, 1.0])
    return (lambda x: np.interp(x, days, fractions)), (lambda x: np.interp(x, fractions, days))


def plot_timeline(result: Given, *, ax: Axes | None = None) -> Axes:
    """Draw history and forecast on one canvas.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall as the facts need. An axes of your own wants room below
        for the facts and right for the labels.

    Returns
    -------
    Axes
        x in days on two scales, cut at `as_of`; y from 0 to 1, with rows for plans and conditions below 0.
    """
    history, stack = collect_history(result), stack_chances(result)
    lanes = lay_lanes(result, history)
    numbered = number_facts(collect_citations(result, lanes), MOST)
    rows = {
        name: style.shorten(label, style.NAME, style.SMALL) for name, label in name_rows(result, history, lanes).items()
    }
    margins = measure_margins(result, stack, rows)
    own = ax is None
    total = WIDTH * 72 - 2 * _MARGIN if ax is None else style.width_in_points(ax) + sum(margins)
    legend = lay_legend(result, numbered, total)
    foot = write_foot(result, legend, len(history.conditions) - len(lanes.conditions))
    if ax is None:
        below = _LEGEND + LINE * legend.rows + _AIR + style.FOOT_LINE * len(foot) + _AIR
        ax = _new_axes(below / 72, margins, lanes)
    share = _HISTORY if history.has_steps else _EMPTY_HISTORY
    set_scales(ax, history, lanes, share, last=float(stack.x[-1]))
    small = {"fontsize": style.TINY, "color": style.SOFT}
    looks: list[dict] = [small if name in lanes.below else {} for name in rows]
    style.name_rows(ax, [lanes.centre(name) for name in rows], [*rows.values()], looks)
    draw_lanes(ax, lanes, history)
    draw_unsure_days(ax, history)
    draw_holes(ax, history)
    name_beginning(ax, lanes, history)
    draw_events(ax, lanes, history, result.scenario)
    draw_stack(ax, stack)
    draw_shares(ax, stack)
    draw_rows(ax, lanes, history)
    bands = plans_ahead(result)
    draw_bands(ax, bands)
    width = style.width_in_points(ax)
    labels = arrange_labels(ax, bands, [(width + LEADER - 4, width + 3 * LEADER)])
    up = 12 + ROW * max(1, count_rows(labels))
    if own:
        style.give_headroom(ax, up + style.HEADLINES)
    write_labels(ax, labels)
    draw_as_of(ax, result, share)
    label_stack(ax, stack, result)
    draw_marks(ax, lanes, numbered)
    _annotate(ax, result, history, legend, foot, share=share, up=up, left=margins[0])
    return ax


def name_rows(result: Given, history: DrawnPast, lanes: Lanes) -> dict[str, str]:
    """Return what stands left of each row."""
    named = {name: words.show(result.scenario, name) for name in (*lanes.stages, EVENT)}
    return named | {name: history.labels.get(name, PLANS.strip()) for name in lanes.below}


def measure_margins(result: Given, stack: Stack, rows: Mapping[str, str]) -> tuple[float, float]:
    """Return the points that names need left and right of the axes."""
    ends = [shorten_name(words.show(result.scenario, name)) for name in stack.names]
    left = max(style.text_width(name, style.SMALL) for name in rows.values())
    right = max(style.text_width(f"{name} 100%", style.SMALL, bold=True) for name in ends)
    return left + 16, right + LEADER + 4


def _new_axes(bottom: float, margins: tuple[float, float], lanes: Lanes) -> Axes:
    height = bottom + TOP + _HEIGHT + _LANE * max(0, len(lanes.stages) - _LANES)
    left, right = ((margin + _MARGIN) / 72 for margin in margins)
    box = (left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (TOP + bottom) / height)
    return style.new_figure(WIDTH, height).add_axes(box)


def set_scales(ax: Axes, history: DrawnPast, lanes: Lanes, share: float, *, last: float) -> None:
    """Set the two time scales, and ticks that keep clear of the as-of line."""
    ax.set_xscale("function", functions=two_scales(history.first, history.cut, last, share))
    ax.set_xlim(history.first, last)
    ax.set_ylim(lanes.bottom, 1.0)
    style.dress(ax)
    ticks = lay_ticks(history, share, last=last, width=style.width_in_points(ax))
    ax.set_xticks([x for x, _ in ticks], [text for _, text in ticks])


def lay_ticks(history: DrawnPast, share: float, *, last: float, width: float) -> list[tuple[float, str]]:
    """Choose the ticks of both scales; of history those whose labels keep clear of the line and of the other side."""
    left, right = width * share, width * (1 - share)
    past = find_ticks(history.first, history.cut, count_ticks(left))
    ahead = find_ticks(history.cut, last, count_ticks(right))
    (x, text), *_ = ahead
    room = right * (x - history.cut) / (last - history.cut) - half_width(text) - _APART
    a_point = (history.cut - history.first) / left
    return [
        (x, text) for x, text in past if x + half_width(text) * a_point < history.cut + min(room, 0) * a_point
    ] + ahead


def half_width(label: str) -> float:
    """Return how many points a tick's label reaches to either side."""
    return max(style.text_width(line, style.SMALL) for line in label.split("\n")) / 2


def draw_as_of(ax: Axes, result: Given, share: float) -> None:
    """Draw the as-of line and its label, and where the window begins if that is later."""
    cut = end_of(result.scenario.as_of)
    ax.axvline(cut, color=style.INK, linewidth=2.4, zorder=5)
    style.write(
        ax, (share, 1), f"as of {result.scenario.as_of}", shift=(1, 4), ha="right", va="bottom", fontweight="bold"
    )
    start = result.scenario.window.start
    if start > result.days[0]:
        ax.axvline(start_of(start), color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=4)


def write_foot(result: Given, legend: Legend, hidden: int) -> list[str]:
    """Write the lines below the facts: what is left out, and what every figure says."""
    left_out = [*filter(None, [legend.note]), *([f"{hidden} more conditions are not drawn"] if hidden else [])]
    return [*(["; ".join(left_out)] if left_out else []), *words.describe_foot(result)]


def _annotate(
    ax: Axes,
    result: Given,
    history: DrawnPast,
    legend: Legend,
    foot: list[str],
    *,
    share: float,
    up: float,
    left: float,
) -> None:
    style.entitle(ax, result.scenario.question.title, words.describe_answer(result), up=up)
    ahead = "forecast: chance on each day, stacked to 100%"
    if result.scenario.window.start > result.days[0]:
        ahead += "; dashed: the window opens"
    past = "history: the stage on each day"
    if any(entry.earliest for _, entry, _ in result.scenario.known().steps):
        past = "history; hatched: a step on one of these days"
    if history.unrecorded:
        past += "; crossed: no record"
    for x, text in ((share / 2, past), ((1 + share) / 2, ahead)):
        style.write(ax, (x, 0), text, shift=(0, -27), ha="center", va="top", color=style.SOFT)
    write_legend(ax, legend, left=left, down=_LEGEND)
    style.sign(ax, foot, down=_LEGEND + LINE * legend.rows + _AIR)
