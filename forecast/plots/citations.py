"""Numbered facts: a small circle where each acts on the timeline, and below the figure what it says."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.plots import style, words
from forecast.plots.dates import end_of, start_of
from forecast.plots.given import Given
from forecast.plots.lanes import PLANS, Lanes
from forecast.scenario import EVENT, CovariateEntry, PlanEntry, StageEntry, step_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 20  # more cannot be read
LINE = 10.0  # points between lines of the legend
_SPACING = 1.58  # makes a line LINE points high, in matplotlib's measure
_NUMBER, _DAY, _SAYS = 8.0, 14.0, 57.0  # where the legend's parts stand, in points
_CIRCLE = 9.5  # points across


@dataclass(frozen=True)
class Citation:
    """A fact where it acts: in which row, at which x, and since when; `rank` 0 goes before 1 and 2.

    A fact is marked where it first acts, and again where it is behind a plan that `is_ahead`.
    """

    fact: str
    day: datetime.date
    x: float
    row: str
    rank: int
    is_ahead: bool = False


@dataclass(frozen=True)
class Numbered:
    """The facts that have a number, where they act, and how many were left out."""

    facts: list[tuple[str, datetime.date]]  # in order of time; the first has number 1
    marks: list[tuple[int, Citation]]
    left_out: int


def collect_citations(result: Given, lanes: Lanes) -> list[Citation]:
    """List the first fact behind each known entry of the timeline that the figure shows."""
    known, last = result.scenario.known(), end_of(result.days[-1])
    found = []
    for _, step, _ in known.steps:
        row = step.stage if isinstance(step, StageEntry) else EVENT
        found.append(Citation(step.because[0], step_day(step), end_of(step_day(step)), row, 0))
    for number, entry, day in known.entries:
        if number is None or not isinstance(entry, PlanEntry | CovariateEntry) or entry.start is None:
            continue
        begin = start_of(entry.start)
        if begin >= last:
            continue
        if isinstance(entry, PlanEntry):
            middle = (begin + min(last, end_of(entry.until))) / 2
            if PLANS in lanes.below:
                found.append(Citation(entry.because[0], day, middle, PLANS, 1, middle > end_of(known.as_of)))
        else:
            rows = [name for name in lanes.below if name.split(":")[0] == words.spell(entry.covariate)]
            found += [Citation(entry.because[0], day, begin, name, 2) for name in rows[:1]]
    return found


def number_facts(citations: list[Citation], most: int = MOST) -> Numbered:
    """Give facts numbers in order of time; where there are too many, those of steps go first, then those of plans."""
    first: dict[str, Citation] = {}
    for citation in sorted(citations, key=lambda item: (item.rank, item.day)):
        first.setdefault(citation.fact, citation)
    kept = sorted(list(first.values())[:most], key=lambda item: (item.day, item.rank))
    numbers = {citation.fact: index + 1 for index, citation in enumerate(kept)}
    marks = [
        (numbers[item.fact], item)
        for item in citations
        if item.fact in numbers and (first[item.fact] is item or item.is_ahead)
    ]
    return Numbered([(item.fact, item.day) for item in kept], marks, len(first) - len(kept))


def draw_marks(ax: Axes, lanes: Lanes, numbered: Numbered) -> None:
    """Draw the numbered circles, moved apart within a row where they would overlap; at an event, left of its star."""
    width = style.width_in_points(ax)
    to_axes = ax.transData + ax.transAxes.inverted()
    rows: dict[str, list[tuple[int, float]]] = {}
    for number, mark in numbered.marks:
        shift = -12 if mark.row == EVENT else 0
        rows.setdefault(mark.row, []).append((number, float(to_axes.transform((mark.x, 0))[0]) * width + shift))
    placed = []
    for row, items in rows.items():
        for (number, _), x in zip(items, style.spread([x for _, x in items], _CIRCLE, (0, width)), strict=True):
            placed.append((number, x / width, lanes.centre(row)))
    where = ax.get_yaxis_transform()
    ax.scatter(
        [x for _, x, _ in placed], [y for *_, y in placed], s=_CIRCLE**2, transform=where, color="white",
        edgecolors=style.INK, linewidths=0.7, zorder=7, clip_on=False, label="facts",
    )  # fmt: skip
    for number, x, y in placed:
        ax.text(
            x, y, str(number), transform=where, ha="center", va="center_baseline", zorder=8,
            **style.look(str(number), fontsize=5.6),
        )  # fmt: skip


def write_facts(ax: Axes, result: Given, numbered: Numbered, *, left: float, right: float, down: float) -> None:
    """Write the legend in two columns below the axes, from `left` to `right` points past its sides."""
    total = style.width_in_points(ax) + left + right
    half = (len(numbered.facts) + 1) // 2
    for column in range(2):
        items = list(enumerate(numbered.facts, start=1))[column * half : (column + 1) * half]
        x = -left + column * total / 2
        room = total / 2 - _SAYS - 10
        says = [style.shorten(result.scenario.facts[fact].says, room, style.TINY) for _, (fact, _) in items]
        texts = ([str(number) for number, _ in items], [str(day) for _, (_, day) in items], says)
        for lines, shift, align in zip(texts, (_NUMBER, _DAY, _SAYS), ("right", "left", "left"), strict=True):
            colour = style.SOFT if shift == _DAY else style.INK
            weight = "bold" if shift == _NUMBER else "normal"
            style.write(
                ax, (0, 0), "\n".join(lines), shift=(x + shift, -down), fontsize=style.TINY, ha=align, va="top",
                multialignment=align, color=colour, fontweight=weight, linespacing=_SPACING,
            )  # fmt: skip
