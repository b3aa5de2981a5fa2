"""Files of several timelines side by side: differences on common draws, the keys that differ, conditional pairs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from forecast.answer import EnsembleResult, linearise, run_ensemble
from forecast.document import load_plain
from forecast.errors import FitError
from forecast.explore.differences import Difference
from forecast.explore.pairs import GAP_MOST, Pair
from forecast.inference import Engine, Settings
from forecast.scenario import Change, Ensemble, Part, Reach

NO_MATTER = ("because", "reason", "name", "title")  # what says why, or what it is called


def subtract_several(result: EnsembleResult, first: EnsembleResult) -> Difference:
    """Return P of one answer less that of another, with the Monte Carlo error of the difference."""
    mean = result.p_event.mean - first.p_event.mean
    if _name_fits(result) == _name_fits(first):
        ours, theirs = (linearise(each.yes[:, -1] * each.weight, each.weight) for each in (result, first))
        errors = [
            posterior.mcse((ours - theirs)[np.argsort(result.orders[name])])
            for name, posterior in result.posteriors.items()
        ]
        drawn = [each.p_event.mcse or 0.0 for each in (result, first) if not each.is_exact]  # their days differ
        return Difference(mean, math.hypot(max(errors), *drawn), common=True)
    return Difference(mean, math.hypot(*(each.p_event.mcse or 0.0 for each in (result, first))), common=False)


def _name_fits(result: EnsembleResult) -> list[tuple[str, str]]:
    return [(name, posterior.fingerprint) for name, posterior in result.posteriors.items()]


def find_changes_of_several(ours: Ensemble, theirs: Ensemble) -> tuple[Change, ...]:
    """Return the keys of two files that differ, as they stand once tables are written out."""
    one, other = (dict(_flatten(load_plain(each.text))) for each in (ours, theirs))
    keys = [key for key in dict.fromkeys((*one, *other)) if one.get(key) != other.get(key)]
    return tuple(Change(key, one.get(key), other.get(key)) for key in keys)


def _flatten(plain: Any, above: str = "") -> list[tuple[str, Any]]:
    """Return single values and lists of them by key, but for what says why or what it is called."""
    if isinstance(plain, Mapping):
        kept = {name: value for name, value in plain.items() if name not in NO_MATTER}
        return [item for name, value in kept.items() for item in _flatten(value, f"{above}.{name}" if above else name)]
    if isinstance(plain, list) and any(isinstance(item, Mapping | list | datetime.date) for item in plain):
        return [item for index, value in enumerate(plain) for item in _flatten(value, f"{above}[{index}]")]
    return [(above, plain.isoformat() if isinstance(plain, datetime.date) else plain)]


def find_pair_of_several(result: EnsembleResult, engine: Engine, settings: Settings | None) -> Pair | None:
    """Return the pair of an answer; None where it does not suppose one event by a day, and that alone.

    Raises
    ------
    FitError
        If the four do not add up.
    """
    ensemble = result.ensemble
    if len(ensemble.learned) != 1 or ensemble.gives_within:
        return None
    ((part, step),) = ensemble.learned.items()
    every = run_ensemble(replace(ensemble, learned={}), engine=engine, settings=settings, tell=False)
    entered, not_entered = (answer_given(every, part, Reach(step.by, each), engine, settings) for each in (True, False))
    return pair_up(f"{part.name} comes by {step.by}", every, entered, not_entered)


def pair_up(
    says: str, every: EnsembleResult, entered: EnsembleResult | None, not_entered: EnsembleResult | None
) -> Pair:
    """Return the pair of three answers: to the file as it is, given something, and given its contrary.

    Raises
    ------
    FitError
        If the four do not add up.
    """
    chance = 0.0 if entered is None else float(entered.weight.mean() / every.weight.mean())
    p_if, p_if_not = (None if each is None else each.p_event.mean for each in (entered, not_entered))
    pair = Pair(says, chance, every.p_event.mean, p_if, p_if_not)
    drawn = [each.p_event.mcse or 0.0 for each in (every, entered, not_entered) if each and not each.is_exact]
    if abs(pair.sum - pair.p) > max([GAP_MOST, *(4 * error for error in drawn)]):
        message = f"P given {pair.says}, and given not, come to {pair.sum:.6f} together, and P to {pair.p:.6f}"
        raise FitError(f"{message}: a fault of the program, please report it with the file")  # noqa: EM102
    return pair


def answer_given(
    every: EnsembleResult, part: Part, step: Reach, engine: Engine, settings: Settings | None
) -> EnsembleResult | None:
    """Answer the same once it is learned that something comes by a day, or does not; None where it cannot be."""
    learned = replace(every.ensemble, learned={part: step})
    try:
        return run_ensemble(learned, engine=engine, settings=settings, tell=False)
    except FitError:
        return None
