"""Figures of many scenarios: a response curve, a heat map or a tornado of a sweep; a tornado; bars side by side.

Receives rows, hands on Axes. What it needs to draw is loaded with it, so `plot` methods import it when they are called.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import InputError, Problem
from forecast.explore.dated import name_horizon
from forecast.explore.design import AnySlot, Axis, Design
from forecast.explore.rows import Row
from forecast.plots import (
    ENGINES,
    ComparedBar,
    Heading,
    Part,
    ReplayLine,
    SwingBar,
    check_axes,
    describe_key,
    describe_question,
    plot_compare,
    plot_heat,
    plot_replay,
    plot_response,
    plot_tornado,
    plot_waterfall,
    show,
)
from forecast.scenario import AnyScenario, Ensemble, EventEntry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray
SHOWN = 12  # days of news in a waterfall
NOTHING = "no row has a P, so there is nothing to draw"


def draw_sweep(
    scenario: AnyScenario, design: Design, rows: Iterable[Row], find_base: Callable[[], float | None], ax: Axes | None
) -> Axes:
    """Draw a sweep's rows: a response curve for one key, a heat map for a grid of two, a tornado for more.

    Parameters
    ----------
    rows : iterable of Row
        All of them, in order.
    find_base : callable
        Returns P of the scenario as it is, or None; called where it is shown.

    Raises
    ------
    InputError
        If no row has a P.
    """
    check_axes(ax)
    slots = [axis.slot for axis in design.axes]
    engines: set[str] = set()
    rows = _note_engines(rows, engines)
    if len(slots) == 1:
        return _draw_response(scenario, design.axes[0], rows, engines, ax)
    p = np.fromiter((_number(row[1 + len(slots)]) for row in rows), float, len(design))
    if not np.isfinite(p).any():
        raise InputError([Problem((), NOTHING)])
    if len(slots) == 2 and not design.sample:
        return _draw_heat(scenario, design, p, engines, ax)
    mean, swings = average_by_key(design, p)
    swings = [replace(swing, key=describe_key(scenario, swing.key)) for swing in swings]
    base = find_base()
    as_it_is = "" if base is None else f", as it is {base:.0%}"
    said = f"mean of rows {mean:.0%}{as_it_is}; bars: mean by value of a key"
    return plot_tornado(swings, mean, heading=make_heading(scenario, engines, slots, said), ax=ax)


def _note_engines(rows: Iterable[Row], engines: set[str]) -> Iterator[Row]:
    """Yield rows, and gather which engines answered them."""
    for row in rows:
        engines |= {row[-2]} & ENGINES.keys()
        yield row


def draw_sensitivity(scenario: AnyScenario, rows: Iterable[Any], p: float, *, ax: Axes | None = None) -> Axes:
    """Draw a tornado of a sensitivity's rows, each with a P at both ends."""
    check_axes(ax)
    swings = [SwingBar(describe_key(scenario, row.key), row.p_low, row.p_high, row.low, row.high) for row in rows]
    return plot_tornado(swings, p, heading=make_heading(scenario, {"quick"}), ax=ax)


def draw_explanation(explanation: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the way of P as a waterfall: the days of news that moved it most, and what lies between."""
    check_axes(ax)
    bars = explanation.list_bars(SHOWN)
    parts = [Part(name, p - change, p) for name, change, p in bars]
    parts = [replace(part, is_whole=at in (0, len(bars) - 1)) for at, part in enumerate(parts)]
    return plot_waterfall(parts, heading=make_heading(explanation.scenario, {"quick"}), ax=ax)


def draw_diff(diff: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the parts of a difference as a waterfall from P of the first to P of the second."""
    check_axes(ax)
    ends = [(diff.before, diff.p_before), (diff.after, diff.p_after)]
    first, last = (Part(f"{scenario.name} as of {scenario.as_of}", 0.0, p, is_whole=True) for scenario, p in ends)
    p, parts = diff.p_before, []
    for part in diff.parts:
        parts.append(Part(part.name, p, p + part.change))
        p += part.change
    said = "what each change made of the probability, in the order in which they were taken"
    heading = make_heading(diff.after, {"quick"}, said=said)
    return plot_waterfall([first, *parts, last], heading=heading, ax=ax)


def draw_comparison(rows: Iterable[Any], title: str, *, ax: Axes | None = None) -> Axes:
    """Draw the rows of a comparison side by side."""
    check_axes(ax)
    rows = list(rows)
    bars = [
        ComparedBar(
            name=row.scenario.name,
            as_of=row.scenario.as_of,
            until=row.scenario.window.until,
            p=(row.p_event.mean, *row.p_event.eti90),
            places={show(row.scenario, name): place.mean for name, place in row.places.items()},
            median_day=row.median_day,
            readings=row.readings_range,
            start=None if _opens_at_once(row.scenario) else row.scenario.window.start,
        )
        for row in rows
    ]
    questions = dict.fromkeys(describe_question(row.scenario) for row in rows)
    spans = {(row.scenario.as_of, *_window(row.scenario)) for row in rows}
    dates = _describe_dates(rows[0].scenario) if len(spans) == 1 else ["as-of dates and windows as listed"]
    foot = ["; ".join(questions), " · ".join([*dates, *_name_engines({row.engine for row in rows})])]
    return plot_compare(bars, title=title, foot=foot, ax=ax)


def _opens_at_once(scenario: AnyScenario) -> bool:
    return (scenario.window.start - scenario.as_of).days == 1


def _window(scenario: AnyScenario) -> tuple[datetime.date, datetime.date]:
    return scenario.window.start, scenario.window.until


def _describe_dates(scenario: AnyScenario, varied: Container[str] = ()) -> list[str]:
    """Say as-of date and window, or that they are varied."""
    start, until = _window(scenario)
    return [
        "as-of date varied" if "as_of" in varied else f"as of {scenario.as_of}",
        "window varied" if "window" in varied else f"window {start} to {until}",
    ]


def _name_engines(engines: Iterable[str]) -> list[str]:
    names = [name for engine, name in ENGINES.items() if engine in engines]
    return [" and ".join(names)] if names else []


def draw_replay(replay: Any, horizons: Iterable[int | None], *, ax: Axes | None = None) -> Axes:
    """Draw the rows of a `Replay`, a panel for each of some horizons."""
    check_axes(ax)
    lines = []
    for horizon in horizons:
        rows = replay.at(horizon)
        found = np.array([(row.p_event.mean, *row.p_event.eti90) if row.p_event else (np.nan,) * 3 for row in rows])
        rate = np.array([_number(row.constant_rate and row.constant_rate.p) for row in rows])
        causes = [(jump.row.as_of, jump.row.p_event.mean, jump.cause) for jump in replay.jumps[horizon]]
        p, lo, hi = found.T
        lines.append(
            ReplayLine(f"P within {name_horizon(horizon)}", [row.as_of for row in rows], p, lo, hi, rate, causes)
        )
    scenario = replay.scenario
    entries = () if isinstance(scenario, Ensemble) else scenario.timeline  # of several, events are not the answer
    events = [entry.day for entry in entries if isinstance(entry, EventEntry)]
    return plot_replay(lines, title=scenario.question.title, shown=replay.title, events=events, ax=ax)


def average_by_key(design: Design, p: Array) -> tuple[float, list[SwingBar]]:
    """Average P over all rows, and over the rows of each value of a key; return where a key's averages are extreme.

    Parameters
    ----------
    p : (rows,)
        NaN where a row has no P.
    """
    known = np.isfinite(p)
    swings = []
    for axis, (values, at) in zip(design.axes, design.split(), strict=True):
        count = np.bincount(at[known], minlength=len(values))
        total = np.bincount(at[known], p[known], len(values))
        found = [(total[which] / count[which], which) for which in _order(axis.slot, values) if count[which]]
        if found:  # in the order of the key's values, so that the first of both ends is the lower value
            (p_low, low), (p_high, high) = sorted((min(found), max(found)), key=found.index)
            swings.append(SwingBar(axis.slot.key, float(p_low), float(p_high), values[low], values[high]))
    return float(p[known].mean()), swings


def make_heading(
    scenario: AnyScenario, engines: Iterable[str], slots: Sequence[AnySlot] = (), said: str = ""
) -> Heading:
    """Say above a figure of many runs, and at its foot, what they are about; `slots` are varied."""
    varied = {str(slot.path[0]) for slot in slots}
    parts = [*_describe_dates(scenario, varied), *_name_engines(engines)]
    parts += [f"varied: {', '.join(slot.key for slot in slots)}"] if slots else []
    return Heading(
        scenario.question.title,
        None if "as_of" in varied else scenario.as_of,
        None if "window" in varied else scenario.window.until,
        said,
        [describe_question(scenario), " · ".join(parts)],
    )


def _draw_response(
    scenario: AnyScenario, axis: Axis, rows: Iterable[Row], engines: Iterable[str], ax: Axes | None
) -> Axes:
    places = scenario.question.answer_places
    found = [row[1 : 3 + len(places)] for row in rows if row[2] is not None]
    if not found:
        raise InputError([Problem((), NOTHING)])
    values, p, *shares = zip(*found, strict=True)
    by_place = {show(scenario, place): np.array(share) for place, share in zip(places, shares, strict=True)}
    heading = make_heading(scenario, engines, [axis.slot])
    name = describe_key(scenario, axis.slot.key)
    return plot_response(name, values, np.array(p), by_place, heading=heading, ax=ax)


def _draw_heat(scenario: AnyScenario, design: Design, p: Array, engines: Iterable[str], ax: Axes | None) -> Axes:
    up, across = design.axes  # the second is the fastest
    grid = p.reshape(len(up.values), len(across.values))
    orders = [_order(axis.slot, axis.values) for axis in (up, across)]
    x, y = ([axis.values[index] for index in order] for axis, order in zip((across, up), orders[::-1], strict=True))
    heading = make_heading(scenario, engines, [up.slot, across.slot])
    names = [describe_key(scenario, axis.slot.key) for axis in (across, up)]
    return plot_heat(names[0], x, names[1], y, grid[np.ix_(*orders)], heading=heading, ax=ax)


def _order(slot: AnySlot, values: Any) -> list[int]:
    """Return the order in which the values rise; names stay as they are."""
    count = range(len(values))
    return list(count) if slot.way == "switch" else sorted(count, key=values.__getitem__)


def _number(p: float | None) -> float:
    return float("nan") if p is None else p
