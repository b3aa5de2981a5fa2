"""A table of past stays or events turned into priors, as text to paste and as a figure.

Receives a table. Hands on a `Suggestion`: what each form says of the next stay, beside how long the others took.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from forecast.document import Table
from forecast.errors import InputError, Problem
from forecast.multistate import Array
from forecast.report import plain_number
from forecast.scenario import A_STAY, LONGEST_STAY, SHORTEST_STAY, Z95, Interval, Past, is_stay, predict_single

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COMPARED_LEAST = 6  # stays that ended, to say how far single ones differ
POINTS = 200  # of a curve


@dataclass(frozen=True)
class Suggestion:
    """Priors for stays like those of a table.

    Attributes
    ----------
    what : str
        What of the table was read, in words.
    paste : str
        The record in the words of a scenario file.
    days : (stays,)
    ended : (stays,) of bool
        False for one that still runs.
    mean : Interval
        90% of the mean.
    single : Interval or None
        90% of single stays; None where too few ended.
    places : dict of str to int
        How many were at which place.
    lacks : str
        Why there is no interval of single stays.
    """

    what: str
    paste: str
    days: Array
    ended: Array
    mean: Interval
    single: Interval | None
    places: dict[str, int]
    lacks: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "schema": 1,
            "stays": len(self.days),
            "running": int((~self.ended).sum()),
            "mean": [self.mean.lo, self.mean.hi],
            "single": None if self.single is None else [self.single.lo, self.single.hi],
            "places": self.places,
            "paste": self.paste,
        }

    def __str__(self) -> str:
        still = int((~self.ended).sum())
        running = f", {still} of them still running" if still else ""
        lines = [f"{self.what}: {len(self.days)} stays{running}", ""]
        lines += ["Paste one of these into a stage, as its stay:", ""]
        lines.append(f"  stay: {{mean: {self.paste}}}")
        lines.append(f"      # such stays last {_span(self.mean)} days on average (90%)")
        if self.single is None:
            lines.append(f"      # how single stays differ cannot be said: {self.lacks}")
        else:
            lines.append(f"  stay: {{single: {self.paste}}}")
            lines.append(f"      # nine in ten single stays last {_span(self.single)} days, and they age")
        if self.places:
            counts = ", ".join(f"{name}: {count}" for name, count in self.places.items())
            lines += ["", "and this into the file:", "", f"  places: {{{counts}}}"]
        if self.single is not None:
            lines += ["", _compare(self.single, int(self.ended.sum()))]
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how long the stays of the table lasted, and what each form says of the next."""
        from forecast.plots import check_axes, plot_suggestion

        check_axes(ax)
        steps = survive(self.days, self.ended)
        x = np.linspace(0, 1.6 * max(self.days), POINTS)
        law = self.mean.law
        assert isinstance(law, Past)
        curves = {"mean": (x, (law.days / (law.days + x)) ** law.count)}
        if self.single is not None:
            low, high = np.log([self.single.lo, self.single.hi])
            normal = NormalDist((low + high) / 2, (high - low) / (2 * Z95))
            curves["single"] = (x, np.array([1.0, *(1 - normal.cdf(np.log(each)) for each in x[1:])]))
        return plot_suggestion(steps, curves, title=self.what, ax=ax)


def suggest_priors(
    table: Table,
    *,
    column: str | None = None,
    start: str | None = None,
    end: str | None = None,
    day: str | None = None,
    place: str | None = None,
    as_of: datetime.date,
) -> Suggestion:
    """Turn a table into priors.

    Parameters
    ----------
    column : str, optional
        The column of days; ``44+`` still runs.
    start, end : str, optional
        Columns of first and last days; one without a last day still runs.
    day : str, optional
        The column of days of events; stays are the gaps between them, and the last still runs.
    place : str, optional
        The column of places, to be counted.
    as_of : datetime.date
        Up to when what still runs has lasted.

    Raises
    ------
    InputError
        If there is no such column, or what stands there is no such thing.
    """
    given = [name for name in (column, start, day) if name]
    if len(given) != 1 or (start is None) != (end is None):
        _refuse("expected one of --column, --day, or --start and --end; found " + (" and ".join(given) or "none"))
    if column:
        what, paste = f"days in the column {column} of {table.name}", f"{{table: {table.name}, column: {column}}}"
        stays = [_read_days(table, column, row) for row in range(len(table.rows)) if table.cell(row, column)]
    elif day:
        days = _read_events(table, day, as_of)
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        lasted = (as_of - days[-1]).days
        what = f"gaps between the days in the column {day} of {table.name}"
        stays = [*map(str, gaps), *([f"{lasted}+"] if lasted > 0 else [])]
        paste = f"{{record: [{', '.join(stays)}]}}"
    else:
        assert start is not None
        assert end is not None
        what = f"days from {start} to {end} in {table.name}"
        stays = [_read_span(table, start, end, row, as_of) for row in range(len(table.rows))]
        paste = f"{{record: [{', '.join(stays)}]}}"
    if not stays:
        _refuse(f"expected a stay or more in {table.name}; found none")
    return _suggest(what, paste, stays, _count_places(table, place))


def _refuse(message: str) -> NoReturn:
    raise InputError([Problem((), message)])


def _suggest(what: str, paste: str, stays: Sequence[str], places: dict[str, int]) -> Suggestion:
    law = Past(stays=tuple(stays))
    try:
        single = Interval(*predict_single(stays))
        lacks = "" if single.lo >= SHORTEST_STAY and single.hi <= LONGEST_STAY else "too few have ended"
    except ValueError as error:
        single, lacks = None, str(error).partition(";")[0]
    mean = Interval(law.quantile(0.05), law.quantile(0.95), law=law)
    if not SHORTEST_STAY <= mean.lo <= mean.hi <= LONGEST_STAY:
        _refuse(f"expected stays of {SHORTEST_STAY:g} to {LONGEST_STAY:g} days on average; found others in {what}")
    return Suggestion(
        what=what,
        paste=paste,
        days=np.array([float(stay.rstrip("+")) for stay in stays]),
        ended=np.array([not stay.endswith("+") for stay in stays]),
        mean=mean,
        single=None if lacks else single,
        lacks=lacks,
        places=places,
    )


def survive(days: Array, ended: Array) -> tuple[Array, Array]:
    """Return the days on which stays ended, and the share of stays that lasted longer (Kaplan & Meier 1958).

    >>> survive(np.array([10.0, 20.0, 30.0]), np.array([True, False, True]))
    (array([10., 30.]), array([0.66666667, 0.        ]))
    """
    found = np.unique(days[ended])
    at_risk = np.array([(days >= day).sum() for day in found])
    over = np.array([(days[ended] == day).sum() for day in found])
    return found, np.cumprod(1 - over / at_risk)


def _compare(single: Interval, ended: int) -> str:
    """Say which of the two forms the record speaks for: how far single stays differ tells."""
    if ended < COMPARED_LEAST:
        return f"With {ended} stays that ended nothing tells whether they age; mean assumes that they do not."
    exponential = np.log(np.log(20) / -np.log1p(-0.05))  # hi over lo of one exponential stay, in logarithms
    spread = np.log(single.hi / single.lo)
    if spread < 0.7 * exponential:
        return "These stays are more alike than chance alone makes them: single fits them better than mean."
    return "These stays differ as much as chance alone makes them: mean will do."


def _span(interval: Interval) -> str:
    return f"{plain_number(interval.lo)} to {plain_number(interval.hi)}"


def _read_days(table: Table, column: str, row: int) -> str:
    text = table.cell(row, column)
    if not is_stay(text):
        table.refuse(row, column, A_STAY)
    return text


def _read_day(table: Table, column: str, row: int) -> datetime.date:
    try:
        return datetime.date.fromisoformat(table.cell(row, column))
    except ValueError:
        table.refuse(row, column, "a date, YYYY-MM-DD")


def _read_events(table: Table, column: str, as_of: datetime.date) -> list[datetime.date]:
    """Return the days of events in their order, none after `as_of` and no two alike."""
    found: list[datetime.date] = []
    for row in range(len(table.rows)):
        day = _read_day(table, column, row)
        if day > as_of:
            table.refuse(row, column, f"a day up to --as-of, {as_of}")
        if day in found:
            table.refuse(row, column, "a day of its own, because there is no gap between two events of one day")
        found.append(day)
    return sorted(found)


def _read_span(table: Table, start: str, end: str, row: int, as_of: datetime.date) -> str:
    first, is_over = _read_day(table, start, row), bool(table.cell(row, end))
    last = _read_day(table, end, row) if is_over else as_of
    if last <= first:
        table.refuse(row, end if is_over else start, f"a last day after the first, {first}")
    return f"{(last - first).days}{'' if is_over else '+'}"


def _count_places(table: Table, place: str | None) -> dict[str, int]:
    if place is None:
        return {}
    found = Counter(table.cell(row, place) for row in range(len(table.rows)))
    return {"-".join(name.split()): count for name, count in found.most_common() if name}
