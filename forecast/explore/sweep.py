"""Sweeps: P over the values of some keys, by whatever executor computes, row by row.

What a row holds depends on its number alone, so that a sweep can be stopped at any moment and gone on with, and its
memory does not grow with the number of rows. Receives a scenario and what is varied, hands on rows, a table or a figure
of them.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.document import Source, load_question
from forecast.errors import check_type
from forecast.explore.design import Design, build_design, leave_out_texts
from forecast.explore.evaluate import WeightedDraws, thin_posterior
from forecast.explore.level import Level, read_level
from forecast.explore.rows import Kind, Row, Table, check_path
from forecast.explore.several import find_any_level
from forecast.explore.workers import Slots, compute_rows
from forecast.files import read_path
from forecast.inference import Engine, Settings, check_engine
from forecast.scenario import AnyScenario, Ensemble, Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BATCH = 25  # rows that a worker computes at a time, in a tenth to a third of a second
_KINDS: dict[str, Kind] = {"date": "date", "switch": "text"}  # of a key's values, by what a slot takes; others: numbers


@dataclass(eq=False)
class Sweep:
    """P of a scenario over the values of some keys; rows are computed as they are first asked for.

    Attributes
    ----------
    scenario : Scenario
        The one that rows are edits of.
    design : Design
        What is varied.
    draws, seed : int
    posterior : WeightedDraws or None
        Of NUTS, where nothing that is varied touches the fit; without it the quick engine answers every row, so that
        the rows can be compared.
    engine : {"nuts", "quick"}
        As asked for.
    fingerprint : str
        Of all that the rows depend on.
    executor : Executor or None
        Who computes; None is this process.

    Examples
    --------
    >>> import forecast
    >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    >>> sweep = forecast.sweep_scenario(treaty, {"priors.stages.talks.stay": [100, 1000]}, engine="quick")
    >>> sweep.to_dataframe()["p"].is_monotonic_decreasing
    True
    """

    scenario: AnyScenario
    design: Design
    draws: int
    seed: int
    posterior: WeightedDraws | None
    engine: Engine
    fingerprint: str
    executor: Executor | None = None
    _table: Table | None = field(default=None, init=False, repr=False)  # once it is written, rows come from there

    def __len__(self) -> int:
        return len(self.design)

    def __iter__(self) -> Iterator[Row]:
        if "rows" in self.__dict__:
            yield from self.rows
        elif self._table is not None:
            yield from self._table.read()
        else:
            for batch in self.compute():
                yield from batch

    def __repr__(self) -> str:
        return f"<Sweep of {self.scenario.name}: {len(self):,} rows over {', '.join(self.keys)}>"

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows, each with a cell for each column: a number, a date or a text; None where there is no P."""
        return tuple(self)

    @property
    def slots(self) -> Slots:
        """What the keys stand for."""
        return tuple(axis.slot for axis in self.design.axes)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are varied."""
        return tuple(slot.key for slot in self.slots)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what a row holds: index, keys, p, p of each place, mcse, engine, error."""
        return tuple(self._kinds)

    @cached_property
    def level(self) -> Level | None:
        """P of the scenario as it is, by which rows are put right; a table that is gone on with has kept its own."""
        return find_any_level(self.scenario, self.engine, self.seed)

    @property
    def base(self) -> float | None:
        """P of the scenario as it is: the forecast's own number, and that of a row that changes nothing."""
        return None if self.level is None else self.level.p

    def compute(self, *, start: int = 0) -> Generator[list[Row]]:
        """Compute the rows in order, from the one of number `start` on, and yield them in lists of up to `BATCH`.

        Raises
        ------
        ForecastError
            If a worker dies.
        """
        parts = (range(first, min(first + BATCH, len(self))) for first in range(start, len(self), BATCH))
        points = ([(index, self.design.point(index)) for index in part] for part in parts)
        needed = {name: getattr(self, name) for name in ("scenario", "draws", "seed", "posterior", "level")}
        if isinstance(self.scenario, Scenario):
            needed["rows"] = len(self)  # not those that are left, so that one that is gone on with has the same rows
        executor = self.executor if len(self) - start > BATCH else None  # no worker starts for less
        yield from compute_rows(needed, self.slots, points, executor=executor)

    def write(self, path: str | Path, *, progress: Callable[[int, int], None] | None = None) -> int:
        """Write the table of all rows, going on where an earlier call was stopped or killed.

        Until all rows are there they lie in a SQLite file beside, ``FILE.csv.sqlite``; the table then appears whole.

        Parameters
        ----------
        path : str or Path
            ``.csv`` or ``.parquet``.
        progress : callable, optional
            Told how many rows there are, and will be.

        Returns
        -------
        int
            How many rows were there already.

        Raises
        ------
        InputError
            If it is neither CSV nor Parquet.
        OutputError
            If the file is not this sweep's, is damaged, is being written by another process, or cannot be written.
        """
        path = read_path(path)
        check_path(path)
        table = Table(path, self._kinds, self.fingerprint)
        tell = progress or (lambda _done, _total: None)
        with table.open() as writer:
            found = writer.done
            kept = read_level(writer.keep_level("" if self.level is None else self.level.to_json()))
            if kept != self.level:
                self.level = kept
                self.__dict__.pop("rows", None)  # they rest on another one
            tell(found, len(self))
            with contextlib.closing(self._batches(found)) as batches:
                for batch in batches:
                    writer.append(batch)
                    tell(writer.done, len(self))
            writer.finish()
        self._table = table
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return what was varied and all rows as plain values for JSON."""
        return {
            "schema": 1,
            "scenario": self.scenario.name,
            "fingerprint": self.fingerprint,
            "vary": {axis.slot.key: [_plain(value) for value in axis.values] for axis in self.design.axes},
            "sample": self.design.sample,
            "draws": self.draws,
            "seed": self.seed,
            "base": self.base,
            "base_engine": None if self.level is None else self.level.engine,
            "rows": [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return the rows as a dataframe; its index is their number."""
        import pandas as pd

        frame = pd.DataFrame.from_records(list(self), columns=self.columns, index="index")
        kinds = {"number": "float64", "date": "datetime64[s]", "text": "str"}
        return frame.astype({name: kinds[kind] for name, kind in self._kinds.items() if name != "index"})

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the rows: a response curve for one key, a heat map for a grid of two, a tornado for more.

        Raises
        ------
        ValueError
            If no row has a P.
        """
        from forecast.explore.figures import draw_sweep

        return draw_sweep(self.scenario, self.design, self, lambda: self.base, ax)

    @property
    def _kinds(self) -> dict[str, Kind]:
        """What each column holds."""
        kinds: dict[str, Kind] = {"index": "whole"}
        kinds |= {slot.key: _KINDS.get(slot.way, "number") for slot in self.slots}
        kinds |= dict.fromkeys(("p", *(f"p_{place}" for place in self.scenario.question.answer_places)), "number")
        return kinds | {"mcse": "number", "engine": "text", "error": "text"}

    def _batches(self, start: int) -> Generator[list[Row]]:
        if "rows" in self.__dict__:
            yield list(self.rows[start:])
        else:
            yield from self.compute(start=start)


def sweep_scenario(
    scenario: Source | Ensemble,
    vary: Mapping[str, str | Sequence[Any]],
    *,
    sample: int | None = None,
    draws: int = 200,
    seed: int = 1,
    engine: Engine = "nuts",
    executor: Executor | None = None,
) -> Sweep:
    """Set up a sweep; its `rows` are computed as they are asked for.

    Parameters
    ----------
    scenario : Scenario, path-like, str, file object or mapping
    vary : dict of str to str or sequence
        By key of the resolved scenario: a range ``"lo:hi:n"``, a list ``"a,b,c"``, or the values themselves. A number
        for a prior fixes it; ``.median`` behind the key moves its interval to another median.
    sample : int, optional
        Points of a Latin hypercube instead of the whole grid.
    draws : int
        How many draws each row is the mean of.
    engine : {"nuts", "quick"}
        Where nothing that is varied touches the fit: NUTS, from the store where it lies there, or the quick engine.
    executor : concurrent.futures.Executor, optional
        Who computes the rows, threads, processes or machines elsewhere; without it, this process.

    Raises
    ------
    InputError
        If a key or a value cannot be used.

    Examples
    --------
    >>> import forecast
    >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    >>> sweep = forecast.sweep_scenario(treaty, {"window.until": ["2026-06-30", "2026-12-31"]}, engine="quick")
    >>> sooner, later = (row[sweep.columns.index("p")] for row in sweep.rows)
    >>> sooner < later
    True
    """
    check_engine(engine)
    check_type("executor", executor, (Executor, type(None)), "a concurrent.futures.Executor")
    Settings(draws=draws, seed=seed)  # refuses what makes no sense
    base, design = build_design(load_question(scenario), vary, sample=sample, seed=seed)
    is_ahead = all(axis.slot.touches == "ahead" for axis in design.axes)
    posterior, fit = None, ""
    if engine == "nuts" and is_ahead and isinstance(base, Scenario):
        posterior, fit = thin_posterior(base, draws, seed)
    inputs = [
        base.text if isinstance(base, Ensemble) else repr(leave_out_texts(base.record())),
        repr(design),
        draws,
        seed,
        fit,
        np.__version__,
    ]
    fingerprint = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:32]
    return Sweep(base, design, draws, seed, posterior, engine, fingerprint, executor)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value
