"""Histories simulated from draws, of the prior or of the posterior, and the record that they are held against.

Receives a timeline and draws, hands on counts of steps and days. Drawing the likelihood's rows instead would keep
the exposures that really came about, and could count a segment's end twice.
"""

from __future__ import annotations

import numpy as np

from forecast.model.hazards import build_rates
from forecast.model.segments import Segments
from forecast.model.timeline import Timeline
from forecast.multistate import Array, simulate_jumps


def count_record(timeline: Timeline) -> dict[str, Array]:
    """Return what was observed: `events` (itineraries,), `steps` (transitions,), `days` (stages,) in each stage."""
    structure, history = timeline.structure, timeline.history
    steps = [
        ((history.stage == i) & (history.event_by >= 0 if j < 0 else history.moved_to == j)).sum()
        for i, j in structure.transitions
    ]
    days = [history.segments.days[history.stage == index].sum() for index in range(len(structure.stages))]
    events = [(history.event_by == way).sum() for way in range(len(structure.itineraries))]
    return {"events": np.array(events), "steps": np.array(steps), "days": np.array(days, float)}


def simulate_histories(timeline: Timeline, theta: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Simulate the whole of history from draws: the covariates as they were, no plans, fresh episodes.

    Returns
    -------
    dict
        `events` (itineraries, draws), `steps` (transitions, draws), `days` (stages, draws) spent in each stage.
    """
    structure, past = timeline.structure, timeline.history.segments
    real = past.days > 0
    calendar = Segments(
        past.start[real],
        past.end[real],
        past.event_covariates[real],
        past.stage_covariates[real],
        np.zeros_like(past.in_window[real]),
        np.zeros_like(past.pending[real]),
    )
    rates = build_rates(theta, structure, calendar, timeline.plans)
    draws = rates.draws
    jumps = simulate_jumps(
        rates,
        calendar.days,
        0,
        rng.standard_normal(draws),
        rng,
        renew=lambda paths: rng.standard_normal(len(paths)),
        recurrent=True,
    )
    index = {transition: position for position, transition in enumerate(structure.transitions)}
    steps, events = np.zeros((len(index), draws), int), np.zeros((len(structure.itineraries), draws), int)
    days = np.zeros((len(structure.stages), draws))
    which = np.array([index[(int(i), int(j))] for i, j in zip(jumps.stage, jumps.target, strict=True)], int)
    np.add.at(steps, (which, jumps.path), 1)
    happened = jumps.target < 0
    np.add.at(events, (jumps.itinerary[happened], jumps.path[happened]), 1)
    begins = np.r_[True, jumps.path[1:] != jumps.path[:-1]][: len(jumps.path)]
    np.add.at(
        days, (jumps.stage, jumps.path), jumps.time - np.where(begins, 0.0, np.r_[0.0, jumps.time[:-1]][: len(begins)])
    )
    total = float(calendar.days.sum())
    last = np.flatnonzero(np.r_[begins[1:], True]) if len(begins) else np.array([], int)
    final = np.zeros(draws, int)
    final[jumps.path[last]] = np.maximum(jumps.target[last], 0)
    days[final, np.arange(draws)] += total - days.sum(axis=0)
    return {"events": events, "steps": steps, "days": days}
