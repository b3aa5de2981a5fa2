"""Families fitted, and each of their timelines carried through the days ahead."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.answer.ahead import carry_ahead
from forecast.answer.carried import Carried
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
    EventEntry,
    Family,
    Known,
    Part,
    Scenario,
    date_links,
    find_settled,
    step_day,
)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A family with its posterior.

    Attributes
    ----------
    timelines : dict of Timeline
        By name.
    pooled : Timeline
        All of them, as they were fitted.
    draws : dict of (labels, draws)
        Of the posterior, and of years ahead.
    order : (draws,) of int
        Which draw of the posterior stands where.
    """

    family: Family
    timelines: Mapping[str, Timeline]
    pooled: Timeline
    posterior: Posterior
    draws: dict[str, Array]
    order: Array

    def draws_of(self, name: str) -> dict[str, Array]:
        """Return the draws of one timeline, in the order in which they are put together with other families'."""
        draws, names = self.draws, list(self.timelines)
        own = parameters_of(draws, self.pooled, names.index(name)) if len(names) > 1 else draws
        return {key: values[..., self.order] for key, values in own.items()}


def fit_family(
    family: Family, shuffle: Callable[[int], Array], engine: Engine, settings: Settings, *, fresh: bool
) -> Fitted:
    """Fit a family, or take its posterior from the store; `shuffle` puts so many draws into an order.

    Raises
    ------
    FitError
        If a fit fails its gate; the message names the family.
    """
    timelines, pooled, priors = build_family(family)
    try:
        posterior = find_or_fit(pooled, priors, settings, engine=engine, fresh=fresh)
    except FitError as error:
        message = f"{family.name}: {error}"
        raise FitError(message) from error
    until = next(iter(family.timelines.values())).window.until.year
    draws = extend_seasons(posterior.draws, pooled, until, stream(settings.seed, "years ahead"))
    return Fitted(family, timelines, pooled, posterior, draws, shuffle(draws["log_stay"].shape[-1]))


class Carrier:
    """Carries timelines of fitted families to the dates that are told.

    Parameters
    ----------
    fitted : dict of Fitted
        By the name of each timeline.
    """

    def __init__(self, fitted: Mapping[str, Fitted], dates: Sequence[datetime.date], rng: np.random.Generator) -> None:
        self.fitted, self.dates, self.rng = fitted, dates, rng
        self.states: dict[str, Any] = {}

    def __call__(self, part: Part) -> Carried:
        """Return one part by each date, if what it listens to does not come in the window."""
        if part.count:  # all of a timeline on like draws of chance, so that their numbers add up
            self.rng.bit_generator.state = self.states.setdefault(part.timeline, self.rng.bit_generator.state)
        return self._carry(part, self._scenario(part))

    def is_over(self, name: str) -> bool:
        """Tell whether nothing can come of a timeline, because its event has, and can come once."""
        fitted = self.fitted[name]
        return fitted.family.once and find_event(fitted.family.timelines[name].known()) is not None

    def come_on(self, part: Part, days: Sequence[datetime.date | None]) -> Iterator[Carried]:
        """Yield one part by each date if what it listens to comes on each of some days, all on like draws of chance."""
        links = self.fitted[part.timeline].family.links[part.timeline]
        state = self.rng.bit_generator.state
        for day in days:
            self.rng.bit_generator.state = state
            yield self._carry(part, date_links(self._scenario(part), links, day))

    def _scenario(self, part: Part) -> Scenario:
        return self.fitted[part.timeline].family.timelines[part.timeline]

    def _carry(self, part: Part, scenario: Scenario) -> Carried:
        fitted = self.fitted[part.timeline]
        draws = fitted.draws_of(part.timeline)
        return _carry(
            scenario, part, draws, self.dates, self.rng, once=fitted.family.once, seasons=fitted.pooled.seasons
        )

    def is_learning(self, name: str) -> bool:
        """Tell whether silence or what is given says anything of a timeline's draws."""
        timeline = self.fitted[name].timelines[name]
        return len(timeline.quiet.days) > 0 or timeline.is_supposing

    def weigh(self, name: str) -> Array:
        """Return the probability that each draw gave to what is learned of a timeline: (draws,)."""
        fitted = self.fitted[name]
        return carry_ahead(fitted.timelines[name], fitted.draws_of(name), self.rng, agreement=0).weight


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
    if part.stage or part.count:
        asks = Asks(reached=part.stage) if part.stage else Asks(at_least=part.count)
        known = replace(known, question=replace(known.question, asks=asks))
    count = draws["log_stay"].shape[-1]
    if settled := find_settled(known):
        came = settled.day if settled.is_yes else None
        return Carried(np.full((count, len(dates)), float(settled.is_yes)), np.ones(count), came)
    if once and find_event(known) is not None:  # before the window
        return Carried(np.zeros((count, len(dates))), np.ones(count))
    timeline = build_timeline(known, seasons)
    ahead = carry_ahead(timeline, draws, rng, detail="stages", agreement=0, counts=part.count > 0)
    assert ahead.curves is not None
    alive, first = ahead.curves.alive, timeline.first_day
    at = [(day - known.as_of).days for day in dates]
    came = alive[:, first, None] - alive[:, at]
    weight = ahead.curves.weight
    return Carried(np.divide(came, weight[:, None], out=np.zeros_like(came), where=weight[:, None] > 0), weight)


def _cut(known: Known, *, once: bool) -> Known:
    """Return what is known up to the day on which a timeline is over, asked about days that are left."""
    event = find_event(known) if once else None
    known = replace(known, window=replace(known.window, began=None))
    return known if event is None else replace(known, as_of=event)


def find_event(known: Known) -> datetime.date | None:
    """Return the day of the first event on record."""
    return next((step_day(item.entry) for item in known.steps if isinstance(item.entry, EventEntry)), None)
