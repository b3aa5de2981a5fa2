"""Simulation-based calibration: fit the records of worlds drawn from the prior, and see where the truth lies.

If engine and model are right, the share of a posterior's draws that lie below the truth is uniform over worlds (Talts
et al. 2018, arXiv:1804.06788), for every parameter and for every quantity made of parameters and record. The latter
matter: a posterior that has not seen the record passes by the former alone (Modrák et al. 2023,
doi:10.1214/23-BA1404). So some parameters are ranked a second time, mirrored in the worlds whose records lie below
what the prior expects. Whether they are uniform is judged by simultaneous bands about the ECDF of the shares
(Säilynoja, Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6), as ArviZ makes them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from unittest import mock

import numpy as np
import worlds
from builders import set_up
from scipy import stats
from worlds import World

from forecast.answer.ahead import carry_ahead
from forecast.inference import loglinear
from forecast.inference.draw import draw_quickly, find_or_fit
from forecast.inference.settings import Engine, Settings, stream
from forecast.model import build_poisson_rows
from forecast.model.priors import ParameterPriors
from forecast.model.timeline import Timeline

Change = Callable[[Timeline, ParameterPriors], tuple[Timeline, ParameterPriors]]
HORIZONS = (30, 90, 240)  # days; each world is asked about one of them
LEVEL = 0.01  # at which a right engine fails a test, over all that the test looks at
POINTS = np.arange(1, 50) / 50  # at which an ECDF is compared
KNOWN = ("cooling",)  # a ratio of no width


@dataclass(frozen=True)
class Examined:
    """What a world says of an engine.

    Attributes
    ----------
    below : dict of str to float
        Weight of the draws below the truth, by quantity.
    p, came : float, bool
        The forecast of an event, and whether there was one.
    place_p : dict of str to float
        The same by place.
    place : str or None
        Where it came.
    """

    engine: str
    below: dict[str, float]
    p: float
    came: bool
    place_p: dict[str, float]
    place: str | None


def examine(seed: int, *, engine: Engine = "quick", draws: int = 125, change: Change | None = None) -> Examined:
    """Draw a world, fit its record and forecast the days after it."""
    horizon = HORIZONS[seed % len(HORIZONS)]
    world = worlds.draw_world(seed, horizon)
    timeline, priors = set_up(world.scenario(world.as_of + horizon))
    if change:
        timeline, priors = change(timeline, priors)
    quickly = Settings(draws=draws, seed=seed + 1000)
    posterior = draw_quickly(timeline, priors, quickly) if engine == "quick" else None
    if posterior is None:  # no world is left out
        posterior = find_or_fit(timeline, priors, replace(quickly, draws=1000), fresh=True)
    ahead = carry_ahead(timeline, posterior.draws, stream(seed, "ahead"))
    weight = ahead.weight / ahead.weight.sum()
    rng = np.random.default_rng([seed, 7])

    def share(values: np.ndarray | None, truth: float) -> float:
        return rng.random() if values is None else float(weight @ (values < truth))

    below = {}
    for (name, label), truth in world.theta.items():
        if label not in KNOWN:
            there = name in priors
            values = posterior.draws[name][priors[name].labels.index(label)] if there else None
            below[f"{name} {label}"] = share(values, truth)  # of what is not in the model yet the prior is known
    assert len(world.frailties) == (len(priors["z"].labels) if "z" in priors else 0)
    for label, at in (("first", 0), ("last", -1)):
        drawn = (posterior.draws["z"][at], world.frailties[at]) if "z" in priors else (None, 0.0)
        below[f"z of the {label}"] = share(*drawn)
    for name, is_more in speaks_for_more(world).items():
        below[f"{name}, by record"] = below[name] if is_more else 1 - below[name]
    chances = ahead.joint.sum(axis=1) / ahead.weight.sum()
    place_p = dict(zip(timeline.structure.itineraries, chances.tolist(), strict=True))
    day, place = world.outcome or (math.inf, None)
    came = day <= world.as_of + horizon
    return Examined(posterior.engine, below, sum(place_p.values()), came, place_p, place if came else None)


def speaks_for_more(world: World) -> dict[str, bool]:
    """Tell whether the record of a world shows longer stays, or more plans that came true, than the prior expects."""
    steps = [(0, "quiet"), *world.steps]
    spans = [
        (worlds.STAGES[0] if name in worlds.PLACES else name, after - day)
        for (day, name), (after, _) in zip(steps, [*world.steps, (world.as_of, "")], strict=True)
    ]
    found = {}
    for stage, interval in worlds.STAYS.items():
        days = [length for name, length in spans if name == stage]
        found[f"log_stay {stage}"] = _more(days, interval)
    seen = [(first, min(last, world.as_of)) for first, last in world.spells if first <= world.as_of]
    on = [last - first + 1 for first, last in seen]
    begins = [first for first, _ in seen[1:]] + [world.as_of + 1]
    off = [begin - 1 - last for (_, last), begin in zip(seen, begins, strict=False)]
    found["log_lasts sealed"] = _more(on, worlds.LASTS)
    found["log_returns sealed"] = _more([days for days in off if days > 0], worlds.RETURNS)
    events = [day for day, name in world.steps if name in worlds.PLACES]
    kept = [any(plan.first <= day <= plan.last for day in events) for plan in world.plans]
    found["kept_logit leak"] = sum(kept) * 3 >= len(kept)
    return found


def _more(days: list[int], interval: tuple[float, float]) -> bool:
    return bool(days) and sum(days) / len(days) > math.sqrt(interval[0] * interval[1])


@functools.cache
def band(worlds_seen: int, quantities: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the band, at `POINTS`, that the ECDFs of so many quantities leave with a chance of `LEVEL` in all."""
    from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

    rng = np.random.default_rng(214)
    inside = simulate_confidence_bands(worlds_seen, 1, POINTS, 1 - LEVEL / quantities, 20_000, rng)
    return get_pointwise_confidence_band(inside, worlds_seen, POINTS)


def ecdf(shares: Iterable[float]) -> np.ndarray:
    """Return the ECDF at `POINTS`."""
    found = np.sort(np.fromiter(shares, float))
    return np.searchsorted(found, POINTS, side="right") / len(found)


def find_outside(examined: list[Examined], names: Iterable[str] | None = None) -> dict[str, float]:
    """Return the quantities, of some or of all, whose ECDF leaves the band, and how far from the diagonal it gets."""
    names = list(names or examined[0].below)
    lower, upper = band(len(examined), len(names))
    outside = {}
    for name in names:
        curve = ecdf(world.below[name] for world in examined)
        if ((curve < lower) | (curve > upper)).any():
            outside[name] = float(np.abs(curve - POINTS).max())
    return outside


@dataclass(frozen=True)
class Bin:
    """Forecasts alike: how many, their mean, how often it came, and between what that lies if they are right."""

    count: int
    mean: float
    came: float
    low: float
    high: float


def bin_forecasts(p: np.ndarray, came: np.ndarray, *, bins: int = 8, level: float = 0.1) -> list[Bin]:
    """Sort forecasts into bins of equal size; what came of each lies between its bounds with 1 - level.

    The sum of Bernoulli variables with chances p is simulated: a binomial's bounds would be too wide.
    """
    order, rng = np.argsort(p), np.random.default_rng(1)
    found = []
    for part in np.array_split(order, bins):
        sums = (rng.random((20_000, len(part))) < p[part]).sum(axis=1)
        low, high = np.quantile(sums, [level / 2, 1 - level / 2], method="inverted_cdf") / len(part)
        found.append(Bin(len(part), float(p[part].mean()), float(came[part].mean()), float(low), float(high)))
    return found


def calibration_p_values(p: np.ndarray, came: np.ndarray) -> dict[str, float]:
    """Return how surprising it is, were the forecasts right: the number of events, their spread, and the bins' misses.

    The second is Spiegelhalter's (1986, doi:10.1002/sim.4780050506).
    """
    variance = p * (1 - p)
    number = (came - p).sum() / math.sqrt(variance.sum())
    spread = ((came - p) * (1 - 2 * p)).sum() / math.sqrt(((1 - 2 * p) ** 2 * variance).sum())
    rng, parts = np.random.default_rng(2), np.array_split(np.argsort(p), 8)

    def miss(outcomes: np.ndarray) -> np.ndarray:
        gaps = [(outcomes[..., part] - p[part]).sum(axis=-1) ** 2 / variance[part].sum() for part in parts]
        return np.sum(gaps, axis=0)

    right = miss(rng.random((5_000, len(p))) < p)
    return {
        "number of events": 2 * stats.norm.sf(abs(number)),
        "Spiegelhalter": 2 * stats.norm.sf(abs(spread)),
        "bins": float((1 + (right >= miss(came)).sum()) / (1 + len(right))),
    }


# --- wrong on purpose ----------------------------------------------------------------------------------------------


def leave_condition_out(timeline, priors):
    """The days on which conditions held teach nothing."""
    none = replace(
        timeline.spans, labels=(), index=np.zeros(0, int), days=np.zeros(0), ended=np.zeros(0, bool), weight=np.zeros(0)
    )
    return replace(timeline, spans=none), priors


def shift_prior(timeline, priors):
    """Stays are believed to be longer by a standard deviation."""
    stay = priors["log_stay"]
    return timeline, priors | {"log_stay": replace(stay, mean=stay.mean + stay.sd)}


def forget_silence(timeline, priors):
    """A stage of which nothing was heard is taken to hold, and the silence for nothing."""
    return replace(timeline, quiet=timeline.quiet.take(slice(0, 0))), priors


def score_by_density(timeline):
    rows = build_poisson_rows(timeline)
    return replace(rows, on_day=rows.on_day[:0], day_weight=rows.day_weight[:0], is_whole=rows.is_whole[:0])


def examine_by_density(seed):
    """Each event is scored by the density of its time, not by the probability of its day."""
    with mock.patch.object(loglinear, "build_poisson_rows", score_by_density):
        return examine(seed)


WRONG = {  # and what must show it
    "an event is scored by the density of its time": (examine_by_density, ["kept_logit leak"]),
    "a condition's days are left out": (
        partial(examine, change=leave_condition_out),
        ["log_lasts sealed, by record", "log_returns sealed, by record"],
    ),
    "the prior of stays is shifted by a standard deviation": (
        partial(examine, change=shift_prior),
        ["log_stay talks", "log_stay stalled", "log_stay agreed"],
    ),
}
