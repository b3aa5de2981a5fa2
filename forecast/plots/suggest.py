"""How long past stays lasted, as steps, and what a prior made of them says of the next, as curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style
from forecast.plots.given import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 6.4, 4.0  # inches
_LOOKS = {"mean": (style.POSTERIOR, "-"), "single": ("#d55e00", (0, (5, 2)))}


def plot_suggestion(
    steps: tuple[Array, Array], curves: Mapping[str, tuple[Array, Array]], *, title: str, ax: Axes | None = None
) -> Axes:
    """Draw the share of stays that last longer than so many days.

    Parameters
    ----------
    steps : (days,), (days,)
        Of the record: the days on which stays ended, and the share of those that lasted longer.
    curves : dict of str to ((days,), (days,))
        The same of the next stay, by the form of its prior, `mean` or `single`.
    """
    if ax is None:
        ax = style.new_figure(WIDTH, HEIGHT).add_axes((0.1, 0.15, 0.86, 0.63))
    style.dress(ax, grid="y")
    days, share = steps
    last = max(float(days[-1]) if len(days) else 1.0, 1.0)
    ax.step(
        np.concatenate([[0], days, [1.6 * last]]), np.concatenate([[1], share, share[-1:]]),
        where="post", color=style.INK, linewidth=1.4, label="record",
    )  # fmt: skip
    for name, (x, y) in curves.items():
        colour, line = _LOOKS[name]
        ax.plot(x, y, color=colour, linestyle=line, linewidth=1.6, label=f"the next, as {name} has it")
    ax.set_xlim(0, 1.6 * last)
    ax.set_ylim(0, 1)
    style.scale_in_percent(ax)
    style.name_axis(ax, "x", "days")
    legend = ax.legend(loc="upper right", frameon=False, fontsize=style.BODY)
    for text in legend.get_texts():
        text.set_color(style.INK)
    style.entitle(ax, title, "share of stays that last longer than so many days", up=10)
    return ax
