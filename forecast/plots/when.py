"""When: the cumulative incidence by place, below it the chance of the event on each day, and its day as dots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import StepPatch

from forecast.plots import style, words
from forecast.plots.areas import TOTAL, Areas, draw_areas, measure_names, name_areas
from forecast.plots.bands import ROW, PlanBand, arrange_labels, count_rows, outline_bands, plans_ahead, write_labels
from forecast.plots.dates import curve_days, end_of, plain_span, scale_in_days, start_of
from forecast.plots.given import Array, Given
from forecast.plots.whether import stack_dots
from forecast.scenario import YES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (7.5, 6.7)  # inches
DOTS = 20  # futures, each as likely as any other (Kay et al. 2016, doi:10.1145/2858036.2858558)
MASS = 0.8
_SHADE, _SHADE_INK = "#f3e9c6", "#7a6415"
_COLUMNS = 45  # of dots at least, lest they are large
_BEYOND = 8.0  # points from the axis to the dots without an event
_LEFT = 0.115  # margin, as a share of the width
_BARS = (1, 7, 28, 91, 364)  # days that a bar may stand for
_THIN = 1.0  # points that a bar needs to be seen


@dataclass(frozen=True)
class DayCurves:
    """The event's timing.

    Attributes
    ----------
    areas : Areas
        Chance of the event by each day, (days + 1,), at each place; x are date numbers: the end of `as_of`, then the
        end of each day.
    incidence : (places, days)
        Chance of the event on that day, at each place.
    shortest : (start, end) or None
        The shortest run of days that holds 80% of the timing; none where a yes comes on no day.
    label : str
        What the shaded days and the dashed line are.
    opens : float, optional
        The window's beginning, where it is later than the day after `as_of`.
    dots : (dots,)
        Days of the event in those of `DOTS` equally likely futures in which it comes in the window.
    """

    areas: Areas
    incidence: Array
    shortest: tuple[float, float] | None
    label: str
    opens: float | None = None
    dots: Array = field(default_factory=lambda: np.zeros(0))


def collect_curves(result: Given) -> DayCurves:
    """Gather the curves of a forecast, from 0 at the end of `as_of`."""
    scenario, shortest, opens = result.scenario, None, None
    total = np.pad(result.cif_any.mean, (1, 0))
    told = []
    if result.has_day:
        start, until = result.window(MASS)
        shortest = start_of(start), end_of(until)
        told.append(f"shortest {MASS:.0%} window: {plain_span(start, until, year=scenario.as_of.year)}")
    if scenario.window.start > result.days[0]:
        opens, before = start_of(scenario.window.start), total[(scenario.window.start - scenario.as_of).days - 1]
        comes = f", {words.percent(float(before))} comes before it" if before > 0 else ""
        told.append(f"dashed line: the window opens{comes}")
    cif = np.pad(np.cumsum(result.incidence, axis=1), ((0, 0), (1, 0)))
    if not result.has_day:  # before the window there is no answer
        before = (scenario.window.start - scenario.as_of).days
        total[:before] = cif[:, :before] = np.nan
    return DayCurves(
        areas=Areas(
            name=TOTAL if result.has_places else YES,
            x=curve_days(result),
            total=total,
            places={words.show(scenario, place): curve for place, curve in zip(result.places, cif, strict=True)},
            eti90=(np.pad(result.cif_any.lo, (1, 0)), np.pad(result.cif_any.hi, (1, 0))),
        ),
        incidence=result.incidence,
        shortest=shortest,
        label="; ".join(told),
        opens=opens,
        dots=quantile_days(np.cumsum(result.incidence.sum(axis=0)), curve_days(result), opens),
    )


def quantile_days(cif: Array, ends: Array, opens: float | None = None) -> Array:
    """Return the middles of the days on which the event comes, for those of `DOTS` quantiles by which it has come.

    Parameters
    ----------
    cif : (days,)
        Probability of the event by each day after `as_of`.
    ends : (days + 1,)
        Date numbers of the end of `as_of` and of each day.
    opens : float, optional
        The window's beginning; what comes before it does not count.

    Examples
    --------
    >>> quantile_days(np.array([0.1, 0.1, 0.2]), np.arange(4.0))
    array([0.5, 0.5, 2.5, 2.5])
    """
    before = float(cif[ends[1:] <= opens][-1]) if opens is not None and opens > ends[0] else 0.0
    levels = before + (np.arange(DOTS) + 0.5) / DOTS
    days = np.searchsorted(cif, levels)
    return (ends[:-1] + 0.5)[days[days < len(cif)]]


def plot_when(result: Given, *, ax: Axes | None = None) -> Axes | Array:
    """Draw the cumulative incidence by place and, where a yes comes on a day, the daily incidence and the day as dots.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw the cumulative incidence, and that alone; without it a figure of three panels is made.

    Returns
    -------
    Axes or array of three Axes
        x in days; y is the probability by that day, below it on that day; then dots, one above the other.
    """
    curves, bands = collect_curves(result), plans_ahead(result)
    own = ax is None
    if ax is None and not result.has_day:
        right = measure_names(curves.areas)
        ax = style.new_figure(*SIZE).add_axes((_LEFT, 0.2, 1 - _LEFT - right / SIZE[0] / 72, 0.62))
    if ax is not None:
        _draw_upper(ax, result, curves, bands, own=own)
        style.write(ax, (0, 0), curves.label, shift=(0, -30), va="top", color=_SHADE_INK)
        style.sign(ax, words.describe_foot(result), down=42)
        return ax
    right = max(measure_names(curves.areas), style.text_width(f"{DOTS} have none", style.SMALL) + 2 * _BEYOND)
    upper, lower, strip = _new_axes(1 - _LEFT - right / SIZE[0] / 72)
    _draw_upper(upper, result, curves, bands, own=True)
    _draw_lower(lower, curves, bands)
    _draw_strip(strip, curves, bands)
    upper.xaxis.set_visible(False)
    lower.xaxis.set_visible(False)
    style.write(lower, (0, 1), curves.label, shift=(0, 4), va="bottom", color=_SHADE_INK)
    style.sign(strip, words.describe_foot(result), down=32)
    return np.array([upper, lower, strip])


def _new_axes(width: float) -> tuple[Axes, Axes, Axes]:
    figure = style.new_figure(*SIZE)
    upper, lower, strip = (
        figure.add_axes((_LEFT, bottom / SIZE[1], width, height / SIZE[1]))
        for bottom, height in ((3.42, 2.28), (1.86, 1.25), (0.86, 0.7))
    )
    return upper, lower, strip


def _draw_upper(ax: Axes, result: Given, curves: DayCurves, bands: list[PlanBand], own: bool = False) -> None:
    style.dress(ax, grid="y")
    scale_in_days(ax, (float(curves.areas.x[0]), float(curves.areas.x[-1])))
    ax.set_ylim(0, min(1.0, 1.08 * curves.areas.top) or 1.0)
    labels = arrange_labels(ax, bands)
    up = 8 + ROW * count_rows(labels)
    if own:
        style.give_headroom(ax, up + style.HEADLINES)
    shade_days(ax, curves, bands)
    draw_areas(ax, curves.areas)
    name_areas(ax, curves.areas)
    write_labels(ax, labels)
    style.scale_in_percent(ax)
    what = "probability by that day" if result.has_day else "probability of a yes, if the window ends that day"
    style.name_axis(ax, "y", f"{what}\n(dashed: 90% of draws)")
    subtitle = f"when, {words.describe_answer(result)}"
    style.entitle(ax, result.scenario.question.title, subtitle, up=up)


def _draw_lower(ax: Axes, curves: DayCurves, bands: list[PlanBand]) -> None:
    style.dress(ax, grid="y")
    scale_in_days(ax, (float(curves.areas.x[0]), float(curves.areas.x[-1])))
    shade_days(ax, curves, bands)
    days = choose_bar(curves.incidence.shape[1], style.width_in_points(ax))
    ax.set_ylim(0, 1.1 * draw_daily(ax, curves, days) or 1.0)
    style.scale_in_percent(ax)
    style.name_axis(ax, "y", "probability\n" + ("on that day" if days == 1 else f"in {days} days"))


def _draw_strip(ax: Axes, curves: DayCurves, bands: list[PlanBand]) -> None:
    """Draw equally likely futures as dots, at the day of their event; those without one stand beyond the axis."""
    style.dress(ax)
    first, last = float(curves.areas.x[0]), float(curves.areas.x[-1])
    scale_in_days(ax, (first, last))
    shade_days(ax, curves, bands)
    ax.yaxis.set_visible(False)
    width, height, come = style.width_in_points(ax), style.height_in_points(ax), len(curves.dots)
    point = (last - first) / width
    unit = width / _COLUMNS
    if come:
        dots = stack_dots((curves.dots - first).tolist(), last - first, height / width, _COLUMNS)
        unit, size = dots.width / point, (0.92 * dots.width / point) ** 2
        ax.scatter(first + dots.x, dots.y, s=size, c=style.POSTERIOR, linewidths=0, zorder=4, label="dots")
    rows, none = int(height / unit), np.arange(DOTS - come)
    ax.set_ylim(0, height / unit)
    look: Any = {"facecolors": "none", "edgecolors": style.SOFT, "linewidths": 0.9, "clip_on": False, "label": "none"}
    beyond = last + (_BEYOND + unit * (none // rows + 0.5)) * point
    ax.scatter(beyond, none % rows + 0.5, s=(0.82 * unit) ** 2, **look)
    style.write(ax, (1, 1), f"{len(none)} have none", shift=(_BEYOND, 3), va="bottom", color=style.SOFT)
    label = f"{DOTS} equally likely futures, a dot each: {come} have the event, on the day where the dot stands"
    label, size = style.fit(label, width, style.SMALL)
    style.write(ax, (0, 1), label, shift=(0, 3), va="bottom", color=style.SOFT, fontsize=size)


def shade_days(ax: Axes, curves: DayCurves, bands: list[PlanBand]) -> None:
    """Shade the shortest window, mark the days of plans, and where the window opens if it does so later."""
    if curves.shortest:
        ax.axvspan(*curves.shortest, facecolor=_SHADE, alpha=0.8, linewidth=0, zorder=0.2, label="shortest window")
    outline_bands(ax, bands)
    if curves.opens is not None:
        ax.axvline(curves.opens, color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=4, label="opens")


def choose_bar(days: int, width: float) -> int:
    """Choose for how many days a bar stands, such that it can be seen where all of them have so many points."""
    return next(step for step in _BARS if step * width / days >= _THIN or step == _BARS[-1])


def draw_daily(ax: Axes, curves: DayCurves, days: int) -> float:
    """Draw the chance in each run of so many days as bars by place, one on the other; return the highest."""
    places = [*curves.areas.places]
    colours = style.place_colours(places)
    starts = np.arange(0, curves.incidence.shape[1], days)
    edges = curves.areas.x[[*starts, -1]]
    tops = np.cumsum(np.add.reduceat(curves.incidence, starts, axis=1), axis=0)
    below = np.zeros(tops.shape[-1])
    for place, top in zip(places, tops, strict=True):
        look = {"facecolor": colours[place], "linewidth": 0, "label": place}
        bars = StepPatch(top, edges, baseline=below, **look)  # type: ignore[arg-type]  # the stub knows no arrays
        ax.add_artist(bars)  # `stairs` would look for limits, which are known
        below = top
    return float(below.max())
