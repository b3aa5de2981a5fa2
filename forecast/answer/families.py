"""Several timelines answered: each family is fitted, and each of its timelines carried through the days ahead."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecast.answer.ahead import carry_ahead
from forecast.answer.together import Carried, EnsembleResult
from forecast.errors import FitError
from forecast.inference import Engine, Posterior, Settings, find_or_fit, stream
from forecast.model import build_priors, build_timeline, parameters_of, pool_timelines
from forecast.multistate import Array
from forecast.scenario import (
    Asks,
    Ensemble,
    EventEntry,
    Family,
    Known,
    Part,
    Scenario,
    find_settled,
    list_parts,
    step_day,
)

logger = logging.getLogger(__name__)

NUMBERS = 2_500_000  # timelines times draws times dates, at which curves are told
DATES_LEAST = 30


def run_ensemble(
    ensemble: Ensemble, *, engine: Engine = "nuts", settings: Settings | None = None, fresh: bool = False
) -> EnsembleResult:
    """Fit each family and answer what is asked of all.

    Raises
    ------
    InputError
        If a timeline cannot be used.
    FitError
        If a fit fails its gate; the message names the family.
    """
    settings = settings or Settings()
    asked = list(list_parts(ensemble.event))
    posteriors: dict[str, Posterior] = {}
    parts: dict[Part, Carried] = {}
    dates = _choose_dates(ensemble, len(asked), settings.chains * settings.draws)
    for family in ensemble.families:
        mine = [part for part in asked if part.timeline in family.timelines]
        if not mine:
            continue
        logger.info(f"{family.name}: {len(family.timelines)} timelines")
        try:
            posterior, carried = _answer_family(family, mine, dates, engine, settings, fresh=fresh)
        except FitError as error:
            message = f"{family.name}: {error}"
            raise FitError(message) from error
        posteriors[family.name] = posterior
        parts |= carried
    return EnsembleResult(ensemble, posteriors, dates, {part: parts[part] for part in asked})


def _choose_dates(ensemble: Ensemble, parts: int, draws: int) -> tuple[datetime.date, ...]:
    """Choose the days of the window that are told, all if they are few, after the evening before it."""
    start, until = ensemble.window.start - datetime.timedelta(days=1), ensemble.window.until
    days = (until - start).days
    count = min(days, max(DATES_LEAST, NUMBERS // (parts * draws)))
    return tuple(start + datetime.timedelta(days=int(day)) for day in np.linspace(0, days, count + 1).round())


def _answer_family(
    family: Family,
    asked: Sequence[Part],
    dates: Sequence[datetime.date],
    engine: Engine,
    settings: Settings,
    *,
    fresh: bool,
) -> tuple[Posterior, dict[Part, Carried]]:
    """Fit a family, and carry the draws of each timeline that is asked about through the days ahead."""
    known = {name: _cut(scenario.known(), once=family.once) for name, scenario in family.timelines.items()}
    timelines = {name: build_timeline(each) for name, each in known.items()}
    first = next(iter(known.values()))
    pooled = pool_timelines(timelines) if len(timelines) > 1 else next(iter(timelines.values()))
    priors = build_priors(first, pooled, family.pace)
    posterior = find_or_fit(pooled, priors, settings, engine=engine, fresh=fresh)
    names, carried = list(timelines), {}
    rng = stream(posterior.diagnostics["seed"], "families ahead")  # one for all, whose later episodes are their own
    for part in asked:
        scenario = family.timelines[part.timeline]
        draws = posterior.draws
        if len(timelines) > 1:
            draws = parameters_of(draws, pooled, names.index(part.timeline))
        carried[part] = _carry(scenario, part, draws, dates, rng, once=family.once)
    return posterior, carried


def _carry(
    scenario: Scenario,
    part: Part,
    draws: dict[str, Array],
    dates: Sequence[datetime.date],
    rng: np.random.Generator,
    *,
    once: bool,
) -> Carried:
    """Return one part by each date."""
    known = scenario.known()
    if part.stage:
        known = replace(known, question=replace(known.question, asks=Asks(reached=part.stage)))
    count = draws["log_stay"].shape[-1]
    if settled := find_settled(known):
        came = settled.day if settled.is_yes else None
        return Carried(np.full((count, len(dates)), float(settled.is_yes)), np.ones(count), came)
    if once and _find_event(known) is not None:  # before the window
        return Carried(np.zeros((count, len(dates))), np.ones(count))
    timeline = build_timeline(known)
    ahead = carry_ahead(timeline, draws, rng, detail="stages")
    assert ahead.curves is not None
    alive, first = ahead.curves.alive, timeline.first_day
    at = [(day - known.as_of).days for day in dates]
    came = alive[:, first, None] - alive[:, at]
    weight = ahead.curves.weight
    return Carried(np.divide(came, weight[:, None], out=np.zeros_like(came), where=weight[:, None] > 0), weight)


def _cut(known: Known, *, once: bool) -> Known:
    """Return what is known up to the day on which a timeline is over, asked about days that are left."""
    event = _find_event(known) if once else None
    known = replace(known, window=replace(known.window, began=None))
    return known if event is None else replace(known, as_of=event)


def _find_event(known: Known) -> datetime.date | None:
    """Return the day of the first event on record."""
    return next((step_day(item.entry) for item in known.steps if isinstance(item.entry, EventEntry)), None)
