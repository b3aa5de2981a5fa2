"""The scores of a log: of each forecast whose question is resolved, averaged within a question and then over questions.

So a question that was logged every week counts as much as one that was logged once. The crowd is scored on the
forecasts beside which it said something, and the difference is taken forecast by forecast.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import InputError, Problem
from forecast.files import read_path
from forecast.multistate import Array
from forecast.report import render_log_scores
from forecast.track.answers import decides
from forecast.track.averages import RULES, score_group
from forecast.track.calibration import CalibrationBin, calibrate
from forecast.track.entries import VOID, YES, Logged, Resolved
from forecast.track.journal import LOG, Log, find_log, read_log

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ALL = "all"
TIMELY, LATE = "logged in time", "logged late"
HORIZONS = {7: "up to 7 days", 30: "8 to 30 days", 90: "31 to 90 days", 365: "91 to 365 days"}
BEYOND = "more than 365 days"


@dataclass(frozen=True)
class ScoredLine:
    """A forecast with what came of it.

    Attributes
    ----------
    came : bool
    crowd : float or None
        What the crowd said of it.
    late : bool
        It was written down when its window was over, or after the day that decided it.
    place : float or None
        Probability that it gave to the place, given that it came; None where there is no such place.
    """

    logged: Logged
    resolved: Resolved
    came: bool
    crowd: float | None
    late: bool
    place: float | None

    @property
    def horizon(self) -> str:
        """How far ahead the window's end was."""
        days = self.logged.told.horizon
        return next((name for most, name in HORIZONS.items() if days <= most), BEYOND)


@dataclass(frozen=True)
class LogScores:
    """The scores of a log.

    Attributes
    ----------
    lines : tuple of ScoredLine
    open, void : tuple of str
        Questions that are not resolved, and those that are not scored.
    left_out : tuple of Logged
        Forecasts of the day that decided their question, or later.
    replaced : int
        Forecasts in whose place another of the same question and day counts.
    """

    path: Path
    lines: tuple[ScoredLine, ...]
    open: tuple[str, ...]
    void: tuple[str, ...]
    left_out: tuple[Logged, ...]
    replaced: int
    torn: tuple[int, ...]

    @cached_property
    def groups(self) -> dict[str, dict[str, Any]]:
        """Scores of all forecasts, by horizon, and where some were logged late, of these and of the others."""
        horizons = np.array([line.horizon for line in self.lines])
        late = np.array([line.late for line in self.lines])
        found = {ALL: self._score(np.full(len(self.lines), True))}
        for name in (*HORIZONS.values(), BEYOND):
            if (horizons == name).any():
                found[name] = self._score(horizons == name)
        if late.any() and not late.all():
            found |= {TIMELY: self._score(~late), LATE: self._score(late)}
        return found

    @cached_property
    def calibration(self) -> list[CalibrationBin]:
        """How often it came, by P."""
        return calibrate(self._p, self._came, self._question)

    @cached_property
    def crowd_calibration(self) -> list[CalibrationBin]:
        """The same of the crowd."""
        priced = np.isfinite(self._crowd)
        return calibrate(self._crowd[priced], self._came[priced], self._question[priced])

    @cached_property
    def _p(self) -> Array:
        return np.array([line.logged.told.p for line in self.lines])

    @cached_property
    def _crowd(self) -> Array:
        return np.array([np.nan if line.crowd is None else line.crowd for line in self.lines])

    @cached_property
    def _place(self) -> Array:
        return np.array([np.nan if line.place is None else line.place for line in self.lines])

    @cached_property
    def _came(self) -> Array:
        return np.array([line.came for line in self.lines])

    @cached_property
    def _question(self) -> Array:
        return np.unique([line.logged.name for line in self.lines], return_inverse=True)[1]

    def _score(self, inside: Array) -> dict[str, Any]:
        columns = (self._p, self._came, self._question, self._crowd, self._place)
        return score_group(*(column[inside] for column in columns))

    @cached_property
    def by_question(self) -> list[dict[str, Any]]:
        """A row a question, the worst first: what came, and the means of its forecasts' scores; None for infinite."""
        names, first = np.unique([line.logged.name for line in self.lines], return_index=True)
        count = np.bincount(self._question)
        means = {"p": np.bincount(self._question, self._p) / count}
        means |= {name: np.bincount(self._question, rule(self._p, self._came)) / count for name, rule in RULES.items()}
        return [
            {
                "name": str(names[at]),
                "answer": str(self.lines[first[at]].resolved),
                "forecasts": int(count[at]),
                **{name: float(values[at]) if np.isfinite(values[at]) else None for name, values in means.items()},
            }
            for at in np.argsort(-means["brier"], kind="stable")
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row a forecast: P, what came, and its scores beside the crowd's; None for an infinite one."""
        scores = {name: rule(self._p, self._came).tolist() for name, rule in RULES.items()}
        scores |= {f"crowd_{name}": rule(self._crowd, self._came).tolist() for name, rule in RULES.items()}
        return [
            {
                "name": line.logged.name,
                "as_of": line.logged.told.as_of.isoformat(),
                "until": line.logged.told.until.isoformat(),
                "horizon_days": line.logged.told.horizon,
                "p": line.logged.told.p,
                "crowd": line.crowd,
                "came": line.came,
                "late": line.late,
                **{name: values[at] if math.isfinite(values[at]) else None for name, values in scores.items()},
            }
            for at, line in enumerate(self.lines)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "schema": 1,
            "log": str(self.path),
            "forecasts": len(self.lines),
            "questions": self.groups[ALL]["questions"],
            "came": len({line.logged.name for line in self.lines if line.came}),
            "open": list(self.open),
            "void": list(self.void),
            "left_out": [{"name": each.name, "as_of": each.told.as_of.isoformat()} for each in self.left_out],
            "replaced": self.replaced,
            "late": sum(line.late for line in self.lines),
            "torn": list(self.torn),
            "scores": self.groups,
            "by_question": self.by_question,
            "calibration": [each.to_dict() for each in self.calibration],
            "crowd_calibration": [each.to_dict() for each in self.crowd_calibration],
            "rows": self.rows,
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row a forecast: P, what came, and its scores beside the crowd's."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    def plot(self) -> Axes:
        """Draw how often it came against P, and the Brier score by horizon, beside the crowd's."""
        from forecast.plots import plot_log_scores

        return plot_log_scores(self.to_dict())

    def __str__(self) -> str:
        return render_log_scores(self.to_dict())

    def __repr__(self) -> str:
        found = self.groups[ALL]
        what = f"{found['forecasts']} forecasts of {found['questions']} questions"
        return f"<LogScores of {what}: Brier {found['brier']:.3f}>"


def score_log(path: str | os.PathLike[str] = LOG) -> LogScores:
    """Score a log.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    InputError
        If it cannot be read, or nothing in it is resolved.

    Examples
    --------
    >>> import forecast, os, tempfile
    >>> result = forecast.run_scenario("tests/questions/launch.yaml", engine="quick")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = os.path.join(folder, "forecasts.jsonl")
    ...     line = forecast.log_forecast(result, log, crowd=0.5)
    ...     answer = forecast.resolve_question("launch", "yes", log, day="2026-06-30")
    ...     scores = forecast.score_log(log)
    >>> found = scores.groups["all"]
    >>> round(found["brier"] - (1 - line.told.p) ** 2, 9), found["crowd"]["brier"]["crowd"]
    (0.0, 0.25)
    """
    log = read_log(find_log(read_path(path)))
    lines: list[ScoredLine] = []
    left_out: list[Logged] = []
    for entry in log.counted:
        resolved = log.resolutions.get(entry.name)
        if resolved is None or resolved.answer == VOID:
            continue
        if decides(resolved, entry):
            lines.append(_score_line(log, entry, resolved))
        else:
            left_out.append(entry)
    if not lines:
        told = "it is empty" if not log.forecasts else f"{len(log.questions)} are open. See `forecast resolve --help`"
        raise InputError([Problem((), f"{log.path}: expected a question that is resolved; found none: {told}")])
    void = tuple(name for name, found in log.resolutions.items() if found.answer == VOID and name in log.questions)
    return LogScores(
        path=log.path,
        lines=tuple(lines),
        open=tuple(name for name in log.questions if name not in log.resolutions),
        void=void,
        left_out=tuple(left_out),
        replaced=len(log.forecasts) - len(log.counted),
        torn=log.torn,
    )


def _score_line(log: Log, entry: Logged, resolved: Resolved) -> ScoredLine:
    told, came = entry.told, resolved.answer == YES
    split = came and len(told.places) > 1 and resolved.place in told.places and told.p > 0
    place = min(told.places[resolved.place] / told.p, 1.0) if split else None
    return ScoredLine(entry, resolved, came, log.crowd(entry), log.is_late(entry), place)
