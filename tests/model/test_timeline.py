"""The day conventions, the public gate, and what opens, closes and voids conditions and plans."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest
from builders import (
    NEVER,
    START,
    SURE,
    condition,
    day,
    entered,
    happened,
    kept,
    known,
    make_scenario,
    one_stage,
    planned,
    ratio,
    right_hand,
    scenarios,
    stay,
    two_stage,
    way,
)
from hypothesis import given, settings

import forecast
from forecast.answer.picture import list_conditions
from forecast.model.fingerprint import fingerprint_inputs
from forecast.model.poisson import build_poisson_rows
from forecast.model.priors import build_priors
from forecast.model.timeline import SAME_DAY_EXPOSURE, build_timeline
from forecast.multistate.ahead import forecast_curves
from forecast.scenario.entries import CovariateEntry, EventEntry, StageEntry

ZERO = START.toordinal()
PLANS = {"plan": kept(0.2, 0.7)}


def days_on(segments, switches):
    """Name the days, counted from `START`, on which a switch by segment is on."""
    lit = np.flatnonzero(switches)
    return [number - ZERO for row in lit for number in range(segments.start[row] + 1, segments.end[row] + 1)]


def three_stage(**rest):
    stages = {"quiet": stay(20, 90, talks=1), "talks": stay(9, 90, agreed=1, quiet=1), "agreed": stay(9, 90, event=1)}
    return make_scenario(stages, **rest)


# --- exposure and steps --------------------------------------------------------------------------------------------


def test_exposure_is_the_difference_of_dates():
    timeline = build_timeline(
        two_stage(timeline=[entered(10, "active"), happened(25, "here")], as_of=40, until=50).known()
    )
    history = timeline.history
    np.testing.assert_array_equal(history.exposure, [10, 15, 15])
    np.testing.assert_array_equal(history.stage, [0, 1, 0])
    np.testing.assert_array_equal(history.moved_to, [1, -1, -1])
    np.testing.assert_array_equal(history.event_by, [-1, 0, -1])
    np.testing.assert_array_equal(history.episode, [-1, 0, -1])


def test_a_step_on_as_of_is_history_and_the_forecast_begins_the_next_day():
    timeline = build_timeline(two_stage(timeline=[entered(40, "active")], as_of=40, until=50).known())
    assert (timeline.stage, timeline.last_step, timeline.episode) == (1, ZERO + 40, 0)
    assert timeline.history.moved_to[-1] == 1
    assert timeline.ahead.start[0] == ZERO + 40
    assert timeline.ahead.days.sum() == 10


@pytest.mark.parametrize("entry", [entered(41, "active"), EventEntry(day(30), "here", known(41))])
def test_what_is_later_or_not_yet_public_has_not_happened(entry):
    timeline = build_timeline(one_or_two(entry).known())
    np.testing.assert_array_equal(timeline.history.exposure, [40])
    assert timeline.stage == 0
    assert (timeline.history.moved_to < 0).all()
    assert (timeline.history.event_by < 0).all()


def one_or_two(entry):
    ends = {"active": 1.0, "event": 1.0}
    stages = {"quiet": stay(20, 90, **ends), "active": stay(9, 90, event=1)}
    return make_scenario(stages, timeline=[entry], as_of=40, until=50)


def test_two_steps_on_one_day_leave_no_time_between_them():
    timeline = build_timeline(
        three_stage(timeline=[entered(10, "talks"), entered(10, "agreed")], as_of=40, until=50).known()
    )
    np.testing.assert_array_equal(timeline.history.exposure, [10, SAME_DAY_EXPOSURE, 30])
    np.testing.assert_array_equal(timeline.history.stage, [0, 1, 2])
    np.testing.assert_array_equal(timeline.history.episode, [-1, 0, 0])
    assert SAME_DAY_EXPOSURE <= 1e-3


def test_episodes_are_named_after_their_first_day():
    steps = [entered(10, "talks"), entered(12, "agreed"), happened(15, "here"), entered(20, "talks")]
    timeline = build_timeline(three_stage(timeline=steps, as_of=40, until=50).known())
    assert timeline.episodes == (day(10).isoformat(), day(20).isoformat())
    np.testing.assert_array_equal(timeline.history.episode, [-1, 0, 0, -1, 1])
    assert timeline.episode == 1


def test_no_episode_is_under_way_at_rest_or_without_stages():
    lapsed = build_timeline(
        two_stage(timeline=[entered(10, "active"), entered(20, "quiet")], as_of=40, until=50).known()
    )
    assert (lapsed.episode, len(lapsed.episodes)) == (-1, 1)
    single = build_timeline(one_stage(timeline=[happened(10, "here")], as_of=40, until=50).known())
    assert (single.episode, single.episodes) == (-1, ())


def test_rates_from_day_rounded_times_are_unbiased():
    rng, now, entries, truth = np.random.default_rng(1), 0.0, [], {(0, 1): 1 / 7, (1, -1): 0.2, (1, 0): 0.1}
    for _ in range(2_000):
        now += rng.exponential(7)
        entries.append(entered(int(np.ceil(now)), "active"))
        now += rng.exponential(1 / 0.3)  # several stays begin and end on one day
        number = int(np.ceil(now))
        entries.append(happened(number, "here") if rng.random() < 2 / 3 else entered(number, "quiet"))
    last = int(np.ceil(now))
    timeline = build_timeline(two_stage(timeline=entries, as_of=last, until=last + 9).known())
    rows = build_poisson_rows(timeline)
    for index, transition in enumerate(timeline.structure.transitions):
        these = rows.transition == index
        count, rate = rows.count[these].sum(), rows.count[these].sum() / rows.exposure[these].sum()
        assert count > 600
        assert abs(rate / truth[transition] - 1) < 4 / np.sqrt(count)


@given(scenario=scenarios())
@settings(max_examples=60, deadline=None)
def test_segments_tile_both_sides_of_as_of(scenario):
    timeline = build_timeline(scenario.known())
    for segments, first, last in (
        (timeline.history.segments, scenario.question.history_from, scenario.as_of),
        (timeline.ahead, scenario.as_of, scenario.window.until),
    ):
        bounds = [first.toordinal(), *segments.end]
        np.testing.assert_array_equal(segments.start, bounds[:-1])
        assert bounds[-1] == last.toordinal() or not len(segments.start)
        assert (np.diff(bounds) >= 0).all()


# --- the public gate -----------------------------------------------------------------------------------------------


def rich_scenario(*more):
    """A question with an open condition, a plan and two episodes, seen on day 60."""
    entries = [
        entered(10, "talks"), entered(14, "agreed"), happened(21, "here"), entered(40, "talks"),
        condition("fair", 18, 22), condition("shut", 30, None), condition("fair", 65, 70),
        planned("plan", 20, 24, public=15), planned("plan", 66, 69, public=50, alongside=True),
    ]  # fmt: skip
    ratios = {"fair": ratio(0.5, 4), "shut": ratio(0.1, 0.5)}
    return three_stage(timeline=[*entries, *more], ratios=ratios, plans=PLANS, as_of=60, until=90)


def everything(scenario):
    """Return all that a fit and a forecast see, as text and arrays."""
    timeline = build_timeline(scenario.known())
    return [fingerprint_inputs(timeline, build_priors(scenario.known(), timeline), {}), *vars(timeline.ahead).values()]


@pytest.mark.parametrize(
    "later",
    [
        entered(75, "agreed"),
        EventEntry(day(50), "here", known(61)),
        condition("shut", None, 55, public=61),
        condition("fair", 62, 64, public=61),
        planned("plan", 62, 64, public=61),
    ],
)
def test_what_becomes_public_later_changes_nothing(later):
    for before, after in zip(everything(rich_scenario()), everything(rich_scenario(later)), strict=True):
        np.testing.assert_array_equal(after, before)


def fingerprint(scenario):
    return everything(scenario)[0]


def test_what_lies_wholly_ahead_shares_the_fit():
    scenario = rich_scenario()
    longer = dataclasses.replace(scenario, window=dataclasses.replace(scenario.window, until=day(200)))
    assert fingerprint(longer) == fingerprint(scenario)
    assert fingerprint(rich_scenario(condition("fair", 80, 85))) == fingerprint(scenario)


@pytest.mark.parametrize(
    "more",
    [entered(50, "agreed"), condition("fair", 58, 62), condition("shut", None, 55), planned("plan", 66, 69, public=55)],
)
def test_what_touches_the_past_does_not(more):
    assert fingerprint(rich_scenario(more)) != fingerprint(rich_scenario())


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_facts_and_entries_changes_nothing(seed):
    scenario, rng = rich_scenario(), np.random.default_rng(seed)
    entries, facts = list(scenario.timeline), list(scenario.facts.items())
    moved = dataclasses.replace(
        scenario,
        timeline=tuple(entries[index] for index in rng.permutation(len(entries))),
        facts=dict(facts[index] for index in rng.permutation(len(facts))),
    )
    for before, after in zip(everything(scenario), everything(moved), strict=True):
        np.testing.assert_array_equal(after, before)


# --- covariates ----------------------------------------------------------------------------------------------------


def fair_days(*entries, as_of=40, ways=("here",)):
    """Name the days on which the fair is on, at each place."""
    scenario = one_stage(places=ways, ratios={"fair": ratio(0.5, 4)}, timeline=entries, as_of=as_of, until=60)
    timeline = build_timeline(scenario.known())
    column = timeline.structure.ratios.index("fair")
    sides = (timeline.history.segments, timeline.ahead)
    return [[n for side in sides for n in days_on(side, side.event_covariates[:, w, column])] for w in range(len(ways))]


@pytest.mark.parametrize(
    ("entries", "as_of", "first", "last"),
    [
        ([condition("fair", 12, 15)], 40, 12, 15),
        ([condition("fair", 38, 45)], 40, 38, 45),
        ([condition("fair", 50, 50)], 40, 50, 50),
        ([condition("fair", 12, None), condition("fair", None, 30, public=30)], 40, 12, 30),
        ([condition("fair", 12, None), condition("fair", None, 30, public=35)], 40, 12, 30),
        ([condition("fair", 12, None), condition("fair", None, 30, public=35)], 34, 12, 60),
        ([condition("fair", 12, None), condition("fair", None, 30, public=35)], 35, 12, 30),
        ([condition("fair", 12, None), condition("fair", None, 55, public=35)], 40, 12, 55),
        ([condition("fair", 12, None), condition("fair", 12, 20)], 40, 12, 60),
    ],
)
def test_a_condition_holds_from_its_first_day_to_its_last(entries, as_of, first, last):
    assert fair_days(*entries, as_of=as_of) == [list(range(first, last + 1))]


def test_a_condition_can_open_again_after_it_was_closed():
    entries = [condition("fair", 5, None), condition("fair", None, 8, public=8), condition("fair", 20, None)]
    assert fair_days(*entries) == [[*range(5, 9), *range(20, 61)]]
    assert fair_days(*entries, condition("fair", None, 23, public=23)) == [[*range(5, 9), *range(20, 24)]]


def test_a_calendar_that_comes_again_is_one_of_many_entries():
    """Over four years, from one with a 29 February; the window ends in the middle of its last time."""
    first = datetime.date(2020, 2, 28), datetime.date(2020, 3, 2)
    yearly = CovariateEntry("fair", *first, known(0), every="year")
    plain = [CovariateEntry("fair", *(day.replace(year=year) for day in first), known(0)) for year in range(2020, 2025)]
    ends = (datetime.date(2024, 3, 1) - START).days

    def ask(*entries):
        scenario = one_stage(ratios={"fair": ratio(0.5, 4)}, timeline=entries, as_of=700, until=ends)
        timeline = build_timeline(scenario.known())
        return forecast.run_scenario(scenario, engine="quick").p_event, list_conditions(timeline, {})

    p, (condition,) = ask(yearly)
    assert (p, [condition]) == ask(*plain)
    assert len(condition.spans) == 5
    leap = CovariateEntry("fair", datetime.date(2020, 2, 29), datetime.date(2020, 2, 29), known(0), every="year")
    _, (condition,) = ask(leap)
    assert [str(start) for start, _ in condition.spans][:3] == ["2020-02-29", "2021-02-28", "2022-02-28"]


def test_overlapping_entries_of_one_condition_count_once():
    entries = [
        condition("fair", 10, 20),
        condition("fair", 15, 25),
        condition("fair", 45, 50),
        condition("fair", 45, 46),
    ]
    scenario = one_stage(ratios={"fair": ratio(0.5, 4)}, timeline=entries, as_of=40, until=60)
    timeline = build_timeline(scenario.known())
    assert timeline.history.segments.event_covariates.max() == timeline.ahead.event_covariates.max() == 1
    assert fair_days(*entries) == [[*range(10, 26), *range(45, 51)]]


def test_places_narrow_a_condition():
    entries = [condition("fair", 10, 12, places=["there"]), condition("fair", 45, 46)]
    assert fair_days(*entries, ways=("here", "there")) == [[45, 46], [10, 11, 12, 45, 46]]


def test_a_condition_acts_on_the_ends_that_it_names():
    entry = CovariateEntry("fair", day(10), day(12), known(0), (), ("agreed",))
    timeline = build_timeline(three_stage(timeline=[entry], ratios={"fair": ratio(0.5, 4)}, as_of=40, until=60).known())
    past = timeline.history.segments
    assert days_on(past, past.stage_covariates[:, 2, 0]) == [10, 11, 12]
    assert past.stage_covariates[:, :2].sum() == past.event_covariates.sum() == 0


@given(scenario=scenarios())
@settings(max_examples=60, deadline=None)
def test_conditions_of_random_questions_hold_on_the_days_of_their_entries(scenario):
    timeline = build_timeline(scenario.known())
    column = timeline.structure.ratios.index("fair")
    entries = list(scenario.known().covariates)
    for row, itinerary in enumerate(scenario.question.itineraries):
        expected = {
            number.toordinal() - ZERO
            for entry in entries
            for number in map(day, range(1, (scenario.window.until - START).days + 1))
            if entry.start <= number <= entry.until and (not entry.places or itinerary.place in entry.places)
        }
        sides = (timeline.history.segments, timeline.ahead)
        assert {n for side in sides for n in days_on(side, side.event_covariates[:, row, column])} == expected


# --- plans ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "until", "public", "past", "left"),
    [
        (50, 54, 10, 0.0, 1.0),  # wholly ahead
        (41, 41, 10, 0.0, 1.0),
        (36, 45, 10, 0.5, 0.5),  # as_of in its middle
        (36, 45, 38, 2 / 7, 5 / 7),  # published inside its window: seven days remain, of which five lie ahead
        (36, 45, 40, 0.0, 1.0),
        (56, 75, 10, 0.0, 0.25),  # the question's window ends first
        (30, 40, 10, 1.0, 0.0),
        (41, 140, 10, 0.0, 0.2),  # too long for pieces of a day each
    ],
)
def test_each_day_of_a_plans_window_has_the_same_chance(start, until, public, past, left):
    scenario = one_stage(
        stay_days=NEVER, plans={"plan": kept(0.6, 0.6 * SURE)},
        timeline=[planned("plan", start, until, public=public)], as_of=40, until=60,
    )  # fmt: skip
    timeline, rates, _ = right_hand(scenario, draws=1)
    curves = forecast_curves(rates, timeline.ahead.days, 0, (np.zeros(1), np.zeros(1)))
    waiting = 20 / NEVER[0]  # the chance of the event without the plan
    assert curves.incidence.sum() == pytest.approx(0.6 * left / (1 - 0.6 * past), abs=1e-7 + waiting)
    if left > 0 and until < 100:
        by_day = curves.incidence[max(start - 41, 0) : until - 40].sum(axis=(1, 2))
        np.testing.assert_allclose(by_day, by_day[0], rtol=1e-6)


def test_a_plan_that_became_public_after_its_window_is_none():
    scenario = one_stage(plans=PLANS, timeline=[planned("plan", 20, 25, public=25)], as_of=40, until=60)
    assert build_timeline(scenario.known()).plans == ()


CLAIM = planned("plan", 50, 54, public=12)


@pytest.mark.parametrize(
    ("entries", "holds"),
    [
        ([], True),
        ([entered(20, "quiet"), entered(25, "active")], False),
        ([happened(20, "here"), entered(25, "active")], False),
        ([planned("plan", 44, 46, public=20)], False),
        ([planned("plan", 44, 46, public=20, alongside=True)], True),
        ([planned("plan", 44, 46, public=11)], True),
        ([planned("plan", 44, 46, public=12)], True),
        ([planned("plan", 44, 46, public=41)], True),
        ([planned("rumour", 44, 46, public=20)], False),
        ([StageEntry(day(41), "quiet", known(41))], True),
    ],
)
def test_a_plan_is_void_after_a_lapse_an_event_or_a_newer_plan(entries, holds):
    plans = PLANS | {"rumour": kept(0.1, 0.2)}
    scenario = two_stage(timeline=[entered(10, "active"), CLAIM, *entries], plans=plans, as_of=40, until=60)
    timeline = build_timeline(scenario.known())
    index = [plan.start - ZERO for plan in timeline.plans].index(49)
    assert days_on(timeline.ahead, timeline.ahead.in_window[:, index]) == ([50, 51, 52, 53, 54] if holds else [])


def test_a_plan_made_again_after_a_lapse_holds():
    steps = [entered(10, "active"), CLAIM, entered(20, "quiet"), entered(25, "active")]
    again = planned("plan", 50, 54, public=26)
    timeline = build_timeline(two_stage(timeline=[*steps, again], plans=PLANS, as_of=40, until=60).known())
    np.testing.assert_array_equal(timeline.ahead.in_window.any(axis=0), [False, True])


def test_a_plan_is_pending_from_the_day_after_it_was_made_until_its_window():
    scenario = two_stage(timeline=[entered(10, "active"), CLAIM], plans=PLANS, as_of=40, until=60)
    timeline = build_timeline(scenario.known())
    past, ahead = timeline.history.segments, timeline.ahead
    assert days_on(past, past.pending[:, 0]) == list(range(13, 41))
    assert days_on(ahead, ahead.pending[:, 0]) == list(range(41, 50))


@pytest.mark.parametrize(("steps", "p"), [([], 0.0), (["talks"], 0.6), (["talks", "agreed"], 0.6)])
def test_plans_act_from_every_stage_but_the_resting_one(steps, p):
    stages = {"quiet": stay(*NEVER, talks=1), "talks": stay(*NEVER, agreed=1, quiet=1), "agreed": stay(*NEVER, event=1)}
    timeline = [*(entered(10 + index, name) for index, name in enumerate(steps)), planned("plan", 50, 54)]
    scenario = make_scenario(stages, plans={"plan": kept(0.6, 0.6 * SURE)}, timeline=timeline, as_of=40, until=60)
    timeline, rates, _ = right_hand(scenario, draws=1)
    curves = forecast_curves(rates, timeline.ahead.days, timeline.stage, (np.zeros(1), np.zeros(1)))
    assert curves.incidence.sum() == pytest.approx(p, abs=1e-7)


def test_rows_offer_a_planned_event_where_the_stage_declares_none():
    steps = [entered(10, "talks"), planned("plan", 20, 24, places=["there"])]
    scenario = three_stage(ways=[way("here"), way("there")], timeline=steps, plans=PLANS, as_of=40, until=60)
    timeline = build_timeline(scenario.known())
    rows = build_poisson_rows(timeline)
    events = rows.itinerary >= 0
    assert rows.itinerary[events].tolist() == [1]
    assert rows.transition[events].tolist() == [-1]
    assert rows.exposure[events].tolist() == [5]
    assert rows.exposure[(rows.itinerary < 0) & (rows.direction == 0)].sum() == 10
