"""What a question asks, held against its definition: simulate whole paths, go on after events, and look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from builders import random_rates

from forecast.model import Asked
from forecast.model.never import Never
from forecast.multistate import Reached, Supposed, Weibull, count_chances, event_chances, forecast_curves
from forecast.multistate.paths import simulate_jumps

PATHS = 40_000
DAYS = np.array([6, 8, 2, 9, 15])
ENDS = np.cumsum(DAYS)
FIRST = 14  # number of the window's first day where it opens later: the third segment begins with it
Z, LATER_Z = 0.6, -0.4
STAGES, WAYS = 4, 3
STRUCTURE = SimpleNamespace(stages=tuple("abcd"), never=Never())
PLAIN = Asked(1, None, np.ones(WAYS, bool), -1, -1, False, 0, ("x", "y", "z"), ("x", "y", "z"), (0, 1, 2))
SOME = replace(PLAIN, itineraries=np.array([True, False, True]), names=("x", "z"), places=("x", "z"), place_of=(0, 1))
QUESTIONS = {
    "the event": PLAIN,
    "the event at some places": SOME,
    "the first event": replace(PLAIN, is_first=True),
    "the first event, if at some places": replace(SOME, is_first=True),
    "two at least": replace(PLAIN, least=2),
    "two at least at some places": replace(SOME, least=2),
    "one or two": replace(PLAIN, least=1, most=2),
    "none": replace(PLAIN, least=0, most=0),
    "a stage reached": replace(PLAIN, reached=3),
    "a stage reached before the first event": replace(PLAIN, reached=3, is_first=True),
    "rest reached": replace(PLAIN, reached=0),
    "rest reached before the first event": replace(PLAIN, reached=0, is_first=True),
    "a stage in force": replace(PLAIN, in_force=2),
    "a stage in force and no event": replace(PLAIN, in_force=1, is_first=True),
}
BY = {
    "nothing": (),
    "entered by a day": (Reached((3,), 2, happens=True),),
    "not entered by a day": (Reached((3,), 3, happens=False),),
    "one by a day, not another": (Reached((2,), 3, happens=True), Reached((3,), 1, happens=False)),
    "two by a day": (Reached((2,), 3, happens=True), Reached((3,), 4, happens=True)),
}
AGES = (
    (0, Weibull(np.full(1, 2.0), np.full(1, 0.1))),
    (2, Weibull(np.full(1, 0.6), np.full(1, 1.0))),
)
ANSWERED = [name for name, asked in QUESTIONS.items() if (asked.least, asked.most) == (1, None)]


@cache
def one_draw(seed):
    """Return rates of one draw that lead everywhere, a few events and a few steps in forty days."""
    rates = random_rates(seed, stages=STAGES, itineraries=WAYS, segments=len(DAYS), draws=1)
    possible = rates.step + 0.02
    possible[np.arange(STAGES), np.arange(STAGES)] = 0
    return replace(rates, step=possible * 0.6, plan=rates.plan * 0.5)


@dataclass(frozen=True)
class Paths:
    """All jumps of all paths, in order of path and time."""

    path: np.ndarray
    time: np.ndarray
    target: np.ndarray  # -1 for the event
    way: np.ndarray

    def first(self, which):
        """Return the time of each path's first jump among some; infinite where there is none."""
        found = np.full(PATHS, np.inf)
        np.minimum.at(found, self.path[which], self.time[which])
        return found

    def count(self, which):
        return np.bincount(self.path[which], minlength=PATHS)


@cache
def walk(start, seed, ages=()):
    """Simulate the paths of one draw, whose stages may age: its number and the clock of each that does."""
    rates = replace(one_draw(seed), clocks=dict(ages))
    many = rates.take(np.zeros(PATHS, int))
    jumps = simulate_jumps(
        many, DAYS, start, np.full(PATHS, Z), np.random.default_rng(seed),
        renew=lambda ended: np.full(len(ended), LATER_Z), recurrent=True,
    )  # fmt: skip
    return Paths(jumps.path, jumps.time, jumps.target, jumps.itinerary)


def judge(paths, asked, start, *, opens, learned_until, by=()):
    """Return which paths are a yes and which agree with what is learned, from the definitions alone."""
    event = paths.target < 0
    agrees = paths.first(event) > learned_until
    over = paths.first(event) if asked.is_first else np.full(PATHS, np.inf)
    alive = paths.time <= over[paths.path]
    counts = event & alive & (paths.time > opens) & asked.itineraries[paths.way]
    when = np.full(PATHS, np.inf)
    if asked.in_force >= 0:
        stage = np.full(PATHS, start)
        stage[paths.path] = np.where(paths.target < 0, 0, paths.target)  # the last jump stands
        yes = (stage == asked.in_force) & ~(asked.is_first & np.isfinite(paths.first(event)))
    elif asked.reached >= 0:
        enters = (paths.target == asked.reached) | (event & (asked.reached == 0) & (not asked.is_first))
        when = paths.first(enters & alive & (paths.time > opens))
        yes = np.isfinite(when)
    else:
        number = paths.count(counts)
        yes = (number >= asked.least) & (number <= (PATHS if asked.most is None else asked.most))
        when = paths.first(counts)
    if asked.is_first:
        when = np.minimum(when, over)
    for item in by:
        entered = np.isin(paths.target, item.parts) & (paths.time <= ENDS[item.segments - 1])
        entered &= paths.time <= when[paths.path]
        agrees &= (paths.count(entered) > 0) == item.happens
    return yes & agrees, agrees


def ask(rates, start, asked, *, first, supposed, by, within=1e-9):
    goal = asked.goal(STRUCTURE, SimpleNamespace(days=DAYS), first, supposed, by)
    setting = (rates, DAYS, start, (np.array([Z]), np.array([LATER_Z])))
    joint, weight = event_chances(*setting, supposed=supposed, first=first, goal=goal)
    curves = forecast_curves(*setting, supposed=supposed, first=first, goal=goal)
    assert curves.total(first).sum() == pytest.approx(joint.sum(), abs=within), "by day as by segment"
    assert curves.weight == pytest.approx(weight, abs=within)
    return joint.sum(), weight.sum()


def check(found, exact):
    error = np.sqrt(max(exact * (1 - exact), 1e-9) / PATHS)
    assert abs(found - exact) < 4.5 * error + 2e-4, (found, exact)


@pytest.mark.parametrize("first", [0, FIRST])
@pytest.mark.parametrize("learned", [0, 1])
@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize(("seed", "start"), [(3, 1), (4, 0)])
def test_questions_are_answered_as_simulated_paths_are(name, first, learned, seed, start):
    asked, rates = QUESTIONS[name], one_draw(seed)
    if asked.reached >= 0 and learned and not first:
        pytest.skip("refused by the checks")
    supposed = replace(Supposed.nothing(len(DAYS)), learned=learned)
    yes, agrees = judge(walk(start, seed), asked, start, opens=first, learned_until=ENDS[0] if learned else 0.0)
    joint, weight = ask(rates, start, asked, first=first, supposed=supposed, by=())
    assert 0.002 < yes.mean() < 0.998
    check(agrees.mean(), weight)
    check(yes.mean(), joint)


@pytest.mark.parametrize("first", [0, FIRST])
@pytest.mark.parametrize("what", BY)
@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_learned_by_a_day_leaves_the_paths_that_agree(name, what, first):
    asked, rates, start = QUESTIONS[name], one_draw(5), 1
    supposed, by = Supposed.nothing(len(DAYS)), BY[what]
    yes, agrees = judge(walk(start, 5), asked, start, opens=first, learned_until=0.0, by=by)
    joint, weight = ask(rates, start, asked, first=first, supposed=supposed, by=by)
    check(agrees.mean(), weight)
    check(yes.mean(), joint)


@pytest.mark.parametrize("asked", [PLAIN, SOME], ids=["all", "some"])
@pytest.mark.parametrize("first", [0, FIRST])
def test_numbers_of_events_are_those_of_simulated_paths(asked, first):
    rates, start = one_draw(6), 2
    paths = walk(start, 6)
    goal = asked.goal(STRUCTURE, SimpleNamespace(days=DAYS), first, Supposed.nothing(len(DAYS)), ())
    setting = (rates, DAYS, start, (np.array([Z]), np.array([LATER_Z])))
    chances = count_chances(*setting, goal=goal, numbers=6)
    by_day = count_chances(*setting, goal=goal, numbers=6, by_day=True)
    counts = (paths.target < 0) & asked.itineraries[paths.way]
    for day in (ENDS[2], ENDS[-1]):
        number = paths.count(counts & (paths.time > first) & (paths.time <= day))
        for events in range(6):
            check((number == events).mean(), by_day[events, day])
    assert by_day[:, -1] == pytest.approx(chances[:, 0], abs=1e-7)


@pytest.mark.parametrize(
    "what", [what if len(BY[what]) < 2 else pytest.param(what, marks=pytest.mark.slow) for what in BY]
)
@pytest.mark.parametrize("name", QUESTIONS)
def test_stages_that_age_as_the_calendar_does_answer_the_same(name, what):
    asked, by, rates = QUESTIONS[name], BY[what], one_draw(7)
    if by and name not in ANSWERED:
        pytest.skip("refused by the checks")
    clock = Weibull(np.ones(1), np.ones(1))
    found = [
        ask(replace(rates, clocks=clocks), 1, asked, first=FIRST, supposed=Supposed.nothing(len(DAYS)), by=by)
        for clocks in ({}, {0: clock, 2: clock})
    ]
    assert found[1] == pytest.approx(found[0], abs=2e-3)


@pytest.mark.parametrize(
    "name", ["the event", "two at least", "a stage reached", "a stage in force", "the first event"]
)
def test_stages_that_age_are_answered_as_simulated_paths_are(name):
    asked, rates = QUESTIONS[name], replace(one_draw(8), clocks=dict(AGES))
    yes, _ = judge(walk(1, 8, AGES), asked, 1, opens=FIRST, learned_until=0.0)
    joint, _ = ask(rates, 1, asked, first=FIRST, supposed=Supposed.nothing(len(DAYS)), by=(), within=1e-4)
    assert abs(yes.mean() - joint) < 4.5 * np.sqrt(joint * (1 - joint) / PATHS) + 2e-3
