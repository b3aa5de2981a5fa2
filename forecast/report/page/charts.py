"""The figures of a page: whether, where, when, the stages so far and the days ahead, each with a table of its numbers.

Receives what stands in `forecast.json`, and stays as plain dicts. Hands on HTML.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from forecast.report.lines import decimal
from forecast.report.page.html import Html, fold, table
from forecast.report.page.svg import (
    LETTER,
    LINE,
    Scale,
    area,
    axis_of_chances,
    axis_of_days,
    box,
    choose_days,
    cut,
    figure,
    line,
    number,
    path,
    round_ticks,
    tag,
    write,
)
from forecast.scenario import ANYWHERE, YES, Question

Plain = Mapping[str, Any]
POINTS = 130  # of a curve, at most: more than a screen shows
ROW = 30  # units a bar takes
PLACE_CLASSES = 8
EDGE = 1  # unit left free at the sides
SIDE = 92  # units right of a curve for its names
NUMBERS = "The numbers of this figure"


def name_places(result: Plain, question: Question) -> dict[str, str]:
    """Return the places of an answer as readers see them, by name; none where it has none."""
    names = list(result["places"])
    return {} if names in ([ANYWHERE], [YES]) else {name: question.show(name) for name in names}


def draw_whether(result: Plain, said: str, within: str = "") -> Html:
    """Draw P with its interval, and where other readings and simpler forecasts put it.

    `within` begins the ids, where figures of several answers may stand on one page.
    """
    p, (lo, hi) = result["p_event"]["mean"], result["p_event"]["eti90"]
    marks: list[tuple[str, float, tuple[float, float] | None]] = [("this forecast", p, (lo, hi))]
    marks += [(f"read as: {name}", answer["p_event"]["mean"], None) for name, answer in _readings(result)]
    marks += [("priors alone", result["prior_only"], None)]
    marks += [("a constant rate", result["base_rate"], None)] if result["base_rate"] is not None else []

    def draw(width: float) -> tuple[float, list[Html]]:
        left, top = min(170, width * 0.42), 6
        at = Scale(0, 1, left, width - 40)
        bottom = top + ROW * len(marks)
        parts = [part for tick in (0, 0.25, 0.5, 0.75, 1) for part in _tick(at, tick, top, bottom)]
        for row, (name, value, interval) in enumerate(marks):
            y = top + ROW * (row + 0.5)
            parts.append(write(0, y + 4, cut(name, left - 8), class_="strong" if not row else ""))
            if interval:
                parts.append(box(at(interval[0]), y - 6, at(interval[1]) - at(interval[0]), 12, "band"))
            dot = tag("circle", cx=number(at(value)), cy=number(y), r=6 if not row else 4, class_="dot")
            right = at(interval[1] if interval else value) + 10
            parts += [dot, write(right, y + 4, decimal(value), class_="strong" if not row else "")]
        return bottom + LINE + 8, parts

    rows = [(name, decimal(value), _interval(interval)) for name, value, interval in marks]
    numbers = fold(NUMBERS, table("Probability of a yes", ("", "P", "90% interval"), rows))
    return figure(draw, f"{within}whether", "How likely it is", f"A scale from 0 to 1. P is {said}.", numbers)


def _tick(at: Scale, tick: float, top: float, bottom: float) -> list[Html]:
    x = at(tick)
    return [line(x, top, x, bottom, "grid"), write(x, bottom + LINE, f"{tick:g}", anchor="middle", class_="soft")]


def _readings(result: Plain) -> list[tuple[str, Plain]]:
    return list(result.get("readings", {}).items())


def _interval(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{decimal(interval[0])} to {decimal(interval[1])}"


def draw_where(result: Plain, question: Question, within: str = "") -> Html | None:
    """Draw P of each place as a bar with its interval; nothing where the answer has no places."""
    places = name_places(result, question)
    if not places:
        return None
    found = [(index, shown, result["places"][name]) for index, (name, shown) in enumerate(places.items())]
    most = max(place["eti90"][1] for _, _, place in found)

    def draw(width: float) -> tuple[float, list[Html]]:
        left, top = min(170, width * 0.36), 6
        ticks = round_ticks(max(most, 0.01))
        at, bottom = Scale(0, ticks[-1], left, width - 44), top + ROW * len(found)
        parts = [part for tick in ticks for part in _tick(at, tick, top, bottom)]
        for row, (index, shown, place) in enumerate(found):
            y = top + ROW * (row + 0.5)
            lo, hi = place["eti90"]
            parts += [
                write(0, y + 4, cut(shown, left - 8)),
                box(at(0), y - 8, at(place["mean"]) - at(0), 16, f"p{index % PLACE_CLASSES}"),
                line(at(lo), y, at(hi), y, "whisker"),
                write(at(hi) + 6, y + 4, decimal(place["mean"])),
            ]
        return bottom + LINE + 8, parts

    rows = [(shown, decimal(place["mean"]), _interval(place["eti90"]), _share(place)) for _, shown, place in found]
    numbers = fold(NUMBERS, table("Probability of each place", ("place", "P", "90% interval", "share"), rows))
    said = "; ".join(f"{shown} {decimal(place['mean'])}" for _, shown, place in found)
    return figure(
        draw, f"{within}where", "Where", f"A bar for each place, with its 90% interval as a line: {said}.", numbers
    )


def _share(place: Plain) -> str:
    return "" if place.get("share") is None else f"{place['share']:.0%}"


def draw_when(result: Plain, question: Question, within: str = "") -> Html:
    """Draw the chance of a yes by the end of each day, by place below its band."""
    when, places = result["when"], name_places(result, question)
    days = [datetime.date.fromisoformat(day) for day in when["days"]]
    chosen = _thin(len(days), result["window"]["from"], when["days"])
    curve = when["cif_any"]
    start = max(0, chosen[0] - 1)
    before = curve["mean"][start] if chosen[0] else 0.0
    stack = [[0.0] * len(chosen)]
    for name in places if "cif" in when else ():
        stack.append([low + when["cif"][name][day] for low, day in zip(stack[-1], chosen, strict=True)])
    total = stack[-1] if len(stack) > 1 else [curve["mean"][day] - (before if "cif" in when else 0) for day in chosen]
    has_band = chosen[0] == 0 or "cif" not in when

    def draw(width: float) -> tuple[float, list[Html]]:
        height, top, left = (230 if width < 500 else 260), 12, 34
        ticks = round_ticks(max(max(curve["hi"]) if has_band else max(total), 0.01))
        y = Scale(0, ticks[-1], top + height, top)
        right = width - SIDE
        x = Scale(days[chosen[0]].toordinal(), days[chosen[-1]].toordinal(), left, right)
        xs = [x(days[day].toordinal()) for day in chosen]
        parts = axis_of_chances(y, left, right, ticks)
        if has_band:
            hi, lo = ([*zip(xs, (y(curve[side][day]) for day in chosen), strict=True)] for side in ("hi", "lo"))
            parts.append(area(hi, lo, "band"))
        for index, (low, high) in enumerate(pairwise(stack)):
            upper, lower = ([*zip(xs, map(y, values), strict=True)] for values in (high, low))
            parts.append(area(upper, lower, f"p{index % PLACE_CLASSES} edge"))
        parts.append(path([*zip(xs, map(y, total), strict=True)], "curve"))
        parts += axis_of_days(days[chosen[0]], days[chosen[-1]], x, top, top + height, most=3 if width < 500 else 7)
        ends = [
            (shown, y((low[-1] + high[-1]) / 2))
            for shown, low, high in zip(places.values(), stack, stack[1:], strict=False)
        ]
        ends.append(
            (
                f"P {decimal(result['p_event']['mean'])}",
                min(y(total[-1]) - 4, *[at - LINE for _, at in ends], top + height),
            )
        )
        parts += [
            write(right + 6, at + 4, cut(name, SIDE - 4), class_="strong" if name.startswith("P ") else "")
            for name, at in _apart(ends)
        ]
        return top + height + LINE + 8, parts

    by = "by" if "window80" in when else "on"
    rows = [(f"{by} {day}", decimal(at["mean"]), _interval(at["eti90"])) for day, at in when["by"].items()]
    numbers = fold(NUMBERS, table("Probability of a yes by some days", ("", "P", "90% interval"), rows))
    said = "; ".join(f"{day} {value}" for day, value, _ in rows)
    title = (
        "When: the chance of a yes by the end of each day"
        if "cif" in when
        else "The chance of a yes, if it ends on each day"
    )
    return figure(draw, f"{within}when", title, f"A rising curve, its 90% band behind it: {said}.", numbers)


def _thin(count: int, opens: str, days: Sequence[str]) -> list[int]:
    """Choose the days of a curve that are drawn: those of the window, and no more than a screen shows."""
    first = next((index for index, day in enumerate(days) if day >= opens), 0)
    step = max(1, (count - first) // POINTS)
    return [*range(first, count - 1, step), count - 1]


def _apart(ends: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Move labels up until none touches the next below it."""
    placed: list[tuple[str, float]] = []
    for name, y in sorted(ends, key=lambda end: -end[1]):
        placed.append((name, min(y, placed[-1][1] - LINE) if placed else y))
    return placed


def draw_course(stays: Sequence[Plain], events: Sequence[Plain], scenario: Any) -> Html:
    """Draw the stages up to the as-of date as lanes, and the events on record."""
    question, as_of = scenario.question, scenario.as_of
    first = min([question.history_from, *(stay["from"] for stay in stays)])
    places = {place: index for index, place in enumerate(question.places)}
    has_events = bool(events)
    lanes = [*reversed(question.stages)]

    def draw(width: float) -> tuple[float, list[Html]]:
        left, top = min(110, width * 0.27), 4
        x = Scale(first.toordinal(), as_of.toordinal(), left, width - EDGE)
        rows = len(lanes) + has_events
        bottom = top + ROW * rows
        parts = axis_of_days(first, as_of, x, top, bottom, most=4 if width < 500 else 9)
        for row, stage in enumerate(lanes, int(has_events)):
            y = top + ROW * (row + 0.5)
            parts.append(write(0, y + 4, cut(question.show(stage), left - 8)))
            parts.append(line(left, y, width - EDGE, y, "grid"))
            index = question.stages.index(stage)
            for stay in stays:
                if stay["stage"] == stage:
                    start, end = x(stay["from"].toordinal()), x(stay["until"].toordinal())
                    parts.append(box(start, y - 7, max(end - start, 3), 14, f"s{index} edge"))
        if has_events:
            y = top + ROW * 0.5
            parts.append(write(0, y + 4, "it happened"))
            for event in events:
                at, index = x(event["day"].toordinal()), places.get(event["place"], 0)
                parts.append(tag("circle", cx=number(at), cy=number(y), r=6, class_=f"p{index % PLACE_CLASSES} edge"))
        return bottom + LINE + 8, parts

    rows = [(str(stay["from"]), str(stay["until"]), question.show(stay["stage"])) for stay in stays]
    rows += [
        (str(event["day"]), str(event["day"]), f"it happened: {question.show(event['itinerary'])}") for event in events
    ]
    numbers = fold(NUMBERS, table("Stages and events up to the as-of date", ("from", "until", "stage"), sorted(rows)))
    said = f"A lane for each stage, from {first} to {as_of}; today it is {question.show(stays[-1]['stage'])}."
    return figure(draw, "course", "So far", said, numbers)


def draw_ahead(result: Plain, plans: Sequence[Plain], scenario: Any) -> Html:
    """Draw how likely each stage, and the event at each place, is at the end of each day ahead: they stack to 1."""
    question, when = scenario.question, result["when"]
    days = [datetime.date.fromisoformat(day) for day in when["days"]]
    step = max(1, len(days) // POINTS)
    chosen = [*range(0, len(days) - 1, step), len(days) - 1]
    places = name_places(result, question)
    layers = [(f"s{index}", question.show(name), result["stages"][name]) for index, name in enumerate(question.stages)]
    if "cif" in when:
        each = places or {next(iter(when["cif"])): "it has happened"}
        layers += [
            (f"p{index % PLACE_CLASSES}", shown, when["cif"][name]) for index, (name, shown) in enumerate(each.items())
        ]

    def draw(width: float) -> tuple[float, list[Html]]:
        height, left, right = (230 if width < 500 else 260), 34, width - SIDE
        top = 8 + LINE * len(plans)
        y, x = Scale(0, 1, top + height, top), Scale(days[0].toordinal(), days[-1].toordinal() + 1, left, right)
        parts: list[Html] = []
        low = [0.0] * len(chosen)
        xs = [x(days[day].toordinal() + 0.5) for day in chosen]
        ends = []
        for style, shown, values in layers:
            high = [under + values[day] for under, day in zip(low, chosen, strict=True)]
            upper, lower = ([*zip(xs, map(y, edge), strict=True)] for edge in (high, low))
            parts.append(area(upper, lower, f"{style} edge"))
            if high[-1] - low[-1] > 0.03:
                ends.append((shown, y((low[-1] + high[-1]) / 2)))
            low = high
        parts += axis_of_chances(y, left, right, (0, 0.5, 1))
        parts += axis_of_days(days[0], days[-1], x, top, top + height, most=3 if width < 500 else 7)
        for row, plan in enumerate(plans):
            start, end = x(plan["from"].toordinal()), x(plan["until"].toordinal() + 1)
            at = 10 + LINE * row
            words = cut(f"{question.show(plan['kind'])}{plan['where']}", max(start - left, right - end) - 4)
            room = start - left > len(words) * LETTER
            parts.append(box(start, at - 8, max(end - start, 3), 8, "plan"))
            parts.append(line(start, at, start, top + height, "grid"))
            parts.append(
                write(start - 4 if room else end + 4, at, words, anchor="end" if room else "start", class_="soft")
            )
        parts += [write(right + 6, at + 4, cut(name, SIDE - 4)) for name, at in _apart(ends)]
        return top + height + LINE + 8, parts

    some = _days_of_table(days)
    heads = ["", *(shown for _, shown, _ in layers)]
    rows = [[str(days[day]), *(decimal(values[day]) for _, _, values in layers)] for day in some]
    numbers = fold(
        NUMBERS, table("Chance of each stage, and of the event by place, at the end of some days", heads, rows)
    )
    said = "Areas that stack to 1: " + ", ".join(f"{shown} {decimal(values[-1])}" for _, shown, values in layers)
    return figure(draw, "ahead", "From here: what each day will find", f"{said} on the last day.", numbers)


def _days_of_table(days: Sequence[datetime.date]) -> list[int]:
    named = [(day - days[0]).days for day, _ in choose_days(days[0], days[-1], 8)]
    return sorted({0, *named, len(days) - 1})
