"""What a reader of the answer should know: plans that do nothing in it, and why; a first step that was hardly one.

Receives what is known and its timeline. Hands on sentences.
"""

from __future__ import annotations

from forecast.model import Timeline
from forecast.scenario import Known, PlanEntry, StageEntry


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
            unseen = ", or by days without record" if any(public <= hole.until for hole in known.holes) else ""
            ends = f"by a newer plan not `alongside`, or by the end of its episode{unseen}"
            notes.append(f"{_name(entry)}: it is void, {ends}")
    return notes


def note_first_step(known: Known) -> list[str]:
    """Say of a stage that is entered as the record begins that its step counts, as most who write so mean another."""
    if not known.steps or not isinstance(step := known.steps[0].entry, StageEntry):
        return []
    if step.start != known.question.history_from:
        return []
    counted = (
        f"the step into {step.stage} on the first day of history counts, after no days in {known.first_stay.stage}"
    )
    return [f"{counted}; if {step.stage} was under way, say `begins: {{stage: {step.stage}}}` in place of that entry"]


def _name(entry: PlanEntry) -> str:
    where = f" ({', '.join(entry.places)})" if entry.places else ""
    return f"plan {entry.plan}{where}, {entry.start} to {entry.until}"
