"""Several timelines answered: each family is fitted, and each of its timelines carried through the days ahead."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecast.answer.ahead import AGREEMENT_LEAST, SILENCE_LEAST, carry_ahead, check_agreement
from forecast.answer.events import evaluate, hangs_on_order
from forecast.answer.listening import come_in_turn, draw_together, hang_together, list_needed
from forecast.answer.notes import note_same_day, note_unseen
from forecast.answer.together import Carried, EnsembleResult
from forecast.errors import FitError
from forecast.inference import Engine, Posterior, Settings, find_or_fit, stream
from forecast.model import (
    ParameterPriors,
    Timeline,
    build_priors,
    build_timeline,
    extend_seasons,
    parameters_of,
    pool_timelines,
)
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
NUMBERS_BY_DAY = 60_000_000  # the same where an order hangs on single days
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
    asked, starts = list(list_parts(ensemble.event)), ensemble.starts
    needed = list_needed(ensemble.event, starts)
    posteriors: dict[str, Posterior] = {}
    parts: dict[Part, Carried] = {}
    waits = any(part.timeline in starts for part in needed)
    curves = len(asked) * settings.chains * settings.draws
    dates = _choose_dates(ensemble, curves, by_day=waits or hangs_on_order(ensemble.event))
    rng, shuffled = stream(settings.seed, "families ahead"), stream(settings.seed, "order of families")
    orders: dict[str, Array] = {}
    weights: list[Array] = []
    for family in ensemble.families:
        mine = [part for part in needed if part.timeline in family.timelines]
        if not mine:
            continue
        count = len(family.timelines)
        logger.info(f"{family.name}: {count} {'timeline' if count == 1 else 'timelines'}")
        try:
            posterior, carried, others = _answer_family(family, mine, dates, engine, settings, rng, fresh=fresh)
        except FitError as error:
            message = f"{family.name}: {error}"
            raise FitError(message) from error
        # Like families are drawn with like noise; in one order, they would seem to know of one another.
        size = next(iter(carried.values())).weight.size
        order = shuffled.permutation(size) if posteriors else np.arange(size)
        posteriors[family.name], orders[family.name] = posterior, order
        parts |= {part: each.take(order) for part, each in carried.items()}
        every = {part.timeline: each.weight for part, each in carried.items()} | others
        weights += [weight[order] / weight.mean() for weight in every.values()]
    weight = np.prod(weights, axis=0)
    is_given = any(not each.evidence.says_nothing for each in ensemble.timelines.values())
    least = AGREEMENT_LEAST if is_given else min(AGREEMENT_LEAST, SILENCE_LEAST * weight.size)
    check_agreement(weight, least, "what is given, and the silence, of all timelines together", "suppose less")
    drawn = None
    if waits:
        since = {part: parts[part].by for part in needed}
        turned = come_in_turn(since, starts, evaluate)
        parts = {part: replace(parts[part], by=by) for part, by in turned.items()}
        if hang_together(ensemble.event, starts):
            came = {part: (each.came - dates[0]).days for part, each in parts.items() if each.came}
            drawn = draw_together(since, starts, came, stream(settings.seed, "days of timelines"))
    shown = {part: parts[part] for part in asked}
    return EnsembleResult(ensemble, posteriors, dates, shown, orders, weight, _write_notes(ensemble), drawn)


def _write_notes(ensemble: Ensemble) -> tuple[str, ...]:
    """Say what is left out or counts in an order of its own, and what can never count."""
    said: dict[str, list[str]] = {}
    for family in ensemble.families:
        for name, scenario in family.timelines.items():
            known = scenario.known()
            notes = [*note_same_day(known), *note_unseen(scenario)]
            event = _find_event(known) if family.once else None
            if event is not None and find_settled(known) is None:
                notes.append(f"its event came on {event}, before the window, and can come once: it does not count")
            for note in notes:
                said.setdefault(note, []).append(name)
    return tuple(
        f"{', '.join(names[:4])}{' and others' if len(names) > 4 else ''}: {note}" for note, names in said.items()
    )


def _choose_dates(ensemble: Ensemble, curves: int, *, by_day: bool) -> tuple[datetime.date, ...]:
    """Choose the days of the window that are told for so many curves, after the evening before it: all where asked."""
    start, until = ensemble.window.start - datetime.timedelta(days=1), ensemble.window.until
    days = (until - start).days
    count = min(days, max(DATES_LEAST, (NUMBERS_BY_DAY if by_day else NUMBERS) // curves))
    return tuple(start + datetime.timedelta(days=int(day)) for day in np.linspace(0, days, count + 1).round())


def build_family(family: Family) -> tuple[dict[str, Timeline], Timeline, ParameterPriors]:
    """Return the timelines by name, the one that pools them, and its priors."""
    known = {name: _cut(scenario.known(), once=family.once) for name, scenario in family.timelines.items()}
    timelines = {name: build_timeline(each, _list_seasons(family)) for name, each in known.items()}
    pooled = pool_timelines(timelines, family.groups) if len(timelines) > 1 else next(iter(timelines.values()))
    return timelines, pooled, build_priors(next(iter(known.values())), pooled, family.pace, family.years)


def _list_seasons(family: Family) -> tuple[int, ...]:
    """Return the calendar years of a family's record, where they are told apart."""
    if family.years is None:
        return ()
    one = next(iter(family.timelines.values()))
    return tuple(range(one.question.history_from.year, one.as_of.year + 1))


def _answer_family(
    family: Family,
    asked: Sequence[Part],
    dates: Sequence[datetime.date],
    engine: Engine,
    settings: Settings,
    rng: np.random.Generator,
    *,
    fresh: bool,
) -> tuple[Posterior, dict[Part, Carried], dict[str, Array]]:
    """Fit a family, and carry the draws of each timeline that is asked about through the days ahead.

    Hands on as well what draws count by what is learned of the other timelines, by name.
    """
    timelines, pooled, priors = build_family(family)
    posterior = find_or_fit(pooled, priors, settings, engine=engine, fresh=fresh)
    names, carried = list(timelines), {}
    until = next(iter(family.timelines.values())).window.until.year
    draws = extend_seasons(posterior.draws, pooled, until, stream(settings.seed, f"years of {family.name}"))

    def draws_of(name: str) -> dict[str, Array]:
        return parameters_of(draws, pooled, names.index(name)) if len(timelines) > 1 else draws

    for part in asked:
        scenario = family.timelines[part.timeline]
        carried[part] = _carry(
            scenario, part, draws_of(part.timeline), dates, rng, once=family.once, seasons=pooled.seasons
        )
    weights = {
        name: carry_ahead(each, draws_of(name), rng, agreement=0).weight
        for name, each in timelines.items()
        if name not in {part.timeline for part in asked} and (len(each.quiet.days) or each.is_supposing)
    }
    return posterior, carried, weights


def _carry(
    scenario: Scenario,
    part: Part,
    draws: dict[str, Array],
    dates: Sequence[datetime.date],
    rng: np.random.Generator,
    *,
    once: bool,
    seasons: tuple[int, ...] = (),
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
    timeline = build_timeline(known, seasons)
    ahead = carry_ahead(timeline, draws, rng, detail="stages", agreement=0)
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
