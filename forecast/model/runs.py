"""The record as runs: a stay in one stage after another, or what is on record of each, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from forecast.model.indices import Indices
from forecast.scenario import Begun, EventEntry, Hole, Known, step_day


def cut(start: int, end: int, days: set[int]) -> list[tuple[int, int]]:
    """Cut (start, end] after some days."""
    return list(pairwise(sorted({start, end, *(day for day in days if start < day < end)})))


@dataclass(frozen=True)
class Run:
    """A stay in one stage, or what is on record of it, (start, end], and how it ended.

    `entered` is the day on which the stage was entered, None where nobody knows.
    """

    start: int
    end: int
    stage: int
    episode: int
    entered: int | None
    moved_to: int = -1
    event_by: int = -1
    unsure: int = 0

    def split(self, cuts: set[int]) -> list[Run]:
        """Cut the stay where something changes; only its last piece ends as the stay does."""
        ends = self.moved_to >= 0 or self.event_by >= 0
        if self.start == self.end:
            return [self] if ends else []
        *pieces, (last, _) = cut(self.start, self.end, cuts)
        whole = self.stage, self.episode, self.entered
        return [*(Run(a, b, *whole, unsure=self.unsure) for a, b in pieces), replace(self, start=last)]


def build_runs(known: Known, structure: Indices) -> list[Run]:
    """Walk the known steps in time; after an event the timeline is back in the first stage."""
    begun, start = known.first_stay, known.question.history_from.toordinal()
    stage, entered = _enter(begun, structure)
    episode, episodes = (0, 1) if stage else (-1, 0)
    runs: list[Run] = []
    for item in known.course:
        if isinstance(item, Hole):  # whatever was under way goes on unseen; what follows it is another episode
            runs.append(Run(start, item.start.toordinal() - 1, stage, episode, entered))
            stage, entered = _enter(known.stay_after(item), structure)
            start, episode = item.until.toordinal(), -1
        else:
            entry = item.entry
            day, unsure = step_day(entry).toordinal(), 0
            if entry.earliest is not None:
                first, unsure = entry.earliest.toordinal(), 1 + max((run.unsure for run in runs), default=0)
                runs.append(Run(start, first - 1, stage, episode, entered))
                start = first - 1
            run = Run(start, day, stage, episode, entered, unsure=-unsure)
            if isinstance(entry, EventEntry):
                runs.append(replace(run, event_by=structure.itineraries.index(entry.itinerary)))
                stage = 0
            else:
                stage = structure.stages.index(entry.stage)
                runs.append(replace(run, moved_to=stage))
            start = entered = day
        if stage == 0:
            episode = -1
        elif episode < 0:
            episode, episodes = episodes, episodes + 1
        if runs[-1].unsure:
            runs.append(Run(runs[-1].start + 1, start, stage, episode, entered, unsure=-runs[-1].unsure))
    return [*runs, Run(start, known.as_of.toordinal(), stage, episode, entered)]


def _enter(begun: Begun, structure: Indices) -> tuple[int, int | None]:
    """Return the stage in which the record begins, and the number of the day on which it was entered."""
    return structure.stages.index(begun.stage), begun.since.toordinal() if begun.since else None
