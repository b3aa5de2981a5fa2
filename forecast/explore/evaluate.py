"""From an edited scenario to P, where only what an edit changes is computed again.

The draws are few, and common to all edits (common random numbers): weighted draws of the quick engine, chosen once and
with the same noise each time, or the same few of a stored posterior where nothing that is varied touches the fit. So an
answer is off by the Monte Carlo error of those draws, nearly the same one each time, and differences between answers
are far more exact than each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.answer import carry_ahead
from forecast.errors import FitError, InputError
from forecast.inference import (
    BLOCK,
    PROPOSALS,
    PROPOSALS_PER_DRAW,
    Laplace,
    WeightedDraws,
    build_target,
    draw_proposals,
    find_modes,
    gate,
    name_draws,
    resample,
    smooth_weights,
)
from forecast.model import ParameterPriors, Timeline, build_priors, build_timeline
from forecast.multistate import Array
from forecast.scenario import Scenario, Slot, Value, make_sound

Edits = Sequence[tuple[Slot, Value]]
AGREE_LEAST = 0.1  # of the draws must agree with what is given: the share that a run asks for, 400 of 4,000
REMEMBERED = 64  # timelines and posteriors: a grid comes back to them when another key has moved on


@dataclass(frozen=True)
class RowAnswer:
    """P and its split over places, None where there is no answer; by which engine, and what was wrong."""

    p: float | None
    places: tuple[float | None, ...]
    engine: str = ""
    error: str = ""


class Evaluator:
    """Answers edits of one scenario.

    Parameters
    ----------
    scenario : Scenario
        The one that edits are laid over.
    draws : int
        How many draws each answer is the mean of.
    seed : int
        Of all noise, the same for each answer.
    posterior : WeightedDraws, optional
        Those of a stored posterior, if no edit will touch the fit.
    """

    def __init__(
        self, scenario: Scenario, *, draws: int, seed: int = 1, posterior: WeightedDraws | None = None
    ) -> None:
        self.scenario, self.draws, self.seed, self.posterior = scenario, draws, seed, posterior
        self.timeline = build_timeline(scenario.known())
        priors = build_priors(scenario.known(), self.timeline)
        self.start: Laplace | None = None
        if posterior is None:
            with contextlib.suppress(np.linalg.LinAlgError):  # an edit may have a mode even so
                self.start = find_modes(build_target(self.timeline, priors))
        self.timelines: dict[tuple, Timeline] = {(): self.timeline}
        self.posteriors: dict[tuple, WeightedDraws] = {}
        self.chances: dict[tuple, Array] = {}  # of proposals to be kept, by their number

    def answer(self, edits: Edits = ()) -> RowAnswer:
        """Return P of the scenario with these edits; what cannot be used is told in the answer."""
        nothing = (None,) * len(self.scenario.question.places)
        try:
            scenario = lay_edits(self.scenario, edits)
        except InputError as error:
            return RowAnswer(None, nothing, error="; ".join(str(problem) for problem in error.problems))
        cuts = tuple(edit for edit in edits if edit[0].touches != "priors")
        fits = tuple(edit for edit in edits if edit[0].touches != "ahead")
        timeline = _recall(self.timelines, cuts, lambda: build_timeline(scenario.known()))
        posterior = self.posterior or _recall(self.posteriors, fits, lambda: self._draw(scenario, timeline))
        if posterior.failure:
            return RowAnswer(None, nothing, "refused", posterior.failure)
        return forecast_places(timeline, posterior, self.seed)

    def _draw(self, scenario: Scenario, timeline: Timeline) -> WeightedDraws:
        """Draw from a posterior by the quick engine, from the base's mode on, always with the same noise."""
        priors = build_priors(scenario.known(), timeline)
        try:
            laplace = find_modes(build_target(timeline, priors, self.start), self.start)
        except np.linalg.LinAlgError as error:
            return WeightedDraws({}, np.zeros(0), "quick", str(error))
        found = self._choose(priors, laplace, PROPOSALS[0])
        return self._choose(priors, laplace, PROPOSALS[1]) if found.failure else found

    def _choose(self, priors: ParameterPriors, laplace: Laplace, count: int) -> WeightedDraws:
        """Weigh proposals, put the weights to the quick engine's gate, and keep some of them.

        Kept are those that the base's weights choose, so that they are the same ones each time; what an edit does to
        their weights stays with them. Smoothed weights would jump where an edit changes their order, and P with them.
        """
        x, s, log_weight = self._propose(laplace, count)
        weight, shape = smooth_weights(log_weight.ravel())
        diagnostics = {"pareto_k": shape, "ess": 1 / (weight @ weight), "largest_weight": weight.max()}
        chance = weight  # where the base has other episodes, and its noise is about other things
        if self.start is not None and self.start.mode.shape == laplace.mode.shape:
            chance = _recall(self.chances, (count,), lambda: self._weigh_base(count))
        chosen = resample(chance, self.draws, np.random.default_rng([self.seed, 5]))
        block, column = np.divmod(chosen, BLOCK)
        found = name_draws(priors, np.ascontiguousarray(x[block, :, column].T), s[block, 0])
        kept = log_weight.ravel()[chosen] - np.log(chance[chosen])
        kept = np.exp(kept - kept.max())
        return WeightedDraws(found, kept / kept.mean(), "quick", gate(diagnostics))

    def _weigh_base(self, count: int) -> Array:
        """Return the weights of the base's own proposals."""
        assert self.start is not None
        return smooth_weights(self._propose(self.start, count)[2].ravel())[0]

    def _propose(self, laplace: Laplace, count: int) -> tuple[Array, Array, Array]:
        rng = np.random.default_rng([self.seed, 0])
        return draw_proposals(laplace, max(count, PROPOSALS_PER_DRAW * self.draws), rng)


def lay_edits(scenario: Scenario, edits: Edits) -> Scenario:
    """Return the scenario with all edits, that of `as_of` first: the window's first day may follow it.

    Raises
    ------
    InputError
        If it cannot be used with all of them.
    """
    record = scenario.record()
    for slot, value in sorted(edits, key=lambda edit: edit[0].path != ("as_of",)):
        record = slot.put(record, value)
    return make_sound(record)


def _recall[Item](memory: dict[tuple, Item], key: tuple, make: Callable[[], Item]) -> Item:
    """Return what is remembered under a key, made if it is not; the oldest is forgotten."""
    if key not in memory:
        if len(memory) >= REMEMBERED:
            del memory[next(iter(memory))]
        memory[key] = make()
    return memory[key]


def forecast_places(timeline: Timeline, posterior: WeightedDraws, seed: int) -> RowAnswer:
    """Compute P and its split over places, exactly for each draw."""
    structure, rng = timeline.structure, np.random.default_rng([seed, 2])
    least = AGREE_LEAST * posterior.weight.size
    try:
        ahead = carry_ahead(timeline, posterior.draws, rng, weight=posterior.weight, agreement=least)
    except FitError as error:
        return RowAnswer(None, (None,) * len(structure.places), posterior.engine, str(error))
    by_way = ahead.joint.sum(axis=1) / ahead.weight.sum()
    places = np.bincount(structure.place_of, by_way, len(structure.places))
    return RowAnswer(float(by_way.sum()), tuple(places.tolist()), posterior.engine)
