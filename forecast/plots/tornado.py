"""Which key matters: P with each key at its low and at its high value, the others as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.response import Heading
from forecast.plots.scales import Value, spell_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 15  # keys shown
LOW, HIGH = "#7fb3d5", "#1d4a73"
ROW, PLOT = 0.3, 5.0  # inches: height of a row, width of the axes
_TOP, _BOTTOM = 0.85, 0.95  # inches above and below the axes
_NAMES = 3.2  # inches that keys may take
_THICK, _THIN = 0.66, 0.36  # of a row


@dataclass(frozen=True)
class SwingBar:
    """What a key is about, P at its low and at its high value, and these values."""

    key: str
    p_low: float
    p_high: float
    low: Value
    high: Value

    @property
    def size(self) -> float:
        """How far apart the two P are."""
        return abs(self.p_high - self.p_low)


def sort_swings(rows: Sequence[SwingBar]) -> list[SwingBar]:
    """Return the keys that matter most, the largest swing first."""
    return sorted(rows, key=lambda row: -row.size)[:MOST]


def plot_tornado(rows: Sequence[SwingBar], p: float, *, heading: Heading, ax: Axes | None = None) -> Axes:
    """Draw a bar for each key from P with its low value to P with its high value, the largest swing on top.

    Parameters
    ----------
    rows : sequence of SwingBar
        In any order; the `MOST` largest are shown.
    p : float
        Where the bars begin, such as P with every key as it is.
    heading : Heading
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall and as wide as keys need.

    Returns
    -------
    Axes
        x is the probability of the event in the window.

    Raises
    ------
    InputError
        If there is no key.
    """
    if not rows:
        message = "expected at least one key that was varied; found none"
        raise InputError([Problem((), message)])
    shown = sort_swings(rows)
    ax = ax if ax is not None else _new_axes(shown)
    style.dress(ax, grid="x")
    set_reach(ax, shown, p)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    draw_swings(ax, shown, p)
    ax.axvline(p, color=style.INK, linewidth=1.2, zorder=4, label="middle")
    style.name_rows(ax, range(len(shown)), [row.key for row in shown])
    key = "light: the key at its low value; dark: at its high value"
    style.name_axis(ax, "x", f"{heading.quantity}\n{key}")
    left_out = f", {len(shown)} of {len(rows)} keys" if len(shown) < len(rows) else ""
    heading.write(ax, f"P = {words.percent(p)} and what one key at a time makes of it{left_out}", down=46)
    return ax


def _new_axes(rows: Sequence[SwingBar]) -> Axes:
    left = min(_NAMES, max(style.text_width(row.key, style.SMALL) for row in rows) / 72 + 0.3)
    width, height = left + PLOT + 0.3, ROW * len(rows) + _TOP + _BOTTOM
    box = (left / width, _BOTTOM / height, PLOT / width, ROW * len(rows) / height)
    return style.new_figure(width, height).add_axes(box)


def set_reach(ax: Axes, rows: Sequence[SwingBar], p: float) -> None:
    """Set the limits of x so that values have room beside the bars, and ticks where there are probabilities."""
    ends = [p, *(row.p_low for row in rows), *(row.p_high for row in rows)]
    room = 8 + max(style.text_width(spell_value(value), style.TINY) for row in rows for value in (row.low, row.high))
    low, high = min(ends), max(ends)
    beside = max(high - low, 1e-6) * room / max(style.width_in_points(ax) - 2 * room, 1.0)
    ax.set_xlim(low - beside, high + beside)
    ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low - beside, high + beside)
    kept = [tick for tick in ticks if max(0.0, low - beside) <= tick <= min(1.0, high + beside)]
    ax.set_xticks(kept, [words.tick_percent(tick) for tick in kept])


def draw_swings(ax: Axes, rows: Sequence[SwingBar], p: float) -> None:
    """Draw both ends of each key from `p`, with their values; of two on one side the shorter is in front and thin."""
    for at, row in enumerate(rows):
        ends = [(row.p_low, row.low, LOW, "low"), (row.p_high, row.high, HIGH, "high")]
        ends.sort(key=lambda end: -abs(end[0] - p))
        is_one_sided = (row.p_low - p) * (row.p_high - p) > 0
        for order, (end, value, colour, name) in enumerate(ends):
            is_inner = is_one_sided and order == 1
            thick = _THIN if is_inner else _THICK
            ax.barh(at, end - p, thick, p, color=colour, linewidth=0, zorder=2 + order, label=name)
            if is_inner:  # its own side is taken
                write_value(ax, p, at, spell_value(value), is_right=end < p)
            else:
                write_value(ax, end, at, spell_value(value), is_right=end > p or (end == p and name == "high"))


def write_value(ax: Axes, x: float, y: float, text: str, *, is_right: bool) -> None:
    """Write a key's value beside the end of its bar."""
    shift, side = (4, "left") if is_right else (-4, "right")
    ax.annotate(
        text, (x, y), (shift, 0), textcoords="offset points", ha=side, va="center_baseline", zorder=5,
        **style.look(text, fontsize=style.TINY),
    )  # fmt: skip
