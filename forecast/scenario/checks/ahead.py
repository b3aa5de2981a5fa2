"""What can be wrong with what a scenario supposes: do, given and readings, by key path."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from forecast.errors import KeyPath, Problem, list_some
from forecast.scenario.checks.courses import check_courses, check_days_of_steps
from forecast.scenario.checks.covariates import opens_before
from forecast.scenario.checks.timeline import (
    check_attribute,
    check_beliefs,
    check_entry,
    check_order,
    check_path,
)
from forecast.scenario.entries import CovariateEntry, PlanEntry, StageEntry
from forecast.scenario.known import Known, public_day, resolve
from forecast.scenario.limits import (
    CHANGING_MOST,
    LEAST_FACTOR,
    MOST_FACTOR,
    MOST_LOG_RATIO,
    NEAR_NOTHING,
)
from forecast.scenario.readings import NO_STAGE, read_as
from forecast.scenario.record import Reading, ScenarioRecord, next_day
from forecast.scenario.suppositions import Switch


def check_paths(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find moves along no declared transition or of no usable days, in the timeline as it is and as it may be read."""
    yield from check_courses(scenario)
    stages = (*scenario.question.stages, NO_STAGE)
    for reading in scenario.readings:
        if not all(fact in scenario.facts and stage in stages for fact, stage in reading.recode.items()):
            continue  # said already
        other = read_as(scenario, reading)
        key: KeyPath = ("readings", reading.name, "recode")
        known = resolve(other)
        if early := [problem for entry in other.timeline for problem in check_entry(other, known, key, entry)]:
            yield Problem(key, f"read like this: {early[0].message}")
            continue
        for problem in list(check_order(other))[:1]:
            yield Problem(key, f"read like this: {problem.message}")
        for problem in check_path(other)[:1]:
            yield Problem(key, f"read like this, the timeline {problem.message}")
        for problem in check_days_of_steps(other)[:1]:
            yield Problem(key, f"read like this: {problem.message}")


def check_suppositions(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find what cannot be set or learned in a scenario that is otherwise sound."""
    done, learned = scenario.interventions, scenario.evidence
    for verb, stages in (("do", done.stage), ("given", learned.stage)):
        yield from _check_stages(scenario, (verb, "stage"), stages)
    sets = {day: name for name, day in done.stage.items()}
    for other, day in learned.stage.items():
        if day in sets:
            message = f"expected a day on which do sets no stage; on {day} it sets {sets[day]}"
            yield Problem(("given", "stage", other), message)
    for name in ("no_event_until", "silence_until"):
        if (day := getattr(learned, name)) is not None:
            yield from check_day(scenario, ("given", name), day)
    yield from _check_present(scenario)
    yield from _check_conditions(scenario)
    yield from _check_ratios(scenario)
    yield from _check_itineraries(scenario)
    yield from _check_hypothetical(scenario)
    said = frozenset(check_beliefs(scenario) if scenario.readings else ())
    yield from _check_weights(scenario)
    for reading in scenario.readings:
        key: KeyPath = ("readings", reading.name, "recode")
        yield from _check_recoding(scenario, key, reading.recode)
        yield from _check_assumed(scenario, reading, said)


def _check_weights(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find readings of which some have weights and others not, and weights that leave nothing for the file's own."""
    weights = {reading.name: reading.weight for reading in scenario.readings}
    given = [weight for weight in weights.values() if weight is not None]
    for name, weight in weights.items():
        if weight is None and given:
            message = "expected a weight, because other readings have one; found none"
            yield Problem(("readings", name), message, on_key=True)
        elif weight is not None and not 0 < weight <= 1:
            yield Problem(("readings", name, "weight"), f"expected a number above 0 and up to 1; found {weight:g}")
    if sum(given) > 1 + NEAR_NOTHING:
        message = f"expected weights that leave something for the file's own reading, or just 1; found {sum(given):g}"
        yield Problem(("readings",), message, on_key=True)


def check_day(scenario: ScenarioRecord, key: KeyPath, day: datetime.date | None) -> Iterator[Problem]:
    """Find a day that is not one of those ahead."""
    as_of, until = scenario.as_of, scenario.window.until
    if day is not None and not as_of < day <= until:
        message = f"expected a day after as_of and within the window ({as_of} to {until}); found {day}"
        yield Problem(key, f"{message}. What is dated up to as_of is a fact" if day <= as_of else message)


def check_stage_name(scenario: ScenarioRecord, key: KeyPath, name: str) -> Iterator[Problem]:
    """Find a stage that there is not, or no other than it."""
    declared = scenario.question.stages
    if name not in declared:
        yield Problem(key, f"unknown stage {name}", near=(name, declared), on_key=True)
    elif len(declared) == 1:
        yield Problem(key, "expected none, because a question of one stage has no other", on_key=True)


def _check_stages(scenario: ScenarioRecord, key: KeyPath, stages: Mapping[str, datetime.date]) -> Iterator[Problem]:
    first: dict[datetime.date, str] = {}
    for name, day in stages.items():
        yield from check_stage_name(scenario, (*key, name), name)
        yield from check_day(scenario, (*key, name), day)
        if first.setdefault(day, name) != name:
            yield Problem((*key, name), f"expected one stage a day; found a second one on {day}")


def _check_present(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find a stage learned to be entered that is the present one, with nothing before that leaves it."""
    known = resolve(scenario)
    stage = known.present.stage
    day = scenario.evidence.stage.get(stage)
    if day is not None and not known.leaves_present_before(day):
        message = f"expected a stage that the episode is not in; it is in {stage} already on {scenario.as_of}"
        remedy = "To learn that it goes on without the event, say no_event_until; to enter it anew, give"
        yield Problem(("given", "stage", stage), f"{message}. {remedy} the stage before that, too")


def _check_conditions(scenario: ScenarioRecord) -> Iterator[Problem]:
    conditions, known = scenario.priors.conditions, resolve(scenario)
    done, learned = scenario.interventions.conditions, scenario.evidence.conditions
    for verb, switches in (("do", done), ("given", learned)):
        for name, switch in switches.items():
            key: KeyPath = (verb, "conditions", name)
            if name not in conditions:
                message = f"unknown condition {name}: no prior under priors.conditions"
                yield Problem(key, message, near=(name, conditions), on_key=True)
                continue
            for which in ("ends", "begins"):
                yield from check_day(scenario, (*key, which), getattr(switch, which))
            if verb == "given" and switch.begins == next_day(scenario.as_of):
                message = f"expected a day after {switch.begins}, on which it would hold from its first moment on"
                yield Problem((*key, "begins"), message)
            if name not in known.spells:
                yield Problem(key, f"expected a condition that a known entry opens; none opens {name}", on_key=True)
            else:
                yield from _check_turns(key, switch, is_on=known.holds(name))
            belief = conditions[name].belief
            never_changes = belief.is_for_good if switch.ends else not belief.may_return
            if verb == "given" and switch.changes() and never_changes:
                cannot = "it lasts for good" if belief.is_for_good else "it never comes back"
                message = f"expected a change that has a chance; found one of {name}, but {cannot}. Set it by do"
                yield Problem(key, message, on_key=True)
            if verb == "given" and name in done:
                yield Problem(key, "expected a condition that do does not set; it sets this one", on_key=True)

    beliefs = {name: prior.belief for name, prior in conditions.items() if name in known.spells}
    changing = [
        name
        for name, belief in beliefs.items()
        if name in {**done, **learned} or belief.may_return or (known.holds(name) and not belief.is_for_good)
    ]
    if len(changing) > CHANGING_MOST:
        message = f"expected at most {CHANGING_MOST} that may end or come back; found {list_some(changing)}"
        yield Problem(("priors", "conditions"), f"{message}. Let the others last for good, or give their entries until")


def _check_turns(key: KeyPath, switch: Switch, *, is_on: bool) -> Iterator[Problem]:
    """Find a condition that would end before it holds, or begin while it does."""
    if not switch.changes():
        yield Problem(key, "expected ends, begins or both; found neither")
    for day, turns_on in switch.changes():
        if turns_on == is_on:
            which = "begins" if turns_on else "ends"
            state = "holds already" if is_on else "does not hold"
            yield Problem((*key, which), f"expected another day, or the other of ends and begins; on {day} it {state}")
        is_on = turns_on


def _check_ratios(scenario: ScenarioRecord) -> Iterator[Problem]:
    ratios = scenario.priors.hazard_ratios
    for name, setting in scenario.interventions.hazard_ratios.items():
        key: KeyPath = ("do", "hazard_ratios", name)
        if name not in ratios:
            yield Problem(key, f"unknown hazard ratio {name}", near=(name, ratios), on_key=True)
        if not LEAST_FACTOR <= setting.value <= MOST_FACTOR:
            limits = f"{LEAST_FACTOR:g} to {MOST_FACTOR:g}"
            yield Problem((*key, "factor"), f"expected a number from {limits}; found {setting.value:g}")
        elif name in ratios and (times := _most_units(scenario, name)) * abs(math.log(setting.value)) > MOST_LOG_RATIO:
            found = f"{setting.value:g}, which {times:g} times over leaves no choice"
            yield Problem((*key, "factor"), f"expected a number nearer to 1; found {found}")
        yield from check_day(scenario, (*key, "from"), setting.start)


def _most_units(scenario: ScenarioRecord, name: str) -> float:
    """Return how many times a ratio counts for the itinerary that has most of that attribute, as it is or as set."""
    ways, done = scenario.question.itineraries, scenario.interventions.itineraries
    values = [way.attributes.get(name, 0.0) for way in ways]
    values += [setting.value.get(name, 0.0) for setting in done.values()]
    return max(values, default=0.0) / max(scenario.priors.hazard_ratios[name].belief.per, NEAR_NOTHING)


def _check_itineraries(scenario: ScenarioRecord) -> Iterator[Problem]:
    done, names = scenario.interventions, scenario.question.ways
    for group in ("itineraries", "remove"):
        for name in getattr(done, group):
            if name not in names:
                yield Problem(("do", group, name), f"unknown itinerary {name}", near=(name, names), on_key=True)
    for name, setting in done.itineraries.items():
        yield from check_day(scenario, ("do", "itineraries", name, "from"), setting.start)
        for label, value in setting.value.items():
            yield from check_attribute(scenario, ("do", "itineraries", name, label), label, value)
    for name, day in done.remove.items():
        yield from check_day(scenario, ("do", "remove", name), day)
    if names.keys() <= done.remove.keys():
        yield Problem(("do", "remove"), "expected at least one itinerary to be left; found all removed")


def _check_hypothetical(scenario: ScenarioRecord) -> Iterator[Problem]:
    done = scenario.interventions
    cited = {name for entry in done.timeline for name in entry.because}
    for index, (name, fact) in enumerate(done.facts.items()):
        key: KeyPath = ("do", "facts", index)
        if name in scenario.facts:
            yield Problem((*key, "id"), f"expected an id of its own; found {name}, which a fact has already")
        yield from check_day(scenario, (*key, "public"), fact.public)
        if name not in cited:
            yield Problem((*key, "id"), f"nothing rests on {name}; cite it in an entry of do.timeline")
    if not done.timeline:
        return
    supposing = replace(scenario, facts={**scenario.facts, **done.facts})
    known = resolve(supposing)
    for index, entry in enumerate(done.timeline):
        key = ("do", "timeline", index)
        yield from check_entry(supposing, known, key, entry)
        if isinstance(entry, PlanEntry):
            yield from check_day(scenario, (*key, "until"), entry.until)
            yield from _check_making(supposing, key, entry)
        elif entry.start is not None:
            yield from check_day(scenario, (*key, "from"), entry.start)
        else:
            yield from check_day(scenario, (*key, "until"), entry.until)
            yield from _check_closing(known, key, entry)


def _check_making(supposing: ScenarioRecord, key: KeyPath, plan: PlanEntry) -> Iterator[Problem]:
    """Find a plan that would have been made in the past, where it would teach, or too late to count."""
    if not plan.because or not all(name in supposing.facts for name in plan.because):
        return  # said already
    made = public_day(supposing, plan)
    if made <= supposing.as_of:
        if any(name in supposing.interventions.facts for name in plan.because):
            return  # so is the day of that fact
        message = f"expected a fact of do.facts among them; found none, so the plan would have been made on {made}"
        yield Problem((*key, "because"), message)
    elif plan.until <= made:
        yield Problem((*key, "until"), f"expected a day after {made}, when the plan is made; found {plan.until}")


def _check_closing(known: Known, key: KeyPath, closing: CovariateEntry) -> Iterator[Problem]:
    """Find an end of what never began."""
    if not opens_before(known, closing):
        message = f"expected an entry that opens {closing.covariate} by {closing.until} and leaves it open; found none"
        yield Problem((*key, "until"), message)


def _check_recoding(scenario: ScenarioRecord, key: KeyPath, recode: Mapping[str, str]) -> Iterator[Problem]:
    stages = (*scenario.question.stages, NO_STAGE)
    for entry in scenario.timeline:
        if isinstance(entry, StageEntry):
            meant = sorted({recode[name] for name in entry.because if name in recode})
            if len(meant) > 1:
                found = " and ".join(meant)
                yield Problem(key, f"expected one stage for the entry of {entry.start}; found {found}")
    for fact, stage in recode.items():
        if fact not in scenario.facts:
            yield Problem((*key, fact), f"unknown fact {fact}", near=(fact, scenario.facts), on_key=True)
        if stage not in stages:
            yield Problem((*key, fact), f"unknown stage {stage}", near=(stage, stages))


def _check_assumed(scenario: ScenarioRecord, reading: Reading, said: frozenset[Problem]) -> Iterator[Problem]:
    """Find what is wrong with the priors of a reading, and not with the scenario's own, which is said already."""
    if reading.priors is None:
        return
    for problem in check_beliefs(replace(scenario, priors=reading.priors)):
        if problem not in said:
            below = problem.key[1:] if problem.key[0] == "priors" else ()
            yield replace(problem, key=("readings", reading.name, "assume", *below))
