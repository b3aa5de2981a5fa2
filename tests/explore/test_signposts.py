"""Signposts against paths simulated one by one, closed forms, and the answers to `given`."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from builders import (
    SURE,
    condition,
    day,
    entered,
    kept,
    lasting,
    make_scenario,
    never,
    one_stage,
    planned,
    prior_as_posterior,
    ratio,
    shaped,
    stay,
)  # fmt: skip

from forecast.answer.ahead import carry_ahead
from forecast.cli.main import main
from forecast.errors import InputError
from forecast.explore.signposts import find_signposts, watch
from forecast.explore.watching import Watcher, share_information, silence_until
from forecast.inference.settings import stream
from forecast.model.timeline import build_timeline
from forecast.scenario.asks import Asks

HEARD, AS_OF, LAST, UNTIL = 30, 40, 60, 100
ENDS = {
    "quiet": {"invited": 4, "announced": 1},
    "invited": {"announced": 4, "quiet": 3, "event": 2},
    "announced": {"event": 3, "quiet": 4},
}
STAYS = {"quiet": (20, 60), "invited": (15, 60), "announced": (10, 40)}


def ask(**rest):
    """Ask in a stage that may have lapsed unseen, while a condition holds."""
    usual = {
        "timeline": [entered(HEARD, "invited"), condition("sealed", 10, None, public=10)],
        "ratios": {"sealed": ratio(0.1, 0.4)},
        "conditions": {"sealed": lasting(20, 60)},
        "seriousness": ratio(1.5, 2),
        "silent": ["invited"],
        "as_of": AS_OF,
        "until": UNTIL,
    }
    return make_scenario({name: stay(*STAYS[name], **ends) for name, ends in ENDS.items()}, **usual | rest)


# --- paths, one by one ---------------------------------------------------------------------------------------------


def simulate(theta, paths, rng):
    """Follow paths of each draw from the last news on; return those that were silent up to `as_of`, and what came."""
    names, ways = list(ENDS), [(name, end) for name, ends in ENDS.items() for end in ends]
    draws = theta["log_stay"].shape[1]
    draw = np.repeat(np.arange(draws), paths)
    stays, sizes = np.exp(theta["log_stay"][:, draw]), np.exp(theta["end_logit"][:, draw])
    rate = np.zeros((len(names), len(names) + 1, len(draw)))  # the last is the event
    order = [*names, "event"]
    for number, (source, end) in enumerate(ways):
        among = sum(sizes[other] for other, (name, _) in enumerate(ways) if name == source)
        rate[names.index(source), order.index(end)] = sizes[number] / among / stays[names.index(source)]
    sigma, factor = np.exp(theta["log_sigma"][0, draw]), np.exp(theta["log_ratio"][0, draw])
    ends = AS_OF + rng.exponential(np.exp(theta["log_lasts"][0, draw]))  # until then it is known to hold
    z = theta["z"][0, draw].copy()
    stage, time = np.ones(len(draw), int), np.full(len(draw), float(HEARD))
    alive, silent, yes = np.ones(len(draw), bool), np.ones(len(draw), bool), np.zeros(len(draw), bool)
    came = {name: np.zeros(len(draw), bool) for name in ("invited", "announced", "lapse", "event", "news")}
    every = np.arange(len(draw))
    while (active := alive & (time < UNTIL)).any():
        at = every[active]
        hazard = rate[stage[at], :, at].copy()
        serious = np.where(stage[at] == 0, 1.0, np.exp(sigma[at] * z[at]))[:, None]
        hazard *= np.where(np.arange(4)[None] > stage[at][:, None], serious, 1 / serious)
        hazard[:, 3] *= np.where(time[at] < ends[at], factor[at], 1.0)
        following = time[at] + rng.exponential(1 / hazard.sum(axis=1))
        change = np.where(time[at] < AS_OF, AS_OF, np.where(time[at] < ends[at], np.minimum(ends[at], UNTIL), UNTIL))
        stays_on = following >= change
        time[at] = np.where(stays_on, change, following)
        at, hazard = at[~stays_on], hazard[~stays_on]
        chosen = (np.cumsum(hazard, axis=1) < (rng.random(len(at)) * hazard.sum(axis=1))[:, None]).sum(axis=1)
        before, early, soon = stage[at], time[at] <= AS_OF, time[at] <= LAST
        unseen = (before == 1) & (chosen == 0)
        silent[at] &= ~early | unseen
        for name, is_so in (("invited", chosen == 1), ("announced", chosen == 2), ("event", chosen == 3),
                            ("lapse", (before == 2) & (chosen == 0)), ("news", ~unseen)):  # fmt: skip
            came[name][at] |= is_so & soon & ~early
        yes[at] |= (chosen == 3) & ~early
        alive[at] &= chosen != 3
        begins, moves = (before == 0) & (chosen < 3), chosen < 3
        z[at[begins]] = rng.standard_normal(begins.sum())
        stage[at[moves]] = chosen[moves]
    came["sealed"] = ends <= LAST
    came["news"] |= came["sealed"]
    return {name: values[silent] for name, values in came.items()}, yes[silent]


@pytest.fixture(scope="module")
def simulated():
    scenario = ask()
    posterior = prior_as_posterior(scenario, draws=800)
    came, yes = simulate(posterior.draws, 250, np.random.default_rng(5))
    return watch(scenario, posterior, day(LAST)), came, yes


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("stage", "invited", "invited"), ("stage", "announced", "announced"), ("lapse", "quiet", "lapse"),
        ("condition", "sealed", "sealed"), ("event", "event", "event"), ("silence", "", "news"),
    ],
)  # fmt: skip
def test_a_row_says_what_simulated_paths_say(simulated, kind, name, told):
    found, came, yes = simulated
    row = found.find(kind, name)
    is_so = ~came[told] if kind == "silence" else came[told]
    pairs = [(row.chance, is_so), (row.p_if, yes[is_so]), (row.p_if_not, yes[~is_so])]
    for expected, values in pairs:
        assert len(values) > 1000
        error = max(values.std(), 0.01) / math.sqrt(len(values))
        assert expected == pytest.approx(values.mean(), abs=5 * error + 0.002)  # later z of one draw are one number
    p, pairs = yes.mean(), [(is_so, yes), (is_so, ~yes), (~is_so, yes), (~is_so, ~yes)]
    terms = [((one & other).mean(), one.mean() * other.mean()) for one, other in pairs]
    bits = sum(both * math.log2(both / apart) for both, apart in terms if both)
    assert row.information == pytest.approx(bits, abs=0.004)
    gain = is_so.mean() * (yes[is_so].mean() - p) ** 2 + (~is_so).mean() * (yes[~is_so].mean() - p) ** 2
    assert row.brier == pytest.approx(-gain, abs=0.003)


def test_the_expected_p_is_p(simulated):
    found, _, yes = simulated
    assert found.p == pytest.approx(yes.mean(), abs=0.005)
    assert len(found.rows) == 6
    for row in found.rows:
        assert abs(row.expected - found.p) < 1e-9
        assert row.brier <= 0 <= row.information


# --- closed forms, and other ways to the same numbers --------------------------------------------------------------


def test_a_known_rate_has_closed_forms():
    """One rate: the event by day 10 of 30, and silence, are each other's complement."""
    scenario = one_stage(stay_days=(50, 50 * SURE), until=30)
    found = watch(scenario, prior_as_posterior(scenario, draws=10), day(10))
    p, soon = 1 - math.exp(-30 / 50), 1 - math.exp(-10 / 50)
    event, silence = found.find("event"), found.find("silence")
    assert event.chance == pytest.approx(soon, rel=1e-6)
    assert event.p_if == pytest.approx(1, abs=1e-9)
    assert event.p_if_not == pytest.approx(1 - math.exp(-20 / 50), rel=1e-6)
    assert silence.p_if == pytest.approx(event.p_if_not, rel=1e-9)
    assert silence.information == pytest.approx(event.information, rel=1e-9)
    assert event.brier == pytest.approx(-(soon * (1 - p) ** 2 + (1 - soon) * (event.p_if_not - p) ** 2), rel=1e-6)


@pytest.mark.parametrize(
    "change", ["as it is", "in a later window", "that never comes", "a plan", "a stage reached", "in force", "once"]
)
def test_rows_agree_with_what_given_says(change):
    scenario = ask()
    if change == "in a later window":
        scenario = ask(start=70)
    elif change == "that never comes":
        stages = {name: stay(*STAYS[name], **ends) for name, ends in ENDS.items()}
        stages["announced"] = never(stages["announced"], 0.2, 0.4)
        usual = {"timeline": [entered(HEARD, "invited")], "as_of": AS_OF, "until": UNTIL, "seriousness": ratio(1.5, 2)}
        scenario = make_scenario(stages, **usual)
    elif change == "a plan":
        plan = planned("leak", 50, 65, public=35)
        timeline = [entered(HEARD, "invited"), condition("sealed", 10, None, public=10), plan]
        scenario = ask(timeline=timeline, plans={"leak": kept(0.3, 0.6)})
    elif change == "a stage reached":
        scenario = ask(start=70)
        scenario = replace(scenario, question=replace(scenario.question, asks=Asks(reached="announced")))
    elif change == "in force":
        scenario = replace(scenario, question=replace(scenario.question, asks=Asks(in_force="announced")))
    elif change == "once":
        scenario = ask(start=50, counts="first")
    posterior = prior_as_posterior(scenario, draws=60)
    found = watch(scenario, posterior, day(LAST))
    until = day(LAST).isoformat()
    other = {"silence": {"silence_until": until}, "stage": {"stage": {"announced": {"by": until}}}}
    if change != "a stage reached":
        other["event"] = {"no_event_until": until}
    for kind, learned in other.items():
        timeline = build_timeline(scenario.given(**learned).known())
        ahead = carry_ahead(timeline, posterior.draws, stream(3, "ahead"), agreement=0)
        row = found.find(kind, "announced" if kind == "stage" else "")
        expected = row.p_if_not if kind == "event" else row.p_if
        assert expected == pytest.approx(ahead.total.sum() / ahead.weight.sum(), abs=1e-7)


def test_stays_that_age_at_no_rate_are_as_others():
    """A shape a hair from 1 is walked by age, and says the same to its accuracy."""
    plain = ask()
    priors = replace(
        plain.priors,
        stages={
            name: replace(prior, belief=shaped(prior.belief, 1 + 1e-7)) for name, prior in plain.priors.stages.items()
        },
    )
    ageing = replace(plain, priors=priors)
    rows = [watch(each, prior_as_posterior(each, draws=40), day(LAST)) for each in (plain, ageing)]
    for row in rows[0].rows:
        other = rows[1].find(row.kind, row.name)
        assert (other.chance, other.p_if, other.p_if_not) == pytest.approx(
            (row.chance, row.p_if, row.p_if_not), abs=0.003
        )


def test_one_step_alone_has_the_same_chance():
    scenario = ask()
    posterior = prior_as_posterior(scenario, draws=50)
    found = watch(scenario, posterior, day(LAST))
    watcher = Watcher(silence_until(scenario, day(LAST)), posterior)
    assert watcher.find_chance("stage", "announced") == found.find("stage", "announced").chance
    assert watcher.find_chance("condition", "unheard of") is None


def test_information_is_that_of_a_channel():
    """A binary symmetric channel that errs once in ten times."""
    error = 0.1
    capacity = 1 + error * math.log2(error) + (1 - error) * math.log2(1 - error)
    assert share_information(np.array([[0.45, 0.05], [0.05, 0.45]])) == pytest.approx(capacity)


# --- what cannot be asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "match"),
    [
        (ask().given(no_event_until=day(50).isoformat()), "signposts are about what is open"),
        (replace(ask(), question=replace(ask().question, asks=Asks(at_least=2))), "counts events"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(scenario, match):
    with pytest.raises(InputError, match=match):
        find_signposts(scenario, engine="quick")


@pytest.mark.parametrize("days", [0, -3, 1.5, True])
def test_days_are_a_whole_number(days):
    with pytest.raises(InputError, match="whole number of days"):
        find_signposts(ask(), days=days, engine="quick")


def test_a_posterior_of_another_scenario_is_refused():
    other = prior_as_posterior(one_stage(until=30), draws=10)
    with pytest.raises(InputError, match="posterior of this scenario"):
        find_signposts(ask(), posterior=other)


def test_several_timelines_end_with_exit_code_2(capsys):
    for verb in ("explain", "priors", "update", "report"):
        assert main([verb, "scenarios/invented/ratifications.yaml"]) == 2
        assert "several" in capsys.readouterr().err


def test_the_command_prints_a_table_and_json(capsys):
    words = ["signposts", "tests/questions/visit.yaml", "--quick", "--draws", "250", "--days", "14"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "nothing new becomes public" in said
    assert "agreed is entered" in said
    assert main([*words, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["until"] == "2024-07-14"
    assert {row["kind"] for row in plain["rows"]} >= {"stage", "event", "silence"}
    for row in plain["rows"]:
        together = row["chance"] * row["p_if"] + (1 - row["chance"]) * (row["p_if_not"] or 0)
        assert together == pytest.approx(plain["p"], abs=1e-9)
