"""Exports of Metaculus and Manifold as CSV: what each of their questions was called, its prices and its answer.

The columns of Metaculus are those of its download (`utils/csv_utils.py` of Metaculus/metaculus, whose README.md comes
with the files); those of Manifold are the names of its API (`docs/docs/api.md` of manifoldmarkets/manifold), which has
no CSV of its own.
"""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from forecast.errors import InputError, Problem, shorten
from forecast.track.entries import NO, VOID, YES

METACULUS, MANIFOLD = "Metaculus", "Manifold"
ANSWERS = {
    "yes": YES,
    "no": NO,
    "annulled": VOID,
    "ambiguous": VOID,
    "cancel": VOID,
}  # of Metaculus and of Manifold, whose MKT is neither
Row = Mapping[str, str]


@dataclass
class Elsewhere:
    """A question on another platform, filled from one file or several.

    Attributes
    ----------
    names : set of str
        What it may be called: number, address, slug.
    quotes : list of (start, end, p)
        What the crowd said from a time on; `end` is None where that goes on until the next.
    answer, day
        What came, and when the platform knew; None while it is open.
    """

    platform: str
    id: str
    title: str = ""
    names: set[str] = field(default_factory=set)
    quotes: list[tuple[datetime.datetime, datetime.datetime | None, float]] = field(default_factory=list)
    answer: str | None = None
    day: datetime.date | None = None

    def price_at(self, moment: datetime.datetime) -> float | None:
        """Return what the crowd said at a moment, if it said something."""
        begun = [quote for quote in self.quotes if quote[0] <= moment]
        if not begun:
            return None
        _, end, p = max(begun, key=lambda quote: quote[0])
        return p if end is None or end > moment else None


def read_tables(paths: Sequence[Path], aggregate: str) -> list[Elsewhere]:
    """Read exports, of one platform or of both.

    Raises
    ------
    InputError
        With file and line of what cannot be read.
    """
    found: dict[tuple[str, str], Elsewhere] = {}
    for path in paths:
        _read_table(path, found, aggregate)
    return list(found.values())


def _read_table(path: Path, found: dict[tuple[str, str], Elsewhere], aggregate: str) -> None:
    rows = list(_read_rows(path))
    columns = rows[0][1].keys() if rows else set()
    kind = next((kind for kind in KINDS if set(kind[0]) <= columns), None)
    if kind is None:
        kinds = "; ".join(f"{platform}: {', '.join(needed)}" for needed, platform, *_ in KINDS)
        raise InputError([Problem((), f"{path}: expected an export with the columns of {kinds}; found others")])
    _, platform, identify, fill = kind
    for line, row in rows:
        at = _Place(path, line)
        name = row[identify].strip()
        if not name:
            at.refuse(identify, "what the question is called", "")
        each = found.setdefault((platform, name), Elsewhere(platform, name, names={name}))
        fill(each, row, at, aggregate)


def _read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            for row in reader:
                yield reader.line_num, {key: value for key, value in row.items() if key is not None}
    except OSError as error:
        raise InputError([Problem((), f"cannot read {path}: {error.strerror or error}")]) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError([Problem((), f"{path}: expected a CSV in UTF-8; found something else: {error}")]) from None


@dataclass(frozen=True)
class _Place:
    """A row of a file, to say where something is wrong."""

    path: Path
    line: int

    def refuse(self, column: str, expected: str, value: str) -> NoReturn:
        message = f"expected {expected}; found {shorten(value)!r}"
        raise InputError([Problem((column,), message, str(self.path), self.line, 1)])

    def read_p(self, row: Row, column: str) -> float:
        try:
            p = float(row[column])
        except ValueError:
            p = math.nan
        if not 0 <= p <= 1:
            self.refuse(column, "a probability from 0 to 1", row[column])
        return p

    def read_time(self, row: Row, column: str) -> datetime.datetime | None:
        """Read a time as ISO 8601, or in milliseconds since 1970; None where there is none."""
        text = row.get(column, "").strip()
        if not text:
            return None
        try:
            if text.replace(".", "", 1).isdigit():
                return datetime.datetime.fromtimestamp(float(text) / 1000, datetime.UTC)
            time = datetime.datetime.fromisoformat(text)
        except (ValueError, OverflowError, OSError):
            self.refuse(column, "a time", text)
        return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)


def _resolve(each: Elsewhere, answer: str, time: datetime.datetime | None) -> None:
    each.answer = ANSWERS.get(answer.strip().lower())
    each.day = time.astimezone(datetime.UTC).date() if each.answer and time else None


def _fill_question(each: Elsewhere, row: Row, at: _Place, _: str) -> None:
    each.title = row["Question Title"]
    each.names |= {row.get("Question URL", "").rstrip("/"), f"post {row.get('Post ID', '')}"} - {""}
    if row.get("Question Type", "binary").lower() == "binary":
        _resolve(each, row["Resolution"], at.read_time(row, "Resolution Known Time"))


def _fill_forecast(each: Elsewhere, row: Row, at: _Place, aggregate: str) -> None:
    who = row.get("Forecaster Username") or row.get("Forecaster (Anonymized)", "")
    start = at.read_time(row, "Start Time")
    if who == aggregate and row["Probability Yes"].strip() and start:
        each.quotes.append((start, at.read_time(row, "End Time"), at.read_p(row, "Probability Yes")))


def _fill_market(each: Elsewhere, row: Row, at: _Place, _: str) -> None:
    each.title = row["question"]
    url = row.get("url", "").rstrip("/")
    each.names |= {url, row.get("slug", "")} - {""}
    if (row.get("outcomeType") or "BINARY").upper() != "BINARY":
        return
    since = at.read_time(row, "lastBetTime")
    if row["probability"].strip() and since:
        each.quotes.append((since, None, at.read_p(row, "probability")))
    _resolve(each, row.get("resolution", ""), at.read_time(row, "resolutionTime"))


def _fill_bet(each: Elsewhere, row: Row, at: _Place, _: str) -> None:
    start = at.read_time(row, "createdTime")
    if start and row["probAfter"].strip():
        each.quotes.append((start, None, at.read_p(row, "probAfter")))


KINDS: tuple[tuple[tuple[str, ...], str, str, Callable[[Elsewhere, Row, _Place, str], None]], ...] = (
    (("Question ID", "Question Title", "Resolution"), METACULUS, "Question ID", _fill_question),
    (("Question ID", "Start Time", "Probability Yes"), METACULUS, "Question ID", _fill_forecast),
    (("contractId", "createdTime", "probAfter"), MANIFOLD, "contractId", _fill_bet),
    (("id", "question", "probability"), MANIFOLD, "id", _fill_market),
)
