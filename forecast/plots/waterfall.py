"""How P came to be what it is: a bar for each part of the way, one below the other in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.response import Heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RISE, FALL, WHOLE = "#0072b2", "#d55e00", style.INK
ROW, PLOT = 0.3, 4.6  # inches: height of a row, width of the axes
_TOP, _BOTTOM = 0.85, 0.95  # inches above and below the axes
_NAMES = 4.4  # inches that names may take
_THICK = 0.62  # of a row


@dataclass(frozen=True)
class Part:
    """A part of the way: what it is, from which P to which; the first and the last are P itself, from 0."""

    name: str
    start: float
    end: float
    is_whole: bool = False


def plot_waterfall(parts: Sequence[Part], *, heading: Heading, ax: Axes | None = None) -> Axes:
    """Draw a bar for each part, from P before it to P after it, each joined to the next.

    Parameters
    ----------
    parts : sequence of Part
        In order.
    heading : Heading
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall and as wide as names need.

    Returns
    -------
    Axes
        x is the probability of a yes.

    Raises
    ------
    InputError
        If there is no part.
    """
    if not parts:
        raise InputError([Problem((), "expected at least one part of P; found none")])
    ax = ax if ax is not None else _new_axes(parts)
    style.dress(ax, grid="x")
    _set_reach(ax, parts)
    ax.set_ylim(len(parts) - 0.4, -0.6)
    for at, part in enumerate(parts):
        colour = WHOLE if part.is_whole else RISE if part.end >= part.start else FALL
        start = 0.0 if part.is_whole else part.start
        ax.barh(at, part.end - start, _THICK, start, color=colour, linewidth=0, zorder=2, label=part.name)
        right = max(start, part.end)
        text = words.percent(part.end) if part.is_whole else _spell_change(part.end - part.start)
        ax.annotate(
            text, (right, at), (4, 0), textcoords="offset points", ha="left", va="center_baseline", zorder=5,
            **style.look(text, fontsize=style.TINY),
        )  # fmt: skip
        if at + 1 < len(parts):
            ax.plot([part.end, part.end], [at, at + 1], color=style.SOFT, linewidth=0.7, zorder=1, label="join")
    bold = [{"fontweight": "bold"} if part.is_whole else {} for part in parts]
    style.name_rows(ax, range(len(parts)), [words.plain(part.name) for part in parts], bold)
    style.name_axis(ax, "x", f"{heading.quantity}\nin points of a percent: blue raises it, orange lowers it")
    heading.write(ax, "what time and news made of the probability, in order of time", down=46)
    return ax


def _spell_change(change: float) -> str:
    """Write a change in percentage points.

    >>> _spell_change(0.288), _spell_change(-0.0004)
    ('+28.8', '-0.0')
    """
    return f"{100 * change:+.1f}"


def _new_axes(parts: Sequence[Part]) -> Axes:
    widest = max(style.text_width(part.name, style.SMALL, bold=part.is_whole) for part in parts)
    left = min(_NAMES, widest / 72 + 0.3)
    width, height = left + PLOT + 0.3, ROW * len(parts) + _TOP + _BOTTOM
    box = (left / width, _BOTTOM / height, PLOT / width, ROW * len(parts) / height)
    return style.new_figure(width, height).add_axes(box)


def _set_reach(ax: Axes, parts: Sequence[Part]) -> None:
    """Set the limits of x so that changes have room beside their bars."""
    high = max(max(part.start, part.end) for part in parts)
    room = 40 / max(style.width_in_points(ax) - 40, 1.0)
    reach = max(high, 1e-6) * (1 + room)
    ax.set_xlim(0, reach)
    ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, reach)
    kept = [tick for tick in ticks if 0 <= tick <= min(1.0, reach)]
    ax.set_xticks(kept, [words.tick_percent(tick) for tick in kept])
