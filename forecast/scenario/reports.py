"""Reports that may be wrong: entries of the timeline that say how likely they are right, and all that may be true."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from forecast.errors import InputError, Problem
from forecast.scenario.entries import EventEntry, StageEntry
from forecast.scenario.forms import LOGIT, mean_over
from forecast.scenario.known import Known, resolve
from forecast.scenario.record import ScenarioRecord


@dataclass(frozen=True)
class Report:
    """An entry that may be wrong.

    Attributes
    ----------
    number : int
        Its place in the scenario's timeline.
    public : datetime.date
        When it became known.
    right : float
        How likely it was then that it is right, given all that was known.
    """

    number: int
    entry: StageEntry | EventEntry
    public: datetime.date
    right: float


def list_reports(record: ScenarioRecord) -> list[Report]:
    """List the entries that were known and may be wrong, in the order in which they became known."""
    found = [
        Report(item.number, item.entry, item.public, mean_over(item.entry.right, LOGIT))
        for item in resolve(record).entries
        if item.number is not None and isinstance(item.entry, StageEntry | EventEntry) and item.entry.right is not None
    ]
    return sorted(found, key=lambda report: (report.public, report.number))


def tell_each[Record: ScenarioRecord](record: Record) -> Iterator[tuple[tuple[bool, ...], Record]]:
    """Yield all that may be true of the reports, and the record under it: those that are right are entries as any.

    Raises
    ------
    InputError
        If a record makes itself sound, and this one is not.
    """
    reports = list_reports(record)
    for truths in product((True, False), repeat=len(reports)):
        yield truths, tell(record, reports, truths)


def tell[Record: ScenarioRecord](record: Record, reports: list[Report], truths: tuple[bool, ...]) -> Record:
    """Return a record of which it is certain which reports are right."""
    said = {report.number: is_true for report, is_true in zip(reports, truths, strict=True)}
    timeline = [
        replace(entry, right=None) if isinstance(entry, StageEntry | EventEntry) and number in said else entry
        for number, entry in enumerate(record.timeline)
        if said.get(number, True)
    ]
    return replace(record, timeline=tuple(timeline), readings=())


def refuse_reports(known: Known) -> None:
    """Refuse what cannot be done while an entry may be wrong.

    Raises
    ------
    InputError
    """
    for item in known.entries:
        if isinstance(item.entry, StageEntry | EventEntry) and item.entry.right is not None:
            message = "expected an entry that is certain: only a run sums over reports that may be wrong"
            remedy = "Leave right out, or leave out the entry, and do this once for each"
            raise InputError([Problem(("timeline", item.number or 0, "right"), f"{message}. {remedy}")])
