"""What a stage that ages costs on the flagship to the end of the year, as ratios within one process.

    python benchmarks/ageing.py [--runs N]

For a stage of long stays and one of short ones: P alone, the curves by day, and these with what silence promises; each
against the same draws' forecast with no shape. And a whole run by the quick engine, without figures.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from pairs import HEADER, ROOT, read_runs, time_calls

import forecast
from forecast.answer import carry_ahead
from forecast.inference import Settings, draw_quickly
from forecast.model import build_priors, build_timeline
from forecast.scenario import Interval, Scenario

SHAPE = 2.0
DETAILS = {"total": "P alone", "stages": "curves by day and draw", "days": "curves by day, with silence"}


def give_shape(scenario: Scenario, stage: str) -> Scenario:
    """Return the scenario with stays of a known shape in a stage."""
    prior = scenario.priors.stages[stage]
    aged = replace(prior, belief=replace(prior.belief, shape=Interval(SHAPE, SHAPE)), otherwise=None)
    return replace(scenario, priors=replace(scenario.priors, stages={**scenario.priors.stages, stage: aged}))


def prepare(scenario: Scenario, detail: str) -> Callable[[], object]:
    """Draw from the posterior, and return what carries the draws."""
    known = scenario.known()
    timeline = build_timeline(known)
    fit = draw_quickly(timeline, build_priors(known, timeline), Settings())
    assert fit is not None
    return lambda: carry_ahead(timeline, fit.draws, np.random.default_rng(1), detail=detail)


def main() -> None:
    """Time them all and print the table."""
    runs = read_runs(__doc__, 5)
    plain = forecast.load_scenario(ROOT / "scenarios/year-end.yaml")
    print(HEADER)
    for stage in ("preparing", "announced"):
        aged = give_shape(plain, stage)
        for detail, said in DETAILS.items():
            pair = time_calls(prepare(aged, detail), prepare(plain, detail), runs=runs)
            print(pair.row(f"{said}, where {stage} ages", at_most=5), flush=True)
    aged = give_shape(plain, "preparing")
    pair = time_calls(
        lambda: forecast.run_scenario(aged, engine="quick").to_dict(),
        lambda: forecast.run_scenario(plain, engine="quick").to_dict(),
        runs=runs,
    )
    print(pair.row("a run by the quick engine to its JSON, where preparing ages", at_most=5))


if __name__ == "__main__":
    main()
