"""Draws through all segments: in chunks that share the cores, in the memory that there is."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forecast.multistate.ageing import AgeingWalk
from forecast.multistate.ageing_step import begin_stay
from forecast.multistate.curves import Curves
from forecast.multistate.generators import build_generators
from forecast.multistate.pace import find_parts
from forecast.multistate.rates import Array, Start
from forecast.multistate.silence import Quiet, age_quietly, grow_silent, pass_quietly, stay_silent
from forecast.multistate.states import StateSpace
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import Switching, tell_apart
from forecast.multistate.walk import Walk, Walked

CELLS = 640_000  # draws times days times states walked at a time: threads wait for each other at every small product
FEWEST, MOST = 8, 1000  # draws at a time, however many the days or few
GENERATORS = 12_500_000  # numbers in the generators that are there at a time: 100 MB
MOST_AGEING, LEAST_AGEING = 1000, 250  # draws at a time where stages age
BANDS = 40  # of age, about, in a window of a year or some
SURVIVALS = 25_000_000  # numbers that are kept for days that are walked three times: 200 MB
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def carry_draws(
    switching: Switching,
    start: int | Start,
    frailties: tuple[Array, ...],
    supposed: Supposed,
    quiet: Quiet | None,
    *,
    steps: Array,
    length: Array,
    silence_from: int | None,
    by_draw: bool,
    age: float,
) -> Curves:
    """Carry all draws through the segments, each in `steps` of a `length` in days; chunks of draws share the cores."""
    first_rates, environments = switching.rates[0], len(switching.rates)
    put = tuple({int(stage) for stage in supposed.put if stage >= 0})
    begin = Start.of(start, first_rates.draws)
    aim = switching.sought
    space = StateSpace.reachable(first_rates, begin.stages, put=put, later=len(frailties) - 1, aim=aim)
    counted = space.stages_counted
    within = len(space.states)
    draws, days, size = switching.draws, int(steps.sum()), within * environments
    classes = tell_apart(switching)
    clocks = first_rates.clocks  # conditions leave them alone
    parts = find_parts(switching, length) if clocks else steps
    chunk = min(max(FEWEST, CELLS // (days * size)), MOST)
    again = silence_from is not None
    if clocks:
        fit = SURVIVALS // int((parts * steps).sum() * BANDS * np.isin(space.parts, list(clocks)).sum() * environments)
        again = again and fit >= LEAST_AGEING
        chunk = min(MOST_AGEING, fit) if again else MOST_AGEING
    firsts = range(0, draws, chunk)
    dtype = aim.back.dtype
    alive = np.empty((draws, days + 1), dtype)
    apart = [np.empty((draws, len(shares) - 1, n), dtype) for shares, n in zip(classes.shares, steps, strict=True)]
    stages = np.zeros((draws if by_draw else 1, days, counted), dtype)
    initial, landed = np.zeros((2, draws, size), dtype)
    began = initial[:, within * switching.start : within * (switching.start + 1)]  # a view
    began[:] = space.begin(begin)
    silent, silent_ahead = np.empty((2, draws if silence_from is not None else 0, days + 1))

    held = np.zeros((environments, int(steps[: supposed.learned].sum())), dtype)

    def carry_chunk(first: int, generators: list[Array]) -> tuple[Array, Array]:
        some = slice(first, first + chunk)
        if clocks:
            walked, silence = walk_ageing(some, generators)
        else:
            walk = Walk(generators, space, supposed, switching, stages=counted, steps=steps)
            walked = walk.forward(initial[some], by_draw=by_draw)
            silence = stay_silent(walk, walked.landed, silence_from) if silence_from is not None else None
        alive[some], landed[some] = walked.alive, walked.landed
        for kept, found in zip(apart, walked.apart, strict=True):
            kept[some] = found
        if silence:
            silent[some], silent_ahead[some] = silence
        return walked.stages.swapaxes(1, 2), walked.held

    def walk_ageing(some: slice, generators: list[Array]) -> tuple[Walked, tuple[Array, Array] | None]:
        those, these_frailties = switching.take(some), tuple(z[some] for z in frailties)
        bands, population = begin_stay(space, clocks, begin.take(some), age)
        if quiet:
            known, silent_stages = quiet.take(some), supposed.silent_stages
            bands, population = age_quietly(known, begin.take(some), age, space, these_frailties, silent_stages)
        walk = AgeingWalk(
            generators, space, supposed, those,
            stages=counted, steps=steps, days=steps * length, parts=parts, classes=classes, bands=bands,
            again=again,
        )  # fmt: skip
        population = walk.settle(population)
        initial[some] = walk.total(population).T
        walked, known_population = walk.forward(population, by_draw=by_draw)
        return walked, None if silence_from is None else grow_silent(walk, known_population, silence_from)

    together = max(1, GENERATORS // (len(steps) * (size + 1) ** 2 * chunk)) * chunk  # draws
    with ThreadPoolExecutor(1 if clocks else THREADS) as pool:  # small steps wait for one another more than they gain
        for origin in range(0, draws, together):
            group = slice(origin, origin + together)
            those_frailties = tuple(z[group] for z in frailties)
            if quiet and not clocks:
                began[group] = pass_quietly(
                    quiet.take(group), begin.take(group), space, those_frailties, supposed.silent_stages
                )
            generators = build_generators(switching.take(group), space, those_frailties, classes)
            for generator, step in zip(generators, length, strict=True):
                generator *= 1.0 if clocks else step
            those = [first for first in firsts if origin <= first < origin + together]
            few = [[generator[first - origin : first - origin + chunk] for generator in generators] for first in those]
            for first, (found, known) in zip(those, pool.map(carry_chunk, those, few), strict=True):
                stages[slice(first, first + chunk) if by_draw else slice(1)] += found
                held += known
    return Curves(
        alive=alive,
        apart=tuple(apart),
        stages=stages,
        initial=began,
        landed=landed.reshape(draws, environments, within),
        held=held,
        states=space.states,
        shares=classes.shares,
        days=steps,
        silent=None if silence_from is None else silent,
        silent_ahead=None if silence_from is None else silent_ahead,
    )
