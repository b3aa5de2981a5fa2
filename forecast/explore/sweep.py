"""Sweeps: P over the values of some keys, in as many processes as asked for, row by row.

What a row holds depends on its number alone, so that a sweep can be stopped at any moment and gone on with, and its
memory does not grow with the number of rows. Receives a scenario and what is varied, hands on rows or a file of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecast.explore.design import Design, build_design
from forecast.explore.evaluate import Evaluator, WeightedDraws
from forecast.explore.rows import PARQUET, TableFile, need_parquet
from forecast.explore.workers import Row, Slots, compute_rows
from forecast.inference import Engine, Settings, find_or_fit
from forecast.model import build_priors, build_timeline
from forecast.scenario import Scenario

BATCH = 25  # rows that a process computes at a time, in a tenth to a third of a second


@dataclass(frozen=True)
class Sweep:
    """A scenario, what is varied about it, and the draws that answer it.

    Attributes
    ----------
    scenario : Scenario
    design : Design
    draws, seed : int
    posterior : WeightedDraws or None
        Of NUTS, where nothing that is varied touches the fit; without it the quick engine answers every row, so that
        the rows can be compared.
    fingerprint : str
        Of all that the rows depend on.
    """

    scenario: Scenario
    design: Design
    draws: int
    seed: int
    posterior: WeightedDraws | None
    fingerprint: str

    @property
    def slots(self) -> Slots:
        """What the keys stand for."""
        return tuple(axis.slot for axis in self.design.axes)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what a row holds: index, keys, p, p of each place, engine, error."""
        keys = [slot.key for slot in self.slots]
        return ("index", *keys, "p", *(f"p_{name}" for name in self.scenario.question.places), "engine", "error")

    def evaluator(self) -> Evaluator:
        """Return what computes the rows."""
        return Evaluator(**self._needed)

    @property
    def _needed(self) -> dict[str, Any]:
        """What computing rows takes: all but the design, which may be long."""
        return {name: getattr(self, name) for name in ("scenario", "draws", "seed", "posterior")}

    def rows(self, *, start: int = 0, jobs: int = 1) -> Iterator[Row]:
        """Yield the rows in order, from the one of number `start` on.

        Parameters
        ----------
        jobs : int
            Processes. With more than one, a script of your own must guard its start by ``__name__ == "__main__"``.

        Raises
        ------
        ForecastError
            If a process dies.
        """
        for batch in self.batches(start=start, jobs=jobs):
            yield from batch

    def batches(self, *, start: int = 0, jobs: int = 1) -> Generator[list[Row]]:
        """Yield the rows in lists of up to `BATCH`, as `rows` does."""
        count = len(self.design)
        parts = (range(first, min(first + BATCH, count)) for first in range(start, count, BATCH))
        points = ([(index, self.design.point(index)) for index in part] for part in parts)
        yield from compute_rows(self._needed, self.slots, points, jobs=jobs if count - start > BATCH else 1)


def sweep_scenario(
    scenario: Scenario,
    vary: Mapping[str, str | Sequence[Any]],
    *,
    sample: int | None = None,
    draws: int = 200,
    seed: int = 1,
    engine: Engine = "nuts",
) -> Sweep:
    """Set up a sweep; its `rows` are computed as they are asked for.

    Parameters
    ----------
    vary : dict of str to str or sequence
        By key of the resolved scenario: a range ``"lo:hi:n"``, a list ``"a,b,c"``, or the values themselves. A number
        for a prior fixes it; ``.median`` behind the key moves its interval to another median.
    sample : int, optional
        Points of a Latin hypercube instead of the whole grid.
    draws : int
        How many draws each row is the mean of.
    engine : {"nuts", "quick"}
        Where nothing that is varied touches the fit: NUTS, from the store where it lies there, or the quick engine.

    Raises
    ------
    InputError
        If a key or a value cannot be used.

    Examples
    --------
    >>> import forecast
    >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    >>> sweep = forecast.sweep_scenario(treaty, {"window.until": ["2026-06-30", "2026-12-31"]}, engine="quick")
    >>> sooner, later = (row[sweep.columns.index("p")] for row in sweep.rows())
    >>> sooner < later
    True
    """
    scenario, design = build_design(scenario, vary, sample=sample, seed=seed)
    posterior = None
    fit = ""
    if engine == "nuts" and all(axis.slot.touches == "ahead" for axis in design.axes):
        posterior, fit = _thin_posterior(scenario, draws, seed)
    inputs = [repr(scenario), repr(design), draws, seed, fit, np.__version__]
    fingerprint = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:32]
    return Sweep(scenario, design, draws, seed, posterior, fingerprint)


def write_sweep(
    sweep: Sweep, path: Path, *, jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> tuple[TableFile, int]:
    """Write the rows of a sweep as they come, or those that a file lacks.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.parquet``.
    progress : callable, optional
        Told how many rows there are, and will be.

    Returns
    -------
    table : TableFile
    found : int
        Rows that were there already.

    Raises
    ------
    OutputError
        If the file is another sweep's, or cannot be written.
    """
    if path.suffix == PARQUET:
        need_parquet()
    table = make_table(sweep, path)
    with table.open() as writer:
        found = writer.done
        if progress:
            progress(found, table.total)
        with contextlib.closing(sweep.batches(start=found, jobs=jobs)) as batches:
            for batch in batches:
                writer.append(batch)
                if progress:
                    progress(writer.done, table.total)
        writer.finish()
    return table, found


def make_table(sweep: Sweep, path: Path) -> TableFile:
    """Say where the rows go and whose they are."""
    axes = sweep.design.axes
    about = {
        "schema": 1,
        "fingerprint": sweep.fingerprint,
        "scenario": sweep.scenario.name,
        "rows": len(sweep.design),
        "vary": {axis.slot.key: [str(value) for value in axis.values] for axis in axes},
        "sample": sweep.design.sample,
        "draws": sweep.draws,
        "seed": sweep.seed,
        "dates": [axis.slot.key for axis in axes if axis.slot.way == "date"],
        "texts": [axis.slot.key for axis in axes if axis.slot.way == "switch"],
    }
    return TableFile(path, sweep.columns, about, len(sweep.design))


def _thin_posterior(scenario: Scenario, draws: int, seed: int) -> tuple[WeightedDraws, str]:
    """Return as many draws of the posterior by NUTS, evenly spaced, and its fingerprint."""
    timeline = build_timeline(scenario.known())
    found = find_or_fit(timeline, build_priors(scenario.known(), timeline), Settings(seed=seed))
    count = found.draws["log_stay"].shape[-1]
    draws = min(draws, count)
    which = np.arange(draws) * count // draws
    some = {name: values[:, which] for name, values in found.draws.items()}
    return WeightedDraws(some, np.ones(draws), "nuts"), found.fingerprint
