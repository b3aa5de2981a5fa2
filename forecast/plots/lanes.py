"""The timeline figure's rows: a lane for each stage and for the event, and below them plans and conditions.

Computes what history holds (stays, steps, plans, conditions) as arrays of date numbers, then draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.plots import style, words
from forecast.plots.dates import end_of
from forecast.plots.letters import text_width
from forecast.scenario import EVENT, EventEntry, step_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.answer import Result

PLANS = "plans"
ROW = 0.062  # height of a row below the lanes; the lanes together have height 1
MOST_CONDITIONS = 6
_LEAD = 0.075  # of history, shown before its first step
Span = tuple[float, float]


@dataclass(frozen=True)
class Lanes:
    """Where each row lies: stages and the event share 0 to 1, plans and conditions lie below 0."""

    stages: tuple[str, ...]
    below: tuple[str, ...]  # PLANS and names of conditions, from the top

    @property
    def bottom(self) -> float:
        """Lower end of the rows."""
        return -ROW * (len(self.below) + 0.4) if self.below else 0.0

    def centre(self, name: str) -> float:
        """Return the y of a row's middle."""
        if name in self.stages or name == EVENT:
            return ((*self.stages, EVENT).index(name) + 0.5) / (len(self.stages) + 1)
        return -ROW * (self.below.index(name) + 0.7)


@dataclass(frozen=True)
class Stay:
    """A stay in a stage, in date numbers; the last one of history is still going on."""

    start: float
    end: float
    stage: str
    ends_in_event: bool = False


@dataclass(frozen=True)
class PastEvent:
    """An event of history: when, where, and the day as written."""

    x: float
    place: str
    day: str


@dataclass(frozen=True)
class DrawnPast:
    """What the left-hand side shows, in date numbers.

    Attributes
    ----------
    first, cut : float
        Where the picture begins, and the end of `as_of`.
    stays : list of Stay
        In order of time.
    plans : list of (start, end, in force)
    conditions : dict of str to list of (start, end)
        By the covariate's label, over history and forecast.
    """

    first: float
    cut: float
    stays: list[Stay]
    events: list[PastEvent]
    plans: list[tuple[float, float, bool]]
    conditions: dict[str, list[Span]]

    @property
    def has_steps(self) -> bool:
        """Tell whether anything ever happened."""
        return len(self.stays) > 1

    def trace(self, lanes: Lanes) -> tuple[np.ndarray, np.ndarray]:
        """Return the line through the lanes: along each stay, up to an event that ends it, and on to the next."""
        points = []
        for stay in self.stays:
            y = lanes.centre(stay.stage)
            points += [(stay.start, y), (stay.end, y)]
            if stay.ends_in_event:
                points.append((stay.end, lanes.centre(EVENT)))
        x, y = np.array(points).T
        return x, y


def collect_history(result: Result) -> DrawnPast:
    """Gather stays, events, plans and conditions from a forecast's timeline."""
    scenario = result.scenario
    cut = end_of(scenario.as_of)
    steps = [entry for _, entry in scenario.steps()]
    origin = end_of(scenario.question.history_from)
    begin = end_of(step_day(steps[0])) if steps else origin
    first = min(max(origin, begin - _LEAD * (cut - begin)), cut - 1.0)
    where = {way.name: way.place for way in scenario.question.itineraries}
    events = [
        PastEvent(end_of(entry.day), where[entry.itinerary], str(entry.day))
        for entry in steps
        if isinstance(entry, EventEntry)
    ]
    return DrawnPast(first, cut, _stays(result, first), events, _plans(result, first), _conditions(result, first))


def _stays(result: Result, first: float) -> list[Stay]:
    timeline = result.timeline
    history, stages = timeline.history, timeline.structure.stages
    stays, begin = [], None
    for row, stage in enumerate(history.stage):
        begin = history.segments.start[row] if begin is None else begin
        if history.moved_to[row] >= 0 or history.event_by[row] >= 0:
            start, end = max(first, end_of(begin)), end_of(history.segments.end[row])
            stays.append(Stay(start, end, stages[stage], bool(history.event_by[row] >= 0)))
            begin = None
    return [*stays, Stay(max(first, end_of(timeline.since)), end_of(result.scenario.as_of), stages[timeline.stage])]


def _plans(result: Result, first: float) -> list[tuple[float, float, bool]]:
    timeline = result.timeline
    last = end_of(result.days[-1])
    in_force = np.concatenate([timeline.history.segments.in_window, timeline.ahead.in_window]).any(axis=0)
    spans = [
        (max(first, end_of(plan.start)), min(last, end_of(plan.until)), bool(held))
        for plan, held in zip(timeline.plans, in_force, strict=True)
    ]
    return [span for span in spans if span[0] < span[1]]


def _conditions(result: Result, first: float) -> dict[str, list[Span]]:
    """Join the segments on which each covariate is on; its label names its places where it does not act on all."""
    structure, sides = result.timeline.structure, (result.timeline.history.segments, result.timeline.ahead)
    bounds = np.concatenate([np.stack([side.start, side.end], axis=1) for side in sides])
    on_event = np.concatenate([side.event_covariates for side in sides]) > 0
    on_steps = np.concatenate([side.stage_covariates for side in sides]) > 0
    found: dict[str, list[Span]] = {}
    for column, ratio in enumerate(structure.ratios):
        spans: list[Span] = []
        for row in np.flatnonzero(on_event[:, :, column].any(axis=1) | on_steps[:, :, column].any(axis=1)):
            start, end = end_of(bounds[row, 0]), end_of(bounds[row, 1])
            if spans and spans[-1][1] == start:
                start = spans.pop()[0]
            if end > first:
                spans.append((max(first, start), end))
        ways = on_event[:, :, column].any(axis=0)
        there = list(dict.fromkeys(structure.places[structure.place_of[way]] for way in np.flatnonzero(ways)))
        narrow = f": {', '.join(there)}" if 0 < len(there) < len(structure.places) else ""
        if spans:
            found[words.spell(ratio + narrow)] = spans
    return found


def lay_lanes(result: Result, history: DrawnPast) -> Lanes:
    """Decide which rows there are."""
    plans = (PLANS,) if history.plans else ()
    return Lanes(result.timeline.structure.stages, (*plans, *list(history.conditions)[:MOST_CONDITIONS]))


def draw_lanes(ax: Axes, lanes: Lanes, history: DrawnPast) -> None:
    """Draw the left-hand side: a faint line for each lane, the stays as bars, and the steps between them."""
    names = (*lanes.stages, EVENT)
    centres = [lanes.centre(name) for name in names]
    ax.hlines(centres, history.first, history.cut, colors=style.FAINT, linewidth=0.7, zorder=0.5)
    colours = style.stage_colours(lanes.stages)
    height = min(0.09, 0.55 / len(names))
    for stage in dict.fromkeys(stay.stage for stay in history.stays):
        bars = [(stay.start, stay.end - stay.start) for stay in history.stays if stay.stage == stage]
        ax.broken_barh(
            bars,
            (lanes.centre(stage) - height / 2, height),
            facecolor=colours[stage],
            edgecolor="#46566a",
            linewidth=0.6,
            zorder=2,
        )
    x, y = history.trace(lanes)
    ax.plot(x, y, color=style.INK, linewidth=0.9, solid_joinstyle="miter", zorder=2.5, label="stage")


def draw_events(ax: Axes, lanes: Lanes, history: DrawnPast, colours: dict[str, str]) -> None:
    """Draw past events as stars, with place and day beside them where there is room."""
    if not history.events:
        return
    y = lanes.centre(EVENT)
    ax.scatter(
        [event.x for event in history.events], [y] * len(history.events), s=150, marker="*", zorder=6,
        color=[colours[event.place] for event in history.events], edgecolors=style.INK, linewidths=0.7, label="events",
    )  # fmt: skip
    width = style.width_in_points(ax)
    to_axes = ax.transData + ax.transAxes.inverted()
    at = [float(to_axes.transform((event.x, y))[0]) * width for event in history.events]
    cut = float(to_axes.transform((history.cut, y))[0]) * width
    free_from = 0.0
    for index, (event, x) in enumerate(zip(history.events, at, strict=True)):
        room_until = at[index + 1] - 18 if index + 1 < len(at) else cut
        need = max(text_width(words.spell(event.place), style.TINY, True), text_width(event.day, style.TINY)) + 9
        if x + need < room_until:
            _name_event(ax, event, y, (8, 0), "left")
            free_from = x + need
        elif x - need > free_from or (x - need > 0 and index and x - need > at[index - 1]):
            _name_event(ax, event, y, (-4, -14), "right")
            free_from = x + 9
        else:
            free_from = x + 9


def _name_event(ax: Axes, event: PastEvent, y: float, shift: tuple[float, float], side: str) -> None:
    how: dict[str, Any] = {
        "textcoords": "offset points",
        "ha": side,
        "color": style.INK,
        "zorder": 6,
        "family": style.FONT,
    }
    right, up = shift
    ax.annotate(
        words.spell(event.place),
        (event.x, y),
        (right, up + 0.5),
        va="bottom",
        fontsize=style.TINY,
        fontweight="bold",
        **how,
    )
    ax.annotate(event.day, (event.x, y), (right, up - 1), va="top", fontsize=style.TINY, **how)


def draw_rows(ax: Axes, lanes: Lanes, history: DrawnPast) -> None:
    """Draw plans and conditions below the lanes, through history and forecast alike."""
    thick = ROW * 0.62
    for held, face in ((False, "white"), (True, "#6a7683")):
        bars = [(start, end - start) for start, end, in_force in history.plans if in_force == held]
        if bars:
            low = lanes.centre(PLANS) - thick / 2
            ax.broken_barh(bars, (low, thick), facecolor=face, edgecolor="#6a7683", linewidth=0.9, zorder=2)
    for name in lanes.below:
        for spans in [history.conditions.get(name, [])]:
            bars = [(start, end - start) for start, end in spans]
            low = lanes.centre(name) - thick / 2
            ax.broken_barh(
                bars, (low, thick), facecolor="#f1ead8", edgecolor="#a08c5b", hatch="//////", linewidth=0.7, zorder=2
            )
