"""A step on one of several days is the sum over those days of the step on each, as certain days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import (
    NEVER,
    condition,
    day,
    entered,
    fingerprint,
    happened,
    kept,
    known,
    make_scenario,
    planned,
    ratio,
    set_up,
    stay,
)
from oracle import importance_forecast
from scipy.special import logsumexp

import forecast
from forecast.errors import InputError
from forecast.inference.densities import log_likelihood
from forecast.inference.loglinear import build_likelihood
from forecast.model.histories import count_record
from forecast.model.priors import draw_priors
from forecast.model.timeline import build_timeline
from forecast.scenario.keys import find_slot
from forecast.scenario.record import Reading

STAGES = {"rest": stay(20, 200, busy=3, event=1), "busy": stay(5, 60, event=3, rest=2)}
CERTAIN = [entered(20, "busy"), happened(90, "here"), entered(130, "busy"), entered(200, "rest")]
CALENDAR = [condition("fair", 30, 60), condition("fair", 66, 140, on="busy"), condition("fair", 205, 215)]
TO_COME = planned("host", 205, 210, public=120)  # void from the day of the lapse on


def ask(steps, **rest):
    timeline, plans = [*steps, *CALENDAR, TO_COME], {"host": kept(0.2, 0.6)}
    return make_scenario(
        STAGES, timeline=timeline, ratios={"fair": ratio(0.2, 5)}, plans=plans, as_of=220, until=260, **rest
    )


def within(entry, first):
    return replace(entry, earliest=day(first), because=known(210))


UNSURE = {
    "an event": ([*CERTAIN[:1], within(CERTAIN[1], 58), *CERTAIN[2:]], 1, range(58, 91)),
    "a beginning": ([within(CERTAIN[0], 2), *CERTAIN[1:]], 0, range(2, 21)),
    "a lapse": ([*CERTAIN[:3], within(CERTAIN[3], 136)], 3, range(136, 201)),
    "two days": ([*CERTAIN[:3], within(CERTAIN[3], 199)], 3, range(199, 201)),
}


@pytest.fixture(params=UNSURE)
def unsure(request):
    return UNSURE[request.param]


def shift(entry, number):
    """Move a step to a certain day."""
    name = "day" if hasattr(entry, "day") else "start"
    return replace(entry, **{name: day(number)}, earliest=None, because=known(number))


def test_the_likelihood_is_the_sum_over_the_days_as_certain_days(unsure):
    steps, at, days = unsure
    timeline, priors = set_up(ask(steps))
    draws = draw_priors(priors, 40, np.random.default_rng(1))
    each = []
    for number in days:
        moved, _ = set_up(ask([*steps[:at], shift(steps[at], number), *steps[at + 1 :]]))
        each.append(log_likelihood(moved, draws).sum(axis=0))
    np.testing.assert_allclose(log_likelihood(timeline, draws).sum(axis=0), logsumexp(each, axis=0), atol=1e-9)


def columns(priors, draws):
    theta = {name: values for name, values in draws.items() if name != "log_sigma"}
    return np.concatenate([theta[name] for name in priors if name != "log_sigma"])


def test_the_quick_likelihood_is_the_same_and_has_its_derivatives(unsure):
    timeline, priors = set_up(ask(unsure[0]))
    draws = draw_priors(priors, 6, np.random.default_rng(2))
    likelihood = build_likelihood(timeline, priors)
    theta = columns(priors, draws)
    scaled = columns(priors, draws | {"z": draws["z"] * np.exp(draws["log_sigma"])})
    ours, theirs = likelihood.log_density(scaled), log_likelihood(timeline, draws).sum(axis=0)
    np.testing.assert_allclose(ours - theirs, ours[0] - theirs[0], atol=1e-9)
    np.testing.assert_allclose(likelihood.log_density(np.stack([scaled, scaled]))[1], ours, atol=1e-12)
    step = 1e-5 * np.eye(len(theta))
    gradient = likelihood.gradient(scaled)
    for draw in range(3):
        point = scaled[:, draw]
        value, slope, hessian = likelihood.derivatives(point)
        assert value == pytest.approx(ours[draw], abs=1e-9)
        np.testing.assert_allclose(slope, gradient[:, draw], atol=1e-9)
        both = [likelihood.log_density(np.stack([point + h, point - h], axis=1)) for h in step]
        np.testing.assert_allclose(slope, [(up - down) / 2e-5 for up, down in both], rtol=1e-5, atol=1e-5)
        bends = [likelihood.derivatives(point + h)[1] - likelihood.derivatives(point - h)[1] for h in step]
        np.testing.assert_allclose(hessian, np.array(bends) / 2e-5, rtol=1e-5, atol=1e-5)


def test_pymc_adds_the_same(unsure):
    from forecast.model.pymc_model import build_pymc_model

    timeline, priors = set_up(ask(unsure[0]))
    draws = draw_priors(priors, 3, np.random.default_rng(3))
    model = build_pymc_model(timeline, priors)
    of = model.compile_logp(vars=[*model.observed_RVs, *model.potentials])
    theirs = [of({name: values[:, n] for name, values in draws.items()}) for n in range(3)]
    ours = log_likelihood(timeline, draws).sum(axis=0)
    np.testing.assert_allclose(np.diff(theirs), np.diff(ours), atol=1e-8)


def test_every_day_of_the_record_counts_once(unsure):
    timeline, _ = set_up(ask(unsure[0]))
    record = count_record(timeline)
    assert record["days"].sum() == timeline.history.calendar.days.sum() == 220
    assert record["events"].sum() == 1
    assert record["steps"].sum() == 4


# Case 8 of known answers, by quadrature over the mean stay: (e^{-100/m} - e^{-160/m}) tells of m.
SOME = day(102)


def case_8(first=SOME):
    stages = {"rest": stay(*NEVER, busy=1), "busy": stay(200, 900, event=1)}
    event = replace(happened(161, "here"), earliest=first, because=known(170))
    steps = [entered(1, "busy"), event, entered(180, "busy")]
    return make_scenario(stages, timeline=steps, seriousness=ratio(1, 1), as_of=180, until=270)


def test_case_8_by_the_quick_engine():
    assert forecast.run_scenario(case_8(), engine="quick").p_event.mean == pytest.approx(0.2281, abs=0.002)


@pytest.mark.slow
def test_case_8_by_nuts():
    assert forecast.run_scenario(case_8()).p_event.mean == pytest.approx(0.2281, abs=0.004)


def test_the_days_matter_to_a_posterior_that_is_stored():
    assert len({fingerprint(case_8()), fingerprint(case_8(day(110))), fingerprint(case_8(None))}) == 3


@pytest.mark.slow
def test_the_quick_engine_agrees_with_the_oracle(unsure):
    scenario = ask(unsure[0], seriousness=ratio(1.2, 2))
    oracle, result = importance_forecast(scenario, draws=60_000), forecast.run_scenario(scenario, engine="quick")
    assert oracle.ess > 1_000
    error = np.hypot(oracle.p_event_se, result.p_event.mcse)
    assert error < 0.005
    assert abs(result.p_event.mean - oracle.p_event) < 4 * error


def test_until_its_facts_are_public_the_stage_is_still_on():
    scenario = ask(UNSURE["a lapse"][0])
    for as_of, stage in ((209, "busy"), (210, "rest")):
        known = scenario.at(as_of=day(as_of)).known()
        timeline = build_timeline(known)
        assert timeline.structure.stages[timeline.stage] == stage


def test_the_table_says_that_the_day_is_not_known():
    result = forecast.run_scenario(ask(UNSURE["a lapse"][0]), engine="quick")
    assert "\nstage today: rest, since a day of 2020-05-16 to 2020-07-19\n" in str(result)
    assert result.to_dict()["stage_today"]["earliest"] == "2020-05-16"
    certain = forecast.run_scenario(ask(CERTAIN), engine="quick").to_dict()
    assert certain["stage_today"] == {"stage": "rest", "since": "2020-07-19", "holds": 1.0}


def test_a_sweep_moves_steps_of_one_day_only():
    scenario = ask(UNSURE["an event"][0])
    assert find_slot(scenario, "timeline[0].from").path == ("timeline", 0, "start")
    with pytest.raises(InputError, match="unknown key"):
        find_slot(scenario, "timeline[1].day")


# --- what is refused -----------------------------------------------------------------------------------------------


REFUSED = {
    "it meets the step before": (
        [entered(20, "busy"), within(happened(60, "here"), 20)], (), "days after the step before",
    ),
    "the next step meets it": (
        [within(replace(entered(60, "busy"), because=known(70)), 20), replace(happened(60, "here"), because=known(60))],
        (),
        "expected days after the step before|expected a day after",
    ),
    "a plan is due": (
        [entered(20, "busy"), within(happened(60, "here"), 40)],
        [planned("host", 50, 70, public=30)],
        "the plan host is due on 2020-02-20; .* Give the days before that, or after it",
    ),
    "a plan is made": (
        [entered(20, "busy"), within(happened(60, "here"), 40)],
        [planned("host", 61, 70, public=60)],
        "the plan host was made on 2020-03-01; ",
    ),
    "turned round": ([within(entered(20, "busy"), 21)], (), "expected the first day before the last, and up to 366"),
    "one day": ([within(entered(20, "busy"), 20)], (), "expected the first day before the last, and up to 366"),
    "too many": ([replace(entered(400, "busy"), earliest=day(3))], (), "the last, and up to 366 days in all"),
    "before history": ([within(entered(20, "busy"), 0)], (), "expected days after history_from"),
    "after it was public": (
        [replace(entered(60, "busy"), earliest=day(40), because=known(50))], (), "up to that on which its facts became",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_days_that_the_sum_cannot_run_over_are_refused(name):
    steps, plans, said = REFUSED[name]
    with pytest.raises(InputError, match=said):
        make_scenario(STAGES, timeline=[*steps, *plans], plans={"host": kept(0.2, 0.6)} if plans else {}, as_of=420)


def test_a_reading_whose_days_the_sum_cannot_run_over_is_refused():
    """The lapse was none, says the reading: the stage that may lapse in silence goes on from one of those days."""
    scenario = ask([*CERTAIN[:2], within(CERTAIN[2], 125), *CERTAIN[3:]])
    question = replace(scenario.question, silent=("busy",))
    with pytest.raises(InputError, match="read like this: expected one day, because busy may have ended in silence"):
        replace(scenario, question=question, readings=(Reading("other", "so it is", {"public-200": "none"}),))


def test_silence_after_days_that_are_not_known_is_refused():
    scenario = ask([within(CERTAIN[0], 2)])
    with pytest.raises(InputError, match="because busy may have ended in silence since"):
        replace(scenario, question=replace(scenario.question, silent=("busy",)))
