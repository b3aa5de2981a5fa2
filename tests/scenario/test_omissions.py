"""What is left without some sources, and how it is mended."""

from __future__ import annotations

import datetime
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from builders import condition, day, entered, happened, lasting, make_scenario, ratio, stay

from forecast.document.load import load_scenario
from forecast.scenario.beliefs import ConditionBelief, Interval
from forecast.scenario.checks import check_scenario
from forecast.scenario.entries import step_day
from forecast.scenario.omissions import LENGTHS, expect_length, leave_out_sources, list_sources

STAGES = {
    "quiet": stay(20, 200, invited=1),
    "invited": stay(20, 200, announced=2, quiet=1),
    "announced": stay(20, 200, event=2, quiet=1),
}


def told(sources, **rest):
    """Tell which source states the fact of each day; "us" all others."""
    scenario = make_scenario(STAGES, until=120, **rest)
    facts = {
        name: replace(fact, source=sources.get(int(name.removeprefix("public-")), "us"))
        for name, fact in scenario.facts.items()
    }
    return replace(scenario, facts=facts)


def steps(scenario):
    entries = [item.entry for item in scenario.known().steps]
    return [(step_day(entry), getattr(entry, "stage", "event")) for entry in entries]


def test_all_that_nothing_is_left_out_of_stays():
    scenario = load_scenario("scenarios/may.yaml")
    left = leave_out_sources(scenario, ())
    assert left.repairs == ()
    assert left.scenarios[0].known().entries == scenario.known().entries


def test_a_fact_goes_with_the_last_of_its_sources():
    scenario = told({10: "them"}, timeline=[entered(10, "invited")], as_of=40)
    shared = replace(scenario.facts["public-10"], also=("others",))
    scenario = replace(scenario, facts={**scenario.facts, "public-10": shared})
    assert steps(leave_out_sources(scenario, ["them"]).scenarios[0]) == [(day(10), "invited")]
    assert steps(leave_out_sources(scenario, ["them", "others"]).scenarios[0]) == []


def test_sources_are_listed_by_their_days():
    assert list_sources(load_scenario("scenarios/may.yaml"))[0] == "dw-2015-01-28"
    assert len(list_sources(load_scenario("scenarios/may.yaml"))) == 6


def test_the_end_of_what_nobody_began_goes():
    timeline = [condition("sealed", 10, None, public=10), condition("sealed", None, 30, public=30)]
    scenario = told(
        {10: "them"}, timeline=timeline, ratios={"sealed": ratio(0.1, 0.5)}, conditions={"sealed": lasting(20, 60)},
        as_of=40,
    )  # fmt: skip
    left = leave_out_sources(scenario, ["them"])
    assert left.repairs == (f"the end of sealed on {day(30)} goes with its beginning",)
    assert not left.scenarios[0].known().spells


def test_a_condition_whose_end_is_gone_is_not_known_to_go_on():
    timeline = [condition("sealed", 10, None, public=10), condition("sealed", None, 30, public=30)]
    scenario = told(
        {30: "them"}, timeline=timeline, ratios={"sealed": ratio(0.1, 0.5)}, conditions={"sealed": lasting(20, 60)},
        as_of=60,
    )  # fmt: skip
    left = leave_out_sources(scenario, ["them"])
    assert left.repairs == (f"sealed of {day(10)}, whose end is gone, ends as its prior says",)
    assert len(left.scenarios) == LENGTHS
    ends = [each.known().spells["sealed"][0].until for each in left.scenarios]
    lengths = [math.ceil(expect_length(lasting(20, 60), (number + 0.5) / LENGTHS)) for number in range(LENGTHS)]
    assert ends == [day(9 + length) if length <= 50 else None for length in lengths]
    assert ends[0] is not None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_lengths_are_those_of_simulated_conditions(share):
    lo, hi = 60, 700
    rng = np.random.default_rng(1)
    spread = (math.log(hi) - math.log(lo)) / (2 * 1.6448536)
    means = np.exp(rng.normal((math.log(lo) + math.log(hi)) / 2, spread, 400_000))
    expected = np.quantile(rng.exponential(means), share)
    assert expect_length(ConditionBelief(Interval(lo, hi)), share) == pytest.approx(expected, rel=0.02)


def test_a_jump_passes_through_the_stages_between():
    timeline = [entered(10, "invited"), entered(20, "announced"), happened(30, "here"), entered(50, "invited")]
    scenario = told({20: "them"}, timeline=timeline, as_of=60)
    left = leave_out_sources(scenario, ["them"])
    assert left.repairs == (f"the event on {day(30)}, from invited, passes through announced",)
    (found,) = left.scenarios
    assert steps(found) == [
        (day(10), "invited"), (day(20), "announced"), (day(30), "event"), (day(50), "invited"),
    ]  # fmt: skip


def test_several_stages_between_are_spaced_evenly():
    timeline = [entered(10, "invited"), entered(20, "announced"), happened(30, "here")]
    (found,) = leave_out_sources(told({10: "them", 20: "them"}, timeline=timeline, as_of=60), ["them"]).scenarios
    assert steps(found) == [(day(10), "invited"), (day(20), "announced"), (day(30), "event")]


def test_a_step_into_the_stage_that_holds_already_goes():
    timeline = [entered(10, "invited"), entered(20, "quiet"), entered(30, "invited")]
    left = leave_out_sources(told({20: "them"}, timeline=timeline, as_of=60), ["them"])
    assert left.repairs == (f"the step into invited on {day(30)} goes: invited holds already",)
    assert steps(left.scenarios[0]) == [(day(10), "invited")]


def test_every_coalition_of_the_flagship_is_sound():
    scenario = load_scenario("scenarios/may.yaml")
    sources = list_sources(scenario)
    for size in range(len(sources) + 1):
        for gone in itertools.combinations(sources, size):
            for left in leave_out_sources(scenario, gone).scenarios:
                assert not check_scenario(left.record())
                assert left.as_of == datetime.date(2025, 3, 27)
