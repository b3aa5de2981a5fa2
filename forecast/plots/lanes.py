"""The timeline figure's rows: a lane for each stage and for the event, and below them plans and conditions.

Computes what history holds (stays, steps, plans, conditions) as arrays of date numbers, then draws it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.plots import style, words
from forecast.plots.bands import name_places
from forecast.plots.dates import end_of, start_of
from forecast.plots.given import Array, Given
from forecast.scenario import EVENT, EventEntry, Scenario, step_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLANS = " plans"  # a row of its own, whatever else is called plans
ROW = 0.062  # height of a row below the lanes; the lanes together have height 1
MOST_CONDITIONS = 6
SHADES = 60  # of a bar that fades
_LEAD = 0.075  # of history, shown before its first step
Span = tuple[float, float]


@dataclass(frozen=True)
class Lanes:
    """Where each row lies: stages and the event share 0 to 1, plans and conditions lie below 0."""

    stages: tuple[str, ...]
    below: tuple[str, ...]  # PLANS and conditions as `name_condition` has them, from the top

    @property
    def bottom(self) -> float:
        """Lower end of the rows."""
        return -ROW * (len(self.below) + 0.4) if self.below else 0.0

    @property
    def conditions(self) -> tuple[str, ...]:
        """The rows of conditions."""
        return tuple(name for name in self.below if name != PLANS)

    @property
    def thickness(self) -> float:
        """Height of the bar of a stay."""
        return min(0.09, 0.55 / (len(self.stages) + 1))

    def centre(self, name: str) -> float:
        """Return the y of a row's middle."""
        if name in self.stages or name == EVENT:
            return ((*self.stages, EVENT).index(name) + 0.5) / (len(self.stages) + 1)
        return -ROW * (self.below.index(name) + 0.7)


@dataclass(frozen=True)
class DrawnStay:
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
    stays : list of DrawnStay
        In order of time.
    plans : list of (start, end, in force)
    conditions : dict of str to list of (start, end)
        By `name_condition`, over history and forecast.
    fading : dict of str to (days,)
        How likely those that may change are to hold at the end of each day after `as_of`, by `name_condition`.
    labels : dict of str to str
        What stands beside them.
    unsure : list of (start, end)
        Days on one of which a step came.
    unrecorded : list of (start, end)
        Days on which nobody looked.
    began : str
        Since when the first stay was under way as the record began, where it was.
    """

    first: float
    cut: float
    stays: list[DrawnStay]
    events: list[PastEvent]
    plans: list[tuple[float, float, bool]]
    conditions: dict[str, list[Span]]
    fading: dict[str, Array]
    labels: dict[str, str]
    unsure: list[Span]
    unrecorded: list[Span]
    began: str = ""

    @property
    def has_steps(self) -> bool:
        """Tell whether anything ever happened."""
        return len(self.stays) > 1

    def trace(self, lanes: Lanes) -> tuple[Array, Array]:
        """Return the line through the lanes: along each stay, up to an event that ends it, and on to the next.

        It breaks off where nobody looked.
        """
        points: list[Span] = []
        for stay in self.stays:
            y = lanes.centre(stay.stage)
            if points and stay.start > points[-1][0]:
                points.append((math.nan, math.nan))
            points += [(stay.start, y), (stay.end, y)]
            if stay.ends_in_event:
                points.append((stay.end, lanes.centre(EVENT)))
        x, y = np.array(points).T
        return x, y


def collect_history(result: Given) -> DrawnPast:
    """Gather stays, events, plans and conditions of a forecast."""
    scenario, known = result.scenario, result.scenario.known()
    cut = end_of(scenario.as_of)
    steps = [entry for _, entry, _ in known.steps]
    origin = end_of(scenario.question.history_from)
    begin = end_of(step_day(steps[0])) if steps and known.begins is None else origin
    first = min(max(origin, begin - _LEAD * (cut - begin)), cut - 1.0)
    conditions, labels = _draw_conditions(result, first)
    where = {way.name: way.place for way in scenario.question.itineraries}
    return DrawnPast(
        first=first,
        cut=cut,
        stays=[
            DrawnStay(max(first, end_of(stay.start)), end_of(stay.end), stay.stage, stay.ends_in_event)
            for stay in result.past_stays()
        ],
        events=[
            PastEvent(end_of(entry.day), where[entry.itinerary], f"{'by ' if entry.earliest else ''}{entry.day}")
            for entry in steps
            if isinstance(entry, EventEntry)
        ],
        plans=_draw_plans(result, first),
        conditions=conditions,
        fading={name_condition(item.name): item.chance for item in result.conditions() if item.chance is not None},
        labels=labels,
        unsure=[
            (max(first, start_of(step.earliest)), end_of(step_day(step))) for step in steps if step.earliest is not None
        ],
        unrecorded=[
            (max(first, start_of(hole.start)), end_of(hole.until)) for hole in known.holes if end_of(hole.until) > first
        ],
        began="" if known.begins is None else f"since {known.begins.since or 'before'}",
    )


def _draw_plans(result: Given, first: float) -> list[tuple[float, float, bool]]:
    last = end_of(result.days[-1])
    spans = [
        (max(first, start_of(plan.days[0])), min(last, end_of(plan.days[1])), plan.is_held) for plan in result.plans()
    ]
    return [span for span in spans if span[0] < span[1]]


def name_condition(covariate: str) -> str:
    """Return what its row is called, which no stage is."""
    return f"while {covariate}"


def _draw_conditions(result: Given, first: float) -> tuple[dict[str, list[Span]], dict[str, str]]:
    """Return when each covariate is on, and its label, which names its places where it does not act on all."""
    found, labels = {}, {}
    for condition in result.conditions():
        spans = [(max(first, start_of(start)), end_of(until)) for start, until in condition.spans]
        is_narrow = 0 < len(condition.places) < len(result.places)
        shown = [span for span in spans if span[1] > first]
        if shown or condition.chance is not None:
            name, label = name_condition(condition.name), words.show(result.scenario, condition.name)
            found[name] = shown
            labels[name] = f"{words.isolate(label)}: {name_places(result, condition.places)}" if is_narrow else label
    return found, labels


def lay_lanes(result: Given, history: DrawnPast) -> Lanes:
    """Decide which rows there are."""
    plans = (PLANS,) if history.plans else ()
    return Lanes(result.scenario.question.stages, (*plans, *list(history.conditions)[:MOST_CONDITIONS]))


def draw_lanes(ax: Axes, lanes: Lanes, history: DrawnPast) -> None:
    """Draw the left-hand side: a faint line for each lane, the stays as bars, and the steps between them."""
    names = (*lanes.stages, EVENT)
    centres = [lanes.centre(name) for name in names]
    ax.hlines(centres, history.first, history.cut, colors=style.FAINT, linewidth=0.7, zorder=0.5)
    colours = style.stage_colours(lanes.stages)
    height = lanes.thickness
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


def draw_events(ax: Axes, lanes: Lanes, history: DrawnPast, scenario: Scenario) -> None:
    """Draw past events as stars, with place and day beside them where there is room."""
    if not history.events:
        return
    colours = style.place_colours(scenario.question.places)
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
        place = style.shorten(words.show(scenario, event.place), style.NAME, style.TINY, bold=True)
        need = max(style.text_width(place, style.TINY, True), style.text_width(event.day, style.TINY)) + 9
        if x + need < room_until:
            _name_event(ax, place, event, y, (8, 0), "left")
            free_from = x + need
        elif x - need > free_from or (x - need > 0 and index and x - need > at[index - 1]):
            _name_event(ax, place, event, y, (-6, -18), "right")
            free_from = x + 9
        else:
            free_from = x + 9


def _name_event(ax: Axes, place: str, event: PastEvent, y: float, shift: tuple[float, float], side: str) -> None:
    right, up = shift
    for text, rise, stands, weight in ((place, 0.5, "bottom", "bold"), (event.day, -1, "top", "normal")):
        ax.annotate(
            text, (event.x, y), (right, up + rise), textcoords="offset points", ha=side, va=stands, zorder=6,
            **style.look(text, fontsize=style.TINY, fontweight=weight),
        )  # fmt: skip


def draw_rows(ax: Axes, lanes: Lanes, history: DrawnPast) -> None:
    """Draw plans and conditions below the lanes, through history and forecast alike."""
    thick = ROW * 0.62
    for held, face in ((False, "white"), (True, "#6a7683")):
        bars = [(start, end - start) for start, end, in_force in history.plans if in_force == held]
        if bars:
            low = lanes.centre(PLANS) - thick / 2
            ax.broken_barh(bars, (low, thick), facecolor=face, edgecolor="#6a7683", linewidth=0.9, zorder=2)
    look: dict[str, Any] = {"facecolor": "#f1ead8", "edgecolor": "#a08c5b", "hatch": "//////", "linewidth": 0.7}
    for name in lanes.below:
        bars = [(start, end - start) for start, end in history.conditions.get(name, [])]
        low = lanes.centre(name) - thick / 2
        ax.broken_barh(bars, (low, thick), zorder=2, **look)
        for start, width, chance in _fade(history, name):
            ax.broken_barh([(start, width)], (low, thick), zorder=2, **{**look, "linewidth": 0}, alpha=chance)
        if (fading := history.fading.get(name)) is not None:
            text = words.percent(float(fading[-1]))
            end = (history.cut + len(fading), lanes.centre(name))
            ax.annotate(
                text, end, (5, 0), textcoords="offset points", va="center", **style.look(text, fontsize=style.TINY)
            )


def _fade(history: DrawnPast, name: str) -> Iterator[tuple[float, float, float]]:
    """Yield a few runs of days after `as_of`, where they begin and how long, with the mean chance that it holds."""
    chance = history.fading.get(name)
    if chance is None:
        return
    for days in np.array_split(np.arange(len(chance)), min(len(chance), SHADES)):
        yield history.cut + days[0], float(len(days)), float(chance[days].mean())
