"""The one door ahead: draws carried through the days after the as-of date, exactly for each of them.

Receives a timeline and draws of its parameters. Hands on the probability of the event by itinerary and draw, what each
draw counts, and the curves by day where they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from forecast.answer.episodes import are_many, count_copies
from forecast.answer.summaries import Estimate, estimate
from forecast.errors import FitError
from forecast.inference import Cost, Posterior, announce, effective_number, smooth_weights, stream
from forecast.model import Asked, Timeline, build_rates, build_rates_ahead, chance_conditions_held, find_start
from forecast.multistate import (
    Array,
    Curves,
    Goal,
    Quiet,
    chance_unchanged,
    count_chances,
    event_chances,
    forecast_curves,
    later_frailties,
)

SHAPE_MOST = 0.5  # of Pareto's k: up to it weights have a variance
SILENCE_LEAST = 0.1  # of the draws, where they are few
AGEING_COSTS = 9  # times as much as stages that do not age, see docs/performance.md
AGREEMENT_LEAST = 400  # effective draws that agree with what is learned: as many as the gate asks of a fit

Detail = Literal["total", "days", "stages"]


@dataclass(frozen=True, eq=False)
class Ahead:
    """Draws at the end of the window.

    Attributes
    ----------
    joint : (itineraries, draws)
        Probability of what is learned and of the event in the window, times what the draw counted before.
    weight : (draws,)
        Probability of what is learned, silence up to `as_of` among it, times what the draw counted before; 1 where
        nothing is learned.
    frailties : tuple of (draws,)
        z of the episode under way, or of the next one, and of each copy of a later one.
    curves : Curves or None
        By day; with the stages by draw where the detail is ``stages``, as sums over draws where it is ``days``.
    """

    joint: Array
    weight: Array
    frailties: tuple[Array, ...]
    curves: Curves | None = None

    @property
    def total(self) -> Array:
        """Probability of what is learned and of the event, by any itinerary: (draws,)."""
        return self.joint.sum(axis=0)


def carry_ahead(
    timeline: Timeline,
    draws: dict[str, Array],
    rng: np.random.Generator,
    *,
    weight: Array | None = None,
    detail: Detail = "total",
    agreement: float = AGREEMENT_LEAST,
    asked: Asked | None = None,
    this: Array | None = None,
    counts: bool = False,
    compiled: bool = False,
) -> Ahead:
    """Carry draws through the segments ahead.

    Parameters
    ----------
    draws : dict of (labels, draws)
        On the model's scale.
    rng : numpy.random.Generator
        Of the frailties that no draw holds: those of episodes that have not begun.
    weight : (draws,), optional
        What each draw counts; all the same without it.
    detail : {"total", "days", "stages"}
        P alone, which is fast; or with its curves by day; or with the stages by day and draw as well.
    agreement : float
        How many effective draws must agree with what is learned; 0 asks for nothing.
    asked : Asked, optional
        Another question to the same timeline; its own if not given.
    this : (draws,), optional
        z of the next episode as another walk of the same draws has it, in place of a random one.
    counts : bool
        Tell episodes apart as where events are counted, so that the first adds up with the others.
    compiled : bool
        For jobs of many rows: P alone by compiled code, which takes some seconds the first time; see `event_chances`.

    Raises
    ------
    FitError
        If fewer agree, or none.
    """
    asked = asked or timeline.asked
    goal, first = timeline.seeks(asked), timeline.first_day
    setting = _set_out(timeline, draws, rng, goal, this=this, counts=counts)
    curves: Curves | None = None
    if detail == "total":
        joint, learned = event_chances(**setting, first=first, goal=goal, compiled=compiled)
        joint = asked.split(joint)
    else:
        silence_from = first if detail == "days" else None
        curves = forecast_curves(
            **setting, first=first, goal=goal, silence_from=silence_from, by_draw=detail == "stages"
        )
        curves = replace(curves, shares=tuple(map(asked.split, curves.shares)))
        joint, learned = curves.total(first), curves.weight
    if weight is not None:
        joint, learned = joint * weight, learned * weight
    if timeline.is_supposing and agreement > 0:
        check_agreement(learned, agreement, "what is given", "suppose less")
    elif setting["quiet"] and agreement > 0:
        least = min(agreement, SILENCE_LEAST * learned.size)
        remedy = "look whether the record has the news of the days since the last step"
        check_agreement(learned, least, "so long a silence", remedy)
    return Ahead(joint, learned, setting["frailties"], curves)


def chance_to_enter(timeline: Timeline, draws: dict[str, Array], rng: np.random.Generator) -> Array:
    """Return the probability that a stage is entered by the day by which it is learned to be: (draws,).

    Asked by a walk that ends there, which what is learned by a day does not use.
    """
    goal = timeline.seeks_entry()
    chances, _ = event_chances(**_set_out(timeline, draws, rng, goal), goal=goal)
    return chances.sum(axis=0)


def count_ahead(
    timeline: Timeline, draws: dict[str, Array], rng: np.random.Generator, *, numbers: int, this: Array | None = None
) -> Array:
    """Return the probability of what is learned and of 0, 1, ... events in the window: (numbers, draws)."""
    goal = timeline.seeks()
    return count_chances(**_set_out(timeline, draws, rng, goal, this=this, counts=True), goal=goal, numbers=numbers)


def count_ahead_by_day(timeline: Timeline, draws: dict[str, Array], rng: np.random.Generator, *, numbers: int) -> Array:
    """Return the mean probability of 0, 1, ... events so far by the end of each day, `as_of` first."""
    goal = timeline.seeks()
    return count_chances(**_set_out(timeline, draws, rng, goal, counts=True), goal=goal, numbers=numbers, by_day=True)


def look_back(timeline: Timeline, draws: dict[str, Array], frailties: tuple[Array, ...]) -> float | None:
    """Return P of the window as it was on the last day of news, for a timeline of which nothing is given.

    The draws know that nothing changed since; where that is in the fit, it is taken out of what each of them counts.
    None where draws that the silence has made rare would have to speak for too much, or where the event may never come:
    how likely that is now is known, and was otherwise then.
    """
    if timeline.stage in timeline.structure.never.stages:
        return None
    structure, unheard, plans = timeline.structure, timeline.unheard, timeline.plans
    start = find_start(timeline, draws)
    heard = timeline.quiet.take(slice(0, max(0, len(timeline.quiet.days) - len(unheard.days))))
    joint, weight = event_chances(
        build_rates_ahead(draws, timeline, since_heard=True),
        timeline.since.days,
        start,
        frailties,
        supposed=timeline.supposed.after(len(unheard.days)),
        quiet=Quiet(build_rates(draws, structure, heard, plans), heard.days) if len(heard.days) else None,
        first=int(unheard.days.sum()) + timeline.first_day,
        age=timeline.age_on(int((heard if len(heard.days) else timeline.since).start[0])),
        goal=timeline.seeks_since(),
    )
    joint = timeline.asked.split(joint)
    unchanged = chance_conditions_held(timeline, draws)
    if not len(timeline.quiet.days):
        since = Quiet(build_rates(draws, structure, unheard, plans), unheard.days)
        unchanged = unchanged * chance_unchanged(
            since, start, frailties, age=timeline.age_on(int(timeline.since.start[0]))
        )
    if (unchanged < 1).any():
        if not unchanged.all():  # too small for a number
            return None
        back, shape = smooth_weights(-np.log(unchanged))
        if shape > SHAPE_MOST:
            return None
        joint, weight = joint * back, weight * back
    return float(joint.sum() / weight.sum())


def answer_whether(timeline: Timeline, posterior: Posterior) -> Estimate:
    """Return P alone, which is fast.

    Raises
    ------
    FitError
        As `carry_ahead`.
    """
    ahead = carry_ahead(timeline, posterior.draws, stream(posterior.diagnostics["seed"], "ahead"))
    return estimate(ahead.total, ahead.weight, error=posterior.mcse)


def foresee(timeline: Timeline, draws: int, *, detail: Detail = "days") -> None:
    """Say what carrying draws through long days ahead will take, before it starts, by a rule of thumb.

    Raises
    ------
    InputError
        If memory cannot hold it.
    """
    structure, segments, days = timeline.structure, len(timeline.ahead.days), int(timeline.ahead.days.sum())
    stages, ways = len(structure.stages), len(structure.itineraries)
    copies = count_copies(timeline)
    states = stages + 1 + copies * (stages - 1) if structure.has_rest else 1
    walk = days * (1.6e-7 + 2.5e-10 * states * (2 * states + stages)) + segments * 5e-9 * (states + 2) ** 3
    walk *= AGEING_COSTS if structure.shapes.ageing else 1
    by_day = 2 * stages if detail == "stages" else 3  # numbers that are kept for each draw
    kept = days * by_day + segments * (4 * ways + stages + 2) + stages**2
    what = f"carrying {draws:,} draws through {days:,} days"
    announce(Cost(draws * walk, 2e8 + 8 * draws * kept), what, "Fewer draws, or a nearer end of the window, take less")


def _set_out(
    timeline: Timeline,
    draws: dict[str, Array],
    rng: np.random.Generator,
    goal: Goal,
    *,
    this: Array | None = None,
    counts: bool = False,
) -> dict[str, Any]:
    """Return what a walk begins with: rates and days ahead, the stage today, frailties, and what is supposed."""
    recurs = (counts or goal.counts or goal.aim.goes_on) and are_many(timeline, draws)
    copies = count_copies(timeline, recurs=recurs)
    is_quiet = len(timeline.quiet.days) > 0
    quiet = None
    if is_quiet:
        quiet = Quiet(build_rates(draws, timeline.structure, timeline.quiet, timeline.plans), timeline.quiet.days)
    return {
        "rates": build_rates_ahead(draws, timeline),
        "days": timeline.ahead.days,
        "start": find_start(timeline, draws),
        "frailties": _draw_frailties(draws, timeline, rng, copies, this),
        "supposed": timeline.supposed,
        "quiet": quiet,
        "age": timeline.age_on(int(timeline.quiet.start[0] if is_quiet else timeline.ahead.start[0])),
    }


def _draw_frailties(
    draws: dict[str, Array], timeline: Timeline, rng: np.random.Generator, copies: int, this: Array | None
) -> tuple[Array, ...]:
    """Return z of the episode under way, or of the next one, and of each copy of a later one: (draws,) each."""
    count = draws["log_stay"].shape[-1]
    if this is None:
        this = draws["z"][timeline.episode] if timeline.episode >= 0 else rng.standard_normal((count,))
    if copies == 1:
        return this, rng.standard_normal((count,))
    return this, *(np.full(count, z) for z in later_frailties(copies)[0])


def check_agreement(weight: Array, least: float, what: str, remedy: str) -> None:
    """Refuse to answer where what is learned leaves too few draws to speak for the rest."""
    if not weight.any():
        message = f"{what} cannot happen: no draw gives it any probability. Look at its stages and dates"
        raise FitError(message)
    if (found := effective_number(weight)) < least * (1 - 1e-9):  # of which rounding takes a little
        message = (
            f"{what} agrees with too few draws: their effective number is {found:.0f}, below {least:.0f}. "
            f"Raise --draws, or {remedy}"
        )
        raise FitError(message)
