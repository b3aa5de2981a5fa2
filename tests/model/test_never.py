"""Stays and episodes from which the event may never come: closed forms, quadrature, matrices and the other engine."""

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
    make_scenario,
    never,
    planned,
    ratio,
    set_up,
    shaped,
    stay,
    two_stage,
    under_way,
    unseen,
)
from densities import assert_one_density, assert_right_derivatives
from scipy.linalg import expm

import forecast
from forecast.answer.ahead import carry_ahead
from forecast.errors import InputError
from forecast.inference.quick import gate, quick_draws
from forecast.model import count_record, fingerprint_inputs, natural_scale, simulate_histories
from forecast.multistate import Curves

ALIKE = ratio(1, 1)
SURELY = 1e9  # cases, so that shares are known


def carry(scenario, detail="total", draws=8000):
    """Carry draws of the quick engine ahead."""
    timeline, priors = set_up(scenario)
    rng = np.random.default_rng(1)
    found = quick_draws(timeline, priors, draws, rng)
    assert not gate(found.diagnostics)
    return timeline, carry_ahead(timeline, found.draws, rng, detail=detail)


def probability(scenario, draws=8000):
    """Return P by the quick engine, and its Monte Carlo error."""
    _, ahead = carry(scenario, draws=draws)
    p = ahead.total.sum() / ahead.weight.sum()
    return p, (ahead.total - p * ahead.weight).std() / ahead.weight.mean() / math.sqrt(0.5 * draws)


# --- one stage -----------------------------------------------------------------------------------------------------


def test_a_voucher_that_may_be_lost():
    """35 in 100 are lost at once, the others redeemed after 100 days on average; this one is 150 days old."""
    left = 0.65 * math.exp(-1.5)
    expected = left * (1 - math.exp(-1)) / (0.35 + left)
    assert expected == pytest.approx(0.1852, abs=5e-5)
    held = never(stay(100, 100, event=1), 0.35)
    assert probability(make_scenario({"held": held}, as_of=150, until=250))[0] == pytest.approx(expected, abs=1e-9)
    hopeless = make_scenario({"held": stay(100, 100, event=1)}, hopeless=(0.35, 0.35), as_of=150, until=250)
    assert probability(hopeless)[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("shape", [None, 2.0])
def test_an_unknown_share_and_mean_by_quadrature(shape):
    """Four were redeemed, the fifth has been held for 200 days: within 100 more, by quadrature over share and mean."""
    belief = never(stay(40, 300, event=1), 0.1, 0.6)
    record = [30, 80, 55, 120]
    ends = np.cumsum(record)
    standard = np.linspace(-6, 6, 241)
    weight = np.exp(-(standard**2) / 2)
    logit = [math.log(p / (1 - p)) for p in (0.1, 0.6)]
    share = 1 / (1 + np.exp(-(sum(logit) / 2 + (logit[1] - logit[0]) / (2 * Z95) * standard)))
    mean = np.exp((math.log(40) + math.log(300)) / 2 + math.log(300 / 40) / (2 * Z95) * standard)
    share, mean = (each.ravel() for each in np.meshgrid(share, mean))
    weight = np.outer(weight, weight).ravel()
    power = shape or 1.0

    def survival(days):
        return np.exp(-((days * math.gamma(1 + 1 / power) / mean) ** power))

    for days in record:
        weight = weight * (1 - share) * (survival(days - 1) - survival(days))
    now, then = (share + (1 - share) * survival(days) for days in (200, 300))
    expected = 1 - (weight @ then) / (weight @ now)
    timeline = [happened(int(end), "here") for end in ends]
    as_of = int(ends[-1]) + 200
    belief = shaped(belief, shape) if shape else belief
    p, error = probability(make_scenario({"held": belief}, timeline=timeline, as_of=as_of, until=as_of + 100))
    assert p == pytest.approx(expected, abs=3 * error)


# --- several stages, by matrices -----------------------------------------------------------------------------------


def known_stages(**rest):
    """Return a question of three stages in which all is known, episodes are alike, and active ones are barred."""
    return make_scenario(
        {
            "quiet": stay(60, 60, invited=SURELY),
            "invited": stay(30, 30, active=0.7 * SURELY, quiet=0.3 * SURELY),
            "active": stay(40, 40, event=0.5 * SURELY, quiet=0.5 * SURELY),
        }
        | rest.pop("stages", {}),
        seriousness=ALIKE,
        **rest,
    )


def expect(states, rates, start, days):
    """Return the probability of each state after some days; the event is the last."""
    generator = np.zeros((len(states), len(states)))
    for (source, target), rate in rates.items():
        generator[states.index(source), states.index(target)] += rate
        generator[states.index(source), states.index(source)] -= rate
    begin = np.array([start.get(state, 0.0) for state in states])
    return dict(zip(states, begin @ expm(generator * days), strict=True))


def test_stays_that_are_barred_go_on_as_others_but_for_the_event():
    """The present stay has lasted 50 days; later ones are drawn afresh, also within the episode's successors."""
    share, states = 0.4, ["quiet", "invited", "active", "barred", "event"]
    rates = {
        ("quiet", "invited"): 1 / 60, ("invited", "quiet"): 0.3 / 30, ("invited", "active"): 0.7 * (1 - share) / 30,
        ("invited", "barred"): 0.7 * share / 30, ("active", "event"): 0.5 / 40, ("active", "quiet"): 0.5 / 40,
        ("barred", "quiet"): 0.5 / 40,
    }  # fmt: skip
    seen = share / (share + (1 - share) * math.exp(-50 * 0.5 / 40))
    scenario = known_stages(
        stages={"active": never(stay(40, 40, event=0.5 * SURELY, quiet=0.5 * SURELY), share)},
        timeline=[entered(5, "invited"), entered(20, "active")], as_of=70, until=170,
    )  # fmt: skip
    expected = expect(states, rates, {"active": 1 - seen, "barred": seen}, 100)
    timeline, ahead = carry(scenario, "stages")
    assert ahead.total.mean() == pytest.approx(expected["event"], abs=1e-6)
    curves = ahead.curves
    assert isinstance(curves, Curves)
    assert curves.stages.shape[-1] == len(timeline.structure.stages)
    last = curves.stages[:, -1].mean(axis=0)
    assert last == pytest.approx([expected["quiet"], expected["invited"], expected["active"] + expected["barred"]])


def test_an_episode_that_is_barred_stays_so_until_it_ends():
    """Here no stage of a hopeless episode comes to the event; its share is known by all days at risk in it."""
    share = 0.4
    stages = {
        "invited": stay(30, 30, active=0.5 * SURELY, quiet=0.2 * SURELY, event=0.3 * SURELY),
    }
    states = ["quiet", "invited", "active", "invited'", "active'", "event"]
    rates = {
        ("quiet", "invited"): (1 - share) / 60, ("quiet", "invited'"): share / 60,
        ("invited", "active"): 0.5 / 30, ("invited", "quiet"): 0.2 / 30, ("invited", "event"): 0.3 / 30,
        ("invited'", "active'"): 0.5 / 30, ("invited'", "quiet"): 0.2 / 30,
        ("active", "event"): 0.5 / 40, ("active", "quiet"): 0.5 / 40, ("active'", "quiet"): 0.5 / 40,
    }  # fmt: skip
    hazard = 15 * 0.3 / 30 + 50 * 0.5 / 40
    seen = share / (share + (1 - share) * math.exp(-hazard))
    scenario = known_stages(
        stages=stages, hopeless=(share, share),
        timeline=[entered(5, "invited"), entered(20, "active")], as_of=70, until=170,
    )  # fmt: skip
    expected = expect(states, rates, {"active": 1 - seen, "active'": seen}, 100)
    assert probability(scenario)[0] == pytest.approx(expected["event"], abs=1e-6)
    fresh = replace(
        scenario, timeline=scenario.timeline[:1], as_of=day(5), window=replace(scenario.window, start=day(6))
    )
    expected = expect(states, rates, {"invited": 1 - share, "invited'": share}, 165)
    assert probability(fresh)[0] == pytest.approx(expected["event"], abs=1e-6)


def test_a_plan_brings_nothing_where_the_event_never_comes():
    scenario = known_stages(
        stages={"active": never(stay(1e6, 1e6, event=1, quiet=1), 0.3)},
        plans={"visit": kept(0.8, 0.8, meanwhile=(1, 1))},
        timeline=[entered(5, "invited"), entered(20, "active"), planned("visit", 25, 25, public=20)],
        as_of=20, until=40,
    )  # fmt: skip
    assert probability(scenario)[0] == pytest.approx(0.7 * 0.8, abs=1e-3)


def test_silence_leaves_the_barred_ones():
    """A silent stay of 90 days: alive, alive and barred, or lapsed unseen; then 30 days ahead."""
    share, states = 0.3, ["quiet", "active", "barred", "event"]
    scenario = make_scenario(
        {"quiet": stay(1e7, 1e7, active=SURELY),
         "active": never(stay(40, 40, event=0.5 * SURELY, quiet=0.5 * SURELY), share)},
        timeline=[entered(5, "active")], silent=["active"], seriousness=ALIKE, as_of=95, until=125,
    )  # fmt: skip
    quiet = {("active", "event"): 0.5 / 40, ("active", "quiet"): 0.5 / 40, ("barred", "quiet"): 0.5 / 40}
    now = expect(states, quiet, {"active": 1 - share, "barred": share}, 90)
    left = 1 - now.pop("event")
    then = expect(states, quiet, {state: p / left for state, p in now.items()}, 30)
    assert probability(scenario)[0] == pytest.approx(then["event"], abs=1e-5)


def test_what_is_given_speaks_of_either_part():
    scenario = known_stages(
        stages={"active": never(stay(40, 40, event=0.5 * SURELY, quiet=0.5 * SURELY), 0.4)},
        timeline=[entered(5, "invited")], as_of=10, until=100,
    )  # fmt: skip
    learned = scenario.given(stage={"active": day(30)})
    states = ["quiet", "invited", "active", "barred", "event"]
    rates = {
        ("quiet", "invited"): 1 / 60, ("invited", "quiet"): 0.3 / 30, ("invited", "active"): 0.7 * 0.6 / 30,
        ("invited", "barred"): 0.7 * 0.4 / 30, ("active", "event"): 0.5 / 40, ("active", "quiet"): 0.5 / 40,
        ("barred", "quiet"): 0.5 / 40,
    }  # fmt: skip
    expected = expect(states, rates, {"active": 0.6, "barred": 0.4}, 70)
    assert probability(learned)[0] == pytest.approx(expected["event"], abs=2e-3)  # it was entered within that day


# --- one density by both engines -----------------------------------------------------------------------------------


def busy(**change):
    """Build a record in which all that acts on rates acts."""
    stages = {"quiet": stay(20, 200, active=1), "active": stay(5, 60, event=3, quiet=2)}
    usual = {
        "timeline": [
            entered(30, "active"), condition("fair", 35, 70), happened(55, "here"), entered(90, "active"),
            planned("visit", 100, 110, public=92), happened(104, "here"), entered(160, "active"),
            entered(170, "quiet"), entered(200, "active"), planned("visit", 240, 250, public=220),
        ],
        "ratios": {"fair": ratio(0.3, 5)}, "plans": {"visit": kept(0.2, 0.8)}, "as_of": 230, "until": 300,
    }  # fmt: skip
    return make_scenario(stages | change.pop("stages", {}), **usual | change)


BARRED = {
    "stays": {"stages": {"active": never(stay(5, 60, event=3, quiet=2), 0.1, 0.6)}},
    "episodes": {"hopeless": (0.1, 0.6)},
    "stays that age": {"stages": {"active": shaped(never(stay(5, 60, event=3, quiet=2), 0.1, 0.6), 0.7, 4)}},
    "a known share": {"hopeless": (0.4, 0.4)},
}


@pytest.mark.parametrize("how", BARRED)
def test_both_engines_have_one_density(how):
    assert_one_density(*set_up(busy(**BARRED[how])))


@pytest.mark.parametrize("how", BARRED)
def test_the_derivatives_are_right(how):
    timeline, priors = set_up(busy(**BARRED[how]))
    found = quick_draws(timeline, priors, 2000, np.random.default_rng(1))
    assert not gate(found.diagnostics)
    assert_right_derivatives(found.laplace.target, found.laplace.mode[2] + 0.3, 0.4)


def test_each_share_is_a_posterior_of_its_own():
    found = {fingerprint_inputs(*set_up(busy(**how)), {}) for how in ({}, *BARRED.values())}
    assert len(found) == 1 + len(BARRED)


def test_the_share_is_told_in_an_analysts_terms():
    timeline, priors = set_up(busy(**BARRED["stays"]))
    theta = {name: vector.at(np.zeros((len(vector.labels), 1))) for name, vector in priors.items()}
    told = natural_scale(theta, timeline.structure)["never"]
    assert told.labels == ("active",)
    assert told.values[0, 0] == pytest.approx(1 / (1 + math.exp(-(math.log(1 / 9) + math.log(1.5)) / 2)))


# --- simulated histories -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stays", "episodes"])
def test_simulated_histories_know_of_it(how):
    """Of a thousand days, all known: as many events as a renewal matrix expects."""
    share = {"stays": {"stages": {"active": never(stay(20, 20, event=0.5 * SURELY, quiet=0.5 * SURELY), 0.4)}},
             "episodes": {"hopeless": (0.4, 0.4)}}[how]  # fmt: skip
    stages = {"quiet": stay(30, 30, active=SURELY), "active": stay(20, 20, event=0.5 * SURELY, quiet=0.5 * SURELY)}
    scenario = make_scenario(stages | share.pop("stages", {}), seriousness=ALIKE, as_of=1000, until=1010, **share)
    timeline, priors = set_up(scenario)
    draws = 4000
    theta = {name: vector.at(np.zeros((len(vector.labels), draws))) for name, vector in priors.items()}
    events = simulate_histories(timeline, theta, np.random.default_rng(2))["events"].sum(axis=0)
    generator = np.zeros((4, 4))  # quiet, active, barred, and how many events there have been
    generator[0, [0, 1, 2]] = -1 / 30, 0.6 / 30, 0.4 / 30
    generator[1, [0, 1, 3]] = 1 / 20, -1 / 20, 0.5 / 20
    generator[2, [0, 2]] = 0.5 / 20, -0.5 / 20
    expected = (np.array([1, 0, 0, 0]) @ expm(generator * 1000))[3]
    assert events.mean() == pytest.approx(expected, abs=4 * events.std() / math.sqrt(draws))
    assert count_record(timeline)["events"].sum() == 0


def test_a_question_of_one_stage_may_be_barred_again_after_an_event():
    belief = never(stay(10, 10, event=1), 0.5)
    timeline, priors = set_up(make_scenario({"held": belief}, as_of=2000, until=2010))
    theta = {name: vector.at(np.zeros((len(vector.labels), 4000))) for name, vector in priors.items()}
    events = simulate_histories(timeline, theta, np.random.default_rng(2))["events"].sum(axis=0)
    assert np.bincount(events, minlength=3)[:3] / 4000 == pytest.approx([0.5, 0.25, 0.125], abs=0.03)


# --- what is refused -----------------------------------------------------------------------------------------------


REFUSED = {
    "in two places": (
        lambda: two_stage(hopeless=(0.1, 0.2)), lambda found: never(found, 0.1), "active", "expected one of this and"
    ),
    "at rest": (
        lambda: make_scenario({"quiet": stay(20, 90, active=1, event=1), "active": stay(20, 90, event=1)}),
        lambda found: never(found, 0.1), "quiet", "quiet is the stage between episodes",
    ),
    "without an event": (
        known_stages, lambda found: never(found, 0.1), "invited", "expected a stage that ends in the event"
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_a_share_that_makes_no_sense_is_refused(why):
    build, change, stage, message = REFUSED[why]
    scenario = build()
    prior = scenario.priors.stages[stage]
    stages = scenario.priors.stages | {stage: replace(prior, belief=change(prior.belief))}
    with pytest.raises(InputError, match=message):
        replace(scenario, priors=replace(scenario.priors, stages=stages))


def test_what_it_cannot_be_asked_with_is_refused():
    scenario = two_stage(timeline=[entered(10, "active")], as_of=40, until=70)
    hopeless = two_stage(timeline=[entered(10, "active")], as_of=40, until=70, hopeless=(0.1, 0.5))
    unsure = (replace(scenario.timeline[0], earliest=day(8)),)
    replace(scenario, timeline=unsure)
    with pytest.raises(InputError, match="expected one day, because a share of active never comes to it"):
        replace(hopeless, timeline=unsure)
    replace(scenario, fades=2.0)
    with pytest.raises(InputError, match="expected no fades beside a share that never comes to the event"):
        replace(hopeless, fades=2.0)
    scenario.do(stage={"active": day(50)})
    hopeless.do(stage={"quiet": day(50)})
    with pytest.raises(InputError, match="active cannot be set, because nobody says whether"):
        hopeless.do(stage={"active": day(50)})


def test_a_stay_that_was_found_under_way_is_refused():
    """Of those that have lasted some days already more are barred than of all."""
    usual = {"as_of": 100, "until": 160}
    stages = {"quiet": stay(20, 200, active=1), "active": stay(5, 60, event=3, quiet=2)}
    barred = stages | {"active": never(stages["active"], 0.1, 0.5)}
    make_scenario(stages, begins=under_way("active", -40), **usual)
    make_scenario(barred, begins=under_way("active", 0), **usual)
    for since in (-40, None):
        with pytest.raises(InputError, match="begins: expected a stay that is on record from its first day"):
            make_scenario(barred, begins=under_way("active", since), **usual)
    make_scenario(barred, unrecorded=[unseen(31, 50, "active", 50)], **usual)
    with pytest.raises(InputError, match=r"unrecorded\[0\]\.then: expected a stay that is on record"):
        make_scenario(barred, unrecorded=[unseen(31, 50, "active", 40)], **usual)


def test_a_file_says_it(tmp_path):
    text = """
title: The voucher is redeemed
question: {event: it is redeemed, resolves: the shop's book, timezone: Europe/Oslo}
history_from: 2024-08-01
as_of: 2024-12-29
window: {until: 2025-04-08}
places: [shop]
facts: [{id: known, says: Known., source: shop, public: 2023}]
timeline: []
priors:
  stages: {waiting: {stay: {mean: [100, 100]}, ends: {event: 1}, never: [0.35, 0.35], because: [known], reason: known}}
"""
    path = tmp_path / "voucher.yaml"
    path.write_text(text)
    assert forecast.run_scenario(path, engine="quick").p_event.mean == pytest.approx(0.1852, abs=5e-5)
    path.write_text(
        text.replace(" never: [0.35, 0.35],", "")
        + "  never: {share: [0.35, 0.35], because: [known], reason: 35 in 100 are lost.}\n"
    )
    assert forecast.run_scenario(path, engine="quick").p_event.mean == pytest.approx(0.1852, abs=5e-5)
