"""P of a file of several timelines with some of its places changed: each row is fitted anew by the quick engine."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from forecast.answer import EnsembleResult, run_ensemble
from forecast.document import edit_ensemble
from forecast.errors import FitError, ForecastError, InputError
from forecast.explore.evaluate import RowAnswer
from forecast.explore.level import Level, Shared, find_level, steady
from forecast.inference import Engine, Settings
from forecast.scenario import AnyScenario, Ensemble, FamilySlot, FileSlot, Place, Scenario, Value

Edits = Sequence[tuple[Place, Value]]


def lay_places(ensemble: Ensemble, edits: Edits) -> Ensemble:
    """Return the ensemble with all edits, those of dates first, because the file is read again with them.

    Raises
    ------
    InputError
        If it cannot be used with all of them.
    """
    dates: dict[Any, Any] = {slot.path: _write(value) for slot, value in edits if isinstance(slot, FileSlot)}
    if ("window", "until") in dates:
        dates[("window", "days")] = None
    found = edit_ensemble(ensemble, dates) if dates else ensemble
    for slot, value in edits:
        if isinstance(slot, FamilySlot):
            found = slot.put(slot.settle(found), value)
    return found


def _write(value: Value) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def answer_quickly(ensemble: Ensemble, *, draws: int, seed: int) -> EnsembleResult:
    """Answer by the quick engine with so many draws.

    Raises
    ------
    ForecastError
        If it cannot.
    """
    return run_ensemble(ensemble, engine="quick", settings=Settings(draws=draws, chains=1, seed=seed), tell=False)


def find_any_level(scenario: AnyScenario, engine: Engine, seed: int) -> Level | None:
    """Return the level of a file of one timeline or, by the quick engine, of several; None where it has no answer."""
    if isinstance(scenario, Scenario):
        return find_level(scenario, engine, seed)
    try:
        found = run_ensemble(scenario, engine="quick", settings=Settings(seed=seed), tell=False).p_event
    except FitError:
        return None
    return Level((found.mean,), (((found.mcse or 0.0) ** 2,),), "quick")


class EnsembleEvaluator:
    """Answers edits of a file of several timelines, as `Evaluator` does those of a scenario.

    Parameters
    ----------
    scenario : Ensemble
    draws, seed : int
    level : Level, optional
        That of the file as it is; answers are put right by it.
    """

    def __init__(
        self, scenario: Ensemble, *, draws: int, seed: int = 1, posterior: None = None, level: Level | None = None
    ) -> None:
        assert posterior is None
        self.ensemble, self.draws, self.seed, self.level = scenario, draws, seed, level

    def answer(self, edits: Edits = ()) -> RowAnswer:
        """Return P of the file with these edits; what cannot be used is told in the answer."""
        try:
            shared = self._share(lay_places(self.ensemble, edits))
        except InputError as error:
            return RowAnswer(None, (), error="; ".join(str(problem) for problem in error.problems))
        except ForecastError as error:
            return RowAnswer(None, (), "refused", str(error))
        p, mcse = steady(shared, self.base if self.level else None, self.level)
        return RowAnswer(float(p.sum()), (), "quick", mcse=mcse)

    @cached_property
    def base(self) -> Shared | None:
        """The file as it is, over as few draws; None where it has no answer."""
        try:
            return self._share(self.ensemble)
        except FitError:
            return None

    def _share(self, ensemble: Ensemble) -> Shared:
        found = answer_quickly(ensemble, draws=self.draws, seed=self.seed)
        return Shared((found.yes[:, -1] * found.weight)[None], found.weight)
