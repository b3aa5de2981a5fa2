"""What is said below the table: the order of a day, entries left out, a stage without a day, counts of one stay."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

import forecast
from forecast.errors import InputError
from forecast.scenario import Reading
from tests.builders import (
    condition,
    day,
    entered,
    happened,
    kept,
    make_scenario,
    one_stage,
    planned,
    ratio,
    shaped,
    stay,
    two_stage,
    under_way,
)

SURELY = 1e10  # so many cases that the shares are known


def notes(scenario):
    return forecast.run_scenario(scenario, engine="quick").to_dict()["notes"]


def undated(*plans, later=()):
    """Return the notes on an episode with plans."""
    return notes(
        two_stage(timeline=[entered(10, "active"), *plans, *later], plans={"host": kept(0.3, 0.6)}, as_of=40, until=70)
    )


@pytest.mark.parametrize(
    ("plans", "reasons"),
    [
        ([planned("host", 50, 60, public=30)], []),
        ([planned("host", 60, 80, public=30)], []),  # part of it lies in the window
        ([planned("host", 20, 30, public=12)], []),  # it is over, and has taught
        ([planned("host", 71, 80, public=30)], ["after the window"]),
        ([planned("host", 20, 30, public=35)], ["were over when it became public, on 2020-02-05"]),
        ([planned("host", 50, 60, public=20), planned("host", 52, 53, public=30)], ["by the newer plan of 2020-01-31"]),
        ([planned("host", 50, 60, public=20), planned("host", 52, 53, public=30, alongside=True)], []),
    ],
)
def test_plans_that_do_nothing_are_named(plans, reasons):
    found = undated(*plans)
    assert len(found) == len(reasons)
    for note, reason in zip(found, reasons, strict=True):
        assert reason in note


def test_a_plan_of_an_episode_that_is_over_is_void():
    (note,) = undated(planned("host", 50, 60, public=20), later=[entered(30, "quiet")])
    assert note.startswith("plan host, 2020-02-20 to 2020-03-01: it is void, by the end of its episode on 2020-01-31")


@pytest.mark.parametrize("alongside", [False, True])
def test_of_two_deadlines_the_second_voids_the_first_unless_it_stands_alongside(alongside):
    """Each is one in seven: both come to 0.2653, the second alone to 0.1429."""
    scenario = one_stage(
        stay_days=(1e8, 1e8), plans={"deadline": kept(1 / 7, 1 / 7, (1, 1))}, as_of=40, until=90,
        timeline=[
            planned("deadline", 50, 50, public=10), planned("deadline", 64, 64, public=11, alongside=alongside)
        ],
    )  # fmt: skip
    p = forecast.run_scenario(scenario, engine="quick").p_event.mean
    assert p == pytest.approx(1 - (6 / 7) ** 2 if alongside else 1 / 7, abs=1e-5)
    assert any("it is void, by the newer plan of" in note for note in notes(scenario)) != alongside


@pytest.mark.parametrize(("first", "reason"), [(132, "after the window"), (-112, "were over when it became public")])
def test_a_plan_that_does_nothing_leaves_p_as_it_is(first, reason):
    """Invited with a mean of 200 days and one end in two the event: 0.2316 within 122 days, and lapses come back."""
    stages = {
        "rest": stay(400, 400, invited=1), "invited": stay(200, 200, event=SURELY, rest=SURELY)
    }  # fmt: skip
    scenario = make_scenario(
        stages, plans={"host": kept(0.6, 0.6, (1, 1))}, seriousness=ratio(1, 1),
        timeline=[entered(90, "invited"), planned("host", 120 + first, 122 + first, public=109)],
        as_of=120, until=242,
    )  # fmt: skip
    generator = np.array([[-1 / 400, 1 / 400, 0], [1 / 400, -1 / 200, 1 / 400], [0, 0, 0]])
    right = expm(generator * 122)[1, 2]
    assert right == pytest.approx(0.2316, abs=2e-3)
    assert forecast.run_scenario(scenario, engine="quick").p_event.mean == pytest.approx(right, abs=1e-5)
    (note,) = notes(scenario)
    assert reason in note


def agreed(*timeline, until=329, as_of=229):
    """All rates are known: three hundred days idle, forty agreed."""
    stages = {
        "idle": stay(300, 300, agreed=0.8 * SURELY, event=0.2 * SURELY),
        "agreed": stay(40, 40, event=0.7 * SURELY, idle=0.3 * SURELY),
    }
    return make_scenario(stages, timeline=timeline, seriousness=ratio(1, 1), as_of=as_of, until=until)


def chance(start, days=100):
    generator = np.array([[-1, 0.8, 0.2], [0, 0, 0], [0, 0, 0]]) / 300
    generator[1] = np.array([0.3, -1, 0.7]) / 40
    return expm(generator * days)[start, 2]


@pytest.mark.parametrize(("order", "start", "right"), [((0, 1), 0, 0.1633), ((1, 0), 1, 0.6716)])
@pytest.mark.parametrize("told", [False, True])
def test_steps_of_one_day_count_in_their_order(order, start, right, told):
    steps = [entered(229, "agreed"), happened(229, "here")]
    in_file = [steps[index] for index in order]
    if told:  # whatever the order of the lines
        in_file = [replace(steps[index], order=order.index(index) + 1) for index in (0, 1)]
    scenario = agreed(*in_file)
    found = forecast.run_scenario(scenario, engine="quick")
    assert found.p_event.mean == pytest.approx(chance(start), abs=1e-3)
    assert chance(start) == pytest.approx(right, abs=1e-3)
    assert any("count in the order of the file" in note for note in notes(scenario)) != told


@pytest.mark.parametrize("orders", [(1, None), (2, 2)])
def test_an_order_of_some_or_twice_the_same_is_refused(orders):
    steps = [
        replace(step, order=order)
        for step, order in zip((entered(229, "agreed"), happened(229, "here")), orders, strict=True)
    ]
    with pytest.raises(InputError, match="order: expected"):
        replace(agreed(), timeline=tuple(steps), facts=agreed(entered(229, "agreed")).facts)


def test_a_reading_that_adds_a_step_to_a_day_with_orders_is_refused():
    steps = [replace(entered(229, "agreed"), order=1), replace(happened(229, "here"), order=2)]
    scenario = agreed(*steps)
    fact = replace(scenario.facts["public-229"], id="heard")
    reading = Reading("agreed-again", "it was said twice", {"heard": "agreed"})
    with pytest.raises(InputError, match="recode: read like this: expected an order for every step of 2020-08-17"):
        replace(scenario, facts={**scenario.facts, "heard": fact}, readings=(reading,))


def test_an_entry_whose_facts_are_public_later_is_named():
    scenario = one_stage(timeline=[happened(20, "here")], as_of=25, until=60)
    fact = scenario.facts["public-20"]
    late = replace(scenario, facts={**scenario.facts, fact.id: replace(fact, public=scenario.window.start)})
    (note,) = notes(late)
    assert note.startswith(f"the entry of {scenario.timeline[0].day} is left out")
    assert fact.id in note
    assert notes(scenario) == []


def test_one_whose_days_reach_beyond_as_of_is_named_and_the_end_of_a_condition_too():
    calm = {"ratios": {"calm": ratio(0.3, 0.6)}, "as_of": 25, "until": 60}
    some_day = replace(happened(30, "here"), earliest=day(20))
    left_out = one_stage(
        timeline=[some_day, condition("calm", 5, None), condition("calm", None, 20, public=28)], **calm
    )
    assert [note[:26] for note in notes(left_out)] == ["the entry of 2020-01-21 is", "the entry of 2020-01-21 is"]


def test_to_set_the_stage_that_it_is_in_is_said_to_do_little():
    scenario = two_stage(timeline=[entered(20, "active")], as_of=30, until=60).do(stage={"active": "2020-02-10"})
    assert "active is the stage already; to set it on 2020-02-10 only undoes" in notes(scenario)[0]
    assert notes(scenario.do(stage={"quiet": "2020-02-05"})) == []


def test_a_stage_that_is_nearly_sure_of_the_event_and_has_no_plan_is_named():
    steps = [entered(20, "active")]
    sure = {"quiet": stay(20, 200, active=1), "active": stay(5, 60, event=9, quiet=1)}
    dated = [planned("both", 50, 52, public=25)]
    assert any(
        "no plan says on which days" in note for note in notes(make_scenario(sure, timeline=steps, as_of=30, until=60))
    )
    with_plan = make_scenario(sure, timeline=steps + dated, plans={"both": kept(0.7, 0.97)}, as_of=30, until=60)
    for scenario in (with_plan, two_stage(timeline=steps, as_of=30, until=60), make_scenario(sure, as_of=30, until=60)):
        assert not any("no plan says" in note for note in notes(scenario))


@pytest.mark.parametrize(("ends", "said"), [({"event": 0.9, "quiet": 0.1}, True), ({"event": 9, "quiet": 1}, False)])
def test_ends_that_are_counts_of_one_stay_are_named(ends, said):
    scenario = make_scenario({"quiet": stay(20, 200, active=1), "active": stay(5, 60, **ends)}, until=60)
    assert any("counts of 1 in all" in note for note in notes(scenario)) == said


def test_learning_that_it_enters_the_stage_that_it_is_in_is_refused():
    scenario = two_stage(timeline=[entered(20, "active")], as_of=30, until=60)
    day = scenario.window.until
    with pytest.raises(InputError, match=r"given[.]stage[.]active: expected a stage that the episode is not in"):
        scenario.given(stage={"active": day})
    with pytest.raises(InputError, match="it is in active already"):
        scenario.do(stage={"active": scenario.window.start}).given(stage={"active": day})
    lapsed = scenario.given(stage={"quiet": scenario.window.start, "active": day})
    assert lapsed.evidence.stage["active"] == day


def test_a_first_stage_that_ages_is_said_to_begin_with_the_history():
    aged = make_scenario({"waiting": shaped(stay(50, 300, event=1), 2)}, as_of=20, until=50)
    found = [note for note in notes(aged) if "is taken to have begun" in note]
    assert found == [
        "waiting is taken to have begun on 2020-01-01, the first day of history; if it began before, say "
        "`begins: {stage: waiting, since: ...}`"
    ]
    assert not any("taken to have begun" in note for note in notes(replace(aged, begins=under_way("waiting", -9))))
    assert not any("taken to have begun" in note for note in notes(one_stage(as_of=20, until=50)))
