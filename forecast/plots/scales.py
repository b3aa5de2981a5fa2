"""The values of a varied key on an axis: numbers, evenly or log-spaced, days, or names such as on and off."""

from __future__ import annotations

import datetime
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.ticker import MaxNLocator

from forecast.errors import InputError, Problem
from forecast.plots import style, words
from forecast.plots.dates import add_years, find_ticks, plain_day, start_of
from forecast.plots.fonts import choose_fonts
from forecast.plots.given import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Value = float | datetime.date | str | bool
_LETTER = 5.2  # points that a letter needs
_TICK = {"x": 42.0, "y": 16.0}  # points from one tick to the next


@dataclass(frozen=True)
class Scale:
    """A varied key on an axis.

    Attributes
    ----------
    name : str
        What the key is about.
    values : tuple
        As they were varied.
    kind : {"even", "log", "days", "names"}
    """

    name: str
    values: tuple[Value, ...]
    kind: Literal["even", "log", "days", "names"]

    @property
    def label(self) -> str:
        """What stands along the axis."""
        return self.name + (", log scale" if self.kind == "log" else "")

    @property
    def at(self) -> Array:
        """Where each value lies: the number itself, the beginning of a day, or 0, 1, 2, ... for names."""
        if self.kind == "names":
            return np.arange(len(self.values), dtype=float)
        if self.kind == "days":
            return np.array([start_of(day) for day in self._days])
        return np.array(self.values, dtype=float)

    @property
    def _days(self) -> list[datetime.date]:
        return [day for day in self.values if isinstance(day, datetime.date)]

    @property
    def edges(self) -> Array:
        """Borders of the cells around the values, one more than these."""
        at = np.log(self.at) if self.kind == "log" else self.at
        if len(at) == 1:
            edges = at[0] + np.array([-0.5, 0.5])
        else:
            between = (at[1:] + at[:-1]) / 2
            edges = np.concatenate([[2 * at[0] - between[0]], between, [2 * at[-1] - between[-1]]])
        return np.exp(edges) if self.kind == "log" else edges

    @property
    def middles(self) -> Array:
        """Middles of these cells, as they look."""
        edges = np.log(self.edges) if self.kind == "log" else self.edges
        middles = (edges[1:] + edges[:-1]) / 2
        return np.exp(middles) if self.kind == "log" else middles

    def ticks(self, most: int) -> tuple[list[float], list[str]]:
        """Choose at most so many ticks, and write them: a name is never left out, and of few values none is."""
        at = np.sort(self.at)
        if self.kind == "names":
            return list(at), [spell_value(name) for name in self.values]
        low, high = float(at[0]), float(at[-1])
        few = keep_apart(at, 0.8 * (high - low) / (most - 1)) if len(at) <= most else []
        if self.kind == "days":
            if not few:
                found = find_ticks(low, high, most)
                return [tick for tick, _ in found], [label for _, label in found]
            days = [day for day in sorted(self._days) if start_of(day) in few]
            return few, add_years([plain_day(day) for day in days], days)
        if self.kind == "log":
            chosen = log_ticks(low, high)
        elif few:
            chosen = few
        else:
            chosen = list(MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high))
        kept = [float(tick) for tick in chosen if low <= tick <= high]
        return kept, [f"{tick:g}" for tick in kept]


def keep_apart(values: Array, gap: float) -> list[float]:
    """Return those of rising values that lie at least `gap` after the one before that is kept.

    Examples
    --------
    >>> keep_apart(np.array([0.0, 0.1, 0.3, 1.0]), 0.25)
    [0.0, 0.3, 1.0]
    """
    kept: list[float] = []
    for value in values.tolist():
        if not kept or value - kept[-1] >= gap > 0:
            kept.append(value)
    return kept


def log_ticks(low: float, high: float) -> list[float]:
    """Choose up to 7 plain numbers as ticks of a log axis between two bounds.

    Examples
    --------
    >>> log_ticks(0.02, 1.0)
    [0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(ticks) <= 7:
            break
    return ticks


def spell_value(value: Value) -> str:
    """Write a value for readers.

    Examples
    --------
    >>> [spell_value(value) for value in (True, False, 0.3333333, datetime.date(2025, 5, 9), "by_train")]
    ['on', 'off', '0.333', '2025-05-09', 'by_train']
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.3g}" if isinstance(value, int | float) else words.plain(str(value))


def choose_scale(name: str, values: Sequence[Value]) -> Scale:
    """Tell what kind of values a key was given.

    Raises
    ------
    InputError
        If there are none, or they are of several kinds.

    Examples
    --------
    >>> [choose_scale("key", values).kind for values in ([1, 2, 3], [1, 10, 100], [True, False])]
    ['even', 'log', 'names']
    """
    kinds = {_sort_of(value) for value in values}
    if len(kinds) != 1:
        message = f"expected values of one kind for {name}; found {', '.join(sorted(kinds)) or 'none'}"
        raise InputError([Problem((), message)])
    (kind,) = kinds
    if kind != "numbers":
        return Scale(name, tuple(values), "days" if kind == "days" else "names")
    return Scale(name, tuple(values), "log" if _is_log_spaced(np.array(values, dtype=float)) else "even")


def _sort_of(value: Value) -> str:
    if isinstance(value, datetime.date):
        return "days"
    return "names" if isinstance(value, str | bool | np.bool_) else "numbers"


def _is_log_spaced(values: Array) -> bool:
    if len(values) < 3 or values.min() <= 0:
        return False
    steps = np.diff(np.log(values))
    return bool(np.allclose(steps, steps[0], rtol=0.02) and steps[0] != 0)


def scale_axis(ax: Axes, side: Literal["x", "y"], scale: Scale, *, cells: bool) -> None:
    """Put a key on an axis, from the first to the last value, or around their cells."""
    room = style.width_in_points(ax) if side == "x" else style.height_in_points(ax)
    ticks, labels = scale.ticks(max(2, 1 + int(room / _TICK[side])))
    if scale.kind == "names" and side == "x":
        labels = [textwrap.fill(label, max(6, int(room / len(labels) / _LETTER))) for label in labels]
    at = scale.edges if cells or len(scale.at) == 1 else scale.at
    if scale.kind == "log":
        ax.set(**{f"{side}scale": "log"})
    axis = ax.xaxis if side == "x" else ax.yaxis
    axis.set_ticks([], minor=True)
    axis.set_ticks(ticks, labels, family=choose_fonts("".join(labels)), parse_math=False)
    ax.set(**{f"{side}lim": (at.min(), at.max())})
