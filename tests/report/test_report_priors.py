"""What a person sees of `forecast priors`: each belief in words, why it is held, and what it implies."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import replace

import pytest
from builders import day, entered, happened, known, one_stage, prior, ratio, two_stage

from forecast.cli.main import main
from forecast.document.dump import dump_scenario
from forecast.document.load import load_scenario
from forecast.inference.settings import Settings
from forecast.report.priors import render_priors
from forecast.scenario.record import Window


@pytest.fixture(scope="module")
def visit():
    return load_scenario("tests/questions/visit.yaml")


def blocks(text):
    """Return the lines of each prior by its heading, without what marks the heading."""
    parts = [part.splitlines() for part in text.split("\n\n")[1:]]
    return {part[0].split("  (")[0]: [line.strip() for line in part[1:]] for part in parts}


def plain(scenario, **numbers):
    return render_priors(scenario, **({"before": {}, "after": {}, "implied": {}} | numbers))


# --- in words ----------------------------------------------------------------------------------------------------


def test_each_prior_in_words_with_its_facts_and_its_reason(visit):
    found = blocks(plain(visit))
    half = math.sqrt(20 * 200) * math.log(2)  # of an exponential stay whose mean is at the middle of the interval
    assert found["stages.invited"] == [
        f"a stay lasts 20 to 200 days on average; half are over in {half:.0f}",
        "of 8 such stays: 3 to agreed, 5 to quiet",
        "because custom",
        "reason: Most are let drop.",
    ]
    assert found["hazard_ratios.days_away"][0] == (
        "each 1 day more of days_away multiplies the event's rate by 0.7 to 0.98"
    )
    assert found["hazard_ratios.by_air"][0] == "each unit more of by_air multiplies the event's rate by 0.3 to 3"
    assert "the event there has 0.5 to 2 times the rate" in found["hazard_ratios.south"][0]
    assert found["hazard_ratios.port_closed"][0] == (
        "while port_closed holds, the rates that it acts on are multiplied by 0.01 to 0.2"
    )
    assert "a chance of 0.2 to 0.7" in found["plans.host"][0]
    assert "multiplied by 0.5 to 1" in found["plans.host"][1]
    assert "advances 1.2 to 3 times as fast" in found["seriousness"][0]


def test_a_prior_none_of_whose_facts_was_public_is_marked(visit):
    """In 2021 no festival is known, which has another belief for that; nor that ports close, which has none."""
    early = replace(
        visit, as_of=datetime.date(2021, 3, 15),
        window=Window(datetime.date(2021, 3, 16), datetime.date(2021, 12, 31)),
    )  # fmt: skip
    text = plain(early)
    assert "\nhazard_ratios.port_closed  (hindsight: none of its facts was public yet)\n" in text
    assert "\nhazard_ratios.festival  (otherwise: none of its facts was public yet)\n" in text
    assert "multiplied by 0.5 to 2" in blocks(text)["hazard_ratios.festival"][0]
    assert "hindsight" not in plain(visit)
    assert "otherwise" not in plain(visit)


# --- numbers -----------------------------------------------------------------------------------------------------


def test_a_prior_stands_beside_what_was_learned_of_it():
    scenario = two_stage()
    before = {
        "stay": {"quiet": (20.0, 63.25, 200.0), "active": (5.0, 17.0, 60.0)},
        "end_share": {"quiet > active": (1.0, 1.0, 1.0), "active > event": (0.2, 0.61, 0.9)},
        "seriousness": {"seriousness": (1.2, 2.2, 4.0)},
    }
    after = {name: dict.fromkeys(spreads, (1.0, 2.0, 1447.0)) for name, spreads in before.items()}
    found = blocks(plain(scenario, before=before, after=after))
    stay, left = found["stages.quiet"][-2:]
    assert re.fullmatch(r"stay +prior +63.2 \(20 to 200\) +posterior +2 \(1 to 1,447\)", stay)
    assert re.fullmatch(r"share quiet > active +prior +1 \(1 to 1\) +posterior .*", left)
    assert "share active > event" in found["stages.active"][-1]
    only = plain(scenario, before=before)
    assert "posterior" not in only.replace(
        "no posterior with these draws and this seed is stored; forecast run makes one", ""
    )
    assert "no posterior with these draws" in only
    assert "no posterior with these draws" not in plain(scenario, before=before, after=after)


def test_what_the_priors_imply_stands_beside_the_record():
    rows = {"events a decade": ((0.0, 2.5, 12.25), 36.525), "days in quiet": ((1.0, 2.0, 3.0), math.nan)}
    lines = plain(one_stage(as_of=20), implied=rows).splitlines()
    first, second = lines[-4:-2]
    assert re.fullmatch(r" +events a decade +simulated +2.5 \(0 to 12.2\) +record 36.5", first)
    assert re.fullmatch(r" +days in quiet +simulated +2 \(1 to 3\) +record none", second)


# --- the verb ----------------------------------------------------------------------------------------------------


def show(scenario, tmp_path, capsys):
    path = tmp_path / "test.yaml"
    path.write_text(dump_scenario(scenario))
    assert main(["priors", str(path)]) == 0
    return capsys.readouterr().out


def test_the_record_is_counted(tmp_path, capsys):
    """Two episodes in a hundred days: one ends in the event after five days, one lapses after ten."""
    past = [entered(10, "active"), happened(15, "here"), entered(40, "active"), entered(50, "quiet")]
    text = show(two_stage(timeline=past, as_of=100, until=130), tmp_path, capsys)
    record = dict(re.findall(r"^    (.+?)  +simulated .* record (\S+)$", text, re.M))
    assert record == {
        "events a decade": "36.5",  # 3652.5 / 100
        "share of episodes that end in the event": "0.5",
        "days in quiet for each stay that ended": "42.5",  # 10 + 25 days, and 50 that go on
        "days in active for each stay that ended": "7.5",
        "steps quiet > active": "2",
        "steps active > event": "1",
        "steps active > quiet": "1",
    }
    stay = re.search(r"^    stay +prior +([\d.]+) \(([\d.]+) to ([\d.]+)\)$", text, re.M)
    lo, hi = float(stay[2]), float(stay[3])
    assert (lo, hi) == (pytest.approx(20, rel=0.15), pytest.approx(200, rel=0.15))  # a thousand draws of the prior


@pytest.mark.usefixtures("may")
def test_the_posterior_shown_is_that_of_the_draws_and_the_seed_asked_for(capsys, monkeypatch):
    told = {}
    for options in ((), ("--seed", "1", "--draws", "1000"), ("--seed", "7"), ("--draws", "20")):
        assert main(["priors", "scenarios/may.yaml", *options]) == 0
        told[options] = "   posterior " in capsys.readouterr().out
    assert list(told.values()) == [True, True, False, False]
    asked = []
    monkeypatch.setattr("forecast.answer.implied.find_posterior", lambda *given: asked.append(given[-1]))
    assert main(["priors", "scenarios/may.yaml", "--seed", "7", "--draws", "20"]) == 0
    assert asked == [Settings(seed=7, draws=20)]
    assert "no posterior with these draws and this seed is stored" in capsys.readouterr().out


def test_a_question_with_nothing_on_record_says_so(tmp_path, capsys):
    text = show(two_stage(as_of=0, until=30), tmp_path, capsys)
    assert f"\n    nothing is on record yet: history begins on the as-of date, {day(0)}\n" in text
    assert not re.search("simulated +[0-9]", text)
    assert "a stay lasts 20 to 200 days on average" in text


def test_a_record_so_short_that_no_simulated_episode_ends(tmp_path, capsys):
    """Of what no simulated history tells, nothing is said."""
    text = show(two_stage(quiet=(1e6, 2e6), active=(1e6, 2e6), as_of=3, until=30), tmp_path, capsys)
    assert "share of episodes that end" not in text
    assert re.search(r"^    steps active > event +simulated +0 \(0 to 0\) +record 0$", text, re.M)


def test_a_hazard_ratio_that_nothing_needs_here_is_shown(tmp_path, capsys):
    scenario = one_stage(as_of=5)
    kept = replace(scenario.priors, hazard_ratios={"rain": prior(ratio(0.2, 0.8))})
    text = show(replace(scenario, priors=kept, unused=("rain",)), tmp_path, capsys)
    assert "while rain holds, the rates that it acts on are multiplied by 0.2 to 0.8" in text
    assert f"because {known(0)[0]}" in text
