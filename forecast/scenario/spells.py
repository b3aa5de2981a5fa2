"""Spells: the days on which conditions hold that entries open and perhaps end, and calendars that repeat."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from forecast.scenario.entries import CovariateEntry

YEAR = 365  # days; the shortest of years


@dataclass(frozen=True)
class Spell:
    """A condition from its first day to its last, both inclusive; None where no entry ends it."""

    start: datetime.date
    until: datetime.date | None

    def holds_after(self, day: datetime.date) -> bool:
        """Tell whether the condition holds from the evening of a day on."""
        begins = self.start.toordinal() - 1  # the calendar has no day before its first
        return begins <= day.toordinal() and (self.until is None or day < self.until)


def is_open(entry: CovariateEntry) -> bool:
    """Tell whether an entry begins a condition and leaves it open."""
    return entry.start is not None and entry.until is None


def find_spells(covariates: Iterable[CovariateEntry]) -> Mapping[str, tuple[Spell, ...]]:
    """Find the spells of each condition, in order of time; one that goes on without a day between is one spell.

    Examples
    --------
    >>> opened = CovariateEntry("sealed", datetime.date(2020, 1, 22), None, ())
    >>> closed = CovariateEntry("sealed", None, datetime.date(2023, 8, 26), ())
    >>> [spell.until.year for spell in find_spells([opened, closed])["sealed"]]
    [2023]
    """
    entries = list(covariates)
    spells: dict[str, list[Spell]] = {}
    for entry in sorted(filter(is_open, entries), key=lambda entry: entry.start or datetime.date.min):
        assert entry.start is not None
        found = spells.setdefault(entry.covariate, [])
        spell = Spell(entry.start, find_end(entry, entries))
        before = found[-1].until if found else datetime.date.min
        if found and (before is None or entry.start.toordinal() <= before.toordinal() + 1):
            found[-1] = replace(found[-1], until=_later(before, spell.until))
        else:
            found.append(spell)
    return {name: tuple(found) for name, found in spells.items()}


def repeat(entry: CovariateEntry, until: datetime.date) -> Iterator[CovariateEntry]:
    """Yield an entry, and where it comes again every year each of its times that begin by a day.

    Examples
    --------
    >>> leap = CovariateEntry("fair", datetime.date(2024, 2, 29), datetime.date(2024, 3, 1), (), every="year")
    >>> [str(time.start) for time in repeat(leap, datetime.date(2026, 12, 31))]
    ['2024-02-29', '2025-02-28', '2026-02-28']
    """
    first, last = entry.start, entry.until
    if not entry.every or first is None or last is None or (last - first).days >= YEAR:
        yield entry
        return
    for years in range(max(until.year - first.year, 0) + 1):
        start, end = (_in_year(day, day.year + years) for day in (first, last))
        if not years or start <= until:
            yield replace(entry, start=start, until=end, every="")


def _in_year(day: datetime.date, year: int) -> datetime.date:
    """Return the same day of another year; the last of February for one that the year lacks."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def find_end(entry: CovariateEntry, covariates: Iterable[CovariateEntry]) -> datetime.date | None:
    """Return the last day of an entry: its own, or that of the first entry which ends it; None if it is open."""
    if entry.until is not None or entry.start is None:
        return entry.until
    ends = [
        other.until
        for other in covariates
        if other.covariate == entry.covariate and other.start is None and other.until and other.until >= entry.start
    ]
    return min(ends, default=None)


def _later(first: datetime.date | None, second: datetime.date | None) -> datetime.date | None:
    return None if first is None or second is None else max(first, second)
