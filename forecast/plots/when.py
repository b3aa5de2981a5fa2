"""When: the cumulative incidence by place, and below it the chance of the event on each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from forecast.plots import style
from forecast.plots.dates import curve_days, end_of, plain_span, set_day_ticks
from forecast.plots.letters import text_width
from forecast.plots.plans import ROW, PlanBand, arrange_labels, count_rows, plans_ahead, write_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.predict import Forecast

Array = np.ndarray
SIZE = (7.5, 5.6)  # inches
MASS = 0.8
_SHADE, _SHADE_INK = "#f3e9c6", "#7a6415"
_LEFT = 0.115  # margin, as a share of the width


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
        style.write(ax, (0, 0), curves.label, shift=(0, -30), va="top", color=_SHADE_INK)
        return ax
    names = [f"{style.spell(place)} 100%" for place in result.timeline.structure.places]
    right = max(text_width(name, style.SMALL, bold=True) for name in [*names, "anywhere 100%"]) + 24
    upper, lower = _new_axes(1 - _LEFT - right / SIZE[0] / 72)
    _draw_upper(upper, result, curves, bands, own=True)
    _draw_lower(lower, result, curves, bands)
    upper.tick_params(labelbottom=False)
    style.write(lower, (0, 1), curves.label, shift=(0, 4), va="bottom", color=_SHADE_INK)
    style.sign(lower, result, down=32, right=right - 14)
    return np.array([upper, lower])


def _new_axes(width: float) -> tuple[Axes, Axes]:
    figure = style.new_figure(*SIZE)
    return figure.add_axes((_LEFT, 0.42, width, 0.4)), figure.add_axes((_LEFT, 0.135, width, 0.23))


def _draw_upper(ax: Axes, result: Forecast, curves: Curves, bands: list[PlanBand], own: bool = False) -> None:
    set_day_ticks(ax, (float(curves.x[0]), float(curves.x[-1])))
    ax.set_ylim(0, min(1.0, 1.08 * float(curves.hi[-1])) or 1.0)
    labels = arrange_labels(ax, bands)
    up = 8 + ROW * count_rows(labels)
    if own:
        style.give_headroom(ax, up + style.HEADLINES)
    style.dress(ax, grid="y")
    shade_days(ax, curves, bands)
    draw_cumulative(ax, result, curves)
    write_labels(ax, labels)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(style.tick_percent)
    ax.set_ylabel("probability by that day\n(dashed: 90% of draws)", fontsize=style.SMALL, color=style.INK)
    subtitle = f"when, {style.describe_answer(result)}"
    style.entitle(ax, result.scenario.question.title, subtitle, left=-_LEFT * SIZE[0] * 72 + 14, up=up)


def _draw_lower(ax: Axes, result: Forecast, curves: Curves, bands: list[PlanBand]) -> None:
    set_day_ticks(ax, (float(curves.x[0]), float(curves.x[-1])))
    style.dress(ax, grid="y")
    shade_days(ax, curves, bands)
    draw_daily(ax, result, curves)
    ax.set_ylim(0, 1.1 * float(curves.incidence.sum(axis=0).max()) or 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(style.tick_percent)
    ax.set_ylabel("probability\non that day", fontsize=style.SMALL, color=style.INK)


def shade_days(ax: Axes, curves: Curves, bands: list[PlanBand]) -> None:
    """Shade the shortest window, and mark the days of plans."""
    ax.axvspan(*curves.shortest, facecolor=_SHADE, alpha=0.8, linewidth=0, zorder=0.2, label="shortest window")
    for band in bands:
        ax.axvspan(
            band.start, band.end, facecolor="none", edgecolor=style.SOFT, linewidth=0.7, linestyle=(0, (3, 2)), zorder=3
        )


def draw_cumulative(ax: Axes, result: Forecast, curves: Curves) -> None:
    """Draw the chance by each day, stacked by place, with the 90% interval of the total."""
    places = result.timeline.structure.places
    colours = style.place_colours(places)
    edges = np.concatenate([np.zeros((1, len(curves.x))), np.cumsum(curves.cif, axis=0)])
    for index, place in enumerate(places):
        ax.fill_between(
            curves.x, edges[index], edges[index + 1], facecolor=colours[place], edgecolor="white", linewidth=0.5,
            alpha=0.85, zorder=1, label=place,
        )  # fmt: skip
    ax.plot(curves.x, edges[-1], color=style.INK, linewidth=1.6, zorder=4, label="anywhere")
    for bound in (curves.lo, curves.hi):
        ax.plot(curves.x, bound, color=style.INK, linewidth=0.9, linestyle=(0, (5, 2)), zorder=4, label="90% of draws")
    label_ends(ax, places, edges, curves)


def label_ends(ax: Axes, places: tuple[str, ...], edges: Array, curves: Curves) -> None:
    """Name the areas and the lines at the right edge."""
    colours = style.place_colours(places)
    total = float(edges[-1, -1])
    labels = [style.EndLabel(f"anywhere {style.percent(total)}", total, style.INK, bold=True)]
    for name, end in (("upper", curves.hi[-1]), ("lower", curves.lo[-1])):
        labels.append(style.EndLabel(f"{name} {style.percent(end)}", float(end), style.SOFT, order=1))
    for index, place in enumerate(places):
        share, middle = curves.cif[index, -1], float(edges[index, -1] + edges[index + 1, -1]) / 2
        labels.append(
            style.EndLabel(
                f"{style.spell(place)} {style.percent(share)}", middle, colours[place], order=2 - float(share)
            )
        )
    style.name_ends(ax, labels, leader=16)


def draw_daily(ax: Axes, result: Forecast, curves: Curves) -> None:
    """Draw the chance on each day as bars by place, one on the other."""
    places = result.timeline.structure.places
    colours = style.place_colours(places)
    tops = np.cumsum(curves.incidence, axis=0)
    below = np.zeros(tops.shape[-1])
    for place, top in zip(places, tops, strict=True):
        ax.stairs(
            top, curves.x, baseline=below, fill=True, facecolor=colours[place], linewidth=0, zorder=1, label=place
        )
        below = top
