"""Small drawings in SVG, made from numbers: axes, bars, bands and areas that follow the colours of the page.

A drawing is as wide as a phone or as a page: each figure is drawn for both, and the style sheet shows one of them. Its
units are those of the screen, so that letters have the same size in both. Nothing in it has a style of its own: colours
are classes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forecast.report.page.html import Html, tag, text

NARROW, WIDE = 342, 680  # units
LETTER = 7.2  # units that a letter takes, about
LINE = 16  # units from one line of text to the next

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Values from `lo` to `hi` onto units from `start` to `end`."""

    lo: float
    hi: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value lies."""
        part = (value - self.lo) / (self.hi - self.lo) if self.hi > self.lo else 0.0
        return self.start + part * (self.end - self.start)


def number(value: float) -> str:
    """Write a coordinate, to a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def write(x: float, y: float, words: object, *, anchor: str = "start", class_: str = "") -> Html:
    """Write a text; `anchor` tells which of its ends stands there."""
    return tag("text", words, x=number(x), y=number(y), text_anchor=anchor, class_=class_ or None)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    """Draw a line."""
    return tag("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str) -> Html:
    """Draw a bar."""
    size = {"width": number(max(width, 0)), "height": number(max(height, 0))}
    return tag("rect", x=number(x), y=number(y), **size, class_=class_)


def path(points: Sequence[Point], class_: str) -> Html:
    """Draw a line through points."""
    return tag("path", d="M" + "L".join(f"{number(x)},{number(y)}" for x, y in points), class_=class_)


def area(upper: Sequence[Point], lower: Sequence[Point], class_: str) -> Html:
    """Fill what lies between two lines."""
    points = [*upper, *reversed(lower)]
    return tag("path", d="M" + "L".join(f"{number(x)},{number(y)}" for x, y in points) + "Z", class_=class_)


def cut(words: str, width: float) -> str:
    """Shorten a text to a width.

    >>> cut("Port Amaro", 50)
    'Port …'
    """
    fits = max(2, int(width / LETTER))
    return words if len(words) <= fits else words[: fits - 1] + "…"


def choose_days(first: datetime.date, last: datetime.date, most: int) -> list[tuple[datetime.date, str]]:
    """Choose days to write along an axis, with what is written: years, months or days, no more than `most`."""
    days = (last - first).days
    if days > 366 * 1.5:
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if days / 366 / step <= most)
        years = range(first.year + 1, last.year + 1)
        return [(datetime.date(year, 1, 1), str(year)) for year in years if year % step == 0]
    if days > 45:
        step = next((step for step in (1, 2, 3, 4, 6) if days / 30 / step <= most), 12)
        months = [divmod(first.year * 12 + first.month + ahead, 12) for ahead in range(days // 30 + 2)]
        firsts = [datetime.date(year, month + 1, 1) for year, month in months if month % step == 0]
        return [(day, f"{day.day} {day:%b}") for day in firsts if first <= day <= last]
    step = max(1, -(-days // most))
    return [
        (day, f"{day.day} {day:%b}")
        for day in (first + datetime.timedelta(days=ahead) for ahead in range(0, days + 1, step))
    ]


def axis_of_days(
    first: datetime.date, last: datetime.date, at: Scale, top: float, bottom: float, *, most: int
) -> list[Html]:
    """Draw the days along the bottom, with a faint line up for each that is named."""
    parts = [line(at.start, bottom, at.end, bottom, "axis")]
    for day, words in choose_days(first, last, most):
        x = at(day.toordinal())
        parts += [line(x, top, x, bottom, "grid"), write(x, bottom + LINE, words, anchor=_anchor(x, at), class_="soft")]
    return parts


def axis_of_chances(at: Scale, left: float, right: float, ticks: Sequence[float]) -> list[Html]:
    """Draw chances up the left side."""
    parts = []
    for tick in ticks:
        parts += [line(left, at(tick), right, at(tick), "grid")]
        parts += [write(left - 6, at(tick) + 4, f"{tick:g}", anchor="end", class_="soft")]
    return parts


def round_ticks(most: float) -> list[float]:
    """Return a handful of round chances from 0 up to the first that is no less than `most`.

    >>> round_ticks(0.47)
    [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    """
    step = next(step for step in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if most / step <= 5 or step == 0.2)
    count = min(round(1 / step), -int(-most / step // 1))
    return [0, *(round(step * number, 3) for number in range(1, count + 1))]


def _anchor(x: float, at: Scale) -> str:
    return "start" if x - at.start < 18 else "end" if at.end - x < 18 else "middle"


def figure(
    draw: Callable[[float], tuple[float, list[Html]]], name: str, title: str, described: str, *more: object
) -> Html:
    """Show a drawing with what it shows in words; `draw` takes a width and returns a height and its parts.

    Parameters
    ----------
    name : str
        Of the figure among all of the page.
    more : Html
        What stands below it: its table.
    """
    drawings = []
    for size, width in (("wide", WIDE), ("narrow", NARROW)):
        height, parts = draw(width)
        label = tag("title", title, id=f"{name}-{size}-title") + tag("desc", described, id=f"{name}-{size}-desc")
        drawings.append(
            tag(
                "svg",
                Html(label),
                *parts,
                viewBox=f"0 0 {number(width)} {number(height)}",
                class_=size,
                role="img",
                aria_labelledby=f"{name}-{size}-title {name}-{size}-desc",
            )
        )
    return tag("figure", tag("figcaption", text(title)), *drawings, *more)
