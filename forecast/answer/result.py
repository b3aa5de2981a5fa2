"""The answer to a scenario: whether, where and when, its curves and its draws.

Receives exact curves by draw and what was simulated; hands on means and intervals. What of it goes outside is `export`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.answer import export
from forecast.answer.ahead import Ahead, carry_ahead, foresee
from forecast.answer.bands import find_band, stack_bands
from forecast.answer.choices import (
    Choice,
    check_counting,
    count_how_many,
    count_so_far,
    find_any_place,
    find_bins,
    tells_apart,
)
from forecast.answer.frames import label_curves, tabulate_curves
from forecast.answer.futures import Futures, draw_futures
from forecast.answer.owner import label_owner
from forecast.answer.picture import Pictured
from forecast.answer.readings import ReadingAnswer
from forecast.answer.summaries import Band, Estimate, estimate
from forecast.answer.timed import Timed
from forecast.document import dump_scenario
from forecast.errors import check_choice
from forecast.files import read_path
from forecast.inference import Posterior, stream
from forecast.model import Timeline
from forecast.multistate import Array
from forecast.report import render_card, render_table
from forecast.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Result(Pictured, Timed):
    """The answer to a scenario.

    Attributes
    ----------
    ahead : Ahead
        The draws carried through the days ahead, with their curves.
    base_rate : float or None
        P from a constant rate and nothing else: Gamma-Poisson with Jeffreys' prior. None where the record is too short.
    prior_only : float
        P from the prior draws, before history taught anything.
    readings : dict of str to ReadingAnswer
        P under each other reading of the facts that the scenario lists.
    """

    scenario: Scenario
    timeline: Timeline
    fit: Posterior
    ahead: Ahead
    base_rate: float | None
    prior_only: float
    readings: Mapping[str, ReadingAnswer] = field(default_factory=dict)

    @property
    def hindsight(self) -> tuple[str, ...]:
        """Keys of the priors and itineraries none of whose facts was public on the as-of date."""
        return self.scenario.known().hindsight

    @cached_property
    def places(self) -> dict[str, Estimate]:
        """The same by place; of several events in the window, by that of the first."""
        joint = self.timeline.asked.members @ self.ahead.joint
        return {name: estimate(joint[i], self.ahead.weight) for i, name in enumerate(self.timeline.asked.places)}

    @cached_property
    def itineraries(self) -> dict[str, Estimate]:
        """The same by itinerary."""
        names = self.timeline.asked.names
        return {name: estimate(self.ahead.joint[i], self.ahead.weight) for i, name in enumerate(names)}

    @cached_property
    def any_place(self) -> dict[str, Estimate]:
        """Probability of an event at each place, whatever comes elsewhere; empty where `places` says the same."""
        return find_any_place(self) if tells_apart(self) else {}

    @cached_property
    def how_many(self) -> list[Choice]:
        """How probable 0, 1, 2, ... events in the window are; the last is of that number or more.

        Raises
        ------
        InputError
            If events cannot be counted: the question is about a stage, or about the first event alone, or something
            is learned by a day.
        """
        check_counting(self)
        return count_how_many(self)

    @cached_property
    def so_far(self) -> tuple[list[str], Array]:
        """Numbers of events, and how probable each is to have come by each day, `as_of` first: (numbers, days + 1).

        Raises
        ------
        InputError
            As `how_many`.
        """
        check_counting(self)
        return count_so_far(self)

    @cached_property
    def bins(self) -> list[Choice]:
        """How probable each answer of a multiple-choice question is; empty where it has none."""
        return find_bins(self) if self.scenario.question.bins else []

    @property
    def choices(self) -> list[Choice]:
        """The answers beside yes and no: the question's bins, or how many events where it asks about a number."""
        return self.bins or (self.how_many if self.scenario.question.asks.is_number and self.keeps_draws else [])

    @cached_property
    def stages(self) -> Array:
        """Mean chance of being in each stage with no event yet: (stages, days)."""
        return self.curves.mean_occupancy().T

    @cached_property
    def cif(self) -> Band:
        """Cumulative incidence by place, from the day after `as_of` on, before the window too: (places, days)."""
        curves, places = self.curves, range(len(self.timeline.asked.places))
        return stack_bands((np.cumsum(curves.incidence_by(place), axis=0).T for place in places), curves.weight)

    @cached_property
    def cif_any(self) -> Band:
        """The same over all places: (days,)."""
        alive, weight = self.curves.alive[:, 1:], self.curves.weight
        return find_band(alive.shape, lambda days: (weight[:, None] - alive[:, days], weight))

    @cached_property
    def occupancy(self) -> Band:
        """Chance of being in each stage with no event yet: (stages, days)."""
        foresee(self.timeline, self.ahead.weight.size, detail="stages")
        rng = stream(self.fit.diagnostics["seed"], "ahead")
        ahead = carry_ahead(self.timeline, self.fit.draws, rng, detail="stages", agreement=0)
        assert ahead.curves is not None
        return stack_bands(np.moveaxis(ahead.curves.stages, 2, 0), ahead.curves.weight)

    @cached_property
    def paths(self) -> Futures:
        """One future a draw."""
        assert self.ahead.curves is not None
        rng = stream(self.fit.diagnostics["seed"], "futures")
        return draw_futures(self.ahead.curves, self.timeline.first_day, rng)

    @cached_property
    def posterior(self) -> Any:
        """The draws as an xarray DataTree with all of ArviZ's groups; see `docs/python.md`."""
        return self.fit.to_datatree(**export.label_futures(self))

    def to_netcdf(self) -> bytes:
        """Return `posterior.nc`: every draw, labelled and with units."""
        attrs = {
            "as_of": self.timeline.as_of,
            **label_owner(self.scenario, self.resolved),
        }  # the fit may be of a day before
        return self.fit.to_netcdf(attrs, **export.label_futures(self))

    @cached_property
    def resolved(self) -> str:
        """The scenario as YAML, with all that it extends and cites."""
        return dump_scenario(self.scenario)

    @cached_property
    def plain(self) -> dict[str, Any]:
        """What `to_dict` returns, made once and not to be changed."""
        return export.plain_result(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `forecast.json`."""
        return export.plain_result(self)

    def to_dataset(self) -> xr.Dataset:
        """Return the curves as labelled arrays; dims ``quantity`` (mean, lo and hi of 90%), ``day place stage``."""
        return label_curves(self)

    def to_dataframe(self) -> pd.DataFrame:
        """Return the curves as a table, a row a day: P by then with its 90% band, by place, and each stage's chance."""
        return tabulate_curves(self)

    def plot(self, name: str = "when", *, ax: Axes | None = None) -> Axes:
        """Draw a figure: ``timeline``, ``whether``, ``where``, ``when``, ``decay`` or ``priors``.

        Raises
        ------
        InputError
            If there is no figure of that name, or nothing to draw on.
        """
        from forecast.plots import FIGURES, check_axes

        check_choice("name", name, FIGURES, "figure")
        check_axes(ax)
        return np.asarray(FIGURES[name](self, ax=ax), object).flat[0]  # of several axes the first, the main one

    def write(self, folder: str | os.PathLike[str], *, figures: bool = True, format: str = "png") -> None:
        """Write the files of a run: `scenario.yaml`, `posterior.nc`, the figures, and `forecast.json` last.

        Each is written whole or not at all. The draws of the quick engine are not written: they are made again faster.
        `format` is that of the figures: ``png``, ``svg`` or ``pdf``.

        Raises
        ------
        InputError
            If `folder` is no path, or there is no such format.
        OutputError
            If the folder cannot be made or written to.

        Examples
        --------
        >>> import forecast, os, tempfile
        >>> result = forecast.run_scenario(forecast.load_scenario("tests/questions/launch.yaml"), engine="quick")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result.write(folder, figures=False)
        ...     sorted(os.listdir(folder))
        ['forecast.json', 'scenario.yaml']
        """
        export.write_result(self, read_path(folder, "folder"), figures=figures, format=format)

    def _repr_html_(self) -> str:
        return render_card(self.plain, self.scenario)

    def __repr__(self) -> str:
        lo, hi = self.p_event.eti90
        window = self.scenario.window
        return (
            f"<Result of {self.scenario.name}: P {self.p_event.mean:.3f} ({lo:.2f} to {hi:.2f}) "
            f"from {window.start} to {window.until}, {self.engine} engine>"
        )

    def __str__(self) -> str:
        return render_table(self.plain, self.scenario)
