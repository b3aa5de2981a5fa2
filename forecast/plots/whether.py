"""Whether: the distribution over draws of the probability that the event falls into the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style, words
from forecast.plots.given import Array, Given
from forecast.report import explain_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (7.5, 5.05)  # inches
DOTS = 100  # each is a quantile, as likely as any other (Kay et al. 2016, doi:10.1145/2858036.2858558)
_BOX = (0.25, 0.195, 0.71, 0.65)  # of the axes in the figure, as shares
_REACH = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 1.0)  # ends of the axis


@dataclass(frozen=True)
class Dots:
    """Quantiles of P as dots in columns: x is P, y counts from 0.5 upwards, `width` is a dot's diameter in x."""

    x: Array
    y: Array
    width: float


def stack_dots(quantiles: Sequence[float], reach: float, shape: float, fewest: int = 12) -> Dots:
    """Lay quantiles out as the largest dots that fit.

    Parameters
    ----------
    quantiles : sequence of (dots,)
        Of P over draws, rising.
    reach : float
        End of the axis.
    shape : float
        Height of the plot divided by its width: dots are round, so a column of n is n widths tall.
    fewest : int
        Columns that there are at least, lest dots are large.
    """
    count = len(quantiles)
    for columns in range(fewest, 400):
        width = reach / columns
        column = np.minimum((np.array(quantiles) / width).astype(int), columns - 1)
        if np.bincount(column).max() <= columns * shape:
            break
    height = np.arange(count) - np.searchsorted(column, column)
    return Dots((column + 0.5) * width, height + 0.5, width)


def choose_reach(result: Given) -> float:
    """Return the end of the axis: 1, or less where every P is small."""
    others = result.prior_only, result.base_rate or 0.0, *(result.readings_range or ())
    most = max(*result.quantiles([0.995]), *others)
    return next(reach for reach in _REACH if most <= reach or reach == _REACH[-1])


def plot_whether(result: Given, *, ax: Axes | None = None) -> Axes:
    """Draw P over draws as a quantile dotplot, with its mean, its 90% interval, and two numbers to compare it with.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made.

    Returns
    -------
    Axes
        x is the probability that the event falls into the window.
    """
    ax = ax if ax is not None else style.new_figure(*SIZE).add_axes(_BOX)
    reach = choose_reach(result)
    width, height = style.width_in_points(ax), style.height_in_points(ax)
    row = 19.0  # points
    below = (3.4 + (result.readings_range is not None)) * row  # the marks, and air
    top = height - below - 14
    dots = stack_dots(result.quantiles([(dot + 0.5) / DOTS for dot in range(DOTS)]), reach, top / width)
    unit = dots.width / reach * width  # points of a dot
    ax.set_xlim(0, reach)
    ax.set_ylim(-below / unit, (top + 14) / unit)
    style.dress(ax, grid="x")
    draw_dots(ax, dots, result, unit)
    draw_marks(ax, result, row / unit)
    ax.xaxis.set_major_formatter(words.tick_percent)
    style.name_axis(ax, "x", f"probability, {words.describe_window(result)}")
    p_event, is_pooled = result.p_event, not result.keeps_draws
    explained = explain_interval(result.scenario, p_event.mean, p_event.eti90, reports=is_pooled)
    style.entitle(ax, result.scenario.question.title, explained, up=8)
    style.sign(ax, words.describe_foot(result), down=38)
    return ax


def draw_dots(ax: Axes, dots: Dots, result: Given, unit: float) -> None:
    """Draw the dots, those outside the 90% interval paler, and a line at the mean."""
    order = np.arange(len(dots.x)) / len(dots.x)
    inside = (order >= 0.05) & (order < 0.95)
    colours = np.where(inside, style.POSTERIOR, "#9fc9e3")
    ax.scatter(dots.x, dots.y, s=(0.92 * unit) ** 2, c=colours, linewidths=0, zorder=3, label="quantiles")
    mean = result.p_event.mean
    ax.axvline(mean, ymin=0, color=style.INK, linewidth=1.4, zorder=4)
    side, shift = ("left", 4) if mean < 0.85 * ax.get_xlim()[1] else ("right", -4)
    style.write(
        ax, (mean / ax.get_xlim()[1], 1), f"{words.percent(mean)}, the mean", shift=(shift, -2), ha=side, va="top",
        fontsize=style.BODY, fontweight="bold",
    )  # fmt: skip
    ax.axhline(0, color=style.SOFT, linewidth=0.8, zorder=2)
    style.write(
        ax, (0, 1), f"The dots are no observations:\n{len(dots.x)} equally likely values of P,\none dot each",
        shift=(-8, -2), ha="right", va="top", color=style.SOFT,
    )  # fmt: skip


def draw_marks(ax: Axes, result: Given, row: float) -> None:
    """Draw, a row each, the 90% interval, the range over readings, and P of the prior alone and of a constant rate."""
    interval, bounds, others = result.p_event.eti90, result.readings_range, [result.prior_only]
    others += [] if result.base_rate is None else [result.base_rate]
    ranges = {"90% of draws": interval} | ({"other readings\nof the facts": bounds} if bounds else {})
    names = [*ranges, "prior only,\nbefore any history", "constant base rate"][: len(ranges) + len(others)]
    heights = [-(index + 0.75) * row * 1.02 for index in range(len(names))]
    ax.hlines(heights[0], *interval, color=style.POSTERIOR, linewidth=2.6, zorder=3)
    ax.plot([result.p_event.mean], [heights[0]], "o", color=style.INK, markersize=5, zorder=5)
    if bounds:
        draw_bracket(ax, [answer.p_event.mean for answer in result.readings.values()], bounds, (heights[1], row))
    ax.plot(
        others, heights[-len(others) :], "D", color=style.SOFT, markersize=5, linestyle="none", zorder=5, clip_on=False,
        label="for comparison",
    )  # fmt: skip
    ends = [*ranges.values(), *((value, value) for value in others)]
    texts = [*map(words.percent_range, ranges.values()), *map(words.percent, others)]
    for (left, right), text, y in zip(ends, texts, heights, strict=True):
        x, side, shift = (right, "left", 8) if right < 0.88 * ax.get_xlim()[1] else (left, "right", -8)
        ax.annotate(
            text, (x, y), (shift, 0), textcoords="offset points", ha=side, va="center_baseline", zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8}, **style.look(text),
        )  # fmt: skip
    style.name_rows(ax, heights, names)


def draw_bracket(ax: Axes, means: Sequence[float], bounds: tuple[float, float], at: tuple[float, float]) -> None:
    """Draw the range of the mean over readings as a bracket, open upwards, a tick for each; `at` height and row."""
    (lo, hi), (height, row) = bounds, at
    foot, tip = height - 0.2 * row, height + 0.2 * row
    ax.plot(
        [lo, lo, hi, hi], [tip, foot, foot, tip], color=style.INK, linewidth=1.2, solid_joinstyle="miter", zorder=4,
        label="other readings",
    )  # fmt: skip
    ax.vlines(means, foot, height, color=style.INK, linewidth=1.2, zorder=4)
