"""Scores of a replay against what came: the model, and what it is compared with, over the same rows.

Windows of neighbouring rows overlap, and two events decide them all. So the scores are laid beside those of worlds in
which the model is right: the same rows, the same overlap.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import InputError, Problem
from forecast.explore.dated import HINDSIGHT, Outlook, Replayed, name_horizon
from forecast.explore.worlds import simulate_days
from forecast.inference import stream
from forecast.multistate import Array
from forecast.report import render_scores
from forecast.scenario import Outcome, Outcomes, Question
from forecast.track import brier, crps_of_day, fit_isotonic, log_score, ranked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MODEL, RATE, CLIMATOLOGY, LAPLACE, PRIOR = "model", "constant rate", "climatology", "Laplace's rule", "prior alone"
SCORES = ("brier", "log", "ranked", "crps_days", "log_place")
WORLDS = 500


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of one horizon.

    Attributes
    ----------
    rows : tuple of Replayed
        Those that are scored.
    days : (rows,) of int
        Number of the day of each window on which the event came; -1 for none.
    open, unanswered : int
        Rows left out because their windows end after the outcomes do, or because somebody had no answer.
    means : dict of str to dict of str to float or None
        By forecaster, then by score; None where it is not defined.
    expected : dict of str to (lo, hi)
        Between what the model's scores would lie with 90%, were it right.
    recalibrated, band : (rows,) and (2, rows)
        CORP: the isotonic regression of what came on P, and where it would lie with 90%, were the model right.
    """

    horizon: int | None
    rows: tuple[Replayed, ...]
    days: Array
    open: int
    unanswered: int
    means: Mapping[str, Mapping[str, float | None]]
    expected: Mapping[str, tuple[float, float]]
    recalibrated: Array
    band: Array

    @property
    def p(self) -> Array:
        """P of each row by the model."""
        return np.array([row.model.p for row in self.rows if row.model is not None])

    @property
    def events(self) -> int:
        """How many events decide the rows."""
        came = zip(self.rows, self.days.tolist(), strict=True)
        return len({row.start + datetime.timedelta(days=day) for row, day in came if day >= 0})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        happened = self.days >= 0
        uncertainty = float(brier(np.full(len(happened), happened.mean()), happened).mean())
        refined, own = float(brier(self.recalibrated, happened).mean()), float(brier(self.p, happened).mean())
        return {
            "horizon": self.horizon,
            "rows": len(self.rows),
            "rows_with_event": int(happened.sum()),
            "events": self.events,
            "open": self.open,
            "unanswered": self.unanswered,
            "scores": {who: {name: _finite(mean) for name, mean in means.items()} for who, means in self.means.items()},
            "if_right": {name: list(bounds) for name, bounds in self.expected.items()},
            "corp": {
                "miscalibration": own - refined,
                "discrimination": uncertainty - refined,
                "uncertainty": uncertainty,
                "p": self.p.tolist(),
                "recalibrated": self.recalibrated.tolist(),
                "band": self.band.tolist(),
            },
        }


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of a replay, a `Scored` for each horizon, in `rows`."""

    rows: tuple[Scored, ...]
    complete_until: datetime.date
    title: str = ""

    def plot(self) -> Axes:
        """Draw, a panel for each horizon, how often it came against P, and where that would lie if right."""
        from forecast.plots import ReliabilityCurve, plot_reliability

        curves = [ReliabilityCurve(name_horizon(row.horizon), row.p, row.recalibrated, row.band) for row in self.rows]
        until = f"windows that end by {self.complete_until}"
        return plot_reliability(curves, title=self.title, shown=f"{HINDSIGHT}: {until}")

    def __str__(self) -> str:
        return render_scores(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "complete_until": self.complete_until.isoformat(),
            "worlds": WORLDS,
            "horizons": [row.to_dict() for row in self.rows],
        }


def score_rows(
    rows: Sequence[Replayed],
    horizons: Sequence[int | None],
    outcomes: Outcomes,
    question: Question,
    *,
    seed: int,
) -> Scores:
    """Score the rows whose windows end by the day to which the outcomes are complete.

    Raises
    ------
    InputError
        If there is none, or events alone do not tell whether the answer was yes.
    """
    found = [_score([row for row in rows if row.horizon == horizon], outcomes, question, seed) for horizon in horizons]
    return Scores(tuple(found), outcomes.complete_until, question.title)


def _score(rows: Sequence[Replayed], outcomes: Outcomes, question: Question, seed: int) -> Scored:
    places = question.answer_places
    closed = [row for row in rows if row.until <= outcomes.complete_until]
    by_all = [row for row in closed if row.model and row.prior and row.constant_rate and row.laplace_rule]
    if not by_all:
        message = "expected windows that end by then, with answers; found none. Take earlier days, or shorter windows"
        raise InputError([Problem(("complete_until",), message)])
    came = [outcomes.settling(question, row.start, row.until) for row in by_all]
    days = np.array(
        [-1 if item is None else (item.day - row.start).days for row, item in zip(by_all, came, strict=True)]
    )
    told: dict[str, list[Any]] = {
        MODEL: [row.model for row in by_all],
        RATE: [row.constant_rate for row in by_all],
        CLIMATOLOGY: _climatology(by_all, came, places),
        LAPLACE: [row.laplace_rule for row in by_all],
        PRIOR: [row.prior for row in by_all],
    }
    at = [None if item is None else places.index(_place(item, places)) for item in came]
    worlds = simulate_days(by_all, stream(seed, "worlds"), WORLDS)
    looks = [row.model for row in by_all if row.model]
    p = np.array([look.p for look in looks])
    corp = np.array([fit_isotonic(p, world >= 0) for world in worlds])
    expected = {name: _tails(values.mean(axis=1)) for name, values in _score_whether(looks, worlds).items()}
    return Scored(
        horizon=rows[0].horizon,
        rows=tuple(by_all),
        days=days,
        open=len(rows) - len(closed),
        unanswered=len(closed) - len(by_all),
        means={who: _average([look for look in looks if look], days, at) for who, looks in told.items()},
        expected=expected,
        recalibrated=fit_isotonic(p, days >= 0),
        band=np.quantile(corp, (0.05, 0.95), axis=0),
    )


def _place(item: Outcome, places: Sequence[str]) -> str:
    """Return where an answer has a yes; it may have but one place."""
    return item.place if item.place in places else places[0]


def _climatology(rows: Sequence[Replayed], came: Sequence[Outcome | None], places: Sequence[str]) -> list[Outlook]:
    """Say of each window what came of all of them, no day before another: only known afterwards."""
    share = sum(item is not None for item in came) / len(came)
    counts = np.array(
        [sum(item is not None and _place(item, places) == place for item in came) for place in places], float
    )
    where = counts / counts.sum() if counts.any() else np.full(len(places), 1 / len(places))
    spans = [(row.until - row.start).days + 1 for row in rows]
    return [Outlook(share * np.arange(1, days + 1) / days, share * where) for days in spans]


def _score_whether(looks: Sequence[Outlook], days: Array) -> dict[str, Array]:
    """Score P and its bins: days (..., rows) give (..., rows)."""
    p, happened = np.array([look.p for look in looks]), days >= 0
    by_bins = np.empty(days.shape)
    for index, look in enumerate(looks):
        by, ends = look.at_ends()
        by_bins[..., index] = ranked(by, days[..., index], ends)
    return {"brier": brier(p, happened), "log": log_score(p, happened), "ranked": by_bins}


def _average(looks: Sequence[Outlook], days: Array, at: Sequence[int | None]) -> dict[str, float | None]:
    """Average each score over the rows for which it is defined."""
    means: dict[str, float | None] = {
        name: float(values.mean()) for name, values in _score_whether(looks, days).items()
    }
    came = [(look, int(day), place) for look, day, place in zip(looks, days, at, strict=True) if place is not None]
    possible = [(look, day, place) for look, day, place in came if look.p > 0]
    means["crps_days"] = float(np.mean([crps_of_day(look.by, day) for look, day, _ in possible])) if possible else None
    shares = np.array([look.places[place] / look.p for look, _, place in possible])
    means["log_place"] = float(log_score(shares, np.ones(len(shares), bool)).mean()) if possible else None
    return means


def _tails(values: Array) -> tuple[float, float]:
    lo, hi = np.quantile(values, (0.05, 0.95))
    return float(lo), float(hi)


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
