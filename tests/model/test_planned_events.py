"""Events that a plan brought about from a stage which declares no such end: one rule for the checks and the model."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast
from forecast.model import build_timeline
from forecast.model.poisson import build_poisson_rows
from forecast.scenario import Fact, check_scenario, resolve
from tests.builders import day, entered, happened, kept, make_scenario, planned, ratio, stay, way

STAGES = {
    "quiet": stay(20, 200, invited=1),
    "invited": stay(20, 200, quiet=1, ready=1),
    "ready": stay(20, 200, quiet=1),
}
REFUSED = "moves from {} to event on {}, which is no declared transition; the ends of .*, and {}"


def record(*timeline, late=None):
    """Return a record that may be unsound, with facts of every day."""
    plans = {"host": kept(0.3, 0.6, late=late), "leak": kept(0.1, 0.6)}
    sound = make_scenario(
        STAGES, ways=[way("here"), way("there")], ratios={"there": ratio(0.5, 2)}, plans=plans, as_of=60, until=90
    ).record()
    facts = {f"public-{n}": Fact(f"public-{n}", "it is so", "us", day(n)) for n in range(61)}
    return replace(sound, facts=facts, timeline=tuple(timeline))


NO_PLAN, AT_REST = "no plan was in force and due there", "a plan brings none from rest"
HOST = planned("host", 20, 22, public=15, places=["here"])
MADE_THAT_DAY = planned("host", 20, 22, public=21, places=["here"])
ALONGSIDE = planned("leak", 40, 41, public=18, alongside=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("timeline", "late"),
    [
        ([entered(10, "invited"), HOST, happened(21, "here")], None),
        ([entered(10, "invited"), HOST, happened(31, "here")], (3, 30)),
        ([entered(10, "invited"), entered(16, "ready"), HOST, happened(22, "here")], None),
        ([entered(10, "invited"), planned("host", 20, 22, public=15), happened(20, "there")], None),
        ([entered(10, "invited"), HOST, ALONGSIDE, happened(21, "here")], None),
        ([HOST, entered(17, "invited"), happened(21, "here")], None),
        ([entered(10, "invited"), HOST, planned("leak", 40, 41, public=21), happened(21, "here")], None),
        ([entered(10, "invited"), HOST, replace(happened(34, "here"), earliest=day(30))], (3, 30)),
    ],
    ids=["due", "late", "from-the-next-stage", "anywhere", "alongside", "made-at-rest", "revised-that-day", "some-day"],
)
def test_an_event_of_a_plan_in_force_teaches(timeline, late):
    scenario = forecast.Scenario(**vars(record(*timeline, late=late)))
    result = forecast.run_scenario(scenario, engine="quick", settings=forecast.Settings(draws=250))
    assert 0 < result.p_event.mean < 1
    kept_before, kept_after = (
        draws["kept"].values[..., 0].mean() for draws in (result.posterior["prior"], result.posterior["posterior"])
    )
    assert (kept_after > kept_before) == (late is None)  # it was kept; or it came after its days


@pytest.mark.parametrize(
    ("timeline", "stage", "on"),
    [
        ([entered(10, "invited"), happened(21, "here")], "invited", 21),
        ([entered(10, "invited"), HOST, happened(19, "here")], "invited", 19),
        ([entered(10, "invited"), HOST, happened(23, "here")], "invited", 23),
        ([entered(10, "invited"), HOST, happened(21, "there")], "invited", 21),
        ([entered(10, "invited"), HOST, planned("leak", 40, 41, public=18), happened(21, "here")], "invited", 21),
        ([entered(10, "invited"), HOST, entered(18, "quiet"), happened(21, "here")], "quiet", 21),
        ([HOST, happened(21, "here")], "quiet", 21),
        ([HOST, entered(21, "invited"), happened(21, "here")], "invited", 21),
        ([entered(10, "invited"), MADE_THAT_DAY, happened(21, "here")], "invited", 21),
    ],
    ids=["no-plan", "early", "over", "elsewhere", "revised", "lapsed", "at-rest", "entered-that-day", "made-that-day"],
)  # fmt: skip
def test_any_other_is_refused_with_the_remedy(timeline, stage, on):
    why = AT_REST if stage == "quiet" else NO_PLAN
    with pytest.raises(forecast.InputError, match=REFUSED.format(stage, day(on), why)) as caught:
        forecast.Scenario(**vars(record(*timeline)))
    assert f"Give priors.stages.{stage}.ends a count of event, or the stage or the plan" in str(caught.value)


@st.composite
def histories(draw):
    plans = []
    for kind in draw(st.lists(st.sampled_from(["host", "leak"]), min_size=1, max_size=3)):
        made = draw(st.integers(5, 30))
        start = draw(st.integers(made - 3, made + 12))
        plans.append(
            planned(
                kind, start, start + draw(st.integers(0, 8)), public=made,
                places=draw(st.sampled_from([(), ("here",), ("there",)])), alongside=draw(st.booleans()),
            )
        )  # fmt: skip
    steps = [entered(draw(st.integers(6, 20)), "invited")]
    if draw(st.booleans()):
        steps += [entered(draw(st.integers(21, 24)), draw(st.sampled_from(["quiet", "ready"])))]
        if steps[-1].stage == "quiet" and draw(st.booleans()):
            steps += [entered(draw(st.integers(24, 28)), "invited")]
    last = (steps[-1].start - day(0)).days
    event = happened(draw(st.integers(last, 45)), draw(st.sampled_from(["here", "there"])))
    return record(*plans, *steps, event, late=draw(st.sampled_from([None, (3, 30)])))


@settings(deadline=None)
@given(histories())
def test_what_is_accepted_is_what_the_likelihood_has_a_row_for(history):
    problems = check_scenario(history)
    assert all(NO_PLAN in problem.message or AT_REST in problem.message for problem in problems)
    rows = build_poisson_rows(build_timeline(resolve(history)))
    assert bool(problems) == (rows.count[rows.itinerary >= 0].sum() == 0)
