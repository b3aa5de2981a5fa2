"""The answer of a file of several timelines through time: the file is read as of each day, and scored by its record."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.answer import EnsembleResult, tell_outcome
from forecast.document import edit_ensemble
from forecast.errors import FitError, InputError, KeyPath, Problem
from forecast.explore.dated import Day, Outlook, Replayed, name_horizon
from forecast.explore.several import answer_quickly
from forecast.scenario import Ensemble
from forecast.track import brier, log_score

A_DAY = datetime.timedelta(days=1)


class EnsembleReplayer:
    """Answers a file of several timelines on days that follow one another, as `Replayer` does a scenario."""

    def __init__(self, scenario: Ensemble, horizons: Sequence[int | None], *, draws: int, seed: int) -> None:
        self.ensemble, self.horizons, self.draws, self.seed = scenario, horizons, draws, seed

    def answer(self, day: Day) -> list[Replayed]:
        """Return a row for each horizon; what cannot be answered says why in its row."""
        return [self._answer(day, offset, horizon) for offset, horizon in enumerate(self.horizons)]

    def _answer(self, day: Day, offset: int, horizon: int | None) -> Replayed:
        own = self.ensemble.window
        tomorrow = day.as_of + A_DAY
        opens_later = horizon is None and own.start > self.ensemble.as_of + A_DAY
        start = own.began or (own.start if opens_later else tomorrow)  # what counts begins as it did
        until = own.until if horizon is None else day.as_of + horizon * A_DAY
        window = {"from": start.isoformat(), "until": until.isoformat()}
        edits: dict[KeyPath, Any] = {("as_of",): day.as_of.isoformat(), ("window",): window}
        row = Replayed(day.number + offset, day.as_of, horizon, start, until)
        try:
            found = answer_quickly(edit_ensemble(self.ensemble, edits), draws=self.draws, seed=self.seed)
        except InputError as error:
            return replace(row, error="; ".join(str(problem) for problem in error.problems))
        except FitError as error:
            return replace(row, engine="refused", error=" ".join(str(error).split()))
        new = [name for name in _list_facts(found.ensemble) if day.before and name[0] > day.before]
        return replace(
            row,
            model=_look(found),
            p_event=found.p_event,
            unshared=found.unshared if found.shares else None,
            facts_new=tuple(name for _, name in new),
            engine="quick",
            has_day=found.lasts,
        )


def _list_facts(ensemble: Ensemble) -> list[tuple[datetime.date, str]]:
    """Return the facts that were public, with their days and timelines."""
    found = {
        (unit.facts[name].public, f"{label}: {name}")
        for label, unit in ensemble.timelines.items()
        for item in unit.known().entries
        for name in item.entry.because
    }
    return sorted(found)


def _look(found: EnsembleResult) -> Outlook:
    """Return the curve of P by the end of each day of the window."""
    days = np.array([(day - found.dates[0]).days for day in found.dates])
    return Outlook(np.interp(np.arange(1, days[-1] + 1), days, found.when.mean), np.empty(0))


@dataclass(frozen=True)
class SeveralScored:
    """Scores of one horizon; lower is better.

    Attributes
    ----------
    brier, log : float
        Of the model.
    brier_unshared, log_unshared : float or None
        Of the same as if nothing were shared between timelines; None where nothing is.
    brier_climatology : float
        Of the share of yes among the other rows.
    """

    horizon: int | None
    rows: int
    yes: int
    brier: float
    log: float
    brier_unshared: float | None
    log_unshared: float | None
    brier_climatology: float | None


@dataclass(frozen=True)
class SeveralScores:
    """Scores of a replay of several timelines, by what their record says of windows that end by `as_of`."""

    by_horizon: tuple[SeveralScored, ...]
    complete_until: datetime.date

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        scored = [{**vars(each)} for each in self.by_horizon]
        return {"complete_until": self.complete_until.isoformat(), "by_horizon": scored}

    def __str__(self) -> str:
        lines = [f"scores by the record, complete to {self.complete_until} (lower is better)"]
        for each in self.by_horizon:
            lines.append(
                f"{name_horizon(each.horizon)}: {each.rows} {'window' if each.rows == 1 else 'windows'}, {each.yes} yes"
            )
            lines.append(f"  {'':<22}{'Brier':>8}{'log':>8}")
            lines.append(f"  {'model':<22}{each.brier:>8.3f}{each.log:>8.3f}")
            if each.brier_unshared is not None:
                lines.append(f"  {'as if not shared':<22}{each.brier_unshared:>8.3f}{each.log_unshared:>8.3f}")
            if each.brier_climatology is not None:
                lines.append(f"  {'share of the others':<22}{each.brier_climatology:>8.3f}")
        return "\n".join([*lines, "windows overlap, so the rows are not independent of one another"])


def score_several(ensemble: Ensemble, rows: Sequence[Replayed], horizons: Sequence[int | None]) -> SeveralScores:
    """Score the rows whose windows end by the file's `as_of`, by its record.

    Raises
    ------
    InputError
        If there is none.
    """
    found = []
    for horizon in horizons:
        closed = [row for row in rows if row.horizon == horizon and row.p_event and row.until <= ensemble.as_of]
        if closed:
            found.append(_score(ensemble, closed))
    if not found:
        message = f"expected windows that end by as_of, {ensemble.as_of}; found none. Take earlier days"
        raise InputError([Problem(("as_of",), message)])
    return SeveralScores(tuple(found), ensemble.as_of)


def _score(ensemble: Ensemble, rows: Sequence[Replayed]) -> SeveralScored:
    came = np.array([tell_outcome(ensemble, row.start, row.until) for row in rows], float)
    p = np.array([row.p_event.mean for row in rows if row.p_event])
    beside = [row.unshared for row in rows if row.unshared is not None]
    unshared = np.array(beside) if len(beside) == len(rows) else None
    others = (came.sum() - came) / (len(came) - 1) if len(came) > 1 else None
    return SeveralScored(
        rows[0].horizon,
        len(rows),
        int(came.sum()),
        float(brier(p, came).mean()),
        float(log_score(p, came).mean()),
        None if unshared is None else float(brier(unshared, came).mean()),
        None if unshared is None else float(log_score(unshared, came).mean()),
        None if others is None else float(brier(others, came).mean()),
    )
