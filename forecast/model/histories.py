"""Histories simulated from draws, of the prior or of the posterior, and the record that they are held against.

Receives a timeline and draws, hands on counts of steps and days. Drawing the likelihood's rows instead would keep
the exposures that really came about, and could count a segment's end twice.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from forecast.model.hazards import build_rates
from forecast.model.indices import Indices
from forecast.model.pooled import parameters_of
from forecast.model.segments import Segments
from forecast.model.timeline import Timeline
from forecast.multistate import Array, Rates, simulate_jumps

logger = logging.getLogger(__name__)

AT_A_TIME = 1_000  # draws: what they jump is kept until it is counted
STEPS_MOST = 2_000  # of one history: with so many, the rate of all steps is known to some 2%


def count_record(timeline: Timeline) -> dict[str, Array]:
    """Return what was observed: `events` (itineraries,), `steps` (transitions,), `days` (stages,) in each stage."""
    structure, history = timeline.structure, timeline.history
    steps = [
        ((history.stage == i) & (history.event_by >= 0 if j < 0 else history.moved_to == j)).sum()
        for i, j in structure.transitions
    ]
    first = (history.unsure < 0) & (np.diff(history.unsure, prepend=0) != 0)  # the first day counts for the stage left
    held = np.where(history.unsure == 0, 1.0, 0.5) * history.segments.days + 0.5 * first  # the others half for either
    days = [held[history.stage == index].sum() for index in range(len(structure.stages))]
    events = [(history.event_by == way).sum() for way in range(len(structure.itineraries))]
    return {"events": np.array(events), "steps": np.array(steps), "days": np.array(days, float)}


def simulate_histories(timeline: Timeline, theta: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Simulate the whole of history from draws: the covariates as they were, no plans, fresh episodes.

    Each stretch of days on record begins in the stage in which it began; days without record are not simulated.

    A history of more than `STEPS_MOST` steps ends there, and what is counted is scaled up to its whole length; it is
    said of how many.

    Returns
    -------
    dict
        `events` (itineraries, draws), `steps` (transitions, draws), `days` (stages, draws) spent in each stage.
    """
    history = timeline.history
    once = history.unsure <= 0
    past, stage, ages = history.segments.take(once), history.stage[once], history.ages[once, 0]
    breaks = np.flatnonzero(past.start[1:] != past.end[:-1]) + 1
    unit = history.unit[once]
    stretches = [
        _simulate_stretch(
            timeline,
            parameters_of(theta, timeline, int(unit[rows[0]]) if len(rows) else 0) if timeline.units else theta,
            past.take(rows),
            stage[rows[:1]],
            ages[rows[:1]],
            rng,
        )
        for rows in np.split(np.arange(len(stage)), breaks)
    ]
    return {name: np.sum([stretch[name] for stretch in stretches], axis=0) for name in stretches[0]}


def _simulate_stretch(
    timeline: Timeline, theta: dict[str, Array], past: Segments, stage: Array, age: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """Simulate days on record that follow one another, from a stage of some age on; both are empty without days."""
    structure, real = timeline.structure, past.days > 0
    calendar = past.take(real)
    plans = ("in_window", "late", "pending")
    calendar = replace(calendar, **{name: np.zeros_like(getattr(calendar, name)) for name in plans})
    rates = build_rates(theta, structure, calendar, timeline.plans)
    some = [slice(start, start + AT_A_TIME) for start in range(0, rates.draws, AT_A_TIME)]
    first, lasted = (int(stage[0]), float(age[0])) if len(stage) else (0, 0.0)
    never = structure.never
    start = never.begin(theta, first, rng)
    again = never.chance(theta, 0) if 0 in never.stages else np.zeros(rates.draws)  # barred after an event
    parts = [
        _simulate(structure, rates.take(draws), calendar.days, start[draws], again[draws], lasted, rng)
        for draws in some
    ]
    if cut := sum(int((part["steps"].sum(axis=0) >= STEPS_MOST).sum()) for part in parts):
        logger.warning(
            f"{cut:,} of {rates.draws:,} simulated histories take {STEPS_MOST:,} steps or more: each ends there, and "
            f"its counts are scaled up to all {calendar.days.sum():,} days, roughly. Very short stays do that"
        )
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}


def _simulate(
    structure: Indices, rates: Rates, calendar: Array, start: Array, again: Array, age: float, rng: np.random.Generator
) -> dict[str, Array]:
    """Simulate a history for each draw through segments of so many days, from some stages on, and count."""
    draws = rates.draws
    jumps = simulate_jumps(
        rates,
        calendar,
        start,
        rng.standard_normal(draws),
        rng,
        renew=lambda paths: rng.standard_normal(len(paths)),
        recurrent=True,
        most=STEPS_MOST,
        age=age,
        begin=(lambda paths: (rng.random(len(paths)) < again[paths]).astype(int)) if again.any() else None,
    )
    counted = np.array(rates.counted)  # parts of a stage look alike
    stage, target = counted[jumps.stage], np.where(jumps.target < 0, -1, counted[jumps.target])
    index = {transition: position for position, transition in enumerate(structure.transitions)}
    steps, events = np.zeros((len(index), draws), int), np.zeros((len(structure.itineraries), draws), int)
    days = np.zeros((len(structure.stages), draws))
    which = np.array([index[(int(i), int(j))] for i, j in zip(stage, target, strict=True)], int)
    np.add.at(steps, (which, jumps.path), 1)
    happened = target < 0
    np.add.at(events, (jumps.itinerary[happened], jumps.path[happened]), 1)
    begins = np.r_[True, jumps.path[1:] != jumps.path[:-1]][: len(jumps.path)]
    np.add.at(days, (stage, jumps.path), jumps.time - np.where(begins, 0.0, np.r_[0.0, jumps.time[:-1]][: len(begins)]))
    total = float(calendar.sum())
    last = np.flatnonzero(np.r_[begins[1:], True]) if len(begins) else np.array([], int)
    is_cut = steps.sum(axis=0) == STEPS_MOST
    final = counted[start]
    final[jumps.path[last]] = np.maximum(target[last], 0)
    days[final, np.arange(draws)] += np.where(is_cut, 0.0, total - days.sum(axis=0))
    scale = np.where(is_cut, total / np.where(is_cut, days.sum(axis=0), 1.0), 1.0)
    counts = {"events": events, "steps": steps}
    return {name: np.rint(count * scale).astype(int) for name, count in counts.items()} | {"days": days * scale}
