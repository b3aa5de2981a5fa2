"""Small questions built in Python, and what several tests compute in their own way.

Days are counted from `START`, the first day of every history: `day(10)` is ten days later. A fact called ``public-10``
became public on day 10, so an entry's citation says from when it is known.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.linalg import expm

from forecast.document.load import load_scenario
from forecast.inference.posterior import Posterior
from forecast.model.fingerprint import fingerprint_inputs
from forecast.model.hazards import build_rates
from forecast.model.priors import ParameterPriors, build_priors, draw_priors
from forecast.model.timeline import Timeline, build_timeline
from forecast.multistate.rates import Rates
from forecast.scenario.beliefs import (
    ConditionBelief,
    Interval,
    NeverBelief,
    PlanBelief,
    Prior,
    Priors,
    RatioBelief,
    StageBelief,
)
from forecast.scenario.checks import check_scenario
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry
from forecast.scenario.facts import Fact, Source
from forecast.scenario.holes import Begun, Hole
from forecast.scenario.question import EVENT, Itinerary, Question
from forecast.scenario.reader import UNENDING
from forecast.scenario.record import Window
from forecast.scenario.scenario import Scenario
from forecast.scenario.spells import is_open
from forecast.scenario.stays import Stay

Array = np.ndarray
START = datetime.date(2020, 1, 1)
Z95 = 1.6448536269514722
SURE = 1 + 1e-9  # hi over lo of an interval so narrow that its quantity is known
NEVER = (1e8, 1e8)  # a stay so long that its stage is not left


# --- questions ---------------------------------------------------------------------------------------------------


def day(number: int) -> datetime.date:
    """Return the date `number` days after the history's first."""
    return START + datetime.timedelta(days=number)


def known(number: int) -> tuple[str, ...]:
    """Cite a fact that became public on day `number`."""
    return (f"public-{number}",)


def entered(number: int, stage: str) -> StageEntry:
    return StageEntry(day(number), stage, known(number))


def happened(number: int, itinerary: str) -> EventEntry:
    return EventEntry(day(number), itinerary, known(number))


def condition(
    name: str, start: int | None, until: int | None, *, public: int = 0, places: Sequence[str] = (), on: str = EVENT
) -> CovariateEntry:
    first, last = (None if number is None else day(number) for number in (start, until))
    return CovariateEntry(name, first, last, known(public), tuple(places), (on,))


def planned(
    kind: str, start: int, until: int, *, public: int = 0, places: Sequence[str] = (), alongside: bool = False
) -> PlanEntry:
    return PlanEntry(kind, day(start), day(until), known(public), tuple(places), alongside)


def under_way(stage: str, since: int | None = None) -> Begun:
    return Begun(stage, None if since is None else day(since))


def unseen(first: int, last: int, then: str | None = None, since: int | None = None) -> Hole:
    """Leave days without record, after which a stage is under way."""
    return Hole(day(first), day(last), under_way(then, since) if then else None)


def prior(belief: Any) -> Prior:
    return Prior(belief, known(0), "it is a test")


def stay(lo: float, hi: float, /, **ends: float) -> StageBelief:
    return StageBelief(Stay(lo, hi), ends)


def single(lo: float, hi: float, /, **ends: float) -> StageBelief:
    return StageBelief(Stay(lo, hi, "single"), ends)


def shaped(belief: StageBelief, lo: float, hi: float | None = None) -> StageBelief:
    return replace(belief, shape=Interval(lo, lo if hi is None else hi))


def never(belief: StageBelief, lo: float, hi: float | None = None) -> StageBelief:
    return replace(belief, never=Interval(lo, lo if hi is None else hi))


def ratio(lo: float, hi: float, per: float = 1.0) -> RatioBelief:
    return RatioBelief(Interval(lo, hi), per)


def kept(
    lo: float, hi: float, meanwhile: tuple[float, float] = (0.5, 1), late: tuple[float, float] | None = None
) -> PlanBelief:
    return PlanBelief(Interval(lo, hi), Interval(*meanwhile), Interval(*late) if late else None)


def lasting(lo: float, hi: float, returns: tuple[float, float] | None = None) -> ConditionBelief:
    return ConditionBelief(Interval(lo, hi), Interval(*returns) if returns else UNENDING)


def way(name: str, place: str | None = None, **attributes: float) -> Itinerary:
    return Itinerary(name, place or name, attributes, known(0))


def make_scenario(
    stages: Mapping[str, StageBelief],
    *,
    ways: Sequence[Itinerary] = (way("here"),),
    timeline: Sequence[TimelineEntry] = (),
    ratios: Mapping[str, RatioBelief] | None = None,
    plans: Mapping[str, PlanBelief] | None = None,
    seriousness: RatioBelief | None = None,
    conditions: Mapping[str, ConditionBelief] | None = None,
    hopeless: tuple[float, float] | None = None,
    begins: Begun | None = None,
    unrecorded: Sequence[Hole] = (),
    silent: Sequence[str] = (),
    as_of: int = 0,
    start: int | None = None,
    until: int = 30,
    counts: str | None = None,
) -> Scenario:
    """Build a scenario that passes every check; its facts are those that its parts cite.

    Conditions that an entry leaves open last for good unless it is said how long.
    """
    if len(stages) > 1 and seriousness is None:
        seriousness = ratio(1.2, 4)
    question = Question(
        "A test", "it happens", "by inspection", "UTC", tuple(stages), tuple(silent), tuple(ways), START, counts=counts
    )
    left_open = [item.covariate for item in timeline if isinstance(item, CovariateEntry) and is_open(item)]
    conditions = dict.fromkeys(left_open, ConditionBelief(UNENDING)) | (conditions or {})
    priors = Priors(
        {name: prior(belief) for name, belief in stages.items()},
        {name: prior(belief) for name, belief in (ratios or {}).items()},
        {name: prior(belief) for name, belief in (plans or {}).items()},
        {name: prior(belief) for name, belief in conditions.items()},
        None if seriousness is None else prior(seriousness),
        None if hopeless is None else prior(NeverBelief(Interval(*hopeless))),
    )
    said = (*timeline, begins, *unrecorded, *(hole.then for hole in unrecorded))
    cited = {name for item in said if item is not None for name in item.because} | set(known(0))
    facts = {name: Fact(name, "it is so", "us", day(int(name.removeprefix("public-")))) for name in sorted(cited)}
    window = Window(day(as_of + 1 if start is None else start), day(until))
    sources = {"us": Source("us", "ourselves", "tests", START)}
    scenario = Scenario(
        "test", question, sources, facts, tuple(timeline), priors, day(as_of), window,
        begins=begins, unrecorded=tuple(unrecorded),
    )  # fmt: skip
    problems = check_scenario(scenario)
    assert not problems, problems
    return scenario


def one_stage(
    *, stay_days: tuple[float, float] = (50, 400), places: Sequence[str] = ("here",), **rest: Any
) -> Scenario:
    """Build a question without stages: one rate, split over places."""
    ratios = {name: ratio(0.3, 3) for name in places[1:]} | rest.pop("ratios", {})
    return make_scenario(
        {"waiting": stay(*stay_days, event=1)}, ways=[way(place) for place in places], ratios=ratios, **rest
    )


def set_up(scenario: Scenario | str) -> tuple[Timeline, ParameterPriors]:
    """Return timeline and priors of a scenario or of its file."""
    known = (load_scenario(scenario) if isinstance(scenario, str) else scenario).known()
    timeline = build_timeline(known)
    return timeline, build_priors(known, timeline)


def two_stage(
    *, quiet: tuple[float, float] = (20, 200), active: tuple[float, float] = (5, 60), **rest: Any
) -> Scenario:
    """Build a question of quiet and active stages, in which an active episode ends in the event or lapses."""
    return make_scenario({"quiet": stay(*quiet, active=1), "active": stay(*active, event=3, quiet=2)}, **rest)


def broken_record(**rest: Any) -> Scenario:
    """Begin in the active stage, which ends; then a hole out of rest, and one after which it is active again."""
    usual: dict[str, Any] = {
        "begins": under_way("active", -40),
        "timeline": [entered(10, "quiet"), entered(70, "active"), condition("fair", 0, 0), condition("fair", 25, 95)],
        "ratios": {"fair": ratio(0.2, 8)},
        "unrecorded": [unseen(31, 50), unseen(81, 90, "active", 85)],
        "as_of": 100,
        "until": 160,
    }
    return two_stage(**usual | rest)


@st.composite
def scenarios(draw: Callable) -> Scenario:
    """Draw questions of one to five stages and one to four itineraries with a past, covariates and plans."""
    count, way_count = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    place_count, as_of = draw(st.integers(1, way_count)), draw(st.integers(0, 60))
    names = [f"s{index}" for index in range(count)]
    stages = {}
    for name in names:
        others = [*(other for other in names if other != name), EVENT]
        ends = draw(st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True))
        stages[name] = stay(draw(st.sampled_from([0.5, 5, 50])), 100, **{end: draw(st.floats(0.2, 9)) for end in ends})
    ways = [way(f"w{i}", f"p{i % place_count}", far=draw(st.floats(0, 3))) for i in range(way_count)]
    lasts = as_of + draw(st.integers(1, 40))
    ratios = {"far": ratio(0.5, 0.9), "fair": ratio(0.2, 8)} | {f"p{i}": ratio(0.5, 3) for i in range(1, place_count)}
    fairs, claims = (draw(_entries(as_of, lasts, place_count, name)) for name in ("fair", "plan"))
    return make_scenario(
        stages,
        ways=ways,
        ratios=ratios,
        plans={"plan": kept(0.1, 0.9)},
        timeline=[*draw(_histories(stages, ways, as_of)), condition("fair", 0, 0), *fairs, *claims],
        as_of=as_of,
        until=lasts,
    )


@st.composite
def _histories(draw: Callable, stages: Mapping[str, StageBelief], ways: Sequence[Itinerary], as_of: int) -> list:
    resting = stage = next(iter(stages))
    entries: list[TimelineEntry] = []
    for number in sorted(draw(st.lists(st.integers(1, as_of), max_size=5))) if as_of else []:
        end = draw(st.sampled_from(list(stages[stage].ends)))
        entries.append(happened(number, draw(st.sampled_from(ways)).name) if end == EVENT else entered(number, end))
        stage = resting if end == EVENT else end
    return entries


@st.composite
def _entries(draw: Callable, as_of: int, lasts: int, places: int, name: str) -> list:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.integers(0, lasts))
        last, public = draw(st.integers(first, lasts + 5)), draw(st.integers(0, as_of))
        there = [f"p{i}" for i in range(places) if draw(st.booleans())]
        if name == "plan":
            found.append(planned(name, first, last, public=public, places=there, alongside=draw(st.booleans())))
        else:
            found.append(condition(name, first, last, public=public, places=there))
    return found


def right_hand(scenario: Scenario, draws: int, seed: int = 1) -> tuple[Any, Rates, dict[str, Array]]:
    """Return the timeline of a scenario, the rates ahead of it and the prior draws that they come from."""
    timeline = build_timeline(scenario.known())
    theta = draw_priors(build_priors(scenario.known(), timeline), draws, np.random.default_rng(seed))
    return timeline, build_rates(theta, timeline.structure, timeline.ahead, timeline.plans), theta


def prior_as_posterior(scenario: Scenario, draws: int = 400, chains: int = 4) -> Posterior:
    """Draw from the prior what a fit without history would draw from the posterior."""
    timeline = build_timeline(scenario.known())
    priors = build_priors(scenario.known(), timeline)
    theta, before = (draw_priors(priors, draws, np.random.default_rng(seed)) for seed in (1, 2))
    return Posterior(priors, theta, before, {}, {}, {"engine": "prior", "seed": 3}, "none", chains, timeline)


# --- rates, and curves by the whole generator ----------------------------------------------------------------------


def random_rates(
    seed: int, *, stages: int, itineraries: int, segments: int, draws: int, plans: bool = True, sigma: float = 0.7
) -> Rates:
    """Draw rates in which anything may follow anything."""
    rng = np.random.default_rng(seed)
    step = rng.gamma(0.5, 0.2, (stages, stages, draws)) * (rng.random((stages, stages, 1)) < 0.7)
    step[np.arange(stages), np.arange(stages)] = 0
    return Rates(
        step=step,
        event=rng.gamma(0.5, 0.1, (stages, draws)),
        stage_factor=rng.lognormal(0, 0.5, (segments, stages, draws)),
        weight=rng.lognormal(-1, 0.5, (segments, itineraries, draws)),
        meanwhile=rng.uniform(0.3, 1, (segments, draws)),
        plan=rng.gamma(0.3, 0.1, (segments, itineraries, draws)) * plans,
        sigma=np.full(draws, sigma if stages > 1 else 0.0),
    )


def whole_curves(
    rates: Rates, days: Array, start: int, frailties: tuple[Array, Array], draw: int
) -> tuple[Array, Array]:
    """Compute incidence (days, itineraries) and occupancy (days, stages) of one draw from the whole generator.

    Its states are both copies of all stages and one absorbing state for each itinerary.
    """
    stages, ways = rates.event.shape[0], rates.weight.shape[1]
    state = np.zeros(2 * stages + ways)
    state[start] = 1
    incidence, occupancy = [], []
    for segment, length in enumerate(days):
        generator = np.zeros((state.size, state.size))
        for copy, stage in itertools.product((0, 1), range(stages)):
            _fill(generator, rates, segment, (copy, stage), frailties[copy][draw], draw)
        generator -= np.diag(generator.sum(axis=1))
        for _ in range(length):
            following = state @ expm(generator)
            incidence.append(following[2 * stages :] - state[2 * stages :])
            occupancy.append(following[:stages] + following[stages : 2 * stages])
            state = following
    return np.array(incidence), np.array(occupancy)


def _fill(generator: Array, rates: Rates, segment: int, state: tuple[int, int], z: float, draw: int) -> None:
    (copy, stage), stages = state, rates.event.shape[0]
    row, resting = copy * stages + stage, stages > 1 and stage == 0
    serious = 1.0 if resting else np.exp(rates.sigma[draw] * z)
    for target in range(stages):
        column = stages if target == 0 else copy * stages + target
        rate = rates.step[stage, target, draw] * rates.stage_factor[segment, target, draw]
        generator[row, column] += rate * serious if target > stage else rate / serious
    for itinerary in range(rates.weight.shape[1]):
        rate = rates.event[stage, draw] * serious * rates.weight[segment, itinerary, draw]
        if copy == 0:
            rate *= rates.meanwhile[segment, draw]
        if copy == 0 and not resting:
            rate += rates.plan[segment, itinerary, draw]
        generator[row, 2 * stages + itinerary] = rate


def fingerprint(scenario: Scenario) -> str:
    """Return what a posterior of the scenario would be stored under."""
    timeline = build_timeline(scenario.known())
    return fingerprint_inputs(timeline, build_priors(scenario.known(), timeline), {"draws": 10})
