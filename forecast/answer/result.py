"""The answer to a scenario: whether, where and when, its curves and its draws.

Receives exact curves by draw and what was simulated; hands on means and intervals. What of it goes outside is `export`.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from forecast.answer import export
from forecast.answer.ahead import Ahead, carry_ahead
from forecast.answer.futures import Futures, simulate_futures
from forecast.answer.picture import (
    Condition,
    KnownPlan,
    Learned,
    PastStay,
    collect_quantities,
    list_conditions,
    list_plans,
    list_stays,
)
from forecast.answer.readings import ReadingAnswer, range_over
from forecast.answer.summaries import Band, Estimate, band, estimate, shortest_window, stays_below
from forecast.inference import Posterior, divide, stream, weighted_quantiles
from forecast.model import Timeline
from forecast.multistate import Array, Curves
from forecast.report import render_html, render_table
from forecast.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Decay:
    """P for the rest of the window as time passes: (days + 1,), `as_of` first, then each day.

    Attributes
    ----------
    no_event : Band
        If by the end of that day nothing has happened.
    silence : Band
        If nothing has happened and nothing new was announced; a lapse that nobody need announce is possible.
    """

    no_event: Band
    silence: Band


@dataclass(frozen=True, eq=False)
class Result:
    """The answer to a scenario.

    Attributes
    ----------
    ahead : Ahead
        The draws carried through the days ahead, with their curves.
    base_rate : float
        P from a constant rate and nothing else: Gamma-Poisson with Jeffreys' prior.
    prior_only : float
        P from the prior draws, before history taught anything.
    readings : dict of str to ReadingAnswer
        P under each other reading of the facts that the scenario lists.
    """

    scenario: Scenario
    timeline: Timeline
    fit: Posterior
    ahead: Ahead
    base_rate: float
    prior_only: float
    readings: Mapping[str, ReadingAnswer] = field(default_factory=dict)

    @cached_property
    def p_event(self) -> Estimate:
        """Probability that the event falls into the window."""
        return estimate(self.ahead.total, self.ahead.weight, error=self.fit.mcse)

    @cached_property
    def places(self) -> dict[str, Estimate]:
        """The same by place."""
        joint = self._place_of @ self.ahead.joint
        return {name: estimate(joint[i], self.ahead.weight) for i, name in enumerate(self.timeline.structure.places)}

    @cached_property
    def itineraries(self) -> dict[str, Estimate]:
        """The same by itinerary."""
        names = self.timeline.structure.itineraries
        return {name: estimate(self.ahead.joint[i], self.ahead.weight) for i, name in enumerate(names)}

    @cached_property
    def days(self) -> list[datetime.date]:
        """Each day after `as_of` to the window's end; the curves below run along it."""
        count = int(self.timeline.ahead.days.sum())
        return [self.scenario.as_of + datetime.timedelta(days=step + 1) for step in range(count)]

    @cached_property
    def p_draws(self) -> Array:
        """P of each posterior draw: (draws,)."""
        return divide(self.ahead.total, self.ahead.weight)

    @cached_property
    def curves(self) -> Curves:
        """Incidence by place and day, occupancy by stage and day, by draw."""
        assert self.ahead.curves is not None
        return self.ahead.curves.group(self._place_of)

    @property
    def _place_of(self) -> Array:
        """1 where an itinerary leads to a place: (places, itineraries)."""
        structure = self.timeline.structure
        return np.equal.outer(np.arange(len(structure.places)), structure.place_of).astype(float)

    @cached_property
    def incidence(self) -> Array:
        """Mean probability that the event falls on each day, by place: (places, days)."""
        return self.curves.mean_incidence().T

    @cached_property
    def stages(self) -> Array:
        """Mean chance of being in each stage with no event yet: (stages, days)."""
        return self.curves.mean_occupancy().T

    @cached_property
    def cif(self) -> Band:
        """Cumulative incidence by place: (places, days)."""
        return self._stack(np.cumsum(self.curves.incidence, axis=0))

    @cached_property
    def cif_any(self) -> Band:
        """Cumulative incidence over all places: (days,)."""
        return band(self.curves.any_cumulative, self.curves.weight)

    @cached_property
    def occupancy(self) -> Band:
        """Chance of being in each stage with no event yet: (stages, days)."""
        rng = stream(self.fit.diagnostics["seed"], "ahead")
        ahead = carry_ahead(self.timeline, self.fit.draws, rng, detail="stages", agreement=0)
        assert ahead.curves is not None
        return self._stack(ahead.curves.occupancy)

    def _stack(self, joint: Array) -> Band:
        """Summarise (days, names, draws) by name."""
        bands = [band(joint[:, index].T, self.curves.weight) for index in range(joint.shape[1])]
        return Band(*(np.stack([getattr(each, side) for each in bands]) for side in ("mean", "lo", "hi")))

    @cached_property
    def paths(self) -> Futures:
        """One simulated future a draw."""
        rng = stream(self.fit.diagnostics["seed"], "futures")
        return simulate_futures(self.timeline, self.ahead, rng)

    @cached_property
    def decay(self) -> Decay:
        """P for the rest of the window if nothing happens, and if nothing is even announced, up to each day."""
        curves = self.curves
        assert curves.silent is not None
        assert curves.silent_ahead is not None
        happened = np.zeros_like(curves.silent)
        happened[:, 1:] = curves.any_cumulative
        alive = curves.weight[:, None] - happened
        opens = happened[:, self.timeline.first_day, None]  # an event before the window is none of the question's
        ahead = happened[:, -1:] - np.maximum(happened, opens)
        return Decay(band(ahead, alive), band(curves.silent_ahead, curves.silent))

    def by(self, day: datetime.date) -> Estimate:
        """Return the probability that the event falls from the window's first day to `day`.

        Raises
        ------
        ValueError
            If `day` is not one of the window's days.
        """
        window = self.scenario.window
        if not window.start <= day <= window.until:
            message = f"expected a day from {window.start} to {window.until}; found {day}"
            raise ValueError(message)
        happened = self.curves.any_cumulative
        before = happened[:, self.timeline.first_day - 1] if self.timeline.first_day else 0.0
        return estimate(happened[:, self.days.index(day)] - before, self.curves.weight)

    @property
    def readings_range(self) -> tuple[float, float] | None:
        """Least and largest P over all readings, this one among them; None where the scenario lists no others."""
        return range_over(self.p_event.mean, self.readings)

    @property
    def median_day(self) -> datetime.date | None:
        """Day by which the event, if it falls into the window, is as likely as not to have happened; None if P is 0."""
        cif = np.cumsum(self.incidence.sum(axis=0)[self.timeline.first_day :])
        if cif[-1] <= 0:
            return None
        return self.days[self.timeline.first_day + int(np.searchsorted(cif, cif[-1] / 2))]

    def window(self, mass: float = 0.8) -> tuple[datetime.date, datetime.date]:
        """Return the shortest run of days that holds `mass` of the event's timing within the question's window.

        Raises
        ------
        ValueError
            If `mass` is not between 0 and 1.
        """
        if not 0 < mass <= 1:
            message = f"expected a mass above 0 and up to 1; found {mass}"
            raise ValueError(message)
        start, end = shortest_window(self.incidence.sum(axis=0)[self.timeline.first_day :], mass)
        return self.days[self.timeline.first_day + start], self.days[self.timeline.first_day + end]

    def falls_below(self, curve: str, level: float = 0.1) -> datetime.date:
        """Return the first day from whose end on a curve of `decay` stays below `level`.

        It is the window's last day, on which nothing is left, where it is no other. (Silence may raise what is left:
        it tells that the episode is not over.)

        Parameters
        ----------
        curve : str
            ``no_event`` or ``silence``.
        """
        first = stays_below(getattr(self.decay, curve).mean, level)
        return self.scenario.as_of + datetime.timedelta(days=len(self.days) if first is None else first)

    @cached_property
    def posterior(self) -> Any:
        """The draws as an xarray DataTree (posterior, prior, prior_predictive, sample_stats, predictions, ...)."""
        return self.fit.to_datatree(predictions=export.label_futures(self))

    def to_netcdf(self) -> bytes:
        """Return `posterior.nc`: every draw, labelled and with units."""
        return self.fit.to_netcdf(predictions=export.label_futures(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `forecast.json`."""
        return export.plain_result(self)

    def write(self, folder: str | os.PathLike[str], *, figures: bool = True) -> None:
        """Write the files of a run: `scenario.yaml`, `posterior.nc`, the figures, and `forecast.json` last.

        Each is written whole or not at all. The draws of the quick engine are not written: they are made again faster.

        Raises
        ------
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
        export.write_result(self, Path(folder), figures=figures)

    def _repr_html_(self) -> str:
        return render_html(self.to_dict(), self.scenario)

    def __str__(self) -> str:
        return render_table(self.to_dict(), self.scenario)

    # --- what figures ask, in plain values ---------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """What drew the posterior: ``nuts`` or ``quick``."""
        return str(self.fit.diagnostics.get("engine", ""))

    @property
    def given_chance(self) -> float:
        """Probability of what the scenario supposes to be learned; 1 where that is nothing."""
        return float(self.curves.weight.mean())

    def quantiles(self, shares: Sequence[float]) -> tuple[float, ...]:
        """Return quantiles of P over draws, one for each of the shares (0 to 1)."""
        return tuple(weighted_quantiles(self.p_draws, self.curves.weight, shares).tolist())

    def quantities(self) -> dict[str, Learned]:
        """Return prior and posterior draws by name, each (labels, draws): days, shares, ratios or probabilities."""
        return collect_quantities(self.fit, self.timeline)

    def past_stays(self) -> list[PastStay]:
        """Return the stays in stages up to `as_of`, in order of time; the last one is still going on."""
        return list_stays(self.timeline)

    def plans(self) -> list[KnownPlan]:
        """Return the dated plans that were known, in the order in which they became public."""
        return list_plans(self.timeline)

    def conditions(self) -> list[Condition]:
        """Return the covariates that are on at any time, with first and last day of each run of days."""
        return list_conditions(self.timeline)
