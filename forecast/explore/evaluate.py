"""From an edited scenario to P, where only what an edit changes is computed again.

The draws are few, and common to all edits: those of `CommonDraws`, or the same few of a stored posterior where nothing
that is varied touches the fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.answer import carry_ahead
from forecast.errors import FitError, InputError
from forecast.inference import CommonDraws, WeightedDraws, stream
from forecast.model import Timeline, build_priors, build_timeline
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
        self.common: CommonDraws | None = None
        if posterior is None:
            priors = build_priors(scenario.known(), self.timeline)
            self.common = CommonDraws(self.timeline, priors, draws=draws, seed=seed)
        self.timelines: dict[tuple, Timeline] = {(): self.timeline}
        self.posteriors: dict[tuple, WeightedDraws] = {}

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
        assert self.common is not None  # it is asked only where no posterior was given
        return self.common.draw(timeline, build_priors(scenario.known(), timeline))


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
    structure, rng = timeline.structure, stream(seed, "ahead")
    least = AGREE_LEAST * posterior.weight.size
    try:
        ahead = carry_ahead(timeline, posterior.draws, rng, weight=posterior.weight, agreement=least)
    except FitError as error:
        return RowAnswer(None, (None,) * len(structure.places), posterior.engine, str(error))
    by_way = ahead.joint.sum(axis=1) / ahead.weight.sum()
    places = np.bincount(structure.place_of, by_way, len(structure.places))
    return RowAnswer(float(by_way.sum()), tuple(places.tolist()), posterior.engine)
