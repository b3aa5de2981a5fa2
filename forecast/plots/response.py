"""What a sweep found: P against one varied key, or against two."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.ticker import MaxNLocator

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.areas import TOTAL, Areas, draw_areas, measure_names, name_areas
from forecast.plots.given import Array
from forecast.plots.scales import Scale, Value, choose_scale, scale_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

SIZE = (7.5, 4.85)  # inches
COLOURS = style.STAGE_RAMP  # from light to dark, which every eye can read
_TOP, _BOTTOM = 0.8, 0.95  # margins in inches
_SIGN = 46.0  # points from the axes to the foot
_CELL = (28.0, 11.0)  # points that a cell needs for its value
_DOTS_MOST = 40  # of more, each is as near to the next as a line is wide


@dataclass(frozen=True)
class Heading:
    """What a figure of many runs says above and at its foot.

    Attributes
    ----------
    title : str
        What the event is.
    as_of, until : datetime.date or None
        The as-of date and the last day of the window, where they are those of all runs.
    said : str
        What is shown, if it is not what the figure shows as a rule.
    foot : sequence of str
        Lines: the question; dates, window and engine.
    """

    title: str
    as_of: datetime.date | None
    until: datetime.date | None
    said: str = ""
    foot: Sequence[str] = ()

    def write(self, ax: Axes, what: str, *, up: float = 14.0, down: float) -> None:
        """Write the title, and what is shown, so many points above the axes, and the foot so many below."""
        dated = f"as of {self.as_of}, " if self.as_of else ""
        style.entitle(ax, self.title, f"{dated}{self.said or what}", up=up)
        style.sign(ax, self.foot, down=down)

    @property
    def quantity(self) -> str:
        """What is plotted."""
        return f"probability by {self.until}" if self.until else "probability in the window"


def plot_response(
    name: str,
    values: Sequence[Value],
    p: Array,
    places: Mapping[str, Array],
    *,
    heading: Heading,
    eti90: tuple[Array, Array] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw P, in total and by place, against one varied key.

    Parameters
    ----------
    name : str
        What the key is about.
    values : sequence of (points,)
        Numbers or dates, in any order, or names (on and off).
    p : (points,)
        Mean P.
    places : dict of str to (points,)
        Mean P by the name of the place as it is shown, in the order of the question.
    heading : Heading
    eti90 : ((points,), (points,)), optional
        90% interval of P.
    ax : Axes, optional
        Where to draw; without it a figure is made.

    Returns
    -------
    Axes
        x is the key; y is the probability of the event in the window.
    """
    scale = choose_scale(name, values)
    order = np.argsort(scale.at)
    areas = Areas(
        scale.at[order],
        np.asarray(p)[order],
        {place: np.asarray(share)[order] for place, share in places.items()},
        None if eti90 is None else (np.asarray(eti90[0])[order], np.asarray(eti90[1])[order]),
    )
    by_name = scale.kind == "names"
    right = measure_names(areas)
    ax = ax if ax is not None else _new_axes(54.0, right)
    style.dress(ax, grid="y")
    scale_axis(ax, "x", scale, cells=by_name)
    ax.set_ylim(0, min(1.0, 1.08 * areas.top) or 1.0)
    if by_name:
        draw_columns(ax, areas)
    else:
        draw_areas(ax, areas)
        if len(areas.x) <= _DOTS_MOST:  # what lies between them is not computed
            ax.plot(areas.x, areas.total, "o", ms=3.5, color=style.INK, zorder=4, clip_on=False, label="computed")
        name_areas(ax, areas)
    style.scale_in_percent(ax)
    style.name_axis(ax, "x", fit_label(ax, "x", scale))
    interval = "" if eti90 is None else f"\n({'line' if by_name else 'dashed'}: 90% of draws)"
    style.name_axis(ax, "y", heading.quantity + interval)
    heading.write(ax, f"against {name}", down=_SIGN)
    return ax


def plot_heat(
    x_name: str,
    x: Sequence[Value],
    y_name: str,
    y: Sequence[Value],
    p: Array,
    *,
    heading: Heading,
    ax: Axes | None = None,
) -> Axes:
    """Draw P against two varied keys: as colours, with values where cells have room for them and contours elsewhere.

    Parameters
    ----------
    x_name, y_name : str
        What the keys are about.
    x, y : sequence of (columns,), sequence of (rows,)
        Numbers or dates, rising, or names.
    p : (rows, columns)
        Mean P.
    heading : Heading
    ax : Axes, optional
        Where to draw; without it a figure is made. An axes of your own wants room at the right for the colours' scale.

    Returns
    -------
    Axes
        x and y are the keys; colour is the probability of the event in the window.

    Raises
    ------
    InputError
        If `p` has another shape than its keys' values.
    """
    across, up = choose_scale(x_name, x), choose_scale(y_name, y)
    if np.shape(p) != (len(y), len(x)):
        message = f"expected P for {len(y)} values of {y_name} by {len(x)} of {x_name}; found the shape {np.shape(p)}"
        raise InputError([Problem((), message)])
    ax = ax if ax is not None else _new_axes(_measure_ticks(up), 72.0)
    mesh = ax.pcolormesh(across.edges, up.edges, p, cmap=COLOURS, shading="flat", zorder=1)
    style.dress(ax)
    scale_axis(ax, "x", across, cells=True)
    scale_axis(ax, "y", up, cells=True)
    room = style.width_in_points(ax) / len(x), style.height_in_points(ax) / len(y)
    if room[0] >= _CELL[0] and room[1] >= _CELL[1]:
        write_cells(ax, mesh, across.middles, up.middles, p)
    elif "names" not in (across.kind, up.kind):
        draw_contours(ax, mesh, across.at, up.at, p)
    style.name_axis(ax, "x", fit_label(ax, "x", across))
    style.name_axis(ax, "y", fit_label(ax, "y", up))
    draw_colour_scale(ax, mesh, heading.quantity)
    heading.write(ax, f"against {x_name} and {y_name}", down=_SIGN)
    return ax


def fit_label(ax: Axes, side: Literal["x", "y"], scale: Scale) -> str:
    """Return what stands along an axis, cut to its length."""
    length = style.width_in_points(ax) if side == "x" else style.height_in_points(ax)
    return style.shorten(scale.label, length, style.SMALL)


def draw_columns(ax: Axes, areas: Areas) -> None:
    """Draw a column for each name, stacked by place, with the 90% interval and the total; name the places beside."""
    colours = style.place_colours([*areas.places])
    style.write_swatches(ax, colours, at=(style.width_in_points(ax) + 12, -10), down=style.END_GAP)
    for place, low, share in zip(areas.places, areas.edges, areas.places.values(), strict=False):
        ax.bar(areas.x, share, 0.62, low, color=colours[place], edgecolor="white", linewidth=0.5, zorder=1, label=place)
    if areas.eti90:
        ax.vlines(areas.x, *areas.eti90, color=style.INK, linewidth=1.6, zorder=4, label="90% of draws")
    ax.scatter(areas.x, areas.total, s=20, color=style.INK, zorder=4, label=TOTAL)
    for at, total in zip(areas.x, areas.total, strict=True):
        text = words.percent(total)
        ax.annotate(
            text, (at, total), (5, 2), textcoords="offset points", ha="left", va="bottom", zorder=5,
            **style.look(text, fontweight="bold"),
        )  # fmt: skip


def write_cells(ax: Axes, mesh: QuadMesh, x: Array, y: Array, p: Array) -> None:
    """Write P into each cell, in white on dark colours."""
    known = np.argwhere(np.isfinite(p))
    for (row, column), ink in zip(known, choose_ink(mesh, p[tuple(known.T)]), strict=True):
        text = words.percent(p[row, column])
        ax.text(x[column], y[row], text, ha="center", va="center", zorder=2, **style.look(text, color=ink))


def choose_ink(mesh: QuadMesh, p: Sequence[float] | Array) -> list[str]:
    """Return what can be read on the colour of each P: white on dark ones."""
    lightness = mesh.to_rgba(np.asarray(p, dtype=float))[:, :3] @ (0.299, 0.587, 0.114)
    return ["white" if light < 0.5 else style.INK for light in lightness]


def draw_contours(ax: Axes, mesh: QuadMesh, x: Array, y: Array, p: Array) -> None:
    """Draw lines of equal P at round values, each with its value, in what can be seen on the colours there."""
    if min(np.shape(p)) < 2:
        return
    low, high = np.nanmin(p), np.nanmax(p)
    levels = [level for level in MaxNLocator(6).tick_values(low, high) if low < level < high]
    if levels:
        lines = ax.contour(x, y, p, levels=levels, colors=choose_ink(mesh, levels), linewidths=1.0, zorder=2)
        ax.clabel(lines, fmt=words.tick_percent, fontsize=style.SMALL)


def draw_colour_scale(ax: Axes, mesh: QuadMesh, quantity: str) -> None:
    """Draw the colours' scale right of the axes."""
    width = style.width_in_points(ax)
    scale = ax.inset_axes((1 + 14 / width, 0, 12 / width, 1))
    bar = ax.figure.colorbar(mesh, cax=scale, format=words.tick_percent)
    bar.outline.set_visible(False)
    scale.tick_params(colors=style.SOFT, labelcolor=style.INK, labelsize=style.SMALL, labelfontfamily=style.FONT)
    style.name_axis(scale, "y", quantity)


def _measure_ticks(scale: Scale) -> float:
    """Return the points that ticks and their label need left of the axes."""
    _, labels = scale.ticks(20)
    return max(style.text_width(line, style.SMALL) for label in labels for line in label.split("\n")) + 36


def _new_axes(left: float, right: float) -> Axes:
    (width, height), left, right = SIZE, left / 72, right / 72
    box = (left / width, _BOTTOM / height, 1 - (left + right) / width, 1 - (_TOP + _BOTTOM) / height)
    return style.new_figure(width, height).add_axes(box)
