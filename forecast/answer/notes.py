"""What a reader of the answer should know: plans that do nothing in it, steps of one day, dates that nobody has.

Receives what is known and its timeline. Hands on sentences.
"""

from __future__ import annotations

import datetime
from itertools import groupby, pairwise

from forecast.model import Timeline
from forecast.scenario import (
    EVENT,
    Known,
    PlanEntry,
    Scenario,
    StageEntry,
    earliest_day,
    find_seen,
    public_day,
    step_day,
)

SURE = 0.75  # of the ends of a stage, by its counts, from which on the event is nearly sure to follow
FEW = 1.5  # counts of a stage's ends in all; as many are written by those who mean shares


TIED = (
    "several later episodes may fall into the days ahead, and share one seriousness here, so P may be off by some "
    "hundredths; 1 less P of `asks: {exactly: 0}` tells them apart"
)


def write_notes(scenario: Scenario, timeline: Timeline) -> list[str]:
    """Return all notes on an answer."""
    known = scenario.known()
    return [
        *scenario.warnings,
        *note_plans(known, timeline),
        *note_first_step(known),
        *note_first_age(known),
        *note_same_day(known),
        *(note_unseen(scenario) or note_later_facts(scenario)),
        *note_set_already(known),
        *note_no_date(known, timeline),
        *note_few_counts(known),
        *note_window_begun(known),
        *note_later_window(known),
        *note_idle_covariates(known),
        *note_unentered(known),
    ]


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
            notes.append(f"{_name(entry)}: it is void, {_say_void(known, public)}")
    return notes


def _say_void(known: Known, made: datetime.date) -> str:
    """Say what voids a plan that was made on a day, as far as the dates tell."""
    rest = known.question.resting
    ends = [
        step_day(item.entry)
        for item in known.steps
        if step_day(item.entry) >= made and getattr(item.entry, "stage", rest) == rest
    ]
    newer = [public for _, entry, public in known.plans if public > made and not entry.alongside]
    seen = all(hole.until < made for hole in known.holes)
    if seen and newer and (not ends or min(newer) < min(ends)):
        return f"by the newer plan of {min(newer)}, which is not `alongside`"
    if seen and ends and (not newer or min(ends) < min(newer)):
        return f"by the end of its episode on {min(ends)}"
    unseen = "" if seen else ", or by days without record"
    return f"by a newer plan not `alongside`, or by the end of its episode{unseen}"


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


def note_first_age(known: Known) -> list[str]:
    """Say of a first stage that ages since when it is taken to have been under way, where the file says nothing."""
    begun = known.first_stay
    if known.begins is not None or not known.priors.stages[begun.stage].belief.ages:
        return []
    return [
        f"{begun.stage} is taken to have begun on {begun.since}, the first day of history; if it began before, say "
        f"`begins: {{stage: {begun.stage}, since: ...}}`"
    ]


def note_same_day(known: Known) -> list[str]:
    """Name steps of one day that count in the order of the file, because nothing else orders them."""
    notes = []
    for day, items in groupby(known.steps, key=lambda item: step_day(item.entry)):
        entries = [item.entry for item in items]
        if any(before.order is None or after.order is None for before, after in pairwise(entries)):
            names = [entry.stage if isinstance(entry, StageEntry) else EVENT for entry in entries]
            told = f"steps of {day} count in the order of the file: {', then '.join(names)}"
            notes.append(f"{told} (to say it yourself, give each an `order`)")
    return notes


def note_unseen(scenario: Scenario) -> list[str]:
    """Name steps and covariates of days up to `as_of` that are left out, because their facts became public later."""
    notes = []
    for entry in scenario.timeline:
        public = public_day(scenario, entry)
        if not isinstance(entry, PlanEntry) and public > scenario.as_of:
            day = earliest_day(entry)
            if day <= scenario.as_of:
                why = f"public from {public} on by its facts ({', '.join(entry.because)})"
                notes.append(f"the entry of {day} is left out, {why}")
    return notes


def note_set_already(known: Known) -> list[str]:
    """Say of a stage that is set, and is the present one, that this does no more than to undo what comes before."""
    stage = known.present.stage
    day = known.interventions.stage.get(stage)
    if day is None or known.leaves_present_before(day):
        return []
    return [f"{stage} is the stage already; to set it on {day} only undoes another stage that came before then"]


def note_no_date(known: Known, timeline: Timeline) -> list[str]:
    """Say of a stage from which the event nearly always follows that no plan says when."""
    stage = timeline.structure.stages[timeline.stage]
    ends = known.priors.stages[stage].belief.ends
    ahead = timeline.ahead
    is_planned = ahead.in_window.any() or ahead.late.any() or ahead.pending.any()
    if stage in (known.question.resting, *known.question.stages[:1]) or is_planned:
        return []
    if ends.get(EVENT, 0) < SURE * sum(ends.values()):
        return []
    return [f"{stage} is nearly sure to end in the event, but no plan says on which days: a plan entry would"]


def note_few_counts(known: Known) -> list[str]:
    """Say of ends that are written as shares how little they weigh as counts."""
    return [
        f"the ends of {stage} are counts of {total:g} in all, so the first stays on record outweigh them; "
        "for shares of ten stays write 9 and 1 in place of 0.9 and 0.1"
        for stage, prior in known.priors.stages.items()
        if len(prior.belief.ends) > 1 and (total := sum(prior.belief.ends.values())) <= FEW
    ]


def note_window_begun(known: Known) -> list[str]:
    """Say of a window that began before `as_of` what came of it already."""
    if known.window.began is None:
        return []
    seen = len(find_seen(known))
    if not seen:
        told = "no event is on record since; P is that of what is left"
    else:
        told = (
            "one event is on record since, and counts" if seen == 1 else f"{seen} events are on record since, and count"
        )
    return [f"the window began on {known.window.began}, and {told}"]


def note_later_window(known: Known) -> list[str]:
    """Say of a window that opens later what events before it do."""
    if not known.first_day or known.question.is_first or known.question.asks.stage:
        return []
    day = known.window.start
    return [f"an event before {day} does not count, and others may follow; for one that can come once: `counts: first`"]


def note_idle_covariates(known: Known) -> list[str]:
    """Say of a covariate whose days all lie outside the record and the window that it does nothing."""
    first, last = known.question.history_from, known.window.until
    acting = {
        item.covariate
        for item in known.covariates
        if (item.start or first) <= last and (item.until is None or item.until > first)
    }
    idle = dict.fromkeys(item.covariate for item in known.covariates if item.covariate not in acting)
    return [f"{name} never holds from {first} to {last}, so it does nothing here" for name in idle]


def note_unentered(known: Known) -> list[str]:
    """Name stages that no stay ends in and no entry leads to."""
    entered = {end for prior in known.priors.stages.values() for end in prior.belief.ends}
    entered |= {item.entry.stage for item in known.steps if isinstance(item.entry, StageEntry)}
    entered |= {known.first_stay.stage, known.question.stages[0], *known.interventions.stage, *known.evidence.stage}
    entered |= {known.stay_after(hole).stage for hole in known.holes}
    return [
        f"nothing enters the stage {stage}: no stay ends in it, and no entry leads to it"
        for stage in known.question.stages
        if stage not in entered
    ]


def note_later_facts(scenario: Scenario) -> list[str]:
    """Count the facts that became public after `as_of`, which do not exist yet."""
    later = sorted(fact.public for fact in scenario.facts.values() if fact.public > scenario.as_of)
    if not later:
        return []
    are = "fact is" if len(later) == 1 else "facts are"
    return [f"{len(later)} {are} left out, public after {scenario.as_of} (the first on {later[0]})"]


def _name(entry: PlanEntry) -> str:
    where = f" ({', '.join(entry.places)})" if entry.places else ""
    return f"plan {entry.plan}{where}, {entry.start} to {entry.until}"
