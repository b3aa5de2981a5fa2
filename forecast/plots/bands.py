"""Dated plans that are still ahead and in force: what three figures draw as bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.collections import LineCollection

from forecast.plots import style, words
from forecast.plots.dates import end_of, plain_span, start_of
from forecast.plots.given import Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 10.0  # points from one row of labels to the next
_MANY = 3  # places that a label lists
_OVERHANG = 60.0  # points by which a label may pass the axes' right edge


@dataclass(frozen=True)
class PlanBand:
    """A plan's days ahead as date numbers, and its label."""

    start: float
    end: float
    label: str

    @property
    def centre(self) -> float:
        """Middle of the band."""
        return (self.start + self.end) / 2


def plans_ahead(result: Given) -> list[PlanBand]:
    """Return the plans whose days are ahead, in order of their middles; plans of the same days share a band."""
    bands: dict[tuple[float, float], list[str]] = {}
    for plan in result.plans():
        if plan.ahead is None:
            continue
        start, until = plan.ahead
        kind = words.isolate(result.scenario.question.show(plan.kind))
        dated = plain_span(start, until, year=result.scenario.as_of.year)
        label = f"{kind}: {name_places(result, plan.places)}, {dated}"
        bands.setdefault((start_of(start), end_of(until)), []).append(label)
    return [
        PlanBand(*span, " + ".join(labels)) for span, labels in sorted(bands.items(), key=lambda item: sum(item[0]))
    ]


def name_places(result: Given, places: Sequence[str]) -> str:
    """Name a few places; of many say how many they are."""
    if len(places) == len(result.places):
        return "anywhere"
    return words.join_shown(result.scenario, places) if len(places) <= _MANY else f"{len(places)} places"


def draw_bands(ax: Axes, bands: list[PlanBand], *, top: float = 1.0) -> None:
    """Draw each plan as a vertical band that lets what is behind it show."""
    for band in bands:
        ax.axvspan(band.start, band.end, ymax=top, facecolor="white", alpha=0.25, zorder=3, linewidth=0)
        ax.axvspan(band.start, band.end, ymax=top, facecolor="none", edgecolor=style.INK, linewidth=0.5, zorder=3.1)


def outline_bands(ax: Axes, bands: list[PlanBand]) -> None:
    """Draw each plan's days as a dashed outline, where nothing may be covered."""
    for band in bands:
        ax.axvspan(
            band.start, band.end, facecolor="none", edgecolor=style.SOFT, linewidth=0.7, linestyle=(0, (3, 2)), zorder=3
        )


@dataclass(frozen=True)
class BandLabel:
    """A band's label: points from the axes' left edge to its band and to its text, and its row above the axes."""

    text: str
    band: float
    left: float
    row: int


def arrange_labels(ax: Axes, bands: list[PlanBand], taken: Sequence[tuple[float, float]] = ()) -> list[BandLabel]:
    """Find a row above the axes for each label; the last band comes first, so that no leader crosses a label.

    `taken` lists what stands in the lowest row already: left and right, in points from the axes' left edge.
    """
    width = style.width_in_points(ax)
    beyond = min(_OVERHANG, float(ax.figure.bbox.width - ax.bbox.x1) * 72 / ax.figure.dpi - 6)
    to_axes = ax.transData + ax.transAxes.inverted()
    used = [(*span, 0) for span in taken]
    arranged = []
    for band in reversed(bands):
        at = float(to_axes.transform((band.centre, 0.0))[0]) * width
        text = style.shorten(band.label, width, style.TINY)
        need = style.text_width(text, style.TINY)
        left = max(0.0, min(at - 3, width + beyond - need))
        row = 0
        while any(start < left + need + 6 and left - 2 < end and row == other for start, end, other in used):
            row += 1
        used.append((left, left + need, row))
        arranged.append(BandLabel(text, at, left, row))
    return arranged


def write_labels(ax: Axes, labels: list[BandLabel]) -> None:
    """Write the bands' labels above the axes, each with a leader down to its band."""
    width, height = style.width_in_points(ax), style.height_in_points(ax)
    leaders = []
    for label in labels:
        up = 4 + ROW * label.row
        style.write(ax, (0, 1), label.text, shift=(label.left, up), fontsize=style.TINY, va="bottom")
        leaders.append([(label.band / width, 1), (label.band / width, 1 + (up + 1) / height)])
    ax.add_collection(
        LineCollection(leaders, colors=style.SOFT, linewidths=0.6, transform=ax.transAxes, clip_on=False), autolim=False
    )


def count_rows(labels: list[BandLabel]) -> int:
    """Return how many rows the labels take."""
    return max((label.row + 1 for label in labels), default=0)
