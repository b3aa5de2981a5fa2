"""What came of a question is written down."""

from __future__ import annotations

import datetime
import logging
import os

from forecast.errors import InputError, Problem, check_choice, check_day, check_type, suggest
from forecast.files import read_path
from forecast.track.entries import ANSWERS, NO, VOID, YES, Logged, Resolved, now
from forecast.track.journal import LOG, Log, find_log, read_log

logger = logging.getLogger(__name__)

DAY = datetime.timedelta(days=1)


def resolve_question(
    name: str,
    answer: str,
    path: str | os.PathLike[str] = LOG,
    *,
    day: datetime.date | str | None = None,
    place: str = "",
    source: str = "",
) -> Resolved:
    """Say what came of a question that was logged; said again, it is corrected.

    Parameters
    ----------
    name : str
        The question's.
    answer : {"yes", "no", "void"}
        A void question is not scored.
    path : path-like
        The log.
    day : date or str, optional
        The day on which it came, which a yes needs; or on which it was settled that it would not, the window's last
        unless given.
    place : str
        Where it came, where the question has places.
    source : str
        Who says so.

    Raises
    ------
    InputError
        If there is no such question, day or place.
    OutputError
        If the log cannot be written.

    Examples
    --------
    See `log_forecast`.
    """
    for key, value in {"name": name, "place": place, "source": source}.items():
        check_type(key, value, str, "a text")
    check_choice("answer", answer, ANSWERS, "answer")
    log = read_log(find_log(read_path(path)))
    entry = settle(log, name, answer, day=day, place=place, source=source)
    log.append([entry])
    return entry


def settle(
    log: Log, name: str, answer: str, *, day: datetime.date | str | None, place: str = "", source: str = ""
) -> Resolved:
    """Return what came of a question, checked against its forecasts; say what it corrects and what it leaves out.

    Raises
    ------
    InputError
    """
    logged = log.find(name)
    start, until = min(each.told.opens for each in logged), logged[-1].told.until
    bounds = (datetime.date.min, datetime.date.max) if answer == VOID else (start, until)
    when = None if day is None else check_day("day", day, *bounds)
    entry = Resolved(now(), name, answer, when, place, source)
    if when is None and answer == YES and any(each.told.has_day for each in logged):
        _refuse("day", f"the day on which it came, from {start} to {until}, beside a yes; found none")
    if when is None and answer == NO and until >= entry.written.date():
        _refuse("day", f"the day on which that was settled, since the window is open to {until}; found none")
    if place:
        _check_place(logged, entry)
    if answer != VOID and (late := [each for each in log.counted if each.name == name and not decides(entry, each)]):
        days = ", ".join(sorted(str(each.told.as_of) for each in late))
        logger.warning(f"not scored, because of that day or later: {name} as of {days}")
    if (before := log.resolutions.get(name)) is not None:
        logger.info(f"{name} was resolved before: {before}; that line stays, and this one counts: {entry}")
    return entry


def decides(entry: Resolved, logged: Logged) -> bool:
    """Tell whether an answer is that of a forecast: it came in its window, or was settled after its day."""
    if entry.day is None:
        return True
    return (logged.told.opens if entry.answer == YES else logged.told.as_of + DAY) <= entry.day


def _check_place(logged: list[Logged], entry: Resolved) -> None:
    places = list(dict.fromkeys(place for each in logged for place in each.told.places))
    if entry.answer != YES:
        _refuse("place", f"none beside {entry.answer}; found {entry.place}")
    if entry.place not in places:
        hint = suggest(entry.place, places) if places else f"{entry.name} has no places"
        raise InputError([Problem(("place",), f"unknown place {entry.place}; {hint}")])


def _refuse(key: str, expected: str) -> None:
    raise InputError([Problem((key,), f"expected {expected}")])
