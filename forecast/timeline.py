"""One timeline, cut at the as-of date: a scenario into segments left and right of it.

A segment is a run of days (a, b] in which nothing changes: the stage, the covariates and the plans in force. Left of
`as_of` a segment also knows how it ended and belongs to the likelihood; right of it, it belongs to the forecast. An
entry exists only once its facts were public, so later facts cannot reach either side.

Day d is the interval (d - 1, d]: a condition from day f to day u holds on (f - 1, u], exposure is the difference of
dates, and what happens on `as_of` is history.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from forecast.question import EVENT
from forecast.scenario import CovariateEntry, EventEntry, PlanEntry, Scenario, step_day

Array = np.ndarray

# Two steps on one day leave no exposure between them. Any tiny number serves: its logarithm is a constant of the
# likelihood, and its product with a rate vanishes.
SAME_DAY_EXPOSURE = 1e-3


@dataclass(frozen=True)
class Structure:
    """The names of a question and how they hang together, as indices."""

    stages: tuple[str, ...]
    transitions: tuple[tuple[int, int], ...]  # (from, to), to = -1 for the event
    itineraries: tuple[str, ...]
    places: tuple[str, ...]
    place_of: tuple[int, ...]  # by itinerary
    ratios: tuple[str, ...]
    kinds: tuple[str, ...]  # of plans
    attributes: Array  # (itineraries, ratios), relative to the first itinerary

    @cached_property
    def transition_names(self) -> tuple[str, ...]:
        """Label each transition: ``invited > preparing``."""
        return tuple(f"{self.stages[i]} > {self.stages[j] if j >= 0 else EVENT}" for i, j in self.transitions)

    @cached_property
    def event_transition(self) -> Array:
        """Return, by stage, the index of its transition to the event, or -1 where it has none."""
        by_stage = {i: index for index, (i, j) in enumerate(self.transitions) if j < 0}
        return np.array([by_stage.get(stage, -1) for stage in range(len(self.stages))])

    @cached_property
    def has_rest(self) -> bool:
        """Tell whether stage 0 is a resting stage."""
        return len(self.stages) > 1


@dataclass(frozen=True)
class Plan:
    """A dated claim that was known: its window as the interval (start, until] of day numbers."""

    label: str
    kind: int
    made: int
    start: int
    until: int
    itineraries: Array  # (itineraries,) of bool
    alongside: bool

    @property
    def days(self) -> int:
        """Length of the window after the plan became public."""
        return self.until - self.start


@dataclass(frozen=True)
class Segments:
    """Runs of days in which nothing changes.

    Attributes
    ----------
    start, end : (segments,) of int
        Day numbers (`datetime.date.toordinal`) of the interval (start, end].
    event_covariates : (segments, itineraries, ratios)
        1 where a covariate acts on an itinerary's event rate.
    stage_covariates : (segments, stages, ratios)
        1 where a covariate acts on steps into a stage.
    in_window : (segments, plans)
        1 where a plan's window is open.
    pending : (segments, kinds)
        How many plans of each kind are still to come.
    """

    start: Array
    end: Array
    event_covariates: Array
    stage_covariates: Array
    in_window: Array
    pending: Array

    @property
    def days(self) -> Array:
        """Length of each segment in days."""
        return self.end - self.start


@dataclass(frozen=True)
class History:
    """The left-hand segments: where each was spent and how it ended.

    Attributes
    ----------
    segments : Segments
    stage : (segments,) of int
    episode : (segments,) of int
        Index of the episode, -1 in the resting stage.
    moved_to : (segments,) of int
        Stage entered at the segment's end, or -1.
    event_by : (segments,) of int
        Itinerary of the event at the segment's end, or -1.
    """

    segments: Segments
    stage: Array
    episode: Array
    moved_to: Array
    event_by: Array

    @property
    def exposure(self) -> Array:
        """Days of exposure of each segment."""
        return np.maximum(self.segments.days, SAME_DAY_EXPOSURE)


@dataclass(frozen=True)
class Timeline:
    """A scenario's timeline: history up to `as_of`, what is known of the days after it, and where it stands."""

    structure: Structure
    plans: tuple[Plan, ...]
    history: History
    ahead: Segments
    as_of: str
    stage: int  # at as_of
    since: int  # day number on which that stage began
    episodes: tuple[str, ...]  # labels; the last is under way unless the stage is the resting one

    @property
    def episode(self) -> int:
        """Index of the episode under way at `as_of`, or -1."""
        return (
            len(self.episodes) - 1 if self.history.episode.size and self.structure.has_rest and self.stage > 0 else -1
        )


def build_timeline(scenario: Scenario) -> Timeline:
    """Cut a scenario's timeline into segments.

    Examples
    --------
    >>> from forecast.load import load_scenario
    >>> timeline = build_timeline(load_scenario("scenarios/may.yaml"))
    >>> int(timeline.ahead.days.sum())
    65
    """
    structure = _build_structure(scenario)
    plans = _collect_plans(scenario)
    runs = _build_runs(scenario, structure)
    cuts = _cut_days(scenario, plans)
    pieces = [piece for run in runs for piece in run.split(cuts)]
    voids = [run.end for run in runs if run.event_by >= 0 or (run.moved_to == 0 and structure.has_rest)]
    builder = _SegmentBuilder(scenario, structure, plans, voids)
    last = runs[-1]
    as_of, until = scenario.as_of.toordinal(), scenario.window.until.toordinal()
    right_cuts = sorted({as_of, until, *(day for day in cuts if as_of < day < until)})
    first_days = {run.episode: run.start for run in reversed(runs) if run.episode >= 0}
    return Timeline(
        structure=structure,
        plans=plans,
        history=History(
            segments=builder.build([(piece.start, piece.end) for piece in pieces]),
            stage=np.array([piece.stage for piece in pieces], int),
            episode=np.array([piece.episode for piece in pieces], int),
            moved_to=np.array([piece.moved_to for piece in pieces], int),
            event_by=np.array([piece.event_by for piece in pieces], int),
        ),
        ahead=builder.build(list(pairwise(right_cuts))),
        as_of=scenario.as_of.isoformat(),
        stage=last.stage,
        since=last.start,
        episodes=tuple(_iso(first_days[episode]) for episode in sorted(first_days)),
    )


@dataclass(frozen=True)
class _Run:
    """A stay in one stage, (start, end], and how it ended."""

    start: int
    end: int
    stage: int
    episode: int
    moved_to: int = -1
    event_by: int = -1

    def split(self, cuts: list[int]) -> list[_Run]:
        """Cut the stay where something changes; only its last piece ends as the stay does."""
        ends = self.moved_to >= 0 or self.event_by >= 0
        if self.start == self.end:
            return [self] if ends else []
        bounds = [self.start, *(day for day in cuts if self.start < day < self.end), self.end]
        pieces = [_Run(a, b, self.stage, self.episode) for a, b in pairwise(bounds)]
        return [*pieces[:-1], _Run(pieces[-1].start, self.end, self.stage, self.episode, self.moved_to, self.event_by)]


def _build_structure(scenario: Scenario) -> Structure:
    question, priors = scenario.question, scenario.priors
    stages = question.stages
    transitions = tuple(
        (index, -1 if end == EVENT else stages.index(end))
        for index, stage in enumerate(stages)
        for end in priors.stages[stage].belief.ends
    )
    ratios = tuple(priors.hazard_ratios)
    reference = question.itineraries[0]
    attributes = np.zeros((len(question.itineraries), len(ratios)))
    for row, way in enumerate(question.itineraries):
        for column, name in enumerate(ratios):
            belief, _ = priors.hazard_ratios[name].in_force(scenario.facts, scenario.as_of)
            if name == way.place:
                attributes[row, column] = 1.0
            else:
                attributes[row, column] = (
                    way.attributes.get(name, 0.0) - reference.attributes.get(name, 0.0)
                ) / belief.per
    return Structure(
        stages=stages,
        transitions=transitions,
        itineraries=tuple(way.name for way in question.itineraries),
        places=question.places,
        place_of=tuple(question.places.index(way.place) for way in question.itineraries),
        ratios=ratios,
        kinds=tuple(priors.plans),
        attributes=attributes,
    )


def _collect_plans(scenario: Scenario) -> tuple[Plan, ...]:
    """Gather the plans that were known, in order of the day on which they became public."""
    kinds = tuple(scenario.priors.plans)
    plans = []
    for entry in scenario.timeline:
        if not (isinstance(entry, PlanEntry) and scenario.is_known(entry)):
            continue
        made = scenario.public_day(entry).toordinal()
        start = max(entry.start.toordinal() - 1, made)  # what has passed unpublished is no longer to come
        until = entry.until.toordinal()
        if start >= until:
            continue
        there = np.array([not entry.places or way.place in entry.places for way in scenario.question.itineraries])
        where = ", ".join(entry.places) or "anywhere"
        label = f"{entry.plan}: {where}, {entry.start} to {entry.until}"
        plans.append(Plan(label, kinds.index(entry.plan), made, start, until, there, entry.alongside))
    return tuple(sorted(plans, key=lambda plan: (plan.made, plan.start, plan.label)))


def _build_runs(scenario: Scenario, structure: Structure) -> list[_Run]:
    """Walk the known steps in time; after an event the timeline is back in the first stage."""
    stage, episode, episodes = 0, -1, 0
    start = scenario.question.history_from.toordinal()
    runs = []
    for _, entry in scenario.steps():
        day = step_day(entry).toordinal()
        if isinstance(entry, EventEntry):
            runs.append(_Run(start, day, stage, episode, event_by=structure.itineraries.index(entry.itinerary)))
            stage = 0
        else:
            target = structure.stages.index(entry.stage)
            runs.append(_Run(start, day, stage, episode, moved_to=target))
            stage = target
        if stage == 0:
            episode = -1
        elif episode < 0:
            episode, episodes = episodes, episodes + 1
        start = day
    return [*runs, _Run(start, scenario.as_of.toordinal(), stage, episode)]


def _cut_days(scenario: Scenario, plans: tuple[Plan, ...]) -> list[int]:
    """List the days after which a covariate, a plan or the window itself may change."""
    days = {scenario.window.start.toordinal() - 1}
    for entry in scenario.timeline:
        if isinstance(entry, CovariateEntry) and scenario.is_known(entry):
            days |= {entry.start.toordinal() - 1} if entry.start else set()
            days |= {entry.until.toordinal()} if entry.until else set()
    for plan in plans:
        days |= {plan.made, plan.start, plan.until}
    return sorted(days)


def _iso(day: int) -> str:
    return datetime.date.fromordinal(day).isoformat()


class _SegmentBuilder:
    """Tells for any interval of days which covariates and plans hold on it."""

    def __init__(self, scenario: Scenario, structure: Structure, plans: tuple[Plan, ...], voids: list[int]) -> None:
        self.structure = structure
        self.plans = plans
        self.voids = voids
        known = [item for item in scenario.timeline if isinstance(item, CovariateEntry) and scenario.is_known(item)]
        self.conditions = [(entry, *_span(entry, known)) for entry in known if entry.start is not None]

    def build(self, bounds: list[tuple[int, int]]) -> Segments:
        structure = self.structure
        count = len(bounds)
        on_event = np.zeros((count, len(structure.itineraries), len(structure.ratios)))
        on_steps = np.zeros((count, len(structure.stages), len(structure.ratios)))
        in_window = np.zeros((count, len(self.plans)))
        pending = np.zeros((count, len(structure.kinds)))
        for row, (start, end) in enumerate(bounds):
            for entry, first, last in self.conditions:
                if first <= start and end <= last:
                    self._switch_on(entry, on_event[row], on_steps[row])
            for index, plan in enumerate(self.plans):
                if not self._in_force(plan, start):
                    continue
                in_window[row, index] = plan.start <= start and end <= plan.until
                pending[row, plan.kind] += end <= plan.start
        starts, ends = (np.array([bound[side] for bound in bounds], int) for side in (0, 1))
        return Segments(starts, ends, on_event, on_steps, in_window, pending)

    def _switch_on(self, entry: CovariateEntry, on_event: Array, on_steps: Array) -> None:
        column = self.structure.ratios.index(entry.covariate)
        for end in entry.transitions:
            if end == EVENT:
                for row, place in enumerate(self.structure.place_of):
                    if not entry.places or self.structure.places[place] in entry.places:
                        on_event[row, column] = 1.0
            else:
                on_steps[self.structure.stages.index(end), column] = 1.0

    def _in_force(self, plan: Plan, day: int) -> bool:
        """Tell whether a plan holds after `day`: made, and void by no lapse, event or newer plan."""
        if plan.made > day or any(plan.made <= void <= day for void in self.voids):
            return False
        return not any(plan.made < other.made <= day and not other.alongside for other in self.plans)


def _span(entry: CovariateEntry, known: list[CovariateEntry]) -> tuple[int, float]:
    """Return the interval (first, last] of day numbers on which a condition holds; open conditions last for ever."""
    assert entry.start is not None
    if entry.until is not None:
        return entry.start.toordinal() - 1, entry.until.toordinal()
    ends = [
        other.until.toordinal()
        for other in known
        if other.covariate == entry.covariate and other.start is None and other.until and other.until >= entry.start
    ]
    return entry.start.toordinal() - 1, min(ends, default=float("inf"))
