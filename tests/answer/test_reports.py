"""Reports that may be wrong: what may be true, weighed by what followed, against closed forms and quadrature."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from builders import (
    Z95,
    condition,
    day,
    entered,
    happened,
    kept,
    lasting,
    make_scenario,
    never,
    one_stage,
    planned,
    ratio,
    set_up,
    shaped,
    stay,
)
from scipy.linalg import expm

import forecast
from forecast.answer.courses import weigh_courses
from forecast.answer.reports import PooledResult
from forecast.errors import InputError
from forecast.inference import Settings, log_evidence
from forecast.report import render_facts, render_table
from forecast.scenario import make_sound
from forecast.scenario.forms import LOGIT, mean_over
from forecast.scenario.reader import Interval

SURELY = 1e9
ALIKE = ratio(1, 1)
REST, ON = 300.0, 40.0  # mean days, known


def doubtful(entry, right):
    """Say how likely an entry is right."""
    return replace(entry, right=Interval(*right) if isinstance(right, tuple) else Interval(right, right))


def ask(*timeline, as_of, until, **rest):
    """Ask a question of two stages, of which all is known: nothing but the event ends the second."""
    stages = {"rest": stay(REST, REST, agreed=1), "agreed": stay(ON, ON, event=SURELY)} | rest.pop("stages", {})
    return make_scenario(stages, timeline=timeline, as_of=as_of, until=until, seriousness=ALIKE, **rest)


def answer(scenario, **settings):
    return forecast.run_scenario(scenario, engine="quick", settings=Settings(**settings))


def within(days, start="rest"):
    """Return P within some days, from either stage."""
    generator = np.array([[-1 / REST, 1 / REST, 0], [0, -1 / ON, 1 / ON], [0, 0, 0]])
    return expm(generator * days)[("rest", "agreed").index(start), 2]


# --- the evidence --------------------------------------------------------------------------------------------------


def test_the_evidence_of_a_constant_rate_by_quadrature():
    """Events on known days and a stay that goes on, over a lognormal mean."""
    ends = np.array([40, 75, 190])
    timeline = [happened(end, "here") for end in ends.tolist()]
    scenario = one_stage(stay_days=(20, 200), timeline=timeline, as_of=260, until=300)
    z = np.linspace(-8, 8, 4001)
    rate = 1 / np.exp((math.log(20) + math.log(200)) / 2 + math.log(10) / (2 * Z95) * z)
    stays = np.diff(np.r_[0, ends])
    likelihood = np.prod([np.exp(-rate * (days - 1)) * -np.expm1(-rate) for days in stays], axis=0)
    likelihood = likelihood * np.exp(-rate * 70)
    expected = math.log(np.trapezoid(likelihood * np.exp(-(z**2) / 2), z) / math.sqrt(2 * math.pi))
    found, _ = log_evidence(*set_up(scenario), Settings())
    assert found == pytest.approx(expected, abs=0.01)


def test_the_evidence_over_a_frailty_by_quadrature():
    """One episode of known rates, whose seriousness is not: sigma and z are summed over."""
    stages = {"quiet": stay(60, 60, active=1), "active": stay(40, 40, event=SURELY)}
    scenario = make_scenario(stages, timeline=[entered(30, "active")], as_of=90, until=100, seriousness=ratio(1.3, 4))
    z = np.linspace(-8, 8, 801)
    low, high = (math.log(math.log(factor)) for factor in (1.3, 4))
    sigma = np.exp((low + high) / 2 + (high - low) / (2 * Z95) * z)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    survival = np.exp(-60 / 40 * np.exp(sigma[:, None] * z))
    expected = math.log(weight @ survival @ weight) - 30 / 60 - math.log(60)
    found, _ = log_evidence(*set_up(scenario), Settings())
    assert found == pytest.approx(expected, abs=0.01)


# --- one report ----------------------------------------------------------------------------------------------------


def test_a_report_that_is_right_four_times_in_five():
    """Nothing followed: the mean of both answers."""
    result = answer(ask(doubtful(entered(60, "agreed"), 0.8), as_of=60, until=120))
    assert isinstance(result, PooledResult)
    right, wrong = within(60, "agreed"), within(60)
    assert result.p_event.mean == pytest.approx(0.8 * right + 0.2 * wrong, abs=1e-5)
    (report,) = result.reports
    assert (report.report.right, report.now) == (0.8, pytest.approx(0.8))
    assert (report.p_if_right, report.p_if_wrong) == (pytest.approx(right, abs=1e-5), pytest.approx(wrong, abs=1e-5))
    assert sum(place.mean for place in result.places.values()) == pytest.approx(result.p_event.mean)
    assert result.cif_any.mean[-1] == pytest.approx(result.p_event.mean)
    assert result.still_held == pytest.approx(0.8)


def test_a_quiet_month_speaks_against_a_report():
    """Were it right, the event would have come by now with 1 - exp(-30/40); were it wrong, hardly a step."""
    result = answer(ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150))
    right, wrong = 0.8 * math.exp(-30 / ON), 0.2 * math.exp(-30 / REST)
    now = right / (right + wrong)
    assert result.reports[0].now == pytest.approx(now, abs=1e-4)
    expected = now * within(60, "agreed") + (1 - now) * within(60)
    assert result.p_event.mean == pytest.approx(expected, abs=1e-4)
    occupied = (1 - now) * expm(np.array([[-1 / REST, 1 / REST], [0, -1 / ON]]) * 60)[0, 0]
    assert result.stages[0, -1] == pytest.approx(occupied, abs=1e-4)
    assert result.occupancy.mean[0, -1] == pytest.approx(occupied, abs=1e-4)


def test_an_unknown_mean_is_learned_in_each_course():
    """The mean of the second stage is not known: of a course in which nothing began it says nothing."""
    stages = {"agreed": stay(15, 150, event=SURELY)}
    result = answer(ask(doubtful(entered(60, "agreed"), 0.6), as_of=100, until=130, stages=stages))
    z = np.linspace(-8, 8, 4001)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    rate = 1 / np.exp((math.log(15) + math.log(150)) / 2 + math.log(10) / (2 * Z95) * z)
    right, wrong = 0.6 * (weight @ np.exp(-40 * rate)), 0.4 * math.exp(-40 / REST)
    now = right / (right + wrong)
    p_right = 1 - (weight @ np.exp(-70 * rate)) / (weight @ np.exp(-40 * rate))
    assert result.reports[0].now == pytest.approx(now, abs=0.003)
    assert result.reports[0].p_if_right == pytest.approx(p_right, abs=0.006)


def test_silence_speaks_as_well():
    """A stage that may lapse unseen: the event has not come in 40 days, whether or not the stage still holds."""
    stages = {"agreed": stay(ON, ON, event=0.5 * SURELY, rest=0.5 * SURELY)}
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=100, until=130, stages=stages, silent=["agreed"])
    result = answer(scenario)
    on = math.exp(-40 / ON)
    # lapsed unseen on some day, and no step out of rest since, which would have been public
    lapse, leave = 0.5 / ON, 1 / REST
    lapsed = lapse * (math.exp(-40 * leave) - math.exp(-40 / ON)) / (1 / ON - leave)
    right, wrong = 0.8 * (on + lapsed), 0.2 * math.exp(-40 * leave)
    assert result.reports[0].now == pytest.approx(right / (right + wrong), abs=1e-3)


def test_an_interval_counts_by_its_mean():
    assert mean_over(Interval(0.7, 0.7), LOGIT) == 0.7
    z = np.linspace(-8, 8, 100_001)
    logit = [math.log(p / (1 - p)) for p in (0.5, 0.95)]
    p = 1 / (1 + np.exp(-(sum(logit) / 2 + (logit[1] - logit[0]) / (2 * Z95) * z)))
    weight = np.exp(-(z**2) / 2)
    assert mean_over(Interval(0.5, 0.95), LOGIT) == pytest.approx(weight @ p / weight.sum(), abs=1e-4)
    result = answer(ask(doubtful(entered(60, "agreed"), (0.5, 0.95)), as_of=60, until=120))
    assert result.reports[0].now == pytest.approx(mean_over(Interval(0.5, 0.95), LOGIT))


# --- several -------------------------------------------------------------------------------------------------------


def test_two_reports_of_which_the_second_bears_the_first_out():
    """Agreed, says one; the event came, says another. After it the timeline is at rest again."""
    first, second = doubtful(entered(60, "agreed"), 0.5), doubtful(happened(80, "here"), 0.7)
    stages = {"rest": stay(REST, REST, agreed=0.9 * SURELY, event=0.1 * SURELY)}
    found = {truths: weight for truths, _, weight in weigh_courses(
        ask(first, second, as_of=100, until=130, stages=stages), Settings()
    )}  # fmt: skip
    rest, on, after = math.exp(-1 / REST), math.exp(-1 / ON), 20
    by_first = {True: on**19, False: rest**19}  # nothing until the eve of the second report
    ends = {  # the record with the second report told, over its record on that day
        (True, True): rest**after, (True, False): on**after, (False, True): rest**after, (False, False): rest**after,
    }  # fmt: skip
    expected = {
        (one, two): 0.5 * by_first[one] * (0.7 if two else 0.3) * ends[one, two]
        for one in (True, False)
        for two in (True, False)
    }
    total = sum(expected.values())
    assert found == {truths: pytest.approx(weight / total, abs=1e-4) for truths, weight in expected.items()}


def test_what_cannot_be_together_is_left_out():
    """A certain later entry says that the stage was left, so the report of its beginning was right."""
    stages = {"agreed": stay(ON, ON, event=SURELY, rest=1)}
    scenario = ask(doubtful(entered(60, "agreed"), 0.3), entered(80, "rest"), as_of=90, until=120, stages=stages)
    result = answer(scenario)
    assert result.reports[0].now == 1
    assert result.reports[0].p_if_wrong is None
    assert "0.30 as it came, 1.00 now" in " ".join(render_table(result.to_dict(), result.scenario).split())
    certain = make_sound(replace(scenario.record(), timeline=(entered(60, "agreed"), entered(80, "rest"))))
    assert result.p_event.mean == pytest.approx(answer(certain).p_event.mean, abs=1e-9)


def test_before_a_report_is_known_nothing_hangs_on_it():
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150)
    earlier = answer(scenario.at(as_of=day(50)))
    assert not isinstance(earlier, PooledResult)
    assert earlier.p_event.mean == pytest.approx(within(100), abs=1e-4)


def test_what_is_given_speaks_on_top_of_it():
    """Ten more days without the event: they change what is likely, and not how likely the report is today."""
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150).given(no_event_until=day(100))
    result = answer(scenario)
    right, wrong = 0.8 * math.exp(-30 / ON), 0.2 * math.exp(-30 / REST)
    assert result.reports[0].now == pytest.approx(right / (right + wrong), abs=1e-4)
    survive = [right * (1 - within(days, "agreed")) + wrong * (1 - within(days)) for days in (10, 60)]
    assert result.p_event.mean == pytest.approx(1 - survive[1] / survive[0], abs=1e-4)
    assert result.given_chance == pytest.approx(survive[0] / (right + wrong), abs=1e-4)


def test_a_course_of_little_weight_agrees_with_what_is_given():
    scenario = ask(doubtful(entered(60, "agreed"), 0.001), as_of=62, until=150).given(no_event_until=day(70))
    assert answer(scenario).reports[0].now == pytest.approx(0.001, abs=1e-4)


def test_conditions_end_as_they_would():
    entries = [doubtful(entered(60, "agreed"), 0.8), condition("shut", 40, None)]
    known = {"ratios": {"shut": ratio(0.999, 1.001)}, "conditions": {"shut": lasting(50, 50)}}
    result = answer(ask(*entries, as_of=90, until=150, **known))
    assert result.chances_to_hold["shut"][-1] == pytest.approx(math.exp(-60 / 50), abs=1e-3)


def test_it_works_with_stages_that_age_and_shares_that_never_come():
    stages = {"agreed": shaped(never(stay(ON, ON, event=SURELY), 0.3), 2)}
    result = answer(ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150, stages=stages))
    left = lambda days: 0.3 + 0.7 * math.exp(-((days * math.gamma(1.5) / ON) ** 2))  # noqa: E731
    right, wrong = 0.8 * left(30), 0.2 * math.exp(-30 / REST)
    assert result.reports[0].now == pytest.approx(right / (right + wrong), abs=1e-3)
    assert result.reports[0].p_if_right == pytest.approx(1 - left(90) / left(30), abs=1e-3)


def test_a_certain_event_that_follows_speaks_by_its_rate_in_each_course():
    stages = {"rest": stay(REST, REST, agreed=0.9 * SURELY, event=0.1 * SURELY)}
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), happened(80, "here"), as_of=80, until=130, stages=stages)
    right = 0.8 * math.exp(-19 / ON) * -math.expm1(-1 / ON)
    wrong = 0.2 * math.exp(-19 / REST) * 0.1 * -math.expm1(-1 / REST)
    assert answer(scenario).reports[0].now == pytest.approx(right / (right + wrong), abs=1e-4)


def test_a_report_that_cannot_be_right_is_left_out():
    """A later step leads out of rest, which the report says was left; so it was wrong."""
    stages = {"rest": stay(REST, REST, agreed=1, talks=1), "talks": stay(ON, ON, event=SURELY)}
    timeline = doubtful(entered(30, "agreed"), 0.9), entered(60, "talks")
    (report,) = answer(ask(*timeline, as_of=60, until=90, stages=stages)).reports
    assert (report.now, report.p_if_right) == (0, None)


# --- what is told and refused --------------------------------------------------------------------------------------


def test_all_of_it_is_told(tmp_path):
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150)
    result = answer(scenario, draws=250)
    result.write(tmp_path / "out")
    plain = json.loads((tmp_path / "out" / "forecast.json").read_text())
    (report,) = plain["reports"]
    assert report["entry"] == 0
    assert report["right"] == 0.8
    assert plain["p_event"]["mean"] == result.p_event.mean
    assert any("those of the likeliest course" in note for note in plain["notes"])
    assert "right: 0.8" in (tmp_path / "out" / "scenario.yaml").read_text()
    again = forecast.load_scenario(tmp_path / "out" / "scenario.yaml")
    assert again.timeline[0].right == Interval(0.8, 0.8)
    assert len(list((tmp_path / "out").glob("*.png"))) == 6
    frame = result.to_dataframe()
    assert frame["p"].iloc[-1] == pytest.approx(result.p_event.mean)
    assert set(result.quantities()) >= {"stay", "end_share"}
    with pytest.raises(InputError, match="the draws are of several timelines"):
        _ = result.posterior


def test_the_list_of_facts_tells_of_the_doubt():
    for right, said in ((0.8, "right with probability 0.8"), ((0.6, 0.9), "right with probability 0.6 to 0.9")):
        told = render_facts(ask(doubtful(entered(60, "agreed"), right), as_of=90, until=150))
        assert told.endswith(f"stage agreed from {day(60)}, {said}")


def test_a_run_alone_sums_over_reports():
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150)
    for act in (
        lambda: forecast.sweep_scenario(scenario, {"window.until": [day(150).isoformat()]}, engine="quick").rows,
        lambda: forecast.measure_sensitivity(scenario, engine="quick"),
        lambda: forecast.compare_scenarios([scenario, scenario.at(as_of=day(91))], engine="quick"),
        lambda: forecast.draw_posterior(scenario, engine="quick"),
    ):
        with pytest.raises(InputError, match="only a run sums over reports that may be wrong"):
            act()


@pytest.mark.parametrize("right", [0.0, 1.0, (0.9, 0.2), (0.5, 1.0)])
def test_a_chance_is_between_0_and_1(right):
    with pytest.raises(InputError, match="right: expected"):
        ask(doubtful(entered(60, "agreed"), right), as_of=90, until=150)


def test_seven_reports_are_too_many():
    timeline = [doubtful(entered(60 + 10 * number, ("agreed", "rest")[number % 2]), 0.9) for number in range(7)]
    stages = {"agreed": stay(ON, ON, event=SURELY, rest=1)}
    with pytest.raises(InputError, match="expected at most 6 reports that may be wrong; found 7"):
        ask(*timeline, as_of=200, until=230, stages=stages)


def test_a_record_that_fades_weighs_no_reports():
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=90, until=150)
    with pytest.raises(InputError, match="fades: expected no fades beside reports that may be wrong"):
        replace(scenario, fades=5.0)
    replace(scenario, fades=5.0, timeline=(entered(60, "agreed"),))


def test_where_no_course_can_be_the_first_is_named():
    with pytest.raises(InputError, match=r"timeline\[2\].stage: expected another stage"):
        ask(doubtful(entered(60, "agreed"), 0.8), entered(70, "rest"), entered(71, "rest"), as_of=90, until=150)


def test_a_plan_is_no_report():
    plan, plans = planned("host", 100, 110, public=60), {"host": kept(0.2, 0.6)}
    text = forecast.dump_scenario(ask(entered(60, "agreed"), plan, plans=plans, as_of=90, until=150))
    said = text.replace("  stage: agreed\n", "  stage: agreed\n  right: 0.7\n", 1)
    assert forecast.load_scenario(said).timeline[0].right == Interval(0.7, 0.7)
    with pytest.raises(InputError, match="right: unknown key"):
        forecast.load_scenario(text.replace("- plan: host\n", "- plan: host\n  right: 0.7\n", 1))


# --- what cannot be answered is no evidence ------------------------------------------------------------------------


@pytest.fixture
def agreed_of_talks():
    """Return a question whose report of an agreement follows talks that began on one of ten days."""
    began = replace(entered(50, "talks"), earliest=day(40))
    stages = {"rest": stay(REST, REST, talks=1), "talks": stay(90, 90, agreed=0.5 * SURELY, rest=0.5 * SURELY)}
    return lambda **rest: ask(began, doubtful(entered(60, "agreed"), 0.8), as_of=70, until=120, stages=stages, **rest)


def test_a_course_that_cannot_be_answered_is_refused_and_not_dropped(agreed_of_talks):
    """Were the report wrong, talks might have ended unseen, of which no one day is known."""
    right, wrong = 0.8 * math.exp(-10 / ON), 0.2 * math.exp(-10 / 90)
    assert answer(agreed_of_talks()).reports[0].now == pytest.approx(right / (right + wrong), abs=1e-4)
    with pytest.raises(
        InputError, match=r"timeline\[0\].from: should the report of 2020-03-01 be wrong: expected one day"
    ):
        agreed_of_talks(silent=["talks"])


def test_a_problem_of_a_course_stands_where_the_file_has_it():
    """The wrong report is no part of its course, and the step that is in question comes after it."""
    stages = {
        "rest": stay(REST, REST, agreed=1, talks=1),
        "agreed": shaped(stay(ON, ON, talks=1, rest=1), 2),
        "talks": stay(ON, ON, event=SURELY),
    }
    timeline = (
        entered(20, "agreed"),
        doubtful(entered(40, "rest"), 0.5),
        replace(entered(60, "talks"), earliest=day(50)),
    )
    with pytest.raises(InputError, match=r"timeline\[2\]: should the report of 2020-02-10 be wrong: expected one day"):
        ask(*timeline, as_of=70, until=120, stages=stages)


def test_what_is_learned_must_fit_every_course():
    stages = {"agreed": stay(ON, ON, event=SURELY, rest=SURELY)}
    scenario = ask(doubtful(entered(60, "agreed"), 0.8), as_of=70, until=120, stages=stages)
    with pytest.raises(
        InputError, match=r"given.stage.rest: should the report of 2020-03-01 be wrong: expected a stage"
    ):
        answer(scenario.given(stage={"rest": day(80)}))
