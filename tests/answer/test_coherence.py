"""Answers of one question agree with one another, and with worlds lived through, with a condition, silence and a plan.

The record: talks that led to a visit; a condition since day 200; new talks that stalled on day 340, with a plan for the
days 395 to 397 and no news since. A stall may be over unseen.
"""

from __future__ import annotations

import numpy as np
import pytest
import worlds
from builders import SURE, day, set_up
from calibration import forget_silence
from worlds import Plan, World

import forecast
from forecast.answer.ahead import answer_whether
from forecast.inference import Settings, find_or_fit

STALLED, TODAY, LATER, UNTIL = 340, 360, 390, 480
STEPS = [(100, "talks"), (140, "agreed"), (180, "here"), (300, "talks"), (STALLED, "stalled")]
PLAN = Plan(STALLED, 395, 397, ("there",))
SINCE = 200  # the condition's first day
COOLING = (STALLED, STALLED + worlds.COOLING - 1)


def answer(as_of=TODAY, until=UNTIL, *, seed=1, draws=1000, **beliefs):
    record = worlds.write_record(STEPS, [(SINCE, UNTIL + 1)], [COOLING], [PLAN], as_of)
    scenario = worlds.ask(list(record), as_of, until, **beliefs)
    return forecast.run_scenario(scenario, engine="quick", settings=Settings(seed=seed, draws=draws))


@pytest.fixture(scope="module")
def today():
    return answer(draws=1000)


# --- windows and days ----------------------------------------------------------------------------------------------


def test_windows_nest(today):
    """What a longer window says of its first days is what a shorter one says, and no day takes anything back."""
    nested = [
        forecast.run_scenario(today.scenario.at(window=day(until)), posterior=today.fit).p_event.mean
        for until in (365, 394, 397, 398, UNTIL)
    ]
    assert nested == pytest.approx([today.by(day(until)).mean for until in (365, 394, 397, 398, UNTIL)])
    assert np.all(np.diff(nested) > 0)
    assert nested[2] - nested[1] > 0.05  # the plan


def test_a_later_day_without_news_is_the_one_foreseen_where_a_condition_is_open():
    """How long the condition lasts is known here, so that the days teach nothing of it: digit for digit."""
    known = {name: (mean, SURE * mean) for name, mean in (("lasts", 80.0), ("returns", 150.0))}
    early = answer(STALLED, draws=100, **known)
    for passed in range(5, 125, 6):
        later = answer(STALLED + passed, draws=100, **known)
        assert later.p_event.mean == pytest.approx(early.decay.silence.mean[passed], abs=1e-6), passed


@pytest.mark.slow
def test_the_same_where_the_days_teach_how_long_it_lasts():
    foreseen = np.array([answer(STALLED, seed=seed).decay.silence.mean for seed in range(8)])
    for passed in (10, 30, 56, 80, 110):
        later = answer(STALLED + passed, seed=9)
        spread = foreseen[:, passed].std(ddof=1) / np.sqrt(len(foreseen))
        assert abs(later.p_event.mean - foreseen[:, passed].mean()) < 4.5 * np.hypot(spread, later.p_event.mcse), passed
        assert spread < 0.003


# --- worlds from the posterior -------------------------------------------------------------------------------------


def live_on(result, seed, most):
    """Yield worlds as they may be today: with draws of the fit, those in which nothing was heard since the stall.

    The fit ends with the last public step, so what the silence says is left to the worlds.
    """
    posterior, rng = result.fit, np.random.default_rng(seed)
    flat = {
        (name, label): posterior.draws[name][index]
        for name, vector in posterior.priors.items() if name != "z"
        for index, label in enumerate(vector.labels)
    }  # fmt: skip
    for number in range(most):
        at = number % posterior.draws["log_stay"].shape[-1]
        theta = {key: values[at] for key, values in flat.items()}
        spells = worlds.draw_spells(theta, rng, TODAY + 1, UNTIL)
        world = World(
            theta, rng, TODAY, UNTIL, [(SINCE, spells[0][1]), *spells[1:]], float(STALLED), "stalled",
            posterior.draws["z"][-1, at], PLAN, [COOLING], [PLAN], list(STEPS),
            announces=False,
        )  # fmt: skip
        world.live(TODAY)
        if len(world.steps) == len(STEPS):
            yield world


def test_as_many_worlds_have_the_event_as_is_said(today):
    """Of the worlds that are silent up to today; and as many of the stalls are still under way as is said."""
    lived, stalled = [], []
    for world in live_on(today, 5, 12_000):
        stalled.append(world.stage == "stalled")
        lived.append(world.live(UNTIL).outcome)
    assert len(lived) > 6_000
    share = np.mean(stalled)
    assert abs(share - today.still_held) < 4 * np.sqrt(share * (1 - share) / len(stalled))
    days, places = zip(*(outcome or (UNTIL + 1, None) for outcome in lived), strict=True)
    said = {until: today.by(day(until)).mean for until in (380, 394, 397, UNTIL)}
    came = {until: np.mean(np.array(days) <= until) for until in said}
    said |= {place: estimate.mean for place, estimate in today.places.items()}
    came |= {place: np.mean([each == place for each in places]) for place in today.places}
    for what, part in came.items():
        error = np.hypot(np.sqrt(part * (1 - part) / len(lived)), today.p_event.mcse)
        assert abs(part - said[what]) < 4 * error, (what, part, said[what])


@pytest.mark.slow
def test_the_mean_over_next_months_of_what_will_be_said_is_what_is_said_today():
    """A martingale: news of a month (a step, the event, the condition, or none) moves P, but not on average."""
    now, found, said = answer(), [], {}
    for world in live_on(now, 6, 1_500):
        world.as_of = world.end = LATER
        world.live(LATER)
        if any(name in worlds.PLACES for _, name in world.steps[len(STEPS) :]):
            found.append((1.0, 1.0))
            continue
        entries = world.entries()
        if (key := str(entries)) not in said:
            timeline, priors = set_up(worlds.ask(entries, LATER, UNTIL))
            posterior = find_or_fit(timeline, priors, Settings(), engine="quick")
            lasting, _ = forget_silence(timeline, priors)
            said[key] = answer_whether(timeline, posterior).mean, answer_whether(lasting, posterior).mean
        found.append(said[key])
    later, if_silence_counts_for_nothing = np.mean(found, axis=0)
    error = np.hypot(np.std([right for right, _ in found]) / np.sqrt(len(found)), now.p_event.mcse)
    assert np.std([right for right, _ in said.values()]) > 0.05  # months differ
    assert error < 0.01
    assert abs(later - now.p_event.mean) < 3.5 * error
    assert abs(if_silence_counts_for_nothing - now.p_event.mean) > 10 * error
