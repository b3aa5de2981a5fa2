"""What the timeline figure shows of the record itself: where it is not sure, breaks off, or begins within a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast.plots import style
from forecast.plots.lanes import DrawnPast, Lanes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_RECORD = "no record"


def draw_unsure_days(ax: Axes, history: DrawnPast) -> None:
    """Hatch the days on one of which a step came."""
    if history.unsure:
        bars = [(start, end - start) for start, end in history.unsure]
        ax.broken_barh(
            bars, (0, 1), facecolor="none", edgecolor=style.FAINT, hatch="////", linewidth=0, zorder=0.6, label="unsure"
        )


def draw_holes(ax: Axes, history: DrawnPast) -> None:
    """Cross out the days on which nobody looked, and say so where there is room."""
    if not history.unrecorded:
        return
    bars = [(start, end - start) for start, end in history.unrecorded]
    look: dict[str, Any] = {"facecolor": "white", "edgecolor": style.FAINT, "hatch": "xxx", "linewidth": 0}
    ax.broken_barh(bars, (0, 1), zorder=0.7, label="unrecorded", **look)
    width, to_axes = style.width_in_points(ax), ax.transData + ax.transAxes.inverted()
    for start, end in history.unrecorded:
        left, right = (float(to_axes.transform((x, 0))[0]) * width for x in (start, end))
        if right - left > style.TINY + 4:
            ax.annotate(
                NO_RECORD, ((start + end) / 2, 0.5), ha="center", va="center", rotation=90, zorder=3,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                **style.look(NO_RECORD, fontsize=style.TINY, color=style.SOFT),
            )  # fmt: skip


def name_beginning(ax: Axes, lanes: Lanes, history: DrawnPast) -> None:
    """Write over the first stay since when it is, where the record begins in its middle."""
    if not history.began:
        return
    above = (history.stays[0].start, lanes.centre(history.stays[0].stage) + lanes.thickness / 2)
    text = style.look(history.began, fontsize=style.TINY, color=style.SOFT)
    ax.annotate(history.began, above, (2, 1), textcoords="offset points", va="bottom", zorder=4, **text)
