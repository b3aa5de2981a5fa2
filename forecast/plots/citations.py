"""Numbered facts: a small circle where each acts on the timeline, and below the figure what it says."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from forecast.plots import style, words
from forecast.plots.dates import end_of, start_of
from forecast.plots.given import Given
from forecast.plots.lanes import PLANS, Lanes, name_condition
from forecast.plots.measure import fold
from forecast.scenario import EVENT, CovariateEntry, PlanEntry, StageEntry, step_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 20  # more cannot be read
LINE = 10.0  # points between lines of the legend
_NUMBER, _DAY, _SAYS = 8.0, 14.0, 57.0  # where the legend's parts stand, in points
_CIRCLE = 9.5  # points across
_RISE = 12.0  # points from a star to the circle above it
_LINES_MOST = 5  # that a fact may take


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
            row = name_condition(entry.covariate)
            found += [Citation(entry.because[0], day, begin, row, 2)] if row in lanes.below else []
    return found


def number_facts(citations: list[Citation], most: int = MOST) -> Numbered:
    """Give facts numbers in order of time; of too many choose those of steps, then of plans, the latest first."""
    first: dict[str, Citation] = {}
    for citation in sorted(citations, key=lambda item: (item.rank, item.day)):
        first.setdefault(citation.fact, citation)
    chosen = sorted(first.values(), key=lambda item: (item.rank, -item.day.toordinal()))[:most]
    kept = sorted(chosen, key=lambda item: (item.day, item.rank))
    numbers = {citation.fact: index + 1 for index, citation in enumerate(kept)}
    marks = [
        (numbers[item.fact], item)
        for item in citations
        if item.fact in numbers and (first[item.fact] is item or item.is_ahead)
    ]
    return Numbered([(item.fact, item.day) for item in kept], marks, len(first) - len(kept))


def draw_marks(ax: Axes, lanes: Lanes, numbered: Numbered) -> None:
    """Draw the numbered circles, moved apart within a row where they would overlap; at an event, above its star."""
    width = style.width_in_points(ax)
    low, high = ax.get_ylim()
    rise = _RISE * (high - low) / style.height_in_points(ax)
    to_axes = ax.transData + ax.transAxes.inverted()
    rows: dict[str, list[tuple[int, float]]] = {}
    for number, mark in numbered.marks:
        rows.setdefault(mark.row, []).append((number, float(to_axes.transform((mark.x, 0))[0]) * width))
    placed = []
    for row, items in rows.items():
        y = lanes.centre(row) + (rise if row == EVENT else 0)
        for (number, _), x in zip(items, style.spread([x for _, x in items], _CIRCLE, (0, width)), strict=True):
            placed.append((number, x / width, y))
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


@dataclass(frozen=True)
class Legend:
    """What the numbered facts say: two columns of number, day and lines; how wide each is, and what is said below."""

    columns: list[list[tuple[int, datetime.date, list[str]]]]
    width: float
    note: str

    @property
    def rows(self) -> int:
        """How many lines it takes."""
        return max(sum(len(lines) for *_, lines in column) for column in self.columns)


def lay_legend(result: Given, numbered: Numbered, total: float) -> Legend:
    """Break the facts into lines of two columns about as high as each other, `total` points wide."""
    room = total / 2 - _SAYS - 10
    items = [
        (number, day, fold(words.plain(result.scenario.facts[fact].says), room, style.TINY, _LINES_MOST))
        for number, (fact, day) in enumerate(numbered.facts, start=1)
    ]
    tops = [0, *accumulate(len(lines) for *_, lines in items)]
    cut = min(reversed(range(len(tops))), key=lambda index: max(tops[index], tops[-1] - tops[index]))
    note = ""
    if numbered.left_out:
        note = f"{len(items)} of {len(items) + numbered.left_out} facts: first those of steps, then of plans, then of "
        note += "conditions, the latest of each kind; forecast facts lists all"
    return Legend([items[:cut], items[cut:]], total / 2, note)


def write_legend(ax: Axes, legend: Legend, *, left: float, down: float) -> None:
    """Write the legend so many points below the axes, beginning `left` points left of them."""
    for index, column in enumerate(filter(None, legend.columns)):
        blank = [[""] * (len(lines) - 1) for *_, lines in column]
        numbers = [[str(number), *rest] for (number, *_), rest in zip(column, blank, strict=True)]
        days = [[str(day), *rest] for (_, day, _), rest in zip(column, blank, strict=True)]
        parts: list[tuple[list[list[str]], float, dict[str, Any]]] = [
            (numbers, _NUMBER, {"ha": "right", "multialignment": "right", "fontweight": "bold"}),
            (days, _DAY, {"color": style.SOFT}),
            ([lines for *_, lines in column], _SAYS, {}),
        ]
        for texts, shift, how in parts:
            at = (index * legend.width - left + shift, -down)
            how = {"fontsize": style.TINY, "va": "top", "linespacing": LINE / style.TINY, **how}
            style.write(ax, (0, 0), "\n".join(chain.from_iterable(texts)), shift=at, **how)
