"""A question that the record answers already: the event came within the window, and before `as_of`."""

from __future__ import annotations

from forecast.errors import InputError, Problem
from forecast.scenario.entries import EventEntry, step_day
from forecast.scenario.known import Known, KnownEntry


def find_settled(known: Known) -> KnownEntry[EventEntry] | None:
    """Return the first event on record within the window, which then began before `as_of`; None if there is none."""
    began = known.window.began
    if began is None:
        return None
    for item in known.steps:
        entry = item.entry
        if not isinstance(entry, EventEntry) or entry.right is not None or step_day(entry) < began:
            continue
        return KnownEntry(item.number, entry, item.public)
    return None


def refuse_settled(known: Known) -> None:
    """Refuse to forecast what the record answers already.

    Raises
    ------
    InputError
    """
    if found := find_settled(known):
        message = (
            f"the question is answered, with yes: the event came on {found.entry.day} (because of "
            f"{', '.join(found.entry.because)}), and the window began on {known.window.began}. "
            "Leave out from, to ask whether it comes again"
        )
        raise InputError([Problem(("window", "from"), message)])
