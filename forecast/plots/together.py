"""Several timelines: how likely a yes is by each day, which parts come, how many, and a lane for each of them.

Receives an answer of `forecast.answer.together`, by its attributes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from forecast.plots import style, words
from forecast.plots.dates import end_of, scale_in_days
from forecast.plots.given import Array
from forecast.plots.rows import Row, draw_rows
from forecast.scenario import EventEntry, Scenario, Total, step_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (7.5, 4.4)  # inches
LANE, LANES_MOST = 0.34, 40  # inches; timelines that have one
ROWS_MOST = 30
_BOX = (0.115, 0.2, 0.75, 0.6)  # of the axes in the figure, as shares
_TOP, _BOTTOM, _RIGHT = 0.75, 0.95, 1.25  # inches around the lanes
_EVENT = style.place_colours(["event"])["event"]


def plot_yes(result: Any) -> Axes:
    """Draw the probability of a yes by each day, with its 90% band."""
    ax = style.new_figure(*SIZE).add_axes(_BOX)
    x = np.array([end_of(day) for day in result.dates])
    band = result.when
    style.dress(ax, grid="y")
    scale_in_days(ax, (float(x[0]), float(x[-1])))
    ax.set_ylim(0, min(1.0, 1.08 * float(band.hi.max())) or 1.0)
    ax.fill_between(x, band.lo, band.hi, facecolor=style.POSTERIOR, alpha=0.18, linewidth=0, label="90% of draws")
    ax.plot(x, band.mean, color=style.POSTERIOR, linewidth=1.8, label="yes")
    yes, lower, upper = (float(curve[-1]) for curve in (band.mean, band.lo, band.hi))
    labels = [style.EndLabel(f"yes {words.percent(yes)}", yes, style.INK, bold=True)]
    for name, value in (("lower", lower), ("upper", upper)):
        labels.append(style.EndLabel(f"{name} {words.percent(value)}", value, style.SOFT, order=1))
    style.name_ends(ax, labels, leader=16.0)
    style.scale_in_percent(ax)
    what = "probability by that day" if result.lasts else "probability of a yes, if the window ends that day"
    style.name_axis(ax, "y", f"{what}\n(shaded: 90% of draws)")
    style.entitle(ax, result.ensemble.title, describe_answer(result, "when"), up=6)
    style.sign(ax, describe_foot(result), down=38)
    return ax


def plot_which(result: Any) -> Axes:
    """Draw how likely each part is to come, with its 90% interval, the likeliest on top."""
    came = {part.name for part, carried in result.parts.items() if carried.came}
    waiting = [(name, each) for name, each in result.which.items() if name not in came]
    found = sorted(waiting, key=lambda item: -item[1].mean)
    rows = [Row(name, each.mean, each.eti90, style.POSTERIOR) for name, each in found[:ROWS_MOST]]
    left_out = [f"{len(came)} that have come"] if came else []
    left_out += [f"{more} less likely ones"] if (more := len(found) - len(rows)) else []
    return _draw_rows(result, rows, "which", f" (without {' and '.join(left_out)})" if left_out else "")


def plot_how_many(result: Any) -> Axes:
    """Draw how likely each number of parts is to come."""
    told = [choice for choice in result.how_many if choice.estimate.eti90[1] >= 0.0005]
    rows = [Row(choice.label, choice.estimate.mean, choice.estimate.eti90, style.POSTERIOR) for choice in told]
    is_total = isinstance(result.ensemble.event, Total)  # of events, of which a timeline may have several
    return _draw_rows(result, rows[:ROWS_MOST], "how many events" if is_total else f"how many of {len(result.parts)}")


def plot_lanes(result: Any) -> Axes:
    """Draw a lane for each part: its stages so far, and how likely it has come by each day; what has come is grey."""
    parts = sorted(result.parts.items(), key=lambda item: (item[1].came is not None, item[1].came))[:LANES_MOST]
    more = len(result.parts) - len(parts)
    height = LANE * len(parts) + _TOP + _BOTTOM
    room = max(style.text_width(str(part), style.SMALL) for part, _ in parts)
    left = min(2.6, max(1.0, room / 72 + 0.3))
    ax = style.new_figure(SIZE[0], height).add_axes(
        (left / SIZE[0], _BOTTOM / height, 1 - (left + _RIGHT) / SIZE[0], LANE * len(parts) / height)
    )
    days = np.array([end_of(day) for day in result.dates])
    cut, last = end_of(result.ensemble.as_of), float(days[-1])
    style.dress(ax, grid="x")
    scale_in_days(ax, (find_beginning(result, cut, last), last))
    ax.set_ylim(len(parts), 0)
    weight = result.weight / result.weight.sum()
    once = result.ensemble.once
    for row, (part, carried) in enumerate(parts):
        draw_past(ax, result.ensemble.timelines[part.timeline], row, cut, once=part.timeline in once)
        draw_lane(ax, days, weight @ carried.by, row, came=carried.came)
    ax.axvline(cut, color=style.INK, linewidth=1.6, zorder=5, label="as of")
    style.name_rows(ax, [row + 0.55 for row in range(len(parts))], [words.plain(str(part)) for part, _ in parts])
    style.entitle(ax, result.ensemble.title, describe_answer(result, "each timeline"), up=6)
    said = (
        "left: its stages, the further on the darker; right, from 0 to 100%: has it come by that day; dot: even chances"
    )
    style.sign(ax, [said + (f"; {more} more are not drawn" if more else ""), *describe_foot(result)], down=30)
    return ax


def find_beginning(result: Any, cut: float, last: float) -> float:
    """Return where lanes begin: with the record, or as long before `as_of` as the window is long."""
    first = min(end_of(each.question.history_from) for each in result.ensemble.timelines.values())
    return max(first, cut - (last - cut)) if first < cut else cut


def draw_past(ax: Axes, scenario: Scenario, row: int, cut: float, *, once: bool) -> None:
    """Draw the stages of a timeline so far as a bar at the foot of its lane, with stars where the event came."""
    stages, known = style.stage_colours(scenario.question.stages), scenario.known()
    steps = [(step_day(item.entry), item.entry) for item in known.steps]
    stage, since = known.first_stay.stage, end_of(scenario.question.history_from)
    for day, entry in [*steps, (None, None)]:
        until = min(cut, cut if day is None else end_of(day))
        if until > since:
            bar = Rectangle((since, row + 0.75), until - since, 0.2, facecolor=stages[stage], label=stage)
            bar.set(edgecolor=style.SOFT, linewidth=0.4)
            ax.add_artist(bar)
        if isinstance(entry, EventEntry):
            ax.plot(until, row + 0.85, "*", color=_EVENT, markersize=7, zorder=6, label="event")
            if once:
                return
            stage = scenario.question.stages[0]
        elif entry is not None:
            stage = entry.stage
        since = until


def draw_lane(ax: Axes, days: Array, mean: Array, row: int, *, came: datetime.date | None) -> None:
    """Draw how likely a part has come by each day, and write how likely by the last, or the day on which it came."""
    base = row + 0.95
    top = base - 0.85 * mean
    colour, alpha = (style.PRIOR, 0.35) if came else (style.POSTERIOR, 0.75)
    ax.fill_between(days, top, base, facecolor=colour, alpha=alpha, linewidth=0, label="by then")
    ax.hlines(base, days[0], days[-1], color=style.FAINT, linewidth=0.6)
    if mean[-1] >= 0.5 and not came:
        at = int(np.argmax(mean >= 0.5))
        ax.plot(days[at], top[at], "o", color=style.INK, markersize=3.5, label="even chances")
    text = f"came {came}" if came else words.percent(float(mean[-1]))
    ax.annotate(
        text, (1, row + 0.55), (6, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points", va="center",
        annotation_clip=False, **style.look(text, color=style.SOFT if came else style.INK),
    )  # fmt: skip


ENSEMBLE_FIGURES: Mapping[str, Callable[[Any], Axes]] = {
    "when": plot_yes,
    "which": plot_which,
    "counts": plot_how_many,
    "lanes": plot_lanes,
}


def describe_answer(result: Any, what: str) -> str:
    """Write the headline of an answer, behind what a figure is about."""
    found, window = result.p_event, result.ensemble.window
    by = f"by {window.until}" if result.lasts else f"on {window.until}"
    band = words.percent_range(found.eti90)
    return f"{what}, as of {result.ensemble.as_of}: {words.percent(found.mean)} {by} (90% of draws: {band})"


def describe_foot(result: Any) -> list[str]:
    """Write what every figure says at its foot: what is asked, dates, draws."""
    ensemble = result.ensemble
    window = f"window {ensemble.window.start} to {ensemble.window.until}"
    return [
        f"asked: {words.plain(str(ensemble.event))}",
        f"as of {ensemble.as_of} · {window} · {len(result.weight):,} draws",
    ]


def _draw_rows(result: Any, rows: Sequence[Row], what: str, more: str = "") -> Axes:
    return draw_rows(
        rows,
        [words.plain(row.name) for row in rows],
        axis=f"probability{more}",
        title=(result.ensemble.title, describe_answer(result, what)),
        foot=describe_foot(result),
    )
