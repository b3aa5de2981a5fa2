"""Plans that do nothing are named, with the reason."""

import pytest

import forecast
from tests.builders import entered, kept, planned, two_stage

PLANS = {"host": kept(0.3, 0.6)}


def notes(*plans, later=(), start=None):
    scenario = two_stage(timeline=[entered(10, "active"), *plans, *later], plans=PLANS, as_of=40, start=start, until=70)
    result = forecast.run_scenario(scenario, engine="quick")
    assert all(f"note: {note.split(':')[0]}" in str(result) for note in result.to_dict()["notes"])
    return result.to_dict()["notes"]


@pytest.mark.parametrize(
    ("plans", "reasons"),
    [
        ([planned("host", 50, 60, public=30)], []),
        ([planned("host", 60, 80, public=30)], []),  # part of it lies in the window
        ([planned("host", 20, 30, public=12)], []),  # it is over, and has taught
        ([planned("host", 71, 80, public=30)], ["after the window"]),
        ([planned("host", 20, 30, public=35)], ["were over when it became public, on 2020-02-05"]),
        ([planned("host", 50, 60, public=20), planned("host", 52, 53, public=30)], ["it is void, by a newer plan"]),
        ([planned("host", 50, 60, public=20), planned("host", 52, 53, public=30, alongside=True)], []),
    ],
)
def test_plans_that_do_nothing_are_named(plans, reasons):
    found = notes(*plans)
    assert len(found) == len(reasons)
    for note, reason in zip(found, reasons, strict=True):
        assert reason in note


def test_a_plan_of_an_episode_that_is_over_is_void():
    (note,) = notes(planned("host", 50, 60, public=20), later=[entered(30, "quiet")])
    assert note.startswith("plan host, 2020-02-20 to 2020-03-01: it is void")
