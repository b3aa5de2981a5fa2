"""The lines of a log: a forecast, what came of a question, and what the crowd said.

Each is a mapping in JSON with its kind and the time at which it was written. Receives such mappings, and says what in
one is wrong; hands on frozen values.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.track.plain import read_day, read_share, read_text, read_time, refuse
from forecast.track.told import Told

SCHEMA = 1
FORECAST, RESOLUTION, CROWD = "forecast", "resolution", "crowd"
YES, NO, VOID = "yes", "no", "void"
ANSWERS = (YES, NO, VOID)


@dataclass(frozen=True)
class Logged:
    """A forecast as it was written down.

    Attributes
    ----------
    written : datetime.datetime
        When, in UTC.
    told : Told
        What it says.
    crowd : float or None
        What the market or the crowd said at the time, if that was given.
    link : str
        The address or number of the same question elsewhere.
    """

    written: datetime.datetime
    told: Told
    crowd: float | None = None
    link: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """The question's."""
        return self.told.name

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        more = {"crowd": self.crowd, "link": self.link, "note": self.note}
        kept = {key: value for key, value in more.items() if value not in (None, "")}
        return {**_begin(FORECAST, self.written), **self.told.to_dict(), **kept}


@dataclass(frozen=True)
class Resolved:
    """What came of a question; a later one of the same name stands in its place.

    Attributes
    ----------
    answer : {"yes", "no", "void"}
        A void question is not scored.
    day : datetime.date or None
        On which it came, or on which it was settled that it would not.
    """

    written: datetime.datetime
    name: str
    answer: str
    day: datetime.date | None = None
    place: str = ""
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        day = None if self.day is None else self.day.isoformat()
        more = {"day": day, "place": self.place, "source": self.source}
        kept = {key: value for key, value in more.items() if value}
        return {**_begin(RESOLUTION, self.written), "name": self.name, "answer": self.answer, **kept}

    def __str__(self) -> str:
        parts = [self.answer, f"on {self.day}" if self.day else "", f"in {self.place}" if self.place else ""]
        return " ".join(filter(None, parts))


@dataclass(frozen=True)
class Price:
    """What the crowd said of a question as of a day, told after the forecast was written down."""

    written: datetime.datetime
    name: str
    as_of: datetime.date
    p: float
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        source = {"source": self.source} if self.source else {}
        return {
            **_begin(CROWD, self.written),
            "name": self.name,
            "as_of": self.as_of.isoformat(),
            "p": self.p,
            **source,
        }


Entry = Logged | Resolved | Price


def now() -> datetime.datetime:
    """Return the time, in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _begin(kind: str, written: datetime.datetime) -> dict[str, Any]:
    return {"schema": SCHEMA, "kind": kind, "written": written.isoformat().replace("+00:00", "Z")}


# --- reading --------------------------------------------------------------------------------------------------------


def read_entry(plain: Mapping[str, Any]) -> Entry:
    """Read a line of a log.

    Raises
    ------
    InputError
        With the key that cannot be used.
    """
    if plain.get("schema") != SCHEMA:
        refuse("schema", f"{SCHEMA}, as this version writes", plain.get("schema"))
    written = read_time(plain, "written")
    kind = plain.get("kind")
    if kind == FORECAST:
        crowd = None if plain.get("crowd") is None else read_share(plain, "crowd")
        return Logged(written, Told.from_dict(plain), crowd, read_text(plain, "link", ""), read_text(plain, "note", ""))
    name = read_text(plain, "name")
    if kind == RESOLUTION:
        answer = plain.get("answer")
        if answer not in ANSWERS:
            refuse("answer", " or ".join(ANSWERS), answer)
        day = None if plain.get("day") is None else read_day(plain, "day")
        return Resolved(written, name, answer, day, read_text(plain, "place", ""), read_text(plain, "source", ""))
    if kind == CROWD:
        return Price(written, name, read_day(plain, "as_of"), read_share(plain, "p"), read_text(plain, "source", ""))
    return refuse("kind", f"{FORECAST}, {RESOLUTION} or {CROWD}", kind)
