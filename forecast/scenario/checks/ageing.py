"""What can be wrong with stages that age: their shape, and stays of which nobody knows the first or the last day."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import KeyPath, Problem
from forecast.scenario.beliefs import StageBelief
from forecast.scenario.checks.intervals import check_interval
from forecast.scenario.entries import StageEntry
from forecast.scenario.holes import Hole
from forecast.scenario.known import resolve
from forecast.scenario.laws import Chance, Past
from forecast.scenario.limits import LEAST_SHAPE, MOST_SHAPE
from forecast.scenario.record import ScenarioRecord


def check_shape(key: KeyPath, belief: StageBelief) -> Iterator[Problem]:
    """Find a shape that is out of bounds, or beside single stays, whose interval says all of it."""
    if belief.shape is None:
        return
    yield from check_interval((*key, "shape"), belief.shape, least=LEAST_SHAPE, most=MOST_SHAPE)
    if belief.stay.is_single:
        message = "expected no shape, because single says how far stays differ; found one"
        yield Problem((*key, "shape"), f"{message}. Leave it out, or write mean beside it")
    elif isinstance(belief.stay.law, Past | Chance) and belief.ages:
        message = "expected no shape, because a record and a chance are taken to be of stays that do not age; found one"
        yield Problem((*key, "shape"), f"{message}. Leave it out, or give the mean as [lo, hi]")


def check_ages(scenario: ScenarioRecord) -> Iterator[Problem]:
    """Find stays in stages that age of which it is not known when they began or ended."""
    known = resolve(scenario)
    ageing = {name for name, prior in known.priors.stages.items() if prior.belief.ages}
    if not ageing:
        return
    stage = known.first_stay.stage
    if stage in ageing and known.first_stay.since is None:
        yield _ask_since(("begins",), stage, "a day on which it began, such as since: 2024-05-01")
    for item in known.course:
        if isinstance(item, Hole):
            begun = known.stay_after(item)
            if begun.stage in ageing and begun.since is None:
                number = [hole.start for hole in scenario.unrecorded].index(item.start)
                yield _ask_since(("unrecorded", number), begun.stage, "then, with since")
            stage = begun.stage
            continue
        entry, index = item.entry, item.number
        after = entry.stage if isinstance(entry, StageEntry) else known.question.stages[0]
        if entry.earliest is not None and ageing.intersection({stage, after}):
            name = next(name for name in (stage, after) if name in ageing)
            message = f"expected one day, because how long stays in {name} have lasted tells of their end"
            remedy = f"Give the likeliest day, or leave out the shape of {name} and write mean"
            yield Problem(("timeline", index or 0), f"{message}; found {entry.earliest} or later. {remedy}")
        stage = after


def _ask_since(key: KeyPath, stage: str, expected: str) -> Problem:
    message = f"stays in {stage} age, and nobody says since when it was under way; expected {expected}"
    return Problem(key, f"{message}. A month will do")
