"""What a reader of the answer should know: plans that do nothing in it, and why.

Receives what is known and its timeline. Hands on sentences.
"""

from __future__ import annotations

from forecast.model import Timeline
from forecast.scenario import Known, PlanEntry


def note_plans(known: Known, timeline: Timeline) -> list[str]:
    """Say of each plan whose days lie ahead, or lay before it became public, why it does nothing.

    Plans of the past whose days were still to come when they became public say nothing here: they taught.
    """
    open_ahead = {
        (plan.made, plan.kind, plan.until)
        for index, plan in enumerate(timeline.plans)
        if timeline.ahead.in_window[:, index].any() or timeline.ahead.late[:, index].any()
    }
    notes = []
    for _, entry, public in known.plans:
        made = (public.toordinal(), timeline.structure.kinds.index(entry.plan), entry.until.toordinal())
        if public >= entry.until:
            notes.append(f"{_name(entry)}: its days were over when it became public, on {public}")
        elif entry.start > known.window.until:
            notes.append(f"{_name(entry)}: its days lie after the window, so no event comes of it here")
        elif entry.until > known.as_of and made not in open_ahead:
            notes.append(f"{_name(entry)}: it is void, by a newer plan not `alongside`, or by the end of its episode")
    return notes


def _name(entry: PlanEntry) -> str:
    where = f" ({', '.join(entry.places)})" if entry.places else ""
    return f"plan {entry.plan}{where}, {entry.start} to {entry.until}"
