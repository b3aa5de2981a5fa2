"""A forecast is written down."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from forecast.errors import InputError, Problem, check_number, check_type
from forecast.files import read_path
from forecast.track.entries import VOID, Logged, now
from forecast.track.journal import LOG, Log, read_log
from forecast.track.told import Told, describe_forecast, list_suppositions

logger = logging.getLogger(__name__)

NAMELESS = ("scenario", "stdin", "text", "dict")  # what a scenario is called that has no name


class Answer(Protocol):
    """What `run_scenario` returns."""

    @property
    def plain(self) -> dict[str, Any]:
        """The contents of `forecast.json`."""


def log_forecast(
    result: Answer | Mapping[str, Any],
    path: str | os.PathLike[str] = LOG,
    *,
    name: str | None = None,
    crowd: float | None = None,
    link: str = "",
    note: str = "",
) -> Logged:
    """Add a forecast to a log.

    Parameters
    ----------
    result : Result, EnsembleResult or dict
        As `run_scenario` returns it, or the contents of a `forecast.json`.
    path : path-like
        The log; it is begun where there is none.
    name : str, optional
        The question's. Unless given it is that of the scenario, without the day of an update.
    crowd : float, optional
        What a market or a crowd says at the same time: a probability.
    link : str
        The address or the number of the same question on another platform, by which `import_crowd` finds it.
    note : str
        Anything to be remembered.

    Returns
    -------
    Logged
        The line.

    Raises
    ------
    InputError
        If the answer is known already, or another question bears this name.
    OutputError
        If the log cannot be written.

    Examples
    --------
    >>> import forecast, os, tempfile
    >>> result = forecast.run_scenario("tests/questions/launch.yaml", engine="quick")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = os.path.join(folder, "forecasts.jsonl")
    ...     line = forecast.log_forecast(result, log, crowd=0.3)
    ...     forecast.resolve_question("launch", "no", log, day="2026-06-30").answer
    'no'
    >>> line.name, line.told.until.isoformat(), line.crowd
    ('launch', '2026-06-30', 0.3)
    """
    for key, value in {"name": name or "", "link": link, "note": note}.items():
        check_type(key, value, str, "a text")
    if crowd is not None:
        check_number("crowd", crowd, lambda p: 0 <= p <= 1, "a probability from 0 to 1")
    plain = result if isinstance(result, Mapping) else getattr(result, "plain", {})
    told = describe_forecast(plain, name=name)
    if name is None:
        _check_named(told, list_suppositions(plain))
    if "bins" in plain or "how_many" in plain:
        logger.info("P of a yes is logged and scored; the answers beside it, bins and numbers of events, are not")
    log = read_log(read_path(path))
    check_new(log, told)
    entry = Logged(now(), told, None if crowd is None else float(crowd), link, note)
    if log.is_late(entry):
        logger.warning(f"{told.name} is logged late: what came of it may be known by now, and its scores say so")
    log.append([entry])
    return entry


def _check_named(told: Told, supposing: Sequence[str]) -> None:
    """Refuse to call by its scenario's name what has none of its own, or is another question."""
    if told.name in NAMELESS:
        message = f"expected what the question is called, as its scenario has no name of its own; found {told.name}"
        raise InputError([Problem(("name",), message)])
    if supposing:
        message = f"expected a forecast that supposes nothing; found one given that {'; '.join(supposing)}"
        remedy = "Log it under a --name of its own, and resolve it as void if that does not come"
        raise InputError([Problem(("name",), f"{message}. {remedy}")])


def check_new(log: Log, told: Told) -> None:
    """Refuse a forecast that cannot be one of the question of its name; say so where it replaces another.

    Raises
    ------
    InputError
    """
    before = log.questions.get(told.name, [])
    for key in ("until", "asked"):
        other = next((each.told for each in before if getattr(each.told, key) != getattr(told, key)), None)
        if other is not None:
            what = {"until": "a window that ends on {}", "asked": "what is asked: {}"}[key]
            expected, found = (what.format(getattr(each, key)) for each in (other, told))
            message = f"expected {expected}, as {told.name} was logged before; found {found}"
            raise InputError([Problem((key,), f"{message}. Give another question another --name")])
    resolved = log.resolutions.get(told.name)
    if resolved is not None and resolved.answer != VOID:
        decided = resolved.day or told.until
        if told.as_of >= decided:
            message = f"expected a day before {decided}, since {told.name} was resolved: {resolved}; found {told.as_of}"
            raise InputError([Problem(("as_of",), message)])
    if same := [each for each in before if each.told.as_of == told.as_of]:
        logger.info(
            f"{told.name} was logged as of {told.as_of} before, with P {same[-1].told.p:.3f}; "
            "that line stays, and this one counts"
        )
