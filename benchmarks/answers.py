"""What an answer costs once there is something to answer from, as ratios within one process.

    python benchmarks/answers.py [--runs N]

- a scenario that differs right of as_of (timeline, rates, P, places, mean curves), against a warm refit by plain PyMC;
- a changed prior, the quick engine from scratch to P, against the same refit;
- the forecast kernel, against `scipy.linalg.expm` alone on the same stack of whole generators (draws x segments).
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does; SciPy is slower with more

import numpy as np
import scipy.linalg
from bare_pymc import sample
from pairs import HEADER, ROOT, SCENARIO, read_runs, time_calls

from forecast.document import load_scenario
from forecast.inference import Settings, find_or_fit
from forecast.model import Timeline, build_priors, build_rates_ahead, build_timeline
from forecast.multistate import Array, Curves, Rates, StateSpace, Switching, build_generators, forecast_curves
from forecast.multistate.switching import tell_apart
from forecast.scenario import Scenario

SETTINGS = Settings()
EACH = 5  # answers for one refit, which takes far longer


def answer(scenario: Scenario, draws: dict[str, Array]) -> float:
    """Return P, having made the places' and the mean curves as well."""
    timeline = build_timeline(scenario.known())
    rates = build_rates_ahead(draws, timeline)
    curves = kernel(timeline, rates)
    curves.mean_incidence()
    curves.mean_occupancy()
    return float(curves.total().sum(axis=0).mean())


def kernel(timeline: Timeline, rates: Rates | Switching) -> Curves:
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


def whole_generators(timeline: Timeline, rates: Rates) -> Array:
    """Return the generators with an absorbing state for each place: (draws * segments, states, states)."""
    noise = np.random.default_rng(1).standard_normal((2, rates.draws))
    frailties = (noise[0], noise[1])
    space = StateSpace.reachable(rates, (timeline.stage,))
    size, places = len(space.states), len(timeline.structure.places)
    place_of = np.equal.outer(np.arange(places), timeline.structure.place_of).astype(float)
    inner = np.zeros((len(rates.weight), rates.draws, size + 1, size + 1))
    still = Switching.still(rates, len(rates.weight))
    for padded, generator in zip(inner, build_generators(still, space, frailties, tell_apart(still)), strict=True):
        width = generator.shape[-1]  # a state more where there is a plan
        padded[:, :width, :width] = generator
    ordinary, planned = -inner[..., :size, :].sum(axis=-1), inner[..., :size, size]  # (segments, draws, states)
    whole = np.zeros((*inner.shape[:2], size + places, size + places))
    whole[..., :size, :size] = inner[..., :size, :size]
    for events, weight in ((ordinary, rates.weight), (planned, rates.plan)):
        by_place = (place_of @ weight).swapaxes(1, 2)  # (segments, draws, places)
        shares = by_place / np.maximum(by_place.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
        whole[..., :size, size:] += events[..., None] * shares[:, :, None]
    return whole.reshape(-1, *whole.shape[2:])


def check_same(timeline: Timeline, rates: Rates, generators: Array) -> None:
    """See that the whole generators say what the kernel says, after the first day."""
    step = scipy.linalg.expm(generators[: rates.draws])
    space = StateSpace.reachable(rates, (timeline.stage,))
    absorbed = step[:, space.index((0, timeline.stage)), len(space.states) :].sum(axis=1)
    curves = kernel(timeline, rates)
    np.testing.assert_allclose(curves.any_incidence[:, 0], absorbed, rtol=0, atol=1e-10)


def main() -> None:
    """Time and print the table."""
    runs = read_runs(__doc__, 5)
    scenario = load_scenario(ROOT / SCENARIO)
    timeline = build_timeline(scenario.known())
    draws = find_or_fit(timeline, build_priors(scenario.known(), timeline), SETTINGS).draws
    moved = scenario.do(hazard_ratios={"multilateral": {"factor": 1}})
    believed = scenario.assume(plans={"leak": {"kept": [0.3, 0.8], "reason": "it was right before"}})
    (rates,) = build_rates_ahead(draws, timeline).rates  # no condition may change
    generators = whole_generators(timeline, rates)
    check_same(timeline, rates, generators)

    answers = time_calls(lambda: answer(moved, draws), lambda: sample(believed), runs=runs, each=EACH)
    quick = time_calls(lambda: answer_quickly(believed), lambda: sample(believed), runs=runs, each=EACH)
    kernels = time_calls(lambda: kernel(timeline, rates), lambda: scipy.linalg.expm(generators), runs=runs, each=EACH)
    name = f"the kernel, against expm of {len(generators):,} whole generators of {generators.shape[-1]} states"
    print(HEADER)
    print(answers.row("an answer right of as_of, against a warm refit", at_least=200))
    print(quick.row("a changed prior, quick engine to P, against a warm refit", at_least=100))
    print(kernels.row(name))


if __name__ == "__main__":
    main()
