"""Posterior and right-hand segments to a forecast: whether, where and when, exact for each draw.

Probabilities need no simulation: the headline is the mean over draws of an exact quantity. Paths are simulated as
well, as predictions.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from forecast.hazards import build_rates
from forecast.inference import Report, Settings, be_silent, draw_posterior, library_versions
from forecast.multistate import Curves, Rates, forecast_curves, simulate_jumps
from forecast.posterior import Posterior
from forecast.priors import build_priors
from forecast.scenario import EventEntry, Scenario
from forecast.timeline import Timeline, build_timeline

Array = np.ndarray
PRIOR_DRAWS = 1000  # enough for a comparison: the error of the prior-only P stays below 0.01


@dataclass(frozen=True)
class Estimate:
    """A mean over posterior draws with its 90% equal-tailed interval and, where it has one, its Monte Carlo error."""

    mean: float
    eti90: tuple[float, float]
    mcse: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        plain: dict[str, Any] = {"mean": self.mean, "eti90": list(self.eti90)}
        return plain if self.mcse is None else plain | {"mcse": self.mcse}


@dataclass(frozen=True)
class Band:
    """Curves by day: mean and 90% interval over draws, each (..., days)."""

    mean: Array
    lo: Array
    hi: Array


@dataclass(frozen=True)
class Paths:
    """One simulated future a draw: the day of the first event (0 = none in the window) and its itinerary (or -1)."""

    day: Array
    itinerary: Array


@dataclass(frozen=True)
class Forecast:
    """The answer to a scenario.

    Attributes
    ----------
    p_event : Estimate
        Probability that the event falls into the window.
    places, itineraries : dict of str to Estimate
        The same by place and by itinerary.
    days : list of datetime.date
        Each day after `as_of` to the window's end; the curves below run along it.
    curves : Curves
        Incidence by place, (days, places, draws), and occupancy by stage, (days, stages, draws). Their means and
        intervals are `incidence`, `cif`, `cif_any` and `occupancy`.
    base_rate : float
        P from a constant rate and nothing else: Gamma-Poisson with Jeffreys' prior.
    prior_only : float
        P from the prior draws, before history taught anything.
    p_draws : (draws,)
        P of each posterior draw.
    """

    scenario: Scenario
    timeline: Timeline
    fit: Posterior
    p_event: Estimate
    places: dict[str, Estimate]
    itineraries: dict[str, Estimate]
    days: list[datetime.date]
    curves: Curves
    base_rate: float
    prior_only: float
    p_draws: Array
    paths: Paths

    @cached_property
    def incidence(self) -> Array:
        """Mean probability that the event falls on each day, by place: (places, days)."""
        return self.curves.incidence.mean(axis=-1).T

    @cached_property
    def cif(self) -> Band:
        """Cumulative incidence by place: (places, days)."""
        return _band(np.cumsum(self.curves.incidence, axis=0).transpose(1, 0, 2))

    @cached_property
    def cif_any(self) -> Band:
        """Cumulative incidence over all places: (days,)."""
        return _band(np.cumsum(self.curves.incidence.sum(axis=1), axis=0))

    @cached_property
    def occupancy(self) -> Band:
        """Chance of being in each stage with no event yet: (stages, days)."""
        return _band(self.curves.occupancy.transpose(1, 0, 2))

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
        days = slice(self.days.index(window.start), self.days.index(day) + 1)
        return _estimate(self.curves.incidence[days].sum(axis=(0, 1)))

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
        first = self.days.index(self.scenario.window.start)
        start, end = shortest_window(self.incidence.sum(axis=0)[first:], mass)
        return self.days[first + start], self.days[first + end]

    @cached_property
    def posterior(self) -> Any:
        """The draws as an xarray DataTree (posterior, prior, prior_predictive, sample_stats, predictions, ...)."""
        import io

        import xarray

        return xarray.load_datatree(io.BytesIO(self.to_netcdf()), engine="h5netcdf")

    def to_netcdf(self) -> bytes:
        """Return `posterior.nc`: every draw, labelled and with units."""
        predictions = {
            "p_event": self.p_draws,
            "event_day": np.where(self.paths.day > 0, self.paths.day, np.nan),
            "event_itinerary": self.paths.itinerary,
        }
        assert self.fit.entry is not None
        return self.fit.entry.fill("predictions", predictions)

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `forecast.json`."""
        scenario, structure = self.scenario, self.timeline.structure
        start, until = self.window(0.8)
        total = self.p_event.mean
        stages = self.curves.occupancy.mean(axis=-1).T
        by_place = [(name, index) for index, name in enumerate(structure.places)]
        return {
            "schema": 1,
            "scenario": scenario.name,
            "title": scenario.question.title,
            "as_of": scenario.as_of.isoformat(),
            "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
            "p_event": self.p_event.to_dict(),
            "places": {
                name: self.places[name].to_dict() | {"share": self.places[name].mean / total if total > 0 else None}
                for name, _ in by_place
            },
            "itineraries": {name: estimate.to_dict() for name, estimate in self.itineraries.items()},
            "when": {
                "days": [day.isoformat() for day in self.days],
                "cif": {name: _plain(np.cumsum(self.incidence[index])) for name, index in by_place},
                "cif_any": {name: _plain(getattr(self.cif_any, name)) for name in ("mean", "lo", "hi")},
                "incidence": {name: _plain(self.incidence[index]) for name, index in by_place},
                "window80": {"from": start.isoformat(), "until": until.isoformat()},
            },
            "stages": {name: _plain(stages[index]) for index, name in enumerate(structure.stages)},
            "stage_today": {
                "stage": structure.stages[self.timeline.stage],
                "since": datetime.date.fromordinal(self.timeline.since).isoformat(),
            },
            "base_rate": self.base_rate,
            "prior_only": self.prior_only,
            "engine": self.fit.diagnostics["engine"],
            "diagnostics": self.fit.diagnostics,
            "facts_used": sorted(name for name in scenario.cited() if scenario.facts[name].public <= scenario.as_of),
            "hindsight": scenario.hindsight(),
            "fingerprint": self.fit.fingerprint,
            "versions": library_versions(),
        }

    def _repr_html_(self) -> str:
        from forecast.report import render_html

        return render_html(self)

    def __str__(self) -> str:
        from forecast.report import render_table

        return render_table(self)


def run_scenario(
    scenario: Scenario, *, settings: Settings | None = None, fresh: bool = False, report: Report = be_silent
) -> Forecast:
    """Answer a scenario: whether, where and when.

    Parameters
    ----------
    settings : Settings, optional
        Draws and tuning steps per chain, chains, seed.
    fresh : bool
        Fit again even where a stored posterior would do.
    report : callable, optional
        Told what is being done, a line at a time.

    Returns
    -------
    Forecast

    Raises
    ------
    FitError
        If the fit fails its gate.

    Examples
    --------
    >>> import forecast
    >>> result = forecast.run_scenario(forecast.load_scenario("scenarios/may.yaml"))  # doctest: +SKIP
    """
    settings = settings or Settings()
    timeline = build_timeline(scenario)
    priors = build_priors(scenario, timeline)
    posterior = draw_posterior(timeline, priors, settings, fresh=fresh, report=report)
    return predict(scenario, timeline, posterior)


def predict(scenario: Scenario, timeline: Timeline, posterior: Posterior) -> Forecast:
    """Carry every posterior draw through the right-hand segments."""
    structure, days = timeline.structure, timeline.ahead.days
    rng = np.random.default_rng([posterior.diagnostics["seed"], 2])
    rates = build_rates(posterior.draws, structure, timeline.ahead, timeline.plans)
    frailties = draw_frailties(posterior.draws, timeline, rng)
    curves = forecast_curves(rates, days, timeline.stage, frailties)
    inside = slice(scenario.window.start.toordinal() - scenario.as_of.toordinal() - 1, None)
    by_way = curves.incidence[inside].sum(axis=0)
    place_of = np.arange(len(structure.places))[:, None] == np.array(structure.place_of)
    by_place = place_of.astype(float) @ by_way
    p_draws = by_way.sum(axis=0)
    return Forecast(
        scenario=scenario,
        timeline=timeline,
        fit=posterior,
        p_event=_estimate(p_draws, posterior.chains),
        places={name: _estimate(by_place[index]) for index, name in enumerate(structure.places)},
        itineraries={name: _estimate(by_way[index]) for index, name in enumerate(structure.itineraries)},
        days=[scenario.as_of + datetime.timedelta(days=step + 1) for step in range(int(days.sum()))],
        curves=Curves(place_of.astype(float) @ curves.incidence, curves.occupancy),
        base_rate=base_rate(scenario),
        prior_only=_prior_only(timeline, posterior, rng, inside),
        p_draws=p_draws,
        paths=_simulate_paths(rates, timeline, frailties, rng, inside),
    )


def draw_frailties(draws: dict[str, Array], timeline: Timeline, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return z of the episode under way, or of the next one, and of a later one: two arrays of (draws,)."""
    count = draws["log_stay"].shape[-1]
    this = draws["z"][timeline.episode] if timeline.episode >= 0 else rng.standard_normal(size=(count,))
    return this, rng.standard_normal(size=(count,))


def shortest_window(incidence: Array, mass: float) -> tuple[int, int]:
    """Return first and last index of the shortest run that holds `mass` of the total.

    Of several equally short runs, the one that holds most.

    Examples
    --------
    >>> shortest_window(np.array([0.1, 0.4, 0.4, 0.1]), 0.8)
    (1, 2)
    """
    total = np.concatenate([[0.0], np.cumsum(incidence)])
    needed = mass * total[-1] * (1 - 1e-12)
    for length in range(1, len(incidence) + 1):
        held = total[length:] - total[:-length]
        best = int(np.argmax(held))
        if held[best] >= needed:
            return best, best + length - 1
    return 0, len(incidence) - 1


def base_rate(scenario: Scenario) -> float:
    """Return P from a constant rate: n events in d days, Jeffreys' Gamma(n + 1/2, d), integrated out.

    No event for t days has the probability (d / (d + t))^(n + 1/2).
    """
    events = sum(isinstance(entry, EventEntry) for _, entry in scenario.steps())
    days = max(1, (scenario.as_of - scenario.question.history_from).days)
    before = (scenario.window.start - scenario.as_of).days - 1
    through = (scenario.window.until - scenario.as_of).days
    none_before, none_through = ((days / (days + ahead)) ** (events + 0.5) for ahead in (before, through))
    return none_before - none_through


def batch_means_mcse(values: Array, chains: int) -> float:
    """Return the Monte Carlo error of a mean by batch means (Flegal, Haran & Jones 2008, doi:10.1214/08-STS257).

    Each chain is cut into about the square root of its length of batches.
    """
    by_chain = values.reshape(chains, -1)
    length = max(1, int(np.sqrt(by_chain.shape[1])))
    batches = by_chain[:, : by_chain.shape[1] // length * length].reshape(-1, length).mean(axis=1)
    return float(batches.std(ddof=1) / np.sqrt(batches.size)) if batches.size > 1 else float("nan")


def _estimate(values: Array, chains: int | None = None) -> Estimate:
    lo, hi = np.quantile(values, [0.05, 0.95])
    mcse = None if chains is None else batch_means_mcse(values, chains)
    return Estimate(float(values.mean()), (float(lo), float(hi)), mcse)


def _band(values: Array) -> Band:
    lo, hi = np.quantile(values, [0.05, 0.95], axis=-1)
    return Band(values.mean(axis=-1), lo, hi)


def _plain(values: Array) -> list[float]:
    """Round to what a reader of the JSON can use; 1e-9 is far below any Monte Carlo error."""
    return np.round(values, 9).tolist()


def _prior_only(timeline: Timeline, posterior: Posterior, rng: np.random.Generator, inside: slice) -> float:
    some = {name: values[:, :PRIOR_DRAWS] for name, values in posterior.prior.items()}
    rates = build_rates(some, timeline.structure, timeline.ahead, timeline.plans)
    frailties = rng.standard_normal(rates.draws), rng.standard_normal(rates.draws)
    curves = forecast_curves(rates, timeline.ahead.days, timeline.stage, frailties)
    return float(curves.incidence[inside].sum(axis=(0, 1)).mean())


def _simulate_paths(
    rates: Rates, timeline: Timeline, frailties: tuple[Array, Array], rng: np.random.Generator, inside: slice
) -> Paths:
    jumps = simulate_jumps(
        rates, timeline.ahead.days, timeline.stage, frailties[0], rng, renew=lambda ended: frailties[1][ended]
    )
    happened = (jumps.target < 0) & (np.ceil(jumps.time) > (inside.start or 0))
    day, itinerary = np.zeros(rates.draws, int), np.full(rates.draws, -1)
    day[jumps.path[happened]] = np.ceil(jumps.time[happened]).astype(int)
    itinerary[jumps.path[happened]] = jumps.itinerary[happened]
    return Paths(day, itinerary)
