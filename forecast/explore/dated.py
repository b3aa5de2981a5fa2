"""The forecast as it would have been given on a day: its rows, one for each window that begins on the morrow.

Windows of several lengths share one walk through the days ahead, that of the longest, and days that follow one another
share a posterior while nothing is new.
"""

from __future__ import annotations

import datetime
import math
import pickle
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.answer import Estimate, carry_ahead, count_places, estimate, laplace_rule, rise_of_constant
from forecast.errors import FitError, InputError
from forecast.explore.evaluate import AGREE_LEAST
from forecast.inference import Posterior, Settings, SuccessiveDraws, stream
from forecast.model import Asked, build_priors, build_timeline
from forecast.multistate import Array, Curves
from forecast.scenario import AnyScenario, Known, Scenario, find_settled

HINDSIGHT = "replay, with priors written later"  # of all that is shown
BINS = 10  # equal parts of a window, of which a row tells the chances
_DAY = datetime.timedelta(days=1)


def name_horizon(horizon: int | None) -> str:
    """Call the windows of a horizon."""
    return "the scenario's window" if horizon is None else f"{horizon} days"


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a forecaster says of a window.

    Attributes
    ----------
    by : (days,)
        Probability of the event from the window's first day to each day.
    places : (places,)
        Probability of the event at each place.
    """

    by: Array
    places: Array

    @property
    def p(self) -> float:
        """Probability of the event in the window."""
        return float(self.by[-1])

    def at_ends(self) -> tuple[Array, Array]:
        """Return `by` at the ends of equal parts of the window, as days allow, and the numbers of these days."""
        days = len(self.by)
        ends = -(-np.arange(1, min(BINS, days) + 1) * days // min(BINS, days)) - 1
        return self.by[ends], ends


@dataclass(frozen=True, eq=False)
class Replayed:
    """The forecast of one window as it would have been given on one day.

    Attributes
    ----------
    number : int
        Of the row.
    horizon : int or None
        Days of the window; None for the scenario's own.
    model, prior : Outlook or None
        By the model, and by its priors alone; none where there is no answer.
    constant_rate, laplace_rule : Outlook or None
        What the record says without a model; none where it says nothing.
    p_event : Estimate or None
    unshared : float or None
        P as if several timelines shared nothing; None where nothing is shared.
    facts_new : tuple of str
        Facts that became public since the day before of the replay, on which something rests.
    hindsight, partly_hindsight : int
        How many priors and itineraries in force cite later facts alone, or later beside earlier ones.
    """

    number: int
    as_of: datetime.date
    horizon: int | None
    start: datetime.date
    until: datetime.date
    model: Outlook | None = None
    prior: Outlook | None = None
    constant_rate: Outlook | None = None
    laplace_rule: Outlook | None = None
    p_event: Estimate | None = None
    unshared: float | None = None
    stage: str = ""
    facts_new: tuple[str, ...] = ()
    hindsight: int | None = None
    partly_hindsight: int | None = None
    engine: str = ""
    error: str = ""
    has_day: bool = True  # whether a yes comes on some day

    @property
    def median_day(self) -> datetime.date | None:
        """Day by which the event, if it falls into the window, is as likely as not to have happened."""
        if self.model is None or not self.has_day or not self.model.p > 0:
            return None
        return self.start + int(np.searchsorted(self.model.by, self.model.p / 2)) * _DAY

    def cells(self, places: Sequence[str]) -> dict[str, Any]:
        """Return what a table says of it, by column."""
        found, shares = self.p_event, None if self.model is None else self.model.places.tolist()
        return {
            "index": self.number,
            "as_of": self.as_of,
            "horizon": self.horizon,
            "from": self.start,
            "until": self.until,
            "p": None if found is None else found.mean,
            "p_lo": None if found is None else found.eti90[0],
            "p_hi": None if found is None else found.eti90[1],
            "mcse": None if found is None else found.mcse,
            **{f"p_{name}": None if shares is None else shares[i] for i, name in enumerate(places)},
            "median_day": self.median_day,
            "stage": self.stage,
            "constant_rate": None if self.constant_rate is None else self.constant_rate.p,
            "prior_only": None if self.prior is None else self.prior.p,
            "facts_new": " ".join(self.facts_new),
            "hindsight": self.hindsight,
            "partly_hindsight": self.partly_hindsight,
            "engine": self.engine,
            "error": self.error,
        }

    def lists(self) -> dict[str, Any]:
        """Return what JSON says besides: the new facts, and the chances by the ends of equal parts of the window."""
        tenths = None if self.model is None else self.model.at_ends()[0].tolist()
        return {"facts_new": list(self.facts_new), "by_tenths": tenths}


@dataclass(frozen=True)
class Day:
    """A day of the replay: the number of its first row, and the day before it in the replay, if there is one."""

    number: int
    as_of: datetime.date
    before: datetime.date | None


class Replayer:
    """Answers one question on days that follow one another.

    Parameters
    ----------
    horizons : sequence of int or None
        Days of each window that begins on the morrow; None is the window that the scenario has.
    draws : int
        How many draws each answer is the mean of.
    beside : bool
        Compute what a forecast is compared with as well.
    """

    def __init__(
        self, scenario: Scenario, horizons: Sequence[int | None], *, draws: int, seed: int, beside: bool = True
    ) -> None:
        self.scenario, self.horizons, self.seed, self.beside = scenario, horizons, seed, beside
        self.least = AGREE_LEAST * draws
        self.successive = SuccessiveDraws(Settings(draws=draws, chains=1, seed=seed))

    def answer(self, day: Day) -> list[Replayed]:
        """Return a row for each horizon; what cannot be answered says why in its row."""
        rows: list[Replayed] = []
        cuts: list[Scenario] = []
        for offset, horizon in enumerate(self.horizons):
            own = self.scenario.window
            window: Any = own.until if horizon is None else (day.as_of + _DAY, day.as_of + horizon * _DAY)
            start, until = (own.start, own.until) if horizon is None else window
            row = Replayed(day.number + offset, day.as_of, horizon, start, until)
            try:
                cut = self.scenario.at(as_of=day.as_of, window=window)
            except InputError as error:
                row = replace(row, error="; ".join(str(problem) for problem in error.problems))
            else:
                if settled := find_settled(cut.known()):
                    rows.append(replace(row, error=f"answered by then: {settled.says}"))
                    continue
                row, cuts = self._describe(replace(row, start=cut.window.start), cut.known(), day), [*cuts, cut]
            rows.append(row)
        if not cuts:
            return rows
        try:
            for start in dict.fromkeys(cut.window.start for cut in cuts):  # what a window counts begins with it
                longest = max((cut for cut in cuts if cut.window.start == start), key=lambda cut: cut.window.until)
                rows = self._carry(longest, rows)
            return rows
        except FitError as error:
            said = " ".join(str(error).split())
            return [row if row.error else replace(row, engine="refused", error=said) for row in rows]

    def _describe(self, row: Replayed, known: Known, day: Day) -> Replayed:
        """Add what was known, and what the record says without a model."""
        facts = self.scenario.facts
        new = [facts[name] for name in known.cited & known.public if day.before and facts[name].public > day.before]
        return replace(
            row,
            facts_new=tuple(fact.id for fact in sorted(new, key=lambda fact: (fact.public, fact.id))),
            hindsight=len(known.hindsight),
            partly_hindsight=len(known.partly_hindsight),
            constant_rate=_expect_constant(known),
            laplace_rule=_expect_evenly(known),
        )

    def _carry(self, scenario: Scenario, rows: Sequence[Replayed]) -> list[Replayed]:
        """Carry the draws to the end of the longest window, and read off each."""
        known = scenario.known()
        timeline = build_timeline(known)
        posterior = self.successive.draw(timeline, build_priors(known, timeline))
        rng = stream(self.seed, "ahead")
        ahead = carry_ahead(timeline, posterior.draws, rng, detail="days", agreement=self.least)
        assert ahead.curves is not None
        prior: Curves | None = None
        if self.beside:
            rng = stream(self.seed, "prior ahead")
            prior = carry_ahead(timeline, posterior.prior, rng, detail="days", agreement=0).curves
        found, asked = [], timeline.asked
        for row in rows:
            if not row.error and row.start == scenario.window.start:
                span = slice((row.start - row.as_of).days - 1, (row.until - row.as_of).days)
                model, p_event = _look(ahead.curves, span, asked), _judge(ahead.curves, span, posterior)
                stage = timeline.structure.stages[timeline.stage]
                row = replace(
                    row, stage=stage, model=model, p_event=p_event, engine=posterior.engine, has_day=asked.has_day
                )
                if prior is not None:
                    row = replace(row, prior=_look(prior, span, asked))
                if not math.isfinite(p_event.mean):
                    row = replace(row, model=None, p_event=None, error="P is not a number: no draw has any weight")
            found.append(row)
        return found


@dataclass(frozen=True)
class Task:
    """What a worker needs to know.

    Attributes
    ----------
    replayer : type
        Who answers: `Replayer`, or another that is made of the same.
    """

    scenario: AnyScenario
    horizons: tuple[int | None, ...]
    draws: int
    seed: int
    replayer: type[Any]

    def answer(self, days: Sequence[Day]) -> Generator[list[Replayed]]:
        """Yield the rows of days that follow one another."""
        replayer = self.replayer(self.scenario, self.horizons, draws=self.draws, seed=self.seed)
        yield from map(replayer.answer, days)


def answer_there(packed: bytes, days: Sequence[Day]) -> list[list[Replayed]]:
    """Answer days where a worker is, which has been sent what is asked."""
    return list(pickle.loads(packed).answer(days))


def _look(curves: Curves, span: slice, asked: Asked) -> Outlook:
    """Read a window off curves that go at least as far."""
    incidence = curves.mean_incidence()[span]
    return Outlook(np.cumsum(incidence.sum(axis=1)), asked.members @ incidence.sum(axis=0))


def _judge(curves: Curves, span: slice, posterior: Posterior) -> Estimate:
    happened = curves.any_cumulative
    before = happened[:, span.start - 1] if span.start else 0.0
    return estimate(happened[:, span.stop - 1] - before, curves.weight, error=posterior.mcse)


def _expect_constant(known: Known) -> Outlook | None:
    """Say what a constant rate expects, with Jeffreys' prior for its places too."""
    if (by := rise_of_constant(known)) is None:
        return None
    return Outlook(by, by[-1] * _share(count_places(known) + 0.5))


def _expect_evenly(known: Known) -> Outlook:
    """Say what Laplace's rule expects, for places too, and no day before another."""
    days = (known.window.until - known.window.start).days + 1
    p = laplace_rule(known)
    return Outlook(p * np.arange(1, days + 1) / days, p * _share(count_places(known) + 1.0))


def _share(counts: Array) -> Array:
    return counts / counts.sum()
