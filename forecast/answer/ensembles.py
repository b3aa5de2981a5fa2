"""A question about several timelines answered: families are fitted, and their timelines come in turn."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecast.answer.ahead import AGREEMENT_LEAST, SILENCE_LEAST, check_agreement
from forecast.answer.carried import Carried
from forecast.answer.episodes import ties_episodes
from forecast.answer.events import hangs_on_order
from forecast.answer.families import Carrier, Fitted, find_event, fit_family
from forecast.answer.learned import learn
from forecast.answer.listening import OFF_MOST, come_in_turn
from forecast.answer.notes import note_same_day, note_unseen
from forecast.answer.readings import ReadingAnswer
from forecast.answer.together import EnsembleResult
from forecast.errors import FitError, InputError, Problem
from forecast.inference import Engine, Posterior, Settings, stream
from forecast.scenario import (
    Ensemble,
    Part,
    Reading,
    find_settled,
    list_needed,
    list_numbered,
    list_parts,
    list_readings,
    read_all_as,
)

logger = logging.getLogger(__name__)

NUMBERS = 2_500_000  # timelines times draws times dates, at which curves are told
NUMBERS_BY_DAY = 60_000_000  # the same where an order hangs on single days
NUMBERS_MOST = 250_000_000  # the same where a timeline hangs on another's days: 2 GB
DATES_LEAST = 30


def run_ensemble(
    ensemble: Ensemble,
    *,
    engine: Engine = "nuts",
    settings: Settings | None = None,
    fresh: bool = False,
    tell: bool = True,
) -> EnsembleResult:
    """Fit each family and answer what is asked of all; `tell` says of each when it begins.

    Raises
    ------
    InputError
        If a timeline cannot be used.
    FitError
        If a fit fails its gate; the message names the family.
    """
    settings = settings or Settings()
    asked = list(list_parts(ensemble.event))
    needed = list_needed(ensemble.named, ensemble.waits)
    dates = _choose_dates(ensemble, needed, settings)
    fitted: dict[str, Fitted] = {}
    shuffled = stream(settings.seed, "order of families")
    for family in ensemble.families:
        if any(part.timeline in family.timelines for part in needed):
            # Like families are drawn with like noise; in one order, they would seem to know of one another.
            shuffle = shuffled.permutation if fitted else np.arange
            if tell:
                count = len(family.timelines)
                logger.info(f"{family.name}: {count} {'timeline' if count == 1 else 'timelines'}")
            fitted[family.name] = fit_family(family, shuffle, engine, settings, fresh=fresh)
    by_name = {name: each for each in fitted.values() for name in each.family.timelines}
    carry = Carrier(by_name, dates, stream(settings.seed, "families ahead"))
    parts, drawn = come_in_turn(ensemble, needed, carry, dates, stream(settings.seed, "days of timelines"))
    every = {part.timeline: each.weight for part, each in parts.items()}
    every |= {name: carry.weigh(name) for name in by_name if name not in every and carry.is_learning(name)}
    numbered = {part: carry(part) for part in list_numbered(ensemble.event)}
    parts, drawn, chance = learn(parts, drawn, ensemble.learned, dates)
    weight = chance * np.prod([each / each.mean() for each in every.values()], axis=0)
    is_given = ensemble.learned or ensemble.gives_within
    least = AGREEMENT_LEAST if is_given else min(AGREEMENT_LEAST, SILENCE_LEAST * weight.size)
    check_agreement(weight, least, "what is given, and the silence, of all timelines together", "suppose less")
    return EnsembleResult(
        ensemble=ensemble,
        posteriors={name: each.posterior for name, each in fitted.items()},
        dates=dates,
        parts={part: parts[part] for part in asked},
        orders={name: each.order for name, each in fitted.items()},
        weight=weight,
        notes=(*_write_notes(ensemble), *_tell_off(parts), *_tell_tied(needed, by_name)),
        drawn=drawn,
        numbered=numbered,
    )


def answer_ensemble(
    ensemble: Ensemble, *, engine: Engine, settings: Settings | None = None, fresh: bool = False
) -> EnsembleResult:
    """Answer what is asked of several timelines, under each of their readings, too.

    Raises
    ------
    InputError
    FitError
        As `run_ensemble`; the message names the reading.
    """
    settings = settings or Settings()
    result = run_ensemble(ensemble, engine=engine, settings=settings, fresh=fresh)
    answers = {name: _answer_reading(ensemble, reading, settings) for name, reading in list_readings(ensemble).items()}
    return replace(result, readings=answers)


def _answer_reading(ensemble: Ensemble, reading: Reading, settings: Settings) -> ReadingAnswer:
    logger.info(f"reading {reading.name}")
    try:
        found = run_ensemble(read_all_as(ensemble, reading.name), engine="quick", settings=settings, tell=False)
    except FitError as error:
        message = f"reading {reading.name}: {error}"
        raise FitError(message) from error
    return ReadingAnswer(reading.reason, found.p_event, found.engine, found.weight.size, reading.weight)


def refuse_posterior(posterior: Posterior | None) -> None:
    """Refuse one at hand, where several timelines are asked about.

    Raises
    ------
    InputError
    """
    if posterior is not None:
        message = "expected none beside several timelines, of which each family has its own; found a posterior"
        raise InputError([Problem(("posterior",), message)])


def _tell_off(parts: Mapping[Part, Carried]) -> Iterator[str]:
    """Say where trying a few days of what is listened to makes an error that can be seen."""
    for part, each in parts.items():
        if each.off >= OFF_MOST:
            yield f"{part}: P may be off by {each.off:.3f}, because it is tried on a few days of what it listens to"


def _tell_tied(needed: Sequence[Part], fitted: Mapping[str, Fitted]) -> Iterator[str]:
    """Say of which timelines several later episodes share one seriousness."""
    for name in dict.fromkeys(part.timeline for part in needed):
        if ties_episodes(fitted[name].timelines[name], fitted[name].draws_of(name)):
            yield f"{name}: several later episodes share one seriousness here, so P may be off by some hundredths"


def _write_notes(ensemble: Ensemble) -> tuple[str, ...]:
    """Say what is left out or counts in an order of its own, and what can never count."""
    said: dict[str, list[str]] = {}
    for family in ensemble.families:
        for name, scenario in family.timelines.items():
            known = scenario.known()
            notes = [*note_same_day(known), *note_unseen(scenario), *map(str, family.links.get(name, ()))]
            event = find_event(known) if family.once else None
            if event is not None and find_settled(known) is None:
                notes.append(f"its event came on {event}, before the window, and can come once: it does not count")
            for note in notes:
                said.setdefault(note, []).append(name)
    return tuple(
        f"{', '.join(names[:4])}{' and others' if len(names) > 4 else ''}: {note}" for note, names in said.items()
    )


def _choose_dates(ensemble: Ensemble, needed: Sequence[Part], settings: Settings) -> tuple[datetime.date, ...]:
    """Choose the days of the window that are told, after the evening before it: all where timelines hang on days."""
    start, until = ensemble.window.start - datetime.timedelta(days=1), ensemble.window.until
    days, curves = (
        (until - start).days,
        (len(needed) + len(list_numbered(ensemble.event))) * settings.chains * settings.draws,
    )
    if any(part.timeline in ensemble.waits for part in needed):
        if days * curves > NUMBERS_MOST:
            message = f"expected fewer draws or a shorter window; {days} days of {len(needed)} timelines take too much"
            raise InputError([Problem(("window",), f"{message} memory")])
        count = days
    else:
        most = NUMBERS_BY_DAY if hangs_on_order(ensemble.event) else NUMBERS
        count = min(days, max(DATES_LEAST, most // curves))
    told = {start + datetime.timedelta(days=int(day)) for day in np.linspace(0, days, count + 1).round()}
    return tuple(sorted(told.union(step.by for step in ensemble.learned.values())))
