"""Other readings of the facts: as named edits they are the hand-edited file, and their range stands beside P."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import day, entered, fingerprint, stay, two_stage
from figures import labelled, words

import forecast
from forecast.answer import readings as rereading
from forecast.answer.readings import answer_readings, range_over
from forecast.cli.run import main
from forecast.document.dump import dump_scenario
from forecast.document.load import load_scenario
from forecast.errors import FitError, InputError
from forecast.inference.settings import Settings
from forecast.model.timeline import build_timeline
from forecast.plots import plot_whether
from forecast.scenario.readings import read_as
from forecast.scenario.record import Reading

ROOT = Path(__file__).parents[2]
VISIT = (ROOT / "tests" / "questions" / "visit.yaml").read_text()
READINGS = """
readings:
  none-yet: {recode: {invited-2024: none}, reason: The invitation was a courtesy.}
  agreed: {recode: {invited-2024: agreed}, reason: It was more than that.}
  festival-counts: {recode: {festival-2024: agreed}, reason: Who names the festival has agreed.}
  slow: {assume: {stages: {invited: {stay: {mean: [60, 600]}, reason: Ministers are slow.}}}, reason: Another hand.}
"""
# What an editor of the file would write instead.
BY_HAND = {
    "none-yet": ("  - {from: 2024-05-01, stage: invited, because: [invited-2024]}\n", ""),
    "agreed": ("2024-05-01, stage: invited", "2024-05-01, stage: agreed"),
    "festival-counts": ("priors:\n", "  - {from: 2024-05-02, stage: agreed, because: [festival-2024]}\npriors:\n"),
    "slow": ("stay: {mean: [20, 200]}", "stay: {mean: [60, 600]}"),
}
QUICK = Settings(draws=500)


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="visit.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write_file


@pytest.fixture
def visit(write):
    return load_scenario(write(VISIT + READINGS))


@pytest.mark.parametrize("name", BY_HAND)
def test_a_reading_is_the_file_edited_by_hand(name, visit, write):
    before, after = BY_HAND[name]
    assert VISIT.count(before) == 1
    edited = load_scenario(write(VISIT.replace(before, after), "edited.yaml"))
    (reading,) = (item for item in visit.readings if item.name == name)
    other = read_as(visit, reading)
    assert fingerprint(other) == fingerprint(edited) != fingerprint(visit)
    ours, theirs = build_timeline(other.known()), build_timeline(edited.known())
    assert (ours.stage, ours.last_step) == (theirs.stage, theirs.last_step)
    np.testing.assert_equal(vars(ours.ahead), vars(theirs.ahead))


def test_readings_do_not_touch_the_scenario_itself(visit, write):
    assert fingerprint(visit) == fingerprint(load_scenario(write(VISIT, "bare.yaml")))


def test_dumped_and_loaded_again_they_are_the_same(visit, write):
    again = load_scenario(write(dump_scenario(visit), "again.yaml"))
    assert [(item.name, item.reason, item.recode) for item in again.readings] == [
        (item.name, item.reason, item.recode) for item in visit.readings
    ]
    for ours, theirs in zip(visit.readings, again.readings, strict=True):
        assert fingerprint(read_as(again, theirs)) == fingerprint(read_as(visit, ours))
    assert dump_scenario(again) == dump_scenario(visit)


def test_children_inherit_change_and_delete_them(visit, write):
    child = """
extends: visit.yaml
assume: {stages: {agreed: {stay: {mean: [10, 90]}, reason: So.}}}
readings: {agreed: null, none-yet: {reason: Another.}, more: {recode: {gossip-2024: agreed}, reason: It knew.}}
"""
    readings = {item.name: item for item in load_scenario(write(child, "child.yaml")).readings}
    assert list(readings) == ["none-yet", "festival-counts", "slow", "more"]
    assert (readings["none-yet"].reason, readings["none-yet"].recode) == ("Another.", {"invited-2024": "none"})
    stages = readings["slow"].priors.stages
    assert (stages["agreed"].belief.stay.lo, stages["invited"].belief.stay.lo) == (10, 60)  # both beliefs hold
    assert [item.name for item in visit.readings] == ["none-yet", "agreed", "festival-counts", "slow"]


def test_what_python_assumes_holds_under_every_reading_as_it_does_in_a_file(visit, write):
    child = "extends: visit.yaml\nassume: {stages: {agreed: {stay: {mean: [10, 90]}, reason: So.}}}\n"
    by_file = load_scenario(write(child, "child.yaml"))
    by_verb = visit.assume(stages={"agreed": {"stay": {"mean": [10, 90]}, "reason": "So."}})
    for ours, theirs in zip(by_verb.readings, by_file.readings, strict=True):
        assert fingerprint(read_as(by_verb, ours)) == fingerprint(read_as(by_file, theirs)), ours.name
    with pytest.raises(InputError, match=r"stages[.]agred: nothing to assume"):
        visit.assume(stages={"agred": {"stay": {"mean": [10, 90]}, "reason": "So."}})


def test_a_reading_of_what_was_not_yet_public_is_left_out(visit, write):
    early = replace(visit, as_of=load_scenario(write(VISIT)).facts["invited-2024"].public)
    assert [item.name for item in early.known().readings] == ["none-yet", "agreed", "slow"]  # festival-2024 is later
    answered = answer_readings(early, QUICK)
    assert list(answered) == ["none-yet", "agreed", "slow"]
    again = load_scenario(write(dump_scenario(early), "early.yaml"))
    assert [item.name for item in again.readings] == list(answered)


# --- what they give ----------------------------------------------------------------------------------------------


def test_each_answer_is_that_of_a_run_of_its_own(visit):
    answers = answer_readings(visit)
    for reading in visit.readings:
        alone = forecast.run_scenario(read_as(visit, reading), engine="quick").p_event
        answer = answers[reading.name]
        assert (answer.reason, answer.engine, answer.draws) == (reading.reason, "quick", rereading.DRAWS)
        assert 0 < answer.p_event.mcse < 0.012
        assert abs(answer.p_event.mean - alone.mean) < 4 * np.hypot(answer.p_event.mcse, alone.mcse), reading.name


def test_the_range_holds_the_scenarios_own_p(visit):
    answers = answer_readings(visit, QUICK)
    means = [answer.p_event.mean for answer in answers.values()]
    assert range_over(0.99, answers) == (min(means), 0.99)
    assert range_over(0.0, answers) == (0.0, max(means))
    assert range_over(0.5, {}) is None


def test_where_few_draws_fail_the_gate_many_are_drawn(visit, monkeypatch):
    """A gate that wants more than the few proposals can give is passed by the draws of the settings."""
    monkeypatch.setattr("forecast.inference.quick.ESS_LEAST", 0.9 * rereading.PROPOSALS)
    (first, *_) = visit.readings
    only = replace(visit, readings=(first,))
    assert answer_readings(only, Settings(draws=4000))["none-yet"].draws == 16_000


@pytest.mark.slow  # NUTS fits
def test_where_the_quick_engine_fails_nuts_steps_in_and_says_for_which(visit, monkeypatch, caplog):
    monkeypatch.setattr("forecast.inference.quick.ESS_LEAST", 1e9)
    caplog.set_level("INFO", logger="forecast")
    only = replace(visit, readings=visit.readings[:1])
    answer = answer_readings(only, Settings(draws=1000))["none-yet"]
    assert (answer.engine, answer.draws) == ("nuts", 4000)
    assert caplog.messages[0] == "reading none-yet"
    assert caplog.messages[1].startswith("the quick engine fails its gate: ESS")


@pytest.mark.slow
def test_what_is_learned_holds_under_every_reading_and_takes_all_draws(visit):
    learned = visit.given(no_event_until="2024-10-01")
    few, many = (answer_readings(learned, Settings(draws=draws))["agreed"] for draws in (500, 1000))
    assert (few.draws, many.draws) == (2000, 4000)
    alone = forecast.run_scenario(read_as(learned, learned.readings[1]), engine="quick").p_event
    assert many.p_event.mean == pytest.approx(alone.mean, abs=1e-9)


@pytest.mark.slow  # NUTS fits
def test_a_reading_under_which_what_is_learned_cannot_be_is_named():
    scenario = two_stage(timeline=[entered(3, "active")], as_of=10, until=40)
    scenario = replace(scenario, evidence=replace(scenario.evidence, no_event_until=day(20)))
    rash = {
        name: replace(prior, belief=stay(1e-3, 2e-3, **prior.belief.ends))
        for name, prior in scenario.priors.stages.items()
    }
    reading = Reading("rash", "So.", priors=replace(scenario.priors, stages=rash))
    with pytest.raises(FitError, match=r"^reading rash: "):
        answer_readings(replace(scenario, readings=(reading,)), QUICK)


# --- where they are shown ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readings")
    (folder / "visit.yaml").write_text(VISIT + READINGS)
    arguments = [str(folder / "visit.yaml"), "--quick", "--no-plots", "--draws", "500", "--out", str(folder / "out")]
    assert main(arguments) == 0
    return folder / "out"


def test_the_json_tells_each_and_the_range(shown):
    found = json.loads((shown / "forecast.json").read_text())
    assert list(found["readings"]) == ["none-yet", "agreed", "festival-counts", "slow"]
    for answer in found["readings"].values():
        assert answer.keys() == {"reason", "p_event", "engine", "draws"}
        assert answer["p_event"].keys() == {"mean", "eti90", "mcse"}
    means = [found["p_event"]["mean"], *(answer["p_event"]["mean"] for answer in found["readings"].values())]
    assert found["readings_range"] == [min(means), max(means)]


def test_a_scenario_without_readings_shows_none(may):
    assert not {"readings", "readings_range"} & may.to_dict().keys()
    assert "other readings" not in str(may)
    assert "other readings\nof the facts" not in words(plot_whether(may))


def test_the_table_and_the_figure_show_the_range(visit):
    result = forecast.run_scenario(visit, engine="quick", settings=QUICK)
    lo, hi = result.readings_range
    assert re.search(rf"^  other readings +{lo:.2f} to {hi:.2f} +none-yet: 0[.]\d\d; agreed: ", str(result), re.M)
    assert max(len(line) for line in str(result).splitlines() if "none-yet" in line or "slow" in line) <= 110
    assert f"over all readings P is {lo:.2f} to {hi:.2f}" in result._repr_html_()
    ax = plot_whether(result)
    (bracket,) = (line for line in ax.lines if line.get_label() == "other readings")
    assert (min(bracket.get_xdata()), max(bracket.get_xdata())) == (lo, hi)
    assert f"{100 * lo:.0f} to {100 * hi:.0f}%" in words(ax)
    assert labelled(ax.lines, "for comparison").get_xdata().tolist() == [result.prior_only, result.base_rate]


def test_the_shipped_readings_give_what_the_coding_rules_say(may):
    """docs/coding.md states what each gives alone; the range is as wide as a third."""
    scenario = load_scenario(ROOT / "scenarios" / "may-readings.yaml")
    assert fingerprint(scenario) == fingerprint(may.scenario)
    table = (ROOT / "docs" / "coding.md").read_text()
    rows = re.findall(r"^\| (\d+ \w+ \d{4}) is [^|]+ \| (0\.\d\d) \|", table, re.M)
    answers = answer_readings(scenario)
    told = {"27 March 2025": "march-27", "15 April 2019": "april-15-2019"}
    expected = [(name, float(p)) for reading, p in rows for name in [told.get(reading)] if name]
    assert len(expected) == 3
    ours = [answer for name, answer in answers.items() if name.startswith(("march-27", "april-15"))]
    for (_, p), answer in zip(expected, ours, strict=True):
        assert abs(answer.p_event.mean - p) < 4 * answer.p_event.mcse + 0.015
