"""Facts and their sources: what was said, by whom, and from which day it could be known.

Facts are neutral to any question. The only thing the model needs of them is the public gate: on a given date a fact
either exists or does not.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """An article, or the public record."""

    id: str
    publisher: str
    title: str
    date: datetime.date


@dataclass(frozen=True)
class Fact:
    """One sourced statement, in our own words.

    Attributes
    ----------
    public : datetime.date
        First day on which it could be known. A year or a month alone counts as its last day.
    happened : str or None
        When it happened, as precisely as the source says: a year, a month, a day or a range of days.
    also : tuple of str
        Further sources that state it; it goes only when all of them go.
    """

    id: str
    says: str
    source: str
    public: datetime.date
    happened: str | None = None
    who: str | None = None
    grade: str | None = None
    also: tuple[str, ...] = ()
    day_from: str | None = None
    note: str | None = None
    reference: str | None = None


def are_public(facts: Mapping[str, Fact], because: Iterable[str], day: datetime.date) -> bool:
    """Tell whether every cited fact exists on `day`; a fact that is not there at all does not."""
    return all(name in facts and facts[name].public <= day for name in because)


def any_public(facts: Mapping[str, Fact], because: Iterable[str], day: datetime.date) -> bool:
    """Tell whether at least one cited fact exists on `day`."""
    return any(are_public(facts, [name], day) for name in because)
