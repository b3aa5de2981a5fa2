"""What a new user may pass by mistake: each ends in a message that says what is expected, and nothing is written."""

from __future__ import annotations

import dataclasses
import datetime
import io
import os
from dataclasses import replace

import numpy as np
import pytest

import forecast

TREATY = "tests/questions/treaty.yaml"
VARY = {"window.until": "2026-06-30,2026-12-31"}
NAN = float("nan")


@pytest.fixture(scope="module")
def r():
    return forecast.run_scenario(TREATY, engine="quick")


@pytest.fixture(scope="module")
def sweep():
    return forecast.sweep_scenario(TREATY, VARY, engine="quick")


class Reader:
    def __init__(self, gives):
        self.gives = gives

    def read(self):
        return self.gives


ONE = "share: expected a number between 0 and 1; found"
DAY = "day: expected a day from 2026-03-03 to 2026-12-31; found"
PATH = "expected a path; found"
SETTINGS = r"settings: expected forecast.Settings\(draws=..., seed=...\); found"
POSTERIOR = "posterior: expected a forecast.Posterior, as draw_posterior returns it; found"
SCENARIOS = "scenarios: expected a list of scenarios"
AXES = "ax: expected Matplotlib Axes, or None"
LEVEL = "level: expected a number between 0 and 1"

OF_A_RESULT = {
    "quantile of a text": (lambda r: r.quantile("a"), f"{ONE} 'a'"),
    "quantile of nothing": (lambda r: r.quantile(None), f"{ONE} None"),
    "quantile of two": (lambda r: r.quantile([0.1, 0.5]), ONE),
    "quantile of no number": (lambda r: r.quantile(NAN), f"{ONE} nan"),
    "quantile in percent": (lambda r: r.quantile(50), f"{ONE} 50"),
    "window of a text": (lambda r: r.window("a"), "mass: expected a mass above 0 and up to 1; found 'a'"),
    "window in percent": (lambda r: r.window(80), "mass: expected a mass above 0 and up to 1; found 80"),
    "by nonsense": (lambda r: r.by("nonsense"), f"{DAY} nonsense"),
    "by nothing": (lambda r: r.by(None), f"{DAY} None"),
    "by a number": (lambda r: r.by(3), f"{DAY} 3"),
    "by no time": (lambda r: r.by(np.datetime64("NaT", "D")), f"{DAY} NaT"),
    "by a month": (lambda r: r.by("2026-05"), f"{DAY} 2026-05"),
    "below on an unknown curve": (
        lambda r: r.falls_below("silent"),
        r"curve: unknown curve silent; did you mean silence\?",
    ),
    "below on no curve": (lambda r: r.falls_below(None), "curve: unknown curve None; choose from: no_event, silence"),
    "below a text": (lambda r: r.falls_below("no_event", "a"), LEVEL),
    "below in percent": (lambda r: r.falls_below("no_event", 10), LEVEL),
    "below no number": (lambda r: r.falls_below("no_event", NAN), LEVEL),
    "plot of nonsense": (lambda r: r.plot("wen"), r"name: unknown figure wen; did you mean when\?"),
    "plot of a number": (lambda r: r.plot(3), "name: unknown figure 3; choose from: timeline"),
    "plot of two": (lambda r: r.plot(["when", "where"]), "name: unknown figure"),
    "plot on no axes": (lambda r: r.plot(ax=3), f"{AXES} for a figure of its own; found 3"),
    "write to nowhere": (lambda r: r.write(""), f"folder: {PATH} ''"),
    "write to a blank": (lambda r: r.write("  "), f"folder: {PATH} '  '"),
    "write to nothing": (lambda r: r.write(None), f"folder: {PATH} None"),
    "write to a number": (lambda r: r.write(3), f"folder: {PATH} 3"),
    "write to bytes": (lambda r: r.write(os.fsencode("x")), f"folder: {PATH} b'x'"),
    "write to a NUL": (lambda r: r.write("a\0b"), f"folder: {PATH}"),
    "quantiles of a text": (lambda r: r.quantiles("a"), "shares: expected numbers from 0 to 1; found 'a'"),
    "quantiles of one": (lambda r: r.quantiles(0.5), "shares: expected a list of numbers from 0 to 1; found 0.5"),
    "quantiles in percent": (lambda r: r.quantiles([5, 95]), "shares: expected numbers from 0 to 1; found 5"),
}

OF_A_SCENARIO = {
    "a number": (
        lambda: forecast.run_scenario(3),
        "expected a path, a text of YAML, a file object, a dict or a Scenario",
    ),
    "a result": (lambda: forecast.build_model([TREATY]), "expected a path, a text of YAML.* found list"),
    "a name that is none": (lambda: forecast.load_scenario(TREATY, name=3), "name: expected a text; found 3"),
    "a reader of numbers": (
        lambda: forecast.load_scenario(Reader(3)),
        "source: expected a file that gives a text; found 3",
    ),
    "bytes that are no text": (lambda: forecast.load_scenario(io.BytesIO(b"\xff\xfe")), "expected UTF-8 text"),
    "keys that are no names": (lambda: forecast.load_scenario({3: 4}), "3: unknown key"),
    "dump of a path": (
        lambda: forecast.dump_scenario(TREATY),
        "scenario: expected a Scenario, as load_scenario returns it",
    ),
    "an engine": (
        lambda: forecast.run_scenario(TREATY, engine="fast"),
        "unknown engine fast; choose from: nuts, quick",
    ),
    "no engine": (lambda: forecast.run_scenario(TREATY, engine=None), "unknown engine None"),
    "settings as a number": (lambda: forecast.run_scenario(TREATY, settings=3), f"{SETTINGS} 3"),
    "settings as nothing": (lambda: forecast.run_scenario(TREATY, settings=0), f"{SETTINGS} 0"),
    "settings as a dict": (
        lambda: forecast.draw_posterior(TREATY, settings={"draws": 9}),
        f"{SETTINGS} {{'draws': 9}}",
    ),
    "settings without draws": (lambda: forecast.Settings(draws=0), "settings.draws: expected a whole number from 1"),
    "a posterior as a number": (lambda: forecast.run_scenario(TREATY, posterior=3), f"{POSTERIOR} 3"),
    "compare one": (lambda: forecast.compare_scenarios(TREATY), f"{SCENARIOS}, .* found '{TREATY}'"),
    "compare a scenario": (
        lambda: forecast.compare_scenarios(forecast.load_scenario(TREATY)),
        f"{SCENARIOS}, .* found <Sc",
    ),
    "compare a dict": (lambda: forecast.compare_scenarios({"extends": TREATY}), SCENARIOS),
    "compare a number": (lambda: forecast.compare_scenarios(3), SCENARIOS),
    "compare none": (lambda: forecast.compare_scenarios([]), "expected at least one scenario to compare; found none"),
    "compare numbers": (lambda: forecast.compare_scenarios([3]), "expected a path, .* found int"),
    "compare with a number": (
        lambda: forecast.compare_scenarios([TREATY], baseline=3),
        "baseline: unknown scenario 3; choose from: treaty",
    ),
    "compare by settings": (lambda: forecast.compare_scenarios([TREATY], settings=3), SETTINGS),
    "vary a number": (lambda: forecast.sweep_scenario(TREATY, 3), "vary: expected a mapping such as"),
    "vary a text": (lambda: forecast.sweep_scenario(TREATY, "window.until=2026-06-30"), "vary: expected a mapping"),
    "vary nothing": (lambda: forecast.sweep_scenario(TREATY, {}), "expected at least one key to vary"),
    "vary a key of no name": (lambda: forecast.sweep_scenario(TREATY, {3: "1:2:3"}), "unknown key"),
    "a sample of truth": (
        lambda: forecast.sweep_scenario(TREATY, VARY, sample=True),
        "sample: expected a whole number",
    ),
    "rows by nobody": (
        lambda: forecast.sweep_scenario(TREATY, VARY, executor=3),
        "executor: expected a concurrent.futures",
    ),
    "sensitivity of a number": (lambda: forecast.measure_sensitivity(3), "expected a path"),
    "sensitivity without draws": (lambda: forecast.measure_sensitivity(TREATY, draws=0), "settings.draws: expected"),
}


@pytest.mark.parametrize(("call", "said"), OF_A_RESULT.values(), ids=OF_A_RESULT)
def test_what_a_result_cannot_use_is_told(r, call, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(forecast.InputError, match=f"^{said}"):
        call(r)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("call", "said"), OF_A_SCENARIO.values(), ids=OF_A_SCENARIO)
def test_what_cannot_be_answered_is_told(call, said):
    with pytest.raises(forecast.InputError, match=said):
        call()


def test_a_file_that_is_for_writing_is_no_source(tmp_path):
    with (
        (tmp_path / "empty.yaml").open("w") as file,
        pytest.raises(forecast.InputError, match=r"cannot read .*: not read"),
    ):
        forecast.load_scenario(file)


def test_a_result_is_no_posterior(r):
    for wrong in (r, r.posterior):
        with pytest.raises(forecast.InputError, match=POSTERIOR):
            forecast.run_scenario(TREATY, posterior=wrong)


def test_a_table_needs_a_path_and_a_figure_axes(sweep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for wrong in (None, 3, ""):
        with pytest.raises(forecast.InputError, match=f"path: {PATH}"):
            sweep.write(wrong)
    sensitivity = forecast.measure_sensitivity(forecast.load_scenario(sweep.scenario), draws=50, engine="quick")
    comparison = forecast.compare_scenarios([sweep.scenario], engine="quick")
    for found in (sweep, sensitivity, comparison):
        with pytest.raises(forecast.InputError, match=AXES):
            found.plot(ax=3)
    assert list(tmp_path.iterdir()) == []


def test_arrays_and_times_of_numpy_are_taken(r, sweep):
    assert r.by(np.datetime64("2026-05-01")) == r.by("2026-05-01") == r.by(datetime.datetime(2026, 5, 1, 23))
    assert r.quantile(np.float32(0.01)) == r.quantile(0.01)
    assert r.quantiles(np.array([0.05, 0.5])) == r.quantiles([0.05, 0.5])
    found = forecast.sweep_scenario(TREATY, {"priors.stages.talks.stay": np.linspace(100, 200, 2)}, engine="quick")
    assert [row[1] for row in found.rows] == [100, 200]
    days = np.array(["2026-06-30", "2026-12-31"], "datetime64[D]")
    assert forecast.sweep_scenario(TREATY, {"window.until": days}, engine="quick").rows == sweep.rows


may = forecast.load_scenario("scenarios/may.yaml")
NOON = datetime.datetime(2025, 4, 1, 12)
PARTS = {
    "a date as a text": ({"as_of": "2025-04-01"}, "as_of: expected a datetime.date; found '2025-04-01'"),
    "a date with a time": ({"as_of": NOON}, "as_of: expected a datetime.date; found datetime.datetime"),
    "no date": ({"as_of": None}, "as_of: expected a datetime.date; found None"),
    "a window as a pair": ({"window": ("2025-04-01", "2025-05-01")}, "window: expected Window; found"),
    "a window of texts": (
        {"window": replace(may.window, until="2025-05-01")},
        "window.until: expected a datetime.date; found '2025-05-01'",
    ),
    "facts as a number": ({"facts": 3}, "facts: expected Mapping; found 3"),
    "a list of entries": ({"timeline": list(may.timeline)}, "timeline: expected tuple; found"),
    "an entry as a dict": ({"timeline": ({},)}, r"timeline\[0\]: expected StageEntry or EventEntry or .*; found {}"),
    "no question": ({"question": None}, "question: expected Question; found None"),
    "a title as a number": ({"question": replace(may.question, title=3)}, "question.title: expected a text; found 3"),
    "a fact as a text": ({"facts": dict(may.facts, x="it is so")}, "facts.x: expected Fact; found 'it is so'"),
    "priors as a dict": ({"priors": {}}, "priors: expected Priors; found {}"),
    "a window behind as_of": (
        {"as_of": datetime.date(2025, 7, 1)},
        "window.from: expected a day after as_of, 2025-07-01",
    ),
}


@pytest.mark.parametrize(("parts", "said"), PARTS.values(), ids=PARTS)
def test_a_scenario_is_not_made_of_parts_that_do_not_fit(parts, said):
    with pytest.raises(forecast.InputError, match=f"^{said}"):
        dataclasses.replace(may, **parts)


def test_a_belief_of_a_wrong_type_is_found_however_deep():
    leak = may.priors.plans["leak"]
    plans = {**may.priors.plans, "leak": replace(leak, belief=replace(leak.belief, kept=(0.1, 0.3)))}
    with pytest.raises(forecast.InputError, match=r"^priors\.plans\.leak\.belief\.kept: expected Interval; found \(0"):
        dataclasses.replace(may, priors=replace(may.priors, plans=plans))


@pytest.mark.parametrize("path", ["may.yaml", "may-readings.yaml", "joint-announcement-learned.yaml"])
def test_a_sound_scenario_may_be_made_again(path):
    scenario = forecast.load_scenario(f"scenarios/{path}")
    assert dataclasses.replace(scenario) == scenario
