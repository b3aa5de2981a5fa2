"""P alone, by draw, without the curves by day: all that a reading of the facts needs.

Receives a timeline and draws, hands on the probability that each draw gives to the event.
"""

from __future__ import annotations

import numpy as np

from forecast.errors import FitError
from forecast.inference import ESS_LEAST as AGREEMENT_LEAST
from forecast.inference import Posterior, effective_number
from forecast.model import Timeline, build_rates_ahead
from forecast.multistate import Array, event_chances
from forecast.scenario import Scenario


def find_chances(
    scenario: Scenario, timeline: Timeline, draws: dict[str, Array], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return the probability of the event in the window, and of what is learned, by draw: two arrays of (draws,).

    Raises
    ------
    FitError
        If what the scenario supposes to be learned leaves too few draws that agree with it.
    """
    chances, weight = event_chances(
        build_rates_ahead(draws, timeline),
        timeline.ahead.days,
        timeline.stage,
        draw_frailties(draws, timeline, rng),
        supposed=timeline.supposed,
        first=scenario.first_day,
    )
    if timeline.supposed.learned:
        check_agreement(weight)
    return chances.sum(axis=0), weight


def check_agreement(weight: Array) -> None:
    """Refuse to answer where what is learned leaves too few draws to speak for the rest.

    Raises
    ------
    FitError
    """
    ess = effective_number(weight)
    if not weight.any():
        message = "what is given cannot happen: no draw gives it any probability. Look at its stages and dates"
        raise FitError(message)
    if ess < AGREEMENT_LEAST:
        message = (
            f"what is given agrees with too few draws: their effective number is {ess:.0f}, below {AGREEMENT_LEAST}. "
            "Raise --draws, or suppose less"
        )
        raise FitError(message)


def draw_frailties(draws: dict[str, Array], timeline: Timeline, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return z of the episode under way, or of the next one, and of a later one: two arrays of (draws,)."""
    count = draws["log_stay"].shape[-1]
    this = draws["z"][timeline.episode] if timeline.episode >= 0 else rng.standard_normal(size=(count,))
    return this, rng.standard_normal(size=(count,))


def event_by_draw(scenario: Scenario, timeline: Timeline, posterior: Posterior) -> Array:
    """Return P of each draw, (draws,)."""
    rng = np.random.default_rng([posterior.diagnostics["seed"], 2])
    frailties = draw_frailties(posterior.draws, timeline, rng)
    rates, first = build_rates_ahead(posterior.draws, timeline), scenario.first_day
    days, supposed = timeline.ahead.days, timeline.supposed
    chances, _ = event_chances(rates, days, timeline.stage, frailties, supposed=supposed, first=first)
    return chances.sum(axis=0)
