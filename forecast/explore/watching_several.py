"""What to watch in a file of several timelines: what each of them may do soon, and P with it and without.

Receives an ensemble; hands on rows of signposts. Each is a conditional pair, so it is exact where the timelines are not
drawn, and has the error of drawn days where they are.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator

from forecast.answer import EnsembleResult, run_ensemble
from forecast.errors import InputError, Problem
from forecast.explore.compare_several import answer_given, pair_up
from forecast.explore.watching import CERTAIN, Signpost, refuse_given, weigh
from forecast.inference import Engine, Settings
from forecast.scenario import Ensemble, Part, Reach, Some, find_settled, list_order_misfits, list_parts, list_totals

logger = logging.getLogger(__name__)


def watch_several(
    ensemble: Ensemble, last: datetime.date, engine: Engine, settings: Settings
) -> tuple[EnsembleResult, tuple[Signpost, ...]]:
    """Return the answer of today, and what each timeline may do by a day, the most informative first.

    Raises
    ------
    InputError
        If something is supposed already, the window opens later, or events are counted.
    FitError
        If a fit fails its gate.
    """
    _check(ensemble)
    today = run_ensemble(ensemble, engine=engine, settings=settings)
    came = {part for part, each in today.parts.items() if each.came is not None}
    rows = []
    for part in _list_steps(ensemble):
        if part in came:
            continue
        logger.info(f"{part.name} by {last}")
        chance, p_if, p_if_not = _split(today, part, last, engine, settings)
        if p_if is not None and p_if_not is not None and chance > CERTAIN:
            kind, says = ("stage", "is entered") if part.stage else ("event", "comes")
            rows.append(weigh(kind, part.name, f"{part.name} {says}", chance, p_if, p_if_not))
    return today, tuple(sorted(rows, key=lambda row: -row.information))


def _split(
    today: EnsembleResult, part: Part, last: datetime.date, engine: Engine, settings: Settings
) -> tuple[float, float | None, float | None]:
    """Return the chance that something comes by a day, P if it does, and P if it does not."""
    without = answer_given(today, part, Reach(last, happens=False), engine, settings)
    # What is left of P without it is P with it, and one answer does for two; not where drawn days leave their noise.
    if without is None or any(each.drawn is not None for each in (today, without)):
        entered = answer_given(today, part, Reach(last), engine, settings)
        pair = pair_up(f"{part.name} comes by {last}", today, entered, without)
        return pair.chance, pair.p_if, pair.p_if_not
    share = float(without.weight.mean() / today.weight.mean())
    p_if_not, chance = without.p_event.mean, max(1 - share, 0.0)
    if chance <= CERTAIN:
        return chance, None, p_if_not
    return chance, min(max((today.p_event.mean - share * p_if_not) / chance, 0.0), 1.0), p_if_not


def _list_steps(ensemble: Ensemble) -> Iterator[Part]:
    """Yield one step of each timeline: what is asked of it, else what others wait for, else its event."""
    waits = ensemble.waits
    steps = {part.timeline: part for event in waits.values() for part in list_parts(event)}
    steps |= {part.timeline: part for part in list_parts(ensemble.event)}
    once = ensemble.once

    def fits(part: Part) -> bool:
        both = Some(1, None, (ensemble.event, part))
        return not any(True for _ in list_order_misfits(both, ensemble.timelines, waits, once))

    for name, scenario in ensemble.timelines.items():
        if name in once and find_settled(scenario.known()) is not None:
            continue
        part = steps.get(name, Part(name))
        if fits(part):
            yield part


def _check(ensemble: Ensemble) -> None:
    """Refuse what no pair of one step tells of."""
    refuse_given(is_given=bool(ensemble.learned) or ensemble.gives_within)
    if any(True for _ in list_totals(ensemble.event)):
        message = "expected a question about whether timelines come; this one counts their events"
        raise InputError([Problem(("question", "event"), message)])
    if (ensemble.window.start - ensemble.as_of).days > 1:
        message = (
            "expected a window that is open on the day after as_of, because what comes before it would be left out"
        )
        raise InputError([Problem(("window", "from"), f"{message}; found {ensemble.window.start}")])
