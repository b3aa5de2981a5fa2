"""The days of a replay and the lengths of its windows, as they are written: ``month``, ``14d``; ``90d,365d``."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence

from forecast.errors import InputError, Problem, check_type, suggest
from forecast.scenario import AnyScenario, Scenario

MONTHS = {"month": 1, "quarter": 3}
DAYS = {"day": 1, "week": 7}
DAYS_MOST = 10_000  # of a replay: each takes a tenth of a second
_COUNTED = re.compile(r"([1-9][0-9]{0,4})d")


def read_horizons(horizon: str | int | Sequence[str | int]) -> tuple[int, ...]:
    """Read lengths of windows, in days.

    Raises
    ------
    InputError

    Examples
    --------
    >>> read_horizons("90d,365d")
    (90, 365)
    """
    expected = "different numbers of days, such as 90d,365d"
    check_type("horizon", horizon, (str, int, Sequence), expected)
    parts = horizon.split(",") if isinstance(horizon, str) else [horizon] if isinstance(horizon, int) else horizon
    found = [_read_days(part) for part in parts]
    if not found or None in found or len(set(found)) < len(found):
        raise InputError([Problem(("horizon",), f"expected {expected}; found {horizon}")])
    return tuple(days for days in found if days is not None)


def _read_days(part: str | int) -> int | None:
    if isinstance(part, int):
        return part if part > 0 and not isinstance(part, bool) else None
    counted = _COUNTED.fullmatch(part.strip()) if isinstance(part, str) else None
    return int(counted[1]) if counted else None


def list_days(start: datetime.date, until: datetime.date, every: str) -> tuple[datetime.date, ...]:
    """List the days from one to another at even steps; in a month without such a day its last one.

    Raises
    ------
    InputError

    Examples
    --------
    >>> [str(day) for day in list_days(datetime.date(2024, 1, 31), datetime.date(2024, 4, 1), "month")]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    check_type("every", every, str, "day, week, month, quarter or a number of days such as 14d")
    counted = _COUNTED.fullmatch(every)
    if every not in MONTHS and every not in DAYS and not counted:
        message = f"expected day, week, month, quarter or a number of days such as 14d; found {every}"
        raise InputError([Problem(("every",), f"{message}; {suggest(every, [*DAYS, *MONTHS])}")])
    if until.year == datetime.MAXYEAR:
        raise InputError([Problem(("until",), f"expected a day before the year 9999; found {until}")])
    if until < start:
        raise InputError([Problem(("until",), f"expected a day on or after the first, {start}; found {until}")])
    step = int(counted[1]) if counted else DAYS.get(every, 0)
    if (until - start).days // (step or 30 * MONTHS[every]) >= DAYS_MOST:
        raise InputError([Problem(("every",), f"expected at most {DAYS_MOST:,} days; take longer steps")])
    found: list[datetime.date] = []
    while (day := _go(start, len(found), step, MONTHS.get(every, 0))) <= until:
        found.append(day)
    return tuple(found)


def _go(start: datetime.date, steps: int, days: int, months: int) -> datetime.date:
    if days:
        return start + datetime.timedelta(days=steps * days)
    year, month = divmod(start.year * 12 + start.month - 1 + steps * months, 12)
    return datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def read_day(name: str, day: datetime.date | str | None) -> datetime.date | None:
    """Read a day, or none."""
    try:
        return datetime.date.fromisoformat(day.isoformat() if isinstance(day, datetime.date) else day) if day else None
    except (TypeError, ValueError):
        raise InputError([Problem((name,), f"expected a date, YYYY-MM-DD; found {day}")]) from None


def find_first_day(question: AnyScenario) -> datetime.date:
    """Return the first day of the record; of several timelines, of the one that begins first."""
    units = [question] if isinstance(question, Scenario) else list(question.timelines.values())
    return min(unit.question.history_from for unit in units)
