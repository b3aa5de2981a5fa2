"""Timelines that listen: entries whose day is that of another timeline's event, or of a step into one of its stages.

Given that day, the one that listens is a scenario as any other; `date_links` writes it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forecast.scenario.entries import CovariateEntry, StageEntry
from forecast.scenario.events import Event
from forecast.scenario.record import ScenarioRecord

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Link:
    """An entry whose day is not known yet, because it is another timeline's.

    Attributes
    ----------
    event : Event
        What must come, and has not come by `as_of`.
    entry : StageEntry or CovariateEntry
        As it is in the file; a stand-in is in place of the open day.
    ends : bool
        The open day is the covariate's last, not its first.
    at : int or None
        Where the covariate stands in the timeline; a stage stands in none.
    """

    event: Event
    entry: StageEntry | CovariateEntry
    ends: bool = False
    at: int | None = None

    def enters(self, stage: str) -> bool:
        """Tell whether it is the entry into a stage."""
        return isinstance(self.entry, StageEntry) and self.entry.stage == stage

    def __str__(self) -> str:
        entry = self.entry
        if isinstance(entry, StageEntry):
            return f"{entry.stage} is entered when this comes: {self.event}"
        return f"{entry.covariate} {'ends' if self.ends else 'begins'} when this comes: {self.event}"


def date_links[Asked: ScenarioRecord](record: Asked, links: Sequence[Link], day: datetime.date | None) -> Asked:
    """Return a timeline as it is if what it listens to comes on some day; None for not within the window.

    A stage is entered, and a covariate begins, on the evening of that day; a covariate that ends holds on it.
    """
    public = {name for name, fact in record.facts.items() if fact.public <= record.as_of}
    dated = {
        link.at: date_covariate(link.entry, day, record, ends=link.ends)
        for link in links
        if isinstance(link.entry, CovariateEntry)
    }
    stages = {
        link.entry.stage: day
        for link in links
        if isinstance(link.entry, StageEntry) and day is not None and public.issuperset(link.entry.because)
    }
    return replace(
        record,
        timeline=tuple(dated.get(at, entry) for at, entry in enumerate(record.timeline)),
        interventions=replace(record.interventions, stage={**record.interventions.stage, **stages}),
    )


def date_covariate(
    entry: CovariateEntry, day: datetime.date | None, record: ScenarioRecord, *, ends: bool
) -> CovariateEntry:
    """Return a covariate that begins or ends with what comes on some day; one that acts on no day where it cannot."""
    after = record.window.until + DAY  # where it acts on no day that is asked about
    start, until = (entry.start, day or after) if ends else (day + DAY if day else after, entry.until)
    if until is not None and (start is None or until < start):
        start = until = after
    return replace(entry, start=start, until=until)


def list_link_misfits(record: ScenarioRecord, links: Sequence[Link]) -> Iterator[str]:
    """Yield what a timeline that listens cannot have."""
    if len({link.event for link in links}) > 1:
        yield "expected all entries of one timeline to wait for the same; found several events that they wait for"
    if (record.window.start - record.as_of).days > 1:
        yield f"expected a window from the day after as_of on beside such an entry; found {record.window.start}"
    if not record.evidence.says_nothing:
        yield "expected nothing given of a timeline that listens to another"
    for link in links:
        if isinstance(link.entry, CovariateEntry) and link.entry.every:
            yield "expected no every of an entry whose day is another timeline's"
        if isinstance(link.entry, StageEntry) and link.entry.stage in record.interventions.stage:
            yield f"expected a stage that do does not set; it sets {link.entry.stage}"
