"""The verbs in Python against the same words in a file, and what each may change."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from builders import (
    condition,
    day,
    entered,
    kept,
    make_scenario,
    planned,
    prior_as_posterior,
    ratio,
    stay,
    two_stage,
    way,
)
from scipy import stats

from forecast.answer.run import predict
from forecast.document.load import load_scenario
from forecast.errors import FitError, InputError
from forecast.model.fingerprint import fingerprint_inputs
from forecast.model.priors import build_priors
from forecast.model.timeline import build_timeline
from forecast.scenario.scenario import Scenario
from forecast.scenario.suppositions import Evidence


def busy(**rest) -> Scenario:
    """Two stages of which one lapses silently, three itineraries at two places, a fair and a plan ahead."""
    scenario = two_stage(
        ways=[way("here-by-car", "here"), way("here-by-air", "here", air=1), way("there", air=1)],
        ratios={"air": ratio(0.3, 0.9), "there": ratio(0.5, 3), "fair": ratio(0.5, 4)},
        plans={"claim": kept(0.2, 0.7)},
        timeline=[
            entered(10, "active"), condition("fair", 45, 50), planned("claim", 46, 49, places=["there"], public=30),
        ],
        as_of=40, until=70, **rest,
    )  # fmt: skip
    return replace(scenario, question=replace(scenario.question, silent=("active",)))


def run(scenario, draws=1_000):
    return predict(scenario, build_timeline(scenario.known()), prior_as_posterior(scenario, draws))


def fingerprint(scenario):
    timeline = build_timeline(scenario.known())
    return fingerprint_inputs(timeline, build_priors(scenario.known(), timeline), {})


# --- the same words in a file --------------------------------------------------------------------------------------

SAME = {
    "vladivostok-early-may": lambda may: may.assume(
        plans={
            "leak": {
                "kept": [0.4, 0.85],
                "reason": "The channel is close to the Kremlin, names days and a place, and rules another place out, "
                "which invites correction.",
            }
        }
    ),
    "flies-to-moscow": lambda may: may.do(itineraries={"moscow-by-plane": {"by_plane": 0}}),
    "joint-announcement-made": lambda may: may.do(stage={"announced": datetime.date(2025, 4, 28)}),
    "joint-announcement-learned": lambda may: may.given(stage={"announced": "2025-04-28"}),
    "nothing-by-may-5": lambda may: may.given(no_event_until="2025-05-05"),
    "victory-day": lambda may: may.do(stage={"confirmed": "2025-04-15"}).do(
        facts=[
            {
                "id": "kremlin-names-the-parade",
                "says": "The Kremlin announces that Kim will be at the parade on 9 May.",
                "public": "2025-04-15",
            }
        ],
        timeline=[
            {
                "plan": "host",
                "places": ["moscow"],
                "from": "2025-05-08",
                "until": "2025-05-10",
                "because": ["kremlin-names-the-parade"],
            }
        ],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_python_says_what_the_file_says(name, scenario_may):
    written = load_scenario(f"scenarios/{name}.yaml")
    said = SAME[name](scenario_may)
    assert replace(said, name=written.name) == written


def test_verbs_add_to_what_was_said_before(scenario_may):
    both = scenario_may.given(stage={"announced": "2025-04-28"}).given(no_event_until="2025-05-05")
    assert both.evidence == Evidence(
        {"announced": datetime.date(2025, 4, 28)}, no_event_until=datetime.date(2025, 5, 5)
    )
    assert scenario_may.evidence == Evidence()


def test_attributes_set_one_after_the_other_all_stay_set(scenario_may):
    said = scenario_may.do(itineraries={"moscow-by-train": {"days_away": 4, "from": "2025-04-10"}})
    said = said.do(itineraries={"moscow-by-train": {"by_plane": 1}})
    setting = said.interventions.itineraries["moscow-by-train"]
    assert (setting.value, setting.start) == ({"days_away": 4, "by_plane": 1}, datetime.date(2025, 4, 10))


def said(public):
    return {"id": "said", "says": "Somebody says so.", "public": public}


def plan(because):
    return {"plan": "leak", "places": ["moscow"], "from": "2025-05-08", "until": "2025-05-10", "because": because}


def closes(covariate, until):
    return {"covariate": covariate, "until": until, "because": ["said"]}


@pytest.mark.parametrize(
    ("say", "message"),
    [
        (
            lambda s: s.assume(plans={"leek": {"kept": [0.1, 0.2], "reason": "so"}}),
            "plans.leek: nothing to assume",
        ),
        (lambda s: s.assume(plans={"leak": {"kept": [0.1, 0.2]}}), "assume.plans.leak.reason: expected the key reason"),
        (lambda s: s.assume(plans={"leak": {"kept": [0.5, 0.2], "reason": "so"}}), "with lo below hi"),
        (lambda s: s.do(stages={}), "do.stages: unknown key; did you mean stage[?]"),
        (
            lambda s: s.do(remove={"moscow-by-train": "2025-03-01"}),
            "expected a day after as_of",
        ),
        (
            lambda s: s.do(timeline=[plan(because=["telegram-3-5-may"])]),
            r"do.timeline\[0\].because: expected a fact of do.facts among them; .* made on 2025-03-26",
        ),
        (
            lambda s: s.do(facts=[said("2025-05-20")], timeline=[plan(because=["said"])]),
            r"do.timeline\[0\].until: expected a day after 2025-05-20",
        ),
        (
            lambda s: s.do(facts=[said("2025-04-02")], timeline=[closes("borders_sealed", "2021-01-01")]),
            r"do.timeline\[0\].until: expected a day after as_of",
        ),
        (
            lambda s: s.do(facts=[said("2025-04-02")], timeline=[closes("multilateral", "2025-05-09")]),
            "expected an entry that opens multilateral by 2025-05-09 and leaves it open",
        ),
        (
            lambda s: s.do(
                hazard_ratios={"days_away": {"factor": 1e6}}, itineraries={"moscow-by-train": {"days_away": 250}}
            ),
            "do.hazard_ratios.days_away.factor: expected a number nearer to 1; found 1e[+]06, which 250 times over",
        ),
        (lambda s: s.given(silence_until=3), "given.silence_until: expected a date, YYYY-MM-DD; found '3'"),
    ],
)
def test_python_gets_the_same_messages_by_key_path(say, message, scenario_may):
    with pytest.raises(InputError, match=message):
        say(scenario_may)


def test_what_rises_again_in_silence_has_not_fallen_for_good():
    visit = load_scenario("tests/questions/visit.yaml")
    ends = {
        "agreed": {"stay": {"mean": [20, 60]}, "ends": {"event": 0.2, "quiet": 9}, "reason": "Most are called off."}
    }
    shut = {"covariate": "port_closed", "from": "2024-07-02", "until": "2024-12-01", "because": ["shut"]}
    fact = {"id": "shut", "says": "The port is closed.", "public": "2024-07-01"}
    asked = visit.assume(stages=ends).do(stage={"agreed": "2024-07-01"}, facts=[fact], timeline=[shut])
    result = run(asked)
    left = result.decay.silence.mean
    level = (left[0] + left.max()) / 2
    assert left[0] < level < left.max()
    day = (result.falls_below("silence", level) - asked.as_of).days
    assert left[day - 1] >= level > left[day:].max()


# --- what each may change ------------------------------------------------------------------------------------------


def test_do_and_given_leave_the_posterior_alone_and_assume_does_not(scenario_may):
    before = fingerprint(scenario_may)
    for name in SAME:
        after = fingerprint(load_scenario(f"scenarios/{name}.yaml"))
        assert (after == before) == (name != "vladivostok-early-may")


def test_what_is_given_by_a_day_is_the_curve_of_that_day():
    plain = run(busy())
    for number in (41, 46, 60):
        happened = run(busy().given(no_event_until=day(number)))
        quiet = run(busy().given(silence_until=day(number)))
        assert happened.p_event.mean == pytest.approx(plain.decay.no_event.mean[number - 40], abs=1e-10)
        assert quiet.p_event.mean == pytest.approx(plain.decay.silence.mean[number - 40], abs=1e-10)
        assert number == 41 or abs(happened.p_event.mean - quiet.p_event.mean) > 1e-4


def test_nothing_given_in_a_question_of_one_rate_is_bayes_rule():
    """With exponential waits of unknown rate, P given nothing by t is E[e^{-rt} - e^{-rT}] / E[e^{-rt}]."""
    from builders import one_stage

    scenario = one_stage(stay_days=(20, 200), until=30)
    result = run(scenario.given(no_event_until=day(12)), draws=100_000)
    log_wait = stats.norm(np.log(20 * 200) / 2, np.log(10) / (2 * stats.norm.ppf(0.95)))
    rate = np.exp(-log_wait.ppf((np.arange(20_000) + 0.5) / 20_000))
    alive = np.exp(-12 * rate).mean()
    expected = (alive - np.exp(-30 * rate).mean()) / alive
    assert result.p_event.mean == pytest.approx(expected, abs=4 * 0.001)
    assert float(result.curves.weight.mean()) == pytest.approx(alive, abs=4 * 0.001)


def test_what_is_removed_leaves_its_share_to_the_rest():
    before, after = run(busy()), run(busy().do(remove={"here-by-air": day(41)}))
    assert after.itineraries["here-by-air"].mean == 0
    for name in ("here-by-car", "there"):
        assert after.itineraries[name].mean > before.itineraries[name].mean


def test_a_plan_whose_itineraries_are_all_removed_comes_to_nothing():
    result = run(busy().do(remove={"there": day(41)}))
    assert result.places["there"].mean == 0
    assert np.isfinite(result.p_event.mean)


def test_a_setting_holds_from_its_day_on():
    before, after = run(busy()), run(busy().do(hazard_ratios={"there": {"factor": 50, "from": day(55)}}))
    days = before.days.index(day(55))
    np.testing.assert_allclose(after.incidence[:, :days], before.incidence[:, :days], rtol=0, atol=1e-13)
    assert after.incidence[1, days:].sum() > 1.5 * before.incidence[1, days:].sum()


@pytest.mark.parametrize(("factor", "more"), [(5, 1), (0.1, -1)])
def test_a_larger_covariate_set_never_lowers_the_event(factor, more):
    factors = [1.0, factor]
    before, after = (run(busy().do(hazard_ratios={"fair": {"factor": value}})) for value in factors)
    assert ((after.p_draws - before.p_draws) * more >= -1e-13).all()
    assert (after.p_event.mean - before.p_event.mean) * more > 0.001


def test_a_hypothetical_plan_acts_after_its_day_and_voids_older_ones():
    said = busy().do(
        facts=[{"id": "new-day", "says": "Another day is named.", "public": day(44)}],
        timeline=[{"plan": "claim", "places": ["here"], "from": day(60), "until": day(61), "because": ["new-day"]}],
    )
    before, after = run(busy()), run(said)
    assert (after.incidence[0, 19:21] > 2 * before.incidence[0, 19:21]).all()
    window = slice(5, 9)  # of the older plan, 46 to 49
    assert after.incidence[1, window].sum() < before.incidence[1, window].sum()
    np.testing.assert_allclose(after.incidence[:, :4], before.incidence[:, :4], rtol=0, atol=1e-13)


def test_a_stage_that_is_set_is_the_stage_of_that_evening():
    result = run(busy().do(stage={"quiet": day(45)}))
    active, quiet = result.timeline.structure.stages.index("active"), 0
    assert result.stages[active, 4] == 0
    assert result.stages[quiet, 4] == pytest.approx(1 - result.cif_any.mean[4], abs=1e-12)


def test_simulated_futures_agree_with_what_is_given():
    result = run(busy().given(silence_until=day(48)).do(stage={"active": day(52)}), draws=40_000)
    days = result.paths.day[result.paths.day > 0]
    assert days.min() > 8
    error = np.sqrt(result.p_event.mean * (1 - result.p_event.mean) / 40_000)
    assert abs(days.size / 40_000 - result.p_event.mean) < 4.5 * error
    by_day = np.bincount(days, minlength=31)[1:] / 40_000
    exact = result.incidence.sum(axis=0)
    assert (np.abs(by_day - exact) < 4.5 * np.sqrt(exact / 40_000) + 1e-12).all()


def test_what_cannot_happen_is_refused():
    stages = {"quiet": stay(20, 90, active=1), "active": stay(9, 90, event=1, quiet=1), "ready": stay(9, 90, event=1)}
    never = make_scenario(stages, as_of=40, until=60).given(stage={"ready": day(41)})  # no stage leads there
    with pytest.raises(FitError, match="what is given cannot happen: no draw gives it any probability"):
        run(never)


def test_too_few_draws_that_agree_give_no_number():
    with pytest.raises(FitError, match=r"effective number is \d+, below 400"):
        run(busy().given(no_event_until=day(60)), draws=300)
