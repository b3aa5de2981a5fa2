"""Days on which nobody looked, and a record that begins in the middle of a stage: what they count, and what not."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

import forecast
from forecast.answer.baselines import constant_rate, laplace_rule
from forecast.model import build_priors, build_timeline, count_record, draw_priors, simulate_histories
from forecast.scenario import find_changes, plain_scenario
from forecast.scenario.entries import StageEntry
from tests.builders import (
    Z95,
    broken_record,
    condition,
    day,
    entered,
    fingerprint,
    happened,
    kept,
    known,
    make_scenario,
    one_stage,
    planned,
    ratio,
    set_up,
    stay,
    two_stage,
    under_way,
    unseen,
)

ALIKE = ratio(1, 1)  # all episodes


def between(lo, hi):
    """Return points of a lognormal with these 5% and 95% points, and their weights."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    middle, half = (math.log(lo) + math.log(hi)) / 2, (math.log(hi) - math.log(lo)) / 2
    return np.exp(middle + half / Z95 * nodes), weights / weights.sum()


def check(scenario, right, within=0.0):
    found = forecast.run_scenario(scenario, engine="quick").p_event
    assert abs(found.mean - right) < 3 * found.mcse + within, (found.mean, right)


# --- right values --------------------------------------------------------------------------------------------------

LANDINGS = (221, 764, 2331, 2861, 3361)  # days from 2015-01-01; the archive of days 1096 to 2191 is lost


LOST = unseen(1096, 2191)


def landings(unrecorded=(LOST,), **rest):
    return one_stage(
        stay_days=(150, 2500),
        timeline=[happened(number, "here") for number in LANDINGS],
        unrecorded=unrecorded,
        **{"as_of": 3653, "until": 4018} | rest,
    )


def test_years_without_record_are_no_exposure():
    stays, weights = between(150, 2500)
    likelihood = weights * stays**-5 * np.exp(-(3653 - 1096) / stays)
    right = float(likelihood @ -np.expm1(-365 / stays) / likelihood.sum())
    assert right == pytest.approx(0.4844, abs=1e-4)
    check(landings(), right, within=0.0005)  # an event counts by the chance of its day, and not by its density


def test_nobody_has_looked_since():
    """In a question of one stage the record may break off for good; then there is no silence to learn from."""
    stays, weights = between(150, 2500)
    likelihood = weights * stays**-5 * np.exp(-3400 / stays)
    right = float(likelihood @ -np.expm1(-365 / stays) / likelihood.sum())
    scenario = landings((unseen(3401, 5000),))
    check(scenario, right, within=0.0005)
    result = forecast.run_scenario(scenario, engine="quick")
    assert "without news" not in str(result)
    assert [stay.end for stay in result.past_stays()][-2:] == [day(3400), day(3653)]


TENSION = {"open": stay(60, 2000, tension=1e6), "tension": stay(60, 60, event=4e5, open=6e5)}


def test_a_record_that_begins_in_the_middle_of_a_stay_counts_no_step_into_it():
    scenario = make_scenario(
        TENSION,
        seriousness=ALIKE,
        begins=under_way("tension"),
        timeline=[entered(182, "open"), entered(486, "tension"), entered(526, "open")],
        as_of=730,
        until=850,
    )
    stays, weights = between(60, 2000)
    generators = np.zeros((len(stays), 3, 3))
    generators[:, 0, 0], generators[:, 0, 1] = -1 / stays, 1 / stays
    generators[:, 1] = np.array([0.6, -1, 0.4]) / 60
    likelihood = weights / stays * np.exp(-(486 - 182 + 730 - 526) / stays)  # one step out of it
    right = float(likelihood @ expm(120 * generators)[:, 0, 2] / likelihood.sum())
    assert right == pytest.approx(0.0617, abs=1e-4)
    check(scenario, right, within=0.0005)


def test_a_hole_ends_an_episode_for_the_record_and_another_begins_after_it():
    """All is known but the mean stay in talks, 20 to 400 days, which are cut short on day 90 and seen again on 200."""
    scenario = make_scenario(
        {"rest": stay(100, 100, talks=1), "talks": stay(20, 400, event=4e5, rest=6e5)},
        seriousness=ALIKE,
        timeline=[entered(50, "talks"), entered(230, "rest"), entered(260, "talks")],
        unrecorded=[unseen(91, 200, "talks")],
        as_of=280,
        until=340,
    )
    stays, weights = between(20, 400)
    generators = np.zeros((len(stays), 3, 3))
    generators[:, 0, :2] = np.array([-1, 1]) / 100
    generators[:, 1] = np.array([0.6, -1, 0.4]) / stays[:, None]
    likelihood = weights / stays * np.exp(-(40 + 30 + 20) / stays)  # 50 to 90, 200 to 230, 260 to 280; one step
    right = float(likelihood @ expm(60 * generators)[:, 1, 2] / likelihood.sum())
    check(scenario, right)


def test_after_a_hole_seriousness_is_learned_anew():
    """Thirty quiet days before the hole say nothing of the episode after it, which has been quiet for ten."""
    sigma = 0.8
    scenario = make_scenario(
        {"rest": stay(1e7, 1e7, talks=1), "talks": stay(60, 60, event=7e9, rest=3e9)},
        seriousness=ratio(math.exp(sigma), math.exp(sigma)),
        timeline=[entered(50, "talks")],
        unrecorded=[unseen(81, 200, "talks")],
        as_of=210,
        until=310,
    )
    z, weights = np.polynomial.hermite_e.hermegauss(100)
    happens, lapses = 0.7 / 60 * np.exp(sigma * z), 0.3 / 60 * np.exp(-sigma * z)
    out = happens + lapses
    posterior = weights * np.exp(-10 * out)
    right = posterior @ (happens / out * -np.expm1(-100 * out)) / posterior.sum()
    check(scenario, right)
    timeline = build_timeline(scenario.known())
    assert timeline.episodes == ("2020-02-20", "2020-07-19")


# --- what is on record -----------------------------------------------------------------------------------------------


def test_the_timeline_knows_which_days_are_on_record_and_since_when_a_stage_is():
    scenario = broken_record()
    timeline = build_timeline(scenario.known())
    history = timeline.history
    assert history.exposure.sum() == scenario.known().recorded_days == 100 - 20 - 10
    assert timeline.unrecorded.days.sum() == 30
    first = np.flatnonzero(np.diff(history.stay, prepend=-1))
    since = (history.entered[first] - day(0).toordinal()).tolist()
    assert since == [-40, 10, pytest.approx(math.nan, nan_ok=True), 70, 85]
    assert timeline.entered == day(85).toordinal()
    assert len(set(timeline.stay_names)) == 5
    assert count_record(timeline)["steps"].sum() == 2  # out of talks, and into them; nobody saw the others


def test_stays_break_off_where_nobody_looked_and_covariates_go_on():
    result = forecast.run_scenario(broken_record(), engine="quick")
    spans = [(item.stage, item.start, item.end) for item in result.past_stays()]
    assert spans == [
        ("active", day(0), day(10)),
        ("quiet", day(10), day(30)),
        ("quiet", day(50), day(70)),
        ("active", day(70), day(80)),
        ("active", day(90), day(100)),
    ]
    (fair,) = result.conditions()
    assert fair.spans == ((day(25), day(95)),)
    assert result.to_dict()["stage_today"] | {"holds": 1} == {"stage": "active", "since": "2020-03-26", "holds": 1}


def test_a_stage_of_unknown_age_is_said_to_be_as_old_or_older():
    scenario = broken_record(timeline=(), ratios={}, unrecorded=[unseen(31, 50, "active")])
    assert "stage today: active, since 2020-02-20 or earlier" in str(forecast.run_scenario(scenario, engine="quick"))


def test_simulated_histories_have_the_days_of_the_record_and_begin_where_it_does():
    scenario = two_stage(
        quiet=(1e7, 1e7),
        active=(1e7, 1e7),
        begins=under_way("active"),
        unrecorded=[unseen(41, 60)],
        as_of=100,
        until=150,
    )
    timeline, priors = set_up(scenario)
    theta = draw_priors(priors, 50, np.random.default_rng(1))
    counted = simulate_histories(timeline, theta, np.random.default_rng(2))
    np.testing.assert_allclose(counted["days"].sum(axis=0), 80)
    assert np.median(counted["days"], axis=1).tolist() == [40, 40]  # the second stretch begins at rest


def test_days_without_record_are_none_for_what_p_is_compared_with():
    scenario = landings()
    jeffreys = 1 - ((3653 - 1096) / (3653 - 1096 + 365)) ** 5.5
    assert constant_rate(scenario.known()) == pytest.approx(jeffreys)
    windows = {(3653 - number) // 365 for number in LANDINGS}  # counted back; 4 to 7 lie in the hole, or in part
    assert laplace_rule(scenario.known()) == (len(windows - {4, 5, 6, 7}) + 1) / (10 - 4 + 2)


def test_plans_made_before_a_hole_or_in_it_are_void_after_it():
    plans = [planned("host", 110, 120, public=20), planned("host", 112, 122, public=85, alongside=True)]
    scenario = broken_record(
        timeline=plans, ratios={}, plans={"host": kept(0.3, 0.6)}, unrecorded=[unseen(81, 90, "active")]
    )
    result = forecast.run_scenario(scenario, engine="quick")
    assert not result.timeline.ahead.in_window.any()
    assert [note.split(": ")[1] for note in result.to_dict()["notes"]] == [
        "it is void, by a newer plan not `alongside`, or by the end of its episode, or by days without record"
    ] * 2
    later = replace(scenario, timeline=(*plans, planned("host", 110, 120, public=91)), facts=scenario.facts | {
        "public-91": replace(scenario.facts["public-20"], id="public-91", public=day(91))
    })  # fmt: skip
    assert build_timeline(later.known()).ahead.in_window.any()


def test_a_plan_whose_days_are_cut_by_a_hole_has_been_tried_on_those_before_it():
    """Three of its ten days passed without the event, and then nobody looked; the next such plan is due."""
    scenario = one_stage(
        stay_days=(1e7, 1e7),
        timeline=[planned("host", 11, 20), planned("host", 45, 50, public=35)],
        plans={"host": kept(0.1, 0.9)},
        unrecorded=[unseen(14, 30)],
        as_of=40,
        until=60,
    )
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    chance = 1 / (1 + np.exp(-math.log(9) / Z95 * nodes))
    likelihood = weights * (1 - 0.3 * chance)
    check(scenario, float(likelihood @ chance / likelihood.sum()))


# --- in and out of files ------------------------------------------------------------------------------------------


def test_it_is_written_and_read_back():
    scenario = broken_record()
    again = forecast.load_scenario(plain_scenario(scenario))
    assert (again.begins, again.unrecorded) == (scenario.begins, scenario.unrecorded)
    assert fingerprint(again) == fingerprint(scenario)
    assert not find_changes(scenario, again)


def test_what_is_not_on_record_yet_is_left_out():
    early = broken_record().at(as_of=day(60))
    assert [hole.until for hole in early.known().holes] == [day(50)]
    assert len(plain_scenario(early)["unrecorded"]) == 1
    cut = landings().at(as_of=day(2000)).known().holes
    assert [(hole.start, hole.until) for hole in cut] == [(day(1096), day(2000))]


def test_a_fit_hangs_on_the_days_without_record_and_on_where_the_record_begins():
    prints = [
        fingerprint(broken_record(**rest))
        for rest in ({}, {"begins": None, "timeline": [], "ratios": {}}, {"unrecorded": [unseen(81, 90, "active", 85)]})
    ]
    assert len(set(prints)) == 3


# --- what cannot be used --------------------------------------------------------------------------------------------

REFUSED = {
    "a step": (
        {"timeline": [entered(85, "active")], "unrecorded": [unseen(80, 90)]},
        r"timeline\[0\]\.from: expected days on record; nobody looked from 2020-03-21 to 2020-03-31; found 2020-03-26",
    ),
    "an event": (
        {"begins": under_way("active"), "timeline": [happened(90, "here")], "unrecorded": [unseen(80, 90)]},
        r"timeline\[0\]\.day: expected days on record; .* Leave it out",
    ),
    "some days of a step": (
        {
            "timeline": [StageEntry(day(81), "active", known(81), day(70))],
            "unrecorded": [unseen(80, 90)],
        },
        r"timeline\[0\]\.from: expected days on record; .*; found 2020-03-11/2020-03-22",
    ),
    "back to front": ({"unrecorded": [unseen(90, 80)]}, r"unrecorded\[0\]\.until: expected a day on or after from"),
    "at once": (
        {"unrecorded": [unseen(0, 20)]},
        r"unrecorded\[0\]\.from: expected a day after history_from, 2020-01-01; .* begins say which",
    ),
    "overlapping": (
        {"unrecorded": [unseen(20, 30), unseen(30, 40)]},
        r"unrecorded\[1\]: expected days apart from all others without record",
    ),
    "until now": (
        {"unrecorded": [unseen(80, 100)]},
        r"unrecorded\[0\]\.until: expected a last day before as_of, 2020-04-10, because nobody knows .* Move as_of",
    ),
    "after now": ({"unrecorded": [unseen(80, 120, "active")]}, r"unrecorded\[0\]\.until: expected a last day before"),
    "no such stage": (
        {"unrecorded": [unseen(80, 90, "actve")]},
        r"unrecorded\[0\]\.then\.stage: unknown stage actve; .*active",
    ),
    "no such beginning": ({"begins": under_way("actve")}, r"begins\.stage: unknown stage actve; .*active"),
    "begun too late": (
        {"begins": under_way("active", 5)},
        r"begins\.since: expected a day up to history_from, 2020-01-01; found 2020-01-06",
    ),
    "seen to begin": (
        {"unrecorded": [unseen(80, 90, "active", 79)]},
        r"unrecorded\[0\]\.then\.since: expected one of the days without record, 2020-03-21 to 2020-03-31",
    ),
    "of later knowledge": (
        {"begins": replace(under_way("active"), because=known(200))},
        r"begins\.because\[0\]: expected a fact that was public by as_of, 2020-04-10; public-200 became so on",
    ),
    "no such fact": (
        {"unrecorded": [replace(unseen(80, 90), because=("gone",))]},
        r"unrecorded\[0\]\.because\[0\]: unknown fact gone",
    ),
    "again in it": (
        {"begins": under_way("active"), "timeline": [entered(20, "active")]},
        r"timeline\[0\]\.stage: expected another stage; the timeline is in active already",
    ),
    "in it after all": (
        {"timeline": [entered(95, "active")], "unrecorded": [unseen(80, 90, "active")]},
        r"timeline\[0\]\.stage: expected another stage; the timeline is in active already",
    ),
    "out of silence": (
        {"timeline": [entered(20, "active")], "unrecorded": [unseen(80, 90)], "silent": ["active"]},
        r"unrecorded\[0\]\.from: breaks off in active, which may have lapsed unseen since 2020-01-21; say by an entry",
    ),
}


@pytest.mark.parametrize(("parts", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused(parts, message):
    sound = two_stage(as_of=100, until=150, timeline=[condition("fair", 0, 0)], ratios={"fair": ratio(1, 2)})
    question = replace(sound.question, silent=tuple(parts.get("silent", ())))
    timeline = (*parts.get("timeline", ()), condition("fair", 0, 0))
    fact = sound.facts["public-0"]
    facts = {
        f"public-{number}": replace(fact, id=f"public-{number}", public=day(number))
        for number in (0, 20, 81, 85, 90, 95, 200)
    }
    with pytest.raises(forecast.InputError, match=message):
        replace(
            sound,
            question=question,
            timeline=timeline,
            facts=facts,
            begins=parts.get("begins"),
            unrecorded=tuple(parts.get("unrecorded", ())),
        )


def test_a_hole_up_to_now_is_no_matter_where_it_is_known_what_follows():
    scenario = two_stage(unrecorded=[unseen(80, 100, "active")], as_of=100, until=150)
    assert build_timeline(scenario.known()).stage == 1


def test_days_on_either_side_of_a_hole_may_have_steps():
    steps = [entered(79, "active"), entered(91, "quiet")]
    scenario = two_stage(timeline=steps, unrecorded=[unseen(80, 90, "active")], as_of=100, until=150)
    assert build_timeline(scenario.known()).history.exposure.sum() == pytest.approx(100 - 11)


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ("2015-03-20", "2015-03-20"),
        ("2015-03", "2015-03-15"),
        ("unknown", None),
        ("2015", "refused"),
        ("[]", "refused"),
    ],
)
def test_since_when_a_stage_is_under_way(said, since):
    plain = plain_scenario(two_stage(as_of=100, until=150))
    plain["begins"] = {"stage": "active", "since": [] if said == "[]" else said}
    if since == "refused":
        with pytest.raises(
            forecast.InputError, match=r"begins\.since: expected a date, YYYY-MM-DD, a month, YYYY-MM, or"
        ):
            forecast.load_scenario(plain)
    else:
        found = forecast.load_scenario(plain).begins.since
        assert (found and found.isoformat()) == since


def test_a_step_on_the_first_day_of_history_is_noted():
    counted = two_stage(timeline=[entered(0, "active")], as_of=100, until=150)
    (note,) = forecast.run_scenario(counted, engine="quick").to_dict()["notes"]
    assert "`begins: {stage: active}`" in note
    begun = two_stage(begins=under_way("active"), as_of=100, until=150)
    assert not forecast.run_scenario(begun, engine="quick").to_dict()["notes"]


def test_a_question_that_begins_today_in_the_middle_of_a_stage():
    scenario = two_stage(begins=under_way("active"), as_of=0, until=50)
    timeline = build_timeline(scenario.known())
    assert timeline.episode == 0
    assert build_priors(scenario.known(), timeline)["z"].labels == ("2020-01-01",)
    assert forecast.run_scenario(scenario, engine="quick").p_event.mean > 0.2
