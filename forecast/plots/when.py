"""When: the cumulative incidence by place, and below it the chance of the event on each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style
from forecast.plots.dates import curve_days, end_of, plain_span, set_day_ticks
from forecast.plots.plans import PlanBand, label_bands, plans_ahead

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.predict import Forecast

Array = np.ndarray
SIZE = (7.5, 5.6)  # inches
MASS = 0.8
_SHADE = "#f3e9c6"


@dataclass(frozen=True)
class Curves:
    """The event's timing.

    Attributes
    ----------
    x : (days + 1,)
        Date numbers: the end of `as_of`, then the end of each day.
    cif, incidence : (places, days + 1), (places, days)
        Chance of the event by then, and on that day, at each place.
    lo, hi : (days + 1,)
        90% interval of the chance by then at any place.
    shortest : (start, end)
        The shortest run of days that holds 80% of the timing.
    """

    x: Array
    cif: Array
    incidence: Array
    lo: Array
    hi: Array
    shortest: tuple[float, float]
    label: str


def collect_curves(result: Forecast) -> Curves:
    """Gather the curves of a forecast, from 0 at the end of `as_of`."""
    start, until = result.window(MASS)
    return Curves(
        x=curve_days(result),
        cif=np.pad(np.cumsum(result.incidence, axis=1), ((0, 0), (1, 0))),
        incidence=result.incidence,
        lo=np.pad(result.cif_any.lo, (1, 0)),
        hi=np.pad(result.cif_any.hi, (1, 0)),
        shortest=(end_of(start) - 1, end_of(until)),
        label=f"shortest {MASS:.0%} window: {plain_span(start, until)}",
    )


def plot_when(result: Forecast, *, ax: Axes | None = None) -> Axes | Array:
    """Draw the cumulative incidence by place and, below, the daily incidence.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw the cumulative incidence, and that alone; without it a figure of two panels is made.

    Returns
    -------
    Axes or array of two Axes
        x in days; y is the probability by that day, below it on that day.
    """
    curves, bands = collect_curves(result), plans_ahead(result)
    if ax is not None:
        _draw_upper(ax, result, curves, bands)
        set_day_ticks(ax, (float(curves.x[0]), float(curves.x[-1])))
        return ax
    figure = style.new_figure(*SIZE)
    upper, lower = figure.add_axes((0.1, 0.42, 0.73, 0.38)), figure.add_axes((0.1, 0.135, 0.73, 0.23))
    _draw_upper(upper, result, curves, bands)
    _draw_lower(lower, result, curves, bands)
    for panel in (upper, lower):
        set_day_ticks(panel, (float(curves.x[0]), float(curves.x[-1])))
    upper.tick_params(labelbottom=False)
    style.sign(lower, result, down=32, right=0.17 * SIZE[0] * 72 - 14)
    return np.array([upper, lower])


def _draw_upper(ax: Axes, result: Forecast, curves: Curves, bands: list[PlanBand]) -> None:
    ax.set_xlim(curves.x[0], curves.x[-1])
    ax.set_ylim(0, min(1.0, 1.08 * float(curves.hi[-1])) or 1.0)
    style.dress(ax, grid="y")
    shade_days(ax, curves, bands)
    draw_cumulative(ax, result, curves)
    rows = label_bands(ax, bands)
    ax.yaxis.set_major_formatter(lambda value, _: style.percent(value))
    ax.set_ylabel("probability by that day", fontsize=style.SMALL, color=style.INK)
    style.write(ax, (0, 1), curves.label, shift=(4, -4), va="top", color="#7a6415")
    style.entitle(ax, result.scenario.question.title, f"when, {style.describe_answer(result)}", left=-0.1 * SIZE[0] * 72 + 14, up=8 + 10 * rows)


def _draw_lower(ax: Axes, result: Forecast, curves: Curves, bands: list[PlanBand]) -> None:
    ax.set_xlim(curves.x[0], curves.x[-1])
    style.dress(ax, grid="y")
    shade_days(ax, curves, bands)
    draw_daily(ax, result, curves)
    ax.set_ylim(0, 1.1 * float(curves.incidence.sum(axis=0).max()) or 1.0)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.1%}" if ax.get_ylim()[1] < 0.05 else f"{value:.0%}")
    ax.set_ylabel("probability\non that day", fontsize=style.SMALL, color=style.INK)


def shade_days(ax: Axes, curves: Curves, bands: list[PlanBand]) -> None:
    """Shade the shortest window, and mark the days of plans."""
    ax.axvspan(*curves.shortest, facecolor=_SHADE, alpha=0.8, linewidth=0, zorder=0.2, label="shortest window")
    for band in bands:
        ax.axvspan(band.start, band.end, facecolor="none", edgecolor=style.SOFT, linewidth=0.7, linestyle=(0, (3, 2)), zorder=3)


def draw_cumulative(ax: Axes, result: Forecast, curves: Curves) -> None:
    """Draw the chance by each day, stacked by place, with the 90% interval of the total."""
    places = result.timeline.structure.places
    colours = style.place_colours(places)
    edges = np.concatenate([np.zeros((1, len(curves.x))), np.cumsum(curves.cif, axis=0)])
    for index, place in enumerate(places):
        ax.fill_between(
            curves.x, edges[index], edges[index + 1], facecolor=colours[place], edgecolor="white", linewidth=0.5, alpha=0.85,
            zorder=1, label=place,
        )  # fmt: skip
    ax.plot(curves.x, edges[-1], color=style.INK, linewidth=1.6, zorder=4, label="anywhere")
    for bound in (curves.lo, curves.hi):
        ax.plot(curves.x, bound, color=style.INK, linewidth=0.9, linestyle=(0, (5, 2)), zorder=4, label="90% of draws")
    label_ends(ax, places, edges, curves)


def label_ends(ax: Axes, places: tuple[str, ...], edges: Array, curves: Curves) -> None:
    """Name the areas and the lines at the right edge."""
    low, high = ax.get_ylim()
    points = style.height_in_points(ax) / (high - low)
    texts = [f"{style.spell(place)} {style.percent(share)}" for place, share in zip(places, curves.cif[:, -1], strict=True)]
    wanted = [float(edges[index, -1] + edges[index + 1, -1]) / 2 for index in range(len(places))]
    texts += [f"anywhere {style.percent(edges[-1, -1])}", f"5%: {style.percent(curves.lo[-1])}", f"95%: {style.percent(curves.hi[-1])}"]
    wanted += [float(edges[-1, -1]), float(curves.lo[-1]), float(curves.hi[-1])]
    colours = [*style.place_colours(places).values(), style.INK, style.SOFT, style.SOFT]
    placed = style.spread(wanted, 10.5 / points, (low + 5 / points, high - 5 / points))
    for index, (text, middle, y) in enumerate(zip(texts, wanted, placed, strict=True)):
        ax.annotate(
            text, (curves.x[-1], middle), (16, (y - middle) * points), textcoords="offset points", va="center",
            fontsize=style.SMALL, color=style.INK if index <= len(places) else style.SOFT, family=style.FONT,
            fontweight="bold" if index == len(places) else "normal", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colours[index], "linewidth": 1.4, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)},
        )  # fmt: skip


def draw_daily(ax: Axes, result: Forecast, curves: Curves) -> None:
    """Draw the chance on each day as bars by place, one on the other."""
    places = result.timeline.structure.places
    colours = style.place_colours(places)
    tops = np.cumsum(curves.incidence, axis=0)
    below = np.zeros(tops.shape[-1])
    for place, top in zip(places, tops, strict=True):
        ax.stairs(top, curves.x, baseline=below, fill=True, facecolor=colours[place], linewidth=0, zorder=1, label=place)
        below = top
