"""Where: the probability of the event at each place and by each itinerary, and of no event at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast.plots import style, words
from forecast.plots.given import Given
from forecast.plots.rows import Row, draw_bars, draw_intervals, new_axes, place_rows, write_value, write_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_EVENT, NO = "no event", "no"


def list_rows(result: Given) -> list[Row]:
    """List each place, below it its itineraries where it has several, and no event."""
    colours = style.place_colours([*result.places])
    rows = []
    for place, estimate in result.places.items():
        rows.append(Row(place, estimate.mean, estimate.eti90, colours[place]))
        ways = [way.name for way in result.scenario.question.itineraries if way.place == place] or [place]
        if ways != [place]:
            found = [(way, result.itineraries[way]) for way in ways]
            rows += [Row(way, part.mean, part.eti90, colours[place], is_part=True) for way, part in found]
    lo, hi = result.p_event.eti90
    nothing = NO_EVENT if result.has_places else NO
    return [*rows, Row(nothing, 1 - result.p_event.mean, (1 - hi, 1 - lo), style.PRIOR)]


def plot_where(result: Given, *, ax: Axes | None = None) -> Axes:
    """Draw P by place, and by itinerary within it, with 90% intervals.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall as its rows need.

    Returns
    -------
    Axes
        x is the probability that the event falls into the window, there.
    """
    rows = list_rows(result)
    heights, total = place_rows(rows)
    names = [words.show(result.scenario, row.name) if row.colour != style.PRIOR else row.name for row in rows]
    if ax is None:
        room = max(style.text_width(name, style.BODY, bold=True) for name in names)
        ax = new_axes(total, room, max(style.text_width(write_value(row), style.BODY) for row in rows))
    draw_bars(ax, rows, heights)
    draw_intervals(ax, rows, heights)
    ax.set_xlim(0, style.choose_reach(max(row.eti90[1] for row in rows)))
    ax.set_ylim(total, 0)
    write_values(ax, rows, heights)
    style.dress(ax, grid="x")
    style.name_rows(ax, heights, names, [_choose_look(row) for row in rows])
    ax.xaxis.set_major_formatter(words.tick_percent)
    style.name_axis(ax, "x", f"probability, {words.describe_window(result)}: bar and dot the mean, line 90% of draws")
    style.entitle(ax, result.scenario.question.title, f"where, {words.describe_answer(result)}", up=6)
    style.sign(ax, words.describe_foot(result), down=38)
    return ax


def _choose_look(row: Row) -> dict[str, Any]:
    if row.is_part:
        return {"color": style.SOFT}
    return {"fontsize": style.BODY, "fontweight": "normal" if row.name in (NO_EVENT, NO) else "bold"}
