"""The answer through time: what would have been said on each day, from what was public then.

Receives a scenario and days, hands on a `Replay`: rows, a table, a figure, and scores once outcomes are known. The
priors were written later than those days, which every title says.
"""

from __future__ import annotations

import datetime
import os
import pickle
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from forecast.document import Source, load_outcomes, load_question
from forecast.errors import InputError, Problem, check_type
from forecast.explore.causes import Jump, find_jumps
from forecast.explore.dated import HINDSIGHT, Day, Replayed, Replayer, Task, answer_there, name_horizon
from forecast.explore.grid import find_first_day, list_days, read_day, read_horizons
from forecast.explore.replay_several import EnsembleReplayer, SeveralScores, score_several
from forecast.explore.rows import Kind, check_path, write_table
from forecast.explore.scoring import Scores, score_rows
from forecast.explore.workers import submit_in_order
from forecast.inference import Settings
from forecast.scenario import AnyScenario, Ensemble, Outcomes, Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BATCH = 10  # days that a worker answers one after another; each batch finds its first mode from nothing


@dataclass(eq=False)
class Replay:
    """A scenario's forecast as it would have been given on each of some days, by the quick engine.

    Attributes
    ----------
    scenario : Scenario or Ensemble
    days : tuple of datetime.date
        The as-of dates.
    horizons : tuple of int or None
        Days of the windows that begin on the morrow; None is the scenario's own window.
    draws, seed : int
    otherwise : bool
        Whether a prior none of whose facts was public gives way to its `otherwise`.
    executor : Executor or None
        Who computes; None is this process.

    Examples
    --------
    >>> import forecast
    >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    >>> replay = forecast.replay(treaty, start="2025-06-01", until="2025-12-01", every="quarter", horizon="90d")
    >>> [str(row.as_of) for row in replay.rows]
    ['2025-06-01', '2025-09-01', '2025-12-01']
    """

    scenario: AnyScenario
    days: tuple[datetime.date, ...]
    horizons: tuple[int | None, ...]
    draws: int
    seed: int
    otherwise: bool = True
    executor: Executor | None = None

    def __len__(self) -> int:
        return len(self.days) * len(self.horizons)

    def __repr__(self) -> str:
        spans = ", ".join(name_horizon(horizon) for horizon in self.horizons)
        return f"<Replay of {self.scenario.name}: {len(self.days):,} days from {self.days[0]} on, {spans}>"

    @property
    def title(self) -> str:
        """What is shown."""
        return HINDSIGHT + ("" if self.otherwise else " and none put back to what was believed before its facts")

    @cached_property
    def rows(self) -> tuple[Replayed, ...]:
        """A row for each day and horizon, in order of time."""
        return tuple(row for batch in self.compute() for row in batch)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what a table says of a row."""
        return tuple(self._kinds)

    def compute(self, progress: Callable[[int, int], None] | None = None) -> Generator[list[Replayed]]:
        """Yield the rows in lists, and tell how many there are, and will be."""
        step, done = len(self.horizons), 0
        days = [Day(index * step, day, self.days[index - 1] if index else None) for index, day in enumerate(self.days)]
        parts = [days[first : first + BATCH] for first in range(0, len(days), BATCH)]
        kind = EnsembleReplayer if isinstance(self.scenario, Ensemble) else Replayer
        asked = Task(self.scenario, self.horizons, self.draws, self.seed, kind)
        if self.executor is None or len(parts) == 1:
            answers = (rows for part in parts for rows in asked.answer(part))
        else:
            found = submit_in_order(answer_there, pickle.dumps(asked), parts, self.executor, of="the replay")
            answers = (rows for part in found for rows in part)
        for rows in answers:
            done += len(rows)
            yield rows
            if progress:
                progress(done, len(self))

    def run(self, progress: Callable[[int, int], None] | None = None) -> Replay:
        """Compute all rows now, telling how many there are, and will be; return the replay itself."""
        if "rows" not in self.__dict__:
            if progress:
                progress(0, len(self))
            self.__dict__["rows"] = tuple(row for batch in self.compute(progress) for row in batch)
        return self

    def at(self, horizon: int | None) -> list[Replayed]:
        """Return the rows of one horizon."""
        return [row for row in self.rows if row.horizon == horizon]

    @cached_property
    def jumps(self) -> dict[int | None, list[Jump]]:
        """The largest changes of P from one row to the next on which facts became public, by horizon."""
        if isinstance(self.scenario, Ensemble):  # facts are not told apart by their effect there
            return {horizon: [] for horizon in self.horizons}
        return find_jumps(self.scenario, self.rows, self.horizons, draws=self.draws, seed=self.seed)

    def score(self, outcomes: Outcomes | str | os.PathLike[str] | None = None) -> Scores | SeveralScores:
        """Score the rows whose windows lie wholly in days of which the outcomes tell.

        Parameters
        ----------
        outcomes : Outcomes or path-like, optional
            See `load_outcomes`; no fit has read it. Of several timelines the record of the file itself, as of its own
            date, tells what came.

        Raises
        ------
        InputError
            If it cannot be used, or tells of no window.
        """
        if isinstance(self.scenario, Ensemble):
            if outcomes is not None:
                message = "expected no outcomes of several timelines, whose record tells what came; found some"
                raise InputError([Problem(("outcomes",), message)])
            return score_several(self.scenario, self.rows, self.horizons)
        if outcomes is None:
            raise InputError([Problem(("outcomes",), "expected outcomes, or the path of a file of them; found none")])
        if not isinstance(outcomes, Outcomes):
            outcomes = load_outcomes(outcomes, self.scenario)
        return score_rows(self.rows, self.horizons, outcomes, self.scenario.question, seed=self.seed)

    def to_dict(self) -> dict[str, Any]:
        """Return all rows as plain values for JSON, each with its chances by the ends of equal parts of its window."""
        places = self.scenario.question.answer_places
        return {
            "schema": 1,
            "scenario": self.scenario.name,
            "title": self.scenario.question.title,
            "shown": self.title,
            "otherwise": self.otherwise,
            "horizons": list(self.horizons),
            "draws": self.draws,
            "seed": self.seed,
            "rows": [
                {name: _plain(cell) for name, cell in row.cells(places).items()} | row.lists() for row in self.rows
            ],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return the rows as a dataframe; its index is their number."""
        import pandas as pd

        places = self.scenario.question.answer_places
        frame = pd.DataFrame.from_records([row.cells(places) for row in self.rows], index="index")
        kinds = {"number": "float64", "whole": "Int64", "date": "datetime64[s]", "text": "str"}
        return frame.astype({name: kinds[kind] for name, kind in self._kinds.items() if name != "index"})

    def write(self, path: str | Path) -> None:
        """Write the table, whole or not at all, as CSV or Parquet; only an older one of its kind is replaced.

        Raises
        ------
        InputError
            If it is neither CSV nor Parquet.
        OutputError
            If another file stands there, or it cannot be written.
        """
        path, places = Path(path), self.scenario.question.answer_places
        check_path(path)
        write_table(path, self._kinds, (tuple(row.cells(places).values()) for row in self.rows))

    def plot(self, *, horizon: int | None = None, ax: Axes | None = None) -> Axes:
        """Draw P over time with its band, a panel for each horizon, the largest jumps named by the fact behind them.

        Parameters
        ----------
        horizon : int, optional
            Draw this one alone.
        ax : Axes, optional
            Where to draw one horizon, the first unless another is named.

        Raises
        ------
        InputError
            If no row has a P, or there is no such horizon.
        """
        from forecast.explore.figures import draw_replay

        if horizon is not None and horizon not in self.horizons:
            message = f"expected one of {', '.join(map(str, self.horizons))}; found {horizon}"
            raise InputError([Problem(("horizon",), message)])
        chosen = self.horizons if horizon is None else (horizon,)
        return draw_replay(self, chosen if ax is None else chosen[:1], ax=ax)

    @property
    def _kinds(self) -> dict[str, Kind]:
        """What each column holds."""
        whole: dict[str, Kind] = dict.fromkeys(("index", "horizon", "hindsight", "partly_hindsight"), "whole")
        kinds: dict[str, Kind] = whole | dict.fromkeys(("as_of", "from", "until", "median_day"), "date")
        kinds |= dict.fromkeys(("stage", "facts_new", "engine", "error"), "text")
        shape = Replayed(0, self.days[0], None, self.days[0], self.days[0]).cells(self.scenario.question.answer_places)
        return {name: kinds.get(name, "number") for name in shape}


def replay(
    scenario: Source | Ensemble,
    *,
    start: datetime.date | str | None = None,
    until: datetime.date | str | None = None,
    every: str = "month",
    horizon: str | int | Sequence[str | int] = "365d",
    window: Literal["moving", "fixed"] = "moving",
    otherwise: bool = True,
    draws: int = 1000,
    seed: int = 1,
    executor: Executor | None = None,
) -> Replay:
    """Set up a replay; its `rows` are computed as they are first asked for.

    Parameters
    ----------
    scenario : Scenario, path-like, str, file object or mapping
    start, until : date or str, optional
        First and last as-of date; a step after the history's first day, and the scenario's own, unless given.
    every : str
        ``day``, ``week``, ``month``, ``quarter``, or a number of days such as ``14d``.
    horizon : str, int or sequence of them
        Lengths of windows that begin on the morrow, such as ``90d,365d``.
    window : {"moving", "fixed"}
        ``fixed`` keeps the scenario's window, whatever the horizon.
    otherwise : bool
        Whether a prior gives way to its `otherwise` while none of its facts was public.
    draws : int
        How many draws each row is the mean of.
    executor : concurrent.futures.Executor, optional
        Who computes the rows; without it, this process.

    Raises
    ------
    InputError
        If something cannot be used.

    Examples
    --------
    >>> import forecast
    >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    >>> replay = forecast.replay(treaty, start="2025-06-01", until="2025-09-01", horizon=[30, 90])
    >>> len(replay.rows), all(row.engine == "quick" for row in replay.rows)
    (8, True)
    """
    Settings(draws=draws, seed=seed)  # refuses what makes no sense
    check_type("executor", executor, (Executor, type(None)), "a concurrent.futures.Executor")
    if window not in ("moving", "fixed"):
        raise InputError([Problem(("window",), f"expected moving or fixed; found {window}")])
    question: Any = load_question(scenario)
    if isinstance(question, Scenario):
        question = replace(question, readings=())  # a replay reads the facts one way
    first, last = (read_day(name, day) for name, day in (("start", start), ("until", until)))
    last = last or question.as_of
    horizons: tuple[int | None, ...] = (None,) if window == "fixed" else read_horizons(horizon)
    if first is None:
        days = list_days(find_first_day(question), last, every)[1:]
        if not days:
            raise InputError([Problem(("start",), f"expected a first day; none is a step before {last}")])
    else:
        days = list_days(first, last, every)
    if not otherwise:
        if isinstance(question, Ensemble):
            message = "expected otherwise to be left as it is, of several timelines"
            raise InputError([Problem(("otherwise",), message)])
        question = replace(question, priors=question.priors.without_otherwise())
    return Replay(question, days, horizons, draws, seed, otherwise, executor)


def _plain(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, datetime.date) else cell
