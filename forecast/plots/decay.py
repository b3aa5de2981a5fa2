"""How the chance decays: P for the rest of the window while nothing happens, or nothing is even announced."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.bands import ROW, arrange_labels, count_rows, outline_bands, plans_ahead, write_labels
from forecast.plots.dates import curve_days, plain_day, scale_in_days
from forecast.plots.given import Array, Band, Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (7.5, 5.25)  # inches
LEVEL = 0.1
_SILENCE = "#8a4a00"
_BOX = (0.115, 0.255, 0.8, 0.57)  # of the axes in the figure, as shares
_KEY, _LINE = 30.0, 13.0  # points from the axes to the first line that names a curve, and between these lines


@dataclass(frozen=True)
class Curve:
    """P for the rest of the window by what is known at the end of each day, and when it falls below `LEVEL`.

    Attributes
    ----------
    name, colour : str
    band : Band
        Mean and 90% interval, each (days + 1,): today, then the end of each day.
    falls : int or None
        From which of these on the mean is below `LEVEL`; none if it is not before the window closes.
    """

    name: str
    colour: str
    band: Band
    falls: int | None


def collect_decay(result: Given) -> list[Curve]:
    """Gather the two curves of a forecast.

    Raises
    ------
    InputError
        If there are none.
    """
    if result.decay is None:
        message = "expected a question whose chance decays as days pass; found one of numbers, or of a stage in force, "
        raise InputError([Problem(("decay",), f"{message}or with a stage that is learned by a day")])
    silence = "if nothing has happened and nothing new was announced by then"
    silence += " (a silent lapse is possible)" if result.scenario.question.silent else ""
    curves = []
    for curve, name, colour, band in (
        ("no_event", "if nothing has happened by then", style.POSTERIOR, result.decay.no_event),
        ("silence", silence, _SILENCE, result.decay.silence),
    ):
        day = result.falls_below(curve, LEVEL)
        curves.append(Curve(name, colour, band, (day - result.scenario.as_of).days if day < result.days[-1] else None))
    return curves


def plot_decay(result: Given, *, ax: Axes | None = None) -> Axes:
    """Draw P for the rest of the window against the day until which nothing has happened, or was announced either.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made. An axes of your own wants room below for the names of the curves.

    Returns
    -------
    Axes
        x in days; y is the probability that the event falls between the end of that day and the window's.
    """
    own = ax is None
    ax = ax if ax is not None else style.new_figure(*SIZE).add_axes(_BOX)
    curves, bands, x = collect_decay(result), plans_ahead(result), curve_days(result)
    style.dress(ax, grid="y")
    scale_in_days(ax, (float(x[0]), float(x[-1])))
    ax.set_ylim(0, min(1.0, 1.08 * max(float(curve.band.hi.max()) for curve in curves)) or 1.0)
    labels = arrange_labels(ax, bands)
    up = 8 + ROW * count_rows(labels)
    if own:
        style.give_headroom(ax, up + style.HEADLINES)
    outline_bands(ax, bands)
    draw_curves(ax, x, curves)
    mark_falls(ax, x, curves, result.days)
    write_labels(ax, labels)
    write_key(ax, curves, result.days)
    style.scale_in_percent(ax)
    style.name_axis(ax, "y", "probability for the rest of the window\n(shaded: 90% of draws)")
    subtitle = f"while nothing happens; {words.describe_answer(result)}"
    style.entitle(ax, result.scenario.question.title, subtitle, up=up)
    style.sign(ax, words.describe_foot(result), down=_KEY + _LINE * len(curves) + 6)
    return ax


def draw_curves(ax: Axes, x: Array, curves: list[Curve]) -> None:
    """Draw each curve over its shaded interval, the one that knows less on top."""
    for order, curve in enumerate(reversed(curves)):
        zorder = 2 + order
        ax.fill_between(x, curve.band.lo, curve.band.hi, facecolor=curve.colour, alpha=0.14, linewidth=0, zorder=1)
        for bound in (curve.band.lo, curve.band.hi):
            ax.plot(x, bound, color=curve.colour, linewidth=0.7, alpha=0.6, zorder=zorder, label=f"90%: {curve.name}")
        ax.plot(x, curve.band.mean, color=curve.colour, linewidth=1.8, zorder=zorder, label=curve.name)


def mark_falls(ax: Axes, x: Array, curves: list[Curve], days: Sequence[datetime.date]) -> None:
    """Mark where each curve falls below the level, and write the day: of the upper above it, of the lower below it."""
    top = ax.get_ylim()[1]
    if top > LEVEL:
        ax.axhline(LEVEL, color=style.SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1.5, label="level")
        style.write(ax, (1, LEVEL / top), words.tick_percent(LEVEL), shift=(4, 0), va="center")
    for curve, (side, shift) in zip(curves, (("left", (5, 5)), ("right", (-5, -5))), strict=True):
        if not curve.falls:
            continue
        at, day = (float(x[curve.falls]), float(curve.band.mean[curve.falls])), days[curve.falls - 1]
        text = plain_day(day, days[0].year)
        ax.plot(*at, "o", color=curve.colour, markersize=5, markeredgecolor="white", zorder=6, label="falls")
        ax.annotate(
            text, at, shift, textcoords="offset points", ha=side, va="bottom" if side == "left" else "top", zorder=6,
            annotation_clip=False, bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6},
            **style.look(text, color=curve.colour, fontweight="bold"),
        )  # fmt: skip


def write_key(ax: Axes, curves: list[Curve], days: Sequence[datetime.date]) -> None:
    """Name the curves below the axes, and say when each falls below the level."""
    width, height = style.width_in_points(ax), style.height_in_points(ax)
    left = style.EDGE - style.left_margin(ax)
    for row, curve in enumerate(curves):
        down = _KEY + _LINE * row
        y = -(down + 4) / height
        ax.plot(
            [left / width, (left + 14) / width], [y, y], color=curve.colour, linewidth=1.8, transform=ax.transAxes,
            clip_on=False, label="sample",
        )  # fmt: skip
        style.write(ax, (0, 0), curve.name, shift=(left + 19, -down), va="top")
        after = left + 25 + style.text_width(curve.name, style.SMALL)
        fall = describe_fall(curve, days)
        style.write(ax, (0, 0), fall, shift=(after, -down), va="top", fontweight="bold", color=curve.colour)


def describe_fall(curve: Curve, days: Sequence[datetime.date]) -> str:
    """Say from which day on a curve is below the level."""
    level = words.tick_percent(LEVEL)
    if curve.falls is None:
        return f"never below {level}"
    return f"below {level} from {days[curve.falls - 1]}" if curve.falls else f"below {level} today"
