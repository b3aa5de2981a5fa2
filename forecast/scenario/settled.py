"""A question that the record answers already: what it asks came within the window, and before `as_of`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from forecast.errors import InputError, Problem
from forecast.scenario.entries import EventEntry, StageEntry, step_day
from forecast.scenario.known import Known


@dataclass(frozen=True)
class SettledBy:
    """The step that settled a question, and how."""

    entry: EventEntry | StageEntry
    is_yes: bool = True

    @property
    def word(self) -> str:
        """The answer."""
        return "yes" if self.is_yes else "no"

    @property
    def says(self) -> str:
        """What happened, and when."""
        came = "the event came" if isinstance(self.entry, EventEntry) else f"{self.entry.stage} was entered"
        return f"{came} on {self.day}"

    @property
    def day(self) -> datetime.date:
        """The day of that step."""
        return step_day(self.entry)


def find_seen(known: Known) -> list[EventEntry]:
    """Return the events on record that a question counts, within a window that began before `as_of`."""
    return [entry for entry in _find_steps(known) if isinstance(entry, EventEntry) and _is_asked(known, entry)]


def _find_steps(known: Known) -> list[EventEntry | StageEntry]:
    """Return the certain steps within a window that began before `as_of`."""
    began = known.window.began
    entries = (item.entry for item in known.steps)
    return [entry for entry in entries if began and entry.right is None and step_day(entry) >= began]


def _is_asked(known: Known, event: EventEntry) -> bool:
    question, places = known.question, known.question.asks.places
    return not places or (event.itinerary in question.ways and question.ways[event.itinerary].place in places)


def find_settled(known: Known) -> SettledBy | None:
    """Return the step by which the record answers the question; None where it does not."""
    asks = known.question.asks
    for step in _find_steps(known):
        if isinstance(step, StageEntry):
            if step.stage == asks.reached:
                return SettledBy(step)
        elif known.question.is_first:  # all is over with the first event
            return SettledBy(step, is_yes=asks.stage is None and _is_asked(known, step))
    if asks.numbers is None:
        return None
    least, most = asks.numbers
    seen = find_seen(known)
    if most is not None:
        return SettledBy(seen[most], is_yes=False) if len(seen) > most else None
    return SettledBy(seen[least - 1]) if len(seen) >= least > 0 else None


def refuse_settled(known: Known) -> None:
    """Refuse to forecast what the record answers already.

    Raises
    ------
    InputError
    """
    if found := find_settled(known):
        message = (
            f"the question is answered, with {found.word}: {found.says} (because of "
            f"{', '.join(found.entry.because)}), and the window began on {known.window.began}. "
            "Leave out from, to ask whether it comes again"
        )
        raise InputError([Problem(("window", "from"), message)])
