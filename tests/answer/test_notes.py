"""What is said below the table: the order of a day, entries left out, a stage without a day, counts of one stay."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

import forecast
from forecast.errors import InputError
from tests.builders import entered, happened, kept, make_scenario, one_stage, planned, ratio, stay, two_stage

SURELY = 1e10  # so many cases that the shares are known


def notes(scenario):
    return forecast.run_scenario(scenario, engine="quick").to_dict()["notes"]


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


def test_an_entry_whose_facts_are_public_later_is_named():
    """A month without a day counts from its last one, so that what it tells of may be left out."""
    scenario = one_stage(timeline=[happened(20, "here")], as_of=25, until=60)
    fact = scenario.facts["public-20"]
    late = replace(scenario, facts={**scenario.facts, fact.id: replace(fact, public=scenario.window.start)})
    (note,) = notes(late)
    assert note.startswith(f"the entry of {scenario.timeline[0].day} is left out")
    assert fact.id in note
    assert notes(scenario) == []


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
    lapsed = scenario.given(stage={"quiet": scenario.window.start, "active": day})
    assert lapsed.evidence.stage["active"] == day
