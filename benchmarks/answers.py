"""What an answer costs once there is something to answer from, as ratios within one process.

    python benchmarks/answers.py [--runs N]

- a scenario that differs right of as_of (timeline, rates, P, places, mean curves), against a warm refit by plain PyMC;
- the forecast kernel, against `scipy.linalg.expm` alone on the same stack of whole generators (draws x segments);
- a changed prior, the quick engine from scratch to P, against the same refit.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does; SciPy is slower with more

import statistics
import time
from collections.abc import Callable

import numpy as np
import scipy.linalg

from forecast.document import load_scenario
from forecast.inference import Settings, find_or_fit
from forecast.model import Timeline, build_priors, build_rates_ahead, build_timeline
from forecast.multistate import Curves, Rates, StateSpace, build_generators, forecast_curves
from forecast.scenario import Scenario

Array = np.ndarray
SCENARIO = "scenarios/may.yaml"
SETTINGS = Settings()


def answer(scenario: Scenario, draws: dict[str, Array]) -> float:
    """Return P, having made the places' and the mean curves as well."""
    timeline = build_timeline(scenario.known())
    rates = build_rates_ahead(draws, timeline)
    curves = kernel(timeline, rates, draws)
    curves.mean_incidence()
    curves.mean_occupancy()
    return float(curves.total().sum(axis=0).mean())


def kernel(timeline: Timeline, rates: Rates, draws: dict[str, Array]) -> Curves:
    """Carry all draws through the segments."""
    noise = np.random.default_rng(1).standard_normal((2, rates.draws))
    frailties = (noise[0], noise[1])
    return forecast_curves(
        rates, timeline.ahead.days, timeline.stage, frailties, supposed=timeline.supposed, by_draw=False
    )


def answer_quickly(scenario: Scenario) -> float:
    """Draw from the posterior of a changed prior by the quick engine, and return P."""
    timeline = build_timeline(scenario.known())
    fit = find_or_fit(timeline, build_priors(scenario.known(), timeline), SETTINGS, engine="quick")
    assert fit.diagnostics["engine"] == "quick"
    return answer(scenario, fit.draws)


def whole_generators(timeline: Timeline, rates: Rates, draws: dict[str, Array]) -> Array:
    """Return the generators with an absorbing state for each place: (draws * segments, states, states)."""
    noise = np.random.default_rng(1).standard_normal((2, rates.draws))
    frailties = (noise[0], noise[1])
    space = StateSpace.reachable(rates.step, timeline.stage)
    size, places = len(space.states), len(timeline.structure.places)
    place_of = np.equal.outer(np.arange(places), timeline.structure.place_of).astype(float)
    stack = []
    for segment, inner in enumerate(build_generators(rates, space, frailties)):
        whole = np.zeros((rates.draws, size + places, size + places))
        whole[:, :size, :size] = inner[:, :size, :size]
        planned = inner[:, :size, size] if inner.shape[-1] > size else np.zeros((rates.draws, size))
        ordinary = -inner[:, :size].sum(axis=-1)
        for part, shares in ((ordinary, rates.weight[segment]), (planned, rates.plan[segment])):
            by_place = place_of @ shares
            total = np.where(by_place.sum(axis=0) > 0, by_place.sum(axis=0), 1.0)
            whole[:, :size, size:] += part[:, :, None] * (by_place / total).T[:, None]
        stack.append(whole)
    return np.concatenate(stack)


def time_in_turn(works: list[Callable[[], object]], runs: int) -> list[list[float]]:
    """Time several pieces of work in turn."""
    times: list[list[float]] = [[] for _ in works]
    for run in range(runs + 1):  # the first warms up
        for index, work in enumerate(works):
            started = time.perf_counter()
            work()
            if run:
                times[index].append(time.perf_counter() - started)
    return times


def row(name: str, ours: list[float], theirs: list[float], bar: str, met: Callable[[float], bool]) -> str:
    """Return a row of the table that docs/performance.md holds."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    ratio = mine / other if bar.startswith("<=") else other / mine
    verdict = "met" if met(ratio) else "NOT MET"
    return f"| {name} | {mine * 1e3:.0f} ms against {other * 1e3:.0f} ms | {ratio:.3g}x | {bar} | {verdict} |"


def main() -> None:
    """Time and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="runs of each; the refit takes a fifth as many")
    runs = parser.parse_args().runs
    scenario = load_scenario(SCENARIO)
    timeline = build_timeline(scenario.known())
    draws = find_or_fit(timeline, build_priors(scenario.known(), timeline), SETTINGS).draws
    moved = scenario.do(hazard_ratios={"multilateral": {"factor": 1}})
    believed = scenario.assume(plans={"leak": {"kept": [0.3, 0.8], "reason": "it was right before"}})
    rates = build_rates_ahead(draws, timeline)
    generators = whole_generators(timeline, rates, draws)
    check_same(timeline, rates, draws, generators)
    light = time_in_turn(
        [
            lambda: answer(moved, draws),
            lambda: answer_quickly(believed),
            lambda: kernel(timeline, rates, draws),
            lambda: scipy.linalg.expm(generators),
        ],
        runs,
    )
    from bare_pymc import sample  # imports PyMC, which the rest is timed without

    (refits,) = time_in_turn([lambda: sample(believed)], max(1, runs // 5))
    print("| measure | median time | ratio | bar | |")
    print("|---|---|---|---|---|")
    print(row("an answer right of as_of, against a warm refit", light[0], refits, ">= 300x", lambda x: x >= 300))
    print(row("a changed prior, quick engine to P, against it", light[1], refits, ">= 100x", lambda x: x >= 100))
    name = f"the kernel, against expm of {len(generators):,} whole generators of {generators.shape[-1]} states"
    print(row(name, light[2], light[3], "<= 0.5x", lambda x: x <= 0.5))


def check_same(timeline: Timeline, rates: Rates, draws: dict[str, Array], generators: Array) -> None:
    """See that the whole generators say what the kernel says, after the first day."""
    step = scipy.linalg.expm(generators[: rates.draws])
    space = StateSpace.reachable(rates.step, timeline.stage)
    absorbed = step[:, space.index((0, timeline.stage)), len(space.states) :].sum(axis=1)
    curves = kernel(timeline, rates, draws)
    np.testing.assert_allclose(curves.any_incidence[:, 0], absorbed, rtol=0, atol=1e-10)


if __name__ == "__main__":
    main()
