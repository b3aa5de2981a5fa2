"""Where: the probability of the event at each place and by each itinerary, and of no event at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast.plots import style, words
from forecast.plots.given import Given
from forecast.plots.rows import Row, draw_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_EVENT, NO = "no event", "no"
APART = 0.12  # inches between places


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
    return draw_rows(
        rows,
        [words.show(result.scenario, row.name) if row.colour != style.PRIOR else row.name for row in rows],
        axis=f"probability, {words.describe_window(result)}",
        title=(result.scenario.question.title, f"where, {words.describe_answer(result)}"),
        foot=words.describe_foot(result),
        ax=ax,
        looks=[_choose_look(row) for row in rows],
        apart=APART,
    )


def _choose_look(row: Row) -> dict[str, Any]:
    if row.is_part:
        return {"color": style.SOFT}
    return {"fontsize": style.BODY, "fontweight": "normal" if row.name in (NO_EVENT, NO) else "bold"}
