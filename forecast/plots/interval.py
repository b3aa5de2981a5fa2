"""One probability with its interval, on a line of its own: for an estimate by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.plots import style, words
from forecast.plots.given import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 5.0, 1.1  # inches
BOX = (0.05, 0.5, 0.9, 0.3)  # of the axes, in shares of the figure


def plot_interval(estimate: Estimate, *, ax: Axes | None = None) -> Axes:
    """Draw a mean as a dot and its 90% interval as a line.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made.

    Returns
    -------
    Axes
        x is the probability.
    """
    ax = ax if ax is not None else style.new_figure(WIDTH, HEIGHT).add_axes(BOX)
    lo, hi = estimate.eti90
    ax.hlines([0], lo, hi, color=style.INK, linewidth=1.6, label="90% of draws")
    ax.scatter([estimate.mean], [0], s=30, color=style.INK, clip_on=False, label="mean")
    ax.set_xlim(0, style.choose_reach(max(hi, estimate.mean)))
    ax.set_ylim(-1, 1)
    style.dress(ax, grid="x")
    ax.set_yticks([])
    ax.xaxis.set_major_formatter(words.tick_percent)
    said = f"{words.percent(estimate.mean)}; 90% of draws {words.percent_range(estimate.eti90)}"
    style.name_axis(ax, "x", f"probability: {said}")
    return ax
