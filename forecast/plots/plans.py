"""Dated plans that are still ahead and in force: what two figures draw as bands."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style
from forecast.plots.dates import end_of, plain_span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.predict import Forecast


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


def plans_ahead(result: Forecast) -> list[PlanBand]:
    """Return the plans whose window opens on a day of the forecast, in order of time; equal windows share a band."""
    structure, ahead = result.timeline.structure, result.timeline.ahead
    bands: dict[tuple[float, float], list[str]] = {}
    for index, plan in enumerate(result.timeline.plans):
        open_rows = np.flatnonzero(ahead.in_window[:, index])
        if not open_rows.size:
            continue
        start, end = int(ahead.start[open_rows[0]]), int(ahead.end[open_rows[-1]])
        there = {structure.places[place] for place, goes in zip(structure.place_of, plan.itineraries, strict=True) if goes}
        where = "anywhere" if len(there) == len(structure.places) else ", ".join(sorted(there, key=structure.places.index))
        days = plain_span(datetime.date.fromordinal(start + 1), datetime.date.fromordinal(end))
        label = style.spell(f"{structure.kinds[plan.kind]}: {where}, {days}")
        bands.setdefault((end_of(start), end_of(end)), []).append(label)
    return [PlanBand(*span, " + ".join(labels)) for span, labels in sorted(bands.items())]


def draw_bands(ax: Axes, bands: list[PlanBand], *, top: float = 1.0) -> None:
    """Draw each plan as a vertical band that lets what is behind it show."""
    for band in bands:
        ax.axvspan(band.start, band.end, ymax=top, facecolor="white", alpha=0.35, zorder=3, linewidth=0)
        ax.axvspan(band.start, band.end, ymax=top, facecolor="none", edgecolor=style.INK, linewidth=0.5, zorder=3.1)


def label_bands(ax: Axes, bands: list[PlanBand], taken: list[tuple[float, float, int]] | None = None) -> int:
    """Write the bands' labels above the axes, in as many rows as they need, and return how many.

    The last comes first and each starts at its band, so that no leader crosses a label. `taken` lists what stands
    there already: left, right (points from the axes' left edge) and row.
    """
    width, size = style.width_in_points(ax), style.TINY
    to_axes = ax.transData + ax.transAxes.inverted()
    used = list(taken or [])
    rows = 0
    for band in reversed(bands):
        at = float(to_axes.transform((band.centre, 0.0))[0]) * width
        need = style.text_width(band.label, size)
        left = max(0.0, min(at - 3, width + _OVERHANG - need))
        row = 0
        while any(start < left + need + 6 and left - 2 < end and row == other for start, end, other in used):
            row += 1
        used.append((left, left + need, row))
        rows = max(rows, row + 1)
        up = 4 + 10 * row
        style.write(ax, (0, 1), band.label, shift=(left, up), fontsize=size, va="bottom")
        style.write(
            ax, (at / width, 1), "", shift=(0, up), arrowprops={"arrowstyle": "-", "color": style.SOFT, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
        )
    return rows
