"""What a market or a crowd said, and what came, from the files that Metaculus and Manifold give of their questions.

A forecast takes the price that was in force when its day ended, and no later one.
"""

from __future__ import annotations

import datetime
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.errors import InputError, Problem
from forecast.files import read_path
from forecast.track.answers import settle
from forecast.track.entries import VOID, YES, Logged, Price, Resolved, now
from forecast.track.journal import LOG, Log, find_log, read_log
from forecast.track.tables import Elsewhere, read_tables

logger = logging.getLogger(__name__)

_POST = re.compile(r"metaculus\.com/questions/(\d+)")
AGGREGATE = "recency_weighted"  # Metaculus' community prediction


@dataclass(frozen=True)
class Imported:
    """What an export had to say.

    Attributes
    ----------
    prices : tuple of Price
    resolutions : tuple of Resolved
    matched : dict of str to str
        Which question of the export each logged one is, by name.
    others : int
        Questions of the export that are not in the log.
    """

    prices: tuple[Price, ...]
    resolutions: tuple[Resolved, ...]
    matched: Mapping[str, str]
    others: int

    def __str__(self) -> str:
        lines = [f"{name}: {question}" for name, question in self.matched.items()]
        found = f"{len(self.prices)} prices and {len(self.resolutions)} answers are new"
        return "\n".join([*lines, f"{found}; {self.others} questions of the export are not in the log"])


def import_crowd(
    exports: Sequence[str | os.PathLike[str]],
    path: str | os.PathLike[str] = LOG,
    *,
    ids: Mapping[str, str] | None = None,
    aggregate: str = AGGREGATE,
) -> Imported:
    r"""Add to a log what the crowd said beside its forecasts, and what came, from exports on disk.

    Parameters
    ----------
    exports : sequence of path-like
        Of Metaculus ``question_data.csv`` and ``forecast_data.csv``; of Manifold a CSV of markets or of bets.
    path : path-like
        The log.
    ids : mapping of str to str, optional
        What the platform calls a logged question, by name. Others are found by the `link` that they were logged with,
        or by their title.
    aggregate : str
        Which of Metaculus' aggregations.

    Raises
    ------
    InputError
        If an export cannot be read, or a name is in no log.
    OutputError
        If the log cannot be written.

    Examples
    --------
    >>> import forecast, pathlib, tempfile
    >>> result = forecast.run_scenario("tests/questions/launch.yaml", engine="quick")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log, bets = (pathlib.Path(folder, name) for name in ("forecasts.jsonl", "bets.csv"))
    ...     line = forecast.log_forecast(result, log, link="abc")
    ...     size = bets.write_text("contractId,createdTime,probAfter\nabc,2026-01-01T12:00:00Z,0.35\n")
    ...     found = forecast.import_crowd([bets], log)
    >>> [(price.name, price.as_of.isoformat(), price.p) for price in found.prices]
    [('launch', '2026-01-15', 0.35)]
    """
    log = read_log(find_log(read_path(path)))
    for name in ids or {}:
        log.find(name)
    found = read_tables([read_path(each) for each in exports], aggregate)
    matched = match(log, found, ids or {})
    prices = [price for name, each in matched.items() for price in _find_prices(log, name, each)]
    resolutions = [entry for name, each in matched.items() if (entry := _find_answer(log, name, each))]
    log.append([*prices, *resolutions])
    shown = {name: each.title or each.id for name, each in matched.items()}
    return Imported(tuple(prices), tuple(resolutions), shown, len(found) - len({each.id for each in matched.values()}))


def match(log: Log, found: Sequence[Elsewhere], ids: Mapping[str, str]) -> dict[str, Elsewhere]:
    """Find which question of an export each logged one is; none where several could be, which is said."""
    matched = {}
    for name, logged in log.questions.items():
        links = {ids[name]} if name in ids else {entry.link for entry in logged if entry.link}
        same = [each for each in found if links & each.names or any(_point_at(link, each) for link in links)]
        if not links:
            titles = {entry.told.title.casefold() for entry in logged}
            same = [each for each in found if each.title.casefold() in titles]
        if len(same) > 1:
            which = ", ".join(each.id for each in same)
            logger.warning(
                f"{name} may be any of several questions of the export, {which}, and is left out; name it by --id"
            )
        elif same:
            matched[name] = same[0]
        elif name in ids:
            raise InputError([Problem((), f"expected a question {ids[name]} in the export, for {name}; found none")])
    return matched


def _point_at(link: str, each: Elsewhere) -> bool:
    """Tell whether an address is that of a question."""
    post = _POST.search(link)
    return link.rstrip("/") in each.names or (post is not None and f"post {post[1]}" in each.names)


def _find_prices(log: Log, name: str, each: Elsewhere) -> list[Price]:
    prices = []
    entries: list[Logged] = [entry for entry in log.counted if entry.name == name and entry.crowd is None]
    for entry in entries:
        p = each.price_at(end_of(entry.told.as_of))
        if p is not None and p != log.crowd(entry):
            prices.append(Price(now(), name, entry.told.as_of, p, f"{each.platform} {each.id}"))
    if not each.quotes:
        logger.info(f"{name}: the export has no price with its time")
    return prices


def end_of(day: datetime.date) -> datetime.datetime:
    """Return when a day ends, in UTC."""
    return datetime.datetime.combine(day, datetime.time.max, datetime.UTC)


def _find_answer(log: Log, name: str, each: Elsewhere) -> Resolved | None:
    if each.answer is None:
        return None
    source = f"{each.platform} {each.id}"
    if (before := log.resolutions.get(name)) is not None:
        if before.answer != each.answer:
            logger.warning(f"{name} was resolved {before.answer} and {source} says {each.answer}: left as it was")
        return None
    until = log.find(name)[-1].told.until
    if each.answer != VOID and each.day and (each.day > until) == (each.answer == YES):
        logger.warning(
            f"{name} is not resolved: {source} has had a {each.answer} since {each.day}, which tells nothing of a "
            f"window that ends on {until}. Say what came: forecast resolve {name} ..."
        )
        return None
    day = each.day if each.answer == YES else None
    try:
        entry = settle(log, name, each.answer, day=day, source=source)
    except InputError as error:
        logger.warning(f"{name} is not resolved: {error}")
        return None
    if day:
        logger.info(f"{name}: {day} is when {each.platform} knew it came; `forecast resolve` corrects the day")
    return entry
