"""Probabilities by place, stacked to their total: what three figures draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style, words
from forecast.plots.given import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEADER = 16.0  # points between the axes and the names
TOTAL = "anywhere"


@dataclass(frozen=True)
class Areas:
    """P along x: in total, by place, and the 90% interval of the total.

    Attributes
    ----------
    x, total : (points,)
    places : dict of str to (points,)
        By the name as it is shown, in the order of the question, from which their colours follow.
    eti90 : ((points,), (points,)) or None
    name : str
        Of the total; a place of that name has no label of its own.
    """

    x: Array
    total: Array
    places: Mapping[str, Array]
    eti90: tuple[Array, Array] | None = None
    name: str = TOTAL

    @property
    def edges(self) -> Array:
        """Lower edge of the first area, then the upper edge of each: (places + 1, points)."""
        return np.cumsum([np.zeros(len(self.x)), *self.places.values()], axis=0)

    @property
    def top(self) -> float:
        """Largest value to be drawn."""
        return float(np.nanmax(self.total if self.eti90 is None else self.eti90[1]))


def measure_names(areas: Areas) -> float:
    """Return the points that names need right of the axes."""
    names = [areas.name, *map(shorten_name, areas.places)]
    return max(style.text_width(f"{name} 100%", style.SMALL, bold=True) for name in names) + _LEADER + 8


def shorten_name(name: str, of: int = 1) -> str:
    """Cut a name, one of so many in a line, to what may stand there; what follows is drawn after it in any script."""
    return words.isolate(style.shorten(name, style.NAME / of, style.SMALL))


def draw_areas(ax: Axes, areas: Areas) -> None:
    """Draw the areas, a line for the total, and dashed lines for its 90% interval."""
    colours, edges = style.place_colours([*areas.places]), areas.edges
    for place, low, high in zip(areas.places, edges[:-1], edges[1:], strict=True):
        ax.fill_between(
            areas.x, low, high, facecolor=colours[place], edgecolor="white", linewidth=0.5, alpha=0.85, zorder=1,
            label=place,
        )  # fmt: skip
    ax.plot(areas.x, areas.total, color=style.INK, linewidth=1.6, zorder=4, label=TOTAL)
    for bound in areas.eti90 or ():
        ax.plot(areas.x, bound, color=style.INK, linewidth=0.9, linestyle=(0, (5, 2)), zorder=4, label="90% of draws")


def name_areas(ax: Axes, areas: Areas) -> None:
    """Name the areas and the lines at the right edge, each with its last value."""
    colours, edges = style.place_colours([*areas.places]), areas.edges[:, -1]
    total = float(areas.total[-1])
    labels = [style.EndLabel(f"{areas.name} {words.percent(total)}", total, style.INK, bold=True)]
    for name, bound in zip(("lower", "upper"), areas.eti90 or (), strict=False):
        end = float(bound[-1])
        labels.append(style.EndLabel(f"{name} {words.percent(end)}", end, style.SOFT, order=1))
    for place, low, high in zip(areas.places, edges[:-1], edges[1:], strict=True):
        if place == areas.name:
            continue
        share = float(high - low)
        text = f"{shorten_name(place)} {words.percent(share)}"
        labels.append(style.EndLabel(text, float(low + high) / 2, colours[place], order=2 - share))
    style.name_ends(ax, labels, leader=_LEADER)
