"""Worlds whose stays age and whose event may never come: truth anywhere among the draws, P true as often as said.

The worlds are lived in continuous time, by inversion of what `docs/model.md` says, and share no code with the library.
What happens within a day is recorded as of that day. See `calibration`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from builders import Z95, entered, happened, make_scenario, never, ratio, set_up, shaped, single, stay
from calibration import LEVEL, Examined, calibration_p_values, find_outside
from scipy import stats

from forecast.answer.ahead import carry_ahead
from forecast.explore import start_processes
from forecast.inference.draw import draw_quickly, find_or_fit
from forecast.inference.settings import Settings, stream

WORLDS, FEW = 240, 120
SINGLE, MEAN, SHAPE, NEVER, SERIOUS = (20, 120), (15, 80), (0.7, 3.5), (0.1, 0.6), (1.2, 2)
ENDS = {"event": 5.0, "quiet": 4.0}
HORIZONS = (15, 40, 80)
SPREAD = 1 / math.sqrt(10)  # of the logarithm of the factor on single stays' hazard
NODES = np.linspace(-9, 9, 2001)


def logit(p: float) -> float:
    return math.log(p / (1 - p))


@dataclass
class Lived:
    """A world: its parameters, what is on record, the frailties of its episodes, and what came after."""

    theta: dict[str, float]
    as_of: int
    steps: list[tuple[int, str]] = field(default_factory=list)
    frailties: list[float] = field(default_factory=list)
    outcome: float = math.inf  # day of the first event after as_of


def live(seed: int, horizon: int) -> Lived:
    """Draw parameters from the prior and live until the horizon is over, or the event has come in it."""
    rng = np.random.default_rng([seed, 77])

    def between(interval, scale=math.log):
        lo, hi = map(scale, interval)
        return rng.normal((lo + hi) / 2, (hi - lo) / (2 * Z95))

    theta = {
        "log_stay quiet": rng.normal(0, SPREAD),
        "log_stay active": between(MEAN),
        "log_shape active": between(SHAPE),
        "never_logit active": between(NEVER, logit),
        "log_sigma seriousness": between(SERIOUS, lambda factor: math.log(math.log(factor))),
        **{f"end_logit active > {end}": math.log(rng.gamma(count)) for end, count in ENDS.items()},
    }
    world = Lived(theta, int(rng.integers(500, 1500)))
    sizes = {end: math.exp(theta[f"end_logit active > {end}"]) for end in ENDS}
    share = sizes["event"] / sum(sizes.values())
    sigma, power = math.exp(theta["log_sigma seriousness"]), math.exp(theta["log_shape active"])
    mean, p_never = math.exp(theta["log_stay active"]), 1 / (1 + math.exp(-theta["never_logit active"]))
    middle, sd = math.log(math.sqrt(SINGLE[0] * SINGLE[1])), math.log(SINGLE[1] / SINGLE[0]) / (2 * Z95)
    weight = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
    time = 0.0
    while True:
        spent = rng.exponential() * math.exp(theta["log_stay quiet"])  # of the clock of single stays
        survival = weight @ np.exp(-spent * np.exp(SPREAD * NODES))
        time += math.exp(middle + sd * stats.norm.isf(survival))
        if time > world.as_of + horizon:
            return world
        z, is_barred = rng.standard_normal(), rng.random() < p_never
        if math.ceil(time) <= world.as_of:
            world.steps.append((math.ceil(time), "active"))
            world.frailties.append(z)
        to_event = 0.0 if is_barred else share * math.exp(sigma * z)
        rate = to_event + (1 - share) * math.exp(-sigma * z)
        time += (rng.exponential() / rate) ** (1 / power) * mean / math.gamma(1 + 1 / power)
        is_event = rng.random() * rate < to_event
        if time > world.as_of + horizon:
            return world
        if math.ceil(time) <= world.as_of:
            world.steps.append((math.ceil(time), "event" if is_event else "quiet"))
        elif is_event:
            world.outcome = math.ceil(time)
            return world


def ask(world: Lived, horizon: int, *, shape=SHAPE, barred=NEVER):
    """Ask for an event in the days after a world is looked at."""
    active = shaped(stay(*MEAN, **ENDS), *shape) if shape else stay(*MEAN, **ENDS)
    return make_scenario(
        {"quiet": single(*SINGLE, active=1), "active": never(active, *barred) if barred else active},
        timeline=[happened(day, "here") if name == "event" else entered(day, name) for day, name in world.steps],
        seriousness=ratio(*SERIOUS),
        as_of=world.as_of,
        until=world.as_of + horizon,
    )


def examine(seed: int, **wrong) -> Examined:
    """Fit a world's record and forecast the days after it."""
    horizon = HORIZONS[seed % len(HORIZONS)]
    world = live(seed, horizon)
    timeline, priors = set_up(ask(world, horizon, **wrong))
    settings = Settings(draws=125, seed=seed + 1000)
    posterior = draw_quickly(timeline, priors, settings)
    if posterior is None:
        posterior = find_or_fit(timeline, priors, Settings(draws=500, seed=seed), fresh=True)
    below = {}
    for name, truth in world.theta.items():
        parameter, _, label = name.partition(" ")
        if parameter in priors:
            values = posterior.draws[parameter][priors[parameter].labels.index(label)]
            below[name] = float((values < truth).mean())
    rng = np.random.default_rng([seed, 7])
    for label, at in (("first", 0), ("last", -1)):
        seen = "z" in priors
        below[f"z of the {label}"] = (
            float((posterior.draws["z"][at] < world.frailties[at]).mean()) if seen else rng.random()
        )
    spans = [
        after - day for (day, name), (after, _) in zip(world.steps, world.steps[1:], strict=False) if name == "active"
    ]
    is_more = bool(spans) and np.mean(spans) > math.sqrt(MEAN[0] * MEAN[1])
    came = [name for _, name in world.steps if name in ENDS]
    is_often = came.count("event") * 2 >= len(came)
    for name, is_so in (("log_stay active", is_more), ("log_shape active", is_more), ("never_logit active", is_often)):
        if name in below:
            below[f"{name}, by record"] = below[name] if is_so else 1 - below[name]
    if wrong:
        return Examined(posterior.engine, below, math.nan, False, {}, None)
    ahead = carry_ahead(timeline, posterior.draws, stream(seed, "ahead"))
    p = float(ahead.total.sum() / ahead.weight.sum())
    return Examined(posterior.engine, below, p, world.outcome <= world.as_of + horizon, {}, None)


@pytest.fixture(scope="module")
def processes():
    with start_processes(2) as executor:
        yield executor


@pytest.mark.slow
def test_the_truth_lies_anywhere_and_forecasts_come_true(processes):
    examined = list(processes.map(examine, range(WORLDS), chunksize=10))
    assert len(examined[0].below) == 12
    assert find_outside(examined) == {}
    p, came = (np.array([getattr(world, name) for world in examined]) for name in ("p", "came"))
    found = calibration_p_values(p, came)
    assert {test: value for test, value in found.items() if value < LEVEL / len(found)} == {}


@pytest.mark.slow
def test_who_believes_in_sharper_shapes_is_found(processes):
    outside = find_outside(list(processes.map(partial(examine, shape=(1.4, 7.0)), range(FEW), chunksize=10)))
    assert "log_shape active" in outside


@pytest.mark.slow
def test_who_thinks_that_all_may_come_is_found(processes):
    outside = find_outside(list(processes.map(partial(examine, barred=None), range(FEW), chunksize=10)))
    assert {"end_logit active > event", "end_logit active > quiet"} & set(outside)
