"""Histories simulated from known parameters, fitted, and the parameters found again."""

from __future__ import annotations

import numpy as np
import pytest
from builders import Z95, condition, entered, happened, make_scenario, ratio, stay, way
from scipy import stats
from scipy.special import digamma, polygamma

from forecast.inference.draw import find_or_fit
from forecast.inference.settings import Settings
from forecast.model.priors import build_priors
from forecast.model.quantities import natural_scale
from forecast.model.timeline import build_timeline
from forecast.multistate.paths import simulate_jumps
from forecast.multistate.rates import Rates

SEEDS = range(6)
STAGES = ("quiet", "talks", "agreed")
STAYS = {"quiet": (120, 350), "talks": (40, 120), "agreed": (15, 50)}
COUNTS = {"talks": {"agreed": 5, "quiet": 4}, "agreed": {"event": 5, "quiet": 3}}
FACTORS = {"there": (0.3, 3), "fair": (0.5, 4), "seriousness": (1.2, 2)}
BLOCK, BLOCKS = 70, 146  # twenty-eight years; the fair is on in every other block of days


def draw_truth(rng):
    """Draw what the priors describe: lognormal from its interval, shares from logits with log-gamma moments."""

    def between(interval, scale=np.log, back=np.exp):
        lo, hi = scale(np.array(interval))
        return back(rng.normal((lo + hi) / 2, (hi - lo) / (2 * Z95)))

    truth = {f"stay of {stage}": between(interval) for stage, interval in STAYS.items()}
    for stage, ends in COUNTS.items():
        counts = np.array(list(ends.values()))
        first, second = rng.normal(digamma(counts), np.sqrt(polygamma(1, counts)))
        truth[f"{stage} goes on"] = 1 / (1 + np.exp(second - first))
    factors = {name: between(FACTORS[name]) for name in ("there", "fair")}
    serious = between(FACTORS["seriousness"], lambda x: np.log(np.log(x)), lambda x: np.exp(np.exp(x)))
    return truth | factors | {"seriousness": serious}


def simulate_history(truth, rng):
    """Simulate twenty-eight years in continuous time; each step falls on the day in which it happens."""
    quiet, talks, agreed = (1 / truth[f"stay of {stage}"] for stage in STAGES)
    on, off = truth["talks goes on"], 1 - truth["talks goes on"]
    step, event = np.zeros((3, 3, 1)), np.zeros((3, 1))
    step[0, 1], step[1, 2], step[1, 0] = quiet, talks * on, talks * off
    step[2, 0], event[2] = agreed * (1 - truth["agreed goes on"]), agreed * truth["agreed goes on"]
    fair = np.where(np.arange(BLOCKS) % 2, truth["fair"], 1.0)
    shares = np.array([1, truth["there"]]) / (1 + truth["there"])
    ones = np.ones((BLOCKS, 1))
    rates = Rates(
        step, event, np.ones((BLOCKS, 3, 1)), fair[:, None, None] * shares[:, None], ones,
        np.zeros((BLOCKS, 2, 1)), np.log([truth["seriousness"]]),
    )  # fmt: skip
    jumps = simulate_jumps(
        rates, np.full(BLOCKS, BLOCK), 0, rng.standard_normal(1), rng,
        renew=lambda ended: rng.standard_normal(len(ended)), recurrent=True,
    )  # fmt: skip
    for time, target, itinerary in zip(np.ceil(jumps.time).astype(int), jumps.target, jumps.itinerary, strict=True):
        yield happened(int(time), ("here", "there")[itinerary]) if target < 0 else entered(int(time), STAGES[target])


def build_scenario(history):
    fairs = [condition("fair", block * BLOCK + 1, (block + 1) * BLOCK) for block in range(1, BLOCKS, 2)]
    ends = {"quiet": {"talks": 1}} | COUNTS
    return make_scenario(
        {name: stay(*STAYS[name], **ends[name]) for name in STAGES},
        ways=[way("here"), way("there")],
        ratios={name: ratio(*FACTORS[name]) for name in ("there", "fair")},
        seriousness=ratio(*FACTORS["seriousness"]),
        timeline=[*history, *fairs],
        as_of=BLOCK * BLOCKS,
        until=BLOCK * BLOCKS + 30,
    )


def read_draws(posterior, structure):
    """Lay the draws out under the names of the truth."""
    found = natural_scale(posterior.draws, structure)
    ends = dict(zip(structure.transition_names, found["end_share"].values, strict=True))
    return {f"stay of {stage}": found["stay"].values[index] for index, stage in enumerate(STAGES)} | {
        "talks goes on": ends["talks > agreed"],
        "agreed goes on": ends["agreed > event"],
        "there": found["hazard_ratio"].values[0],
        "fair": found["hazard_ratio"].values[1],
        "seriousness": found["seriousness"].values[0],
    }


@pytest.fixture(scope="module")
def fits():
    """The truth, and the draws of a fit to a history that it gave, by seed."""
    found = []
    for seed in SEEDS:
        rng = np.random.default_rng([seed, 100])
        truth = draw_truth(rng)
        scenario = build_scenario(simulate_history(truth, rng))
        timeline = build_timeline(scenario.known())
        posterior = find_or_fit(timeline, build_priors(scenario.known(), timeline), Settings(draws=1500))
        found.append((truth, read_draws(posterior, timeline.structure)))
    return found


@pytest.mark.slow
def test_ninety_percent_intervals_cover_the_truth_nine_times_in_ten(fits):
    covered = [
        lo <= truth[name] <= hi
        for truth, draws in fits
        for name, values in draws.items()
        for lo, hi in [np.quantile(values, [0.05, 0.95])]
    ]
    assert len(covered) == 8 * len(SEEDS)
    assert stats.binom(len(covered), 0.9).cdf(sum(covered)) > 1e-3


@pytest.mark.slow
def test_ranks_of_the_truth_lean_to_neither_side(fits):
    """Under the model a truth's place among the draws is uniform, so a biased rate would crowd one end."""
    for name in fits[0][1]:
        places = [np.mean(draws[name] < truth[name]) for truth, draws in fits]
        assert stats.kstest(places, "uniform").pvalue > 1e-3 / 8, name


@pytest.mark.slow
def test_a_long_history_teaches_more_than_the_prior(fits):
    for _, draws in fits:
        for stage, interval in STAYS.items():
            width = np.diff(np.log(np.quantile(draws[f"stay of {stage}"], [0.05, 0.95])))[0]
            assert width < 0.75 * np.log(interval[1] / interval[0])
