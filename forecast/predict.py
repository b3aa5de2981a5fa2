"""Posterior and right-hand segments to a forecast: whether, where and when, exact for each draw.

Probabilities need no simulation: the headline is the mean over draws of an exact quantity. Paths are simulated as
well, as predictions.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np

from forecast.chances import check_agreement, draw_frailties
from forecast.curves import event_chances, forecast_curves
from forecast.hazards import build_rates_ahead
from forecast.inference import Engine, Report, Settings, be_silent, draw_posterior
from forecast.posterior import Posterior
from forecast.priors import build_priors
from forecast.rereading import answer_readings
from forecast.result import Forecast
from forecast.scenario import EventEntry, Scenario
from forecast.summaries import divide, estimate
from forecast.timeline import Timeline, build_timeline

Array = np.ndarray


def run_scenario(
    scenario: Scenario,
    *,
    settings: Settings | None = None,
    engine: Engine = "nuts",
    fresh: bool = False,
    report: Report = be_silent,
) -> Forecast:
    """Answer a scenario: whether, where and when.

    Parameters
    ----------
    settings : Settings, optional
        Draws and tuning steps per chain, chains, seed.
    engine : {"nuts", "quick"}
        The reference, or importance sampling in a fraction of a second, which hands over to it where it must.
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
        If the fit, or that of a reading, fails its gate.

    Examples
    --------
    >>> import forecast
    >>> result = forecast.run_scenario(forecast.load_scenario("scenarios/may.yaml"))  # doctest: +SKIP
    """
    settings = settings or Settings()
    timeline = build_timeline(scenario)
    priors = build_priors(scenario, timeline)
    posterior = draw_posterior(timeline, priors, settings, engine=engine, fresh=fresh, report=report)
    readings = answer_readings(scenario, settings, report=report)
    return replace(predict(scenario, timeline, posterior), readings=readings)


def predict(scenario: Scenario, timeline: Timeline, posterior: Posterior) -> Forecast:
    """Carry every posterior draw through the right-hand segments.

    Raises
    ------
    FitError
        If what the scenario supposes to be learned leaves too few draws that agree with it.
    """
    structure, days = timeline.structure, timeline.ahead.days
    rng = np.random.default_rng([posterior.diagnostics["seed"], 2])
    rates = build_rates_ahead(posterior.draws, timeline)
    frailties = draw_frailties(posterior.draws, timeline, rng)
    first = scenario.first_day
    curves = forecast_curves(
        rates, days, timeline.stage, frailties, supposed=timeline.supposed, silence_from=first, by_draw=False
    )
    if timeline.supposed.learned:
        check_agreement(curves.weight)
    by_way = curves.total(first)
    place_of = np.equal.outer(np.arange(len(structure.places)), structure.place_of).astype(float)
    by_place, joint = place_of @ by_way, by_way.sum(axis=0)
    return Forecast(
        scenario=scenario,
        timeline=timeline,
        fit=posterior,
        p_event=estimate(joint, curves.weight, error=posterior.mcse),
        places={name: estimate(by_place[index], curves.weight) for index, name in enumerate(structure.places)},
        itineraries={name: estimate(by_way[index], curves.weight) for index, name in enumerate(structure.itineraries)},
        days=[scenario.as_of + datetime.timedelta(days=step + 1) for step in range(int(days.sum()))],
        curves=curves.group(place_of),
        frailties=frailties,
        base_rate=base_rate(scenario),
        prior_only=_prior_only(timeline, posterior, rng, first),
        p_draws=divide(joint, curves.weight),
    )


def base_rate(scenario: Scenario) -> float:
    """Return P from a constant rate: n events in d days, Jeffreys' Gamma(n + 1/2, d), integrated out.

    No event for t days has the probability (d / (d + t))^(n + 1/2).
    """
    events = sum(isinstance(entry, EventEntry) for _, entry in scenario.steps())
    days = max(1, (scenario.as_of - scenario.question.history_from).days)
    before = scenario.first_day
    through = (scenario.window.until - scenario.as_of).days
    none_before, none_through = ((days / (days + ahead)) ** (events + 0.5) for ahead in (before, through))
    return none_before - none_through


def _prior_only(timeline: Timeline, posterior: Posterior, rng: np.random.Generator, first: int) -> float:
    rates = build_rates_ahead(posterior.prior, timeline)
    frailties = rng.standard_normal(rates.draws), rng.standard_normal(rates.draws)
    chances, weight = event_chances(
        rates, timeline.ahead.days, timeline.stage, frailties, supposed=timeline.supposed, first=first
    )
    return float(chances.sum() / max(weight.sum(), np.finfo(float).tiny))
