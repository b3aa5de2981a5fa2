"""From an edited scenario to P, where only what an edit changes is computed again.

The draws are few, and common to all edits: those of `CommonDraws`, or the same few of a stored posterior where nothing
that is varied touches the fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.answer import carry_ahead
from forecast.errors import FitError, InputError
from forecast.explore.level import Level, Shared, split_by_place, steady
from forecast.inference import CommonDraws, Settings, WeightedDraws, find_or_fit, stream
from forecast.model import Timeline, build_priors, build_timeline
from forecast.scenario import Scenario, Slot, Value, make_sound

Edits = Sequence[tuple[Slot, Value]]
AGREE_LEAST = 0.1  # of the draws must agree with what is given: the share that a run asks for, 400 of 4,000
DRAWS_COMPILED = 200_000  # carried one by one they take as long as compiling does: 200 rows of 1,000
REMEMBERED = 64  # timelines and posteriors: a grid comes back to them when another key has moved on


@dataclass(frozen=True)
class RowAnswer:
    """P, its split over places and its Monte Carlo error, None where there is none; by which engine; what was wrong."""

    p: float | None
    places: tuple[float | None, ...]
    engine: str = ""
    error: str = ""
    mcse: float | None = None


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
    level : Level, optional
        That of the scenario as it is; answers are put right by it.
    rows : int
        How many are to come, about. From `DRAWS_COMPILED` draws over all rows on they are carried by compiled code,
        which pays then; P is the same but for rounding.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        draws: int,
        seed: int = 1,
        posterior: WeightedDraws | None = None,
        level: Level | None = None,
        rows: int = 1,
    ) -> None:
        self.compiled = rows * draws >= DRAWS_COMPILED
        self.scenario, self.draws, self.seed, self.posterior, self.level = scenario, draws, seed, posterior, level
        self.timeline = build_timeline(scenario.known())
        self.common: CommonDraws | None = None
        if posterior is None:
            priors = build_priors(scenario.known(), self.timeline)
            self.common = CommonDraws(self.timeline, priors, draws=draws, seed=seed)
        self.timelines: dict[tuple, Timeline] = {(): self.timeline}
        self.posteriors: dict[tuple, WeightedDraws] = {}

    def answer(self, edits: Edits = ()) -> RowAnswer:
        """Return P of the scenario with these edits; what cannot be used is told in the answer."""
        nothing = (None,) * len(self.scenario.question.answer_places)
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
        try:
            shared = self._share(timeline, posterior)
        except FitError as error:
            return RowAnswer(None, nothing, posterior.engine, str(error))
        places, mcse = steady(shared, self.base if self.level else None, self.level)
        return RowAnswer(float(places.sum()), tuple(places.tolist()), posterior.engine, mcse=mcse)

    @cached_property
    def base(self) -> Shared | None:
        """The scenario as it is, over the shared draws; None where it has no answer."""
        drawn = self.posterior or _recall(self.posteriors, (), lambda: self._draw(self.scenario, self.timeline))
        try:
            return None if drawn.failure else self._share(self.timeline, drawn)
        except FitError:
            return None

    def _share(self, timeline: Timeline, posterior: WeightedDraws) -> Shared:
        return share_draws(timeline, posterior, self.seed, compiled=self.compiled)

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


def share_draws(timeline: Timeline, posterior: WeightedDraws, seed: int, *, compiled: bool = False) -> Shared:
    """Compute P by place, exactly for each draw.

    Raises
    ------
    FitError
        If too few draws agree with what is given.
    """
    least = AGREE_LEAST * posterior.weight.size
    rng = stream(seed, "ahead")
    ahead = carry_ahead(timeline, posterior.draws, rng, weight=posterior.weight, agreement=least, compiled=compiled)
    return split_by_place(timeline, ahead)


def thin_posterior(scenario: Scenario, draws: int, seed: int) -> tuple[WeightedDraws, str]:
    """Return as many draws of the posterior by NUTS, evenly spaced, and its fingerprint."""
    timeline = build_timeline(scenario.known())
    found = find_or_fit(timeline, build_priors(scenario.known(), timeline), Settings(seed=seed))
    count = found.draws["log_stay"].shape[-1]
    draws = min(draws, count)
    which = np.arange(draws) * count // draws
    some = {name: values[:, which] for name, values in found.draws.items()}
    return WeightedDraws(some, np.ones(draws), "nuts"), found.fingerprint
