"""The level of rows that share a few draws: P of the scenario as it is, over all draws, as a control variate.

A row is a mean over few draws. So is the scenario as it is over the same ones, though its P is known better, from all
draws of a run. By how much the few miss that is taken from a row, as far as the row's draws go along with it: by
regression, so that a row that has nothing to do with the scenario as it is stays what it was (Owen 2013, Monte Carlo
theory, methods and examples, 8.9). The scenario as it is gets the forecast's own number exactly.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass

import numpy as np

from forecast.answer import Ahead, carry_ahead, linearise
from forecast.errors import FitError
from forecast.inference import Engine, Posterior, Settings, draw_quickly, find_posterior, stream
from forecast.model import Timeline, build_priors, build_timeline
from forecast.multistate import Array
from forecast.scenario import Scenario


@dataclass(frozen=True)
class Level:
    """P of a scenario by place, as a run has it.

    Attributes
    ----------
    places : tuple of float
    covariance : tuple of tuple of float
        Of their Monte Carlo errors, (places, places).
    engine : str
    """

    places: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    engine: str

    @property
    def p(self) -> float:
        """P at any place."""
        return sum(self.places)

    def to_json(self) -> str:
        """Write it as a line."""
        return json.dumps(asdict(self))


def read_level(line: str) -> Level | None:
    """Read what `Level.to_json` wrote; nothing was written where there is no level."""
    if not line:
        return None
    found = json.loads(line)
    return Level(tuple(found["places"]), tuple(map(tuple, found["covariance"])), found["engine"])


@dataclass(frozen=True)
class Shared:
    """Joint probabilities of the event by place and draw, (places, draws), and what each draw counts, (draws,)."""

    joint: Array
    weight: Array

    @property
    def mean(self) -> Array:
        """P by place."""
        return self.joint.sum(axis=1) / self.weight.sum()

    def linearise(self) -> Array:
        """Return what each draw adds to P, by place: (places, draws), with mean 0."""
        return np.array([linearise(joint, self.weight) for joint in self.joint])


def split_by_place(timeline: Timeline, ahead: Ahead) -> Shared:
    """Sum over the itineraries that lead to a place."""
    return Shared(timeline.asked.members @ ahead.joint, ahead.weight)


def find_level(scenario: Scenario, engine: Engine, seed: int) -> Level | None:
    """Return the level of a scenario as a run has it, without fitting it by NUTS.

    It is that of NUTS, if that is asked for and stored, or else that of the quick engine; None where that fails its
    gate, or too few draws agree with what the scenario takes for given.
    """
    known = scenario.known()
    timeline = build_timeline(known)
    inputs = timeline, build_priors(known, timeline), Settings(seed=seed)
    found = (find_posterior(*inputs) if engine == "nuts" else None) or draw_quickly(*inputs)
    try:
        return None if found is None else measure_level(timeline, found, seed)
    except FitError:
        return None


def measure_level(timeline: Timeline, posterior: Posterior, seed: int) -> Level:
    """Compute P by place over all draws of a posterior, with the covariance of its errors."""
    shared = split_by_place(timeline, carry_ahead(timeline, posterior.draws, stream(seed, "ahead")))
    parts = shared.linearise()

    def variance(values: Array) -> float:
        return posterior.mcse(values) ** 2

    own = [variance(part) for part in parts]
    covariance = np.diag(own)
    for i, j in zip(*np.triu_indices(len(parts), 1), strict=True):  # the square of an error is a quadratic form
        covariance[i, j] = covariance[j, i] = (variance(parts[i] + parts[j]) - own[i] - own[j]) / 2
    return Level(tuple(shared.mean.tolist()), tuple(map(tuple, covariance.tolist())), posterior.engine)


def steady(row: Shared, base: Shared | None, level: Level | None) -> tuple[Array, float | None]:
    """Return P of a row by place, with its level put right, and the Monte Carlo error of its sum.

    Parameters
    ----------
    base : Shared, optional
        The scenario as it is, over the draws that the row shares with it; nothing is put right without it.

    Returns
    -------
    places : (places,)
    mcse : float or None
        None where there is but one draw.
    """
    p, parts = row.mean, row.linearise()
    slope = np.zeros(len(p))
    control, covariance = np.zeros_like(parts), np.zeros((len(p), len(p)))
    if base is not None and level is not None:
        control, covariance = base.linearise(), np.array(level.covariance)
        spread = (control**2).sum(axis=1)
        np.divide((parts * control).sum(axis=1), spread, out=slope, where=spread > 0)
        missed = base.mean - level.places
        slope[p - slope * missed < 0] = 0.0  # a level that cannot be is left as it was
        if (p - slope * missed).sum() > 1:
            slope[:] = 0.0
        p = p - slope * missed
    rest = parts.sum(axis=0) - slope @ control
    if rest.size < 2:
        return p, None
    return p, math.sqrt(rest.var(ddof=1) / rest.size + max(0.0, slope @ covariance @ slope))
