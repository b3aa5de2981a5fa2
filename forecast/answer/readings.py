"""Readings answered: P under each other reading of the facts, beside the scenario's own.

A range over readings wants several answers and no precision, so each comes from few draws of the quick engine.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from forecast.answer.ahead import answer_whether
from forecast.answer.summaries import Estimate
from forecast.errors import FitError
from forecast.inference import Posterior, Settings, draw_quickly, find_or_fit
from forecast.model import Timeline, build_priors, build_timeline
from forecast.scenario import Known, Reading, Scenario, read_as

logger = logging.getLogger(__name__)

DRAWS = 1000  # enough for an error below 0.01, a tenth of what separates the readings that matter
PROPOSALS = 4096


@dataclass(frozen=True)
class ReadingAnswer:
    """P of a scenario under one reading of its facts, how it was drawn, and how likely it is, if that is said."""

    reason: str
    p_event: Estimate
    engine: str
    draws: int
    weight: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "reason": self.reason,
            "p_event": self.p_event.to_dict(),
            "engine": self.engine,
            "draws": self.draws,
            **({} if self.weight is None else {"weight": self.weight}),
        }


def answer_readings(scenario: Scenario, settings: Settings | None = None) -> dict[str, ReadingAnswer]:
    """Answer a scenario under each of its readings, by name; those whose facts were not public yet are left out.

    Parameters
    ----------
    settings : Settings, optional
        Chains and seed; its draws where few do not do: where the quick engine fails its gate with them, or the scenario
        supposes something to be learned, with which few of them may agree.

    Raises
    ------
    FitError
        If a reading's fit fails its gate; the message names it.
    """
    settings = settings or Settings()
    return {item.name: _answer(scenario, item, settings) for item in scenario.known().readings}


def range_over(own: float, readings: Mapping[str, ReadingAnswer]) -> tuple[float, float] | None:
    """Return the least and the largest P over a scenario's readings, its own among them; None if it has no others."""
    every = [own, *(answer.p_event.mean for answer in readings.values())]
    return (min(every), max(every)) if readings else None


def pool(own: Estimate, readings: Mapping[str, ReadingAnswer]) -> Estimate | None:
    """Return the mean of P over readings by their weights (a linear pool), its own among them; None without weights.

    The interval is that of the means: from the least to the largest of them. What the weights leave is the own one's.
    """
    weights = [answer.weight for answer in readings.values() if answer.weight is not None]
    if not weights:
        return None
    every = [
        (max(0.0, 1 - sum(weights)), own),
        *zip(weights, (item.p_event for item in readings.values()), strict=True),
    ]
    bounds = range_over(own.mean, readings)
    assert bounds is not None
    error = math.sqrt(sum((weight * (item.mcse or 0.0)) ** 2 for weight, item in every))
    return Estimate(sum(weight * item.mean for weight, item in every), bounds, error)


class WithReadings:
    """An answer that has others beside it, under other readings of the facts."""

    p_event: Any
    readings: Any

    @property
    def readings_range(self) -> tuple[float, float] | None:
        """Least and largest P over all readings, this one among them; None where the scenario lists no others."""
        return range_over(self.p_event.mean, self.readings)

    @property
    def pooled(self) -> Estimate | None:
        """P over all readings by their weights; its interval is their range. None where they have no weights."""
        return pool(self.p_event, self.readings)

    @property
    def plain_readings(self) -> dict[str, Any]:
        """What `forecast.json` says of readings."""
        if (bounds := self.readings_range) is None:
            return {}
        answers = {name: answer.to_dict() for name, answer in self.readings.items()}
        pooled = {} if self.pooled is None else {"pooled": {"p_event": self.pooled.to_dict()}}
        return {"readings": answers, "readings_range": list(bounds), **pooled}


def _answer(scenario: Scenario, reading: Reading, settings: Settings) -> ReadingAnswer:
    other = read_as(scenario, reading)
    logger.info(f"reading {reading.name}")
    known = other.known()
    timeline = build_timeline(known)
    try:
        posterior = _draw(known, timeline, settings)
        p_event = answer_whether(timeline, posterior)
    except FitError as error:
        message = f"reading {reading.name}: {error}"
        raise FitError(message) from error
    drawn = posterior.diagnostics
    return ReadingAnswer(reading.reason, p_event, drawn["engine"], drawn["draws"] * drawn["chains"], reading.weight)


def _draw(known: Known, timeline: Timeline, settings: Settings) -> Posterior:
    """Draw few if they will do, else as many as the settings say."""
    priors = build_priors(known, timeline)
    few = replace(settings, draws=max(1, DRAWS // settings.chains))
    if not timeline.is_supposing and (found := draw_quickly(timeline, priors, few, proposals=PROPOSALS)):
        return found
    return find_or_fit(timeline, priors, settings, engine="quick")
