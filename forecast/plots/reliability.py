"""Reliability: P recalibrated by what came against P as it was given, and where it would lie were the model right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style, words
from forecast.plots.given import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE, LEFT, RIGHT, BOTTOM, TITLE = 3.1, 0.62, 0.3, 0.75, 1.05  # inches: of a panel, and around it


@dataclass(frozen=True)
class ReliabilityCurve:
    """Forecasts of windows of one length.

    Attributes
    ----------
    name : str
        What the windows are.
    p, recalibrated : (rows,)
    band : (2, rows)
    """

    name: str
    p: Array
    recalibrated: Array
    band: Array


def plot_reliability(curves: Sequence[ReliabilityCurve], *, title: str, shown: str) -> Axes:
    """Draw a panel for each curve, side by side.

    Returns
    -------
    Axes
        The first panel; x is P as it was given, y the share of such windows in which it came.
    """
    panels = lay_panels(len(curves))
    for ax, curve in zip(panels, curves, strict=True):
        _draw(ax, curve)
    style.entitle(panels[0], title, shown, up=30)
    return panels[0]


def lay_panels(count: int) -> list[Axes]:
    """Make a figure of square panels, side by side, with room for a title."""
    width, height = (LEFT + SIDE) * count + RIGHT, BOTTOM + SIDE + TITLE
    figure = style.new_figure(width, height)
    return [
        figure.add_axes((
            (LEFT + (LEFT + SIDE) * at) / width, BOTTOM / height, (SIDE - 0.1) / width, (SIDE - 0.1) / height
        ))
        for at in range(count)
    ]  # fmt: skip


def dress_reliability(ax: Axes, name: str, given: Array, said: str) -> None:
    """Draw what a panel has before how often it came: the diagonal, a tick for each P that was given, and its texts."""
    style.dress(ax, grid="y")
    ax.plot([0, 1], [0, 1], color=style.SOFT, linewidth=0.8, linestyle=(0, (4, 2)), label="diagonal")
    ax.plot(given, np.full(len(given), -0.03), "|", color=style.INK, markersize=5, alpha=0.4, clip_on=False,
            label="forecasts")  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.05, 1)
    ax.xaxis.set_major_formatter(words.tick_percent)
    style.scale_in_percent(ax)
    style.name_axis(ax, "x", said)
    style.write(ax, (0, 1), name, shift=(0, 8), fontsize=style.BODY, fontweight="bold", va="bottom")


def _draw(ax: Axes, curve: ReliabilityCurve) -> None:
    said = "P as it was given; a tick for each window\nline: how often it came; band: 90%, if right"
    order = np.argsort(curve.p)
    x = curve.p[order]
    dress_reliability(ax, curve.name, x, said)
    ax.fill_between(x, *curve.band[:, order], color=style.SOFT, alpha=0.2, linewidth=0, label="if right")
    ax.plot(x, curve.recalibrated[order], color=style.POSTERIOR, linewidth=1.6, marker=".", markersize=4, label="came")
