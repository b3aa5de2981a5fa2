"""What priors imply, beside the record, and what was learned: counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builders import entered, happened, kept, make_scenario, one_stage, planned, stay, two_stage

from forecast.answer.implied import hold_against_record, summarise_priors
from forecast.model.timeline import build_timeline


def test_simulated_histories_are_held_against_the_record():
    """Two draws: in the first an episode of 4 days ends in the event, one of 8 lapses; in the second nothing ends."""
    scenario = two_stage(timeline=[entered(10, "active"), happened(15, "here")], as_of=50, until=80)
    timeline = build_timeline(scenario.known())
    assert timeline.structure.transition_names == ("quiet > active", "active > event", "active > quiet")
    histories = {
        "events": np.array([[1.0, 0.0]]),
        "steps": np.array([[2.0, 0.0], [1.0, 0.0], [1.0, 0.0]]),
        "days": np.array([[38.0, 50.0], [12.0, 0.0]]),
    }
    found = hold_against_record(timeline, histories)
    a_decade = 3652.5 / 50
    (lo, median, hi), record = found["events a decade"]
    assert (lo, median, hi) == pytest.approx((0.05 * a_decade, 0.5 * a_decade, 0.95 * a_decade))
    assert record == pytest.approx(a_decade)
    # Only the first draw has stays and episodes that ended.
    assert found["share of episodes that end in the event"] == (pytest.approx((0.5, 0.5, 0.5)), 1.0)
    assert found["days in quiet for each stay that ended"] == (pytest.approx((19, 19, 19)), 45.0)  # 10, and 35 so far
    assert found["days in active for each stay that ended"] == (pytest.approx((6, 6, 6)), 5.0)
    assert [found[f"steps {name}"][1] for name in timeline.structure.transition_names] == [1, 1, 0]


def test_a_stage_that_was_never_left_has_no_mean_stay_on_record():
    found = summarise_priors(two_stage(as_of=50, until=80)).implied
    assert math.isnan(found["days in quiet for each stay that ended"][1])
    assert found["events a decade"][1] == 0


def test_an_event_that_a_plan_brought_about_is_on_record():
    scenario = make_scenario(
        {"quiet": stay(20, 200, active=1), "active": stay(20, 200, quiet=1)}, plans={"host": kept(0.3, 0.6)},
        timeline=[entered(10, "active"), planned("host", 20, 22, public=15), happened(21, "here")], as_of=50, until=80,
    )  # fmt: skip
    found = summarise_priors(scenario).implied
    assert found["events a decade"][1] == pytest.approx(3652.5 / 50)
    assert found["share of episodes that end in the event"][1] == 1


@pytest.mark.parametrize("build", [one_stage, two_stage])
def test_where_nothing_is_on_record_nothing_is_held_against_it(build):
    found = summarise_priors(build(as_of=0, until=30))
    assert found.implied == {}
    assert found.before["stay"].keys() == set(build().question.stages)


def test_what_was_learned_stands_beside_the_prior_once_it_is_stored(may, scenario_may):
    found = summarise_priors(scenario_may)
    assert {name: set(labels) for name, labels in found.after.items()} == {
        name: set(labels) for name, labels in found.before.items()
    }
    for index, stage in enumerate(scenario_may.question.stages):
        for stays, draws in ((found.after["stay"], may.fit.draws), (found.before["stay"], may.fit.prior)):
            expected = np.quantile(np.exp(draws["log_stay"][index]), [0.05, 0.5, 0.95])
            assert stays[stage] == pytest.approx(expected)
