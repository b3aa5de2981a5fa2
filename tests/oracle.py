"""An independent oracle: prior importance sampling that walks the days one by one.

Parameters are drawn from their priors, each draw is weighted by its likelihood of the history, and each weighted draw
is carried forward to the window's end. It shares no code with the engines that it checks: it reads the dated entries
and facts of a scenario (`forecast.scenario`) and nothing of `timeline`, `hazards`, `model`,
`multistate`, `priors` or `predict`. It is slow and plain on purpose. Days are the unit of time throughout, and day `d`
stands for the interval (d - 1, d].

    PYTHONPATH=. .venv/bin/python tests/oracle.py scenarios/may.yaml --draws 400000

SciPy's `expm` on stacks of small matrices is about forty times faster when OpenBLAS keeps to one thread. The line
below sees to it when this file is the first to import NumPy; under pytest, set OPENBLAS_NUM_THREADS=1 beforehand.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import datetime
import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.special import expit

from forecast.scenario.beliefs import ConditionBelief, Interval, PlanBelief, Prior, Priors, RatioBelief, StageBelief
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry
from forecast.scenario.facts import Fact
from forecast.scenario.question import EVENT, Itinerary, Question
from forecast.scenario.record import Window
from forecast.scenario.scenario import Scenario
from forecast.scenario.stays import Stay

Array = NDArray[np.float64]
Acting = tuple[str, "Target", datetime.date]  # a covariate, what it multiplies, and since when that is public
Target = str | int  # what a covariate or a step concerns: a stage, by name, or an itinerary, by number
DAY = datetime.timedelta(days=1)
Z90 = 1.6448536  # half a 90% interval, in standard deviations
NEGLIGIBLE = 1e-8  # draws lighter than this fraction of the heaviest are not carried forward


@dataclass(frozen=True)
class OracleForecast:
    """Self-normalised importance estimates, with standard errors by the delta method.

    `p_event`, `places` and `itineraries` count events in the window; `cif` counts those from the day after `as_of`.
    `stages` holds occupancy at the end of each day, this episode and later ones together.
    """

    p_event: float
    p_event_se: float
    places: dict[str, float]
    places_se: dict[str, float]
    itineraries: dict[str, float]
    itineraries_se: dict[str, float]
    days: list[datetime.date]
    cif: Array
    cif_se: Array
    ess: float
    stages: dict[str, Array]


def importance_forecast(
    scenario: Scenario, *, draws: int = 400_000, seed: int = 1, chunk: int = 20_000
) -> OracleForecast:
    """Forecast by importance sampling from the prior.

    The first pass weighs every draw by the history. The second repeats each chunk's draws, from the same seed, and
    carries forward those of non-negligible weight, which gives them the weight of a silence up to `as_of` as well.
    """
    calendar = Calendar(scenario)
    past = walk(scenario, calendar)
    sizes = [min(chunk, draws - first) for first in range(0, draws, chunk)]

    def sample(number: int) -> Draws:
        return draw_priors(scenario, np.random.default_rng([seed, number]), sizes[number], past.episodes)

    logs = [log_likelihood(scenario, calendar, sample(number), past) for number in range(len(sizes))]
    heaviest = max(float(log.max()) for log in logs)
    total = WeightedMean()
    for number, log in enumerate(logs):
        weights = np.exp(log - heaviest)
        kept = weights > NEGLIGIBLE
        if kept.any():
            outputs, silence = carry_forward(scenario, calendar, sample(number).select(kept), past)
            total.add(weights[kept] * silence, outputs)
    every = np.exp(np.concatenate(logs) - heaviest)
    return _label(scenario, total, ess=float(every.sum() ** 2 / (every**2).sum()))


# --- What is on, day by day ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """A covariate entry with its end found, and all that it acts on."""

    covariate: str
    start: datetime.date
    until: datetime.date
    targets: frozenset[Target]
    public: datetime.date
    is_open: bool  # its entry named no end: what it does after `as_of` is open, too, unless it lasts for good
    every: str = ""

    def is_on(self, day: datetime.date) -> bool:
        """Tell whether it is on; every year, where the days of the calendar fall between the first ones' dates."""
        if not self.every or day < self.start:
            return self.start <= day <= self.until
        first, last, here = ((date.month, date.day) for date in (self.start, self.until, day))
        if here == (2, 28) and (day + DAY).month == 3:  # stands for the 29th, too
            first = min(first, here) if first == (2, 29) else first
        return first <= here <= last if first <= last else here >= first or here <= last


@dataclass(frozen=True)
class DatedPlan:
    """A plan with the day it was made and the days that its window still has after that day."""

    kind: str
    made: datetime.date
    start: datetime.date
    until: datetime.date
    itineraries: tuple[int, ...]
    alongside: bool

    @property
    def days(self) -> int:
        """Number of days in the window."""
        return (self.until - self.start).days + 1


@dataclass(frozen=True)
class Setting:
    """Everything other than the stage that bears on the rates of one day.

    `acting` has each covariate with what it multiplies and since when that is public; `waiting` are the plans (by
    number) in force whose window is still to come, `due` those in force whose window it is, with the days of the
    window that are over.
    """

    acting: frozenset[Acting] = frozenset()
    waiting: tuple[int, ...] = ()
    due: tuple[tuple[int, int], ...] = ()

    def without_plans(self) -> Setting:
        """Return the same day for an episode that no plan concerns."""
        return Setting(self.acting)

    def and_acting(self, more: frozenset[Acting]) -> Setting:
        """Return the same day with more that acts."""
        return replace(self, acting=self.acting | more)


@dataclass(frozen=True)
class Environment:
    """Which of the conditions that switch are on, by name, with each thing that they act on."""

    on: frozenset[str]
    acting: frozenset[Acting]


class Calendar:
    """The known covariates and plans of a scenario, asked day by day."""

    def __init__(self, scenario: Scenario) -> None:
        """Take what is known at the scenario's `as_of`."""
        assert scenario.fades is None, "a record that fades is not done here"
        known = [entry for entry in scenario.timeline if _is_public(scenario, entry)]
        covariates = [entry for entry in known if isinstance(entry, CovariateEntry)]
        self.conditions = [
            Condition(
                entry.covariate,
                entry.start,
                _end_of(entry, covariates),
                _targets(scenario, entry),
                _public_day(scenario, entry),
                is_open=entry.until is None,
                every=entry.every,
            )
            for entry in covariates
            if entry.start is not None
        ]
        self.as_of = scenario.as_of
        self.switching = sorted(
            {
                condition.covariate
                for condition in self.conditions
                if condition.is_open and _may_change(scenario, condition)
            }
        )
        plans = [_dated(scenario, entry) for entry in known if isinstance(entry, PlanEntry)]
        self.plans = [plan for plan in plans if plan.days > 0]

    def acting(self, day: datetime.date) -> frozenset[Acting]:
        """Return each covariate that is known to be on with each thing it acts on.

        After `as_of` nobody knows of conditions that switch: see `environments`.
        """
        return frozenset(
            (condition.covariate, target, condition.public)
            for condition in self.conditions
            if condition.is_on(day)
            and (day <= self.as_of or not condition.is_open or condition.covariate not in self.switching)
            for target in condition.targets
        )

    def is_on(self, name: str, day: datetime.date) -> bool:
        """Tell whether a condition that switches is known to hold on a day, or, the day after `as_of`, to begin so."""
        some = [condition for condition in self.conditions if condition.covariate == name and condition.is_open]
        return any(condition.is_on(day) for condition in some)

    def environments(self) -> list[Environment]:
        """Return all that the conditions which switch can be together; the first has none of them on."""
        eve = self.as_of + DAY  # what comes back some day will be news
        return [
            Environment(
                on,
                frozenset(
                    (condition.covariate, target, condition.public if condition.is_on(eve) else datetime.date.max)
                    for condition in self.conditions
                    if condition.covariate in on and condition.is_open
                    for target in condition.targets
                ),
            )
            for count in range(len(self.switching) + 1)
            for on in map(frozenset, itertools.combinations(self.switching, count))
        ]

    def in_force(self, day: datetime.date, breaks: list[datetime.date]) -> list[int]:
        """Return the numbers of the plans made before `day` that no lapse, event or newer plan has voided."""
        return [
            number
            for number, plan in enumerate(self.plans)
            if plan.made < day
            and not any(plan.made <= broken < day for broken in breaks)
            and not any(plan.made < other.made < day and not other.alongside for other in self.plans)
        ]

    def setting(
        self, day: datetime.date, breaks: list[datetime.date], plans_of: datetime.date | None = None
    ) -> Setting:
        """Return what is on on `day`, after lapses and events on `breaks`; plans may be those of another day."""
        planned = day if plans_of is None else plans_of
        plans = self.in_force(planned, breaks)
        return Setting(
            acting=self.acting(day),
            waiting=tuple(number for number in plans if planned < self.plans[number].start),
            due=tuple(
                (number, (planned - self.plans[number].start).days)
                for number in plans
                if self.plans[number].start <= planned <= self.plans[number].until
            ),
        )


def _may_change(scenario: Scenario, condition: Condition) -> bool:
    """Tell whether a condition that an entry left open may change after `as_of`.

    Where it may not, how long it lasted bears on nothing ahead, and is not weighed: draws would only be lost by it.
    """
    belief = _belief(scenario, scenario.priors.conditions[condition.covariate])
    if belief.lasts.lo == math.inf:
        return False
    dated_ahead = scenario.as_of < condition.start or scenario.as_of < condition.until < datetime.date.max
    assert not dated_ahead, "a condition whose beginning or end is known beforehand is not done here"
    returns = belief.returns is not None and belief.returns.lo < math.inf
    return returns or condition.until > scenario.as_of


def _end_of(entry: CovariateEntry, covariates: list[CovariateEntry]) -> datetime.date:
    """Return the last day of an entry: its own, that of the first entry to close it, or none."""
    assert entry.start is not None
    if entry.until is not None:
        return entry.until
    closings = [
        other.until
        for other in covariates
        if other.covariate == entry.covariate and other.start is None and other.until and other.until >= entry.start
    ]
    return min(closings, default=datetime.date.max)


def _targets(scenario: Scenario, entry: CovariateEntry) -> frozenset[Target]:
    stages = {name for name in entry.transitions if name != EVENT}
    ways = _itineraries_in(scenario, entry.places) if EVENT in entry.transitions else ()
    return frozenset(stages | set(ways))


def _itineraries_in(scenario: Scenario, places: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers of the itineraries in some places; no places means all of them."""
    return tuple(n for n, way in enumerate(scenario.question.itineraries) if not places or way.place in places)


def _dated(scenario: Scenario, entry: PlanEntry) -> DatedPlan:
    assert scenario.priors.plans[entry.plan].belief.late is None, "a plan that may be late is not done here"
    made = _public_day(scenario, entry)
    return DatedPlan(
        kind=entry.plan,
        made=made,
        start=max(entry.start, made + DAY),
        until=entry.until,
        itineraries=_itineraries_in(scenario, entry.places),
        alongside=entry.alongside,
    )


# --- History ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    """The stage held on a day, the number of its episode (none in the first stage) and what is on."""

    stage: str
    episode: int | None
    setting: Setting


@dataclass
class Past:
    """The history as days per situation and the steps taken, and where it stops.

    A step taken on one of several days has for each of them the situation before it and that after it.
    """

    stage: str
    exposure: Counter[Situation] = field(default_factory=Counter)
    steps: list[tuple[Situation, Target, bool]] = field(default_factory=list)
    unsure: list[tuple[Target, list[tuple[Situation, Situation]]]] = field(default_factory=list)
    breaks: list[datetime.date] = field(default_factory=list)
    until: datetime.date = datetime.date.max
    episode: int | None = None
    episodes: int = 0
    spells: dict[str, Spells] = field(default_factory=dict)


@dataclass
class Spells:
    """What a condition did, from the first day on which it was on: days on and off, at whose end it changed or not."""

    stays_on: int = 0
    ends: int = 0
    stays_off: int = 0
    returns: int = 0


def walk(scenario: Scenario, calendar: Calendar) -> Past:
    """Walk the days from `history_from` to `as_of`, or to the last step where its stage may lapse unseen.

    A day belongs to the stage held before its steps. The first step of a day is taken under that day's setting; a
    further step, whose stage has no exposure, under that day's covariates and the next day's plans.
    """
    question = scenario.question
    past = Past(stage=question.stages[0])
    steps = _steps_by_day(scenario)
    day = question.history_from
    if scenario.begins:
        _find_under_way(scenario, past, scenario.begins.stage)
    resumed = {hole.until: hole.then.stage if hole.then else question.stages[0] for hole in scenario.unrecorded}
    end = _last_day(scenario, steps, resumed)
    while day <= end:
        if any(hole.start <= day <= hole.until for hole in scenario.unrecorded):
            past.episode = None
            if day in resumed:
                _find_under_way(scenario, past, resumed[day])
                past.breaks.append(day)
            day += DAY
            continue
        if unsure := next((entry for some in steps.values() for entry in some if entry.earliest == day), None):
            day = _take_on_some_day(scenario, calendar, past, unsure)
            continue
        here = Situation(past.stage, past.episode, calendar.setting(day, past.breaks))
        exposed = day > question.history_from
        if exposed:
            past.exposure[here] += 1
        for order, entry in enumerate(steps.get(day, [])):
            is_exposed = exposed and order == 0
            if not is_exposed:
                here = Situation(past.stage, past.episode, calendar.setting(day, past.breaks, plans_of=day + DAY))
            _take(scenario, past, here, entry, day, exposed=is_exposed)
        day += DAY
    past.until = end
    past.spells = {name: _walk_condition(calendar, name) for name in calendar.switching}
    return past


def _find_under_way(scenario: Scenario, past: Past, stage: str) -> None:
    """Begin, or begin again, in a stage into which nobody saw a step; out of rest it is of a new episode."""
    past.stage = stage
    if stage != scenario.question.stages[0]:
        past.episode = past.episodes
        past.episodes += 1


def _last_day(
    scenario: Scenario, steps: Mapping[datetime.date, list], resumed: Mapping[datetime.date, str]
) -> datetime.date:
    """Return the last day that is walked: `as_of`, or that on which a stage was last seen that may lapse unseen."""
    seen = {day: entries[-1].stage if isinstance(entries[-1], StageEntry) else "" for day, entries in steps.items()}
    begins = {scenario.question.history_from: scenario.begins.stage} if scenario.begins else {}
    seen = begins | seen | {day: stage for day, stage in resumed.items() if day <= scenario.as_of}
    return max(seen) if seen and seen[max(seen)] in scenario.question.silent else scenario.as_of


def _walk_condition(calendar: Calendar, name: str) -> Spells:
    """Walk the days of a condition: how often it was as before on the day after, and how often not."""
    spells = Spells()
    day = min(item.start for item in calendar.conditions if item.covariate == name and item.is_open)
    while day <= calendar.as_of:
        match calendar.is_on(name, day), calendar.is_on(name, day + DAY):
            case True, True:
                spells.stays_on += 1
            case True, False:
                spells.ends += 1
            case False, False:
                spells.stays_off += 1
            case False, True:
                spells.returns += 1
        day += DAY
    return spells


def _take_on_some_day(
    scenario: Scenario, calendar: Calendar, past: Past, entry: StageEntry | EventEntry
) -> datetime.date:
    """Record what holds on each of several days before a step and after it, move on, and return the day after them."""
    assert entry.earliest is not None
    last = entry.start if isinstance(entry, StageEntry) else entry.day
    days = [entry.earliest + n * DAY for n in range((last - entry.earliest).days + 1)]
    before = [Situation(past.stage, past.episode, calendar.setting(day, past.breaks)) for day in days]
    _take(scenario, past, before[0], entry, entry.earliest - DAY, exposed=True)
    _, target, _ = past.steps.pop()
    after = [Situation(past.stage, past.episode, calendar.setting(day, past.breaks)) for day in days]
    past.unsure.append((target, list(zip(before, after, strict=True))))
    return last + DAY


def _steps_by_day(scenario: Scenario) -> dict[datetime.date, list[StageEntry | EventEntry]]:
    steps: dict[datetime.date, list[StageEntry | EventEntry]] = {}
    for entry in scenario.timeline:
        if isinstance(entry, StageEntry | EventEntry) and _is_public(scenario, entry):
            steps.setdefault(entry.start if isinstance(entry, StageEntry) else entry.day, []).append(entry)
    return steps


def _public_day(scenario: Scenario, entry: TimelineEntry) -> datetime.date:
    return max(scenario.facts[name].public for name in entry.because)


def _is_public(scenario: Scenario, entry: TimelineEntry) -> bool:
    """Tell whether the last of an entry's facts was public on the as-of date: the oracle's own gate."""
    return max(scenario.facts[name].public for name in entry.because) <= scenario.as_of


def _take(
    scenario: Scenario,
    past: Past,
    here: Situation,
    entry: StageEntry | EventEntry,
    day: datetime.date,
    *,
    exposed: bool,
) -> None:
    """Record a step and move on: a lapse or an event breaks off the episode, a step out of rest begins one."""
    first = scenario.question.stages[0]
    if isinstance(entry, EventEntry):
        names = [way.name for way in scenario.question.itineraries]
        past.steps.append((here, names.index(entry.itinerary), exposed))
        past.stage = first
    else:
        past.steps.append((here, entry.stage, exposed))
        past.stage = entry.stage
    if past.stage == first:
        past.episode = None
        past.breaks.append(day)
    elif past.episode is None:
        past.episode = past.episodes
        past.episodes += 1


# --- Draws from the priors -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draws:
    """Parameters drawn from their priors; the first axis of every array runs over draws.

    `z` has a column for each past episode, one for the next episode if none is under way, one for all later ones.
    """

    stay: dict[str, Array]
    ends: dict[str, dict[str, Array]]
    ratio: dict[str, Array]
    itinerary: Array
    kept: dict[str, Array]
    meanwhile: dict[str, Array]
    sigma: Array
    z: Array
    ending: dict[str, Array]  # by condition: a day's rate of ending, and of coming back
    returning: dict[str, Array]

    def select(self, kept: NDArray[np.bool_]) -> Draws:
        """Return some of the draws."""

        def cut(values: Mapping[str, Array]) -> dict[str, Array]:
            return {name: value[kept] for name, value in values.items()}

        return Draws(
            stay=cut(self.stay),
            ends={stage: cut(shares) for stage, shares in self.ends.items()},
            ratio=cut(self.ratio),
            itinerary=self.itinerary[kept],
            kept=cut(self.kept),
            meanwhile=cut(self.meanwhile),
            sigma=self.sigma[kept],
            z=self.z[kept],
            ending=cut(self.ending),
            returning=cut(self.returning),
        )

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.sigma)


def draw_priors(scenario: Scenario, rng: np.random.Generator, size: int, episodes: int) -> Draws:
    """Draw every parameter."""
    priors = scenario.priors
    stay, ends = {}, {}
    for stage in scenario.question.stages:
        belief = _belief(scenario, priors.stages[stage])
        stay[stage] = np.exp(_normal_between(rng, size, *_logs(belief.stay)))
        ends[stage] = _shares_of_ends(rng, size, belief.ends)
    log_ratio = {}
    for name, prior in priors.hazard_ratios.items():
        log_ratio[name] = _normal_between(rng, size, *_logs(_belief(scenario, prior).factor))
    kept, meanwhile = {}, {}
    for kind, plan_prior in priors.plans.items():
        plan = _belief(scenario, plan_prior)
        log_odds = _normal_between(rng, size, _logit(plan.kept.lo), _logit(plan.kept.hi))
        kept[kind] = expit(log_odds)
        meanwhile[kind] = np.exp(_normal_between(rng, size, *_logs(plan.meanwhile)))
    sigma, z = _draw_sigma(scenario, rng, size), rng.standard_normal((size, episodes + 2))
    ending, returning = {}, {}
    for name, condition_prior in priors.conditions.items():
        condition = _belief(scenario, condition_prior)
        ending[name] = _draw_rate(rng, size, condition.lasts)
        returning[name] = _draw_rate(rng, size, condition.returns)
    return Draws(
        stay=stay,
        ends=ends,
        ratio={name: np.exp(value) for name, value in log_ratio.items()},
        itinerary=_itinerary_shares(scenario, log_ratio, size),
        kept=kept,
        meanwhile=meanwhile,
        sigma=sigma,
        z=z,
        ending=ending,
        returning=returning,
    )


def _belief[Belief](scenario: Scenario, prior: Prior[Belief]) -> Belief:
    some_known = any(scenario.facts[name].public <= scenario.as_of for name in prior.because)
    return prior.belief if some_known or prior.otherwise is None else prior.otherwise


def _logs(interval: Interval) -> tuple[float, float]:
    return math.log(interval.lo), math.log(interval.hi)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _normal_between(rng: np.random.Generator, size: int, lo: float, hi: float) -> Array:
    """Draw from the normal of which [lo, hi] is the central 90% interval."""
    return rng.normal((lo + hi) / 2, (hi - lo) / (2 * Z90), size)


def _draw_rate(rng: np.random.Generator, size: int, mean: Interval | None) -> Array:
    """Draw one over a mean time; what is never to come has no rate."""
    if mean is None or mean.lo == math.inf:
        return np.zeros(size)
    return np.exp(-_normal_between(rng, size, *_logs(mean)))


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _shares_of_ends(rng: np.random.Generator, size: int, counts: Mapping[str, float]) -> dict[str, Array]:
    """Draw Dirichlet shares, by logarithms of gamma variables."""
    count = np.array(list(counts.values()), dtype=float)
    logits = np.log(rng.gamma(count + 1, size=(size, len(count)))) + np.log(rng.random((size, len(count)))) / count
    return dict(zip(counts, _softmax(logits).T, strict=True))


def _itinerary_shares(scenario: Scenario, log_ratio: Mapping[str, Array], size: int) -> Array:
    ways, ratios = scenario.question.itineraries, scenario.priors.hazard_ratios
    assert ways[0].count is None, "places by counts are not done here"
    preference = np.zeros((size, len(ways)))
    for number, way in enumerate(ways):
        for name in ratios:
            away = way.attributes.get(name, 0.0) - ways[0].attributes.get(name, 0.0)
            units = away / _belief(scenario, ratios[name]).per + (way.place == name)
            preference[:, number] += units * log_ratio[name]
    return _softmax(preference)


def _draw_sigma(scenario: Scenario, rng: np.random.Generator, size: int) -> Array:
    if scenario.question.resting is None or scenario.priors.seriousness is None:
        return np.zeros(size)
    lo, hi = _logs(_belief(scenario, scenario.priors.seriousness).factor)
    return np.exp(_normal_between(rng, size, math.log(lo), math.log(hi)))


# --- Rates -----------------------------------------------------------------------------------------------------------


def exit_rates(
    scenario: Scenario, calendar: Calendar, draws: Draws, stage: str, setting: Setting, z: Array | None
) -> dict[Target, Array]:
    """Return the daily rate of each way out of a stage: other stages by name, itineraries by number.

    `z` is the episode's seriousness; it has no say at rest.
    """
    question = scenario.question
    serious = 0.0 if z is None or stage == question.resting else draws.sigma * z
    rates: dict[Target, Array] = {}
    for end, share in draws.ends[stage].items():
        if end == EVENT:
            continue
        later = question.stages.index(end) > question.stages.index(stage)
        frailty = np.exp(serious if later else -serious)
        rates[end] = share / draws.stay[stage] * frailty * _factor(draws, setting, end)
    ordinary = draws.ends[stage].get(EVENT, np.zeros(draws.size)) / draws.stay[stage] * np.exp(serious)
    for number in setting.waiting:
        ordinary = ordinary * draws.meanwhile[calendar.plans[number].kind]
    for way in range(len(question.itineraries)):
        rates[way] = ordinary * draws.itinerary[:, way] * _factor(draws, setting, way)
        if stage != question.resting:
            for number, over in setting.due:
                plan = calendar.plans[number]
                rates[way] = rates[way] + _plan_rate(draws, plan, over, way) * _factor(draws, setting, way, plan.made)
    return rates


def _factor(draws: Draws, setting: Setting, target: Target, made: datetime.date | None = None) -> Array:
    """Return the product of the covariates that act on a target, without those that were public on a day."""
    product = np.ones(draws.size)
    since: dict[str, datetime.date] = {}
    for name, acted_on, public in setting.acting:
        if acted_on == target:
            since[name] = min(public, since.get(name, public))
    for covariate in sorted(name for name, public in since.items() if made is None or public > made):
        product = product * draws.ratio[covariate]
    return product


def _plan_rate(draws: Draws, plan: DatedPlan, over: int, way: int) -> Array:
    """Return the part of a plan's hazard on a day that falls to an itinerary, before later covariates.

    The chance of each day of the window is the same; that of the day after `over` days, if the plan is still to come
    true, is the chance of one day among what is left.
    """
    if way not in plan.itineraries:
        return np.zeros(draws.size)
    share = draws.itinerary[:, way] / draws.itinerary[:, list(plan.itineraries)].sum(axis=1)
    each_day = draws.kept[plan.kind] / plan.days
    return -np.log1p(-each_day / (1 - over * each_day)) * share


def log_likelihood(scenario: Scenario, calendar: Calendar, draws: Draws, past: Past) -> Array:
    """Return each draw's log-likelihood of the history: log-rates of the steps less the hazard of the days.

    An event has the probability of its day instead of a density. Where the day was one of exposure, that replaces the
    hazard of the day.
    """

    def rates_in(here: Situation) -> dict[Target, Array]:
        z = None if here.episode is None else draws.z[:, here.episode]
        return exit_rates(scenario, calendar, draws, here.stage, here.setting, z)

    total = np.zeros(draws.size)
    for here, days in past.exposure.items():
        total -= days * sum(rates_in(here).values())
    with np.errstate(divide="ignore"):  # a rate of 0 makes the step impossible
        for here, target, exposed in past.steps:
            rates = rates_in(here)
            total += np.log(rates[target])
            if isinstance(target, int):
                on_day = sum(rates.values())
                total += np.log(-np.expm1(-on_day) / on_day) + (on_day if exposed else 0.0)
        for name, spells in past.spells.items():
            total -= draws.ending[name] * spells.stays_on + draws.returning[name] * spells.stays_off
            for rate, changes in ((draws.ending[name], spells.ends), (draws.returning[name], spells.returns)):
                total += changes * np.log(-np.expm1(-rate)) if changes else 0.0
    for target, days in past.unsure:
        chance, waiting = np.zeros(draws.size), np.ones(draws.size)  # that it came by a day, and that it has not
        for before, after in days:
            rates = rates_in(before)
            leaves, stays_on = sum(rates.values()), np.exp(-sum(rates_in(after).values()))
            on_day = -np.expm1(-leaves) / leaves if isinstance(target, int) else np.exp(-leaves)
            chance, waiting = chance * stays_on + waiting * rates[target] * on_day, waiting * np.exp(-leaves)
        with np.errstate(divide="ignore"):
            total += np.log(chance)
    return total


# --- Forecast --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """What a forecast gives for each draw: chances by (draw, day, itinerary) and by (draw, day, stage)."""

    happened: Array
    occupied: Array
    silence: Array


def carry_forward(scenario: Scenario, calendar: Calendar, draws: Draws, past: Past) -> tuple[Array, Array]:
    """Carry each draw to the window's end.

    Returns its rows of outputs, in the order of `_label`, and the chance that it gave to a silence up to `as_of`.
    """
    paths = _propagate(scenario, calendar, draws, past)
    happened = paths.happened.sum(axis=2)
    before = (scenario.window.start - scenario.as_of).days - 1  # days of the forecast ahead of the window
    ahead = paths.happened[:, before - 1] if before > 0 else 0.0
    itineraries = paths.happened[:, -1] - ahead
    places = [
        itineraries[:, list(_itineraries_in(scenario, (place,)))].sum(axis=1) for place in scenario.question.places
    ]
    stages = paths.occupied.reshape(draws.size, -1)
    return np.column_stack([itineraries.sum(axis=1), *places, itineraries, happened, stages]), paths.silence


def _propagate(scenario: Scenario, calendar: Calendar, draws: Draws, past: Past) -> Paths:
    """Push the chances through one day after another.

    States: the stages in this episode (and at rest before it), the stages after a lapse (at rest and in all later
    episodes), and each itinerary once taken. Ahead of `as_of` there are the stages of one environment after another,
    and then the itineraries.
    """
    stages = scenario.question.stages
    here, ways = 2 * len(stages), len(scenario.question.itineraries)
    state = np.zeros((draws.size, here + ways))
    state[:, stages.index(past.stage)] = 1.0
    day = past.until + DAY
    while day <= scenario.as_of:
        generator = _generator(scenario, calendar, draws, calendar.setting(day, past.breaks), past)
        state = (state[:, None, :] @ expm(generator * _unannounced(scenario)))[:, 0, :]
        day += DAY
    silence = state.sum(axis=1)
    environments = calendar.environments()
    now = frozenset(name for name in calendar.switching if calendar.is_on(name, scenario.as_of + DAY))
    began = here * [environment.on for environment in environments].index(now)
    state, known = np.zeros((draws.size, here * len(environments) + ways)), state
    state[:, began : began + here] = known[:, :here] / silence[:, None]
    powers: dict[Setting, Array] = {}
    happened, occupied = [], []
    for day in forecast_days(scenario):
        setting = calendar.setting(day, past.breaks)
        if setting not in powers:
            powers[setting] = expm(_joint_generator(scenario, calendar, draws, setting, past))
        state = (state[:, None, :] @ powers[setting])[:, 0, :]
        occupied.append(state[:, :-ways].reshape(draws.size, -1, len(stages)).sum(axis=1))
        happened.append(state[:, -ways:])
    return Paths(happened=np.stack(happened, axis=1), occupied=np.stack(occupied, axis=1), silence=silence)


def _joint_generator(scenario: Scenario, calendar: Calendar, draws: Draws, setting: Setting, past: Past) -> Array:
    """Return each draw's generator for a day of this setting: in each environment, and from one to another."""
    environments = calendar.environments()
    here, ways = 2 * len(scenario.question.stages), len(scenario.question.itineraries)
    joint = np.zeros((draws.size, here * len(environments) + ways, here * len(environments) + ways))
    for number, environment in enumerate(environments):
        rows = slice(here * number, here * (number + 1))
        within = _generator(scenario, calendar, draws, setting.and_acting(environment.acting), past)
        joint[:, rows, rows] = within[:, :here, :here]
        joint[:, rows, -ways:] = within[:, :here, here:]
        for column, other in enumerate(environments):
            changed = environment.on ^ other.on
            if len(changed) == 1:
                (name,) = changed
                rate = (draws.ending if name in environment.on else draws.returning)[name]
                for state in range(here):
                    joint[:, here * number + state, here * column + state] += rate
                    joint[:, here * number + state, here * number + state] -= rate
    return joint


def _unannounced(scenario: Scenario) -> Array:
    """Return 1 where a move needs no announcement, or is none."""
    stages, ways = scenario.question.stages, len(scenario.question.itineraries)
    allowed = np.eye(2 * len(stages) + ways)
    for stage in scenario.question.silent:
        for block in (0, len(stages)):
            allowed[block + stages.index(stage), len(stages)] = 1.0
    return allowed


def _generator(scenario: Scenario, calendar: Calendar, draws: Draws, setting: Setting, past: Past) -> Array:
    """Return each draw's generator for a day of this setting."""
    stages, ways = scenario.question.stages, len(scenario.question.itineraries)
    count = len(stages)
    this, later = draws.z[:, past.episodes if past.episode is None else past.episode], draws.z[:, past.episodes + 1]
    generator = np.zeros((draws.size, 2 * count + ways, 2 * count + ways))
    for block, z, on in ((0, this, setting), (count, later, setting.without_plans())):
        for number, stage in enumerate(stages):
            for target, rate in exit_rates(scenario, calendar, draws, stage, on, z).items():
                if isinstance(target, int):
                    column = 2 * count + target
                elif target == scenario.question.resting:
                    column = count
                else:
                    column = block + stages.index(target)
                generator[:, block + number, column] += rate
                generator[:, block + number, block + number] -= rate
    return generator


def forecast_days(scenario: Scenario) -> list[datetime.date]:
    """Return the days from the one after `as_of` to the window's last."""
    return [scenario.as_of + n * DAY for n in range(1, (scenario.window.until - scenario.as_of).days + 1)]


# --- Weighted means --------------------------------------------------------------------------------------------------


class WeightedMean:
    """Self-normalised weighted means of many outputs, gathered chunk by chunk."""

    def __init__(self) -> None:
        """Start from nothing."""
        self.w = self.w2 = 0.0
        self.wx: Array | float = 0.0
        self.w2x: Array | float = 0.0
        self.w2x2: Array | float = 0.0

    def add(self, weights: Array, outputs: Array) -> None:
        """Add draws: `outputs` has a row for each weight."""
        squares = weights**2
        self.w += float(weights.sum())
        self.w2 += float(squares.sum())
        self.wx = self.wx + weights @ outputs
        self.w2x = self.w2x + squares @ outputs
        self.w2x2 = self.w2x2 + squares @ outputs**2

    def mean(self) -> Array:
        """Return the mean of each output."""
        return np.asarray(self.wx / self.w)

    def standard_error(self) -> Array:
        """Return the root of sum w^2 (x - mean)^2 / (sum w)^2."""
        mean = self.mean()
        spread = self.w2x2 - 2 * mean * self.w2x + mean**2 * self.w2
        return np.sqrt(np.maximum(spread, 0.0)) / self.w


def _label(scenario: Scenario, total: WeightedMean, *, ess: float) -> OracleForecast:
    """Name the outputs of `carry_forward`."""
    question, days = scenario.question, forecast_days(scenario)
    names = [way.name for way in question.itineraries]
    cuts = np.cumsum([1, len(question.places), len(names), len(days)])
    p, places, ways, cif, stages = np.split(total.mean(), cuts)
    p_se, places_se, ways_se, cif_se, _ = np.split(total.standard_error(), cuts)

    def by(keys: tuple[str, ...] | list[str], values: Array) -> dict[str, float]:
        return dict(zip(keys, values.tolist(), strict=True))

    return OracleForecast(
        p_event=float(p[0]),
        p_event_se=float(p_se[0]),
        places=by(question.places, places),
        places_se=by(question.places, places_se),
        itineraries=by(names, ways),
        itineraries_se=by(names, ways_se),
        days=days,
        cif=cif,
        cif_se=cif_se,
        ess=ess,
        stages=dict(zip(question.stages, stages.reshape(len(days), -1).T, strict=True)),
    )


# --- Checks of the oracle itself, against cases with an answer by quadrature ----------------------------------------

START = datetime.date(2000, 1, 1)
DAYS_OF_HISTORY, DAYS_AHEAD = 400, 100


@dataclass(frozen=True)
class SelfCheck:
    """An estimate of the oracle beside the exact answer."""

    name: str
    estimate: float
    se: float
    exact: float


def self_checks(*, draws: int = 200_000, seed: int = 1) -> Iterator[SelfCheck]:
    """Yield small questions whose answers need only quadrature over one or two normals."""
    cases: list[tuple[str, Callable[[], tuple[Scenario, float]]]] = [
        ("one stage, no history: E[1 - exp(-T/m)]", _case_no_history),
        ("one stage, two events in 400 days", _case_two_events),
        ("one stage, a plan and a covariate", _case_plan_and_covariate),
        ("two stages, an episode under way: seriousness learns from silence", _case_episode),
        ("one stage, a condition that is on and never returns", _case_condition),
        ("one stage, a condition that came and went and may return", _case_condition_learned),
    ]
    for name, build in cases:
        scenario, exact = build()
        result = importance_forecast(scenario, draws=draws, seed=seed)
        yield SelfCheck(name, result.p_event, result.p_event_se, exact)


def _toy(
    beliefs: Mapping[str, StageBelief],
    timeline: tuple[TimelineEntry, ...] = (),
    *,
    history: int = 0,
    ratios: Mapping[str, RatioBelief] | None = None,
    plans: Mapping[str, PlanBelief] | None = None,
    seriousness: RatioBelief | None = None,
    conditions: Mapping[str, ConditionBelief] | None = None,
) -> Scenario:
    """Build a question with one place. Its priors rest on a fact of the first day of history."""

    def prior[Belief](belief: Belief) -> Prior[Belief]:
        return Prior(belief=belief, because=("fact",), reason="a check")

    as_of = START + history * DAY
    question = Question(
        title="A check",
        event="happens",
        resolves="by itself",
        timezone="UTC",
        stages=tuple(beliefs),
        silent=(),
        itineraries=(Itinerary(name="here", place="here"),),
        history_from=START,
    )
    return Scenario(
        name="check",
        question=question,
        sources={},
        facts={"fact": Fact(id="fact", says="", source="", public=START), **_facts_of(timeline)},
        timeline=timeline,
        priors=Priors(
            stages={name: prior(belief) for name, belief in beliefs.items()},
            hazard_ratios={name: prior(ratio) for name, ratio in (ratios or {}).items()},
            plans={name: prior(plan) for name, plan in (plans or {}).items()},
            conditions={name: prior(condition) for name, condition in (conditions or {}).items()},
            seriousness=None if seriousness is None else prior(seriousness),
        ),
        as_of=as_of,
        window=Window(as_of + DAY, as_of + DAYS_AHEAD * DAY),
    )


def _facts_of(timeline: tuple[TimelineEntry, ...]) -> dict[str, Fact]:
    """Make the facts that entries cite: ``day-90`` became public on day 90."""
    names = {name for entry in timeline for name in entry.because} - {"fact"}
    return {name: Fact(name, "", "", START + int(name.removeprefix("day-")) * DAY) for name in names}


def _nodes() -> tuple[Array, Array]:
    """Return nodes and weights for the mean of a function of one standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    return nodes, weights / weights.sum()


def _between(lo: float, hi: float, nodes: Array) -> Array:
    """Return the normal of which [lo, hi] is the central 90% interval at some standard normal nodes."""
    return (lo + hi) / 2 + (hi - lo) / (2 * Z90) * nodes


STAY = Stay(50, 400)


def _stays(nodes: Array) -> Array:
    return np.exp(_between(math.log(STAY.lo), math.log(STAY.hi), nodes))


def _case_no_history() -> tuple[Scenario, float]:
    nodes, weights = _nodes()
    exact = weights @ -np.expm1(-DAYS_AHEAD / _stays(nodes))
    return _toy({"open": StageBelief(STAY, {EVENT: 5})}), float(exact)


def _case_two_events() -> tuple[Scenario, float]:
    nodes, weights = _nodes()
    rate = 1 / _stays(nodes)
    posterior = weights * np.expm1(-rate) ** 2 * np.exp(-(DAYS_OF_HISTORY - 2) * rate)
    events = tuple(EventEntry(START + day * DAY, "here", (f"day-{day}",)) for day in (90, 250))
    scenario = _toy({"open": StageBelief(STAY, {EVENT: 5})}, events, history=DAYS_OF_HISTORY)
    return scenario, float(posterior @ -np.expm1(-DAYS_AHEAD * rate) / posterior.sum())


def _case_plan_and_covariate() -> tuple[Scenario, float]:
    """Forty days of waiting, a window of ten days, the last four of them under a covariate.

    It was public when the plan was made, so that it is part of the chance that the plan is kept.
    """
    waiting, due, warm = 40, 10, 4
    plan = PlanEntry("promise", START + (waiting + 1) * DAY, START + (waiting + due) * DAY, ("fact",))
    hot = CovariateEntry(
        "hot", START + (waiting + due - warm + 1) * DAY, START + (waiting + due) * DAY, ("fact",), ("here",)
    )
    belief = PlanBelief(kept=Interval(0.2, 0.7), meanwhile=Interval(0.3, 0.9))
    ratio = Interval(2.9999, 3.0001)
    scenario = _toy(
        {"open": StageBelief(STAY, {EVENT: 5})},
        (plan, hot),
        ratios={"hot": RatioBelief(ratio)},
        plans={"promise": belief},
    )
    nodes, weights = _nodes()
    rate = 1 / _stays(nodes)[:, None, None]
    nu = np.exp(_between(math.log(0.3), math.log(0.9), nodes))[:, None]
    chance = expit(_between(_logit(0.2), _logit(0.7), nodes))
    hazard = rate * (nu * waiting + (due - warm) + 3 * warm + (DAYS_AHEAD - waiting - due))
    hazard = hazard - np.log1p(-chance)
    return scenario, float(np.einsum("i,j,k,ijk->", weights, weights, weights, -np.expm1(-hazard)))


def _case_episode() -> tuple[Scenario, float]:
    """All is known but seriousness; an episode is thirty days old, and a lapse is for good.

    Steps: into the episode (whose rate does not depend on z), then thirty days of silence.
    """
    stay, share, sigma, silence = 60.0, 0.7, 0.8, 30
    beliefs = {
        "rest": StageBelief(Stay(0.9999e8, 1e8), {"busy": 5}),
        "busy": StageBelief(Stay(stay * 0.9999, stay * 1.0001), {EVENT: share * 1e10, "rest": (1 - share) * 1e10}),
    }
    factor = RatioBelief(Interval(math.exp(sigma * 0.9999), math.exp(sigma * 1.0001)))
    entry = StageEntry(START + (DAYS_OF_HISTORY - silence) * DAY, "busy", (f"day-{DAYS_OF_HISTORY - silence}",))
    scenario = _toy(beliefs, (entry,), history=DAYS_OF_HISTORY, seriousness=factor)
    z, weights = _nodes()
    happens, lapses = share / stay * np.exp(sigma * z), (1 - share) / stay * np.exp(-sigma * z)
    out = happens + lapses
    posterior = weights * np.exp(-silence * out)
    return scenario, float(posterior @ (happens / out * -np.expm1(-DAYS_AHEAD * out)) / posterior.sum())


def _case_condition() -> tuple[Scenario, float]:
    """It never comes back and held for a day: the event's rate falls off with the chance that it still holds."""
    rate, factor, lasts = 1 / 150, 0.05, Interval(15, 120)
    scenario = _toy(
        {"open": StageBelief(Stay(150, 150), {EVENT: 5})},
        (CovariateEntry("calm", START, None, ("fact",)),),
        ratios={"calm": RatioBelief(Interval(factor, factor))},
        conditions={"calm": ConditionBelief(lasts, Interval(math.inf, math.inf))},
    )
    nodes, weights = _nodes()
    ending = np.exp(-_between(*_logs(lasts), nodes))
    out = ending + rate * factor  # of the condition, or by the event
    still_on = np.exp(-out * DAYS_AHEAD)
    over = ending * (math.exp(-rate * DAYS_AHEAD) - still_on) / (out - rate)
    posterior = weights * np.exp(-ending)
    return scenario, float(1 - posterior @ (still_on + over) / posterior.sum())


def _case_condition_learned() -> tuple[Scenario, float]:
    """It was on for 30 days, off for 50, on for 20 and has been off for 10; its means are learned from that."""
    base, factor = 1 / 60, 0.1
    spells = [(DAYS_OF_HISTORY - 109, 30), (DAYS_OF_HISTORY - 29, 20)]  # first day, number of days
    entries = [
        entry
        for first, length in spells
        for entry in (
            CovariateEntry("calm", START + first * DAY, None, ("fact",)),
            CovariateEntry("calm", None, START + (first + length - 1) * DAY, ("fact",)),
        )
    ]
    lasts, returns = Interval(5, 80), Interval(10, 300)
    scenario = _toy(
        {"open": StageBelief(Stay(60, 60), {EVENT: 5})},
        tuple(entries),
        history=DAYS_OF_HISTORY,
        ratios={"calm": RatioBelief(Interval(factor, factor))},
        conditions={"calm": ConditionBelief(lasts, returns)},
    )
    nodes, weights = _nodes()
    ending = np.exp(-_between(*_logs(lasts), nodes))[:, None]
    returning = np.exp(-_between(*_logs(returns), nodes))[None, :]
    posterior = np.outer(weights, weights) * np.exp(-ending * 48) * (1 - np.exp(-ending)) ** 2
    posterior *= np.exp(-returning * (49 + 10)) * (1 - np.exp(-returning))
    generator = np.zeros((len(nodes), len(nodes), 2, 2))  # off and on, as long as there is no event
    generator[..., 0, 0], generator[..., 0, 1] = -(base + returning), returning
    generator[..., 1, 0], generator[..., 1, 1] = ending, -(base * factor + ending)
    none = expm(generator * DAYS_AHEAD)[..., 0, :].sum(axis=-1)
    return scenario, float(1 - (posterior * none).sum() / posterior.sum())


# --- By hand ---------------------------------------------------------------------------------------------------------


def report(result: OracleForecast) -> str:
    """Set out a forecast in a few lines."""
    lines = [f"P(event) {result.p_event:.5f} +- {result.p_event_se:.5f}   ESS {result.ess:,.0f}"]
    for means, errors in ((result.places, result.places_se), (result.itineraries, result.itineraries_se)):
        lines += [f"  {name:<24}{mean:.5f} +- {errors[name]:.5f}" for name, mean in means.items()]
    some = sorted({round(step) for step in np.linspace(0, len(result.days) - 1, 12)})
    lines += [f"  by {result.days[n]}           {result.cif[n]:.5f} +- {result.cif_se[n]:.5f}" for n in some]
    lines += [f"  last day in {stage:<12}{by_day[-1]:.5f}" for stage, by_day in result.stages.items()]
    return "\n".join(lines)


def main() -> None:
    """Forecast the scenarios named on the command line; with none, check the oracle against exact answers."""
    from forecast.document.load import load_scenario

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--draws", type=int, default=400_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for path in chosen.scenarios:
        begun = time.perf_counter()
        result = importance_forecast(load_scenario(path), draws=chosen.draws, seed=chosen.seed)
        print(f"{path}: {chosen.draws:,} draws, {time.perf_counter() - begun:.0f} s\n{report(result)}\n")
    if not chosen.scenarios:
        for check in self_checks(draws=chosen.draws, seed=chosen.seed):
            away = (check.estimate - check.exact) / check.se
            print(f"{check.name}: {check.estimate:.5f} +- {check.se:.5f}, exact {check.exact:.5f} ({away:+.1f} se)")


if __name__ == "__main__":
    main()
