"""Posterior and right-hand segments to a forecast: whether, where and when, exact for each draw.

Probabilities need no simulation: the headline is the mean over draws of an exact quantity. Paths are simulated as
well, as predictions.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np

from forecast.answer.ahead import check_agreement, draw_frailties
from forecast.answer.baselines import constant_rate
from forecast.answer.readings import answer_readings
from forecast.answer.result import Result
from forecast.answer.summaries import estimate
from forecast.inference import Engine, Posterior, Settings, divide, find_or_fit
from forecast.model import Timeline, build_priors, build_rates_ahead, build_timeline
from forecast.multistate import event_chances, forecast_curves
from forecast.scenario import Scenario


def run_scenario(
    scenario: Scenario,
    *,
    settings: Settings | None = None,
    engine: Engine = "nuts",
    fresh: bool = False,
) -> Result:
    """Answer a scenario: whether, where and when.

    Parameters
    ----------
    settings : Settings, optional
        Draws and tuning steps per chain, chains, seed.
    engine : {"nuts", "quick"}
        The reference, or importance sampling in a fraction of a second, which hands over to it where it must.
    fresh : bool
        Fit again even where a stored posterior would do.

    Returns
    -------
    Result

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
    posterior = find_or_fit(timeline, priors, settings, engine=engine, fresh=fresh)
    readings = answer_readings(scenario, settings)
    return replace(predict(scenario, timeline, posterior), readings=readings)


def predict(scenario: Scenario, timeline: Timeline, posterior: Posterior) -> Result:
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
    return Result(
        scenario=scenario,
        timeline=timeline,
        fit=posterior,
        p_event=estimate(joint, curves.weight, error=posterior.mcse),
        places={name: estimate(by_place[index], curves.weight) for index, name in enumerate(structure.places)},
        itineraries={name: estimate(by_way[index], curves.weight) for index, name in enumerate(structure.itineraries)},
        days=[scenario.as_of + datetime.timedelta(days=step + 1) for step in range(int(days.sum()))],
        curves=curves.group(place_of),
        frailties=frailties,
        base_rate=constant_rate(scenario),
        prior_only=_prior_only(timeline, posterior, rng, first),
        p_draws=divide(joint, curves.weight),
    )


def _prior_only(timeline: Timeline, posterior: Posterior, rng: np.random.Generator, first: int) -> float:
    rates = build_rates_ahead(posterior.prior, timeline)
    frailties = rng.standard_normal(rates.draws), rng.standard_normal(rates.draws)
    chances, weight = event_chances(
        rates, timeline.ahead.days, timeline.stage, frailties, supposed=timeline.supposed, first=first
    )
    return float(chances.sum() / max(weight.sum(), np.finfo(float).tiny))
